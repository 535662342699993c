// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_test.c: do the bytes arrive? Every strategy, direction and way to complete, on the port
 * and the soft device, with guards on both sides of source and destination; then the port's limits:
 * few map registers, no scatter/gather, a 32-bit device under memory above 4 GiB, HwVidExecuteDma
 * called late.
 */
#include "drivers/tests/rig.h"

#define SIZE_MOST   ((1u << 20) + 3)
#define OFFSET_MOST 4095u
#define GUARD_BYTES 64u
#define GUARD_BYTE  0xA5
#define DEVICE_AT   (1u << 20) /* where transfers go in device memory */

static const uint32_t sizes[] = {1, 63, 64, 4095, 4096, 4097, 65536, SIZE_MOST};
static const uint32_t offsets[] = {0, 1, 2048, OFFSET_MOST};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * One buffer with a page in front and room behind, what is expected of it, and a picture of the
 * device.
 */
struct arena {
	struct rig *rig;
	unsigned char *buffer; /* ARENA_BYTES */
	unsigned char *expected;
	unsigned char *device;
};

#define ARENA_OFFSET 4096u
#define ARENA_BYTES  (ARENA_OFFSET + OFFSET_MOST + SIZE_MOST + GUARD_BYTES)
#define DEVICE_BYTES (SIZE_MOST + 2 * GUARD_BYTES)

static void arena_init(struct arena *arena, struct rig *rig)
{
	arena->rig = rig;
	arena->buffer = rig_buffer(rig, ARENA_BYTES, FRAMES_READ_WRITE);
	arena->expected = malloc(ARENA_BYTES);
	arena->device = malloc(DEVICE_BYTES);
}

static void arena_fini(struct arena *arena)
{
	free(arena->expected);
	free(arena->device);
}

static DMABENCH_TRANSFER arena_transfer(
	const struct arena *arena, uint32_t direction, uint32_t offset, uint32_t size)
{
	return (DMABENCH_TRANSFER){.Buffer = arena->buffer,
		.BufferLength = ARENA_BYTES,
		.Offset = ARENA_OFFSET + offset,
		.Length = size,
		.Direction = direction,
		.DeviceAddress = DEVICE_AT,
		.Cookie = ((uint64_t)size << 32) | offset};
}

/* Moves @size bytes and looks at every byte of both sides, GUARD_BYTES around included. */
static DMABENCH_COMPLETION arena_move(
	struct arena *arena, uint32_t direction, uint32_t offset, uint32_t size)
{
	DMABENCH_TRANSFER transfer = arena_transfer(arena, direction, offset, size);
	unsigned char *host = arena->expected, *device = arena->device;
	uint32_t begin = ARENA_OFFSET + offset;

	rig_fill(host, begin + size + GUARD_BYTES, size + offset);
	memcpy(arena->buffer, host, begin + size + GUARD_BYTES);
	rig_fill(device, size + 2 * GUARD_BYTES, ~size - offset);
	assert_int_equal(videoport_memory_write(arena->rig->vp, DEVICE_AT - GUARD_BYTES, device,
				 size + 2 * GUARD_BYTES),
		0);

	DMABENCH_COMPLETION completion = rig_move(arena->rig, &transfer);

	if (direction == DMABENCH_TO_DEVICE)
		memcpy(device + GUARD_BYTES, host + begin, size);
	else
		memcpy(host + begin, device + GUARD_BYTES, size);
	rig_expect(arena->buffer, host, begin + size + GUARD_BYTES, "host memory");

	unsigned char *found = malloc(size + 2 * GUARD_BYTES);

	assert_int_equal(videoport_memory_read(arena->rig->vp, DEVICE_AT - GUARD_BYTES, found,
				 size + 2 * GUARD_BYTES),
		0);
	rig_expect(found, device, size + 2 * GUARD_BYTES, "device memory");
	free(found);
	return completion;
}

/* ---- every strategy, mode, direction, size and offset ---------------------------------------- */

