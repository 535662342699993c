// SPDX-License-Identifier: BSD-2-Clause
/* time.c: the driver's view of time: performance counter, stall, system time (videoport.md 2.5). */
#include "drivers/support/mmio.h"
#include "drivers/videoport/priv.h"

#include <sched.h>

/* 1601-01-01 to 1970-01-01 in 100 ns units. */
#define EPOCH_DIFFERENCE INT64_C(116444736000000000)

#define STALL_MAX_US 50 /* rule 608; more is for HwVidFindAdapter and HwVidInitialize */
#define STALL_TURNS  64 /* a few microseconds: behind that others may have the processor */

LONGLONG NTAPI VideoPortQueryPerformanceCounter(
	PVOID HwDeviceExtension, PLONGLONG PerformanceFrequency)
{
	/* The counter is right at any level; a call from an ISR is recorded all the same. */
	if (__builtin_expect(irql_current() > IRQL_DISPATCH, 0))
		irql_refuse(videoport_from_extension(HwDeviceExtension),
			IRQL_VideoPortQueryPerformanceCounter);
	host_point(HOST_POINT_CLOCK);
	if (PerformanceFrequency)
		*PerformanceFrequency = (LONGLONG)clock_source.hz;

	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	return (LONGLONG)(vp && vp->verifier.on ? counter_read(vp) : clock_ticks());
}

VOID NTAPI VideoPortStallExecution(ULONG Microseconds)
{
	if (__builtin_expect(Microseconds > STALL_MAX_US && !irql_thread.starting, 0))
		rule_broken(irql_thread.port, RULE_STALL_LONG, NO_ERROR,
			"VideoPortStallExecution: %u us", Microseconds);

	uint64_t end_ns = clock_now_ns() + (uint64_t)Microseconds * 1000;

	/* Nobody wakes this sleeper: the time passes for the others, as it does on their processors. */
	while (host_played() && clock_now_ns() < end_ns)
		host_ops->sleep(&end_ns, 0, end_ns);

	/* Who stalls waits for the device; one that shares this processor, or has lost its own, shall get on with it. */
	for (unsigned turns = 0; clock_now_ns() < end_ns; turns++)
		if (turns < STALL_TURNS)
			cpu_relax();
		else
			sched_yield();
}

VOID NTAPI VideoPortQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
	struct timespec now;

	isr_list_check("VideoPortQuerySystemTime");
	/* The coarse clock ticks every few milliseconds, as the documented one does. */
	host_clock(CLOCK_REALTIME_COARSE, &now);
	CurrentTime->QuadPart = EPOCH_DIFFERENCE + (LONGLONG)now.tv_sec * 10000000 +
	                        (LONGLONG)now.tv_nsec / 100;
}
