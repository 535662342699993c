// SPDX-License-Identifier: BSD-2-Clause
/* sched_test.c: who goes on and what ends a run, sources, events, strikes, determinism; the queue of events. */
#include "drivers/device/model/events.h"
#include "drivers/device/model/sched_testing.h"
#include "drivers/support/fault.h"
#include "drivers/support/random.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- effort ------------------------------------------------------------------------------------- */

/* Each looks and sleeps as often as it is told; what others do is not its own. */
static void *worker(void *arg)
{
	const unsigned *times = arg;

	for (unsigned i = 0; i < times[0]; i++)
		host_point(HOST_POINT_CLOCK);
	for (unsigned i = 0; i < times[1]; i++)
		host_ops->sleep(arg, 0, host_ops->now_ns() + 100);
	host_point(HOST_POINT_LOCK);

	const struct sched_effort effort = sched_effort(sched_playing());

	assert_int_equal(effort.looks, times[0]);
	assert_int_equal(effort.sleeps, times[1]);
	return NULL;
}

static void an_actor_s_effort_is_its_own(void **state)
{
	unsigned times[2][2] = {{7, 3}, {2, 11}};
	struct sched *sched = created(3, 300);

	(void)state;
	assert_int_equal(sched_spawn(sched, "a", worker, times[0]), 0);
	assert_int_equal(sched_spawn(sched, "b", worker, times[1]), 0);
	assert_int_equal(sched_run(sched), 0);
	assert_int_equal(sched_effort(sched).looks, 0);
	sched_destroy(sched);
}

/* ---- order -------------------------------------------------------------------------------------- */

#define WALKERS 3
#define STEPS   20

struct walk {
	char order[WALKERS * STEPS + 1];
	unsigned count;
};

static struct walk walk;
static char names[WALKERS][2] = {"a", "b", "c"};

static void *walker(void *arg)
{
	for (unsigned i = 0; i < STEPS; i++) {
		walk.order[walk.count++] = *(const char *)arg;
		host_point(HOST_POINT_LOCK);
	}
	return NULL;
}

/* Return: the hash; @order: who was when. */
static uint64_t walked(uint64_t seed, unsigned switch_chance, char order[WALKERS * STEPS + 1])
{
	struct sched *sched = created(seed, switch_chance);
	uint64_t hash;

	memset(&walk, 0, sizeof(walk));
	assert_int_equal(sched_spawn(sched, "a", walker, names[0]), 0);
	assert_int_equal(sched_spawn(sched, "b", walker, names[1]), 0);
	assert_int_equal(sched_spawn(sched, "c", walker, names[2]), 0);
	assert_int_equal(sched_run(sched), 0);
	hash = sched_hash(sched);
	sched_destroy(sched);
	assert_int_equal(walk.count, WALKERS * STEPS);
	memcpy(order, walk.order, sizeof(walk.order));
	return hash;
}

static void a_seed_is_one_order_and_one_hash(void **state)
{
	char first[WALKERS * STEPS + 1], again[WALKERS * STEPS + 1];

	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		uint64_t hash = walked(seed, 512, first);

		assert_true(walked(seed, 512, again) == hash);
		assert_string_equal(first, again);
	}
}

static void seeds_differ(void **state)
{
	char first[WALKERS * STEPS + 1], other[WALKERS * STEPS + 1];
	uint64_t hash = walked(1, 512, first);
	unsigned same = 0;

	(void)state;
	for (uint64_t seed = 2; seed <= 100; seed++) {
		assert_true(walked(seed, 512, other) != hash);
		same += strcmp(first, other) == 0;
	}
	/* 60!/(20!)^3 orders: none twice in a hundred. */
	assert_int_equal(same, 0);
}

static void without_turns_one_goes_on_to_its_end(void **state)
{
	char order[WALKERS * STEPS + 1];

	(void)state;
	walked(7, 0, order);
	for (unsigned i = 1; i < WALKERS * STEPS; i++)
		if (i % STEPS)
			assert_int_equal(order[i], order[i - 1]);
}

