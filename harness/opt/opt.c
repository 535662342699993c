// SPDX-License-Identifier: BSD-2-Clause
/*
 * opt.c: rows of the option table: defaults, setting, formatting. Knows nothing of what the
 * settings mean.
 */
#include "harness/opt/opt.h"

#include "harness/opt/opt_priv.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 256 };

struct opt_shown opt_shown(const char *text)
{
	struct opt_shown shown;
	size_t used = 0;

	shown.text[used++] = '\'';
	for (; *text && used <= OPT_SHOWN_MAX; text++)
		shown.text[used++] = *text >= ' ' && *text <= '~' ? *text : '?';
	snprintf(shown.text + used, sizeof(shown.text) - used, "%s", *text ? "...'" : "'");
	return shown;
}

bool opt_trim(const char *text, size_t len, char *out, size_t room)
{
	static const char blanks[] = " \t\r\n";
	size_t before = strspn(text, blanks);

	if (before > len)
		before = len;
	text += before;
	len -= before;
	while (len && strchr(blanks, text[len - 1]))
		len--;
	if (len >= room)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

/*
 * Bytes of the UTF-8 sequence at @text, 0 if it is none (cut short, overlong, surrogate, beyond
 * Unicode).
 */
static size_t utf8_bytes(const unsigned char *text)
{
	static const uint32_t least_of[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t bytes = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : text[0] >= 0xc0 ? 2 : 0;

	if (!bytes || text[0] >= 0xf8)
		return text[0] < 0x80;
	uint32_t code = text[0] & (0xffu >> (bytes + 1));

	for (size_t i = 1; i < bytes; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3fu);
	}
	if (code < least_of[bytes] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return bytes;
}

bool opt_is_clean(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		size_t bytes = utf8_bytes(at);

		if (!bytes || *at < ' ' || *at == 0x7f)
			return false;
		at += bytes;
	}
	return true;
}

static int parse_text(const char *text, char *out, struct opt_text *why)
{
	if (strlen(text) >= OPT_TEXT_MAX) {
		opt_append(why, "%s is too long; expected at most %d bytes", opt_shown(text).text,
			OPT_TEXT_MAX - 1);
		return -EINVAL;
	}
	if (!opt_is_clean(text)) {
		opt_append(why, "%s holds control characters or is not UTF-8; expected plain text",
			opt_shown(text).text);
		return -EINVAL;
	}
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

/* One value or, where the row takes them, several. */
static int parse_list(
	const struct opt *row, const char *text, struct opt_list *list, struct opt_text *why)
{
	if (opt_takes_list(row))
		return opt_list(row, text, list, why);
	if (row->single && (strchr(text, ',') || strstr(text, ".."))) {
		opt_append(why, "%s are several values; %s", opt_shown(text).text, row->single);
		return -EINVAL;
	}
	list->count = 1;
	return opt_one(row, text, &list->value[0], why);
}

static int list_set(const struct opt *row, void *target, const char *text, struct opt_text *why)
{
	struct opt_list list = {0};
	int rc = parse_list(row, text, &list, why);

	if (rc == 0 && row->many)
		memcpy((char *)target + row->offset, &list, sizeof(list));
	if (rc || row->many)
		return rc;
	rc = opt_sweep_keep(row, target, &list, why);
	if (rc == 0)
		opt_store(row, target, list.value[0]);
	return rc;
}

static int row_set(const struct opt *row, void *target, const char *text, struct opt_text *why)
{
	/* A full list of 20-digit numbers, and room for blanks. */
	char trimmed[OPT_LIST_MAX * 32];

	if (!opt_trim(text, strlen(text), trimmed, sizeof(trimmed))) {
		opt_append(why, "%s is too long; expected at most %zu characters",
			opt_shown(text).text, sizeof(trimmed) - 1);
		return -EINVAL;
	}
	if (row->type == OPT_TEXT)
		return parse_text(trimmed, (char *)target + row->offset, why);
	return list_set(row, target, trimmed, why);
}

void opt_defaults(const struct opt *table, void *target)
{
	opt_sweep_clear(table, target);
	for (const struct opt *row = table; row->name; row++) {
		char why_text[OPT_WHY_MAX];
		struct opt_text why = {.out = why_text, .room = sizeof(why_text)};
		int rc = row->fallback ? row_set(row, target, row->fallback, &why) : 0;

		assert(rc == 0 && "a default of the option table cannot be read");
		(void)rc;
	}
}

static int refuse_name(
	const struct opt *table, const char *name, const char *where, struct err *err)
{
	const char *names[NAMES_MAX + 1];
	size_t count = 0;

	for (; count < NAMES_MAX && table[count].name; count++)
		names[count] = table[count].name;
	names[count] = NULL;
	const char *near = opt_nearest(name, names);

	if (near)
		return err_set(err, ERR_USAGE, -EINVAL, "%s: unknown key %s; did you mean '%s'?",
			where, opt_shown(name).text, near);
	return err_set(err, ERR_USAGE, -EINVAL,
		"%s: unknown key %s; expected one that --help lists", where, opt_shown(name).text);
}

int opt_set(const struct opt *table, void *target, const char *name, const char *value,
	const char *where, struct err *err)
{
	char why_text[OPT_WHY_MAX] = "";
	struct opt_text why = {.out = why_text, .room = sizeof(why_text)};

	for (const struct opt *row = table; row->name; row++) {
		if (strcmp(row->name, name) != 0)
			continue;
		if (row_set(row, target, value, &why) < 0)
			return err_set(
				err, ERR_USAGE, -EINVAL, "%s: %s: %s", where, row->name, why_text);
		return 0;
	}
	return refuse_name(table, name, where, err);
}

static void append_word(struct opt_text *text, const struct opt *row, uint64_t index)
{
	uint64_t i = 0;

	while (i < index && row->words[i])
		i++;
	assert(row->words[i]);
	opt_append(text, "%s", row->words[i]);
}

static void append_value(struct opt_text *text, const struct opt *row, uint64_t value)
{
	switch (row->type) {
	case OPT_COUNT:
	case OPT_SIZE:
	case OPT_TIME:
		opt_append_number(text, row->type, value);
		break;
	case OPT_REAL:
		opt_append_real(text, opt_real_of(value));
		break;
	case OPT_BOOL:
		opt_append(text, "%s", value ? "yes" : "no");
		break;
	case OPT_WORD:
		append_word(text, row, value);
		break;
	case OPT_TEXT:
		break;
	}
}

static void append_list(struct opt_text *text, const struct opt *row, const struct opt_list *list)
{
	for (uint32_t i = 0; i < list->count; i++) {
		if (i)
			opt_append(text, ",");
		append_value(text, row, list->value[i]);
	}
}

int opt_format(const struct opt *row, const void *target, char *out, size_t room)
{
	struct opt_text text = {.out = out, .room = room};
	const void *field = (const char *)target + row->offset;
	const struct opt_sweep *sweep = opt_sweep_of(row, target);

	if (room)
		out[0] = '\0';
	if (row->many)
		append_list(&text, row, field);
	else if (sweep)
		append_list(&text, row, &sweep->list);
	else if (row->type == OPT_TEXT)
		opt_append(&text, "%s", (const char *)field);
	else
		append_value(&text, row, opt_load(row, target));
	return (int)text.used;
}

/* @value with about three digits, without zeros at the end. */
static void show(char *out, size_t room, double value, const char *unit)
{
	double size = fabs(value);
	char digits[32];

	snprintf(digits, sizeof(digits), "%.*f", size < 9.995 ? 2 : size < 99.95 ? 1 : 0, value);
	if (strchr(digits, '.')) {
		char *end = digits + strlen(digits);

		while (end[-1] == '0')
			*--end = '\0';
		if (end[-1] == '.')
			end[-1] = '\0';
	}
	snprintf(out, room, "%s %s", digits, unit);
}

char *opt_show_size(uint64_t bytes, char *out, size_t room)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(out, room, "%u B", (unsigned)bytes);
		return out;
	}
	/* From 1023.5 on, rounding would show 1024. */
	for (; value >= 1023.5 && unit < 3; unit++)
		value /= 1024;
	show(out, room, value, units[unit]);
	return out;
}

const char *opt_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

char *opt_show_time(double ns, char *out, size_t room)
{
	/* A unit goes up to `below` of itself; what follows is `per` of it. */
	static const struct {
		const char *name;
		double below, per;
	} units[] = {
		{"ns", 999.5, 1000},
		{"us", 999.5, 1000},
		{"ms", 999.5, 1000},
		{"s", 119.5, 60},
		{"min", 119.5, 60},
	};
	const size_t count = sizeof(units) / sizeof(*units);
	double value = ns;
	size_t unit = 0;

	if (!isfinite(ns)) {
		snprintf(out, room, "-");
		return out;
	}
	for (; unit < count && fabs(value) >= units[unit].below; unit++)
		value /= units[unit].per;
	show(out, room, value, unit < count ? units[unit].name : "h");
	return out;
}
