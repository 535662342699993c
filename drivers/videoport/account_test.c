// SPDX-License-Identifier: BSD-2-Clause
/*
 * account_test.c: values, peaks and means of the account on a clock of the test's own, against events at known
 * times, against an independent log of events, and under several threads.
 */
#include "drivers/videoport/testing.h"

#include "drivers/videoport/range.h"

#include <math.h>

/* ---- a clock the test sets ---------------------------------------------------------------------------- */

static uint64_t test_ticks;
static struct clock_source clock_before;

static uint64_t test_ticks_read(void)
{
	return test_ticks;
}

/* The locks of mdl.c and mapping.c, and what the mapping counts under its own. */
static struct spin pins_lock, transfers_lock;
static uint64_t mapped_pages;

static struct account account;
static struct account_meter transfers[2], commons[2];

static int account_setup(void **state)
{
	(void)state;
	clock_calibrate();
	clock_before = clock_source;
	clock_source.tsc = false;
	clock_source.read = test_ticks_read;
	test_ticks = 1000;
	memset(transfers, 0, sizeof(transfers));
	memset(commons, 0, sizeof(commons));
	mapped_pages = 0;
	account_init(&account, &pins_lock, &transfers_lock);
	for (unsigned i = 0; i < 2; i++) {
		account_meter_open(&account, &transfers[i], ACCOUNT_TRANSFERS);
		account_meter_open(&account, &commons[i], ACCOUNT_COMMON);
	}
	return 0;
}

static int account_teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		account_meter_close(&account, &transfers[i]);
		account_meter_close(&account, &commons[i]);
	}
	clock_source = clock_before;
	return 0;
}

static struct videoport_usage usage_now(void)
{
	struct videoport_usage usage;

	account_read(&account, &usage);
	return usage;
}

static void expect_mean(double mean, double expected)
{
	if (!(fabs(mean - expected) <= 1e-12 * fabs(expected)))
		fail_msg("mean %.17g, expected %.17g", mean, expected);
}

static struct account_transfer transfer_of(uint32_t pages, uint32_t bounced, uint32_t elements)
{
	return (struct account_transfer){.pages = pages, .bounced = bounced, .elements = elements};
}

/* What start_dma.c and mdl.c do under their locks. */
static void transfer_begin(struct account_meter *meter, struct account_transfer transfer)
{
	spin_acquire(&transfers_lock);
	mapped_pages += transfer.pages - transfer.bounced;
	transfer.mapped_pages = mapped_pages;
	account_transfer_begin_locked(&account, meter, &transfer);
	spin_release(&transfers_lock);
}

static void transfer_end(struct account_meter *meter, struct account_transfer transfer)
{
	spin_acquire(&transfers_lock);
	mapped_pages -= transfer.pages - transfer.bounced;
	transfer.mapped_pages = mapped_pages;
	account_transfer_end_locked(&account, meter, &transfer);
	spin_release(&transfers_lock);
}

static void pin(uint64_t bytes)
{
	spin_acquire(&pins_lock);
	account_pin_locked(&account, bytes);
	spin_release(&pins_lock);
}

static void unpin(uint64_t bytes)
{
	spin_acquire(&pins_lock);
	account_unpin_locked(&account, bytes);
	spin_release(&pins_lock);
}

/* ---- values and peaks --------------------------------------------------------------------------------- */

