// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_stall_test.c: a driver that waits for what does not come: lost interrupts, lost doorbells, a port without
 * power. What is only late, and the order of events in all its variety, is the stress tests', where time is virtual.
 */
#include "drivers/tests/rig.h"

#include <sys/resource.h>

#define BUFFER_BYTES 65536u
#define MOVES        12u

static void moves(struct rig *rig, const struct rig_options *options)
{
	rig_open(rig, options);

	DMABENCH_TRANSFER transfer = {
		.Buffer = rig_buffer(rig, BUFFER_BYTES, FRAMES_READ_WRITE),
		.BufferLength = BUFFER_BYTES,
		.Length = 3000,
	};

	for (uint32_t i = 0; i < MOVES; i++) {
		transfer.Direction = i % 2;
		transfer.Cookie = i;
		rig_move(rig, &transfer);
	}
}

static void lost_interrupts_are_found_and_counted(void **state)
{
	static const uint32_t modes[] = {
		DMABENCH_COMPLETION_INTERRUPT, DMABENCH_COMPLETION_ADAPTIVE};

	(void)state;
	for (size_t m = 0; m < 2; m++) {
		struct rig rig;

		moves(&rig, &(struct rig_options){.driver = "packet",
				    .completion = modes[m],
				    .recovery_us = 1000,
				    .line = {.lost = 1}});
		DMABENCH_QUERY query = rig_query(&rig);

		assert_int_equal(query.Interrupts, 0);
		/* Nobody else takes what they should have told of. */
		if (modes[m] == DMABENCH_COMPLETION_INTERRUPT)
			assert_int_equal(query.Recoveries, MOVES);
		rig_close(&rig);
	}
}

/* Polled, so that nothing but doorbells can be found: an interrupt may take longer than RecoveryUs on a busy host. */
static void lost_doorbells_are_rung_again(void **state)
{
	struct device_mishaps mishaps;
	struct rig rig;

	(void)state;
	moves(&rig, &(struct rig_options){.driver = "packet",
			    .completion = DMABENCH_COMPLETION_POLL,
			    .recovery_us = 1000,
			    .bell = {.lost = 0.5}});
	DMABENCH_QUERY query = rig_query(&rig);

	videoport_mishaps(rig.vp, &mishaps);
	assert_true(query.Recoveries > 0);
	assert_true(query.Recoveries <= mishaps.bell_lost);
	rig_close(&rig);
}

/* How often this thread has gone to sleep. */
static long sleeps(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_THREAD, &usage), 0);
	return usage.ru_nvcsw;
}

/* In D3 there is nothing to look at: a wait of ten RecoveryUs sleeps about ten times, not all the while for a moment. */
static void a_wait_without_power_sleeps(void **state)
{
	struct err err = ERR_INIT;
	struct rig rig;
	long before;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet",
			       .completion = DMABENCH_COMPLETION_INTERRUPT,
			       .recovery_us = 10000});
	assert_int_equal(videoport_power(rig.vp, DEVICE_D3, &err), 0);
	before = sleeps();
	assert_false(rig_wait(&rig, 100000));
	assert_in_range(sleeps() - before, 1, 50);
	assert_int_equal(videoport_power(rig.vp, DEVICE_D0, &err), 0);
	rig_close(&rig);
}

/* Behind its budget it sleeps, too: 100 ms of polling would be the time of a processor. */
static void an_adaptive_wait_polls_for_its_budget_only(void **state)
{
	struct rig rig;
	long before;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet",
			       .completion = DMABENCH_COMPLETION_ADAPTIVE,
			       .recovery_us = 10000,
			       .parameters = {{"PollBudgetUs", 1000}}});
	before = sleeps();
	assert_false(rig_wait(&rig, 100000));
	assert_in_range(sleeps() - before, 1, 50);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lost_interrupts_are_found_and_counted),
		cmocka_unit_test(lost_doorbells_are_rung_again),
		cmocka_unit_test(a_wait_without_power_sleeps),
		cmocka_unit_test(an_adaptive_wait_polls_for_its_budget_only),
	};

	return cmocka_run_group_tests_name("nothing comes", tests, NULL, NULL);
}
