// SPDX-License-Identifier: BSD-2-Clause
/*
 * night_test.c: nights of synthetic series in a database in memory, judged one after the other as a machine would: what is
 * planted is found, confirmed, acknowledged and fixed; what is not there is not told; what cannot be trusted does not count.
 */
#include "bench/night.h"

#include "drivers/support/fault.h"
#include "harness/rng/rng.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SERIES_MAX 100
#define DAY_NS     UINT64_C(86400000000000)

/* A machine whose nights are drawn: normal noise of 1 % around levels that a test moves. */
struct world {
	struct store *store;
	struct store_series series[SERIES_MAX];
	double level[SERIES_MAX];
	uint32_t count;
	uint32_t nights;
	bool reruns;     /* suspects are measured again */
	double disturbs; /* tonight all figures are so many times too large, but those of re-runs */
	bool usable;     /* tonight */
	bool counted;    /* all are instructions an operation, without noise */
	struct rng rng;
	struct store_night night;
	struct night_tally tally;
	uint32_t told, refuted, held; /* over all nights */
};

static double normal(struct rng *rng)
{
	double u, v, square;

	do {
		u = 2 * rng_double(rng) - 1;
		v = 2 * rng_double(rng) - 1;
		square = u * u + v * v;
	} while (square >= 1 || square == 0);
	return u * sqrt(-2 * log(square) / square);
}

static double draw(struct world *world, uint32_t series)
{
	if (world->counted)
		return world->level[series];
	return world->level[series] * (1 + 0.01 * normal(&world->rng));
}

/* Half of the series are of family sg, half of lock; all are times. */
static void world_open(struct world *world, uint32_t count, uint64_t seed)
{
	struct err err = ERR_INIT;

	*world = (struct world){.count = count, .reruns = true, .disturbs = 1, .usable = true};
	print_message("seed %llu\n", (unsigned long long)seed);
	rng_seed(&world->rng, seed);
	assert_int_equal(store_open(&world->store, ":memory:", &err), 0);
	for (uint32_t i = 0; i < count; i++) {
		struct store_series *series = &world->series[i];

		snprintf(series->family, sizeof(series->family), "%s",
			i < count / 2 ? "sg" : "lock");
		snprintf(series->name, sizeof(series->name), "%s/size:%u", series->family, i);
		snprintf(series->metric, sizeof(series->metric), "lat_p50_ns");
		assert_int_equal(store_series_find(world->store, series, &err), 0);
		world->level[i] = 1000 + 10 * i;
	}
}

static void world_close(struct world *world)
{
	store_close(world->store);
}

static int measure_again(void *arg, struct night_suspect *suspect, uint32_t count, struct err *err)
{
	struct world *world = arg;

	(void)err;
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t s = 0; s < world->count; s++) {
			if (world->series[s].series_id != suspect[i].series->series_id)
				continue;
			for (unsigned k = 0; k < NIGHT_RERUNS; k++)
				suspect[i].again[k] = draw(world, s);
		}
	}
	return 0;
}

/* The figures of a night; it has commit cNNN. */
static void night_write(struct world *world)
{
	struct store_night *night = &world->night;
	struct err err = ERR_INIT;

	*night = (struct store_night){.suite = "synthetic",
		.budget_s = 60,
		.started_wall_ns = UINT64_C(1700000000000000000) + world->nights * DAY_NS,
		.commit_wall_ns = UINT64_C(1600000000000000000) + world->nights * DAY_NS};
	snprintf(night->commit_id, sizeof(night->commit_id), "c%03u", world->nights++);
	assert_int_equal(store_night_begin(world->store, night, &err), 0);
	assert_int_equal(store_together(world->store, &err), 0);
	for (uint32_t i = 0; i < world->count; i++) {
		const struct store_point point = {.series_id = world->series[i].series_id,
			.night_id = night->night_id,
			.value = world->disturbs * draw(world, i),
			.low = (double)NAN,
			.high = (double)NAN,
			.noise = (double)NAN,
			.detectable = (double)NAN,
			.repetitions = 7,
			.usable = world->usable || world->counted};

		assert_int_equal(store_point(world->store, &point, &err), 0);
	}
	assert_int_equal(store_together_end(world->store, 0, &err), 0);
}

static void night_pass(struct world *world)
{
	const struct night_hooks hooks = {
		.arg = world, .again = world->reruns ? measure_again : NULL};
	struct err err = ERR_INIT;

	night_write(world);
	assert_int_equal(night_judge(world->store, &world->night, &hooks, &world->tally, &err), 0);
	assert_int_equal(
		store_night_end(world->store, world->night.night_id, STORE_DONE, 0, &err), 0);
	world->told += world->tally.found;
	world->refuted += world->tally.refuted;
	world->held += world->tally.held;
}

