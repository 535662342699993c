// SPDX-License-Identifier: BSD-2-Clause
/*
 * fault_test.c: what goes wrong: every fault of the device is found and named or survived, and every failing step of setting
 * up is reported and undone.
 */
#include "bench/cases/told_testing.h"
#include "bench/cases/testing.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include "drivers/videoport/videoport.h"

#include "dmabench_ioctl.h"

/* ---- faults of descriptors ------------------------------------------------------------------------ */

/* Nothing is said of an operation of @cell that does not fit the fault, and once at least what does. */
static void expect_fit(const struct store_run *run, const char *cell, unsigned fault)
{
	unsigned fitting = 0;

	for (uint32_t i = 0; i < run->finding_count; i++) {
		const struct told told = told_of(run->finding[i].text);

		if (strcmp(run->finding[i].cell, cell) != 0 || strncmp(told.text, "op ", 3) != 0)
			continue;
		assert_true(says(&told, "expected") && says(&told, "found"));
		fitting += fits[fault].is(&told);
		if (!fits[fault].is(&told) && !fits[fault].besides(&told))
			fail_msg("%s, %s: does not fit: %s", run_fault_words[fault], cell,
				told.text);
	}
	if (!fitting)
		fail_msg("%s, %s: no finding says so", run_fault_words[fault], cell);
}

/*
 * Found in every case, by the operation. Where the device has to be reset for it that is once: then the case is over, so that
 * many cases cost as many time-outs, and not five times as many until the driver gives up.
 */
static void expect_fault_found(unsigned fault)
{
	char seed[SEED_TEXT];

	assert_non_null(fits[fault].is);

	struct store_run *run = MEASURED("family", "transfer", "size", "64,4096", "source",
		"rewritten", "batch", "8", "dir", "to_device,from_device", "device.fault",
		run_fault_words[fault], "device.fault_rate", "0.02", "device.timeout",
		fits[fault].timed ? "100ms" : "2s", "seed", seed_of_fault(0.02, seed));

	assert_int_equal(run->state, STORE_DONE);
	assert_int_equal(run->exit_code, ERR_WRONG);
	assert_int_equal(run->cell_count, 4 * 2 * 2);
	for (uint32_t i = 0; i < run->cell_count; i++) {
		const struct store_cell *cell = &run->cell[i];
		double resets = 0;

		expect_fit(run, cell->name, fault);
		assert_int_equal(cell->sample_count, 3);
		for (uint32_t k = 0; k < cell->sample_count; k++)
			resets += cell->sample[k].counter[STORE_resets];
		assert_true(resets <= 1);
	}
	store_run_free(run);
}

/* What has happened to the last port, and whether to each. */
static struct device_mishaps mishaps;
static const uint64_t *watched;
static struct {
	const struct run_cell *cell;
	uint64_t happened; /* until its last trial's end */
} seen[16];
static unsigned seen_count;

static int watched_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	int rc = case_transfer.trial(cell, state, operations, outcome, err);

	videoport_mishaps(run_cell_port(cell), &mishaps);
	/* Not trial by trial: a device without a processor tells of the first message after who waited for it has gone on. */
	for (unsigned i = 0; i <= seen_count && i < sizeof(seen) / sizeof(seen[0]); i++) {
		if (i < seen_count && seen[i].cell != cell)
			continue;
		seen_count += i == seen_count;
		seen[i].cell = cell;
		seen[i].happened = *watched;
		break;
	}
	return rc;
}

/* A seed by which the first message of a device, interrupt or doorbell, goes wrong at @rate, each drawn for itself. */
static const char *seed_of_messages(double rate, char text[SEED_TEXT])
{
	uint64_t seed = 0, line, bell;

	do {
		seed++;
		line = ~seed;
		bell = seed ^ UINT64_C(0xBE11);
	} while (!random_chance(&line, rate) || !random_chance(&bell, rate));
	snprintf(text, SEED_TEXT, "%llu", (unsigned long long)seed);
	return text;
}

