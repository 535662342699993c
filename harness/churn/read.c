// SPDX-License-Identifier: BSD-2-Clause
/*
 * read.c: trace files, strictly: whatever is not the format of results/README.md is refused with its line, what was
 * found, what was expected and what to do. Called by who plans a run.
 */
#include "harness/churn/build.h"
#include "harness/churn/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "drivers/support/types.h"

#define LINE_BYTES_MAX 128u /* longest line that says something */
#define FIELDS_MAX     7u

struct reader {
	const char *name;
	FILE *in;
	struct build *build;
	uint32_t line; /* number of the one in hand, from 1 */
	bool ended;    /* the end line was read */
	unsigned fields;
	const char *field[FIELDS_MAX];
	char text[LINE_BYTES_MAX + 2];
	struct err *err;
};

static int refuse(const struct reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static int refuse(const struct reader *r, const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return err_set(r->err, ERR_USAGE, -EINVAL, "%s:%u: %s", r->name, r->line, text);
}

/* ---- lines and fields ------------------------------------------------------------------------------------- */

/* Goes over the rest of a comment that is longer than a line may be. */
static void comment_skip(const struct reader *r)
{
	int c;

	do
		c = getc_unlocked(r->in);
	while (c != '\n' && c != EOF);
}

/* Return: 1 a line is in r->text, without its newline; 0 the file has ended; -errno. */
static int line_read(struct reader *r)
{
	size_t length = 0;
	int c;

	r->line++;
	while ((c = getc_unlocked(r->in)) != '\n' && c != EOF) {
		if (length == LINE_BYTES_MAX && r->text[0] == '#') {
			comment_skip(r);
			break;
		}
		if (length == LINE_BYTES_MAX)
			return refuse(r, "a line of more than %u characters; is this a trace?",
				LINE_BYTES_MAX);
		if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7f)
			return refuse(r, "a character with code %d; is this a trace?", c);
		r->text[length++] = (char)c;
	}
	r->text[length] = '\0';
	if (c == EOF && ferror(r->in))
		return err_set(r->err, ERR_USAGE, -EIO, "%s: cannot be read to its end (%s)",
			r->name, strerror(errno));
	return c == EOF && length == 0 ? 0 : 1;
}

/* Return: 1 a line that says something, cut into fields; 0 the file has ended; -errno. */
static int line_next(struct reader *r)
{
	int rc;

	while ((rc = line_read(r)) == 1) {
		char *save, *word = strtok_r(r->text, " \t\r", &save);

		if (!word || word[0] == '#')
			continue;
		for (r->fields = 0; word; word = strtok_r(NULL, " \t\r", &save)) {
			if (r->fields == FIELDS_MAX)
				return refuse(r, "more than %u fields; take out what is too many",
					FIELDS_MAX - 1);
			r->field[r->fields++] = word;
		}
		return 1;
	}
	return rc;
}

static int number_read(
	const struct reader *r, unsigned field, const char *what, uint32_t most, uint32_t *number)
{
	const char *text = r->field[field];
	uint64_t value = 0;

	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9')
			return refuse(r, "%s '%s'; expected a number", what, text);
		value = 10 * value + (uint64_t)(*c - '0');
		if (value > most)
			return refuse(r, "%s %s; expected at most %u", what, text, most);
	}
	*number = (uint32_t)value;
	return 0;
}

static int word_read(const struct reader *r, unsigned field, const char *const *words, uint8_t *out)
{
	char known[64] = "";

	for (uint8_t i = 0; words[i]; i++) {
		size_t used = strlen(known);

		if (strcmp(r->field[field], words[i]) == 0) {
			*out = i;
			return 0;
		}
		snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "", words[i]);
	}
	return refuse(r, "'%s'; expected one of: %s", r->field[field], known);
}

/* ---- events ----------------------------------------------------------------------------------------------- */

/* BYTES HOW [OFFSET] of an event that takes. */
static int taking_read(const struct reader *r, struct churn_act *act)
{
	const unsigned fields = act->op == CHURN_LOCK ? 6 : 5;
	uint32_t offset = 0;

	if (r->fields != fields)
		return refuse(r, "%u fields; expected: NUMBER %s", r->fields,
			act->op == CHURN_LOCK ? "lock ID BYTES read|write|modify OFFSET"
					      : "allocate ID BYTES cached|uncached");
	int rc = number_read(r, 3, "size", CHURN_BYTES_MAX, &act->bytes);

	if (rc == 0 && act->bytes == 0)
		rc = refuse(r, "a size of 0; expected 1 to %u bytes", CHURN_BYTES_MAX);
	rc = rc ? rc : word_read(r, 4, words_how(act->op), &act->how);
	if (rc == 0 && act->op == CHURN_LOCK)
		rc = number_read(r, 5, "offset", PAGE_BYTES - 1, &offset);
	act->offset = (uint16_t)offset;
	return rc;
}

