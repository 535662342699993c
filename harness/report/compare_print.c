// SPDX-License-Identifier: BSD-2-Clause
/* compare_print.c: a comparison as table and as JSON; the sentence at the end of both is for whoever decides. */
#include "harness/report/compare.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/text.h"

#define PRINT_COLUMNS     100
#define VISIBLE_SHOWN_MAX 10.0 /* a factor beyond which the number itself says nothing more */
#define INTERVAL_TEXT     64
#define SENTENCE_TEXT     (2 * STORE_NAME_MAX + 768)

static void percent(double ratio, char out[TEXT_MAX])
{
	if (isfinite(ratio))
		snprintf(out, TEXT_MAX, "%+.1f %%", 100 * (ratio - 1));
	else
		snprintf(out, TEXT_MAX, "-");
}

static void interval_text(const struct stats_interval *interval, char out[INTERVAL_TEXT])
{
	if (isfinite(interval->low) && isfinite(interval->high) && interval->low > 0)
		snprintf(out, INTERVAL_TEXT, "%.3f .. %.3f", interval->low, interval->high);
	else
		snprintf(out, INTERVAL_TEXT, "too few");
}

/* By the unit that the metric's name ends with. */
static const char *value_text(enum store_counter metric, double value, char out[TEXT_MAX])
{
	const char *name = store_counter_name(metric), *unit = strrchr(name, '_');

	if (metric == STORE_bytes_per_second)
		return text_rate(value, out, TEXT_MAX);
	if (unit && strcmp(unit, "_ns") == 0)
		return text_time(value, out, TEXT_MAX);
	if (metric == STORE_cpu_ns_per_op)
		return text_time(value, out, TEXT_MAX);
	if (unit && strcmp(unit, "_bytes") == 0)
		return text_size(value, out, TEXT_MAX);
	return text_count(value, out, TEXT_MAX);
}

static const char *verdict_why(const struct compare_case *c)
{
	return c->hidden ? ", less than measuring costs" : c->same ? ", same" : "";
}

static void case_print(const struct compare_case *c, enum store_counter metric, const char *style,
	const char *plain, FILE *out)
{
	char a[TEXT_MAX], b[TEXT_MAX], change[TEXT_MAX], interval[INTERVAL_TEXT],
		seen[TEXT_MAX] = "-";

	percent(c->ratio.value, change);
	interval_text(&c->ratio.interval, interval);
	if (c->visible > VISIBLE_SHOWN_MAX && isfinite(c->visible))
		snprintf(seen, sizeof(seen), ">%.0f %%", 100 * VISIBLE_SHOWN_MAX);
	else if (isfinite(c->visible))
		snprintf(seen, sizeof(seen), "%.1f %%", 100 * c->visible);
	fprintf(out, "  %s\n%12s%12s%12s%17s%12s   %s%s%s%s  (%u, %u)\n", c->name,
		value_text(metric, c->median_a, a), value_text(metric, c->median_b, b), change,
		interval, seen, style, stats_verdict_words[c->verdict], plain, verdict_why(c),
		c->count_a, c->count_b);
}

static uint32_t same_count(const struct compare *compare)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < compare->case_count; i++)
		count += compare->cases[i].same && compare->cases[i].verdict == STATS_UNCLEAR;
	return count;
}

/* The case of that verdict with the largest change; NULL: none. */
static const struct compare_case *largest(const struct compare *compare, enum stats_verdict verdict)
{
	const struct compare_case *most = NULL;

	for (uint32_t i = 0; i < compare->case_count; i++) {
		const struct compare_case *c = &compare->cases[i];

		if (c->verdict == verdict &&
			(!most || fabs(log(c->ratio.value)) > fabs(log(most->ratio.value))))
			most = c;
	}
	return most;
}

static double visible_median(const struct compare *compare)
{
	double *values = calloc(compare->case_count + 1u, sizeof(*values));
	size_t count = 0;

	for (uint32_t i = 0; values && i < compare->case_count; i++)
		if (isfinite(compare->cases[i].visible))
			values[count++] = compare->cases[i].visible;
	double median = values ? stats_median(values, count) : (double)NAN;

	free(values);
	return median;
}

static void add(char *text, size_t room, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void add(char *text, size_t room, const char *format, ...)
{
	const size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, room - used, format, args);
	va_end(args);
}

static void add_verdict(
	const struct compare *compare, enum stats_verdict verdict, char *text, size_t room)
{
	const struct compare_case *most = largest(compare, verdict);
	char change[TEXT_MAX];

	add(text, room, "%s in %u", stats_verdict_words[verdict], compare_count(compare, verdict));
	if (!most)
		return;
	percent(most->ratio.value, change);
	add(text, room, " (at most %s: %s)", change, most->name);
}

/* What measuring costs, where the metric is a time of one operation or follows from it. */
static void observer_line(const struct compare *compare, FILE *out)
{
	char plain[TEXT_MAX], ledger[TEXT_MAX];
	double most = 0;

	for (uint32_t i = 0; i < compare->case_count; i++)
		most = fmax(most, compare->cases[i].floor);
	if (most > 0)
		fprintf(out,
			"  measuring costs %s an operation (%s with a ledger), up to %.1f %% of "
			"one: less is unclear\n",
			text_time(compare->observer.plain_ns, plain, sizeof(plain)),
			text_time(compare->observer.ledger_ns, ledger, sizeof(ledger)), 100 * most);
}

