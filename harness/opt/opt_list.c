// SPDX-License-Identifier: BSD-2-Clause
/* opt_list.c: lists and ranges: 64,4k..1m*4. A range that would not end is refused. */
#include "harness/opt/opt.h"

#include "harness/opt/opt_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Longest element that can mean something: three numbers of 20 digits with units, "..", a sign. */
#define ELEMENT_MAX 128

static int push(struct opt_list *list, uint64_t value, struct opt_text *why)
{
	if (list->count == OPT_LIST_MAX) {
		opt_append(why,
			"more than %d values; expected fewer, a list or range holds at most so "
			"many",
			OPT_LIST_MAX);
		return -EINVAL;
	}
	list->value[list->count++] = value;
	return 0;
}

static int refuse_range(const char *element, const char *expected, struct opt_text *why)
{
	opt_append(why, "range %s %s", opt_shown(element).text, expected);
	return -EINVAL;
}

/* The step behind @sign: how many times for '*', how much more for '+'. */
static int parse_step(
	const struct opt *row, char sign, const char *text, uint64_t *step, struct opt_text *why)
{
	const struct opt number = {.type = sign == '*' ? OPT_COUNT : row->type};

	return opt_number(&number, text, step, why);
}

static int push_range(struct opt_list *list, uint64_t first, uint64_t last, char sign,
	uint64_t step, struct opt_text *why)
{
	uint64_t value = first;
	bool beyond = false;

	while (!beyond && value <= last) {
		int rc = push(list, value, why);

		if (rc < 0)
			return rc;
		beyond = sign == '*' ? __builtin_mul_overflow(value, step, &value)
		                     : __builtin_add_overflow(value, step, &value);
	}
	return 0;
}

/* What decimal notation means by it: 3 * 0.1 is 0.3. */
static double real_decimal(double value)
{
	char text[40];

	snprintf(text, sizeof(text), "%.15g", value);
	return strtod(text, NULL);
}

/* The same for doubles. Each value is reckoned from the first, so that errors do not add up. */
static int push_range_real(struct opt_list *list, double first, double last, char sign, double step,
	struct opt_text *why)
{
	double value = first, times = 1;
	int rc = 0;

	for (unsigned i = 1; value <= last && !rc; i++) {
		rc = push(list, opt_bits(value), why);
		times *= step;
		value = real_decimal(sign == '*' ? first * times : first + i * step);
	}
	return rc;
}

/* The sign of the step, which is not that of an exponent; NULL: none. */
static const char *find_sign(const char *text)
{
	const char *start = text;

	while ((text = strpbrk(text, "*+")) != NULL) {
		if (*text == '*' || text == start || (text[-1] != 'e' && text[-1] != 'E'))
			return text;
		text++;
	}
	return NULL;
}

static int range_whole(const struct opt *row, const char *element, const char *const part[3],
	char sign, struct opt_list *list, struct opt_text *why)
{
	uint64_t first, last, step;

	if (opt_number(row, part[0], &first, why) < 0 || opt_number(row, part[1], &last, why) < 0 ||
		parse_step(row, sign, part[2], &step, why) < 0)
		return -EINVAL;
	if (first > last)
		return refuse_range(element, "runs backwards; expected the smaller end first", why);
	if (sign == '*' ? step < 2 || !first : !step)
		return refuse_range(element,
			"never ends; expected a first value above 0 and *2 or more, or +1 or more",
			why);
	return push_range(list, first, last, sign, step, why);
}

static int range_real(const struct opt *row, const char *element, const char *const part[3],
	char sign, struct opt_list *list, struct opt_text *why)
{
	const struct opt number = {.type = OPT_REAL};
	double first, last, step;

	if (opt_real(row, part[0], &first, why) < 0 || opt_real(row, part[1], &last, why) < 0 ||
		opt_real(&number, part[2], &step, why) < 0)
		return -EINVAL;
	if (first > last)
		return refuse_range(element, "runs backwards; expected the smaller end first", why);
	if (sign == '*' ? step <= 1 || first <= 0 : step <= 0)
		return refuse_range(element,
			"never ends; expected a first value above 0 and a factor above 1, or a "
			"step above 0",
			why);
	return push_range_real(list, first, last, sign, step, why);
}

/* @element holds "..", which @dots points to. */
static int parse_range(const struct opt *row, const char *element, const char *dots,
	struct opt_list *list, struct opt_text *why)
{
	const char *end = dots + 2, *sign = find_sign(end);
	char text[3][ELEMENT_MAX];

	if (!sign)
		return refuse_range(
			element, "has no step; expected *N or +N behind it, such as 64..4k*2", why);
	/* They always fit: they are pieces of an element, which did. */
	opt_trim(element, (size_t)(dots - element), text[0], ELEMENT_MAX);
	opt_trim(end, (size_t)(sign - end), text[1], ELEMENT_MAX);
	opt_trim(sign + 1, strlen(sign + 1), text[2], ELEMENT_MAX);
	const char *const part[3] = {text[0], text[1], text[2]};

	return row->type == OPT_REAL ? range_real(row, element, part, *sign, list, why)
	                             : range_whole(row, element, part, *sign, list, why);
}

int opt_one(const struct opt *row, const char *text, uint64_t *value, struct opt_text *why)
{
	double real;
	unsigned word;
	bool flag;
	int rc;

	switch (row->type) {
	case OPT_REAL:
		rc = opt_real(row, text, &real, why);
		*value = rc ? 0 : opt_bits(real);
		return rc;
	case OPT_BOOL:
		rc = opt_bool(text, &flag, why);
		*value = !rc && flag;
		return rc;
	case OPT_WORD:
		rc = opt_word(row, text, &word, why);
		*value = rc ? 0 : word;
		return rc;
	default:
		return opt_number(row, text, value, why);
	}
}

static int parse_element(
	const struct opt *row, const char *element, struct opt_list *list, struct opt_text *why)
{
	const char *dots = strstr(element, "..");
	uint64_t value;

	if (dots && row->type <= OPT_REAL)
		return parse_range(row, element, dots, list, why);
	int rc = opt_one(row, element, &value, why);

	return rc ? rc : push(list, value, why);
}

/* An empty place is refused where a comma says that something should stand there. */
static int check_place(const char *element, bool alone, struct opt_text *why)
{
	if (*element || alone)
		return 0;
	opt_append(why, "an empty place in the list; expected a value between commas");
	return -EINVAL;
}

int opt_list(const struct opt *row, const char *text, struct opt_list *list, struct opt_text *why)
{
	list->count = 0;
	for (;;) {
		char element[ELEMENT_MAX];
		size_t len = strcspn(text, ",");

		if (!opt_trim(text, len, element, sizeof(element))) {
			opt_append(why, "%s is too long; expected values of at most %d characters",
				opt_shown(text).text, ELEMENT_MAX - 1);
			return -EINVAL;
		}
		int rc = check_place(element, !row->many && list->count == 0 && !text[len], why);

		rc = rc ? rc : parse_element(row, element, list, why);
		if (rc < 0)
			return rc;
		if (!text[len])
			return 0;
		text += len + 1;
	}
}
