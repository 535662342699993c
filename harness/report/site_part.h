/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * site_part.h: what the files of the site share; see site.h.
 *
 *	site.c          the order of building, what is taken away
 *	site_data.c     the record as the pages need it
 *	site_run.c      runs: their pages, their figures for compare.html, what their repetitions say of a series
 *	site_series.c   pages of series; site_trend.c draws them
 *	site_front.c    index.html; site_changes.c entries and changes.html; site_nights.c nights.html, compare.html
 *	site_html.c     head and foot of a page, and the small things that stand in several
 *
 * Build order: site_open -> site_runs -> site_series_pages -> site_front ... -> site_close. Runs come first because they
 * tell how far a night's repetitions spread; series before the front, because they leave their summary and sparkline behind.
 */
#ifndef REPORT_SITE_PART_H
#define REPORT_SITE_PART_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "harness/report/site.h"

#define SITE_TITLE_END " - dmabench</title>" /* by which a page of a site is known */

#define SITE_KEY_MAX   24 /* "3f2a9c01b7e4d588" */
#define SITE_SPARK_MAX 60 /* nights in a sparkline */
#define SITE_LEVEL     20 /* nights before the newest that it is held against */

/* What a driver held in a case, as its newest run tells. */
#define SITE_HELD(X)                                                                               \
	X(common_buffer_peak_bytes)                                                                \
	X(common_buffer_mean_bytes)                                                                \
	X(common_buffer_end_bytes)                                                                 \
	X(common_buffer_used_peak_bytes)                                                           \
	X(common_buffer_internal_fragmentation)                                                    \
	X(common_buffer_external_fragmentation)                                                    \
	X(common_buffer_largest_free_bytes)                                                        \
	X(pool_internal_fragmentation)                                                             \
	X(pinned_peak_bytes)                                                                       \
	X(pinned_mean_bytes)                                                                       \
	X(mapped_peak_bytes)                                                                       \
	X(mapped_mean_bytes)                                                                       \
	X(map_registers_peak)                                                                      \
	X(map_registers_mean)                                                                      \
	X(bounce_held_peak_bytes)                                                                  \
	X(sg_list_peak_bytes)

enum site_held {
#define X(name) SITE_HELD_##name,
	SITE_HELD(X)
#undef X
		SITE_HELD_COUNT,
};

/* Where most repetitions of a night lay; NAN: no run of it tells. */
struct site_spread {
	double p10, p25, p75, p90;
};

struct site_series {
	const struct store_series *of;
	char key[SITE_KEY_MAX];
	char *label;                /* its case in few words */
	int counter;                /* enum store_counter of its metric; -1: none */
	struct site_spread *spread; /* by place of the night; NULL: none */
	double *value;              /* of the night whose runs are being read */
	uint32_t value_count;
	double held[SITE_HELD_COUNT]; /* NAN: not kept */
	bool held_any;
	/* Left behind by site_series_pages. */
	uint32_t points, usable;
	bool tonight;              /* it has a point of the newest night */
	struct store_point newest; /* of those that count, else of all */
	double level; /* median of up to SITE_LEVEL that count before the newest, since it changed; NAN */
	double noise, detectable; /* the newest that were judged; NAN */
	char *spark;              /* path of its sparkline, NULL: none */
	uint32_t spark_count;     /* places in it, of these nights */
	int64_t spark_night[SITE_SPARK_MAX];
};

struct site_run {
	char id[STORE_ID_MAX];
	char title[96];
	uint64_t started_wall_ns;
	enum store_state state;
	enum store_part part;
	uint32_t night; /* its place */
	uint32_t cells;
};

struct site_place {
	int64_t night_id;
	uint32_t place;
};

struct site {
	struct store *store;
	char folder[PATH_MAX], drawing[PATH_MAX]; /* drawing: "" until it is made */
	struct store_night *night;                /* in the order of series */
	uint32_t night_count;
	uint32_t newest;          /* place of the night that began last */
	struct site_place *place; /* by night_id */
	struct store_series *list;
	struct site_series *series; /* in the order of list */
	uint32_t *by_name;          /* places in series, by name, metric, device */
	uint32_t series_count;
	struct store_cause *cause; /* newest first */
	uint32_t cause_count;
	struct store_change *change;
	uint32_t change_count;
	struct site_run *run; /* oldest first */
	uint32_t run_count;
	int metric
		[STORE_COUNTER_COUNT]; /* those of series that runs have too: enum store_counter */
	uint32_t metric_count;
	struct site_tally tally;
};

/* ---- site_data.c ------------------------------------------------------------------------------------- */

