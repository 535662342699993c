// SPDX-License-Identifier: BSD-2-Clause
/* interrupt_test.c: ISR, DPC, synchronised execution and the levels they run at. */
#include "drivers/videoport/testing.h"

/* What callbacks of the interrupt thread saw; read after they are known to have run. */
static struct {
	_Atomic unsigned dpcs;
	_Atomic unsigned level;
	_Atomic(void *) context;
	_Atomic bool hold;    /* the DPC waits while this is set */
	_Atomic bool entered; /* the DPC is running */
} seen;

static void seen_reset(void)
{
	memset(&seen, 0, sizeof(seen));
}

static void wait_for_dpcs(unsigned count)
{
	while (atomic_load(&seen.dpcs) < count)
		sched_yield();
}

static VOID dpc_counts(PVOID hw, PVOID context)
{
	assert_non_null(videoport_from_extension(hw));
	atomic_store(&seen.level, VideoPortGetCurrentIrql());
	atomic_store(&seen.context, context);
	atomic_store(&seen.entered, true);
	while (atomic_load(&seen.hold))
		sched_yield();
	atomic_fetch_add(&seen.dpcs, 1);
}

static BOOLEAN isr_level(PVOID hw)
{
	(void)hw;
	atomic_store(&seen.level, VideoPortGetCurrentIrql());
	return TRUE;
}

static BOOLEAN isr_queues(PVOID hw)
{
	VideoPortQueueDpc(hw, dpc_counts, hw);
	return TRUE;
}

/* ---- ISR ------------------------------------------------------------------------------------- */

static void r_071_the_registered_isr_is_called(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	seen_reset();
	atomic_store(&port.ext->isr, isr_level);
	test_interrupt_once(&port);
	assert_int_equal(atomic_load(&seen.level), IRQL_DEVICE);
	test_interrupt_once(&port);
	assert_int_equal(atomic_load(&port.ext->interrupts), 2);
	assert_true(videoport_interrupt_cpu_ns(port.vp) > 0);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void r_072_no_level_and_no_vector_means_no_interrupt(void **state)
{
	(void)state;
	test_hw.HwFindAdapter = test_find_without_interrupt;

	struct test_port port = test_port_open();

	assert_false(port.vp->interrupt.connected);
	assert_int_equal(videoport_interrupt_cpu_ns(port.vp), 0);
	test_port_close(&port);

	test_reset(NULL);
	test_hw.HwInterrupt = NULL;
	port = test_port_open();
	assert_false(port.vp->interrupt.connected);
	test_port_close(&port);

	test_reset(NULL);
	port = test_port_open();
	assert_true(port.vp->interrupt.connected);
	test_port_close(&port);
}

static void r_074_an_isr_that_claims_an_interrupt_in_d3_is_recorded(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	assert_int_equal(videoport_power(port.vp, DEVICE_D3, NULL), 0);
	test_interrupt_once(&port);
	/* The thread records behind the ISR: a second one proves the first is through. */
	test_interrupt_once(&port);
	assert_int_equal(videoport_power(port.vp, DEVICE_D0, NULL), 0);

	struct videoport_event event;

	assert_true(test_events(&port, &event) >= 1);
	assert_non_null(strstr(event.message, "D3"));
	test_port_close(&port);
}

static BOOLEAN isr_misuses_dma(PVOID hw)
{
	ULONG len = 4096;
	PHYSICAL_ADDRESS logical;
	VP_DEVICE_DESCRIPTION description = {.ScatterGather = TRUE, .MaximumLength = 4096};

	assert_int_not_equal(VideoPortCompleteDma(hw, NULL, NULL, TRUE), NO_ERROR);
	assert_int_not_equal(
		VideoPortStartDma(hw, NULL, NULL, 0, &len, NULL, NULL, TRUE), NO_ERROR);
	assert_null(VideoPortGetDmaAdapter(hw, &description));
	assert_null(VideoPortAllocateCommonBuffer(hw, NULL, 4096, &logical, TRUE, NULL));
	assert_null(VideoPortLockBuffer(hw, &len, 4, VpReadAccess));
	VideoPortUnlockBuffer(hw, NULL);
	VideoPortPutDmaAdapter(hw, NULL);
	return TRUE;
}

static void expect_rules(struct test_port *port, const char *const *functions, unsigned count)
{
	struct videoport_event events[VIDEOPORT_EVENTS_MAX];

	assert_int_equal(videoport_events(port->vp, events, VIDEOPORT_EVENTS_MAX, NULL), count);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(events[i].kind, VIDEOPORT_EVENT_RULE);
		if (strncmp(events[i].message, functions[i], strlen(functions[i])) != 0 ||
			!strstr(events[i].message, "called at device level"))
			fail_msg("expected %s in '%s'", functions[i], events[i].message);
	}
}

