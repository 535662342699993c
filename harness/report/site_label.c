// SPDX-License-Identifier: BSD-2-Clause
/*
 * site_label.c: a case's name in few words. A name holds every parameter, and most of them are the same in all cases of a suite:
 * what a family's cases have alike is said once for the family, and the label keeps what tells them apart. Called by the other
 * files of site_part.h.
 */
#include "harness/report/site_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/report/html.h"
#include "harness/report/text.h"

#define DOT " \xc2\xb7 "

/* "key:value" of a name; @key_len 0: a word without a key, the family. */
struct part {
	const char *text;
	size_t len, key_len;
};

/* The part of the name that begins at @at. Return: where the next begins, NULL: nowhere. */
static const char *part_next(const char *at, struct part *part)
{
	part->text = at;
	part->len = strcspn(at, "/");
	const char *colon = memchr(at, ':', part->len);

	part->key_len = colon ? (size_t)(colon - at) : 0;
	return at[part->len] ? at + part->len + 1 : NULL;
}

static bool part_in(const char *name, const struct part *part)
{
	struct part own;

	for (const char *at = name; at;) {
		at = part_next(at, &own);
		if (own.len == part->len && memcmp(own.text, part->text, own.len) == 0)
			return true;
	}
	return false;
}

static bool part_is(const struct part *part, const char *key)
{
	return part->key_len == strlen(key) && memcmp(part->text, key, part->key_len) == 0;
}

/* Who reads it looks for these, alike or not. */
static bool part_kept(const struct part *part)
{
	return !part->key_len || part_is(part, "strategy") || part_is(part, "dir") ||
	       part_is(part, "size");
}

static void part_show(const struct part *part, FILE *out)
{
	const char *value = part->text + part->key_len + (part->key_len > 0);
	const size_t value_len = part->len - (size_t)(value - part->text);
	char size[TEXT_MAX], *end;

	if (part_is(part, "size")) {
		const double bytes = strtod(value, &end);

		if (end == part->text + part->len) {
			fputs(text_size(bytes, size, sizeof(size)), out);
			return;
		}
	}
	if (part->key_len && !part_kept(part) && !part_is(part, "completion"))
		fprintf(out, "%.*s ", (int)part->key_len, part->text);
	for (size_t i = 0; i < value_len; i++)
		fputc(value[i] == '_' && part_is(part, "dir") ? ' ' : value[i], out);
}

/* Series of one family stand together. Return: the place behind the last one of @first's. */
static uint32_t family_end(const struct site *site, uint32_t first)
{
	uint32_t end = first + 1;

	while (end < site->series_count &&
		strcmp(site->list[end].family, site->list[first].family) == 0)
		end++;
	return end;
}

static bool part_shared(
	const struct site *site, uint32_t first, uint32_t end, const struct part *part)
{
	for (uint32_t i = first; i < end; i++) {
		if (!part_in(site->list[i].name, part))
			return false;
	}
	return true;
}

/* The parts of the first name that all names of the family have, and no label. */
static void shared_mark(const struct site *site, uint32_t first, uint32_t end, struct part *shared,
	uint32_t *count, uint32_t most)
{
	struct part part;

	*count = 0;
	for (const char *at = site->list[first].name; at && *count < most;) {
		at = part_next(at, &part);
		if (!part_kept(&part) && part_shared(site, first, end, &part))
			shared[(*count)++] = part;
	}
}

#define SHARED_MAX 48

static char *label_make(const char *name, const struct part *shared, uint32_t count)
{
	char *label = NULL;
	size_t size;
	FILE *out = fault_point("report_alloc") ? NULL : open_memstream(&label, &size);
	bool first = true;
	struct part part;

	if (!out)
		return NULL;
	for (const char *at = name; at;) {
		bool left_out = false;

		at = part_next(at, &part);
		for (uint32_t i = 0; i < count && !left_out; i++)
			left_out = shared[i].len == part.len &&
			           memcmp(shared[i].text, part.text, part.len) == 0;
		if (left_out)
			continue;
		fputs(first ? "" : DOT, out);
		part_show(&part, out);
		first = false;
	}
	if (fclose(out) != 0) {
		free(label);
		return NULL;
	}
	return label;
}

int site_labels(struct site *site, struct err *err)
{
	struct part shared[SHARED_MAX];
	uint32_t count, end;

	for (uint32_t first = 0; first < site->series_count; first = end) {
		end = family_end(site, first);
		shared_mark(site, first, end, shared, &count, SHARED_MAX);
		for (uint32_t i = first; i < end; i++) {
			site->series[i].label = label_make(site->list[i].name, shared, count);
			if (!site->series[i].label)
				return err_short(err, -ENOMEM, "no memory for the site");
		}
	}
	return 0;
}

void site_shared(const struct site *site, FILE *out)
{
	struct part shared[SHARED_MAX];
	uint32_t count, end;

	for (uint32_t first = 0; first < site->series_count; first = end) {
		end = family_end(site, first);
		shared_mark(site, first, end, shared, &count, SHARED_MAX);
		if (!count)
			continue;
		html_print(out, "<p>All of <b>%s</b>: ", site->list[first].family);
		for (uint32_t i = 0; i < count; i++) {
			char text[STORE_NAME_MAX];

			snprintf(text, sizeof(text), "%.*s", (int)shared[i].len, shared[i].text);
			html_print(out, "%r<span class=\"code\">%s</span>", i ? ", " : "", text);
		}
		fputs("</p>\n", out);
	}
}
