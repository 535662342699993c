// SPDX-License-Identifier: BSD-2-Clause
/*
 * recovery.c: what the drivers of a cell had to mend in a trial, as they tell by QUERY: lost interrupts and doorbells that
 * they found by looking, resets of a device that had failed, devices they gave up. Called by cell.c before and
 * after a trial, outside its measured time. Judges nothing of the operations themselves.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>

#include "dderror.h"
#include "dmabench_ioctl.h"

/* Of all adapters, since their drivers started. A driver that does not answer has mended nothing. */
static struct run_recovery recovery_ask(const struct run_cell *cell)
{
	struct run_recovery sum = {0};

	for (uint32_t i = 0; i < cell_adapters(cell); i++) {
		DMABENCH_QUERY query = {0};

		if (videoport_request(cell_port(cell, i), IOCTL_DMABENCH_QUERY, &query, 0,
			    sizeof(query), NULL) != NO_ERROR)
			continue;
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

int recovery_judge(const struct run_trial *trial, struct err *err)
{
	if (!trial->recovery.given_up)
		return 0;
	return err_set(err, ERR_WRONG, -EIO,
		"%s: device hangs: the driver reset it %llu times in this trial and gave it up "
		"(five resets within a minute, or it is not there any more); without device.fault "
		"look at the device",
		trial->cell->name, (unsigned long long)trial->recovery.resets);
}

/* Where nothing is to go wrong and nothing has, there is nothing to tell. */
double recovery_counter(const struct run_trial *trial, enum store_counter counter)
{
	const struct run_recovery *r = &trial->recovery;

	if (!trial->cell->settings->dev.fault && !r->recoveries && !r->resets)
		return (double)NAN;
	return (double)(counter == STORE_resets ? r->resets : r->recoveries);
}
