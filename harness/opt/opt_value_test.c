// SPDX-License-Identifier: BSD-2-Clause
/* opt_value_test.c: single values with units, human forms, suggestions. */
#include "harness/opt/opt.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

struct vector {
	const char *text;
	uint64_t value;
};

typedef int (*parser)(const char *text, uint64_t *value);

static void assert_reads(parser parse, const struct vector *vector, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = 99;

		if (parse(vector[i].text, &value) || value != vector[i].value)
			fail_msg("'%s' gave %llu", vector[i].text, (unsigned long long)value);
	}
}

static void assert_refuses(parser parse, const char *const *text, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = 99;

		if (parse(text[i], &value) != -EINVAL)
			fail_msg("'%s' was taken for %llu", text[i], (unsigned long long)value);
		assert_true(value == 99);
	}
}

static void sizes_are_binary(void **state)
{
	(void)state;
	static const struct vector good[] = {
		{"0", 0},
		{"64", 64},
		{"64b", 64},
		{"4k", 4096},
		{"4K", 4096},
		{"4ki", 4096},
		{"4KiB", 4096},
		{"2m", 2 << 20},
		{"1g", 1 << 30},
		{"1T", UINT64_C(1) << 40},
		{"1.5m", 3 << 19},
		{"0.5k", 512},
		{"007", 7},
		{"18446744073709551615", UINT64_MAX},
		{"16777215t", UINT64_C(16777215) << 40},
		{"1.000k", 1024},
	};
	static const char *const bad[] = {
		"",
		" ",
		" 4k",
		"4k ",
		"k",
		"-1",
		"+1",
		"4q",
		"4kb",
		"4kk",
		"4k4",
		"0x10",
		"1e3",
		"1e30",
		"1,5k",
		"0.3k",
		"1.5",
		"1.",
		".5k",
		"1.k",
		"1..2",
		"18446744073709551616",
		"99999999999999999999999",
		"16777216t",
		"18014398509481984k",
		"1.0000000000000000001k",
		"nan",
		"1.0000000000000000000000000000000000000000000000000000000000000000k",
		"inf",
		"4\xff",
	};

	assert_reads(opt_parse_size, good, COUNT_OF(good));
	assert_refuses(opt_parse_size, bad, COUNT_OF(bad));
}

static void times_need_a_unit(void **state)
{
	(void)state;
	static const struct vector good[] = {
		{"0", 0},
		{"0s", 0},
		{"1ns", 1},
		{"10us", 10000},
		{"500ms", 500000000},
		{"2s", 2000000000},
		{"0.5s", 500000000},
		{"1m", UINT64_C(60000000000)},
		{"1min", UINT64_C(60000000000)},
		{"1.5h", UINT64_C(5400000000000)},
		{"2S", 2000000000},
		{"0.001us", 1},
		{"18446744073709551615ns", UINT64_MAX},
	};
	static const char *const bad[] = {
		"",
		"5",
		"0.0",
		"5x",
		"5 s",
		"-5s",
		"1e3s",
		"0.5ns",
		"0.0001us",
		"s",
		"5124096h",
		"18446744073710ms",
		"18446744073709551616ns",
	};

	assert_reads(opt_parse_time, good, COUNT_OF(good));
	assert_refuses(opt_parse_time, bad, COUNT_OF(bad));
}

static void counts_are_plain(void **state)
{
	(void)state;
	static const struct vector good[] = {
		{"0", 0}, {"32", 32}, {"18446744073709551615", UINT64_MAX}};
	static const char *const bad[] = {
		"", "4k", "1.0", "-1", "1e3", "1e30", "18446744073709551616", "3 ", "x"};

	assert_reads(opt_parse_count, good, COUNT_OF(good));
	assert_refuses(opt_parse_count, bad, COUNT_OF(bad));
}

static void sizes_for_people(void **state)
{
	(void)state;
	static const struct {
		uint64_t bytes;
		const char *shown;
	} row[] = {
		{0, "0 B"},
		{64, "64 B"},
		{1023, "1023 B"},
		{1024, "1 KiB"},
		{1536, "1.5 KiB"},
		{65536, "64 KiB"},
		{1000 << 10, "1000 KiB"},
		{(1 << 20) - 1, "1 MiB"},
		{3 << 19, "1.5 MiB"},
		{16 << 20, "16 MiB"},
		{1234567, "1.18 MiB"},
		{12345678, "11.8 MiB"},
		{UINT64_C(1) << 40, "1 TiB"},
		{UINT64_MAX, "16777216 TiB"},
	};
	char out[32];

	for (size_t i = 0; i < COUNT_OF(row); i++)
		assert_string_equal(opt_show_size(row[i].bytes, out, sizeof(out)), row[i].shown);
}

static void times_for_people(void **state)
{
	(void)state;
	static const struct {
		double ns;
		const char *shown;
	} row[] = {
		{0, "0 ns"},
		{0.25, "0.25 ns"},
		{7, "7 ns"},
		{850, "850 ns"},
		{999.7, "1 us"},
		{12300, "12.3 us"},
		{1234, "1.23 us"},
		{99960, "100 us"},
		{1e6, "1 ms"},
		{2.5e9, "2.5 s"},
		{90e9, "90 s"},
		{150e9, "2.5 min"},
		{7200e9, "2 h"},
		{-12300, "-12.3 us"},
		{(double)NAN, "-"},
		{(double)INFINITY, "-"},
	};
	char out[32];

	for (size_t i = 0; i < COUNT_OF(row); i++)
		assert_string_equal(opt_show_time(row[i].ns, out, sizeof(out)), row[i].shown);
}

static void little_room_cuts_and_ends(void **state)
{
	(void)state;
	char out[4] = "xxx";

	assert_string_equal(opt_show_size(65536, out, sizeof(out)), "64 ");
	assert_string_equal(opt_show_time(12300, out, sizeof(out)), "12.");
}

static void the_nearest_word(void **state)
{
	(void)state;
	static const char *const words[] = {"size", "depth", "completion", "device.fault",
		"device.fault_rate", "packet", "packet-cached", "soft", "dir", NULL};
	static const struct {
		const char *text, *near;
	} row[] = {
		{"sise", "size"},
		{"siez", "size"},
		{"SIZE", "size"},
		{"dept", "depth"},
		{"detph", "depth"},
		{"sotf", "soft"},
		{"idr", "dir"},
		{"compl", "completion"},
		{"fault", "device.fault"},
		{"fault_rate", "device.fault_rate"},
		{"packet_cached", "packet-cached"},
		{"pakcet", "packet"},
		{"device.falt", "device.fault"},
		{"x", NULL},
		{"", NULL},
		{"banana", NULL},
		{"xyzzy", NULL},
		{"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", NULL},
	};
	static const char *const none[] = {NULL};

	for (size_t i = 0; i < COUNT_OF(row); i++) {
		const char *near = opt_nearest(row[i].text, words);

		if (!row[i].near)
			assert_null(near);
		else if (!near || strcmp(near, row[i].near) != 0)
			fail_msg("'%s' is near '%s'", row[i].text, near ? near : "nothing");
	}
	assert_null(opt_nearest("size", none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_binary),
		cmocka_unit_test(times_need_a_unit),
		cmocka_unit_test(counts_are_plain),
		cmocka_unit_test(sizes_for_people),
		cmocka_unit_test(times_for_people),
		cmocka_unit_test(little_room_cuts_and_ends),
		cmocka_unit_test(the_nearest_word),
	};

	return cmocka_run_group_tests_name("option values", tests, NULL, NULL);
}
