// SPDX-License-Identifier: BSD-2-Clause
/* interrupts_test.c: what of interrupts, and of who waits for them, is a finding. */
#include "harness/stress/judge_testing.h"

static void opened(struct judged *judged, unsigned completion)
{
	const struct sched_config config = {.seed = 1};
	struct err err = ERR_INIT;

	judged_init(judged);
	judged->plan.completion = completion;
	assert_int_equal(sched_create(&judged->world.sched, &config, &err), 0);
}

static void closed(struct judged *judged)
{
	sched_destroy(judged->world.sched);
	judged_fini(judged);
}

static unsigned judge(struct judged *judged, const struct device_mishaps *mishaps)
{
	interrupts_judge(&judged->port, mishaps);
	return findings(judged);
}

static unsigned sent(struct judged *judged, uint64_t interrupts)
{
	return judge(judged, &(struct device_mishaps){.irq_sent = interrupts});
}

/* ---- moderation --------------------------------------------------------------------------------------- */

#define MODERATION_NS UINT64_C(1000000000000) /* no test takes as long */

/* Open for ten times as long and a half. */
static void moderated(struct judged *judged)
{
	opened(judged, DMABENCH_COMPLETION_INTERRUPT);
	judged->plan.moderation_ns = MODERATION_NS;
	judged->port.opened_ns = world_now_ns() - 10 * MODERATION_NS - MODERATION_NS / 2;
}

static void moderation_leaves_a_time_between_two(void **state)
{
	struct judged judged;

	(void)state;
	moderated(&judged);
	assert_int_equal(sent(&judged, 12), 0);
	assert_int_equal(sent(&judged, 13), 1);
	judged.plan.moderation_ns = 0;
	assert_int_equal(sent(&judged, 1000), 0);
	closed(&judged);
}

static void moderation_begins_anew_with_each_life_of_the_device(void **state)
{
	struct judged judged;

	(void)state;
	moderated(&judged);
	judged.port.tally.power_cycles = 3;
	assert_int_equal(sent(&judged, 18), 0);
	assert_int_equal(sent(&judged, 19), 1);
	judged.port.tally.power_cycles = 0;
	/* A reset is an error besides. */
	judged.port.tally.resets = 1;
	assert_int_equal(sent(&judged, 15), 0);
	assert_int_equal(sent(&judged, 16), 1);
	closed(&judged);
}

static void errors_are_not_moderated(void **state)
{
	struct judged judged;
	struct device_mishaps mishaps = {.irq_lost = 2, .irq_twice = 1, .irq_spurious = 1};

	(void)state;
	moderated(&judged);
	/* What went wrong with interrupts counts only where there are errors to be told of again. */
	mishaps.irq_sent = 13;
	assert_int_equal(judge(&judged, &mishaps), 1);
	mishaps.iommu = 1;
	mishaps.after = 1;
	mishaps.irq_sent = 12 + 2 + 4;
	assert_int_equal(judge(&judged, &mishaps), 0);
	mishaps.irq_sent++;
	assert_int_equal(judge(&judged, &mishaps), 1);
	mishaps.irq_storm = 1;
	mishaps.irq_sent += DEVICE_STORM - 1;
	assert_int_equal(judge(&judged, &mishaps), 0);
	mishaps.irq_sent++;
	assert_int_equal(judge(&judged, &mishaps), 1);
	closed(&judged);
}

/* ---- asked for ---------------------------------------------------------------------------------------- */

static void who_polls_has_none(void **state)
{
	struct judged judged;

	(void)state;
	opened(&judged, DMABENCH_COMPLETION_POLL);
	interrupts_asked(&judged.port, &(struct wait_effort){.sent = 2});
	assert_int_equal(sent(&judged, 0), 0);
	assert_int_equal(sent(&judged, 1), 1);
	closed(&judged);
}

static void who_polls_until_it_waits_has_those_of_its_waits(void **state)
{
	struct judged judged;

	(void)state;
	opened(&judged, DMABENCH_COMPLETION_ADAPTIVE);
	interrupts_asked(&judged.port, &(struct wait_effort){.sent = 2});
	interrupts_asked(&judged.port, &(struct wait_effort){.sent = 1});
	assert_int_equal(sent(&judged, 3), 0);
	assert_int_equal(sent(&judged, 4), 1);
	judged.plan.completion = DMABENCH_COMPLETION_INTERRUPT;
	assert_int_equal(sent(&judged, 4), 0);
	closed(&judged);
}

static void a_handler_that_acknowledges_nothing_is_found(void **state)
{
	struct judged judged;

	(void)state;
	opened(&judged, DMABENCH_COMPLETION_INTERRUPT);
	assert_int_equal(judge(&judged, &(struct device_mishaps){.irq_ignored = 1}), 1);
	closed(&judged);
}

/* ---- claims ------------------------------------------------------------------------------------------- */

static unsigned denied(
	struct judged *judged, const struct device_mishaps *mishaps, uint64_t denied, uint64_t idle)
{
	claims_judge(&judged->port, mishaps, denied, idle);
	return findings(judged);
}