static void matrix(struct rig *rig)
{
	struct arena arena;

	arena_init(&arena, rig);
	for (uint32_t direction = 0; direction < 2; direction++)
		for (size_t s = 0; s < COUNT(sizes); s++)
			for (size_t o = 0; o < COUNT(offsets); o++)
				arena_move(&arena, direction, offsets[o], sizes[s]);
	arena_fini(&arena);
	rig_close(rig);
}

static void data_arrives_byte_exact(void **state)
{
	(void)state;
	rig_everywhere(&(struct rig_options){.fragmentation = 0.5, .high = 0.5}, matrix);
}

static void d_02_late_execute_on_another_thread(void **state)
{
	(void)state;
	rig_everywhere(
		&(struct rig_options){
			.defer_execute = true, .fragmentation = 0.5, .map_registers = 20},
		matrix);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

/* Section 6: the first round moves M pages less the offset, every later one M pages. */
static uint32_t rounds_expected(uint32_t offset, uint32_t size, uint32_t registers)
{
	uint32_t page = offset % 4096, first = registers * 4096 - page;

	if (size <= first)
		return 1;
	return 1 + (size - first + registers * 4096 - 1) / (registers * 4096);
}

static void r_025_rounds_follow_map_registers(void **state)
{
	static const unsigned registers[] = {1, 2, 5};
	struct arena arena;
	struct rig rig;

	(void)state;
	for (size_t r = 0; r < COUNT(registers); r++) {
		rig_open(&rig, &(struct rig_options){.driver = "packet",
				       .map_registers = registers[r],
				       .fragmentation = 0.5});
		arena_init(&arena, &rig);
		for (uint32_t direction = 0; direction < 2; direction++)
			for (size_t s = 0; s < COUNT(sizes); s++)
				for (size_t o = 0; o < COUNT(offsets); o++) {
					DMABENCH_COMPLETION done = arena_move(
						&arena, direction, offsets[o], sizes[s]);

					assert_int_equal(
						done.Rounds, rounds_expected(offsets[o], sizes[s],
								     registers[r]));
				}
		arena_fini(&arena);
		rig_close(&rig);
	}
}

/* The worked example of the documentation: 12 registers needed, 5 granted, 3 operations. */
static void r_036_twelve_pages_with_five_registers_take_three_rounds(void **state)
{
	struct arena arena;
	struct rig rig;

	(void)state;
	for (size_t m = 0; m < RIG_MODES; m++) {
		rig_open(&rig, &(struct rig_options){.driver = "packet",
				       .completion = rig_modes[m],
				       .map_registers = 5});
		arena_init(&arena, &rig);
		assert_int_equal(arena_move(&arena, DMABENCH_TO_DEVICE, 0, 12 * 4096).Rounds, 3);
		assert_int_equal(arena_move(&arena, DMABENCH_FROM_DEVICE, 0, 12 * 4096).Rounds, 3);
		arena_fini(&arena);
		rig_close(&rig);
	}
}

static void maximum_length_cuts_rounds(void **state)
{
	struct arena arena;
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){
			       .driver = "packet", .parameters = {{"MaximumLength", 10000}}});
	arena_init(&arena, &rig);
	assert_int_equal(arena_move(&arena, DMABENCH_TO_DEVICE, 1, 65536).Rounds, 7);
	arena_fini(&arena);
	rig_close(&rig);
}

/* ---- reach ----------------------------------------------------------------------------------- */

static uint64_t bounced(struct rig *rig)
{
	struct videoport_usage usage;

	videoport_usage(rig->vp, &usage);
	return usage.bounce_bytes;
}

static void no_scatter_gather_means_one_element_a_round(void **state)
{
	struct arena arena;
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++) {
		rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name,
				       .no_scatter_gather = true,
				       .map_registers = 32,
				       .fragmentation = 1.0});
		arena_init(&arena, &rig);
		for (uint32_t direction = 0; direction < 2; direction++)
			for (size_t s = 0; s < COUNT(sizes); s++) {
				DMABENCH_COMPLETION done = arena_move(
					&arena, direction, OFFSET_MOST, sizes[s]);

				assert_int_equal(done.Elements, done.Rounds);
			}
		arena_fini(&arena);
		rig_close(&rig);
	}
}

