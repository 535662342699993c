// SPDX-License-Identifier: BSD-2-Clause
/*
 * iommu_order_test.c: the soft device's I/O page table, drivers/device/soft/iommu.c as it is shipped, in every
 * execution that C11 allows: once iommu_unmap has returned the engine touches the page no more, and what it reads
 * through a mapping is what the mapper wrote before. See ring_order_test.c for the form.
 */
#include <stdatomic.h>
#include <string.h>

#include "drivers/device/soft/iommu.h"
#include "drivers/tests/order/order_testing.h"

#define PAGES 2
#define PIN   1

static struct rig {
	struct iommu iommu;
	_Alignas(PAGE_BYTES) uint32_t page[PAGES][PAGE_BYTES / 4];
	bool mapped; /* by setup */
} rig;

static iova_t logical(unsigned page)
{
	return (iova_t){(uint64_t)(page + 1) << PAGE_SHIFT};
}

static void map(unsigned page)
{
	if (iommu_map(&rig.iommu, logical(page), rig.page[page], PAGE_BYTES, DEVICE_READ))
		order_fail("page %u cannot be mapped", page);
}

static void setup(void *arg)
{
	struct err err = {0};

	(void)arg;
	iommu_fini(&rig.iommu);
	memset(&rig, 0, offsetof(struct rig, mapped));
	if (iommu_init(&rig.iommu, 32, &err))
		order_fail("no table");
	for (unsigned i = 0; i < PAGES; i++) {
		map(i);

		/* Entries are found by what is mapped: leaf 0, entry i + 1. */
		order_label((const void *)(rig.iommu.root[0] + i + 1), "entry");
		rig.page[i][0] = 1;
		if (!rig.mapped && iommu_unmap(&rig.iommu, logical(i), PAGE_BYTES))
			order_fail("page %u cannot be unmapped", i);
		order_share(rig.page[i], 8);
	}
	order_label(&rig.iommu.order, "order");
	order_label(&rig.iommu.evictions, "evictions");
	order_label(&rig.iommu.pin[PIN].first, "first");
	order_label(&rig.iommu.pin[PIN].end, "end");
}

/* One access of the engine, by a descriptor that may be wrong: refused, or it reads what the mapper wrote. */
static void touch(unsigned page)
{
	void *va;
	size_t run = iommu_pin(&rig.iommu, PIN, logical(page), 4, DEVICE_READ, &va);

	if (run == 0)
		return;
	if (run != 4 || va != rig.page[page])
		order_fail("page %u is translated wrongly", page);
	if (*(volatile uint32_t *)va != 1)
		order_fail("page %u holds %u", page, *(uint32_t *)va);
}

/* Ends with the pin given back, as the engine rests. */
static void engine_once(void *arg)
{
	(void)arg;
	touch(0);
	iommu_unpin(&rig.iommu, PIN);
}

static void engine_twice(void *arg)
{
	(void)arg;
	touch(0);
	iommu_unpin(&rig.iommu, PIN);
	touch(0);
	iommu_unpin(&rig.iommu, PIN);
}

/* A pin replaced by another one without an unpin between them. */
static void engine_replaces(void *arg)
{
	(void)arg;
	touch(0);
	touch(1);
	iommu_unpin(&rig.iommu, PIN);
}

/* The page is used for something else as soon as it is unmapped. */
static void unmap(void *arg)
{
	(void)arg;
	if (iommu_unmap(&rig.iommu, logical(0), PAGE_BYTES))
		order_fail("a mapped page cannot be unmapped");
	rig.page[0][0] = 2;
}

static void unmap_both(void *arg)
{
	unmap(arg);
	if (iommu_unmap(&rig.iommu, logical(1), PAGE_BYTES))
		order_fail("a mapped page cannot be unmapped");
	rig.page[1][0] = 2;
}

static void map_late(void *arg)
{
	(void)arg;
	rig.page[0][0] = 1;
	map(0);
}

static void map_and_unmap(void *arg)
{
	map_late(arg);
	unmap(arg);
}

static void check(void *arg)
{
	(void)arg;
	if (atomic_load(&rig.iommu.pin[PIN].end) != 0)
		order_fail("a pin is left");
}

static const struct order_program once = {setup, {engine_once, unmap}, check, NULL};
static const struct order_program twice = {setup, {engine_twice, unmap}, check, NULL};
static const struct order_program replaced = {setup, {engine_replaces, unmap_both}, check, NULL};
static const struct order_program fresh = {setup, {engine_once, map_late}, check, NULL};
static const struct order_program brief = {setup, {engine_twice, map_and_unmap}, check, NULL};

static const struct scenario {
	const char *name;
	const struct order_program *program;
	bool mapped;
} scenarios[] = {
	{"unmapped while in use", &once, true},
	{"unmapped between two uses", &twice, true},
	{"unmapped while a pin is replaced", &replaced, true},
	{"mapped just before", &fresh, false},
	{"mapped and unmapped", &brief, false},
};

static const char *scenario_name(unsigned program)
{
	return scenarios[program].name;
}

static struct order_result scenario_run(unsigned program, const struct order_weakening *weakening)
{
	const struct scenario *s = &scenarios[program];

	rig.mapped = s->mapped;
	return order_explore(s->program, weakening, ORDER_LIMIT);
}

static const struct order_suite suite = {
	.count = sizeof(scenarios) / sizeof(scenarios[0]),
	.name = scenario_name,
	.run = scenario_run,
};

static void every_execution_is_right(void **state)
{
	(void)state;
	order_expect_right(&suite);
}

static const struct order_needed orderings[] = {
	{{"order", ORDER_RMW}, NULL},
	{{"entry", ORDER_STORE}, NULL},
	{{"entry", ORDER_LOAD}, NULL},
	{{"end", ORDER_STORE}, NULL},
	{{"end", ORDER_LOAD}, NULL},
	{{"first", ORDER_STORE}, NULL},
	{{"first", ORDER_LOAD}, NULL},
};

static void every_ordering_is_needed(void **state)
{
	(void)state;
	order_expect_needed(&suite, orderings, sizeof(orderings) / sizeof(orderings[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_execution_is_right),
		cmocka_unit_test(every_ordering_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
