/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * irql.h: interrupt request levels, played per thread, and the documented level of every function.
 *
 *	PASSIVE  requester threads, HwVidStartIO        may block
 *	DISPATCH DPC, HwVidExecuteDma, spin-lock holder may not block
 *	DEVICE   HwVidInterrupt, Medium/High sync       only the functions of the ISR's list
 *
 * A thread here is a processor there: raising the level excludes nobody by itself, but a thread at
 * DISPATCH never blocks, and a DPC queued by a thread runs on it as soon as its level drops below
 * DISPATCH (interrupt.c).
 *
 * A function starts with
 *
 *	if (!irql_allowed(vp, IRQL_VideoPortLockBuffer))
 *		return NULL;
 *
 * which costs a thread-local load and two comparisons. A call at a wrong level becomes a rule
 * event, and the function refuses where it can fail (R-034, R-054, videoport.md 2.1 and 2.5).
 *
 * Threads: everything here concerns the calling thread only.
 */
#ifndef VIDEOPORT_IRQL_H
#define VIDEOPORT_IRQL_H

#include "drivers/support/host.h"
#include "drivers/support/types.h"

enum irql {
	IRQL_PASSIVE = 0,
	IRQL_APC = 1,
	IRQL_DISPATCH = 2,
	IRQL_DEVICE = 8, /* the device's own level, and BusInterruptLevel */
};

/*
 * X(function, lowest, highest): the documented levels. SynchronizeExecution is allowed up to the
 * device's level, but whoever is there holds the interrupt lock already and is bound by the ISR's
 * list, so its upper bound is DISPATCH. Functions without a row may be called at any level.
 */
