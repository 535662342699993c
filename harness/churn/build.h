/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * build.h: private to harness/churn: makes a trace event by event, whoever knows them: a file, a mix, a recording.
 *
 * It keeps what is held, by the caller's 64-bit name, and gives each a slot: the lowest that is free, so that equal
 * sequences give equal traces.
 *
 * Call order: build_open -> (build_take | build_give)... -> build_finish, or build_drop on the way out.
 */
#ifndef CHURN_BUILD_H
#define CHURN_BUILD_H

#include "harness/churn/churn.h"

#define BUILD_BUCKETS (CHURN_SLOTS_MAX)
#define BUILD_NONE    UINT32_MAX

struct build_held {
	uint64_t object;
	uint32_t next; /* link of its bucket */
	uint32_t bytes;
	uint32_t since; /* the caller's: a line */
	uint8_t op;     /* that took it */
	bool held;
};

/* Empty where all is zero: short traces touch little of it. */
struct build {
	struct churn_trace trace;
	uint32_t room;
	uint32_t held;       /* now */
	uint64_t live_bytes; /* now */
	struct build_held slot[CHURN_SLOTS_MAX];
	uint64_t used[CHURN_SLOTS_MAX / 64]; /* a set bit: the slot is not free */
	uint32_t free_from;                  /* no free slot below this word */
	uint32_t bucket[BUILD_BUCKETS];      /* links: 1 + a slot; 0: none */
};

/* NULL: no memory. */
struct build *build_open(void);
void build_drop(struct build *build);

/* build_find - the slot of @object, or BUILD_NONE. */
uint32_t build_find(const struct build *build, uint64_t object);

/*
 * build_take - appends @act, which takes its object. build_give - one which gives it back.
 * Return: 0; -EEXIST it is held already; -ENOENT it is not; -EBADMSG it was taken in the other way; -ENOBUFS too many
 * held; -E2BIG too many events; -ENOMEM.
 */
int build_take(struct build *build, const struct churn_act *act, uint32_t since);
int build_give(struct build *build, const struct churn_act *act);

/* build_first_held - the slot taken the longest ago of those held, by its since; BUILD_NONE: none is. */
uint32_t build_first_held(const struct build *build);

/* build_finish - hands the trace over and drops the builder. */
void build_finish(struct build *build, struct churn_trace *trace);

#endif
