// SPDX-License-Identifier: BSD-2-Clause
/*
 * frames.c: which simulated physical frame lies under which page.
 *
 * Frame numbers come from ranges (range.c), one below 4 GiB and one for each node above it. The region
 * table finds the frames of a virtual address.
 *
 *	0     1M     16M           low_bytes        4G          4G + high_bytes
 *	| -   | ISA  | runs | data |                | node 0    | node 1 ...
 *	               ^ frames_take   ^ frames_add
 *
 * Callers: harness (add, remove), port (lookup, take, give). It knows neither adapters nor devices.
 */
#include "drivers/videoport/frames.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"
#include "drivers/videoport/range.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* Address 0 is no frame, which finds forgotten fields; 24-bit devices have [1 MiB, 16 MiB). */
#define LOW_FIRST_PFN (UINT64_C(0x100000) >> PAGE_SHIFT)
#define ISA_END_PFN   (UINT64_C(0x1000000) >> PAGE_SHIFT)
#define LOW_BYTES     (UINT64_C(3) << 30)
#define HIGH_BYTES    (UINT64_C(1) << 40)
#define REGIONS_MIN   16

struct region {
	uintptr_t start, end;
	enum frames_access access;
	size_t pages;
	uint64_t pfn[];
};

/* What lookup reads. Old tables stay until destroy: a reader may still be in one. */
struct table {
	struct table *older;
	size_t capacity;
	struct {
		_Atomic uintptr_t start, end;
		struct region *_Atomic region;
	} entry[];
};

struct frames {
	/* Read by every lookup. */
	CACHE_ALIGNED _Atomic uint64_t sequence; /* odd while the table changes */
	struct table *_Atomic table;
	_Atomic size_t count;
	uint64_t id;

	pthread_mutex_t lock; /* guards what follows, and every change of what stands above */
	uint64_t random;
	uint64_t high_pages;
	struct range low;
	struct range node[FRAMES_NODES_MAX]; /* used == NULL until first needed */
};

/* The region this thread found last; valid while neither set nor sequence has changed. */
struct last_hit {
	uint64_t id, sequence;
	uintptr_t start, end; /* copies: the region may be gone unless the address lies in it */
	const struct region *region;
};

static _Atomic uint64_t frames_last_id;
static _Thread_local struct last_hit last_hit;

static bool happens(uint64_t *state, double chance)
{
	return (double)(range_random(state) >> 11) * 0x1p-53 < chance;
}

static struct range *frames_range_of(struct frames *frames, uint64_t pfn)
{
	return pfn < RANGE_BLOCK_PAGES
	               ? &frames->low
	               : &frames->node[(pfn - RANGE_BLOCK_PAGES) / frames->high_pages];
}

static int frames_node(struct frames *frames, unsigned node, struct range **range)
{
	uint64_t first_pfn = RANGE_BLOCK_PAGES + node * frames->high_pages;
	int rc = 0;

	*range = &frames->node[node];
	if (!(*range)->used)
		rc = range_init(
			*range, first_pfn, frames->high_pages, first_pfn + frames->high_pages / 8);
	return rc;
}

/* ---- create, destroy ------------------------------------------------------------------------------ */

static struct table *table_create(size_t capacity, struct table *older)
{
	struct table *table = NULL;

	if (!fault_point("frames_table"))
		table = heap_zeroed(1, sizeof(*table) + capacity * sizeof(table->entry[0]));
	if (table) {
		table->capacity = capacity;
		table->older = older;
	}
	return table;
}

