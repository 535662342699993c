// SPDX-License-Identifier: BSD-2-Clause
/*
 * judge.c: one series: its changes, noise and level; see track.h. Finds weak points as divisive.h does, then takes away what is
 * smaller than the series' own noise or did not last. Knows nothing of cases, metrics or hosts.
 */
#include "harness/track/track.h"
#include "harness/track/track_priv.h"

#include "drivers/support/fault.h"
#include "harness/stats/dist.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ODD_LEVEL      0.99
#define ODD_VALUES_MIN 5
#define NIGHTS_TO_COME 4 /* within which a change should show */
#define POWER          0.8

struct track_limits track_limits_wall(void)
{
	return (struct track_limits){
		.p_max = 1e-3, .noise_times = 2.2, .effect_min = 0.005, .window = 50, .lasting = 4};
}

struct track_limits track_limits_exact(void)
{
	return (struct track_limits){.exact = true, .effect_min = 0.005, .window = 2, .lasting = 1};
}

/* ---- levels ------------------------------------------------------------------------------------------- */

/* A series in logarithms, cut into levels at its points. */
struct levels {
	const double *y;
	size_t n, count; /* values, points */
	struct track_point *point;
};

static size_t level_start(const struct levels *levels, size_t level)
{
	return level ? levels->point[level - 1].index : 0;
}

static size_t level_end(const struct levels *levels, size_t level)
{
	return level < levels->count ? levels->point[level].index : levels->n;
}

/* Squares around the levels, and the products of neighbours. */
struct residuals {
	double squares, products;
	size_t dof;
};

static struct residuals levels_residuals(const struct levels *levels)
{
	struct residuals sum = {0};

	for (size_t level = 0; level <= levels->count; level++) {
		const size_t start = level_start(levels, level), end = level_end(levels, level);
		const double mean = stats_mean(levels->y + start, end - start);

		for (size_t i = start; i < end; i++) {
			double apart = levels->y[i] - mean;

			sum.squares += apart * apart;
			if (i > start)
				sum.products += apart * (levels->y[i - 1] - mean);
		}
		sum.dof += end - start - 1;
	}
	return sum;
}

/* Standard deviation from night to night: of all levels together, since the newest may have a night or two only. */
static double levels_noise(const struct levels *levels)
{
	const struct residuals sum = levels_residuals(levels);

	return sum.dof ? sqrt(sum.squares / (double)sum.dof) : 0;
}

/* The sides of all points, up to their neighbours. */
static void levels_again(struct levels *levels)
{
	for (size_t i = 0; i < levels->count; i++)
		levels->point[i] = track_point_of(levels->y, level_start(levels, i),
			levels->point[i].index, level_end(levels, i + 1), levels->point[i].q);
}

static void levels_drop(struct levels *levels, size_t at)
{
	memmove(&levels->point[at], &levels->point[at + 1],
		(levels->count - at - 1) * sizeof(*levels->point));
	levels->count--;
	levels_again(levels);
}

/* ---- taking away what is none -------------------------------------------------------------------------- */

/* How large a change is against the noise: that of its own two sides, but not less than that of the whole series. */
static double point_size(const struct track_point *point, double noise)
{
	const double dof = (double)(point->left + point->right) - 2;
	const double squares = (double)point->left * point->sd_left * point->sd_left +
	                       (double)point->right * point->sd_right * point->sd_right;
	const double sides = dof > 0 ? sqrt(squares / dof) : 0;

	return fabs(point->mean_right - point->mean_left) / fmax(sides, noise);
}

static bool point_is_small(
	const struct track_point *point, double noise, const struct track_limits *limits)
{
	/* A noise of 0 makes any size infinite, and no change at all NAN. */
	return !(point_size(point, noise) > limits->noise_times) ||
	       fabs(point->mean_right - point->mean_left) <= log1p(limits->effect_min);
}

