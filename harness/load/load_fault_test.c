// SPDX-License-Identifier: BSD-2-Clause
/* load_fault_test.c: the closed loop over targets that lose, repeat, invent, fail, cut short or hang. */
#include "harness/load/testing.h"

#include <errno.h>

static void a_target_full_for_ever_times_out(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(4, 2, false);

	fake->refusals = UINT32_MAX;
	assert_int_equal(round_run(10), -ETIMEDOUT);
	assert_int_equal(fixture.result.submitted, 0);
	assert_int_equal(fixture.result.lost, 0);
	assert_in_range(virtual_ns, TIMEOUT_NS, UINT64_MAX);
}

static void lost_ops_time_out_and_are_named(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(8, 1, false);

	fake->fault = DROP;
	fake->fault_from = 50;
	fake->fault_to = 52;
	assert_int_equal(round_run(100), -ETIMEDOUT);
	assert_books_agree();
	assert_int_equal(fixture.result.lost, 2);
	assert_int_equal(fixture.result.completed, 98);
	assert_int_equal(load_findings(fixture.load, fixture.finding), 2);
	assert_int_equal(fixture.finding[0].kind, LOAD_LOST);
	assert_int_equal(fixture.finding[0].cookie, 50);
	assert_int_equal(fixture.finding[0].expected_bytes, 64 + 49);
	assert_int_equal(fixture.finding[1].cookie, 51);
}

static void a_lost_op_that_comes_after_all_is_unknown(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(4, 1, false);

	fake->delay_ns = 2 * TIMEOUT_NS;
	assert_int_equal(round_run(2), -ETIMEDOUT);
	assert_int_equal(fixture.result.lost, 2);
	virtual_ns += 2 * TIMEOUT_NS;
	assert_int_equal(load_drain(fixture.load, 0, &fixture.result), 2);
	assert_int_equal(fixture.result.unknown, 2);
	assert_int_equal(fixture.result.completed, 0);
}

static void duplicates_are_seen(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(8, 1, false);

	fake->fault = REPEAT;
	fake->fault_from = 10;
	fake->fault_to = 13;
	assert_int_equal(round_run(100), 0);
	assert_books_agree();
	assert_int_equal(fixture.result.completed, 100);
	assert_int_equal(fixture.result.duplicated, 3);
	assert_int_equal(load_findings(fixture.load, fixture.finding), 3);
	assert_int_equal(fixture.finding[0].kind, LOAD_DUPLICATED);
	assert_in_range(fixture.finding[0].cookie, 10, 12);
}

static void a_duplicate_of_the_last_op_is_seen_by_the_extra_reap(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(1, 1, false);

	fake->fault = REPEAT;
	fake->fault_from = 5;
	fake->fault_to = 6;
	fake->repeat_after_ns = fake->reap_ns;
	assert_int_equal(round_run(5), 0);
	assert_int_equal(fixture.result.duplicated, 1);
	assert_books_agree();
}

static void a_late_duplicate_is_seen_by_drain_or_the_next_round(void **state)
{
	(void)state;
	for (int drain = 0; drain < 2; drain++) {
		struct fake *fake = fixture_open(1, 1, false);

		fake->fault = REPEAT;
		fake->fault_from = 5;
		fake->fault_to = 6;
		fake->repeat_after_ns = 5000;
		assert_int_equal(round_run(5), 0);
		assert_int_equal(fixture.result.duplicated, 0);
		uint64_t ticks = fixture.result.ticks;

		if (drain) {
			assert_int_equal(load_drain(fixture.load, 10, &fixture.result), 1);
			assert_int_equal(fixture.result.ticks, ticks);
		} else {
			virtual_ns += 5000;
			assert_int_equal(round_run(3), 0);
		}
		assert_int_equal(fixture.result.duplicated, 1);
		assert_int_equal(fixture.result.unknown, 0);
		assert_books_agree();
	}
}

static void cookies_never_issued_are_unknown(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(8, 1, false);

	fake->fault = STRANGE;
	fake->fault_from = 10;
	fake->fault_to = 11;
	assert_int_equal(round_run(100), 0);
	assert_books_agree();
	assert_int_equal(fixture.result.unknown, 1);
	assert_int_equal(load_findings(fixture.load, fixture.finding), 1);
	assert_int_equal(fixture.finding[0].kind, LOAD_UNKNOWN);
	assert_int_equal(fixture.finding[0].cookie, 10 + (UINT64_C(1) << 40));
}

/* In each round the first completion names an op that is not submitted yet. */
static void ops_done_before_they_were_submitted_are_unknown(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(1, 1, false);

	fake->fault = STRANGE;
	fake->strange_by = 50;
	for (uint64_t round = 0; round < 2; round++) {
		fake->fault_from = 1 + 100 * round;
		fake->fault_to = fake->fault_from + 1;
		assert_int_equal(round_run(100), 0);
		assert_int_equal(fixture.result.unknown, round + 1);
		assert_int_equal(fixture.result.duplicated, 0);
		assert_books_agree();
	}
}

static void a_target_that_only_babbles_times_out(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(8, 1, false);

	fake->babble = true;
	fake->fault = DROP;
	fake->fault_to = UINT64_MAX;
	assert_int_equal(round_run(3), -ETIMEDOUT);
	assert_int_equal(fixture.result.lost, 3);
	assert_in_range(fixture.result.unknown, 1, UINT64_MAX);
}

