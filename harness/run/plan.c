// SPDX-License-Identifier: BSD-2-Clause
/*
 * plan.c: settings to cells. Everything that can be wrong with a run before it touches a device is found here, so
 * that a bad setting leaves nothing behind. Called by the command line; knows no driver.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/opt/opt.h"

/* The values a key takes for one case: its own list, or one value where the key does not apply. */
struct axis {
	const uint64_t *value;
	uint32_t count;
};

enum axis_name {
	AXIS_DIR,
	AXIS_SIZE,
	AXIS_DEPTH,
	AXIS_BATCH,
	AXIS_COMPLETION,
	AXIS_SOURCE,
	AXIS_OFFSET,
	AXIS_FRAGMENTATION,
	AXIS_ARRIVAL,
	AXIS_RATE,
	AXIS_HIGH,
	AXIS_WINDOW,
	AXIS_CACHE,
	AXIS_PAGES,
	AXIS_PIN,
	AXIS_DEVICE_OFFSET,
	AXIS_THREADS,
	AXIS_ADAPTERS,
	AXIS_COUNT,
};

static struct axis axis_of(const struct opt_list *list, bool applies)
{
	static const uint64_t none = 0;

	if (!applies || list->count == 0)
		return (struct axis){&none, 1};
	return (struct axis){list->value, list->count};
}

static struct axis axis_first(struct axis axis, bool sweeps)
{
	if (!sweeps)
		axis.count = 1;
	return axis;
}

static void axes_of(const struct run_settings *s, unsigned keys, struct axis axis[AXIS_COUNT])
{
	axis[AXIS_DIR] = axis_of(&s->dir, keys & RUN_KEY_DIR);
	axis[AXIS_SIZE] = axis_of(&s->size, keys & RUN_KEY_SIZE);
	axis[AXIS_DEPTH] = axis_of(&s->depth, keys & RUN_KEY_DEPTH);
	axis[AXIS_BATCH] = axis_of(&s->batch, keys & RUN_KEY_BATCH);
	axis[AXIS_COMPLETION] = axis_of(&s->completion, keys & RUN_KEY_COMPLETION);
	axis[AXIS_SOURCE] = axis_of(&s->source, keys & RUN_KEY_SOURCE);
	const bool frames = keys & (RUN_KEY_FRAMES | RUN_KEY_MEMORY),
		   memory = keys & RUN_KEY_MEMORY;

	axis[AXIS_OFFSET] = axis_first(axis_of(&s->offset, true), frames);
	axis[AXIS_FRAGMENTATION] = axis_first(axis_of(&s->frames.fragmentation, true), frames);
	axis[AXIS_HIGH] = axis_first(axis_of(&s->frames.high, true), memory);
	axis[AXIS_WINDOW] = axis_of(&s->window_bytes, memory);
	axis[AXIS_CACHE] = axis_of(&s->cache, memory);
	axis[AXIS_PAGES] = axis_of(&s->pages, memory);
	axis[AXIS_PIN] = axis_of(&s->pin, memory);
	axis[AXIS_DEVICE_OFFSET] = axis_of(&s->device_offset, memory && (keys & RUN_KEY_SOURCE));
	axis[AXIS_THREADS] = axis_of(&s->threads, keys & RUN_KEY_THREADS);
	axis[AXIS_ADAPTERS] = axis_of(&s->adapters, keys & RUN_KEY_THREADS);
	axis[AXIS_ARRIVAL] = axis_of(&s->arrival, keys & RUN_KEY_LOAD);
	axis[AXIS_RATE] = axis_of(plan_rate_list(s), keys & RUN_KEY_LOAD);
}

