/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * draw.h: whole numbers (sizes, lifetimes) drawn from a distribution.
 *
 *	fixed        always `low`
 *	uniform      each number of [low, high] alike
 *	loguniform   each factor alike: as many between 64 and 128 as between 128 and 256;
 *	             P(k) = ln((k + 1) / k) / ln((high + 1) / low)
 *	zipf         values by rank, the first the most frequent: P(rank r) = r^-s / (1^-s + ... + n^-s)
 *	weights      values by their weights
 *
 * The same distribution and stream give the same numbers. Drawing takes a logarithm or a search: draw before what is measured,
 * into a table.
 * Ownership: none, a plain struct, filled by one of the functions below and not changed afterwards. Threads: a filled
 * struct may be shared; each thread has its own stream.
 */
#ifndef RNG_DRAW_H
#define RNG_DRAW_H

#include <stdint.h>

#include "harness/rng/rng.h"

#define DRAW_VALUES_MAX 64

enum draw_kind { DRAW_FIXED, DRAW_UNIFORM, DRAW_LOGUNIFORM, DRAW_ZIPF, DRAW_WEIGHTS };

struct draw {
	enum draw_kind kind;
	uint64_t low, high;              /* smallest and largest number that can come, inclusive */
	uint32_t count;                  /* zipf, weights: values */
	uint64_t value[DRAW_VALUES_MAX]; /* in the order given */
	double below[DRAW_VALUES_MAX];   /* share of this value and all before it; the last is 1 */
};

void draw_fixed(struct draw *draw, uint64_t value);

/* Return: 0; -EINVAL @low above @high, or for loguniform 0. */
int draw_uniform(struct draw *draw, uint64_t low, uint64_t high);
int draw_loguniform(struct draw *draw, uint64_t low, uint64_t high);

/* draw_zipf - @exponent: s, 0 (all alike) or more. Return: 0; -EINVAL no or too many values, or a wrong exponent. */
int draw_zipf(struct draw *draw, const uint64_t *value, uint32_t count, double exponent);

/* draw_weights - Return: 0; -EINVAL no or too many values, a weight below 0 or not finite, or none above 0. */
int draw_weights(struct draw *draw, const uint64_t *value, const double *weight, uint32_t count);

uint64_t draw_next(const struct draw *draw, struct rng *rng);

/* draw_mean - what the numbers come to on average, exactly. */
double draw_mean(const struct draw *draw);

#endif
