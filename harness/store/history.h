/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * history.h: nights, series over nights, and where a series changed; the second half of the record (store.h is the first).
 *
 *	night 1---n night_run n---1 run      what was measured that night, and for what
 *	series 1---n point n---1 night       the figure of one case and metric, one a night
 *	cause 1---n change n---1 series      a series' level changed at a night; one cause is one entry for who reads it
 *
 * A series is known by its case with all parameters, the metric, the device, settings that are not in the name, the host
 * (hardware, kernel, IOMMU mode, governor) and the versions of the libraries: when one of them changes another series begins.
 * Its points are in the order of the commits measured, and of time where the commit is the same or its time is not known.
 *
 * Call order: store_open -> store_night_begin -> (store_night_run, store_series_find, store_point)* -> judging: store_points,
 * store_change_write ... -> store_night_end. Readers: store_open_readonly -> store_nights, store_series, store_points,
 * store_changes, in any order.
 * Ownership: what a reading function gives is one allocation that free() takes back; with a count of 0 it may be NULL.
 * Threads and errors: as store.h.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "harness/store/store.h"

#define STORE_HOST_MAX   400
#define STORE_WHY_MAX    240
#define STORE_COMMIT_MAX 64
#define STORE_NOTE_MAX   400

/* ---- nights ------------------------------------------------------------------------------------------ */

struct store_night {
	int64_t night_id;
	char id[STORE_ID_MAX]; /* "20261121-031502-4f2a" */
	char suite[STORE_WORD_MAX];
	char commit_id[STORE_COMMIT_MAX];
	uint64_t commit_wall_ns; /* 0: not known */
	uint64_t started_wall_ns, ended_wall_ns;
	double budget_s;
	enum store_state state;
	int exit_code;
	bool usable; /* the noise audit trusts it; else @why, and its points of kind wall do not count */
	char why[STORE_WHY_MAX];
	char process[96]; /* who measures it, while state is running */
};

/* What a run was measured for. */
enum store_part { STORE_PART_SUITE, STORE_PART_AGAIN, STORE_PART_CONFIRM };

extern const char *const store_part_words[]; /* "suite", "again", "confirm", NULL */

/*
 * store_night_begin - writes a new night in state running, from suite, commit_id, commit_wall_ns, budget_s, process and, unless
 * 0, started_wall_ns of @night, and gives it night_id, id and started_wall_ns.
 * store_night_take - makes @process the one who measures it, state running again. -EALREADY (ERR_USAGE): somebody was faster.
 * store_night_run - notes that run @run_id ("20261121-...") belongs to the night; again: nothing.
 * store_night_usable - whether the noise audit trusts it. store_night_end - its end.
 * Return: 0; -ENOENT (ERR_USAGE) no such run.
 */
int store_night_begin(struct store *store, struct store_night *night, struct err *err);
int store_night_take(
	struct store *store, struct store_night *night, const char *process, struct err *err);
int store_night_run(struct store *store, int64_t night_id, const char *run_id, enum store_part part,
	struct err *err);
int store_night_usable(
	struct store *store, int64_t night_id, bool usable, const char *why, struct err *err);
int store_night_end(struct store *store, int64_t night_id, enum store_state state, int exit_code,
	struct err *err);

/* store_nights - all of them, in the order of series. */
int store_nights(struct store *store, struct store_night **night, uint32_t *count, struct err *err);

struct store_night_part {
	char run_id[STORE_ID_MAX];
	enum store_state state; /* of the run */
	enum store_part part;
};

/* store_night_parts - the runs of a night, in the order of measuring. */
int store_night_parts(struct store *store, int64_t night_id, struct store_night_part **part,
	uint32_t *count, struct err *err);

/* ---- series and points ------------------------------------------------------------------------------- */

enum store_series_kind {
	STORE_SERIES_WALL, /* measured against a clock: it has noise */
	STORE_SERIES_EXACT /* counted: bytes held, instructions, virtual time; it hardly has any */
};

extern const char *const store_series_kind_words[]; /* "wall", "exact", NULL */

