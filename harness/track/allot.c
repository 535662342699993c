// SPDX-License-Identifier: BSD-2-Clause
/* allot.c: what to measure once more in the time that is left; see track.h. */
#include "harness/track/track.h"

#include <math.h>
#include <string.h>

/* By how much the relative error shrinks a second with repetition @n + 1. */
static double gain(const struct track_cost *cost, uint32_t more)
{
	const double n = (double)cost->has + more;

	if (more >= cost->more_max || !(cost->spread > 0))
		return 0;
	return cost->spread * (1 / sqrt(fmax(n, 1)) - 1 / sqrt(n + 1)) / cost->seconds;
}

double track_allot(const struct track_cost *cost, size_t count, double seconds, uint32_t *more)
{
	double used = 0;

	memset(more, 0, count * sizeof(*more));
	for (;;) {
		size_t best = count;
		double most = 0;

		for (size_t i = 0; i < count; i++) {
			const double now = gain(&cost[i], more[i]);

			if (now > most && used + cost[i].seconds <= seconds) {
				most = now;
				best = i;
			}
		}
		if (best == count)
			return used;
		more[best]++;
		used += cost[best].seconds;
	}
}