static void params_at(struct run_params *p, const struct axis axis[AXIS_COUNT],
	const uint32_t at[AXIS_COUNT], const struct run_settings *s)
{
	p->dir = (enum run_dir)axis[AXIS_DIR].value[at[AXIS_DIR]];
	p->size_bytes = axis[AXIS_SIZE].value[at[AXIS_SIZE]];
	p->depth = (uint32_t)axis[AXIS_DEPTH].value[at[AXIS_DEPTH]];
	p->batch = (uint32_t)axis[AXIS_BATCH].value[at[AXIS_BATCH]];
	p->completion = (enum run_completion)axis[AXIS_COMPLETION].value[at[AXIS_COMPLETION]];
	p->source = (enum run_source)axis[AXIS_SOURCE].value[at[AXIS_SOURCE]];
	p->mean_bytes = p->size_bytes;
	p->to_device_percent = (uint32_t)s->to_device_percent;
	p->offset_bytes = axis[AXIS_OFFSET].value[at[AXIS_OFFSET]];
	p->fragmentation_percent = (uint32_t)axis[AXIS_FRAGMENTATION].value[at[AXIS_FRAGMENTATION]];
	p->high_percent = (uint32_t)axis[AXIS_HIGH].value[at[AXIS_HIGH]];
	p->window_bytes = axis[AXIS_WINDOW].value[at[AXIS_WINDOW]];
	p->cache = (enum run_cache)axis[AXIS_CACHE].value[at[AXIS_CACHE]];
	p->pages = (enum topo_pages)axis[AXIS_PAGES].value[at[AXIS_PAGES]];
	p->pin = (enum device_pin)axis[AXIS_PIN].value[at[AXIS_PIN]];
	p->device_offset_bytes = axis[AXIS_DEVICE_OFFSET].value[at[AXIS_DEVICE_OFFSET]];
	/* 0: a case that knows one requester only. */
	p->threads = (uint32_t)axis[AXIS_THREADS].value[at[AXIS_THREADS]];
	p->threads = p->threads ? p->threads : 1;
	p->adapters = (enum run_adapters)axis[AXIS_ADAPTERS].value[at[AXIS_ADAPTERS]];
	p->verify = (enum run_verify)s->verify;
	p->arrival = (enum load_arrival)axis[AXIS_ARRIVAL].value[at[AXIS_ARRIVAL]];
	p->rate_unit = plan_rate_unit(s);
	p->rate = p->arrival == LOAD_CLOSED ? 0 : axis[AXIS_RATE].value[at[AXIS_RATE]];
	p->burst = (uint32_t)s->burst;
	if (s->rate.find[0]) /* plan_check has parsed it once */
		(void)search_parse(s->rate.find, &p->find_quantile, &p->find_limit_ns);
	/* A device is told to fail only to see whether that is noticed: then every transfer is checked. */
	if (s->dev.fault != DEVICE_FAULT_NONE && p->verify == RUN_VERIFY_SAMPLE)
		p->verify = RUN_VERIFY_FULL;
}

/* A mix has sizes of its own, and one from a file its directions too: one cell for all of those axes. */
static void params_mix(struct run_params *p, const struct mix *mix)
{
	p->size_bytes = mix->largest_bytes;
	p->mean_bytes = (uint64_t)llround(fmax(mix->mean_bytes, 1));
	if (mix->lines)
		p->dir = RUN_MIXED;
}

/* Whether the axes that a case does not have, or that another key replaces, stand at their first value. */
static bool point_stands(const struct run_cell *base, const uint32_t at[AXIS_COUNT])
{
	const struct run_params *p = &base->params;
	const unsigned keys = base->bench->keys;

	/* Batches larger than the depth cannot be. */
	if ((keys & RUN_KEY_DEPTH) && (keys & RUN_KEY_BATCH) && p->batch > p->depth)
		return false;
	/* A closed loop has no rate, and a search finds its own: one cell for all of them. */
	if ((p->arrival == LOAD_CLOSED || base->settings->rate.find[0]) && at[AXIS_RATE] > 0)
		return false;
	/* One thread shares with nobody. */
	if (p->threads == 1 && at[AXIS_ADAPTERS] > 0)
		return false;
	if (base->mix && (at[AXIS_SIZE] > 0 || (base->mix->lines && at[AXIS_DIR] > 0)))
		return false;
	return p->dir != RUN_MIXED || (keys & RUN_KEY_MIX);
}

/* Counts @at up like an odometer, the last axis fastest; false after the last point. */
static bool axes_next(const struct axis axis[AXIS_COUNT], uint32_t at[AXIS_COUNT])
{
	for (int i = AXIS_COUNT - 1; i >= 0; i--) {
		if (++at[i] < axis[i].count)
			return true;
		at[i] = 0;
	}
	return false;
}

static int plan_add_case(struct run_plan *plan, const struct run_point *point,
	const struct bench_case *bench, const char *device, const regex_t *filter, struct err *err)
{
	const struct run_settings *s = &point->settings;
	struct axis axis[AXIS_COUNT];
	uint32_t at[AXIS_COUNT] = {0};

	axes_of(s, bench->keys, axis);
	do {
		struct run_cell base = {.bench = bench, .settings = s};

		params_at(&base.params, axis, at, s);
		if ((bench->keys & RUN_KEY_MIX) && s->mix[0]) {
			base.mix = &point->mix;
			params_mix(&base.params, base.mix);
		}
		if (!point_stands(&base, at))
			continue;
		if (!sweep_is_new(point, &base))
			continue;
		if ((bench->keys & RUN_KEY_TRACE) && traces_have_sizes(s) && at[AXIS_SIZE] > 0)
			continue;
		snprintf(base.device, sizeof(base.device), "%s", device);
		int rc = plan_add_group(plan, &base, s, filter, err);

		if (rc)
			return rc;
	} while (axes_next(axis, at));
	return 0;
}

