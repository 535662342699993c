// SPDX-License-Identifier: BSD-2-Clause
/*
 * fault.c: the words of device.fault, what each makes of a device's configuration, and which cases can show it. Called where
 * ports are opened, and by plan.c.
 */
#include "harness/run/run_priv.h"

#include <errno.h>

#include "drivers/device/device.h"

#define LATE_NS 1000000

/* Those of enum device_fault first, then what goes wrong beside descriptors. */
enum {
	IRQ_LOST = DEVICE_FAULT_COUNT,
	IRQ_LATE,
	IRQ_TWICE,
	IRQ_STORM,
	IRQ_SPURIOUS,
	BELL_LOST,
	BELL_LATE,
	BELL_TWICE,
	AFTER,
	FAULTS
};

const char *const run_fault_words[] = {"none", "drop", "duplicate", "misplace", "truncate", "flip",
	"torn", "iommu", "unposted", "reordered", "invented", "wrong_id", "wrong_length", "stale",
	"hostile", "hang", "irq_lost", "irq_late", "irq_twice", "irq_storm", "irq_spurious",
	"bell_lost", "bell_late", "bell_twice", "after", NULL};

_Static_assert(sizeof(run_fault_words) / sizeof(run_fault_words[0]) == FAULTS + 1,
	"one word a fault of device.h, one each of the others");

void run_fault_set(const struct run_settings *s, struct device_config *config)
{
	/* NULL: a fault of descriptors, of which the device has one chance. */
	double *const chance[FAULTS] = {[IRQ_LOST] = &config->line.lost,
		[IRQ_LATE] = &config->line.late,
		[IRQ_TWICE] = &config->line.twice,
		[IRQ_STORM] = &config->line.storm,
		[IRQ_SPURIOUS] = &config->line.spurious,
		[BELL_LOST] = &config->bell.lost,
		[BELL_LATE] = &config->bell.late,
		[BELL_TWICE] = &config->bell.twice,
		[AFTER] = &config->after};

	config->line.late_ns = config->bell.late_ns = LATE_NS;
	if (chance[s->dev.fault]) {
		*chance[s->dev.fault] = s->dev.fault_rate;
	} else {
		config->fault = (enum device_fault)s->dev.fault;
		config->fault_rate = s->dev.fault_rate;
		config->fault_limit = (uint32_t)s->dev.fault_limit;
	}
}

/* ---- who can show it ---------------------------------------------------------------------------------- */

/* What a fault happens to; 0: what every driver unmaps, its rings at the least. */
static unsigned fault_hits(unsigned fault)
{
	if (fault < DEVICE_FAULT_COUNT)
		return RUN_HIT_TRANSFERS;
	if (fault < IRQ_SPURIOUS)
		return RUN_HIT_INTERRUPTS;
	return fault < AFTER ? RUN_HIT_DESCRIPTORS : 0;
}

/* Whether the operations of @cell have any of what its fault happens to. */
static bool fault_can_hit(const struct run_cell *cell)
{
	const unsigned hits = fault_hits(cell->settings->dev.fault);

	if (hits == RUN_HIT_INTERRUPTS && cell->params.completion == RUN_POLL)
		return false;
	return !hits || cell->bench->hits & hits;
}

static int fault_refuse(const struct run_cell *cell, struct err *err)
{
	static const char *const words[][2] = {
		[RUN_HIT_DESCRIPTORS] = {"descriptors", "family=transfer or ring"},
		[RUN_HIT_TRANSFERS] = {"transfers", "family=transfer"},
		[RUN_HIT_INTERRUPTS] = {"interrupts", "family=transfer with completion=interrupt"},
	};
	const unsigned fault = cell->settings->dev.fault;
	const char *const *word = words[fault_hits(fault)];
	struct err own = ERR_INIT;

	err_set(&own, ERR_USAGE, -EINVAL,
		"device.fault=%s hits %s, and no case that is selected has any: nothing would be "
		"wrong; choose %s",
		run_fault_words[fault], word[0], word[1]);
	return plan_refuse(cell->settings, &own, err);
}

int plan_check_faults(const struct run_plan *plan, struct err *err)
{
	const struct run_cell *spared[FAULTS] = {NULL};
	bool hit[FAULTS] = {true};

	for (size_t g = 0; g < plan->group_count; g++)
		for (uint32_t i = 0; i < plan->group[g].cell_count; i++) {
			const struct run_cell *cell = &plan->group[g].cell[i];
			const unsigned fault = cell->settings->dev.fault;

			hit[fault] = hit[fault] || fault_can_hit(cell);
			spared[fault] = spared[fault] ? spared[fault] : cell;
		}
	for (unsigned fault = 0; fault < FAULTS; fault++)
		if (spared[fault] && !hit[fault])
			return fault_refuse(spared[fault], err);
	return 0;
}
