// SPDX-License-Identifier: BSD-2-Clause
/*
 * execute.c: the life-cycle of a run over groups, blocks and trials. Called by the command line through run_execute;
 * leaves measuring to the cases, executing to the hook, keeping to the store.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/opt/opt.h"
#include "harness/rng/rng.h"

#define SESSIONS_FACT "run.resumed" /* how often a run was taken up */

struct execution {
	struct run_plan *plan;
	struct run_machine machine;
	struct store *store;
	const struct run_hooks *hooks;
	struct run_summary *summary;
	struct rng rng;
	struct tick start;
	double seconds_done; /* of the plan's estimate */
	bool cancelled;
	struct run_soak soak;
};

static double elapsed_s(const struct execution *x)
{
	uint64_t ticks = clock_span(x->start, clock_now(&x->machine.clock));

	return (double)ticks * x->machine.clock.ns_per_tick * 1e-9;
}

/* Time left: the estimate of what is to be done, stretched as what is done was. */
static void progress(struct execution *x, const char *cell, double seconds)
{
	x->seconds_done += seconds;
	struct run_progress now = {
		.trials_done = x->summary->trials,
		.trials_total = x->plan->trial_count,
		.elapsed_s = elapsed_s(x),
		.cell = cell,
	};
	double left = x->plan->seconds - x->seconds_done;

	now.left_s = left > 0 ? left * (x->seconds_done > 0 ? now.elapsed_s / x->seconds_done : 1)
	                      : 0;
	x->hooks->progress(x->hooks->arg, &now);
	x->cancelled = x->cancelled || x->hooks->cancelled(x->hooks->arg);
}

/* Chooses what the trials of @cell are offered: as asked for, or as found. */
static int offer_choose(struct execution *x, struct run_cell *cell, struct err *err)
{
	cell->offered_per_s = rate_offered(cell);
	if (cell->params.arrival == LOAD_CLOSED || !(cell->params.find_quantile > 0))
		return 0;
	int rc = search_cell(cell, x->store, x->hooks, err);

	x->cancelled = x->cancelled || x->hooks->cancelled(x->hooks->arg);
	return rc;
}

/* A copy of @ticks in nanoseconds, or none where nothing was recorded. */
static int sample_hist(struct hist **out, const struct run_cell *cell, const struct hist *ticks)
{
	if (!ticks || !ticks->count)
		return 0;
	*out = fault_point("sample_latency") ? NULL : malloc(sizeof(**out));
	if (!*out)
		return -ENOMEM;
	hist_scale(*out, ticks, cell->machine->clock.ns_per_tick);
	return 0;
}

static int sample_take(struct run_cell *cell, const struct run_trial *trial, int rc,
	const char tainted[AUDIT_TAINT_TEXT])
{
	struct store_sample *sample = &cell->sample[cell->sample_count];

	*sample = (struct store_sample){
		.repetition = trial->repetition,
		.block = trial->block,
		.iterations = trial->outcome.operations,
		.real_time_ns = trial->real_time_ns,
		.cpu_time_ns = trial->cpu_time_ns,
		.failed = rc != 0,
	};
	snprintf(sample->tainted, sizeof(sample->tainted), "%s", tainted);
	if (rc)
		snprintf(sample->error, sizeof(sample->error), "%.*s",
			(int)sizeof(sample->error) - 1,
			cell->finding && cell->finding_count ? cell->finding[0]
							     : "transfers failed");
	for (unsigned i = 0; i < STORE_COUNTER_COUNT; i++)
		sample->counter[i] = run_trial_counter(trial, (enum store_counter)i);
	if (sample_hist(&sample->latency, cell, trial->outcome.latency) ||
		sample_hist(&sample->response, cell, trial->outcome.response) ||
		ageing_sample(cell, sample)) {
		free(sample->latency);
		free(sample->response);
		return -ENOMEM;
	}
	cell->sample_count++;
	return 0;
}

static int trial_execute(
	struct execution *x, struct run_cell *cell, uint32_t block, struct err *err)
{
	struct run_trial trial = {
		.cell = cell,
		.name = cell->name,
		.repetition = cell->sample_count,
		.block = block,
		.operations = rate_operations(cell),
		.measured = true,
	};
	char tainted[AUDIT_TAINT_TEXT];

	noise_begin(&x->machine);
	int rc = x->hooks->execute(x->hooks->arg, &trial, err);

	noise_end(&x->machine, cell, tainted);
	if (rc && rc != -EILSEQ)
		return rc;
	if (!trial.done)
		return err_set(err, ERR_INTERNAL, -EIO, "%s: the runner did not run the trial",
			cell->name);
	x->summary->trials++;
	const uint64_t heap_before = soak_heap_bytes(cell);

