/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * churn.h: traces of what a driver takes and gives back: common buffers and locks of requesters' memory.
 *
 *	file --churn_read--> trace --churn_write--> file
 *	mix  --churn_generate--> trace
 *	acts --churn_record_take/give--> recording --churn_record_finish--> trace
 *
 * A trace is whole: what is taken is given back, so it can be gone through again and again, and begins and ends with
 * nothing held. Order is all it keeps; a replay goes as fast as it can. The format is in results/README.md: reading
 * what was written gives the same trace, and so does recording its replay where nothing was refused.
 *
 * What is held is named by slots, small numbers that are used again; an id of a file means nothing behind it.
 * Ownership: read, generate and finish give, churn_free takes back, a zeroed trace too. Threads: a trace may be
 * shared, none of the functions is for two threads at once. Files are untrusted: everything is bounded.
 * Errors: -EINVAL (ERR_USAGE) what a file or a mix says, the message names file and line, or the key, and what to do;
 * another -errno (ERR_USAGE) a file that cannot be read, (ERR_MISSING) written; -ENOMEM (ERR_MISSING).
 */
#ifndef CHURN_CHURN_H
#define CHURN_CHURN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "drivers/support/err.h"
#include "harness/churn/life.h"
#include "harness/rng/draw.h"

#define CHURN_EVENTS_MAX (UINT32_C(1) << 23) /* of a trace */
#define CHURN_SLOTS_MAX  (UINT32_C(1) << 16) /* held at once */
#define CHURN_BYTES_MAX  (UINT32_C(64) << 20)
#define CHURN_ID_MAX     UINT32_MAX /* in a file */

/* Taking is even, giving back is what follows it. */
enum churn_op { CHURN_ALLOCATE, CHURN_RELEASE, CHURN_LOCK, CHURN_UNLOCK, CHURN_OP_COUNT };

/* How: of a common buffer, whether it is cached; of a lock, what the device does (VP_LOCK_OPERATION). */
enum { CHURN_UNCACHED, CHURN_CACHED };
enum { CHURN_READ, CHURN_WRITE, CHURN_MODIFY };

struct churn_event {
	uint32_t slot;
	uint32_t bytes;  /* taking: asked for */
	uint16_t offset; /* lock: of its first byte in its page */
	uint8_t op, how;
};

static inline bool churn_takes(const struct churn_event *event)
{
	return event->op == CHURN_ALLOCATE || event->op == CHURN_LOCK;
}

struct churn_trace {
	uint32_t count;
	struct churn_event *event;
	uint32_t slots;           /* most held at once */
	uint32_t takes;           /* events that take */
	uint32_t largest_bytes;   /* of one */
	uint32_t lock_span_bytes; /* memory that every lock fits into, from a page's start */
	uint64_t
		live_peak_bytes; /* asked for and held at once, common buffers and locks together */
	uint64_t checksum;       /* of all events: equal traces have equal ones */
};

void churn_free(struct churn_trace *trace);

/* churn_read_stream - the same from an open stream; @name stands for its path in messages. */
int churn_read(struct churn_trace *trace, const char *path, struct err *err);
int churn_read_stream(struct churn_trace *trace, const char *name, FILE *in, struct err *err);

/* churn_write - a file of the same name is replaced. @note: one line of text about its origin, or NULL. */
int churn_write(
	const struct churn_trace *trace, const char *path, const char *note, struct err *err);

/* ---- made ------------------------------------------------------------------------------------------------- */

/*
 * A seeded mix: sizes and lifetimes drawn apart. Lifetimes are counted in allocations, as the literature does (Wilson,
 * Johnstone, Neely, Boles 1995), and their mean follows from what shall be held: by Little's law it is live_bytes over
 * the mean size.
 */
struct churn_mix {
	struct draw size;
	struct life life;
	uint64_t live_bytes;
	uint32_t allocations;
	uint64_t seed;
};

/* churn_generate - begins with nothing, grows to what shall be held, stays there, and gives all back at its end. */
int churn_generate(struct churn_trace *trace, const struct churn_mix *mix, struct err *err);

/* ---- recorded --------------------------------------------------------------------------------------------- */

struct churn_act {
	uint64_t object; /* names what is held while it is held: an address, a handle */
	uint32_t bytes;
	uint16_t offset;
	uint8_t op, how; /* bytes, offset and how also where it is given back */
};

/*
 * Acts in order, in memory that is there from the beginning: taking one is a store, so it may be done anywhere. What
 * does not fit is counted.
 */
struct churn_recording {
	struct churn_act *act;
	uint32_t count, room;
	uint64_t lost;
};

/* @room: acts, cut to CHURN_EVENTS_MAX. Return: 0 or -ENOMEM. close accepts a zeroed recording. */
int churn_record_open(struct churn_recording *recording, uint64_t room, struct err *err);
void churn_record_close(struct churn_recording *recording);

static inline void churn_record(struct churn_recording *recording, const struct churn_act *act)
{
	if (recording->count < recording->room)
		recording->act[recording->count++] = *act;
	else
		recording->lost++;
}

/*
 * churn_record_finish - makes the acts a whole trace: what was given back without having been taken is taken in front,
 * what is left is given back behind. Return: 0; -EBADMSG (ERR_INTERNAL) acts that cannot be; -ENOMEM; -ENOBUFS
 * (ERR_MISSING) more held at once than a trace can name.
 */
int churn_record_finish(
	const struct churn_recording *recording, struct churn_trace *trace, struct err *err);

#endif
