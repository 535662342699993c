// SPDX-License-Identifier: BSD-2-Clause
/* text.c: see text.h. */
#include "harness/report/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "harness/opt/opt.h"

/* Three significant digits with a decimal prefix. */
static char *text_scaled(double value, const char *unit, char *out, size_t room)
{
	static const char *const prefix[] = {"", "k", "M", "G", "T"};
	size_t i = 0;

	if (!isfinite(value)) {
		snprintf(out, room, "-");
		return out;
	}
	for (; fabs(value) >= 999.5 && i + 1 < sizeof(prefix) / sizeof(prefix[0]); i++)
		value /= 1000;
	int decimals = fabs(value) >= 99.95 || value == 0 ? 0 : fabs(value) >= 9.995 ? 1 : 2;

	snprintf(out, room, "%.*f%s%s%s", decimals, value, prefix[i][0] || unit[0] ? " " : "",
		prefix[i], unit);
	return out;
}

char *text_rate(double bytes_per_second, char *out, size_t room)
{
	return text_scaled(bytes_per_second, "B/s", out, room);
}

char *text_density(double per_second, char *out, size_t room)
{
	return text_rate(per_second * 1048576, out, room);
}

char *text_count(double value, char *out, size_t room)
{
	return text_scaled(value, "", out, room);
}

char *text_time(double ns, char *out, size_t room)
{
	if (isfinite(ns))
		return opt_show_time(ns, out, room);
	snprintf(out, room, "-");
	return out;
}

char *text_size(double bytes, char *out, size_t room)
{
	if (bytes >= 0 && bytes < 0x1p63)
		return opt_show_size((uint64_t)(bytes + 0.5), out, room);
	snprintf(out, room, "-");
	return out;
}

char *text_wall(uint64_t wall_ns, char *out, size_t room)
{
	time_t seconds = (time_t)(wall_ns / 1000000000u);
	struct tm utc;

	if (!wall_ns || !gmtime_r(&seconds, &utc) ||
		!strftime(out, room, "%Y-%m-%d %H:%M:%S UTC", &utc))
		snprintf(out, room, "-");
	return out;
}

/* Appends ", text" to @out. */
static void append(char *out, size_t room, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *out, size_t room, const char *format, ...)
{
	size_t used = strlen(out);
	va_list args;

	if (used && used + 3 < room)
		used = (size_t)(stpcpy(out + used, ", ") - out);
	va_start(args, format);
	vsnprintf(out + used, room - used, format, args);
	va_end(args);
}

char *text_group_title(const struct store_params *key, char *out, size_t room)
{
	out[0] = '\0';
	if (strcmp(key->dir, "to_device") == 0)
		append(out, room, "host to device");
	else if (strcmp(key->dir, "from_device") == 0)
		append(out, room, "device to host");
	else if (strcmp(key->dir, "mixed") == 0)
		append(out, room, "both ways");
	else if (key->dir[0])
		append(out, room, "%s", key->dir);
	if (key->source[0])
		append(out, room, "source %s", key->source);
	if (key->completion[0])
		append(out, room, "%s", key->completion);
	if (key->depth)
		append(out, room, "depth %u", key->depth);
	if (key->batch > 1)
		append(out, room, "batch %u", key->batch);
	if (key->extra[0])
		append(out, room, "%s", key->extra);
	return out;
}

const char *text_state(enum store_state state)
{
	static const char *const words[] = {
		[STORE_RUNNING] = "half-finished",
		[STORE_DONE] = "done",
		[STORE_INTERRUPTED] = "interrupted",
		[STORE_FAILED] = "failed",
	};

	return words[state];
}

const char *text_fact(const struct store_run *run, const char *key, const char *fallback)
{
	for (uint32_t i = 0; i < run->fact_count; i++) {
		if (strcmp(run->fact[i].key, key) == 0)
			return run->fact[i].value;
	}
	return fallback;
}

size_t text_utf8(const char *at)
{
	const unsigned char *text = (const unsigned char *)at;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
	uint32_t code = length == 1 ? text[0] : text[0] & (0x7fu >> length);

	if (length == 1)
		return code >= ' ' || code == '\n' || code == '\t';
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3fu);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ||
		(code & 0xfffe) == 0xfffe)
		return 0;
	return length;
}

void text_escape(
	FILE *out, const char *text, const char *special, void (*escape)(FILE *out, char special))
{
	while (*text) {
		const size_t length = text_utf8(text);

		if (strchr(special, *text))
			escape(out, *text);
		else if (length)
			fwrite(text, 1, length, out);
		else
			fputc('?', out);
		text += length ? length : 1;
	}
}

void text_wrap(FILE *out, const char *text, int width)
{
	while (*text) {
		size_t length = strcspn(text, "\n"), end = length;

		if (length > (size_t)width - 2) {
			for (end = (size_t)width - 2; end > 0 && text[end] != ' ';)
				end--;
			if (!end)
				end = (size_t)width - 2;
		}
		fprintf(out, "  %.*s\n", (int)end, text);
		text += end;
		text += strspn(text, " \n");
	}
}
