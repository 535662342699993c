// SPDX-License-Identifier: BSD-2-Clause
/*
 * limit_pin.c: what the host takes to hold the pages of one payload and to let them go (pin=mlock, pin=iouring), in the
 * requester's own memory and on the driver's core. A device of its own, opened for the moment, does it through the
 * ops that the port's locks go through. Called by execute.c once a group, before any driver holds a page of it.
 */
#include "harness/run/run_priv.h"

#include <math.h>
#include <string.h>

#include "harness/stats/stats.h"

#define PIN_BATCHES     31
#define PIN_PAIRS       8        /* a batch */
#define PIN_TIME_NS     20000000 /* then whatever batches are done, five at least */
#define PIN_BATCHES_MIN 5

struct pinning {
	struct device *dev;
	unsigned char *memory;
	size_t memory_bytes, payload_bytes, at_bytes; /* whole pages */
};

/* One payload after the other, so that the pages are as far apart as those of a round. Return: 0 or -errno. */
static int pin_once(struct pinning *p)
{
	unsigned char *va = p->memory + p->at_bytes;
	uint32_t handle;
	int rc = p->dev->pin->take(p->dev, va, p->payload_bytes, &handle);

	if (rc)
		return rc;
	p->dev->pin->release(p->dev, va, p->payload_bytes, handle);
	p->at_bytes += p->payload_bytes;
	if (p->at_bytes + p->payload_bytes > p->memory_bytes)
		p->at_bytes = 0;
	return 0;
}

static int pin_batch(struct pinning *p, const struct clock *clock, double *pair_ns)
{
	struct tick start = clock_now(clock);

	for (unsigned i = 0; i < PIN_PAIRS; i++) {
		int rc = pin_once(p);

		if (rc)
			return rc;
	}
	*pair_ns = (double)clock_span(start, clock_now(clock)) * clock->ns_per_tick / PIN_PAIRS;
	return 0;
}

static int pin_time(struct pinning *p, const struct clock *clock, double *pin_ns)
{
	double pair_ns[PIN_BATCHES], total_ns = 0;
	unsigned count = 0;
	int rc = pin_batch(p, clock, &pair_ns[0]); /* warms up */

	while (!rc && count < PIN_BATCHES && (count < PIN_BATCHES_MIN || total_ns < PIN_TIME_NS)) {
		rc = pin_batch(p, clock, &pair_ns[count]);
		total_ns += PIN_PAIRS * pair_ns[count++];
	}
	if (!rc)
		*pin_ns = stats_median(pair_ns, count);
	return rc;
}

int limit_pin(const struct run_cell *cell, double *pin_ns, struct err *err)
{
	const struct run_memory *memory = *cell->group_memory;
	/* Payloads begin inside a page where an offset is asked for. */
	const size_t bytes = (size_t)(cell->params.offset_bytes % PAGE_BYTES +
				      cell->params.mean_bytes + PAGE_BYTES - 1) /
	                     PAGE_BYTES * PAGE_BYTES;
	struct pinning p = {.payload_bytes = bytes};

	*pin_ns = (double)NAN;
	if (cell->params.pin == DEVICE_PIN_NONE || !memory || memory->len_bytes < bytes || !bytes)
		return 0;
	p.memory = memory->va;
	p.memory_bytes = memory->len_bytes;
	int rc = host_pin_device(cell, &p.dev, err);

	if (rc)
		return rc;
	rc = p.dev->pin ? pin_time(&p, &cell->machine->clock, pin_ns) : 0;
	p.dev->ops->close(p.dev);
	return rc ? err_set(err, ERR_MISSING, rc,
			    "%s: pin=%s: the host refused to pin %zu KiB for the ceiling (%s); "
			    "raise "
			    "the limit of locked memory (ulimit -l)",
			    cell->name, run_pin_words[cell->params.pin], bytes >> 10, strerror(-rc))
	          : 0;
}
