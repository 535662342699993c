/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * observer.h: what measuring costs, calibrated at the start of every run and stored as facts observer.*.
 *
 * Subtracted where it can be told apart from what is measured: in the ledger (ledger.h), which counts its points.
 * Not subtracted from latencies and throughput: every case bears the same, so it is shown, and a difference smaller
 * than observer_floor_ns is unclear whatever its interval says.
 */
#ifndef RUN_OBSERVER_H
#define RUN_OBSERVER_H

#include <stdbool.h>

#include "harness/clock/clock.h"

struct observer {
	double clock_read_ns;     /* one clock_now */
	double point_ns;          /* one trace point of a session */
	double hist_record_ns;    /* one recorded latency */
	double verify_ns_per_kib; /* checking what was moved; between rounds, so in no measured time */
};

/* observer_measure - on the driver's core, about a millisecond; no session of trace.h may be on. */
void observer_measure(struct observer *observer, const struct clock *clock);

/*
 * observer_floor_ns - what the observer itself may add to or take from one operation: the two readings and the
 * record that each operation bears, and one more reading where a ledger is kept (its points are subtracted to about
 * that). Differences of time an operation below it are unclear.
 */
static inline double observer_floor_ns(const struct observer *observer, bool ledger)
{
	return (ledger ? 3 : 2) * observer->clock_read_ns + observer->hist_record_ns;
}

/*
 * observer_fact - fills one figure of @observer from a stored fact. Return: whether @key is one of the observer's.
 * Facts of a run without them leave 0.
 */
bool observer_fact(struct observer *observer, const char *key, const char *value);

/* observer_facts - calls @emit with each key and value; what observer_fact reads back. */
void observer_facts(const struct observer *observer,
	void (*emit)(void *arg, const char *key, const char *value), void *arg);

#endif
