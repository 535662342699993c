// SPDX-License-Identifier: BSD-2-Clause
/*
 * requirements_test.c: what the pages on bus-master DMA say of a driver as a whole, looked at from
 * outside: requests go in, bytes and the port's account come out. What they say of one function is
 * tested beside that function.
 */
#include "drivers/tests/rig.h"

#define DEVICE_AT 4096u

static DMABENCH_TRANSFER upload(unsigned char *buffer, uint32_t buffer_bytes, uint32_t offset,
	uint32_t len_bytes, uint64_t cookie)
{
	return (DMABENCH_TRANSFER){.Buffer = buffer,
		.BufferLength = buffer_bytes,
		.Offset = offset,
		.Length = len_bytes,
		.Direction = DMABENCH_TO_DEVICE,
		.DeviceAddress = DEVICE_AT,
		.Cookie = cookie};
}

static struct videoport_usage usage_of(struct rig *rig)
{
	struct videoport_usage usage;

	videoport_usage(rig->vp, &usage);
	return usage;
}

/* One driver, two strategies: which one moved the bytes shows in what was built for them. */
static void r_002_r_010_a_driver_may_use_packet_common_or_both(void **state)
{
	static const struct {
		const char *driver;
		uint64_t lists_small, lists_large;
	} cases[] = {{"packet", 1, 1}, {"common", 0, 0}, {"hybrid", 0, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig rig;

		rig_open(&rig, &(struct rig_options){.driver = cases[i].driver,
				       .parameters = {{"HybridThreshold", 8192}}});
		unsigned char *buffer = rig_buffer(&rig, 65536, FRAMES_READ_WRITE);
		DMABENCH_TRANSFER small = upload(buffer, 65536, 0, 512, 1);
		DMABENCH_TRANSFER large = upload(buffer, 65536, 0, 65536, 2);

		videoport_usage_reset(rig.vp);
		rig_move(&rig, &small);
		assert_int_equal(usage_of(&rig).sg_lists, cases[i].lists_small);
		videoport_usage_reset(rig.vp);
		rig_move(&rig, &large);
		assert_int_equal(usage_of(&rig).sg_lists, cases[i].lists_large);
		rig_close(&rig);
	}
}

/* 6 MiB of a requester's scattered memory at an odd address: no byte of it is staged anywhere. */
static void r_005_large_arbitrary_data_moves_by_packet_without_a_copy(void **state)
{
	const uint32_t size = 6u << 20, offset = 1234;
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet", .fragmentation = 1, .high = 0.5});
	unsigned char *buffer = rig_buffer(&rig, size + offset, FRAMES_READ_WRITE);
	unsigned char *found = malloc(size);
	DMABENCH_TRANSFER transfer = upload(buffer, size + offset, offset, size, 1);

	rig_fill(buffer + offset, size, 5);
	videoport_usage_reset(rig.vp);
	rig_move(&rig, &transfer);
	assert_int_equal(videoport_memory_read(rig.vp, DEVICE_AT, found, size), 0);
	rig_expect(found, buffer + offset, size, "device memory");

	struct videoport_usage usage = usage_of(&rig);

	assert_int_equal(usage.bounce_bytes, 0);
	assert_true(usage.sg_elements > size / 4096 / 2); /* it was scattered */
	free(found);
	rig_close(&rig);
}

/* The same slots carry everything: a thousand transfers need no byte of common buffer more. */
static void r_006_r_007_a_common_buffer_is_used_repeatedly(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "common"});
	unsigned char *buffer = rig_buffer(&rig, 4096, FRAMES_READ_WRITE);
	uint64_t before = usage_of(&rig).common_bytes;

	assert_true(before > 0);
	for (uint64_t i = 0; i < 1000; i++) {
		DMABENCH_TRANSFER command = upload(buffer, 4096, 0, 64, i);
		unsigned char found[64];

		rig_fill(buffer, 64, (uint32_t)i);
		rig_move(&rig, &command);
		assert_int_equal(videoport_memory_read(rig.vp, DEVICE_AT, found, 64), 0);
		rig_expect(found, buffer, 64, "a series of commands");
	}
	assert_int_equal(usage_of(&rig).common_bytes_peak, before);
	rig_close(&rig);
}