	if (sample_take(cell, &trial, rc, tainted))
		return err_short(err, -ENOMEM, "%s: no memory for a sample", cell->name);
	x->machine.records_bytes += soak_heap_bytes(cell) - heap_before;
	return 0;
}

static int group_ceiling(struct run_group *group, struct err *err)
{
	double ceiling = (double)NAN;
	int rc = group->ceiling ? ceiling_measure(group->ceiling, &ceiling, err) : 0;

	if (rc)
		return rc;
	group->block_ceiling[group->block_count++] = ceiling;
	for (uint32_t i = 0; i < group->cell_count; i++)
		group->cell[i].ceiling_bytes_per_second = ceiling;
	return 0;
}

static int group_blocks(
	struct execution *x, struct run_group *group, double seconds, struct err *err)
{
	const uint64_t blocks = group->cell[0].settings->repetitions;
	uint32_t order[RUN_GROUP_CELLS_MAX];

	for (uint32_t i = 0; i < group->cell_count; i++)
		order[i] = i;
	for (uint32_t block = 0; block < blocks && !x->cancelled; block++) {
		int rc = group_ceiling(group, err);

		rng_shuffle(&x->rng, order, group->cell_count);
		for (uint32_t i = 0; i < group->cell_count && !rc && !x->cancelled; i++) {
			struct run_cell *cell = &group->cell[order[i]];

			rc = trial_execute(x, cell, block, err);
			if (!rc)
				progress(x, cell->name,
					seconds / (double)(blocks * group->cell_count));
		}
		if (rc)
			return rc;
	}
	return 0;
}

static uint32_t cell_findings(const struct run_cell *cell)
{
	if (!cell->finding)
		return 0;
	return cell->finding_count > RUN_FINDINGS_MAX ? RUN_FINDINGS_MAX + 1
	                                              : (uint32_t)cell->finding_count;
}

/* Fills @out, which has room for cell_findings. Return: behind the last. */
static struct store_finding *cell_take_findings(
	const struct run_cell *cell, struct store_finding *out)
{
	const uint32_t count = cell_findings(cell);

	for (uint32_t i = 0; i < count; i++, out++) {
		memcpy(out->cell, cell->name, sizeof(out->cell));
		if (i < RUN_FINDINGS_MAX)
			memcpy(out->text, cell->finding[i], sizeof(out->text));
		else
			snprintf(out->text, sizeof(out->text), "%llu further findings of this case",
				(unsigned long long)(cell->finding_count - RUN_FINDINGS_MAX));
	}
	return out;
}

static void cell_record(
	const struct run_group *group, const struct run_cell *cell, struct store_cell *record)
{
	*record = (struct store_cell){
		.params = cell->record_params,
		.sample_count = cell->sample_count,
		.sample = cell->sample,
		.ceiling_bytes_per_second = stats_median(group->block_ceiling, group->block_count),
		.pin_ns = group->pin_ns,
	};
	memcpy(record->name, cell->name, sizeof(record->name));
	limit_cell(cell, record);
}

/* Every cell has all its trials: also where the wish to stop came with the last of them. */
static bool group_is_whole(const struct run_group *group)
{
	for (uint32_t i = 0; i < group->cell_count; i++) {
		if (group->cell[i].sample_count < group->cell[i].settings->repetitions)
			return false;
	}
	return true;
}

/* The group's cells and findings in one transaction; of a group that was given up the findings alone. */
static int group_store(
	struct execution *x, const struct run_group *group, bool whole, struct err *err)
{
	struct store_cell record[RUN_GROUP_CELLS_MAX];
	uint32_t findings = 0;

	for (uint32_t i = 0; i < group->cell_count; i++) {
		findings += cell_findings(&group->cell[i]);
		x->summary->findings += group->cell[i].finding_count;
	}
	if (!x->store)
		return 0;
	struct store_finding *finding = calloc(findings + 1, sizeof(*finding)), *end = finding;

	if (!finding)
		return err_short(err, -ENOMEM, "%s: no memory for findings", group->cell[0].name);
	for (uint32_t i = 0; i < group->cell_count; i++) {
		end = cell_take_findings(&group->cell[i], end);
		/* A cell of a group that was given up need not even have been opened. */
		if (whole)
			cell_record(group, &group->cell[i], &record[i]);
	}
	int rc = store_cells(
		x->store, record, whole ? group->cell_count : 0, finding, findings, err);

	free(finding);
	return rc;
}

/* As long as a measured trial; the plan has this one group, of one cell (run_record_check). */
static int group_record(struct execution *x, struct run_group *group, struct err *err)
{
	struct run_cell *cell = &group->cell[0];

	return record_cell(cell, rate_operations(cell), x->hooks->record, x->summary, err);
}

