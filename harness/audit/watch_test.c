// SPDX-License-Identifier: BSD-2-Clause
/*
 * watch_test.c: readings out of made-up files that move on between two of them, every disturbance with a pair of
 * readings on each side of its limit, tallies and verdicts, and a watch on this host.
 */
#include "harness/audit/testing.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>

#include "drivers/support/fault.h"

#define MS UINT64_C(1000000)

static struct clock test_clock(void)
{
	struct clock clock;

	assert_int_equal(clock_open_raw(&clock, NULL), 0);
	return clock;
}

static unsigned descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += lseek(fd, 0, SEEK_CUR) >= 0 || errno != EBADF;
	return count;
}

static const struct tree_file counters[] = {
	{"proc/stat", "cpu  1 1 1 1 1 1 1 1 0 0\ncpu0 100 10 20 5000 0 3 7 11 0 0\n"
		      "cpu1 200 20 40 6000 0 0 0 0 0 0\ncpu5 30 0 0 9 0 0 0 4 0 0\nintr 999 1 2\n"
		      "cpu1 9 9 9 9 9 9 9 9"},
	{"proc/interrupts",
		"           CPU0       CPU1       CPU5\n 24:   10   20   1000  MSI eth0\n"
		"125:    1    2   5000  MSI nvme0\nNMI:    3    4   7  Non-maskable\n"
		"LOC: 88888 99999 77777 Local timer\nTRM:    5    6   0  Thermal\n"
		"ERR:      0"},
	{"proc/vmstat", "nr_free_pages 1\npswpin 7\npswpout 5\npgfault 100"},
	{"proc/self/task/11/schedstat", "5000 400 3"},
	{"proc/self/task/12/schedstat", "6000 50 3"},
	{"proc/self/task/12/status", "Name:\tdevice\nCpus_allowed_list:\t1"},
	{"proc/self/task/11/status", "Name:\tdriver\nCpus_allowed_list:\t0"},
	{"sys/devices/system/cpu/cpu1/topology/thread_siblings_list", "1,5"},
	{NULL, NULL},
};

static void readings_come_out_of_the_files(void **state)
{
	const struct clock clock = test_clock();
	struct tree tree = tree_make();
	struct audit_watch *watch;
	struct audit_reading reading, later;

	(void)state;
	tree_put_all(&tree, counters);
	tree_put(&tree, "sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count", "13");
	assert_int_equal(audit_watch_open(&watch, tree.root, &tree_scope, &clock, NULL), 0);
	audit_watch_read(watch, &reading);
	const uint64_t tick_ns = 1000 * MS / (uint64_t)sysconf(_SC_CLK_TCK);

	/* user, nice, system, irq, softirq */
	assert_int_equal(reading.busy_ns[0], 140 * tick_ns);
	assert_int_equal(reading.busy_ns[1], 260 * tick_ns);
	assert_int_equal(reading.steal_ns[0], 11 * tick_ns);
	assert_int_equal(reading.steal_ns[1], 0);
	assert_int_equal(reading.sibling_busy_ns, 30 * tick_ns);
	assert_int_equal(reading.interrupts[0], 10 + 1 + 3 + 5);
	assert_int_equal(reading.interrupts[1], 20 + 2 + 4 + 6);
	assert_int_equal(reading.swapped_pages, 12);
	assert_int_equal(reading.throttles, 13);
	assert_true(reading.has_waits);
	assert_int_equal(reading.wait_ns[0], 400);
	assert_int_equal(reading.wait_ns[1], 50);
	assert_int_equal(reading.cpu, sched_getcpu());
	/* the same descriptors see what comes later; a new thread needs a new look */
	tree_put(&tree, "proc/vmstat", "pswpin 8\npswpout 5");
	tree_put(&tree, "proc/self/task/13/schedstat", "1 1000 1");
	audit_watch_read(watch, &later);
	assert_int_equal(later.swapped_pages, 13);
	assert_int_equal(later.wait_ns[0], 400);
	assert_true(later.raw_ns >= reading.raw_ns && later.tick_ns >= reading.tick_ns);
	audit_watch_threads(watch);
	audit_watch_read(watch, &later);
	assert_int_equal(later.wait_ns[0], 1400);
	assert_int_equal(later.wait_ns[1], 50);
	assert_true(audit_watch_cost_ns(watch) > 0);
	audit_watch_close(watch);
	tree_drop(&tree);
}

