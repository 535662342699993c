/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seek.h: the highest rate that meets a limit, found by probes that are noisy.
 *
 *	 met       met     met | missed    missed        rate
 *	------------------------+-------------------------->
 *	                    low   high      high <= 1.05 low
 *
 * A rate is judged by the majority of up to three probes. From half of what the closed loop reaches the rate is raised
 * or lowered by a half until one met and one missed rate enclose the answer, then the geometric middle is taken until they
 * are within 5 %. The low end must hold in five more probes (three are enough); else it becomes the high end.
 *
 * Pure: knows neither clock nor target. Threads: one.
 */
#ifndef LOAD_SEEK_H
#define LOAD_SEEK_H

#include <stdbool.h>

#define SEEK_PROBES_MAX    96
#define SEEK_CONFIRMATIONS 5

struct seek_probe {
	double per_second; /* offered */
	double achieved;   /* completed a second */
	double value_ns;   /* the percentile asked for; NAN where nothing completed */
	bool sustained;    /* the load kept up */
	bool met;          /* sustained and the value at or under the limit */
};

/* seek_fn - one probe at @per_second; fills @probe. Return: 0 or -errno, which ends the search. */
typedef int (*seek_fn)(void *arg, double per_second, struct seek_probe *probe);

struct seek {
	struct seek_probe probe[SEEK_PROBES_MAX]; /* in the order they were made */
	unsigned count;
	double low;         /* highest rate that was judged met and held; 0: none */
	double high;        /* lowest judged missed above it; INFINITY: none */
	unsigned confirmed; /* probes of the last SEEK_CONFIRMATIONS at low that met */
};

/*
 * seek_rate - searches; @closed_per_s: what the closed loop reaches, > 0. Rates from a 128th to four times of it are
 * tried. Return: 0, also where no rate meets the limit (low is 0) or the probes ran out (low is what held so
 * far, and confirmed says how well); -errno of @probe.
 */
int seek_rate(struct seek *seek, double closed_per_s, seek_fn probe, void *arg);

#endif