static int frames_config_check(uint64_t low_bytes, uint64_t high_bytes, struct err *err)
{
	if (low_bytes % PAGE_BYTES || low_bytes < 2 * (ISA_END_PFN << PAGE_SHIFT) ||
		low_bytes > FRAMES_4G)
		return err_set(err, ERR_USAGE, -EINVAL,
			"frames: range below 4 GiB of %llu bytes; use page multiples from 32 MiB "
			"to 4 GiB",
			(unsigned long long)low_bytes);
	if (high_bytes % PAGE_BYTES || high_bytes < PAGE_BYTES * 64 || high_bytes > HIGH_BYTES)
		return err_set(err, ERR_USAGE, -EINVAL,
			"frames: range above 4 GiB of %llu bytes a node; use page multiples from "
			"256 KiB to "
			"1 TiB",
			(unsigned long long)high_bytes);
	return 0;
}

int frames_create(struct frames **out, const struct frames_config *config, struct err *err)
{
	uint64_t low_bytes = config->low_bytes ? config->low_bytes : LOW_BYTES;
	uint64_t high_bytes = config->high_bytes ? config->high_bytes : HIGH_BYTES;
	uint64_t low_end = low_bytes >> PAGE_SHIFT;
	int rc = frames_config_check(low_bytes, high_bytes, err);

	if (rc < 0)
		return rc;
	struct frames *frames = NULL;
	if (!fault_point("frames_create"))
		frames = heap_lines(sizeof(*frames));
	if (!frames)
		goto no_memory;
	memset(frames, 0, sizeof(*frames));
	frames->id = atomic_fetch_add(&frames_last_id, 1) + 1;
	frames->random = config->seed;
	frames->high_pages = high_bytes >> PAGE_SHIFT;
	rc = range_init(
		&frames->low, LOW_FIRST_PFN, low_end - LOW_FIRST_PFN, ISA_END_PFN + low_end / 8);
	if (rc < 0)
		goto free_frames;
	struct table *table = table_create(REGIONS_MIN, NULL);
	if (!table)
		goto free_low;
	atomic_init(&frames->table, table);
	pthread_mutex_init(&frames->lock, NULL);
	*out = frames;
	return 0;

free_low:
	range_fini(&frames->low);
free_frames:
	heap_free(frames);
no_memory:
	return err_short(err, -ENOMEM, "frames: no memory for the frame tables");
}

void frames_destroy(struct frames *frames)
{
	if (!frames)
		return;
	struct table *table = atomic_load(&frames->table);
	for (size_t i = 0; i < atomic_load(&frames->count); i++)
		heap_free(atomic_load(&table->entry[i].region));
	while (table) {
		struct table *older = table->older;
		heap_free(table);
		table = older;
	}
	range_fini(&frames->low);
	for (unsigned i = 0; i < FRAMES_NODES_MAX; i++)
		range_fini(&frames->node[i]);
	pthread_mutex_destroy(&frames->lock);
	heap_free(frames);
}

/* ---- the region table ----------------------------------------------------------------------------- */

/*
 * Writers make the sequence odd, change entries with release stores, and make it even. A reader that
 * sees any changed entry (acquire) therefore also sees the odd sequence and tries again. No fences:
 * ThreadSanitizer does not understand them.
 */
static void table_begin(struct frames *frames)
{
	uint64_t sequence = atomic_load_explicit(&frames->sequence, memory_order_relaxed);

	atomic_store_explicit(&frames->sequence, sequence + 1, memory_order_relaxed);
}

static void table_end(struct frames *frames)
{
	uint64_t sequence = atomic_load_explicit(&frames->sequence, memory_order_relaxed);

	atomic_store_explicit(&frames->sequence, sequence + 1, memory_order_release);
}

static void table_set(struct table *table, size_t i, struct region *region)
{
	atomic_store_explicit(&table->entry[i].start, region->start, memory_order_release);
	atomic_store_explicit(&table->entry[i].end, region->end, memory_order_release);
	atomic_store_explicit(&table->entry[i].region, region, memory_order_release);
}

static struct region *table_region(struct table *table, size_t i)
{
	return atomic_load_explicit(&table->entry[i].region, memory_order_relaxed);
}

