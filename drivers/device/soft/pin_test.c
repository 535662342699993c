// SPDX-License-Identifier: BSD-2-Clause
/*
 * pin_test.c: real pins: counted by the kernel while they are held, gone after release, refused without a trace.
 * Where the host does not let this process pin, the refusal is what is tested, and the rest is skipped.
 */
#include "drivers/device/soft/pin.h"
#include "drivers/device/soft/soft.h"
#include "drivers/support/fault.h"
#include "drivers/support/held_testing.h"
#include "drivers/support/testing.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGES 64

/* What /proc/self/status says, KiB. VmLck is mlock's, VmPin what io_uring has registered. */
static long status_kib(const char *key)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	long kib = -1;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			sscanf(line + strlen(key), ": %ld", &kib);
	fclose(file);
	return kib;
}

static const char *key_of(enum device_pin kind)
{
	return kind == DEVICE_PIN_MLOCK ? "VmLck" : "VmPin";
}

/* Kernels before 6.13 let registered buffers go a moment later. */
static void assert_held(enum device_pin kind, long kib)
{
	const struct timespec moment = {.tv_nsec = 10000000};

	for (unsigned i = 0; i < 300 && status_kib(key_of(kind)) != kib; i++)
		nanosleep(&moment, NULL);
	assert_int_equal(status_kib(key_of(kind)), kib);
}

