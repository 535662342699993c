// SPDX-License-Identifier: BSD-2-Clause
/*
 * load_thread_test.c: the closed loop against a target played by a thread, on the real clock: polling and
 * blocking. No absolute time is asserted.
 */
#include "harness/load/load.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define RING     64
#define OPS      400
#define ROUNDS   5
#define OP_BYTES 512

/*
 * Ops enter at `tail`, are done by the worker up to `done`, and leave at `head`; all three only grow. The mutex
 * guards everything; `copied` is the worker's own sum, read after the join.
 */
struct worker {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t work, ready;
	bool stop;
	uint64_t head, done, tail;
	struct load_op ops[RING];
	uint64_t cookies[RING];
	unsigned depth;
	bool too_deep;
	uint64_t copied_bytes;
	unsigned char memory[OP_BYTES];
};

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	pthread_mutex_lock(&w->mutex);
	while (!w->stop) {
		if (w->done == w->tail) {
			pthread_cond_wait(&w->work, &w->mutex);
			continue;
		}
		struct load_op op = w->ops[w->done % RING];

		pthread_mutex_unlock(&w->mutex);
		memcpy(w->memory, op.buffer, op.len_bytes);
		w->copied_bytes += op.len_bytes;
		pthread_mutex_lock(&w->mutex);
		w->done++;
		pthread_cond_signal(&w->ready);
	}
	pthread_mutex_unlock(&w->mutex);
	return NULL;
}

static int worker_submit(
	void *target, const struct load_op *ops, uint64_t first_cookie, unsigned count)
{
	struct worker *w = target;
	unsigned i;

	pthread_mutex_lock(&w->mutex);
	for (i = 0; i < count && w->tail - w->head < RING; i++, w->tail++) {
		w->ops[w->tail % RING] = ops[i];
		w->cookies[w->tail % RING] = first_cookie + i;
	}
	if (w->tail - w->head > w->depth)
		w->too_deep = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->mutex);
	return (int)i;
}

static int worker_reap(void *target, struct load_completion *out, unsigned max)
{
	struct worker *w = target;
	unsigned n = 0;

	pthread_mutex_lock(&w->mutex);
	for (; n < max && w->head < w->done; n++, w->head++)
		out[n] = (struct load_completion){
			.cookie = w->cookies[w->head % RING],
			.len_bytes = w->ops[w->head % RING].len_bytes,
			.rounds = 1,
			.elements = 1,
		};
	pthread_mutex_unlock(&w->mutex);
	return (int)n;
}

static int worker_wait(void *target, uint32_t timeout_us)
{
	struct worker *w = target;
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += timeout_us / 1000000 + 1;
	pthread_mutex_lock(&w->mutex);
	while (w->head == w->done && !rc)
		rc = pthread_cond_timedwait(&w->ready, &w->mutex, &until);
	pthread_mutex_unlock(&w->mutex);
	return rc == ETIMEDOUT ? 0 : 1;
}

static const struct load_target_ops worker_ops = {
	.submit = worker_submit,
	.reap = worker_reap,
	.wait = worker_wait,
};

static void run_with_worker(unsigned depth, unsigned batch, bool blocking)
{
	static struct worker worker;
	static struct load_op ops[OPS];
	static unsigned char source[OP_BYTES];
	static struct hist hist;
	struct clock clock;
	struct load *load = NULL;
	struct load_result result = {0};
	uint64_t bytes = 0;

	worker = (struct worker){
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.work = PTHREAD_COND_INITIALIZER,
		.ready = PTHREAD_COND_INITIALIZER,
		.depth = depth,
	};
	for (unsigned i = 0; i < OPS; i++) {
		ops[i] = (struct load_op){source, OP_BYTES, 0, 1 + i % OP_BYTES, true, 0};
		bytes += (uint64_t)ROUNDS * ops[i].len_bytes;
	}
	hist_init(&hist);
	assert_int_equal(clock_open(&clock, NULL), 0);
	struct load_config config = {.ops = &worker_ops,
		.target = &worker,
		.clock = &clock,
		.depth = depth,
		.batch = batch,
		.blocking = blocking};

	assert_int_equal(load_open(&load, &config, OPS, NULL), 0);
	assert_int_equal(pthread_create(&worker.thread, NULL, worker_main, &worker), 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		memset(source, (int)round, sizeof(source));
		assert_int_equal(load_round(load, ops, OPS, &hist, &result), 0);
	}
	assert_int_equal(load_drain(load, 200, &result), 0);
	pthread_mutex_lock(&worker.mutex);
	worker.stop = true;
	pthread_cond_signal(&worker.work);
	pthread_mutex_unlock(&worker.mutex);
	pthread_join(worker.thread, NULL);
	load_close(load);

	assert_false(worker.too_deep);
	assert_int_equal(result.completed, ROUNDS * OPS);
	assert_int_equal(result.failed + result.lost + result.duplicated + result.unknown, 0);
	assert_int_equal(result.bytes, bytes);
	assert_int_equal(worker.copied_bytes, bytes);
	assert_int_equal(hist.count, ROUNDS * OPS);
	assert_in_range(hist.max, 1, result.ticks); /* no op takes longer than all rounds */
	assert_in_range(result.cpu_ns, 1, UINT64_MAX);
}

static void polling_a_thread(void **state)
{
	(void)state;
	run_with_worker(1, 1, false);
	run_with_worker(32, 8, false);
}

static void blocking_on_a_thread(void **state)
{
	(void)state;
	run_with_worker(1, 1, true);
	run_with_worker(32, 8, true);
}

static void deeper_than_the_target_is_no_error(void **state)
{
	(void)state;
	run_with_worker(4 * RING, 2 * RING, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(polling_a_thread),
		cmocka_unit_test(blocking_on_a_thread),
		cmocka_unit_test(deeper_than_the_target_is_no_error),
	};

	return cmocka_run_group_tests_name("load with a thread", tests, NULL, NULL);
}
