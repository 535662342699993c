/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limit.h: which ceiling a case runs into. limit_find is pure; limit_measure takes the ceilings of a placement once a run.
 *
 * Every ceiling foretells the most operations a second that it allows:
 *
 *	memcpy    its bytes/s (ceiling.c, same window and source temperature, device's core) over the size
 *	hand-off  depth over the round trip of a cache line between driver's and device's core: each operation needs a
 *	          doorbell there and a completion back, and at most `depth` of them are under way at a time
 *	wake-up   where completions block: depth over two wake-ups, the interrupt thread's and the requester's
 *	pin       where locks pin (pin=mlock, iouring): one over the pins of an operation times what one takes
 *
 * An open loop that keeps up is limited by its arrivals. Else the limiter is the ceiling with the smallest foretold rate, if the case reaches at least LIMIT_EXPLAINS of it.
 * Otherwise none of them explains the rate: the limiter is the driver's own work for each operation. Where the ledger
 * is kept it is named by its largest part ("copy in", "map", "S/G list", ...), and its rate is one over all the work that
 * the requester does; where it is not, the word is "driver" and its rate is not known.
 */
#ifndef RUN_LIMIT_H
#define RUN_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/support/err.h"
#include "harness/clock/clock.h"
#include "harness/topo/topo.h"

#define LIMIT_EXPLAINS 0.5
#define LIMIT_KEEPS_UP 0.95 /* share of the arrivals that an open loop must complete */
#define LIMIT_WORD_MAX 24

/* Of a placement; NAN: not known. */
struct limit_ceilings {
	double handoff_ns; /* a cache line there and back, both cores polling */
	double wakeup_ns;  /* from waking a thread that sleeps to its first instruction */
};

enum limit_ceiling {
	LIMIT_MEMCPY,
	LIMIT_HANDOFF,
	LIMIT_WAKEUP,
	LIMIT_PIN,
	LIMIT_CEILING_COUNT,
};

struct limit_case {
	double items_per_second; /* measured */
	double memcpy_bytes_per_second;
	uint64_t size_bytes;
	uint32_t depth; /* operations under way at a time; 0: it hands nothing over */
	bool blocking;
	double offered_per_second;  /* of an open loop, NAN */
	double pin_ns, pins_per_op; /* NAN: nothing is pinned */
	const double *part_ns;      /* of the ledger, LEDGER_PARTS of them; NULL: none kept */
};

struct limit {
	char word
		[LIMIT_WORD_MAX]; /* "memcpy", "hand-off", "wake-up", "pin", "arrivals", "driver" or a part; "" nothing is known */
	double items_per_second;            /* that the limiter allows; NAN: not known */
	double allows[LIMIT_CEILING_COUNT]; /* operations a second; NAN: does not bound this case */
};

/*
 * limit_measure - about 10 ms; the caller is on the driver's core. Return: 0; -EAGAIN, -ENFILE (ERR_MISSING) no thread
 * or event descriptor.
 */
int limit_measure(struct limit_ceilings *ceilings, const struct clock *clock, struct topo *topo,
	const struct topo_place *place, struct err *err);

void limit_find(struct limit *limit, const struct limit_ceilings *ceilings,
	const struct limit_case *measured);

#endif