/* More rows and columns than the buffer holds at once. */
static void long_files_are_read_in_pieces(void **state)
{
	const struct clock clock = test_clock();
	const struct audit_scope scope = {.driver_cpu = 700, .device_cpu = 701};
	struct tree tree = tree_make();
	struct audit_watch *watch;
	struct audit_reading reading;
	size_t len;
	char *text;
	FILE *memory = open_memstream(&text, &len);

	(void)state;
	assert_non_null(memory);
	for (int cpu = 0; cpu < 800; cpu++)
		fprintf(memory, " CPU%d", cpu);
	for (int row = 0; row < 40; row++) {
		fprintf(memory, "\n%d:", row);
		for (int cpu = 0; cpu < 800; cpu++)
			fprintf(memory, " %d", cpu == 700 ? 1000 + row : cpu == 701 ? 2 : 7);
	}
	fclose(memory);
	tree_put(&tree, "proc/interrupts", text);
	assert_int_equal(audit_watch_open(&watch, tree.root, &scope, &clock, NULL), 0);
	audit_watch_read(watch, &reading);
	/* on a slow host the file may have been dropped for its cost */
	if (reading.interrupts[0]) {
		assert_int_equal(reading.interrupts[0], 40 * 1000 + 40 * 39 / 2);
		assert_int_equal(reading.interrupts[1], 80);
	}
	audit_watch_close(watch);
	tree_drop(&tree);
	free(text);
}

static void missing_and_odd_files_read_as_nothing(void **state)
{
	static const char *const odd[] = {"", "cpu", "cpu0", "cpu99999999999 1 1", "CPU", ":",
		"1:", "CPU0 CPU1\n1:", "CPU0 CPU1\n1: x y\n2: 5"};
	const struct clock clock = test_clock();
	struct tree tree = tree_empty();
	struct audit_watch *watch;
	struct audit_reading reading;

	(void)state;
	for (size_t i = 0; i <= sizeof(odd) / sizeof(odd[0]); i++) {
		assert_int_equal(audit_watch_open(&watch, tree.root, &tree_scope, &clock, NULL), 0);
		audit_watch_read(watch, &reading);
		assert_false(reading.has_waits);
		assert_int_equal(reading.steal_ns[0] + reading.interrupts[1], 0);
		audit_watch_close(watch);
		for (const struct tree_file *file = counters;
			i < sizeof(odd) / sizeof(odd[0]) && file->path; file++)
			if (!strstr(file->path, "task"))
				tree_put(&tree, file->path, odd[i]);
	}
	tree_drop(&tree);
}

/* ---- judging -------------------------------------------------------------------------------------------------------- */

/* 20 ms in which nothing happened. */
static void pair_make(struct audit_reading pair[2])
{
	pair[0] = (struct audit_reading){.raw_ns = 1000 * MS,
		.tick_ns = 70 * MS,
		.real_ns = 1700000000000 * MS,
		.boot_ns = 1000 * MS,
		.mono_ns = 1000 * MS,
		.has_waits = true};
	pair[1] = pair[0];
	pair[1].raw_ns += 20 * MS;
	pair[1].tick_ns += 20 * MS;
	pair[1].real_ns += 20 * MS;
	pair[1].boot_ns += 20 * MS;
	pair[1].mono_ns += 20 * MS;
}

#define FIELD(name) offsetof(struct audit_reading, name)

static const struct limit {
	const char *name;
	enum audit_taint taint;
	size_t field;
	int64_t fine, tainted; /* growth of the field */
	const char *text;
} limits[] = {
	{"waiting driver", AUDIT_TAINT_PREEMPTED, FIELD(wait_ns[0]), 199000, 2100000,
		"preempted 2.10 ms (10 %)"},
	{"waiting device", AUDIT_TAINT_PREEMPTED, FIELD(wait_ns[1]), 199000, 2100000,
		"preempted 2.10 ms (10 %)"},
	{"steal of the driver's", AUDIT_TAINT_STEAL, FIELD(steal_ns[0]), 100000, 10 * MS,
		"steal 10 ms"},
	{"steal of the device's", AUDIT_TAINT_STEAL, FIELD(steal_ns[1]), 100000, 10 * MS,
		"steal 10 ms"},
	{"sibling", AUDIT_TAINT_SIBLING, FIELD(sibling_busy_ns), 900000, 10 * MS,
		"sibling busy 10 ms"},
	{"interrupts", AUDIT_TAINT_INTERRUPTS, FIELD(interrupts[1]), 19, 21, "interrupts 21"},
	{"heat", AUDIT_TAINT_THROTTLED, FIELD(throttles), 0, 1, "throttled 1 times"},
	{"swap", AUDIT_TAINT_PAGED, FIELD(swapped_pages), 0, 3, "paged 3 pages"},
	{"faults", AUDIT_TAINT_PAGED, FIELD(major_faults), 0, 2, "paged 2 pages"},
	{"step ahead", AUDIT_TAINT_STEPPED, FIELD(real_ns), 900000, 2 * MS, "stepped by 2.0 ms"},
	{"step back", AUDIT_TAINT_STEPPED, FIELD(real_ns), -900000, -(int64_t)(5 * MS),
		"stepped by -5.0 ms"},
	{"clock fast", AUDIT_TAINT_CLOCK, FIELD(tick_ns), 50000, 100000,
		"clock off by 0.100 ms in 20 ms"},
	{"clock slow", AUDIT_TAINT_CLOCK, FIELD(tick_ns), -50000, -(int64_t)MS,
		"clock off by -1.000 ms in 20 ms"},
	{"sleep", AUDIT_TAINT_SUSPENDED, FIELD(boot_ns), MS, 3000 * MS, "suspended 3000 ms"},
};

