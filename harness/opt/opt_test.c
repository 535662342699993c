// SPDX-License-Identifier: BSD-2-Clause
/* opt_test.c: the table: defaults, every type, limits, lists, messages, round trips, help text. */
#include "harness/opt/opt_testing.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

struct settings {
	uint64_t depth, bytes, duration_ns, any;
	double rate, offset;
	bool ledger;
	unsigned completion;
	char title[OPT_TEXT_MAX];
	struct opt_list sizes, counts, pauses, strategies;
};

static const char *const completions[] = {"poll", "interrupt", "adaptive", NULL};
static const char *const strategies[] = {"packet", "packet-cached", "common", "hybrid", NULL};

#define AT(field) .offset = offsetof(struct settings, field)

static const struct opt table[] = {
	{"depth", OPT_COUNT, AT(depth), .fallback = "1", .min = 1, .max = 1024,
		.help = "transfers in flight"},
	{"bytes", OPT_SIZE, AT(bytes), .fallback = "4k", .min = 1, .max = 1 << 30,
		.help = "bytes of a transfer"},
	{"duration", OPT_TIME, AT(duration_ns), .fallback = "500ms", .min = 1e6, .max = -1,
		.help = "time measured"},
	{"any", OPT_COUNT, AT(any), .help = "any number"},
	{"rate", OPT_REAL, AT(rate), .fallback = "0.25", .min = 0, .max = 1,
		.help = "share of faults"},
	{"offset", OPT_REAL, AT(offset), .fallback = "-1.5", .help = "any real number"},
	{"ledger", OPT_BOOL, AT(ledger), .fallback = "yes", .help = "measure the phases"},
	{"completion", OPT_WORD, AT(completion), .fallback = "adaptive", .words = completions,
		.help = "how completions are noticed"},
	{"title", OPT_TEXT, AT(title), .fallback = "", .help = "title of the run"},
	{"size", OPT_SIZE, .many = true, AT(sizes), .fallback = "64..1k*2,64k", .min = 1,
		.max = 1 << 24,
		.help = "bytes of a transfer, a case each; the whole range is run for every "
			"strategy, direction "
			"and depth"},
	{"count", OPT_COUNT, .many = true, AT(counts), .fallback = "1..8+1", .help = "how many"},
	{"pause", OPT_TIME, .many = true, AT(pauses), .fallback = "0,1us..100us*10",
		.help = "pauses"},
	{"strategy", OPT_WORD, .many = true, AT(strategies), .fallback = "packet,common",
		.words = strategies, .help = "drivers under test"},
	{.name = NULL},
};

static struct settings defaults(void)
{
	struct settings settings;

	memset(&settings, 0x5a, sizeof(settings));
	opt_defaults(table, &settings);
	return settings;
}

static struct settings set(const char *name, const char *value)
{
	struct settings settings = defaults();
	struct err err = ERR_INIT;

	if (opt_set(table, &settings, name, value, "--set", &err))
		fail_msg("%s=%s: %s", name, value, err.message);
	assert_int_equal(err.kind, ERR_NONE);
	return settings;
}

/* Nothing changed, ERR_USAGE, and @part in the message. */
static void refuse(const char *name, const char *value, const char *part)
{
	struct settings before = defaults(), after = before;
	struct err err = ERR_INIT;

	if (opt_set(table, &after, name, value, "--set", &err) != -EINVAL)
		fail_msg("%s=%s was taken", name, value);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_int_equal(err.code, -EINVAL);
	if (strncmp(err.message, "--set: ", 7) != 0 || !strstr(err.message, part))
		fail_msg("%s=%s: \"%s\" lacks \"%s\"", name, value, err.message, part);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(opt_set(table, &after, name, value, "--set", NULL), -EINVAL);
}

static void assert_list(const struct opt_list *list, const uint64_t *value, uint32_t count)
{
	assert_int_equal(list->count, count);
	for (uint32_t i = 0; i < count; i++)
		assert_true(list->value[i] == value[i]);
}

