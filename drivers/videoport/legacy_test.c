// SPDX-License-Identifier: BSD-2-Clause
/* legacy_test.c: obsolete functions: their fixed results, and the memory some of them still give. */
#include "drivers/videoport/testing.h"

/* ---- fixed results (videoport.md 2.4) ------------------------------------------------------------ */

static void call_inert(struct test_extension *hw, void *arg)
{
	PHYSICAL_ADDRESS board = {{0, 0}};
	VIDEO_REQUEST_PACKET packet = {.IoControlCode = 1};
	ULONG length = 64, space = 0;
	PVOID va = arg;
	PDMA dma = arg;

	assert_null(VideoPortDoDma(hw, dma, VideoPortUnlockAfterDma));
	assert_null(VideoPortGetDmaContext(hw, dma));
	VideoPortSetDmaContext(hw, dma, hw);
	assert_null(VideoPortGetDmaContext(hw, dma));
	assert_ptr_equal(VideoPortGetMdl(hw, dma), dma);
	assert_false(VideoPortSignalDmaComplete(hw, dma));
	VideoPortSetBytesUsed(hw, dma, 5);
	assert_int_equal(VideoPortGetBytesUsed(hw, dma), 0);
	assert_null(VideoPortMapDmaMemory(hw, &packet, board, &length, &space, NULL, NULL, &va));
	assert_ptr_equal(va, arg);
	assert_false(VideoPortUnmapDmaMemory(hw, va, NULL, dma));
	assert_null(VideoPortAssociateEventsWithDmaHandle(hw, &packet, NULL, NULL));
	assert_true(VideoPortUnlockPages(hw, dma));
	assert_int_equal(
		VideoPortGetDeviceData(hw, VpMonitorData, NULL, NULL), ERROR_INVALID_PARAMETER);
}

