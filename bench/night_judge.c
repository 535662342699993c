// SPDX-License-Identifier: BSD-2-Clause
/*
 * night_judge.c: all series of a night together: what changed in each, which changes to believe among so many, the suspects
 * measured once more, and the changes told before brought up to date. Called by the command line and by its tests; measures
 * nothing itself. How one series is judged is in harness/track, where entries come from in night_cause.c.
 */
#include "bench/night.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/opt/opt.h"
#include "harness/stats/compare.h"
#include "harness/track/track.h"

#define SAME_NIGHTS   4  /* a change point found again may have moved so far */
#define RECENT_NIGHTS 20 /* what began before that, and was not told then, is history */
#define YOUNG_NIGHTS  10 /* of fewer nothing is told where figures have noise: it is not known yet */
#define SURE_NIGHTS   5  /* at the new level confirm a change without a re-run */
#define BACK_SHARE                                                                                 \
	0.25 /* of the change may be left for it to count as undone, and the noise of a night */

/* One series of the night, its usable points only. */
struct judged {
	struct store_series *series; /* of the list */
	struct store_point *point;
	double *x;
	uint32_t count, tonight; /* tonight: count if its point is not usable */
	struct track_limits limits;
	struct track_verdict verdict;
	struct store_change *known;
	uint32_t known_count;
	const struct track_change *candidate; /* of the verdict; NULL: none that is new */
	struct store_change *revived;         /* it was noise before, by no person; NULL */
	struct store_change *undoes;          /* the level from before is back; NULL */
	double p, p_adjusted;
	struct night_suspect *suspect; /* NULL: nothing to look at again */
	bool confirmed, refuted;
};

struct judging {
	struct store *store;
	const struct store_night *night;
	struct night_tally *tally;
	struct night_causes causes;
	struct store_series *series;
	struct judged *judged;
	uint32_t count;
	struct night_suspect *suspect;
};

/* ---- reading ------------------------------------------------------------------------------------------- */

/* Leaves the usable ones, and room for re-runs behind them. */
static int judged_values(struct judged *judged, uint32_t all, int64_t night_id, struct err *err)
{
	judged->x = calloc(all + NIGHT_RERUNS + 1, sizeof(*judged->x));
	if (!judged->x)
		return err_short(err, -ENOMEM, "no memory for %u points", all);
	judged->count = 0;
	judged->tonight = UINT32_MAX;
	for (uint32_t i = 0; i < all; i++) {
		if (!judged->point[i].usable)
			continue;
		if (judged->point[i].night_id == night_id)
			judged->tonight = judged->count;
		judged->point[judged->count] = judged->point[i];
		judged->x[judged->count++] = judged->point[i].value;
	}
	if (judged->tonight == UINT32_MAX)
		judged->tonight = judged->count;
	return 0;
}

/* A level of 0 has no ratio to another, and no noise. */
static bool judged_is_exact(const struct judged *judged)
{
	bool exact = judged->series->kind == STORE_SERIES_EXACT;

	for (uint32_t i = 0; i < judged->count && !exact; i++)
		exact = judged->x[i] == 0;
	return exact;
}

static int judged_read(struct judging *judging, struct judged *judged, struct err *err)
{
	const int64_t id = judged->series->series_id;
	uint32_t all;
	int rc = store_points(judging->store, id, &judged->point, &all, err);

	rc = rc ? rc : judged_values(judged, all, judging->night->night_id, err);
	rc = rc ? rc
	        : store_changes(judging->store, id, 0, &judged->known, &judged->known_count, err);
	if (rc)
		return rc;
	judged->limits = judged_is_exact(judged) ? track_limits_exact() : track_limits_wall();
	if (night_is_counted(judged->series))
		judged->limits.effect_min = NIGHT_COUNTED_MIN;
	rc = track_judge(judged->x, judged->count, &judged->limits, &judged->verdict);
	return rc ? err_set(err, rc == -ENOMEM ? ERR_MISSING : ERR_USAGE, rc,
			    "%s, %s: its points cannot be judged", judged->series->name,
			    judged->series->metric)
	          : 0;
}

static void judged_free(struct judged *judged)
{
	free(judged->point);
	free(judged->x);
	free(judged->known);
	track_verdict_free(&judged->verdict);
}

