// SPDX-License-Identifier: BSD-2-Clause
/* clock.c: finds out what the performance counter is and how fast it runs; see clock.h. */
#include "drivers/videoport/clock.h"

#include "drivers/support/host.h"

#include <cpuid.h>
#include <pthread.h>

#define CALIBRATION_NS    20000000
#define CALIBRATION_TRIES 16

/* Until calibrated: nanoseconds. */
struct clock_source clock_source = {
	.tsc = false,
	.hz = UINT64_C(1000000000),
	.ns_per_tick_32 = UINT64_C(1) << 32,
	.read = clock_raw_ns,
};

uint64_t clock_raw_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static bool tsc_is_invariant(void)
{
	unsigned eax, ebx, ecx, edx;

	return __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) && (edx & (1U << 8));
}

/* Both clocks at one moment: the tightest of several brackets. */
static void read_pair(uint64_t *tsc, uint64_t *ns)
{
	uint64_t tightest = UINT64_MAX;

	for (int i = 0; i < CALIBRATION_TRIES; i++) {
		uint64_t before = clock_tsc();
		uint64_t between_ns = clock_raw_ns();
		uint64_t after = clock_tsc();

		if (after - before >= tightest)
			continue;
		tightest = after - before;
		*tsc = before + tightest / 2;
		*ns = between_ns;
	}
}

static void calibrate(void)
{
	if (!tsc_is_invariant())
		return;

	uint64_t tsc_start = 0, ns_start = 0, tsc_end = 0, ns_end = 0;
	struct timespec pause = {.tv_nsec = CALIBRATION_NS};

	read_pair(&tsc_start, &ns_start);
	nanosleep(&pause, NULL);
	read_pair(&tsc_end, &ns_end);

	double hz = (double)(tsc_end - tsc_start) * 1e9 / (double)(ns_end - ns_start);

	clock_source.hz = (uint64_t)(hz + 0.5);
	clock_source.ns_per_tick_32 = (uint64_t)(1e9 * 4294967296.0 / hz + 0.5);
	clock_source.tsc = true;
}

/* The scheduler's time in place of the machine's, whose source is kept for when it has gone. */
static void clock_play(void)
{
	static struct clock_source machine;
	bool playing = machine.read != NULL;

	if (playing == host_played())
		return;
	if (playing) {
		clock_source = machine;
		machine.read = NULL;
		return;
	}
	machine = clock_source;
	clock_source = (struct clock_source){
		.hz = UINT64_C(1000000000),
		.ns_per_tick_32 = UINT64_C(1) << 32,
		.read = host_ops->now_ns,
	};
}

void clock_calibrate(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	clock_play();
	if (host_played())
		return;
	pthread_once(&once, calibrate);
}
