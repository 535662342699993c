// SPDX-License-Identifier: BSD-2-Clause
/*
 * litmus_order_test.c: the explorer against programs whose behaviours under C11 are known: the litmus tests of
 * Alglave, Maranget and Tautschnig ("Herding cats", TOPLAS 2014) with the outcomes RC11 allows. Counts are those of
 * reads-from graphs, so a graph that is missed or seen twice fails as well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <string.h>

#include "drivers/tests/order/order.h"

#define OUTCOMES 16

static struct litmus {
	atomic_uint x, y;
	unsigned data __attribute__((aligned(4)));
	memory_order store, load, rmw;
	bool fences;
	unsigned r[4];
	unsigned seen
		[OUTCOMES]; /* did it come? Not reset by setup. A search that starts again counts twice */
} l;

static void setup(void *arg)
{
	(void)arg;
	atomic_init(&l.x, 0);
	atomic_init(&l.y, 0);
	l.data = 0;
	memset(l.r, 0, sizeof(l.r));
	order_share(&l.data, sizeof(l.data));
	order_label(&l.x, "x");
	order_label(&l.y, "y");
}

static void check(void *arg)
{
	(void)arg;
	l.seen[(l.r[0] | l.r[1] << 1 | l.r[2] << 2 | l.r[3] << 3) & (OUTCOMES - 1)]++;
}

static struct order_result explored(const struct order_program *program)
{
	memset(l.seen, 0, sizeof(l.seen));
	return order_explore(program, NULL, 1000000);
}

static void put(atomic_uint *at)
{
	atomic_store_explicit(at, 1, l.store);
}

static unsigned get(atomic_uint *at)
{
	return atomic_load_explicit(at, l.load);
}

static void fence(void)
{
	if (l.fences)
		atomic_thread_fence(memory_order_seq_cst);
}

/* ---- store buffering: both threads may miss the other's store, unless fences stand between --------------------- */

static void sb_0(void *arg)
{
	(void)arg;
	put(&l.x);
	fence();
	l.r[0] = get(&l.y);
}

static void sb_1(void *arg)
{
	(void)arg;
	put(&l.y);
	fence();
	l.r[1] = get(&l.x);
}

static const struct order_program sb = {setup, {sb_0, sb_1}, check, NULL};

static void store_buffering(void **state)
{
	(void)state;
	l = (struct litmus){.store = memory_order_release, .load = memory_order_acquire};

	struct order_result result = explored(&sb);

	assert_true(result.exhausted);
	assert_int_equal(result.executions, 4);
	assert_true(l.seen[0]);
	l.fences = true;
	result = explored(&sb);
	assert_true(result.exhausted);
	assert_int_equal(l.seen[0], 0);
	assert_true(l.seen[1] && l.seen[2] && l.seen[3]);
}

/* ---- message passing: acquire and release, or neither ------------------------------------------------------------ */

static void mp_0(void *arg)
{
	(void)arg;
	put(&l.x);
	put(&l.y);
}

static void mp_1(void *arg)
{
	(void)arg;
	l.r[0] = get(&l.y);
	l.r[1] = get(&l.x);
}

static void message_passing(void **state)
{
	static const struct order_program mp = {setup, {mp_0, mp_1}, check, NULL};

	(void)state;
	l = (struct litmus){.store = memory_order_release, .load = memory_order_acquire};

	struct order_result result = explored(&mp);

	assert_true(result.exhausted);
	assert_int_equal(result.executions, 3);
	assert_int_equal(l.seen[1], 0); /* y new, x old */
	l.store = memory_order_relaxed;
	result = explored(&mp);
	assert_int_equal(result.executions, 4);
	assert_true(l.seen[1]);
}

/* ---- coherence of read-read: one location never goes back --------------------------------------------------------- */

static void corr_0(void *arg)
{
	(void)arg;
	put(&l.x);
}

static void corr_1(void *arg)
{
	(void)arg;
	l.r[0] = get(&l.x);
	l.r[1] = get(&l.x);
}

static void coherence(void **state)
{
	static const struct order_program corr = {setup, {corr_0, corr_1}, check, NULL};

	(void)state;
	l = (struct litmus){0}; /* all relaxed */

	struct order_result result = explored(&corr);

	assert_int_equal(result.executions, 3);
	assert_int_equal(l.seen[1], 0);
}

