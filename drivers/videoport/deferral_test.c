// SPDX-License-Identifier: BSD-2-Clause
/* deferral_test.c: HwVidExecuteDma called later and elsewhere (D-2), and transfers from many threads (D-4). */
#include "drivers/videoport/dma_testing.h"

#include <sched.h>

static void wait_for_calls(struct caught *caught, unsigned calls)
{
	while (__atomic_load_n(&caught->calls, __ATOMIC_ACQUIRE) < calls)
		sched_yield();
}

static void d_02_deferred_callback_comes_from_another_thread(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){.defer_execute = true});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 10000, VpReadAccess);

	for (unsigned i = 0; i < 50; i++) {
		ULONG length = 20000;
		struct caught caught = {.length = &length};
		assert_int_equal(VideoPortStartDma(bench->extension, adapter, mdl, 0, &length,
					 catch_list, &caught, TRUE),
			NO_ERROR);
		assert_int_equal(length, 10000);
		wait_for_calls(&caught, 1);
		assert_false(pthread_equal(caught.thread, pthread_self()));
		assert_int_equal(caught.irql, IRQL_DISPATCH);
		assert_int_equal(caught.length_inside, 10000); /* r_055 holds here too */
		assert_int_equal(VideoPortCompleteDma(bench->extension, adapter, caught.list, TRUE),
			NO_ERROR);
	}
	VideoPortUnlockBuffer(bench->extension, mdl);
	assert_int_equal(bench_rules(bench), 50); /* each asked for more than was locked */
	bench_close(bench);
}

/* Close does not wait for callbacks that have not come; nothing stays mapped. */
static void close_with_callbacks_waiting(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){.defer_execute = true});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 65536, VpReadAccess);
	static struct caught caught[16];

	memset(caught, 0, sizeof(caught));
	for (ULONG i = 0; i < 16; i++) {
		ULONG length = 4096;
		assert_int_equal(VideoPortStartDma(bench->extension, adapter, mdl, i * 4096,
					 &length, catch_list, &caught[i], TRUE),
			NO_ERROR);
	}
	bench_close(bench);
}

static struct {
	_Atomic bool begun, go, over;
} slow;

static VOID list_slowly(
	PVOID extension, PVP_DMA_ADAPTER adapter, PVP_SCATTER_GATHER_LIST list, PVOID context)
{
	atomic_store(&slow.begun, true);
	while (!atomic_load(&slow.go))
		sched_yield();
	for (unsigned i = 0; i < 1000; i++) /* as long as it takes whoever does not wait */
		sched_yield();
	catch_list(extension, adapter, list, context);
	atomic_store(&slow.over, true);
}

/* A call that has begun is one that is not over, though the queue is empty. */
static void a_drained_queue_has_no_call_left(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){.defer_execute = true});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 4096, VpReadAccess);

	for (unsigned round = 0; round < 20; round++) {
		ULONG length = 4096;
		struct caught caught = {.length = &length};

		atomic_store(&slow.begun, false);
		atomic_store(&slow.go, false);
		atomic_store(&slow.over, false);
		assert_int_equal(VideoPortStartDma(bench->extension, adapter, mdl, 0, &length,
					 list_slowly, &caught, TRUE),
			NO_ERROR);
		while (!atomic_load(&slow.begun))
			sched_yield();
		atomic_store(&slow.go, true);
		deferral_drain(&bench->vp.dma.deferral);
		assert_true(atomic_load(&slow.over));
		VideoPortCompleteDma(bench->extension, adapter, caught.list, TRUE);
	}
	VideoPortUnlockBuffer(bench->extension, mdl);
	bench_close(bench);
}

/* ---- many threads ----------------------------------------------------------------------------------- */

struct storm {
	struct bench *bench;
	PVP_DMA_ADAPTER adapter;
	unsigned id;
	unsigned moved, lacking;
};

static void *storm_main(void *argument)
{
	struct storm *storm = argument;
	struct bench *bench = storm->bench;
	unsigned char memory[12000];

	for (unsigned i = 0; i < 1500; i++) {
		/* All threads in the same pages: neighbours share their first and last page. */
		size_t at = (storm->id * 12000 + i * 64) % 60000;
		ULONG length = 1 + i * 37 % 11999;
		PVOID mdl = VideoPortLockBuffer(
			bench->extension, bench->buffer + at, length, VpReadAccess);
		if (!mdl)
			return (void *)1;
		for (ULONG done = 0; done < length;) {
			ULONG now = length - done;
			struct caught caught = {.length = &now};
			if (VideoPortStartDma(bench->extension, storm->adapter, mdl, done, &now,
				    catch_list, &caught, TRUE) != NO_ERROR) {
				storm->lacking++;
				sched_yield();
				continue;
			}
			wait_for_calls(&caught, 1);
			if (fake_move(&bench->fake, caught.list, memory, DEVICE_READ) != now ||
				memcmp(memory, bench->buffer + at + done, now) != 0)
				return (void *)2;
			if (VideoPortCompleteDma(bench->extension, storm->adapter, caught.list,
				    TRUE) != NO_ERROR)
				return (void *)3;
			done += now;
			storm->moved++;
		}
		VideoPortUnlockBuffer(bench->extension, mdl);
	}
	return NULL;
}

