// SPDX-License-Identifier: BSD-2-Clause
/*
 * broken_test.c: drivers/tests/broken breaks every rule that a driver can break, one at a time; `dmabench driver`
 * reports each with its number, in text and in JSON, nothing that does not follow from it, and the right exit code.
 *
 * RULES_REPEATS=100 does each that often and prints a line for each (make rules-100).
 */
#include "bench/tests/driver_testing.h"

#include "drivers/videoport/videoport.h"

/* Again, because a report must not depend on what the first life left; sanitizers look at the code, which is the same. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define REPEATS 1
#else
#define REPEATS 2
#endif

/*
 * BREAK: how the driver is to break it; the rule, or for its second way and more the rule and a digit. What follows are
 * rules that are then broken as well: what cannot be given back is left at unload, and obsolete functions are noted.
 */
#define BREAKS_ADAPTER(X)                                                                          \
	X(101, PLAIN, 0)                                                                           \
	X(102, PLAIN, 0)                                                                           \
	X(1022, PLAIN, 0)                                                                          \
	X(103, PLAIN, 0)                                                                           \
	X(104, PLAIN, 0)                                                                           \
	X(1042, PLAIN, 0)                                                                          \
	X(105, PLAIN, 214)                                                                         \
	X(106, PLAIN, 312, 418)                                                                    \
	X(107, PLAIN, 0)                                                                           \
	X(108, PLAIN, 0)
#define BREAKS_COMMON(X)                                                                           \
	X(201, PLAIN, 0)                                                                           \
	X(2012, PLAIN, 919)                                                                        \
	X(202, PLAIN, 0)                                                                           \
	X(2022, PLAIN, 919)                                                                        \
	X(203, PLAIN, 0)                                                                           \
	X(204, PLAIN, 0)                                                                           \
	X(205, PLAIN, 0)                                                                           \
	X(2052, PLAIN, 919)                                                                        \
	X(206, PLAIN, 0)                                                                           \
	X(2062, PLAIN, 919)                                                                        \
	X(207, PLAIN, 0)                                                                           \
	X(2072, PLAIN, 919)                                                                        \
	X(208, PLAIN, 0)                                                                           \
	X(209, PLAIN, 0)                                                                           \
	X(210, PLAIN, 0)                                                                           \
	X(211, PLAIN, 0)                                                                           \
	X(212, PLAIN, 0)                                                                           \
	X(213, PLAIN, 0)                                                                           \
	X(214, PLAIN, 105)                                                                         \
	X(2142, PLAIN, 919)
#define BREAKS_LOCK(X)                                                                             \
	X(301, PLAIN, 0)                                                                           \
	X(302, PLAIN, 0)                                                                           \
	X(303, PLAIN, 0)                                                                           \
	X(3032, PLAIN, 0)                                                                          \
	X(304, PLAIN, 0)                                                                           \
	X(305, PLAIN, 0)                                                                           \
	X(3052, PLAIN, 0)                                                                          \
	X(306, PLAIN, 0)                                                                           \
	X(3062, PLAIN, 0)                                                                          \
	X(3063, PLAIN, 0)                                                                          \
	X(307, PLAIN, 0)                                                                           \
	X(308, PLAIN, 0)                                                                           \
	X(309, PLAIN, 0)                                                                           \
	X(310, PLAIN, 0)                                                                           \
	X(311, PLAIN, 422)                                                                         \
	X(312, PLAIN, 0)
