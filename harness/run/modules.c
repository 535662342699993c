// SPDX-License-Identifier: BSD-2-Clause
/*
 * modules.c: miniports of one's own beside the shipped ones, each a strategy by its file's name. The words of
 * run_strategy_words are all that the rest of a run sees of them. Called by the command line and cell.c.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dderror.h"
#include "dmabench_ioctl.h"
#include "drivers/loader/module.h"
#include "drivers/support/fault.h"

static struct {
	char *path;
	char name[MODULE_NAME_MAX];
} modules[RUN_MODULES_MAX];

static unsigned module_count;

const char *module_path(enum run_strategy strategy)
{
	return modules[strategy - RUN_MODULE].path;
}

/* A strategy's word stands in lists, names of cases and columns. */
static int name_check(const char *name, const char *path, struct err *err)
{
	if (!*name ||
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") !=
			strlen(name))
		return err_set(err, ERR_USAGE, -EINVAL,
			"--driver %s: its name becomes a strategy's; letters, digits, '_', '-' and "
			"'.' "
			"expected",
			path);
	for (unsigned i = 0; run_strategy_words[i]; i++)
		if (strcmp(run_strategy_words[i], name) == 0)
			return err_set(err, ERR_USAGE, -EEXIST,
				"--driver %s: there is a strategy %s already; rename the file",
				path, name);
	return 0;
}

int run_driver_add(const char *path, struct err *err)
{
	struct module *module;

	if (module_count == RUN_MODULES_MAX)
		return err_set(err, ERR_USAGE, -E2BIG, "--driver %s: at most %d drivers", path,
			RUN_MODULES_MAX);

	int rc = module_open(&module, path, err);

	if (rc < 0)
		return rc;
	snprintf(modules[module_count].name, MODULE_NAME_MAX, "%s", module_name(module));
	module_close(module);
	rc = name_check(modules[module_count].name, path, err);
	if (rc < 0)
		return rc;
	/* Names are found again whatever folder the run moves to. */
	modules[module_count].path = fault_point("driver_path") ? NULL : realpath(path, NULL);
	if (!modules[module_count].path)
		return err_short(err, -ENOMEM, "--driver %s: no memory", path);
	run_strategy_words[RUN_MODULE + module_count] = modules[module_count].name;
	module_count++;
	return (int)(RUN_MODULE + module_count - 1);
}

void run_drivers_clear(void)
{
	while (module_count) {
		run_strategy_words[RUN_MODULE + --module_count] = NULL;
		free(modules[module_count].path);
		modules[module_count].path = NULL;
	}
}

/* ---- what they can do ------------------------------------------------------------------------------------ */

/* @does: whether the driver does the cell's completion mode. */
static int query_judge(const struct run_cell *cell, int32_t status, const DMABENCH_QUERY *query,
	bool *does, struct err *err)
{
	const char *name = module_name(cell->module);

	if (status != NO_ERROR)
		return err_set(err, ERR_USAGE, -ENOTSUP,
			"%s: does not answer IOCTL_DMABENCH_QUERY (status %d); a driver is "
			"measured "
			"if it answers SUBMIT, REAP, WAIT and QUERY, see "
			"drivers/docs/own_driver.md",
			name, status);
	if (query->DepthMaximum == 0 || query->LengthMaximum < cell->params.size_bytes)
		return err_set(err, ERR_USAGE, -ERANGE,
			"%s: takes transfers of up to %u bytes, %u at a time; size %llu is asked "
			"for",
			name, query->LengthMaximum, query->DepthMaximum,
			(unsigned long long)cell->params.size_bytes);
	*does = query->CompletionMode == (ULONG)cell->params.completion;
	return 0;
}

/* Opens the port of @cell, asks its driver where @does is not NULL, closes it. What is wrong is said with its section. */
static int cell_check(
	struct run_cell *cell, struct run_machine *machine, bool *does, struct err *err)
{
	DMABENCH_QUERY query = {0};
	struct err own = ERR_INIT;
	int rc;

	cell->machine = machine;
	rc = cell_port_open(cell, &own);
	if (rc == 0 && does) {
		const int32_t status = videoport_request(
			cell->port, IOCTL_DMABENCH_QUERY, &query, 0, sizeof(query), NULL);

		rc = query_judge(cell, status, &query, does, &own);
	}
	cell_port_close(cell);
	cell->machine = NULL;
	return rc ? plan_refuse(cell->settings, &own, err) : 0;
}