static void judging_close(struct judging *judging)
{
	for (uint32_t i = 0; judging->judged && i < judging->count; i++)
		judged_free(&judging->judged[i]);
	free(judging->judged);
	free(judging->suspect);
	free(judging->series);
	night_causes_close(&judging->causes);
}

static int judging_open(struct judging *judging, struct err *err)
{
	int rc = night_causes_open(&judging->causes, judging->store, err);

	rc = rc ? rc
	        : store_series_list(judging->store, judging->night->night_id, &judging->series,
			  &judging->count, err);
	if (rc)
		return rc;
	judging->judged = calloc(judging->count + 1, sizeof(*judging->judged));
	judging->suspect = calloc(judging->count + 1, sizeof(*judging->suspect));
	if (!judging->judged || !judging->suspect)
		return err_short(err, -ENOMEM, "no memory for %u series", judging->count);
	for (uint32_t i = 0; i < judging->count && !rc; i++) {
		judging->judged[i].series = &judging->series[i];
		rc = judged_read(judging, &judging->judged[i], err);
	}
	return rc;
}

/* ---- old changes --------------------------------------------------------------------------------------- */

/* Where a night stands among the usable points; the count: nowhere. */
static uint32_t night_place(const struct judged *judged, int64_t night_id)
{
	uint32_t at = 0;

	while (at < judged->count && judged->point[at].night_id != night_id)
		at++;
	return at;
}

static uint32_t known_place(const struct judged *judged, const struct store_change *known)
{
	return night_place(judged, known->night_id);
}

static bool is_near(const struct judged *judged, uint32_t place, const struct track_change *change)
{
	/* Behind the last night are re-runs. */
	return place < judged->count && change->index < judged->count &&
	       change->index <= place + SAME_NIGHTS && place <= change->index + SAME_NIGHTS;
}

static bool known_is(const struct judged *judged, const struct store_change *known,
	const struct track_change *change)
{
	return is_near(judged, known_place(judged, known), change) &&
	       (change->after > change->before) == (known->after > known->before);
}

/* Whether @change is the end of @known, told as such. */
static bool known_ended(const struct judged *judged, const struct store_change *known,
	const struct track_change *change)
{
	return known->fixed_night_id &&
	       is_near(judged, night_place(judged, known->fixed_night_id), change) &&
	       (change->after > change->before) != (known->after > known->before);
}

static const struct track_change *verdict_of(
	const struct judged *judged, const struct store_change *known)
{
	for (size_t i = 0; i < judged->verdict.count; i++) {
		if (known_is(judged, known, &judged->verdict.change[i]))
			return &judged->verdict.change[i];
	}
	return NULL;
}

static void change_update(
	struct store_change *change, const struct judged *judged, const struct track_change *found)
{
	change->night_id = judged->point[found->index].night_id;
	change->before = found->before;
	change->after = found->after;
	change->ratio = found->ratio;
	change->ratio_low = found->interval.low;
	change->ratio_high = found->interval.high;
	change->p = found->p;
}

static bool is_open(const struct store_change *change)
{
	return change->state <= STORE_CHANGE_ACKNOWLEDGED;
}

/* A change told before, as the series looks now. */
static int known_refresh(
	struct judging *judging, struct judged *judged, struct store_change *known, struct err *err)
{
	const struct track_change *found = verdict_of(judged, known);

	if (!is_open(known))
		return 0;
	if (found) {
		change_update(known, judged, found);
		const size_t nights = judged->count - found->index;

		if (known->state == STORE_CHANGE_NEW && nights >= SURE_NIGHTS) {
			known->state = STORE_CHANGE_CONFIRMED;
			snprintf(known->why, sizeof(known->why), "%zu nights show it", nights);
		}
	} else if (known->state == STORE_CHANGE_NEW && known_place(judged, known) < judged->count) {
		known->state = STORE_CHANGE_NOISE;
		snprintf(known->why, sizeof(known->why), "later nights do not show it");
	}
	return store_change_write(judging->store, known, err);
}

/* ---- new ones ------------------------------------------------------------------------------------------ */

