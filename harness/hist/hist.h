/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hist.h: log-linear latency histogram, at most 1 % wide per bucket, bounded, mergeable.
 *
 * Values (any unit; dmabench records clock ticks and stores nanoseconds) below 2^HIST_SUB_BITS have
 * a bucket each. Above, every power of two is cut into 2^(HIST_SUB_BITS - 1) equal buckets, so a
 * bucket is at most 1/128 = 0.78 % of its lower edge wide; the layout is HdrHistogram's with 256
 * sub-buckets. The top is 2^HIST_MAX_BITS - 1; larger values are refused, counted in `refused`, and
 * never clamped.
 *
 * Threads: one histogram belongs to one thread; merge after the join.
 */
#ifndef HIST_HIST_H
#define HIST_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIST_SUB_BITS 8
#define HIST_MAX_BITS 40
#define HIST_BUCKETS  ((HIST_MAX_BITS - HIST_SUB_BITS + 2) << (HIST_SUB_BITS - 1))

struct hist {
	uint64_t count;   /* recorded values */
	uint64_t refused; /* values above the top */
	uint64_t min;     /* exact; UINT64_MAX while empty */
	uint64_t max;     /* exact; 0 while empty */
	double sum;       /* exact below 2^53 */
	uint64_t bucket[HIST_BUCKETS];
};

void hist_init(struct hist *hist);

/* Bucket of @value; @value must be below 2^HIST_MAX_BITS. */
static inline uint32_t hist_index(uint64_t value)
{
	if (value < (1u << HIST_SUB_BITS))
		return (uint32_t)value;
	uint32_t shift = (uint32_t)(64 - __builtin_clzll(value)) - HIST_SUB_BITS;

	return (shift << (HIST_SUB_BITS - 1)) + (uint32_t)(value >> shift);
}

/* Lowest and highest value of bucket @index. */
uint64_t hist_lower(uint32_t index);
uint64_t hist_upper(uint32_t index);

/* Records @value. Return: false, and nothing but `refused` changed, if it lies above the top. */
static inline bool hist_record(struct hist *hist, uint64_t value)
{
	if (__builtin_expect((value >> HIST_MAX_BITS) != 0, 0)) {
		hist->refused++;
		return false;
	}
	hist->bucket[hist_index(value)]++;
	hist->count++;
	hist->sum += (double)value;
	if (value < hist->min)
		hist->min = value;
	if (value > hist->max)
		hist->max = value;
	return true;
}

/* Adds @from to @into. Exact: merging and recording together give equal histograms. */
void hist_merge(struct hist *into, const struct hist *from);

/*
 * hist_quantile - the value below which a share @q (0..1) of the values lies: the highest value of
 * the bucket that holds rank ceil(q * count), cut to [min, max]. 0 when empty; @q of 0 or less, or
 * NAN: min.
 */
uint64_t hist_quantile(const struct hist *hist, double q);

/*
 * hist_quantile_between - the same without the rounding to buckets: values are taken as spread evenly over their
 * bucket, so that ends of intervals closer than a bucket is wide do not fall together. 0 when empty.
 */
double hist_quantile_between(const struct hist *hist, double q);

/*
 * hist_share - the share (0..1) of the recorded values that lies in @value's bucket or below. 0 when empty; a @value
 * above the top: 1.
 */
double hist_share(const struct hist *hist, uint64_t value);

/* Mean of the recorded values themselves (sum / count), not of the buckets. 0 when empty. */
double hist_mean(const struct hist *hist);

/*
 * hist_scale - @into receives @from with every value multiplied by @factor (ticks to nanoseconds;
 * finite, > 0). Bucket midpoints are moved, so the result stays within 1 % + rounding; min, max,
 * sum are scaled exactly. Values that @factor lifts above the top become `refused`; sum and max are
 * then those of the midpoints that stayed. @into and @from must differ.
 */
void hist_scale(struct hist *into, const struct hist *from, double factor);

/*
 * hist_encode - sparse portable form for the database. @out NULL: size only. Return: bytes, or
 * -ENOSPC if @room is too small.
 * hist_decode - the opposite, of untrusted bytes. Return: 0, or -EINVAL for anything that
 * hist_encode cannot have written (counts that do not add up, buckets out of order or range, a min,
 * max or mean that the buckets contradict, trailing bytes); @hist is then empty.
 *
 *	offset  bytes  field, little endian
 *	     0      1  version, 1
 *	     1      1  HIST_SUB_BITS
 *	     2      1  HIST_MAX_BITS
 *	     3      1  0
 *	     4      8  count
 *	    12      8  refused
 *	    20      8  min
 *	    28      8  max
 *	    36      8  sum, IEEE 754 binary64
 *	    44      4  pairs
 *	    48         pairs x (bucket delta, count), shortest LEB128; first delta from bucket 0,
 *	               later ones from the bucket before; deltas and counts are at least 1
 */
long hist_encode(const struct hist *hist, unsigned char *out, size_t room);
int hist_decode(struct hist *hist, const unsigned char *bytes, size_t len_bytes);

#endif