static unsigned char *pages_new(void)
{
	void *va = mmap(NULL, PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(va != MAP_FAILED);
	return va;
}

/* Where the host does not offer @kind, it says so well, and the test ends here. */
static void open_or_skip(struct pin *pin, enum device_pin kind)
{
	struct err err = ERR_INIT;

	pin_init(pin);
	if (pin_open(pin, kind, &err) == 0)
		return;
	assert_int_equal(err.kind, ERR_MISSING);
	assert_non_null(strstr(err.message, "pin="));
	pin_close(pin);
	skip_for("%s", err.message);
}

static void the_kernel_counts_what_is_held(enum device_pin kind)
{
	uint32_t first, second;
	struct pin pin;

	open_or_skip(&pin, kind);
	unsigned char *va = pages_new();
	long before = status_kib(key_of(kind));

	assert_int_equal(pin_take(&pin, va, 16 * PAGE_BYTES, &first), 0);
	assert_held(kind, before + 64);
	assert_int_equal(pin_take(&pin, va + 32 * PAGE_BYTES, 32 * PAGE_BYTES, &second), 0);
	assert_held(kind, before + 64 + 128);
	pin_release(&pin, va, 16 * PAGE_BYTES, first);
	assert_held(kind, before + 128);
	pin_release(&pin, va + 32 * PAGE_BYTES, 32 * PAGE_BYTES, second);
	assert_held(kind, before);
	pin_close(&pin);
	munmap(va, PAGES * PAGE_BYTES);
}

static void mlock_is_counted(void **state)
{
	(void)state;
	the_kernel_counts_what_is_held(DEVICE_PIN_MLOCK);
}

static void iouring_is_counted(void **state)
{
	(void)state;
	the_kernel_counts_what_is_held(DEVICE_PIN_IOURING);
}

/* Two devices hold overlapping ranges; what one lets go stays locked for the other. */
static void mlock_nests(void **state)
{
	(void)state;
	uint32_t handle;
	struct pin a, b;

	open_or_skip(&a, DEVICE_PIN_MLOCK);
	open_or_skip(&b, DEVICE_PIN_MLOCK);
	unsigned char *va = pages_new();
	long before = status_kib("VmLck");

	assert_int_equal(pin_take(&a, va, 8 * PAGE_BYTES, &handle), 0);
	assert_int_equal(pin_take(&b, va + 4 * PAGE_BYTES, 8 * PAGE_BYTES, &handle), 0);
	assert_int_equal(pin_take(&a, va, 16 * PAGE_BYTES, &handle), 0);
	assert_int_equal(status_kib("VmLck"), before + 64);
	pin_release(&a, va, 16 * PAGE_BYTES, 0);
	assert_int_equal(status_kib("VmLck"), before + 48);
	pin_release(&a, va, 8 * PAGE_BYTES, 0);
	assert_int_equal(status_kib("VmLck"), before + 32);
	pin_release(&b, va + 4 * PAGE_BYTES, 8 * PAGE_BYTES, 0);
	assert_int_equal(status_kib("VmLck"), before);
	pin_close(&a);
	pin_close(&b);
	munmap(va, PAGES * PAGE_BYTES);
}

/* Seeded takes and releases of random ranges against a count kept here. */
static void mlock_agrees_with_a_count(void **state)
{
	(void)state;
	struct {
		unsigned first, pages;
	} held[32] = {{0, 0}};
	unsigned count[PAGES] = {0};
	struct pin pin;

	open_or_skip(&pin, DEVICE_PIN_MLOCK);
	unsigned char *va = pages_new();
	long before = status_kib("VmLck");
	uint32_t handle;

	srand(4711);
	print_message("seed 4711\n");
	for (unsigned step = 0; step < 2000; step++) {
		unsigned at = (unsigned)rand() % 32, locked = 0;

		if (held[at].pages) {
			pin_release(&pin, va + held[at].first * PAGE_BYTES,
				held[at].pages * PAGE_BYTES, 0);
			for (unsigned i = 0; i < held[at].pages; i++)
				count[held[at].first + i]--;
			held[at].pages = 0;
		} else {
			held[at].first = (unsigned)rand() % PAGES;
			held[at].pages = 1 + (unsigned)rand() % (PAGES - held[at].first);
			assert_int_equal(pin_take(&pin, va + held[at].first * PAGE_BYTES,
						 held[at].pages * PAGE_BYTES, &handle),
				0);
			for (unsigned i = 0; i < held[at].pages; i++)
				count[held[at].first + i]++;
		}
		for (unsigned i = 0; i < PAGES; i++)
			locked += count[i] != 0;
		if (step % 16 == 0)
			assert_int_equal(status_kib("VmLck"), before + 4L * locked);
	}
	for (unsigned at = 0; at < 32; at++)
		if (held[at].pages)
			pin_release(&pin, va + held[at].first * PAGE_BYTES,
				held[at].pages * PAGE_BYTES, 0);
	assert_int_equal(status_kib("VmLck"), before);
	pin_close(&pin);
	munmap(va, PAGES * PAGE_BYTES);
}

static void the_table_of_buffers_fills_up(void **state)
{
	(void)state;
	uint32_t handle;
	unsigned taken = 0;
	struct pin pin;
	int rc;

	open_or_skip(&pin, DEVICE_PIN_IOURING);
	unsigned char *va = pages_new();

	while ((rc = pin_take(&pin, va, PAGE_BYTES, &handle)) == 0)
		taken++;
	/* A limited process meets its limit of locked memory first. */
	assert_true(rc == -ENOMEM || (rc == -ENOSPC && taken == PIN_IOURING_MAX));
	pin_release(&pin, va, PAGE_BYTES, handle);
	assert_int_equal(pin_take(&pin, va, PAGE_BYTES, &handle), 0);
	pin_close(&pin);
	assert_held(DEVICE_PIN_IOURING, 0);
	munmap(va, PAGES * PAGE_BYTES);
}

static void a_hole_is_refused(enum device_pin kind)
{
	uint32_t handle;
	struct pin pin;

	open_or_skip(&pin, kind);
	unsigned char *va = pages_new();
	long before = status_kib(key_of(kind));

	munmap(va + 8 * PAGE_BYTES, PAGE_BYTES);
	assert_true(pin_take(&pin, va, 16 * PAGE_BYTES, &handle) < 0);
	assert_held(kind, before);
	pin_close(&pin);
	munmap(va, PAGES * PAGE_BYTES);
}

static void mlock_refuses_what_is_not_mapped(void **state)
{
	(void)state;
	a_hole_is_refused(DEVICE_PIN_MLOCK);
}

static void iouring_refuses_what_is_not_mapped(void **state)
{
	(void)state;
	a_hole_is_refused(DEVICE_PIN_IOURING);
}

/* In a child without privilege under a limit of one page: the second page is refused, and the message names the key. */
static int limited_child(enum device_pin kind)
{
	const struct rlimit none = {0, 0};
	struct err err = ERR_INIT;
	struct pin pin;

	if (setrlimit(RLIMIT_MEMLOCK, &none) || (geteuid() == 0 && setuid(65534)))
		return 77;
	pin_init(&pin);
	int rc = pin_open(&pin, kind, &err);

	pin_close(&pin);
	if (rc == 0 || err.kind != ERR_MISSING || !strstr(err.message, "pin=") ||
		!(strstr(err.message, "ulimit -l") || strstr(err.message, "seccomp"))) {
		print_message("pin_open: %d, '%s'\n", rc, err.message);
		return 1;
	}
	return 0;
}

static void a_limit_is_told_with_its_remedy(void **state)
{
	(void)state;
	for (enum device_pin kind = DEVICE_PIN_MLOCK; kind < DEVICE_PIN_COUNT; kind++) {
		int status = 0;
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0)
			_exit(limited_child(kind));
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) == 77)
			skip_for("this process may not drop its privilege");
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

