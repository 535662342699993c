// SPDX-License-Identifier: BSD-2-Clause
/*
 * count.c: figures without noise: instructions and virtual time of an operation. A case is set up as ever, but on the
 * reference engine stepped by a scheduler (drivers/device/model), in one thread, where every run is the same. Called by
 * the command line through run_count; who can tell instructions is its hook, what of them counts is count_play.c's.
 *
 *	trial of N, trial of 2 N:   figure = (that of 2 N - that of N) / N      set-up and requests' heads cancel
 */
#include "harness/run/count_play.h"
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/device/model/sched.h"
#include "drivers/support/fault.h"

#define COUNT_OPERATIONS 256   /* N, where nothing says otherwise; 2 N are one request */
#define COUNT_TRACE_MAX  32768 /* events of a trace that N may be */
#define COUNT_STEPS_MAX  (UINT64_C(1) << 32)

/* ---- one case ---------------------------------------------------------------------------------------------- */

/* What an actor is given, and leaves. */
struct counted_case {
	struct run_cell *cell;
	struct run_machine *machine;
	struct run_memory *memory;
	struct run_counted *out;
	int rc;
	struct err *err;
};

/* A trial, and what it came to. */
struct counted_trial {
	uint64_t instructions, ns;
};

static int trial_count(
	struct run_cell *cell, uint64_t operations, struct counted_trial *out, struct err *err)
{
	struct run_trial trial = {
		.cell = cell, .name = cell->name, .operations = operations, .counted = true};
	int rc = cell_trial(&trial, err);

	if (rc == -EILSEQ || (!rc && cell->finding_count))
		return err_set(err, ERR_WRONG, -EILSEQ, "%s: went wrong while it was counted: %s",
			cell->name,
			cell->finding ? cell->finding[0] : "operations were not completed");
	return rc ? rc : count_take(&out->instructions, &out->ns, err);
}

/* N: whole batches; of a trace all of it, since its events differ. */
static uint64_t count_operations(const struct run_cell *cell)
{
	const struct run_params *p = &cell->params;
	const uint64_t batch = cell->bench->keys & RUN_KEY_BATCH ? p->batch : 1;

	if (cell->bench->keys & RUN_KEY_TRACE)
		return p->trace_events < COUNT_TRACE_MAX ? p->trace_events : COUNT_TRACE_MAX;
	return (COUNT_OPERATIONS + batch - 1) / batch * batch;
}

/* The first trial goes where nobody has been before: it is not taken. */
static int cell_count(struct run_cell *cell, struct run_counted *out, struct err *err)
{
	const uint64_t n = count_operations(cell);
	struct counted_trial first, once = {0}, twice = {0};
	int rc = trial_count(cell, n, &first, err);

	rc = rc ? rc : trial_count(cell, n, &once, err);
	rc = rc ? rc : trial_count(cell, 2 * n, &twice, err);
	if (rc)
		return rc;
	if (twice.instructions)
		out->instructions_per_op = (double)(twice.instructions - once.instructions) /
		                           (double)n;
	out->virtual_ns_per_op = (double)(twice.ns - once.ns) / (double)n;
	return 0;
}

static void *case_main(void *arg)
{
	struct counted_case *counted = arg;
	struct run_cell *cell = counted->cell;

	counted->rc = cell_open(cell, counted->machine, &counted->memory, counted->err);
	if (counted->rc)
		return NULL;
	counted->rc = cell_count(cell, counted->out, counted->err);
	cell_unload(cell);
	return NULL;
}

static int case_play(struct counted_case *counted, struct sched *sched)
{
	char blocked[160];
	int rc = sched_spawn(sched, "counted", case_main, counted);

	if (rc)
		return err_short(
			counted->err, rc, "%s: no memory to count it", counted->cell->name);
	rc = sched_run(sched);
	if (rc)
		return err_set(counted->err, ERR_INTERNAL, rc,
			"%s: did not end while it was counted: %s", counted->cell->name,
			sched_blocked(sched, blocked, sizeof(blocked)));
	return counted->rc;
}

static void count_machine_close(struct run_machine *machine)
{
	frames_destroy(machine->frames);
	topo_close(machine->topo);
	free(machine->batches);
}