/* Lock, start, the engine runs: and as soon as it is done nothing is held any more. */
static void r_020_r_024_a_request_locks_starts_and_completes_at_once(void **state)
{
	struct rig rig;
	DMABENCH_COMPLETION completion;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet"});
	unsigned char *buffer = rig_buffer(&rig, 65536, FRAMES_READ_WRITE);
	DMABENCH_TRANSFER transfer = upload(buffer, 65536, 0, 65536, 7);

	videoport_usage_reset(rig.vp);
	rig_submit(&rig, &transfer, 1);

	struct videoport_usage during = usage_of(&rig);

	assert_int_equal(during.locks, 1);
	assert_int_equal(during.pinned_bytes, 65536);
	assert_int_equal(during.map_registers, 16);
	assert_int_equal(during.sg_lists, 1);
	rig_collect(&rig, &completion, 1);

	struct videoport_usage after = usage_of(&rig);

	assert_int_equal(after.locks, 0);
	assert_int_equal(after.pinned_bytes, 0);
	assert_int_equal(after.map_registers, 0);
	rig_close(&rig);
}

/* Between two rounds the engine is idle with data outstanding; only the last one ends the request. */
static void r_050_r_051_the_whole_request_is_reported_once_at_its_end(void **state)
{
	static const uint32_t modes[] = {DMABENCH_COMPLETION_POLL, DMABENCH_COMPLETION_INTERRUPT};

	(void)state;
	for (size_t m = 0; m < sizeof(modes) / sizeof(modes[0]); m++) {
		const uint32_t size = 7 * 4096;
		struct rig rig;
		DMABENCH_COMPLETION completion[2];

		rig_open(&rig, &(struct rig_options){.driver = "packet",
				       .completion = modes[m],
				       .map_registers = 1,
				       .fragmentation = 1});
		unsigned char *buffer = rig_buffer(&rig, size, FRAMES_READ_WRITE);
		unsigned char *found = malloc(size);
		DMABENCH_TRANSFER transfer = upload(buffer, size, 0, size, 9);

		rig_fill(buffer, size, 11);
		videoport_usage_reset(rig.vp);
		rig_submit(&rig, &transfer, 1);
		rig_collect(&rig, completion, 1);
		assert_int_equal(completion[0].Length, size);
		assert_int_equal(usage_of(&rig).sg_lists, 7);
		assert_int_equal(videoport_memory_read(rig.vp, DEVICE_AT, found, size), 0);
		rig_expect(found, buffer, size, "device memory when the request is reported");
		assert_int_equal(rig_reap(&rig, completion, 2), 0);
		free(found);
		rig_close(&rig);
	}
}

/* Whatever the strategy: adapters from the start to the end of the driver's life, and not beyond. */
static void r_030_r_038_r_040_r_043_the_adapter_lives_as_long_as_the_driver(void **state)
{
	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++) {
		struct rig rig;
		struct videoport_usage leaks;

		rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name});
		assert_true(usage_of(&rig).adapters > 0);
		rig_no_events(&rig);
		videoport_close(rig.vp, &leaks);
		assert_int_equal(leaks.adapters, 0);
		rig_frames_destroy(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r_002_r_010_a_driver_may_use_packet_common_or_both),
		cmocka_unit_test(r_005_large_arbitrary_data_moves_by_packet_without_a_copy),
		cmocka_unit_test(r_006_r_007_a_common_buffer_is_used_repeatedly),
		cmocka_unit_test(r_020_r_024_a_request_locks_starts_and_completes_at_once),
		cmocka_unit_test(r_050_r_051_the_whole_request_is_reported_once_at_its_end),
		cmocka_unit_test(r_030_r_038_r_040_r_043_the_adapter_lives_as_long_as_the_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