#define BREAKS_TRANSFER(X)                                                                         \
	X(401, PLAIN, 0)                                                                           \
	X(402, PLAIN, 0)                                                                           \
	X(403, PLAIN, 0)                                                                           \
	X(404, PLAIN, 0)                                                                           \
	X(405, PLAIN, 0)                                                                           \
	X(406, PLAIN, 0)                                                                           \
	X(407, PLAIN, 0)                                                                           \
	X(408, PLAIN, 0)                                                                           \
	X(409, PLAIN, 0)                                                                           \
	X(410, PLAIN, 0)                                                                           \
	X(411, PLAIN, 0)                                                                           \
	X(4112, PLAIN, 0)                                                                          \
	X(412, PLAIN, 0)                                                                           \
	X(413, PLAIN, 0)                                                                           \
	X(414, PLAIN, 0)                                                                           \
	X(415, PLAIN, 0)                                                                           \
	X(416, PLAIN, 0)                                                                           \
	X(417, PLAIN, 0)                                                                           \
	X(418, PLAIN, 106, 312)                                                                    \
	X(419, PLAIN, 0)                                                                           \
	X(420, PLAIN, 0)                                                                           \
	X(421, PLAIN, 0)                                                                           \
	X(422, PLAIN, 0)
#define BREAKS_DEVICE(X)                                                                           \
	X(501, PLAIN, 0)                                                                           \
	X(502, PLAIN, 0)                                                                           \
	X(503, PLAIN, 0)                                                                           \
	X(504, PLAIN, 0)                                                                           \
	X(505, PLAIN, 213)                                                                         \
	X(506, PLAIN, 0)                                                                           \
	X(507, PLAIN, 0)                                                                           \
	X(5072, PLAIN, 0)
#define BREAKS_LEVEL(X)                                                                            \
	X(601, PLAIN, 0)                                                                           \
	X(6012, PLAIN, 0)                                                                          \
	X(602, PLAIN, 0)                                                                           \
	X(6022, PLAIN, 0)                                                                          \
	X(603, PLAIN, 0)                                                                           \
	X(6032, PLAIN, 0)                                                                          \
	X(604, PLAIN, 0)                                                                           \
	X(605, PLAIN, 0)                                                                           \
	X(6052, PLAIN, 0)                                                                          \
	X(6053, PLAIN, 0)                                                                          \
	X(6054, PLAIN, 0)                                                                          \
	X(6055, PLAIN, 0)                                                                          \
	X(606, SLEEPING, 0)                                                                        \
	X(607, PLAIN, 0)                                                                           \
	X(608, PLAIN, 0)                                                                           \
	X(609, PLAIN, 0)                                                                           \
	X(6092, PLAIN, 0)                                                                          \
	X(610, PLAIN, 0)
#define BREAKS_SYNC(X)                                                                             \
	X(701, PLAIN, 0)                                                                           \
	X(7012, PLAIN, 0)                                                                          \
	X(702, PLAIN, 0)                                                                           \
	X(703, PLAIN, 0)                                                                           \
	X(704, PLAIN, 0)                                                                           \
	X(705, PLAIN, 0)                                                                           \
	X(7052, PLAIN, 0)                                                                          \
	X(7053, PLAIN, 0)                                                                          \
	X(706, PLAIN, 0)                                                                           \
	X(707, PLAIN, 0)                                                                           \
	X(708, PLAIN, 0)                                                                           \
	X(709, PLAIN, 0)                                                                           \
	X(7092, PLAIN, 0)                                                                          \
	X(710, PLAIN, 0)                                                                           \
	X(7102, PLAIN, 0)                                                                          \
	X(711, PLAIN, 0)                                                                           \
	X(712, PLAIN, 0)                                                                           \
	X(713, ENTRY, 0)                                                                           \
	X(714, TIMER, 0)
#define BREAKS_MEMORY(X)                                                                           \
	X(801, PLAIN, 0)                                                                           \
	X(8012, PLAIN, 0)                                                                          \
	X(8013, PLAIN, 919)                                                                        \
	X(802, PLAIN, 0)                                                                           \
	X(8022, PLAIN, 0)                                                                          \
	X(803, PLAIN, 0)                                                                           \
	X(8032, PLAIN, 0)                                                                          \
	X(8033, PLAIN, 919)                                                                        \
	X(804, PLAIN, 0)                                                                           \
	X(805, PLAIN, 0)                                                                           \
	X(806, PLAIN, 0)                                                                           \
	X(807, PLAIN, 0)                                                                           \
	X(808, PLAIN, 0)                                                                           \
	X(809, PLAIN, 919)                                                                         \
	X(810, PLAIN, 0)