#define ONE_CPU_FACTOR 1.5
#define TRACE_EVENT_S  3e-6
#define SEARCH_TRIALS  30 /* probes for a rate, some of them longer than a trial */

/* Driver and device take turns there, and what lies between rounds waits for both. */
static bool one_cpu(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) == 1;
}

/*
 * Trials take their duration again for preparing and checking; a group opens its ports, touches its memory, warms
 * up and takes its ceiling. Measured on the reference machine; the progress display corrects it as it goes.
 */
static double trial_seconds(const struct run_cell *cell)
{
	if ((cell->bench->keys & RUN_KEY_TRACE) && cell->settings->churn.windows)
		return TRACE_EVENT_S * cell->params.trace_events + 0.002;
	return 2.2 * fmax((double)cell->settings->duration_ns * 1e-9, plan_bunch_gap_s(cell)) +
	       0.002;
}

static double group_seconds(const struct run_group *group)
{
	const struct run_cell *cell = &group->cell[0];
	const double probes = cell->params.find_quantile > 0 ? SEARCH_TRIALS : 0;
	double bytes = (double)cell->params.size_bytes * cell->params.depth;

	double seconds = group->cell_count *
	                         (trial_seconds(cell) * ((double)cell->settings->repetitions + 2 +
								probes) +
					 bytes * 1.5e-9) +
	                 0.05;

	return one_cpu() ? ONE_CPU_FACTOR * seconds : seconds;
}

double run_plan_cell_seconds(const struct run_plan *plan, size_t index)
{
	const struct run_group *group = plan->group;

	for (; index >= group->cell_count; group++)
		index -= group->cell_count;
	return group->cell_count * trial_seconds(&group->cell[0]);
}

void plan_estimate(struct run_plan *plan)
{
	plan->seconds = 0;
	for (size_t i = 0; i < plan->group_count; i++) {
		if (!plan->group[i].restored)
			plan->seconds += group_seconds(&plan->group[i]);
	}
}

/* All combinations of what @s holds, of the cases selected. */
static double combinations(const struct run_settings *s, const struct bench_case *const *cases)
{
	double all = 0;

	for (unsigned c = 0; cases[c]; c++) {
		struct axis axis[AXIS_COUNT];
		double count = 1;

		if (!plan_family_selected(s->family, cases[c]->name))
			continue;
		axes_of(s, cases[c]->keys, axis);
		for (unsigned i = 0; i < AXIS_COUNT; i++)
			count *= axis[i].count;
		all += count * plan_group_variants(s, cases[c]->keys) * sweep_points(s);
	}
	return all;
}

/* What would take for ever just to be gone through. */
static int plan_check_combinations(
	const struct run_settings *s, const struct bench_case *const *cases, struct err *err)
{
	const double count = combinations(s, cases);

	if (count <= RUN_COMBINATIONS_MAX)
		return 0;
	return err_set(err, ERR_USAGE, -E2BIG,
		"the lists of one workload make %.3g combinations, %d at most; shorten one, name "
		"a family, or split the job",
		count, RUN_COMBINATIONS_MAX);
}

/* Return: the point, which belongs to the plan; NULL: no memory. */
static struct run_point *plan_add_point(
	struct run_plan *plan, const struct run_settings *s, const uint32_t at[OPT_SWEEPS_MAX])
{
	struct run_point *point = sweep_point(s, at);

	if (!point)
		return NULL;
	point->next = plan->points;
	plan->points = point;
	plan->point_count++;
	return point;
}

/* The point added last. */
static void plan_drop_point(struct run_plan *plan)
{
	struct run_point *point = plan->points;

	plan->points = point->next;
	plan->point_count--;
	mix_close(&point->mix);
	free(point);
}

/* The cells of one point of @s. */
static int plan_build_point(struct run_plan *plan, const struct run_settings *s,
	const uint32_t at[OPT_SWEEPS_MAX], const char *device,
	const struct bench_case *const *cases, const regex_t *filter, struct err *err)
{
	const size_t cells = plan->cell_count;
	struct run_point *point = plan_add_point(plan, s, at);

	if (!point)
		return err_short(err, -ENOMEM, "no memory for a plan");
	int rc = plan_check(&point->settings, err);

	if (!rc && s->mix[0])
		rc = mix_open(&point->mix, "mix", s->mix, err);
	for (unsigned c = 0; cases[c] && !rc; c++) {
		if (plan_family_selected(s->family, cases[c]->name))
			rc = plan_add_case(plan, point, cases[c], device, filter, err);
	}
	if (!rc && plan->cell_count == cells)
		plan_drop_point(plan);
	return rc;
}