static void every_disturbance_has_two_sides(void **state)
{
	struct audit_reading pair[2];
	char text[AUDIT_TAINT_TEXT];
	unsigned seen = 0;

	(void)state;
	pair_make(pair);
	assert_int_equal(audit_judge(&tree_scope, &pair[0], &pair[1], text), 0);
	assert_string_equal(text, "");
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const struct limit *limit = &limits[i];
		uint64_t *field = (uint64_t *)((char *)&pair[1] + limit->field);

		pair_make(pair);
		*field += (uint64_t)limit->fine;
		if (audit_judge(&tree_scope, &pair[0], &pair[1], text))
			fail_msg("%s: fine, but '%s'", limit->name, text);
		pair_make(pair);
		*field += (uint64_t)limit->tainted;
		assert_int_equal(
			audit_judge(&tree_scope, &pair[0], &pair[1], text), 1u << limit->taint);
		assert_string_equal(text, limit->text);
		seen |= 1u << limit->taint;
	}
	/* another processor than the driver's */
	pair_make(pair);
	pair[1].cpu = 3;
	assert_int_equal(
		audit_judge(&tree_scope, &pair[0], &pair[1], text), 1u << AUDIT_TAINT_MOVED);
	assert_string_equal(text, "moved to cpu 3");
	seen |= 1u << AUDIT_TAINT_MOVED;
	assert_int_equal(seen, (1u << AUDIT_TAINT_COUNT) - 1);
}

static void switches_count_where_waits_are_not_told(void **state)
{
	struct audit_reading pair[2];
	char text[AUDIT_TAINT_TEXT];

	(void)state;
	pair_make(pair);
	pair[1].involuntary = 50;
	assert_int_equal(audit_judge(&tree_scope, &pair[0], &pair[1], text), 0);
	pair[0].has_waits = pair[1].has_waits = false;
	assert_int_equal(
		audit_judge(&tree_scope, &pair[0], &pair[1], text), 1u << AUDIT_TAINT_PREEMPTED);
	assert_string_equal(text, "preempted 50 times");
	pair[1].involuntary = 2;
	assert_int_equal(audit_judge(&tree_scope, &pair[0], &pair[1], text), 0);
}

static void threads_that_block_may_wait_for_each_other(void **state)
{
	struct audit_scope blocking = tree_scope;
	struct audit_reading pair[2];
	char text[AUDIT_TAINT_TEXT];

	(void)state;
	blocking.blocking = true;
	pair_make(pair);
	pair[1].wait_ns[0] = 10 * MS;
	assert_int_equal(audit_judge(&blocking, &pair[0], &pair[1], text), 0);
	pair[1].wait_ns[1] = MS;
	assert_int_equal(
		audit_judge(&blocking, &pair[0], &pair[1], text), 1u << AUDIT_TAINT_PREEMPTED);
	assert_string_equal(text, "preempted 1.00 ms (5 %)");
}

/* mallinfo2 counts what the program holds; a reading may leave neither memory nor descriptors behind, nor take any. */
static void readings_allocate_nothing(void **state)
{
	const struct clock clock = test_clock();
	struct audit_watch *watch;
	struct audit_reading reading;

	(void)state;
	assert_int_equal(audit_watch_open(&watch, "", &tree_scope, &clock, NULL), 0);
	const struct mallinfo2 before = mallinfo2();
	const unsigned open = descriptors();

	for (int i = 0; i < 50; i++)
		audit_watch_read(watch, &reading);
	const struct mallinfo2 after = mallinfo2();

	assert_int_equal(after.uordblks, before.uordblks);
	assert_int_equal(after.arena, before.arena);
	assert_int_equal(descriptors(), open);
	audit_watch_close(watch);
}