/* What the builder would not take, in words. */
static int event_refused(const struct reader *r, const struct churn_act *act, int rc)
{
	uint32_t slot = build_find(r->build, act->object);
	uint32_t since = slot == BUILD_NONE ? 0 : r->build->slot[slot].since;
	unsigned id = (unsigned)act->object;

	switch (rc) {
	case -EEXIST:
		return refuse(r,
			"id %u is held since line %u; give it back before, or use "
			"another id",
			id, since);
	case -ENOENT:
		return refuse(r, "id %u is not held; take it before, or take this line out", id);
	case -EBADMSG:
		return refuse(r, "id %u was taken by %s in line %u; %s ends that", id,
			words_op[r->build->slot[slot].op], since,
			words_op[r->build->slot[slot].op + 1]);
	case -ENOBUFS:
		return refuse(
			r, "more than %u held at once; give some back before", CHURN_SLOTS_MAX);
	case -E2BIG:
		return refuse(
			r, "more than %u events; cut the trace into several", CHURN_EVENTS_MAX);
	default:
		return err_short(r->err, -ENOMEM, "%s: no memory for the trace", r->name);
	}
}

static int event_read(struct reader *r)
{
	struct churn_act act = {0};
	uint32_t number = 0, id = 0;
	int rc = number_read(r, 0, "event number", CHURN_EVENTS_MAX, &number);

	if (rc == 0 && number != r->build->trace.count)
		rc = refuse(r,
			"event number %u; expected %u: they count up from 0, is a line "
			"missing?",
			number, r->build->trace.count);
	if (rc == 0 && r->fields < 3)
		rc = refuse(r, "%u fields; expected: NUMBER OPERATION ID ...", r->fields);
	rc = rc ? rc : word_read(r, 1, words_op, &act.op);
	rc = rc ? rc : number_read(r, 2, "id", CHURN_ID_MAX, &id);
	if (rc)
		return rc;
	act.object = id;
	if (act.op == CHURN_ALLOCATE || act.op == CHURN_LOCK) {
		rc = taking_read(r, &act);
		if (rc)
			return rc;
		rc = build_take(r->build, &act, r->line);
	} else {
		if (r->fields != 3)
			return refuse(r, "%u fields; expected: NUMBER %s ID", r->fields,
				words_op[act.op]);
		rc = build_give(r->build, &act);
	}
	return rc ? event_refused(r, &act, rc) : 0;
}

/* "end COUNT": nothing was cut off. */
static int end_read(struct reader *r)
{
	const struct build *build = r->build;
	uint32_t count = 0;

	if (r->fields != 2)
		return refuse(r, "%u fields; expected: end COUNT", r->fields);
	int rc = number_read(r, 1, "count", CHURN_EVENTS_MAX, &count);

	if (rc)
		return rc;
	if (count != build->trace.count)
		return refuse(r, "end %u, but there are %u events; is a part missing?", count,
			build->trace.count);
	if (count == 0)
		return refuse(r, "a trace without events; expected at least one");
	uint32_t first = build_first_held(build);

	if (first != BUILD_NONE)
		return refuse(r,
			"%u still held, the first is id %llu of line %u; give all back "
			"before the end",
			build->held, (unsigned long long)build->slot[first].object,
			build->slot[first].since);
	r->ended = true;
	return 0;
}

static int head_read(struct reader *r)
{
	int rc = line_next(r);

	if (rc < 0)
		return rc;
	if (rc == 0 || r->fields != 2 || strcmp(r->field[0], "dmabench-trace") != 0)
		return refuse(r, "no trace; expected '%s' in front", WORDS_HEAD);
	if (strcmp(r->field[1], "1") != 0)
		return refuse(
			r, "a trace of version '%s'; this program reads version 1", r->field[1]);
	return 0;
}

static int lines_read(struct reader *r)
{
	int rc = head_read(r);

	while (rc == 0) {
		rc = line_next(r);
		if (rc <= 0)
			break;
		if (r->ended)
			rc = refuse(r, "'%s' behind the end; take it out", r->field[0]);
		else
			rc = strcmp(r->field[0], "end") == 0 ? end_read(r) : event_read(r);
	}
	if (rc == 0 && !r->ended)
		rc = refuse(r, "the file ends here; expected 'end %u': is a part missing?",
			r->build->trace.count);
	return rc;
}

int churn_read_stream(struct churn_trace *trace, const char *name, FILE *in, struct err *err)
{
	struct reader r = {.name = name, .in = in, .build = build_open(), .err = err};

	*trace = (struct churn_trace){0};
	if (!r.build)
		return err_short(err, -ENOMEM, "%s: no memory for the trace", name);
	int rc = lines_read(&r);

	if (rc)
		build_drop(r.build);
	else
		build_finish(r.build, trace);
	return rc;
}

int churn_read(struct churn_trace *trace, const char *path, struct err *err)
{
	errno = EIO;
	FILE *in = fault_point("churn_open") ? NULL : fopen(path, "re");
	int rc = -errno;

	*trace = (struct churn_trace){0};
	if (!in)
		return err_set(err, ERR_USAGE, rc,
			"%s: cannot be read (%s); expected a trace, as run --record writes it",
			path, strerror(-rc));
	rc = churn_read_stream(trace, path, in, err);
	fclose(in);
	return rc;
}