#define IRQL_RULES(X)                                                                              \
	X(VideoPortGetDmaAdapter, PASSIVE, PASSIVE)                                                \
	X(VideoPortPutDmaAdapter, PASSIVE, PASSIVE)                                                \
	X(VideoPortAllocateCommonBuffer, PASSIVE, PASSIVE)                                         \
	X(VideoPortReleaseCommonBuffer, PASSIVE, PASSIVE)                                          \
	X(VideoPortLockBuffer, PASSIVE, PASSIVE)                                                   \
	X(VideoPortUnlockBuffer, PASSIVE, DISPATCH)                                                \
	X(VideoPortStartDma, PASSIVE, DISPATCH)                                                    \
	X(VideoPortCompleteDma, PASSIVE, DISPATCH)                                                 \
	X(VideoPortCreateEvent, PASSIVE, PASSIVE)                                                  \
	X(VideoPortDeleteEvent, PASSIVE, DISPATCH)                                                 \
	X(VideoPortSetEvent, PASSIVE, DISPATCH)                                                    \
	X(VideoPortClearEvent, PASSIVE, DISPATCH)                                                  \
	X(VideoPortReadStateEvent, PASSIVE, DISPATCH)                                              \
	X(VideoPortWaitForSingleObject, PASSIVE, DISPATCH)                                         \
	X(VideoPortQueueDpc, DISPATCH, DEVICE)                                                     \
	X(VideoPortSynchronizeExecution, PASSIVE, DISPATCH)                                        \
	X(VideoPortCreateSpinLock, PASSIVE, PASSIVE)                                               \
	X(VideoPortDeleteSpinLock, PASSIVE, DISPATCH)                                              \
	X(VideoPortAcquireSpinLock, PASSIVE, DISPATCH)                                             \
	X(VideoPortReleaseSpinLock, DISPATCH, DISPATCH)                                            \
	X(VideoPortAcquireSpinLockAtDpcLevel, DISPATCH, DISPATCH)                                  \
	X(VideoPortReleaseSpinLockFromDpcLevel, DISPATCH, DISPATCH)                                \
	X(VideoPortAcquireDeviceLock, PASSIVE, PASSIVE)                                            \
	X(VideoPortReleaseDeviceLock, PASSIVE, PASSIVE)                                            \
	X(VideoPortAllocatePool, PASSIVE, DISPATCH)                                                \
	X(VideoPortFreePool, PASSIVE, DISPATCH)                                                    \
	X(VideoPortGetAccessRanges, PASSIVE, PASSIVE)                                              \
	X(VideoPortVerifyAccessRanges, PASSIVE, PASSIVE)                                           \
	X(VideoPortGetDeviceBase, PASSIVE, PASSIVE)                                                \
	X(VideoPortFreeDeviceBase, PASSIVE, PASSIVE)                                               \
	X(VideoPortGetBusData, PASSIVE, PASSIVE)                                                   \
	X(VideoPortGetRegistryParameters, PASSIVE, PASSIVE)                                        \
	X(VideoPortSetBusData, PASSIVE, PASSIVE)                                                   \
	X(VideoPortMapMemory, PASSIVE, PASSIVE)                                                    \
	X(VideoPortUnmapMemory, PASSIVE, PASSIVE)                                                  \
	X(VideoPortSetRegistryParameters, PASSIVE, PASSIVE)                                        \
	X(VideoPortFlushRegistry, PASSIVE, PASSIVE)                                                \
	X(VideoPortGetVersion, PASSIVE, PASSIVE)                                                   \
	X(VideoPortQueryServices, PASSIVE, PASSIVE)                                                \
	X(VideoPortDDCMonitorHelper, PASSIVE, PASSIVE)                                             \
	X(VideoPortInt10, PASSIVE, PASSIVE)                                                        \
	X(VideoPortGetRomImage, PASSIVE, PASSIVE)                                                  \
	X(VideoPortScanRom, PASSIVE, PASSIVE)                                                      \
	X(VideoPortGetVgaStatus, PASSIVE, PASSIVE)                                                 \
	X(VideoPortSetTrappedEmulatorPorts, PASSIVE, PASSIVE)                                      \
	X(VideoPortGetAgpServices, PASSIVE, PASSIVE)                                               \
	X(VideoPortGetDeviceData, PASSIVE, PASSIVE)                                                \
	X(VideoPortCheckForDeviceExistence, PASSIVE, PASSIVE)                                      \
	X(VideoPortEnumerateChildren, PASSIVE, PASSIVE)                                            \
	X(VideoPortCreateSecondaryDisplay, PASSIVE, PASSIVE)                                       \
	X(VideoPortRegisterBugcheckCallback, PASSIVE, PASSIVE)                                     \
	X(VideoPortGetCommonBuffer, PASSIVE, PASSIVE)                                              \
	X(VideoPortFreeCommonBuffer, PASSIVE, PASSIVE)                                             \
	X(VideoPortAllocateContiguousMemory, PASSIVE, PASSIVE)                                     \
	X(VideoPortAllocateBuffer, PASSIVE, PASSIVE)                                               \
	X(VideoPortReleaseBuffer, PASSIVE, PASSIVE)                                                \
	X(VideoPortLockPages, PASSIVE, PASSIVE)                                                    \
	X(VideoPortUnlockPages, PASSIVE, PASSIVE)                                                  \
	X(VideoPortMapBankedMemory, PASSIVE, PASSIVE)                                              \
	X(VideoPortStartTimer, PASSIVE, DISPATCH)                                                  \
	X(VideoPortStopTimer, PASSIVE, DISPATCH)                                                   \
	X(VideoPortQueryPerformanceCounter, PASSIVE, DISPATCH)

#define IRQL_ENUM(function, lowest, highest) IRQL_##function,
enum irql_function {
	IRQL_RULES(IRQL_ENUM) IRQL_FUNCTION_COUNT,
};
#undef IRQL_ENUM

struct irql_rule {
	const char *function;
	uint8_t lowest, highest;
};

struct videoport;
struct dpc;

struct _VIDEO_PORT_SPIN_LOCK;