/* What goes wrong with messages costs time, and nothing else. */
static void expect_fault_survived(const char *fault, const uint64_t *happened)
{
	struct bench_case watching = case_transfer;
	const struct bench_case *const cases[] = {&watching, NULL};
	char seed[SEED_TEXT];
	unsigned without = 0;

	watching.trial = watched_trial;
	watched = happened;
	seen_count = 0;
	struct store_run *run = measured(
		cases, (const char *const[]){"size", "64,4096", "source", "rewritten", "strategy",
			       "packet,common", "dir", "to_device,from_device", "completion",
			       "interrupt", "device.fault", fault, "device.fault_rate", "0.02",
			       "seed", seed_of_messages(0.02, seed), NULL});

	if (run->exit_code || run->finding_count)
		fail_msg("%s: exit %d, %s", fault, run->exit_code,
			run->finding_count ? run->finding[0].text : "no finding");
	assert_int_equal(seen_count, run->cell_count);
	for (unsigned i = 0; i < seen_count; i++)
		without += !seen[i].happened;
	if (without)
		fail_msg("%s: did not happen in %u of %u cases", fault, without, seen_count);
	store_run_free(run);
}

static void faults_of_data_are_found_and_named(void **state)
{
	(void)state;
	for (unsigned f = 1; f < DEVICE_FAULT_COUNT && run_fault_words[f]; f++)
		expect_fault_found(f);
}

static void faults_of_messages_are_survived(void **state)
{
	static const struct {
		const char *fault;
		const uint64_t *happened;
	} rows[] = {
		{"irq_lost", &mishaps.irq_lost},
		{"irq_late", &mishaps.irq_late},
		{"irq_twice", &mishaps.irq_twice},
		{"irq_storm", &mishaps.irq_storm},
		{"irq_spurious", &mishaps.irq_spurious},
		{"bell_lost", &mishaps.bell_lost},
		{"bell_late", &mishaps.bell_late},
		{"bell_twice", &mishaps.bell_twice},
	};
	unsigned words = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_fault_survived(rows[i].fault, rows[i].happened);
	/* None is left out: those of data, these, and the one below. */
	while (run_fault_words[words])
		words++;
	assert_int_equal(words, DEVICE_FAULT_COUNT + sizeof(rows) / sizeof(rows[0]) + 1);
}

/* Repetitions in which a fault happens although a slow host does no more than one transfer in each. */
#define MANY "16"

/* A device that goes on with memory it has lost is refused there; no transfer is wrong, the device is. */
static void late_accesses_are_refused(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "4096", "source",
		"rewritten", "strategy", "packet", "device.fault", "after", "device.fault_rate",
		"0.3", "repetitions", MANY);

	(void)state;
	assert_int_equal(run->exit_code, ERR_WRONG);
	assert_true(run->finding_count > 0);
	assert_non_null(strstr(run->finding[0].text, "refused"));
	store_run_free(run);
}

#define TOLD_OF(...)                                                                               \
	MEASURED("family", "transfer", "size", "4096", "strategy", "packet,common", "dir",         \
		"to_device", "completion", "interrupt", __VA_ARGS__)