static void errors_fail_the_op_and_leave_no_latency(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(8, 1, false);

	fake->fault = FAIL;
	fake->fault_from = 20;
	fake->fault_to = 24;
	assert_int_equal(round_run(100), 0);
	assert_books_agree();
	assert_int_equal(fixture.result.failed, 4);
	assert_int_equal(fixture.result.completed, 96);
	assert_int_equal(load_findings(fixture.load, fixture.finding), 4);
	assert_int_equal(fixture.finding[0].kind, LOAD_FAILED);
	assert_int_equal(fixture.finding[0].status, -5);
}

static void short_transfers_fail(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(8, 1, false);

	fake->fault = CUT;
	fake->fault_from = 99;
	fake->fault_to = 101;
	assert_int_equal(round_run(100), 0);
	assert_books_agree();
	assert_int_equal(fixture.result.failed, 2);
	assert_int_equal(load_findings(fixture.load, fixture.finding), 2);
	assert_int_equal(fixture.finding[0].kind, LOAD_SHORT);
	assert_int_equal(fixture.finding[0].expected_bytes, fixture.finding[0].len_bytes + 1);
}

static void the_first_findings_are_kept(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(1, 1, false);

	fake->fault = FAIL;
	fake->fault_to = UINT64_MAX;
	assert_int_equal(round_run(50), 0);
	assert_int_equal(fixture.result.failed, 50);
	assert_int_equal(load_findings(fixture.load, fixture.finding), LOAD_FINDINGS_MAX);
	for (unsigned i = 0; i < LOAD_FINDINGS_MAX; i++)
		assert_int_equal(fixture.finding[i].cookie, 1 + i);
}

static void blocking_times_out_as_well(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(4, 4, true);
	uint64_t start_ns = virtual_ns;

	fake->fault = DROP;
	fake->fault_to = UINT64_MAX;
	assert_int_equal(round_run(100), -ETIMEDOUT);
	assert_books_agree();
	assert_int_equal(fixture.result.lost, 4);
	assert_in_range(virtual_ns - start_ns, TIMEOUT_NS, TIMEOUT_NS + 10000);
}

static void errors_of_the_target_end_the_round(void **state)
{
	(void)state;
	for (int call = 0; call < 3; call++) {
		struct fake *fake = fixture_open(4, 1, true);

		fake->delay_ns = 1000;
		fake->rc_after_ops = 10;
		*(int *[]){&fake->submit_rc, &fake->reap_rc, &fake->wait_rc}[call] = -EIO;
		assert_int_equal(round_run(100), -EIO);
		assert_books_agree();
		assert_in_range(fixture.result.submitted, 10, 14);
	}
}

static int greedy_reap(void *target, struct load_completion *out, unsigned max)
{
	(void)target;
	(void)out;
	return (int)max + 1;
}

static int greedy_submit(
	void *target, const struct load_op *ops, uint64_t first_cookie, unsigned count)
{
	(void)target;
	(void)ops;
	(void)first_cookie;
	return (int)count + 1;
}

static void a_load_that_quits_ends_its_round_at_the_first_error(void **state)
{
	struct fake *fake = fixture_open(4, 1, false);
	struct load_config config = config_of(4, 1, false);

	(void)state;
	config.quit = true;
	fixture_reopen(&config, OPS_MAX);
	fake->fault = FAIL;
	fake->fault_from = 20;
	fake->fault_to = UINT64_MAX;
	assert_int_equal(round_run(100), 0);
	assert_books_agree();
	/* What was in flight comes back yet; nothing follows. */
	assert_int_equal(fixture.result.completed, 19);
	assert_in_range(fixture.result.failed, 1, 4);
	assert_int_equal(fixture.result.lost, 0);
	/* Another length is not an error, and the next round begins anew. */
	fake->fault = CUT;
	assert_int_equal(round_run(50), 0);
	assert_int_equal(fixture.result.completed, 19);
	assert_in_range(fixture.result.failed, 51, 54);
}

static void a_target_that_breaks_the_contract_is_refused(void **state)
{
	(void)state;
	static const struct load_target_ops bad[] = {{greedy_submit, fake_reap, fake_wait, NULL},
		{fake_submit, greedy_reap, fake_wait, NULL}};

	for (int i = 0; i < 2; i++) {
		struct load_config config = config_of(4, 1, false);

		fixture_open(4, 1, false);
		config.ops = &bad[i];
		fixture_reopen(&config, 10);
		assert_int_equal(
			load_round(fixture.load, fixture.ops, 10, NULL, &fixture.result), -EPROTO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(a_target_full_for_ever_times_out),
		LOAD_TEST(lost_ops_time_out_and_are_named),
		LOAD_TEST(a_lost_op_that_comes_after_all_is_unknown),
		LOAD_TEST(duplicates_are_seen),
		LOAD_TEST(a_duplicate_of_the_last_op_is_seen_by_the_extra_reap),
		LOAD_TEST(a_late_duplicate_is_seen_by_drain_or_the_next_round),
		LOAD_TEST(cookies_never_issued_are_unknown),
		LOAD_TEST(ops_done_before_they_were_submitted_are_unknown),
		LOAD_TEST(a_target_that_only_babbles_times_out),
		LOAD_TEST(errors_fail_the_op_and_leave_no_latency),
		LOAD_TEST(short_transfers_fail),
		LOAD_TEST(the_first_findings_are_kept),
		LOAD_TEST(blocking_times_out_as_well),
		LOAD_TEST(errors_of_the_target_end_the_round),
		LOAD_TEST(a_load_that_quits_ends_its_round_at_the_first_error),
		LOAD_TEST(a_target_that_breaks_the_contract_is_refused),
	};

	return cmocka_run_group_tests_name("load and bad targets", tests, NULL, NULL);
}
