// SPDX-License-Identifier: BSD-2-Clause
/* iommu_test.c: translation across pages and leaves, rights, widths, failures. */
#include "drivers/device/soft/iommu.h"
#include "drivers/support/fault.h"
#include "drivers/support/held_testing.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static uint8_t *const va = (uint8_t *)0x10000000; /* never touched */

static void open_table(struct iommu *iommu, unsigned bits)
{
	memset(iommu, 0, sizeof(*iommu));
	assert_int_equal(iommu_init(iommu, bits, NULL), 0);
}

static size_t run(struct iommu *iommu, uint64_t iova, size_t len_bytes, unsigned access, void **at)
{
	return iommu_pin(iommu, 0, (iova_t){iova}, len_bytes, access, at);
}

static void runs_follow_host_memory(void **state)
{
	(void)state;
	struct iommu iommu;
	void *at;

	open_table(&iommu, 64);
	assert_int_equal(iommu_map(&iommu, (iova_t){0x1000}, va, 2 * PAGE_BYTES, 3), 0);
	assert_int_equal(iommu_map(&iommu, (iova_t){0x3000}, va + 0x2000, PAGE_BYTES, 1), 0);
	assert_int_equal(iommu_map(&iommu, (iova_t){0x4000}, va, PAGE_BYTES, 1), 0);
	assert_int_equal(run(&iommu, 0x1010, 0x100, 1, &at), 0x100);
	assert_ptr_equal(at, va + 0x10);
	assert_int_equal(run(&iommu, 0x1010, 0x10000, 1, &at), 0x2FF0); /* over two mappings */
	assert_int_equal(run(&iommu, 0x1010, 0x10000, 2, &at), 0x1FF0); /* rights end */
	assert_int_equal(run(&iommu, 0x1010, 0x2FF0, 1, &at), 0x2FF0);
	assert_int_equal(run(&iommu, 0x3000, 1, 2, &at), 0);
	assert_int_equal(run(&iommu, 0x4FFF, 2, 1, &at), 1);
	assert_int_equal(run(&iommu, 0x5000, 1, 1, &at), 0);
	assert_int_equal(run(&iommu, 0, 1, 1, &at), 0);
	iommu_unpin(&iommu, 0);
	iommu_fini(&iommu);
}

static void leaves_and_ends_of_the_space(void **state)
{
	(void)state;
	const uint64_t gib = 1u << 30;
	struct iommu iommu;
	void *at;

	open_table(&iommu, 64);
	assert_int_equal(
		iommu_map(&iommu, (iova_t){5 * gib - PAGE_BYTES}, va, 2 * PAGE_BYTES, 3), 0);
	assert_int_equal(run(&iommu, 5 * gib - 8, 16, 3, &at), 16);
	assert_ptr_equal(at, va + PAGE_BYTES - 8);
	iommu_unpin(&iommu, 0);
	assert_int_equal(iommu_unmap(&iommu, (iova_t){5 * gib - PAGE_BYTES}, 2 * PAGE_BYTES), 0);
	assert_int_equal(run(&iommu, 5 * gib - 8, 16, 3, &at), 0);
	assert_int_equal(
		iommu_map(&iommu, (iova_t){UINT64_MAX - 0xFFF}, va, PAGE_BYTES, 3), -EINVAL);
	assert_int_equal(run(&iommu, UINT64_MAX, 1, 1, &at), 0);
	iommu_fini(&iommu);
	open_table(&iommu, 24);
	assert_int_equal(iommu_map(&iommu, (iova_t){(1 << 24) - PAGE_BYTES}, va, PAGE_BYTES, 3), 0);
	assert_int_equal(run(&iommu, (1 << 24) - 4, 100, 1, &at), 4);
	iommu_unpin(&iommu, 0);
	iommu_fini(&iommu);
	iommu_fini(&iommu);
}

