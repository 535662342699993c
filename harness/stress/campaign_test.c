// SPDX-License-Identifier: BSD-2-Clause
/* campaign_test.c: seeds in processes that crash, hang, end, are stopped or killed, and what a campaign refuses. */
#include "drivers/support/shortage.h"
#include "harness/stress/testing.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void crash_on_log(void *arg, const char *line)
{
	(void)arg, (void)line;
	abort();
}

static void leave_on_log(void *arg, const char *line)
{
	(void)arg, (void)line;
	_exit(0);
}

/* Five seeds of which none comes to its end: each is named, by how its process ended. */
static void assert_all_crash(void (*log)(void *arg, const char *line), const char *how)
{
	struct stress_config config = small(5);
	struct stress_total total;
	struct kept kept;

	config.log = log;
	total = campaign(&config, 5, 9, 2, &kept);
	assert_int_equal(total.seeds, 5);
	assert_int_equal(total.findings[STRESS_CRASH], 5);
	assert_non_null(strstr(kept.failed.finding[0].message, how));
}

static void a_seed_that_crashes_is_named_and_the_others_go_on(void **state)
{
	(void)state;
	assert_all_crash(crash_on_log, "signal 6");
}

static void a_seed_that_does_not_come_to_its_end_is_named_too(void **state)
{
	(void)state;
	assert_all_crash(leave_on_log, "ended with code 0");
}

static void host_is_short_on_log(void *arg, const char *line)
{
	(void)arg, (void)line;
	shortage_note();
}

/* What the host has once refused it may have given the other time: nothing is said of whether the two runs are the same. */
static void a_repetition_on_a_short_host_is_not_compared(void **state)
{
	struct stress_config config = small(5);
	struct stress_total total;
	struct kept kept;

	(void)state;
	total = campaign(&config, 5, 5, 1, &kept);
	assert_int_equal(total.repeated, 1);
	config.log = host_is_short_on_log;
	total = campaign(&config, 5, 5, 1, &kept);
	assert_int_equal(total.seeds, 1);
	assert_int_equal(total.repeated, 0);
	no_finding(&kept.failed);
}

/* Never ends; what it does is no progress. */
static void stay_on_log(void *arg, const char *line)
{
	(void)arg, (void)line;
	for (;;)
		pause();
}

static void a_seed_that_hangs_is_killed_and_named(void **state)
{
	struct stress_campaign hanging = {.config = small(5),
		.first = 5,
		.last = 6,
		.jobs = 2,
		.hang_ns = 500000000,
		.seed_done = keep};
	struct kept kept = {0};
	struct stress_total total;
	struct err err = ERR_INIT;

	(void)state;
	hanging.config.log = stay_on_log;
	hanging.arg = &kept;
	assert_int_equal(stress_campaign_run(&hanging, &total, &err), 0);
	assert_int_equal(total.findings[STRESS_LIVENESS], 2);
	assert_non_null(strstr(kept.failed.finding[0].message, "no progress"));
}

static void be_killed_on_log(void *arg, const char *line)
{
	(void)arg, (void)line;
	kill(getpid(), SIGKILL);
}

static void a_seed_that_is_killed_from_outside_says_nothing_of_a_driver(void **state)
{
	struct stress_campaign killed = {
		.config = small(5), .first = 5, .last = 6, .jobs = 2, .seed_done = keep};
	struct kept kept = {0};
	struct stress_total total;
	struct err err = ERR_INIT;

	(void)state;
	killed.config.log = be_killed_on_log;
	killed.arg = &kept;
	assert_int_equal(stress_campaign_run(&killed, &total, &err), -ENOMEM);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_non_null(strstr(err.message, "killed from outside"));
	assert_int_equal(total.failed_seeds, 0);
}

/* A terminal's stop, a frozen group, a paused machine: all of a campaign stands still, for longer than a hang may last. */
static void a_campaign_that_is_stopped_does_not_hang(void **state)
{
	const struct timespec second = {.tv_sec = 1}, stopped = {.tv_sec = 3};
	int status;

	(void)state;
	const pid_t pid = fork();

	if (pid == 0) {
		const struct stress_campaign campaign = {.config = small(200),
			.first = 1,
			.last = UINT64_MAX / 2,
			.duration_ns = UINT64_C(6000000000),
			.jobs = 2,
			.hang_ns = 2000000000};
		struct stress_total total;

		setpgid(0, 0);
		_exit(stress_campaign_run(&campaign, &total, NULL) || total.failed_seeds ? 1 : 0);
	}
	setpgid(pid, pid);
	nanosleep(&second, NULL);
	kill(-pid, SIGSTOP);
	nanosleep(&stopped, NULL);
	kill(-pid, SIGCONT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* However soon its time is over: a campaign that judged nothing would look like one that found nothing. */
static void a_campaign_plays_one_seed_at_least(void **state)
{
	const struct stress_campaign brief = {
		.config = small(20), .first = 1, .last = 100, .duration_ns = 1, .jobs = 2};
	struct stress_total total;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(stress_campaign_run(&brief, &total, &err), 0);
	assert_in_range(total.seeds, 2, 10);
	assert_true(total.counts.operations > 0);
}

static void a_campaign_refuses_what_it_cannot_do(void **state)
{
	struct stress_campaign campaign_config = {.first = 5, .last = 4, .jobs = 1};
	struct stress_total total;
	struct err err = ERR_INIT;

	(void)state;
	stress_defaults(&campaign_config.config);
	assert_int_equal(stress_campaign_run(&campaign_config, &total, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
	campaign_config.last = 5;
	campaign_config.jobs = 0;
	err = (struct err)ERR_INIT;
	assert_int_equal(stress_campaign_run(&campaign_config, &total, &err), -EINVAL);
	campaign_config.jobs = 1;
	campaign_config.config.strategies = 0;
	err = (struct err)ERR_INIT;
	assert_int_equal(stress_campaign_run(&campaign_config, &total, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
}

/* Behind a result of either worker: one that has not begun yet finds its parent gone, and ends with a code instead. */
static bool die_behind_both(void *arg, const struct stress_result *result)
{
	unsigned *seen = arg;

	*seen |= 1u << result->seed % 2;
	return *seen != 3 || kill(getpid(), SIGKILL) != 0;
}

/* kill -9 in the middle: this process inherits the workers, and sees them end by the same signal. */
static void workers_end_with_their_campaign(void **state)
{
	unsigned workers = 0;
	int status;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	const pid_t pid = fork();

	if (pid == 0) {
		unsigned seen = 0;
		const struct stress_campaign endless = {.config = small(3),
			.first = 1,
			.last = UINT64_MAX / 2,
			.jobs = 2,
			.seed_done = die_behind_both,
			.arg = &seen};
		struct stress_total total;

		_exit(stress_campaign_run(&endless, &total, NULL) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	for (; waitpid(-1, &status, 0) > 0; workers++)
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(workers, 2);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seed_that_crashes_is_named_and_the_others_go_on),
		cmocka_unit_test(a_seed_that_does_not_come_to_its_end_is_named_too),
		cmocka_unit_test(a_repetition_on_a_short_host_is_not_compared),
		cmocka_unit_test(a_seed_that_hangs_is_killed_and_named),
		cmocka_unit_test(a_seed_that_is_killed_from_outside_says_nothing_of_a_driver),
		cmocka_unit_test(a_campaign_that_is_stopped_does_not_hang),
		cmocka_unit_test(a_campaign_plays_one_seed_at_least),
		cmocka_unit_test(a_campaign_refuses_what_it_cannot_do),
		cmocka_unit_test(workers_end_with_their_campaign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
