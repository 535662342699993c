// SPDX-License-Identifier: BSD-2-Clause
/* write.c: trace files as read.c reads them. Ids are the numbers of the events' takings: equal traces, equal files. */
#include "harness/churn/churn.h"
#include "harness/churn/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"

static void event_write(const struct churn_event *event, uint32_t number, uint32_t id, FILE *out)
{
	fprintf(out, "%u %s %u", number, words_op[event->op], id);
	if (churn_takes(event))
		fprintf(out, " %u %s", event->bytes, words_how(event->op)[event->how]);
	if (event->op == CHURN_LOCK)
		fprintf(out, " %u", event->offset);
	fputc('\n', out);
}

/* @id_of: of every slot. */
static void events_write(const struct churn_trace *trace, uint32_t *id_of, FILE *out)
{
	uint32_t takes = 0;

	for (uint32_t i = 0; i < trace->count; i++) {
		const struct churn_event *event = &trace->event[i];

		if (churn_takes(event))
			id_of[event->slot] = takes++;
		event_write(event, i, id_of[event->slot], out);
	}
	fprintf(out, "end %u\n", trace->count);
}

/* One line, whatever the text holds. */
static void note_write(const char *note, FILE *out)
{
	fputs("# ", out);
	for (; *note; note++)
		fputc((unsigned char)*note < ' ' || *note == 0x7f ? ' ' : *note, out);
	fputc('\n', out);
}

static int write_failed(const char *path, int code, struct err *err)
{
	return err_set(err, ERR_MISSING, -code,
		"%s: cannot be written (%s); check its folder and the space on that disk", path,
		strerror(code));
}

int churn_write(
	const struct churn_trace *trace, const char *path, const char *note, struct err *err)
{
	uint32_t *id_of = fault_point("churn_ids") ? NULL
	                                           : calloc(trace->slots + 1u, sizeof(*id_of));

	if (!id_of)
		return err_short(err, -ENOMEM, "%s: no memory to write the trace", path);
	errno = EIO;
	FILE *out = fault_point("churn_create") ? NULL : fopen(path, "we");

	if (!out) {
		free(id_of);
		return write_failed(path, errno, err);
	}
	fputs(WORDS_HEAD "\n", out);
	if (note)
		note_write(note, out);
	fputs("# NUMBER OPERATION ID [BYTES HOW [OFFSET]]\n", out);
	events_write(trace, id_of, out);
	free(id_of);

	int code = ferror(out) || fault_point("churn_close") ? EIO : 0;

	if (fclose(out) != 0)
		code = errno;
	return code ? write_failed(path, code, err) : 0;
}
