// SPDX-License-Identifier: BSD-2-Clause
/*
 * soak_test.c: a soak on the real path (driver, port, soft device) whose trials leak, which it has to say, and whose trials
 * do not.
 */
#include "bench/cases/testing.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

/* More than its floor in the 27 trials that are judged. */
#define LEAK_BYTES  (64u << 10)
#define TRIALS_MAX  256
#define REPETITIONS "12"

static enum run_leak { LEAK_NOTHING, LEAK_HEAP, LEAK_DESCRIPTOR, LEAK_THREAD } leak;

/* What was leaked, to be given back behind the run. */
static struct {
	void *heap[TRIALS_MAX];
	int fd[TRIALS_MAX];
	pthread_t thread[TRIALS_MAX];
	unsigned count;
	sem_t over;
} leaked;

static void *thread_wait(void *arg)
{
	sem_wait(&leaked.over);
	sem_post(&leaked.over);
	return arg;
}

static int leaking_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	const unsigned i = leaked.count++;

	assert_true(i < TRIALS_MAX);
	switch (leak) {
	case LEAK_HEAP:
		leaked.heap[i] = malloc(LEAK_BYTES);
		assert_non_null(leaked.heap[i]);
		memset(leaked.heap[i], 1, LEAK_BYTES);
		break;
	case LEAK_DESCRIPTOR:
		leaked.fd[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		assert_true(leaked.fd[i] >= 0);
		break;
	case LEAK_THREAD:
		assert_int_equal(pthread_create(&leaked.thread[i], NULL, thread_wait, NULL), 0);
		break;
	case LEAK_NOTHING:
		break;
	}
	return case_transfer.trial(cell, state, operations, outcome, err);
}

static void give_back(void)
{
	sem_post(&leaked.over);
	for (unsigned i = 0; i < leaked.count; i++) {
		free(leaked.heap[i]);
		if (leak == LEAK_DESCRIPTOR)
			close(leaked.fd[i]);
		if (leak == LEAK_THREAD)
			pthread_join(leaked.thread[i], NULL);
	}
}

/* The record of a soak of one case whose trials leak @what. */
static struct store_run *soaked(enum run_leak what)
{
	static struct bench_case leaking;
	static const struct bench_case *const cases[] = {&leaking, NULL};

	leaking = case_transfer;
	leaking.trial = leaking_trial;
	memset(&leaked, 0, sizeof(leaked));
	assert_int_equal(sem_init(&leaked.over, 0, 0), 0);
	leak = what;
	struct store_run *run = measured(
		cases, (const char *const[]){"family", "transfer", "strategy", "packet", "dir",
			       "to_device", "source", "untouched", "size", "4k", "depth", "4",
			       "soak", "on", "repetitions", REPETITIONS, NULL});

	give_back();
	sem_destroy(&leaked.over);
	return run;
}

static const char *fact_of(const struct store_run *run, const char *key)
{
	for (uint32_t i = 0; i < run->fact_count; i++)
		if (strcmp(run->fact[i].key, key) == 0)
			return run->fact[i].value;
	fail_msg("no fact '%s'", key);
	return NULL;
}

static bool found(const struct store_run *run, const char *what)
{
	for (uint32_t i = 0; i < run->finding_count; i++)
		if (strstr(run->finding[i].text, what))
			return true;
	return false;
}

static void what_does_not_leak_is_flat(void **state)
{
	static const char *const flat[] = {
		"soak.heap", "soak.rss", "soak.descriptors", "soak.threads", "soak.objects"};
	struct store_run *run = soaked(LEAK_NOTHING);

	(void)state;
	expect_clean(run);
	for (unsigned i = 0; i < sizeof(flat) / sizeof(flat[0]); i++)
		assert_int_equal(strncmp(fact_of(run, flat[i]), "flat: ", 6), 0);
	assert_non_null(strstr(fact_of(run, "soak.speed"), "of 1 case "));
	for (uint32_t i = 0; i < run->cell[0].sample_count; i++) {
		const double *c = run->cell[0].sample[i].counter;

		assert_true(c[STORE_held_heap_bytes] > 0);
		assert_true(c[STORE_held_rss_bytes] > 1 << 20);
		assert_true(c[STORE_held_descriptors] >= 3);
		/* The driver's and the device's. */
		assert_true(c[STORE_held_threads] >= 2);
		assert_true(c[STORE_held_objects] >= 1);
	}
	store_run_free(run);
}

static void what_leaks_is_named(void **state)
{
	static const struct {
		enum run_leak leak;
		const char *found, *fact;
	} kinds[] = {
		{LEAK_HEAP, "soak: heap keeps growing", "soak.heap"},
		{LEAK_DESCRIPTOR, "soak: open descriptors keep growing", "soak.descriptors"},
		{LEAK_THREAD, "soak: threads keep growing", "soak.threads"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct store_run *run = soaked(kinds[i].leak);

		assert_true(found(run, kinds[i].found));
		assert_int_equal(strncmp(fact_of(run, kinds[i].fact), "grows: ", 7), 0);
		assert_int_equal(run->exit_code, 1);
		store_run_free(run);
	}
}

static void without_a_soak_nothing_is_looked_at(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "strategy", "packet", "dir",
		"to_device", "source", "untouched", "size", "4k", "depth", "4");

	(void)state;
	expect_clean(run);
	assert_true(isnan(run->cell[0].sample[0].counter[STORE_held_heap_bytes]));
	for (uint32_t i = 0; i < run->fact_count; i++)
		assert_null(strstr(run->fact[i].key, "soak.h"));
	store_run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_leak_is_flat),
		cmocka_unit_test(what_leaks_is_named),
		cmocka_unit_test(without_a_soak_nothing_is_looked_at),
	};

	return cmocka_run_group_tests_name("soak", tests, NULL, NULL);
}