static void defaults_fill_every_row_that_has_one(void **state)
{
	(void)state;
	struct settings settings = defaults();
	static const uint64_t sizes[] = {64, 128, 256, 512, 1024, 65536};
	static const uint64_t counts[] = {1, 2, 3, 4, 5, 6, 7, 8};
	static const uint64_t pauses[] = {0, 1000, 10000, 100000};
	static const uint64_t words[] = {0, 2};

	assert_true(
		settings.depth == 1 && settings.bytes == 4096 && settings.duration_ns == 500000000);
	assert_true(settings.any == UINT64_C(0x5a5a5a5a5a5a5a5a));
	assert_true(settings.rate == 0.25 && settings.offset == -1.5);
	assert_true(settings.ledger);
	assert_int_equal(settings.completion, 2);
	assert_string_equal(settings.title, "");
	assert_list(&settings.sizes, sizes, 6);
	assert_list(&settings.counts, counts, 8);
	assert_list(&settings.pauses, pauses, 4);
	assert_list(&settings.strategies, words, 2);
}

static void every_type_is_set(void **state)
{
	(void)state;
	assert_true(set("depth", "32").depth == 32);
	assert_true(set("depth", " 32\t").depth == 32);
	assert_true(set("any", "18446744073709551615").any == UINT64_MAX);
	assert_true(set("bytes", "1.5m").bytes == 3 << 19);
	assert_true(set("duration", "2s").duration_ns == 2000000000);
	assert_true(set("rate", "1").rate == 1);
	assert_true(set("rate", "1e-3").rate == 1e-3);
	assert_true(set("offset", "-2.5e10").offset == -2.5e10);
	assert_int_equal(set("completion", "interrupt").completion, 1);
	assert_string_equal(set("title", " two words; = , .. *1 ").title, "two words; = , .. *1");
	assert_string_equal(set("title", "gr\xc3\xbc\xc3\x9f").title, "gr\xc3\xbc\xc3\x9f");
}

static void bool_words(void **state)
{
	(void)state;
	static const char *const yes[] = {"1", "yes", "on", "true", "Yes", "TRUE"};
	static const char *const no[] = {"0", "no", "off", "false", "No", "OFF"};

	for (size_t i = 0; i < COUNT_OF(yes); i++) {
		assert_true(set("ledger", yes[i]).ledger);
		assert_false(set("ledger", no[i]).ledger);
	}
	refuse("ledger", "", "expected yes or no");
	refuse("ledger", "2", "expected yes or no");
	refuse("ledger", "maybe", "'maybe' is neither");
}

static void numbers_out_of_limits_or_unreadable(void **state)
{
	(void)state;
	refuse("depth", "0", "depth: '0' is too small; expected 1 to 1024");
	refuse("depth", "1025", "'1025' is too large; expected 1 to 1024");
	refuse("depth", "18446744073709551615", "too large");
	refuse("depth", "18446744073709551617", "expected a whole number");
	refuse("depth", "4k", "expected a whole number");
	refuse("depth", "1e30", "cannot be read");
	refuse("depth", "-1", "cannot be read");
	refuse("depth", "", "'' cannot be read");
	refuse("depth", "3 4", "cannot be read");
	refuse("bytes", "0", "too small; expected 1 to 1g");
	refuse("bytes", "2g", "too large; expected 1 to 1g");
	refuse("bytes", "4q", "'4q' cannot be read; expected a size such as 64, 4k, 2m or 1g");
	refuse("bytes", "64..1k*2", "cannot be read");
	refuse("bytes", "64,128", "cannot be read");
	refuse("duration", "5", "expected a time with its unit");
	refuse("duration", "1us", "too small; expected at least 1ms");
	assert_true(set("duration", "18446744073709551615ns").duration_ns == UINT64_MAX);
	refuse("rate", "1.01", "too large; expected 0 to 1");
	refuse("rate", "-0.01", "too small");
	refuse("rate", "nan", "finite number");
	refuse("rate", "inf", "finite number");
	refuse("offset", "1e999", "finite number");
	refuse("offset", "0x10", "finite number");
	refuse("offset", "1.5x", "finite number");
	refuse("offset", "", "finite number");
	refuse("offset", "1 2", "finite number");
	refuse("offset", "--1", "finite number");
}

static void words_and_suggestions(void **state)
{
	(void)state;
	refuse("completion", "pol",
		"did you mean 'poll'? expected one of: poll, interrupt, adaptive");
	refuse("completion", "banana",
		"'banana' is not known; expected one of: poll, interrupt, adaptive");
	refuse("completion", "Poll", "did you mean 'poll'?");
	refuse("strategy", "packet,comon", "did you mean 'common'?");
	refuse("dept", "3", "--set: unknown key 'dept'; did you mean 'depth'?");
	refuse("xyzzy", "3", "unknown key 'xyzzy'; expected one that --help lists");
	refuse("", "3", "unknown key ''");
}