static void r_034_r_054_dma_functions_are_refused_in_the_isr(void **state)
{
	static const char *const functions[] = {"VideoPortCompleteDma", "VideoPortStartDma",
		"VideoPortGetDmaAdapter", "VideoPortAllocateCommonBuffer", "VideoPortLockBuffer",
		"VideoPortUnlockBuffer", "VideoPortPutDmaAdapter"};
	struct test_port port = test_port_open();

	(void)state;
	atomic_store(&port.ext->isr, isr_misuses_dma);
	test_interrupt_once(&port);
	expect_rules(&port, functions, 7);
	test_port_close(&port);
}

static BOOLEAN isr_misuses_events(PVOID hw)
{
	struct test_extension *ext = hw;
	UCHAR old;

	VideoPortSetEvent(hw, ext->user);
	assert_int_equal(VideoPortReadStateEvent(hw, ext->user), 0);
	VideoPortAcquireSpinLock(hw, NULL, &old);
	assert_null(VideoPortAllocatePool(hw, VpNonPagedPool, 16, 0));
	assert_false(VideoPortSynchronizeExecution(hw, VpLowPriority, NULL, NULL));
	assert_int_not_equal(VideoPortQueryPerformanceCounter(hw, NULL), 0);
	return TRUE;
}

static void make_event(struct test_extension *hw, void *arg)
{
	PEVENT event = NULL;

	(void)arg;
	assert_int_equal(VideoPortCreateEvent(hw, 0, NULL, &event), NO_ERROR);
	hw->user = event;
}

static void the_isr_may_call_only_its_list(void **state)
{
	static const char *const functions[] = {"VideoPortSetEvent", "VideoPortReadStateEvent",
		"VideoPortAcquireSpinLock", "VideoPortAllocatePool",
		"VideoPortSynchronizeExecution", "VideoPortQueryPerformanceCounter"};
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, make_event, NULL);
	atomic_store(&port.ext->isr, isr_misuses_events);
	test_interrupt_once(&port);
	expect_rules(&port, functions, 6);
	test_port_close(&port);
}

static BOOLEAN isr_behaves(PVOID hw)
{
	struct test_extension *ext = hw;
	char scratch[16];

	VideoPortZeroMemory(scratch, sizeof(scratch));
	VideoPortZeroDeviceMemory(ext->registers, 16);
	VideoPortWriteRegisterUlong(ext->registers, VideoPortReadRegisterUlong(ext->registers + 1));
	VideoPortStallExecution(1);
	VideoPortLogError(hw, NULL, NO_ERROR, 5);
	VideoPortQueueDpc(hw, dpc_counts, hw);
	return TRUE;
}

static void what_is_on_the_list_works_in_the_isr(void **state)
{
	struct test_port port = test_port_open();
	struct videoport_event event;

	(void)state;
	seen_reset();
	atomic_store(&port.ext->isr, isr_behaves);
	test_interrupt_once(&port);
	wait_for_dpcs(1);
	assert_int_equal(test_events(&port, &event), 1);
	assert_int_equal(event.kind, VIDEOPORT_EVENT_LOG);
	test_port_close(&port);
}

/* ---- DPC ------------------------------------------------------------------------------------- */

