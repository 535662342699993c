// SPDX-License-Identifier: BSD-2-Clause
/*
 * replay_test.c: every file of the corpora through its target, whole, cut at each of 64 places, and with bits flipped
 * (seed printed). What `make fuzz` finds becomes a file of the corpus. And what makes objects of a file, while memory or
 * the disk fails it: at the first place where they can, at the second, and so on, further apart the more there were.
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

#include "bench/driver/script.h"
#include "bench/tests/fuzz/fuzz.h"
#include "bench/tests/fuzz/store_history.h"
#include "drivers/loader/elf.h"
#include "drivers/support/fault.h"
#include "harness/churn/churn.h"
#include "harness/import/import.h"
#include "harness/rng/rng.h"
#include "harness/store/store.h"

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

/* Hands every file of a corpus to @take. Return: how many. */
static unsigned corpus_each(const char *name,
	void (*take)(void *arg, const char *path, uint8_t *bytes, size_t len_bytes), void *arg)
{
	static uint8_t bytes[ROOM];
	char folder[128], path[512];
	struct dirent **entry;
	unsigned files = 0;
	int entries;

	snprintf(folder, sizeof(folder), "bench/tests/fuzz/corpus/%s", name);
	/* By name: what is flipped depends on the order. */
	entries = scandir(folder, &entry, NULL, alphasort);
	assert_true(entries > 0);
	for (int i = 0; i < entries; free(entry[i++])) {
		FILE *in;
		size_t len_bytes;

		if (entry[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry[i]->d_name);
		in = fopen(path, "rb");
		assert_non_null(in);
		len_bytes = fread(bytes, 1, sizeof(bytes), in);
		fclose(in);
		take(arg, path, bytes, len_bytes);
		files++;
	}
	free(entry);
	assert_true(files > 0);
	return files;
}

struct play {
	target_run run;
	struct rng rng;
};

static void file_play(void *arg, const char *path, uint8_t *bytes, size_t len_bytes)
{
	struct play *play = arg;

	(void)path;
	input_play(play->run, bytes, len_bytes, &play->rng);
}

static void corpus_play(const char *name, target_run run)
{
	struct play play = {.run = run};

	rng_seed(&play.rng, SEED);
	print_message("%-8s %u files, seed %llu\n", name, corpus_each(name, file_play, &play),
		(unsigned long long)SEED);
}

/* ---- while memory or the disk fails ---------------------------------------------------------------------------- */

/* Return: 0 or -errno, with the message in @err; nothing is left of it. */
typedef int (*file_read)(const char *path, struct err *err);

static int read_script(const char *path, struct err *err)
{
	struct script *script = NULL;
	const int rc = script_read(&script, path, err);

	script_free(script);
	return rc;
}

static int read_trace(const char *path, struct err *err)
{
	struct churn_trace trace = {0};
	const int rc = churn_read(&trace, path, err);

	churn_free(&trace);
	return rc;
}

static int read_elf(const char *path, struct err *err)
{
	struct elf_image image;
	const int rc = elf_open(&image, path, err);

	elf_close(&image);
	return rc;
}

/* Into this record, and out of it again. */
static struct store *record;

static int read_gbjson(const char *path, struct err *err)
{
	struct store_run *run = NULL, *stored = NULL;
	struct import_tally tally;
	char id[STORE_ID_MAX];
	int rc = import_read(path, &run, &tally, err);

	rc = rc ? rc : import_store(record, run, id, err);
	rc = rc ? rc : store_read(record, id, &stored, err);
	rc = rc ? rc : fuzz_history_read(record, err);
	store_run_free(stored);
	store_run_free(run);
	return rc;
}

/* A refusal that the file itself earns counts as well: then nothing fails any more, at the latest. */
static void file_starve(void *arg, const char *path, uint8_t *bytes, size_t len_bytes)
{
	const file_read read = *(file_read *)arg;
	bool fired = true;

	(void)bytes, (void)len_bytes;
	for (unsigned nth = 1; fired; nth += 1 + nth / 8) {
		struct err err = ERR_INIT;

		fault_arm(nth, false);

		const int rc = read(path, &err);

		fired = fault_fired() != NULL;
		fault_arm(0, false);
		if (fired)
			assert_true(rc < 0);
		assert_int_equal(rc < 0, err.message[0] != '\0');
	}
}

static void no_memory_is_told(void **state)
{
	file_read scripts = read_script, traces = read_trace, modules = read_elf,
		  results = read_gbjson;
	struct err err = ERR_INIT;

	(void)state;
	corpus_each("script", file_starve, &scripts);
	corpus_each("trace", file_starve, &traces);
	corpus_each("elf", file_starve, &modules);
	assert_int_equal(store_open(&record, ":memory:", &err), 0);
	corpus_each("gbjson", file_starve, &results);
	store_close(record);
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
	const struct CMUnitTest tests[] = {
		FUZZ_TARGETS(REPLAY) cmocka_unit_test(no_memory_is_told)};
#undef REPLAY

	return cmocka_run_group_tests(tests, NULL, NULL);
}
