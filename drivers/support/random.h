/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * random.h: seeded random numbers for devices: splitmix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
 * Generators", OOPSLA 2014). One word of state, any seed is good. Threads: a state belongs to one.
 */
#ifndef SUPPORT_RANDOM_H
#define SUPPORT_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t random_draw(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/* random_chance - true with probability @chance, 0..1. */
static inline bool random_chance(uint64_t *state, double chance)
{
	return (double)(random_draw(state) >> 11) * 0x1p-53 < chance;
}

#endif