/* ---- what ends a run -------------------------------------------------------------------------------- */

static void *for_ever(void *arg)
{
	host_ops->sleep(arg, HOST_MASK_ANY, HOST_FOREVER);
	return NULL;
}

static void a_deadlock_is_told_with_names(void **state)
{
	struct sched *sched = created(3, 100);
	char text[64];

	(void)state;
	sched_spawn(sched, "stuck", for_ever, text);
	assert_int_equal(sched_run(sched), -EDEADLK);
	assert_string_equal(sched_blocked(sched, text, sizeof(text)), "stuck sleeps for ever");
	sched_destroy(sched);
}

static void *runaway(void *arg)
{
	(void)arg;
	for (;;)
		host_point(HOST_POINT_CLOCK);
	return NULL;
}

static void *much_judged(void *arg)
{
	for (unsigned i = 0; i < 1000; i++)
		sched_mix(arg, 1);
	return NULL;
}

static void limits_end_what_does_not_end(void **state)
{
	struct sched_config config = {.seed = 1, .switch_chance = 10, .steps_max = 500};
	struct err err = ERR_INIT;
	struct sched *sched;

	(void)state;
	assert_int_equal(sched_create(&sched, &config, &err), 0);
	sched_spawn(sched, "runaway", runaway, NULL);
	assert_int_equal(sched_run(sched), -ETIME);
	assert_in_range(sched_steps(sched), 500, 502);
	sched_destroy(sched);
	assert_int_equal(sched_create(&sched, &config, &err), 0);
	sched_spawn(sched, "judge", much_judged, sched);
	assert_int_equal(sched_run(sched), -ETIME);
	assert_int_equal(sched_steps(sched), 500);
	sched_destroy(sched);
	config.steps_max = 0;
	config.time_max_ns = 10000;
	assert_int_equal(sched_create(&sched, &config, &err), 0);
	sched_spawn(sched, "runaway", runaway, NULL);
	assert_int_equal(sched_run(sched), -ETIME);
	assert_in_range(sched_now_ns(sched), 10000, 11000);
	sched_destroy(sched);
}

static void *stopper(void *arg)
{
	sched_stop(arg);
	fail();
	return NULL;
}

static void a_stop_ends_the_run(void **state)
{
	struct sched *sched = created(1, 10);

	(void)state;
	sched_spawn(sched, "stopper", stopper, sched);
	assert_int_equal(sched_run(sched), -ECANCELED);
	sched_destroy(sched);
}

/* ---- sources, events, what is local ----------------------------------------------------------------- */

struct counter {
	unsigned left, done;
};

static bool counter_ready(void *arg)
{
	return ((struct counter *)arg)->left > 0;
}

static void counter_step(void *arg)
{
	struct counter *counter = arg;

	counter->left--;
	counter->done++;
}

static void counter_fill(void *arg)
{
	((struct counter *)arg)->left += 10;
}

static void *napper(void *arg)
{
	host_ops->sleep(arg, 0, 100000);
	return NULL;
}

static void sources_step_while_they_have_work(void **state)
{
	struct sched *sched = created(5, 100);
	struct counter counter = {.left = 3};
	struct sched_source source = {"counter", &counter, counter_ready, counter_step, 10};

	(void)state;
	assert_int_equal(sched_source_add(sched, &source), 0);
	assert_int_equal(sched_at(sched, 2000, counter_fill, &counter), 0);
	assert_int_equal(sched_at(sched, 200000, counter_fill, &counter), 0);
	sched_spawn(sched, "napper", napper, &counter);
	assert_int_equal(sched_run(sched), 0);
	/* The event at 200 us is behind the end of the last actor. */
	assert_int_equal(counter.done, 13);
	sched_source_remove(sched, &source);
	sched_destroy(sched);
}

struct settler {
	struct sched *sched;
	struct counter *counter;
	unsigned done_before, done_after;
	uint64_t ns_after;
	bool other_ran, other_had;
};