/* site_open - reads nights, series, causes and changes. In any case site_close gives all back, the drawing folder too. */
int site_open(struct site *site, struct store *store, const char *folder, struct err *err);
void site_close(struct site *site);

/* site_place - where a night stands; night_count: nowhere. */
uint32_t site_place(const struct site *site, int64_t night_id);

/* site_series_of - the series with that row number, or NULL. */
const struct site_series *site_series_of(const struct site *site, int64_t series_id);
const struct store_cause *site_cause_of(const struct site *site, int64_t cause_id);

/* site_series_named - the first place in by_name whose series is of case @name; *@count receives how many are. */
uint32_t site_series_named(const struct site *site, const char *name, uint32_t *count);

/*
 * site_labels - gives every series its label: the words of its case's name, less what all cases of its family have alike.
 * site_shared - what they have alike, for the families of all series, as paragraphs.
 */
int site_labels(struct site *site, struct err *err);
void site_shared(const struct site *site, FILE *out);

/* site_is_run_id - whether @id looks like one, "20261121-031502-4f2a", and so may become the name of a file. */
bool site_is_run_id(const char *id);

/* Whether an entry still wants somebody's eye: new, confirmed, acknowledged. */
bool site_cause_open(const struct store_cause *cause);

/* ---- site_run.c --------------------------------------------------------------------------------------- */

/* site_runs - pages and figures of all runs of all nights; fills run, spread and held. */
int site_runs(struct site *site, struct err *err);

/* ---- site_series.c, site_trend.c --------------------------------------------------------------------- */

/* One series with its points, while its page is made. */
struct site_line {
	struct site_series *series;
	struct store_point *point;
	uint32_t count;
	const struct store_change **change; /* its changes, in order of writing */
	uint32_t change_count;
	double *scratch; /* room for as many values as there are points */
};

int site_series_pages(struct site *site, struct err *err);

/* site_change_begins - whether a new level begins at that point, by a change that is no noise or by its being fixed. */
bool site_change_begins(const struct site_line *line, uint32_t place);

/* site_trends - draws the trends of @count series as <drawing>/<key>.svg, by one gnuplot. */
int site_trends(struct site *site, const struct site_line *line, uint32_t count, struct err *err);

/* site_spread - of a point of @series, NULL: its runs do not tell. */
const struct site_spread *site_spread(
	const struct site *site, const struct site_series *series, const struct store_point *point);

/* site_median - of the points from @first up to @end that count; NAN: none does. */
double site_median(const struct site_line *line, uint32_t first, uint32_t end);

/* ---- pages that lead to others ----------------------------------------------------------------------- */

int site_front(struct site *site, struct err *err);
int site_changes(struct site *site, struct err *err);
int site_nights(struct site *site, struct err *err);
int site_compare(struct site *site, struct err *err);

/* site_entry - one entry with @most of its changes. */
void site_entry(const struct site *site, const struct store_cause *cause, uint32_t most, FILE *out);

/* ---- site_html.c ------------------------------------------------------------------------------------- */

/* site_head - up to the beginning of main. @root: the way to index.html, "" or "../"; @here: "index.html" ... or "". */
void site_head(FILE *out, const char *root, const char *title, const char *here);
void site_foot(const struct site *site, FILE *out, const char *root);

/* site_value - @value with the unit of @metric. */
char *site_value(const char *metric, double value, char *out, size_t room);
/* site_off - the newest against its level, as a share; NAN: there is no level. */
double site_off(const struct site_series *series);
/* The day of a night, "2026-11-21". */
char *site_date(const struct store_point *point, char *out, size_t room);
/* "+3.1 %", "-" for NAN. */
char *site_percent(double share, bool sign, char *out, size_t room);
/* "+3.1 % [+2.8, +3.4]", or "4 -> 8" where there is no ratio. */
char *site_magnitude(const struct store_change *change, const char *metric, char *out, size_t room);
bool site_change_better(const struct store_change *change, const struct store_series *series);

/* site_commit - an id, cut for the eye. site_commits - "behind A up to B", "at B". */
void site_commit(FILE *out, const char *commit);
void site_commits(FILE *out, const struct store_cause *cause);

/* site_spark - the sparkline of @series; with a mark before night @night_id, 0: none. */
void site_spark(const struct site_series *series, int64_t night_id, FILE *out);

/* site_number - the beginning of a cell with a number: <td class="n" data-v="...">, for sorting. */
void site_number(FILE *out, double value);

/* site_script_text - a string of a script, with its quotes; fit for HTML too. site_script_real - null for NAN. */
void site_script_text(FILE *out, const char *text);
void site_script_real(FILE *out, double value);

#endif
