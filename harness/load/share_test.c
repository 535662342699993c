// SPDX-License-Identifier: BSD-2-Clause
/*
 * share_test.c: several loads over one target on real threads: every completion reaches the load it belongs to exactly
 * once, polling and blocking, in rounds side by side and in passes; surprises are reported; one reaps at a time.
 *
 * The target is a queue under a mutex whose completions come back in another order, by whoever reaps.
 */
#include "harness/load/share.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/support/fault.h"
#include "harness/load/team.h"
#include "harness/rng/rng.h"

#define SEATS  4
#define DEPTH  8
#define OPS    256
#define ROUNDS 20
#define QUEUE  (SEATS * DEPTH + 64)

static struct clock test_clock;

/* One thing all seats stand for. */
struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t ready;
	struct load_completion item[QUEUE];
	unsigned count, room;
	struct rng rng;
	atomic_uint inside; /* reaps and waits at the same time */
	bool together;
	uint64_t repeat_every, submitted; /* every so many completions come twice; 0: none */
	unsigned dates[SEATS];
};

struct port {
	struct queue *queue;
	unsigned seat;
};

static int queue_submit(
	void *target, const struct load_op *ops, uint64_t first_cookie, unsigned count)
{
	struct queue *q = ((struct port *)target)->queue;
	unsigned took = 0;

	pthread_mutex_lock(&q->mutex);
	for (; took < count && q->count + 1 < q->room; took++) {
		const struct load_completion item = {.cookie = first_cookie + took,
			.len_bytes = ops[took].len_bytes,
			.rounds = 1,
			.elements = 1};

		q->item[q->count++] = item;
		if (q->repeat_every && ++q->submitted % q->repeat_every == 0)
			q->item[q->count++] = item;
	}
	pthread_cond_broadcast(&q->ready);
	pthread_mutex_unlock(&q->mutex);
	return (int)took;
}

static void enter(struct queue *q)
{
	if (atomic_fetch_add(&q->inside, 1) > 0)
		q->together = true;
}

static int queue_reap(void *target, struct load_completion *out, unsigned max)
{
	struct queue *q = ((struct port *)target)->queue;
	unsigned n = 0;

	enter(q);
	pthread_mutex_lock(&q->mutex);
	for (; n < max && q->count; n++) {
		unsigned pick = (unsigned)rng_below(&q->rng, q->count);

		out[n] = q->item[pick];
		q->item[pick] = q->item[--q->count];
	}
	pthread_mutex_unlock(&q->mutex);
	atomic_fetch_sub(&q->inside, 1);
	return (int)n;
}

static int queue_wait(void *target, uint32_t timeout_us)
{
	struct queue *q = ((struct port *)target)->queue;
	struct timespec until;
	int found;

	enter(q);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += timeout_us / 1000000 + 1;
	pthread_mutex_lock(&q->mutex);
	while (!q->count && !pthread_cond_timedwait(&q->ready, &q->mutex, &until))
		continue;
	found = q->count > 0;
	pthread_mutex_unlock(&q->mutex);
	atomic_fetch_sub(&q->inside, 1);
	return found;
}

static void queue_date(void *target, struct tick now)
{
	struct port *port = target;

	(void)now;
	port->queue->dates[port->seat]++;
}

static const struct load_target_ops queue_ops = {
	.submit = queue_submit, .reap = queue_reap, .wait = queue_wait, .date = queue_date};

struct rig {
	struct queue queue;
	struct port port[SEATS];
	void *target[SEATS];
	struct share *share;
	struct load *load[SEATS];
	struct load_op ops[OPS];
	struct load_result result[SEATS];
	struct hist hist[SEATS], response[SEATS];
	struct team *team;
	atomic_bool stop;
	int rc[SEATS];
};

static struct rig *rig;

