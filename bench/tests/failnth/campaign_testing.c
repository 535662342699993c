// SPDX-License-Identifier: BSD-2-Clause
/* campaign_testing.c: the loop of failnth.h. Knows no scenario from inside. */
#include "bench/tests/failnth/failnth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drivers/support/fault.h"

#define EXIT_FIRED  42 /* all is well, and a fault has fired */
#define N_MOST      20000
#define N_EACH      32
#define HANG_S      60
#define BROKEN_MOST 20 /* then the campaign ends: they are likely the same */

static const char *fired_name;

const char *failnth_rest(void)
{
	if (!fired_name)
		fired_name = fault_fired();
	fault_arm(0, false);
	return fired_name;
}

void failnth_refused(int rc, const struct err *err)
{
	const char *fired = failnth_rest();

	if (rc >= 0 || err->kind != ERR_MISSING || !strstr(err->message, "; "))
		fail_msg("%s failed, and the answer is %d, kind %d (%s); expected a negative one "
			 "of kind %d with a finding and, behind a semicolon, a remedy",
			fired ? fired : "nothing", rc, (int)err->kind, err->message,
			(int)ERR_MISSING);
}

/* In the child. */
static _Noreturn void scenario_main(
	const struct failnth_scenario *scenario, unsigned nth, bool persistent, int output)
{
	if (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
		_exit(1);
	alarm(HANG_S);
	fired_name = NULL;
	fault_arm(nth, persistent);
	scenario->run(scenario->arg);
	failnth_rest();
	/* exit, not _exit: the leak check is at the end of the process. */
	exit(fired_name ? EXIT_FIRED : 0);
}

static void output_show(int output)
{
	char line[4096];
	ssize_t got;

	lseek(output, 0, SEEK_SET);
	while ((got = read(output, line, sizeof(line))) > 0)
		fwrite(line, 1, (size_t)got, stderr);
}

enum outcome { OUTCOME_NONE, OUTCOME_FIRED, OUTCOME_BROKEN };

static enum outcome scenario_once(
	const struct failnth_scenario *scenario, unsigned nth, bool persistent)
{
	FILE *file = tmpfile();
	int status = -1;

	fflush(NULL);
	const pid_t pid = file ? fork() : -1;

	if (pid == 0)
		scenario_main(scenario, nth, persistent, fileno(file));
	if (pid > 0)
		waitpid(pid, &status, 0);
	const bool ended = pid > 0 && WIFEXITED(status);
	enum outcome outcome = ended && WEXITSTATUS(status) == 0            ? OUTCOME_NONE
	                       : ended && WEXITSTATUS(status) == EXIT_FIRED ? OUTCOME_FIRED
	                                                                    : OUTCOME_BROKEN;

	if (outcome == OUTCOME_BROKEN) {
		fprintf(stderr, "%s, hit %u%s (%s): wait status 0x%x\n", scenario->name, nth,
			persistent ? " and all after it" : "",
			fault_fired() ? fault_fired() : "disarmed", (unsigned)status);
		if (file)
			output_show(fileno(file));
	}
	fault_arm(0, false);
	if (file)
		fclose(file);
	return outcome;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void scenario_count(struct failnth_total *total, enum outcome outcome)
{
	total->processes++;
	total->fired += outcome == OUTCOME_FIRED;
	total->broken += outcome == OUTCOME_BROKEN;
}

/* ---- every N ----------------------------------------------------------------------------------------------------- */

static void scenario_all(const struct failnth_scenario *scenario, struct failnth_total *total)
{
	for (unsigned persistent = 0; persistent < 2; persistent++) {
		enum outcome outcome = OUTCOME_FIRED;
		unsigned nth = 1;

		while (outcome != OUTCOME_NONE && nth < N_MOST && total->broken < BROKEN_MOST) {
			outcome = scenario_once(scenario, nth, persistent != 0);
			scenario_count(total, outcome);
			nth += 1 + (scenario->step && nth >= N_EACH ? nth / scenario->step : 0);
		}
	}
}

/* ---- a sample ------------------------------------------------------------------------------------------------------ */

/* The hits of one process in which nothing failed, in the order of their coming. */
struct hits {
	atomic_uint count;
	struct {
		_Atomic(const char *) name;
		_Atomic(const void *) caller;
	} hit[N_MOST];
};

static struct hits *hits;

static void hit_note(const char *name)
{
	/* Relaxed: read by the parent when this process is over. */
	const unsigned at = atomic_fetch_add_explicit(&hits->count, 1, memory_order_relaxed);

	if (at >= N_MOST)
		return;
	atomic_store_explicit(&hits->hit[at].caller, failnth_caller, memory_order_relaxed);
	atomic_store_explicit(&hits->hit[at].name, name, memory_order_relaxed);
}

static bool hit_is_new(unsigned index)
{
	const char *name = hits->hit[index].name;

	return name && !failnth_sites_fired(name, hits->hit[index].caller);
}

/*
 * Where @scenario comes to sites that have not fired yet, these fire, or so many of them, evenly, as a sample may have.
 * Threads may come to them in another order than in the process before.
 */
static void scenario_sample(const struct failnth_scenario *scenario, struct failnth_total *total)
{
	unsigned found = 0, each = 1;

	memset((void *)hits, 0, sizeof(*hits));
	fault_watch(hit_note);
	scenario_count(total, scenario_once(scenario, N_MOST, false));
	fault_watch(NULL);
	for (unsigned i = 0; i < N_MOST; i++)
		found += hit_is_new(i);
	if (scenario->sample_most && found > scenario->sample_most)
		each = found / scenario->sample_most;
	found = 0;
	for (unsigned i = 0; i < N_MOST && total->broken < BROKEN_MOST; i++) {
		if (!hit_is_new(i) || ++found % each)
			continue;
		scenario_count(total, scenario_once(scenario, i + 1, false));
		if (!scenario->sample_most && total->fired % 4 == 0)
			scenario_count(total, scenario_once(scenario, i + 1, true));
	}
}

static int hits_open(void)
{
	void *shared = mmap(
		NULL, sizeof(*hits), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	hits = shared == MAP_FAILED ? NULL : shared;
	return hits ? 0 : -ENOMEM;
}

int failnth_campaign(bool full, struct failnth_total *total)
{
	*total = (struct failnth_total){0};
	if (fault_share() || failnth_sites_open() || hits_open())
		return -ENOMEM;
	for (const struct failnth_scenario *s = failnth_scenarios; s->name; s++) {
		const struct failnth_total before = *total;
		const double start_s = now_s();

		/* Where N goes in steps, sites met late and once are left for the sample. */
		if (full)
			scenario_all(s, total);
		scenario_sample(s, total);
		printf("%-28s %6u processes %6u with a fault %4u broken %6.1f s\n", s->name,
			total->processes - before.processes, total->fired - before.fired,
			total->broken - before.broken, now_s() - start_s);
	}
	return 0;
}