static void group_end(struct execution *x, struct run_group *group)
{
	ceiling_close(group->ceiling);
	memory_free(&group->memory, &x->machine);
	free(group->block_ceiling);
	group->ceiling = NULL;
	group->block_ceiling = NULL;
}

/*
 * Whether there will be something to record, before the run begins: what a driver takes while it is measured often only
 * shows then. Everything is put back.
 */
static int record_try(struct execution *x, struct err *err)
{
	struct run_group *group = &x->plan->group[0];
	struct run_cell *cell = &group->cell[0];
	int rc = cell_open(cell, &x->machine, &group->memory, err);

	rc = rc ? rc : rate_find(cell, err);
	rc = rc ? rc : record_cell(cell, rate_operations(cell), NULL, x->summary, err);
	cell_unload(cell);
	cell_free(cell);
	cell->finding_count = 0;
	group_end(x, group);
	return rc;
}

static int group_measure(struct execution *x, struct run_group *group, struct err *err)
{
	double seconds = x->plan->seconds /
	                 (double)(x->plan->group_count - x->plan->restored_groups);
	int rc = 0;

	group->block_ceiling = calloc(group->cell[0].settings->repetitions, sizeof(double));
	if (!group->block_ceiling)
		return err_short(err, -ENOMEM, "%s: no memory for ceilings", group->cell[0].name);
	if (group->cell[0].bench->keys & RUN_KEY_SOURCE)
		rc = ceiling_open(&group->ceiling, &group->cell[0], err);
	rc = rc ? rc : limit_pin(&group->cell[0], &group->pin_ns, err);
	soak_begin(group);
	noise_threads(&x->machine);
	for (uint32_t i = 0; i < group->cell_count && !rc && !x->cancelled; i++) {
		rc = rate_find(&group->cell[i], err);
		x->cancelled = x->hooks->cancelled(x->hooks->arg);
	}
	for (uint32_t i = 0; i < group->cell_count && !rc && !x->cancelled; i++)
		rc = offer_choose(x, &group->cell[i], err);
	rc = rc ? rc : group_blocks(x, group, seconds, err);
	if (!rc && !x->cancelled && x->hooks->record)
		rc = group_record(x, group, err);
	return rc;
}

static int group_execute(struct execution *x, struct run_group *group, struct err *err)
{
	uint32_t opened = 0;
	int rc = 0;

	for (; opened < group->cell_count && !rc; opened++)
		rc = cell_open(&group->cell[opened], &x->machine, &group->memory, err);
	if (!rc)
		rc = group_measure(x, group, err);
	/* What a driver leaves behind is a finding, so unloading comes before the record. */
	for (uint32_t i = 0; i < opened; i++)
		cell_unload(&group->cell[i]);
	const bool whole = !rc && group_is_whole(group);

	rc = whole ? soak_judge(&x->soak, group, err) : rc;
	int late = group_store(x, group, whole, rc ? NULL : err);

	rc = rc ? rc : late;
	for (uint32_t i = 0; i < opened; i++) {
		cell_drop_latencies(&group->cell[i]);
		cell_free_findings(&group->cell[i]);
	}
	x->machine.records_bytes = 0;
	for (uint32_t i = 0; i < opened; i++)
		group->cell[i].port_record_bytes = 0;
	x->summary->cells += !rc && whole ? group->cell_count : 0;
	group_end(x, group);
	return rc;
}

static int facts_store(struct execution *x, const struct run_fact *facts, struct err *err)
{
	int rc = machine_facts(&x->machine, x->store, err);

	rc = rc ? rc : noise_store_host(&x->machine, x->store, err);
	for (; facts && facts->key && !rc; facts++)
		rc = store_fact(x->store, facts->key, facts->value, err);
	return rc;
}

static int steady_fact(struct execution *x, struct err *err)
{
	size_t steady = 0, cells = 0;
	char text[64];

	for (size_t g = 0; g < x->plan->group_count; g++) {
		const struct run_group *group = &x->plan->group[g];

		for (uint32_t i = 0; i < group->cell_count && !group->restored; i++, cells++)
			steady += group->cell[i].steady;
	}
	snprintf(text, sizeof(text), "%zu of %zu case%s%s", steady, cells, opt_plural(cells),
		x->plan->restored_groups ? " after it was resumed" : "");
	return store_fact(x->store, "warm_up.steady", text, err);
}

static int groups_execute(struct execution *x, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < x->plan->group_count && !rc && !x->cancelled; i++) {
		/* A stream of its own for each group: the order does not change when others are left out. */
		rng_seed(&x->rng, rng_mix(x->plan->settings[0].seed) + i);
		if (!x->plan->group[i].restored)
			rc = group_execute(x, &x->plan->group[i], err);
	}
	if (!rc && x->store && !x->cancelled) {
		rc = verdict_store(x->plan, x->store, err);
		rc = rc ? rc : cost_store(x->plan, x->store, err);
		rc = rc ? rc : steady_fact(x, err);
		rc = rc ? rc : soak_store(&x->soak, x->store, err);
		rc = rc ? rc : machine_noise_facts(&x->machine, x->store, err);
		rc = rc ? rc : noise_store_run(&x->machine, x->store, err);
	}
	return rc;
}