static bool is_of(const struct run_cell *cell, unsigned strategy, unsigned completion)
{
	return !cell->bench->driver && (unsigned)cell->params.strategy == strategy &&
	       (unsigned)cell->params.completion == completion;
}

/* Of the cells of one driver and completion mode the one with the largest transfers stands for all. */
static struct run_cell *cell_largest(
	const struct run_plan *plan, unsigned strategy, unsigned completion)
{
	struct run_cell *largest = NULL;

	for (size_t g = 0; g < plan->group_count; g++) {
		for (uint32_t i = 0; i < plan->group[g].cell_count; i++) {
			struct run_cell *cell = &plan->group[g].cell[i];

			if (is_of(cell, strategy, completion) &&
				(!largest || cell->params.size_bytes > largest->params.size_bytes))
				largest = cell;
		}
	}
	return largest;
}

/* Leaves out what a driver does not do. */
static void cells_drop(struct run_plan *plan, unsigned strategy, unsigned completion)
{
	size_t kept_groups = 0;

	for (size_t g = 0; g < plan->group_count; g++) {
		struct run_group *group = &plan->group[g];
		uint32_t kept = 0;

		for (uint32_t i = 0; i < group->cell_count; i++) {
			if (!is_of(&group->cell[i], strategy, completion)) {
				group->cell[kept++] = group->cell[i];
				continue;
			}
			plan->trial_count -= group->cell[i].settings->repetitions;
			plan->cell_count--;
		}
		group->cell_count = kept;
		if (kept)
			plan->group[kept_groups++] = *group;
		else
			free(group->cell);
	}
	plan->group_count = kept_groups;
}

/* @asker: the section that wants it. */
static int driver_useless(const char *name, const struct run_settings *asker, struct err *err)
{
	struct err own = ERR_INIT;

	err_set(&own, ERR_USAGE, -ENOTSUP,
		"%s: does none of the completion modes asked for; set completion to what it does, "
		"or teach it the registry value CompletionMode",
		name);
	return plan_refuse(asker, &own, err);
}

static int driver_check(struct run_plan *plan, struct run_machine *machine, unsigned strategy,
	void (*note)(const char *format, ...), struct err *err)
{
	const char *name = run_strategy_words[strategy];
	const struct run_settings *asker = NULL;
	unsigned asked = 0, left_out = 0;

	for (unsigned completion = RUN_POLL; completion <= RUN_ADAPTIVE; completion++) {
		struct run_cell *cell = cell_largest(plan, strategy, completion);
		bool does = false;
		int rc = cell ? cell_check(cell, machine, &does, err) : 0;

		if (rc < 0)
			return rc;
		asked += cell != NULL;
		if (!cell || does)
			continue;
		asker = cell->settings;
		note("%s does not do completion %s; its cases with it are left out", name,
			run_completion_words[completion]);
		cells_drop(plan, strategy, completion);
		left_out++;
	}
	if (asked && asked == left_out)
		return driver_useless(name, asker, err);
	return 0;
}

/* Arguments of a device, limits of its platform: whether the first case of each workload can be set up at all. */
static int workloads_check(struct run_plan *plan, struct run_machine *machine, struct err *err)
{
	const struct run_settings *last = NULL;
	int rc = 0;

	for (size_t g = 0; g < plan->group_count && !rc; g++) {
		struct run_cell *cell = &plan->group[g].cell[0];

		if (cell->settings == last)
			continue;
		last = cell->settings;
		rc = cell_check(cell, machine, NULL, err);
	}
	return rc;
}

int run_drivers_check(struct run_plan *plan, void (*note)(const char *format, ...), struct err *err)
{
	struct frames_config config = {.seed = plan->settings[0].seed};
	struct run_machine machine = {
		.place = {.driver_cpu = -1, .device_cpu = -1, .interrupt_cpu = -1}};
	struct err own = ERR_INIT;
	int rc = machine_check_place(plan, &own);

	/* All sections have the same. */
	rc = rc ? plan_refuse(&plan->settings[0], &own, err) : 0;
	rc = rc ? rc : frames_create(&machine.frames, &config, err);
	rc = rc ? rc : workloads_check(plan, &machine, err);
	for (unsigned i = 0; i < module_count && rc == 0; i++)
		rc = driver_check(plan, &machine, RUN_MODULE + i, note, err);
	frames_destroy(machine.frames);
	return rc;
}