static void storm_run(bool defer_execute)
{
	struct bench *bench = bench_open((struct bench_options){
		.address_bits = 32,
		.map_registers = 5,
		.defer_execute = defer_execute,
		.verify = true,
		.policy = {.fragmentation = 0.5, .high = 0.5},
	});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	struct storm storm[3];
	pthread_t thread[3];

	fill(bench->buffer, 1 << 17, 1);
	for (unsigned i = 0; i < 3; i++) {
		storm[i] = (struct storm){.bench = bench, .adapter = adapter, .id = i};
		assert_int_equal(pthread_create(&thread[i], NULL, storm_main, &storm[i]), 0);
	}
	for (unsigned i = 0; i < 3; i++) {
		void *result;
		pthread_join(thread[i], &result);
		assert_null(result);
		assert_true(storm[i].moved >= 1500);
	}
	assert_int_equal(bench->fake.refused, 0);
	assert_int_equal(bench_usage(bench).map_registers, 0);
	assert_true(bench_usage(bench).map_registers_peak <= 5);
	assert_int_equal(bench_usage(bench).locks, 0);
	assert_int_equal(bench_rules(bench), 0);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	assert_int_equal(bench->fake.mappings, 0);
	bench_close(bench);
}

static void d_04_threads_share_an_adapter(void **state)
{
	(void)state;
	storm_run(false);
}

static void d_02_d_04_threads_share_an_adapter_deferred(void **state)
{
	(void)state;
	storm_run(true);
}

/* One thread starts, another completes and unlocks, as a requester and a DPC do. */
struct handover {
	struct bench *bench;
	PVP_DMA_ADAPTER adapter;
	PVP_SCATTER_GATHER_LIST _Atomic list;
	PVOID mdl;
	unsigned wrong;
};

static VOID hand_over(
	PVOID extension, PVP_DMA_ADAPTER adapter, PVP_SCATTER_GATHER_LIST list, PVOID context)
{
	struct handover *handover = context;

	(void)extension;
	(void)adapter;
	atomic_store_explicit(&handover->list, list, memory_order_release);
}

static void *completer_main(void *argument)
{
	struct handover *h = argument;
	PVP_SCATTER_GATHER_LIST list;

	irql_raise(IRQL_DISPATCH);
	for (unsigned i = 0; i < 2000; i++) {
		while (!(list = atomic_load_explicit(&h->list, memory_order_acquire)))
			sched_yield();
		PVOID mdl = h->mdl;
		h->wrong += VideoPortCompleteDma(h->bench->extension, h->adapter, list, TRUE) !=
		            NO_ERROR;
		VideoPortUnlockBuffer(h->bench->extension, mdl);
		atomic_store_explicit(&h->list, NULL, memory_order_release);
	}
	irql_lower(IRQL_PASSIVE);
	return NULL;
}

static void r_055_another_thread_completes_before_start_returns(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	static struct handover h;
	pthread_t thread;

	h = (struct handover){.bench = bench, .adapter = bench_adapter(bench, 65536)};
	assert_int_equal(pthread_create(&thread, NULL, completer_main, &h), 0);
	for (unsigned i = 0; i < 2000; i++) {
		ULONG length = 5000;
		h.mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 5000, VpReadAccess);
		assert_int_equal(VideoPortStartDma(bench->extension, h.adapter, h.mdl, 0, &length,
					 hand_over, &h, TRUE),
			NO_ERROR);
		assert_int_equal(length, 5000);
		while (atomic_load_explicit(&h.list, memory_order_acquire))
			sched_yield();
	}
	pthread_join(thread, NULL);
	assert_int_equal(h.wrong, 0);
	assert_int_equal(bench_usage(bench).locks, 0);
	assert_int_equal(bench_rules(bench), 0);
	bench_close(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(d_02_deferred_callback_comes_from_another_thread),
		cmocka_unit_test(close_with_callbacks_waiting),
		cmocka_unit_test(a_drained_queue_has_no_call_left),
		cmocka_unit_test(d_04_threads_share_an_adapter),
		cmocka_unit_test(d_02_d_04_threads_share_an_adapter_deferred),
		cmocka_unit_test(r_055_another_thread_completes_before_start_returns),
	};

	return cmocka_run_group_tests_name("deferred and threaded transfers", tests, NULL, NULL);
}