static void texts_are_bounded_and_clean(void **state)
{
	(void)state;
	char text[OPT_TEXT_MAX + 1];

	memset(text, 'x', sizeof(text));
	text[OPT_TEXT_MAX - 1] = '\0';
	assert_string_equal(set("title", text).title, text);
	text[OPT_TEXT_MAX - 1] = 'x';
	text[OPT_TEXT_MAX] = '\0';
	refuse("title", text, "at most 255 bytes");
	refuse("title", "a\x1b[31mb", "'a?[31mb' holds control characters");
	refuse("title",
		"a\xff"
		"b",
		"not UTF-8");
	refuse("title", "\xc3", "not UTF-8");
	refuse("title", "\xc0\xaf", "not UTF-8");
	refuse("title", "\xed\xa0\x80", "not UTF-8");
	refuse("title", "\xf4\x90\x80\x80", "not UTF-8");
	refuse("title", "\xf9\x90\x80\x80", "not UTF-8");
	refuse("title", "\xf8\x88\x80\x80\x80", "not UTF-8");
}

static void lists_and_ranges(void **state)
{
	(void)state;
	static const uint64_t list[] = {1, 8, 32}, mixed[] = {64, 4096, 16384, 65536},
			      odd[] = {5, 8, 11};
	static const uint64_t one[] = {7}, thousand[] = {1, 10, 100, 1000},
			      stride[] = {4096, 12288, 20480};
	static const uint64_t top[] = {UINT64_MAX - 1, UINT64_MAX},
			      wrap[] = {UINT64_C(1) << 62, UINT64_C(1) << 63};
	static const uint64_t words[] = {3, 0, 1};
	struct settings settings = set("count", "1,8,32");

	assert_list(&settings.counts, list, 3);
	settings = set("count", " 1 , 8,\t32 ");
	assert_list(&settings.counts, list, 3);
	settings = set("size", "64,4k..64k*4");
	assert_list(&settings.sizes, mixed, 4);
	settings = set("size", "4k .. 20k + 8k");
	assert_list(&settings.sizes, stride, 3);
	settings = set("count", "5..13+3");
	assert_list(&settings.counts, odd, 3);
	settings = set("count", "7..7*2");
	assert_list(&settings.counts, one, 1);
	settings = set("count", "1..9999*10");
	assert_list(&settings.counts, thousand, 4);
	settings = set("strategy", "hybrid, packet,packet-cached");
	assert_list(&settings.strategies, words, 3);
	/* The last step leaves 64 bits. */
	settings = set("count", "18446744073709551614..18446744073709551615+1");
	assert_list(&settings.counts, top, 2);
	settings = set("count", "4611686018427387904..18446744073709551615*2");
	assert_list(&settings.counts, wrap, 2);
	/* 0 may be where steps are added. */
	assert_int_equal(set("count", "0..63+1").counts.count, OPT_LIST_MAX);
}

static void lists_that_cannot_be(void **state)
{
	(void)state;
	refuse("count", "1..8*1", "never ends");
	refuse("count", "1..8*0", "never ends");
	refuse("count", "0..8*2", "never ends");
	refuse("count", "1..8+0", "never ends");
	refuse("count", "8..1+1", "runs backwards");
	refuse("count", "1..8", "range '1..8' has no step");
	refuse("count", "1..8-1", "has no step");
	refuse("count", "0..64+1", "more than 64 values");
	refuse("count", "1..18446744073709551615+1", "more than 64 values");
	refuse("count", "1..99999999999999999999+1", "cannot be read");
	refuse("count", "..8+1", "'' cannot be read");
	refuse("count", "1..+1", "'' cannot be read");
	refuse("count", "1..8*", "'' cannot be read");
	refuse("count", "1..8*2*2", "cannot be read");
	refuse("count", "1..4..8+1", "cannot be read");
	refuse("count", "1...8+1", "cannot be read");
	refuse("count", "", "an empty place in the list");
	refuse("count", "1,,2", "an empty place in the list");
	refuse("count", "1,2,", "an empty place in the list");
	refuse("size", "0,64", "'0' is too small; expected 1 to 16m");
	refuse("size", "64..32m*2", "'32m' is too large");
	refuse("size", "64..4k*2k", "'2k' cannot be read; expected a whole number");
	refuse("pause", "1us..5us+1", "expected a time with its unit");
	refuse("strategy", "", "an empty place");
	refuse("strategy", "packet..common+1", "is not known");
}

