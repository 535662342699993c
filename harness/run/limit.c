// SPDX-License-Identifier: BSD-2-Clause
/* limit.c: see limit.h. Called by execute.c: measured once a run, found for each cell when it is stored. */
#include "harness/run/limit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/run/ledger.h"

static const struct {
	enum ledger_part part;
	const char *word;
} limit_parts[] = {
	{LEDGER_DRIVER, "driver"},
	{LEDGER_LOCK, "lock"},
	{LEDGER_MAP, "map"},
	{LEDGER_COPY_IN, "copy in"},
	{LEDGER_SYNC, "sync"},
	{LEDGER_SG, "S/G list"},
	{LEDGER_DESCRIPTOR, "descriptor"},
	{LEDGER_DOORBELL, "doorbell"},
	{LEDGER_COMPLETION, "completion"},
	{LEDGER_COPY_OUT, "copy out"},
	{LEDGER_UNMAP, "unmap"},
	{LEDGER_UNLOCK, "unlock"},
};

#define LIMIT_PARTS (sizeof(limit_parts) / sizeof(limit_parts[0]))

static void limit_take(struct limit *limit, const char *word, double items_per_second)
{
	if (!(items_per_second > 0) || limit->items_per_second <= items_per_second)
		return;
	limit->items_per_second = items_per_second;
	snprintf(limit->word, sizeof(limit->word), "%s", word);
}

/* No ceiling explains the rate: the requester's own work does. */
static void limit_driver(struct limit *limit, const double *part_ns)
{
	double work_ns = 0;
	size_t largest = 0;

	limit->items_per_second = (double)NAN;
	snprintf(limit->word, sizeof(limit->word), "driver");
	for (size_t i = 0; part_ns && i < LIMIT_PARTS; i++) {
		work_ns += part_ns[limit_parts[i].part];
		if (part_ns[limit_parts[i].part] > part_ns[limit_parts[largest].part])
			largest = i;
	}
	if (!(work_ns > 0))
		return;
	limit->items_per_second = 1e9 / work_ns;
	snprintf(limit->word, sizeof(limit->word), "%s", limit_parts[largest].word);
}

void limit_find(struct limit *limit, const struct limit_ceilings *ceilings,
	const struct limit_case *measured)
{
	const double depth = measured->depth;

	*limit = (struct limit){.items_per_second = (double)NAN};
	if (!(measured->items_per_second > 0))
		return;
	limit_take(
		limit, "memcpy", measured->memcpy_bytes_per_second / (double)measured->size_bytes);
	limit_take(limit, "hand-off", depth / ceilings->handoff_ns * 1e9);
	if (measured->blocking)
		limit_take(limit, "wake-up", depth / (2 * ceilings->wakeup_ns) * 1e9);
	if (!limit->word[0] ||
		measured->items_per_second < LIMIT_EXPLAINS * limit->items_per_second)
		limit_driver(limit, measured->part_ns);
}
