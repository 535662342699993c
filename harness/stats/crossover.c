// SPDX-License-Identifier: BSD-2-Clause
/*
 * crossover.c: the size from which one strategy beats the other, with an interval; see stats.h.
 *
 * Method: a resample is a weight a block (how often it was drawn). Each size's ratios are ranked
 * once, so that the weighted median of a resample is one walk along the ranking instead of a sort.
 */
#include "harness/stats/stats.h"

#include "drivers/support/fault.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	RESAMPLES = 2000,
	BISECTIONS = 40,
};

static const double found_share_min = 0.75;

/* One ratio of a size and the block it comes from. */
struct ranked {
	double ratio;
	uint32_t block;
};

struct curve {
	size_t sizes; /* that hold enough ratios */
	size_t blocks;
	double *log_size;                           /* [sizes] */
	double *log_ratio;                          /* [sizes], of the resample in hand */
	uint32_t *ranks;                            /* [sizes], ratios of a size that count */
	struct ranked *rank;                        /* [sizes][blocks], lowest ratio first */
	uint32_t *weight;                           /* [blocks], of the resample in hand */
	unsigned seen[STATS_CROSSOVER_UNCLEAR + 1]; /* resamples by kind */
	unsigned resamples;                         /* all of them */
};

static int compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->ratio != b->ratio)
		return a->ratio > b->ratio ? 1 : -1;
	return (a->block > b->block) - (a->block < b->block);
}

static void curve_close(struct curve *curve)
{
	free(curve->weight);
	free(curve->rank);
	free(curve->ranks);
	free(curve->log_ratio);
	free(curve->log_size);
	*curve = (struct curve){0};
}

static void *zeroed(size_t count, size_t bytes)
{
	return fault_point("stats_crossover") ? NULL : calloc(count, bytes);
}

static int curve_open(struct curve *curve, size_t sizes, size_t blocks)
{
	*curve = (struct curve){.blocks = blocks};
	curve->log_size = zeroed(sizes, sizeof(*curve->log_size));
	curve->log_ratio = zeroed(sizes, sizeof(*curve->log_ratio));
	curve->ranks = zeroed(sizes, sizeof(*curve->ranks));
	curve->rank = zeroed(sizes, blocks * sizeof(*curve->rank));
	curve->weight = zeroed(blocks, sizeof(*curve->weight));
	if (curve->log_size && curve->log_ratio && curve->ranks && curve->rank && curve->weight)
		return 0;
	curve_close(curve);
	return -ENOMEM;
}

/* Ranks the ratios of size @s of the caller's @sizes; leaves the size out if too few count. */
static void curve_add(
	struct curve *curve, double size_bytes, const double *ratio, size_t s, size_t sizes)
{
	struct ranked *rank = curve->rank + curve->sizes * curve->blocks;
	uint32_t count = 0;

	for (size_t block = 0; block < curve->blocks; block++) {
		double value = ratio[block * sizes + s];

		if (isfinite(value) && value > 0)
			rank[count++] = (struct ranked){.ratio = value, .block = (uint32_t)block};
	}
	if (count < STATS_CROSSOVER_BLOCKS_MIN)
		return;
	qsort(rank, count, sizeof(*rank), compare_ranked);
	curve->ranks[curve->sizes] = count;
	curve->log_size[curve->sizes] = log(size_bytes);
	curve->sizes++;
}

/* Median of the ratios of size @s, each counted as often as its block weighs; NAN if none does. */
static double weighted_median(const struct curve *curve, size_t s)
{
	const struct ranked *rank = curve->rank + s * curve->blocks;
	uint64_t total = 0, seen = 0;
	double lower = (double)NAN;

	for (uint32_t i = 0; i < curve->ranks[s]; i++)
		total += curve->weight[rank[i].block];
	for (uint32_t i = 0; i < curve->ranks[s]; i++) {
		seen += curve->weight[rank[i].block];
		if (isnan(lower) && 2 * seen >= total && seen)
			lower = rank[i].ratio;
		if (2 * seen > total)
			return (lower + rank[i].ratio) / 2;
	}
	return lower;
}

/* Rise of the curve in the stretch from size @s to the next one. */
static double stretch_slope(const struct curve *curve, size_t s)
{
	return (curve->log_ratio[s + 1] - curve->log_ratio[s]) /
	       (curve->log_size[s + 1] - curve->log_size[s]);
}

/*
 * Slope at size @s after Fritsch and Butland: the weighted harmonic mean of the stretches on both
 * sides, 0 at a turn. It never exceeds three times either, which keeps the cubic between two sizes
 * monotone.
 */
static double point_slope(const struct curve *curve, size_t s)
{
	if (s == 0)
		return stretch_slope(curve, 0);
	if (s == curve->sizes - 1)
		return stretch_slope(curve, s - 1);
	double before = stretch_slope(curve, s - 1), after = stretch_slope(curve, s);

	if (before * after <= 0)
		return 0;
	double width_before = curve->log_size[s] - curve->log_size[s - 1];
	double width_after = curve->log_size[s + 1] - curve->log_size[s];
	double weight_before = 2 * width_after + width_before,
	       weight_after = width_after + 2 * width_before;

	return (weight_before + weight_after) / (weight_before / before + weight_after / after);
}

/*
 * Where the monotone cubic from size @s (ratio below 1) to the next one (1 or above) passes ratio
 * 1.
 */
static double interpolate(const struct curve *curve, size_t s)
{
	double y0 = curve->log_ratio[s], y1 = curve->log_ratio[s + 1];
	double width = curve->log_size[s + 1] - curve->log_size[s];
	double rise0 = point_slope(curve, s) * width, rise1 = point_slope(curve, s + 1) * width;
	double low = 0, high = 1;

	for (int i = 0; i < BISECTIONS; i++) {
		double t = (low + high) / 2, u = 1 - t;
		double y = (1 + 2 * t) * u * u * y0 + t * u * u * rise0 + t * t * (3 - 2 * t) * y1 -
		           t * t * u * rise1;

		if (y < 0)
			low = t;
		else
			high = t;
	}
	return exp(curve->log_size[s] + high * width);
}

