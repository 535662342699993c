// SPDX-License-Identifier: BSD-2-Clause
/*
 * clock.c: chooses the clock, calibrates it against CLOCK_MONOTONIC_RAW and measures what a reading
 * costs. Called once at start-up by the harness; knows nothing of what is timed.
 */
#include "harness/clock/clock.h"

#include "harness/clock/clock_priv.h"

#include <cpuid.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000ull

enum {
	CALIBRATION_WINDOWS = 5,
	CALIBRATION_WINDOW_NS =
		12000000, /* long against a reading of both clocks (0.1 us: 10 ppm) */
	BRACKET_TRIES = 16,
	READ_BATCHES = 31,
	READS_PER_BATCH = 200,
};

static uint64_t timespec_ns(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_nsec;
}

static uint64_t read_ns(clockid_t id)
{
	struct timespec time = {0};

	clock_gettime(id, &time);
	return timespec_ns(&time);
}

struct tick clock_now_raw(void)
{
	return (struct tick){read_ns(CLOCK_MONOTONIC_RAW)};
}

uint64_t clock_thread_cpu_ns(void)
{
	return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t clock_wall_ns(void)
{
	return read_ns(CLOCK_REALTIME);
}

bool clock_trusts_tsc(bool invariant, bool rdtscp, const char *source)
{
	/*
	 * Guests of KVM and Hyper-V show a paravirtual clock source that the kernel computes from
	 * the TSC with the host's scale, so it stands for the TSC wherever CPUID offers an
	 * invariant one.
	 */
	static const char *const over_tsc[] = {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page"};

	if (!invariant || !rdtscp)
		return false;
	for (size_t i = 0; i < sizeof(over_tsc) / sizeof(*over_tsc); i++)
		if (!strcmp(source, over_tsc[i]))
			return true;
	return false;
}

static bool cpu_has_bit(unsigned leaf, unsigned edx_bit)
{
	unsigned eax, ebx, ecx, edx;

	return __get_cpuid(leaf, &eax, &ebx, &ecx, &edx) && (edx >> edx_bit & 1);
}

static void kernel_clock_source(char *name, int room)
{
	FILE *file = fopen(
		"/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");

	name[0] = '\0';
	if (!file)
		return;
	if (!fgets(name, room, file))
		name[0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	fclose(file);
}

static int compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* One moment on both clocks; of several tries the one that was interrupted least. */
static void read_both(const struct clock *clock, uint64_t *ticks, uint64_t *ns)
{
	uint64_t narrowest = UINT64_MAX;

	for (int i = 0; i < BRACKET_TRIES; i++) {
		struct tick before = clock_now(clock);
		uint64_t raw = read_ns(CLOCK_MONOTONIC_RAW);
		uint64_t width = clock_span(before, clock_now(clock));

		if (width >= narrowest)
			continue;
		narrowest = width;
		*ticks = before.t + width / 2;
		*ns = raw;
	}
}

/* Rate of one window in Hz; NAN if a clock stood still. */
static double calibrate_window(const struct clock *clock)
{
	const struct timespec pause = {.tv_nsec = CALIBRATION_WINDOW_NS};
	uint64_t ticks[2] = {0}, ns[2] = {0};

	read_both(clock, &ticks[0], &ns[0]);
	nanosleep(&pause, NULL);
	read_both(clock, &ticks[1], &ns[1]);
	if (ticks[1] <= ticks[0] || ns[1] <= ns[0])
		return (double)NAN;
	return (double)(ticks[1] - ticks[0]) / (double)(ns[1] - ns[0]) * (double)NS_PER_S;
}

static int calibrate(struct clock *clock, struct err *err)
{
	double rate[CALIBRATION_WINDOWS];

	for (int i = 0; i < CALIBRATION_WINDOWS; i++) {
		rate[i] = calibrate_window(clock);
		if (!(rate[i] > 0))
			return err_set(err, ERR_INTERNAL, -EIO,
				"clock %s: did not advance in %d ms; expected a running clock, "
				"check the "
				"virtual machine's clock source",
				clock->name, CALIBRATION_WINDOW_NS / 1000000);
	}
	qsort(rate, CALIBRATION_WINDOWS, sizeof(*rate), compare_doubles);
	clock->rate_hz = rate[CALIBRATION_WINDOWS / 2];
	clock->ns_per_tick = (double)NS_PER_S / clock->rate_hz;
	clock->error_ppm = (rate[CALIBRATION_WINDOWS - 1] - rate[0]) / clock->rate_hz * 1e6;
	return 0;
}

/* Batches, because one pair of readings is near the clock's own resolution. */
static void measure_reading(struct clock *clock)
{
	double batch_ns[READ_BATCHES];
	uint64_t shortest = UINT64_MAX;

	for (int batch = 0; batch < READ_BATCHES; batch++) {
		struct tick first = clock_now(clock), last = first;

		for (int i = 0; i < READS_PER_BATCH; i++) {
			struct tick now = clock_now(clock);
			uint64_t span = clock_span(last, now);

			if (span && span < shortest)
				shortest = span;
			last = now;
		}
		batch_ns[batch] = (double)clock_span(first, last) * clock->ns_per_tick /
		                  READS_PER_BATCH;
	}
	qsort(batch_ns, READ_BATCHES, sizeof(*batch_ns), compare_doubles);
	clock->read_ns = batch_ns[READ_BATCHES / 2];
	clock->read_min_ns = shortest == UINT64_MAX ? 0 : (double)shortest * clock->ns_per_tick;
}

static int open_as(struct clock *clock, bool tsc, struct err *err)
{
	*clock = (struct clock){.tsc = tsc, .invariant = true};
	snprintf(clock->name, sizeof(clock->name), "%s", tsc ? "tsc" : "monotonic_raw");
	int rc = calibrate(clock, err);

	if (rc < 0)
		return rc;
	if (!tsc) {
		/* Compared with itself above, to see that it runs; a tick is 1 ns by definition. */
		clock->rate_hz = (double)NS_PER_S;
		clock->ns_per_tick = 1;
		clock->error_ppm = 0;
	}
	measure_reading(clock);
	return 0;
}

int clock_open_raw(struct clock *clock, struct err *err)
{
	return open_as(clock, false, err);
}

static bool tsc_trusted(void)
{
	const unsigned leaf_features = 0x80000001, bit_rdtscp = 27;
	const unsigned leaf_power = 0x80000007, bit_invariant_tsc = 8;
	char source[64];

	kernel_clock_source(source, sizeof(source));
	return clock_trusts_tsc(cpu_has_bit(leaf_power, bit_invariant_tsc),
		cpu_has_bit(leaf_features, bit_rdtscp), source);
}

/* What has been found out holds as long as the process lives, and two calibrations at a time would disturb each other. */
int clock_open(struct clock *clock, struct err *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct clock known;
	int rc = 0;

	pthread_mutex_lock(&lock);
	if (!(known.ns_per_tick > 0)) {
		struct clock fresh;

		rc = open_as(&fresh, tsc_trusted(), err);
		if (rc == 0)
			known = fresh;
	}
	*clock = known;
	pthread_mutex_unlock(&lock);
	return rc;
}