static void nights_pass(struct world *world, unsigned nights)
{
	for (unsigned i = 0; i < nights; i++)
		night_pass(world);
}

static int open_regressions(struct world *world)
{
	struct err err = ERR_INIT;
	int open = night_open_regressions(world->store, &err);

	assert_true(open >= 0);
	return open;
}

/* The entries that are no noise; @cause takes them, to be freed. */
static uint32_t entries(struct world *world, struct store_cause **cause)
{
	struct err err = ERR_INIT;
	uint32_t count, kept = 0;

	assert_int_equal(store_causes(world->store, cause, &count, &err), 0);
	for (uint32_t i = 0; i < count; i++)
		if ((*cause)[i].state != STORE_CHANGE_NOISE)
			(*cause)[kept++] = (*cause)[i];
	return kept;
}

static uint32_t entry_changes(struct world *world, int64_t cause_id, struct store_change **change)
{
	struct err err = ERR_INIT;
	uint32_t count;

	assert_int_equal(store_changes(world->store, 0, cause_id, change, &count, &err), 0);
	return count;
}

/* ---- a regression's life --------------------------------------------------------------------------------- */

static void what_is_planted_is_one_entry_from_new_to_fixed(void **state)
{
	struct store_cause *cause;
	struct store_change *change;
	struct err err = ERR_INIT;
	struct world world;
	char number[24];
	uint32_t nights = 0, count, covered = 0;

	(void)state;
	world_open(&world, 12, 17); /* with no chance change before; the test below counts those */
	nights_pass(&world, 40);
	assert_int_equal(open_regressions(&world), 0);
	/* Commit c040 makes all of sg 6 % slower. */
	for (uint32_t i = 0; i < 6; i++)
		world.level[i] *= 1.06;
	for (; nights < 4 && !open_regressions(&world); nights++)
		night_pass(&world);
	assert_true(nights <= 4);
	nights_pass(&world, 4);
	assert_int_equal(open_regressions(&world), 1);
	count = entries(&world, &cause);
	assert_int_equal(count, 1);
	assert_false(cause[0].better);
	assert_string_equal(cause[0].family, "sg");
	assert_int_equal(cause[0].changes, 6);
	assert_int_equal(cause[0].state, STORE_CHANGE_CONFIRMED);
	assert_string_equal(cause[0].commit_before, "c039");
	assert_string_equal(cause[0].commit_after, "c040");
	count = entry_changes(&world, cause[0].cause_id, &change);
	assert_true(count >= 6);
	for (uint32_t i = 0; i < count; i++) {
		if (change[i].state != STORE_CHANGE_CONFIRMED)
			continue;
		assert_true(change[i].ratio > 1.04 && change[i].ratio < 1.08);
		covered += change[i].ratio_low < 1.06 && change[i].ratio_high > 1.06;
		assert_true(change[i].p_adjusted <= NIGHT_FDR);
		assert_non_null(strstr(change[i].why, "show"));
	}
	assert_true(covered >= 5); /* of six intervals at 95 % */
	free(change);
	snprintf(number, sizeof(number), "%lld", (long long)cause[0].cause_id);
	free(cause);

	/* A person knows of it: it stays, and is no regression that is open. */
	assert_int_equal(night_ack(world.store, number, NULL, "wanted: checks lists", &err), 0);
	assert_int_equal(open_regressions(&world), 0);
	nights_pass(&world, 10);
	assert_int_equal(open_regressions(&world), 0);
	assert_int_equal(entries(&world, &cause), 1);
	assert_int_equal(cause[0].state, STORE_CHANGE_ACKNOWLEDGED);
	assert_string_equal(cause[0].note, "wanted: checks lists");
	free(cause);

	/* Mended: no entry of its own. */
	for (uint32_t i = 0; i < 6; i++)
		world.level[i] /= 1.06;
	nights_pass(&world, 8);
	assert_int_equal(entries(&world, &cause), 1);
	assert_int_equal(cause[0].state, STORE_CHANGE_FIXED);
	count = entry_changes(&world, cause[0].cause_id, &change);
	for (uint32_t i = 0; i < count; i++)
		assert_true(change[i].state == STORE_CHANGE_FIXED
				    ? change[i].fixed_night_id > change[i].night_id
				    : change[i].state == STORE_CHANGE_NOISE);
	free(change);
	free(cause);
	world_close(&world);
}

