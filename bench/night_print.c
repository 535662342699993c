// SPDX-License-Identifier: BSD-2-Clause
/*
 * night_print.c: a night and the entries, as text and as JSON, out of the record. Called by the command line; judges nothing.
 */
#include "bench/night.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/opt/opt.h"

#define CHANGES_SHOWN 5 /* of an entry */

/* What is printed: series are looked up by their number. */
struct printing {
	struct store *store;
	const struct store_night *night;
	struct night_causes causes;
	struct store_series *series;
	uint32_t series_count;
	struct store_change *change; /* all */
	uint32_t change_count;
};

static int printing_open(struct printing *printing, struct store *store,
	const struct store_night *night, struct err *err)
{
	*printing = (struct printing){.store = store, .night = night};
	int rc = night_causes_open(&printing->causes, store, err);

	rc = rc ? rc : store_series_list(store, 0, &printing->series, &printing->series_count, err);
	return rc ? rc
	          : store_changes(store, 0, 0, &printing->change, &printing->change_count, err);
}

static void printing_close(struct printing *printing)
{
	night_causes_close(&printing->causes);
	free(printing->series);
	free(printing->change);
}

static const struct store_series *series_of(const struct printing *printing, int64_t id)
{
	static const struct store_series none = {.name = "?", .metric = "?"};

	for (uint32_t i = 0; i < printing->series_count; i++) {
		if (printing->series[i].series_id == id)
			return &printing->series[i];
	}
	return &none;
}

static const char *cause_word(const struct store_cause *cause)
{
	return cause->better ? "improvement" : "regression";
}

/* "+3.1 % [+2.8, +3.4]" */
static void change_format(const struct store_change *change, char *out, size_t room)
{
	if (!isfinite(change->ratio))
		snprintf(out, room, "%g -> %g", change->before, change->after);
	else if (!isfinite(change->ratio_low) || !isfinite(change->ratio_high))
		snprintf(out, room, "%+.1f %%", 100 * (change->ratio - 1));
	else
		snprintf(out, room, "%+.1f %% [%+.1f, %+.1f]", 100 * (change->ratio - 1),
			100 * (change->ratio_low - 1), 100 * (change->ratio_high - 1));
}

static bool change_shown(const struct store_change *change, const struct store_cause *cause)
{
	return change->cause_id == cause->cause_id &&
	       (change->state != STORE_CHANGE_NOISE || cause->state == STORE_CHANGE_NOISE);
}

static void changes_print(
	const struct printing *printing, const struct store_cause *cause, FILE *out)
{
	unsigned shown = 0, left = 0;
	char size[64];

	for (uint32_t i = 0; i < printing->change_count; i++) {
		const struct store_change *change = &printing->change[i];
		const struct store_series *series = series_of(printing, change->series_id);

		if (!change_shown(change, cause))
			continue;
		if (shown == CHANGES_SHOWN) {
			left++;
			continue;
		}
		shown++;
		change_format(change, size, sizeof(size));
		fprintf(out, "    %-24s  %s\n        %s\n", size, series->metric, series->name);
		fprintf(out, "        %s: %s", store_change_state_words[change->state],
			change->why);
		/* What is counted has no p. */
		if (change->p > 0)
			fprintf(out, "; p %.2g, among all series %.2g", change->p,
				change->p_adjusted);
		putc('\n', out);
	}
	if (left)
		fprintf(out, "    and %u more\n", left);
}

static void cause_print(const struct printing *printing, const struct store_cause *cause, FILE *out)
{
	fprintf(out, "%s %lld  %s  %s  %u series  since night %s, ", cause_word(cause),
		(long long)cause->cause_id, store_change_state_words[cause->state],
		cause->family[0] ? cause->family : "other", cause->changes, cause->night);
	if (!cause->commit_before[0] || strcmp(cause->commit_before, cause->commit_after) == 0)
		fprintf(out, "at commit %s\n", cause->commit_after);
	else
		fprintf(out, "behind commit %s up to %s\n", cause->commit_before,
			cause->commit_after);
	if (cause->note[0])
		fprintf(out, "    note: %s\n", cause->note);
	changes_print(printing, cause, out);
}

