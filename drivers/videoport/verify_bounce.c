// SPDX-License-Identifier: BSD-2-Clause
/*
 * verify_bounce.c: bounce slots as the verifier sees them. The device may write any byte of them, for
 * they are mapped as long as their adapter lives; so what belongs to no transfer is filled with a known
 * byte and looked at again.
 *
 *	slot in use   | ....  guard | bytes of the transfer | guard .... |     419, 420
 *	free slot     | mark ..............................  ..... mark |     421
 *
 * Guards and marks are short, because a slot is looked at with every transfer that passes through it.
 * Called by verify_list.c, start_dma.c and adapter.c.
 */
#include "drivers/videoport/verify_dma.h"

#include "drivers/videoport/priv.h"
#include "drivers/videoport/sg.h"

#include <string.h>

#define GUARD_BYTES 256
#define MARK_BYTES  64
#define FILL_BYTE   0x0F

static unsigned char *slot_at(const struct vp_adapter *adapter, uint32_t slot)
{
	return adapter->slot_va + ((size_t)slot << PAGE_SHIFT);
}

/* The first byte that is not the fill, or @len_bytes. */
static uint32_t fill_end(const unsigned char *bytes, uint32_t len_bytes)
{
	for (uint32_t i = 0; i < len_bytes; i++)
		if (bytes[i] != FILL_BYTE)
			return i;
	return len_bytes;
}

/* Word by word, which is what it costs where nothing is wrong. */
static bool fill_whole(const unsigned char *bytes, uint32_t len_bytes)
{
	const uint64_t fill = UINT64_C(0x0101010101010101) * FILL_BYTE;
	uint64_t word, differs = 0;
	uint32_t at = 0;

	for (; at + sizeof(word) <= len_bytes; at += (uint32_t)sizeof(word)) {
		memcpy(&word, bytes + at, sizeof(word));
		differs |= word ^ fill;
	}
	return differs == 0 && fill_end(bytes + at, len_bytes - at) == len_bytes - at;
}

/* ---- free slots (421) ------------------------------------------------------------------------------- */

void bounce_fill_free(struct vp_adapter *adapter, uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count; i++) {
		memset(slot_at(adapter, i), FILL_BYTE, MARK_BYTES);
		memset(slot_at(adapter, i) + PAGE_BYTES - MARK_BYTES, FILL_BYTE, MARK_BYTES);
	}
}

static void free_check(struct videoport *vp, struct vp_adapter *adapter, uint32_t slot)
{
	const unsigned char *bytes = slot_at(adapter, slot);
	const uint32_t end = PAGE_BYTES - MARK_BYTES;

	if (__builtin_expect(
		    fill_whole(bytes, MARK_BYTES) && fill_whole(bytes + end, MARK_BYTES), 1))
		return;
	uint32_t at = fill_end(bytes, MARK_BYTES);
	if (at == MARK_BYTES)
		at = end + fill_end(bytes + end, MARK_BYTES);
	uint64_t iova = adapter->slot_iova.val + ((uint64_t)slot << PAGE_SHIFT) + at;
	rule_broken(vp, RULE_BOUNCE_FREE, NO_ERROR,
		"bounce slot %u belonged to no transfer, yet logical address 0x%llx was written "
		"(0x%02x)",
		slot, (unsigned long long)iova, bytes[at]);
	bounce_fill_free(adapter, slot, 1);
}

void bounce_audit(struct videoport *vp, struct vp_adapter *adapter)
{
	for (uint32_t i = 0; i < adapter->regs.slots; i++)
		if (!(adapter->regs.used[i / 64] >> (i % 64) & 1))
			free_check(vp, adapter, i);
}

void bounce_taken(struct videoport *vp, struct dma_list *list)
{
	for (uint32_t i = 0; i < list->pages; i++)
		if (list->slot[i] != SG_NO_SLOT)
			free_check(vp, list->adapter, list->slot[i]);
}

void bounce_given(struct dma_list *list)
{
	for (uint32_t i = 0; i < list->pages; i++)
		if (list->slot[i] != SG_NO_SLOT)
			bounce_fill_free(list->adapter, list->slot[i], 1);
}

/* ---- what surrounds a transfer (419, 420) -------------------------------------------------------------- */

/* The guards of a transfer: in front of its first byte and behind its last, within their slots. */
struct guards {
	unsigned char *before, *behind; /* NULL where that page does not bounce */
	uint32_t before_bytes, behind_bytes;
};

static struct guards list_guards(const struct dma_list *list)
{
	uint32_t last = list->pages - 1;
	uint32_t end = (uint32_t)((uint64_t)list->offset + list->len_bytes -
				  ((uint64_t)last << PAGE_SHIFT));
	uint32_t room = (uint32_t)PAGE_BYTES - end;
	struct guards guards = {
		.before_bytes = list->offset < GUARD_BYTES ? list->offset : GUARD_BYTES,
		.behind_bytes = room < GUARD_BYTES ? room : GUARD_BYTES,
	};

	if (list->slot[0] != SG_NO_SLOT)
		guards.before = slot_at(list->adapter, list->slot[0]) + list->offset -
		                guards.before_bytes;
	if (list->slot[last] != SG_NO_SLOT)
		guards.behind = slot_at(list->adapter, list->slot[last]) + end;
	return guards;
}

void bounce_guard(struct dma_list *list)
{
	struct guards guards = list_guards(list);

	if (guards.before)
		memset(guards.before, FILL_BYTE, guards.before_bytes);
	if (guards.behind)
		memset(guards.behind, FILL_BYTE, guards.behind_bytes);
}

void bounce_check(struct videoport *vp, struct dma_list *list)
{
	struct guards guards = list_guards(list);
	const struct origin *origin = &list->check->origin;

	if (guards.before && !fill_whole(guards.before, guards.before_bytes))
		rule_broken_at(vp, RULE_BOUNCE_UNDERRUN, NO_ERROR, origin,
			"a bounce buffer was written %u bytes in front of the first byte of a "
			"transfer of %u bytes %s the device",
			guards.before_bytes - fill_end(guards.before, guards.before_bytes),
			list->len_bytes, list->write_to_device ? "to" : "from");
	if (guards.behind && !fill_whole(guards.behind, guards.behind_bytes))
		rule_broken_at(vp, RULE_BOUNCE_OVERRUN, NO_ERROR, origin,
			"a bounce buffer was written %u bytes behind the last byte of a transfer "
			"of "
			"%u bytes %s the device",
			fill_end(guards.behind, guards.behind_bytes) + 1, list->len_bytes,
			list->write_to_device ? "to" : "from");
}
