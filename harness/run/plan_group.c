// SPDX-License-Identifier: BSD-2-Clause
/*
 * plan_group.c: the cells that are measured side by side at one point of a cross product: by strategy, verifier, ledger,
 * planted slow-down and twin. Called by plan.c for each point; knows neither sections nor sweeps.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/opt/opt.h"
#include "harness/run/window.h"

/* The case of that name which is planned already, in @group or in one before it; NULL: none. */
static const struct run_cell *plan_find(
	const struct run_plan *plan, const struct run_group *group, const char *name)
{
	for (size_t g = 0; g <= plan->group_count; g++) {
		const struct run_group *in = g < plan->group_count ? &plan->group[g] : group;

		for (uint32_t c = 0; c < in->cell_count; c++)
			if (strcmp(in->cell[c].name, name) == 0)
				return &in->cell[c];
	}
	return NULL;
}

/* In which key two workloads measure a case of the same name differently; what lists hold is in the name. NULL: in none. */
static const struct opt *settings_differ(const struct run_settings *a, const struct run_settings *b,
	char first[OPT_TEXT_MAX], char second[OPT_TEXT_MAX])
{
	for (const struct opt *row = run_options; row->name; row++) {
		if (row->many || strcmp(row->name, "family") == 0)
			continue;
		opt_format(row, a, first, OPT_TEXT_MAX);
		opt_format(row, b, second, OPT_TEXT_MAX);
		if (strcmp(first, second) != 0)
			return row;
	}
	return NULL;
}

/*
 * A name stands for one case in a run. Met again with the same settings, as when --set makes two
 * workloads alike, it is measured once; with others, nobody could tell the two apart.
 * Return: 0 new, 1 planned already, -EINVAL.
 */
static int plan_met(const struct run_plan *plan, const struct run_group *group,
	const struct run_cell *cell, struct err *err)
{
	const struct run_cell *before = plan_find(plan, group, cell->name);
	char first[OPT_TEXT_MAX], second[OPT_TEXT_MAX], remedy[3 * OPT_TEXT_MAX] = "";
	const struct opt *row;

	if (!before)
		return 0;
	row = settings_differ(before->settings, cell->settings, first, second);
	if (!row)
		return 1;
	if (opt_takes_list(row))
		snprintf(remedy, sizeof(remedy), "set %s=%s,%s in one of them, ", row->name, first,
			second);
	return err_set(err, ERR_USAGE, -EINVAL,
		"%s: two workloads of the job hold this case with different settings, %s=%s and "
		"%s; %skeep one of them, or run them as two jobs",
		cell->name, row->name, first, second, remedy);
}

