// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_request_test.c: the contract of dmabench_ioctl.h at its edges: wrong input, full rings
 * and pools, waiting, a faulty or halted device, power, unloading with work in flight, failing
 * set-up.
 */
#include "drivers/tests/rig.h"

#include "drivers/device/engine/regs.h"
#include "drivers/support/fault.h"
#include "drivers/support/mmio.h"

#define BUFFER_BYTES 65536u

static const uint32_t modes[] = {
	DMABENCH_COMPLETION_POLL, DMABENCH_COMPLETION_INTERRUPT, DMABENCH_COMPLETION_ADAPTIVE};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static DMABENCH_TRANSFER transfer_of(unsigned char *buffer, uint32_t direction, uint32_t length)
{
	return (DMABENCH_TRANSFER){.Buffer = buffer,
		.BufferLength = BUFFER_BYTES,
		.Length = length,
		.Direction = direction,
		.Cookie = 7};
}

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
	for (size_t i = 0; i < COUNT(drivers) * COUNT(modes); i++) {
		struct rig rig;

		rig_open(&rig, &(struct rig_options){.driver = drivers[i % COUNT(drivers)],
				       .completion = modes[i / COUNT(drivers)],
				       .parameters = {{"PoolSlots", 8}, {"PoolSlotBytes", 4096},
					       {"HybridThreshold", 1u << 20}}});

		unsigned char *buffer = rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE);
		const DMABENCH_POOL_ACCOUNT *account = pool_account(&rig, 0);
		DMABENCH_TRANSFER transfers[2] = {transfer_of(buffer, DMABENCH_TO_DEVICE, 100),
			transfer_of(buffer, DMABENCH_FROM_DEVICE, 10000)};
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
		transfers[0] = transfer_of(buffer, DMABENCH_TO_DEVICE, 15 * 4096 + 1);
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

		unsigned char *buffer = rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE);
		DMABENCH_TRANSFER good = transfer_of(buffer, DMABENCH_TO_DEVICE, 64);
		DMABENCH_TRANSFER bad[8];
		DMABENCH_COMPLETION done;
		uint32_t accepted;

		for (size_t i = 0; i < COUNT(bad); i++)
			bad[i] = good;
		bad[0].Length = 0;
		bad[1].Direction = 2;
		bad[2].Offset = BUFFER_BYTES - 63;
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

/* D-7: what cannot be locked fails its transfer, in the completion. */
static void d_07_unlockable_memory_fails_the_transfer(void **state)
{
	static unsigned char nowhere[4096];
	DMABENCH_COMPLETION done;
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < 2; d++) {
		rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name});

		DMABENCH_TRANSFER transfer = transfer_of(nowhere, DMABENCH_TO_DEVICE, 64);

		transfer.BufferLength = sizeof(nowhere);
		rig_submit(&rig, &transfer, 1);
		rig_collect(&rig, &done, 1);
		assert_int_equal(done.Status, ERROR_NOT_ENOUGH_MEMORY);
		assert_int_equal(done.Length, 0);

		/* Read-only memory can be sent, not received into. */
		transfer = transfer_of(
			rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_ONLY), DMABENCH_TO_DEVICE, 64);
		rig_move(&rig, &transfer);
		transfer.Direction = DMABENCH_FROM_DEVICE;
		rig_submit(&rig, &transfer, 1);
		rig_collect(&rig, &done, 1);
		assert_int_equal(done.Status, ERROR_NOT_ENOUGH_MEMORY);
		assert_int_equal(rig_take_rule(&rig, 303), 2);
		rig_close(&rig);
	}
}

static void bad_settings_are_refused_and_named(void **state)
{
	static const struct videoport_parameter bad[] = {{"RingEntries", 3}, {"RingEntries", 8192},
		{"CompletionMode", 9}, {"PoolSlots", 0}, {"ScatterGather", 2},
		{"ModerationUs", 65536}};
	struct rig rig;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct err err = ERR_INIT;
		struct rig_options options = {.driver = "hybrid", .parameters = {bad[i]}};

		assert_int_equal(rig_try_open(&rig, &options, &err), -EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
		rig_frames_destroy(&rig);
	}
}

/* ---- full ------------------------------------------------------------------------------------ */

