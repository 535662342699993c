// SPDX-License-Identifier: BSD-2-Clause
/*
 * record.c: a trace of what a driver takes and gives back in one trial. Called by execute.c behind the measured trials:
 * recording costs time, so that no trial that counts is recorded.
 */
#include "harness/run/run_priv.h"

#include <errno.h>

_Static_assert(VIDEOPORT_ALLOCATE == (int)CHURN_ALLOCATE &&
		       VIDEOPORT_RELEASE == (int)CHURN_RELEASE &&
		       VIDEOPORT_LOCK == (int)CHURN_LOCK && VIDEOPORT_UNLOCK == (int)CHURN_UNLOCK,
	"the port's acts are those of a trace, in the same order");

#define ACTS_A_OPERATION 8 /* a transfer locks and unlocks its buffer once, a step is one act */
#define ACTS_MIN         4096

void record_take(void *arg, const struct videoport_act *act)
{
	churn_record(arg, &(struct churn_act){.object = act->object,
				  .bytes = act->len_bytes,
				  .offset = act->offset_bytes,
				  .op = (uint8_t)act->kind,
				  .how = act->how});
}

int record_nothing(const struct run_cell *cell, struct err *err)
{
	return err_set(err, ERR_USAGE, -ENODATA,
		"--record: %s takes and gives back nothing while it is measured; record churn, or "
		"transfers by strategy packet",
		cell->name);
}

static int recording_write(const struct run_cell *cell, const struct churn_recording *recording,
	const char *path, struct run_summary *summary, struct err *err)
{
	struct churn_trace trace;
	char note[STORE_NAME_MAX + 80];
	int rc = 0;

	if (recording->count == 0)
		return record_nothing(cell, err);
	if (!path)
		return 0;
	rc = churn_record_finish(recording, &trace, err);
	if (rc)
		return rc;
	snprintf(note, sizeof(note), "%s%s", cell->name,
		recording->lost ? "; recorded until there was no more room" : "");
	rc = churn_write(&trace, path, note, err);
	summary->recorded = trace.count;
	summary->recorded_lost = recording->lost;
	churn_free(&trace);
	return rc;
}

int record_cell(struct run_cell *cell, uint64_t operations, const char *path,
	struct run_summary *summary, struct err *err)
{
	struct churn_recording recording;
	struct run_trial trial = {.cell = cell,
		.name = cell->name,
		.operations = operations,
		.measured = true,
		.recording = &recording};
	uint64_t acts = operations > cell->params.trace_events ? operations
	                                                       : cell->params.trace_events;
	int rc = churn_record_open(&recording, ACTS_A_OPERATION * acts + ACTS_MIN, err);

	if (rc)
		return rc;
	rc = cell_trial(&trial, err);
	if (rc == -EILSEQ)
		rc = 0; /* a finding is recorded and does not stop the run */
	if (rc == 0)
		rc = recording_write(cell, &recording, path, summary, err);
	churn_record_close(&recording);
	return rc;
}
