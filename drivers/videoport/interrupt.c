// SPDX-License-Identifier: BSD-2-Clause
/*
 * interrupt.c: the interrupt thread, the DPC and VideoPortSynchronizeExecution.
 *
 *	device irq --> thread: level DEVICE, interrupt lock --> HwVidInterrupt --> VideoPortQueueDpc
 *	               lower --> level DISPATCH, DPC lock   --> the DPC
 *
 * A DPC runs on the thread that queued it, when that thread's level drops below DISPATCH: after the
 * ISR, after a spin lock is released, after VideoPortSynchronizeExecution. It is no longer pending
 * when its routine starts, so an interrupt that arrives meanwhile queues it again (D-9). Two
 * threads never run the DPC of one device at once.
 */
#include "drivers/support/fault.h"
#include "drivers/support/trace.h"
#include "drivers/videoport/priv.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#define UNCLAIMED_MAX 16 /* rule 607 */

/* ---- DPC ------------------------------------------------------------------------------------- */

BOOLEAN NTAPI VideoPortQueueDpc(
	PVOID HwDeviceExtension, PMINIPORT_DPC_ROUTINE CallbackRoutine, PVOID Context)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortQueueDpc))
		return FALSE;
	if (!CallbackRoutine) {
		rule_broken(vp, RULE_DPC_ROUTINE, ERROR_INVALID_PARAMETER,
			"VideoPortQueueDpc: CallbackRoutine is NULL");
		return FALSE;
	}

	struct dpc *dpc = &vp->interrupt.dpc;

	/*
	 * Acquire: pairs with irql_run_dpcs, which has read routine and context before it clears
	 * this.
	 */
	if (atomic_exchange_explicit(&dpc->pending, true, memory_order_acquire))
		return FALSE;
	dpc->vp = vp;
	dpc->routine = CallbackRoutine;
	dpc->context = Context;
	dpc->next = NULL;
	if (irql_thread.dpc_first)
		irql_thread.dpc_last->next = dpc;
	else
		irql_thread.dpc_first = dpc;
	irql_thread.dpc_last = dpc;
	return TRUE;
}

void irql_run_dpcs(void)
{
	irql_thread.level = IRQL_DISPATCH;
	while (irql_thread.dpc_first) {
		struct dpc *dpc = irql_thread.dpc_first;
		struct videoport *vp = dpc->vp;
		PMINIPORT_DPC_ROUTINE routine = dpc->routine;
		PVOID context = dpc->context;

		irql_thread.dpc_first = dpc->next;
		atomic_store_explicit(&dpc->pending, false, memory_order_release);
		spin_acquire(&vp->interrupt.dispatch);

		struct callback before = callback_enter(vp);

		routine(vp->extension, context);
		callback_leave(&before, "DPC routine");
		account_date_now(&vp->account);
		spin_release(&vp->interrupt.dispatch);
	}
}

/* ---- synchronised execution ------------------------------------------------------------------ */

static BOOLEAN call_here(struct videoport *vp, PMINIPORT_SYNCHRONIZE_ROUTINE routine, PVOID context)
{
	struct callback before = callback_enter(vp);
	BOOLEAN result = routine(context);

	callback_leave(&before, "synchronised routine");
	return result;
}

static BOOLEAN call_under(struct videoport *vp, struct spin *lock, unsigned level,
	PMINIPORT_SYNCHRONIZE_ROUTINE routine, PVOID context)
{
	unsigned old = irql_raise(level);

	spin_acquire(lock);

	BOOLEAN result = call_here(vp, routine, context);

	spin_release(lock);
	irql_lower(old);
	return result;
}

/*
 * Medium and High exclude the ISR. Low excludes the DPC and other callers of Low; a caller that is
 * at DISPATCH already (the DPC itself, or a spin-lock holder, whom a DPC may wait for) gets a plain
 * call, as raising to where it is gives nothing either (D-10).
 */
BOOLEAN NTAPI VideoPortSynchronizeExecution(PVOID HwDeviceExtension,
	VIDEO_SYNCHRONIZE_PRIORITY Priority, PMINIPORT_SYNCHRONIZE_ROUTINE SynchronizeRoutine,
	PVOID Context)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortSynchronizeExecution))
		return FALSE;
	if (!SynchronizeRoutine || Priority < VpLowPriority || Priority > VpHighPriority) {
		rule_broken(vp, RULE_SYNC_ARGUMENT, ERROR_INVALID_PARAMETER,
			"VideoPortSynchronizeExecution: priority %d, routine %s", (int)Priority,
			SynchronizeRoutine ? "given" : "NULL");
		return FALSE;
	}
	if (Priority != VpLowPriority && vp->interrupt.connected)
		return call_under(
			vp, &vp->interrupt.lock, IRQL_DEVICE, SynchronizeRoutine, Context);
	if (irql_current() >= IRQL_DISPATCH)
		return call_here(vp, SynchronizeRoutine, Context);
	return call_under(vp, &vp->interrupt.dispatch, IRQL_DISPATCH, SynchronizeRoutine, Context);
}

/* ---- the interrupt thread -------------------------------------------------------------------- */

