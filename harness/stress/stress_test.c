// SPDX-License-Identifier: BSD-2-Clause
/*
 * stress_test.c: seeds that repeat, faults that are noticed where they were injected, planted errors that are found
 * and located, replay, shrinking, campaigns. All of it in mode deterministic and so in one thread; mode live is live_test.c.
 */
#include "drivers/device/model/model.h"
#include "drivers/support/heap.h"
#include "drivers/support/pages.h"
#include "drivers/support/shortage.h"
#include "harness/stress/testing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- determinism ---------------------------------------------------------------------------------- */

/* ASan looks at the same code, ten times slower. */
#if defined(__SANITIZE_ADDRESS__)
#define SEEDS   20
#define SOME    8
#define PLANTED 12
#else
#define SEEDS   1000
#define SOME    60
#define PLANTED 40
#endif

static int hash_order(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static void a_thousand_seeds_repeat_and_differ(void **state)
{
	static uint64_t hash[SEEDS];
	struct stress_config config = small(3);

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct stress_result first = run_seed(&config, seed);
		struct stress_result again = run_seed(&config, seed);

		no_finding(&first);
		if (first.hash != again.hash || first.events != again.events ||
			first.time_ns != again.time_ns)
			fail_msg("seed %llu: %llu events, then %llu", (unsigned long long)seed,
				(unsigned long long)first.events, (unsigned long long)again.events);
		hash[seed - 1] = first.hash;
	}
	qsort(hash, SEEDS, sizeof(hash[0]), hash_order);
	for (unsigned i = 1; i < SEEDS; i++)
		assert_true(hash[i] != hash[i - 1]);
}

static void every_strategy_and_feature_gets_its_turn(void **state)
{
	struct stress_config config = small(30);
	uint32_t features = 0, strategies = 0;
	uint64_t power = 0, reloads = 0, interrupts = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct stress_result result = run_seed(&config, seed);

		no_finding(&result);
		features |= result.features;
		strategies |= result.strategies;
		power += result.counts.power_cycles;
		reloads += result.counts.reloads;
		interrupts += result.counts.interrupts;
	}
	assert_int_equal(features, (1u << STRESS_FEATURE_COUNT) - 1);
	assert_int_equal(strategies, (1u << STRESS_STRATEGIES) - 1);
	assert_true(power > 0 && reloads > 0 && interrupts > 0);
}

static void many_transfers_make_long_episodes_and_eight_at_most(void **state)
{
	static const struct {
		uint32_t operations, episodes;
	} seeds[] = {{1, 1}, {STRESS_EPISODE, 1}, {STRESS_EPISODE + 1, 2}, {480, 8}, {2400, 8}};

	(void)state;
	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		struct stress_config config = small(seeds[i].operations);

		config.features = 1u << STRESS_ring;
		struct stress_result result = run_seed(&config, 1);

		no_finding(&result);
		assert_int_equal(result.episodes, seeds[i].episodes);
		config.episodes = 3;
		result = run_seed(&config, 1);
		assert_int_equal(result.episodes, seeds[i].episodes < 3 ? seeds[i].episodes : 3);
		assert_int_equal(result.counts.operations, seeds[i].operations);
	}
}

/* ---- campaigns ------------------------------------------------------------------------------------ */

struct kept {
	struct stress_result failed; /* the first with a finding */
	unsigned count;
};

static bool keep(void *arg, const struct stress_result *result)
{
	struct kept *kept = arg;

	if (result->finding_count && !kept->failed.finding_count)
		kept->failed = *result;
	kept->count++;
	return true;
}

static struct stress_total campaign(const struct stress_config *config, uint64_t first,
	uint64_t last, unsigned jobs, struct kept *kept)
{
	struct stress_campaign campaign = {.config = *config,
		.first = first,
		.last = last,
		.jobs = jobs,
		.seed_done = keep,
		.arg = kept};
	struct err err = ERR_INIT;
	struct stress_total total;

	memset(kept, 0, sizeof(*kept));
	if (stress_campaign_run(&campaign, &total, &err))
		fail_msg("%s", err.message);
	assert_int_equal(kept->count, total.seeds);
	return total;
}

static void injected_faults_are_noticed_where_they_were_injected(void **state)
{
	(void)state;
	for (unsigned fault = 0; fault < STRESS_FAULT_COUNT; fault++) {
		struct stress_config config = small(40);
		struct stress_total total;
		struct kept kept;

		config.faults = 1u << fault;
		total = campaign(&config, 1, SOME, 2, &kept);
		no_finding(&kept.failed);
		assert_int_equal(total.seeds, SOME);
		assert_int_equal(total.repeated, 1);
		assert_int_equal(total.counts.detected[fault],
			STRESS_FAULTS_SURVIVED >> fault & 1 ? 0 : total.counts.injected[fault]);
		if (total.counts.injected[fault] == 0)
			fail_msg("%s: only %llu injected", stress_fault_words[fault],
				(unsigned long long)total.counts.injected[fault]);
	}
}

