// SPDX-License-Identifier: BSD-2-Clause
/* audit_print.c: see audit_print.h. Called by cmd_driver.c. */
#include "bench/audit_print.h"

#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bench/output.h"

#define STEP_WIDTH 46

/* ---- as it goes ---------------------------------------------------------------------------------------------- */

static void step_print(const struct audit_step *step, const char *result)
{
	const int indent = 2 + 2 * (int)step->depth;

	printf("%*s%-*s  %s%s\n", indent, "", STEP_WIDTH - indent, step->text,
		step->bad ? "FAILED: " : "", result);
}

/* A step with steps in it stands above them; what it came to is said behind them if it is worth a line. */
static bool has_children(const struct audit *audit, const struct audit_step *step)
{
	const size_t at = (size_t)(step - audit->step);

	return at + 1 < audit->step_count && audit->step[at + 1].depth > step->depth;
}

void audit_print_news(const struct audit *audit, const struct audit_news *news)
{
	if (news->begun && news->begun->depth) {
		const struct audit_step *parent = news->begun - 1;

		if (parent->depth < news->begun->depth && !parent->done)
			step_print(parent, "");
	}
	if (news->ended && (news->ended->bad || !has_children(audit, news->ended)))
		step_print(news->ended, news->ended->result);
	if (news->finding && news->finding->event.kind != VIDEOPORT_EVENT_LOG)
		printf("%*s! V-%u %s%s\n", 4 + 2 * (int)audit->open_count, "",
			news->finding->event.rule, audit_severity(news->finding),
			news->finding->expected ? ", expected" : "");
	fflush(stdout);
}

/* ---- behind -------------------------------------------------------------------------------------------------- */