/* How many lost interrupts the drivers had to find by themselves; where none is lost nothing is said of it. */
static void what_had_to_be_mended_is_counted(void **state)
{
	struct store_run *run = TOLD_OF(
		"device.fault", "irq_lost", "device.fault_rate", "0.5", "repetitions", MANY);
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

/*
 * The driver that posts descriptors which move nothing looks for lost doorbells as the others do. Many short trials: of a slow host
 * each is one doorbell, of a fast one dozens, and every lost one takes a millisecond.
 */
static void lost_doorbells_of_a_ring_are_rung_again(void **state)
{
	struct store_run *run = MEASURED("family", "ring", "batch", "1,8", "device.fault",
		"bell_lost", "device.fault_rate", "0.02", "repetitions", "200", "duration",
		"100us");
	double recoveries = 0;

	(void)state;
	expect_clean(run);
	for (uint32_t i = 0; i < run->cell_count; i++)
		for (uint32_t k = 0; k < run->cell[i].sample_count; k++)
			recoveries += run->cell[i].sample[k].counter[STORE_recoveries];
	assert_true(recoveries > 0);
	store_run_free(run);
}

static unsigned stubborn_trials, stubborn_most;

/* Of a requester that knows nothing of resets: one transfer after the other, so many or until the driver takes no more. */
static int stubborn_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	const uint32_t payload_bytes = 4096;
	struct videoport *port = run_cell_port(cell);
	void *payload = run_cell_memory(cell, payload_bytes, err);

	(void)state;
	(void)operations;
	(void)outcome;
	assert_non_null(payload);
	stubborn_trials++;
	for (unsigned transfers = 0; transfers < stubborn_most; transfers++) {
		DMABENCH_SUBMIT submit = {.Count = 1,
			.Transfer[0] = {.Buffer = payload,
				.BufferLength = payload_bytes,
				.Length = payload_bytes,
				.Direction = DMABENCH_TO_DEVICE}};
		DMABENCH_WAIT wait = {.TimeoutUs = 10000000};
		DMABENCH_REAP reap = {.Count = 1};

		if (videoport_request(port, IOCTL_DMABENCH_SUBMIT, &submit, sizeof(submit),
			    sizeof(submit), NULL))
			return err_set(err, ERR_WRONG, -ENOTSUP, "refused");
		assert_int_equal(videoport_request(port, IOCTL_DMABENCH_WAIT, &wait, sizeof(wait),
					 sizeof(wait), NULL),
			0);
		assert_int_equal(videoport_request(port, IOCTL_DMABENCH_REAP, &reap, sizeof(reap),
					 sizeof(reap), NULL),
			0);
		assert_int_equal(reap.Count, 1);
		assert_int_equal(reap.Completion[0].Status, ERROR_GEN_FAILURE);
	}
	return 0;
}

/* That is a finding of the case, which is measured no further; the run comes to its end. */
static void expect_case_ended(unsigned transfers, const char *found)
{
	struct bench_case stubborn = case_transfer;
	const struct bench_case *const cases[] = {&stubborn, NULL};

	stubborn.trial = stubborn_trial;
	stubborn_trials = 0;
	stubborn_most = transfers;
	struct store_run *run = measured(cases,
		(const char *const[]){"size", "4096", "strategy", "packet", "dir", "to_device",
			"source", "rewritten", "completion", "poll", "device.fault", "hang",
			"device.fault_rate", "1", "device.timeout", "1ms", NULL});
	unsigned told = 0;

	assert_int_equal(run->cell_count, 1);
	assert_int_equal(stubborn_trials, 1);
	assert_int_equal(run->state, STORE_DONE);
	assert_int_equal(run->exit_code, ERR_WRONG);
	for (uint32_t i = 0; i < run->finding_count; i++)
		told += strstr(run->finding[i].text, found) != NULL;
	assert_int_equal(told, 1);
	assert_int_equal(run->cell[0].sample_count, 3);
	for (uint32_t s = 0; s < 3; s++)
		assert_true(run->cell[0].sample[s].failed);
	store_run_free(run);
}

static void a_device_that_is_reset_ends_its_case(void **state)
{
	(void)state;
	expect_case_ended(1, "found 1 of them in a trial; this case is measured no further");
}