/* Makes room for one more entry; readers switch to the larger table when it is published. */
static int table_reserve(struct frames *frames)
{
	struct table *old = atomic_load(&frames->table);
	size_t count = atomic_load(&frames->count);

	if (count < old->capacity)
		return 0;
	struct table *table = table_create(old->capacity * 2, old);
	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		table_set(table, i, table_region(old, i));
	table_begin(frames);
	atomic_store_explicit(&frames->table, table, memory_order_release);
	table_end(frames);
	return 0;
}

/* Index of the first entry that ends above @va; the lock is held. */
static size_t table_index_locked(struct frames *frames, uintptr_t va)
{
	struct table *table = atomic_load(&frames->table);
	size_t lo = 0, hi = atomic_load(&frames->count);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (table_region(table, mid)->end > va)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static void table_insert_locked(struct frames *frames, size_t at, struct region *region)
{
	struct table *table = atomic_load(&frames->table);
	size_t count = atomic_load(&frames->count);

	table_begin(frames);
	for (size_t i = count; i > at; i--)
		table_set(table, i, table_region(table, i - 1));
	table_set(table, at, region);
	atomic_store_explicit(&frames->count, count + 1, memory_order_release);
	table_end(frames);
}

static void table_remove_locked(struct frames *frames, size_t at)
{
	struct table *table = atomic_load(&frames->table);
	size_t count = atomic_load(&frames->count) - 1;

	table_begin(frames);
	for (size_t i = at; i < count; i++)
		table_set(table, i, table_region(table, i + 1));
	atomic_store_explicit(&frames->count, count, memory_order_release);
	table_end(frames);
}

/* One attempt of a lock-free search. Return: false when the table changed meanwhile. */
static bool table_search(struct frames *frames, uintptr_t va, struct last_hit *hit)
{
	*hit = (struct last_hit){.id = frames->id};
	hit->sequence = atomic_load_explicit(&frames->sequence, memory_order_acquire);
	if (hit->sequence & 1)
		return false;
	struct table *table = atomic_load_explicit(&frames->table, memory_order_acquire);
	size_t lo = 0, hi = atomic_load_explicit(&frames->count, memory_order_acquire);

	if (hi > table->capacity)
		return false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (atomic_load_explicit(&table->entry[mid].end, memory_order_acquire) <= va) {
			lo = mid + 1;
		} else if (atomic_load_explicit(&table->entry[mid].start, memory_order_acquire) >
			   va) {
			hi = mid;
		} else {
			hit->start = atomic_load_explicit(
				&table->entry[mid].start, memory_order_acquire);
			hit->end = atomic_load_explicit(
				&table->entry[mid].end, memory_order_acquire);
			hit->region = atomic_load_explicit(
				&table->entry[mid].region, memory_order_acquire);
			break;
		}
	}
	return atomic_load_explicit(&frames->sequence, memory_order_relaxed) == hit->sequence;
}

static const struct region *frames_find(struct frames *frames, uintptr_t va)
{
	struct last_hit *hit = &last_hit;

	if (hit->id == frames->id &&
		hit->sequence == atomic_load_explicit(&frames->sequence, memory_order_acquire) &&
		va >= hit->start && va < hit->end)
		return hit->region;
	while (!table_search(frames, va, hit))
		__builtin_ia32_pause();
	return hit->region;
}

int frames_lookup(
	struct frames *frames, const void *va, size_t len_bytes, bool write, uint64_t *pfn)
{
	uintptr_t page = (uintptr_t)page_down((uintptr_t)va);
	uint64_t pages = page_span((uintptr_t)va, len_bytes);

	while (pages) {
		const struct region *region = frames_find(frames, page);
		if (!region)
			return -EFAULT;
		if (write && region->access == FRAMES_READ_ONLY)
			return -EACCES;
		uint64_t here = (region->end - page) >> PAGE_SHIFT;
		if (here > pages)
			here = pages;
		memcpy(pfn, &region->pfn[(page - region->start) >> PAGE_SHIFT],
			here * sizeof(*pfn));
		pfn += here;
		pages -= here;
		page += here << PAGE_SHIFT;
	}
	return 0;
}