#define BREAKS_FRAMEWORK(X)                                                                        \
	X(901, ENTRY, 0)                                                                           \
	X(902, ENTRY, 0)                                                                           \
	X(903, PLAIN, 0)                                                                           \
	X(904, PLAIN, 0)                                                                           \
	X(905, PLAIN, 0)                                                                           \
	X(907, PLAIN, 0)                                                                           \
	X(908, PLAIN, 0)                                                                           \
	X(9082, PLAIN, 0)                                                                          \
	X(909, PLAIN, 0)                                                                           \
	X(910, PLAIN, 0)                                                                           \
	X(911, PLAIN, 0)                                                                           \
	X(912, PLAIN, 0)                                                                           \
	X(913, PLAIN, 0)                                                                           \
	X(914, PLAIN, 0)                                                                           \
	X(9142, PLAIN, 0)                                                                          \
	X(915, PLAIN, 0)                                                                           \
	X(916, PLAIN, 0)                                                                           \
	X(9162, PLAIN, 0)                                                                          \
	X(917, PLAIN, 0)                                                                           \
	X(918, PLAIN, 0)                                                                           \
	X(919, PLAIN, 0)                                                                           \
	X(920, ENTRY, 0)                                                                           \
	X(922, PLAIN, 0)                                                                           \
	X(923, PLAIN, 0)                                                                           \
	X(9232, PLAIN, 0)
#define BREAKS(X)                                                                                  \
	BREAKS_ADAPTER(X)                                                                          \
	BREAKS_COMMON(X)                                                                           \
	BREAKS_LOCK(X)                                                                             \
	BREAKS_TRANSFER(X)                                                                         \
	BREAKS_DEVICE(X)                                                                           \
	BREAKS_LEVEL(X)                                                                            \
	BREAKS_SYNC(X)                                                                             \
	BREAKS_MEMORY(X)                                                                           \
	BREAKS_FRAMEWORK(X)

/* What the script must do for it, or that the driver is built for it (its DriverEntry breaks the rule). */
enum how { PLAIN, SLEEPING, TIMER, ENTRY };

/* Rules that no driver breaks; the tests of drivers/videoport break them. */
static const struct {
	unsigned rule;
	const char *why;
} not_by_a_driver[] = {
	{611, "the host's clock goes back"},
	{612, "the host's clock leaps"},
	{906, "a driver has no function to send requests; a harness calls videoport_request"},
	{921, "the host cannot wait for the device's interrupt"},
};

#define ALSO_MAX 4

struct breaking {
	unsigned number;
	enum how how;
	unsigned also[ALSO_MAX]; /* 0: none */
};

#define BREAK_ROW(number, how, ...) {number, how, {__VA_ARGS__}},
static const struct breaking breaks[] = {BREAKS(BREAK_ROW)};
#undef BREAK_ROW

static const struct breaking nothing = {5, PLAIN, {0}};

/* ---- rules ------------------------------------------------------------------------------------------------ */

static unsigned rule_of(const struct breaking *b)
{
	return b->number >= 1000 ? b->number / 10 : b->number;
}

static const struct videoport_rule *rule_find(unsigned number)
{
	const struct videoport_rule *rule;

	for (unsigned i = 0; (rule = videoport_rule_at(i)) && rule->number != number; i++)
		;
	return rule;
}

/* Whether @rule is to be reported. */
static bool declared(const struct breaking *b, unsigned rule)
{
	bool found = rule == rule_of(b);

	for (unsigned i = 0; i < ALSO_MAX; i++)
		found |= b->also[i] && b->also[i] == rule;
	return found;
}