static void rig_open(bool blocking, bool side_by_side)
{
	struct share_config share = {
		.ops = &queue_ops, .seats = SEATS, .depth = DEPTH, .blocking = blocking};
	const struct team_config team = {.members = SEATS, .crowded = true, .clock = &test_clock};
	struct err err = ERR_INIT;

	rig = calloc(1, sizeof(*rig));
	assert_non_null(rig);
	pthread_mutex_init(&rig->queue.mutex, NULL);
	pthread_cond_init(&rig->queue.ready, NULL);
	rig->queue.room = QUEUE;
	rng_seed(&rig->queue.rng, 1);
	share.target = rig->target;
	for (unsigned i = 0; i < SEATS; i++) {
		rig->port[i] = (struct port){&rig->queue, i};
		rig->target[i] = &rig->port[i];
		hist_init(&rig->hist[i]);
		hist_init(&rig->response[i]);
	}
	for (unsigned i = 0; i < OPS; i++)
		rig->ops[i].len_bytes = 64 + i;
	if (share_open(&rig->share, &share, &err) || team_open(&rig->team, &team, &err))
		fail_msg("%s", err.message);
	for (unsigned i = 0; i < SEATS; i++) {
		const struct load_config config = {.ops = &share_seat_ops,
			.target = share_seat(rig->share, i),
			.clock = &test_clock,
			.depth = DEPTH,
			.batch = 1 + i % 3,
			.blocking = blocking,
			.stop = side_by_side ? &rig->stop : NULL,
			.yield = true};

		assert_int_equal(load_open(&rig->load[i], &config, OPS, &err), 0);
	}
}

static void rig_close(void)
{
	for (unsigned i = 0; i < SEATS; i++)
		load_close(rig->load[i]);
	team_close(rig->team);
	share_close(rig->share);
	pthread_mutex_destroy(&rig->queue.mutex);
	pthread_cond_destroy(&rig->queue.ready);
	free(rig);
}

static void one_round(void *arg, unsigned member)
{
	(void)arg;
	team_line_up(rig->team);
	rig->rc[member] = load_round(
		rig->load[member], rig->ops, OPS, &rig->hist[member], &rig->result[member]);
	team_line_up(rig->team);
}

static void expect_right(unsigned member)
{
	const struct load_result *r = &rig->result[member];

	assert_int_equal(rig->rc[member], 0);
	assert_int_equal(r->completed, r->submitted);
	assert_int_equal(r->failed + r->lost + r->duplicated + r->unknown, 0);
	assert_int_equal(rig->hist[member].count, r->completed);
}

static void rounds_of_all_are_whole(void **state)
{
	(void)state;
	for (int blocking = 0; blocking < 2; blocking++) {
		rig_open(blocking, false);
		for (unsigned round = 0; round < ROUNDS; round++)
			team_run(rig->team, one_round, NULL);
		for (unsigned i = 0; i < SEATS; i++) {
			expect_right(i);
			assert_int_equal(rig->result[i].completed, ROUNDS * OPS);
			assert_int_equal(rig->result[i].bytes,
				ROUNDS * (uint64_t)(OPS * 64 + OPS * (OPS - 1) / 2));
			assert_int_equal(rig->queue.dates[i] > 0, i == 0);
		}
		assert_false(rig->queue.together);
		assert_int_equal(rig->queue.count, 0);
		rig_close();
	}
}

/* The first to be through stops the others: nobody does more, and somebody does all. */
static void the_first_stops_the_others(void **state)
{
	(void)state;
	rig_open(false, true);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t most = 0, before[SEATS];

		for (unsigned i = 0; i < SEATS; i++)
			before[i] = rig->result[i].submitted;
		atomic_store(&rig->stop, false);
		team_run(rig->team, one_round, NULL);
		for (unsigned i = 0; i < SEATS; i++) {
			uint64_t done = rig->result[i].submitted - before[i];

			assert_in_range(done, 0, OPS);
			most = done > most ? done : most;
		}
		assert_int_equal(most, OPS);
		assert_true(atomic_load(&rig->stop));
	}
	for (unsigned i = 0; i < SEATS; i++)
		expect_right(i);
	rig_close();
}

static void op_of_pass(void *arg, uint64_t index, struct load_op *op)
{
	(void)arg;
	*op = rig->ops[index % OPS];
}

static void one_pass(void *arg, unsigned member)
{
	struct load_arrived arrived;
	const struct load_pass pass = {.arrival = LOAD_POISSON,
		.per_second = 100000,
		.burst = 1,
		.phase = 1,
		.seed = member,
		.count = 1000,
		.start = team_line_up(rig->team),
		.op = op_of_pass,
		.service = &rig->hist[member],
		.response = &rig->response[member]};

	(void)arg;
	rig->rc[member] = load_pass_run(rig->load[member], &pass, &arrived, &rig->result[member]);
	assert_int_equal(arrived.offered, rig->result[member].submitted + arrived.dropped);
	team_line_up(rig->team);
}