/* Whether something happened to it in the night, if only that it turned out to be noise. */
static bool cause_is_of_night(const struct printing *printing, const struct store_cause *cause)
{
	for (uint32_t i = 0; printing->night && i < printing->change_count; i++) {
		const struct store_change *change = &printing->change[i];

		if (change->cause_id == cause->cause_id &&
			(change->found_night_id == printing->night->night_id ||
				change->fixed_night_id == printing->night->night_id))
			return true;
	}
	return false;
}

int night_print(struct store *store, const struct store_night *night, FILE *out, struct err *err)
{
	struct printing printing;
	unsigned shown = 0;
	int rc = printing_open(&printing, store, night, err);

	for (uint32_t i = 0; i < printing.causes.count && !rc; i++) {
		const struct store_cause *cause = &printing.causes.cause[i];

		if (cause->state > STORE_CHANGE_ACKNOWLEDGED &&
			!cause_is_of_night(&printing, cause))
			continue;
		cause_print(&printing, cause, out);
		shown++;
	}
	if (!rc && !shown)
		fputs("no change is open\n", out);
	printing_close(&printing);
	return rc;
}

/* ---- JSON ---------------------------------------------------------------------------------------------- */

/* NAN and infinity, which JSON has not, are null. */
static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *change_json(const struct printing *printing, const struct store_change *change)
{
	const struct store_series *series = series_of(printing, change->series_id);
	const uint32_t place = night_causes_place(&printing->causes, change->night_id);
	const char *night = place < printing->causes.night_count ? printing->causes.night[place].id
	                                                         : "";

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:f, s:f}", "name",
		series->name, "metric", series->metric, "state",
		store_change_state_words[change->state], "why", change->why, "night", night,
		"before", number(change->before), "after", number(change->after), "ratio",
		number(change->ratio), "ratio_low", number(change->ratio_low), "ratio_high",
		number(change->ratio_high), "p", change->p, "p_adjusted", change->p_adjusted);
}

static json_t *cause_json(const struct printing *printing, const struct store_cause *cause)
{
	json_t *changes = json_array();

	for (uint32_t i = 0; changes && i < printing->change_count; i++) {
		if (printing->change[i].cause_id == cause->cause_id)
			json_array_append_new(changes, change_json(printing, &printing->change[i]));
	}
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "entry",
		(json_int_t)cause->cause_id, "kind", cause_word(cause), "state",
		store_change_state_words[cause->state], "family", cause->family, "night",
		cause->night, "commit_before", cause->commit_before, "commit_after",
		cause->commit_after, "note", cause->note, "changes", changes);
}

static json_t *night_object(const struct store_night *night, const struct night_tally *tally)
{
	if (!night)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:b, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "id",
		night->id, "suite", night->suite, "commit", night->commit_id, "usable",
		night->usable, "why", night->why, "series", (int)tally->series, "suspects",
		(int)tally->suspects, "measured_again", (int)tally->again, "refuted",
		(int)tally->refuted, "held_back", (int)tally->held, "found", (int)tally->found,
		"fixed", (int)tally->fixed);
}

json_t *night_json(struct store *store, const struct store_night *night,
	const struct night_tally *tally, struct err *err)
{
	struct printing printing;
	json_t *entries = json_array(), *root = NULL;
	int rc = printing_open(&printing, store, night, err);

	for (uint32_t i = 0; entries && i < printing.causes.count && !rc; i++)
		json_array_append_new(entries, cause_json(&printing, &printing.causes.cause[i]));
	printing_close(&printing);
	if (!rc)
		root = json_pack(
			"{s:o, s:o}", "night", night_object(night, tally), "entries", entries);
	else
		json_decref(entries);
	if (!root)
		err_short(err, -ENOMEM, "no memory for the entries");
	return root;
}
