// SPDX-License-Identifier: BSD-2-Clause
/*
 * compare.c: see compare.h. Called by the command line; the statistics are harness/stats'. compare_print.c shows it.
 */
#include "harness/report/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"

/* Rank tests need 1 / 0.955 as many values as the t test does of normal ones (Hodges and Lehmann 1956). */
#define RANK_EFFICIENCY 0.955

/* Values of both sides of a case; equal length where paired. */
struct sides {
	double *a, *b;
	uint32_t count_a, count_b;
};

bool compare_more_is_better(enum store_counter metric)
{
	switch (metric) {
	case STORE_bytes_per_second:
	case STORE_items_per_second:
	case STORE_ceiling_ratio:
	case STORE_verified_ops:
	case STORE_sustained:
	case STORE_steady:
	case STORE_common_buffer_turns_per_second:
	case STORE_common_buffer_largest_free_bytes:
	case STORE_requester_share_min:
		return true;
	default:
		return false;
	}
}

bool compare_judges(enum store_counter metric)
{
	switch (metric) {
	case STORE_offered_per_second:
	case STORE_op_mean_bytes:
	case STORE_to_device_share:
	case STORE_batches:
	case STORE_batch_lag1:
	case STORE_recoveries:
	case STORE_resets:
		return false;
	default:
		return true;
	}
}

static bool usable(const struct store_sample *sample, enum store_counter metric)
{
	return !sample->failed && sample->counter[metric] > 0 && isfinite(sample->counter[metric]);
}

static void sides_free(struct sides *sides)
{
	free(sides->a);
	free(sides->b);
	*sides = (struct sides){0};
}

static int sides_alloc(struct sides *sides, const struct store_cell *a, const struct store_cell *b)
{
	const size_t room = (size_t)a->sample_count + b->sample_count + 1;

	*sides = (struct sides){0};
	sides->a = fault_point("compare_sides") ? NULL : calloc(room, sizeof(*sides->a));
	sides->b = calloc(room, sizeof(*sides->b));
	if (sides->a && sides->b)
		return 0;
	sides_free(sides);
	return -ENOMEM;
}

static void sides_take(struct sides *sides, const struct store_cell *a, const struct store_cell *b,
	enum store_counter metric)
{
	for (uint32_t i = 0; i < a->sample_count; i++)
		if (usable(&a->sample[i], metric))
			sides->a[sides->count_a++] = a->sample[i].counter[metric];
	for (uint32_t i = 0; i < b->sample_count; i++)
		if (usable(&b->sample[i], metric))
			sides->b[sides->count_b++] = b->sample[i].counter[metric];
}

static const struct store_sample *sample_of_block(
	const struct store_cell *cell, uint32_t block, enum store_counter metric)
{
	for (uint32_t i = 0; i < cell->sample_count; i++)
		if (cell->sample[i].block == block && usable(&cell->sample[i], metric))
			return &cell->sample[i];
	return NULL;
}

static void sides_pair(struct sides *sides, const struct store_cell *a, const struct store_cell *b,
	enum store_counter metric)
{
	for (uint32_t i = 0; i < a->sample_count; i++) {
		const struct store_sample *other = sample_of_block(b, a->sample[i].block, metric);

		if (!other || !usable(&a->sample[i], metric))
			continue;
		sides->a[sides->count_a++] = a->sample[i].counter[metric];
		sides->b[sides->count_b++] = other->counter[metric];
	}
}

/* The smallest difference called: what noise hides, on top of what the limits let pass. */
static double visible(double deviation, uint32_t n, uint32_t m, const struct stats_limits *limits)
{
	double sigmas = stats_detectable(n, m, COMPARE_LEVEL, COMPARE_POWER);
	double limit = 1 + fmax(limits->effect_min, limits->floor);

	return limit * exp(sigmas * deviation / sqrt(RANK_EFFICIENCY)) - 1;
}

/* Both sides become logarithms. */
static void sides_log(struct sides *sides)
{
	for (uint32_t i = 0; i < sides->count_a; i++)
		sides->a[i] = log(sides->a[i]);
	for (uint32_t i = 0; i < sides->count_b; i++)
		sides->b[i] = log(sides->b[i]);
}

static bool is_time(enum store_counter metric)
{
	return (metric >= STORE_lat_mean_ns && metric <= STORE_resp_max_ns) ||
	       (metric >= STORE_phase_total_ns && metric <= STORE_phase_residue_ns) ||
	       (metric >= STORE_time_low_ns && metric <= STORE_lat_p99_high_ns);
}