static void row(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void row(const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("    %-9s ", name);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
}

static void where_print(const struct audit *audit, const struct audit_finding *finding)
{
	const char *times = finding->count > 1 ? " times, first" : " time,";

	if (finding->step >= audit->step_count)
		return;
	const struct audit_step *step = &audit->step[finding->step];

	if (step->line)
		row("seen", "%" PRIu64 "%s at \"%s\" (line %u)", finding->count, times, step->text,
			step->line);
	else
		row("seen", "%" PRIu64 "%s at %s", finding->count, times, step->text);
}

static void finding_print(const struct audit *audit, const struct audit_finding *finding)
{
	const struct videoport_rule *rule = finding->rule;

	if (rule)
		printf("  V-%u %s: %s\n", rule->number, audit_severity(finding), rule->sentence);
	else
		printf("  %s: the device was refused an access to memory\n",
			audit_severity(finding));
	row("did", "%s", finding->event.message);
	if (finding->event.origin[0])
		row("object", "%s", finding->event.origin);
	if (rule) {
		row("do", "%s", rule->remedy);
		row("like", "%s", rule->analogue);
	}
	where_print(audit, finding);
	if (finding->expected)
		row("expected", "%s (%s:%u)", finding->expected->reason, audit->expect->name,
			finding->expected->line);
}

static void findings_print(const struct audit *audit)
{
	bool any = false;

	for (size_t i = 0; i < audit->finding_count; i++) {
		if (audit->finding[i].event.kind == VIDEOPORT_EVENT_LOG)
			continue;
		printf("%s", any ? "\n" : "\naudit\n");
		finding_print(audit, &audit->finding[i]);
		any = true;
	}
	if (!any)
		printf("\naudit\n  no rule was broken\n");
	for (size_t i = 0; i < audit->finding_count; i++)
		if (audit->finding[i].event.kind == VIDEOPORT_EVENT_LOG)
			printf("%s  %s%s\n", i ? "" : "\n", audit->finding[i].event.message,
				audit->finding[i].count > 1 ? " (several times)" : "");
	for (unsigned i = 0; audit->expect && i < audit->expect->count; i++)
		if (!audit->expect->row[i].seen)
			printf("  stale: %s:%u expects V-%u, which was not seen\n",
				audit->expect->name, audit->expect->row[i].line,
				audit->expect->row[i].rule);
}

static const char *open_step(const struct audit *audit)
{
	if (audit->open_count)
		return audit->step[audit->open[audit->open_count - 1]].text;
	return audit->step_count ? audit->step[audit->step_count - 1].text : "start";
}

static void crash_print(const struct audit *audit, const struct child_result *result)
{
	if (result->end == CHILD_HUNG)
		printf("\nHUNG at %s\n", open_step(audit));
	else if (audit->signal)
		printf("\nCRASHED at %s: %s (%s)\n", open_step(audit),
			strsignal(audit->signal) ? strsignal(audit->signal) : "signal",
			sigabbrev_np(audit->signal) ? sigabbrev_np(audit->signal) : "?");
	else if (result->signal)
		printf("\nCRASHED at %s: %s\n", open_step(audit), strsignal(result->signal));
	else
		printf("\nCRASHED at %s: the driver ended its process, exit code %d\n",
			open_step(audit), result->exit_code);
	if (audit->signal == SIGSEGV || audit->signal == SIGBUS)
		printf("    address   0x%" PRIx64 "\n", audit->address);
	for (unsigned i = 0; i < audit->frame_count; i++)
		printf("    %-9s %s\n", i ? "from" : "in", audit->frame[i].text);
}

static void usage_print(const struct videoport_usage *u)
{
	printf("\naccount before unload: at most, now\n"
	       "  common buffers  %" PRIu64 ", %" PRIu64 " bytes\n"
	       "  locked          %" PRIu64 ", %" PRIu64 " bytes\n"
	       "  map registers   %" PRIu64 ", %" PRIu64 "\n"
	       "  bounced         %" PRIu64 " bytes; %" PRIu64 " lists, %" PRIu64 " elements\n"
	       "  live            %" PRIu64 " adapters, %" PRIu64 " locks, %" PRIu64
	       " events, %" PRIu64 " spin locks, %" PRIu64 " pool blocks\n",
		u->common_bytes_peak, u->common_bytes, u->pinned_bytes_peak, u->pinned_bytes,
		u->map_registers_peak, u->map_registers, u->bounce_bytes, u->sg_lists,
		u->sg_elements, u->adapters, u->locks, u->events, u->spin_locks, u->pool_blocks);
}

/* What the port counts of an adapter. */
static const struct gauge {
	const char *name, *key;
	size_t offset; /* in struct videoport_adapter_account */
	bool averaged; /* over time */
	bool counted;  /* what was given out and taken back */
} gauges[] = {
#define GAUGE(member) offsetof(struct videoport_adapter_account, member)
	{"common buffers", "common_buffers", GAUGE(common_buffers), true, true},
	{"common buffer bytes", "common_buffer_bytes", GAUGE(common_bytes), true, true},
	{"lists", "lists", GAUGE(lists), false, true},
	{"list bytes", "sg_list_bytes", GAUGE(sg_bytes), true, false},
	{"map registers", "map_registers", GAUGE(map_registers), true, true},
	{"bounce bytes held", "bounce_held_bytes", GAUGE(bounce_bytes), true, false},
#undef GAUGE
};

#define GAUGE_COUNT (sizeof(gauges) / sizeof(gauges[0]))

static const struct videoport_gauge *gauge_of(
	const struct gauge *gauge, const struct videoport_adapter_account *account)
{
	return (const void *)((const char *)account + gauge->offset);
}

static void gauge_print(const struct gauge *gauge, const struct videoport_gauge *value)
{
	char mean[32] = "";

	if (gauge->averaged)
		snprintf(mean, sizeof(mean), "%.1f", value->mean);
	printf("    %-20s %12" PRIu64 " %12" PRIu64 " %12s", gauge->name, value->now, value->peak,
		mean);
	if (gauge->counted)
		printf(" %12" PRIu64 " %12" PRIu64, value->allocated, value->freed);
	putchar('\n');
}

static void adapter_print(const struct videoport_adapter_account *a)
{
	printf("  adapter %u       %s%s, most %u bytes, up to 0x%" PRIx64 ", %" PRIu64
	       " map registers granted\n",
		a->index, a->scatter_gather ? "scatter/gather" : "one element",
		a->put ? ", put" : "", a->maximum_length, a->reach, a->map_registers_granted);
	printf("    %-20s %12s %12s %12s %12s %12s\n", "", "now", "at most", "mean", "taken",
		"given back");
	for (size_t i = 0; i < GAUGE_COUNT; i++)
		gauge_print(&gauges[i], gauge_of(&gauges[i], a));
	if (a->origin[0])
		printf("    %s\n", a->origin);
}

void audit_print(const struct audit *audit, const struct child_result *result,
	const struct audit_title *title)
{
	if (result->end == CHILD_CRASHED || result->end == CHILD_HUNG)
		crash_print(audit, result);
	findings_print(audit);
	if (audit->has_usage)
		usage_print(&audit->usage);
	for (unsigned i = 0; i < audit->adapter_count; i++)
		adapter_print(&audit->adapter[i]);
	printf("\n%s on %s%s: %" PRIu64 " errors, %" PRIu64 " warnings, %" PRIu64 " notes, %" PRIu64
	       " expected; %" PRIu64 " steps failed%s\n",
		title->module, title->device, title->strict ? ", strict" : "", audit->errors,
		audit->warnings, audit->notes, audit->expected, audit->steps_failed,
		result->end == CHILD_HUNG      ? "; hung"
		: result->end == CHILD_CRASHED ? "; crashed"
		: result->end == CHILD_ERROR   ? "; did not start"
					       : "");
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

/* JSON holds text, and a path or a name may be any bytes. */
static json_t *text_json(const char *text)
{
	json_t *string = json_string(text);
	char plain[1024];

	if (string)
		return string;
	snprintf(plain, sizeof(plain), "%s", text);
	for (char *at = plain; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return json_string(plain);
}

static json_t *steps_json(const struct audit *audit)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < audit->step_count; i++) {
		const struct audit_step *s = &audit->step[i];

		json_array_append_new(
			steps, json_pack("{s:s, s:s, s:b, s:b, s:I, s:I}", "step", s->text,
				       "result", s->result, "done", s->done, "failed", s->bad,
				       "line", (json_int_t)s->line, "depth", (json_int_t)s->depth));
	}
	return steps;
}

static json_t *finding_json(const struct audit *audit, const struct audit_finding *f)
{
	const struct videoport_rule *rule = f->rule;
	char name[16] = "";

	if (rule)
		snprintf(name, sizeof(name), "V-%u", rule->number);

	json_t *object = json_pack("{s:s, s:s, s:o, s:o, s:I, s:b, s:I}", "rule", name, "severity",
		audit_severity(f), "did", text_json(f->event.message), "object",
		text_json(f->event.origin), "count", (json_int_t)f->count, "expected",
		f->expected != NULL, "status", (json_int_t)f->event.status);

	if (rule)
		json_object_update_new(object, json_pack("{s:s, s:s, s:s, s:s}", "name", rule->name,
						       "sentence", rule->sentence, "remedy",
						       rule->remedy, "analogue", rule->analogue));
	if (f->step < audit->step_count)
		json_object_update_new(
			object, json_pack("{s:s, s:I}", "step", audit->step[f->step].text, "line",
					(json_int_t)audit->step[f->step].line));
	return object;
}

static json_t *crash_json(const struct audit *audit, const struct child_result *result)
{
	json_t *frames = json_array();

	for (unsigned i = 0; i < audit->frame_count; i++)
		json_array_append_new(frames, json_string(audit->frame[i].text));
	return json_pack("{s:s, s:i, s:i, s:I, s:o}", "step", open_step(audit), "signal",
		audit->signal ? audit->signal : result->signal, "exit_code", result->exit_code,
		"address", (json_int_t)audit->address, "frames", frames);
}

static json_t *usage_json(const struct videoport_usage *u)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"common_buffer_peak_bytes", (json_int_t)u->common_bytes_peak, "pinned_peak_bytes",
		(json_int_t)u->pinned_bytes_peak, "map_registers_peak",
		(json_int_t)u->map_registers_peak, "bounce_bytes", (json_int_t)u->bounce_bytes,
		"adapters", (json_int_t)u->adapters, "locks", (json_int_t)u->locks, "events",
		(json_int_t)u->events, "spin_locks", (json_int_t)u->spin_locks, "pool_blocks",
		(json_int_t)u->pool_blocks);
}