static void passes_of_all_are_whole(void **state)
{
	(void)state;
	for (int blocking = 0; blocking < 2; blocking++) {
		rig_open(blocking, false);
		team_run(rig->team, one_pass, NULL);
		for (unsigned i = 0; i < SEATS; i++) {
			expect_right(i);
			assert_int_equal(rig->response[i].count, rig->result[i].completed);
			assert_true(rig->result[i].completed > 0);
		}
		assert_false(rig->queue.together);
		rig_close();
	}
}

/* A completion too many is its load's surprise, and nobody loses one over it. */
static void repeated_completions_are_seen(void **state)
{
	uint64_t surprises = 0;

	(void)state;
	rig_open(false, false);
	rig->queue.repeat_every = 50;
	for (unsigned round = 0; round < 4; round++)
		team_run(rig->team, one_round, NULL);
	for (unsigned i = 0; i < SEATS; i++) {
		assert_int_equal(rig->rc[i], 0);
		assert_int_equal(rig->result[i].completed, 4 * OPS);
	}
	for (unsigned again = 0; again < 2;
		again++) /* what one hands another comes with the second */
		for (unsigned i = 0; i < SEATS; i++)
			assert_true(load_drain(rig->load[i], 0, &rig->result[i]) >= 0);
	for (unsigned i = 0; i < SEATS; i++) {
		surprises += rig->result[i].duplicated;
		assert_int_equal(rig->result[i].unknown, 0);
	}
	assert_int_equal(surprises, SEATS * 4 * OPS / 50);
	rig_close();
}

static int reap_nobodys(void *target, struct load_completion *out, unsigned max)
{
	(void)target;
	(void)max;
	out[0] = (struct load_completion){.cookie = UINT64_MAX};
	return 1;
}

static void what_belongs_to_nobody_goes_to_who_reaped_it(void **state)
{
	static const struct load_target_ops ops = {.reap = reap_nobodys};
	void *target[2] = {NULL, NULL};
	const struct share_config config = {.ops = &ops, .target = target, .seats = 2, .depth = 1};
	struct load_completion done[4];
	struct share *share;

	(void)state;
	assert_int_equal(share_open(&share, &config, NULL), 0);
	assert_int_equal(share_seat_ops.reap(share_seat(share, 1), done, 4), 1);
	assert_true(done[0].cookie == UINT64_MAX);
	share_close(share);
	share_close(NULL);
}

static void what_cannot_be_is_refused(void **state)
{
	static const struct share_config bad[] = {
		{.seats = 0, .depth = 1}, {.seats = SHARE_SEATS_MAX + 1, .depth = 1}, {.seats = 1}};
	struct share *share;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct err err = ERR_INIT;

		assert_int_equal(share_open(&share, &bad[i], &err), -EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_null(share);
	}
}

static void every_failing_step_leaves_nothing(void **state)
{
	void *target[3] = {NULL, NULL, NULL};
	const struct share_config config = {
		.ops = &queue_ops, .target = target, .seats = 3, .depth = 4};
	unsigned nth = 1;

	(void)state;
	for (;; nth++) {
		struct err err = ERR_INIT;
		struct share *share;

		fault_arm(nth, false);
		int rc = share_open(&share, &config, &err);
		const char *fired = fault_fired();

		fault_arm(0, false);
		share_close(share);
		if (!fired)
			break;
		assert_int_equal(rc, -ENOMEM);
		assert_int_equal(err.kind, ERR_MISSING);
	}
	assert_int_equal(nth, 1 + 1 + 1 + 3);
}

static int clock_set_up(void **state)
{
	(void)state;
	return clock_open(&test_clock, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_of_all_are_whole),
		cmocka_unit_test(the_first_stops_the_others),
		cmocka_unit_test(passes_of_all_are_whole),
		cmocka_unit_test(repeated_completions_are_seen),
		cmocka_unit_test(what_belongs_to_nobody_goes_to_who_reaped_it),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(every_failing_step_leaves_nothing),
	};

	return cmocka_run_group_tests_name("share", tests, clock_set_up, NULL);
}