/* What a thread is to the port. */
struct irql_thread {
	uint8_t level;
	bool starting;          /* in HwVidFindAdapter or HwVidInitialize */
	bool timer;             /* the thread that calls HwVidTimer */
	struct videoport *port; /* that a driver's routine on this thread works for, or NULL */
	struct _VIDEO_PORT_SPIN_LOCK *held; /* its spin locks, the last acquired first */
	struct dpc *dpc_first; /* DPCs queued by this thread, run when the level drops */
	struct dpc *dpc_last;
};

extern _Thread_local struct irql_thread irql_thread;

/* irql_self - names the thread, or the actor a scheduler plays on it, as the holder of a lock. Never 0. */
static inline uintptr_t irql_self(void)
{
	return (uintptr_t)&irql_thread + host_actor;
}

static inline unsigned irql_current(void)
{
	return irql_thread.level;
}

/* irql_raise - to @level, or stays where it is if that is higher. Return: the level before. */
static inline unsigned irql_raise(unsigned level)
{
	unsigned old = irql_thread.level;

	if (level > old)
		irql_thread.level = (uint8_t)level;
	return old;
}

/* Runs the DPCs this thread queued, at DISPATCH. */
void irql_run_dpcs(void);

/*
 * irql_lower - back to @level, which irql_raise returned; queued DPCs run first if it is below
 * DISPATCH.
 */
static inline void irql_lower(unsigned level)
{
	if (__builtin_expect(level < IRQL_DISPATCH && irql_thread.dpc_first != NULL, 0))
		irql_run_dpcs();
	irql_thread.level = (uint8_t)level;
}

/* What a routine of the driver must leave as it finds it (rule 605). */
struct callback {
	struct videoport *port;
	struct _VIDEO_PORT_SPIN_LOCK *held;
	unsigned device_locks; /* passive_enter: how often the thread holds the device lock */
	uint8_t level;
	bool starting;
};

/* callback_enter - a routine of @vp's driver is about to be called, at the thread's level. */
static inline struct callback callback_enter(struct videoport *vp)
{
	struct callback before = {
		irql_thread.port, irql_thread.held, 0, irql_thread.level, irql_thread.starting};

	irql_thread.port = vp;
	return before;
}

/* The slow half of callback_leave: reports what @routine left behind and puts it right. */
void callback_left_wrong(const struct callback *before, const char *routine);

/*
 * callback_leave - the routine has returned. A changed level or a spin lock it still holds is reported,
 * the level restored and the lock released, so that nobody waits for it for ever.
 */
static inline void callback_leave(const struct callback *before, const char *routine)
{
	if (__builtin_expect(
		    irql_thread.level != before->level || irql_thread.held != before->held, 0))
		callback_left_wrong(before, routine);
	irql_thread.port = before->port;
	irql_thread.starting = before->starting;
}

/* The rule of @function, from the table above. */
static inline struct irql_rule irql_rule(enum irql_function function)
{
#define IRQL_ROW(name, low, high) {#name, IRQL_##low, IRQL_##high},
	static const struct irql_rule rules[IRQL_FUNCTION_COUNT] = {IRQL_RULES(IRQL_ROW)};
#undef IRQL_ROW
	return rules[function];
}

/* Records the call at a wrong level as a rule event. @vp may be NULL. */
void irql_refuse(struct videoport *vp, enum irql_function function);

/*
 * irql_allowed - whether @function may be called at the thread's level; if not, the event is
 * recorded.
 */
static inline bool irql_allowed(struct videoport *vp, enum irql_function function)
{
	struct irql_rule rule = irql_rule(function);

	if (__builtin_expect(
		    irql_thread.level >= rule.lowest && irql_thread.level <= rule.highest, 1))
		return true;
	irql_refuse(vp, function);
	return false;
}

/*
 * isr_list_refused - records a call, at the device's level, of a function that is not on the ISR's list
 * and has no other rule. isr_list_check is for those that take no device extension; they do their work
 * all the same.
 */
void isr_list_refused(const char *function);
static inline void isr_list_check(const char *function)
{
	if (__builtin_expect(irql_thread.level > IRQL_DISPATCH, 0))
		isr_list_refused(function);
}

#endif
