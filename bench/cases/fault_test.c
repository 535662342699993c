// SPDX-License-Identifier: BSD-2-Clause
/*
 * fault_test.c: what goes wrong: every fault of the device is found and named or survived, and every failing step of setting
 * up is reported and undone.
 */
#include "bench/cases/testing.h"

static void expect_fault_found(const char *fault, const char *strategy, const char *dir)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "64,4096", "source",
		"rewritten", "strategy", strategy, "dir", dir, "device.fault", fault,
		"device.fault_rate", "0.02");
	bool named = false;

	assert_int_equal(run->exit_code, ERR_WRONG);
	assert_true(run->finding_count > 0);
	for (uint32_t i = 0; i < run->finding_count; i++) {
		const char *text = run->finding[i].text;

		named = named ||
		        (strstr(text, "op ") && strstr(text, "expected") && strstr(text, "found"));
	}
	if (!named)
		fail_msg("%s, %s, %s: no finding names operation, expected and found; first: %s",
			fault, strategy, dir, run->finding[0].text);
	store_run_free(run);
}

/* What goes wrong with messages costs time, and nothing else. */
static void expect_fault_survived(const char *fault)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "64,4096", "source",
		"rewritten", "strategy", "packet,common", "dir", "to_device,from_device",
		"completion", "interrupt", "device.fault", fault, "device.fault_rate", "0.02");

	if (run->exit_code || run->finding_count)
		fail_msg("%s: exit %d, %s", fault, run->exit_code,
			run->finding_count ? run->finding[0].text : "no finding");
	store_run_free(run);
}

/* A device that goes on with memory it has lost is refused there; no transfer is wrong, the device is. */
static void expect_late_access_refused(const char *fault)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "4096", "source",
		"rewritten", "strategy", "packet", "device.fault", fault, "device.fault_rate",
		"0.02");

	assert_int_equal(run->exit_code, ERR_WRONG);
	assert_true(run->finding_count > 0);
	assert_non_null(strstr(run->finding[0].text, "refused"));
	store_run_free(run);
}

static void every_fault_of_the_device_is_found_and_named(void **state)
{
	(void)state;
	for (unsigned f = 1; run_fault_words[f]; f++) {
		const char *fault = run_fault_words[f];

		if (strncmp(fault, "irq_", 4) == 0 || strncmp(fault, "bell_", 5) == 0) {
			expect_fault_survived(fault);
			continue;
		}
		if (strcmp(fault, "after") == 0) {
			expect_late_access_refused(fault);
			continue;
		}
		for (unsigned s = 0; run_strategy_words[s]; s++) {
			for (unsigned d = 0; run_dir_words[d]; d++)
				expect_fault_found(fault, run_strategy_words[s], run_dir_words[d]);
		}
	}
}

/* ---- failing set-up ------------------------------------------------------------------------------ */

static void an_adapter_that_cannot_be_had_is_missing(void **state)
{
	struct run_plan *plan = PLANNED("size", "64", "pool.limit", "4k");
	struct run_summary summary;
	struct err err = ERR_INIT;

	(void)state;
	assert_true(run_execute(plan, NULL, &hooks, NULL, &summary, &err) < 0);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_true(strlen(err.message) > 20);
	run_plan_free(plan);
}

static void every_failing_set_up_step_is_reported_and_undone(void **state)
{
	(void)state;
	/* The first 64 hits one by one; later ones, which are mostly of points met before, a twenty-fourth apart. */
	for (unsigned n = 1;; n += 1 + n / 24) {
		struct run_summary summary;
		struct err err = ERR_INIT;
		const char *fired;
		int rc = execute_failing(
			PLANNED("family", "transfer", "size", "4096", "strategy",
				"packet-cached,common", "dir", "to_device", "source", "rewritten",
				"duration", "100us", "repetitions", "1", "device.memory", "16m"),
			n, &fired, &summary, &err);

		/* A fault on a path that may fail softly (a lock refused once) is a finding instead. */
		if (!fired) {
			assert_int_equal(rc, 0);
			assert_true(n > 20);
			return;
		}
		if (rc == 0 && summary.findings == 0)
			continue;
		if (rc < 0 && (err.kind == ERR_NONE || !err.message[0]))
			fail_msg("fault point %s: failed without a message", fired);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fault_of_the_device_is_found_and_named),
		cmocka_unit_test(an_adapter_that_cannot_be_had_is_missing),
		cmocka_unit_test(every_failing_set_up_step_is_reported_and_undone),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
