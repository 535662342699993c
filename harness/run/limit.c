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

static const char *const ceiling_words[] = {
	[LIMIT_MEMCPY] = "memcpy",
	[LIMIT_HANDOFF] = "hand-off",
	[LIMIT_WAKEUP] = "wake-up",
	[LIMIT_PIN] = "pin",
};

static void limit_set(struct limit *limit, const char *word, double items_per_second)
{
	limit->items_per_second = items_per_second;
	snprintf(limit->word, sizeof(limit->word), "%s", word);
}

/* NAN: a ceiling that is not known, or does not bound the case. */
static double allowed(double items_per_second)
{
	return items_per_second > 0 && isfinite(items_per_second) ? items_per_second : (double)NAN;
}

static void limit_allows(struct limit *limit, const struct limit_ceilings *ceilings,
	const struct limit_case *measured)
{
	const double depth = measured->depth;
	double *allows = limit->allows;

	allows[LIMIT_MEMCPY] = allowed(
		measured->memcpy_bytes_per_second / (double)measured->size_bytes);
	allows[LIMIT_HANDOFF] = allowed(depth / ceilings->handoff_ns * 1e9);
	allows[LIMIT_WAKEUP] = measured->blocking ? allowed(depth / (2 * ceilings->wakeup_ns) * 1e9)
	                                          : (double)NAN;
	allows[LIMIT_PIN] = allowed(1e9 / (measured->pins_per_op * measured->pin_ns));
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
	*limit = (struct limit){.items_per_second = (double)NAN};
	limit_allows(limit, ceilings, measured);
	if (!(measured->items_per_second > 0))
		return;
	if (measured->items_per_second >= LIMIT_KEEPS_UP * measured->offered_per_second) {
		limit_set(limit, "arrivals", measured->offered_per_second);
		return;
	}
	for (unsigned i = 0; i < LIMIT_CEILING_COUNT; i++)
		if (limit->allows[i] > 0 && !(limit->items_per_second <= limit->allows[i]))
			limit_set(limit, ceiling_words[i], limit->allows[i]);
	if (!limit->word[0] ||
		measured->items_per_second < LIMIT_EXPLAINS * limit->items_per_second)
		limit_driver(limit, measured->part_ns);
}
