// SPDX-License-Identifier: BSD-2-Clause
/* rng.c: see rng.h. Called by workloads, shuffles and resampling; holds no state of its own. */
#include "harness/rng/rng.h"

#define SPLITMIX_GAMMA UINT64_C(0x9e3779b97f4a7c15)

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
	return (value << bits) | (value >> (64 - bits));
}

void rng_seed(struct rng *rng, uint64_t seed)
{
	/*
	 * The authors' advice: four splitmix64 outputs. They are never all zero, the one forbidden
	 * state.
	 */
	for (unsigned i = 0; i < 4; i++)
		rng->s[i] = rng_mix(seed + i * SPLITMIX_GAMMA);
}

uint64_t rng_next(struct rng *rng)
{
	uint64_t *s = rng->s;
	const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	const uint64_t shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotate_left(s[3], 45);
	return result;
}

uint64_t rng_below(struct rng *rng, uint64_t bound)
{
	if (!bound)
		return 0;
	unsigned __int128 product = (unsigned __int128)rng_next(rng) * bound;

	/*
	 * The first (2^64 mod bound) low halves would make small results too likely: drawn again.
	 */
	if ((uint64_t)product < bound) {
		const uint64_t surplus = (0 - bound) % bound;

		while ((uint64_t)product < surplus)
			product = (unsigned __int128)rng_next(rng) * bound;
	}
	return (uint64_t)(product >> 64);
}

double rng_double(struct rng *rng)
{
	return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

void rng_shuffle(struct rng *rng, uint32_t *order, uint32_t count)
{
	for (uint32_t left = count; left > 1; left--) {
		uint32_t pick = (uint32_t)rng_below(rng, left);
		uint32_t last = order[left - 1];

		order[left - 1] = order[pick];
		order[pick] = last;
	}
}
