// SPDX-License-Identifier: BSD-2-Clause
/*
 * record.c: from acts, in the order in which they were seen, to a whole trace. Called by who recorded them, when all is
 * over; churn_record itself is in the header.
 */
#include "harness/churn/build.h"

#include <errno.h>
#include <stdlib.h>

#include "drivers/support/fault.h"

int churn_record_open(struct churn_recording *recording, uint64_t room, struct err *err)
{
	if (room > CHURN_EVENTS_MAX)
		room = CHURN_EVENTS_MAX;
	*recording = (struct churn_recording){.room = (uint32_t)room};
	if (!fault_point("churn_recording"))
		recording->act = calloc(room + 1, sizeof(*recording->act));
	return recording->act ? 0
	                      : err_short(err, -ENOMEM, "no memory to record %llu events",
					(unsigned long long)room);
}

void churn_record_close(struct churn_recording *recording)
{
	free(recording->act);
	*recording = (struct churn_recording){0};
}

static bool act_takes(const struct churn_act *act)
{
	return act->op == CHURN_ALLOCATE || act->op == CHURN_LOCK;
}

static int build_act(struct build *build, const struct churn_act *act)
{
	return act_takes(act) ? build_take(build, act, build->trace.count) : build_give(build, act);
}

/* Puts into @front what must have been held when the recording began. */
static int front_find(
	const struct churn_recording *recording, struct build *held, struct build *front)
{
	for (uint32_t i = 0; i < recording->count; i++) {
		struct churn_act act = recording->act[i];
		int rc = build_act(held, &act);

		if (rc == -ENOENT) {
			act.op--; /* what it gives back was taken in this way */
			rc = build_take(front, &act, i);
		}
		if (rc)
			return rc;
	}
	return 0;
}

static int rest_give(struct build *build)
{
	const uint32_t slots = build->trace.slots;

	for (uint32_t i = 0; i < slots; i++) {
		const struct build_held *slot = &build->slot[i];

		if (!slot->held)
			continue;
		int rc = build_give(
			build, &(struct churn_act){.object = slot->object, .op = slot->op + 1});

		if (rc)
			return rc;
	}
	return 0;
}

/* @held only finds out what @build, which ends up as the trace, must begin with. */
static int recording_build(
	const struct churn_recording *recording, struct build *held, struct build *build)
{
	int rc = front_find(recording, held, build);

	for (uint32_t i = 0; i < recording->count && rc == 0; i++)
		rc = build_act(build, &recording->act[i]);
	return rc ? rc : rest_give(build);
}

static int finish_failed(int rc, struct err *err)
{
	switch (rc) {
	case -ENOMEM:
		return err_short(err, rc,
			"no memory to make a trace of what was "
			"recorded");
	case -ENOBUFS:
		return err_set(err, ERR_MISSING, rc,
			"more than %u held at once, which a trace cannot name; record a case that "
			"holds less (depth, cache.entries, churn.live)",
			CHURN_SLOTS_MAX);
	case -E2BIG:
		return err_set(err, ERR_MISSING, rc,
			"more than %u events with those that make the trace whole; record for a "
			"shorter duration",
			CHURN_EVENTS_MAX);
	default:
		return err_set(err, ERR_INTERNAL, -EBADMSG,
			"what was recorded cannot be: something was taken twice, or given back "
			"as what it is not (%d)",
			rc);
	}
}

int churn_record_finish(
	const struct churn_recording *recording, struct churn_trace *trace, struct err *err)
{
	struct build *held = build_open(), *build = build_open();
	int rc = held && build ? recording_build(recording, held, build) : -ENOMEM;

	*trace = (struct churn_trace){0};
	build_drop(held);
	if (rc) {
		build_drop(build);
		return finish_failed(rc, err);
	}
	build_finish(build, trace);
	return 0;
}
