// SPDX-License-Identifier: BSD-2-Clause
/*
 * divisive.c: the energy distance of splits, the best of them, and dividing again while a test allows; see divisive.h.
 * The windows around it are in windows.c. Knows nothing of nights or of what the values measure.
 */
#include "harness/track/track_priv.h"

#include "drivers/support/fault.h"
#include "harness/rng/rng.h"
#include "harness/stats/dist.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct track_rule track_rule_default(void)
{
	return (struct track_rule){
		.form = TRACK_FORM_U,
		.test = TRACK_TEST_T,
		.power = 1,
		.p_max = 0.001,
		.size_min = 1,
		.permutations = 100,
		.seed = 1,
		.window = 50,
	};
}

int track_rule_check(const double *x, size_t n, const struct track_rule *rule)
{
	if (!(rule->power > 0 && rule->power < 2) || !(rule->p_max >= 0 && rule->p_max <= 1) ||
		!rule->size_min || rule->window < 2)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return -EINVAL;
	return 0;
}

double track_magnitude(const struct track_point *point)
{
	double forth = point->mean_left != 0 ? fabs(point->mean_right / point->mean_left - 1) : 0;
	double back = point->mean_right != 0 ? fabs(point->mean_left / point->mean_right - 1) : 0;

	return fmax(forth, back);
}

/* ---- the best split ---------------------------------------------------------------------------------- */

/*
 * Sums of distances, kept up to date while t and k grow by one, so that all of Q costs O(n^2) time and O(n) memory:
 *	before[j]   of x[j] to all values before it
 *	left[j]     of x[j] to x[0 .. t)
 *	inverse[i]  1 / i; 0 for i = 0, which leaves out the pairs of a side with one value
 */
struct sums {
	double *before, *left, *inverse;
};

/* Adds the distances of x[i] to all values behind it; the loop of all tools' power by itself, where the time goes. */
static void sums_add(double *sum, const double *x, size_t n, size_t i, double power)
{
	if (power == 1) {
		for (size_t j = i + 1; j < n; j++)
			sum[j] += fabs(x[i] - x[j]);
		return;
	}
	for (size_t j = i + 1; j < n; j++)
		sum[j] += pow(fabs(x[i] - x[j]), power);
}

static void sums_begin(struct sums *sums, const double *x, size_t n, double power)
{
	memset(sums->before, 0, n * sizeof(*sums->before));
	memset(sums->left, 0, n * sizeof(*sums->left));
	for (size_t i = 0; i < n; i++)
		sums_add(sums->before, x, n, i, power);
}

/* @between: sum over pairs of both sides; @x, @y: within them, each pair once. */
static double q_of(const struct sums *sums, enum track_form form, double between, double x,
	double y, size_t n, size_t m)
{
	const double *inverse = sums->inverse;

	/* V counts each pair twice and a value with itself. */
	if (form == TRACK_FORM_V)
		return 2 * inverse[n + m] *
		       (between - (double)m * x * inverse[n] - (double)n * y * inverse[m]);
	return 2 * inverse[n + m] *
	       (between - (double)m * x * inverse[n - 1] - (double)n * y * inverse[m - 1]);
}

/* All right ends of the split at @t; @within: sum of the pairs on the left. */
static void split_at(const struct sums *sums, size_t n, size_t t, double within,
	const struct track_rule *rule, struct track_candidate *best)
{
	const size_t least = t + rule->size_min;
	double between = 0, right = 0;

	for (size_t k = t + 1; k <= n; k++) {
		between += sums->left[k - 1];
		right += sums->before[k - 1] - sums->left[k - 1];
		if (k < least || (rule->form == TRACK_FORM_V && k < n))
			continue;
		double q = q_of(sums, rule->form, between, within, right, t, k - t);

		if (!best->index || q > best->q)
			*best = (struct track_candidate){.index = t, .end = k, .q = q};
	}
}

/* @sums has room for @n. */
static struct track_candidate split_best(
	struct sums *sums, const double *x, size_t n, const struct track_rule *rule)
{
	struct track_candidate best = {0};
	double within = 0;

	if (n < 2 || n < 2 * (size_t)rule->size_min)
		return best;
	sums_begin(sums, x, n, rule->power);
	for (size_t t = 1; t + rule->size_min <= n; t++) {
		sums_add(sums->left, x, n, t - 1, rule->power);
		within += sums->before[t - 1];
		if (t >= rule->size_min)
			split_at(sums, n, t, within, rule, &best);
	}
	return best;
}