/* What is planted is not in the device's list, so it must be found, and at the transfer it hit. */
static struct stress_result planted(const struct stress_config *config, enum stress_oracle oracle)
{
	struct kept kept;

	campaign(config, 1, PLANTED, 2, &kept);
	assert_true(kept.failed.finding_count > 0);
	assert_int_equal(kept.failed.finding[0].oracle, oracle);
	return kept.failed;
}

static void a_planted_second_completion_is_found(void **state)
{
	struct stress_config config = small(40);
	struct stress_result result;

	(void)state;
	config.faults = 1u << STRESS_FAULT_duplicate;
	config.deaf = true;
	result = planted(&config, STRESS_RING);
	assert_true(result.finding[0].operation != 0);
	assert_true(result.finding[0].event != 0);
}

static void a_planted_wrong_bit_is_found_and_located(void **state)
{
	struct stress_config config = small(40);
	struct stress_result result;

	(void)state;
	config.faults = 1u << STRESS_FAULT_flip;
	config.deaf = true;
	result = planted(&config, STRESS_DATA);
	assert_true(result.finding[0].operation != 0);
	assert_non_null(strstr(result.finding[0].message, "byte "));
}

static void a_planted_lost_interrupt_is_found(void **state)
{
	struct stress_config config = small(40);
	struct stress_result result;

	(void)state;
	config.irq_lost = 1.0;
	result = planted(&config, STRESS_LIVENESS);
	assert_true(result.finding[0].operation != 0);
}

static void shortage_on_log(void *arg, const char *line)
{
	bool *noted = arg;

	(void)line;
	if (!*noted)
		shortage_note();
	*noted = true;
}

/* What a driver does whom the host has refused memory is no finding; and no error where it found its way. */
static void a_shortage_of_the_host_is_no_finding(void **state)
{
	struct stress_config config = small(40);
	struct stress_result result;
	bool noted = false;
	struct err err = ERR_INIT;

	(void)state;
	config.log = shortage_on_log;
	config.log_arg = &noted;
	assert_int_equal(stress_seed(&config, 1, &result, &err), 0);
	assert_true(noted);
	assert_int_equal(result.finding_count, 0);
	config.faults = 1u << STRESS_FAULT_flip;
	config.deaf = true;
	const uint64_t seed = planted(&config, STRESS_DATA).seed;

	noted = false;
	assert_int_equal(stress_seed(&config, seed, &result, &err), -ENOMEM);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_non_null(strstr(err.message, "the host refused"));
}

/* What a leak takes, at the first step that a device is there for it; the test gives it back. */
struct leak {
	void *block, *pages, *mapped;
	bool take_block, take_pages, map;
};

static void leak_on_log(void *arg, const char *line)
{
	struct leak *leak = arg;
	struct device *device = model_at(0);

	(void)line;
	if (leak->take_block && !leak->block)
		leak->block = heap_alloc(1);
	if (leak->take_pages && !leak->pages)
		leak->pages = pages_map(PAGE_BYTES);
	if (leak->map && !leak->mapped && device) {
		leak->mapped = pages_map(PAGE_BYTES);
		assert_int_equal(device->dma->map(device, (iova_t){0}, leak->mapped, PAGE_BYTES,
					 DEVICE_READ),
			0);
	}
}

static void a_planted_leak_is_found(void **state)
{
	static const struct {
		struct leak leak;
		const char *found;
	} leaks[] = {{{.take_block = true}, "hold 1 blocks"},
		{{.take_pages = true}, "and 4096 bytes of pages"},
		{{.map = true}, "still reaches 4096 bytes"}};

	(void)state;
	for (size_t i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++) {
		struct stress_config config = small(20);
		struct leak leak = leaks[i].leak;
		struct stress_result result;

		config.features = 0;
		config.log = leak_on_log;
		config.log_arg = &leak;
		result = run_seed(&config, 1);
		heap_free(leak.block);
		pages_unmap(leak.pages, PAGE_BYTES);
		pages_unmap(leak.mapped, PAGE_BYTES);
		assert_int_equal(result.finding_count, 1);
		assert_int_equal(result.finding[0].oracle, STRESS_LEDGER);
		assert_non_null(strstr(result.finding[0].message, leaks[i].found));
	}
}

static void crash_on_log(void *arg, const char *line)
{
	(void)arg;
	(void)line;
	abort();
}

