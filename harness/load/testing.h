/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * testing.h: for the tests of this folder: a target in virtual time, a load over it, and the comparison of their
 * books.
 *
 * The clock's slow functions are defined here, so that time advances only where the target says so, and every
 * figure is known exactly.
 */
#ifndef LOAD_TESTING_H
#define LOAD_TESTING_H

#include "harness/load/load.h"

#include "harness/rng/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define ITEMS_MAX  128
#define OPS_MAX    4096
#define TIMEOUT_NS UINT64_C(1000000)

static uint64_t virtual_ns;
static uint64_t
	clock_step_ns; /* what a look at the clock takes: who only looks at it gets on too */

struct tick clock_now_raw(void)
{
	virtual_ns += clock_step_ns;
	return (struct tick){virtual_ns};
}

uint64_t clock_thread_cpu_ns(void)
{
	return 2 * virtual_ns;
}

static const struct clock virtual_clock = {.tsc = false, .ns_per_tick = 1.0};

enum fault { NO_FAULT, DROP, REPEAT, FAIL, CUT, STRANGE };

struct item {
	uint64_t cookie, start_ns, due_ns;
	int32_t status;
	uint32_t len_bytes;
	bool extra; /* a completion too many */
};

/* The target: finishes an op `delay` after its submit; misbehaves for every op in [fault_from, fault_to). */
struct fake {
	unsigned depth; /* more than so many at a time is the loop's error */
	unsigned accept_max;
	unsigned refusals; /* so many submit calls find it full */
	uint64_t delay_ns, jitter_ns, submit_ns, reap_ns, repeat_after_ns;
	uint64_t frozen_from_ns,
		frozen_to_ns; /* virtual time: what is due in it comes at its end */
	bool babble;          /* every reap brings a completion nobody waits for */
	int submit_rc, reap_rc, wait_rc;
	uint64_t rc_after_ops; /* submits and waits fail once so many ops were taken */
	enum fault fault;
	uint64_t fault_from, fault_to, strange_by;
	struct rng rng;
	struct item items[ITEMS_MAX];
	unsigned count, held, held_max, largest_batch;
	uint64_t ops, bytes, submits, reaps, waits;
	uint64_t dates, dated_ns, dated_held,
		held_ns; /* ops held times the time they were, by the dates */
	struct hist expected;
};

static inline void fake_add(struct fake *fake, struct item item)
{
	assert_in_range(fake->count, 0, ITEMS_MAX - 1);
	fake->items[fake->count++] = item;
}

static inline void fake_take_op(struct fake *fake, const struct load_op *op, uint64_t cookie)
{
	struct item item = {
		cookie, virtual_ns, virtual_ns + fake->delay_ns, 0, op->len_bytes, false};
	bool hit = fake->fault && cookie >= fake->fault_from && cookie < fake->fault_to;

	if (fake->jitter_ns)
		item.due_ns += rng_below(&fake->rng, fake->jitter_ns);
	if (item.due_ns >= fake->frozen_from_ns && item.due_ns < fake->frozen_to_ns)
		item.due_ns = fake->frozen_to_ns;
	fake->held++;
	if (hit && fake->fault == DROP)
		return;
	if (hit && fake->fault == FAIL)
		item.status = -5;
	if (hit && fake->fault == CUT)
		item.len_bytes--;
	fake_add(fake, item);
	item.extra = true;
	item.due_ns += fake->repeat_after_ns;
	if (hit && fake->fault == STRANGE)
		item.cookie += fake->strange_by;
	if (hit && (fake->fault == REPEAT || fake->fault == STRANGE))
		fake_add(fake, item);
}

static inline int fake_submit(
	void *target, const struct load_op *ops, uint64_t first_cookie, unsigned count)
{
	struct fake *fake = target;

	fake->submits++;
	if (count > fake->largest_batch)
		fake->largest_batch = count;
	if (fake->submit_rc && fake->ops >= fake->rc_after_ops)
		return fake->submit_rc;
	if (fake->refusals) {
		fake->refusals--;
		return 0;
	}
	if (fake->accept_max && count > fake->accept_max)
		count = fake->accept_max;
	for (unsigned i = 0; i < count; i++)
		fake_take_op(fake, &ops[i], first_cookie + i);
	fake->ops += count;
	if (fake->held > fake->held_max)
		fake->held_max = fake->held;
	assert_in_range(fake->held, 0, fake->depth);
	virtual_ns += fake->submit_ns;
	return (int)count;
}

static inline struct load_completion fake_deliver(struct fake *fake, unsigned i)
{
	struct item item = fake->items[i];

	fake->items[i] = fake->items[--fake->count];
	if (!item.extra) {
		fake->held--;
		if (!item.status && !(fake->fault == CUT && item.cookie >= fake->fault_from)) {
			fake->bytes += item.len_bytes;
			/* The load looks at the clock next. */
			hist_record(&fake->expected, virtual_ns + clock_step_ns - item.start_ns);
		}
	}
	return (struct load_completion){item.cookie, item.status, item.len_bytes, 1, 3};
}