/* ---- add, remove ------------------------------------------------------------------------------------ */

static void region_release_frames(struct frames *frames, const struct region *region, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		range_mark(frames_range_of(frames, region->pfn[i]), region->pfn[i], 1, false);
}

/* Length of the next run: each block follows the one before with chance 1 - fragmentation. */
static uint64_t run_length(struct frames *frames, const struct frames_policy *policy, uint64_t most)
{
	const uint64_t block = policy->block_pages ? policy->block_pages : 1;
	uint64_t run = block;

	if (most > RANGE_BLOCK_PAGES)
		most = RANGE_BLOCK_PAGES;
	if (policy->fragmentation <= 0)
		return most;
	while (run < most && !happens(&frames->random, policy->fragmentation))
		run += block;
	return run < most ? run : most;
}

/* A run that fits nowhere is halved: the policy is a wish, distinct frames are not. */
static int region_fill(
	struct frames *frames, struct region *region, const struct frames_policy *policy)
{
	size_t done = 0;
	uint64_t after = 0;

	while (done < region->pages) {
		uint64_t run = run_length(frames, policy, region->pages - done);
		struct range *range = &frames->low;
		uint64_t pfn = 0;
		int rc = 0;

		if (happens(&frames->random, policy->high))
			rc = frames_node(frames, policy->node, &range);
		while (rc == 0) {
			rc = range_place(range, run, after, &frames->random, &pfn);
			if (rc == 0 || run == 1)
				break;
			run /= 2;
			rc = 0;
		}
		if (rc < 0) {
			region_release_frames(frames, region, done);
			return rc;
		}
		range_mark(range, pfn, run, true);
		for (uint64_t i = 0; i < run; i++)
			region->pfn[done++] = pfn + i;
		after = pfn + run;
	}
	return 0;
}

static int frames_add_check(const void *va, size_t len_bytes, enum frames_access access,
	const struct frames_policy *policy, struct err *err)
{
	if ((uintptr_t)va % PAGE_BYTES || len_bytes % PAGE_BYTES || len_bytes == 0 ||
		(uintptr_t)va + len_bytes < (uintptr_t)va)
		return err_set(err, ERR_USAGE, -EINVAL,
			"frames: region %p of %zu bytes; use whole pages", va, len_bytes);
	if (access != FRAMES_READ_ONLY && access != FRAMES_READ_WRITE)
		return err_set(err, ERR_USAGE, -EINVAL,
			"frames: access %d is neither read-only nor read-write", (int)access);
	if (!(policy->fragmentation >= 0 && policy->fragmentation <= 1 && policy->high >= 0 &&
		    policy->high <= 1))
		return err_set(err, ERR_USAGE, -EINVAL,
			"frames: fragmentation %g and high %g must lie in 0..1",
			policy->fragmentation, policy->high);
	if (policy->node >= FRAMES_NODES_MAX)
		return err_set(err, ERR_USAGE, -EINVAL, "frames: node %u; use 0..%d", policy->node,
			FRAMES_NODES_MAX - 1);
	return 0;
}

static int frames_add_locked(struct frames *frames, struct region *region,
	const struct frames_policy *policy, struct err *err)
{
	size_t at = table_index_locked(frames, region->start);

	if (at < atomic_load(&frames->count) &&
		table_region(atomic_load(&frames->table), at)->start < region->end)
		return err_set(err, ERR_USAGE, -EEXIST,
			"frames: region %#lx overlaps one that was added before; remove that first",
			(unsigned long)region->start);
	if (table_reserve(frames) < 0)
		return err_short(err, -ENOMEM, "frames: no memory for the region table");
	int rc = region_fill(frames, region, policy);
	if (rc < 0)
		return err_set(err, ERR_MISSING, rc,
			"frames: no frames left for %zu pages; enlarge the range or change the "
			"share above "
			"4 GiB",
			region->pages);
	table_insert_locked(frames, at, region);
	return 0;
}