static void an_improvement_is_told_and_is_no_regression(void **state)
{
	struct store_cause *cause;
	struct world world;

	(void)state;
	world_open(&world, 8, 8);
	nights_pass(&world, 30);
	for (uint32_t i = 4; i < 8; i++)
		world.level[i] *= 0.9;
	nights_pass(&world, 4);
	assert_int_equal(open_regressions(&world), 0);
	assert_int_equal(entries(&world, &cause), 1);
	assert_true(cause[0].better);
	assert_string_equal(cause[0].family, "lock");
	assert_int_equal(cause[0].changes, 4);
	free(cause);
	world_close(&world);
}

/* ---- what is not there ------------------------------------------------------------------------------------- */

/* Judged every night, so each series has 60 chances; suspects are measured again. */
static void nights_without_a_change_are_quiet(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, SERIES_MAX, 9);
	nights_pass(&world, 60);
	print_message("%u of %u series got a change in 60 nights, %u were refuted, %u held back\n",
		world.told, SERIES_MAX, world.refuted, world.held);
	assert_true(world.told <= 0.02 * SERIES_MAX);
	assert_true(world.refuted > 0);
	world_close(&world);
}

static void a_disturbed_night_is_refuted_the_same_night(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, 10, 10);
	nights_pass(&world, 30);
	const uint32_t told = world.told;

	world.disturbs = 1.2;
	night_pass(&world);
	assert_int_equal(world.tally.suspects, 10);
	assert_int_equal(world.tally.again, 10);
	assert_int_equal(world.tally.refuted, 10);
	assert_int_equal(world.told, told);
	assert_int_equal(open_regressions(&world), 0);
	world.disturbs = 1;
	nights_pass(&world, 10);
	assert_int_equal(world.told, told);
	world_close(&world);
}

/* Without re-runs a disturbed night may look like a change for a night; then it is noise by itself. */
static void what_later_nights_do_not_show_becomes_noise(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, 10, 11);
	world.reruns = false;
	nights_pass(&world, 30);
	assert_int_equal(world.told, 0);
	world.disturbs = 1.2;
	night_pass(&world);
	assert_true(world.told > 0);
	assert_true(open_regressions(&world) > 0);
	world.disturbs = 1;
	nights_pass(&world, 3);
	assert_int_equal(open_regressions(&world), 0);
	world_close(&world);
}

static void what_a_person_calls_noise_is_not_told_again(void **state)
{
	struct store_cause *cause;
	struct err err = ERR_INIT;
	struct world world;
	char number[24];

	(void)state;
	world_open(&world, 4, 12);
	nights_pass(&world, 30);
	world.level[0] *= 1.1;
	nights_pass(&world, 3);
	assert_int_equal(entries(&world, &cause), 1);
	snprintf(number, sizeof(number), "%lld", (long long)cause[0].cause_id);
	free(cause);
	assert_int_equal(
		night_ack(world.store, number, "noise", "other machine in the rack", &err), 0);
	nights_pass(&world, 10);
	assert_int_equal(entries(&world, &cause), 0);
	free(cause);
	world_close(&world);
}

static void nights_that_cannot_be_trusted_do_not_count(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, 10, 13);
	nights_pass(&world, 20);
	world.usable = false;
	world.disturbs = 1.5;
	nights_pass(&world, 6);
	assert_int_equal(world.tally.series, 0);
	assert_int_equal(world.tally.suspects, 0);
	assert_int_equal(world.told, 0);
	world.usable = true;
	world.disturbs = 1;
	night_pass(&world);
	assert_int_equal(world.tally.series, 10);
	assert_int_equal(world.told, 0);
	world_close(&world);
}

/* ---- what is counted ---------------------------------------------------------------------------------------- */

static void world_count(struct world *world)
{
	struct err err = ERR_INIT;

	world->counted = true;
	for (uint32_t i = 0; i < world->count; i++) {
		struct store_series *series = &world->series[i];

		snprintf(series->metric, sizeof(series->metric), "instructions_per_op");
		series->kind = STORE_SERIES_EXACT;
		assert_int_equal(store_series_find(world->store, series, &err), 0);
		world->level[i] = 2500;
	}
}