static void scatter_gather_can_be_switched_off(void **state)
{
	struct arena arena;
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet",
			       .map_registers = 32,
			       .fragmentation = 1.0,
			       .parameters = {{"ScatterGather", 0}}});
	arena_init(&arena, &rig);

	DMABENCH_COMPLETION done = arena_move(&arena, DMABENCH_TO_DEVICE, 1, SIZE_MOST);

	assert_int_equal(done.Elements, done.Rounds);
	/* A round of one page needs no bouncing. */
	assert_true(bounced(&rig) >= SIZE_MOST / 2);
	arena_fini(&arena);
	rig_close(&rig);
}

static void memory_out_of_reach_bounces(void **state)
{
	struct arena arena;
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++) {
		rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name,
				       .address_bits = 32,
				       .map_registers = 64,
				       .fragmentation = 0.3,
				       .high = 1.0});
		arena_init(&arena, &rig);
		for (uint32_t direction = 0; direction < 2; direction++)
			for (size_t s = 0; s < COUNT(sizes); s++)
				arena_move(&arena, direction, 1, sizes[s]);
		/* The common buffer lies within reach: nothing is copied twice. */
		assert_int_equal(bounced(&rig) > 0, strcmp(rig_drivers[d].name, "common") != 0);
		arena_fini(&arena);
		rig_close(&rig);
	}
}

/* ---- long lists ------------------------------------------------------------------------------ */

/*
 * Every page alone: 257 elements need chained blocks; with eight blocks at depth 8 some must wait.
 */
static void lists_longer_than_chain_blocks_arrive(void **state)
{
	enum { DEPTH = 8, BYTES = 1u << 20 };
	DMABENCH_TRANSFER transfers[DEPTH];
	DMABENCH_COMPLETION done[DEPTH];
	unsigned char *found = malloc(BYTES);
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet",
			       .fragmentation = 1.0,
			       .parameters = {{"RingEntries", DEPTH}}});
	for (unsigned i = 0; i < DEPTH; i++) {
		unsigned char *buffer = rig_buffer(&rig, BYTES + 4096, FRAMES_READ_ONLY);

		rig_fill(buffer, BYTES + 4096, i);
		transfers[i] = (DMABENCH_TRANSFER){.Buffer = buffer,
			.BufferLength = BYTES + 4096,
			.Offset = 100 + i,
			.Length = BYTES,
			.Direction = DMABENCH_TO_DEVICE,
			.DeviceAddress = (uint64_t)i * BYTES,
			.Cookie = i};
	}
	rig_submit(&rig, transfers, DEPTH);
	rig_collect(&rig, done, DEPTH);
	for (unsigned i = 0; i < DEPTH; i++) {
		assert_int_equal(done[i].Status, NO_ERROR);
		assert_int_equal(done[i].Length, BYTES);
		assert_int_equal(done[i].Rounds, 1);
		assert_int_equal(done[i].Elements, 257);
		assert_int_equal(
			videoport_memory_read(rig.vp, (uint64_t)i * BYTES, found, BYTES), 0);
		rig_expect(found, (unsigned char *)transfers[i].Buffer + 100 + i, BYTES, "device");
	}
	free(found);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_arrives_byte_exact),
		cmocka_unit_test(d_02_late_execute_on_another_thread),
		cmocka_unit_test(r_025_rounds_follow_map_registers),
		cmocka_unit_test(r_036_twelve_pages_with_five_registers_take_three_rounds),
		cmocka_unit_test(maximum_length_cuts_rounds),
		cmocka_unit_test(no_scatter_gather_means_one_element_a_round),
		cmocka_unit_test(scatter_gather_can_be_switched_off),
		cmocka_unit_test(memory_out_of_reach_bounces),
		cmocka_unit_test(lists_longer_than_chain_blocks_arrive),
	};

	return cmocka_run_group_tests_name("miniport", tests, NULL, NULL);
}
