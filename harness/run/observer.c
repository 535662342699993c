// SPDX-License-Identifier: BSD-2-Clause
/* observer.c: see observer.h. Called by machine.c at the start of a run, and by who reads one. */
#include "harness/run/observer.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/trace.h"
#include "harness/hist/hist.h"
#include "harness/stats/stats.h"
#include "harness/verify/verify.h"

#define OBSERVE_BATCHES 31
#define OBSERVE_TIMES   256
#define VERIFY_BYTES    4096

static const struct {
	const char *key;
	size_t offset;
} figures[] = {
	{"observer.clock_read_ns", offsetof(struct observer, clock_read_ns)},
	{"observer.trace_point_ns", offsetof(struct observer, point_ns)},
	{"observer.hist_record_ns", offsetof(struct observer, hist_record_ns)},
	{"observer.verify_ns_per_kib", offsetof(struct observer, verify_ns_per_kib)},
};

#define FIGURES (sizeof(figures) / sizeof(figures[0]))

/* What is measured, OBSERVE_TIMES times. */
struct subject {
	struct hist *hist;
	unsigned char *payload;
};

static void subject_point(struct subject *subject)
{
	(void)subject;
	for (unsigned i = 0; i < OBSERVE_TIMES; i++)
		trace_to(i % 2 ? TRACE_DRIVER : TRACE_IDLE);
}

static void subject_record(struct subject *subject)
{
	for (uint64_t i = 0; i < OBSERVE_TIMES; i++)
		hist_record(subject->hist, i * 37);
}

static void subject_verify(struct subject *subject)
{
	struct verify_finding finding;
	bool equal = true;

	for (unsigned i = 0; i < OBSERVE_TIMES * 1024 / VERIFY_BYTES; i++)
		equal = verify_check(subject->payload, VERIFY_BYTES, 1, &finding) && equal;
	/* Keeps the compiler from leaving the check out. */
	__asm__ volatile("" : : "r"(equal));
}

/* The median batch: an interruption costs one batch, not the figure. */
static double observe(
	const struct clock *clock, struct subject *subject, void (*measure)(struct subject *))
{
	double batch_ns[OBSERVE_BATCHES];

	measure(subject);
	for (unsigned i = 0; i < OBSERVE_BATCHES; i++) {
		struct tick start = clock_now(clock);

		measure(subject);
		batch_ns[i] = (double)clock_span(start, clock_now(clock)) * clock->ns_per_tick;
	}
	return stats_median(batch_ns, OBSERVE_BATCHES) / OBSERVE_TIMES;
}

void observer_measure(struct observer *observer, const struct clock *clock)
{
	struct subject subject = {malloc(sizeof(*subject.hist)), malloc(VERIFY_BYTES)};
	struct trace_account own, others;

	*observer = (struct observer){.clock_read_ns = clock->read_ns};
	trace_start(true, clock->tsc);
	observer->point_ns = observe(clock, &subject, subject_point);
	trace_stop(&own, &others);
	if (subject.hist && subject.payload) {
		hist_init(subject.hist);
		verify_fill(subject.payload, VERIFY_BYTES, 1);
		observer->hist_record_ns = observe(clock, &subject, subject_record);
		observer->verify_ns_per_kib = observe(clock, &subject, subject_verify);
	}
	free(subject.payload);
	free(subject.hist);
}

bool observer_fact(struct observer *observer, const char *key, const char *value)
{
	for (size_t i = 0; i < FIGURES; i++) {
		if (strcmp(key, figures[i].key) != 0)
			continue;
		const double figure = strtod(value, NULL);

		memcpy((char *)observer + figures[i].offset, &figure, sizeof(figure));
		return true;
	}
	return false;
}

void observer_facts(const struct observer *observer,
	void (*emit)(void *arg, const char *key, const char *value), void *arg)
{
	char text[32];

	for (size_t i = 0; i < FIGURES; i++) {
		double figure;

		memcpy(&figure, (const char *)observer + figures[i].offset, sizeof(figure));
		snprintf(text, sizeof(text), "%.2f", figure);
		emit(arg, figures[i].key, text);
	}
	snprintf(text, sizeof(text), "%.2f", observer_floor_ns(observer, false));
	emit(arg, "observer.floor_ns", text);
}
