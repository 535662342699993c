/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * audit.h: what came out of a driver's life: steps, findings by rule, the end; and the verdict. Gathers reports,
 * prints nothing.
 */
#ifndef DRIVER_AUDIT_H
#define DRIVER_AUDIT_H

#include "bench/driver/child.h"
#include "bench/driver/expect.h"

struct audit_step {
	char text[REPORT_TEXT_MAX];
	char result[REPORT_TEXT_MAX]; /* "" while it is being done */
	unsigned line;                /* of the script, 0: not of it */
	unsigned depth;               /* of a callback within a step: 1 and more */
	bool done, bad;
};

/* One thing the driver did wrong, however often. */
struct audit_finding {
	struct videoport_event event;
	const struct videoport_rule
		*rule; /* NULL: a refused access the port gave no rule, or a log entry */
	const struct expect_row *expected;
	uint64_t count;
	size_t step; /* the first time */
};

struct audit {
	struct expect *expect; /* may be NULL */
	struct audit_step *step;
	size_t step_count, open[8]; /* steps begun and not ended, outermost first */
	unsigned open_count;
	struct audit_finding *finding; /* in the order of their first time */
	size_t finding_count;
	uint64_t errors, warnings, notes, expected, logged, steps_failed;
	bool has_usage;
	struct videoport_usage usage;                /* before it was unloaded */
	struct videoport_adapter_account adapter[8]; /* likewise */
	unsigned adapter_count;
	struct err err; /* of REPORT_ERROR */
	int signal;     /* of REPORT_CRASH, 0: none */
	uint64_t address;
	struct {
		char text[REPORT_TEXT_MAX];
		bool own; /* the driver's */
	} frame[REPORT_FRAMES_MAX];
	unsigned frame_count;
	uint64_t lost; /* reports there was no memory for; they count all the same */
};

void audit_init(struct audit *audit, struct expect *expect);
void audit_free(struct audit *audit);

/* What a report was to the audit, for who prints as it goes. */
struct audit_news {
	const struct audit_step *begun, *ended;
	const struct audit_finding *finding; /* seen for the first time */
};

void audit_take(struct audit *audit, const struct report *report, struct audit_news *news);

/* audit_verdict - the exit code. */
int audit_verdict(const struct audit *audit, const struct child_result *result);

/* "error", "warning", "note". */
const char *audit_severity(const struct audit_finding *finding);

#endif