/* Every step of opening a pinning device, and every pin, fails once: nothing stays locked, nothing leaks. */
static void the_nth_failure_leaves_nothing(enum device_pin kind)
{
	const struct device_config config = {
		.cpu = -1, .address_bits = 64, .memory_bytes = 1u << 20, .pin = kind};
	struct device *dev = NULL;
	unsigned nth = 0;
	struct pin probe;

	open_or_skip(&probe, kind);
	pin_close(&probe);
	unsigned char *va = pages_new();
	long before = status_kib(key_of(kind));

	for (bool fired = true; fired; nth++) {
		uint32_t handle;

		fault_arm(nth + 1, false);
		int rc = soft_ops.open(&dev, &config, NULL);

		if (rc == 0 && dev->pin->take(dev, va, 4 * PAGE_BYTES, &handle) == 0)
			dev->pin->release(dev, va, 4 * PAGE_BYTES, handle);
		fired = fault_fired() != NULL;
		fault_arm(0, false);
		assert_true(fired || rc == 0);
		if (rc == 0)
			soft_ops.close(dev);
		assert_held(kind, before);
	}
	assert_true(nth > 5);
	munmap(va, PAGES * PAGE_BYTES);
}

static void mlock_survives_every_failure(void **state)
{
	(void)state;
	the_nth_failure_leaves_nothing(DEVICE_PIN_MLOCK);
}

static void iouring_survives_every_failure(void **state)
{
	(void)state;
	the_nth_failure_leaves_nothing(DEVICE_PIN_IOURING);
}

static void no_pin_has_no_ops(void **state)
{
	(void)state;
	const struct device_config config = {
		.cpu = -1, .address_bits = 64, .memory_bytes = 1u << 20};
	struct device *dev = NULL;

	assert_int_equal(soft_ops.open(&dev, &config, NULL), 0);
	assert_null(dev->pin);
	soft_ops.close(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mlock_is_counted),
		cmocka_unit_test(iouring_is_counted),
		cmocka_unit_test(mlock_nests),
		cmocka_unit_test(mlock_agrees_with_a_count),
		cmocka_unit_test(the_table_of_buffers_fills_up),
		cmocka_unit_test(mlock_refuses_what_is_not_mapped),
		cmocka_unit_test(iouring_refuses_what_is_not_mapped),
		cmocka_unit_test(a_limit_is_told_with_its_remedy),
		cmocka_unit_test(mlock_survives_every_failure),
		cmocka_unit_test(iouring_survives_every_failure),
		cmocka_unit_test(no_pin_has_no_ops),
	};

	return cmocka_run_group_tests_name("pin", tests, NULL, NULL);
}