/* As little of a machine as a case needs, its clock without an origin in the host. */
static int count_machine_open(struct run_machine *machine, uint64_t seed, struct err *err)
{
	const struct frames_config frames = {.seed = seed};

	*machine = (struct run_machine){.clock = {.ns_per_tick = 1}, .batches = batches_open()};
	int rc = machine->batches ? 0
	                          : err_short(err, -ENOMEM, "no memory for the batches of a trial");

	rc = rc ? rc : topo_open(&machine->topo, NULL, err);
	rc = rc ? rc : frames_create(&machine->frames, &frames, err);
	if (rc)
		count_machine_close(machine);
	return rc;
}

/* Each with frames and a scheduler of its own, so that a figure does not depend on what else is counted. */
static int case_count(struct run_cell *cell, const struct run_count_hooks *hooks,
	struct run_counted *out, struct err *err)
{
	const uint64_t seed = cell->settings->seed;
	const struct sched_config config = {.seed = seed, .steps_max = COUNT_STEPS_MAX};
	struct run_machine machine;
	struct counted_case counted = {.cell = cell, .machine = &machine, .out = out, .err = err};
	struct sched *sched;
	int rc = count_machine_open(&machine, seed, err);

	if (rc)
		return rc;
	rc = sched_create(&sched, &config, err);
	if (rc == 0) {
		machine.device_ops = count_play_begin(sched, hooks);
		rc = case_play(&counted, sched);
		count_play_end();
		sched_destroy(sched);
	}
	cell_free(cell);
	cell->finding_count = 0;
	memory_free(&counted.memory, &machine);
	count_machine_close(&machine);
	return rc;
}

/* ---- all of a plan ------------------------------------------------------------------------------------------ */

/* The model holds no pages and knows no other device; caches, faults and trace points are the clock's business. */
static bool cell_countable(const struct run_cell *cell)
{
	const struct run_settings *s = cell->settings;
	const struct run_params *p = &cell->params;

	return cell->bench->counted && strcmp(s->device, "soft") == 0 && !s->dev.fault &&
	       !s->dev.freeze_ns && p->pin == DEVICE_PIN_NONE && p->cache == RUN_HOT &&
	       p->threads == 1 && !p->ledger;
}

static struct run_cell *plan_cell(const struct run_plan *plan, size_t index)
{
	size_t g = 0;

	for (; index >= plan->group[g].cell_count; g++)
		index -= plan->group[g].cell_count;
	return &plan->group[g].cell[index];
}

size_t run_countable(const struct run_plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->cell_count; i++)
		count += cell_countable(plan_cell(plan, i));
	return count;
}

int run_count(struct run_plan *plan, const struct run_count_hooks *hooks, struct run_counts *counts,
	struct err *err)
{
	int rc = 0;

	*counts = (struct run_counts){0};
	counts->item = fault_point("run_count")
	                       ? NULL
	                       : calloc(run_countable(plan) + 1, sizeof(*counts->item));
	if (!counts->item)
		return err_short(err, -ENOMEM, "no memory for %zu counts", run_countable(plan));
	for (size_t i = 0; i < plan->cell_count && !rc; i++) {
		struct run_cell *cell = plan_cell(plan, i);
		struct run_counted *out = &counts->item[counts->count];

		if (!cell_countable(cell))
			continue;
		*out = (struct run_counted){.instructions_per_op = (double)NAN};
		memcpy(out->name, cell->name, sizeof(out->name));
		rc = case_count(cell, hooks, out, err);
		counts->count += rc == 0;
	}
	if (rc)
		run_counts_free(counts);
	return rc;
}

void run_counts_free(struct run_counts *counts)
{
	free(counts->item);
	*counts = (struct run_counts){0};
}

const struct run_counted *run_counts_find(const struct run_counts *counts, const char *name)
{
	for (size_t i = 0; counts && i < counts->count; i++)
		if (strcmp(counts->item[i].name, name) == 0)
			return &counts->item[i];
	return NULL;
}

double count_counter(const struct run_trial *trial, enum store_counter counter)
{
	const struct run_counted *counted = trial->cell->counted;

	if (!counted)
		return (double)NAN;
	return counter == STORE_instructions_per_op ? counted->instructions_per_op
	                                            : counted->virtual_ns_per_op;
}