/* Whether the level behind @change is, or by its interval can be, that from before the open change @known. */
static bool is_back(const struct judged *judged, const struct store_change *known,
	const struct track_change *change)
{
	const double moved = known->after - known->before;
	const double low = change->before * change->interval.low,
		     high = change->before * change->interval.high;

	if (!is_open(known) || (change->after > change->before) == (moved > 0) ||
		change->index <= known_place(judged, known))
		return false;
	return (low <= known->before && known->before <= high) ||
	       fabs(change->after - known->before) <= BACK_SHARE * fabs(moved);
}

static uint32_t young_nights(const struct judged *judged)
{
	return judged->limits.exact ? 0 : YOUNG_NIGHTS;
}

/* The newest change that was not told before; what a person called noise is not told again. */
static void candidate_find(struct judged *judged)
{
	for (size_t i = judged->verdict.count; i-- && !judged->candidate;) {
		const struct track_change *change = &judged->verdict.change[i];
		bool told = change->index + RECENT_NIGHTS < judged->count ||
		            change->index < young_nights(judged);

		judged->revived = NULL;
		for (uint32_t k = 0; k < judged->known_count && !told; k++) {
			struct store_change *known = &judged->known[k];

			told = known_ended(judged, known, change);
			if (told || !known_is(judged, known, change))
				continue;
			if (known->state == STORE_CHANGE_NOISE &&
				strcmp(known->why, "said by a person") != 0)
				judged->revived = known;
			else
				told = true;
		}
		judged->candidate = told ? NULL : change;
	}
	judged->p = judged->candidate ? judged->candidate->p : 1;
}

/* Tonight's value by itself, where the series as a whole shows nothing yet. */
static bool tonight_is_odd(const struct judged *judged)
{
	const struct track_verdict *verdict = &judged->verdict;

	return !judged->candidate && judged->tonight + 1 == judged->count &&
	       judged->tonight >= young_nights(judged) && verdict->start < judged->tonight &&
	       track_odd(judged->x, judged->tonight, verdict, &judged->limits,
		       judged->x[judged->tonight]);
}

static void suspects_find(struct judging *judging)
{
	for (uint32_t i = 0; i < judging->count; i++) {
		struct judged *judged = &judging->judged[i];

		judging->tally->series += judged->tonight < judged->count;
		if (judged->tonight == judged->count)
			continue;
		candidate_find(judged);
		if (!judged->candidate && !tonight_is_odd(judged))
			continue;
		judged->suspect = &judging->suspect[judging->tally->suspects++];
		judged->suspect->series = judged->series;
		for (unsigned k = 0; k < NIGHT_RERUNS; k++)
			judged->suspect->again[k] = (double)NAN;
	}
}

/* What is suspected: from which level to which, and from where on. */
struct suspicion {
	size_t place;
	double before, after;
};

static struct suspicion suspicion_of(const struct judged *judged)
{
	const struct track_change *change = judged->candidate;

	if (change)
		return (struct suspicion){change->index, change->before, change->after};
	return (struct suspicion){
		judged->tonight, judged->verdict.level, judged->x[judged->tonight]};
}

/*
 * Whether the re-runs, by themselves, lie on the far side of the middle between the levels. As further nights they would also bear
 * out a chance run of high nights that they only dilute.
 */
static bool reruns_agree(const struct suspicion *suspicion, const double *rerun, uint32_t count)
{
	const double middle = (suspicion->before + suspicion->after) / 2;
	const double found = stats_mean(rerun, count);

	return suspicion->after > suspicion->before ? found > middle : found < middle;
}

/* The suspected change in a verdict on the nights and the re-runs; NULL: none any more. */
static const struct track_change *suspicion_find(const struct judged *judged,
	const struct suspicion *suspicion, const struct track_verdict *verdict)
{
	const struct track_change *found = NULL;

	for (size_t i = 0; i < verdict->count; i++) {
		const struct track_change *change = &verdict->change[i];

		if (change->index < judged->count &&
			change->index + SAME_NIGHTS >= suspicion->place &&
			change->index <= suspicion->place + SAME_NIGHTS &&
			(change->after > change->before) == (suspicion->after > suspicion->before))
			found = change;
	}
	return found;
}

