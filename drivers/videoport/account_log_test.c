// SPDX-License-Identifier: BSD-2-Clause
/*
 * account_log_test.c: the account against an independent log of random events, counted again to the last bit, and under
 * several threads.
 */
#include "drivers/videoport/account_testing.h"

#include "drivers/videoport/range.h"

/* ---- an independent count ----------------------------------------------------------------------------- */

#define LOG_EVENTS 4000
#define LIVE_MAX   50

/* Every change with its date, in the order of the calls; what it means is worked out afterwards. */
struct logged {
	uint64_t ticks;
	int64_t pinned, mapped, registers, sg, bounce;
};

static struct logged event_log[LOG_EVENTS];
static unsigned logged;

static void recount(
	uint64_t start, uint64_t end, size_t field, uint64_t *now, uint64_t *peak, double *mean)
{
	account_integral area = 0;
	int64_t value = 0, most = 0;
	uint64_t at = start;

	for (unsigned i = 0; i < logged; i++) {
		int64_t by;

		memcpy(&by, (const char *)&event_log[i] + field, sizeof(by));
		area += (account_integral)(uint64_t)value * (event_log[i].ticks - at);
		at = event_log[i].ticks;
		value += by;
		most = value > most ? value : most;
	}
	area += (account_integral)(uint64_t)value * (end - at);
	*now = (uint64_t)value;
	*peak = (uint64_t)most;
	*mean = (double)area / (double)(end - start);
}

#define EXPECT_RECOUNT(usage, field, name)                                                         \
	do {                                                                                       \
		uint64_t now, peak;                                                                \
		double mean;                                                                       \
		recount(start, test_ticks, offsetof(struct logged, name), &now, &peak, &mean);     \
		assert_int_equal((usage).field, now);                                              \
		assert_int_equal((usage).field##_peak, peak);                                      \
		assert_true((usage).field##_mean == mean); /* to the last bit */                   \
	} while (0)

/* Requests of one to four changes each, dated after each request; every now and then nothing changes. */
static void random_requests(uint64_t seed)
{
	struct {
		struct account_transfer transfer;
		uint64_t pinned;
		unsigned meter;
		bool live;
	} op[LIVE_MAX] = {{.live = false}};
	uint64_t random = seed, start;

	account_reset(&account);
	start = test_ticks;
	logged = 0;
	while (logged + 4 < LOG_EVENTS) {
		unsigned changes = (unsigned)(range_random(&random) % 5), first = logged;

		for (unsigned i = 0; i < changes; i++) {
			unsigned k = (unsigned)(range_random(&random) % LIVE_MAX);
			uint32_t pages = 1 + (uint32_t)(range_random(&random) % 64);
			int64_t sign = op[k].live ? -1 : 1;

			if (op[k].live) {
				transfer_end(&transfers[op[k].meter], op[k].transfer);
				unpin(op[k].pinned);
			} else {
				op[k].transfer = transfer_of(pages,
					(uint32_t)(range_random(&random) % (pages + 1)),
					1 + (uint32_t)(range_random(&random) % pages));
				op[k].pinned = (uint64_t)(pages + 1) << PAGE_SHIFT;
				op[k].meter = (unsigned)(range_random(&random) % 2);
				pin(op[k].pinned);
				transfer_begin(&transfers[op[k].meter], op[k].transfer);
			}
			op[k].live = !op[k].live;
			event_log[logged++] = (struct logged){
				.pinned = sign * (int64_t)op[k].pinned,
				.mapped = sign *
			                  (int64_t)(op[k].transfer.pages - op[k].transfer.bounced) *
			                  4096,
				.registers = sign * (int64_t)op[k].transfer.pages,
				.sg = sign * (int64_t)(16 + 24 * op[k].transfer.elements),
				.bounce = sign * (int64_t)op[k].transfer.bounced * 4096,
			};
		}
		test_ticks += range_random(&random) % 1000;
		for (unsigned i = first; i < logged; i++)
			event_log[i].ticks = test_ticks;
		account_date(&account, test_ticks);
	}
	test_ticks += 123;

	struct videoport_usage usage = usage_now();

	EXPECT_RECOUNT(usage, pinned_bytes, pinned);
	EXPECT_RECOUNT(usage, mapped_bytes, mapped);
	EXPECT_RECOUNT(usage, map_registers, registers);
	EXPECT_RECOUNT(usage, sg_bytes, sg);
	EXPECT_RECOUNT(usage, bounce_held_bytes, bounce);
	for (unsigned k = 0; k < LIVE_MAX; k++) {
		if (!op[k].live)
			continue;
		transfer_end(&transfers[op[k].meter], op[k].transfer);
		unpin(op[k].pinned);
	}
}

static void a_recount_of_all_events_agrees_exactly(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		print_message("seed %llu\n", (unsigned long long)seed);
		random_requests(seed);
	}
}

/* ---- threads ------------------------------------------------------------------------------------------- */

#define THREADS 4
#define ROUNDS  20000

static _Atomic unsigned arrived;

/* All threads hold their share at one moment, so the peak is known exactly. */
static void *taker(void *arg)
{
	uint32_t share = (uint32_t)(uintptr_t)arg;
	const struct account_transfer transfer = transfer_of(share, 0, share);

	for (int i = 0; i < ROUNDS; i++) {
		transfer_begin(&transfers[share % 2], transfer);
		account_date(&account, 1000);
		transfer_end(&transfers[share % 2], transfer);
	}
	transfer_begin(&transfers[share % 2], transfer);
	atomic_fetch_add(&arrived, 1);
	while (atomic_load(&arrived) < THREADS)
		sched_yield();
	transfer_end(&transfers[share % 2], transfer);
	return NULL;
}

static uint64_t takers_start(pthread_t threads[THREADS])
{
	uint64_t all = 0;

	atomic_store(&arrived, 0);
	for (uintptr_t i = 0; i < THREADS; i++) {
		all += i + 1;
		assert_int_equal(pthread_create(&threads[i], NULL, taker, (void *)(i + 1)), 0);
	}
	return all;
}

static void peaks_are_exact_under_threads(void **state)
{
	pthread_t threads[THREADS];
	uint64_t all = takers_start(threads);

	(void)state;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	struct videoport_usage usage = usage_now();

	assert_int_equal(usage.map_registers, 0);
	assert_int_equal(usage.sg_bytes, 0);
	assert_int_equal(usage.map_registers_peak, all);
	assert_int_equal(usage.sg_lists, THREADS * (ROUNDS + 1));
	assert_int_equal(usage.sg_elements, all * (ROUNDS + 1));
}

static void a_snapshot_never_has_a_peak_below_its_value(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	takers_start(threads);
	while (atomic_load(&arrived) < THREADS) {
		struct videoport_usage usage = usage_now();

		assert_true(usage.map_registers_peak >= usage.map_registers);
		/* One lock covers all of an event: what changes together is read together. */
		assert_int_equal(usage.mapped_bytes, usage.map_registers << PAGE_SHIFT);
		account_reset(&account);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		account_case(a_recount_of_all_events_agrees_exactly),
		account_case(peaks_are_exact_under_threads),
		account_case(a_snapshot_never_has_a_peak_below_its_value),
	};

	return cmocka_run_group_tests_name("account, logged", tests, NULL, NULL);
}
