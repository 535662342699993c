// SPDX-License-Identifier: BSD-2-Clause
/*
 * stress_test.c: seeds that repeat, faults that are noticed where they were injected, planted errors that are found
 * and located. All of it in mode deterministic and so in one thread; mode live is live_test.c.
 */
#include "drivers/device/model/model.h"
#include "drivers/support/heap.h"
#include "drivers/support/pages.h"
#include "drivers/support/shortage.h"
#include "harness/stress/testing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- determinism ---------------------------------------------------------------------------------- */

#if defined(__SANITIZE_ADDRESS__)
#define SEEDS 20
#else
#define SEEDS 1000
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

static void many_transfers_make_many_episodes_and_eight_long_ones(void **state)
{
	static const struct {
		uint32_t operations, episodes;
	} seeds[] = {{1, 1}, {STRESS_EPISODE, 1}, {STRESS_EPISODE + 1, 2}, {480, 8},
		{16 * STRESS_EPISODE, 16}, {16 * STRESS_EPISODE + 1, 16}, {2400, 28}};

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thousand_seeds_repeat_and_differ),
		cmocka_unit_test(every_strategy_and_feature_gets_its_turn),
		cmocka_unit_test(many_transfers_make_many_episodes_and_eight_long_ones),
		cmocka_unit_test(injected_faults_are_noticed_where_they_were_injected),
		cmocka_unit_test(a_planted_second_completion_is_found),
		cmocka_unit_test(a_planted_wrong_bit_is_found_and_located),
		cmocka_unit_test(a_planted_lost_interrupt_is_found),
		cmocka_unit_test(a_planted_leak_is_found),
		cmocka_unit_test(a_shortage_of_the_host_is_no_finding),
		cmocka_unit_test(lost_interrupts_are_recovered_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