/* Where @metric is a time of one operation or follows from it: that time of a side whose median is @median. NAN else. */
static double operation_ns(enum store_counter metric, const struct store_cell *cell, double median)
{
	switch (metric) {
	case STORE_items_per_second:
		return 1e9 / median;
	case STORE_bytes_per_second:
		return (double)cell->params.size_bytes * 1e9 / median;
	case STORE_ceiling_ratio:
		return (double)cell->params.size_bytes * 1e9 /
		       (median * cell->ceiling_bytes_per_second);
	case STORE_cpu_ns_per_op:
		return median;
	default:
		return is_time(metric) ? median : (double)NAN;
	}
}

static bool has_ledger(const struct store_cell *cell)
{
	return cell->sample_count && isfinite(cell->sample[0].counter[STORE_phase_total_ns]);
}

/* As a share of the faster side's time, so that a ratio of 1 + floor is a difference of just what measuring costs. */
static double floor_of(const struct compare_case *c, const struct store_cell *a,
	const struct store_cell *b, const struct compare_wish *wish)
{
	const double floor_ns = has_ledger(a) || has_ledger(b) ? wish->observer.ledger_ns
	                                                       : wish->observer.plain_ns;
	const double time_ns = fmin(operation_ns(wish->metric, a, c->median_a),
		operation_ns(wish->metric, b, c->median_b));

	return time_ns > 0 && isfinite(time_ns) ? floor_ns / time_ns : 0;
}

static struct stats_limits limits_with(const struct stats_limits *limits, double floor)
{
	struct stats_limits out = *limits;

	out.floor = floor;
	return out;
}

static void judge_pairs(struct compare_case *c, struct sides *s, const struct stats_limits *limits)
{
	c->ratio = stats_pair_ratio(s->a, s->b, s->count_a, COMPARE_LEVEL);
	sides_log(s);
	for (uint32_t i = 0; i < s->count_a; i++)
		s->b[i] -= s->a[i];
	c->p = stats_signed_rank(s->b, s->count_b, 0).p;
	c->visible = visible(stats_stddev(s->b, s->count_b), s->count_b, 0, limits);
}

static void judge_samples(
	struct compare_case *c, struct sides *s, const struct stats_limits *limits)
{
	c->ratio = stats_shift_ratio(s->a, s->count_a, s->b, s->count_b, COMPARE_LEVEL);
	c->p = stats_mann_whitney(s->a, s->count_a, s->b, s->count_b).p;
	sides_log(s);
	/* One side alone is no comparison: to stats_detectable 0 means pairs. */
	if (!s->count_a || !s->count_b) {
		c->visible = (double)INFINITY;
		return;
	}
	c->visible = visible(
		hypot(stats_stddev(s->a, s->count_a), stats_stddev(s->b, s->count_b)) / sqrt(2),
		s->count_a, s->count_b, limits);
}

static uint32_t failed_count(const struct store_cell *cell)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < cell->sample_count; i++)
		count += cell->sample[i].failed;
	return count;
}

static int case_fill(struct compare_case *c, const struct store_cell *a, const struct store_cell *b,
	const struct compare_wish *wish)
{
	struct sides sides;
	int rc = sides_alloc(&sides, a, b);

	if (rc)
		return rc;
	memcpy(c->name, a->name, sizeof(c->name));
	c->failed_a = failed_count(a);
	c->failed_b = failed_count(b);
	c->paired = wish->paired || wish->strategy_a != NULL;
	if (c->paired)
		sides_pair(&sides, a, b, wish->metric);
	else
		sides_take(&sides, a, b, wish->metric);
	c->count_a = sides.count_a;
	c->count_b = sides.count_b;
	c->median_a = stats_median(sides.a, sides.count_a);
	c->median_b = stats_median(sides.b, sides.count_b);
	c->floor = floor_of(c, a, b, wish);
	const struct stats_limits limits = limits_with(&wish->limits, c->floor);

	if (c->paired)
		judge_pairs(c, &sides, &limits);
	else
		judge_samples(c, &sides, &limits);
	sides_free(&sides);
	return 0;
}

/* "transfer/strategy:packet/dir:..." with the other strategy in place of its own. */
static void renamed(const struct store_cell *cell, const char *strategy, char name[STORE_NAME_MAX])
{
	const char *word = strstr(cell->name, "/strategy:");
	const char *rest = word ? strchr(word + 1, '/') : NULL;

	snprintf(name, STORE_NAME_MAX, "%.*s/strategy:%s%s",
		word ? (int)(word - cell->name) : STORE_NAME_MAX - 1, cell->name, strategy,
		rest ? rest : "");
}