static void everything_is_counted_once(void **state)
{
	const struct account_transfer a = transfer_of(5, 0, 3), b = transfer_of(7, 2, 1);

	(void)state;
	transfer_begin(&transfers[0], a);
	transfer_begin(&transfers[1], b);
	transfer_end(&transfers[0], a);
	pin(8192);
	pin(4096);
	unpin(8192);
	account_bounce(&account, 100);
	account_object_add(&account, ACCOUNT_ADAPTER);
	account_object_add(&account, ACCOUNT_POOL_BLOCK);
	account_object_sub(&account, ACCOUNT_POOL_BLOCK);

	struct videoport_usage usage = usage_now();

	assert_int_equal(usage.map_registers, 7);
	assert_int_equal(usage.map_registers_peak, 12);
	assert_int_equal(usage.mapped_bytes, 5 * PAGE_BYTES);
	assert_int_equal(usage.mapped_bytes_peak, 10 * PAGE_BYTES);
	assert_int_equal(usage.bounce_held_bytes, 2 * PAGE_BYTES);
	assert_int_equal(usage.bounce_held_bytes_peak, 2 * PAGE_BYTES);
	assert_int_equal(usage.sg_bytes, 16 + 24);
	assert_int_equal(usage.sg_bytes_peak, 2 * 16 + 4 * 24);
	assert_int_equal(usage.sg_lists, 2);
	assert_int_equal(usage.sg_elements, 4);
	assert_int_equal(usage.pinned_bytes, 4096);
	assert_int_equal(usage.pinned_bytes_peak, 12288);
	assert_int_equal(usage.locks, 1);
	assert_int_equal(usage.bounce_bytes, 100);
	assert_int_equal(usage.adapters, 1);
	assert_int_equal(usage.pool_blocks, 0);

	account_reset(&account);
	usage = usage_now();
	assert_int_equal(usage.map_registers, 7);
	assert_int_equal(usage.map_registers_peak, 7);
	assert_int_equal(usage.sg_bytes_peak, 40);
	assert_int_equal(usage.pinned_bytes_peak, 4096);
	assert_int_equal(usage.sg_lists + usage.sg_elements + usage.bounce_bytes + usage.pins, 0);
	assert_int_equal(usage.adapters, 1);
	assert_int_equal(usage.locks, 1);
	transfer_end(&transfers[1], b);
	assert_int_equal(usage_now().bounce_held_bytes, 0);
}

/* The list of the driver's header is what its bytes are counted as. */
static void list_bytes_are_those_of_the_structure(void **state)
{
	(void)state;
	assert_int_equal(account_sg_bytes(0), offsetof(VP_SCATTER_GATHER_LIST, Elements));
	assert_int_equal(
		account_sg_bytes(5) - account_sg_bytes(4), sizeof(VP_SCATTER_GATHER_ELEMENT));
}

static void a_meter_has_peaks_of_its_own(void **state)
{
	const struct account_transfer a = transfer_of(5, 0, 1), b = transfer_of(3, 0, 1);
	struct videoport_gauge gauge = {.allocated = 77};

	(void)state;
	transfer_begin(&transfers[0], a);
	transfer_end(&transfers[0], a);
	transfer_begin(&transfers[1], b);
	account_meter_read(&account, &transfers[0], ACCOUNT_MAP_REGISTERS, &gauge);
	assert_int_equal(gauge.now, 0);
	assert_int_equal(gauge.peak, 5);
	assert_int_equal(gauge.allocated, 77); /* not the meter's */
	account_meter_read(&account, &transfers[1], ACCOUNT_MAP_REGISTERS, &gauge);
	assert_int_equal(gauge.now, 3);
	assert_int_equal(gauge.peak, 3);
	assert_int_equal(usage_now().map_registers_peak, 5); /* never 8 at once */
	transfer_end(&transfers[1], b);
}

/* ---- means at known times ----------------------------------------------------------------------------- */

/*
 *	pages  3 |          #########
 *	       1 |     #####         ##########
 *	       0 |#####
 *	          0   10   20       40        60
 */
static void the_mean_is_the_area_over_the_time(void **state)
{
	(void)state;
	account_reset(&account);
	pin(4096);
	account_date(&account, test_ticks + 10);
	pin(8192);
	account_date(&account, test_ticks + 20);
	unpin(8192);
	account_date(&account, test_ticks + 40);
	test_ticks += 60;

	struct videoport_usage usage = usage_now();

	assert_int_equal(usage.pinned_bytes_peak, 3 * 4096);
	expect_mean(usage.pinned_bytes_mean, 4096.0 * (10 * 0 + 10 * 1 + 20 * 3 + 20 * 1) / 60);
	unpin(4096);
}

/* Whatever happens between two dates takes effect at the second: a spike is in the peak, not in the mean. */
static void a_date_is_when_changes_take_effect(void **state)
{
	(void)state;
	account_reset(&account);
	account_date(&account, test_ticks + 5); /* nothing to date */
	pin(4096);
	pin(4096);
	unpin(4096);
	account_date(&account, test_ticks + 25);
	account_date(&account, test_ticks + 50); /* nothing since */
	test_ticks += 100;
	expect_mean(usage_now().pinned_bytes_mean, 4096.0 * 75 / 100);
	assert_int_equal(usage_now().pinned_bytes_peak, 8192);

	/* A clock of another processor: not earlier than the last. */
	pin(4096);
	account_date(&account, test_ticks - 30);
	test_ticks += 100;
	expect_mean(usage_now().pinned_bytes_mean, 4096.0 * (75 + 200) / 200);
	unpin(4096);
	account_date(&account, test_ticks);
	account_reset(&account);
	test_ticks += 100;

	/* Undated changes take effect at the reading. */
	unpin(4096);
	test_ticks += 100;
	expect_mean(usage_now().pinned_bytes_mean, 4096.0 * 200 / 200);
	test_ticks += 50;
	expect_mean(usage_now().pinned_bytes_mean, 4096.0 * 200 / 250);
}