static void who_denies_what_it_acknowledged_is_found(void **state)
{
	const struct device_mishaps spurious = {.irq_spurious = 1};
	struct judged judged;

	(void)state;
	opened(&judged, DMABENCH_COMPLETION_INTERRUPT);
	assert_int_equal(denied(&judged, &spurious, 0, 0), 0);
	assert_int_equal(denied(&judged, &spurious, 9, 9), 0);
	assert_int_equal(denied(&judged, &spurious, 10, 9), 1);
	closed(&judged);
}

/* One for each start: on its way until then. And one for each that was lost and is sent again. */
static void who_denies_what_has_a_cause_is_found(void **state)
{
	const struct device_mishaps none = {0};
	struct judged judged;

	(void)state;
	opened(&judged, DMABENCH_COMPLETION_ADAPTIVE);
	assert_int_equal(denied(&judged, &none, 1, 9), 0);
	assert_int_equal(denied(&judged, &none, 2, 9), 1);
	assert_int_equal(denied(&judged, &(struct device_mishaps){.irq_lost = 2}, 3, 9), 0);
	assert_int_equal(denied(&judged, &(struct device_mishaps){.irq_lost = 2}, 4, 9), 1);
	assert_int_equal(denied(&judged, &(struct device_mishaps){.removed = 1}, 2, 9), 0);
	judged.port.tally.power_cycles = 2;
	judged.port.tally.resets = 1;
	assert_int_equal(denied(&judged, &none, 4, 9), 0);
	assert_int_equal(denied(&judged, &none, 5, 9), 1);
	closed(&judged);
}

/* One without a cause may see to what the next one was sent for. */
static void of_a_bad_line_some_are_nobodys(void **state)
{
	const struct device_mishaps bad[] = {
		{.irq_spurious = 1}, {.irq_twice = 1}, {.irq_storm = 1}, {.irq_late = 1}};
	struct judged judged;

	(void)state;
	opened(&judged, DMABENCH_COMPLETION_ADAPTIVE);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(denied(&judged, &bad[i], 9, 9), 0);
	closed(&judged);
}

static void threads_are_judged_by_moderation_alone(void **state)
{
	struct judged judged;

	(void)state;
	judged_init(&judged);
	judged.plan.completion = DMABENCH_COMPLETION_POLL;
	judged.port.opened_ns = world_now_ns();
	assert_int_equal(
		judge(&judged, &(struct device_mishaps){.irq_sent = 9, .irq_ignored = 1}), 0);
	judged.plan.moderation_ns = MODERATION_NS;
	assert_int_equal(sent(&judged, 9), 1);
	judged_fini(&judged);
}

/* ---- sleep -------------------------------------------------------------------------------------------- */

static unsigned slept(struct judged *judged, uint64_t looks, uint64_t sleeps, uint64_t taken)
{
	sleep_judge(&judged->port,
		&(struct wait_effort){.looks = looks, .sleeps = sleeps, .taken = taken});
	return findings(judged);
}

static void who_is_woken_looks_a_few_times_for_each_sleep(void **state)
{
	struct judged judged;

	(void)state;
	opened(&judged, DMABENCH_COMPLETION_INTERRUPT);
	assert_int_equal(slept(&judged, 200, 0, 0), 0);
	assert_int_equal(slept(&judged, 201, 0, 0), 1);
	assert_int_equal(slept(&judged, 240, 10, 0), 0);
	assert_int_equal(slept(&judged, 241, 10, 0), 1);
	assert_int_equal(slept(&judged, 247, 10, 7), 0);
	assert_int_equal(slept(&judged, 248, 10, 7), 1);
	/* Until its time-out it looks whether it has to reset. */
	judged.plan.timeout_ns = 1;
	assert_int_equal(slept(&judged, 1000, 0, 0), 0);
	judged.plan.timeout_ns = 0;
	judged.plan.completion = DMABENCH_COMPLETION_ADAPTIVE;
	assert_int_equal(slept(&judged, 1000, 0, 0), 0);
	closed(&judged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moderation_leaves_a_time_between_two),
		cmocka_unit_test(moderation_begins_anew_with_each_life_of_the_device),
		cmocka_unit_test(errors_are_not_moderated),
		cmocka_unit_test(who_polls_has_none),
		cmocka_unit_test(who_polls_until_it_waits_has_those_of_its_waits),
		cmocka_unit_test(a_handler_that_acknowledges_nothing_is_found),
		cmocka_unit_test(who_denies_what_it_acknowledged_is_found),
		cmocka_unit_test(who_denies_what_has_a_cause_is_found),
		cmocka_unit_test(of_a_bad_line_some_are_nobodys),
		cmocka_unit_test(threads_are_judged_by_moderation_alone),
		cmocka_unit_test(who_is_woken_looks_a_few_times_for_each_sleep),
	};

	return cmocka_run_group_tests_name("interrupts", tests, NULL, NULL);
}
