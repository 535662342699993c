// SPDX-License-Identifier: BSD-2-Clause
/*
 * hostile_memory.c: the memory that a driver has mapped for the hostile device: where the device reaches it, and that the driver
 * reads nothing twice that the device can write. Knows no ring and no register.
 */
#include "bench/tests/fuzz/hostile.h"

#include <errno.h>
#include <string.h>

#include "bench/tests/fuzz/fuzz.h"
#include "drivers/device/device.h"

#define REGIONS 256

/* What the driver has mapped. */
struct region {
	uint64_t iova;
	uint8_t *va;
	size_t len_bytes; /* 0: nothing */
	unsigned access;
};

static struct {
	struct region region[REGIONS];
	unsigned regions;                 /* no region behind it */
	uintptr_t shared_from, shared_to; /* all that both sides have seen lies between them */
} memory;

/* Common buffers and bounce slots, not the buffers of requesters. */
static bool is_shared(const struct region *region)
{
	return region->len_bytes && region->access == (DEVICE_READ | DEVICE_WRITE);
}

void *hostile_reach(uint64_t iova, size_t len_bytes)
{
	for (unsigned i = 0; i < memory.regions; i++) {
		const struct region *region = &memory.region[i];

		if (is_shared(region) && iova % len_bytes == 0 && iova >= region->iova &&
			iova - region->iova <= region->len_bytes &&
			len_bytes <= region->len_bytes - (iova - region->iova))
			return region->va + (iova - region->iova);
	}
	return NULL;
}

uint8_t *hostile_shared(unsigned pick, size_t *len_bytes)
{
	unsigned shared = 0;

	for (unsigned i = 0; i < memory.regions; i++)
		shared += is_shared(&memory.region[i]);
	unsigned left = shared ? pick % shared : 0;

	for (unsigned i = 0; i < memory.regions && shared; i++) {
		const struct region *region = &memory.region[i];

		if (!is_shared(region) || left-- > 0)
			continue;
		*len_bytes = region->len_bytes;
		return region->va;
	}
	return NULL;
}

static void shared_widen(uintptr_t from, uintptr_t to)
{
	if (memory.shared_to == 0 || from < memory.shared_from)
		memory.shared_from = from;
	if (to > memory.shared_to)
		memory.shared_to = to;
}

int hostile_region_add(uint64_t iova, uint8_t *va, size_t len_bytes, unsigned access)
{
	unsigned free = 0;

	while (free < memory.regions && memory.region[free].len_bytes)
		free++;
	if (free == REGIONS)
		return -ENOSPC;
	memory.region[free] = (struct region){iova, va, len_bytes, access};
	if (free == memory.regions)
		memory.regions++;
	if (is_shared(&memory.region[free]))
		shared_widen((uintptr_t)va, (uintptr_t)va + len_bytes);
	return 0;
}

void hostile_region_drop(uint64_t iova, size_t len_bytes)
{
	for (unsigned i = 0; i < memory.regions; i++)
		if (memory.region[i].iova >= iova && memory.region[i].iova - iova < len_bytes)
			memory.region[i].len_bytes = 0;
}

unsigned hostile_regions_left(void)
{
	unsigned left = 0;

	for (unsigned i = 0; i < memory.regions; i++)
		left += memory.region[i].len_bytes != 0;
	return left;
}

void hostile_regions_forget(void)
{
	memset(&memory, 0, sizeof(memory));
}

/* ---- what is read twice ------------------------------------------------------------------------------- */

/*
 * Clang calls these before each load of a miniport's (-fsanitize-coverage=trace-loads): what the device can write must
 * not be loaded twice between two points, or what was judged is not what is used. The port itself only copies such memory,
 * and looks at its guards.
 */
#ifdef FUZZ_LOADS
#define LOADS_MAX 64
#define UNCOUNTED __attribute__((no_sanitize("coverage")))

static struct {
	uintptr_t at[LOADS_MAX];
	unsigned count;
} loads;

void hostile_loads_forget(void)
{
	loads.count = 0;
}

static UNCOUNTED bool lies_in_shared(uintptr_t at)
{
	if (at < memory.shared_from || at >= memory.shared_to)
		return false;
	for (unsigned i = 0; i < memory.regions; i++)
		if (is_shared(&memory.region[i]) &&
			at - (uintptr_t)memory.region[i].va < memory.region[i].len_bytes)
			return true;
	return false;
}

static UNCOUNTED void load_note(const void *pointer, unsigned len_bytes)
{
	const uintptr_t at = (uintptr_t)pointer;

	if (!lies_in_shared(at))
		return;
	for (unsigned i = 0; i < loads.count; i++)
		if (loads.at[i] + len_bytes > at && at + len_bytes > loads.at[i])
			fuzz_expect_that(0, "what the device can write to be read once");
	if (loads.count < LOADS_MAX)
		loads.at[loads.count++] = at;
}

#define LOAD(bytes, type)                                                                          \
	void __sanitizer_cov_load##bytes(type *at);                                                \
	UNCOUNTED void __sanitizer_cov_load##bytes(type *at)                                       \
	{                                                                                          \
		load_note(at, bytes);                                                              \
	}
LOAD(1, uint8_t)
LOAD(2, uint16_t)
LOAD(4, uint32_t)
LOAD(8, uint64_t)
__extension__ typedef unsigned __int128 load_wide;
LOAD(16, load_wide)
#else
void hostile_loads_forget(void)
{
}
#endif
