// SPDX-License-Identifier: BSD-2-Clause
/*
 * verify_list.c: what the verifier knows of transfers in flight: whose memory they use, whether the
 * driver wrote their list, whether the CPU wrote what the device was reading. Called by start_dma.c and
 * list.c at the points verify_dma.h names.
 */
#include "drivers/videoport/verify_dma.h"

#include "drivers/videoport/list.h"
#include "drivers/videoport/priv.h"

#include <string.h>

#define SUM_ELEMENTS 32 /* from each end of a list; up to twice as many are looked at whole */
#define POISON_BYTE  0x0F

/* ---- sums ------------------------------------------------------------------------------------------ */

/* Terms are independent of each other, so that the processor works on several at once. */
static inline uint64_t sum_term(uint64_t word, uint64_t place)
{
	return (word ^ place * UINT64_C(0xD1B54A32D192ED03)) * UINT64_C(0x9E3779B97F4A7C15);
}

static inline uint64_t sum_element(const VP_SCATTER_GATHER_ELEMENT *element, uint64_t i)
{
	return sum_term((uint64_t)element->Address.QuadPart, 3 * i) +
	       sum_term(element->Length, 3 * i + 1) + sum_term(element->Reserved, 3 * i + 2);
}

static uint64_t sum_elements(const VP_SCATTER_GATHER_ELEMENT *element, uint32_t from, uint32_t to)
{
	uint64_t sum = 0;

	for (uint32_t i = from; i < to; i++)
		sum += sum_element(&element[i], i);
	return sum;
}

/* @count: how many elements the port wrote, whatever the list says now. */
static uint64_t list_sum(const struct dma_list *list, uint32_t count)
{
	const VP_SCATTER_GATHER_LIST *sg = &list->sg;
	uint64_t sum = sum_term(sg->NumberOfElements, UINT64_MAX) + sum_term(sg->Reserved, 0);
	uint32_t head = count <= 2 * SUM_ELEMENTS ? count : SUM_ELEMENTS;

	/* As most are. */
	if (count == 1)
		return sum + sum_element(sg->Elements, 0);
	sum += sum_elements(sg->Elements, 0, head);
	if (head < count)
		sum += sum_elements(sg->Elements, count - SUM_ELEMENTS, count);
	return sum;
}

/* ---- the source ------------------------------------------------------------------------------------ */

static const unsigned char *source_first(const struct dma_list *list)
{
	const struct mdl *mdl = list->mdl;
	const unsigned char *page = mdl->va - ((uintptr_t)mdl->va & PAGE_MASK);

	return page + ((size_t)list->first_page << PAGE_SHIFT) + list->offset;
}

/* The first bytes of what the device is about to read, and the last ones. */
static void source_keep(struct dma_list *list)
{
	const unsigned char *first = source_first(list);
	struct list_check *check = list->check;

	if (list->len_bytes < LIST_SOURCE_BYTES) {
		memcpy(check->source_first, first, list->len_bytes);
		return;
	}
	memcpy(check->source_first, first, LIST_SOURCE_BYTES);
	if (list->len_bytes > LIST_SOURCE_BYTES)
		memcpy(check->source_last, first + list->len_bytes - LIST_SOURCE_BYTES,
			LIST_SOURCE_BYTES);
}

