// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_depth_test.c: as much in flight as fits, and waiting for it: full rings and pools, few map registers, both
 * directions of one page, wake-ups that must not be lost.
 */
#include "drivers/tests/rig.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- full ------------------------------------------------------------------------------------ */

/* More than fits: SUBMIT takes what fits; all that was taken comes back, exactly once. */
static void depth_is_bounded(struct rig *rig, uint32_t length)
{
	unsigned char *buffer = rig_buffer(rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE);
	DMABENCH_TRANSFER transfers[RIG_BATCH];
	DMABENCH_COMPLETION done[RIG_BATCH];
	bool seen[RIG_BATCH] = {false};
	uint32_t depth = rig_query(rig).DepthMaximum, accepted;

	assert_true(depth < RIG_BATCH);
	for (uint32_t i = 0; i < RIG_BATCH; i++) {
		transfers[i] = rig_transfer(buffer, i % 2, length);
		/* Neither direction may see the other's bytes: they overlap in nothing. */
		transfers[i].Offset = (i % 2) * (RIG_BUFFER_BYTES / 2);
		transfers[i].DeviceAddress = (uint64_t)i * 8192;
		transfers[i].Cookie = i;
	}
	assert_int_equal(rig_try_submit(rig, transfers, RIG_BATCH, &accepted), NO_ERROR);
	assert_int_equal(accepted, depth);
	assert_int_equal(rig_try_submit(rig, transfers, 1, &accepted), NO_ERROR);
	assert_int_equal(accepted, 0);
	rig_collect(rig, done, depth);
	for (uint32_t i = 0; i < depth; i++) {
		assert_int_equal(done[i].Status, NO_ERROR);
		assert_int_equal(done[i].Length, length);
		assert_true(done[i].Cookie < depth && !seen[done[i].Cookie]);
		seen[done[i].Cookie] = true;
	}
	assert_int_equal(rig_reap(rig, done, RIG_BATCH), 0);
}

static void depths_of_short_ones(struct rig *rig)
{
	depth_is_bounded(rig, 4096);
	depth_is_bounded(rig, 8000);
	rig_close(rig);
}

static void depth_full_accepts_fewer(void **state)
{
	static const uint32_t entries[] = {2, 4, 64, 256};

	(void)state;
	for (size_t e = 0; e < COUNT(entries); e++)
		rig_everywhere(&(struct rig_options){.unverified = true,
				       .parameters = {{"RingEntries", entries[e]}, {"PoolSlots", 3},
					       {"PoolSlotBytes", 1000}, {"HybridThreshold", 5000}}},
			depths_of_short_ones);
}

static void depths_of_long_ones(struct rig *rig)
{
	depth_is_bounded(rig, 8000);
	depth_is_bounded(rig, 20000);
	rig_close(rig);
}

/* D-5: transfers that find no register wait for one, and none is lost or overtaken for ever. */
static void d_05_transfers_wait_for_map_registers(void **state)
{
	(void)state;
	for (unsigned deferred = 0; deferred < 2; deferred++)
		rig_everywhere(&(struct rig_options){.unverified = true,
				       .defer_execute = deferred,
				       .map_registers = 3,
				       .parameters = {{"HybridThreshold", 5000}}},
			depths_of_long_ones);
}

static void turn_the_pages(struct rig *rig)
{
	enum { DEPTH = 64 };
	DMABENCH_TRANSFER transfers[DEPTH];
	DMABENCH_COMPLETION done[DEPTH];
	unsigned char *buffer = rig_buffer(rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE);

	for (uint32_t round = 0; round < 50; round++) {
		for (uint32_t i = 0; i < DEPTH; i++) {
			transfers[i] = rig_transfer(buffer, (i + round) / 3 % 2, 64);
			transfers[i].Offset = i * 64;
			transfers[i].DeviceAddress = (uint64_t)i * 64;
		}
		rig_submit(rig, transfers, DEPTH);
		rig_collect(rig, done, DEPTH);
		for (uint32_t i = 0; i < DEPTH; i++)
			assert_int_equal(done[i].Status, NO_ERROR);
	}
	rig_close(rig);
}

/*
 * D-4: a page in flight one way cannot be mapped the other way; such transfers take turns, none
 * fails.
 */
static void d_04_opposite_directions_of_one_page_take_turns(void **state)
{
	(void)state;
	rig_everywhere(
		&(struct rig_options){.unverified = true, .parameters = {{"HybridThreshold", 0}}},
		turn_the_pages);
}

/* ---- waiting --------------------------------------------------------------------------------- */

#define LISTS      4u
#define LIST_PAGES 400u
#define LIST_BYTES (LIST_PAGES * (uint32_t)PAGE_BYTES)

