// SPDX-License-Identifier: BSD-2-Clause
/*
 * again.c: a plan cut down to what is worth measuring once more, each group with repetitions of its own. Called by the command
 * line behind run_plan; measures nothing.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <stdlib.h>

#include "drivers/support/fault.h"

static uint32_t group_wanted(
	const struct run_group *group, uint32_t (*wanted)(void *arg, const char *name), void *arg)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < group->cell_count; i++) {
		const uint32_t now = wanted(arg, group->cell[i].name);

		most = now > most ? now : most;
	}
	return most;
}

/* Groups of one point share its settings, so this one gets a copy; its mix stays with the point that opened it. */
static int group_repeat(struct run_plan *plan, struct run_group *group, uint32_t repetitions)
{
	struct run_point *point = fault_point("plan_again") ? NULL : calloc(1, sizeof(*point));

	if (!point)
		return -ENOMEM;
	point->settings = *group->cell[0].settings;
	point->settings.repetitions = repetitions;
	point->next = plan->points;
	plan->points = point;
	plan->point_count++;
	for (uint32_t i = 0; i < group->cell_count; i++)
		group->cell[i].settings = &point->settings;
	return 0;
}

int run_plan_again(struct run_plan *plan, uint32_t (*wanted)(void *arg, const char *name),
	void *arg, struct err *err)
{
	size_t kept = 0;
	int rc = 0;

	plan->cell_count = 0;
	plan->trial_count = 0;
	for (size_t g = 0; g < plan->group_count; g++) {
		struct run_group *group = &plan->group[g];
		const uint32_t repetitions = rc ? 0 : group_wanted(group, wanted, arg);

		if (!repetitions) {
			plan_group_free(group);
			continue;
		}
		rc = group_repeat(plan, group, repetitions);
		plan->cell_count += group->cell_count;
		plan->trial_count += (size_t)group->cell_count * repetitions;
		plan->group[kept++] = *group;
	}
	plan->group_count = kept;
	plan_estimate(plan);
	return rc ? err_short(err, rc, "no memory for a plan") : 0;
}
