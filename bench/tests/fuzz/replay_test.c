// SPDX-License-Identifier: BSD-2-Clause
/*
 * replay_test.c: every file of the corpora through its target, whole, cut at each of 64 places, and with bits flipped
 * (seed printed). What `make fuzz` finds becomes a file of the corpus.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tests/fuzz/fuzz.h"
#include "harness/rng/rng.h"

#define ROOM  65536
#define CUTS  64
#define FLIPS 64
#define SEED  UINT64_C(20261121)

typedef void (*target_run)(const uint8_t *bytes, size_t len_bytes);

/* In memory of just that size, so that a read beyond its end is seen. */
static void run_exact(target_run run, const uint8_t *bytes, size_t len_bytes)
{
	uint8_t *exact = malloc(len_bytes ? len_bytes : 1);

	assert_non_null(exact);
	memcpy(exact, bytes, len_bytes);
	run(exact, len_bytes);
	free(exact);
}

static void input_play(target_run run, uint8_t *bytes, size_t len_bytes, struct rng *rng)
{
	run_exact(run, bytes, len_bytes);
	for (size_t cut = 0; cut < CUTS; cut++)
		run_exact(run, bytes, len_bytes * cut / CUTS);
	for (unsigned flip = 0; flip < FLIPS && len_bytes; flip++) {
		const uint64_t bit = rng_below(rng, 8 * len_bytes);

		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		run_exact(run, bytes, len_bytes);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void corpus_play(const char *name, target_run run)
{
	static uint8_t bytes[ROOM];
	char folder[128], path[512];
	unsigned files = 0;
	struct rng rng;
	struct dirent *entry;
	DIR *dir;

	rng_seed(&rng, SEED);
	snprintf(folder, sizeof(folder), "bench/tests/fuzz/corpus/%s", name);
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		FILE *in;
		size_t len_bytes;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		in = fopen(path, "rb");
		assert_non_null(in);
		len_bytes = fread(bytes, 1, sizeof(bytes), in);
		fclose(in);
		input_play(run, bytes, len_bytes, &rng);
		files++;
	}
	closedir(dir);
	print_message("%-8s %u files, seed %llu\n", name, files, (unsigned long long)SEED);
	assert_true(files > 0);
}

#define REPLAY(name, room)                                                                         \
	static void corpus_##name(void **state)                                                    \
	{                                                                                          \
		(void)state;                                                                       \
		corpus_play(#name, fuzz_##name);                                                   \
	}
FUZZ_TARGETS(REPLAY)
#undef REPLAY

int main(void)
{
#define REPLAY(name, room) cmocka_unit_test(corpus_##name),
	const struct CMUnitTest tests[] = {FUZZ_TARGETS(REPLAY)};
#undef REPLAY

	return cmocka_run_group_tests(tests, NULL, NULL);
}