static void bad_ranges_change_nothing(void **state)
{
	(void)state;
	struct iommu iommu;
	void *at;

	open_table(&iommu, 32);
	assert_int_equal(iommu_map(&iommu, (iova_t){0x2000}, va, PAGE_BYTES, 1), 0);
	assert_int_equal(iommu_map(&iommu, (iova_t){0x1000}, va, 2 * PAGE_BYTES, 1), -EINVAL);
	assert_int_equal(run(&iommu, 0x1000, 1, 1, &at), 0);
	assert_int_equal(iommu_map(&iommu, (iova_t){0x8000}, va, PAGE_BYTES, 0), -EINVAL);
	assert_int_equal(iommu_map(&iommu, (iova_t){0x8000}, va, PAGE_BYTES, 4), -EINVAL);
	assert_int_equal(iommu_map(&iommu, (iova_t){0x8000}, NULL, PAGE_BYTES, 1), -EINVAL);
	assert_int_equal(iommu_unmap(&iommu, (iova_t){0x2000}, 2 * PAGE_BYTES), -EINVAL);
	assert_int_equal(run(&iommu, 0x2000, 1, 1, &at), 1);
	iommu_unpin(&iommu, 0);
	iommu_fini(&iommu);
}

struct unmapping {
	struct iommu *iommu;
	atomic_bool returned;
};

static void *unmapping_main(void *arg)
{
	struct unmapping *unmapping = arg;

	iommu_unmap(unmapping->iommu, (iova_t){0x1000}, 2 * PAGE_BYTES);
	atomic_store(&unmapping->returned, true);
	return NULL;
}

static void unmap_waits_for_pins_in_its_range(void **state)
{
	(void)state;
	struct iommu iommu;
	struct unmapping unmapping = {.iommu = &iommu};
	pthread_t thread;
	void *at;

	open_table(&iommu, 32);
	assert_int_equal(iommu_map(&iommu, (iova_t){0x1000}, va, 2 * PAGE_BYTES, 3), 0);
	assert_int_equal(iommu_map(&iommu, (iova_t){0x3000}, va, 2 * PAGE_BYTES, 3), 0);
	assert_int_equal(run(&iommu, 0x2FFF, 1, 1, &at), 1);
	/* Beside the pin: at once. */
	assert_int_equal(iommu_unmap(&iommu, (iova_t){0x3000}, 2 * PAGE_BYTES), 0);
	assert_int_equal(atomic_load(&iommu.evictions), 0);
	/* Under the pin: asks for it, and does not return before it is gone. */
	assert_int_equal(pthread_create(&thread, NULL, unmapping_main, &unmapping), 0);
	while (atomic_load(&iommu.evictions) == 0)
		sched_yield();
	for (unsigned i = 0; i < 100; i++)
		sched_yield();
	assert_false(atomic_load(&unmapping.returned));
	assert_int_equal(iommu_pin(&iommu, 1, (iova_t){0x1000}, 1, 1, &at), 0);
	iommu_unpin(&iommu, 0);
	pthread_join(thread, NULL);
	assert_true(atomic_load(&unmapping.returned));
	iommu_fini(&iommu);
}

static void failures_leave_nothing(void **state)
{
	(void)state;
	struct iommu iommu;
	struct err err = ERR_INIT;
	void *at;

	memset(&iommu, 0, sizeof(iommu));
	fault_arm(1, false);
	assert_int_equal(iommu_init(&iommu, 32, &err), -ENOMEM);
	assert_int_equal(err.kind, ERR_MISSING);
	iommu_fini(&iommu);
	open_table(&iommu, 32);
	fault_arm(1, false);
	assert_int_equal(iommu_map(&iommu, (iova_t){0x1000}, va, PAGE_BYTES, 1), -ENOSPC);
	fault_arm(2, false);
	assert_int_equal(iommu_map(&iommu, (iova_t){0x1000}, va, PAGE_BYTES, 1), -ENOMEM);
	fault_arm(0, false);
	assert_int_equal(run(&iommu, 0x1000, 1, 1, &at), 0);
	assert_int_equal(iommu_map(&iommu, (iova_t){0x1000}, va, PAGE_BYTES, 1), 0);
	iommu_fini(&iommu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_follow_host_memory),
		cmocka_unit_test(leaves_and_ends_of_the_space),
		cmocka_unit_test(bad_ranges_change_nothing),
		cmocka_unit_test(unmap_waits_for_pins_in_its_range),
		cmocka_unit_test(failures_leave_nothing),
	};

	return cmocka_run_group_tests_name("soft device's I/O page table", tests, NULL, NULL);
}
