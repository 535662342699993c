// SPDX-License-Identifier: BSD-2-Clause
/*
 * fault_test.c: what goes wrong: every fault of the device is found and named or survived, and every failing step of setting
 * up is reported and undone.
 */
#include "bench/cases/testing.h"

#include <math.h>

/* Frees @run. */
static void expect_named(struct store_run *run, const char *fault)
{
	bool named = false;

	assert_int_equal(run->exit_code, ERR_WRONG);
	assert_true(run->finding_count > 0);
	for (uint32_t i = 0; i < run->finding_count; i++) {
		const char *text = run->finding[i].text;

		named = named ||
		        (strstr(text, "op ") && strstr(text, "expected") && strstr(text, "found"));
	}
	if (!named)
		fail_msg("%s, %s: no finding names operation, expected and found; first: %s", fault,
			run->cell[0].name, run->finding[0].text);
	store_run_free(run);
}

static void expect_fault_found(const char *fault, const char *strategy, const char *dir)
{
	expect_named(
		MEASURED("family", "transfer", "size", "64,4096", "source", "rewritten", "strategy",
			strategy, "dir", dir, "device.fault", fault, "device.fault_rate", "0.02"),
		fault);
}

/* A device that owes a completion is reset: what was in flight fails by name, and the run goes on. */
static bool is_mended(const char *fault)
{
	static const char *const words[] = {
		"unposted", "reordered", "wrong_id", "stale", "hostile", "hang"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(fault, words[i]) == 0)
			return true;
	return false;
}

static void expect_fault_mended(const char *fault)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "4096", "source",
		"rewritten", "depth", "8", "batch", "8", "strategy", "packet,common", "dir",
		"to_device,from_device", "device.fault", fault, "device.fault_rate", "1",
		"device.fault_limit", "1", "device.timeout", "20ms");

	for (uint32_t i = 0; i < run->cell_count; i++)
		for (uint32_t k = 0; k < run->cell[i].sample_count; k++) {
			const double resets = run->cell[i].sample[k].counter[STORE_resets];

			if (!(resets >= 0 && resets <= 1))
				fail_msg("%s: %g resets in one repetition", fault, resets);
		}
	expect_named(run, fault);
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
		if (is_mended(fault)) {
			expect_fault_mended(fault);
			continue;
		}
		for (unsigned s = 0; run_strategy_words[s]; s++) {
			for (unsigned d = 0; run_dir_words[d]; d++)
				expect_fault_found(fault, run_strategy_words[s], run_dir_words[d]);
		}
	}
}

#define TOLD_OF(...)                                                                               \
	MEASURED("family", "transfer", "size", "4096", "strategy", "packet,common", "dir",         \
		"to_device", "completion", "interrupt", __VA_ARGS__)

/* How many lost interrupts the drivers had to find by themselves; where none is lost nothing is said of it. */
static void what_had_to_be_mended_is_counted(void **state)
{
	struct store_run *run = TOLD_OF("device.fault", "irq_lost", "device.fault_rate", "0.5");
	double recoveries = 0;

	(void)state;
	assert_int_equal(run->exit_code, 0);
	for (uint32_t i = 0; i < run->cell_count; i++)
		for (uint32_t k = 0; k < run->cell[i].sample_count; k++) {
			const double *counter = run->cell[i].sample[k].counter;

			assert_true(counter[STORE_recoveries] >= 0);
			assert_true(counter[STORE_resets] == 0);
			recoveries += counter[STORE_recoveries];
		}
	assert_true(recoveries > 0);
	store_run_free(run);
	run = TOLD_OF("device.fault", "none");
	assert_true(isnan(run->cell[0].sample[0].counter[STORE_recoveries]));
	assert_true(isnan(run->cell[0].sample[0].counter[STORE_resets]));
	store_run_free(run);
}

/* Five resets in a row: the run ends with that. */
static void a_device_that_hangs_ends_the_run(void **state)
{
	struct run_plan *plan = PLANNED("family", "transfer", "size", "4096", "strategy", "packet",
		"dir", "to_device", "device.fault", "hang", "device.fault_rate", "1",
		"device.timeout", "1ms");
	struct run_summary summary;
	struct err err = ERR_INIT;

	(void)state;
	assert_true(run_execute(plan, NULL, &hooks, NULL, &summary, &err) < 0);
	assert_int_equal(err.kind, ERR_WRONG);
	assert_non_null(strstr(err.message, "device hangs"));
	run_plan_free(plan);
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
		cmocka_unit_test(what_had_to_be_mended_is_counted),
		cmocka_unit_test(a_device_that_hangs_ends_the_run),
		cmocka_unit_test(an_adapter_that_cannot_be_had_is_missing),
		cmocka_unit_test(every_failing_set_up_step_is_reported_and_undone),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