static int exit_code(const struct breaking *b, bool strict)
{
	const enum videoport_severity least = strict ? VIDEOPORT_WARNING : VIDEOPORT_ERROR;
	const struct videoport_rule *rule;
	int code = 0;

	for (unsigned i = 0; (rule = videoport_rule_at(i)); i++)
		if (declared(b, rule->number) && rule->severity >= least)
			code = 1;
	return code;
}

/* ---- one life ---------------------------------------------------------------------------------------------- */

/* What differed from what was to be said, "" nothing. */
struct verdict {
	char text[256];
};

static void differs(struct verdict *verdict, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void differs(struct verdict *verdict, const char *format, ...)
{
	va_list args;

	if (verdict->text[0])
		return;
	va_start(args, format);
	vsnprintf(verdict->text, sizeof(verdict->text), format, args);
	va_end(args);
}

static const char *module_of(const struct breaking *b)
{
	char path[64];

	snprintf(path, sizeof(path), "build/modules/broken/entry%u.so", rule_of(b));
	return b->how == ENTRY ? at_top(path) : BROKEN;
}

/* Relative to the empty folder the test runs in. */
static const char *script_of(const struct breaking *b)
{
	if (b->how == PLAIN || b->how == ENTRY)
		return BREAK_SCRIPT;
	file_write("script", b->how == TIMER ? "buffer data 8192\n"
					       "ioctl 0x232080 in64 &data in32 8192 0\ntimer\n"
					     : "power off\nwait 100\npower on\n");
	return "script";
}

static struct said live(const struct breaking *b, bool strict)
{
	char choice[32];

	snprintf(choice, sizeof(choice), "Break=%u", b->number);
	return SAY("driver", module_of(b), "--script", script_of(b), "--set", choice, "--json",
		"out.json", strict ? "--strict" : NULL);
}

static void judge_text(const struct breaking *b, const struct said *said, struct verdict *verdict)
{
	static const char *const words[] = {[VIDEOPORT_NOTE] = "note",
		[VIDEOPORT_WARNING] = "warning",
		[VIDEOPORT_ERROR] = "error"};
	const struct videoport_rule *rule;
	char line[32];

	for (unsigned i = 0; (rule = videoport_rule_at(i)); i++) {
		snprintf(line, sizeof(line), "V-%u %s: ", rule->number, words[rule->severity]);
		if (!!strstr(said->out, line) != (declared(b, rule->number) && b != &nothing))
			differs(verdict, "text: V-%u", rule->number);
	}
}

static void judge_json(const struct breaking *b, struct verdict *verdict)
{
	char *text = text_of("out.json");
	json_t *root = json_of(text);
	const json_t *findings = json_object_get(root, "findings");
	const struct videoport_rule *rule;
	bool seen[1000] = {false};

	for (size_t i = 0; i < json_array_size(findings); i++) {
		const char *number = json_string_value(
			json_object_get(json_array_get(findings, i), "rule"));
		const unsigned long value = number ? strtoul(number + 2, NULL, 10) : 0;

		seen[value < COUNT_OF(seen) ? value : 0] = true;
	}
	for (unsigned i = 0; (rule = videoport_rule_at(i)); i++)
		if (seen[rule->number] != (declared(b, rule->number) && b != &nothing))
			differs(verdict, "JSON: V-%u", rule->number);
	if (seen[0])
		differs(verdict, "JSON: a finding without a rule");
	if (json_integer_value(json_object_get(root, "steps_failed")))
		differs(verdict, "a step failed");
	json_decref(root);
	free(text);
}

static struct verdict judge_once(const struct breaking *b)
{
	struct verdict verdict = {""};
	struct said said = live(b, false);

	if (said.code != exit_code(b, false))
		differs(&verdict, "exit %d", said.code);
	judge_text(b, &said, &verdict);
	judge_json(b, &verdict);
	said_free(&said);
	/* Where strictness makes a difference. */
	if (exit_code(b, false) == 0) {
		said = live(b, true);
		if (said.code != exit_code(b, true))
			differs(&verdict, "exit %d with --strict", said.code);
		said_free(&said);
	}
	return verdict;
}

/* ---- tests --------------------------------------------------------------------------------------------------- */

static unsigned repeats(void)
{
	const char *asked = getenv("RULES_REPEATS");
	const unsigned long count = asked ? strtoul(asked, NULL, 10) : 0;

	return count && count <= 100000 ? (unsigned)count : REPEATS;
}

/* Return: in how many of the repeats it was otherwise; told line by line where @tell. */
static unsigned judge(const struct breaking *b, unsigned times, bool tell)
{
	const struct videoport_rule *rule = rule_find(rule_of(b));
	unsigned wrong = 0;

	for (unsigned n = 1; n <= times; n++) {
		const struct verdict verdict = judge_once(b);

		if (!verdict.text[0])
			continue;
		wrong++;
		print_message("Break=%u, repeat %u: %s\n", b->number, n, verdict.text);
	}
	if (tell && rule)
		print_message("%-7u V-%u %-24s exit %d, strict %d  %u of %u\n", b->number,
			rule_of(b), rule->name, exit_code(b, false), exit_code(b, true),
			times - wrong, times);
	return wrong;
}

static bool is_broken(unsigned rule)
{
	bool found = false;

	for (size_t i = 0; i < COUNT_OF(breaks); i++)
		found |= rule_of(&breaks[i]) == rule;
	return found;
}

static size_t rules_broken(void)
{
	const struct videoport_rule *rule;
	size_t count = 0;

	for (unsigned i = 0; (rule = videoport_rule_at(i)); i++)
		count += is_broken(rule->number);
	return count;
}

static void each_broken_rule_is_reported_by_its_number(void **state)
{
	const bool tell = getenv("RULES_REPEATS");
	const unsigned times = repeats();
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(breaks); i++)
		wrong += judge(&breaks[i], times, tell);
	wrong += judge(&nothing, times, tell);
	if (tell)
		print_message("%zu breaks of %zu rules and one driver that breaks none, %u repeats "
			      "each: %u "
			      "differed\n",
			COUNT_OF(breaks), rules_broken(), times, wrong);
	assert_int_equal(wrong, 0);
}

