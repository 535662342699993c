// SPDX-License-Identifier: BSD-2-Clause
/*
 * finding.c: what an oracle found, written into the result of the seed. Called by every oracle, from any thread; it
 * must not know what is right or wrong.
 */
#include "harness/stress/priv.h"

#include <stdarg.h>
#include <stdio.h>

void finding(struct world *world, enum stress_oracle oracle, const struct port *port,
	uint64_t cookie, const char *format, ...)
{
	struct stress_result *result = world->result;
	va_list args;

	pthread_mutex_lock(&world->lock);
	if (result->finding_count < STRESS_FINDINGS_MAX) {
		struct stress_finding *to = &result->finding[result->finding_count];

		to->oracle = oracle;
		to->operation = cookie;
		to->event = world->sched ? sched_steps(world->sched) : 0;
		if (port)
			snprintf(to->object, sizeof(to->object), "%s port %u",
				stress_strategy_words[port->plan->strategy], port->index);
		va_start(args, format);
		vsnprintf(to->message, sizeof(to->message), format, args);
		va_end(args);
	}
	result->finding_count++;
	pthread_mutex_unlock(&world->lock);
	/* Relaxed: it only makes the others leave soon. */
	atomic_store_explicit(&world->failed, true, memory_order_relaxed);
}
