// SPDX-License-Identifier: BSD-2-Clause
/* opt_help.c: the option table as help text, wrapped to a terminal's width. */
#include "harness/opt/opt.h"

#include "harness/opt/opt_priv.h"

#include <string.h>

enum {
	COLUMNS = 100,
	INDENT = 2,
	NAME_COLUMNS_MAX = 34, /* longer names push their help to the next line */
	DETAIL_MAX = 1024,
};

static void append_form(struct opt_text *text, const struct opt *row)
{
	static const char *const form[] = {
		[OPT_COUNT] = "N",
		[OPT_SIZE] = "SIZE",
		[OPT_TIME] = "TIME",
		[OPT_REAL] = "X",
		[OPT_BOOL] = "yes|no",
		[OPT_WORD] = "WORD",
		[OPT_TEXT] = "TEXT",
	};

	opt_append(text, "%s=%s%s", row->name, form[row->type], opt_takes_list(row) ? ",..." : "");
}

/* Help, then in brackets what is not said elsewhere: words or limits, and the default. */
static void append_detail(struct opt_text *text, const struct opt *row)
{
	bool limited = row->type <= OPT_REAL && (row->min != 0 || row->max != 0);
	bool has_words = row->type == OPT_WORD;
	bool has_default = row->fallback && *row->fallback;

	opt_append(text, "%s", row->help);
	if (!limited && !has_words && !has_default)
		return;
	opt_append(text, " (");
	if (has_words)
		opt_append_words(text, row->words);
	if (limited)
		opt_append_limits(text, row);
	if (has_default)
		opt_append(text, "%sdefault %s", limited || has_words ? "; " : "", row->fallback);
	opt_append(text, ")");
}

/* Prints @text word by word from column @column on; further lines begin at @indent. */
static void print_wrapped(const char *text, size_t column, size_t indent, FILE *out)
{
	bool first = true;

	for (;;) {
		text += strspn(text, " ");
		size_t len = strcspn(text, " ");

		if (!len)
			break;
		if (!first && column + 1 + len > COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		fprintf(out, "%s%.*s", first ? "" : " ", (int)len, text);
		column += len + !first;
		first = false;
		text += len;
	}
	fputc('\n', out);
}

static size_t name_columns(const struct opt *table)
{
	size_t widest = 0;

	for (const struct opt *row = table; row->name; row++) {
		struct opt_text form = {0};

		append_form(&form, row);
		if (form.used > widest && form.used <= NAME_COLUMNS_MAX)
			widest = form.used;
	}
	return widest;
}

void opt_help(const struct opt *table, FILE *out)
{
	size_t indent = INDENT + name_columns(table) + 2;

	for (const struct opt *row = table; row->name; row++) {
		char form_text[128] = "", detail_text[DETAIL_MAX] = "";
		struct opt_text form = {.out = form_text, .room = sizeof(form_text)};
		struct opt_text detail = {.out = detail_text, .room = sizeof(detail_text)};

		append_form(&form, row);
		append_detail(&detail, row);
		if (INDENT + form.used + 2 > indent)
			fprintf(out, "%*s%s\n%*s", INDENT, "", form_text, (int)indent, "");
		else
			fprintf(out, "%*s%-*s", INDENT, "", (int)(indent - INDENT), form_text);
		print_wrapped(detail_text, indent, indent, out);
	}
	fprintf(out,
		"\n%*sSizes read 64, 4k, 2m, 1g; times 10us, 500ms, 2s, 1m. Where ,... stands, "
		"lists\n"
		"%*s(1,8,32) and ranges (64..64k*2 is times two, 1..8+1 is plus one) are taken "
		"too.\n",
		INDENT, "", INDENT, "");
}

char *opt_form(const struct opt *row, char *out, size_t room)
{
	struct opt_text text = {.out = out, .room = room};

	append_form(&text, row);
	return out;
}

char *opt_detail(const struct opt *row, char *out, size_t room)
{
	struct opt_text text = {.out = out, .room = room};

	append_detail(&text, row);
	return out;
}