static inline uint64_t source_word(const unsigned char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/* Bits that differ in 32 bytes: straight loads, which is what it costs where nothing is wrong. */
static inline uint64_t source_differs(const unsigned char *a, const unsigned char *b)
{
	return (source_word(a) ^ source_word(b)) | (source_word(a + 8) ^ source_word(b + 8)) |
	       (source_word(a + 16) ^ source_word(b + 16)) |
	       (source_word(a + 24) ^ source_word(b + 24));
}

static inline bool source_equal(const unsigned char *kept, const unsigned char *bytes)
{
	_Static_assert(LIST_SOURCE_BYTES == 64, "two halves");
	return (source_differs(kept, bytes) | source_differs(kept + 32, bytes + 32)) == 0;
}

static bool source_unchanged(const struct dma_list *list)
{
	const unsigned char *first = source_first(list);
	const struct list_check *check = list->check;

	if (list->len_bytes < LIST_SOURCE_BYTES)
		return memcmp(check->source_first, first, list->len_bytes) == 0;
	return source_equal(check->source_first, first) &&
	       (list->len_bytes == LIST_SOURCE_BYTES ||
		       source_equal(
			       check->source_last, first + list->len_bytes - LIST_SOURCE_BYTES));
}

/* ---- poison --------------------------------------------------------------------------------------- */

/* The elements of a completed list: nobody has any business there. */
static void list_poison(struct dma_list *list)
{
	uint32_t count = list->check->poisoned;

	list->sg.NumberOfElements = 0;
	list_reseal(list);
	/* As most are: stores instead of a call. */
	if (count == 1)
		memset(list->sg.Elements, POISON_BYTE, sizeof(list->sg.Elements[0]));
	else
		memset(list->sg.Elements, POISON_BYTE, count * sizeof(list->sg.Elements[0]));
}

static bool list_poison_whole(const struct dma_list *list)
{
	const VP_SCATTER_GATHER_ELEMENT *element = list->sg.Elements;
	const uint64_t poison = UINT64_C(0x0101010101010101) * POISON_BYTE;
	uint64_t differs = list->sg.NumberOfElements;

	for (uint32_t i = 0; i < list->check->poisoned; i++) {
		differs |= (uint64_t)element[i].Address.QuadPart ^ poison;
		differs |= element[i].Length ^ (poison >> 32);
		differs |= element[i].Reserved ^ poison;
	}
	return differs == 0;
}

void list_check_idle(struct dma_state *dma, struct dma_list *list)
{
	struct list_check *check = list->check;

	if (__builtin_expect(check->poisoned && !list_poison_whole(list), 0))
		rule_broken_at(dma->vp, RULE_LIST_AFTER_COMPLETE, NO_ERROR, &check->origin,
			"scatter/gather list %p was written after VideoPortCompleteDma",
			(void *)&list->sg);
	check->poisoned = 0;
}

/* ---- bytes in flight (409) ------------------------------------------------------------------------- */

static bool list_check_use(
	struct dma_checks *checks, struct dma_list *list, struct inflight_clash *clash)
{
	struct list_check *check = list->check;

	check->use.pfn = &list->mdl->pfn[list->first_page];
	check->use.pages = list->pages;
	check->use.offset = list->offset;
	check->use.len_bytes = list->len_bytes;
	check->use.write = !list->write_to_device;
	check->use.origin = list->mdl->check->origin;
	return inflight_add(&checks->inflight, &check->use, clash);
}

bool list_check_reserve_locked(
	struct dma_state *dma, struct dma_list *list, struct inflight_clash *clash)
{
	return dma->checks && list_check_use(dma->checks, list, clash);
}

void list_check_clash(
	struct dma_state *dma, const struct dma_list *list, const struct inflight_clash *clash)
{
	rule_broken_at(dma->vp, RULE_START_OVERLAP, NO_ERROR, &clash->origin,
		"VideoPortStartDma: %u bytes %s the device share bytes of frame 0x%llx with a "
		"transfer in flight %s the device",
		list->len_bytes, list->write_to_device ? "to" : "from",
		(unsigned long long)clash->pfn, clash->write ? "from" : "to");
}

void list_check_shape_locked(struct dma_state *dma, struct dma_list *list)
{
	struct inflight_clash told_already;

	list_check_forget_locked(dma, list);
	if (dma->checks && list->pages)
		list_check_use(dma->checks, list, &told_already);
}

void list_check_forget_locked(struct dma_state *dma, struct dma_list *list)
{
	if (dma->checks)
		inflight_remove(&dma->checks->inflight, &list->check->use);
}

/* ---- start and end ---------------------------------------------------------------------------------- */

void list_check_start(struct dma_list *list)
{
	list->check->poisoned = list->sg.NumberOfElements;
	list->check->list_sum = list_sum(list, list->check->poisoned);
	if (list->write_to_device)
		source_keep(list);
	if (list->bounced)
		bounce_guard(list);
}

void list_check_end(struct videoport *vp, struct dma_list *list)
{
	struct list_check *check = list->check;

	if (__builtin_expect(list_sum(list, check->poisoned) != check->list_sum, 0))
		rule_broken_at(vp, RULE_LIST_CHANGED, NO_ERROR, &check->origin,
			"scatter/gather list %p of %u elements was written between "
			"VideoPortStartDma and VideoPortCompleteDma",
			(void *)&list->sg, check->poisoned);
	if (list->write_to_device && __builtin_expect(!source_unchanged(list), 0))
		rule_broken_at(vp, RULE_SOURCE_CHANGED, NO_ERROR, &check->origin,
			"the %u bytes at %p changed while a transfer to the device was in flight",
			list->len_bytes, (const void *)source_first(list));
	if (list->bounced)
		bounce_check(vp, list);
	list_poison(list);
}
