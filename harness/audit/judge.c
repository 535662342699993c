// SPDX-License-Identifier: BSD-2-Clause
/* judge.c: what two readings tell, what a whole run tells. Pure: no files, no clocks. */
#include "harness/audit/audit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/opt/opt.h"

#define MS 1000000u
#define US 1000u

/* Shares of the time between two readings. */
#define LIMIT_WAIT    0.01 /* without a processor: moves a mean by as much, a p99 by any amount */
#define LIMIT_STEAL   0.01
#define LIMIT_SIBLING 0.05 /* two threads of a core slow one another by a third and more */
#define LIMIT_BUSY    0.05 /* of others, in an idle moment */

#define LIMIT_INVOLUNTARY_PER_S                                                                    \
	100 /* where waiting time is not told: a tick's work of somebody else each time */
#define LIMIT_INTERRUPTS_PER_S 1000 /* 2 us each: 0.2 % of the time, all of it in the tail */
#define INTERRUPTS_FEW         10

/* NTP slews by 500 ppm at most; more is a step. */
#define LIMIT_STEP_NS  (1u * MS)
#define LIMIT_STEP_PPM 600

/* Calibration is good to a few ppm; between the readings of two clocks 20 us may go by. */
#define LIMIT_CLOCK_NS  (50u * US)
#define LIMIT_CLOCK_PPM 200
#define LIMIT_SLEEP_NS  (10u * MS)

static const struct {
	const char *name;
	enum audit_grade grade;
	const char *remedy;
} taints[AUDIT_TAINT_COUNT] = {
#define X(symbol, name, grade, remedy) {#name, grade, remedy},
	AUDIT_TAINTS_LIST(X)
#undef X
};

const char *audit_taint_name(enum audit_taint taint)
{
	return taints[taint].name;
}

enum audit_grade audit_taint_grade(enum audit_taint taint)
{
	return taints[taint].grade;
}

const char *audit_taint_remedy(enum audit_taint taint)
{
	return taints[taint].remedy;
}

/* ---- two readings --------------------------------------------------------------------------------------------------- */

struct judgement {
	unsigned mask;
	char *text;
	size_t used;
};

