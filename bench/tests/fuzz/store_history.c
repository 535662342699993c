// SPDX-License-Identifier: BSD-2-Clause
/* store_history.c: see store_history.h. */
#include "bench/tests/fuzz/store_history.h"

#include <math.h>
#include <stdlib.h>

#include "harness/store/history.h"

int fuzz_history_write(struct store *store, const char *run_id)
{
	struct store_night night = {
		.suite = "nightly", .commit_id = "c0ffee", .budget_s = 3600, .process = "1"};
	struct store_series series = {.name = "transfer/0",
		.family = "transfer",
		.metric = "real_time_ns",
		.device = "soft",
		.settings = "verify:full",
		.host = "here",
		.versions = "1"};
	int rc = store_night_begin(store, &night, NULL);

	rc = rc ? rc : store_night_run(store, night.night_id, run_id, STORE_PART_SUITE, NULL);
	rc = rc ? rc : store_series_find(store, &series, NULL);

	const struct store_point point = {.series_id = series.series_id,
		.night_id = night.night_id,
		.value = 100,
		.low = (double)NAN,
		.high = (double)NAN,
		.repetitions = 3,
		.usable = true,
		.noise = 0.01,
		.detectable = (double)NAN};
	struct store_cause cause = {.family = "transfer",
		.night_id = night.night_id,
		.commit_before = "decade",
		.commit_after = "c0ffee"};

	rc = rc ? rc : store_point(store, &point, NULL);
	rc = rc ? rc : store_cause_write(store, &cause, NULL);

	struct store_change change = {.cause_id = cause.cause_id,
		.series_id = series.series_id,
		.night_id = night.night_id,
		.found_night_id = night.night_id,
		.why = "slower",
		.before = 100,
		.after = 120,
		.ratio = 1.2,
		.ratio_low = 1.1,
		.ratio_high = 1.3,
		.p = 0.001,
		.p_adjusted = 0.01};

	rc = rc ? rc : store_change_write(store, &change, NULL);
	return rc ? rc : store_night_end(store, night.night_id, STORE_DONE, 0, NULL);
}

int fuzz_history_read(struct store *store, struct err *err)
{
	struct store_night *night = NULL;
	struct store_night_part *part = NULL;
	struct store_series *series = NULL;
	struct store_point *point = NULL;
	struct store_cause *cause = NULL;
	struct store_change *change = NULL, *all = NULL;
	uint32_t count;
	int rc = store_nights(store, &night, &count, err);

	rc = rc ? rc : store_night_parts(store, 1, &part, &count, err);
	rc = rc ? rc : store_series_list(store, 1, &series, &count, err);
	rc = rc ? rc : store_points(store, 1, &point, &count, err);
	rc = rc ? rc : store_causes(store, &cause, &count, err);
	rc = rc ? rc : store_changes(store, 1, 0, &change, &count, err);
	rc = rc ? rc : store_changes(store, 0, 0, &all, &count, err);
	free(night);
	free(part);
	free(series);
	free(point);
	free(cause);
	free(change);
	free(all);
	return rc;
}
