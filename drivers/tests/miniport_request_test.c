// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_request_test.c: the contract of dmabench_ioctl.h at its edges: requests, transfers and settings that are wrong,
 * and what is in a pool. How many may be in flight is miniport_depth_test.c, a driver's life miniport_life_test.c.
 */
#include "drivers/tests/rig.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- wrong input ----------------------------------------------------------------------------- */

static void r_076_unknown_requests_are_refused(void **state)
{
	uint64_t information = 99;
	char buffer[64] = {0};
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < COUNT(rig_drivers); d++) {
		rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name});
		assert_int_equal(
			videoport_request(rig.vp, 0x12345678, buffer, 64, 64, &information),
			ERROR_INVALID_FUNCTION);
		assert_int_equal(information, 0);
		if (strcmp(rig_drivers[d].name, "probe") != 0)
			assert_int_equal(videoport_request(rig.vp, IOCTL_DMABENCH_PROBE, buffer, 64,
						 64, &information),
				ERROR_INVALID_FUNCTION);
		else
			assert_int_equal(videoport_request(rig.vp, IOCTL_DMABENCH_SUBMIT, buffer,
						 64, 64, &information),
				ERROR_INVALID_FUNCTION);
		rig_close(&rig);
	}
}

static void short_buffers_are_refused(void **state)
{
	static const uint32_t codes[] = {IOCTL_DMABENCH_SUBMIT, IOCTL_DMABENCH_REAP,
		IOCTL_DMABENCH_WAIT, IOCTL_DMABENCH_QUERY, IOCTL_DMABENCH_POOL};
	DMABENCH_SUBMIT submit = {.Count = 2};
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "common"});
	for (size_t c = 0; c < COUNT(codes); c++)
		assert_int_equal(videoport_request(rig.vp, codes[c], &submit, 4, 4, NULL),
			ERROR_INSUFFICIENT_BUFFER);
	/* Two transfers announced, one there. */
	assert_int_equal(videoport_request(rig.vp, IOCTL_DMABENCH_SUBMIT, &submit, sizeof(submit),
				 sizeof(submit), NULL),
		ERROR_INSUFFICIENT_BUFFER);
	rig_close(&rig);
}

/* ---- QUERY -------------------------------------------------------------------------------------- */

/* Into memory that is not zero, of a driver to which nothing has happened. */
static void a_query_answers_every_field(void **state)
{
	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++) {
		const bool hybrid = strcmp(rig_drivers[d].name, "hybrid") == 0;
		DMABENCH_QUERY query;
		struct rig rig;

		rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name,
				       .parameters = {{"HybridThreshold", 4097}}});
		memset(&query, 0xA5, sizeof(query));
		assert_int_equal(videoport_request(rig.vp, IOCTL_DMABENCH_QUERY, &query, 0,
					 sizeof(query), NULL),
			NO_ERROR);
		assert_int_equal(query.DeviceMemory, RIG_DEVICE_BYTES);
		assert_int_equal(query.LengthMaximum, RIG_DEVICE_BYTES);
		assert_int_equal(query.CompletionMode, rig.options.completion);
		assert_int_equal(query.HybridThreshold, hybrid ? 4097 : 0);
		assert_int_equal(query.Dpcs + query.Interrupts, 0);
		assert_int_equal(query.Recoveries + query.Resets, 0);
		assert_int_equal(query.GivenUp + query.LastReset, 0);
		assert_int_equal(query.CacheHits + query.CacheMisses, 0);
		assert_int_equal(query.DeviceErrors, 0);
		rig_close(&rig);
	}
}

/* ---- POOL ------------------------------------------------------------------------------------- */

static const DMABENCH_POOL_ACCOUNT *pool_account(struct rig *rig, uint32_t reset)
{
	DMABENCH_POOL pool = {.Reset = reset};

	assert_int_equal(videoport_request(rig->vp, IOCTL_DMABENCH_POOL, &pool, sizeof(pool),
				 sizeof(pool), NULL),
		NO_ERROR);
	assert_non_null(pool.Account);
	assert_int_equal(pool.Reset, 0);
	return pool.Account;
}

static void expect_pool(const DMABENCH_POOL_ACCOUNT *account, uint32_t used, uint64_t bytes)
{
	assert_int_equal(account->Used, used);
	assert_int_equal(account->Bytes, bytes);
}

