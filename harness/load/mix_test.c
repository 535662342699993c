// SPDX-License-Identifier: BSD-2-Clause
/*
 * mix_test.c: what a key's text says, sequences drawn from it (shares by chi-square over printed seeds, the same for the
 * same seed), files of operations, every refusal and every failing step.
 */
#include "harness/load/mix.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "drivers/support/fault.h"

static struct mix opened(const char *text)
{
	struct err err = ERR_INIT;
	struct mix mix;

	if (mix_open(&mix, "mix", text, &err))
		fail_msg("%s: %s", text, err.message);
	return mix;
}

static struct mix_sequence drawn(
	const struct mix *mix, double to_device_share, bool one_way, uint64_t seed)
{
	struct mix_sequence sequence;

	assert_int_equal(mix_draw(&sequence, mix, to_device_share, one_way, seed, NULL), 0);
	return sequence;
}

static void texts_say_what_they_mean(void **state)
{
	static const struct {
		const char *text;
		enum draw_kind kind;
		uint32_t largest;
		double mean;
	} known[] = {
		{"64:70,4k:20,64k:10", DRAW_WEIGHTS, 65536, 0.7 * 64 + 0.2 * 4096 + 0.1 * 65536},
		{"4k:1", DRAW_WEIGHTS, 4096, 4096},
		{" 64: 0.5, 1m:0 ", DRAW_WEIGHTS, 64, 64},
		{"fixed:4k", DRAW_FIXED, 4096, 4096},
		{"uniform:64..64k", DRAW_UNIFORM, 65536, 32800},
		{"uniform:5..5", DRAW_UNIFORM, 5, 5},
		{"loguniform:1..1", DRAW_LOGUNIFORM, 1, 1},
		/* 1, 1/2 and 1/3 of 11/6. */
		{"zipf:1:64,128,256", DRAW_ZIPF, 256, (6 * 64 + 3 * 128 + 2 * 256) / 11.0},
		{"zipf:0:64..256*2", DRAW_ZIPF, 256, (64 + 128 + 256) / 3.0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct mix mix = opened(known[i].text);

		assert_int_equal(mix.draw.kind, known[i].kind);
		assert_int_equal(mix.largest_bytes, known[i].largest);
		assert_true(fabs(mix.mean_bytes / known[i].mean - 1) < 1e-12);
		assert_true(isnan(mix.to_device_share));
		mix_close(&mix);
	}
}

static void what_cannot_be_is_refused_with_the_way_out(void **state)
{
	static const char *const bad[][2] = {
		{"", "not a distribution"},
		{"unifrom:64..4k", "did you mean 'uniform:'"},
		{"64", "value:weight"},
		{"64:", "value:weight"},
		{"64:x", "value:weight"},
		{"64:1x", "value:weight"},
		{"64:-1", "value:weight"},
		{"64:inf", "value:weight"},
		{"64:0", "a weight above 0"},
		{"0:1", "mix"},
		{"65m:1", "mix"},
		{"fixed:", "mix"},
		{"fixed:0", "mix"},
		{"uniform:64", "two ends"},
		{"uniform:4k..64", "backwards"},
		{"uniform:0..64", "mix"},
		{"loguniform:64..x", "mix"},
		{"zipf:64..4k*2", "exponent"},
		{"zipf:-1:64,128", "exponent"},
		{"zipf:nan:64,128", "exponent"},
		{"zipf:1:", "mix"},
		{"64:1e308,4k:1e308", "a weight is too large"},
		{"zipf:1:64..4k", "no step"},
		{"file:/nowhere/at/all", "No such file"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = ERR_INIT;
		struct mix mix;

		assert_true(mix_open(&mix, "mix", bad[i][0], &err) < 0);
		assert_int_equal(err.kind, ERR_USAGE);
		if (!strstr(err.message, bad[i][1]))
			fail_msg("'%s': expected '%s' in: %s", bad[i][0], bad[i][1], err.message);
		assert_null(mix.line);
	}
}

static void other_quantities_have_ranges_of_their_own(void **state)
{
	struct err err = ERR_INIT;
	struct draw draw;

	(void)state;
	assert_int_equal(mix_parse_draw(&draw, "lifetime", "loguniform:1..1000000", OPT_COUNT, 1,
				 10000000, &err),
		0);
	assert_int_equal(draw.high, 1000000);
	assert_int_equal(
		mix_parse_draw(&draw, "lifetime", "fixed:11", OPT_COUNT, 1, 10, &err), -EINVAL);
	assert_non_null(strstr(err.message, "lifetime"));
}

/* Independent of the drawing: counted, and held against the weights. One degree of freedom less than values. */
static void sequences_have_the_shares_asked_for(void **state)
{
	static const uint64_t seeds[] = {1, 7, 20261121};
	static const double share[] = {0.7, 0.2, 0.1};
	struct mix mix = opened("64:70,4k:20,64k:10");

	(void)state;
	for (unsigned s = 0; s < 3; s++) {
		struct mix_sequence sequence = drawn(&mix, 0.3, false, seeds[s]);
		double seen[3] = {0}, to_device = 0, bytes = 0, chi = 0;

		assert_int_equal(sequence.count, MIX_DRAWS);
		for (uint32_t i = 0; i < sequence.count; i++) {
			uint32_t size = mix_bytes(mix_at(&sequence, i));

			seen[size == 64 ? 0 : size == 4096 ? 1 : 2]++;
			bytes += size;
			to_device += mix_to_device(mix_at(&sequence, i));
		}
		for (unsigned i = 0; i < 3; i++)
			chi += pow(seen[i] - share[i] * MIX_DRAWS, 2) / (share[i] * MIX_DRAWS);
		print_message("seed %llu: chi-square %.2f of 3 sizes, %.4f to the device of 0.3, "
			      "mean %.0f of %.0f bytes\n",
			(unsigned long long)seeds[s], chi, to_device / MIX_DRAWS, bytes / MIX_DRAWS,
			mix.mean_bytes);
		assert_true(chi < 20); /* 2 degrees: once in 22,000 */
		/* Five standard deviations of a binomial share. */
		assert_true(fabs(to_device / MIX_DRAWS - 0.3) < 5 * sqrt(0.3 * 0.7 / MIX_DRAWS));
		mix_drop(&sequence);
	}
}

static void sequences_depend_on_the_seed_alone(void **state)
{
	struct mix mix = opened("loguniform:64..64k");
	struct mix_sequence a = drawn(&mix, 0.5, false, 3), b = drawn(&mix, 0.5, false, 3),
			    other = drawn(&mix, 0.5, false, 4), one_way = drawn(&mix, 1, true, 3);
	uint32_t same = 0;

	(void)state;
	assert_memory_equal(a.op, b.op, MIX_DRAWS * sizeof(*a.op));
	for (uint32_t i = 0; i < MIX_DRAWS; i++) {
		same += mix_bytes(a.op[i]) == mix_bytes(other.op[i]);
		/* The directions do not move the sizes. */
		assert_int_equal(mix_bytes(a.op[i]), mix_bytes(one_way.op[i]));
		assert_true(mix_to_device(one_way.op[i]));
	}
	assert_true(same < MIX_DRAWS / 10);
	assert_int_equal(mix_at(&a, 5), mix_at(&a, 5 + 3 * (uint64_t)MIX_DRAWS));
	mix_drop(&a);
	mix_drop(&b);
	mix_drop(&other);
	mix_drop(&one_way);
}

/* ---- files ------------------------------------------------------------------------------------------- */

static char path[64];

static const char *written_bytes(const char *text, size_t length)
{
	static char key[80];
	FILE *file;

	snprintf(path, sizeof(path), "/tmp/dmabench-mix-%d", (int)getpid());
	file = fopen(path, "we");
	assert_non_null(file);
	fwrite(text, 1, length, file);
	fclose(file);
	snprintf(key, sizeof(key), "file:%s", path);
	return key;
}

static const char *written(const char *text)
{
	return written_bytes(text, strlen(text));
}

static int file_remove(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static void a_file_is_used_line_by_line(void **state)
{
	struct mix mix = opened(written("# sizes and directions\n\n 64 to_device\n4k from_device # "
					"a page\r\n100\tto_device"));
	struct mix_sequence own = drawn(&mix, 0, false, 1), back = drawn(&mix, 0, true, 1);

	(void)state;
	assert_int_equal(own.count, 3);
	assert_int_equal(mix_at(&own, 0), 64 | MIX_TO_DEVICE);
	assert_int_equal(mix_at(&own, 1), 4096);
	assert_int_equal(mix_at(&own, 2), 100 | MIX_TO_DEVICE);
	assert_int_equal(mix_at(&own, 3), mix_at(&own, 0));
	assert_int_equal(mix_at(&back, 0), 64);
	assert_int_equal(mix.largest_bytes, 4096);
	assert_true(fabs(mix.mean_bytes - 1420) < 1e-9);
	assert_true(fabs(mix.to_device_share - 2.0 / 3) < 1e-12);

	/* Another order is another mix. */
	struct mix other = opened(written("4k from_device\n64 to_device\n100 to_device\n"));

	assert_true(strncmp(mix.name, "file:dmabench-mix-", 18) == 0);
	assert_string_not_equal(mix.name, other.name);
	mix_drop(&own);
	mix_drop(&back);
	mix_close(&mix);
	mix_close(&other);
}

static void wrong_lines_are_named(void **state)
{
	static const char *const bad[][2] = {{"64 to_device\n64\n", ":2: expected a size"},
		{"64 to_devise\n", ":1: expected a size"},
		{"64 to_device now\n", ":1: expected a size"}, {"\nx to_device\n", ":2"},
		{"0 to_device\n", ":1"}, {"1g to_device\n", ":1"}, {"# nothing\n", "no operation"}};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = ERR_INIT;
		struct mix mix;

		assert_int_equal(mix_open(&mix, "mix", written(bad[i][0]), &err), -EINVAL);
		if (!strstr(err.message, bad[i][1]))
			fail_msg("expected '%s' in: %s", bad[i][1], err.message);
	}
}

/* What is no text must neither be taken in silence nor fill the memory: file:/dev/zero has no end of a line. */
static void what_is_no_text_is_refused(void **state)
{
	static const char bytes[] = "64 to_device\n4k to_device\0 and more\n";
	static const char comment[] = "64 to_device # ";
	char text[1000];
	struct err err = ERR_INIT;
	struct mix mix;

	(void)state;
	assert_int_equal(
		mix_open(&mix, "mix", written_bytes(bytes, sizeof(bytes) - 1), &err), -EINVAL);
	assert_non_null(strstr(err.message, ":2: a byte of zero"));
	err = (struct err)ERR_INIT;
	assert_int_equal(mix_open(&mix, "mix", "file:/dev/zero", &err), -EINVAL);
	assert_non_null(strstr(err.message, "a byte of zero"));
	err = (struct err)ERR_INIT;
	memset(text, 'x', sizeof(text));
	assert_int_equal(mix_open(&mix, "mix", written_bytes(text, sizeof(text)), &err), -EINVAL);
	assert_non_null(strstr(err.message, ":1: a line that is too long"));
	memcpy(text, comment, sizeof(comment) - 1);
	mix = opened(written_bytes(text, sizeof(text)));
	assert_int_equal(mix.lines, 1);
	mix_close(&mix);
}

/* As an editor of Windows writes it: a mark, which is no part of the first line; or two bytes a character. */
static void a_mark_before_the_first_line_is_understood(void **state)
{
	static const char wide[] = "\xff\xfe"
				   "6\0"
				   "4\0"
				   "\n";
	struct err err = ERR_INIT;
	struct mix mix = opened(written("\xef\xbb\xbf"
					"64 to_device\n4k from_device\n"));

	(void)state;
	assert_int_equal(mix.lines, 2);
	mix_close(&mix);
	assert_int_equal(
		mix_open(&mix, "mix", written_bytes(wide, sizeof(wide) - 1), &err), -EINVAL);
	assert_non_null(strstr(err.message, "UTF-16; save it as UTF-8"));
	err = (struct err)ERR_INIT;
	assert_int_equal(mix_open(&mix, "mix",
				 written("\xef\xbb"
					 "64 to_device\n"),
				 &err),
		-EINVAL);
	assert_non_null(strstr(err.message, "no text"));
}

static void long_files_are_whole(void **state)
{
	static char text[200 * 32];
	uint32_t lines = 0;

	(void)state;
	for (size_t at = 0; lines < 200; lines++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%u from_device\n", lines + 1);
	struct mix mix = opened(written(text));

	assert_int_equal(mix.lines, 200);
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(mix.line[i], i + 1);
	mix_close(&mix);
}

static void every_failing_step_leaves_nothing(void **state)
{
	const char *key = written("64 to_device\n");
	unsigned nth = 1;

	(void)state;
	for (;; nth++) {
		struct mix_sequence sequence = {0};
		struct err err = ERR_INIT;
		struct mix mix;

		fault_arm(nth, false);
		int rc = mix_open(&mix, "mix", key, &err);

		rc = rc ? rc : mix_draw(&sequence, &mix, 1, false, 1, &err);
		const char *fired = fault_fired();

		fault_arm(0, false);
		mix_drop(&sequence);
		mix_close(&mix);
		if (!fired) {
			assert_int_equal(rc, 0);
			break;
		}
		assert_int_equal(rc, -ENOMEM);
		assert_int_equal(err.kind, ERR_MISSING);
	}
	assert_true(nth > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_say_what_they_mean),
		cmocka_unit_test(what_cannot_be_is_refused_with_the_way_out),
		cmocka_unit_test(other_quantities_have_ranges_of_their_own),
		cmocka_unit_test(sequences_have_the_shares_asked_for),
		cmocka_unit_test(sequences_depend_on_the_seed_alone),
		cmocka_unit_test_teardown(a_file_is_used_line_by_line, file_remove),
		cmocka_unit_test_teardown(wrong_lines_are_named, file_remove),
		cmocka_unit_test_teardown(what_is_no_text_is_refused, file_remove),
		cmocka_unit_test_teardown(a_mark_before_the_first_line_is_understood, file_remove),
		cmocka_unit_test_teardown(long_files_are_whole, file_remove),
		cmocka_unit_test_teardown(every_failing_step_leaves_nothing, file_remove),
	};

	return cmocka_run_group_tests_name("mix", tests, NULL, NULL);
}
