// SPDX-License-Identifier: BSD-2-Clause
/*
 * mix.c: distributions: the values of the keys mix and churn.lifetime, and the file that a mix may name. Input: the value, a
 * newline, the file's lines; of a value that begins with "file:" the rest is the input's own file.
 */
#include "bench/tests/fuzz/fuzz.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/churn/life.h"
#include "harness/load/mix.h"
#include "harness/rng/rng.h"

#define FILE_WORD "file:"
#define DRAWS     64

static void expect_lifetimes(const struct life *life)
{
	struct rng rng;

	rng_seed(&rng, 1);
	for (unsigned i = 0; i < DRAWS; i++)
		fuzz_expect_that(life_next(life, 100, &rng) > 0, "lifetimes above 0");
}

static void expect_operations(const struct mix *mix)
{
	struct mix_sequence sequence = {0};
	struct err err = ERR_INIT;

	/* Up to the rounding of a sum: of 6:40,6:264 the mean is a little above 6. */
	fuzz_expect_that(mix->largest_bytes > 0 &&
				 mix->mean_bytes <= mix->largest_bytes * (1 + 64 * DBL_EPSILON),
		"a mean in range");
	if (mix_draw(&sequence, mix, 0.5, false, 1, &err) == 0)
		for (uint32_t i = 0; i < sequence.count; i++)
			fuzz_expect_that(mix_bytes(sequence.op[i]) > 0 &&
						 mix_bytes(sequence.op[i]) <= mix->largest_bytes,
				"sizes of the mix");
	mix_drop(&sequence);
}

void fuzz_mix(const uint8_t *bytes, size_t len_bytes)
{
	const uint8_t *end = memchr(bytes, '\n', len_bytes);
	const size_t value_bytes = end ? (size_t)(end - bytes) : len_bytes;
	char *value = fuzz_text(bytes, value_bytes), path[128] = "";
	struct err err = ERR_INIT, lifetime_err = ERR_INIT;
	struct life life;
	struct mix mix;
	bool file = strncmp(value, FILE_WORD, strlen(FILE_WORD)) == 0 && end;

	if (file)
		snprintf(path, sizeof(path), FILE_WORD "%s",
			fuzz_file(end + 1, len_bytes - value_bytes - 1));
	if (mix_open(&mix, "mix", file ? path : value, &err) < 0) {
		fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
	} else {
		expect_operations(&mix);
		mix_close(&mix);
	}
	if (life_parse(&life, "churn.lifetime", value, &lifetime_err) == 0)
		expect_lifetimes(&life);
	else
		fuzz_expect_that(lifetime_err.message[0] != '\0', "a message with the refusal");
	if (file)
		fuzz_file_close();
	free(value);
}
