// SPDX-License-Identifier: BSD-2-Clause
/*
 * night_cause.c: entries: changes of one family and direction that came at about the same night are one. Called by night_judge.c
 * and the command line.
 */
#include "bench/night.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/opt/opt.h"

/* A change point of a noisy series is off by a night or two. */
#define CAUSE_NIGHTS 3

int night_causes_open(struct night_causes *causes, struct store *store, struct err *err)
{
	*causes = (struct night_causes){.store = store};
	int rc = store_nights(store, &causes->night, &causes->night_count, err);

	rc = rc ? rc : store_causes(store, &causes->cause, &causes->count, err);
	if (rc)
		night_causes_close(causes);
	return rc;
}

void night_causes_close(struct night_causes *causes)
{
	free(causes->night);
	free(causes->cause);
	*causes = (struct night_causes){0};
}

uint32_t night_causes_place(const struct night_causes *causes, int64_t night_id)
{
	uint32_t at = 0;

	while (at < causes->night_count && causes->night[at].night_id != night_id)
		at++;
	return at;
}

static const char *commit_of(const struct night_causes *causes, int64_t night_id)
{
	const uint32_t at = night_causes_place(causes, night_id);

	return at < causes->night_count ? causes->night[at].commit_id : "";
}

static bool cause_fits(const struct night_causes *causes, const struct store_cause *cause,
	const struct store_series *series, bool better, uint32_t place)
{
	const uint32_t began = night_causes_place(causes, cause->night_id);

	return cause->better == better && strcmp(cause->family, series->family) == 0 &&
	       cause->state != STORE_CHANGE_FIXED && cause->state != STORE_CHANGE_NOISE &&
	       place <= began + CAUSE_NIGHTS && began <= place + CAUSE_NIGHTS;
}

/* A new entry, also in @causes. */
static int cause_make(struct night_causes *causes, const struct store_series *series, bool better,
	const struct store_change *change, int64_t before, struct err *err)
{
	struct store_cause *more = realloc(
		causes->cause, (causes->count + 1) * sizeof(*causes->cause));

	if (!more)
		return err_short(err, -ENOMEM, "no memory for an entry");
	causes->cause = more;
	struct store_cause *cause = &causes->cause[causes->count];

	*cause = (struct store_cause){
		.better = better, .night_id = change->night_id, .state = change->state};
	snprintf(cause->family, sizeof(cause->family), "%s", series->family);
	snprintf(cause->commit_before, sizeof(cause->commit_before), "%s",
		commit_of(causes, before));
	snprintf(cause->commit_after, sizeof(cause->commit_after), "%s",
		commit_of(causes, change->night_id));
	int rc = store_cause_write(causes->store, cause, err);

	causes->count += rc == 0;
	return rc;
}

int night_causes_join(struct night_causes *causes, const struct store_series *series,
	struct store_change *change, int64_t before, struct err *err)
{
	const bool better = (change->after > change->before) == series->more_is_better;
	const uint32_t place = night_causes_place(causes, change->night_id);
	int rc = 0;

	/* What a re-run refuted stands by itself, or it would hide among what is real. */
	for (uint32_t i = 0; i < causes->count && !change->cause_id; i++) {
		const struct store_cause *cause = &causes->cause[i];

		if (change->state == STORE_CHANGE_NOISE ||
			!cause_fits(causes, cause, series, better, place))
			continue;
		change->cause_id = cause->cause_id;
		/* A person knows of it, so one more series is no news. */
		if (cause->state == STORE_CHANGE_ACKNOWLEDGED)
			change->state = STORE_CHANGE_ACKNOWLEDGED;
	}
	if (!change->cause_id) {
		rc = cause_make(causes, series, better, change, before, err);
		if (!rc)
			change->cause_id = causes->cause[causes->count - 1].cause_id;
	}
	return rc ? rc : store_change_write(causes->store, change, err);
}

/* ---- what a person says ---------------------------------------------------------------------------------- */

static int word_parse(const char *word, enum store_change_state *state, struct err *err)
{
	for (int i = STORE_CHANGE_CONFIRMED; store_change_state_words[i]; i++) {
		if (strcmp(store_change_state_words[i], word) == 0) {
			*state = (enum store_change_state)i;
			return 0;
		}
	}
	const char *near = opt_nearest(word, store_change_state_words + STORE_CHANGE_CONFIRMED);

	return err_set(err, ERR_USAGE, -EINVAL,
		"--as %s: expected confirmed, acknowledged, fixed or noise%s%s%s", word,
		near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static struct store_cause *cause_find(
	const struct night_causes *causes, const char *id, struct err *err)
{
	uint64_t number = 0;

	if (opt_parse_count(id, &number) == 0) {
		for (uint32_t i = 0; i < causes->count; i++) {
			if ((uint64_t)causes->cause[i].cause_id == number)
				return &causes->cause[i];
		}
	}
	err_set(err, ERR_USAGE, -ENOENT,
		"'%.40s': no such entry; dmabench nightly list shows their numbers", id);
	return NULL;
}

static int changes_settle(struct store *store, const struct store_cause *cause,
	enum store_change_state state, struct err *err)
{
	struct store_change *change;
	uint32_t count;
	int rc = store_changes(store, 0, cause->cause_id, &change, &count, err);

	for (uint32_t i = 0; i < count && !rc; i++) {
		/* What was settled one way or the other stays, unless the whole entry is. */
		if (cause->state <= STORE_CHANGE_ACKNOWLEDGED &&
			change[i].state > STORE_CHANGE_ACKNOWLEDGED)
			continue;
		change[i].state = state;
		snprintf(change[i].why, sizeof(change[i].why), "said by a person");
		rc = store_change_write(store, &change[i], err);
	}
	free(change);
	return rc;
}

int night_ack(
	struct store *store, const char *id, const char *word, const char *note, struct err *err)
{
	enum store_change_state state = STORE_CHANGE_ACKNOWLEDGED;
	struct night_causes causes;
	int rc = word ? word_parse(word, &state, err) : 0;

	rc = rc ? rc : night_causes_open(&causes, store, err);
	if (rc)
		return rc;
	struct store_cause *cause = cause_find(&causes, id, err);

	rc = cause ? store_together(store, err) : -ENOENT;
	if (!rc) {
		if (note)
			snprintf(cause->note, sizeof(cause->note), "%s", note);
		rc = store_cause_write(store, cause, err);
		rc = rc ? rc : changes_settle(store, cause, state, err);
		rc = store_together_end(store, rc, err);
	}
	night_causes_close(&causes);
	return rc;
}

int night_open_regressions(struct store *store, struct err *err)
{
	struct store_cause *cause;
	uint32_t count;
	int open = 0, rc = store_causes(store, &cause, &count, err);

	for (uint32_t i = 0; i < count; i++)
		open += !cause[i].better && cause[i].changes &&
		        cause[i].state <= STORE_CHANGE_CONFIRMED;
	free(cause);
	return rc ? rc : open;
}
