// SPDX-License-Identifier: BSD-2-Clause
/* measure.c: see measure.h. Knows neither jobs nor what is done with the results. */
#include "bench/measure.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "bench/execute.h"
#include "bench/gbench/gbench.h"
#include "bench/progress.h"

static const int stop_signals[] = {SIGINT, SIGTERM};
static volatile sig_atomic_t stop_asked;

/* The trial in hand goes to its end, which may be long. */
static void stop_note(int number)
{
	static const char text[] =
		"\ndmabench: ends with the trial in hand; once more ends it at once\n";
	const int code = errno;

	(void)number;
	stop_asked = 1;
	const ssize_t told = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)told; /* the run ends in order also where nobody reads that */
	errno = code;
}

static bool stop_cancelled(void *arg)
{
	(void)arg;
	return stop_asked != 0;
}

/* The first signal ends the run in order; a second one has its usual effect and ends the program. */
static void stop_begin(struct sigaction old[2])
{
	struct sigaction action = {
		.sa_handler = stop_note, .sa_flags = (int)SA_RESETHAND | SA_RESTART};

	stop_asked = 0;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < 2; i++)
		sigaction(stop_signals[i], &action, &old[i]);
}

static void stop_end(const struct sigaction old[2])
{
	for (size_t i = 0; i < 2; i++)
		sigaction(stop_signals[i], &old[i], NULL);
}

int measure_plan(struct run_plan *plan, struct store *store, const struct run_hooks *wishes,
	const struct run_fact *facts, struct run_summary *summary, struct err *err)
{
	struct progress progress;
	struct sigaction old[2];
	struct run_hooks hooks = *wishes;
	int rc = gbench_open(err);

	if (rc)
		return rc;
	hooks.arg = &progress;
	hooks.execute = execute_trial;
	hooks.progress = progress_update;
	hooks.cancelled = stop_cancelled;
	stop_begin(old);
	progress_open(&progress, STDERR_FILENO, run_plan_pending(plan), run_plan_seconds(plan));
	rc = run_execute(plan, store, &hooks, facts, summary, err);
	progress_close(&progress);
	stop_end(old);
	gbench_close();
	return rc;
}
