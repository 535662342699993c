// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_park_test.c: transfers that wait for map registers, or for a mapping that was refused: whatever the order in which
 * requester, deferred calls and the port's queue come to them, somebody comes back for each, and what is newer does not pass them.
 * Many orders on a virtual clock; and some by hand, with threads that are held within VideoPortLockBuffer, VideoPortStartDma and
 * VideoPortCompleteDma (the linker's --wrap, see Makefile).
 */
#include "drivers/miniport/path_packet.h"
#include "drivers/tests/rig_sched.h"

#include <semaphore.h>
#include <stdatomic.h>

#include "drivers/device/model/model.h"

#define TRANSFERS   30000u
#define IN_FLIGHT   9u
#define LONG_BYTES  (2 * PAGE_BYTES) /* two rounds with one map register */
#define NAP_NS      1000u
#define PATIENCE_NS 2000000u /* a transfer takes some microseconds */

struct play {
	const char *driver;
	uint32_t completion, refused, moved;
	bool shared; /* as with one buffer: what goes one way has to wait for what goes the other way */
};

/*
 * The transfers of a direction start in the order they were submitted in, whoever is refused how often; and none starts, of neither
 * direction, that was submitted when one had been refused too often.
 */
static struct {
	bool on;
	unsigned passed; /* those that came when a newer one had started */
	struct {
		bool any;
		ULONG sequence;
	} last[DMAB_CHANNELS];
	bool shared;                       /* ... and */
	unsigned in_flight[DMAB_CHANNELS]; /* between StartDma and CompleteDma */
	const TRANSFER *strict;            /* refused too often, and tries again or waits */
	unsigned stricts, strict_submits, strict_passed;
	unsigned strict_others; /* that tried to start nevertheless */
} order;

/* One completion; who waits for it is woken by nobody but itself. */
static DMABENCH_COMPLETION reap_one(struct rig *rig, const struct play *play)
{
	const uint64_t until_ns = host_ops->now_ns() + PATIENCE_NS;
	DMABENCH_COMPLETION done;

	while (rig_reap(rig, &done, 1) == 0) {
		if (play->completion == DMABENCH_COMPLETION_ADAPTIVE)
			rig_wait(rig, NAP_NS / 1000); /* else nobody interrupts */
		if (host_ops->now_ns() > until_ns)
			fail_msg("%s: nobody comes for a transfer, behind %u", play->driver,
				play->moved + play->refused);
		rig_nap(NAP_NS);
	}
	return done;
}

static void play_open(const struct play *play, struct rig *rig)
{
	struct rig_options options = {.driver = play->driver,
		.device_ops = &model_ops,
		.completion = play->completion,
		.parameters = {{"HybridThreshold", 0}}};

	if (!play->shared) {
		options.address_bits = 32;
		options.map_registers = 1;
		options.defer_execute = true;
		options.lack.map = 0.25;
	}
	rig_open(rig, &options);
}

/* Where they share, one is always on its way: their ends have to be apart. */
static uint32_t play_bytes(const struct play *play, uint32_t i)
{
	if (play->shared)
		return i == 0 ? 64 : RIG_BUFFER_BYTES / i;
	return i == IN_FLIGHT - 1 ? LONG_BYTES : 64;
}

/* Submits the first ones. */
static void play_begin(const struct play *play, struct rig *rig, DMABENCH_TRANSFER *transfer)
{
	for (uint32_t i = 0; i < IN_FLIGHT; i++) {
		const bool from = play->shared ? i == 0 : i % 2;

		transfer[i] = rig_transfer(rig_buffer(rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE),
			from ? DMABENCH_FROM_DEVICE : DMABENCH_TO_DEVICE, play_bytes(play, i));
		transfer[i].Cookie = i;
		transfer[i].DeviceAddress = i * PAGE_BYTES;
		rig_submit(rig, &transfer[i], 1);
	}
}

static void *requester(void *arg)
{
	struct play *play = arg;
	DMABENCH_TRANSFER transfer[IN_FLIGHT];
	struct rig rig;

	play_open(play, &rig);
	play_begin(play, &rig, transfer);
	for (uint32_t i = IN_FLIGHT; i < TRANSFERS; i++) {
		const DMABENCH_COMPLETION done = reap_one(&rig, play);

		if (done.Status != NO_ERROR)
			assert_int_equal(done.Status, ERROR_NOT_ENOUGH_MEMORY);
		*(done.Status ? &play->refused : &play->moved) += 1;
		rig_submit(&rig, &transfer[done.Cookie], 1);
	}
	for (uint32_t i = 0; i < IN_FLIGHT; i++)
		(void)reap_one(&rig, play);
	rig_close(&rig);
	return NULL;
}

static void play_all(bool shared, void (*judge)(const struct play *))
{
	static const char *const drivers[] = {"packet", "packet_cached", "hybrid"};

	for (size_t i = 0; i < 2 * sizeof(drivers) / sizeof(drivers[0]); i++) {
		struct play play = {.driver = drivers[i / 2],
			.completion = i % 2 ? DMABENCH_COMPLETION_ADAPTIVE
		                            : DMABENCH_COMPLETION_INTERRUPT,
			.shared = shared};

		memset(&order, 0, sizeof(order));
		order.on = true;
		order.shared = shared;
		rig_play(requester, &play, 0);
		order.on = false;
		print_message("%s: %u moved, %u refused, %u passed; %u refused too often, passed "
			      "by %u and by %u of %u "
			      "passed\n",
			play.driver, play.moved, play.refused, order.passed, order.stricts,
			order.strict_others, order.strict_passed, order.strict_submits);
		assert_int_equal(order.passed, 0);
		assert_int_equal(order.strict_passed, 0);
		assert_int_equal(order.strict_others, 0);
		judge(&play);
	}
}

static void some_are_refused(const struct play *play)
{
	assert_true(play->refused > 0 && play->moved > play->refused);
}

static void somebody_comes_back_for_each_that_waits(void **state)
{
	(void)state;
	play_all(false, some_are_refused);
}

static void all_move(const struct play *play)
{
	assert_int_equal(play->refused, 0);
	assert_true(order.stricts > 0 && order.strict_submits > 0);
}

/* As long as one comes behind the other that goes the other way. */
static void nothing_passes_who_was_refused_too_often(void **state)
{
	(void)state;
	play_all(true, all_move);
}

/* ---- by hand ---------------------------------------------------------------------------------- */

/* What the calls of VideoPortStartDma are, in their order: a game of two directions ... */
enum call {
	WAITS_FIRST = 1, /* requester: refused, so that it waits */
	MOVES,           /* requester */
	WAITS_AGAIN, /* deferred call, behind the one that moved: refused while the requester holds units */
	FAILS_FIRST, /* requester: refused, so that it waits for the other direction */
	FAILS_AGAIN, /* deferred call: refused when the requester has given everything back */
	LAST         /* deferred call. Until FAILS_AGAIN the requester is about to lock this one */
};
#define LAST_LOCK 4u /* what call of VideoPortLockBuffer that is */

/* ... and of one that waits, with another on its way meanwhile. */
enum turn {
	OLD_FIRST = 1, /* requester: refused, so that it waits */
	HOLDS,         /* requester, the other direction */
	OLD_AGAIN,     /* deferred call, behind the one that held: now another is submitted */
	OTHER,         /* requester, where that one need not wait */
	OLD_THEN,      /* deferred call, refused once more at OLD_AGAIN */
};

static struct {
	bool (*refuses)(PDRIVER driver, unsigned call); /* NULL: nothing is scripted */
	atomic_uint starts;   /* calls of VideoPortStartDma since it is set ... */
	unsigned locks;       /* ... and of VideoPortLockBuffer: the requester's */
	unsigned completions; /* ... and of VideoPortCompleteDma: the deferred call's */
	sem_t submitted, again, failing, over;
	bool refused_again;        /* what OLD_AGAIN gets */
	unsigned completions_then; /* at OLD_THEN */
} script;

VOID __real_PacketUnitsTake(PDRIVER Driver, ULONG Count, PBATCH Batch);
VOID __wrap_PacketUnitsTake(PDRIVER Driver, ULONG Count, PBATCH Batch);
PVOID NTAPI __real_VideoPortLockBuffer(
	PVOID HwDeviceExtension, PVOID BaseAddress, ULONG Length, VP_LOCK_OPERATION Operation);
PVOID NTAPI __wrap_VideoPortLockBuffer(
	PVOID HwDeviceExtension, PVOID BaseAddress, ULONG Length, VP_LOCK_OPERATION Operation);
VP_STATUS NTAPI __real_VideoPortStartDma(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	PVOID Mdl, ULONG Offset, PULONG pLength, PEXECUTE_DMA ExecuteDmaRoutine, PVOID Context,
	BOOLEAN WriteToDevice);
VP_STATUS NTAPI __real_VideoPortCompleteDma(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	PVP_SCATTER_GATHER_LIST VpScatterGather, BOOLEAN WriteToDevice);
VP_STATUS NTAPI __wrap_VideoPortStartDma(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	PVOID Mdl, ULONG Offset, PULONG pLength, PEXECUTE_DMA ExecuteDmaRoutine, PVOID Context,
	BOOLEAN WriteToDevice);
VP_STATUS NTAPI __wrap_VideoPortCompleteDma(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	PVP_SCATTER_GATHER_LIST VpScatterGather, BOOLEAN WriteToDevice);

/* Relaxed: the semaphores order the calls. */
static unsigned start_count(void)
{
	return atomic_fetch_add_explicit(&script.starts, 1, memory_order_relaxed) + 1;
}

static unsigned starts_counted(void)
{
	return atomic_load_explicit(&script.starts, memory_order_relaxed);
}

static bool two_directions(PDRIVER driver, unsigned call)
{
	(void)driver;
	switch (call) {
	case WAITS_FIRST:
	case FAILS_FIRST:
		return true;
	case WAITS_AGAIN:
		sem_post(&script.again);
		sem_wait(&script.failing);
		return true;
	case FAILS_AGAIN:
		sem_post(&script.again);
		sem_wait(&script.over);
		return true;
	default:
		return false;
	}
}

static bool newer_meanwhile(PDRIVER driver, unsigned call)
{
	(void)driver;
	switch (call) {
	case OLD_FIRST:
		return true;
	case OLD_AGAIN:
		sem_post(&script.again);
		sem_wait(&script.over);
		return script.refused_again;
	default:
		return false;
	}
}

/* As if somebody had given a unit back behind the refusal. */
static bool released_meanwhile(PDRIVER driver, unsigned call)
{
	UCHAR irql;

	switch (call) {
	case OLD_FIRST:
		return true;
	case OLD_AGAIN:
		sem_post(&script.again);
		sem_wait(&script.over);
		VideoPortAcquireSpinLock(driver, driver->Lock, &irql);
		driver->Releases++;
		VideoPortReleaseSpinLock(driver, driver->Lock, irql);
		return true;
	case OLD_THEN:
		script.completions_then = script.completions;
		return false;
	default:
		return false;
	}
}

static void script_begin(bool (*refuses)(PDRIVER, unsigned))
{
	sem_init(&script.submitted, 0, 0);
	sem_init(&script.again, 0, 0);
	sem_init(&script.failing, 0, 0);
	sem_init(&script.over, 0, 0);
	atomic_init(&script.starts, 0);
	script.locks = 0;
	script.completions = 0;
	script.refuses = refuses;
}

static void script_end(void)
{
	script.refuses = NULL;
	sem_destroy(&script.over);
	sem_destroy(&script.failing);
	sem_destroy(&script.again);
	sem_destroy(&script.submitted);
}

/* Return: whether it is refused. */
static bool order_begins(const TRANSFER *transfer)
{
	const ULONG direction = transfer->Request.Direction;

	if (transfer->Rounds == 0 && order.last[direction].any &&
		(LONG)(transfer->Sequence - order.last[direction].sequence) < 0)
		order.passed++;
	if (order.strict && transfer != order.strict && transfer->Rounds == 0)
		order.strict_others++;
	if (order.strict == NULL && transfer->Refusals >= PACKET_REFUSALS_MOST) {
		order.strict = transfer;
		order.stricts++;
	}
	if (order.shared && order.in_flight[!direction] > 0)
		return true;
	order.in_flight[direction]++;
	return false;
}

/* @transfer belongs to others: @seen is a copy. */
static void order_started(const TRANSFER *transfer, const TRANSFER *seen, VP_STATUS status)
{
	if (status != NO_ERROR) {
		order.in_flight[seen->Request.Direction]--;
		return;
	}
	if (order.strict == transfer)
		order.strict = NULL;
	if (seen->Rounds != 0)
		return;
	order.last[seen->Request.Direction].any = true;
	order.last[seen->Request.Direction].sequence = seen->Sequence;
}

PVOID NTAPI __wrap_VideoPortLockBuffer(
	PVOID HwDeviceExtension, PVOID BaseAddress, ULONG Length, VP_LOCK_OPERATION Operation)
{
	if (script.refuses == two_directions && ++script.locks == LAST_LOCK) {
		sem_post(&script.failing);
		sem_wait(&script.again);
	}
	return __real_VideoPortLockBuffer(HwDeviceExtension, BaseAddress, Length, Operation);
}

VP_STATUS NTAPI __wrap_VideoPortStartDma(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	PVOID Mdl, ULONG Offset, PULONG pLength, PEXECUTE_DMA ExecuteDmaRoutine, PVOID Context,
	BOOLEAN WriteToDevice)
{
	const TRANSFER seen = *(const TRANSFER *)Context;
	VP_STATUS status;

	if (script.refuses && script.refuses(HwDeviceExtension, start_count()))
		return ERROR_NOT_ENOUGH_MEMORY;
	if (order.on && order_begins(Context))
		return ERROR_NOT_ENOUGH_MEMORY;
	status = __real_VideoPortStartDma(HwDeviceExtension, VpDmaAdapter, Mdl, Offset, pLength,
		ExecuteDmaRoutine, Context, WriteToDevice);
	if (order.on)
		order_started(Context, &seen, status);
	return status;
}

VOID __wrap_PacketUnitsTake(PDRIVER Driver, ULONG Count, PBATCH Batch)
{
	const TRANSFER *strict = order.strict;

	__real_PacketUnitsTake(Driver, Count, Batch);
	if (strict == NULL || strict != order.strict)
		return;
	order.strict_submits++;
	if (!Batch->Park[0] || !Batch->Park[1])
		order.strict_passed++;
}

/* The one that moves is not over before the requester's first SUBMIT is. */
VP_STATUS NTAPI __wrap_VideoPortCompleteDma(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	PVP_SCATTER_GATHER_LIST VpScatterGather, BOOLEAN WriteToDevice)
{
	if (order.on)
		order.in_flight[WriteToDevice ? DMABENCH_TO_DEVICE : DMABENCH_FROM_DEVICE]--;
	if (script.refuses && script.completions++ == 0)
		sem_wait(&script.submitted);
	return __real_VideoPortCompleteDma(
		HwDeviceExtension, VpDmaAdapter, VpScatterGather, WriteToDevice);
}

static DMABENCH_TRANSFER transfer_of(struct rig *rig, uint32_t direction, uint64_t cookie)
{
	DMABENCH_TRANSFER transfer = rig_transfer(
		rig_buffer(rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), direction, 64);

	transfer.Cookie = cookie;
	transfer.DeviceAddress = cookie * PAGE_BYTES;
	return transfer;
}

static void script_play(struct rig *rig)
{
	const DMABENCH_TRANSFER before[] = {transfer_of(rig, DMABENCH_TO_DEVICE, WAITS_FIRST),
		transfer_of(rig, DMABENCH_FROM_DEVICE, MOVES)};
	const DMABENCH_TRANSFER behind[] = {transfer_of(rig, DMABENCH_FROM_DEVICE, FAILS_FIRST),
		transfer_of(rig, DMABENCH_TO_DEVICE, LAST)};

	rig_submit(rig, before, 2);
	sem_post(&script.submitted);
	sem_wait(&script.again);
	rig_submit(rig, behind, 2);
	sem_post(&script.over);
}

/*
 * The deferred call is refused one that waits while the requester holds units, then another, of the other direction, as the last
 * who holds any: now nobody but itself comes back for the first.
 */
static void who_is_the_last_comes_back_for_both_directions(void **state)
{
	DMABENCH_COMPLETION done[4];
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){
			       .driver = "packet", .completion = DMABENCH_COMPLETION_INTERRUPT});
	script_begin(two_directions);
	script_play(&rig);
	rig_collect(&rig, done, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(done[i].Status,
			done[i].Cookie == FAILS_FIRST ? ERROR_NOT_ENOUGH_MEMORY : NO_ERROR);
	rig_close(&rig);
	script_end();
}

