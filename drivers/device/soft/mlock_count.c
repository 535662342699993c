// SPDX-License-Identifier: BSD-2-Clause
/*
 * mlock_count.c: see mlock_count.h. Counters of 1 GiB of addresses stand in a leaf, made when first needed. Called by
 * pin.c.
 */
#include "drivers/device/soft/mlock_count.h"

#include "drivers/support/fault.h"
#include "drivers/support/pages.h"
#include "drivers/support/types.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LEAF_SHIFT 30
#define LEAF_PAGES (UINT64_C(1) << (LEAF_SHIFT - PAGE_SHIFT))
#define LEAVES     (UINT64_C(1) << (47 - LEAF_SHIFT)) /* user space of a 64-bit process */

struct leaf {
	struct leaf *next; /* all that were made */
	uint64_t index;
	uint32_t count[LEAF_PAGES];
};

static struct {
	pthread_mutex_t lock;
	unsigned users;
	struct leaf *made;
	struct leaf *leaf[LEAVES];
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The calls themselves: the sanitizers put empty functions in the place of the library's. */
static int pages_lock(void *va, uint64_t len_bytes)
{
	return (int)syscall(SYS_mlock, va, len_bytes);
}

static void pages_unlock(void *va, uint64_t len_bytes)
{
	syscall(SYS_munlock, va, len_bytes);
}

static uint32_t *page_count(uint64_t page)
{
	return &table.leaf[page / LEAF_PAGES]->count[page % LEAF_PAGES];
}

static int leaf_make(uint64_t index)
{
	struct leaf *leaf = fault_point("mlock_leaf") ? NULL : pages_map(sizeof(*leaf));

	if (!leaf)
		return -ENOMEM;
	leaf->index = index;
	leaf->next = table.made;
	table.made = table.leaf[index] = leaf;
	return 0;
}

static int leaves_make(uint64_t first, uint64_t end)
{
	int rc = 0;

	for (uint64_t i = first / LEAF_PAGES; i <= (end - 1) / LEAF_PAGES && !rc; i++)
		if (!table.leaf[i])
			rc = leaf_make(i);
	return rc;
}

/* Pages from @page on, below @end, whose count is zero (@zero) or not. */
static uint64_t run_of(uint64_t page, uint64_t end, bool zero)
{
	uint64_t run = 0;

	while (page + run < end && (*page_count(page + run) == 0) == zero)
		run++;
	return run;
}

static void *page_va(uint64_t page)
{
	return (void *)(uintptr_t)(page << PAGE_SHIFT); /* NOLINT(performance-no-int-to-ptr) */
}

/* Counts [first, end) down, and unlocks what nobody holds any more. */
static void pages_release(uint64_t first, uint64_t end)
{
	for (uint64_t page = first; page < end; page++)
		--*page_count(page);
	for (uint64_t page = first; page < end;) {
		uint64_t run = run_of(page, end, true);

		if (run)
			pages_unlock(page_va(page), run << PAGE_SHIFT);
		page += run;
		page += run_of(page, end, false);
	}
}

static void pages_count(uint64_t page, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++)
		++*page_count(page + i);
}

/* Counts [first, end) up, and locks what nobody held before. Return: 0, or -errno and nothing is locked. */
static int pages_take(uint64_t first, uint64_t end)
{
	for (uint64_t page = first; page < end;) {
		uint64_t held = run_of(page, end, false);
		uint64_t run = run_of(page + held, end, true);
		int rc = 0;

		pages_count(page, held);
		page += held;
		if (run && fault_point("mlock"))
			rc = -ENOMEM;
		else if (run && pages_lock(page_va(page), run << PAGE_SHIFT))
			rc = -errno;
		if (rc) {
			/* A refused mlock may have locked the front of its range. */
			pages_unlock(page_va(page), run << PAGE_SHIFT);
			pages_release(first, page);
			return rc;
		}
		pages_count(page, run);
		page += run;
	}
	return 0;
}

void mlock_count_open(void)
{
	pthread_mutex_lock(&table.lock);
	table.users++;
	pthread_mutex_unlock(&table.lock);
}

void mlock_count_close(void)
{
	pthread_mutex_lock(&table.lock);
	if (--table.users == 0) {
		while (table.made) {
			struct leaf *leaf = table.made;

			table.made = leaf->next;
			table.leaf[leaf->index] = NULL;
			pages_unmap(leaf, sizeof(*leaf));
		}
	}
	pthread_mutex_unlock(&table.lock);
}

int mlock_count_take(void *va, size_t len_bytes)
{
	uint64_t first = (uintptr_t)va >> PAGE_SHIFT, end = first + (len_bytes >> PAGE_SHIFT);

	if (end > LEAVES * LEAF_PAGES || end <= first)
		return -EFAULT;
	pthread_mutex_lock(&table.lock);
	int rc = leaves_make(first, end);

	rc = rc ? rc : pages_take(first, end);
	pthread_mutex_unlock(&table.lock);
	return rc;
}

void mlock_count_release(void *va, size_t len_bytes)
{
	uint64_t first = (uintptr_t)va >> PAGE_SHIFT;

	pthread_mutex_lock(&table.lock);
	pages_release(first, first + (len_bytes >> PAGE_SHIFT));
	pthread_mutex_unlock(&table.lock);
}