/* The point to take away next: the largest p above the limit, else the smallest that is too small; levels->count: none. */
static size_t levels_weakest(const struct levels *levels, const struct track_limits *limits)
{
	const double noise = levels_noise(levels);
	size_t worst = levels->count, small = levels->count;

	for (size_t i = 0; i < levels->count; i++) {
		const struct track_point *point = &levels->point[i];

		if (point->p > limits->p_max &&
			(worst == levels->count || point->p > levels->point[worst].p))
			worst = i;
		if (point_is_small(point, noise, limits) &&
			(small == levels->count ||
				point_size(point, noise) <
					point_size(&levels->point[small], noise)))
			small = i;
	}
	return worst < levels->count ? worst : small;
}

/* A level between two others that did not last: its first point; levels->count: none. */
static size_t levels_excursion(const struct levels *levels, const struct track_limits *limits)
{
	for (size_t i = 0; i + 1 < levels->count; i++) {
		if (levels->point[i + 1].index - levels->point[i].index < limits->lasting)
			return i;
	}
	return levels->count;
}

static void levels_settle(struct levels *levels, const struct track_limits *limits)
{
	size_t at;

	levels_again(levels);
	while (levels->count) {
		at = levels_weakest(levels, limits);
		if (at == levels->count)
			at = levels_excursion(levels, limits);
		if (at == levels->count)
			return;
		levels_drop(levels, at);
	}
}

/* ---- finding them --------------------------------------------------------------------------------------- */

static int levels_find(struct levels *levels, const struct track_limits *limits)
{
	struct track_rule rule = track_rule_default();

	rule.p_max = limits->p_max;
	rule.window = limits->window;
	int count = track_weak(levels->y, levels->n, &rule, levels->point);

	if (count < 0)
		return count;
	levels->count = (size_t)count;
	levels_settle(levels, limits);
	return 0;
}

static bool exact_differs(double value, double level, double effect_min)
{
	return level == 0 ? value != 0 : fabs(value / level - 1) > effect_min;
}

/* Night by night: a value that is off the median of the level so far begins the next one. */
static void levels_walk(struct levels *levels, const double *x, const struct track_limits *limits)
{
	size_t start = 0;

	for (size_t i = 1; i < levels->n; i++) {
		if (!exact_differs(x[i], stats_median(x + start, i - start), limits->effect_min))
			continue;
		levels->point[levels->count++] = (struct track_point){.index = i};
		start = i;
	}
	levels_again(levels);
	for (size_t i = 0; i < levels->count; i++)
		levels->point[i].p = 0;
}

/* ---- the verdict ---------------------------------------------------------------------------------------- */

/* Of after / before. @reach: by how many standard errors its ends are off, INFINITY where the noise is not known. */
static struct stats_interval ratio_interval(
	const struct track_point *point, double noise, double reach)
{
	struct stats_interval interval = track_unbounded(0.95);

	if (isinf(reach))
		return interval;
	const double half = reach * noise *
	                    sqrt(1.0 / (double)point->left + 1.0 / (double)point->right);
	const double shift = point->mean_right - point->mean_left;

	interval.low = exp(shift - half);
	interval.high = exp(shift + half);
	return interval;
}

static void change_fill(struct track_change *change, const struct levels *levels, size_t at,
	const double *x, double noise, double reach)
{
	const struct track_point *point = &levels->point[at];

	change->index = point->index;
	change->p = point->p;
	change->before = stats_median(x + level_start(levels, at), point->left);
	change->after = stats_median(x + point->index, point->right);
	change->ratio = change->before > 0 ? change->after / change->before : (double)NAN;
	change->interval = change->before > 0 && change->after > 0
	                           ? ratio_interval(point, noise, reach)
	                           : track_unbounded(0.95);
}

/*
 * The shift that a t test at p_max finds with the wanted chance when four more nights have it, but not less than the limits on
 * size. The sum of two quantiles of t: 3 % below the exact shift (stats_detectable) at ten nights, 1 % at forty, and a hundred times
 * as fast.
 */
static double detectable(size_t n, double noise, const struct track_limits *limits)
{
	const double dof = (double)(n + NIGHTS_TO_COME) - 2;
	const double seen = (stats_t_quantile(1 - limits->p_max / 2, dof) +
				    stats_t_quantile(POWER, dof)) *
	                    sqrt(1.0 / (double)n + 1.0 / NIGHTS_TO_COME);

	return fmax(expm1(fmax(seen, limits->noise_times) * noise), limits->effect_min);
}

