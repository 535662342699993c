// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_park_test.c: transfers that wait for map registers, or for a mapping that was refused: whatever the order in which
 * requester, deferred calls and the port's queue come to them, somebody comes back for each. Many orders on a virtual clock; and one
 * by hand, with threads that are held within VideoPortStartDma and VideoPortCompleteDma (the linker's --wrap, see Makefile).
 */
#include "drivers/tests/rig_sched.h"

#include <semaphore.h>
#include <stdatomic.h>

#include "video.h"

#include "drivers/device/model/model.h"

#define TRANSFERS   40000u
#define IN_FLIGHT   3u
#define NAP_NS      1000u
#define PATIENCE_NS 2000000u /* a transfer takes some microseconds */

struct play {
	const char *driver;
	uint32_t refused, moved;
};

/* One completion; who waits for it is woken by nobody but itself. */
static DMABENCH_COMPLETION reap_one(struct rig *rig, const struct play *play)
{
	const uint64_t until_ns = host_ops->now_ns() + PATIENCE_NS;
	DMABENCH_COMPLETION done;

	while (rig_reap(rig, &done, 1) == 0) {
		if (host_ops->now_ns() > until_ns)
			fail_msg("%s: nobody comes for a transfer, behind %u", play->driver,
				play->moved + play->refused);
		rig_nap(NAP_NS);
	}
	return done;
}

static void *requester(void *arg)
{
	struct play *play = arg;
	DMABENCH_TRANSFER transfer[IN_FLIGHT];
	struct rig rig;

	rig_open(&rig, &(struct rig_options){.driver = play->driver,
			       .device_ops = &model_ops,
			       .completion = DMABENCH_COMPLETION_INTERRUPT,
			       .address_bits = 32,
			       .map_registers = 1,
			       .defer_execute = true,
			       .lack = {.map = 0.25},
			       .parameters = {{"HybridThreshold", 0}}});
	for (uint32_t i = 0; i < IN_FLIGHT; i++) {
		transfer[i] = rig_transfer(rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE),
			i % 2 ? DMABENCH_FROM_DEVICE : DMABENCH_TO_DEVICE, 64);
		transfer[i].Cookie = i;
		transfer[i].DeviceAddress = i * PAGE_BYTES;
		rig_submit(&rig, &transfer[i], 1);
	}
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

static void somebody_comes_back_for_each_that_waits(void **state)
{
	static const char *const drivers[] = {"packet", "packet_cached", "hybrid"};

	(void)state;
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		struct play play = {.driver = drivers[i]};

		rig_play(requester, &play, 0);
		print_message("%s: %u moved, %u refused\n", play.driver, play.moved, play.refused);
		assert_true(play.refused > 0 && play.moved > play.refused);
	}
}

/* ---- by hand ---------------------------------------------------------------------------------- */

/* What the calls of VideoPortStartDma are, in their order. */
enum call {
	WAITS_FIRST = 1, /* requester: refused, so that it waits */
	MOVES,           /* requester */
	WAITS_AGAIN, /* deferred call, behind the one that moved: refused while the requester holds units */
	FAILS_FIRST, /* requester: refused, so that it waits for the other direction */
	LAST_FIRST, /* requester: refused; it holds what the requester has until the deferred call ... */
	FAILS_AGAIN, /* ... is here: refused when the requester has given everything back */
};

static struct {
	atomic_uint starts; /* calls of VideoPortStartDma, since ... */
	bool on, completed; /* ... it is on */
	sem_t submitted, again, failing, over;
} script;

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

/* Return: whether the call is refused. */
static bool start_scripted(void)
{
	/* Relaxed: the semaphores order the calls. */
	switch (atomic_fetch_add_explicit(&script.starts, 1, memory_order_relaxed) + 1) {
	case WAITS_FIRST:
	case FAILS_FIRST:
		return true;
	case WAITS_AGAIN:
		sem_post(&script.again);
		sem_wait(&script.failing);
		return true;
	case LAST_FIRST:
		sem_post(&script.failing);
		sem_wait(&script.again);
		return true;
	case FAILS_AGAIN:
		sem_post(&script.again);
		sem_wait(&script.over);
		return true;
	default:
		return false;
	}
}

VP_STATUS NTAPI __wrap_VideoPortStartDma(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	PVOID Mdl, ULONG Offset, PULONG pLength, PEXECUTE_DMA ExecuteDmaRoutine, PVOID Context,
	BOOLEAN WriteToDevice)
{
	if (script.on && start_scripted())
		return ERROR_NOT_ENOUGH_MEMORY;
	return __real_VideoPortStartDma(HwDeviceExtension, VpDmaAdapter, Mdl, Offset, pLength,
		ExecuteDmaRoutine, Context, WriteToDevice);
}

/* The one that moves is not over before the requester's first SUBMIT is. */
VP_STATUS NTAPI __wrap_VideoPortCompleteDma(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	PVP_SCATTER_GATHER_LIST VpScatterGather, BOOLEAN WriteToDevice)
{
	if (script.on && !script.completed) {
		script.completed = true;
		sem_wait(&script.submitted);
	}
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
		transfer_of(rig, DMABENCH_TO_DEVICE, LAST_FIRST)};

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
	sem_init(&script.submitted, 0, 0);
	sem_init(&script.again, 0, 0);
	sem_init(&script.failing, 0, 0);
	sem_init(&script.over, 0, 0);
	rig_open(&rig, &(struct rig_options){
			       .driver = "packet", .completion = DMABENCH_COMPLETION_INTERRUPT});
	script.on = true;
	script_play(&rig);
	rig_collect(&rig, done, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(done[i].Status,
			done[i].Cookie == FAILS_FIRST ? ERROR_NOT_ENOUGH_MEMORY : NO_ERROR);
	script.on = false;
	rig_close(&rig);
	sem_destroy(&script.over);
	sem_destroy(&script.failing);
	sem_destroy(&script.again);
	sem_destroy(&script.submitted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(somebody_comes_back_for_each_that_waits),
		cmocka_unit_test(who_is_the_last_comes_back_for_both_directions),
	};

	return cmocka_run_group_tests_name("miniport_park", tests, NULL, NULL);
}