static void one_processor_is_not_counted_twice(void **state)
{
	const struct audit_scope one = {.driver_cpu = 0, .device_cpu = 0};
	struct audit_reading pair[2];
	char text[AUDIT_TAINT_TEXT];

	(void)state;
	pair_make(pair);
	pair[1].interrupts[0] = pair[1].interrupts[1] = 15;
	assert_int_equal(audit_judge(&one, &pair[0], &pair[1], text), 0);
	assert_int_equal(
		audit_judge(&tree_scope, &pair[0], &pair[1], text), 1u << AUDIT_TAINT_INTERRUPTS);
	assert_string_equal(text, "interrupts 30");
}

static void all_at_once_is_cut_and_not_overrun(void **state)
{
	struct audit_reading pair[2];
	char text[AUDIT_TAINT_TEXT];

	(void)state;
	pair_make(pair);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		*(uint64_t *)((char *)&pair[1] + limits[i].field) += (uint64_t)limits[i].tainted;
	pair[1].cpu = 2;
	assert_true(audit_judge(&tree_scope, &pair[0], &pair[1], text) >> AUDIT_TAINT_MOVED & 1);
	assert_in_range(strlen(text), 100, AUDIT_TAINT_TEXT - 1);
	assert_int_equal(
		audit_taints_of("clock off by 1.000 ms in 20 ms, steal 10 ms, preempted 2 times"),
		1u << AUDIT_TAINT_CLOCK | 1u << AUDIT_TAINT_STEAL | 1u << AUDIT_TAINT_PREEMPTED);
	assert_int_equal(audit_taints_of(""), 0);
	assert_int_equal(audit_taints_of("stealing 10 ms, my steal 5 ms"), 0);
}

/* ---- before measuring ----------------------------------------------------------------------------------------------- */

static void idle_moments_become_findings(void **state)
{
	struct audit_host host = {0};
	struct audit_reading pair[2];

	(void)state;
	pair_make(pair);
	audit_host_add_window(&host, &tree_scope, &pair[0], &pair[1]);
	assert_int_equal(host.count, 0);
	assert_true(host.checks >= 8);
	pair[1].busy_ns[1] = 15 * MS;
	pair[1].steal_ns[0] = 10 * MS;
	pair[1].swapped_pages = 4;
	pair[1].wait_ns[1] = 10 * MS; /* our own affair */
	audit_host_add_window(&host, &tree_scope, &pair[0], &pair[1]);
	assert_int_equal(host.count, 3);
	assert_string_equal(host.finding[0].name, "load");
	assert_string_equal(
		host.finding[0].found, "other programs keep cpu 1 busy for 75 % of the time");
	assert_string_equal(host.finding[1].name, "steal");
	assert_string_equal(host.finding[1].found, "steal 10 ms, in 20 ms before measuring");
	assert_string_equal(host.finding[2].found, "paged 4 pages, in 20 ms before measuring");
	assert_int_equal(host.finding[2].grade, AUDIT_TAINTS);
	assert_int_equal(audit_host_count(&host, AUDIT_TAINTS), 3);
	/* no time, no judgement; no room, no overrun */
	host.checks = 0;
	audit_host_add_window(&host, &tree_scope, &pair[0], &pair[0]);
	assert_int_equal(host.checks, 0);
	host.count = AUDIT_FINDINGS_MAX;
	audit_host_add_window(&host, &tree_scope, &pair[0], &pair[1]);
	assert_int_equal(host.count, AUDIT_FINDINGS_MAX);
}

/* ---- a run ------------------------------------------------------------------------------------------------------------ */

