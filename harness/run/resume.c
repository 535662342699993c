// SPDX-License-Identifier: BSD-2-Clause
/*
 * resume.c: going on with a run that did not end: what its record holds whole is not measured again, but is there for
 * the verdict. Called by the command line between plan.c and execute.c; reads a record, knows no database.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"

static const struct store_cell *record_find(const struct store_run *before, const char *name)
{
	for (uint32_t i = 0; i < before->cell_count; i++) {
		if (strcmp(before->cell[i].name, name) == 0)
			return &before->cell[i];
	}
	return NULL;
}

/* Histograms stay in the record: nothing behind the measurement asks for them. */
static int cell_restore(struct run_cell *cell, const struct store_cell *record)
{
	struct store_sample *sample = fault_point("resume_sample")
	                                      ? NULL
	                                      : calloc(record->sample_count + 1, sizeof(*sample));

	if (!sample)
		return -ENOMEM;
	for (uint32_t i = 0; i < record->sample_count; i++) {
		sample[i] = record->sample[i];
		sample[i].latency = NULL;
		sample[i].response = NULL;
	}
	cell->sample = sample;
	cell->sample_count = record->sample_count;
	return 0;
}

static int group_restore(struct run_group *group, const struct store_run *before, struct err *err)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < group->cell_count; i++)
		found += record_find(before, group->cell[i].name) != NULL;
	if (!found)
		return 0;
	if (found < group->cell_count)
		return err_set(err, ERR_USAGE, -EBADMSG,
			"run %s holds %u of the %u cases that are measured side by side with %s; "
			"they cannot be compared any more, start a new run",
			before->id, found, group->cell_count, group->cell[0].name);
	for (uint32_t i = 0; i < group->cell_count; i++) {
		struct run_cell *cell = &group->cell[i];

		if (cell_restore(cell, record_find(before, cell->name)))
			return err_short(
				err, -ENOMEM, "no memory for the samples of run %s", before->id);
	}
	group->restored = true;
	return 0;
}

static bool plan_has(const struct run_plan *plan, const char *name)
{
	for (size_t g = 0; g < plan->group_count; g++)
		for (uint32_t c = 0; c < plan->group[g].cell_count; c++)
			if (strcmp(plan->group[g].cell[c].name, name) == 0)
				return true;
	return false;
}

/* The job's text is the same; a file that it names may not be, and its cases are called by what the file holds. */
static int record_check(
	const struct run_plan *plan, const struct store_run *before, struct err *err)
{
	for (uint32_t i = 0; i < before->cell_count; i++) {
		if (!plan_has(plan, before->cell[i].name))
			return err_set(err, ERR_USAGE, -ESTALE,
				"run %s holds %s, which its job does not have any more: a file "
				"that the job names (mix, trace) has changed; put it back, start a "
				"new run, or --force",
				before->id, before->cell[i].name);
	}
	return 0;
}

int run_plan_resume(struct run_plan *plan, const struct store_run *before, const char *process,
	bool force, struct err *err)
{
	int rc = force ? 0 : record_check(plan, before, err);

	for (size_t g = 0; g < plan->group_count && !rc; g++) {
		struct run_group *group = &plan->group[g];

		rc = group_restore(group, before, err);
		if (rc || !group->restored)
			continue;
		plan->restored_groups++;
		plan->trial_count -= group->cell_count * group->cell[0].settings->repetitions;
	}
	plan->before = before;
	plan->process = process;
	plan->force = force;
	plan_estimate(plan);
	return rc;
}

/* Findings of cells that are measured anew will come anew. */
uint64_t resume_findings(const struct run_plan *plan)
{
	const struct store_run *before = plan->before;
	uint64_t count = 0;

	for (uint32_t i = 0; before && i < before->finding_count; i++)
		count += record_find(before, before->finding[i].cell) != NULL;
	return count;
}

static const struct run_group *group_of(const struct run_plan *plan, size_t index)
{
	size_t g = 0;

	while (index >= plan->group[g].cell_count)
		index -= plan->group[g++].cell_count;
	return &plan->group[g];
}

bool run_plan_cell_pending(const struct run_plan *plan, size_t index)
{
	return !group_of(plan, index)->restored;
}

size_t run_plan_pending(const struct run_plan *plan)
{
	size_t count = 0;

	for (size_t g = 0; g < plan->group_count; g++)
		count += plan->group[g].restored ? 0 : plan->group[g].cell_count;
	return count;
}