/* Whether the change, or the odd value, is still one with the re-runs as further nights; what is told then is what all say. */
static int suspect_judge(struct judged *judged, struct err *err)
{
	const struct suspicion suspicion = suspicion_of(judged);
	struct track_verdict verdict;
	uint32_t n = judged->count;

	for (unsigned k = 0; k < NIGHT_RERUNS; k++) {
		if (isfinite(judged->suspect->again[k]))
			judged->x[n++] = judged->suspect->again[k];
	}
	if (n == judged->count)
		return 0;
	int rc = track_judge(judged->x, n, &judged->limits, &verdict);
	const struct track_change *found =
		rc || !reruns_agree(&suspicion, judged->x + judged->count, n - judged->count)
			? NULL
			: suspicion_find(judged, &suspicion, &verdict);

	judged->confirmed = found != NULL;
	judged->refuted = !found;
	judged->p = found ? found->p : 1;
	if (!found) {
		track_verdict_free(&verdict);
		return rc ? err_short(err, rc, "no memory to judge a re-run") : 0;
	}
	track_verdict_free(&judged->verdict);
	judged->verdict = verdict;
	judged->candidate = found;
	return 0;
}

static int suspects_again(struct judging *judging, const struct night_hooks *hooks, struct err *err)
{
	struct night_tally *tally = judging->tally;

	if (!tally->suspects || !hooks || !hooks->again)
		return 0;
	int rc = hooks->again(hooks->arg, judging->suspect, tally->suspects, err);

	for (uint32_t i = 0; i < judging->count && !rc; i++) {
		struct judged *judged = &judging->judged[i];

		if (!judged->suspect)
			continue;
		rc = suspect_judge(judged, err);
		tally->again += judged->confirmed || judged->refuted;
		tally->refuted += judged->refuted;
	}
	return rc;
}

/* Which open change a new one undoes; only now, because re-runs may have moved its level, or shown it in the first place. */
static void undone_find(struct judged *judged)
{
	for (uint32_t k = 0; k < judged->known_count && judged->candidate; k++) {
		if (is_back(judged, &judged->known[k], judged->candidate))
			judged->undoes = &judged->known[k];
	}
}

/* All series count, also those without a candidate: theirs is p 1. */
static int changes_believe(struct judging *judging, struct err *err)
{
	double *p = calloc(2 * (size_t)judging->count + 1, sizeof(*p));
	double *adjusted = p ? p + judging->count : NULL;
	uint32_t n = 0;

	if (!p)
		return err_short(err, -ENOMEM, "no memory for %u series", judging->count);
	for (uint32_t i = 0; i < judging->count; i++)
		if (judging->judged[i].tonight < judging->judged[i].count)
			p[n++] = judging->judged[i].candidate ? judging->judged[i].p : 1;
	int rc = stats_fdr(p, n, adjusted);

	n = 0;
	for (uint32_t i = 0; i < judging->count && !rc; i++)
		if (judging->judged[i].tonight < judging->judged[i].count)
			judging->judged[i].p_adjusted = adjusted[n++];
	free(p);
	return rc ? err_short(err, rc, "no memory for the p of %u series", n) : 0;
}

/* ---- telling ------------------------------------------------------------------------------------------- */

static void change_explain(struct store_change *change, const struct judged *judged)
{
	unsigned reruns = 0;

	for (unsigned k = 0; k < NIGHT_RERUNS; k++)
		reruns += isfinite(judged->suspect->again[k]) ? 1 : 0;
	if (judged->confirmed)
		snprintf(change->why, sizeof(change->why),
			"%u re-run%s of the same night show%s it too", reruns, opt_plural(reruns),
			reruns == 1 ? "s" : "");
	else if (judged->refuted)
		snprintf(change->why, sizeof(change->why),
			"%u re-run%s of the same night do%s not show it", reruns,
			opt_plural(reruns), reruns == 1 ? "es" : "");
	else
		snprintf(change->why, sizeof(change->why), "found, not measured again yet");
}