static const struct store_cell *partner(
	const struct store_run *b, const struct store_cell *cell, const struct compare_wish *wish)
{
	char name[STORE_NAME_MAX];

	if (wish->strategy_b)
		renamed(cell, wish->strategy_b, name);
	else
		snprintf(name, sizeof(name), "%s", cell->name);
	for (uint32_t i = 0; i < b->cell_count; i++)
		if (strcmp(b->cell[i].name, name) == 0)
			return &b->cell[i];
	return NULL;
}

static bool wanted(const struct store_cell *cell, const char *strategy)
{
	return !strategy || strcmp(cell->params.strategy, strategy) == 0;
}

static int cases_fill(struct compare *out, const struct store_run *a, const struct store_run *b,
	const struct compare_wish *wish)
{
	for (uint32_t i = 0; i < a->cell_count; i++) {
		if (!wanted(&a->cell[i], wish->strategy_a))
			continue;
		const struct store_cell *other = partner(b, &a->cell[i], wish);

		if (!other) {
			out->only_a++;
			continue;
		}
		int rc = case_fill(&out->cases[out->case_count++], &a->cell[i], other, wish);

		if (rc)
			return rc;
	}
	for (uint32_t i = 0; i < b->cell_count; i++)
		out->only_b += wanted(&b->cell[i], wish->strategy_b);
	out->only_b -= out->case_count;
	return 0;
}

static void case_judge(struct compare_case *c, const struct compare *in)
{
	const struct stats_limits floored = limits_with(&in->limits, c->floor);
	const struct stats_interval *ratio = &c->ratio.interval;

	c->verdict = stats_verdict(ratio, c->p_adjusted, in->more_is_better, &floored);
	c->same = stats_same(ratio, &in->limits);
	c->hidden = c->verdict == STATS_UNCLEAR &&
	            stats_verdict(ratio, c->p_adjusted, in->more_is_better, &in->limits) !=
	                    STATS_UNCLEAR;
}

/* Verdicts come last: p is adjusted over the cases that could be compared at all. */
static int cases_judge(struct compare *out)
{
	double *p = fault_point("compare_p") ? NULL : calloc(out->case_count + 1u, sizeof(*p));
	size_t count = 0;
	int rc = -ENOMEM;

	if (!p)
		return rc;
	for (uint32_t i = 0; i < out->case_count; i++)
		if (!isnan(out->cases[i].p))
			p[count++] = out->cases[i].p;
	rc = stats_fdr(p, count, p);
	count = 0;
	for (uint32_t i = 0; i < out->case_count && !rc; i++) {
		struct compare_case *c = &out->cases[i];

		c->p_adjusted = isnan(c->p) ? c->p : p[count++];
		case_judge(c, out);
	}
	free(p);
	return rc;
}

static void label(char *out, size_t room, const struct store_run *run, const char *strategy)
{
	snprintf(out, room, "%s%s%s%s", run->id, strategy ? ", " : "", strategy ? strategy : "",
		run->simulated ? " (simulated)" : "");
}

int compare_make(struct compare *out, const struct store_run *a, const struct store_run *b,
	const struct compare_wish *wish, struct err *err)
{
	*out = (struct compare){.metric = wish->metric,
		.more_is_better = compare_more_is_better(wish->metric),
		.limits = limits_with(&wish->limits, 0),
		.observer = wish->observer};
	label(out->label_a, sizeof(out->label_a), a, wish->strategy_a);
	label(out->label_b, sizeof(out->label_b), b, wish->strategy_b);
	out->cases = fault_point("compare_cases") ? NULL
	                                          : calloc(a->cell_count + 1u, sizeof(*out->cases));
	int rc = out->cases ? cases_fill(out, a, b, wish) : -ENOMEM;

	if (!rc && !out->case_count)
		rc = err_set(err, ERR_USAGE, -ENOENT,
			"%s and %s have no case in common; compare runs of one job, or two "
			"strategies that the run measured",
			out->label_a, out->label_b);
	else if (!rc)
		rc = cases_judge(out);
	if (rc == -ENOMEM)
		err_short(err, rc, "no memory for a comparison of %u cases", a->cell_count);
	if (rc)
		compare_free(out);
	return rc;
}

void compare_free(struct compare *compare)
{
	free(compare->cases);
	*compare = (struct compare){0};
}

uint32_t compare_hidden(const struct compare *compare)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < compare->case_count; i++)
		count += compare->cases[i].hidden;
	return count;
}

uint32_t compare_failed(const struct compare *compare, bool of_b)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < compare->case_count; i++)
		count += of_b ? compare->cases[i].failed_b : compare->cases[i].failed_a;
	return count;
}

uint32_t compare_count(const struct compare *compare, enum stats_verdict verdict)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < compare->case_count; i++)
		count += compare->cases[i].verdict == verdict;
	return count;
}