static const char *why_not(unsigned rule)
{
	for (size_t i = 0; i < COUNT_OF(not_by_a_driver); i++)
		if (not_by_a_driver[i].rule == rule)
			return not_by_a_driver[i].why;
	return NULL;
}

static void every_rule_has_a_break_or_a_reason(void **state)
{
	const struct videoport_rule *rule;

	(void)state;
	for (unsigned i = 0; (rule = videoport_rule_at(i)); i++)
		if (is_broken(rule->number) == !!why_not(rule->number))
			fail_msg("V-%u %s: %s", rule->number, rule->name,
				why_not(rule->number)
					? "a driver breaks it, though a reason says it cannot"
					: "no driver breaks it, and no reason says why not");
	for (size_t i = 0; i < COUNT_OF(breaks); i++)
		if (!rule_find(rule_of(&breaks[i])))
			fail_msg("Break=%u: no such rule", breaks[i].number);
}

/* Or the test above could not fail: what is missing, and what is there besides. */
static void what_differs_is_noticed(void **state)
{
	const struct breaking missing = {101, PLAIN, {102}}, besides = {105, PLAIN, {0}};

	(void)state;
	assert_string_equal(judge_once(&missing).text, "text: V-102");
	assert_string_equal(judge_once(&besides).text, "text: V-214");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_rule_has_a_break_or_a_reason),
		TEST(what_differs_is_noticed),
		TEST(each_broken_rule_is_reported_by_its_number),
	};

	return cmocka_run_group_tests_name("broken", tests, top_note, NULL);
}