static int change_tell(struct judging *judging, struct judged *judged, struct err *err)
{
	struct store_change fresh = {.series_id = judged->series->series_id};
	struct store_change *change = judged->revived ? judged->revived : &fresh;
	const size_t index = judged->candidate->index;

	change_update(change, judged, judged->candidate);
	change->found_night_id = judging->night->night_id;
	change->p_adjusted = judged->p_adjusted;
	change->state = judged->refuted     ? STORE_CHANGE_NOISE
	                : judged->confirmed ? STORE_CHANGE_CONFIRMED
	                                    : STORE_CHANGE_NEW;
	change_explain(change, judged);
	judging->tally->found += !judged->refuted;
	/* Noise that is real after all leaves the entry where it stood as noise. */
	if (change->state != STORE_CHANGE_NOISE)
		change->cause_id = 0;
	return night_causes_join(&judging->causes, judged->series, change,
		index ? judged->point[index - 1].night_id : 0, err);
}

static int change_undo(struct judging *judging, struct judged *judged, struct err *err)
{
	struct store_change *change = judged->undoes;

	change->state = STORE_CHANGE_FIXED;
	change->fixed_night_id = judged->point[judged->candidate->index].night_id;
	snprintf(change->why, sizeof(change->why), "the level from before is back");
	judging->tally->fixed++;
	return store_change_write(judging->store, change, err);
}

static int judged_tell(struct judging *judging, struct judged *judged, struct err *err)
{
	if (!judged->candidate)
		return 0;
	if (judged->refuted)
		return judged->undoes || judged->revived ? 0 : change_tell(judging, judged, err);
	if (judged->p_adjusted > NIGHT_FDR) {
		judging->tally->held++;
		return 0;
	}
	return judged->undoes ? change_undo(judging, judged, err)
	                      : change_tell(judging, judged, err);
}

static int point_update(struct judging *judging, struct judged *judged, struct err *err)
{
	if (judged->tonight == judged->count)
		return 0;
	struct store_point *point = &judged->point[judged->tonight];

	point->noise = judged->verdict.noise;
	point->detectable = judged->verdict.detectable;
	return store_point(judging->store, point, err);
}

static int by_p(const void *left, const void *right)
{
	const struct judged *a = *(const struct judged *const *)left,
			    *b = *(const struct judged *const *)right;

	return a->p != b->p ? (a->p > b->p) - (a->p < b->p) : (a > b) - (a < b);
}

/* The clearest first: its night and commits are those of the entry that others join. */
static int changes_tell(struct judging *judging, struct err *err)
{
	struct judged **order = calloc(judging->count + 1, sizeof(struct judged *));
	int rc = 0;

	if (!order)
		return err_short(err, -ENOMEM, "no memory for %u series", judging->count);
	for (uint32_t i = 0; i < judging->count; i++)
		order[i] = &judging->judged[i];
	qsort(order, judging->count, sizeof(struct judged *), by_p);
	for (uint32_t i = 0; i < judging->count && !rc; i++)
		rc = judged_tell(judging, order[i], err);
	free(order);
	return rc;
}

static int judged_refresh(struct judging *judging, struct judged *judged, struct err *err)
{
	int rc = point_update(judging, judged, err);

	for (uint32_t k = 0; k < judged->known_count && !rc; k++) {
		if (&judged->known[k] != judged->revived)
			rc = known_refresh(judging, judged, &judged->known[k], err);
	}
	return rc;
}

/* All that is written, together: a night is judged or it is not. */
static int judging_write(struct judging *judging, struct err *err)
{
	int rc = store_together(judging->store, err);

	if (rc)
		return rc;
	for (uint32_t i = 0; i < judging->count && !rc; i++)
		rc = judged_refresh(judging, &judging->judged[i], err);
	rc = rc ? rc : changes_tell(judging, err);
	return store_together_end(judging->store, rc, err);
}

int night_judge(struct store *store, const struct store_night *night,
	const struct night_hooks *hooks, struct night_tally *tally, struct err *err)
{
	struct judging judging = {.store = store, .night = night, .tally = tally};

	*tally = (struct night_tally){0};
	int rc = judging_open(&judging, err);

	if (!rc)
		suspects_find(&judging);
	rc = rc ? rc : suspects_again(&judging, hooks, err);
	for (uint32_t i = 0; i < judging.count && !rc; i++)
		undone_find(&judging.judged[i]);
	rc = rc ? rc : changes_believe(&judging, err);
	rc = rc ? rc : judging_write(&judging, err);
	judging_close(&judging);
	return rc;
}
