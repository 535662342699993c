// SPDX-License-Identifier: BSD-2-Clause
/* script.c: see script.h. Each word of the language is one row of the table at the end. */
#include "bench/driver/script_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/driver/words.h"
#include "drivers/support/fault.h"
#include "harness/opt/opt.h"

#define REPEAT_MAX  10000000u
#define BYTES_MAX   (64u << 20)
#define OUT_MAX     (1u << 20)
#define WAIT_MAX_MS 600000u

const char script_built_in[] = "try ioctl IOCTL_VIDEO_QUERY_NUM_AVAIL_MODES out 8\n"
			       "try ioctl IOCTL_VIDEO_QUERY_AVAIL_MODES out 65536\n"
			       "try ioctl IOCTL_VIDEO_QUERY_CURRENT_MODE out 256\n"
			       "try ioctl IOCTL_VIDEO_SET_CURRENT_MODE in32 0\n"
			       "try map\n"
			       "try ioctl IOCTL_VIDEO_QUERY_PUBLIC_ACCESS_RANGES out 256\n"
			       "try ioctl IOCTL_VIDEO_QUERY_COLOR_CAPABILITIES out 64\n"
			       "try ioctl IOCTL_VIDEO_QUERY_POINTER_CAPABILITIES out 64\n"
			       "try ioctl IOCTL_VIDEO_RESET_DEVICE\n"
			       "try transfer to 4096\n"
			       "try transfer from 4096\n"
			       "try transfer to 300000\n"
			       "try transfer from 300000\n";

/* ---- steps -------------------------------------------------------------------------------------------------- */

static int code_take(struct reader *r, struct script_step *step)
{
	uint64_t code;

	if (!r->word)
		return reader_refuse(r, "ioctl: a code or a name is missing, for example "
					"IOCTL_VIDEO_QUERY_NUM_AVAIL_MODES");
	if (reader_number(r->word, &code) && code <= UINT32_MAX) {
		step->code = (uint32_t)code;
	} else if (!words_ioctl(r->word, &step->code)) {
		const char *near = words_ioctl_nearest(r->word);

		return reader_refuse(r, "unknown request '%s'%s%s", r->word,
			near ? "; did you mean " : "", near ? near : "; give its code as a number");
	}
	reader_advance(r);
	return 0;
}

static int ioctl_read(struct reader *r, struct script_step *step)
{
	static const char *const words[] = {
		"in", "in16", "in32", "in64", "out", "expect", "expect-out", NULL};
	uint64_t bytes;
	int rc = code_take(r, step);

	while (rc == 0 && r->word) {
		if (reader_accept(r, "in")) {
			rc = take_hex(r, "in", &step->in);
		} else if (reader_accept(r, "in16")) {
			rc = take_words(r, step, 2, "in16");
		} else if (reader_accept(r, "in32")) {
			rc = take_words(r, step, 4, "in32");
		} else if (reader_accept(r, "in64")) {
			rc = take_words(r, step, 8, "in64");
		} else if (reader_accept(r, "out")) {
			rc = take_number(r, "out", OUT_MAX, &bytes);
			step->out_bytes = rc ? 0 : (uint32_t)bytes;
		} else if (reader_accept(r, "expect")) {
			rc = take_status(r, step);
		} else if (reader_accept(r, "expect-out")) {
			rc = take_hex(r, "expect-out", &step->expect_out);
		} else {
			rc = reader_unexpected(r, words);
		}
	}
	if (rc == 0 && step->expect_out.len_bytes > step->out_bytes)
		rc = reader_refuse(r, "expect-out has %zu bytes, and out only %u",
			step->expect_out.len_bytes, step->out_bytes);
	return rc;
}

static int wait_read(struct reader *r, struct script_step *step)
{
	return take_number(r, "wait: milliseconds", WAIT_MAX_MS, &step->number);
}

/* HwVidTimer comes about once a second; on a busy host it may take longer. */
static int timer_read(struct reader *r, struct script_step *step)
{
	(void)r;
	step->number = 10000;
	return 0;
}

static int reset_read(struct reader *r, struct script_step *step)
{
	step->number = 80;
	step->second = 25;
	if (!r->word)
		return 0;

	int rc = take_number(r, "reset: columns", UINT32_MAX, &step->number);

	return rc ? rc : take_number(r, "reset: rows", UINT32_MAX, &step->second);
}

static int power_read(struct reader *r, struct script_step *step)
{
	if (reader_accept(r, "on"))
		step->number = 1;
	else if (!reader_accept(r, "off"))
		return reader_refuse(r, "power: on or off expected");
	return 0;
}