/* In words; SENTENCE_TEXT holds it with two names. */
static void sentence(const struct compare *compare, char *text, size_t room)
{
	const double seen = visible_median(compare);
	const uint32_t same = same_count(compare), hidden = compare_hidden(compare);

	snprintf(text, room, "Of %u case%s, B is ", compare->case_count,
		compare->case_count == 1 ? "" : "s");
	add_verdict(compare, STATS_BETTER, text, room);
	add(text, room, ", ");
	add_verdict(compare, STATS_WORSE, text, room);
	add(text, room, ", unclear in %u", compare_count(compare, STATS_UNCLEAR));
	if (same)
		add(text, room, " (of which %u differ by less than %.1f %%)", same,
			100 * compare->limits.effect_min);
	if (hidden)
		add(text, room,
			" (%u because the difference is smaller than what measuring an operation "
			"costs)",
			hidden);
	if (isfinite(seen) && seen > VISIBLE_SHOWN_MAX)
		add(text, room,
			". No difference below %.0f %% would have been found in four comparisons "
			"of five (median of the cases)",
			100 * VISIBLE_SHOWN_MAX);
	else if (isfinite(seen))
		add(text, room,
			". A difference of %.1f %% would have been found in four comparisons of "
			"five "
			"(median of the cases)",
			100 * seen);
	add(text, room, ".");
}

void compare_table(const struct compare *compare, bool color, FILE *out)
{
	static const char *const styles[] = {
		[STATS_UNCLEAR] = "", [STATS_BETTER] = "\033[32m", [STATS_WORSE] = "\033[31m"};
	const char *bold = color ? "\033[1m" : "", *plain = color ? "\033[0m" : "";
	char text[SENTENCE_TEXT];

	fprintf(out, "%scompare%s  A %s   B %s   %s, %s is better\n\n", bold, plain,
		compare->label_a, compare->label_b, store_counter_name(compare->metric),
		compare->more_is_better ? "more" : "less");
	fprintf(out, "%12s%12s%12s%17s%12s   verdict (repetitions of A, B)\n", "A, median", "B",
		"B over A", "95 % interval", "detectable");
	for (uint32_t i = 0; i < compare->case_count; i++)
		case_print(&compare->cases[i], compare->metric,
			color ? styles[compare->cases[i].verdict] : "", plain, out);
	fputc('\n', out);
	if (compare->only_a || compare->only_b)
		fprintf(out, "  without a partner: %u of A, %u of B\n", compare->only_a,
			compare->only_b);
	observer_line(compare, out);
	sentence(compare, text, sizeof(text));
	text_wrap(out, text, PRINT_COLUMNS);
}

/* What is not finite is left out. */
static void put_real(json_t *object, const char *key, double value)
{
	if (isfinite(value))
		json_object_set_new(object, key, json_real(value));
}

static json_t *case_json(const struct compare_case *c)
{
	json_t *object = json_pack("{s:s, s:s, s:b, s:b, s:I, s:I}", "name", c->name, "verdict",
		stats_verdict_words[c->verdict], "same", (int)c->same, "paired", (int)c->paired,
		"repetitions_a", (json_int_t)c->count_a, "repetitions_b", (json_int_t)c->count_b);

	if (!object)
		return NULL;
	json_object_set_new(object, "failed_a", json_integer(c->failed_a));
	json_object_set_new(object, "failed_b", json_integer(c->failed_b));
	put_real(object, "median_a", c->median_a);
	put_real(object, "median_b", c->median_b);
	put_real(object, "ratio", c->ratio.value);
	/* A bound of 0 is none: the logarithm's was not finite. */
	if (c->ratio.interval.low > 0)
		put_real(object, "ratio_low", c->ratio.interval.low);
	put_real(object, "ratio_high", c->ratio.interval.high);
	put_real(object, "p", c->p);
	put_real(object, "p_adjusted", c->p_adjusted);
	put_real(object, "smallest_visible", c->visible);
	put_real(object, "floor", c->floor);
	json_object_set_new(object, "within_observer", json_boolean(c->hidden));
	return object;
}

json_t *compare_json(const struct compare *compare)
{
	json_t *cases = json_array();
	char text[SENTENCE_TEXT];

	for (uint32_t i = 0; i < compare->case_count; i++)
		json_array_append_new(cases, case_json(&compare->cases[i]));
	sentence(compare, text, sizeof(text));
	return json_pack("{s:s, s:s, s:s, s:b, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:I, "
			 "s:s, s:o}",
		"a", compare->label_a, "b", compare->label_b, "metric",
		store_counter_name(compare->metric), "more_is_better", (int)compare->more_is_better,
		"level", COMPARE_LEVEL, "power", COMPARE_POWER, "effect_min",
		compare->limits.effect_min, "observer_ns", compare->observer.plain_ns,
		"observer_ledger_ns", compare->observer.ledger_ns, "only_a",
		(json_int_t)compare->only_a, "only_b", (json_int_t)compare->only_b, "better",
		(json_int_t)compare_count(compare, STATS_BETTER), "worse",
		(json_int_t)compare_count(compare, STATS_WORSE), "unclear",
		(json_int_t)compare_count(compare, STATS_UNCLEAR), "sentence", text, "cases",
		cases);
}