/* More than fits: SUBMIT takes what fits; all that was taken comes back, exactly once. */
static void depth_is_bounded(struct rig *rig, uint32_t length)
{
	unsigned char *buffer = rig_buffer(rig, BUFFER_BYTES, FRAMES_READ_WRITE);
	DMABENCH_TRANSFER transfers[RIG_BATCH];
	DMABENCH_COMPLETION done[RIG_BATCH];
	bool seen[RIG_BATCH] = {false};
	uint32_t depth = rig_query(rig).DepthMaximum, accepted;

	assert_true(depth < RIG_BATCH);
	for (uint32_t i = 0; i < RIG_BATCH; i++) {
		transfers[i] = transfer_of(buffer, i % 2, length);
		/* Neither direction may see the other's bytes: they overlap in nothing. */
		transfers[i].Offset = (i % 2) * (BUFFER_BYTES / 2);
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

static void depth_full_accepts_fewer(void **state)
{
	static const uint32_t entries[] = {2, 4, 64, 256};
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		for (size_t m = 0; m < COUNT(modes); m++)
			for (size_t e = 0; e < COUNT(entries); e++) {
				rig_open(&rig,
					&(struct rig_options){.driver = rig_drivers[d].name,
						.unverified = true,
						.completion = modes[m],
						.parameters = {{"RingEntries", entries[e]},
							{"PoolSlots", 3}, {"PoolSlotBytes", 1000},
							{"HybridThreshold", 5000}}});
				depth_is_bounded(&rig, 4096);
				depth_is_bounded(&rig, 8000);
				rig_close(&rig);
			}
}

/* D-5: transfers that find no register wait for one, and none is lost or overtaken for ever. */
static void d_05_transfers_wait_for_map_registers(void **state)
{
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		for (size_t m = 0; m < COUNT(modes); m++)
			for (unsigned deferred = 0; deferred < 2; deferred++) {
				rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name,
						       .unverified = true,
						       .completion = modes[m],
						       .defer_execute = deferred,
						       .map_registers = 3,
						       .parameters = {{"HybridThreshold", 5000}}});
				depth_is_bounded(&rig, 8000);
				depth_is_bounded(&rig, 20000);
				rig_close(&rig);
			}
}

/*
 * D-4: a page in flight one way cannot be mapped the other way; such transfers take turns, none
 * fails.
 */
static void d_04_opposite_directions_of_one_page_take_turns(void **state)
{
	enum { DEPTH = 64, ROUNDS = 50 };
	DMABENCH_TRANSFER transfers[DEPTH];
	DMABENCH_COMPLETION done[DEPTH];
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		for (size_t m = 0; m < COUNT(modes); m++) {
			rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name,
					       .unverified = true,
					       .completion = modes[m],
					       .parameters = {{"HybridThreshold", 0}}});

			unsigned char *buffer = rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE);

			for (uint32_t round = 0; round < ROUNDS; round++) {
				for (uint32_t i = 0; i < DEPTH; i++) {
					transfers[i] = transfer_of(buffer, (i + round) / 3 % 2, 64);
					transfers[i].Offset = i * 64;
					transfers[i].DeviceAddress = (uint64_t)i * 64;
				}
				rig_submit(&rig, transfers, DEPTH);
				rig_collect(&rig, done, DEPTH);
				for (uint32_t i = 0; i < DEPTH; i++)
					assert_int_equal(done[i].Status, NO_ERROR);
			}
			rig_close(&rig);
		}
}

/* ---- waiting --------------------------------------------------------------------------------- */

static void wait_ends_when_the_time_is_over(void **state)
{
	struct rig rig;

	(void)state;
	for (size_t m = 0; m < COUNT(modes); m++) {
		rig_open(&rig, &(struct rig_options){.driver = "packet", .completion = modes[m]});
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
		for (size_t m = 1; m < COUNT(modes); m++) {
			rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name,
					       .completion = modes[m],
					       .parameters = {{"PollBudgetUs", 0}}});

			DMABENCH_TRANSFER transfer = transfer_of(
				rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE), 0, 64);

			for (uint32_t i = 0; i < ROUNDS; i++) {
				transfer.Direction = i % 2;
				rig_move(&rig, &transfer);
			}
			if (modes[m] == DMABENCH_COMPLETION_INTERRUPT)
				assert_true(rig_query(&rig).Interrupts > 0);
			rig_close(&rig);
		}
}

static void r_072_polling_connects_no_interrupt(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet"});

	DMABENCH_TRANSFER transfer = transfer_of(
		rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE), 1, 4096);

	rig_move(&rig, &transfer);
	assert_int_equal(rig_query(&rig).Interrupts, 0);
	assert_int_equal(videoport_interrupt_cpu_ns(rig.vp), 0);
	rig_close(&rig);
}