static void rule_919_broken_obsolete_functions_are_noted_once(void **state)
{
	struct test_port port = test_port_open();
	struct videoport_event event;
	unsigned noted;

	(void)state;
	test_call(&port, call_inert, &noted);
	noted = test_events(&port, &event);
	assert_int_equal(noted, 12); /* of 12 functions, one of them called twice */
	assert_int_equal(event.rule, 919);
	assert_int_equal(event.severity, VIDEOPORT_NOTE);
	assert_int_equal(videoport_rule_count(port.vp, 919), noted);
	test_call(&port, call_inert, &noted);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void use_xp_functions(struct test_extension *hw, void *arg)
{
	PEVENT event;

	(void)arg;
	assert_int_equal(VideoPortCreateEvent(hw, NOTIFICATION_EVENT, NULL, &event), NO_ERROR);
	assert_int_equal(VideoPortDeleteEvent(hw, event), NO_ERROR);
}

static void rule_919_kept_functions_of_windows_xp(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, use_xp_functions, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* ---- D-13 ---------------------------------------------------------------------------------------- */

static void get_common(struct test_extension *hw, void *arg)
{
	PHYSICAL_ADDRESS logical, none;
	ULONG actual = 99;
	PUCHAR va = VideoPortGetCommonBuffer(hw, 5000, 4096, &logical, &actual, TRUE);

	(void)arg;
	assert_non_null(va);
	assert_int_equal(actual, 5000);
	assert_true((uint64_t)logical.QuadPart + 5000 <= UINT64_C(1) << 32);
	memset(va, 0x5A, 5000);
	assert_null(VideoPortGetCommonBuffer(hw, 262145, 0, &none, &actual, TRUE));
	assert_int_equal(actual, 0);
	VideoPortFreeCommonBuffer(hw, 5000, va, logical, TRUE);
}

static void d_13_common_buffers_come_from_an_implicit_adapter(void **state)
{
	struct test_port port = test_port_open();
	struct videoport_usage usage;

	(void)state;
	test_call(&port, get_common, NULL);
	videoport_usage(port.vp, &usage);
	assert_int_equal(usage.common_bytes, 0);
	assert_int_equal(usage.common_bytes_peak, 2 * PAGE_BYTES);
	assert_int_equal(videoport_rule_count(port.vp, 919), 2);
	assert_int_equal(test_events(&port, NULL), 2);
	videoport_close(port.vp, &usage);
	assert_int_equal(usage.adapters, 0); /* the port's, not the driver's */
	frames_destroy(port.frames);
}

static void free_without_get(struct test_extension *hw, void *arg)
{
	PHYSICAL_ADDRESS logical = {{0x1000, 0}};

	VideoPortFreeCommonBuffer(hw, 64, arg, logical, FALSE);
}

static void rule_206_broken_free_of_a_common_buffer_never_got(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, free_without_get, &port);
	assert_int_equal(videoport_rule_count(port.vp, 206), 1);
	test_port_close(&port);
}

static void old_common_buffer_twice(struct test_extension *hw, void *arg)
{
	PHYSICAL_ADDRESS logical;
	PVOID va = VideoPortGetCommonBuffer(hw, 64, 0, &logical, NULL, FALSE);

	(void)arg;
	VideoPortFreeCommonBuffer(hw, 64, va, logical, FALSE);
	VideoPortFreeCommonBuffer(hw, 64, va, logical, FALSE);
	VideoPortGetCommonBuffer(hw, 0, 0, &logical, NULL, FALSE);
}

/* Findings name the function the driver called, not the one that does the work. */
static void old_functions_are_called_by_their_name(void **state)
{
	TEST_VERIFIED_PORT(port);
	struct videoport_event events[8];
	unsigned named = 0;

	test_call(&port, old_common_buffer_twice, NULL);

	const unsigned count = videoport_events(port.vp, events, 8, NULL);

	assert_int_equal(count, 4); /* two notes of obsolete functions */
	for (unsigned i = 0; i < count; i++) {
		named += strstr(events[i].message, "VideoPortFreeCommonBuffer: 64 bytes") != NULL;
		named += strstr(events[i].message, "VideoPortGetCommonBuffer: 0 bytes") != NULL;
	}
	assert_int_equal(named, 2);
	test_port_close(&port);
}

struct one_get {
	unsigned nth; /* allocation that fails */
	bool fired, given;
};

static void get_with_one_failure(struct test_extension *hw, void *arg)
{
	PHYSICAL_ADDRESS logical;
	struct one_get *get = arg;
	struct videoport_usage usage;

	fault_arm(get->nth, false);

	PVOID va = VideoPortGetCommonBuffer(hw, 5000, 0, &logical, NULL, FALSE);

	get->given = va != NULL;
	get->fired = fault_fired() != NULL;
	fault_arm(0, false);
	videoport_usage(videoport_from_extension(hw), &usage);
	assert_int_equal(usage.common_bytes, va ? 2 * PAGE_BYTES : 0);
	if (va)
		VideoPortFreeCommonBuffer(hw, 5000, va, logical, FALSE);
}

/*
 * Every allocation on the way fails once, each time in a port of its own: no buffer then, or one where there
 * was another way; nothing is kept of a refused one.
 */
static void without_memory_there_is_no_old_common_buffer(void **state)
{
	struct one_get get = {.fired = true};
	unsigned refused = 0;

	(void)state;
	while (get.fired) {
		struct test_port port = test_port_open();
		struct videoport_usage leaks;

		get.nth++;
		test_call(&port, get_with_one_failure, &get);
		assert_true(get.given || get.fired);
		refused += !get.given;
		videoport_close(port.vp, &leaks);
		assert_int_equal(leaks.common_bytes + leaks.adapters, 0);
		frames_destroy(port.frames);
		assert_int_equal(testdev_setup.live, 0);
	}
	assert_true(refused >= 3); /* the adapter, the record, the frames */
}

static void get_and_free_wrongly(struct test_extension *hw, void *arg)
{
	PHYSICAL_ADDRESS logical;
	PVOID va = VideoPortGetCommonBuffer(hw, 5000, 0, &logical, NULL, TRUE);

	(void)arg;
	assert_non_null(va);
	VideoPortFreeCommonBuffer(hw, 4000, va, logical, TRUE);
}

static void an_old_common_buffer_that_is_kept_is_told_of(void **state)
{
	struct test_port port = test_port_open();
	struct videoport_usage leaks;

	(void)state;
	test_call(&port, get_and_free_wrongly, NULL);
	assert_int_equal(videoport_rule_count(port.vp, RULE_COMMON_FREE_LENGTH), 1);
	videoport_stop(port.vp);
	assert_int_equal(videoport_rule_count(port.vp, RULE_COMMON_LEAK), 1);
	/* Its adapter is the port's. */
	assert_int_equal(videoport_rule_count(port.vp, RULE_ADAPTER_LEAK), 0);
	videoport_close(port.vp, &leaks);
	assert_int_equal(leaks.common_bytes, 2 * PAGE_BYTES);
	frames_destroy(port.frames);
}

/* ---- buffers, contiguous memory -------------------------------------------------------------------- */

static void buffer_pair(struct test_extension *hw, void *arg)
{
	PVOID buffer = NULL, zero = hw;

	(void)arg;
	assert_int_equal(VideoPortAllocateBuffer(hw, 1000, &buffer), NO_ERROR);
	memset(buffer, 1, 1000);
	VideoPortReleaseBuffer(hw, buffer);
	fault_arm(1, false);
	assert_int_equal(VideoPortAllocateBuffer(hw, 1000, &zero), ERROR_NOT_ENOUGH_MEMORY);
	fault_arm(0, false);
	assert_null(zero);
	assert_int_equal(VideoPortAllocateBuffer(hw, 0, &zero), ERROR_INVALID_PARAMETER);
	VideoPortReleaseBuffer(hw, buffer);
}

static void buffers_are_allocated_and_released(void **state)
{
	struct test_port port = test_port_open();
	struct videoport_usage usage;

	(void)state;
	test_call(&port, buffer_pair, NULL);
	videoport_usage(port.vp, &usage);
	assert_int_equal(usage.buffers, 0);
	assert_int_equal(videoport_rule_count(port.vp, 801), 1);
	assert_int_equal(videoport_rule_count(port.vp, 803), 1); /* released twice */
	test_port_close(&port);
}

static void keep_buffer(struct test_extension *hw, void *arg)
{
	assert_int_equal(VideoPortAllocateBuffer(hw, 10, arg), NO_ERROR);
}

static void a_kept_buffer_is_counted(void **state)
{
	struct test_port port = test_port_open();
	struct videoport_usage leaks;
	PVOID buffer;

	(void)state;
	test_call(&port, keep_buffer, &buffer);
	videoport_close(port.vp, &leaks);
	assert_int_equal(leaks.buffers, 1);
	frames_destroy(port.frames);
}

static void contiguous(struct test_extension *hw, void *arg)
{
	PHYSICAL_ADDRESS highest = {.QuadPart = 0xFFFFFFFF}, low = {.QuadPart = 4095};
	PUCHAR memory = VideoPortAllocateContiguousMemory(hw, 10000, highest);

	(void)arg;
	assert_non_null(memory);
	assert_int_equal((uintptr_t)memory % CACHE_LINE_BYTES, 0);
	memset(memory, 7, 10000);
	assert_null(VideoPortAllocateContiguousMemory(hw, 10000, low));
	assert_null(VideoPortAllocateContiguousMemory(hw, 0, highest));
	assert_non_null(VideoPortAllocateContiguousMemory(hw, 4096, low));
	fault_arm(1, false);
	assert_null(VideoPortAllocateContiguousMemory(hw, 10, highest));
	fault_arm(0, false);
}

static void contiguous_memory_lives_until_unload(void **state)
{
	struct test_port port = test_port_open();
	struct videoport_usage leaks;

	(void)state;
	test_call(&port, contiguous, NULL);
	videoport_close(port.vp, &leaks);
	assert_int_equal(leaks.buffers + leaks.pool_blocks, 0);
	frames_destroy(port.frames);
}

/* ---- VideoPortLockPages ------------------------------------------------------------------------------ */

static void lock_pages(struct test_extension *hw, void *arg)
{
	VIDEO_REQUEST_PACKET packet = {.InputBuffer = (char *)arg + 100, .InputBufferLength = 9000};
	VIDEO_REQUEST_PACKET foreign = {.InputBuffer = &packet, .InputBufferLength = 8};
	PVRB_SG piece;
	ULONG total = 0;

	assert_false(VideoPortLockPages(hw, &packet, NULL, NULL, VideoPortKeepPagesLocked));
	assert_null(packet.OutputBuffer);
	assert_false(VideoPortLockPages(hw, &foreign, NULL, NULL, VideoPortDmaInitOnly));
	for (unsigned nth = 1;; nth++) {
		fault_arm(nth, false);

		bool locked = VideoPortLockPages(hw, &packet, NULL, NULL, VideoPortDmaInitOnly);
		bool fired = fault_fired() != NULL;

		fault_arm(0, false);
		assert_int_equal(locked, !fired);
		if (locked)
			break;
	}
	piece = packet.OutputBuffer;
	assert_int_equal(packet.OutputBufferLength % sizeof(*piece), 0);
	assert_int_equal((uint64_t)piece[0].PhysicalAddress & PAGE_MASK, 100);
	for (ULONG i = 0; i < packet.OutputBufferLength / sizeof(*piece); i++)
		total += piece[i].Length;
	assert_int_equal(total, 9000);
	assert_true(VideoPortUnlockPages(hw, (PDMA)(void *)piece));
}

/* Four pages of a requester's; freed behind the port's frames. */
static char *pages_make(struct test_port *port, double fragmentation)
{
	const struct frames_policy policy = {.fragmentation = fragmentation};
	char *memory = aligned_alloc(PAGE_BYTES, 4 * PAGE_BYTES);

	assert_non_null(memory);
	assert_int_equal(
		frames_add(port->frames, memory, 4 * PAGE_BYTES, FRAMES_READ_WRITE, &policy, NULL),
		0);
	return memory;
}

static void lock_pages_locks_and_lists_the_input_buffer(void **state)
{
	struct test_port port = test_port_open();
	char *memory = pages_make(&port, 0.5);
	struct videoport_usage usage;

	(void)state;
	test_call(&port, lock_pages, memory);
	videoport_usage(port.vp, &usage);
	assert_int_equal(usage.locks, 0);
	assert_int_equal(usage.pinned_bytes_peak, 3 * PAGE_BYTES);
	videoport_close(port.vp, NULL);
	frames_destroy(port.frames);
	free(memory);
}

static bool lock_page(PVOID hw, char *page, PVOID *pieces)
{
	VIDEO_REQUEST_PACKET packet = {.InputBuffer = page, .InputBufferLength = PAGE_BYTES};
	bool locked = VideoPortLockPages(hw, &packet, NULL, NULL, VideoPortDmaInitOnly);

	*pieces = packet.OutputBuffer;
	return locked;
}

/* The list of locks is walked from either end; the last lock is left to the unload. */
static void lock_three_unlock_two(struct test_extension *hw, void *arg)
{
	char *memory = arg;
	PVOID pieces[3];

	for (unsigned i = 0; i < 3; i++)
		assert_true(lock_page(hw, memory + i * PAGE_BYTES, &pieces[i]));
	assert_true(VideoPortUnlockPages(hw, pieces[0]));
	assert_true(VideoPortUnlockPages(hw, pieces[2]));
	assert_true(VideoPortUnlockPages(hw, (PDMA)arg)); /* none of them */
}

/* A lock that VideoPortLockBuffer made may be undone under the older name. */
static void unlock_by_the_older_name(struct test_extension *hw, void *arg)
{
	PVOID mdl = VideoPortLockBuffer(hw, arg, PAGE_BYTES, VpReadAccess);

	assert_non_null(mdl);
	VideoPortUnLockBuffer(hw, mdl);
}

static void locked_pages_are_unlocked_by_their_handle(void **state)
{
	struct test_port port = test_port_open();
	char *memory = pages_make(&port, 0);
	struct videoport_usage usage;

	(void)state;
	test_call(&port, lock_three_unlock_two, memory);
	test_call(&port, unlock_by_the_older_name, memory);
	videoport_usage(port.vp, &usage);
	assert_int_equal(usage.locks, 1);
	assert_int_equal(usage.pinned_bytes, PAGE_BYTES);
	assert_int_equal(usage.pinned_bytes_peak, 3 * PAGE_BYTES);
	videoport_close(port.vp, &usage);
	assert_int_equal(usage.locks, 1);
	frames_destroy(port.frames);
	free(memory);
}

/* ---- the interrupt's gate ------------------------------------------------------------------------------ */

static void gate(struct test_extension *hw, void *arg)
{
	assert_int_equal(
		*(bool *)arg ? VideoPortEnableInterrupt(hw) : VideoPortDisableInterrupt(hw),
		NO_ERROR);
}

/* The interrupt thread has taken what the device raised: it stands at the gate or is on its way there. */
static void interrupt_taken(struct testdev *dev)
{
	bool taken = false;

	while (!taken) {
		sched_yield();
		pthread_mutex_lock(&dev->lock);
		taken = dev->raised == 0;
		pthread_mutex_unlock(&dev->lock);
	}
}

static void a_disabled_interrupt_waits(void **state)
{
	struct test_port port = test_port_open();
	unsigned before;

	(void)state;
	test_interrupt_once(&port);
	test_call(&port, gate, &(bool){false});
	before = atomic_load(&port.ext->interrupts);
	testdev_interrupt(testdev_of(port.vp));
	/* Requests go on meanwhile, the ISR is not called. */
	test_call(&port, gate, &(bool){false});
	assert_int_equal(atomic_load(&port.ext->interrupts), before);
	test_call(&port, gate, &(bool){true});
	while (atomic_load(&port.ext->interrupts) == before)
		sched_yield();
	/* Closed with the gate closed and the thread behind it: nobody hangs. */
	test_call(&port, gate, &(bool){false});
	testdev_interrupt(testdev_of(port.vp));
	interrupt_taken(testdev_of(port.vp));
	test_port_close(&port);
}

static void gate_of_nothing(struct test_extension *hw, void *arg)
{
	(void)arg;
	assert_int_equal(VideoPortDisableInterrupt(hw), ERROR_INVALID_FUNCTION);
}

static void without_an_interrupt_there_is_no_gate(void **state)
{
	struct test_port port;

	(void)state;
	testdev_setup.no_irq = true;
	port = test_port_open();
	test_call(&port, gate_of_nothing, NULL);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(rule_919_broken_obsolete_functions_are_noted_once),
		test_case(rule_919_kept_functions_of_windows_xp),
		test_case(d_13_common_buffers_come_from_an_implicit_adapter),
		test_case(rule_206_broken_free_of_a_common_buffer_never_got),
		test_case(old_functions_are_called_by_their_name),
		test_case(without_memory_there_is_no_old_common_buffer),
		test_case(an_old_common_buffer_that_is_kept_is_told_of),
		test_case(buffers_are_allocated_and_released),
		test_case(a_kept_buffer_is_counted),
		test_case(contiguous_memory_lives_until_unload),
		test_case(lock_pages_locks_and_lists_the_input_buffer),
		test_case(locked_pages_are_unlocked_by_their_handle),
		test_case(a_disabled_interrupt_waits),
		test_case(without_an_interrupt_there_is_no_gate),
	};

	return cmocka_run_group_tests_name("legacy", tests, NULL, NULL);
}
