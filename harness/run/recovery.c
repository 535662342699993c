// SPDX-License-Identifier: BSD-2-Clause
/*
 * recovery.c: what the drivers of a cell had to mend in a trial, as they tell by QUERY: lost interrupts and doorbells that
 * they found by looking, resets of a device that had failed, devices they gave up. Called by cell.c before and
 * after a trial, outside its measured time, and by window.c after operations that failed. Judges nothing of the operations
 * themselves.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>

#include "dderror.h"
#include "dmabench_ioctl.h"

/* A driver that does not answer has mended nothing. */
static DMABENCH_QUERY port_ask(struct videoport *port)
{
	DMABENCH_QUERY query = {0};

	if (videoport_request(port, IOCTL_DMABENCH_QUERY, &query, 0, sizeof(query), NULL) !=
		NO_ERROR)
		query = (DMABENCH_QUERY){0};
	return query;
}

/* Of a device that the driver has given up. */
static const char *given_up_word(uint32_t why)
{
	static const char *const words[] = {
		[DMABENCH_GIVEN_UP_HANGS] = "device hangs, and the driver has given it up",
		[DMABENCH_GIVEN_UP_DEAD] = "device does not come back from a reset",
		[DMABENCH_GIVEN_UP_GONE] = "device is not there any more",
	};

	return why < sizeof(words) / sizeof(words[0]) && words[why]
	               ? words[why]
	               : "the driver has given the device up";
}

const char *recovery_trouble(struct videoport *port, uint32_t *resets)
{
	static const char *const why[] = {
		[DMABENCH_RESET_HALTED] = "device halted, and the driver reset it",
		[DMABENCH_RESET_BROKEN] = "device breaks its datasheet, and the driver reset it",
		[DMABENCH_RESET_STALLED] = "device hangs, and the driver reset it",
	};
	const DMABENCH_QUERY query = port_ask(port);
	const bool again = query.Resets != *resets;

	*resets = query.Resets;
	if (query.GivenUp)
		return given_up_word(query.GivenUp);
	if (!again)
		return NULL;
	return query.LastReset < sizeof(why) / sizeof(why[0]) && why[query.LastReset]
	               ? why[query.LastReset]
	               : "the driver reset the device";
}

/* Of all adapters, since their drivers started. */
static struct run_recovery recovery_ask(const struct run_cell *cell)
{
	struct run_recovery sum = {0};

	for (uint32_t i = 0; i < cell_adapters(cell); i++) {
		const DMABENCH_QUERY query = port_ask(cell_port(cell, i));

		sum.recoveries += query.Recoveries;
		sum.resets += query.Resets;
		sum.given_up += query.GivenUp != 0;
	}
	return sum;
}

void recovery_begin(struct run_trial *trial)
{
	trial->recovery = recovery_ask(trial->cell);
}

void recovery_end(struct run_trial *trial)
{
	const struct run_recovery before = trial->recovery;

	trial->recovery = recovery_ask(trial->cell);
	trial->recovery.recoveries -= before.recoveries;
	trial->recovery.resets -= before.resets;
}

int recovery_judge(const struct run_trial *trial, int rc)
{
	const struct run_recovery *r = &trial->recovery;
	struct run_cell *cell = trial->cell;

	if (!r->resets && !r->given_up)
		return rc;
	if (!cell_over(cell))
		run_cell_finding(cell,
			"device fails: expected no reset, found %llu of them in a trial%s; this "
			"case is measured no further",
			(unsigned long long)r->resets,
			r->given_up ? ", and it was given up by the driver" : "");
	cell_end(cell);
	/* That a driver without a device refuses what it is asked for is no failure of the run. */
	return r->given_up || !rc ? -EILSEQ : rc;
}

/* Where nothing is to go wrong and nothing has, there is nothing to tell. */
double recovery_counter(const struct run_trial *trial, enum store_counter counter)
{
	const struct run_recovery *r = &trial->recovery;

	if (!trial->cell->settings->dev.fault && !r->recoveries && !r->resets)
		return (double)NAN;
	return (double)(counter == STORE_resets ? r->resets : r->recoveries);
}