/* ---- a faulty device ------------------------------------------------------------------------- */

/* A second completion is handed up, with the cookie of the first and ERROR_INVALID_DATA. */
static void duplicate_completions_are_handed_up(void **state)
{
	enum { DEPTH = 16, ROUNDS = 20 };
	DMABENCH_TRANSFER transfers[DEPTH];
	DMABENCH_COMPLETION done[2 * DEPTH];
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		for (size_t m = 0; m < COUNT(modes); m++) {
			rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name,
					       .unverified = true,
					       .completion = modes[m],
					       .fault = DEVICE_FAULT_DUPLICATE,
					       .fault_rate = 1.0,
					       .parameters = {{"RingEntries", DEPTH}}});

			unsigned char *buffer = rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE);
			uint32_t depth = rig_query(&rig).DepthMaximum;

			for (uint32_t round = 0; round < ROUNDS; round++) {
				unsigned good[DEPTH] = {0}, stray[DEPTH] = {0};

				for (uint32_t i = 0; i < depth; i++) {
					transfers[i] = transfer_of(buffer, 1, 64);
					transfers[i].Cookie = i;
				}
				rig_submit(&rig, transfers, depth);
				rig_collect(&rig, done, 2 * depth);
				for (uint32_t i = 0; i < 2 * depth; i++) {
					assert_true(done[i].Cookie < depth);
					if (done[i].Status == NO_ERROR)
						good[done[i].Cookie]++;
					else if (done[i].Status == ERROR_INVALID_DATA)
						stray[done[i].Cookie]++;
				}
				for (uint32_t i = 0; i < depth; i++) {
					assert_int_equal(good[i], 1);
					assert_int_equal(stray[i], 1);
				}
			}
			rig_close(&rig);
		}
}

/* Eight transfers at once; the completion of the first goes wrong once. Return: how many failed with @status. */
static unsigned eight_failed(struct rig *rig, int32_t status)
{
	enum { DEPTH = 8 };
	unsigned char *buffer = rig_buffer(rig, BUFFER_BYTES, FRAMES_READ_WRITE);
	DMABENCH_TRANSFER transfers[DEPTH];
	DMABENCH_COMPLETION done[DEPTH];
	unsigned seen = 0, failed = 0;

	for (unsigned i = 0; i < DEPTH; i++) {
		transfers[i] = transfer_of(buffer, 1, 64);
		transfers[i].Cookie = i;
	}
	rig_submit(rig, transfers, DEPTH);
	rig_collect(rig, done, DEPTH);
	for (unsigned i = 0; i < DEPTH; i++) {
		assert_true(done[i].Cookie < DEPTH);
		assert_int_equal(seen >> done[i].Cookie & 1, 0);
		seen |= 1u << done[i].Cookie;
		if (done[i].Status == NO_ERROR)
			continue;
		assert_int_equal(done[i].Status, status);
		failed++;
	}
	return failed;
}

/* One that is missing: the device is reset, what was in flight fails, each once, and all works again. */
static void a_device_that_owes_a_completion_is_reset(void **state)
{
	static const enum device_fault faults[] = {
		DEVICE_FAULT_UNPOSTED, DEVICE_FAULT_REORDERED, DEVICE_FAULT_STALE};
	struct rig rig;

	(void)state;
	for (size_t n = 0; n < RIG_STRATEGIES * COUNT(modes) * COUNT(faults); n++) {
		enum device_fault fault = faults[n % COUNT(faults)];

		rig_open(&rig,
			&(struct rig_options){
				.driver = rig_drivers[n / COUNT(faults) % RIG_STRATEGIES].name,
				.unverified = true,
				.completion = modes[n / COUNT(faults) / RIG_STRATEGIES],
				.fault = fault,
				.fault_rate = 1.0,
				.fault_limit = 1,
				.parameters = {{"TimeoutUs", 50000}}});
		/* Where the engine was quicker than the batch it had one alone, and no order to mistake. */
		while (rig_query(&rig).Resets == 0)
			assert_in_range(eight_failed(&rig, ERROR_GEN_FAILURE), 0, 8);
		assert_int_equal(rig_query(&rig).Resets, 1);
		assert_int_equal(eight_failed(&rig, 0), 0);
		assert_int_equal(rig_query(&rig).Resets, 1);
		rig_close_noisy(&rig);
	}
}