static void a_device_that_is_given_up_ends_its_case(void **state)
{
	(void)state;
	expect_case_ended(100, "found 5 of them in a trial, and it was given up by the driver");
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

/* The points that a run goes by, and how often it does. */
static struct {
	const char *name;
	unsigned hits;
} points[256];
static unsigned point_count, hits;
/* The hit that is to fail, told by the point: how many there are before it depends on time. */
static const char *wanted;
static unsigned wanted_hit;
static pthread_mutex_t points_lock = PTHREAD_MUTEX_INITIALIZER;

static void point_count_hit(const char *name)
{
	unsigned i = 0;

	pthread_mutex_lock(&points_lock);
	hits++;
	while (i < point_count && strcmp(points[i].name, name) != 0)
		i++;
	if (i < sizeof(points) / sizeof(points[0])) {
		points[i].name = name;
		points[i].hits++;
		point_count += i == point_count;
	}
	pthread_mutex_unlock(&points_lock);
}

static void point_fail_wanted(const char *name)
{
	pthread_mutex_lock(&points_lock);
	if (wanted_hit && strcmp(name, wanted) == 0 && --wanted_hit == 0)
		fault_arm(1, false);
	pthread_mutex_unlock(&points_lock);
}

/* One run with its @nth hit failing. @recorded: what is done for the record alone is done, too. Return: the point. */
static const char *failing_run(bool recorded, unsigned nth)
{
	struct run_summary summary;
	struct store *store = NULL;
	struct err err = ERR_INIT;
	const char *fired;

	if (recorded)
		assert_int_equal(store_open(&store, ":memory:", &err), 0);
	int rc = execute_failing(
		PLANNED("family", "transfer", "size", "4096", "strategy", "packet-cached,common",
			"dir", "to_device", "source", "rewritten", "duration", "100us",
			"repetitions", "1", "device.memory", "16m"),
		store, nth, &fired, &summary, &err);

	store_close(store);
	if (!fired)
		assert_int_equal(rc, 0);
	/* A fault on a path that may fail softly (a lock refused once) is a finding instead. */
	if (rc < 0 && (err.kind == ERR_NONE || !err.message[0]))
		fail_msg("fault point %s: failed without a message", fired);
	return fired;
}

/* One run with the @hit-th hit of @point failing. Return: as failing_run. */
static const char *failing_point(const char *point, unsigned hit)
{
	wanted = point;
	wanted_hit = hit;
	fault_watch(point_fail_wanted);
	const char *fired = failing_run(true, INT_MAX);

	fault_watch(NULL);
	return fired;
}

/* Every point that a run goes by, at its first hit and its last; of all hits, first one by one, then ever fewer. */
static void every_failing_set_up_step_is_reported_and_undone(void **state)
{
	(void)state;
	fault_watch(point_count_hit);
	assert_null(failing_run(false, INT_MAX));
	const unsigned hits_unrecorded = hits;

	point_count = 0;
	memset(points, 0, sizeof(points));
	assert_null(failing_run(true, INT_MAX));
	fault_watch(NULL);
	assert_in_range(point_count, 20, sizeof(points) / sizeof(points[0]) - 1);
	for (unsigned i = 0; i < point_count; i++) {
		if (!failing_point(points[i].name, 1))
			fail_msg("fault point %s: hit in one run and not in another",
				points[i].name);
		/* Of some there may be fewer now: then none fails. */
		if (points[i].hits > 1)
			failing_point(points[i].name, points[i].hits);
	}
	/* The ceilings of the host that a record tells are measured anew for each, and have had their turn. */
	for (unsigned n = 1; n < hits_unrecorded; n += 1 + n / 64)
		failing_run(false, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_of_data_are_found_and_named),
		cmocka_unit_test(faults_of_messages_are_survived),
		cmocka_unit_test(what_had_to_be_mended_is_counted),
		cmocka_unit_test(a_device_that_is_reset_ends_its_case),
		cmocka_unit_test(lost_doorbells_of_a_ring_are_rung_again),
		cmocka_unit_test(a_device_that_is_given_up_ends_its_case),
		cmocka_unit_test(late_accesses_are_refused),
		cmocka_unit_test(an_adapter_that_cannot_be_had_is_missing),
		cmocka_unit_test(every_failing_set_up_step_is_reported_and_undone),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
