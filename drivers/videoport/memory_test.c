// SPDX-License-Identifier: BSD-2-Clause
/* memory_test.c: pool, memory routines, and access to registers and ports of every width. */
#include "drivers/videoport/testing.h"

static void pool_blocks_are_aligned_and_counted(void **state)
{
	static const VP_POOL_TYPE types[] = {
		VpNonPagedPool, VpPagedPool, VpNonPagedPoolCacheAligned, VpPagedPoolCacheAligned};
	struct test_port port = test_port_open();
	struct videoport_usage usage;
	void *block[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		block[i] = VideoPortAllocatePool(port.ext, types[i], 1000, 0x74736574);
		assert_non_null(block[i]);
		assert_int_equal((uintptr_t)block[i] % CACHE_LINE_BYTES, 0);
		memset(block[i], i, 1000);
	}
	assert_true(object_any_paged(&port.vp->objects));
	videoport_usage(port.vp, &usage);
	assert_int_equal(usage.pool_blocks, 4);
	for (int i = 0; i < 4; i++)
		VideoPortFreePool(port.ext, block[i]);
	videoport_usage(port.vp, &usage);
	assert_int_equal(usage.pool_blocks, 0);
	assert_false(object_any_paged(&port.vp->objects));
	test_expect_no_events(&port);
	VideoPortFreePool(port.ext, block[0]);
	test_expect_rule(&port, "no live pool block");
	test_port_close(&port);
}

static void wrong_requests_for_pool_return_null(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	assert_null(VideoPortAllocatePool(port.ext, (VP_POOL_TYPE)2, 10, 0));
	test_expect_rule(&port, "type 2");
	assert_null(VideoPortAllocatePool(port.ext, VpNonPagedPool, 0, 0));
	test_expect_rule(&port, "0 bytes");
	assert_null(VideoPortAllocatePool(port.ext, VpNonPagedPool, SIZE_MAX, 0));

	unsigned old = irql_raise(IRQL_DISPATCH);

	assert_null(VideoPortAllocatePool(port.ext, VpPagedPool, 10, 0));
	test_expect_rule(&port, "paged pool at DISPATCH_LEVEL");

	PVOID block = VideoPortAllocatePool(port.ext, VpNonPagedPool, 10, 0);

	assert_non_null(block);
	VideoPortFreePool(port.ext, block);
	irql_lower(old);
	fault_arm(1, false);
	assert_null(VideoPortAllocatePool(port.ext, VpNonPagedPool, 10, 0));
	fault_arm(0, false);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void memory_routines(void **state)
{
	char text[16] = "abcdefgh", other[16] = "abcdXfgh";

	(void)state;
	assert_int_equal(VideoPortCompareMemory(text, other, 8), 4);
	assert_int_equal(VideoPortCompareMemory(text, text, 8), 8);
	assert_int_equal(VideoPortCompareMemory(text, other, 0), 0);
	VideoPortMoveMemory(text + 2, text, 8);
	assert_memory_equal(text, "ababcdefgh", 10);
	VideoPortZeroMemory(text, 5);
	assert_memory_equal(text, "\0\0\0\0\0defgh", 10);
	VideoPortZeroDeviceMemory(text + 6, 3);
	assert_memory_equal(text + 5, "d\0\0\0h", 5);
}

/* A value of each width goes where it belongs and touches nothing beside it. */
static void registers_of_every_width(void **state)
{
	_Alignas(8) UCHAR r[16];
	UCHAR bytes[3] = {1, 2, 3}, bytes_back[3];
	USHORT words[3] = {0x101, 0x202, 0x303}, words_back[3];
	ULONG longs[3] = {0x10001, 0x20002, 0x30003}, longs_back[3];

	(void)state;
	memset(r, 0xee, sizeof(r));
	VideoPortWriteRegisterUchar(&r[1], 0x11);
	VideoPortWriteRegisterUshort((PUSHORT)(void *)&r[2], 0x2233);
	VideoPortWriteRegisterUlong((PULONG)(void *)&r[4], 0x44556677);
	assert_memory_equal(r, "\xee\x11\x33\x22\x77\x66\x55\x44\xee", 9);
	assert_int_equal(VideoPortReadRegisterUchar(&r[1]), 0x11);
	assert_int_equal(VideoPortReadRegisterUshort((PUSHORT)(void *)&r[2]), 0x2233);
	assert_int_equal(VideoPortReadRegisterUlong((PULONG)(void *)&r[4]), 0x44556677);

	VideoPortWriteRegisterBufferUchar(r, bytes, 3);
	VideoPortReadRegisterBufferUchar(r, bytes_back, 3);
	assert_memory_equal(bytes, bytes_back, sizeof(bytes));
	VideoPortWriteRegisterBufferUshort((PUSHORT)(void *)r, words, 3);
	VideoPortReadRegisterBufferUshort((PUSHORT)(void *)r, words_back, 3);
	assert_memory_equal(words, words_back, sizeof(words));
	VideoPortWriteRegisterBufferUlong((PULONG)(void *)r, longs, 3);
	VideoPortReadRegisterBufferUlong((PULONG)(void *)r, longs_back, 3);
	assert_memory_equal(longs, longs_back, sizeof(longs));
	assert_int_equal(r[12], 0xee);
}

static void interlocked_functions_return_as_documented(void **state)
{
	LONG value = 5;

	(void)state;
	assert_int_equal(VideoPortInterlockedIncrement(&value), 6);
	assert_int_equal(VideoPortInterlockedDecrement(&value), 5);
	assert_int_equal(VideoPortInterlockedExchange(&value, -1), 5);
	assert_int_equal(value, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(pool_blocks_are_aligned_and_counted),
		test_case(wrong_requests_for_pool_return_null),
		test_case(memory_routines),
		test_case(registers_of_every_width),
		test_case(interlocked_functions_return_as_documented),
	};

	return cmocka_run_group_tests_name("memory and registers", tests, NULL, NULL);
}