/*
 * The deferred call has the one that waits in its hand, and nobody is parked: a newer one of its direction, submitted in that moment,
 * waits behind it nevertheless.
 */
static void newer_play(bool refused_again)
{
	DMABENCH_COMPLETION done[3];
	DMABENCH_TRANSFER transfer[3];
	struct rig rig;

	rig_open(&rig, &(struct rig_options){
			       .driver = "packet", .completion = DMABENCH_COMPLETION_INTERRUPT});
	transfer[0] = transfer_of(&rig, DMABENCH_TO_DEVICE, 0);
	transfer[1] = transfer_of(&rig, DMABENCH_FROM_DEVICE, 1);
	transfer[2] = transfer_of(&rig, DMABENCH_TO_DEVICE, 2);
	script.refused_again = refused_again;
	script_begin(newer_meanwhile);
	rig_submit(&rig, transfer, 2);
	sem_post(&script.submitted);
	sem_wait(&script.again);
	rig_submit(&rig, &transfer[2], 1);
	assert_int_equal(starts_counted(), OLD_AGAIN);
	sem_post(&script.over);
	rig_collect(&rig, done, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(done[i].Status,
			refused_again && done[i].Cookie == 0 ? ERROR_NOT_ENOUGH_MEMORY : NO_ERROR);
	rig_close(&rig);
	script_end();
}

static void a_newer_one_does_not_pass_the_one_that_tries(void **state)
{
	(void)state;
	newer_play(false);
	newer_play(true);
}

/*
 * The one that tries is refused, and before it is back registers have come free, which it did not have: the same visit tries once
 * more, and does not leave it to the other one that is in flight.
 */
static void what_came_free_meanwhile_is_tried_for(void **state)
{
	DMABENCH_COMPLETION done[3];
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){
			       .driver = "packet", .completion = DMABENCH_COMPLETION_INTERRUPT});

	const DMABENCH_TRANSFER transfer[] = {transfer_of(&rig, DMABENCH_TO_DEVICE, 0),
		transfer_of(&rig, DMABENCH_FROM_DEVICE, 1),
		transfer_of(&rig, DMABENCH_FROM_DEVICE, 2)};

	script_begin(released_meanwhile);
	rig_submit(&rig, transfer, 2);
	sem_post(&script.submitted);
	sem_wait(&script.again);
	rig_submit(&rig, &transfer[2], 1);
	assert_int_equal(starts_counted(), OTHER);
	sem_post(&script.over);
	rig_collect(&rig, done, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(done[i].Status, NO_ERROR);
	assert_int_equal(script.completions_then, 1);
	rig_close(&rig);
	script_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(somebody_comes_back_for_each_that_waits),
		cmocka_unit_test(nothing_passes_who_was_refused_too_often),
		cmocka_unit_test(who_is_the_last_comes_back_for_both_directions),
		cmocka_unit_test(a_newer_one_does_not_pass_the_one_that_tries),
		cmocka_unit_test(what_came_free_meanwhile_is_tried_for),
	};

	return cmocka_run_group_tests_name("miniport_park", tests, NULL, NULL);
}
