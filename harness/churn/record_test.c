// SPDX-License-Identifier: BSD-2-Clause
/* record_test.c: acts become a whole trace, and the acts of a trace's replay become the same trace. */
#include "harness/churn/testing.h"

#include <errno.h>

#include "drivers/support/fault.h"

static void record(struct churn_recording *r, uint8_t op, uint64_t object, uint32_t bytes)
{
	churn_record(r, &(struct churn_act){.object = object,
				.bytes = bytes,
				.offset = op >= CHURN_LOCK ? 12 : 0,
				.op = op,
				.how = op >= CHURN_LOCK ? CHURN_WRITE : CHURN_CACHED});
}

static void what_is_missing_is_put_in_front_and_behind(void **state)
{
	static const struct churn_event expected[] = {
		{0, 30, 12, CHURN_LOCK, CHURN_WRITE}, /* in front */
		{1, 40, 0, CHURN_ALLOCATE, CHURN_CACHED},
		{2, 10, 0, CHURN_ALLOCATE, CHURN_CACHED},
		{0, 0, 0, CHURN_UNLOCK, 0},
		{0, 20, 12, CHURN_LOCK, CHURN_WRITE},
		{1, 0, 0, CHURN_RELEASE, 0},
		{0, 0, 0, CHURN_UNLOCK, 0}, /* behind */
		{2, 0, 0, CHURN_RELEASE, 0},
	};
	struct churn_recording r;
	struct churn_trace trace;

	(void)state;
	assert_int_equal(churn_record_open(&r, 5, NULL), 0);
	record(&r, CHURN_ALLOCATE, 0xffff0000, 10);
	record(&r, CHURN_UNLOCK, 77, 30);
	record(&r, CHURN_LOCK, 77, 20); /* the same name again: another lock */
	record(&r, CHURN_RELEASE, 78, 40);
	assert_int_equal(r.lost, 0);
	assert_int_equal(churn_record_finish(&r, &trace, NULL), 0);
	assert_int_equal(trace.count, sizeof(expected) / sizeof(expected[0]));
	for (uint32_t i = 0; i < trace.count; i++)
		assert_memory_equal(&trace.event[i], &expected[i], sizeof(expected[i]));
	churn_free(&trace);
	record(&r, CHURN_ALLOCATE, 1, 1);
	record(&r, CHURN_ALLOCATE, 2, 1);
	assert_int_equal(r.lost, 1);
	churn_record_close(&r);
	churn_record_close(&r);
}

static void impossible_acts_are_refused(void **state)
{
	static const struct {
		uint8_t first, second;
	} wrong[] = {{CHURN_LOCK, CHURN_LOCK}, {CHURN_LOCK, CHURN_RELEASE},
		{CHURN_ALLOCATE, CHURN_UNLOCK}};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = ERR_INIT;
		struct churn_recording r;
		struct churn_trace trace;

		assert_int_equal(churn_record_open(&r, 8, NULL), 0);
		record(&r, wrong[i].first, 5, 10);
		record(&r, wrong[i].second, 5, 10);
		assert_int_equal(churn_record_finish(&r, &trace, &err), -EBADMSG);
		assert_int_equal(err.kind, ERR_INTERNAL);
		assert_null(trace.event);
		churn_record_close(&r);
	}
}

/* Objects get names that are used again, as addresses are. */
static void recording_a_replay_gives_the_same_trace(void **state)
{
	const uint64_t seed = 20261121;
	struct churn_mix mix = {.life = {.kind = LIFE_EXPONENTIAL},
		.live_bytes = 1 << 20,
		.allocations = 5000,
		.seed = seed};
	struct churn_trace trace, again;
	struct churn_recording r;
	uint32_t *bytes;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	assert_int_equal(draw_loguniform(&mix.size, 1, 65536), 0);
	assert_int_equal(churn_generate(&trace, &mix, NULL), 0);
	assert_int_equal(churn_record_open(&r, trace.count, NULL), 0);
	bytes = calloc(trace.slots, sizeof(*bytes));
	for (uint32_t i = 0; i < trace.count; i++) {
		const struct churn_event *e = &trace.event[i];

		if (churn_takes(e))
			bytes[e->slot] = e->bytes;
		churn_record(&r, &(struct churn_act){.object = 0x7f0000000000 + e->slot * 4096ull,
					 .bytes = bytes[e->slot],
					 .op = e->op,
					 .how = CHURN_CACHED});
	}
	assert_int_equal(r.lost, 0);
	assert_int_equal(churn_record_finish(&r, &again, NULL), 0);
	testing_same(&trace, &again);
	free(bytes);
	churn_record_close(&r);
	churn_free(&trace);
	churn_free(&again);
}

static void every_failing_step_leaves_nothing(void **state)
{
	int rc = -1;

	(void)state;
	for (unsigned nth = 1; rc != 0; nth++) {
		struct churn_recording r = {0};
		struct churn_trace trace = {0};
		struct err err = ERR_INIT;

		assert_true(nth < 32);
		fault_arm(nth, false);
		rc = churn_record_open(&r, 8, &err);
		if (rc == 0) {
			record(&r, CHURN_UNLOCK, 5, 10);
			rc = churn_record_finish(&r, &trace, &err);
		}
		assert_int_equal(rc != 0, fault_fired() != NULL);
		fault_arm(0, false);
		churn_record_close(&r);
		churn_free(&trace);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_missing_is_put_in_front_and_behind),
		cmocka_unit_test(impossible_acts_are_refused),
		cmocka_unit_test(recording_a_replay_gives_the_same_trace),
		cmocka_unit_test(every_failing_step_leaves_nothing),
	};

	return cmocka_run_group_tests_name("churn record", tests, NULL, NULL);
}
