// SPDX-License-Identifier: BSD-2-Clause
/* replay.c: a line that reproduces a finding. */
#include "bench/tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "harness/stress/stress.h"

void fuzz_replay(const uint8_t *bytes, size_t len_bytes)
{
	char *line = fuzz_text(bytes, len_bytes), commit[64];
	struct stress_config config;
	struct err err = {0};
	uint64_t seed;

	memset(&config, 0, sizeof(config));
	if (stress_line_parse(line, &config, &seed, commit, sizeof(commit), &err) < 0)
		fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
	free(line);
}