static int sums_open(struct sums *sums, size_t n)
{
	sums->before = fault_point("track_sums") ? NULL : malloc(3 * (n + 1) * sizeof(double));
	if (!sums->before)
		return -ENOMEM;
	sums->left = sums->before + n + 1;
	sums->inverse = sums->left + n + 1;
	sums->inverse[0] = 0;
	for (size_t i = 1; i <= n; i++)
		sums->inverse[i] = 1 / (double)i;
	return 0;
}

static void sums_close(struct sums *sums)
{
	free(sums->before);
}

int track_split(
	const double *x, size_t n, const struct track_rule *rule, struct track_candidate *best)
{
	struct sums sums;
	int rc = track_rule_check(x, n, rule);

	rc = rc ? rc : sums_open(&sums, n);
	if (rc)
		return rc;
	*best = split_best(&sums, x, n, rule);
	sums_close(&sums);
	return 0;
}

/* ---- tests ------------------------------------------------------------------------------------------- */

struct stats_test track_student(
	double mean_x, double sd_x, size_t n, double mean_y, double sd_y, size_t m)
{
	struct stats_test test = {.p = 1};

	if (!n || !m || n + m < 3)
		return test;
	test.dof = (double)(n + m - 2);
	double pooled = ((double)(n - 1) * sd_x * sd_x + (double)(m - 1) * sd_y * sd_y) / test.dof;
	double error = sqrt(pooled * (1.0 / (double)n + 1.0 / (double)m));

	if (error == 0) { /* two constants: nothing, or all there can be */
		test.p = mean_x == mean_y;
		test.statistic = mean_x == mean_y ? 0 : copysign((double)INFINITY, mean_x - mean_y);
		return test;
	}
	test.statistic = (mean_x - mean_y) / error;
	/* The tail itself and not 1 minus the rest: 1e-17 is a p like any other. */
	double square = test.statistic * test.statistic;

	test.p = stats_beta(test.dof / (test.dof + square), test.dof / 2, 0.5);
	return test;
}

static double spread(const double *x, size_t n, double mean)
{
	double squares = 0;

	for (size_t i = 0; i < n; i++)
		squares += (x[i] - mean) * (x[i] - mean);
	return sqrt(squares / (double)n);
}

struct track_point track_point_of(const double *x, size_t start, size_t index, size_t end, double q)
{
	struct track_point point = {
		.index = index, .q = q, .left = index - start, .right = end - index};

	point.mean_left = stats_mean(x + start, point.left);
	point.mean_right = stats_mean(x + index, point.right);
	point.sd_left = spread(x + start, point.left, point.mean_left);
	point.sd_right = spread(x + index, point.right, point.mean_right);
	point.p = track_student(point.mean_left, point.sd_left, point.left, point.mean_right,
		point.sd_right, point.right)
	                  .p;
	return point;
}

/* ---- dividing ---------------------------------------------------------------------------------------- */

/* The parts of a series that is being divided: bound[i] .. bound[i + 1), and the best split of each. */
struct parts {
	const double *x;
	const struct track_rule *rule;
	struct sums sums;
	size_t count;
	size_t *bound;
	struct track_candidate *best; /* index relative to the part */
	double *shuffled;             /* permutation test only */
	struct rng rng;
};

static void parts_close(struct parts *parts)
{
	sums_close(&parts->sums);
	free(parts->bound);
	free(parts->best);
	free(parts->shuffled);
}

static int parts_open(struct parts *parts, const double *x, size_t n, const struct track_rule *rule)
{
	*parts = (struct parts){.x = x, .rule = rule, .count = 1};
	rng_seed(&parts->rng, rule->seed);
	int rc = sums_open(&parts->sums, n);

	if (rc)
		return rc;
	parts->bound = fault_point("track_parts") ? NULL : calloc(n + 2, sizeof(*parts->bound));
	parts->best = fault_point("track_parts") ? NULL : calloc(n + 1, sizeof(*parts->best));
	if (rule->test == TRACK_TEST_PERMUTATION)
		parts->shuffled = fault_point("track_parts")
		                          ? NULL
		                          : calloc(n + 1, sizeof(*parts->shuffled));
	if (!parts->bound || !parts->best ||
		(rule->test == TRACK_TEST_PERMUTATION && !parts->shuffled)) {
		parts_close(parts);
		return -ENOMEM;
	}
	parts->bound[1] = n;
	parts->best[0] = split_best(&parts->sums, x, n, rule);
	return 0;
}