static bool curve_fill(struct curve *curve)
{
	for (size_t s = 0; s < curve->sizes; s++) {
		curve->log_ratio[s] = log(weighted_median(curve, s));
		if (isnan(curve->log_ratio[s]))
			return false;
	}
	return true;
}

/* The largest size at which one side is ahead by more than a tie; the largest of all if there is none. */
static size_t last_decided(const struct curve *curve)
{
	for (size_t s = curve->sizes; s-- > 0;)
		if (fabs(curve->log_ratio[s]) > log(STATS_CROSSOVER_TIE))
			return s;
	return curve->sizes - 1;
}

/* The largest size below @last at which A is ahead by more than a tie; the smallest if there is none. */
static size_t last_of_a(const struct curve *curve, size_t last)
{
	for (size_t s = last; s-- > 0;)
		if (curve->log_ratio[s] < -log(STATS_CROSSOVER_TIE))
			return s;
	return 0;
}

/* Kind and size of the curve under the present weights. */
static enum stats_crossover_kind curve_judge(struct curve *curve, double *size_bytes)
{
	if (!curve_fill(curve))
		return STATS_CROSSOVER_UNCLEAR;
	size_t last = last_decided(curve);

	if (curve->log_ratio[last] <= 0)
		return STATS_CROSSOVER_A_ALWAYS;
	for (size_t s = last_of_a(curve, last); s < last; s++) {
		if (curve->log_ratio[s] < 0 && curve->log_ratio[s + 1] >= 0) {
			*size_bytes = interpolate(curve, s);
			return STATS_CROSSOVER_FOUND;
		}
	}
	return STATS_CROSSOVER_B_ALWAYS;
}

static unsigned count_crossings(const struct curve *curve)
{
	unsigned crossings = 0;
	double side = 0;

	for (size_t s = 0; s < curve->sizes; s++) {
		double y = curve->log_ratio[s];

		if (y * side < 0)
			crossings++;
		if (y != 0)
			side = y;
	}
	return crossings;
}

/* stats_statistic: the crossover of a resample, infinite where it lies outside the range. */
static double resampled_crossover(const uint32_t *index, size_t n, void *arg)
{
	struct curve *curve = arg;
	double size_bytes = 0;

	memset(curve->weight, 0, curve->blocks * sizeof(*curve->weight));
	for (size_t i = 0; i < n; i++)
		curve->weight[index[i]]++;
	enum stats_crossover_kind kind = curve_judge(curve, &size_bytes);

	curve->seen[kind]++;
	curve->resamples++;
	switch (kind) {
	case STATS_CROSSOVER_FOUND:
		return size_bytes;
	case STATS_CROSSOVER_A_ALWAYS:
		return (double)INFINITY;
	case STATS_CROSSOVER_B_ALWAYS:
		return -(double)INFINITY;
	case STATS_CROSSOVER_UNCLEAR:
		break;
	}
	return (double)NAN;
}

/* Whether the resamples support what the data themselves say. */
static bool supported(enum stats_crossover_kind kind, double agreement,
	const struct stats_interval *interval, double level)
{
	if (kind != STATS_CROSSOVER_FOUND)
		return agreement >= level;
	return agreement >= found_share_min &&
	       (isfinite(interval->low) || isfinite(interval->high));
}

static int judge(struct stats_crossover *out, struct curve *curve, double level, uint64_t seed)
{
	double size_bytes = 0;

	for (size_t block = 0; block < curve->blocks; block++)
		curve->weight[block] = 1;
	enum stats_crossover_kind kind = curve_judge(curve, &size_bytes);

	out->crossings = count_crossings(curve);
	struct stats_interval interval = stats_bootstrap(
		curve->blocks, RESAMPLES, level, seed, resampled_crossover, curve);

	if (!curve->resamples)
		return -ENOMEM;
	out->agreement = (double)curve->seen[kind] / curve->resamples;
	if (!supported(kind, out->agreement, &interval, level))
		return 0;
	out->kind = kind;
	if (kind == STATS_CROSSOVER_FOUND) {
		out->size_bytes = size_bytes;
		out->interval = interval;
	}
	return 0;
}

static bool sizes_rise(const double *size_bytes, size_t sizes)
{
	for (size_t s = 0; s < sizes; s++)
		if (!isfinite(size_bytes[s]) || !(size_bytes[s] > (s ? size_bytes[s - 1] : 0)))
			return false;
	return true;
}

int stats_crossover(struct stats_crossover *out, const double *size_bytes, size_t sizes,
	const double *ratio, size_t blocks, double level, uint64_t seed)
{
	struct curve curve;

	*out = (struct stats_crossover){
		.kind = STATS_CROSSOVER_UNCLEAR,
		.interval = {.low = -(double)INFINITY, .high = (double)INFINITY, .level = level},
	};
	if (!(level > 0 && level < 1) || !sizes_rise(size_bytes, sizes) || blocks > UINT32_MAX)
		return -EINVAL;
	if (sizes < 2 || blocks < STATS_CROSSOVER_BLOCKS_MIN)
		return 0;
	int rc = curve_open(&curve, sizes, blocks);

	if (rc < 0)
		return rc;
	for (size_t s = 0; s < sizes; s++)
		curve_add(&curve, size_bytes[s], ratio, s, sizes);
	if (curve.sizes >= 2)
		rc = judge(out, &curve, level, seed);
	curve_close(&curve);
	return rc;
}