static int alone_read(struct reader *r, struct script_step *step)
{
	(void)r, (void)step;
	return 0;
}

static int memory_read(struct reader *r, struct script_step *step)
{
	const bool reads = reader_accept(r, "read");
	uint64_t bytes = 0;
	int rc;

	if (!reads && !reader_accept(r, "write"))
		return reader_refuse(r, "memory: read or write expected");
	rc = take_number(r, "memory: the address", UINT64_MAX, &step->number);
	if (rc || !reads) {
		step->kind = SCRIPT_MEMORY_WRITE;
		return rc ? rc : take_hex(r, "memory write", &step->in);
	}
	rc = take_number(r, "memory read: bytes", OUT_MAX, &bytes);
	step->out_bytes = (uint32_t)bytes;
	if (rc == 0 && reader_accept(r, "expect"))
		rc = take_hex(r, "expect", &step->expect_out);
	return rc;
}

static int buffer_read(struct reader *r, struct script_step *step)
{
	struct script *script = r->script;

	if (!r->word)
		return reader_refuse(r, "buffer: a name is missing");
	for (unsigned i = 0; i < script->buffer_count; i++)
		if (strcmp(script->buffer[i], r->word) == 0)
			return reader_refuse(r, "there is a buffer '%s' already", r->word);
	if (script->buffer_count == SCRIPT_BUFFERS_MAX)
		return reader_refuse(r, "more than %d buffers", SCRIPT_BUFFERS_MAX);
	if (strlen(r->word) >= SCRIPT_NAME_MAX)
		return reader_refuse(
			r, "the name of a buffer has at most %d characters", SCRIPT_NAME_MAX - 1);
	step->buffer = script->buffer_count;
	snprintf(script->buffer[script->buffer_count++], SCRIPT_NAME_MAX, "%s", r->word);
	reader_advance(r);

	int rc = take_number(r, "buffer: bytes", BYTES_MAX, &step->number);

	return rc == 0 && step->number == 0 ? reader_refuse(r, "buffer: at least one byte") : rc;
}

static int buffer_named(struct reader *r, struct script_step *step, const char *what)
{
	if (!r->word)
		return reader_refuse(r, "%s: the name of a buffer is missing", what);

	int rc = take_buffer_name(r, r->word, &step->buffer);

	if (rc == 0)
		reader_advance(r);
	return rc;
}

static int fill_read(struct reader *r, struct script_step *step)
{
	int rc = buffer_named(r, step, "fill");

	return rc ? rc : take_hex(r, "fill", &step->in);
}

static int check_read(struct reader *r, struct script_step *step)
{
	int rc = buffer_named(r, step, "check");

	rc = rc ? rc : take_number(r, "check: the offset", BYTES_MAX, &step->number);
	return rc ? rc : take_hex(r, "check", &step->expect_out);
}

static int transfer_read(struct reader *r, struct script_step *step)
{
	static const char *const words[] = {"at", "count", NULL};
	int rc;

	step->count = 1;
	step->to_device = reader_accept(r, "to");
	if (!step->to_device && !reader_accept(r, "from"))
		return reader_refuse(r, "transfer: to or from expected");
	rc = take_number(r, "transfer: bytes", BYTES_MAX, &step->number);
	if (rc == 0 && step->number == 0)
		rc = reader_refuse(r, "transfer: at least one byte");
	while (rc == 0 && r->word) {
		if (reader_accept(r, "at"))
			rc = take_number(r, "at", UINT64_MAX, &step->second);
		else if (reader_accept(r, "count"))
			rc = take_number(r, "count", 64, &step->count);
		else
			rc = reader_unexpected(r, words);
	}
	return rc == 0 && step->count == 0 ? reader_refuse(r, "count: at least one") : rc;
}

