// SPDX-License-Identifier: BSD-2-Clause
/*
 * lock_cache_test.c: the packet-cached driver's cache of locks, seen from outside: hits, misses,
 * what stays pinned, what is evicted, which lock may serve which transfer.
 */
#include "drivers/tests/rig.h"

#define BUFFER_BYTES 8192u

static DMABENCH_TRANSFER transfer_of(unsigned char *buffer, uint32_t direction)
{
	return (DMABENCH_TRANSFER){.Buffer = buffer,
		.BufferLength = BUFFER_BYTES,
		.Length = 64,
		.Direction = direction};
}

static void move(struct rig *rig, unsigned char *buffer, uint32_t direction)
{
	DMABENCH_TRANSFER transfer = transfer_of(buffer, direction);

	rig_move(rig, &transfer);
}

static void expect(struct rig *rig, uint32_t hits, uint32_t misses, uint64_t locks)
{
	struct videoport_usage usage;

	videoport_usage(rig->vp, &usage);
	assert_int_equal(rig_query(rig).CacheHits, hits);
	assert_int_equal(rig_query(rig).CacheMisses, misses);
	assert_int_equal(usage.locks, locks);
	assert_int_equal(usage.pinned_bytes, locks * BUFFER_BYTES);
}

static void a_buffer_is_locked_once(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet_cached"});

	unsigned char *buffer = rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE);

	for (unsigned i = 0; i < 10; i++)
		move(&rig, buffer, DMABENCH_FROM_DEVICE);
	expect(&rig, 9, 1, 1);
	rig_close(&rig);
}

static void the_packet_driver_keeps_nothing_locked(void **state)
{
	struct videoport_usage usage;
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet"});
	move(&rig, rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE), DMABENCH_TO_DEVICE);
	videoport_usage(rig.vp, &usage);
	assert_int_equal(usage.locks, 0);
	assert_int_equal(usage.pinned_bytes_peak, BUFFER_BYTES);
	rig_close(&rig);
}

/* A lock for reading must not serve a transfer that writes; one for writing serves both. */
static void a_read_lock_never_serves_a_write(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet_cached"});

	unsigned char *first = rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE);
	unsigned char *second = rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE);

	move(&rig, first, DMABENCH_TO_DEVICE);
	move(&rig, first, DMABENCH_FROM_DEVICE);
	expect(&rig, 0, 2, 2);
	move(&rig, second, DMABENCH_FROM_DEVICE);
	move(&rig, second, DMABENCH_TO_DEVICE);
	expect(&rig, 1, 3, 3);
	rig_close(&rig);
}

/* The key is the whole range: another length is another lock. */
static void another_length_is_another_lock(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet_cached"});

	DMABENCH_TRANSFER transfer = transfer_of(
		rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE), DMABENCH_TO_DEVICE);

	rig_move(&rig, &transfer);
	transfer.BufferLength = BUFFER_BYTES - 1;
	rig_move(&rig, &transfer);
	expect(&rig, 0, 2, 2);
	rig_close(&rig);
}

static void the_least_recently_used_goes_first(void **state)
{
	unsigned char *buffer[4];
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){
			       .driver = "packet_cached", .parameters = {{"CacheEntries", 3}}});
	for (unsigned i = 0; i < 4; i++)
		buffer[i] = rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE);
	for (unsigned i = 0; i < 3; i++)
		move(&rig, buffer[i], DMABENCH_TO_DEVICE);
	move(&rig, buffer[0], DMABENCH_TO_DEVICE); /* hit: 1 is the oldest now */
	move(&rig, buffer[3], DMABENCH_TO_DEVICE); /* evicts 1 */
	expect(&rig, 1, 4, 3);
	move(&rig, buffer[0], DMABENCH_TO_DEVICE);
	move(&rig, buffer[2], DMABENCH_TO_DEVICE);
	move(&rig, buffer[3], DMABENCH_TO_DEVICE);
	expect(&rig, 4, 4, 3);
	move(&rig, buffer[1], DMABENCH_TO_DEVICE);
	expect(&rig, 4, 5, 3);
	rig_close(&rig);
}

/* All entries in use: the transfer gets a lock of its own, which goes with it. */
static void locks_in_use_are_never_evicted(void **state)
{
	enum { DEPTH = 6 };
	DMABENCH_TRANSFER transfers[DEPTH];
	DMABENCH_COMPLETION done[DEPTH];
	struct videoport_usage usage;
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){
			       .driver = "packet_cached", .parameters = {{"CacheEntries", 2}}});
	for (unsigned i = 0; i < DEPTH; i++)
		transfers[i] = transfer_of(
			rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE), DMABENCH_FROM_DEVICE);
	rig_submit(&rig, transfers, DEPTH);
	videoport_usage(rig.vp, &usage);
	assert_int_equal(usage.locks, DEPTH);
	rig_collect(&rig, done, DEPTH);
	for (unsigned i = 0; i < DEPTH; i++)
		assert_int_equal(done[i].Status, NO_ERROR);
	expect(&rig, 0, DEPTH, 2);
	rig_close(&rig);
}

/*
 * More buffers than entries, in a random order, in every completion mode: the books stay straight.
 */
static void eviction_under_load(void **state)
{
	enum { BUFFERS = 24, ENTRIES = 8, DEPTH = 16, ROUNDS = 200 };
	DMABENCH_TRANSFER transfers[DEPTH];
	DMABENCH_COMPLETION done[DEPTH];
	unsigned char *buffer[BUFFERS];
	uint32_t seed = 12345;
	struct rig rig;

	(void)state;
	print_message("seed %u\n", seed);
	for (uint32_t mode = 0; mode < 3; mode++) {
		rig_open(&rig, &(struct rig_options){.driver = "packet_cached",
				       .unverified = true,
				       .completion = mode,
				       .parameters = {{"CacheEntries", ENTRIES}}});
		for (unsigned i = 0; i < BUFFERS; i++)
			buffer[i] = rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE);
		for (unsigned round = 0; round < ROUNDS; round++) {
			for (unsigned i = 0; i < DEPTH; i++) {
				seed = seed * 1664525u + 1013904223u;
				transfers[i] = transfer_of(
					buffer[(seed >> 16) % BUFFERS], (seed >> 8) & 1);
			}
			rig_submit(&rig, transfers, DEPTH);
			rig_collect(&rig, done, DEPTH);
			for (unsigned i = 0; i < DEPTH; i++)
				assert_int_equal(done[i].Status, NO_ERROR);
		}

		DMABENCH_QUERY query = rig_query(&rig);

		assert_int_equal(query.CacheHits + query.CacheMisses, ROUNDS * DEPTH);
		expect(&rig, query.CacheHits, query.CacheMisses, ENTRIES);
		rig_close(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_is_locked_once),
		cmocka_unit_test(the_packet_driver_keeps_nothing_locked),
		cmocka_unit_test(a_read_lock_never_serves_a_write),
		cmocka_unit_test(another_length_is_another_lock),
		cmocka_unit_test(the_least_recently_used_goes_first),
		cmocka_unit_test(locks_in_use_are_never_evicted),
		cmocka_unit_test(eviction_under_load),
	};

	return cmocka_run_group_tests_name("lock_cache", tests, NULL, NULL);
}