struct store_series {
	int64_t series_id;
	char name[STORE_NAME_MAX]; /* of the case */
	char family[STORE_WORD_MAX];
	char metric[STORE_WORD_MAX +
		    32]; /* name of a counter, "real_time_ns", "instructions_per_op" ... */
	enum store_series_kind kind;
	bool more_is_better;
	char device[STORE_WORD_MAX];
	char settings[STORE_EXTRA_MAX]; /* "verify:sample" */
	char host[STORE_HOST_MAX];
	char versions[STORE_EXTRA_MAX];
	uint32_t points; /* read back: how many, usable or not */
};

/* store_series_find - the row of this series, made if it is new, in @series->series_id. Its kind and direction are updated. */
int store_series_find(struct store *store, struct store_series *series, struct err *err);

/* store_series_list - all of them by family, name and metric. @night_id: only those with a point in that night, 0: all. */
int store_series_list(struct store *store, int64_t night_id, struct store_series **series,
	uint32_t *count, struct err *err);

struct store_point {
	int64_t series_id, night_id;
	double value;
	double low, high; /* 95 % interval within the night; NAN: too few repetitions */
	uint32_t repetitions;
	bool usable;             /* it counts */
	char why[STORE_WHY_MAX]; /* it is not */
	double noise; /* relative standard deviation from night to night, as judged that night; NAN: not judged */
	double detectable; /* smallest relative change that the next four nights would show; NAN */
	/* Read back, of its night. */
	char night[STORE_ID_MAX], commit_id[STORE_COMMIT_MAX];
	uint64_t started_wall_ns;
};

/* store_point - writes the figure of a night, or writes it anew. */
int store_point(struct store *store, const struct store_point *point, struct err *err);

/* store_points - of one series, in order, usable or not. */
int store_points(struct store *store, int64_t series_id, struct store_point **point,
	uint32_t *count, struct err *err);

/* ---- changes ----------------------------------------------------------------------------------------- */

/*
 *	new ---> confirmed ---> acknowledged (a person) ---> fixed (the level from before is back)
 *	  \---------\----------> noise (re-runs or later nights do not show it, or a person says so)
 */
enum store_change_state {
	STORE_CHANGE_NEW,
	STORE_CHANGE_CONFIRMED,
	STORE_CHANGE_ACKNOWLEDGED,
	STORE_CHANGE_FIXED,
	STORE_CHANGE_NOISE,
};

extern const char *const store_change_state_words[];

/* One entry: changes of one family, one direction and one commit. */
struct store_cause {
	int64_t cause_id;
	char family[STORE_WORD_MAX];
	bool better;
	int64_t night_id; /* first at the new level */
	char commit_before[STORE_COMMIT_MAX],
		commit_after[STORE_COMMIT_MAX]; /* it came behind the first, up to the last */
	char note[STORE_NOTE_MAX];
	/* Read back. */
	char night[STORE_ID_MAX];
	uint32_t changes;              /* that are no noise; where all are, all of them */
	enum store_change_state state; /* the least settled one of its changes */
};

/* store_cause_write - a new one (cause_id 0, which it gets), or its commits, night and note anew. */
int store_cause_write(struct store *store, struct store_cause *cause, struct err *err);

/* store_causes - all of them, the newest first. */
int store_causes(struct store *store, struct store_cause **cause, uint32_t *count, struct err *err);

struct store_change {
	int64_t change_id, cause_id, series_id;
	int64_t night_id;       /* first at the new level */
	int64_t found_night_id; /* when it was found */
	int64_t fixed_night_id; /* 0: it is not */
	enum store_change_state state;
	char why[STORE_WHY_MAX]; /* it is in this state */
	double before, after;    /* levels, in the metric's unit */
	double ratio, ratio_low,
		ratio_high;   /* after / before with its 95 % interval; NAN: before is 0 */
	double p, p_adjusted; /* by itself, and among all series of the night */
};

/* store_change_write - a new one (change_id 0, which it gets), or all of it anew. */
int store_change_write(struct store *store, struct store_change *change, struct err *err);

/* store_changes - of a series, of a cause, or (both 0) all, in order of writing. */
int store_changes(struct store *store, int64_t series_id, int64_t cause_id,
	struct store_change **change, uint32_t *count, struct err *err);

#endif
