// SPDX-License-Identifier: BSD-2-Clause
/* life.c: see life.h. Called by generate.c, and by who reads settings. */
#include "harness/churn/life.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *word;
	unsigned numbers; /* behind it, each after a colon */
} kinds[LIFE_KIND_COUNT] = {
	[LIFE_EXPONENTIAL] = {"exponential", 0},
	[LIFE_FIXED] = {"fixed", 0},
	[LIFE_LOGNORMAL] = {"lognormal", 1},
	[LIFE_GENERATIONAL] = {"generational", 2},
};

/* Takes ":number" off @text. Return: behind it, or NULL. */
static const char *number_take(const char *text, double *number)
{
	char *end;

	if (text[0] != ':' || !((text[1] >= '0' && text[1] <= '9') || text[1] == '.'))
		return NULL;
	*number = strtod(text + 1, &end);
	return isfinite(*number) ? end : NULL;
}

static bool shape_sound(const struct life *life)
{
	if (life->kind == LIFE_LOGNORMAL)
		return life->sigma > 0 && life->sigma <= LIFE_SIGMA_MAX;
	if (life->kind == LIFE_GENERATIONAL)
		return life->share > 0 && life->share < 1 && life->factor > 1 &&
		       life->factor <= LIFE_FACTOR_MAX;
	return true;
}

static bool shape_parse(struct life *life, const char *text)
{
	double number[2] = {0, 0};

	for (unsigned kind = 0; kind < LIFE_KIND_COUNT; kind++) {
		size_t length = strlen(kinds[kind].word);
		const char *rest = text + length;

		if (strncmp(text, kinds[kind].word, length) != 0 || (*rest && *rest != ':'))
			continue;
		for (unsigned i = 0; i < kinds[kind].numbers && rest; i++)
			rest = number_take(rest, &number[i]);
		*life = (struct life){.kind = (enum life_kind)kind};
		life->sigma = life->share = number[0];
		life->factor = number[1];
		return rest && !*rest && shape_sound(life);
	}
	return false;
}

int life_parse(struct life *life, const char *key, const char *text, struct err *err)
{
	struct life parsed;

	if (!shape_parse(&parsed, text))
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s '%s': expected exponential, fixed, lognormal:SIGMA (above 0, at most "
			"%g) or generational:SHARE:FACTOR (0 < SHARE < 1 < FACTOR <= %g), for "
			"example generational:0.9:100",
			key, text, LIFE_SIGMA_MAX, LIFE_FACTOR_MAX);
	*life = parsed;
	return 0;
}

/* In (0, 1]: its logarithm is finite. */
static double open_uniform(struct rng *rng)
{
	return 1 - rng_double(rng);
}

static double exponential(double mean, struct rng *rng)
{
	return -mean * log(open_uniform(rng));
}

/* Box and Muller 1958; the second number of a pair is not used, so that draws are independent of each other. */
static double normal(struct rng *rng)
{
	double radius = sqrt(-2 * log(open_uniform(rng)));

	return radius * cos(2 * M_PI * rng_double(rng));
}

double life_next(const struct life *life, double mean, struct rng *rng)
{
	double young;

	switch (life->kind) {
	case LIFE_FIXED:
		return mean;
	case LIFE_LOGNORMAL:
		/* exp(mu + sigma^2 / 2) is the mean of a log-normal. */
		return mean * exp(life->sigma * (normal(rng) - life->sigma / 2));
	case LIFE_GENERATIONAL:
		young = mean / (life->share + (1 - life->share) * life->factor);
		return exponential(
			rng_double(rng) < life->share ? young : young * life->factor, rng);
	default:
		return exponential(mean, rng);
	}
}
