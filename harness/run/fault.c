// SPDX-License-Identifier: BSD-2-Clause
/*
 * fault.c: the words of device.fault, and what each makes of a device's configuration. Called where ports are opened.
 */
#include "harness/run/run.h"

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
	"iommu", "unposted", "reordered", "invented", "wrong_id", "wrong_length", "stale",
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
