// SPDX-License-Identifier: BSD-2-Clause
/*
 * opt_sweep.c: lists of rows whose field holds one value: the first stands in the field, all of them in the struct's
 * sweeps, which the end of the table tells where to find. Called by opt.c; knows no syntax.
 */
#include "harness/opt/opt.h"

#include "harness/opt/opt_priv.h"

#include <assert.h>
#include <errno.h>

/* The last row of the table that @row stands in. */
static const struct opt *table_end(const struct opt *row)
{
	while (row->name)
		row++;
	return row;
}

static const struct opt_sweeps *sweeps_of(const struct opt *row, const void *target)
{
	const size_t offset = table_end(row)->offset;

	return offset ? (const void *)((const char *)target + offset) : NULL;
}

static struct opt_sweeps *sweeps_in(const struct opt *row, void *target)
{
	const size_t offset = table_end(row)->offset;

	return offset ? (void *)((char *)target + offset) : NULL;
}

bool opt_takes_list(const struct opt *row)
{
	return row->many || (row->type != OPT_TEXT && !row->single && table_end(row)->offset);
}

void opt_sweep_clear(const struct opt *table, void *target)
{
	struct opt_sweeps *sweeps = sweeps_in(table, target);

	if (sweeps)
		memset(sweeps, 0, sizeof(*sweeps));
}

uint64_t opt_load(const struct opt *row, const void *target)
{
	const void *field = (const char *)target + row->offset;

	switch (row->type) {
	case OPT_REAL:
		return opt_bits(*(const double *)field);
	case OPT_BOOL:
		return *(const bool *)field;
	case OPT_WORD:
		return *(const unsigned *)field;
	default:
		return *(const uint64_t *)field;
	}
}

void opt_store(const struct opt *row, void *target, uint64_t value)
{
	void *field = (char *)target + row->offset;

	switch (row->type) {
	case OPT_REAL:
		*(double *)field = opt_real_of(value);
		break;
	case OPT_BOOL:
		*(bool *)field = value != 0;
		break;
	case OPT_WORD:
		*(unsigned *)field = (unsigned)value;
		break;
	default:
		*(uint64_t *)field = value;
		break;
	}
}

const struct opt_sweep *opt_sweep_of(const struct opt *row, const void *target)
{
	const struct opt_sweeps *sweeps = row->many ? NULL : sweeps_of(row, target);

	for (uint32_t i = 0; sweeps && i < sweeps->count; i++)
		if (sweeps->sweep[i].row == row)
			return &sweeps->sweep[i];
	return NULL;
}

/* Takes the sweep at @at out; what is free is zero, so that structs with the same settings are the same bytes. */
static void sweep_drop(struct opt_sweeps *sweeps, uint32_t at)
{
	sweeps->count--;
	memmove(&sweeps->sweep[at], &sweeps->sweep[at + 1],
		(sweeps->count - at) * sizeof(sweeps->sweep[0]));
	memset(&sweeps->sweep[sweeps->count], 0, sizeof(sweeps->sweep[0]));
}

int opt_sweep_keep(
	const struct opt *row, void *target, const struct opt_list *list, struct opt_text *why)
{
	struct opt_sweeps *sweeps = sweeps_in(row, target);
	uint32_t at = 0;

	if (!sweeps)
		return 0;
	while (at < sweeps->count && sweeps->sweep[at].row != row)
		at++;
	if (list->count == 1) {
		if (at < sweeps->count)
			sweep_drop(sweeps, at);
		return 0;
	}
	if (at == OPT_SWEEPS_MAX) {
		opt_append(why,
			"several values, and %d other keys have several, too; give one of them one "
			"value",
			OPT_SWEEPS_MAX);
		return -EINVAL;
	}
	sweeps->sweep[at] = (struct opt_sweep){.row = row, .list = *list};
	if (at == sweeps->count)
		sweeps->count++;
	return 0;
}

uint32_t opt_values(const struct opt *table, const void *target, const char *name)
{
	for (const struct opt *row = table; row->name; row++) {
		const struct opt_sweep *sweep;

		if (strcmp(row->name, name) != 0)
			continue;
		if (row->many)
			return ((const struct opt_list *)((const char *)target + row->offset))
			        ->count;
		sweep = opt_sweep_of(row, target);
		return sweep ? sweep->list.count : 1;
	}
	return 0;
}

void opt_pick(const struct opt *table, void *target, uint32_t index, uint32_t at)
{
	struct opt_sweeps *sweeps = sweeps_in(table, target);

	assert(sweeps && index < sweeps->count && at < sweeps->sweep[index].list.count);
	struct opt_sweep *sweep = &sweeps->sweep[index];
	const uint64_t value = sweep->list.value[at];

	sweep->list = (struct opt_list){.count = 1, .value = {value}};
	opt_store(sweep->row, target, value);
}