static int run_end(struct execution *x, int rc, struct err *err)
{
	struct run_summary *summary = x->summary;

	summary->trusted = noise_trusted(&x->machine, summary->why, sizeof(summary->why));
	const bool untrusted = x->hooks->require_trust && !summary->trusted;
	enum store_state state = rc ? STORE_FAILED : x->cancelled ? STORE_INTERRUPTED : STORE_DONE;
	int exit_code = rc                  ? (err ? (int)err->kind : ERR_INTERNAL)
	                : x->cancelled      ? ERR_INTERNAL
	                : summary->findings ? ERR_WRONG
	                : untrusted         ? ERR_UNTRUSTED
	                                    : 0;

	summary->cancelled = x->cancelled;
	if (!x->store)
		return rc;
	int end = store_run_end(x->store, state, exit_code, rc ? NULL : err);

	return rc ? rc : end;
}

static int record_begin(struct execution *x, const struct run_fact *facts, struct err *err)
{
	const struct run_plan *plan = x->plan;
	int rc = store_together(x->store, err);

	if (rc)
		return rc;
	rc = store_run_begin(x->store, plan->title, plan->simulated, x->summary->id, err);
	rc = rc ? rc : facts_store(x, facts, err);
	rc = store_together_end(x->store, rc, err);
	if (rc)
		x->summary->id[0] = '\0'; /* there is no such run */
	return rc;
}

static const char *fact_value(const struct store_run *run, const char *key)
{
	for (uint32_t i = 0; i < run->fact_count; i++) {
		if (strcmp(run->fact[i].key, key) == 0)
			return run->fact[i].value;
	}
	return "";
}

/* Its facts stay as they were written first; only how often it was taken up is new. */
static int record_resume(struct execution *x, struct err *err)
{
	const struct run_plan *plan = x->plan;
	const struct store_run *before = plan->before;
	char sessions[24];
	int rc = plan->force ? 0 : machine_check_resumed(&x->machine, before, err);

	rc = rc ? rc
	        : store_run_resume(x->store, before->id, fact_value(before, STORE_PROCESS_FACT),
			  plan->process, err);
	if (rc)
		return rc;
	memcpy(x->summary->id, before->id, sizeof(x->summary->id));
	x->summary->findings = resume_findings(plan);
	snprintf(sessions, sizeof(sessions), "%ld",
		strtol(fact_value(before, SESSIONS_FACT), NULL, 10) + 1);
	rc = store_fact(x->store, SESSIONS_FACT, sessions, err);
	if (!rc && plan->force)
		rc = store_fact(x->store, "run.forced", "yes", err);
	return rc;
}

static void counts_give(struct run_plan *plan, const struct run_counts *counts)
{
	for (size_t g = 0; g < plan->group_count; g++)
		for (uint32_t i = 0; i < plan->group[g].cell_count; i++) {
			struct run_cell *cell = &plan->group[g].cell[i];

			cell->counted = run_counts_find(counts, cell->name);
		}
}

int run_execute(struct run_plan *plan, struct store *store, const struct run_hooks *hooks,
	const struct run_fact *facts, struct run_summary *summary, struct err *err)
{
	struct execution x = {.plan = plan, .store = store, .hooks = hooks, .summary = summary};

	memset(summary, 0, sizeof(*summary));
	int rc = machine_open(&x.machine, plan, err);

	if (rc)
		return rc;
	counts_give(plan, hooks->counts);
	x.start = clock_now(&x.machine.clock);
	rc = topo_bind_thread(x.machine.topo, x.machine.place.driver_cpu, err);
	if (rc)
		goto close_machine;
	observer_measure(&x.machine.observer, &x.machine.clock);
	/* For the record alone. */
	if (store)
		rc = limit_measure(&x.machine.ceilings, &x.machine.clock, x.machine.topo,
			&x.machine.place, err);
	if (rc)
		goto unbind;
	if (hooks->record)
		rc = record_try(&x, err);
	if (rc)
		goto unbind;
	if (store) {
		rc = plan->before ? record_resume(&x, err) : record_begin(&x, facts, err);
		if (rc && !summary->id[0])
			goto unbind;
	}
	rc = rc ? rc : groups_execute(&x, err);
	rc = run_end(&x, rc, err);
unbind:
	topo_unbind_thread(x.machine.topo);
close_machine:
	machine_close(&x.machine);
	return rc;
}
