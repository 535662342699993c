// SPDX-License-Identifier: BSD-2-Clause
/*
 * history_test.c: nights, series and changes written and read back field by field, in the order of commits; and with everything
 * that can fail failing.
 */
#include "harness/store/history.h"

#include <errno.h>

#include "drivers/support/fault.h"
#include "harness/store/testing.h"

#define DAY_NS UINT64_C(86400000000000)

static struct store *store_make(void)
{
	struct err err = ERR_INIT;
	struct store *store;

	assert_int_equal(store_open(&store, ":memory:", &err), 0);
	return store;
}

/* A night whose commit is of day @day; 0: not known. */
static int night_make(struct store *store, struct store_night *night, unsigned day, struct err *err)
{
	*night = (struct store_night){.suite = "s",
		.budget_s = 90,
		.commit_wall_ns = day * DAY_NS,
		.started_wall_ns = (1000 + day) * DAY_NS,
		.process = "1 2 boot"};
	snprintf(night->commit_id, sizeof(night->commit_id), "day%u", day);
	return store_night_begin(store, night, err);
}

static struct store_series series_make(const char *host)
{
	struct store_series series = {.name = "sg/size:1",
		.family = "sg",
		.metric = "lat_p50_ns",
		.kind = STORE_SERIES_EXACT,
		.more_is_better = true,
		.device = "soft",
		.settings = "verify:full",
		.versions = "gbench:1"};

	snprintf(series.host, sizeof(series.host), "%s", host);
	return series;
}

static struct store_point point_make(int64_t series_id, int64_t night_id)
{
	return (struct store_point){.series_id = series_id,
		.night_id = night_id,
		.value = 100.0 / 3,
		.low = 33,
		.high = (double)INFINITY,
		.repetitions = 7,
		.why = "why",
		.noise = 0.01,
		.detectable = 0.05};
}

static void points_come_in_the_order_of_commits(void **state)
{
	static const unsigned days[] = {5, 9, 7};
	struct err err = ERR_INIT;
	struct store *store = store_make();
	struct store_series series = series_make("a"), same = series_make("a"),
			    other = series_make("b"), *list;
	struct store_night night;
	struct store_point *point;
	uint32_t count;

	(void)state;
	assert_int_equal(store_series_find(store, &series, &err), 0);
	assert_int_equal(store_series_find(store, &same, &err), 0);
	assert_int_equal(store_series_find(store, &other, &err), 0);
	assert_true(series.series_id == same.series_id && series.series_id != other.series_id);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(night_make(store, &night, days[i], &err), 0);
		struct store_point fresh = point_make(series.series_id, night.night_id);

		fresh.usable = i != 1;
		assert_int_equal(store_point(store, &fresh, &err), 0);
	}
	assert_int_equal(store_points(store, series.series_id, &point, &count, &err), 0);
	assert_int_equal(count, 3);
	assert_string_equal(point[0].commit_id, "day5");
	assert_string_equal(point[1].commit_id, "day7");
	assert_string_equal(point[2].commit_id, "day9");
	assert_true(point[0].usable && point[1].usable && !point[2].usable);
	assert_true(point[0].value == 100.0 / 3 && point[0].low == 33 && isnan(point[0].high));
	assert_true(point[0].noise == 0.01 && point[0].detectable == 0.05);
	assert_int_equal(point[0].repetitions, 7);
	assert_string_equal(point[0].why, "why");
	free(point);
	assert_int_equal(store_series_list(store, 0, &list, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].points, 3);
	assert_int_equal(list[0].kind, STORE_SERIES_EXACT);
	assert_true(list[0].more_is_better);
	assert_string_equal(list[0].settings, "verify:full");
	assert_string_equal(list[1].host, "b");
	free(list);
	assert_int_equal(store_series_list(store, night.night_id, &list, &count, &err), 0);
	assert_int_equal(count, 1);
	free(list);
	store_close(store);
}

static void a_night_ends_or_is_taken_up(void **state)
{
	struct err err = ERR_INIT, late = ERR_INIT;
	struct store *store = store_make();
	struct store_night night, stale, *list;
	uint32_t count;

	(void)state;
	assert_int_equal(night_make(store, &night, 3, &err), 0);
	stale = night;
	assert_int_equal(store_night_usable(store, night.night_id, false, "load", &err), 0);
	assert_int_equal(store_night_end(store, night.night_id, STORE_INTERRUPTED, 4, &err), 0);
	assert_int_equal(store_nights(store, &list, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].state, STORE_INTERRUPTED);
	assert_int_equal(list[0].exit_code, 4);
	assert_false(list[0].usable);
	assert_string_equal(list[0].why, "load");
	assert_string_equal(list[0].process, "1 2 boot");
	assert_true(list[0].budget_s == 90 && list[0].ended_wall_ns > 0);
	free(list);
	assert_int_equal(store_night_take(store, &night, "3 4 boot", &err), 0);
	assert_int_equal(night.state, STORE_RUNNING);
	/* Who read it before that is too late. */
	assert_int_equal(store_night_take(store, &stale, "5 6 boot", &late), -EALREADY);
	assert_int_equal(late.kind, ERR_USAGE);
	store_close(store);
}