static void *settler(void *arg)
{
	struct settler *self = arg;

	self->done_before = self->counter->done;
	sched_settle(self->sched);
	self->done_after = self->counter->done;
	self->ns_after = sched_now_ns(self->sched);
	self->other_had = self->other_ran;
	return NULL;
}

static void *settler_other(void *arg)
{
	((struct settler *)arg)->other_ran = true;
	return NULL;
}

/* All that sources and due events have to do, and nothing of what is later or somebody else's. */
static void what_settles_leaves_no_work_and_takes_no_turn(void **state)
{
	struct sched *sched = created(5, 0);
	struct counter counter = {.left = 3};
	struct sched_source source = {"counter", &counter, counter_ready, counter_step, 10};
	struct settler self = {.sched = sched, .counter = &counter};

	(void)state;
	assert_int_equal(sched_spawn(sched, "settler", settler, &self), 0);
	assert_int_equal(sched_source_add(sched, &source), 0);
	assert_int_equal(sched_at(sched, 0, counter_fill, &counter), 0);
	assert_int_equal(sched_at(sched, 1000000, counter_fill, &counter), 0);
	assert_int_equal(sched_spawn(sched, "other", settler_other, &self), 0);
	assert_int_equal(sched_run(sched), 0);
	assert_int_equal(self.done_after, 13);
	assert_true(self.ns_after < 1000000);
	assert_true(self.other_ran);
	/* On nobody's turn there is nothing to settle. */
	counter.left = 1;
	sched_settle(sched);
	assert_int_equal(counter.left, 1);
	sched_source_remove(sched, &source);
	sched_destroy(sched);
}

/* Where the settler came first the other one had to wait for its end. */
static void what_settles_goes_on_by_itself(void **state)
{
	unsigned first = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct sched *sched = created(seed, 0);
		struct counter counter = {.left = 20};
		struct sched_source source = {"counter", &counter, counter_ready, counter_step, 10};
		struct settler self = {.sched = sched, .counter = &counter};

		assert_int_equal(sched_source_add(sched, &source), 0);
		assert_int_equal(sched_spawn(sched, "settler", settler, &self), 0);
		assert_int_equal(sched_spawn(sched, "other", settler_other, &self), 0);
		assert_int_equal(sched_run(sched), 0);
		assert_int_equal(self.done_after, 20);
		first += !self.other_had && self.done_before < 20;
		sched_source_remove(sched, &source);
		sched_destroy(sched);
	}
	assert_true(first > 0);
}

/* ---- strikes ------------------------------------------------------------------------------------ */

struct struck {
	struct sched *sched;
	uint64_t at_ns;
	unsigned count, walked;
};

static void strike(void *arg)
{
	struct struck *struck = arg;

	struck->at_ns = sched_now_ns(struck->sched);
	struck->count++;
	struck->walked = walk.count;
}

/* No turn is ever taken away: only a strike can come in the middle of what the actor is at. */
static void a_strike_comes_in_the_first_step_behind_its_time(void **state)
{
	const uint64_t each_ns = cost_point_ns(HOST_POINT_LOCK);

	(void)state;
	for (uint64_t at = 0; at < STEPS; at++) {
		struct sched *sched = created(1, 0);
		struct struck hit = {.sched = sched}, taken_back = hit;

		memset(&walk, 0, sizeof(walk));
		assert_int_equal(sched_spawn(sched, "a", walker, names[0]), 0);
		/* The turn to the actor costs its own time. */
		assert_int_equal(
			sched_strike(sched, COST_TURN_NS + at * each_ns + 1, strike, &hit), 0);
		assert_int_equal(sched_strike(sched, COST_TURN_NS, strike, &taken_back), 0);
		sched_forget(sched, &taken_back);
		assert_int_equal(sched_run(sched), 0);
		assert_int_equal(hit.count, 1);
		assert_int_equal(hit.at_ns, COST_TURN_NS + (at + 1) * each_ns);
		assert_int_equal(hit.walked, at + 1);
		assert_int_equal(taken_back.count, 0);
		sched_destroy(sched);
	}
}