static int group_add_cell(
	struct run_plan *plan, struct run_group *group, const struct run_cell *cell)
{
	struct run_cell *grown = fault_point("plan_cell")
	                                 ? NULL
	                                 : realloc(group->cell,
						   (group->cell_count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	group->cell = grown;
	group->cell[group->cell_count++] = *cell;
	plan->cell_count++;
	return 0;
}

void plan_group_free(struct run_group *group)
{
	for (uint32_t i = 0; i < group->cell_count; i++)
		cell_free(&group->cell[i]);
	free(group->cell);
	*group = (struct run_group){0};
}

/* Cuts the last digit off @number, which is written to mixed bases. */
static uint32_t digit_take(uint32_t *number, uint32_t base)
{
	const uint32_t digit = *number % base;

	*number /= base;
	return digit;
}

/* What cells of one group differ in, the strategy slowest. */
struct variants {
	uint32_t strategies, verifiers, ledgers, slows, twins;
};

static struct variants variants_of(const struct run_settings *s, unsigned keys)
{
	const bool by_strategy = keys & RUN_KEY_STRATEGY, window = keys & RUN_KEY_SOURCE;

	return (struct variants){
		.strategies = by_strategy ? s->strategy.count : 1,
		.verifiers = by_strategy ? s->verifier.count : 1,
		.ledgers = window ? s->ledger.count : 1,
		.slows = by_strategy && window ? s->plant_slow.count : 1,
		.twins = by_strategy ? (uint32_t)s->twins : 1,
	};
}

static uint32_t variants_count(const struct variants *v)
{
	return v->strategies * v->verifiers * v->ledgers * v->slows * v->twins;
}

uint32_t plan_group_variants(const struct run_settings *s, unsigned keys)
{
	const struct variants variants = variants_of(s, keys);

	return variants_count(&variants);
}

static void params_vary(struct run_params *p, const struct run_settings *s, unsigned keys,
	const struct variants *v, uint32_t number)
{
	const bool by_strategy = keys & RUN_KEY_STRATEGY;
	const bool rounds = (keys & RUN_KEY_SOURCE) && p->arrival == LOAD_CLOSED && p->threads == 1;

	p->twin = 1 + digit_take(&number, v->twins);
	p->slow_percent = (uint32_t)s->plant_slow.value[digit_take(&number, v->slows)];
	p->ledger = s->ledger.value[digit_take(&number, v->ledgers)] != 0;
	/* A ledger is kept of one requester's rounds, and these are made longer; an open loop has none. */
	p->slow_percent = by_strategy && rounds ? p->slow_percent : 0;
	p->ledger = p->ledger && rounds;
	p->verifier = s->verifier.value[digit_take(&number, v->verifiers)] != 0;
	p->strategy = by_strategy ? (enum run_strategy)s->strategy.value[number] : RUN_PACKET;
}

/* Found here, where nothing has been measured or written yet. */
static int cell_check(const struct run_plan *plan, const struct run_cell *cell,
	const struct run_settings *s, struct err *err)
{
	const unsigned keys = cell->bench->keys;
	int rc = keys & RUN_KEY_SOURCE ? run_window_fits(cell, s->dev.memory_bytes, err) : 0;

	if (!rc && (keys & RUN_KEY_LOAD))
		rc = plan_check_arrivals(cell, err);
	if (!rc && (keys & RUN_KEY_MEMORY))
		rc = host_offers(cell, err);
	if (!rc && plan->cell_count == RUN_CASES_MAX)
		rc = err_set(err, ERR_USAGE, -E2BIG,
			"more than %d cases; shorten a list, cut with --filter, or split the job",
			RUN_CASES_MAX);
	return rc;
}

int plan_add_group(struct run_plan *plan, const struct run_cell *base, const struct run_settings *s,
	const regex_t *filter, struct err *err)
{
	const struct variants variants = variants_of(s, base->bench->keys);
	const uint32_t count = variants_count(&variants);
	struct run_group group = {0};
	int rc = 0;

	if (count > RUN_GROUP_CELLS_MAX)
		return err_set(err, ERR_USAGE, -EINVAL,
			"%u cases side by side, %d at most; shorten strategy, verifier, ledger, "
			"plant.slow or twins",
			count, RUN_GROUP_CELLS_MAX);
	for (uint32_t i = 0; i < count && !rc; i++) {
		struct run_cell cell = *base;

		params_vary(&cell.params, s, base->bench->keys, &variants, i);
		if (base->bench->keys & RUN_KEY_TRACE)
			rc = traces_check(&cell, err);
		if (rc)
			break;
		rc = name_cell(&cell, err);
		if (rc || (filter && regexec(filter, cell.name, 0, NULL, 0)))
			continue;
		rc = plan_met(plan, &group, &cell, err);
		if (rc > 0) {
			rc = 0;
			continue;
		}
		rc = rc ? rc : cell_check(plan, &cell, s, err);
		if (!rc)
			rc = group_add_cell(plan, &group, &cell);
	}
	if (!rc && group.cell_count && (base->bench->keys & RUN_KEY_SOURCE))
		rc = host_holds(&group.cell[0], group.cell_count, err);
	if (!rc && group.cell_count) {
		struct run_group *grown = realloc(
			plan->group, (plan->group_count + 1) * sizeof(*grown));

		if (grown) {
			plan->group = grown;
			plan->group[plan->group_count++] = group;
			plan->trial_count += group.cell_count * s->repetitions;
			return 0;
		}
		rc = -ENOMEM;
	}
	plan_group_free(&group);
	return rc ? err_short(err, rc, "no memory for a plan of %zu cases", plan->cell_count) : 0;
}