static int verdict_fill(struct track_verdict *verdict, const struct levels *levels, const double *x,
	const struct track_limits *limits)
{
	const struct residuals sum = levels_residuals(levels);
	const size_t start = level_start(levels, levels->count), n = levels->n - start;
	/* The noise of the whole series, which has the more nights; Student's t of the logarithms. */
	const double noise = sum.dof ? sqrt(sum.squares / (double)sum.dof) : 0;
	const double reach = sum.dof && levels->count ? stats_t_quantile(0.975, (double)sum.dof)
	                                              : (double)INFINITY;

	verdict->change = fault_point("track_verdict")
	                          ? NULL
	                          : calloc(levels->count + 1, sizeof(*verdict->change));
	if (!verdict->change)
		return -ENOMEM;
	verdict->count = levels->count;
	for (size_t i = 0; i < levels->count; i++)
		change_fill(&verdict->change[i], levels, i, x, noise, reach);
	verdict->start = start;
	verdict->level = stats_median(x + start, n);
	/* The median of values that are all there is NAN only without memory. */
	bool whole = !isnan(verdict->level);

	for (size_t i = 0; i < levels->count; i++)
		whole = whole && !isnan(verdict->change[i].before) &&
		        !isnan(verdict->change[i].after);
	if (!whole)
		return -ENOMEM;
	if (!sum.dof || levels->n < 3)
		return 0;
	verdict->noise = noise;
	verdict->lag1 = sum.squares > 0 ? sum.products / sum.squares : 0;
	verdict->detectable = limits->exact ? limits->effect_min
	                                    : detectable(n, verdict->noise, limits);
	return 0;
}

static int values_check(const double *x, size_t n, const struct track_limits *limits)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]) || x[i] < 0 || (x[i] == 0 && !limits->exact))
			return -EINVAL;
	return 0;
}

int track_judge(
	const double *x, size_t n, const struct track_limits *limits, struct track_verdict *verdict)
{
	const double none = (double)NAN;
	int rc = values_check(x, n, limits);

	*verdict = (struct track_verdict){
		.level = none, .noise = none, .lag1 = none, .detectable = none};
	if (rc || !n)
		return rc;
	double *y = fault_point("track_judge") ? NULL : malloc(n * sizeof(*y));
	struct levels levels = {.y = y,
		.n = n,
		.point = fault_point("track_judge") ? NULL : calloc(n + 1, sizeof(*levels.point))};

	rc = y && levels.point ? 0 : -ENOMEM;
	for (size_t i = 0; i < n && !rc; i++)
		y[i] = x[i] > 0 ? log(x[i]) : 0; /* of a count of 0 no ratio is asked for */
	if (!rc && limits->exact)
		levels_walk(&levels, x, limits);
	else if (!rc)
		rc = levels_find(&levels, limits);
	rc = rc ? rc : verdict_fill(verdict, &levels, x, limits);
	free(levels.point);
	free(y);
	return rc;
}

void track_verdict_free(struct track_verdict *verdict)
{
	free(verdict->change);
	*verdict = (struct track_verdict){0};
}

bool track_odd(const double *x, size_t n, const struct track_verdict *verdict,
	const struct track_limits *limits, double value)
{
	const size_t start = verdict->start, count = n - start;
	double mean = 0, squares = 0;

	if (limits->exact)
		return n > start && exact_differs(value, verdict->level, limits->effect_min);
	if (n < start + ODD_VALUES_MIN || !(value > 0))
		return false;
	for (size_t i = start; i < n; i++)
		mean += log(x[i]) / (double)count;
	for (size_t i = start; i < n; i++)
		squares += (log(x[i]) - mean) * (log(x[i]) - mean);
	const double sd = sqrt(squares / (double)(count - 1));
	const double reach = stats_t_quantile((1 + ODD_LEVEL) / 2, (double)(count - 1)) * sd *
	                     sqrt(1 + 1 / (double)count);

	return fabs(log(value) - mean) > fmax(reach, log1p(limits->effect_min));
}
