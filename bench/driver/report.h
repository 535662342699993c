/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.h: what the process that runs a driver tells the one that watches it: records of one size through a
 * pipe, each written whole, so that threads and signal handlers do not mix. A driver may crash or hang at any
 * record; what was said before stands.
 */
#ifndef DRIVER_REPORT_H
#define DRIVER_REPORT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/support/err.h"
#include "drivers/videoport/videoport.h"

#define REPORT_TEXT_MAX   256
#define REPORT_FRAMES_MAX 12
#define REPORT_FRAME_MAX  80

enum report_kind {
	REPORT_STEP,    /* text: what begins; line: of the script, 0 built in */
	REPORT_RESULT,  /* of the last step: text; bad: it fails the run */
	REPORT_EVENT,   /* event */
	REPORT_DEBUG,   /* text: VideoPortDebugPrint; line: its level */
	REPORT_USAGE,   /* usage: what the driver holds and held at most */
	REPORT_ADAPTER, /* adapter: the account of one */
	REPORT_ERROR, /* err: why the port could not be opened or a step not be done; ends the run */
	REPORT_CRASH, /* crash */
	REPORT_FRAME, /* text: one more caller of where it crashed, innermost first */
	REPORT_END,   /* the driver was unloaded */
};

struct report {
	enum report_kind kind;
	unsigned line;
	bool bad;
	union {
		char text[REPORT_TEXT_MAX];
		struct videoport_event event;
		struct videoport_usage usage;
		struct videoport_adapter_account adapter;
		struct err err;
		struct {
			int signal;
			uint64_t address; /* the access that failed */
		} crash;
	};
};

_Static_assert(sizeof(struct report) <= PIPE_BUF, "one write, whole or not at all");

/* report_send - writes @report to @fd. Async-signal-safe; a reader that is gone ends the process. */
void report_send(int fd, const struct report *report);

/* report_text - a record of kind @kind with text. Not for signal handlers. */
void report_text(int fd, enum report_kind kind, unsigned line, bool bad, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif
