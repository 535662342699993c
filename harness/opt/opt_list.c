// SPDX-License-Identifier: BSD-2-Clause
/*
 * opt_list.c: lists and ranges of rows marked `many`: 64,4k..1m*4. A range that would not end is
 * refused.
 */
#include "harness/opt/opt.h"

#include "harness/opt/opt_priv.h"

#include <errno.h>
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
	char trimmed[ELEMENT_MAX];

	/* Always fits: @text is the end of an element, which did. */
	opt_trim(text, strlen(text), trimmed, sizeof(trimmed));
	return opt_number(&number, trimmed, step, why);
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

/* @element holds "..", which @dots points to. */
static int parse_range(const struct opt *row, const char *element, const char *dots,
	struct opt_list *list, struct opt_text *why)
{
	const char *end = dots + 2, *sign = strpbrk(end, "*+");
	char first_text[ELEMENT_MAX], last_text[ELEMENT_MAX];
	uint64_t first, last, step;

	if (!sign)
		return refuse_range(
			element, "has no step; expected *N or +N behind it, such as 64..4k*2", why);
	opt_trim(element, (size_t)(dots - element), first_text, sizeof(first_text));
	opt_trim(end, (size_t)(sign - end), last_text, sizeof(last_text));
	if (opt_number(row, first_text, &first, why) < 0 ||
		opt_number(row, last_text, &last, why) < 0 ||
		parse_step(row, *sign, sign + 1, &step, why) < 0)
		return -EINVAL;
	if (first > last)
		return refuse_range(element, "runs backwards; expected the smaller end first", why);
	if (*sign == '*' ? step < 2 || !first : !step)
		return refuse_range(element,
			"never ends; expected a first value above 0 and *2 or more, or +1 or more",
			why);
	return push_range(list, first, last, *sign, step, why);
}

static int parse_element(
	const struct opt *row, const char *element, struct opt_list *list, struct opt_text *why)
{
	const char *dots = strstr(element, "..");
	unsigned word;
	uint64_t value;

	if (!*element) {
		opt_append(why, "an empty place in the list; expected a value between commas");
		return -EINVAL;
	}
	if (row->type == OPT_WORD) {
		if (opt_word(row, element, &word, why) < 0)
			return -EINVAL;
		return push(list, word, why);
	}
	if (dots)
		return parse_range(row, element, dots, list, why);
	if (opt_number(row, element, &value, why) < 0)
		return -EINVAL;
	return push(list, value, why);
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
		int rc = parse_element(row, element, list, why);

		if (rc < 0)
			return rc;
		if (!text[len])
			return 0;
		text += len + 1;
	}
}
