// SPDX-License-Identifier: BSD-2-Clause
/*
 * opt_value.c: single values with units, from text and back. Whole numbers never pass through a
 * double, so that every 64-bit value survives and an overflow is seen.
 */
#include "harness/opt/opt.h"

#include "harness/opt/opt_priv.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	uint64_t factor;
};

/* Largest first; the first spelling of a factor is the one written. */
static const struct unit size_units[] = {
	{"t", UINT64_C(1) << 40},
	{"ti", UINT64_C(1) << 40},
	{"tib", UINT64_C(1) << 40},
	{"g", 1 << 30},
	{"gi", 1 << 30},
	{"gib", 1 << 30},
	{"m", 1 << 20},
	{"mi", 1 << 20},
	{"mib", 1 << 20},
	{"k", 1 << 10},
	{"ki", 1 << 10},
	{"kib", 1 << 10},
	{"", 1},
	{"b", 1},
	{NULL, 0},
};

static const struct unit time_units[] = {
	{"h", UINT64_C(3600000000000)},
	{"m", UINT64_C(60000000000)},
	{"min", UINT64_C(60000000000)},
	{"s", 1000000000},
	{"ms", 1000000},
	{"us", 1000},
	{"ns", 1},
	{NULL, 0},
};

static const struct unit count_units[] = {
	{"", 1},
	{NULL, 0},
};

void opt_append(struct opt_text *text, const char *format, ...)
{
	bool fits = text->used < text->room;
	va_list args;

	va_start(args, format);
	int len = vsnprintf(fits ? text->out + text->used : NULL,
		fits ? text->room - text->used : 0, format, args);
	va_end(args);
	if (len > 0)
		text->used += (size_t)len;
}

static const struct unit *unit_find(const struct unit *units, const char *name)
{
	for (; units->name; units++)
		if (!strcasecmp(units->name, name))
			return units;
	return NULL;
}

static const struct unit *units_of(enum opt_type type)
{
	return type == OPT_SIZE ? size_units : type == OPT_TIME ? time_units : count_units;
}

/*
 * Digits at *@at; leaves *@at behind them. @scale receives 10 to the number of digits.
 * Return: false without a digit, or where the number or its scale leaves 64 bits.
 */
static bool scan_digits(const char **at, uint64_t *value, uint64_t *scale)
{
	const char *start = *at;

	*value = 0;
	*scale = 1;
	for (; **at >= '0' && **at <= '9'; ++*at) {
		if (__builtin_mul_overflow(*value, 10, value) ||
			__builtin_add_overflow(*value, (uint64_t)(**at - '0'), value))
			return false;
		/*
		 * Only a fraction needs the scale; a whole number may have 20 digits and lets it
		 * wrap.
		 */
		*scale *= 10;
	}
	return *at > start;
}

/* Number, unit and nothing else. A fraction must come out whole: 1.5k is 1536, 0.3k is nothing. */
static int parse_scaled(const char *text, const struct unit *units, uint64_t *value)
{
	const size_t fraction_digits_max = 18; /* 10^18 fits 64 bits */
	uint64_t whole, fraction = 0, scale = 1, unused;

	if (!scan_digits(&text, &whole, &unused))
		return -EINVAL;
	bool has_fraction = *text == '.';

	if (has_fraction) {
		const char *digits = ++text;

		if (strspn(digits, "0123456789") > fraction_digits_max)
			return -EINVAL;
		if (!scan_digits(&text, &fraction, &scale))
			return -EINVAL;
	}
	const struct unit *unit = unit_find(units, text);

	/* A bare 0 needs no unit. */
	if (!unit && !*text && !whole && !has_fraction) {
		*value = 0;
		return 0;
	}
	if (!unit || (has_fraction && unit->factor == 1))
		return -EINVAL;
	unsigned __int128 part = (unsigned __int128)fraction * unit->factor;
	unsigned __int128 total = (unsigned __int128)whole * unit->factor + part / scale;

	if (part % scale || total > UINT64_MAX)
		return -EINVAL;
	*value = (uint64_t)total;
	return 0;
}

int opt_parse_size(const char *text, uint64_t *bytes)
{
	return parse_scaled(text, size_units, bytes);
}

int opt_parse_time(const char *text, uint64_t *ns)
{
	return parse_scaled(text, time_units, ns);
}

