// SPDX-License-Identifier: BSD-2-Clause
/* replay.c: a line that reproduces a finding. One that is accepted is said again, and read as the same. */
#include "bench/tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "harness/stress/stress.h"

static void expect_said_again(const struct stress_config *config, uint64_t seed)
{
	const struct stress_result result = {.seed = seed};
	const struct stress_finding finding = {.event = config->stop_event};
	struct stress_config again;
	char line[512], commit[64];
	struct err err = ERR_INIT;
	uint64_t seed_again = 0;

	memset(&again, 0, sizeof(again));
	stress_line(config, &result, &finding, line, sizeof(line));
	fuzz_expect_that(
		stress_line_parse(line, &again, &seed_again, commit, sizeof(commit), &err) == 0 &&
			seed_again == seed && again.mode == config->mode &&
			again.operations == config->operations &&
			again.features == config->features &&
			again.strategies == config->strategies && again.faults == config->faults &&
			again.stop_event == config->stop_event,
		"the same of its own line");
}

void fuzz_replay(const uint8_t *bytes, size_t len_bytes)
{
	char *line = fuzz_text(bytes, len_bytes), commit[64];
	struct stress_config config;
	struct err err = {0};
	uint64_t seed;

	memset(&config, 0, sizeof(config));
	if (stress_line_parse(line, &config, &seed, commit, sizeof(commit), &err) < 0)
		fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
	else
		expect_said_again(&config, seed);
	free(line);
}