static void a_wrong_length_fails_its_transfer_alone(void **state)
{
	struct rig rig;

	(void)state;
	for (size_t n = 0; n < RIG_STRATEGIES * COUNT(modes); n++) {
		rig_open(&rig, &(struct rig_options){.driver = rig_drivers[n % RIG_STRATEGIES].name,
				       .unverified = true,
				       .completion = modes[n / RIG_STRATEGIES],
				       .fault = DEVICE_FAULT_WRONG_LENGTH,
				       .fault_rate = 1.0,
				       .fault_limit = 1});
		assert_int_equal(eight_failed(&rig, ERROR_INVALID_DATA), 1);
		assert_int_equal(rig_query(&rig).DeviceErrors, 1);
		assert_int_equal(rig_query(&rig).Resets, 0);
		rig_close_noisy(&rig);
	}
}

/* Drop, misplace, truncate and flip keep the protocol: only a look at the data can tell. */
static void silent_faults_show_in_the_data_only(void **state)
{
	static const enum device_fault faults[] = {
		DEVICE_FAULT_DROP, DEVICE_FAULT_MISPLACE, DEVICE_FAULT_TRUNCATE, DEVICE_FAULT_FLIP};
	unsigned char found[4096];
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		for (size_t f = 0; f < COUNT(faults); f++) {
			rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name,
					       .fault = faults[f],
					       .fault_rate = 1.0});

			unsigned char *buffer = rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE);
			DMABENCH_TRANSFER transfer = transfer_of(
				buffer, DMABENCH_TO_DEVICE, sizeof(found));

			rig_fill(buffer, sizeof(found), 3);
			rig_move(&rig, &transfer);
			assert_int_equal(videoport_memory_read(rig.vp, 0, found, sizeof(found)), 0);
			assert_memory_not_equal(found, buffer, sizeof(found));
			rig_close(&rig);
		}
}

/* An impossible doorbell halts a channel: what was in flight fails, then the driver works again. */
static void a_halted_engine_is_restarted(void **state)
{
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		for (size_t m = 0; m < COUNT(modes); m++) {
			rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name,
					       .completion = modes[m]});

			unsigned char *registers = videoport_caps(rig.vp)->bar[0].va;
			DMABENCH_TRANSFER transfer = transfer_of(
				rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE), 1, 4096);
			DMABENCH_COMPLETION done;

			mmio_write32(registers + ENGINE_CHANNEL(0) + ENGINE_CH_SQ_TAIL, 100000);
			while (!(mmio_read32(registers + ENGINE_CHANNEL(0) + ENGINE_CH_STATUS) &
				 ENGINE_CH_STATUS_HALTED))
				cpu_relax();
			rig_submit(&rig, &transfer, 1);
			rig_collect(&rig, &done, 1);
			assert_int_equal(done.Status, ERROR_GEN_FAILURE);
			rig_move(&rig, &transfer);

			struct videoport_event event;

			while (videoport_events(rig.vp, &event, 1, NULL))
				assert_int_equal(event.kind, VIDEOPORT_EVENT_LOG);
			rig_close(&rig);
		}
}

/* ---- power and end --------------------------------------------------------------------------- */

static void r_074_power_cycles(void **state)
{
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		for (size_t m = 0; m < COUNT(modes); m++) {
			rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name,
					       .completion = modes[m]});

			DMABENCH_TRANSFER transfer = transfer_of(
				rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE), 1, 40000);
			struct err err = ERR_INIT;
			uint32_t accepted;

			for (unsigned i = 0; i < 3; i++) {
				transfer.Direction = i % 2;
				rig_move(&rig, &transfer);
				assert_int_equal(videoport_power(rig.vp, DEVICE_D3, &err), 0);
				assert_int_equal(rig_try_submit(&rig, &transfer, 1, &accepted),
					ERROR_INVALID_FUNCTION);
				assert_int_equal(rig_reap(&rig, &(DMABENCH_COMPLETION){0}, 1), 0);
				assert_int_equal(videoport_power(rig.vp, DEVICE_D0, &err), 0);
				rig_move(&rig, &transfer);
			}
			rig_close(&rig);
		}
}