static json_t *gauges_json(const struct videoport_adapter_account *account)
{
	json_t *object = json_object();

	for (size_t i = 0; i < GAUGE_COUNT; i++) {
		const struct videoport_gauge *value = gauge_of(&gauges[i], account);
		json_t *gauge = json_pack("{s:I, s:I}", "now", (json_int_t)value->now, "peak",
			(json_int_t)value->peak);

		if (gauges[i].averaged)
			json_object_set_new(gauge, "mean", json_real(value->mean));
		if (gauges[i].counted)
			json_object_update_new(gauge,
				json_pack("{s:I, s:I}", "allocated", (json_int_t)value->allocated,
					"freed", (json_int_t)value->freed));
		json_object_set_new(object, gauges[i].key, gauge);
	}
	return object;
}

static json_t *adapters_json(const struct audit *audit)
{
	json_t *adapters = json_array();

	for (unsigned i = 0; i < audit->adapter_count; i++) {
		const struct videoport_adapter_account *a = &audit->adapter[i];

		json_array_append_new(adapters,
			json_pack("{s:I, s:b, s:b, s:I, s:I, s:I, s:o, s:o}", "index",
				(json_int_t)a->index, "put", a->put, "scatter_gather",
				a->scatter_gather, "maximum_length", (json_int_t)a->maximum_length,
				"reach", (json_int_t)a->reach, "map_registers_granted",
				(json_int_t)a->map_registers_granted, "gauges", gauges_json(a),
				"object", text_json(a->origin)));
	}
	return adapters;
}

