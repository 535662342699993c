// SPDX-License-Identifier: BSD-2-Clause
/* script_value.c: the values in a step of a script; see script_priv.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/driver/script_priv.h"
#include "bench/driver/words.h"
#include "drivers/support/fault.h"
#include "harness/opt/opt.h"

#define IN_MAX_BYTES 65536u

void reader_advance(struct reader *r)
{
	r->word = strtok_r(NULL, " \t\r", &r->save);
}

int reader_refuse(struct reader *r, const char *format, ...)
{
	char what[256];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return err_set(r->err, ERR_USAGE, -EINVAL, "%s:%u: %s", r->script->name, r->line, what);
}

int reader_no_memory(struct reader *r)
{
	return err_short(r->err, -ENOMEM, "%s:%u: no memory", r->script->name, r->line);
}

/* ---- values ------------------------------------------------------------------------------------------------ */

bool reader_number(const char *word, uint64_t *value)
{
	char *end;

	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	*value = strtoull(word, &end, 0);
	return *end == '\0' && errno == 0;
}

/* The next word as a number of at most @most. */
int take_number(struct reader *r, const char *what, uint64_t most, uint64_t *value)
{
	if (!r->word)
		return reader_refuse(r, "%s is missing", what);
	if (!reader_number(r->word, value) && opt_parse_size(r->word, value) < 0)
		return reader_refuse(r, "%s: '%s' is not a number", what, r->word);
	if (*value > most)
		return reader_refuse(r, "%s: %s is above the most, %llu", what, r->word,
			(unsigned long long)most);
	reader_advance(r);
	return 0;
}

static int append(struct reader *r, struct script_bytes *to, const void *bytes, size_t len_bytes)
{
	if (to->len_bytes + len_bytes > IN_MAX_BYTES)
		return reader_refuse(r, "more than %u bytes", IN_MAX_BYTES);

	uint8_t *grown = fault_point("script_bytes")
	                         ? NULL
	                         : realloc(to->bytes, to->len_bytes + len_bytes);

	if (!grown)
		return reader_no_memory(r);
	memcpy(grown + to->len_bytes, bytes, len_bytes);
	to->bytes = grown;
	to->len_bytes += len_bytes;
	return 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Pairs of hexadecimal digits, as many words as look so. */
int take_hex(struct reader *r, const char *what, struct script_bytes *to)
{
	bool any = false;

	for (; r->word; any = true) {
		const char *at = r->word;

		if (at[strspn(at, "0123456789abcdefABCDEF")] != '\0')
			break;
		if (strlen(at) % 2)
			return reader_refuse(
				r, "%s: '%s' has an odd number of hexadecimal digits", what, at);
		for (; *at; at += 2) {
			const uint8_t byte = (uint8_t)(digit(at[0]) * 16 + digit(at[1]));
			int rc = append(r, to, &byte, 1);

			if (rc < 0)
				return rc;
		}
		reader_advance(r);
	}
	return any ? 0
	           : reader_refuse(r, "%s: hexadecimal bytes expected, found '%s'", what,
			     r->word ? r->word : "the end of the line");
}

int take_buffer_name(struct reader *r, const char *name, unsigned *buffer)
{
	for (*buffer = 0; *buffer < r->script->buffer_count; (*buffer)++)
		if (strcmp(r->script->buffer[*buffer], name) == 0)
			return 0;
	return reader_refuse(
		r, "no buffer is called '%s'; make it first: buffer %s BYTES", name, name);
}

/* A number, or &BUFFER, which becomes its address. */
static int word_append(
	struct reader *r, struct script_step *step, size_t width, const char *what, bool *taken)
{
	uint64_t value = 0;

	*taken = false;
	if (r->word[0] == '&' && width == 8) {
		struct script_pointer *grown = realloc(
			step->pointer, (step->pointer_count + 1) * sizeof(*grown));

		if (!grown)
			return reader_no_memory(r);
		step->pointer = grown;
		grown[step->pointer_count].at = step->in.len_bytes;
		int rc = take_buffer_name(r, r->word + 1, &grown[step->pointer_count].buffer);

		if (rc < 0)
			return rc;
		step->pointer_count++;
	} else if (!reader_number(r->word, &value)) {
		return 0;
	}
	if (width < 8 && value >> (8 * width))
		return reader_refuse(r, "%s: %s does not fit", what, r->word);
	*taken = true;
	reader_advance(r);
	return append(r, &step->in, &value, width);
}

int take_words(struct reader *r, struct script_step *step, size_t width, const char *what)
{
	bool any = false, taken = true;

	while (r->word && taken) {
		int rc = word_append(r, step, width, what, &taken);

		if (rc < 0)
			return rc;
		any = any || taken;
	}
	return any ? 0
	           : reader_refuse(
			     r, "%s: a number%s expected", what, width == 8 ? " or &BUFFER" : "");
}

int take_status(struct reader *r, struct script_step *step)
{
	uint64_t value;

	if (!r->word)
		return reader_refuse(r, "expect: a status is missing, for example NO_ERROR");
	step->expects = true;
	if (reader_number(r->word, &value) && value <= INT32_MAX) {
		step->expect = (int32_t)value;
	} else if (!words_status(r->word, &step->expect)) {
		const char *near = words_status_nearest(r->word);

		return reader_refuse(r, "unknown status '%s'%s%s", r->word,
			near ? "; did you mean " : "", near ? near : "");
	}
	reader_advance(r);
	return 0;
}

/* Takes @word if it is next. */
bool reader_accept(struct reader *r, const char *word)
{
	if (!r->word || strcmp(r->word, word) != 0)
		return false;
	reader_advance(r);
	return true;
}

int reader_unexpected(struct reader *r, const char *const *words)
{
	const char *near = opt_nearest(r->word, words);

	return reader_refuse(r, "unexpected '%s'%s%s%s", r->word, near ? "; did you mean '" : "",
		near ? near : "", near ? "'?" : "");
}
