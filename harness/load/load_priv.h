/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load_priv.h: what the closed loop (load.c) and the open loop (pass.c) share: the load itself and its findings.
 * Private to this folder.
 */
#ifndef LOAD_LOAD_PRIV_H
#define LOAD_LOAD_PRIV_H

#include "harness/load/load.h"

#include <errno.h>
#include <sched.h>

#include "drivers/support/mmio.h"

#define LOAD_REAP_MAX 64

/* Empty reaps between two looks at the clock for the time-out: a look costs as much as an empty reap. */
#define LOAD_SPINS_PER_LOOK 256

enum { LOAD_FRESH, LOAD_IN_FLIGHT, LOAD_DONE };

struct load {
	struct load_config config;
	uint32_t ops_max;
	uint32_t mask;         /* of the arrays below, which hold a power of two, ops_max or more */
	uint32_t count;        /* ops of the current or last round; 0 after a pass */
	uint64_t first_cookie; /* of that round */
	uint64_t timeout_ticks; /* of config.clock */
	struct tick last;       /* load_last */
	struct tick *start;     /* just before the submit call that took the op */
	struct tick *intended;  /* pass: when the op arrived */
	uint32_t *len_bytes;    /* pass: of the op */
	uint8_t *state;
	unsigned findings;
	struct load_finding finding[LOAD_FINDINGS_MAX];
};

/* load_note - keeps a finding about @done while there is room. */
void load_note(struct load *load, enum load_finding_kind kind, const struct load_completion *done,
	uint32_t expected_bytes);

/*
 * load_reap_surprises - one untimed reap where every completion is a surprise: it is added to @result.
 * Return: how many came, or -errno.
 */
int load_reap_surprises(struct load *load, struct load_result *result);

/*
 * load_collect - one timed reap into @done[LOAD_REAP_MAX]; one look at the clock, @now, serves all that came. Return: how
 * many, 0 or -errno.
 */
static inline int load_collect(struct load *load, struct load_result *result,
	struct load_completion *done, struct tick *now)
{
	int got = load->config.ops->reap(load->config.target, done, LOAD_REAP_MAX);

	result->reap_calls++;
	if (got <= 0) {
		result->empty_reaps++;
		return got;
	}
	if (got > LOAD_REAP_MAX)
		return -EPROTO;
	*now = clock_now(load->config.clock);
	if (load->config.ops->date)
		load->config.ops->date(load->config.target, *now);
	return got;
}

/* An idle turn. */
static inline void load_relax(const struct load *load)
{
	if (load->config.yield)
		sched_yield();
	else
		cpu_relax();
}

/* load_result_add - adds every count of @from to @into. */
void load_result_add(struct load_result *into, const struct load_result *from);

#endif