static void tainted(struct judgement *to, enum audit_taint taint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void tainted(struct judgement *to, enum audit_taint taint, const char *format, ...)
{
	va_list args;

	to->used += (size_t)snprintf(to->text + to->used, AUDIT_TAINT_TEXT - to->used, "%s%s ",
		to->mask ? ", " : "", taints[taint].name);
	to->mask |= 1u << taint;
	if (to->used >= AUDIT_TAINT_TEXT)
		to->used = AUDIT_TAINT_TEXT - 1;
	va_start(args, format);
	to->used += (size_t)vsnprintf(
		to->text + to->used, AUDIT_TAINT_TEXT - to->used, format, args);
	va_end(args);
	if (to->used >= AUDIT_TAINT_TEXT)
		to->used = AUDIT_TAINT_TEXT - 1;
}

static uint64_t grown(uint64_t before, uint64_t after)
{
	return after > before ? after - before : 0;
}

static double ms(uint64_t ns)
{
	return (double)ns / MS;
}

static int64_t drift(uint64_t a_before, uint64_t a_after, uint64_t b_before, uint64_t b_after)
{
	return (int64_t)(a_after - a_before) - (int64_t)(b_after - b_before);
}

static bool beyond(int64_t difference, uint64_t elapsed_ns, double ppm, double least_ns)
{
	const double size = difference < 0 ? -(double)difference : (double)difference;

	return size > least_ns + (double)elapsed_ns * ppm * 1e-6;
}

static void judge_clocks(struct judgement *to, const struct audit_reading *before,
	const struct audit_reading *after, uint64_t elapsed_ns)
{
	const int64_t clock = drift(before->tick_ns, after->tick_ns, before->raw_ns, after->raw_ns);
	const int64_t step = drift(before->real_ns, after->real_ns, before->raw_ns, after->raw_ns);
	const int64_t sleep = drift(
		before->boot_ns, after->boot_ns, before->mono_ns, after->mono_ns);

	if (sleep > (int64_t)LIMIT_SLEEP_NS)
		tainted(to, AUDIT_TAINT_SUSPENDED, "%.0f ms", (double)sleep / MS);
	if (beyond(clock, elapsed_ns, LIMIT_CLOCK_PPM, LIMIT_CLOCK_NS))
		tainted(to, AUDIT_TAINT_CLOCK, "off by %.3f ms in %.0f ms", (double)clock / MS,
			ms(elapsed_ns));
	if (beyond(step, elapsed_ns, LIMIT_STEP_PPM, LIMIT_STEP_NS))
		tainted(to, AUDIT_TAINT_STEPPED, "by %.1f ms", (double)step / MS);
}

static void judge_processors(struct judgement *to, const struct audit_scope *scope,
	const struct audit_reading *before, const struct audit_reading *after, double elapsed)
{
	const int cores = scope->driver_cpu == scope->device_cpu ? 1 : 2;
	const uint64_t waits = grown(before->wait_ns[1], after->wait_ns[1]) +
	                       (scope->blocking ? 0 : grown(before->wait_ns[0], after->wait_ns[0])),
		       involuntary = grown(before->involuntary, after->involuntary),
		       sibling = grown(before->sibling_busy_ns, after->sibling_busy_ns);
	uint64_t steal = 0, interrupts = 0;

	for (int i = 0; i < cores; i++) {
		steal += grown(before->steal_ns[i], after->steal_ns[i]);
		interrupts += grown(before->interrupts[i], after->interrupts[i]);
	}
	if (before->has_waits && after->has_waits && (double)waits > LIMIT_WAIT * elapsed)
		tainted(to, AUDIT_TAINT_PREEMPTED, "%.2f ms (%.0f %%)", ms(waits),
			100 * (double)waits / elapsed);
	else if (!(before->has_waits && after->has_waits) &&
		 (double)involuntary > LIMIT_INVOLUNTARY_PER_S * elapsed * 1e-9 && involuntary > 2)
		tainted(to, AUDIT_TAINT_PREEMPTED, "%" PRIu64 " times", involuntary);
	if ((double)steal > LIMIT_STEAL * elapsed)
		tainted(to, AUDIT_TAINT_STEAL, "%.0f ms", ms(steal));
	if ((double)sibling > LIMIT_SIBLING * elapsed)
		tainted(to, AUDIT_TAINT_SIBLING, "busy %.0f ms", ms(sibling));
	if (interrupts > INTERRUPTS_FEW &&
		(double)interrupts > LIMIT_INTERRUPTS_PER_S * elapsed * 1e-9)
		tainted(to, AUDIT_TAINT_INTERRUPTS, "%" PRIu64, interrupts);
}

unsigned audit_judge(const struct audit_scope *scope, const struct audit_reading *before,
	const struct audit_reading *after, char text[AUDIT_TAINT_TEXT])
{
	struct judgement to = {.text = text};
	const uint64_t elapsed_ns = grown(before->raw_ns, after->raw_ns),
		       throttles = grown(before->throttles, after->throttles),
		       swapped = grown(before->swapped_pages, after->swapped_pages),
		       faults = grown(before->major_faults, after->major_faults);

	text[0] = '\0';
	judge_clocks(&to, before, after, elapsed_ns);
	judge_processors(&to, scope, before, after, (double)elapsed_ns);
	if (throttles)
		tainted(&to, AUDIT_TAINT_THROTTLED, "%" PRIu64 " times", throttles);
	if (swapped || faults)
		tainted(&to, AUDIT_TAINT_PAGED, "%" PRIu64 " pages", swapped ? swapped : faults);
	if (after->cpu >= 0 && before->cpu >= 0 && after->cpu != scope->driver_cpu)
		tainted(&to, AUDIT_TAINT_MOVED, "to cpu %d", after->cpu);
	return to.mask;
}

unsigned audit_taints_of(const char *text)
{
	unsigned mask = 0;

	while (*text) {
		for (unsigned i = 0; i < AUDIT_TAINT_COUNT; i++) {
			const size_t len = strlen(taints[i].name);

			if (strncmp(text, taints[i].name, len) == 0 && text[len] == ' ')
				mask |= 1u << i;
		}
		text += strcspn(text, ",");
		text += strspn(text, ", ");
	}
	return mask;
}

/* ---- an idle moment ------------------------------------------------------------------------------------------------- */

static struct audit_finding *window_add(
	struct audit_host *host, const char *name, enum audit_grade grade, const char *remedy)
{
	if (host->count == AUDIT_FINDINGS_MAX)
		return NULL;
	struct audit_finding *finding = &host->finding[host->count++];

	*finding = (struct audit_finding){.name = name, .grade = grade};
	snprintf(finding->remedy, sizeof(finding->remedy), "%s", remedy);
	return finding;
}

static void window_busy(struct audit_host *host, const struct audit_scope *scope,
	const struct audit_reading *before, const struct audit_reading *after, double elapsed)
{
	const int cpus[2] = {scope->driver_cpu, scope->device_cpu};
	const int cores = cpus[0] == cpus[1] ? 1 : 2;

	host->checks++;
	for (int i = 0; i < cores; i++) {
		const double share = (double)grown(before->busy_ns[i], after->busy_ns[i]) / elapsed;
		struct audit_finding *finding;

		if (share <= LIMIT_BUSY)
			continue;
		finding = window_add(host, "load", AUDIT_TAINTS,
			"stop it (top -H shows it), or give dmabench cores of its own: taskset, "
			"isolcpus=");
		if (!finding)
			return;
		snprintf(finding->found, sizeof(finding->found),
			"other programs keep cpu %d busy for %.0f %% of the time", cpus[i],
			share > 1 ? 100.0 : 100 * share);
		snprintf(finding->expected, sizeof(finding->expected), "5 %% at most");
	}
}

/* The part of @text, as audit_judge writes it, that tells of @taint. Return: its length. */
static int part_of(const char *text, enum audit_taint taint, const char **part)
{
	const size_t len = strlen(taints[taint].name);

	for (*part = text; strncmp(*part, taints[taint].name, len) != 0 || (*part)[len] != ' ';) {
		const char *comma = strstr(*part, ", ");

		if (!comma)
			break;
		*part = comma + 2;
	}
	return (int)strcspn(*part, ",");
}

void audit_host_add_window(struct audit_host *host, const struct audit_scope *scope,
	const struct audit_reading *before, const struct audit_reading *after)
{
	const double elapsed = (double)grown(before->raw_ns, after->raw_ns);

	if (elapsed <= 0)
		return;
	window_busy(host, scope, before, after, elapsed);
	for (enum audit_taint i = 0; i < AUDIT_TAINT_COUNT; i++) {
		char text[AUDIT_TAINT_TEXT];
		const char *part;

		/* Ourselves were asleep, so that who ran and where says nothing of the host. */
		if (i == AUDIT_TAINT_PREEMPTED || i == AUDIT_TAINT_MOVED)
			continue;
		host->checks++;
		if (!(audit_judge(scope, before, after, text) >> i & 1))
			continue;
		struct audit_finding *finding = window_add(
			host, taints[i].name, taints[i].grade, taints[i].remedy);

		if (!finding)
			return;
		const int len = part_of(text, i, &part);

		snprintf(finding->found, sizeof(finding->found),
			"%.*s, in %.0f ms before measuring", len, part, elapsed / MS);
		snprintf(finding->expected, sizeof(finding->expected), "nothing of the kind");
	}
}

/* ---- a run ------------------------------------------------------------------------------------------------------------ */

void audit_tally_add(struct audit_tally *tally, unsigned mask)
{
	tally->trials++;
	tally->tainted += mask != 0;
	for (unsigned i = 0; i < AUDIT_TAINT_COUNT; i++)
		tally->of[i] += mask >> i & 1;
}

static void why_add(char *why, size_t room, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void why_add(char *why, size_t room, const char *format, ...)
{
	const size_t used = room ? strnlen(why, room) : 0;
	va_list args;

	if (used >= room)
		return;
	const int len = snprintf(why + used, room - used, "%s", used ? "; " : "");

	if (used + (size_t)len >= room)
		return;
	va_start(args, format);
	vsnprintf(why + used + len, room - used - (size_t)len, format, args);
	va_end(args);
}

bool audit_trusted(
	const struct audit_host *host, const struct audit_tally *tally, char *why, size_t room)
{
	bool trusted = 2 * tally->tainted <= tally->trials;

	if (room)
		why[0] = '\0';
	for (unsigned i = 0; i < host->count; i++) {
		if (host->finding[i].grade != AUDIT_FATAL)
			continue;
		trusted = false;
		why_add(why, room, "%s: %s", host->finding[i].name, host->finding[i].found);
	}
	if (tally->tainted)
		why_add(why, room, "%" PRIu64 " of %" PRIu64 " repetition%s tainted",
			tally->tainted, tally->trials, opt_plural(tally->trials));
	for (unsigned i = 0; i < AUDIT_TAINT_COUNT; i++) {
		if (!tally->of[i])
			continue;
		trusted = trusted && taints[i].grade != AUDIT_FATAL;
		why_add(why, room, "%s %" PRIu64, taints[i].name, tally->of[i]);
	}
	return trusted;
}