int frames_add(struct frames *frames, void *va, size_t len_bytes, enum frames_access access,
	const struct frames_policy *policy, struct err *err)
{
	int rc = frames_add_check(va, len_bytes, access, policy, err);

	if (rc < 0)
		return rc;
	size_t pages = len_bytes >> PAGE_SHIFT;
	struct region *region = NULL;
	if (!fault_point("frames_region"))
		region = heap_alloc(sizeof(*region) + pages * sizeof(region->pfn[0]));
	if (!region)
		return err_short(
			err, -ENOMEM, "frames: no memory for a region of %zu pages", pages);
	region->start = (uintptr_t)va;
	region->end = region->start + len_bytes;
	region->access = access;
	region->pages = pages;
	pthread_mutex_lock(&frames->lock);
	rc = frames_add_locked(frames, region, policy, err);
	pthread_mutex_unlock(&frames->lock);
	if (rc < 0)
		heap_free(region);
	return rc; /* NOLINT(clang-analyzer-unix.Malloc): the table owns the region */
}

int frames_remove(struct frames *frames, void *va)
{
	struct region *region = NULL;

	pthread_mutex_lock(&frames->lock);
	size_t at = table_index_locked(frames, (uintptr_t)va);
	if (at < atomic_load(&frames->count))
		region = table_region(atomic_load(&frames->table), at);
	if (region && region->start == (uintptr_t)va) {
		table_remove_locked(frames, at);
		region_release_frames(frames, region, region->pages);
	} else {
		region = NULL;
	}
	pthread_mutex_unlock(&frames->lock);
	heap_free(region);
	return region ? 0 : -EINVAL;
}

/* ---- contiguous runs -------------------------------------------------------------------------------- */

/*
 * High frames first, so that the scarce ones stay for devices that need them: above 4 GiB, then below,
 * then the first 16 MiB.
 */
static int frames_take_locked(
	struct frames *frames, size_t pages, uint64_t end, uint64_t block, uint64_t *pfn)
{
	struct range *range = &frames->low;

	if (end > RANGE_BLOCK_PAGES && frames_node(frames, 0, &range) == 0 &&
		range_find(range, 0, end, pages, block, pfn) == 0)
		goto found;
	range = &frames->low;
	if (range_find(range, ISA_END_PFN, end, pages, block, pfn) < 0 &&
		range_find(range, 0, end, pages, block, pfn) < 0)
		return -ENOSPC;
found:
	range_mark(range, *pfn, pages, true);
	return 0;
}

int frames_take_block(
	struct frames *frames, size_t pages, uint64_t limit, uint64_t block_bytes, uint64_t *pfn)
{
	if (pages == 0 || fault_point("frames_take"))
		return -ENOSPC;
	pthread_mutex_lock(&frames->lock);
	int rc = frames_take_locked(
		frames, pages, limit >> PAGE_SHIFT, block_bytes >> PAGE_SHIFT, pfn);
	pthread_mutex_unlock(&frames->lock);
	return rc;
}

int frames_take(struct frames *frames, size_t pages, uint64_t limit, uint64_t *pfn)
{
	return frames_take_block(frames, pages, limit, FRAMES_4G, pfn);
}

void frames_give(struct frames *frames, uint64_t pfn, size_t pages)
{
	pthread_mutex_lock(&frames->lock);
	range_mark(frames_range_of(frames, pfn), pfn, pages, false);
	pthread_mutex_unlock(&frames->lock);
}

uint64_t frames_used_pages(struct frames *frames)
{
	uint64_t pages;

	pthread_mutex_lock(&frames->lock);
	pages = frames->low.pages_used;
	for (unsigned i = 0; i < FRAMES_NODES_MAX; i++)
		pages += frames->node[i].pages_used;
	pthread_mutex_unlock(&frames->lock);
	return pages;
}