/* Four lists of 400 elements are 4 x 4 chain blocks, and a ring of four entries has 8: some go in many pieces. */
static void lists_move(struct rig *rig, unsigned char *const buffer[LISTS], uint32_t direction)
{
	DMABENCH_TRANSFER transfers[LISTS];
	DMABENCH_COMPLETION done[LISTS];

	for (uint32_t i = 0; i < LISTS; i++)
		transfers[i] = (DMABENCH_TRANSFER){.Buffer = buffer[i],
			.BufferLength = LIST_BYTES,
			.Length = LIST_BYTES,
			.Direction = direction,
			.DeviceAddress = (uint64_t)i * LIST_BYTES};
	rig_submit(rig, transfers, LISTS);
	rig_collect(rig, done, LISTS);
	for (uint32_t i = 0; i < LISTS; i++) {
		assert_int_equal(done[i].Status, NO_ERROR);
		assert_int_equal(done[i].Length, LIST_BYTES);
		assert_int_equal(done[i].Rounds, 1);
		assert_int_equal(done[i].Elements, LIST_PAGES);
	}
}

static void lists_longer_than_the_room_for_them(struct rig *rig)
{
	unsigned char *buffer[LISTS], *found = malloc(LIST_BYTES), *expected = malloc(LIST_BYTES);

	assert_non_null(found);
	assert_non_null(expected);
	for (uint32_t i = 0; i < LISTS; i++) {
		buffer[i] = rig_buffer(rig, LIST_BYTES, FRAMES_READ_WRITE);
		rig_fill(buffer[i], LIST_BYTES, i);
	}
	lists_move(rig, buffer, DMABENCH_TO_DEVICE);
	for (uint32_t i = 0; i < LISTS; i++) {
		rig_fill(expected, LIST_BYTES, i);
		assert_int_equal(
			videoport_memory_read(rig->vp, (uint64_t)i * LIST_BYTES, found, LIST_BYTES),
			0);
		rig_expect(found, expected, LIST_BYTES, "device memory");
		memset(buffer[i], 0, LIST_BYTES);
	}
	lists_move(rig, buffer, DMABENCH_FROM_DEVICE);
	for (uint32_t i = 0; i < LISTS; i++) {
		rig_fill(expected, LIST_BYTES, i);
		rig_expect(buffer[i], expected, LIST_BYTES, "host memory");
	}
	free(found);
	free(expected);
}

static void lists_go_in_pieces_where_room_for_them_is_short(void **state)
{
	(void)state;
	for (size_t n = 0; n < RIG_STRATEGIES * RIG_MODES; n++) {
		struct rig_options options = {.driver = rig_drivers[n % RIG_STRATEGIES].name,
			.completion = rig_modes[n / RIG_STRATEGIES],
			.fragmentation = 1.0,
			.parameters = {{"RingEntries", LISTS}, {"PoolSlots", 1}}};
		struct rig rig;

		if (strcmp(options.driver, "common") == 0)
			continue;
		/* The pool takes half of the entries. */
		if (strcmp(options.driver, "hybrid") == 0)
			options.parameters[0].value = 2 * LISTS;
		rig_open(&rig, &options);
		lists_longer_than_the_room_for_them(&rig);
		rig_close(&rig);
	}
}

static void wait_ends_when_the_time_is_over(void **state)
{
	struct rig rig;

	(void)state;
	for (size_t m = 0; m < RIG_MODES; m++) {
		rig_open(&rig,
			&(struct rig_options){.driver = "packet", .completion = rig_modes[m]});
		assert_false(rig_wait(&rig, 0));
		assert_false(rig_wait(&rig, 2000));
		rig_close(&rig);
	}
}

/* Thousands of blocking waits: a single lost wake-up shows as a time-out in rig_collect. */
static void no_wake_up_is_lost(void **state)
{
	enum { ROUNDS = 1000 };
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		for (size_t m = 1; m < RIG_MODES; m++) {
			rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name,
					       .completion = rig_modes[m],
					       .parameters = {{"PollBudgetUs", 0}}});

			DMABENCH_TRANSFER transfer = rig_transfer(
				rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), 0, 64);

			for (uint32_t i = 0; i < ROUNDS; i++) {
				transfer.Direction = i % 2;
				rig_move(&rig, &transfer);
			}
			if (rig_modes[m] == DMABENCH_COMPLETION_INTERRUPT)
				assert_true(rig_query(&rig).Interrupts > 0);
			rig_close(&rig);
		}
}

static void r_072_polling_connects_no_interrupt(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet"});

	DMABENCH_TRANSFER transfer = rig_transfer(
		rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), 1, 4096);

	rig_move(&rig, &transfer);
	assert_int_equal(rig_query(&rig).Interrupts, 0);
	assert_int_equal(videoport_interrupt_cpu_ns(rig.vp), 0);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depth_full_accepts_fewer),
		cmocka_unit_test(d_05_transfers_wait_for_map_registers),
		cmocka_unit_test(d_04_opposite_directions_of_one_page_take_turns),
		cmocka_unit_test(lists_go_in_pieces_where_room_for_them_is_short),
		cmocka_unit_test(wait_ends_when_the_time_is_over),
		cmocka_unit_test(no_wake_up_is_lost),
		cmocka_unit_test(r_072_polling_connects_no_interrupt),
	};

	return cmocka_run_group_tests_name("miniport depth", tests, NULL, NULL);
}
