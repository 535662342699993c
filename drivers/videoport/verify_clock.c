// SPDX-License-Identifier: BSD-2-Clause
/*
 * verify_clock.c: whether the performance counter of drivers goes forward, and no faster than
 * CLOCK_MONOTONIC (rules 611 and 612). Called by time.c while the verifier is on.
 */
#include "drivers/videoport/priv.h"

/*
 * What the counter may gain: its frequency is measured to a few parts in a million, CLOCK_MONOTONIC may be
 * slewed by one in two thousand.
 */
#define GAIN_DIVISOR 100
#define GAIN_NS      10000000
#define BASE_NS      1000000000 /* how long one base is used */

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	host_clock(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/*
 * Compares what both clocks say has passed since the base. A thread may lose its processor between two
 * readings, so the host's clock is read on both sides of the counter and the benefit goes to it.
 */
static void counter_compare_locked(
	struct videoport *vp, uint64_t ticks, uint64_t before_ns, uint64_t after_ns)
{
	struct counter_check *counter = &vp->verifier.counter;
	uint64_t passed_ns = after_ns - counter->base_ns;
	uint64_t counted_ns = ticks > counter->base_ticks
	                              ? clock_ticks_to_ns(ticks - counter->base_ticks)
	                              : 0;
	bool leapt = counter->base_ns &&
	             counted_ns > passed_ns + passed_ns / GAIN_DIVISOR + GAIN_NS;

	if (leapt)
		rule_broken(vp, RULE_COUNTER_FAST, NO_ERROR,
			"VideoPortQueryPerformanceCounter: %llu ns counted while %llu ns passed",
			(unsigned long long)counted_ns, (unsigned long long)passed_ns);
	if (leapt || !counter->base_ns || ticks < counter->base_ticks || passed_ns > BASE_NS) {
		counter->base_ticks = ticks;
		counter->base_ns = before_ns;
	}
}

uint64_t counter_read(struct videoport *vp)
{
	struct counter_check *counter = &vp->verifier.counter;
	/* Acquire: the reading that follows is younger than the one found here. */
	uint64_t last = atomic_load_explicit(&counter->last, memory_order_acquire);
	uint64_t before_ns = monotonic_ns(), ticks = clock_ticks(), after_ns = monotonic_ns();

	if (__builtin_expect(ticks < last, 0))
		rule_broken(vp, RULE_COUNTER_BACK, NO_ERROR,
			"VideoPortQueryPerformanceCounter: %llu after %llu",
			(unsigned long long)ticks, (unsigned long long)last);
	while (ticks > last && !atomic_compare_exchange_weak_explicit(&counter->last, &last, ticks,
				       memory_order_release, memory_order_relaxed))
		;
	spin_acquire(&counter->lock);
	counter_compare_locked(vp, ticks, before_ns, after_ns);
	spin_release(&counter->lock);
	return ticks;
}
