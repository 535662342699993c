// SPDX-License-Identifier: BSD-2-Clause
/* opt_sweep_test.c: lists of rows with one value: every type, inheritance by copy, picking, and what is refused. */
#include "harness/opt/opt_testing.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

struct settings {
	uint64_t registers, bytes, pause_ns, seed, number[OPT_SWEEPS_MAX + 1];
	double share;
	bool gather;
	unsigned fault;
	char title[OPT_TEXT_MAX];
	struct opt_list sizes;
	struct opt_sweeps sweeps;
};

static const char *const faults[] = {"none", "drop", "flip", NULL};

#define AT(field) .offset = offsetof(struct settings, field)

static const struct opt table[] = {
	{"registers", OPT_COUNT, AT(registers), .fallback = "0", .max = 1024, .help = "r"},
	{"bytes", OPT_SIZE, AT(bytes), .fallback = "4k", .min = 1, .max = 1 << 30, .help = "b"},
	{"pause", OPT_TIME, AT(pause_ns), .fallback = "1ms", .help = "p"},
	{"seed", OPT_COUNT, AT(seed), .fallback = "1", .help = "s",
		.single = "expected one: run it once for each"},
	{"share", OPT_REAL, AT(share), .fallback = "0", .min = 0, .max = 1, .help = "sh"},
	{"gather", OPT_BOOL, AT(gather), .fallback = "yes", .help = "g"},
	{"fault", OPT_WORD, AT(fault), .fallback = "none", .words = faults, .help = "f"},
	{"title", OPT_TEXT, AT(title), .fallback = "", .help = "t"},
	{"size", OPT_SIZE, .many = true, AT(sizes), .fallback = "64", .help = "si"},
	{"n0", OPT_COUNT, AT(number[0]), .fallback = "0", .help = "n"},
	{"n1", OPT_COUNT, AT(number[1]), .fallback = "0", .help = "n"},
	{"n2", OPT_COUNT, AT(number[2]), .fallback = "0", .help = "n"},
	{"n3", OPT_COUNT, AT(number[3]), .fallback = "0", .help = "n"},
	{"n4", OPT_COUNT, AT(number[4]), .fallback = "0", .help = "n"},
	{"n5", OPT_COUNT, AT(number[5]), .fallback = "0", .help = "n"},
	{"n6", OPT_COUNT, AT(number[6]), .fallback = "0", .help = "n"},
	{"n7", OPT_COUNT, AT(number[7]), .fallback = "0", .help = "n"},
	{"n8", OPT_COUNT, AT(number[8]), .fallback = "0", .help = "n"},
	{.name = NULL, AT(sweeps)},
};

static struct settings defaults(void)
{
	struct settings settings;

	memset(&settings, 0x5a, sizeof(settings));
	opt_defaults(table, &settings);
	return settings;
}

static void set(struct settings *settings, const char *name, const char *value)
{
	struct err err = ERR_INIT;

	if (opt_set(table, settings, name, value, "--set", &err))
		fail_msg("%s=%s: %s", name, value, err.message);
}

static const char *shown(const struct settings *settings, const char *name)
{
	static char out[512];

	opt_format(row_in(table, name), settings, out, sizeof(out));
	return out;
}