/* ---- independent reads of independent writes: two readers may disagree under release and acquire ------------------ */

static void iriw_0(void *arg)
{
	(void)arg;
	put(&l.x);
}

static void iriw_1(void *arg)
{
	(void)arg;
	put(&l.y);
}

static void iriw_2(void *arg)
{
	(void)arg;
	l.r[0] = get(&l.x);
	fence();
	l.r[1] = get(&l.y);
}

static void iriw_3(void *arg)
{
	(void)arg;
	l.r[2] = get(&l.y);
	fence();
	l.r[3] = get(&l.x);
}

static void independent_reads(void **state)
{
	static const struct order_program iriw = {
		setup, {iriw_0, iriw_1, iriw_2, iriw_3}, check, NULL};

	(void)state;
	l = (struct litmus){.store = memory_order_release, .load = memory_order_acquire};

	struct order_result result = explored(&iriw);

	assert_int_equal(result.executions, 16);
	assert_true(l.seen[1 | 4]);
	l.fences = true;
	result = explored(&iriw);
	assert_true(result.exhausted);
	assert_int_equal(l.seen[1 | 4], 0);
}

/* ---- read-modify-writes: none is lost, and a release sequence goes through them ------------------------------------ */

static void add(void *arg)
{
	(void)arg;
	atomic_fetch_add_explicit(&l.x, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&l.x, 1, memory_order_relaxed);
}

static void check_sum(void *arg)
{
	(void)arg;
	if (atomic_load(&l.x) != 6)
		order_fail("an addition was lost");
}

static void additions(void **state)
{
	static const struct order_program sum = {setup, {add, add, add}, check_sum, NULL};

	(void)state;

	struct order_result result = explored(&sum);

	assert_false(result.failed);
	assert_true(result.exhausted);
	assert_int_equal(result.executions, 90); /* 6! / (2! 2! 2!) orders of six additions */
}

static void sequence_0(void *arg)
{
	(void)arg;
	l.data = 1;
	put(&l.x);
}

static void sequence_1(void *arg)
{
	(void)arg;
	atomic_fetch_add_explicit(&l.x, 2, memory_order_relaxed);
}

static void sequence_2(void *arg)
{
	(void)arg;
	if (get(&l.x) & 1)
		l.r[0] = l.data;
}

static void release_sequence(void **state)
{
	static const struct order_program sequence = {
		setup, {sequence_0, sequence_1, sequence_2}, check, NULL};

	(void)state;
	l = (struct litmus){.store = memory_order_release, .load = memory_order_acquire};

	struct order_result result = explored(&sequence);

	assert_false(result.failed);
	assert_true(result.exhausted);
	l.load = memory_order_relaxed;
	result = explored(&sequence);
	assert_true(result.failed);
	assert_non_null(strstr(result.why, "data race"));
}

/* ---- plain data: ordered by one label, and a race when it is weakened ----------------------------------------------- */

static void publish(void *arg)
{
	(void)arg;
	l.data = 42;
	put(&l.x);
}

static void consume(void *arg)
{
	(void)arg;
	order_poll();
	if (get(&l.x) == 0) {
		order_wait();
		order_fail("the store never came");
	}
	if (l.data != 42)
		order_fail("read %u", l.data);
}

static void races(void **state)
{
	static const struct order_program program = {setup, {publish, consume}, check, NULL};
	static const struct order_weakening weak[] = {{"x", ORDER_STORE}, {"x", ORDER_LOAD}};

	(void)state;
	l = (struct litmus){.store = memory_order_release, .load = memory_order_acquire};
	assert_false(explored(&program).failed);
	for (unsigned i = 0; i < 2; i++) {
		struct order_result result = order_explore(&program, &weak[i], 1000000);

		assert_true(result.failed);
		assert_non_null(strstr(result.why, "data race"));
	}
}

/* A waiter whom nobody wakes is told so. */
static void forgotten(void **state)
{
	static const struct order_program program = {setup, {consume}, check, NULL};

	(void)state;
	assert_true(explored(&program).failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(store_buffering),
		cmocka_unit_test(message_passing),
		cmocka_unit_test(coherence),
		cmocka_unit_test(independent_reads),
		cmocka_unit_test(additions),
		cmocka_unit_test(release_sequence),
		cmocka_unit_test(races),
		cmocka_unit_test(forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
