// SPDX-License-Identifier: BSD-2-Clause
/* table_test.c: the model's I/O page table against a page-by-page one. */
#include "drivers/device/device.h"
#include "drivers/device/model/table.h"
#include "drivers/support/fault.h"
#include "drivers/support/held_testing.h"
#include "drivers/support/random.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define PAGES 64
#define VA(p) ((uint8_t *)0x10000000 + (p)*PAGE_BYTES)

/* The plain model: what each logical page is. */
struct page {
	uint8_t *va;
	unsigned access;
	unsigned mapping; /* 0: none */
};

static iova_t logical(uint64_t page)
{
	return (iova_t){page * PAGE_BYTES};
}

static size_t plain_find(const struct page *pages, uint64_t addr, size_t len_bytes, unsigned access)
{
	uint64_t first = addr / PAGE_BYTES, at = first;

	while (at < PAGES && pages[at].mapping && (pages[at].access & access) == access &&
		pages[at].va == pages[first].va + (at - first) * PAGE_BYTES)
		at++;
	if (at == first)
		return 0;

	size_t run = at * PAGE_BYTES - addr;

	return run < len_bytes ? run : len_bytes;
}

static void map_one(struct table *table, struct page *pages, uint64_t *random, unsigned number)
{
	uint64_t first = random_draw(random) % PAGES, count = 1 + random_draw(random) % 6;
	unsigned access = 1 + (unsigned)(random_draw(random) % 3);
	/* Half of them contiguous with their neighbours. */
	uint8_t *va = random_draw(random) % 2 ? VA(first) : VA(1000 + random_draw(random) % 1000);
	bool free = first + count <= PAGES;

	for (uint64_t i = first; free && i < first + count; i++)
		free = !pages[i].mapping;
	if (first + count > PAGES)
		return;
	assert_int_equal(table_map(table, logical(first), va, count * PAGE_BYTES, access),
		free ? 0 : -EINVAL);
	for (uint64_t i = first; free && i < first + count; i++)
		pages[i] = (struct page){va + (i - first) * PAGE_BYTES, access, number};
}

static void unmap_one(struct table *table, struct page *pages, uint64_t *random)
{
	uint64_t first = random_draw(random) % PAGES, count = 1 + random_draw(random) % 8;
	bool whole = first + count <= PAGES;

	if (!whole)
		return;
	for (uint64_t i = first; i < first + count; i++)
		whole = whole && pages[i].mapping;
	whole = whole && (first == 0 || pages[first - 1].mapping != pages[first].mapping) &&
	        (first + count == PAGES ||
			pages[first + count].mapping != pages[first + count - 1].mapping);
	assert_int_equal(
		table_unmap(table, logical(first), count * PAGE_BYTES), whole ? 0 : -EINVAL);
	for (uint64_t i = first; whole && i < first + count; i++)
		pages[i] = (struct page){0};
}

static void find_one(const struct table *table, const struct page *pages, uint64_t *random)
{
	uint64_t addr = random_draw(random) % (PAGES * PAGE_BYTES);
	size_t len_bytes = 1 + random_draw(random) % (4 * PAGE_BYTES);
	unsigned access = 1 + (unsigned)(random_draw(random) % 2);
	size_t expected = plain_find(pages, addr, len_bytes, access);
	void *va = NULL;

	assert_int_equal(table_find(table, (iova_t){addr}, len_bytes, access, &va), expected);
	if (expected)
		assert_ptr_equal(va, pages[addr / PAGE_BYTES].va + addr % PAGE_BYTES);
}

static void it_is_what_a_plain_table_is(void **state)
{
	struct table table = {.limit = PAGES * PAGE_BYTES};
	struct page pages[PAGES] = {0};
	uint64_t random = 20261121;

	(void)state;
	for (unsigned i = 1; i < 20000; i++) {
		map_one(&table, pages, &random, i);
		unmap_one(&table, pages, &random);
		find_one(&table, pages, &random);
	}
	table_fini(&table);
}

static void what_is_no_range_is_refused(void **state)
{
	struct table table = {.limit = 16 * PAGE_BYTES};
	struct table wide = {0};

	(void)state;
	assert_int_equal(table_map(&table, logical(0), VA(0), 0, DEVICE_READ), -EINVAL);
	assert_int_equal(table_map(&table, logical(0), VA(0), 100, DEVICE_READ), -EINVAL);
	assert_int_equal(table_map(&table, (iova_t){8}, VA(0), PAGE_BYTES, DEVICE_READ), -EINVAL);
	assert_int_equal(
		table_map(&table, logical(0), VA(0) + 8, PAGE_BYTES, DEVICE_READ), -EINVAL);
	assert_int_equal(table_map(&table, logical(0), NULL, PAGE_BYTES, DEVICE_READ), -EINVAL);
	assert_int_equal(table_map(&table, logical(0), VA(0), PAGE_BYTES, 0), -EINVAL);
	assert_int_equal(table_map(&table, logical(0), VA(0), PAGE_BYTES, 4), -EINVAL);
	assert_int_equal(
		table_map(&table, logical(15), VA(0), 2 * PAGE_BYTES, DEVICE_READ), -EINVAL);
	assert_int_equal(table_unmap(&table, logical(0), PAGE_BYTES), -EINVAL);
	/* The last page of 64 bits: its end would be 0. */
	assert_int_equal(
		table_map(&wide, (iova_t){~(uint64_t)PAGE_MASK}, VA(0), PAGE_BYTES, DEVICE_READ),
		-EINVAL);
	fault_arm(1, false);
	assert_int_equal(table_map(&table, logical(0), VA(0), PAGE_BYTES, DEVICE_READ), -ENOMEM);
	fault_arm(0, false);
	table_fini(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_what_a_plain_table_is),
		cmocka_unit_test(what_is_no_range_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
