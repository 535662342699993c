// SPDX-License-Identifier: BSD-2-Clause
/* draw.c: see draw.h. Called where traces and sequences are made; holds no state of its own. */
#include "harness/rng/draw.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

void draw_fixed(struct draw *draw, uint64_t value)
{
	*draw = (struct draw){.kind = DRAW_FIXED, .low = value, .high = value};
}

int draw_uniform(struct draw *draw, uint64_t low, uint64_t high)
{
	if (low > high)
		return -EINVAL;
	*draw = (struct draw){.kind = DRAW_UNIFORM, .low = low, .high = high};
	return 0;
}

int draw_loguniform(struct draw *draw, uint64_t low, uint64_t high)
{
	if (low > high || low == 0)
		return -EINVAL;
	*draw = (struct draw){.kind = DRAW_LOGUNIFORM, .low = low, .high = high};
	return 0;
}

static bool weights_sound(const double *weight, uint32_t count, double *sum)
{
	*sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (!isfinite(weight[i]) || weight[i] < 0)
			return false;
		*sum += weight[i];
	}
	return isfinite(*sum) && *sum > 0;
}

static int values_take(struct draw *draw, enum draw_kind kind, const uint64_t *value,
	const double *weight, uint32_t count)
{
	double sum, below = 0;

	if (count == 0 || count > DRAW_VALUES_MAX || !weights_sound(weight, count, &sum))
		return -EINVAL;
	*draw = (struct draw){.kind = kind, .low = UINT64_MAX, .count = count};
	for (uint32_t i = 0; i < count; i++) {
		below += weight[i] / sum;
		draw->value[i] = value[i];
		draw->below[i] = below;
		if (weight[i] == 0)
			continue;
		draw->low = value[i] < draw->low ? value[i] : draw->low;
		draw->high = value[i] > draw->high ? value[i] : draw->high;
	}
	/* Rounding may leave a gap below 1; it belongs to the last value that can come. */
	for (uint32_t i = count; i > 0; i--) {
		draw->below[i - 1] = 1;
		if (weight[i - 1] > 0)
			break;
	}
	return 0;
}

int draw_weights(struct draw *draw, const uint64_t *value, const double *weight, uint32_t count)
{
	return values_take(draw, DRAW_WEIGHTS, value, weight, count);
}

int draw_zipf(struct draw *draw, const uint64_t *value, uint32_t count, double exponent)
{
	double weight[DRAW_VALUES_MAX];

	if (count > DRAW_VALUES_MAX || !(exponent >= 0))
		return -EINVAL;
	for (uint32_t i = 0; i < count; i++)
		weight[i] = pow(i + 1.0, -exponent);
	return values_take(draw, DRAW_ZIPF, value, weight, count);
}

/* ln((high + 1) / low), the width of a loguniform. */
static double log_width(const struct draw *draw)
{
	return log((double)draw->high + 1) - log((double)draw->low);
}

static uint64_t next_loguniform(const struct draw *draw, struct rng *rng)
{
	double x = (double)draw->low * exp(rng_double(rng) * log_width(draw));

	/* Rounding may reach high + 1. */
	if (x >= (double)draw->high)
		return draw->high;
	return x < (double)draw->low ? draw->low : (uint64_t)x;
}

/* The first value whose share is not below what was drawn. */
static uint64_t next_value(const struct draw *draw, struct rng *rng)
{
	const double share = rng_double(rng);
	uint32_t low = 0, high = draw->count - 1;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (share < draw->below[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return draw->value[low];
}

uint64_t draw_next(const struct draw *draw, struct rng *rng)
{
	switch (draw->kind) {
	case DRAW_UNIFORM:
		/* The whole range of 64 bits has one number too many for a bound. */
		return draw->high - draw->low == UINT64_MAX
		               ? rng_next(rng)
		               : draw->low + rng_below(rng, draw->high - draw->low + 1);
	case DRAW_LOGUNIFORM:
		return next_loguniform(draw, rng);
	case DRAW_ZIPF:
	case DRAW_WEIGHTS:
		return next_value(draw, rng);
	default:
		return draw->low;
	}
}

/*
 * The sum of k ln((k + 1) / k) over [a, b] is, summed by parts, b ln(b + 1) - a ln a less the sum of ln k over (a, b], which
 * is a quotient of factorials.
 */
static double mean_loguniform(const struct draw *draw)
{
	const double a = (double)draw->low, b = (double)draw->high;
	int sign; /* lgamma() would keep it in a global */

	return (b * log(b + 1) - a * log(a) - (lgamma_r(b + 1, &sign) - lgamma_r(a + 1, &sign))) /
	       log_width(draw);
}

double draw_mean(const struct draw *draw)
{
	double mean = 0, before = 0;

	switch (draw->kind) {
	case DRAW_UNIFORM:
		return (double)draw->low / 2 + (double)draw->high / 2;
	case DRAW_LOGUNIFORM:
		return mean_loguniform(draw);
	case DRAW_ZIPF:
	case DRAW_WEIGHTS:
		for (uint32_t i = 0; i < draw->count; i++) {
			mean += (double)draw->value[i] * (draw->below[i] - before);
			before = draw->below[i];
		}
		return mean;
	default:
		return (double)draw->low;
	}
}
