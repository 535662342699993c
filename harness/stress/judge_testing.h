/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * judge_testing.h: for tests of single judges of this folder: a port of no driver and no device, whose plan the test writes, and
 * how often something was found since the test last asked.
 */
#ifndef JUDGE_TESTING_H
#define JUDGE_TESTING_H

#include "harness/stress/priv.h"

#include "drivers/support/held_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct judged {
	struct plan_port plan;
	struct world world;
	struct port port;
	struct stress_result result;
};

/* @judged is the test's, and is not moved. */
static inline void judged_init(struct judged *judged)
{
	memset(judged, 0, sizeof(*judged));
	judged->world.result = &judged->result;
	judged->port.world = &judged->world;
	judged->port.plan = &judged->plan;
	assert_int_equal(pthread_mutex_init(&judged->world.lock, NULL), 0);
	assert_int_equal(pthread_mutex_init(&judged->port.lock, NULL), 0);
}

static inline void judged_fini(struct judged *judged)
{
	pthread_mutex_destroy(&judged->port.lock);
	pthread_mutex_destroy(&judged->world.lock);
}

static inline unsigned findings(struct judged *judged)
{
	const unsigned count = judged->result.finding_count;

	judged->result.finding_count = 0;
	return count;
}

#endif