static void long_values_are_refused_and_cut_in_messages(void **state)
{
	(void)state;
	char text[OPT_LIST_MAX * 32 + 100];

	memset(text, '7', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	refuse("count", text, "7777...' is too long; expected at most 2047 characters");
	text[500] = '\0';
	refuse("count", text, "7777...' is too long; expected values of at most 127 characters");
	refuse("depth", text, "7777...' cannot be read");
	refuse(text, "1", "unknown key '7777");
	memcpy(text, "1..", 3);
	memcpy(text + 200, "+1", 3);
	refuse("count", text, "too long");
}

static void formats_read_back(void **state)
{
	(void)state;
	static const struct {
		const char *name, *value, *formatted;
	} row[] = {
		{"depth", "007", "7"},
		{"any", "18446744073709551615", "18446744073709551615"},
		{"any", "0", "0"},
		{"bytes", "1536", "1536"},
		{"bytes", "65536", "64k"},
		{"bytes", "1.5m", "1536k"},
		{"bytes", "1g", "1g"},
		{"duration", "1500ms", "1500ms"},
		{"duration", "90s", "90s"},
		{"duration", "120s", "2m"},
		{"duration", "60m", "1h"},
		{"duration", "1000001ns", "1000001ns"},
		{"rate", "0.1", "0.1"},
		{"rate", "0.30000000000000004", "0.30000000000000004"},
		{"offset", "-1e300", "-1e+300"},
		{"ledger", "off", "no"},
		{"ledger", "1", "yes"},
		{"completion", "poll", "poll"},
		{"title", "a title", "a title"},
		{"title", "", ""},
		{"size", "64..1k*4,3", "64,256,1k,3"},
		{"pause", "0,1us", "0,1us"},
		{"strategy", "common,packet", "common,packet"},
	};

	for (size_t i = 0; i < COUNT_OF(row); i++) {
		struct settings settings = set(row[i].name, row[i].value);
		char out[64];

		assert_int_equal(
			opt_format(row_in(table, row[i].name), &settings, out, sizeof(out)),
			strlen(row[i].formatted));
		assert_string_equal(out, row[i].formatted);
		struct settings again = set(row[i].name, out);

		assert_memory_equal(&settings, &again, sizeof(settings));
	}
}

static void format_of_a_full_list_reads_back(void **state)
{
	(void)state;
	struct settings settings = defaults(), again = settings;
	char out[OPT_LIST_MAX * 21 + 1];

	settings.counts.count = OPT_LIST_MAX;
	for (int i = 0; i < OPT_LIST_MAX; i++)
		settings.counts.value[i] = UINT64_MAX - (unsigned)i;
	int len = opt_format(row_in(table, "count"), &settings, out, sizeof(out));

	assert_int_equal(len, OPT_LIST_MAX * 21 - 1);
	assert_int_equal(opt_set(table, &again, "count", out, "--set", NULL), 0);
	assert_memory_equal(&settings, &again, sizeof(settings));
	/* As snprintf: cut, ended, and the length it would have had. */
	char little[4];

	assert_int_equal(
		opt_format(row_in(table, "count"), &settings, little, sizeof(little)), len);
	assert_string_equal(little, "184");
	assert_int_equal(opt_format(row_in(table, "count"), &settings, NULL, 0), len);
	settings.counts.count = 0;
	assert_int_equal(opt_format(row_in(table, "count"), &settings, little, sizeof(little)), 0);
	assert_string_equal(little, "");
}

static void random_values_never_crash(void **state)
{
	(void)state;
	static const char alphabet[] = "0123456789.,*+-kmgtsub \t\x01\xff"
				       "packetcommon";
	const char *given = getenv("DMABENCH_TEST_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 0) : (unsigned)time(NULL);

	print_message("random_values_never_crash: DMABENCH_TEST_SEED=%u\n", seed);
	for (int round = 0; round < 30000; round++) {
		struct settings settings = defaults(), before = settings, again;
		const struct opt *row = &table[(unsigned)rand_r(&seed) % (COUNT_OF(table) - 1)];
		char value[40], out[2048];
		size_t len = (unsigned)rand_r(&seed) % sizeof(value);

		for (size_t i = 0; i < len; i++)
			value[i] = alphabet[(unsigned)rand_r(&seed) % (sizeof(alphabet) - 1)];
		value[len] = '\0';
		if (opt_set(table, &settings, row->name, value, "fuzz", NULL)) {
			assert_memory_equal(&settings, &before, sizeof(settings));
			continue;
		}
		again = settings;
		assert_true(opt_format(row, &settings, out, sizeof(out)) < (int)sizeof(out));
		assert_int_equal(opt_set(table, &again, row->name, out, "fuzz", NULL), 0);
		assert_memory_equal(&settings, &again, sizeof(settings));
	}
}

static void help_text(void **state)
{
	(void)state;
	static const char golden[] =
		"  depth=N            transfers in flight (1 to 1024; default 1)\n"
		"  bytes=SIZE         bytes of a transfer (1 to 1g; default 4k)\n"
		"  duration=TIME      time measured (at least 1ms; default 500ms)\n"
		"  any=N              any number\n"
		"  rate=X             share of faults (0 to 1; default 0.25)\n"
		"  offset=X           any real number (default -1.5)\n"
		"  ledger=yes|no      measure the phases (default yes)\n"
		"  completion=WORD    how completions are noticed (poll, interrupt, adaptive; "
		"default adaptive)\n"
		"  title=TEXT         title of the run\n"
		"  size=SIZE,...      bytes of a transfer, a case each; the whole range is run for "
		"every strategy,\n"
		"                     direction and depth (1 to 16m; default 64..1k*2,64k)\n"
		"  count=N,...        how many (default 1..8+1)\n"
		"  pause=TIME,...     pauses (default 0,1us..100us*10)\n"
		"  strategy=WORD,...  drivers under test (packet, packet-cached, common, hybrid; "
		"default\n"
		"                     packet,common)\n"
		"\n"
		"  Sizes read 64, 4k, 2m, 1g; times 10us, 500ms, 2s, 1m. Where ,... stands, lists\n"
		"  (1,8,32) and ranges (64..64k*2 is times two, 1..8+1 is plus one) are taken "
		"too.\n";
	char *text = NULL;
	size_t len_bytes = 0;
	FILE *out = open_memstream(&text, &len_bytes);

	assert_non_null(out);
	opt_help(table, out);
	fclose(out);
	assert_string_equal(text, golden);
	free(text);
}

static void no_upper_limit(void **state)
{
	(void)state;
	static const struct opt rows[] = {
		{"a", OPT_COUNT, .min = 2, .max = (double)INFINITY, .help = "a"},
		{"b", OPT_COUNT, .min = 2, .max = 0x1p64, .help = "b"},
		{.name = NULL},
	};
	char *text = NULL;
	size_t len_bytes = 0;
	FILE *out = open_memstream(&text, &len_bytes);
	uint64_t value;

	assert_non_null(out);
	opt_help(rows, out);
	fclose(out);
	assert_ptr_equal(strstr(text, "  a=N  a (at least 2)\n  b=N  b (at least 2)\n"), text);
	free(text);
	assert_int_equal(opt_set(rows, &value, "a", "18446744073709551615", "--set", NULL), 0);
	assert_int_equal(opt_set(rows, &value, "b", "1", "--set", NULL), -EINVAL);
	assert_true(value == UINT64_MAX);
}

static void a_long_name_pushes_its_help_to_the_next_line(void **state)
{
	(void)state;
	static const struct opt rows[] = {
		{"n", OPT_COUNT, .help = "short"},
		{"a.name.that.is.too.long.for.its.column", OPT_COUNT, .help = "long"},
		{.name = NULL},
	};
	char *text = NULL;
	size_t len_bytes = 0;
	FILE *out = open_memstream(&text, &len_bytes);

	assert_non_null(out);
	opt_help(rows, out);
	fclose(out);
	assert_ptr_equal(
		strstr(text,
			"  n=N  short\n  a.name.that.is.too.long.for.its.column=N\n       long\n"),
		text);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_fill_every_row_that_has_one),
		cmocka_unit_test(every_type_is_set),
		cmocka_unit_test(bool_words),
		cmocka_unit_test(numbers_out_of_limits_or_unreadable),
		cmocka_unit_test(words_and_suggestions),
		cmocka_unit_test(texts_are_bounded_and_clean),
		cmocka_unit_test(lists_and_ranges),
		cmocka_unit_test(lists_that_cannot_be),
		cmocka_unit_test(long_values_are_refused_and_cut_in_messages),
		cmocka_unit_test(formats_read_back),
		cmocka_unit_test(format_of_a_full_list_reads_back),
		cmocka_unit_test(random_values_never_crash),
		cmocka_unit_test(help_text),
		cmocka_unit_test(no_upper_limit),
		cmocka_unit_test(a_long_name_pushes_its_help_to_the_next_line),
	};

	return cmocka_run_group_tests_name("option table", tests, NULL, NULL);
}