static void a_seed_that_crashes_is_named_and_the_others_go_on(void **state)
{
	struct stress_config config = small(5);
	struct stress_total total;
	struct kept kept;

	(void)state;
	config.log = crash_on_log;
	total = campaign(&config, 5, 9, 2, &kept);
	assert_int_equal(total.seeds, 5);
	assert_int_equal(total.findings[STRESS_CRASH], 5);
	assert_non_null(strstr(kept.failed.finding[0].message, "signal 6"));
}

static void leave_on_log(void *arg, const char *line)
{
	(void)arg;
	(void)line;
	_exit(0);
}

static void a_seed_that_does_not_come_to_its_end_is_named_too(void **state)
{
	struct stress_config config = small(5);
	struct stress_total total;
	struct kept kept;

	(void)state;
	config.log = leave_on_log;
	total = campaign(&config, 5, 9, 2, &kept);
	assert_int_equal(total.seeds, 5);
	assert_int_equal(total.findings[STRESS_CRASH], 5);
	assert_non_null(strstr(kept.failed.finding[0].message, "ended with code 0"));
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

/* ---- replay, shrink ------------------------------------------------------------------------------- */

static void a_line_reproduces_the_failure(void **state)
{
	struct stress_config config = small(40), parsed;
	struct stress_result result, again;
	struct kept kept;
	struct err err = ERR_INIT;
	char line[256], commit[64];
	uint64_t seed = 0;

	(void)state;
	config.faults = 1u << STRESS_FAULT_flip;
	config.operations = 200;
	config.episodes = 2;
	config.deaf = true;
	result = planted(&config, STRESS_DATA);
	stress_line(&config, &result, &result.finding[0], line, sizeof(line));
	assert_int_equal(stress_line_parse(line, &parsed, &seed, commit, sizeof(commit), &err), 0);
	assert_int_equal(seed, result.seed);
	assert_true(commit[0] != '\0');
	assert_int_equal(parsed.features, config.features);
	assert_int_equal(parsed.operations, config.operations);
	assert_int_equal(parsed.episodes, config.episodes);
	assert_int_equal(parsed.faults, config.faults);
	assert_int_equal(parsed.stop_event, result.finding[0].event);
	parsed.deaf = true; /* the planting is no part of the line */
	campaign(&parsed, seed, seed, 1, &kept);
	again = kept.failed;
	assert_int_equal(again.finding_count, 1);
	assert_int_equal(again.finding[0].event, result.finding[0].event);
	assert_string_equal(again.finding[0].message, result.finding[0].message);
	assert_true(again.events <= result.finding[0].event + 2);
}

/* A seed that is stuck is found at the bound of its events; the line stops there, too, and must not be taken for that. */
static void a_line_reproduces_what_is_stuck(void **state)
{
	struct stress_config config = small(40), parsed;
	struct stress_result result, again;
	char line[256], commit[64];
	struct err err = ERR_INIT;
	struct kept kept;
	uint64_t seed = 0;

	(void)state;
	config.events_bound = 100;
	result = planted(&config, STRESS_LIVENESS);
	assert_non_null(strstr(result.finding[0].message, "not over after 100 events"));
	stress_line(&config, &result, &result.finding[0], line, sizeof(line));
	assert_int_equal(stress_line_parse(line, &parsed, &seed, commit, sizeof(commit), &err), 0);
	parsed.events_bound = config.events_bound;
	campaign(&parsed, seed, seed, 1, &kept);
	again = kept.failed;
	assert_int_equal(again.finding_count, 1);
	assert_int_equal(again.finding[0].event, result.finding[0].event);
	assert_string_equal(again.finding[0].message, result.finding[0].message);
	/* Before it nothing is wrong. */
	parsed.stop_event = 50;
	campaign(&parsed, seed, seed, 1, &kept);
	no_finding(&kept.failed);
}

static void lines_that_nobody_printed_are_refused(void **state)
{
	static const char *const lines[] = {"", "commit=1", "seed=", "seed=-1", "seed=x",
		"seed=1 what", "seed=1 event=", "seed=1 config=", "seed=1 config=live",
		"seed=1 config=live,1,1,1,none,1", "seed=1 config=dead,1,1,1,none",
		"seed=1 config=live,x,1,1,none", "seed=1 config=live,9/x,1,1,none",
		"seed=1 config=live,9/,1,1,none", "seed=1 config=live,1,1,1,sneeze"};
	struct stress_config config;
	char commit[64];
	uint64_t seed;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(
			stress_line_parse(lines[i], &config, &seed, commit, sizeof(commit), &err),
			-EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
	}
}

static void shrinking_keeps_the_failure(void **state)
{
	struct stress_config config = small(40), before;
	struct stress_result result;
	struct err err = ERR_INIT;
	struct kept kept;
	unsigned tries = 0;

	(void)state;
	/* Of seeds that run at the same time any may fail first: all that fail do so in their data. */
	config.faults = 1u << STRESS_FAULT_flip | STRESS_FAULTS_SURVIVED;
	config.deaf = true;
	result = planted(&config, STRESS_DATA);
	before = config;
	assert_int_equal(stress_shrink(&config, result.seed, &tries, &err), 0);
	assert_true(config.operations < before.operations);
	assert_true(__builtin_popcount(config.features) < __builtin_popcount(before.features));
	assert_true(tries > 10);
	campaign(&config, result.seed, result.seed, 1, &kept);
	assert_int_equal(kept.failed.finding[0].oracle, STRESS_DATA);
	config = small(3);
	assert_int_equal(stress_shrink(&config, 1, &tries, &err), -ENOENT);
}

static bool patience_ends(void *arg)
{
	unsigned *patience = arg;

	return *patience == 0 || --*patience == 0;
}

/* What it has come to by then is no larger, and fails still. */
static void shrinking_can_be_interrupted(void **state)
{
	struct stress_config config = small(40), before;
	struct stress_result result;
	struct kept kept;
	unsigned tries = 0;

	(void)state;
	config.faults = 1u << STRESS_FAULT_flip;
	config.deaf = true;
	result = planted(&config, STRESS_DATA);
	before = config;
	for (unsigned patience = 1; patience <= 16; patience *= 4) {
		unsigned left = patience;
		struct err err = ERR_INIT;

		config = before;
		config.cancelled = patience_ends;
		config.cancelled_arg = &left;
		assert_int_equal(stress_shrink(&config, result.seed, &tries, &err), -EINTR);
		assert_non_null(strstr(err.message, "interrupted"));
		assert_true(tries < patience);
		assert_true(config.operations <= before.operations);
		assert_int_equal(config.features & ~before.features, 0);
		config.cancelled = NULL;
		campaign(&config, result.seed, result.seed, 1, &kept);
		assert_int_equal(kept.failed.finding[0].oracle, STRESS_DATA);
	}
}

static void lost_interrupts_are_recovered_from(void **state)
{
	struct stress_config config = half_lost(STRESS_DETERMINISTIC);
	struct stress_total total;
	struct kept kept;

	(void)state;
	total = campaign(&config, 1, UINT64_C(4) * SOME, 2, &kept);
	no_finding(&kept.failed);
	assert_true(total.counts.injected[STRESS_FAULT_lost] > 0);
	assert_true(total.counts.injected[STRESS_FAULT_twice] > 0);
	assert_true(total.counts.recoveries > 0);
	/* Not more than there was to find: what is only late, or held back, is nobody's loss. */
	assert_true(total.counts.recoveries <= total.counts.injected[STRESS_FAULT_lost]);
	config.faults = 1u << STRESS_FAULT_bell_lost | 1u << STRESS_FAULT_bell_late |
	                1u << STRESS_FAULT_bell_twice;
	total = campaign(&config, 1, UINT64_C(4) * SOME, 2, &kept);
	no_finding(&kept.failed);
	assert_true(total.counts.recoveries > 0);
	assert_true(total.counts.recoveries <= total.counts.injected[STRESS_FAULT_bell_lost]);
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
		cmocka_unit_test(a_thousand_seeds_repeat_and_differ),
		cmocka_unit_test(every_strategy_and_feature_gets_its_turn),
		cmocka_unit_test(many_transfers_make_long_episodes_and_eight_at_most),
		cmocka_unit_test(injected_faults_are_noticed_where_they_were_injected),
		cmocka_unit_test(a_planted_second_completion_is_found),
		cmocka_unit_test(a_planted_wrong_bit_is_found_and_located),
		cmocka_unit_test(a_planted_lost_interrupt_is_found),
		cmocka_unit_test(a_planted_leak_is_found),
		cmocka_unit_test(a_shortage_of_the_host_is_no_finding),
		cmocka_unit_test(a_seed_that_crashes_is_named_and_the_others_go_on),
		cmocka_unit_test(a_seed_that_does_not_come_to_its_end_is_named_too),
		cmocka_unit_test(a_seed_that_hangs_is_killed_and_named),
		cmocka_unit_test(a_campaign_that_is_stopped_does_not_hang),
		cmocka_unit_test(a_campaign_plays_one_seed_at_least),
		cmocka_unit_test(a_campaign_refuses_what_it_cannot_do),
		cmocka_unit_test(workers_end_with_their_campaign),
		cmocka_unit_test(a_line_reproduces_the_failure),
		cmocka_unit_test(a_line_reproduces_what_is_stuck),
		cmocka_unit_test(lines_that_nobody_printed_are_refused),
		cmocka_unit_test(shrinking_keeps_the_failure),
		cmocka_unit_test(shrinking_can_be_interrupted),
		cmocka_unit_test(lost_interrupts_are_recovered_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