/*
 * One is nothing: the driver may have polled what the device interrupts for. Many in a row are an ISR
 * that does not know its device.
 */
static void interrupt_unclaimed(struct videoport *vp)
{
	/* Relaxed: a count that publishes nothing. */
	atomic_fetch_add_explicit(&vp->interrupt.denied, 1, memory_order_relaxed);
	if (++vp->interrupt.unclaimed < UNCLAIMED_MAX)
		return;
	vp->interrupt.unclaimed = 0;
	rule_broken(vp, RULE_ISR_UNCLAIMED, 0,
		"HwVidInterrupt: returned FALSE for %d interrupts in a row", UNCLAIMED_MAX);
}

/* One interrupt: the ISR, then what it queued. */
static void interrupt_deliver(struct videoport *vp)
{
	/*
	 * Looked at first: if it says D3, HwSetPowerState had returned before the ISR was entered.
	 */
	bool d3 = atomic_load_explicit(&vp->power, memory_order_acquire) != DEVICE_D0;
	unsigned old = irql_raise(IRQL_DEVICE);

	spin_acquire(&vp->interrupt.lock);

	struct callback before = callback_enter(vp);
	BOOLEAN ours = vp->hw.HwInterrupt(vp->extension);

	callback_leave(&before, "HwVidInterrupt");
	spin_release(&vp->interrupt.lock);
	if (ours && d3)
		rule_broken(vp, RULE_ISR_D3, 0, "HwVidInterrupt: claimed an interrupt in D3");
	else if (!ours && !d3)
		interrupt_unclaimed(vp);
	else
		vp->interrupt.unclaimed = 0;
	irql_lower(old);
}

uint64_t videoport_denied(const struct videoport *vp)
{
	return atomic_load_explicit(&vp->interrupt.denied, memory_order_relaxed);
}

static void *interrupt_main(void *arg)
{
	struct videoport *vp = arg;
	int ret;

	port_enter(vp);
	while ((ret = vp->device->irq->wait(vp->device, UINT64_MAX)) >= 0) {
		interrupt_gate_pass(vp);
		if (!ret)
			continue;
		trace_to(TRACE_COMPLETION);
		interrupt_deliver(vp);
		trace_to(TRACE_IDLE);
	}
	if (ret != -ECANCELED)
		rule_broken(vp, RULE_INTERRUPT_LOST, ERROR_GEN_FAILURE,
			"interrupt thread: waiting for the device failed (%s); no interrupt "
			"arrives any more",
			strerror(-ret));
	return NULL;
}

static int thread_attributes(pthread_attr_t *attr, int cpu)
{
	int ret = pthread_attr_init(attr);

	if (ret || cpu < 0)
		return -ret;

	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((unsigned)cpu, &cpus);
	ret = pthread_attr_setaffinity_np(attr, sizeof(cpus), &cpus);
	if (ret)
		pthread_attr_destroy(attr);
	return -ret;
}

int interrupt_connect(struct videoport *vp, struct err *err)
{
	struct interrupt_state *interrupt = &vp->interrupt;
	int cpu = vp->config.interrupt_cpu;
	pthread_attr_t attr;

	if (cpu >= CPU_SETSIZE)
		return err_set(err, ERR_USAGE, -EINVAL,
			"interrupt_cpu: %d is no logical CPU; expected -1 or 0..%d", cpu,
			CPU_SETSIZE - 1);

	int ret = fault_point("interrupt_attributes") ? -ENOMEM : thread_attributes(&attr, cpu);

	if (ret < 0)
		return err_short(err, ret, "interrupt thread: no memory for its settings");
	/* Before the thread exists: its first DPC may already ask for synchronised execution. */
	interrupt->connected = true;
	ret = fault_point("interrupt_thread") ? -EAGAIN
	                                      : -host_thread_start(&interrupt->thread, &attr,
							"interrupt", interrupt_main, vp);
	pthread_attr_destroy(&attr);
	if (ret < 0)
		interrupt->connected = false;
	if (ret == -EINVAL)
		return err_set(err, ERR_USAGE, ret,
			"interrupt_cpu: logical CPU %d cannot be used here; choose one of those "
			"allowed "
			"(taskset -p $$) or -1",
			cpu);
	if (ret < 0)
		return err_short(
			err, ret, "interrupt thread: cannot be started (%s)", strerror(-ret));
	return 0;
}

void interrupt_disconnect(struct videoport *vp)
{
	if (!vp->interrupt.connected)
		return;
	vp->device->irq->cancel(vp->device);
	interrupt_gate_end(vp);
	host_thread_join(&vp->interrupt.thread);
	vp->interrupt.connected = false;
}

uint64_t videoport_interrupt_cpu_ns(struct videoport *vp)
{
	struct timespec used;
	clockid_t clock;

	if (!vp->interrupt.connected || host_played() ||
		pthread_getcpuclockid(vp->interrupt.thread.os, &clock) ||
		clock_gettime(clock, &used))
		return 0;
	return (uint64_t)used.tv_sec * UINT64_C(1000000000) + (uint64_t)used.tv_nsec;
}