static inline int fake_reap(void *target, struct load_completion *out, unsigned max)
{
	struct fake *fake = target;
	unsigned n = 0;

	fake->reaps++;
	virtual_ns += fake->reap_ns;
	if (fake->reap_rc && fake->ops >= fake->rc_after_ops)
		return fake->reap_rc;
	if (fake->babble)
		out[n++] = (struct load_completion){.cookie = UINT64_MAX};
	for (unsigned i = 0; i < fake->count && n < max;)
		if (fake->items[i].due_ns <= virtual_ns)
			out[n++] = fake_deliver(fake, i);
		else
			i++;
	return (int)n;
}

static inline int fake_wait(void *target, uint32_t timeout_us)
{
	struct fake *fake = target;
	uint64_t until = virtual_ns + (uint64_t)timeout_us * 1000;
	bool found = false;

	fake->waits++;
	if (fake->wait_rc && fake->ops >= fake->rc_after_ops)
		return fake->wait_rc;
	for (unsigned i = 0; i < fake->count; i++)
		if (fake->items[i].due_ns < until) {
			until = fake->items[i].due_ns;
			found = true;
		}
	if (until > virtual_ns)
		virtual_ns = until;
	return found;
}

/* What was held since the last date, until this one. */
static inline void fake_date(void *target, struct tick now)
{
	struct fake *fake = target;

	assert_true(now.t >= fake->dated_ns);
	fake->dates++;
	fake->held_ns += fake->dated_held * (now.t - fake->dated_ns);
	fake->dated_ns = now.t;
	fake->dated_held = fake->held;
}

static const struct load_target_ops fake_ops = {
	.submit = fake_submit,
	.reap = fake_reap,
	.wait = fake_wait,
	.date = fake_date,
};

/* One load, its target, its ops and what came of them. */
struct fixture {
	struct load *load;
	struct load_op ops[OPS_MAX];
	struct hist hist;
	struct load_result result;
	struct load_finding finding[LOAD_FINDINGS_MAX];
	struct fake fake;
};

static struct fixture fixture;

/* Of a load over the fixture's target. */
static inline struct load_config config_of(unsigned depth, unsigned batch, bool blocking)
{
	return (struct load_config){.ops = &fake_ops,
		.target = &fixture.fake,
		.clock = &virtual_clock,
		.depth = depth,
		.batch = batch,
		.blocking = blocking,
		.timeout_ns = TIMEOUT_NS};
}

/* Another load over the same target. */
static inline void fixture_reopen(const struct load_config *config, uint32_t ops_max)
{
	struct err err = ERR_INIT;

	load_close(fixture.load);
	fixture.load = NULL;
	if (load_open(&fixture.load, config, ops_max, &err))
		fail_msg("%s", err.message);
}

static inline struct fake *fixture_open(unsigned depth, unsigned batch, bool blocking)
{
	const struct load_config config = config_of(depth, batch, blocking);

	load_close(fixture.load);
	clock_step_ns = 0;
	memset(&fixture, 0, sizeof(fixture));
	hist_init(&fixture.hist);
	hist_init(&fixture.fake.expected);
	rng_seed(&fixture.fake.rng, 1);
	fixture.fake.depth = depth;
	fixture.fake.reap_ns = 10;
	fixture.fake.strange_by = UINT64_C(1) << 40;
	for (unsigned i = 0; i < OPS_MAX; i++)
		fixture.ops[i].len_bytes = 64 + i;
	fixture_reopen(&config, OPS_MAX);
	return &fixture.fake;
}

static inline int round_run(uint32_t count)
{
	return load_round(fixture.load, fixture.ops, count, &fixture.hist, &fixture.result);
}

static inline int close_fixture(void **state)
{
	(void)state;
	load_close(fixture.load);
	fixture.load = NULL;
	return 0;
}

/* The loop's books agree with the target's, and add up. */
static inline void assert_books_agree(void)
{
	const struct load_result *r = &fixture.result;

	assert_int_equal(r->submitted, fixture.fake.ops);
	assert_int_equal(r->submitted, r->completed + r->failed + r->lost);
	assert_int_equal(r->bytes, fixture.fake.bytes);
	assert_int_equal(r->submit_calls, fixture.fake.submits);
	assert_int_equal(r->completed, fixture.hist.count);
	assert_memory_equal(&fixture.hist, &fixture.fake.expected, sizeof(fixture.hist));
}

#define LOAD_TEST(name) cmocka_unit_test_teardown(name, close_fixture)

#endif