static void power_off_waits_for_the_last_reap(void **state)
{
	DMABENCH_COMPLETION done;
	struct err err = ERR_INIT;
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet"});

	DMABENCH_TRANSFER transfer = transfer_of(
		rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE), 1, 64);

	rig_submit(&rig, &transfer, 1);
	assert_int_equal(videoport_power(rig.vp, DEVICE_D3, &err), -EBUSY);
	rig_collect(&rig, &done, 1);
	err = (struct err)ERR_INIT;
	assert_int_equal(videoport_power(rig.vp, DEVICE_D3, &err), 0);
	rig_close(&rig);
}

static void unload_in_flight(const struct rig_options *options)
{
	enum { DEPTH = 40 };
	DMABENCH_TRANSFER transfers[DEPTH];
	struct rig rig;

	rig_open(&rig, options);

	unsigned char *buffer = rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE);

	for (uint32_t i = 0; i < DEPTH; i++)
		transfers[i] = transfer_of(buffer, i % 2, 40000);
	rig_submit(&rig, transfers, DEPTH);
	rig_close_noisy(&rig);
}

static void unloading_with_work_in_flight_leaves_nothing(void **state)
{
	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		for (size_t m = 0; m < COUNT(modes); m++)
			for (unsigned deferred = 0; deferred < 4; deferred++)
				unload_in_flight(
					&(struct rig_options){.driver = rig_drivers[d].name,
						.completion = modes[m],
						.defer_execute = deferred != 0,
						.map_registers = 16});
}

/* Every allocation of the way up fails once; each failure leaves nothing behind and says why. */
static void set_up_survives_the_nth_failure(void **state)
{
	(void)state;
	for (size_t d = 0; d < COUNT(rig_drivers); d++)
		for (unsigned nth = 1;; nth++) {
			struct rig_options options = {.driver = rig_drivers[d].name,
				.completion = DMABENCH_COMPLETION_INTERRUPT,
				.parameters = {{"RingEntries", 16}}};
			struct err err = ERR_INIT;
			struct rig rig;
			int ret;

			assert_true(nth < 1000);
			fault_arm(nth, false);
			ret = rig_try_open(&rig, &options, &err);

			const char *fired = fault_fired();

			fault_arm(0, false);
			if (ret == 0) {
				rig_close_noisy(&rig);
				if (!fired)
					break;
				continue;
			}
			assert_non_null(fired);
			assert_true(err.message[0] != 0);
			if (rig.frames)
				rig_frames_destroy(&rig);
		}
}

static void common_buffer_limit_is_an_error_with_a_message(void **state)
{
	struct rig_options options = {.driver = "common", .common_bytes_max = 65536};
	struct err err = ERR_INIT;
	struct rig rig;

	(void)state;
	assert_int_equal(rig_try_open(&rig, &options, &err), -ENOMEM);
	assert_int_equal(err.kind, ERR_MISSING);
	rig_frames_destroy(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r_076_unknown_requests_are_refused),
		cmocka_unit_test(short_buffers_are_refused),
		cmocka_unit_test(a_pool_counts_what_its_slots_hold),
		cmocka_unit_test(drivers_without_a_pool_say_so),
		cmocka_unit_test(wrong_transfers_stop_the_batch),
		cmocka_unit_test(d_07_unlockable_memory_fails_the_transfer),
		cmocka_unit_test(bad_settings_are_refused_and_named),
		cmocka_unit_test(depth_full_accepts_fewer),
		cmocka_unit_test(d_05_transfers_wait_for_map_registers),
		cmocka_unit_test(d_04_opposite_directions_of_one_page_take_turns),
		cmocka_unit_test(wait_ends_when_the_time_is_over),
		cmocka_unit_test(no_wake_up_is_lost),
		cmocka_unit_test(r_072_polling_connects_no_interrupt),
		cmocka_unit_test(duplicate_completions_are_handed_up),
		cmocka_unit_test(a_device_that_owes_a_completion_is_reset),
		cmocka_unit_test(a_wrong_length_fails_its_transfer_alone),
		cmocka_unit_test(silent_faults_show_in_the_data_only),
		cmocka_unit_test(a_halted_engine_is_restarted),
		cmocka_unit_test(r_074_power_cycles),
		cmocka_unit_test(power_off_waits_for_the_last_reap),
		cmocka_unit_test(unloading_with_work_in_flight_leaves_nothing),
		cmocka_unit_test(set_up_survives_the_nth_failure),
		cmocka_unit_test(common_buffer_limit_is_an_error_with_a_message),
	};

	return cmocka_run_group_tests_name("miniport_request", tests, NULL, NULL);
}