static const struct verb {
	const char *word;
	enum script_kind kind;
	int (*read)(struct reader *r, struct script_step *step);
} verbs[] = {
	{"ioctl", SCRIPT_IOCTL, ioctl_read},
	{"wait", SCRIPT_WAIT, wait_read},
	{"timer", SCRIPT_TIMER, timer_read},
	{"reset", SCRIPT_RESET, reset_read},
	{"power", SCRIPT_POWER, power_read},
	{"child", SCRIPT_CHILDREN, alone_read},
	{"memory", SCRIPT_MEMORY_READ, memory_read},
	{"map", SCRIPT_MAP, alone_read},
	{"buffer", SCRIPT_BUFFER, buffer_read},
	{"fill", SCRIPT_FILL, fill_read},
	{"check", SCRIPT_CHECK, check_read},
	{"transfer", SCRIPT_TRANSFER, transfer_read},
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *verb_find(struct reader *r)
{
	const char *words[VERB_COUNT + 3] = {"repeat", "try"};

	for (size_t i = 0; r->word && i < VERB_COUNT; i++) {
		if (strcmp(verbs[i].word, r->word) == 0)
			return &verbs[i];
		words[i + 2] = verbs[i].word;
	}
	if (!r->word) {
		reader_refuse(r, "a step is missing behind it");
		return NULL;
	}

	if (strcmp(r->word, "repeat") == 0 || strcmp(r->word, "try") == 0) {
		reader_refuse(r, "'%s' again: once in front of a step, repeat before try", r->word);
		return NULL;
	}

	const char *near = opt_nearest(r->word, words);

	reader_refuse(r, "unknown word '%s'%s%s%s", r->word, near ? "; did you mean '" : "",
		near ? near : "", near ? "'?" : "");
	return NULL;
}

static int step_read(struct reader *r, struct script_step *step)
{
	int rc = 0;

	step->repeat = 1;
	if (reader_accept(r, "repeat"))
		rc = take_number(r, "repeat", REPEAT_MAX, &step->repeat);
	if (rc == 0 && step->repeat == 0)
		rc = reader_refuse(r, "repeat: at least once");
	step->optional = reader_accept(r, "try");
	if (rc < 0)
		return rc;

	const struct verb *verb = verb_find(r);

	if (!verb)
		return -EINVAL;
	step->kind = verb->kind;
	reader_advance(r);
	rc = verb->read(r, step);
	if (rc == 0 && r->word)
		rc = reader_refuse(r, "unexpected '%s' behind a whole step", r->word);
	return rc;
}

static void step_free(struct script_step *step)
{
	free(step->in.bytes);
	free(step->expect_out.bytes);
	free(step->pointer);
}

static int line_read(struct reader *r, const char *line, size_t len)
{
	struct script *script = r->script;
	struct script_step step = {.line = r->line};

	if (len >= sizeof(r->text))
		return reader_refuse(r, "a line has at most %zu characters", sizeof(r->text) - 1);
	memcpy(r->text, line, len);
	r->text[len] = '\0';
	r->text[strcspn(r->text, "#\r")] = '\0';
	len = strlen(r->text);
	while (len && (r->text[len - 1] == ' ' || r->text[len - 1] == '\t'))
		r->text[--len] = '\0';

	const char *from = r->text + strspn(r->text, " \t");

	if (!*from)
		return 0;
	snprintf(step.text, sizeof(step.text), strlen(from) < sizeof(step.text) ? "%s" : "%.92s...",
		from);
	r->word = strtok_r(r->text, " \t", &r->save);

	int rc = step_read(r, &step);
	struct script_step *grown = NULL;

	if (rc == 0 && !fault_point("script_step"))
		grown = realloc(script->step, (script->count + 1) * sizeof(*grown));
	if (!grown) {
		step_free(&step);
		return rc < 0 ? rc : reader_no_memory(r);
	}
	script->step = grown;
	grown[script->count++] = step;
	return 0;
}

int script_parse(struct script **out, const char *name, const char *text, struct err *err)
{
	struct script *script = fault_point("script") ? NULL : calloc(1, sizeof(*script));
	struct reader r = {.script = script, .err = err};
	int rc = 0;

	*out = NULL;
	if (!script)
		return err_short(err, -ENOMEM, "%s: no memory", name);
	snprintf(script->name, sizeof(script->name), "%s", name);
	while (*text && rc == 0) {
		const size_t len = strcspn(text, "\n");

		r.line++;
		rc = line_read(&r, text, len);
		text += len + (text[len] == '\n');
	}
	if (rc < 0) {
		script_free(script);
		return rc;
	}
	*out = script;
	return 0;
}

int script_read(struct script **out, const char *path, struct err *err)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	*out = NULL;
	if (!file)
		return err_set(
			err, ERR_USAGE, -errno, "%s: cannot be read (%s)", path, strerror(errno));

	const ssize_t len = getdelim(&text, &room, '\0', file);
	const bool bad = ferror(file) || !feof(file);

	fclose(file);
	int rc = bad ? err_set(err, ERR_USAGE, -EINVAL,
			       "%s: cannot be read as text; one step a line expected", path)
	             : script_parse(out, path, len > 0 ? text : "", err);

	free(text);
	return rc;
}

void script_free(struct script *script)
{
	if (!script)
		return;
	for (unsigned i = 0; i < script->count; i++)
		step_free(&script->step[i]);
	free(script->step);
	free(script);
}