/* Slots of 4 KiB: 100 bytes take one, 10000 three with 8192 + 1808 bytes in them. */
static void a_pool_counts_what_its_slots_hold(void **state)
{
	static const char *const drivers[] = {"common", "hybrid"};

	(void)state;
	for (size_t i = 0; i < COUNT(drivers) * RIG_MODES; i++) {
		struct rig rig;

		rig_open(&rig, &(struct rig_options){.driver = drivers[i % COUNT(drivers)],
				       .completion = rig_modes[i / COUNT(drivers)],
				       .parameters = {{"PoolSlots", 8}, {"PoolSlotBytes", 4096},
					       {"HybridThreshold", 1u << 20}}});

		unsigned char *buffer = rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE);
		const DMABENCH_POOL_ACCOUNT *account = pool_account(&rig, 0);
		DMABENCH_TRANSFER transfers[2] = {rig_transfer(buffer, DMABENCH_TO_DEVICE, 100),
			rig_transfer(buffer, DMABENCH_FROM_DEVICE, 10000)};
		DMABENCH_COMPLETION done[2];

		assert_int_equal(account->Slots, 8);
		assert_int_equal(account->SlotBytes, 4096);
		expect_pool(account, 0, 0);
		rig_submit(&rig, transfers, 2);
		expect_pool(account, 4, 10100); /* nothing is given back before it is reaped */
		rig_collect(&rig, done, 2);
		expect_pool(account, 0, 0);
		assert_int_equal(account->UsedPeak, 4);
		assert_int_equal(account->BytesPeak, 10100);
		assert_ptr_equal(pool_account(&rig, 1), account);
		assert_int_equal(account->UsedPeak + account->BytesPeak, 0);

		/* More pieces than slots: never more than the pool. */
		transfers[0] = rig_transfer(buffer, DMABENCH_TO_DEVICE, 15 * 4096 + 1);
		rig_submit(&rig, transfers, 1);
		expect_pool(account, 8, 8 * 4096);
		rig_collect(&rig, done, 1);
		expect_pool(account, 0, 0);
		assert_int_equal(account->UsedPeak, 8);
		assert_int_equal(account->BytesPeak, 8 * 4096);
		rig_close(&rig);
	}
}

static void drivers_without_a_pool_say_so(void **state)
{
	static const char *const drivers[] = {"packet", "packet_cached", "probe"};
	DMABENCH_POOL pool = {.Reset = 0};
	struct rig rig;

	(void)state;
	for (size_t i = 0; i < COUNT(drivers); i++) {
		rig_open(&rig, &(struct rig_options){.driver = drivers[i]});
		assert_int_equal(videoport_request(rig.vp, IOCTL_DMABENCH_POOL, &pool, sizeof(pool),
					 sizeof(pool), NULL),
			ERROR_INVALID_FUNCTION);
		assert_null(pool.Account);
		rig_close(&rig);
	}
}

static void wrong_transfers_stop_the_batch(void **state)
{
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++) {
		rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name});

		unsigned char *buffer = rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE);
		DMABENCH_TRANSFER good = rig_transfer(buffer, DMABENCH_TO_DEVICE, 64);
		DMABENCH_TRANSFER bad[8];
		DMABENCH_COMPLETION done;
		uint32_t accepted;

		for (size_t i = 0; i < COUNT(bad); i++)
			bad[i] = good;
		bad[0].Length = 0;
		bad[1].Direction = 2;
		bad[2].Offset = RIG_BUFFER_BYTES - 63;
		bad[3].Offset = UINT32_MAX;
		bad[4].DeviceAddress = RIG_DEVICE_BYTES - 63;
		bad[5].DeviceAddress = UINT64_MAX;
		bad[6].Buffer = NULL;
		bad[7].BufferLength = 63;
		for (size_t i = 0; i < COUNT(bad); i++) {
			DMABENCH_TRANSFER batch[3] = {good, bad[i], good};

			assert_int_equal(rig_try_submit(&rig, &bad[i], 1, &accepted),
				ERROR_INVALID_PARAMETER);
			assert_int_equal(accepted, 0);
			assert_int_equal(
				rig_try_submit(&rig, batch, 3, &accepted), ERROR_INVALID_PARAMETER);
			assert_int_equal(accepted, 1);
			rig_collect(&rig, &done, 1);
			assert_int_equal(done.Status, NO_ERROR);
		}
		rig_close(&rig);
	}
}