/* Nobody waits for it, and what is left is given back. */
static void a_strike_holds_nobody_up(void **state)
{
	struct sched *sched = created(1, 0);
	struct struck hit = {.sched = sched};

	(void)state;
	memset(&walk, 0, sizeof(walk));
	assert_int_equal(sched_spawn(sched, "a", walker, names[0]), 0);
	assert_int_equal(sched_strike(sched, UINT64_C(1) << 40, strike, &hit), 0);
	assert_int_equal(sched_run(sched), 0);
	assert_int_equal(hit.count, 0);
	assert_true(sched_now_ns(sched) < 1000000);
	sched_destroy(sched);
}

static void there_is_one_scheduler(void **state)
{
	struct sched_config config = {.seed = 1};
	struct sched *sched = created(1, 1), *other;
	struct err err = ERR_INIT;

	(void)state;
	assert_ptr_equal(sched_playing(), sched);
	assert_int_equal(sched_create(&other, &config, &err), -EBUSY);
	assert_null(other);
	sched_destroy(sched);
	assert_null(sched_playing());
	assert_false(host_played());
	sched_destroy(NULL);
}

/* ---- failing, and the queue ----------------------------------------------------------------------- */

static void every_failing_step_leaves_nothing(void **state)
{
	struct sched_config config = {.seed = 1};

	(void)state;
	for (unsigned nth = 1;; nth++) {
		struct err err = ERR_INIT;
		struct sched *sched;
		int rc;

		fault_arm(nth, false);
		rc = sched_create(&sched, &config, &err);
		if (rc == 0)
			rc = sched_spawn(sched, "walker", walker, names[0]);
		if (rc == 0)
			rc = sched_at(sched, 1, counter_fill, NULL);
		const char *fired = fault_fired();

		fault_arm(0, false);
		sched_destroy(sched);
		if (!fired) {
			assert_int_equal(rc, 0);
			assert_int_equal(nth, 4);
			return;
		}
		assert_int_equal(rc, -ENOMEM);
	}
}

static void events_come_in_the_order_of_their_times(void **state)
{
	uint64_t random = 20261121;

	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		struct events events = {0};
		uint64_t last_ns = 0, last_number = 0;
		unsigned count = 1 + (unsigned)(random_draw(&random) % 300), kept = 0;

		for (unsigned i = 0; i < count; i++)
			assert_int_equal(events_add(&events, random_draw(&random) % 50, NULL,
						 &events + (i % 3)),
				0);
		events_forget(&events, &events + 1);
		while (events_next_ns(&events) != UINT64_MAX) {
			struct event event = events_take(&events);

			if (event.time_ns < last_ns ||
				(event.time_ns == last_ns && kept && event.number <= last_number) ||
				event.arg == &events + 1)
				fail_msg("round %u: out of order", round);
			last_ns = event.time_ns;
			last_number = event.number;
			kept++;
		}
		assert_int_equal(kept, count - (count + 1) / 3);
		events_fini(&events);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_actor_s_effort_is_its_own),
		cmocka_unit_test(a_seed_is_one_order_and_one_hash),
		cmocka_unit_test(seeds_differ),
		cmocka_unit_test(without_turns_one_goes_on_to_its_end),
		cmocka_unit_test(a_deadlock_is_told_with_names),
		cmocka_unit_test(limits_end_what_does_not_end),
		cmocka_unit_test(a_stop_ends_the_run),
		cmocka_unit_test(sources_step_while_they_have_work),
		cmocka_unit_test(what_settles_leaves_no_work_and_takes_no_turn),
		cmocka_unit_test(what_settles_goes_on_by_itself),
		cmocka_unit_test(a_strike_comes_in_the_first_step_behind_its_time),
		cmocka_unit_test(a_strike_holds_nobody_up),
		cmocka_unit_test(there_is_one_scheduler),
		cmocka_unit_test(every_failing_step_leaves_nothing),
		cmocka_unit_test(events_come_in_the_order_of_their_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