static void a_reset_starts_the_means_anew(void **state)
{
	(void)state;
	pin(12288);
	account_date(&account, test_ticks);
	test_ticks += 1000;
	account_reset(&account);
	expect_mean(usage_now().pinned_bytes_mean, 12288); /* no time has passed */
	test_ticks += 10;
	unpin(8192);
	account_date(&account, test_ticks);
	test_ticks += 30;
	expect_mean(usage_now().pinned_bytes_mean, (12288.0 * 10 + 4096.0 * 30) / 40);
	unpin(4096);
}

/* An hour of a TSC at 4 GHz with a terabyte: more than 64 bits of byte ticks. */
static void long_and_large_does_not_overflow(void **state)
{
	const uint64_t bytes = UINT64_C(1) << 40, hour = UINT64_C(3600) * 4000000000;

	(void)state;
	pin(bytes);
	account_reset(&account);
	for (unsigned i = 1; i <= 10; i++) {
		pin(4096);
		unpin(4096);
		account_date(&account, test_ticks + i * hour);
	}
	test_ticks += 20 * hour;
	expect_mean(usage_now().pinned_bytes_mean, (double)bytes);
	unpin(bytes);
}

/*
 *	ticks     0    10    30       130    150
 *	counts    |----|------|        |------|
 *	pinned     0     1        2        1
 */
static void time_taken_out_does_not_count(void **state)
{
	(void)state;
	account_run(&account, false, test_ticks);
	account_run(&account, false, test_ticks);
	account_reset(&account);
	test_ticks += 77; /* nor does a reset start it */
	assert_int_equal(usage_now().pinned_bytes, 0);
	account_run(&account, true, test_ticks);
	account_run(&account, true, test_ticks);
	test_ticks += 10;
	pin(4096);
	account_date(&account, test_ticks);
	test_ticks += 20;
	pin(4096);
	account_run(&account, false, test_ticks);
	test_ticks += 50;
	unpin(4096);
	account_date(&account, test_ticks);
	pin(8192); /* peaks are taken all the same */
	unpin(8192);
	test_ticks += 50;
	expect_mean(usage_now().pinned_bytes_mean, 4096.0 * 20 / 30);
	account_run(&account, true, test_ticks);
	test_ticks += 20;

	struct videoport_usage usage = usage_now();

	expect_mean(usage.pinned_bytes_mean, 4096.0 * 40 / 50);
	assert_int_equal(usage.pinned_bytes_peak, 3 * 4096);
	unpin(4096);
}

static void what_a_closed_meter_measured_stays_in_the_sum(void **state)
{
	const struct account_transfer a = transfer_of(10, 0, 1);
	struct account_meter gone = {.open = false};

	(void)state;
	account_meter_close(&account, &gone); /* never opened */
	account_reset(&account);
	account_meter_open(&account, &gone, ACCOUNT_TRANSFERS);
	transfer_begin(&gone, a);
	account_date(&account, test_ticks);
	test_ticks += 30;
	transfer_end(&gone, a);
	account_meter_close(&account, &gone); /* dates what is undated */
	test_ticks += 70;
	expect_mean(usage_now().map_registers_mean, 10.0 * 30 / 100);
	assert_int_equal(usage_now().map_registers_peak, 10);
	account_reset(&account);
	test_ticks += 10;
	expect_mean(usage_now().map_registers_mean, 0);
}

/* ---- common buffers ------------------------------------------------------------------------------------ */

static struct space_node node_at(uint64_t pfn, uint64_t pages)
{
	return (struct space_node){.pfn = pfn, .pages = pages};
}

