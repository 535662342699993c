// SPDX-License-Identifier: BSD-2-Clause
/*
 * layout_test.c: what a seed does hangs on nothing but the seed: not on where memory lies, nor on what lay in it before. The
 * program runs itself, each time in a process whose memory is laid out differently, and compares what the seeds' hashes are.
 */
#include "harness/stress/testing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEEDS         6
#define TEXT_MAX_     (SEEDS * 24)
#define STACK_FURTHER 100003 /* bytes in the environment, which lies behind the stack */

/* ---- in a process of its own -------------------------------------------------------------------- */

static int hashes_print(void)
{
	struct stress_config config = small(480);

	config.faults = (1u << STRESS_FAULT_COUNT) - 1;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct err err = ERR_INIT;
		struct stress_result result;

		if (stress_seed(&config, seed, &result, &err)) {
			fprintf(stderr, "%s\n", err.message);
			return 1;
		}
		printf("%016" PRIx64 "\n", result.hash);
	}
	return 0;
}

/* ---- layouts ------------------------------------------------------------------------------------ */

static void as_it_comes(void)
{
}

/* Where that is not allowed the layout is one more of those that come by chance. */
static void no_randomness(void)
{
	const int now = personality(0xffffffff);

	if (now >= 0)
		(void)personality((unsigned long)now | ADDR_NO_RANDOMIZE);
}

static void filled(void)
{
	setenv("MALLOC_PERTURB_", "165", 1);
	setenv("ASAN_OPTIONS", "max_malloc_fill_size=1000000:malloc_fill_byte=90", 1);
}

static void a_mapping_each(void)
{
	setenv("MALLOC_MMAP_THRESHOLD_", "1", 1);
	setenv("MALLOC_MMAP_MAX_", "1000000", 1);
}

static void stack_further_down(void)
{
	static char filler[STACK_FURTHER + 1];

	memset(filler, 'x', STACK_FURTHER);
	setenv("FILLER", filler, 1);
}

/* The hashes of a process that calls @layout before it becomes this program. */
static void hashes_of(void (*layout)(void), char text[TEXT_MAX_])
{
	size_t used = 0;
	ssize_t got = 1;
	int end[2], status;

	assert_int_equal(pipe(end), 0);
	const pid_t pid = fork();

	if (pid == 0) {
		layout();
		if (dup2(end[1], STDOUT_FILENO) >= 0 && close(end[0]) == 0)
			execl("/proc/self/exe", "layout_test", "hashes", (char *)NULL);
		_exit(99);
	}
	assert_true(pid > 0);
	close(end[1]);
	for (; got > 0 && used<TEXT_MAX_ - 1; used += got> 0 ? (size_t)got : 0)
		got = read(end[0], text + used, TEXT_MAX_ - 1 - used);
	text[used] = '\0';
	close(end[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_seed_does_the_same_wherever_memory_lies(void **state)
{
	static void (*const layouts[])(void) = {
		as_it_comes, no_randomness, filled, a_mapping_each, stack_further_down};
	char first[TEXT_MAX_], text[TEXT_MAX_];

	(void)state;
	hashes_of(as_it_comes, first);
	assert_int_equal(strlen(first), SEEDS * 17);
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		hashes_of(layouts[i], text);
		assert_string_equal(text, first);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seed_does_the_same_wherever_memory_lies),
	};

	if (argc == 2 && strcmp(argv[1], "hashes") == 0)
		return hashes_print();
	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
