/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * failnth.h: everything that can fail, failing: a campaign over the whole program.
 *
 *	for each scenario, for N = 1, 2, ...: a process; the Nth hit of a fault point fails, alone or with all after it;
 *	    the scenario; what it was refused must have been refused for the right reason
 *	    failnth_rest: nothing fails any more; the rest must work, byte by byte; nothing may be left
 *	until a process ends without a fault having fired
 *
 * Sites are the fault points of the sources (drivers/support/fault.h), and in miniports, which know nothing of them, the
 * calls of services that may fail: services_testing.c stands between miniport and port and refuses them.
 *
 *	campaign_testing.c  the loop above            sites.c  what the sources name, what fired, the table
 *	services_testing.c  the refusals; a driver that uses what the shipped ones do not
 *	life.c              drivers' lives            program_testing.c  dmabench run, stress, modules
 *
 * Threads: one. A scenario runs in a process of its own and may assert with cmocka, which ends that process. Under ASan its
 * end is checked for leaks.
 */
#ifndef TESTS_FAILNTH_H
#define TESTS_FAILNTH_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/support/err.h"

struct failnth_scenario {
	const char *name;
	void (*run)(const void *arg);
	const void *arg;
	/* N goes up by 1 to 32, then by 1 + N / step; 0: always by 1. */
	unsigned step;
	unsigned sample_most; /* sites of a sample, about; 0: all that are new */
};

/* All of them, in the order of the table; ends with a NULL name. */
extern const struct failnth_scenario failnth_scenarios[];

/* What a campaign came to. */
struct failnth_total {
	unsigned processes, fired; /* of them those in which a fault fired */
	unsigned broken;           /* that crashed, leaked, hung or asserted */
};

/*
 * failnth_campaign - runs them. @full: every N, alone and with all after it; else a sample that takes seconds: each
 * site once where a scenario first comes to it, and one in four with all after it. Return: 0 or -ENOMEM.
 */
int failnth_campaign(bool full, struct failnth_total *total);

/* failnth_rest - for scenarios: from here on nothing fails. Return: the name of what has fired, or NULL. */
const char *failnth_rest(void);

/* failnth_refused - fails the scenario unless @err holds a reason that a lack of memory or of a resource gives, and its remedy. */
void failnth_refused(int rc, const struct err *err);

/* sites.c: a process of its own may be counted in once failnth_sites_open was called. Return: 0 or -ENOMEM. */
int failnth_sites_open(void);
/*
 * A miniport's call that returns to @caller was refused. failnth_caller: where the call returns to that is at its fault
 * point now; NULL: the fault point is another. failnth_sites_fired: whether that site has fired yet.
 */
void failnth_sites_refused(const void *caller);
extern _Thread_local const void *failnth_caller;
bool failnth_sites_fired(const char *name, const void *caller);
/*
 * failnth_sites_print - the table: each site that the sources of the port, the devices, the loader and the miniports name,
 * and how often it fired. @full: else the sites that never fired are not told one by one. Return: how many never fired;
 * negative: the sources cannot be read (they are looked for below the working directory).
 */
int failnth_sites_print(bool full);

/* life.c, services_testing.c, program_testing.c: scenarios. @arg: life.c struct rig_options; program_testing.c a command line. */
void life_run(const void *arg);
void services_run(const void *arg);
void module_run(const void *arg);
void command_run(const void *arg);
void stress_run(const void *arg);

#endif