static void r_053_the_dpc_runs_at_dispatch_behind_the_isr(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	seen_reset();
	atomic_store(&port.ext->isr, isr_queues);
	test_interrupt_once(&port);
	wait_for_dpcs(1);
	assert_int_equal(atomic_load(&seen.level), IRQL_DISPATCH);
	assert_ptr_equal(atomic_load(&seen.context), port.ext);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static BOOLEAN isr_queues_twice(PVOID hw)
{
	assert_true(VideoPortQueueDpc(hw, dpc_counts, hw));
	assert_false(VideoPortQueueDpc(hw, dpc_counts, NULL));
	return TRUE;
}

static void d_09_a_second_dpc_is_refused_and_its_context_lost(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	seen_reset();
	atomic_store(&port.ext->isr, isr_queues_twice);
	test_interrupt_once(&port);
	wait_for_dpcs(1);
	assert_ptr_equal(atomic_load(&seen.context), port.ext);
	test_interrupt_once(&port);
	wait_for_dpcs(2);
	assert_int_equal(atomic_load(&seen.dpcs), 2);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void queue_under_lock(struct test_extension *hw, void *arg)
{
	PSPIN_LOCK lock = NULL;
	UCHAR old;

	assert_false(VideoPortQueueDpc(hw, dpc_counts, arg)); /* PASSIVE: recorded */
	assert_int_equal(VideoPortCreateSpinLock(hw, &lock), NO_ERROR);
	VideoPortAcquireSpinLock(hw, lock, &old);
	assert_true(VideoPortQueueDpc(hw, dpc_counts, arg));
	assert_int_equal(atomic_load(&seen.dpcs), 0);
	VideoPortReleaseSpinLock(hw, lock, old);
	/* The level dropped: it has run, on this thread. */
	assert_int_equal(atomic_load(&seen.dpcs), 1);
	assert_int_equal(VideoPortGetCurrentIrql(), IRQL_PASSIVE);
	assert_int_equal(VideoPortDeleteSpinLock(hw, lock), NO_ERROR);
}

static void a_dpc_runs_when_the_level_drops_below_dispatch(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	seen_reset();
	test_call(&port, queue_under_lock, &port);
	assert_ptr_equal(atomic_load(&seen.context), &port);
	test_expect_rule(&port, "VideoPortQueueDpc: called at PASSIVE_LEVEL");
	test_port_close(&port);
}

static BOOLEAN queue_and_let_go(PVOID context)
{
	BOOLEAN queued = VideoPortQueueDpc(context, dpc_counts, &seen);

	atomic_store(&seen.hold, false);
	return queued;
}

static void queue_while_it_runs(struct test_extension *hw, void *arg)
{
	(void)arg;
	assert_true(VideoPortSynchronizeExecution(hw, VpMediumPriority, queue_and_let_go, hw));
	/* The level dropped, so it has run, behind the one that was running. */
	assert_ptr_equal(atomic_load(&seen.context), &seen);
}

static void d_09_a_running_dpc_is_no_longer_pending(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	seen_reset();
	atomic_store(&seen.hold, true);
	atomic_store(&port.ext->isr, isr_queues);
	test_interrupt_once(&port);
	while (!atomic_load(&seen.entered))
		sched_yield();
	test_call(&port, queue_while_it_runs, NULL);
	wait_for_dpcs(2);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* True until raise_interrupts has done its part. */
static _Atomic bool raising;

static void *raise_interrupts(void *arg)
{
	struct test_port *port = arg;

	for (int i = 0; i < 300; i++)
		test_interrupt_once(port);
	atomic_store(&raising, false);
	return NULL;
}

static pthread_t start_raising(struct test_port *port)
{
	pthread_t thread;

	atomic_store(&raising, true);
	assert_int_equal(pthread_create(&thread, NULL, raise_interrupts, port), 0);
	return thread;
}

/* Work is handed over in a counter, never in the DPC's context: nothing may be lost. */
static struct {
	_Atomic unsigned made;
	_Atomic unsigned taken;
} work;

static VOID dpc_takes(PVOID hw, PVOID context)
{
	(void)hw, (void)context;
	atomic_store(&work.taken, atomic_load(&work.made));
}

static BOOLEAN isr_makes(PVOID hw)
{
	atomic_fetch_add(&work.made, 1);
	VideoPortQueueDpc(hw, dpc_takes, NULL);
	return TRUE;
}

static BOOLEAN sync_makes(PVOID context)
{
	atomic_fetch_add(&work.made, 1);
	VideoPortQueueDpc(context, dpc_takes, NULL);
	return TRUE;
}

static void make_work(struct test_extension *hw, void *arg)
{
	(void)arg;
	while (atomic_load(&raising)) {
		assert_true(VideoPortSynchronizeExecution(hw, VpHighPriority, sync_makes, hw));
		sched_yield();
	}
}

static void d_09_colliding_dpcs_lose_no_work(void **state)
{
	struct test_port port = test_port_open();
	(void)state;
	memset(&work, 0, sizeof(work));
	atomic_store(&port.ext->isr, isr_makes);

	pthread_t thread = start_raising(&port);

	test_call(&port, make_work, NULL);
	pthread_join(thread, NULL);
	while (atomic_load(&work.taken) != atomic_load(&work.made))
		sched_yield();
	assert_true(atomic_load(&work.made) >= 300);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* ---- synchronised execution ------------------------------------------------------------------ */

static unsigned shared; /* not atomic: the exclusion must make it exact */

static BOOLEAN isr_adds(PVOID hw)
{
	(void)hw;
	test_add_slowly(&shared);
	return TRUE;
}

static BOOLEAN sync_adds(PVOID context)
{
	assert_int_equal(VideoPortGetCurrentIrql(), *(unsigned *)context);
	test_add_slowly(&shared);
	return TRUE;
}

struct sync_plan {
	VIDEO_SYNCHRONIZE_PRIORITY priority;
	unsigned level;
	unsigned rounds; /* made */
};

static void add_synchronised(struct test_extension *hw, void *arg)
{
	struct sync_plan *plan = arg;

	do {
		assert_true(
			VideoPortSynchronizeExecution(hw, plan->priority, sync_adds, &plan->level));
		plan->rounds++;
		sched_yield(); /* a spin lock is not fair: let the ISR in */
	} while (atomic_load(&raising));
}

static void r_073_d_10_medium_and_high_exclude_the_isr(void **state)
{
	static const VIDEO_SYNCHRONIZE_PRIORITY priorities[] = {VpMediumPriority, VpHighPriority};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct test_port port = test_port_open();
		struct sync_plan plan = {priorities[i], IRQL_DEVICE, 0};

		shared = 0;
		atomic_store(&port.ext->isr, isr_adds);

		pthread_t thread = start_raising(&port);

		test_call(&port, add_synchronised, &plan);
		pthread_join(thread, NULL);

		/* Each was waited for, so none is on its way. */
		unsigned interrupts = atomic_load(&port.ext->interrupts);

		assert_int_equal(interrupts, 300);
		test_expect_no_events(&port);
		test_port_close(&port);
		assert_int_equal(shared, plan.rounds + interrupts);
	}
}

static VOID dpc_adds(PVOID hw, PVOID context)
{
	unsigned level = IRQL_DISPATCH;

	(void)context;
	test_add_slowly(&shared);
	/* The DPC itself may ask for Low. */
	assert_true(VideoPortSynchronizeExecution(hw, VpLowPriority, sync_adds, &level));
}

static BOOLEAN isr_queues_adder(PVOID hw)
{
	VideoPortQueueDpc(hw, dpc_adds, NULL);
	return TRUE;
}

static void d_10_low_excludes_the_dpc(void **state)
{
	struct test_port port = test_port_open();
	struct sync_plan plan = {VpLowPriority, IRQL_DISPATCH, 0};

	(void)state;
	shared = 0;
	atomic_store(&port.ext->isr, isr_queues_adder);

	pthread_t thread = start_raising(&port);

	test_call(&port, add_synchronised, &plan);
	pthread_join(thread, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
	/*
	 * Every interrupt queued its DPC, and every DPC ran before the next interrupt's ISR or at
	 * close.
	 */
	assert_int_equal(shared, plan.rounds + 2 * 300);
}

static void d_10_without_an_interrupt_medium_is_low(void **state)
{
	struct sync_plan plan = {VpMediumPriority, IRQL_DISPATCH, 0};

	(void)state;
	test_hw.HwInterrupt = NULL;

	struct test_port port = test_port_open();

	shared = 0;
	test_call(&port, add_synchronised, &plan);
	assert_int_equal(shared, 1);
	test_port_close(&port);
}

static void synchronise_wrongly(struct test_extension *hw, void *arg)
{
	(void)arg;
	assert_false(
		VideoPortSynchronizeExecution(hw, (VIDEO_SYNCHRONIZE_PRIORITY)3, sync_adds, NULL));
}

static void an_unknown_priority_is_refused(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, synchronise_wrongly, NULL);
	test_expect_rule(&port, "priority 3");
	test_port_close(&port);
}

/* ---- levels ---------------------------------------------------------------------------------- */

static void every_function_is_held_to_its_levels(void **state)
{
	static const unsigned levels[] = {IRQL_PASSIVE, IRQL_DISPATCH, IRQL_DEVICE};
	struct test_port port = test_port_open();

	(void)state;
	for (int i = 0; i < IRQL_FUNCTION_COUNT; i++) {
		struct irql_rule rule = irql_rule((enum irql_function)i);

		for (int j = 0; j < 3; j++) {
			bool expected = levels[j] >= rule.lowest && levels[j] <= rule.highest;
			unsigned old = irql_raise(levels[j]);

			assert_int_equal(irql_allowed(port.vp, (enum irql_function)i), expected);
			irql_lower(old);
			if (expected)
				test_expect_no_events(&port);
			else
				test_expect_rule(&port, rule.function);
		}
	}
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(r_071_the_registered_isr_is_called),
		test_case(r_072_no_level_and_no_vector_means_no_interrupt),
		test_case(r_074_an_isr_that_claims_an_interrupt_in_d3_is_recorded),
		test_case(r_034_r_054_dma_functions_are_refused_in_the_isr),
		test_case(the_isr_may_call_only_its_list),
		test_case(what_is_on_the_list_works_in_the_isr),
		test_case(r_053_the_dpc_runs_at_dispatch_behind_the_isr),
		test_case(d_09_a_second_dpc_is_refused_and_its_context_lost),
		test_case(d_09_a_running_dpc_is_no_longer_pending),
		test_case(a_dpc_runs_when_the_level_drops_below_dispatch),
		test_case(d_09_colliding_dpcs_lose_no_work),
		test_case(r_073_d_10_medium_and_high_exclude_the_isr),
		test_case(d_10_low_excludes_the_dpc),
		test_case(d_10_without_an_interrupt_medium_is_low),
		test_case(an_unknown_priority_is_refused),
		test_case(every_function_is_held_to_its_levels),
	};

	return cmocka_run_group_tests_name("interrupt", tests, NULL, NULL);
}
