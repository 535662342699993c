// SPDX-License-Identifier: BSD-2-Clause
/* seek.c: see seek.h. Called by harness/run. */
#include "harness/load/seek.h"

#include <math.h>
#include <string.h>

#define RATE_LOWEST  (1.0 / 128)
#define RATE_HIGHEST 4.0
#define RATE_RAISE   1.5
#define RATE_CLOSE   1.05
#define MAJORITY     2u

struct search {
	struct seek *seek;
	seek_fn probe;
	void *arg;
	int rc; /* first error of a probe */
};

/* One more probe. Return: whether it met; false where there is no room or it failed. */
static bool probe_once(struct search *search, double rate)
{
	struct seek *seek = search->seek;

	if (search->rc || seek->count == SEEK_PROBES_MAX)
		return false;
	struct seek_probe *probe = &seek->probe[seek->count];

	*probe = (struct seek_probe){.per_second = rate};
	search->rc = search->probe(search->arg, rate, probe);
	if (search->rc)
		return false;
	seek->count++;
	return probe->met;
}

/* Majority of up to three probes. */
static bool judge(struct search *search, double rate)
{
	unsigned met = 0, missed = 0;

	while (met < MAJORITY && missed < MAJORITY) {
		if (probe_once(search, rate))
			met++;
		else
			missed++;
	}
	return met == MAJORITY;
}

static bool over(const struct search *search)
{
	return search->rc || search->seek->count == SEEK_PROBES_MAX;
}

/* Encloses the answer: a met rate (or 0) below a missed one (or INFINITY). */
static void bracket(struct search *search, double closed_per_s)
{
	struct seek *seek = search->seek;
	double rate = closed_per_s / 2;

	while (!over(search) && isinf(seek->high) && rate <= RATE_HIGHEST * closed_per_s) {
		if (judge(search, rate)) {
			seek->low = rate;
			rate *= RATE_RAISE;
		} else {
			seek->high = rate;
		}
	}
	rate = seek->high / 2;
	while (!over(search) && seek->low == 0 && rate >= RATE_LOWEST * closed_per_s) {
		if (judge(search, rate))
			seek->low = rate;
		else
			seek->high = rate;
		rate /= 2;
	}
}

static void bisect(struct search *search)
{
	struct seek *seek = search->seek;

	while (!over(search) && seek->low > 0 && isfinite(seek->high) &&
		seek->high > RATE_CLOSE * seek->low) {
		double rate = sqrt(seek->low * seek->high);

		if (judge(search, rate))
			seek->low = rate;
		else
			seek->high = rate;
	}
}

/* Whether the low end holds; what does not becomes the high end, and the low end a step below. */
static bool confirm(struct search *search)
{
	struct seek *seek = search->seek;

	seek->confirmed = 0;
	for (unsigned i = 0; i < SEEK_CONFIRMATIONS; i++)
		seek->confirmed += probe_once(search, seek->low);
	if (seek->confirmed > SEEK_CONFIRMATIONS / 2 || over(search))
		return true;
	seek->high = seek->low;
	seek->low /= RATE_CLOSE;
	return false;
}

int seek_rate(struct seek *seek, double closed_per_s, seek_fn probe, void *arg)
{
	struct search search = {.seek = seek, .probe = probe, .arg = arg};

	memset(seek, 0, sizeof(*seek));
	seek->high = (double)INFINITY;
	bracket(&search, closed_per_s);
	bisect(&search);
	while (seek->low > 0 && !over(&search) && !confirm(&search)) {
		if (seek->low < RATE_LOWEST * closed_per_s)
			seek->low = 0;
	}
	return search.rc;
}
