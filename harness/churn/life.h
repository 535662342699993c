/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * life.h: how long what is allocated lives, counted in allocations that follow.
 *
 *	fixed                       all alike
 *	exponential                 no memory: every age dies alike
 *	lognormal:SIGMA             SIGMA of the logarithm: few live very long
 *	generational:SHARE:FACTOR   SHARE of them die young, the others live FACTOR times as long on average, both
 *	                            exponential: the weak generational hypothesis (Ungar 1984)
 *
 * The shape alone; the mean is given with every draw. Pure.
 */
#ifndef CHURN_LIFE_H
#define CHURN_LIFE_H

#include "drivers/support/err.h"
#include "harness/rng/rng.h"

#define LIFE_SIGMA_MAX  4.0
#define LIFE_FACTOR_MAX 1e6

enum life_kind { LIFE_EXPONENTIAL, LIFE_FIXED, LIFE_LOGNORMAL, LIFE_GENERATIONAL, LIFE_KIND_COUNT };

struct life {
	enum life_kind kind;
	double sigma;         /* lognormal */
	double share, factor; /* generational */
};

/* life_parse - reads @text, the value of @key. Return: 0; -EINVAL (ERR_USAGE), the message lists the shapes. */
int life_parse(struct life *life, const char *key, const char *text, struct err *err);

/* life_next - above 0, @mean on average. */
double life_next(const struct life *life, double mean, struct rng *rng);

#endif