/* Three buffers side by side, the middle one and the first released: dates are the events' own. */
static void common_buffers_are_dated_by_themselves(void **state)
{
	struct space_node a = node_at(100, 1), b = node_at(101, 2), c = node_at(103, 1);
	struct videoport_gauge gauge;

	(void)state;
	account_reset(&account);
	account_common_begin(&account, &commons[0], &a, 1000, 4096);
	test_ticks += 10;
	account_common_begin(&account, &commons[1], &b, 8000, 8192);
	account_common_begin(&account, &commons[0], &c, 4096, 4096);
	test_ticks += 20;
	account_common_end(&account, &commons[1], &b, 8000, 8192);
	test_ticks += 30;

	struct videoport_usage usage = usage_now();

	assert_int_equal(usage.common_bytes, 8192);
	assert_int_equal(usage.common_bytes_peak, 16384);
	expect_mean(usage.common_bytes_mean, (4096.0 * 10 + 16384.0 * 20 + 8192.0 * 30) / 60);
	assert_int_equal(usage.common_asked_bytes, 5096);
	assert_int_equal(usage.common_asked_bytes_peak, 13096);
	expect_mean(usage.common_asked_bytes_mean, (1000.0 * 10 + 13096.0 * 20 + 5096.0 * 30) / 60);
	account_meter_read(&account, &commons[1], ACCOUNT_COMMON_BYTES, &gauge);
	assert_int_equal(gauge.peak, 8192);
	expect_mean(gauge.mean, 8192.0 * 20 / 60);
	account_meter_read(&account, &commons[0], ACCOUNT_COMMON_COUNT, &gauge);
	assert_int_equal(gauge.now, 2);
	account_common_end(&account, &commons[0], &a, 1000, 4096);
	account_common_end(&account, &commons[0], &c, 4096, 4096);
	assert_int_equal(usage_now().common_bytes, 0);
	assert_int_equal(usage_now().common_asked_bytes, 0);
}

/*
 *	frames 100 .. 104         held    free  largest  fragmentation   for
 *	a b c d e                 5       0     0        0               10
 *	a . c d e                 4       1     1        0               20
 *	a . c . e                 3       2     1        1/2             40
 *	. . c . e                 2       3     2        1/3             30
 */
static void fragmentation_is_weighted_by_time(void **state)
{
	struct space_node node[5];

	(void)state;
	account_reset(&account);
	for (unsigned i = 0; i < 5; i++) {
		node[i] = node_at(100 + i, 1);
		account_common_begin(&account, &commons[i % 2], &node[i], 4096, 4096);
	}
	test_ticks += 10;
	account_common_end(&account, &commons[1], &node[1], 4096, 4096);
	test_ticks += 20;
	account_common_end(&account, &commons[1], &node[3], 4096, 4096);
	test_ticks += 40;
	account_common_end(&account, &commons[0], &node[0], 4096, 4096);
	test_ticks += 30;

	struct videoport_usage usage = usage_now();

	assert_int_equal(usage.common_free_bytes, 3 * PAGE_BYTES);
	assert_int_equal(usage.common_largest_bytes, 2 * PAGE_BYTES);
	expect_mean(usage.common_fragmentation, 1.0 / 3);
	expect_mean(usage.common_fragmentation_peak, 0.5);
	expect_mean(usage.common_fragmentation_mean, (40 * 0.5 + 30 * (1 - 2.0 / 3)) / 100);
	account_reset(&account); /* c . e: one hole */
	usage = usage_now();
	assert_int_equal(usage.common_free_bytes, PAGE_BYTES);
	expect_mean(usage.common_fragmentation_peak, 0);
	expect_mean(usage.common_fragmentation_mean, 0);
	account_common_end(&account, &commons[0], &node[2], 4096, 4096);
	account_common_end(&account, &commons[0], &node[4], 4096, 4096);
}

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

#define account_case(function)                                                                     \
	cmocka_unit_test_setup_teardown(function, account_setup, account_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		account_case(everything_is_counted_once),
		account_case(list_bytes_are_those_of_the_structure),
		account_case(a_meter_has_peaks_of_its_own),
		account_case(the_mean_is_the_area_over_the_time),
		account_case(a_date_is_when_changes_take_effect),
		account_case(a_reset_starts_the_means_anew),
		account_case(long_and_large_does_not_overflow),
		account_case(time_taken_out_does_not_count),
		account_case(what_a_closed_meter_measured_stays_in_the_sum),
		account_case(common_buffers_are_dated_by_themselves),
		account_case(fragmentation_is_weighted_by_time),
		account_case(a_recount_of_all_events_agrees_exactly),
		account_case(peaks_are_exact_under_threads),
		account_case(a_snapshot_never_has_a_peak_below_its_value),
	};

	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
