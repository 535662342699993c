// SPDX-License-Identifier: BSD-2-Clause
/*
 * traces.c: the trace that a cell of family churn goes through, read from a file or made by its settings. Called by
 * plan.c, so that what cannot be is found before anything is measured, and by the case. See harness/churn.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "drivers/support/types.h"
#include "harness/load/mix.h"

#define LIVE_BUFFERS    32    /* held where nothing is said, of the mean size */
#define LIVES           16    /* mean lifetimes of a trace where nothing is said ... */
#define ALLOCATIONS_MIN 8192u /* and so many allocations at least */
#define NAME_CHARS      48    /* of a file or a distribution in a case's name */

bool traces_have_sizes(const struct run_settings *settings)
{
	return settings->trace[0] || settings->churn.sizes[0];
}

static int sizes_make(struct draw *size, const struct run_cell *cell, struct err *err)
{
	const struct run_settings *s = cell->settings;
	const uint64_t largest = cell->params.size_bytes;

	if (s->churn.sizes[0])
		return mix_parse_draw(
			size, "churn.sizes", s->churn.sizes, OPT_SIZE, 1, CHURN_BYTES_MAX, err);
	if (draw_loguniform(size, largest < PAGE_BYTES ? largest : PAGE_BYTES, largest))
		return err_set(err, ERR_USAGE, -EINVAL, "size %llu: expected 1 byte or more",
			(unsigned long long)largest);
	return 0;
}

static int trace_make(const struct run_cell *cell, struct churn_trace *trace, struct err *err)
{
	const struct run_settings *s = cell->settings;
	struct churn_mix mix = {.seed = s->seed, .live_bytes = s->churn.live_bytes};
	int rc = sizes_make(&mix.size, cell, err);

	rc = rc ? rc : life_parse(&mix.life, "churn.lifetime", s->churn.lifetime, err);
	if (rc)
		return rc;
	const double mean_bytes = draw_mean(&mix.size);

	if (!mix.live_bytes)
		mix.live_bytes = (uint64_t)(LIVE_BUFFERS * mean_bytes);
	double lives = ceil(LIVES * (double)mix.live_bytes / mean_bytes);

	mix.allocations = (uint32_t)s->churn.allocations;
	if (!mix.allocations)
		mix.allocations = (uint32_t)fmin(
			fmax(lives, ALLOCATIONS_MIN), CHURN_EVENTS_MAX / 2.0);
	return churn_generate(trace, &mix, err);
}

static int trace_open(const struct run_cell *cell, struct churn_trace *trace, struct err *err)
{
	const char *path = cell->settings->trace;

	return path[0] ? churn_read(trace, path, err) : trace_make(cell, trace, err);
}

static int windows_check(
	const struct run_settings *s, const struct churn_trace *trace, struct err *err)
{
	if (s->churn.windows <= trace->takes)
		return 0;
	return err_set(err, ERR_USAGE, -EINVAL,
		"churn.windows %llu, but the trace takes something %u times only; lower it",
		(unsigned long long)s->churn.windows, trace->takes);
}

int traces_check(struct run_cell *cell, struct err *err)
{
	struct churn_trace trace;
	int rc = trace_open(cell, &trace, err);

	if (rc)
		return rc;
	rc = windows_check(cell->settings, &trace, err);
	if (traces_have_sizes(cell->settings))
		cell->params.size_bytes = cell->params.mean_bytes = trace.largest_bytes;
	cell->params.trace_events = trace.count;
	cell->params.trace_checksum = trace.checksum;
	churn_free(&trace);
	return rc;
}

int run_cell_trace(const struct run_cell *cell, struct churn_trace *trace, struct err *err)
{
	int rc = trace_open(cell, trace, err);

	if (rc == 0 && trace->checksum != cell->params.trace_checksum) {
		churn_free(trace);
		rc = err_set(err, ERR_USAGE, -ESTALE,
			"%s: the trace has changed since the run was planned; leave it alone while "
			"it is measured",
			cell->settings->trace);
	}
	return rc;
}

/* ---- names ------------------------------------------------------------------------------------------------ */

/* Appends "/WORD:text"; what would break a name becomes '_'. */
static void extra_put(char *extra, size_t room, const char *word, const char *text)
{
	size_t used = strlen(extra);
	int length = snprintf(
		extra + used, room - used, "%s%s:%.*s", used ? "/" : "", word, NAME_CHARS, text);

	for (char *c = extra + used + (used ? 1 : 0); length > 0 && *c && c < extra + room; c++) {
		if ((unsigned char)*c <= ' ' || *c == '/' || *c == 0x7f)
			*c = '_';
	}
}

static void extra_put_number(char *extra, size_t room, const char *word, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	if (number)
		extra_put(extra, room, word, text);
}

void traces_extra(const struct run_cell *cell, char *extra, size_t room)
{
	const struct run_settings *s = cell->settings;
	const char *slash = strrchr(s->trace, '/');
	char text[OPT_TEXT_MAX + 16];

	if (s->trace[0]) {
		/* Another trace under the same name is another case. */
		snprintf(text, sizeof(text), "%.*s#%08x", NAME_CHARS - 9,
			slash ? slash + 1 : s->trace,
			(unsigned)(cell->params.trace_checksum & UINT32_MAX));
		extra_put(extra, room, "trace", text);
	} else {
		if (s->churn.sizes[0])
			extra_put(extra, room, "sizes", s->churn.sizes);
		if (strcmp(s->churn.lifetime, "exponential") != 0)
			extra_put(extra, room, "lifetime", s->churn.lifetime);
		extra_put_number(extra, room, "live", s->churn.live_bytes);
		extra_put_number(extra, room, "allocations", s->churn.allocations);
	}
	extra_put_number(extra, room, "windows", s->churn.windows);
}
