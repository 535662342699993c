// SPDX-License-Identifier: BSD-2-Clause
/*
 * hist.c: the slow half of hist.h: merge, quantiles, scaling. Recording is inline in the header;
 * the stored form is in hist_code.c.
 */
#include "harness/hist/hist.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define HALF_BITS (HIST_SUB_BITS - 1)

_Static_assert(HIST_BUCKETS == 4352, "the stored form depends on the layout");

void hist_init(struct hist *hist)
{
	memset(hist, 0, sizeof(*hist));
	hist->min = UINT64_MAX;
}

uint64_t hist_lower(uint32_t index)
{
	assert(index < HIST_BUCKETS);
	if (index < (1u << HIST_SUB_BITS))
		return index;
	uint32_t shift = (index >> HALF_BITS) - 1;

	return (uint64_t)(index - (shift << HALF_BITS)) << shift;
}

uint64_t hist_upper(uint32_t index)
{
	assert(index < HIST_BUCKETS);
	if (index < (1u << HIST_SUB_BITS))
		return index;
	uint32_t shift = (index >> HALF_BITS) - 1;

	return hist_lower(index) + (UINT64_C(1) << shift) - 1;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	for (uint32_t i = 0; i < HIST_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
	into->count += from->count;
	into->refused += from->refused;
	into->sum += from->sum;
	if (from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
}

/* Rank of the quantile, 1..count. */
static uint64_t rank_of(double q, uint64_t count)
{
	/* 0.07 * 100 is 7.000000000000001: without the correction its rank would be 8. */
	double rank = ceil(q * (double)count * (1 - 1e-14));

	if (rank < 1)
		return 1;
	return rank >= (double)count ? count : (uint64_t)rank;
}

uint64_t hist_quantile(const struct hist *hist, double q)
{
	if (!hist->count)
		return 0;
	if (!(q > 0))
		return hist->min;
	uint64_t rank = rank_of(q, hist->count), seen = 0;
	uint32_t i = 0;

	for (; i < HIST_BUCKETS; i++) {
		seen += hist->bucket[i];
		if (seen >= rank)
			break;
	}
	uint64_t value = i < HIST_BUCKETS ? hist_upper(i) : hist->max;

	if (value > hist->max)
		return hist->max;
	return value < hist->min ? hist->min : value;
}

double hist_quantile_between(const struct hist *hist, double q)
{
	const double rank = fmin(fmax(q, 0), 1) * (double)hist->count;
	double below = 0;

	for (uint32_t i = 0; i < HIST_BUCKETS && hist->count; i++) {
		const double here = (double)hist->bucket[i], low = (double)hist_lower(i);

		if (below + here >= rank && here > 0) {
			double value = low +
			               (rank - below) / here * ((double)hist_upper(i) + 1 - low);

			return fmin(fmax(value, (double)hist->min), (double)hist->max);
		}
		below += here;
	}
	return 0;
}

double hist_share(const struct hist *hist, uint64_t value)
{
	const uint32_t last = (value >> HIST_MAX_BITS) ? HIST_BUCKETS - 1 : hist_index(value);
	uint64_t below = 0;

	for (uint32_t i = 0; i <= last; i++)
		below += hist->bucket[i];
	return hist->count ? (double)below / (double)hist->count : 0;
}

double hist_mean(const struct hist *hist)
{
	return hist->count ? hist->sum / (double)hist->count : 0;
}

/* Puts @count values of @value (in from's unit times factor) into @into, all but its sum. */
static void scale_put(struct hist *into, double value, uint64_t count)
{
	if (!count)
		return;
	if (value >= (double)(UINT64_C(1) << HIST_MAX_BITS) - 0.5) {
		into->refused += count;
		return;
	}
	uint64_t rounded = (uint64_t)(value + 0.5);

	into->bucket[hist_index(rounded)] += count;
	into->count += count;
	into->sum += value * (double)count;
	if (rounded < into->min)
		into->min = rounded;
	if (rounded > into->max)
		into->max = rounded;
}

void hist_scale(struct hist *into, const struct hist *from, double factor)
{
	assert(into != from && factor > 0 && isfinite(factor));
	hist_init(into);
	into->refused = from->refused;
	if (!from->count)
		return;

	/*
	 * The extremes move by themselves: a midpoint may land in a neighbour of the bucket the
	 * extreme lands in, and min and max would then lie outside the buckets that hold something.
	 */
	uint64_t extremes = from->count > 1 ? 2 : 1;
	uint32_t first = hist_index(from->min), last = hist_index(from->max);

	scale_put(into, (double)from->min * factor, 1);
	scale_put(into, (double)from->max * factor, extremes - 1);
	for (uint32_t i = first; i <= last; i++) {
		uint64_t count = from->bucket[i];
		double middle = ((double)hist_lower(i) + (double)hist_upper(i)) / 2;

		count -= i == first;
		count -= i == last && extremes == 2;
		middle = fmin(fmax(middle, (double)from->min), (double)from->max);
		scale_put(into, middle * factor, count);
	}
	if (into->refused == from->refused)
		into->sum = from->sum * factor;
}