static void refuse(struct settings *settings, const char *name, const char *value, const char *part)
{
	struct settings before = *settings;
	struct err err = ERR_INIT;

	assert_int_equal(opt_set(table, settings, name, value, "--set", &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
	if (!strstr(err.message, name) || !strstr(err.message, part))
		fail_msg("%s=%s: \"%s\" lacks \"%s\"", name, value, err.message, part);
	assert_memory_equal(&before, settings, sizeof(before));
}

static void every_type_takes_several_values(void **state)
{
	static const struct {
		const char *name, *value, *formatted;
		uint32_t count;
	} rows[] = {
		{"registers", "0,2..64*2", "0,2,4,8,16,32,64", 7},
		{"bytes", "4k..64k*4,1m", "4k,16k,64k,1m", 4},
		{"pause", "1us..100us*10", "1us,10us,100us", 3},
		{"share", "0,0.001..0.1*10", "0,0.001,0.01,0.1", 4},
		{"share", "0..0.3+0.1", "0,0.1,0.2,0.3", 4},
		{"share", "1e-3..1e-1*1e+1", "0.001,0.01,0.1", 3},
		{"gather", "yes,no", "yes,no", 2},
		{"fault", "flip, none", "flip,none", 2},
		{"registers", "7", "7", 1},
		{"registers", "7..7*2", "7", 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct settings settings = defaults(), again = defaults();

		assert_int_equal(opt_values(table, &settings, rows[i].name), 1);
		set(&settings, rows[i].name, rows[i].value);
		assert_int_equal(opt_values(table, &settings, rows[i].name), rows[i].count);
		assert_int_equal(settings.sweeps.count, rows[i].count > 1);
		assert_string_equal(shown(&settings, rows[i].name), rows[i].formatted);
		/* What is echoed reads back to the same bytes. */
		set(&again, rows[i].name, rows[i].formatted);
		assert_memory_equal(&settings, &again, sizeof(settings));
	}
	assert_int_equal(opt_values(table, &(struct settings){.sizes.count = 3}, "size"), 3);
	assert_int_equal(opt_values(table, &(struct settings){0}, "sise"), 0);
}

static void the_field_holds_the_first_and_picking_each(void **state)
{
	struct settings settings = defaults();

	(void)state;
	set(&settings, "registers", "3,5");
	set(&settings, "share", "0.5,1");
	set(&settings, "gather", "no,yes");
	set(&settings, "fault", "drop,flip");
	assert_true(settings.registers == 3 && settings.share == 0.5 && !settings.gather &&
		    settings.fault == 1);
	for (uint32_t at = 0; at < 2; at++) {
		struct settings point = settings;

		for (uint32_t i = 0; i < settings.sweeps.count; i++)
			opt_pick(table, &point, i, at);
		assert_true(point.registers == (at ? 5 : 3));
		assert_true(point.share == (at ? 1 : 0.5));
		assert_int_equal(point.gather, at);
		assert_int_equal(point.fault, 1 + at);
		assert_int_equal(point.sweeps.count, 4); /* it is still told which keys they were */
		assert_int_equal(opt_values(table, &point, "fault"), 1);
		assert_string_equal(shown(&point, "registers"), at ? "5" : "3");
		assert_string_equal(shown(&point, "fault"), at ? "flip" : "drop");
	}
}

static void a_later_value_takes_the_place_of_the_list(void **state)
{
	struct settings settings = defaults(), plain = defaults();

	(void)state;
	set(&settings, "registers", "1,2");
	set(&settings, "bytes", "1k,2k");
	set(&settings, "pause", "1s,2s");
	set(&settings, "bytes", "8k"); /* the middle one goes, the order of the others stays */
	assert_int_equal(settings.sweeps.count, 2);
	assert_ptr_equal(settings.sweeps.sweep[0].row, row_in(table, "registers"));
	assert_ptr_equal(settings.sweeps.sweep[1].row, row_in(table, "pause"));
	set(&settings, "registers", "4,8,16");
	assert_string_equal(shown(&settings, "registers"), "4,8,16");
	assert_true(settings.registers == 4);
	set(&settings, "registers", "0");
	set(&settings, "pause", "1ms");
	set(&plain, "bytes", "8k");
	assert_memory_equal(&settings, &plain, sizeof(plain));
}

static void what_cannot_be_is_refused_and_changes_nothing(void **state)
{
	struct settings settings = defaults();
	char name[4] = "n0";

	(void)state;
	set(&settings, "registers", "1,2");
	refuse(&settings, "registers", "1,2000", "'2000' is too large; expected 0 to 1024");
	refuse(&settings, "registers", "1..", "has no step");
	refuse(&settings, "registers", "1,,2", "an empty place");
	refuse(&settings, "registers", "", "'' cannot be read");
	refuse(&settings, "registers", "0..64+1", "more than 64 values");
	refuse(&settings, "seed", "1,2", "run it once for each");
	refuse(&settings, "seed", "1..3+1", "'1..3+1' are several values");
	refuse(&settings, "share", "0..1*2", "never ends");
	refuse(&settings, "share", "0.5..1*1", "never ends");
	refuse(&settings, "share", "0.5..1+0", "never ends");
	refuse(&settings, "share", "1..0+0.5", "runs backwards");
	refuse(&settings, "share", "0..2+1", "too large");
	refuse(&settings, "share", "0..1e+3", "has no step");
	refuse(&settings, "share", "0..1+x", "finite number");
	refuse(&settings, "fault", "none,flop", "did you mean 'flip'?");
	refuse(&settings, "gather", "yes,maybe", "'maybe' is neither");
	for (unsigned i = 0; i + 1 < OPT_SWEEPS_MAX; i++, name[1]++)
		set(&settings, name, "1,2");
	refuse(&settings, name, "1,2", "8 other keys have several");
	set(&settings, name, "3");
}

static void a_title_keeps_its_commas(void **state)
{
	struct settings settings = defaults();

	(void)state;
	set(&settings, "title", "a, b .. c");
	assert_string_equal(settings.title, "a, b .. c");
	assert_int_equal(settings.sweeps.count, 0);
	assert_false(opt_takes_list(row_in(table, "title")));
	assert_false(opt_takes_list(row_in(table, "seed")));
	assert_true(opt_takes_list(row_in(table, "size")));
	assert_true(opt_takes_list(row_in(table, "gather")));
}

static void help_marks_what_takes_a_list(void **state)
{
	char *text = NULL;
	size_t len_bytes = 0;
	FILE *out = open_memstream(&text, &len_bytes);

	(void)state;
	assert_non_null(out);
	opt_help(table, out);
	fclose(out);
	assert_non_null(strstr(text, "  registers=N,...  "));
	assert_non_null(strstr(text, "  gather=yes|no,...  "));
	assert_non_null(strstr(text, "  seed=N  "));
	assert_non_null(strstr(text, "  title=TEXT  "));
	free(text);
}

/* Settings in any order leave what was given last, key by key. */
static void random_settings_hold_the_last_value_of_each(void **state)
{
	static const char *const values[] = {"1", "2,3", "4..16*2", "5,6,7,8", "9"};
	static const char *const formatted[] = {"1", "2,3", "4,8,16", "5,6,7,8", "9"};
	const char *given = getenv("DMABENCH_TEST_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 0) : (unsigned)time(NULL);

	(void)state;
	print_message("DMABENCH_TEST_SEED=%u\n", seed);
	for (int round = 0; round < 300; round++) {
		struct settings settings = defaults();
		size_t last[8] = {0};
		char name[4] = "n0";

		for (int i = 0; i < 8; i++, name[1]++)
			set(&settings, name, values[0]);
		for (int i = 0; i < 40; i++) {
			const unsigned key = (unsigned)rand_r(&seed) % 8;

			last[key] = (unsigned)rand_r(&seed) % COUNT_OF(values);
			name[1] = (char)('0' + key);
			set(&settings, name, values[last[key]]);
		}
		uint32_t swept = 0;

		for (unsigned key = 0; key < 8; key++) {
			name[1] = (char)('0' + key);
			assert_string_equal(shown(&settings, name), formatted[last[key]]);
			assert_true(
				settings.number[key] == strtoull(formatted[last[key]], NULL, 10));
			swept += strchr(formatted[last[key]], ',') != NULL;
		}
		assert_int_equal(settings.sweeps.count, swept);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_takes_several_values),
		cmocka_unit_test(the_field_holds_the_first_and_picking_each),
		cmocka_unit_test(a_later_value_takes_the_place_of_the_list),
		cmocka_unit_test(what_cannot_be_is_refused_and_changes_nothing),
		cmocka_unit_test(a_title_keeps_its_commas),
		cmocka_unit_test(help_marks_what_takes_a_list),
		cmocka_unit_test(random_settings_hold_the_last_value_of_each),
	};

	return cmocka_run_group_tests_name("sweeps", tests, NULL, NULL);
}