/* The cells of one section. */
static int plan_build_section(struct run_plan *plan, const struct run_settings *s,
	const struct bench_case *const *cases, const regex_t *filter, struct err *err)
{
	uint32_t at[OPT_SWEEPS_MAX] = {0};
	char device[STORE_WORD_MAX];
	int rc = plan_check_place(plan, s, err);

	rc = rc ? rc : plan_check_device(s, device, &plan->simulated, err);
	rc = rc ? rc : plan_check_families(s, cases, err);
	rc = rc ? rc : plan_check_combinations(s, cases, err);
	if (rc)
		return rc;
	do {
		rc = plan_build_point(plan, s, at, device, cases, filter, err);
	} while (!rc && sweep_next(s, at));
	return rc;
}

static int plan_build(struct run_plan *plan, const struct bench_case *const *cases,
	const regex_t *filter, struct err *err)
{
	int rc = plan_check_together(plan, err);

	for (unsigned i = 0; i < plan->settings_count && !rc; i++) {
		const struct run_settings *s = &plan->settings[i];
		struct err own = ERR_INIT;

		rc = plan_build_section(plan, s, cases, filter, &own);
		if (rc)
			plan_refuse(s, &own, err);
	}
	if (rc)
		return rc;
	if (plan->group_count == 0)
		return err_set(err, ERR_USAGE, -EINVAL,
			"no case is selected; loosen --filter, keep batch at or below depth, or "
			"see "
			"the names with --dry-run");
	rc = plan_check_faults(plan, err);
	if (rc)
		return rc;
	plan_estimate(plan);
	snprintf(plan->title, sizeof(plan->title), "%zu case%s on %s", plan->cell_count,
		opt_plural(plan->cell_count), plan->group[0].cell[0].device);
	return 0;
}

int run_plan(struct run_plan **out, const struct run_settings *settings, unsigned settings_count,
	const struct bench_case *const *cases, const char *filter, struct err *err)
{
	struct run_plan *plan = fault_point("plan") ? NULL : calloc(1, sizeof(*plan));
	regex_t regex;
	int rc;

	if (!plan)
		return err_short(err, -ENOMEM, "no memory for a plan");
	if (filter && regcomp(&regex, filter, REG_EXTENDED | REG_NOSUB)) {
		free(plan);
		return err_set(err, ERR_USAGE, -EINVAL,
			"--filter '%s' is not an extended regular expression; e.g. "
			"'size:4096/.*poll'",
			filter);
	}
	plan->settings = calloc(settings_count ? settings_count : 1, sizeof(*settings));
	if (plan->settings) {
		memcpy(plan->settings, settings, settings_count * sizeof(*settings));
		plan->settings_count = settings_count;
		rc = plan_build(plan, cases, filter ? &regex : NULL, err);
	} else {
		rc = err_short(err, -ENOMEM, "no memory for a plan");
	}
	if (filter)
		regfree(&regex);
	if (rc) {
		run_plan_free(plan);
		return rc;
	}
	*out = plan;
	return 0;
}

void run_plan_free(struct run_plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->group_count; i++)
		plan_group_free(&plan->group[i]);
	while (plan->points)
		plan_drop_point(plan);
	free(plan->group);
	free(plan->settings);
	free(plan);
}

int run_record_check(const struct run_plan *plan, struct err *err)
{
	const struct run_cell *cell = &plan->group[0].cell[0];

	/* Its buffer was taken before; of others only the recording tells. */
	if (plan->cell_count == 1 && (cell->bench->keys & RUN_KEY_STRATEGY) &&
		cell->params.strategy == RUN_COMMON)
		return record_nothing(cell, err);
	if (plan->cell_count == 1 && !plan->before)
		return 0;
	return err_set(err, ERR_USAGE, -EINVAL,
		"--record takes a run of one case, and this one has %zu; choose one with --filter, "
		"the names are in --dry-run",
		plan->cell_count);
}

size_t run_plan_cells(const struct run_plan *plan)
{
	return plan->cell_count;
}

const char *run_plan_cell_name(const struct run_plan *plan, size_t index)
{
	for (size_t i = 0; i < plan->group_count; i++) {
		if (index < plan->group[i].cell_count)
			return plan->group[i].cell[index].name;
		index -= plan->group[i].cell_count;
	}
	return NULL;
}

double run_plan_seconds(const struct run_plan *plan)
{
	return plan->seconds;
}
