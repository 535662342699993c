// SPDX-License-Identifier: BSD-2-Clause
/*
 * removal_test.c: a device is taken out at every moment of a program, one after the other: in each step that any actor or
 * channel makes from its opening to its end. What it strikes is printed.
 */
#include "harness/stress/stress.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NEVER_NS   (UINT64_C(1) << 60)
#define TIMES_MAX  1000000 /* a device that hangs is polled until its time-out */
#define PLACES_MAX 40

/* ASan looks at the same code, ten times slower: too few moments for the rare places. All of it is one thread's. */
#define SEEDS 16
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#define MOMENTS   40
#else
#define SANITIZED false
#define MOMENTS   150
#endif

/* What was struck, as a trace has it, and how often. */
struct place {
	char name[40];
	unsigned count;
};

struct places {
	struct place place[PLACES_MAX];
	unsigned count, strikes;
};

/* What a run does, line by line. */
struct watch {
	uint64_t *time_ns; /* of every moment, each once; NULL: not asked for */
	unsigned count;
	bool struck, named;
	uint64_t struck_ns;
	struct places *places;
};

static void place_add(struct places *places, const char *name, unsigned count)
{
	unsigned i = 0;

	while (i < places->count && strcmp(places->place[i].name, name) != 0)
		i++;
	assert_in_range(i, 0, PLACES_MAX - 1);
	if (i == places->count)
		snprintf(places->place[places->count++].name, sizeof(places->place[i].name), "%s",
			name);
	places->place[i].count += count;
	places->strikes += count;
}

static unsigned places_with(const struct places *places, const char *who, const char *what)
{
	unsigned count = 0;

	for (unsigned i = 0; i < places->count; i++)
		if (strncmp(places->place[i].name, who, strlen(who)) == 0 &&
			strstr(places->place[i].name, what))
			count += places->place[i].count;
	return count;
}

/* A line of --trace: number, time, who and what. */
static void line_see(void *arg, const char *line)
{
	struct watch *watch = arg;
	unsigned long long time_ns;
	int behind = 0;

	if (sscanf(line, "%*u %llu ns %n", &time_ns, &behind) < 1 || behind == 0)
		fail_msg("not a line of a trace: %s", line);
	if (watch->time_ns && (watch->count == 0 || watch->time_ns[watch->count - 1] != time_ns)) {
		assert_true(watch->count < TIMES_MAX);
		watch->time_ns[watch->count++] = time_ns;
	}
	/* The strike comes first, and then what it struck. */
	if (watch->struck && !watch->named) {
		place_add(watch->places, line + behind, 1);
		watch->named = true;
	}
	if (!watch->struck && strstr(line, " struck in ")) {
		watch->struck = true;
		watch->struck_ns = time_ns;
	}
}

static void run(const struct stress_config *config, uint64_t seed, struct watch *watch)
{
	struct stress_config own = *config;
	const struct stress_finding *at;
	struct stress_result result;
	struct err err = ERR_INIT;

	own.log = line_see;
	own.log_arg = watch;
	if (stress_seed(&own, seed, &result, &err))
		fail_msg("seed %" PRIu64 ": %s", seed, err.message);
	at = &result.finding[0];
	if (result.finding_count)
		fail_msg("seed %" PRIu64 ", taken out after %" PRIu64
			 " ns: %s, %s, operation %" PRIu64 ", event %" PRIu64 ": %s",
			seed, config->removed_at_ns, stress_oracle_words[at->oracle], at->object,
			at->operation, at->event, at->message);
}

/* Return: when the strike came that was to come @removed_at_ns behind the opening; 0: it did not. */
static uint64_t struck_ns(
	struct stress_config *config, uint64_t seed, uint64_t removed_at_ns, struct places *places)
{
	struct watch watch = {.places = places};

	config->removed_at_ns = removed_at_ns;
	run(config, seed, &watch);
	return watch.struck_ns;
}

/* When the device of @seed is opened: a strike of that time alone cannot come before the first moment behind it. */
static uint64_t opened_ns(
	struct stress_config *config, uint64_t seed, const uint64_t *time_ns, unsigned count)
{
	struct places ignored = {0};
	uint64_t first_ns = struck_ns(config, seed, 1, &ignored);
	uint64_t least = 1, most = first_ns;

	assert_in_range(first_ns, 1, time_ns[count - 1]);
	/* The latest that strikes the same moment is exact. */
	while (least < most) {
		uint64_t middle = least + (most - least + 1) / 2;

		if (struck_ns(config, seed, middle, &ignored) == first_ns)
			least = middle;
		else
			most = middle - 1;
	}
	return first_ns - least;
}

/* Up to MOMENTS of @seed's program, evenly over all of them. */
static void moments_strike(struct stress_config *config, uint64_t seed, struct places *places)
{
	static uint64_t time_ns[TIMES_MAX];
	struct watch watch = {.time_ns = time_ns, .places = places};
	uint64_t from_ns;
	unsigned i = 0, step;

	config->removed_at_ns = NEVER_NS;
	run(config, seed, &watch);
	from_ns = opened_ns(config, seed, time_ns, watch.count);
	step = watch.count / MOMENTS + 1;
	while (time_ns[i] <= from_ns)
		i++;
	for (i += (unsigned)(seed % step); i < watch.count; i += step)
		assert_int_equal(struck_ns(config, seed, time_ns[i] - from_ns, places), time_ns[i]);
}

static struct stress_config small(uint32_t faults)
{
	struct stress_config config;

	stress_defaults(&config);
	config.operations = 5;
	/* One device, and opened once: one strike a run. */
	config.features &= ~(1u << STRESS_ports | 1u << STRESS_reload);
	config.faults = faults;
	return config;
}

/* All that may be struck has been: who runs, and what it was at. */
static void places_judge(const struct places *places)
{
	static const struct {
		const char *who, *what;
	} all[] = {{"control ", "point register"}, {"control ", "point lock"}, {"control ", "step"},
		{"requester ", "point register"}, {"requester ", "point lock"},
		{"requester ", "point clock"}, {"interrupt ", "point register"},
		{"interrupt ", "point lock"}, {"deferral ", "point register"},
		{"channel 0 ", "step"}, {"channel 1 ", "step"}, {"event ", "event"}};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (places_with(places, all[i].who, all[i].what) == 0)
			fail_msg("%s%s: never struck", all[i].who, all[i].what);
}

static void seeds_strike(uint32_t faults, const char *what, struct places *places)
{
	struct stress_config config = small(faults);
	struct places own = {0};

	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		moments_strike(&config, seed, &own);
	print_message("%s: taken out %u times\n", what, own.strikes);
	for (unsigned i = 0; i < own.count; i++) {
		print_message("  %-36s %6u\n", own.place[i].name, own.place[i].count);
		place_add(places, own.place[i].name, own.place[i].count);
	}
}

/* Also while completions are owed, resets go on, interrupts and doorbells get lost. */
static void a_device_may_be_taken_out_at_any_moment(void **state)
{
	struct places places = {0};

	(void)state;
	seeds_strike(0, "without faults", &places);
	seeds_strike(((1u << STRESS_FAULT_COUNT) - 1) & ~(1u << STRESS_FAULT_removed),
		"with faults", &places);
	if (!SANITIZED)
		places_judge(&places);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_may_be_taken_out_at_any_moment),
	};

	return cmocka_run_group_tests_name("removal", tests, NULL, NULL);
}
