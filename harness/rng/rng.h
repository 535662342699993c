/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rng.h: seeded random numbers: splitmix64 for seeding and mixing, xoshiro256** for streams
 * (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021).
 *
 * The same seed gives the same stream on every machine. Threads: one stream belongs to one thread.
 */
#ifndef RNG_RNG_H
#define RNG_RNG_H

#include <stdint.h>

struct rng {
	uint64_t s[4];
};

/* One step of splitmix64: a good 64-bit mix of @value. */
static inline uint64_t rng_mix(uint64_t value)
{
	value += UINT64_C(0x9e3779b97f4a7c15);
	value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
	return value ^ (value >> 31);
}

void rng_seed(struct rng *rng, uint64_t seed);
uint64_t rng_next(struct rng *rng);

/* Uniform in [0, bound), unbiased (Lemire 2019); bound 0 gives 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);

/* Uniform in [0, 1), 53 bits. */
double rng_double(struct rng *rng);

/* Fisher-Yates shuffle of @order[0..count). */
void rng_shuffle(struct rng *rng, uint32_t *order, uint32_t count);

#endif