static struct track_candidate part_split(struct parts *parts, const double *x, size_t part)
{
	const size_t start = parts->bound[part];

	return split_best(&parts->sums, x + start, parts->bound[part + 1] - start, parts->rule);
}

/* The part with the largest Q, the first of equal ones; parts->count: none can be split. */
static size_t parts_best(const struct parts *parts)
{
	size_t best = parts->count;

	for (size_t i = 0; i < parts->count; i++) {
		if (!parts->best[i].index)
			continue;
		if (best == parts->count || parts->best[i].q > parts->best[best].q)
			best = i;
	}
	return best;
}

static void part_shuffle(struct parts *parts, size_t part)
{
	const size_t start = parts->bound[part], len = parts->bound[part + 1] - start;
	double *value = parts->shuffled + start;

	for (size_t i = len; i > 1; i--) {
		size_t with = rng_below(&parts->rng, i);
		double kept = value[i - 1];

		value[i - 1] = value[with];
		value[with] = kept;
	}
}

/* Largest Q of all parts, each shuffled anew. */
static double parts_shuffled_q(struct parts *parts)
{
	double largest = -(double)INFINITY;

	memcpy(parts->shuffled, parts->x, parts->bound[parts->count] * sizeof(*parts->shuffled));
	for (size_t i = 0; i < parts->count; i++) {
		part_shuffle(parts, i);
		struct track_candidate best = part_split(parts, parts->shuffled, i);

		if (best.index && best.q > largest)
			largest = best.q;
	}
	return largest;
}

static double permutation_p(struct parts *parts, double q)
{
	uint32_t extreme = 0;

	for (uint32_t r = 0; r < parts->rule->permutations; r++)
		extreme += parts_shuffled_q(parts) >= q;
	return extreme / (parts->rule->permutations + 1.0);
}

static void parts_divide(struct parts *parts, size_t part)
{
	const size_t index = parts->bound[part] + parts->best[part].index;

	memmove(&parts->bound[part + 2], &parts->bound[part + 1],
		(parts->count - part) * sizeof(*parts->bound));
	memmove(&parts->best[part + 1], &parts->best[part],
		(parts->count - part) * sizeof(*parts->best));
	parts->bound[part + 1] = index;
	parts->count++;
	parts->best[part] = part_split(parts, parts->x, part);
	parts->best[part + 1] = part_split(parts, parts->x, part + 1);
}

/* In order of index; there is room. */
static void point_insert(struct track_point *point, size_t count, const struct track_point *found)
{
	size_t at = count;

	while (at && point[at - 1].index > found->index)
		at--;
	memmove(&point[at + 1], &point[at], (count - at) * sizeof(*point));
	point[at] = *found;
}

int track_divide(
	const double *x, size_t n, const struct track_rule *rule, struct track_point *point)
{
	struct parts parts;
	int count = 0, rc = track_rule_check(x, n, rule);

	rc = rc ? rc : parts_open(&parts, x, n, rule);
	if (rc)
		return rc;
	for (;;) {
		const size_t part = parts_best(&parts);

		if (part == parts.count)
			break;
		const struct track_candidate *best = &parts.best[part];
		struct track_point found = track_point_of(x, parts.bound[part],
			parts.bound[part] + best->index, parts.bound[part + 1], best->q);

		if (rule->test == TRACK_TEST_PERMUTATION)
			found.p = permutation_p(&parts, best->q);
		if (found.p > rule->p_max)
			break;
		point_insert(point, (size_t)count++, &found);
		parts_divide(&parts, part);
	}
	parts_close(&parts);
	return count;
}

/* ---- energy statistics ------------------------------------------------------------------------------- */

static double mean_distance(const double *x, size_t n, const double *y, size_t m)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			sum += fabs(x[i] - y[j]);
	return sum / ((double)n * (double)m);
}

struct track_energy track_energy(const double *x, size_t n, const double *y, size_t m)
{
	struct track_energy energy = {.e = (double)NAN, .t = (double)NAN, .h = (double)NAN};

	if (!n || !m)
		return energy;
	double between = mean_distance(x, n, y, m);

	energy.e = 2 * between - mean_distance(x, n, x, n) - mean_distance(y, m, y, m);
	energy.t = (double)n * (double)m / (double)(n + m) * energy.e;
	energy.h = between > 0 ? energy.e / (2 * between) : 0;
	return energy;
}