static void runs_are_trusted_or_not(void **state)
{
	struct audit_host host = {0};
	struct audit_tally tally = {0};
	char why[200];

	(void)state;
	assert_true(audit_trusted(&host, &tally, why, sizeof(why)));
	assert_string_equal(why, "");
	audit_tally_add(&tally, 1u << AUDIT_TAINT_STEAL);
	assert_false(audit_trusted(&host, &tally, why, sizeof(why)));
	assert_string_equal(why, "1 of 1 repetition tainted; steal 1");
	for (int i = 1; i < 4; i++)
		audit_tally_add(&tally, i < 2 ? 1u << AUDIT_TAINT_STEAL : 0);
	assert_true(audit_trusted(&host, &tally, why, sizeof(why)));
	assert_string_equal(why, "2 of 4 repetitions tainted; steal 2");
	audit_tally_add(&tally, 1u << AUDIT_TAINT_PREEMPTED | 1u << AUDIT_TAINT_STEAL);
	assert_false(audit_trusted(&host, &tally, why, sizeof(why)));
	assert_string_equal(why, "3 of 5 repetitions tainted; preempted 1; steal 3");
	/* one wrong clock is enough */
	tally = (struct audit_tally){.trials = 1000};
	audit_tally_add(&tally, 1u << AUDIT_TAINT_CLOCK);
	assert_false(audit_trusted(&host, &tally, why, sizeof(why)));
	/* so is one fatal finding; others are not */
	tally = (struct audit_tally){.trials = 10};
	host.count = 1;
	host.finding[0] = (struct audit_finding){
		.name = "quota", .grade = AUDIT_TAINTS, .found = "half a processor"};
	assert_true(audit_trusted(&host, &tally, why, sizeof(why)));
	host.finding[0].grade = AUDIT_FATAL;
	assert_false(audit_trusted(&host, &tally, why, sizeof(why)));
	assert_string_equal(why, "quota: half a processor");
	assert_false(audit_trusted(&host, &tally, why, 8));
	assert_string_equal(why, "quota: ");
	assert_false(audit_trusted(&host, &tally, NULL, 0));
}

static void words_are_complete(void **state)
{
	(void)state;
	for (enum audit_taint i = 0; i < AUDIT_TAINT_COUNT; i++) {
		assert_true(audit_taint_name(i)[0] && audit_taint_remedy(i)[0]);
		assert_in_range(audit_taint_grade(i), AUDIT_TAINTS, AUDIT_FATAL);
	}
	assert_string_equal(audit_taint_name(AUDIT_TAINT_PREEMPTED), "preempted");
	assert_string_equal(audit_grade_word(AUDIT_FATAL), "fatal");
}

/* ---- this host -------------------------------------------------------------------------------------------------------- */

static void this_host_is_watched(void **state)
{
	const struct clock clock = test_clock();
	const unsigned before = descriptors();
	struct audit_scope scope;
	struct audit_watch *watch = NULL;
	struct audit_reading pair[2];

	(void)state;
	assert_int_equal(audit_scope_guess("", &scope, NULL), 0);
	assert_int_equal(audit_watch_open(&watch, "", &scope, &clock, NULL), 0);
	for (int i = 0; i < 2; i++) {
		audit_watch_threads(watch);
		audit_watch_read(watch, &pair[i]);
	}
	assert_true(pair[1].raw_ns > pair[0].raw_ns);
	assert_true(pair[1].busy_ns[0] >= pair[0].busy_ns[0]);
	assert_true(pair[1].busy_ns[0] > 0);
	assert_true(pair[1].wait_ns[0] >= pair[0].wait_ns[0]);
	audit_watch_close(watch);
	audit_watch_close(NULL);
	assert_int_equal(descriptors(), before);
}

static void failure_leaves_nothing_behind(void **state)
{
	const struct clock clock = test_clock();
	const unsigned before = descriptors();
	struct audit_watch *watch;
	struct err err = ERR_INIT;

	(void)state;
	fault_arm(1, false);
	assert_int_equal(audit_watch_open(&watch, "", &tree_scope, &clock, &err), -ENOMEM);
	assert_null(watch);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_int_equal(descriptors(), before);
	fault_arm(0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readings_come_out_of_the_files),
		cmocka_unit_test(long_files_are_read_in_pieces),
		cmocka_unit_test(missing_and_odd_files_read_as_nothing),
		cmocka_unit_test(every_disturbance_has_two_sides),
		cmocka_unit_test(switches_count_where_waits_are_not_told),
		cmocka_unit_test(threads_that_block_may_wait_for_each_other),
		cmocka_unit_test(readings_allocate_nothing),
		cmocka_unit_test(one_processor_is_not_counted_twice),
		cmocka_unit_test(all_at_once_is_cut_and_not_overrun),
		cmocka_unit_test(idle_moments_become_findings),
		cmocka_unit_test(runs_are_trusted_or_not),
		cmocka_unit_test(words_are_complete),
		cmocka_unit_test(this_host_is_watched),
		cmocka_unit_test(failure_leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("audit watch", tests, NULL, NULL);
}