int opt_parse_count(const char *text, uint64_t *count)
{
	return parse_scaled(text, count_units, count);
}

void opt_append_number(struct opt_text *text, enum opt_type type, uint64_t value)
{
	const struct unit *unit = units_of(type);

	while (value && value % unit->factor)
		unit++;
	if (value)
		opt_append(text, "%llu%s", (unsigned long long)(value / unit->factor), unit->name);
	else
		opt_append(text, "0");
}

/* The shortest form that reads back as the same double. */
void opt_append_real(struct opt_text *text, double value)
{
	char form[40];

	for (int digits = 6; digits <= 17; digits++) {
		snprintf(form, sizeof(form), "%.*g", digits, value);
		if (strtod(form, NULL) == value)
			break;
	}
	opt_append(text, "%s", form);
}

static bool has_limits(const struct opt *row)
{
	return row->min != 0 || row->max != 0;
}

static bool has_upper_limit(const struct opt *row)
{
	return has_limits(row) && row->max >= row->min && row->max < 0x1p64;
}

static void append_limit(struct opt_text *text, const struct opt *row, double limit)
{
	if (row->type == OPT_REAL)
		opt_append_real(text, limit);
	else
		opt_append_number(text, row->type, limit > 0 ? (uint64_t)limit : 0);
}

void opt_append_limits(struct opt_text *text, const struct opt *row)
{
	if (!has_limits(row))
		return;
	if (!has_upper_limit(row))
		opt_append(text, "at least ");
	append_limit(text, row, row->min);
	if (!has_upper_limit(row))
		return;
	opt_append(text, " to ");
	append_limit(text, row, row->max);
}

void opt_append_words(struct opt_text *text, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		opt_append(text, "%s%s", i ? ", " : "", words[i]);
}

static int check_limits(const struct opt *row, const char *text, double value, struct opt_text *why)
{
	bool low = has_limits(row) && value < row->min;

	if (!low && !(has_upper_limit(row) && value > row->max))
		return 0;
	opt_append(why, "%s is too %s; expected ", opt_shown(text).text, low ? "small" : "large");
	opt_append_limits(why, row);
	return -EINVAL;
}

int opt_number(const struct opt *row, const char *text, uint64_t *value, struct opt_text *why)
{
	static const char *const expected[] = {
		[OPT_COUNT] = "a whole number",
		[OPT_SIZE] = "a size such as 64, 4k, 2m or 1g",
		[OPT_TIME] = "a time with its unit, such as 10us, 500ms or 2s",
	};

	if (parse_scaled(text, units_of(row->type), value) < 0) {
		opt_append(why, "%s cannot be read; expected %s, below 2^64", opt_shown(text).text,
			expected[row->type]);
		return -EINVAL;
	}
	return check_limits(row, text, (double)*value, why);
}

int opt_real(const struct opt *row, const char *text, double *value, struct opt_text *why)
{
	char *end = NULL;

	/* strtod takes blanks, hexadecimal numbers, infinities and NAN, which nobody means here. */
	if (*text && !text[strspn(text, "0123456789.eE+-")])
		*value = strtod(text, &end);
	if (!end || *end || !isfinite(*value)) {
		opt_append(why, "%s cannot be read; expected a finite number such as 0.25 or 1e-3",
			opt_shown(text).text);
		return -EINVAL;
	}
	return check_limits(row, text, *value, why);
}

int opt_word(const struct opt *row, const char *text, unsigned *index, struct opt_text *why)
{
	for (unsigned i = 0; row->words[i]; i++) {
		if (!strcmp(row->words[i], text)) {
			*index = i;
			return 0;
		}
	}
	const char *near = opt_nearest(text, row->words);

	opt_append(why, "%s is not known; ", opt_shown(text).text);
	if (near)
		opt_append(why, "did you mean '%s'? ", near);
	opt_append(why, "expected one of: ");
	opt_append_words(why, row->words);
	return -EINVAL;
}

int opt_bool(const char *text, bool *value, struct opt_text *why)
{
	static const char *const words[] = {"0", "1", "no", "yes", "off", "on", "false", "true"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!strcasecmp(words[i], text)) {
			*value = i & 1;
			return 0;
		}
	}
	opt_append(why, "%s is neither; expected yes or no", opt_shown(text).text);
	return -EINVAL;
}
