// SPDX-License-Identifier: BSD-2-Clause
/* audit.c: see audit.h. Called with each report; short of memory it counts on without keeping. */
#include "bench/driver/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"

void audit_init(struct audit *audit, struct expect *expect)
{
	*audit = (struct audit){.expect = expect};
}

void audit_free(struct audit *audit)
{
	free(audit->step);
	free(audit->finding);
	audit_init(audit, NULL);
}

static void *grown(struct audit *audit, void *array, size_t count, size_t size)
{
	void *more = fault_point("audit") ? NULL : reallocarray(array, count + 1, size);

	audit->lost += !more;
	return more;
}

static const struct videoport_rule *rule_of(unsigned number)
{
	const struct videoport_rule *rule;

	for (unsigned i = 0; (rule = videoport_rule_at(i)); i++)
		if (rule->number == number)
			return rule;
	return NULL;
}

/* ---- steps --------------------------------------------------------------------------------------------------- */

static const struct audit_step *step_begin(struct audit *audit, const struct report *report)
{
	struct audit_step *steps = grown(audit, audit->step, audit->step_count, sizeof(*steps));
	const size_t deepest = sizeof(audit->open) / sizeof(audit->open[0]);

	if (!steps)
		return NULL;
	audit->step = steps;

	struct audit_step *step = &steps[audit->step_count];

	*step = (struct audit_step){.line = report->line, .depth = audit->open_count};
	snprintf(step->text, sizeof(step->text), "%s", report->text);
	if (audit->open_count < deepest)
		audit->open[audit->open_count++] = audit->step_count;
	audit->step_count++;
	return step;
}

static const struct audit_step *step_end(struct audit *audit, const struct report *report)
{
	audit->steps_failed += report->bad;
	if (!audit->open_count)
		return NULL;

	struct audit_step *step = &audit->step[audit->open[--audit->open_count]];

	snprintf(step->result, sizeof(step->result), "%s", report->text);
	step->bad = report->bad;
	step->done = true;
	return step;
}

/* ---- findings ------------------------------------------------------------------------------------------------ */

/* A refused access is wrong whatever rule the port gave it. */
static enum videoport_severity severity_of(const struct videoport_event *event)
{
	return event->kind == VIDEOPORT_EVENT_DEVICE && !event->rule ? VIDEOPORT_ERROR
	                                                             : event->severity;
}

const char *audit_severity(const struct audit_finding *finding)
{
	static const char *const words[] = {[VIDEOPORT_NOTE] = "note",
		[VIDEOPORT_WARNING] = "warning",
		[VIDEOPORT_ERROR] = "error"};

	return words[severity_of(&finding->event)];
}

static void count(struct audit *audit, const struct videoport_event *event, bool expected)
{
	if (event->kind == VIDEOPORT_EVENT_LOG)
		audit->logged++;
	else if (expected)
		audit->expected++;
	else if (severity_of(event) == VIDEOPORT_ERROR)
		audit->errors++;
	else if (severity_of(event) == VIDEOPORT_WARNING)
		audit->warnings++;
	else
		audit->notes++;
}

/*
 * Whether two messages of one rule are about the same function of the port or routine of the driver, which they begin
 * with. Others begin with the thing that was damaged; their origins tell those apart.
 */
static bool same_function(const char *a, const char *b)
{
	const size_t length = strcspn(a, ": ");

	if (strncmp(a, "VideoPort", 9) != 0 && strncmp(a, "Hw", 2) != 0)
		return true;
	return strncmp(a, b, length) == 0 && strcspn(b, ": ") == length;
}

/* The same thing again: origins differ by the serial of the object, which is no other thing. */
static bool same(const struct videoport_event *a, const struct videoport_event *b)
{
	const char *made_a = strstr(a->origin, "made at"), *made_b = strstr(b->origin, "made at");

	return a->kind == b->kind && a->rule == b->rule && a->status == b->status &&
	       a->unique_id == b->unique_id &&
	       (a->kind == VIDEOPORT_EVENT_RULE ? same_function(a->message, b->message)
						: strcmp(a->message, b->message) == 0) &&
	       strcmp(made_a ? made_a : "", made_b ? made_b : "") == 0;
}

static const struct audit_finding *event_take(
	struct audit *audit, const struct videoport_event *event)
{
	const struct expect_row *row = NULL;

	if (event->kind != VIDEOPORT_EVENT_LOG && audit->expect)
		row = expect_take(audit->expect, event->rule);
	count(audit, event, row != NULL);
	for (size_t i = 0; i < audit->finding_count; i++) {
		if (audit->finding[i].expected == row && same(&audit->finding[i].event, event)) {
			audit->finding[i].count++;
			return NULL;
		}
	}

	struct audit_finding *findings = grown(
		audit, audit->finding, audit->finding_count, sizeof(*findings));

	if (!findings)
		return NULL;
	audit->finding = findings;

	struct audit_finding *finding = &findings[audit->finding_count++];

	*finding = (struct audit_finding){.event = *event,
		.rule = rule_of(event->rule),
		.expected = row,
		.count = 1,
		.step = audit->open_count   ? audit->open[audit->open_count - 1]
	                : audit->step_count ? audit->step_count - 1
	                                    : 0};
	return finding;
}

/* ---- reports ------------------------------------------------------------------------------------------------- */

static void frame_take(struct audit *audit, const struct report *report)
{
	if (audit->frame_count == REPORT_FRAMES_MAX)
		return;
	snprintf(audit->frame[audit->frame_count].text, REPORT_TEXT_MAX, "%s", report->text);
	audit->frame[audit->frame_count++].own = report->bad;
}

void audit_take(struct audit *audit, const struct report *report, struct audit_news *news)
{
	*news = (struct audit_news){.begun = NULL};
	switch (report->kind) {
	case REPORT_STEP:
		news->begun = step_begin(audit, report);
		break;
	case REPORT_RESULT:
		news->ended = step_end(audit, report);
		break;
	case REPORT_EVENT:
		news->finding = event_take(audit, &report->event);
		break;
	case REPORT_USAGE:
		audit->usage = report->usage;
		audit->has_usage = true;
		break;
	case REPORT_ADAPTER:
		if (audit->adapter_count < sizeof(audit->adapter) / sizeof(audit->adapter[0]))
			audit->adapter[audit->adapter_count++] = report->adapter;
		break;
	case REPORT_ERROR:
		audit->err = report->err;
		break;
	case REPORT_CRASH:
		audit->signal = report->crash.signal;
		audit->address = report->crash.address;
		break;
	case REPORT_FRAME:
		frame_take(audit, report);
		break;
	case REPORT_DEBUG:
	case REPORT_END:
		break;
	}
}

int audit_verdict(const struct audit *audit, const struct child_result *result)
{
	if (result->end == CHILD_CRASHED || result->end == CHILD_HUNG || audit->errors ||
		audit->steps_failed)
		return ERR_WRONG;
	return result->end == CHILD_ERROR ? (int)audit->err.kind : ERR_NONE;
}