/* From the first byte to the last there is, of device memory and of the buffer. */
static void transfers_reach_both_ends(void **state)
{
	static unsigned char expected[64], found[64];
	struct rig rig;

	(void)state;
	rig_fill(expected, sizeof(expected), 3);
	for (size_t d = 0; d < RIG_STRATEGIES; d++) {
		rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name});

		unsigned char *buffer = rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE);
		DMABENCH_TRANSFER transfer = rig_transfer(buffer, DMABENCH_TO_DEVICE, 64);

		for (unsigned last = 0; last < 2; last++) {
			transfer.Offset = last ? RIG_BUFFER_BYTES - 64 : 0;
			transfer.DeviceAddress = last ? RIG_DEVICE_BYTES - 64 : 0;
			memcpy(buffer + transfer.Offset, expected, sizeof(expected));
			transfer.Direction = DMABENCH_TO_DEVICE;
			rig_move(&rig, &transfer);
			assert_int_equal(videoport_memory_read(rig.vp, transfer.DeviceAddress,
						 found, sizeof(found)),
				0);
			assert_memory_equal(found, expected, sizeof(found));
			memset(buffer + transfer.Offset, 0, sizeof(expected));
			transfer.Direction = DMABENCH_FROM_DEVICE;
			rig_move(&rig, &transfer);
			assert_memory_equal(buffer + transfer.Offset, expected, sizeof(found));
		}
		rig_close(&rig);
	}
}

/* D-7: what cannot be locked fails its transfer, in the completion. */
static void d_07_unlockable_memory_fails_the_transfer(void **state)
{
	static unsigned char nowhere[4096];
	DMABENCH_COMPLETION done;
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < 2; d++) {
		rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name});

		DMABENCH_TRANSFER transfer = rig_transfer(nowhere, DMABENCH_TO_DEVICE, 64);

		transfer.BufferLength = sizeof(nowhere);
		rig_submit(&rig, &transfer, 1);
		rig_collect(&rig, &done, 1);
		assert_int_equal(done.Status, ERROR_NOT_ENOUGH_MEMORY);
		assert_int_equal(done.Length, 0);

		/* Read-only memory can be sent, not received into. */
		transfer = rig_transfer(rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_ONLY),
			DMABENCH_TO_DEVICE, 64);
		rig_move(&rig, &transfer);
		transfer.Direction = DMABENCH_FROM_DEVICE;
		rig_submit(&rig, &transfer, 1);
		rig_collect(&rig, &done, 1);
		assert_int_equal(done.Status, ERROR_NOT_ENOUGH_MEMORY);
		assert_int_equal(rig_take_rule(&rig, 303), 2);
		rig_close(&rig);
	}
}

static void is_refused(const struct rig_options *options)
{
	struct err err = ERR_INIT;
	struct rig rig;

	assert_int_equal(rig_try_open(&rig, options, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
	rig_frames_destroy(&rig);
}

static void bad_settings_are_refused_and_named(void **state)
{
	static const struct videoport_parameter bad[] = {{"RingEntries", 3}, {"RingEntries", 8192},
		{"CompletionMode", 9}, {"PoolSlots", 0}, {"ScatterGather", 2},
		{"ModerationUs", 65536}, {"ChainElements", 1}, {"ChainElements", 129},
		{"ChainBlocks", 0}, {"ChainBlocks", 257}};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		is_refused(&(struct rig_options){.driver = "hybrid", .parameters = {bad[i]}});
}

/* 64 or 65 slots of 64 MiB: their bytes, as far as 32 bits go, are none or those of one. */
static void a_pool_of_4_gib_is_refused(void **state)
{
	static const char *const drivers[] = {"common", "hybrid"};

	(void)state;
	for (size_t d = 0; d < COUNT(drivers); d++)
		for (uint32_t slots = 64; slots <= 65; slots++)
			is_refused(&(struct rig_options){.driver = drivers[d],
				.parameters = {
					{"PoolSlots", slots}, {"PoolSlotBytes", 64u << 20}}});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r_076_unknown_requests_are_refused),
		cmocka_unit_test(short_buffers_are_refused),
		cmocka_unit_test(a_query_answers_every_field),
		cmocka_unit_test(a_pool_counts_what_its_slots_hold),
		cmocka_unit_test(drivers_without_a_pool_say_so),
		cmocka_unit_test(wrong_transfers_stop_the_batch),
		cmocka_unit_test(transfers_reach_both_ends),
		cmocka_unit_test(d_07_unlockable_memory_fails_the_transfer),
		cmocka_unit_test(bad_settings_are_refused_and_named),
		cmocka_unit_test(a_pool_of_4_gib_is_refused),
	};

	return cmocka_run_group_tests_name("miniport requests", tests, NULL, NULL);
}
