// SPDX-License-Identifier: BSD-2-Clause
/*
 * night_count.c: what is counted of a night: once for its suite, and once more for suspects. Called by night_measure.c. How it is
 * counted is in callgrind.h and harness/run; what is made of it in night_figures.c and night_judge.c.
 */
#include "bench/night.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "bench/job.h"

int night_count_check(const struct cli_args *args, const struct run_plan *plan, struct err *err)
{
	char version[CALLGRIND_VERSION_MAX];

	if (!args->require_counts)
		return 0;
	if (run_countable(plan))
		return callgrind_check(version, err);
	return err_set(err, ERR_USAGE, -EINVAL,
		"--require-counts: no case of this suite can be counted; expected one of ring, sg, "
		"lock or churn on device soft");
}

static int count_instructions(struct night_counts *counts, const struct job *job,
	const struct cli_args *args, struct err *err)
{
	int rc = callgrind_check(counts->valgrind, err);

	rc = rc ? rc : callgrind_count(job, args, &counts->counts, err);
	if (rc)
		counts->valgrind[0] = '\0';
	return rc;
}

int night_count(struct night_counts *counts, const struct job *job, const struct cli_args *args,
	struct run_plan *plan, struct err *err)
{
	struct err why = ERR_INIT;

	*counts = (struct night_counts){0};
	if (!run_countable(plan))
		return 0;
	if (args->require_counts)
		return count_instructions(counts, job, args, err);
	const int rc = count_instructions(counts, job, args, &why);

	if (rc == 0)
		return 0;
	if (rc == -ECANCELED)
		return err_set(err, why.kind, rc, "%s", why.message);
	cli_say("%s", why.message);
	why = (struct err)ERR_INIT;
	/* The rest of the night is worth more than its counts. */
	if (run_count(plan, NULL, &counts->counts, &why))
		cli_say("nothing is counted tonight: %s", why.message);
	return 0;
}

void night_counts_close(struct night_counts *counts)
{
	run_counts_free(&counts->counts);
}

double night_recount(const struct night_counts *counts, const struct store_series *series)
{
	const struct run_counted *counted = run_counts_find(&counts->counts, series->name);

	if (!counted)
		return (double)NAN;
	return strcmp(series->metric, store_counter_name(STORE_instructions_per_op)) == 0
	               ? counted->instructions_per_op
	               : counted->virtual_ns_per_op;
}