static json_t *stale_json(const struct expect *expect)
{
	json_t *rows = json_array();

	for (unsigned i = 0; expect && i < expect->count; i++)
		if (!expect->row[i].seen)
			json_array_append_new(rows,
				json_pack("{s:I, s:I}", "rule", (json_int_t)expect->row[i].rule,
					"line", (json_int_t)expect->row[i].line));
	return rows;
}

static json_t *audit_object(const struct audit *audit, const struct child_result *result,
	const struct audit_title *title)
{
	static const char *const ends[] = {[CHILD_DONE] = "unloaded",
		[CHILD_ERROR] = "error",
		[CHILD_CRASHED] = "crashed",
		[CHILD_HUNG] = "hung"};
	json_t *findings = json_array(), *log = json_array();

	for (size_t i = 0; i < audit->finding_count; i++) {
		const struct audit_finding *f = &audit->finding[i];

		if (f->event.kind == VIDEOPORT_EVENT_LOG)
			json_array_append_new(log, text_json(f->event.message));
		else
			json_array_append_new(findings, finding_json(audit, f));
	}

	json_t *root = json_pack("{s:o, s:s, s:b, s:s, s:o, s:o, s:o, s:o}", "driver",
		text_json(title->module), "device", title->device, "strict", title->strict, "end",
		ends[result->end], "steps", steps_json(audit), "findings", findings, "log", log,
		"stale", stale_json(audit->expect));

	json_object_update_new(root,
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:i}", "errors", (json_int_t)audit->errors,
			"warnings", (json_int_t)audit->warnings, "notes", (json_int_t)audit->notes,
			"expected", (json_int_t)audit->expected, "steps_failed",
			(json_int_t)audit->steps_failed, "exit_code",
			audit_verdict(audit, result)));
	if (result->end == CHILD_CRASHED || result->end == CHILD_HUNG)
		json_object_set_new(root, "crash", crash_json(audit, result));
	if (result->end == CHILD_ERROR)
		json_object_set_new(root, "error", text_json(audit->err.message));
	if (audit->has_usage)
		json_object_set_new(root, "usage", usage_json(&audit->usage));
	json_object_set_new(root, "adapters", adapters_json(audit));
	return root;
}

int audit_json(const struct audit *audit, const struct child_result *result,
	const struct audit_title *title, const char *path, struct err *err)
{
	json_t *root = audit_object(audit, result, title);
	int rc = output_json_value(root, path, err);

	json_decref(root);
	return rc;
}