static void a_night_knows_its_runs(void **state)
{
	struct err err = ERR_INIT, absent = ERR_INIT, none = ERR_INIT;
	struct store *store = store_make();
	struct store_night_part *part;
	struct store_run *read;
	struct store_night night;
	char run[2][STORE_ID_MAX];
	uint32_t count;

	(void)state;
	assert_int_equal(store_read(store, "night", &read, &none), -ENOENT);
	assert_non_null(strstr(none.message, "holds no night yet"));
	assert_int_equal(night_make(store, &night, 3, &err), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(store_run_begin(store, "r", false, run[i], &err), 0);
		assert_int_equal(store_run_end(store, STORE_DONE, 0, &err), 0);
		assert_int_equal(store_night_run(store, night.night_id, run[i],
					 i ? STORE_PART_CONFIRM : STORE_PART_SUITE, &err),
			0);
	}
	assert_int_equal(store_night_run(store, night.night_id, run[0], STORE_PART_SUITE, &err), 0);
	assert_int_equal(
		store_night_run(store, night.night_id, "none", STORE_PART_SUITE, &absent), -ENOENT);
	assert_int_equal(store_night_parts(store, night.night_id, &part, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_string_equal(part[1].run_id, run[1]);
	assert_int_equal(part[0].part, STORE_PART_SUITE);
	assert_int_equal(part[1].part, STORE_PART_CONFIRM);
	assert_int_equal(part[1].state, STORE_DONE);
	free(part);
	/* The suite, not what was measured last. */
	assert_int_equal(store_read(store, "night", &read, &err), 0);
	assert_string_equal(read->id, run[0]);
	store_run_free(read);
	store_close(store);
}

/* One of each; the state of an entry is that of its least settled change. Return: of the first that failed. */
static int history_make(struct store *store, struct err *err)
{
	struct store_series series = series_make("a");
	struct store_cause cause = {.family = "sg", .commit_after = "day3"};
	struct store_change change = {.state = STORE_CHANGE_NOISE,
		.why = "x",
		.before = 1,
		.after = 2,
		.ratio = 2,
		.ratio_low = 1.5,
		.ratio_high = (double)INFINITY,
		.p = 0.001,
		.p_adjusted = 0.01};
	struct store_night night;
	int rc = night_make(store, &night, 3, err);

	rc = rc ? rc : store_series_find(store, &series, err);
	cause.night_id = night.night_id;
	rc = rc ? rc : store_cause_write(store, &cause, err);
	change.cause_id = cause.cause_id;
	change.series_id = series.series_id;
	change.night_id = change.found_night_id = night.night_id;
	rc = rc ? rc : store_change_write(store, &change, err);
	change.change_id = 0;
	change.state = STORE_CHANGE_ACKNOWLEDGED;
	rc = rc ? rc : store_change_write(store, &change, err);
	snprintf(cause.note, sizeof(cause.note), "note");
	rc = rc ? rc : store_cause_write(store, &cause, err);
	change.fixed_night_id = night.night_id;
	return rc ? rc : store_change_write(store, &change, err);
}

static int history_check(struct store *store, struct err *err)
{
	struct store_change *change = NULL;
	struct store_cause *cause = NULL;
	uint32_t count;
	int rc = store_causes(store, &cause, &count, err);

	if (!rc) {
		assert_int_equal(count, 1);
		assert_int_equal(cause[0].state, STORE_CHANGE_ACKNOWLEDGED);
		assert_int_equal(cause[0].changes, 1);
		assert_string_equal(cause[0].note, "note");
		assert_string_equal(cause[0].commit_before, "");
	}
	free(cause);
	rc = rc ? rc : store_changes(store, 0, 1, &change, &count, err);
	if (!rc) {
		assert_int_equal(count, 2);
		assert_int_equal(change[0].state, STORE_CHANGE_NOISE);
		assert_true(change[1].fixed_night_id == change[1].night_id);
		assert_true(change[1].ratio_low == 1.5 && isnan(change[1].ratio_high));
		assert_true(change[1].p == 0.001 && change[1].p_adjusted == 0.01);
	}
	free(change);
	return rc;
}

static void changes_are_kept_with_their_entry(void **state)
{
	struct err err = ERR_INIT;
	struct store *store = store_make();

	(void)state;
	assert_int_equal(history_make(store, &err), 0);
	assert_int_equal(history_check(store, &err), 0);
	store_close(store);
}

static void whatever_fails_is_said(void **state)
{
	unsigned failed = 0;
	bool fired = true;

	(void)state;
	for (unsigned nth = 1; fired; nth++) {
		struct err err = ERR_INIT;
		struct store *store = store_make();

		fault_arm(nth, false);
		int rc = history_make(store, &err);

		rc = rc ? rc : history_check(store, &err);
		fired = fault_fired() != NULL;
		fault_arm(0, false);
		assert_int_equal(rc < 0, fired);
		assert_int_equal(err.kind != ERR_NONE, fired);
		failed += fired;
		store_close(store);
	}
	assert_true(failed > 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_come_in_the_order_of_commits),
		cmocka_unit_test(a_night_ends_or_is_taken_up),
		cmocka_unit_test(a_night_knows_its_runs),
		cmocka_unit_test(changes_are_kept_with_their_entry),
		cmocka_unit_test(whatever_fails_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