/* The second night of all, one that the noise audit does not trust: half a per cent is told, a thousandth is not. */
static void half_a_per_cent_of_instructions_is_told_the_first_night(void **state)
{
	struct store_cause *cause;
	struct world world;

	(void)state;
	world_open(&world, 8, 18);
	world_count(&world);
	night_pass(&world);
	assert_int_equal(world.told, 0);
	world.usable = false;
	world.level[0] *= 1.005;
	world.level[1] *= 1.003;
	world.level[2] *= 1.001;
	world.level[7] *= 0.997;
	night_pass(&world);
	assert_int_equal(world.tally.series, 8);
	assert_int_equal(world.tally.found, 3);
	assert_int_equal(world.tally.again, 3);
	assert_int_equal(open_regressions(&world), 1);
	assert_int_equal(entries(&world, &cause), 2);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(cause[i].state, STORE_CHANGE_CONFIRMED);
		assert_int_equal(cause[i].changes, cause[i].better ? 1 : 2);
		assert_string_equal(cause[i].family, cause[i].better ? "lock" : "sg");
		assert_string_equal(cause[i].commit_before, "c000");
		assert_string_equal(cause[i].commit_after, "c001");
	}
	free(cause);
	nights_pass(&world, 5);
	assert_int_equal(world.told, 3);
	world_close(&world);
}

/* Slow steps of less than the threshold each are told when they have come to it: against the level, not the night before. */
static void steps_too_small_to_tell_add_up(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, 2, 19);
	world_count(&world);
	nights_pass(&world, 9);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(world.told, 0);
		world.level[0] *= 1.0008;
		night_pass(&world);
	}
	assert_int_equal(world.told, 1);
	world_close(&world);
}

/* ---- refusals ------------------------------------------------------------------------------------------------ */

/* A footprint that has noise has a beginning in series where there was nothing to hold. */
static void something_where_nothing_was_is_told_the_first_night(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, 4, 31);
	world.level[0] = 0;
	nights_pass(&world, 3);
	assert_int_equal(world.told, 0);
	world.level[0] = 4096;
	night_pass(&world);
	assert_int_equal(world.told, 1);
	assert_int_equal(open_regressions(&world), 1);
	world_close(&world);
}

static void an_entry_that_is_not_there_is_refused(void **state)
{
	struct err unknown = ERR_INIT, word = ERR_INIT;
	struct world world;

	(void)state;
	world_open(&world, 2, 14);
	assert_int_equal(night_ack(world.store, "7", NULL, NULL, &unknown), -ENOENT);
	assert_int_equal(unknown.kind, ERR_USAGE);
	assert_non_null(strstr(unknown.message, "nightly list"));
	assert_int_equal(night_ack(world.store, "7", "noize", NULL, &word), -EINVAL);
	assert_non_null(strstr(word.message, "did you mean noise?"));
	world_close(&world);
}

/* A night is judged as a whole or not at all, whatever fails. */
static void a_judgement_that_fails_leaves_nothing(void **state)
{
	const struct night_hooks hooks = {.again = NULL};
	unsigned failed = 0;
	struct world world;
	bool fired = true;

	(void)state;
	world_open(&world, 2, 15);
	world.reruns = false;
	nights_pass(&world, 12);
	world.level[0] *= 1.3;
	night_write(&world);
	for (unsigned nth = 1; fired; nth++) {
		struct store_cause *cause;
		struct night_tally tally;
		struct err err = ERR_INIT;

		fault_arm(nth, false);
		int rc = night_judge(world.store, &world.night, &hooks, &tally, &err);

		fired = fault_fired() != NULL;
		fault_arm(0, false);
		assert_int_equal(rc < 0, fired);
		assert_int_equal(err.kind != ERR_NONE, fired);
		assert_int_equal(entries(&world, &cause), fired ? 0 : 1);
		free(cause);
		failed += fired;
	}
	assert_true(failed > 100);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_planted_is_one_entry_from_new_to_fixed),
		cmocka_unit_test(an_improvement_is_told_and_is_no_regression),
		cmocka_unit_test(nights_without_a_change_are_quiet),
		cmocka_unit_test(a_disturbed_night_is_refuted_the_same_night),
		cmocka_unit_test(what_later_nights_do_not_show_becomes_noise),
		cmocka_unit_test(what_a_person_calls_noise_is_not_told_again),
		cmocka_unit_test(nights_that_cannot_be_trusted_do_not_count),
		cmocka_unit_test(half_a_per_cent_of_instructions_is_told_the_first_night),
		cmocka_unit_test(steps_too_small_to_tell_add_up),
		cmocka_unit_test(something_where_nothing_was_is_told_the_first_night),
		cmocka_unit_test(an_entry_that_is_not_there_is_refused),
		cmocka_unit_test(a_judgement_that_fails_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
