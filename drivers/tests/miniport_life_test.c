// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_life_test.c: a driver's life when things go wrong: a faulty or halted device, power taken away, unloading with
 * work in flight, every step of setting up that fails.
 */
#include "drivers/tests/rig.h"

#include "drivers/device/engine/regs.h"
#include "drivers/support/fault.h"
#include "drivers/support/mmio.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TWICE_DEPTH  16

/* ---- a faulty device ------------------------------------------------------------------------- */

static void pairs_expect(const DMABENCH_COMPLETION *done, uint32_t depth)
{
	unsigned good[TWICE_DEPTH] = {0}, stray[TWICE_DEPTH] = {0};

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

static void complete_twice(struct rig *rig)
{
	DMABENCH_TRANSFER transfers[TWICE_DEPTH];
	DMABENCH_COMPLETION done[2 * TWICE_DEPTH];
	unsigned char *buffer = rig_buffer(rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE);
	uint32_t depth = rig_query(rig).DepthMaximum;

	for (unsigned round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < depth; i++) {
			transfers[i] = rig_transfer(buffer, 1, 64);
			transfers[i].Cookie = i;
		}
		rig_submit(rig, transfers, depth);
		rig_collect(rig, done, 2 * depth);
		pairs_expect(done, depth);
	}
	rig_close(rig);
}

/* A second completion is handed up, with the cookie of the first and ERROR_INVALID_DATA. */
static void duplicate_completions_are_handed_up(void **state)
{
	(void)state;
	rig_everywhere(&(struct rig_options){.unverified = true,
			       .fault = DEVICE_FAULT_DUPLICATE,
			       .fault_rate = 1.0,
			       .parameters = {{"RingEntries", TWICE_DEPTH}}},
		complete_twice);
}

/* Eight transfers at once; the completion of the first goes wrong once. Return: how many failed with @status. */
static unsigned eight_of(struct rig *rig, unsigned char *buffer, int32_t status)
{
	enum { DEPTH = 8 };
	DMABENCH_TRANSFER transfers[DEPTH];
	DMABENCH_COMPLETION done[DEPTH];
	unsigned seen = 0, failed = 0;

	for (unsigned i = 0; i < DEPTH; i++) {
		transfers[i] = rig_transfer(buffer, 1, 64);
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

static unsigned eight_failed(struct rig *rig, int32_t status)
{
	return eight_of(rig, rig_buffer(rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), status);
}

/* Takes the recorded events: the driver logged @count times @status with @id, and nothing else has happened. */
static void expect_logged(struct rig *rig, int32_t status, uint32_t id, unsigned count)
{
	struct videoport_event event;

	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(videoport_events(rig->vp, &event, 1, NULL), 1);
		assert_int_equal(event.kind, VIDEOPORT_EVENT_LOG);
		assert_int_equal(event.status, status);
		assert_int_equal(event.unique_id, id);
	}
}

static void owe_a_completion(struct rig *rig)
{
	unsigned failed;

	/* Where the engine was quicker than the batch it had one alone, and no order to mistake. */
	do {
		failed = eight_failed(rig, ERROR_GEN_FAILURE);
		assert_int_equal(failed > 0, rig_query(rig).Resets > 0);
	} while (failed == 0);
	assert_int_equal(rig_query(rig).Resets, 1);
	assert_int_equal(eight_failed(rig, 0), 0);
	assert_int_equal(rig_query(rig).Resets, 1);

	uint32_t why = rig_query(rig).LastReset;

	/* Nothing lies behind one that is stale; of those that are missing the next one may tell. */
	if (rig->options.fault == DEVICE_FAULT_STALE)
		assert_int_equal(why, DMABENCH_RESET_STALLED);
	else if (rig->options.fault == DEVICE_FAULT_REORDERED)
		assert_int_equal(why, DMABENCH_RESET_BROKEN);
	else
		assert_in_range(why, DMABENCH_RESET_BROKEN, DMABENCH_RESET_STALLED);
	expect_logged(rig, ERROR_GEN_FAILURE, why, 1);
	rig_close(rig);
}

/* One that is missing: the device is reset, what was in flight fails, each once, and all works again. */
static void a_device_that_owes_a_completion_is_reset(void **state)
{
	static const enum device_fault faults[] = {
		DEVICE_FAULT_UNPOSTED, DEVICE_FAULT_REORDERED, DEVICE_FAULT_STALE};

	(void)state;
	for (size_t f = 0; f < COUNT(faults); f++)
		rig_everywhere(&(struct rig_options){.unverified = true,
				       .fault = faults[f],
				       .fault_rate = 1.0,
				       .fault_limit = 1,
				       .parameters = {{"TimeoutUs", 50000}}},
			owe_a_completion);
}

static int32_t submit_one(struct rig *rig, unsigned char *buffer)
{
	DMABENCH_SUBMIT submit = {.Count = 1};

	submit.Transfer[0] = rig_transfer(buffer, 1, 64);
	return videoport_request(
		rig->vp, IOCTL_DMABENCH_SUBMIT, &submit, sizeof(submit), sizeof(submit), NULL);
}

static int32_t wait_now(struct rig *rig)
{
	DMABENCH_WAIT wait = {.TimeoutUs = 1000};

	return videoport_request(
		rig->vp, IOCTL_DMABENCH_WAIT, &wait, sizeof(wait), sizeof(wait), NULL);
}

static void hang_five_times(struct rig *rig)
{
	unsigned char *buffer = rig_buffer(rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE);
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(rig_query(rig).GivenUp, 0);
		assert_true(eight_failed(rig, ERROR_GEN_FAILURE) > 0);
	}
	assert_int_equal(rig_query(rig).Resets, 5);
	assert_int_equal(rig_query(rig).LastReset, DMABENCH_RESET_STALLED);
	assert_int_equal(rig_query(rig).GivenUp, DMABENCH_GIVEN_UP_HANGS);
	expect_logged(rig, ERROR_GEN_FAILURE, DMABENCH_RESET_STALLED, 5);
	expect_logged(rig, ERROR_DEV_NOT_EXIST, DMABENCH_GIVEN_UP_HANGS, 1);
	assert_int_equal(submit_one(rig, buffer), ERROR_INVALID_FUNCTION);
	assert_int_equal(wait_now(rig), ERROR_INVALID_FUNCTION);
	assert_int_equal(videoport_power(rig->vp, DEVICE_D3, &err), 0);
	assert_int_equal(videoport_power(rig->vp, DEVICE_D0, &err), 0);
	assert_int_equal(rig_query(rig).GivenUp, 0);
	assert_int_equal(eight_failed(rig, 0), 0);
	rig_close(rig);
}

/* Five resets in vain: nothing is taken any more, with the status of a device without power, until it gets some anew. */
static void a_device_that_hangs_is_given_up(void **state)
{
	(void)state;
	rig_everywhere(&(struct rig_options){.unverified = true,
			       .fault = DEVICE_FAULT_HANG,
			       .fault_rate = 1.0,
			       .fault_limit = 5,
			       /* Longer than a busy host lets the device wait for a processor. */
			       .parameters = {{"TimeoutUs", 100000}}},
		hang_five_times);
}

/*
 * All ones: no reset is tried, what was in flight fails or had been done, nothing is left behind. How long opening takes
 * nobody knows: one is opened that is there then, and is taken out soon.
 */
static void be_taken_out(struct rig *rig)
{
	struct rig_options options = rig->options;
	struct err err = ERR_INIT;

	rig_close(rig);
	for (options.removed_at_ns = 1000000; rig_try_open(rig, &options, &err) < 0;
		options.removed_at_ns *= 2) {
		rig_frames_destroy(rig);
		err = (struct err)ERR_INIT;
	}

	unsigned char *buffer = rig_buffer(rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE);

	while (!rig_query(rig).GivenUp)
		assert_in_range(eight_of(rig, buffer, ERROR_GEN_FAILURE), 0, 8);
	assert_int_equal(rig_query(rig).GivenUp, DMABENCH_GIVEN_UP_GONE);
	assert_int_equal(rig_query(rig).Resets, 0);
	expect_logged(rig, ERROR_DEV_NOT_EXIST, DMABENCH_GIVEN_UP_GONE, 1);
	assert_int_equal(submit_one(rig, buffer), ERROR_INVALID_FUNCTION);
	assert_int_equal(wait_now(rig), ERROR_INVALID_FUNCTION);
	assert_int_equal(videoport_power(rig->vp, DEVICE_D3, &err), 0);
	assert_int_not_equal(videoport_power(rig->vp, DEVICE_D0, &err), 0);
	rig_close_noisy(rig);
}

static void a_device_that_is_taken_out_is_given_up(void **state)
{
	(void)state;
	rig_everywhere(
		&(struct rig_options){.unverified = true, .parameters = {{"TimeoutUs", 100000}}},
		be_taken_out);
}

static void mistake_one_length(struct rig *rig)
{
	assert_int_equal(eight_failed(rig, ERROR_INVALID_DATA), 1);
	assert_int_equal(rig_query(rig).DeviceErrors, 1);
	assert_int_equal(rig_query(rig).Resets, 0);
	rig_close(rig);
}

static void a_wrong_length_fails_its_transfer_alone(void **state)
{
	(void)state;
	rig_everywhere(&(struct rig_options){.unverified = true,
			       .fault = DEVICE_FAULT_WRONG_LENGTH,
			       .fault_rate = 1.0,
			       .fault_limit = 1},
		mistake_one_length);
}

/* Drop, misplace, truncate, flip and torn keep the protocol: only a look at the data can tell. */
static void silent_faults_show_in_the_data_only(void **state)
{
	static const enum device_fault faults[] = {DEVICE_FAULT_DROP, DEVICE_FAULT_MISPLACE,
		DEVICE_FAULT_TRUNCATE, DEVICE_FAULT_FLIP, DEVICE_FAULT_TORN};
	unsigned char found[4096];
	struct rig rig;

	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		for (size_t f = 0; f < COUNT(faults); f++) {
			rig_open(&rig, &(struct rig_options){.driver = rig_drivers[d].name,
					       .fault = faults[f],
					       .fault_rate = 1.0});

			unsigned char *buffer = rig_buffer(
				&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE);
			DMABENCH_TRANSFER transfer = rig_transfer(
				buffer, DMABENCH_TO_DEVICE, sizeof(found));

			rig_fill(buffer, sizeof(found), 3);
			rig_move(&rig, &transfer);
			assert_int_equal(videoport_memory_read(rig.vp, 0, found, sizeof(found)), 0);
			assert_memory_not_equal(found, buffer, sizeof(found));
			rig_close(&rig);
		}
}

static void halt_and_go_on(struct rig *rig)
{
	unsigned char *registers = videoport_caps(rig->vp)->bar[0].va;
	DMABENCH_TRANSFER transfer = rig_transfer(
		rig_buffer(rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), 1, 4096);
	DMABENCH_COMPLETION done;

	mmio_write32(registers + ENGINE_CHANNEL(0) + ENGINE_CH_SQ_TAIL, 100000);
	while (!(mmio_read32(registers + ENGINE_CHANNEL(0) + ENGINE_CH_STATUS) &
		 ENGINE_CH_STATUS_HALTED))
		cpu_relax();
	rig_submit(rig, &transfer, 1);
	rig_collect(rig, &done, 1);
	assert_int_equal(done.Status, ERROR_GEN_FAILURE);
	rig_move(rig, &transfer);
	assert_int_equal(rig_query(rig).Resets, 1);
	assert_int_equal(rig_query(rig).LastReset, DMABENCH_RESET_HALTED);
	expect_logged(rig, ERROR_GEN_FAILURE, DMABENCH_RESET_HALTED, 1);
	rig_close(rig);
}

/* An impossible doorbell halts a channel: what was in flight fails, then the driver works again. */
static void a_halted_engine_is_restarted(void **state)
{
	(void)state;
	rig_everywhere(&(struct rig_options){0}, halt_and_go_on);
}

/* ---- power and end --------------------------------------------------------------------------- */

static void power_off_and_on(struct rig *rig)
{
	DMABENCH_TRANSFER transfer = rig_transfer(
		rig_buffer(rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), 1, 40000);
	struct err err = ERR_INIT;
	uint32_t accepted;

	for (unsigned i = 0; i < 3; i++) {
		transfer.Direction = i % 2;
		rig_move(rig, &transfer);
		assert_int_equal(videoport_power(rig->vp, DEVICE_D3, &err), 0);
		assert_int_equal(
			rig_try_submit(rig, &transfer, 1, &accepted), ERROR_INVALID_FUNCTION);
		assert_int_equal(rig_reap(rig, &(DMABENCH_COMPLETION){0}, 1), 0);
		assert_int_equal(videoport_power(rig->vp, DEVICE_D0, &err), 0);
		rig_move(rig, &transfer);
	}
	rig_close(rig);
}

static void r_074_power_cycles(void **state)
{
	(void)state;
	rig_everywhere(&(struct rig_options){0}, power_off_and_on);
}

static void stop_for_text_mode(struct rig *rig)
{
	unsigned char *registers = videoport_caps(rig->vp)->bar[0].va;
	DMABENCH_TRANSFER transfer = rig_transfer(
		rig_buffer(rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), 1, 4096);
	struct err err = ERR_INIT;

	rig_move(rig, &transfer);
	assert_int_equal(videoport_reset_hw(rig->vp, 80, 25), 1);
	while (mmio_read32(registers + ENGINE_REG_STATUS) & ENGINE_STATUS_READY)
		cpu_relax();
	assert_int_equal(videoport_power(rig->vp, DEVICE_D3, &err), 0);
	/* Without power there is nothing to be stopped, and no register to be written. */
	assert_int_equal(videoport_reset_hw(rig->vp, 80, 25), 1);
	assert_int_equal(videoport_power(rig->vp, DEVICE_D0, &err), 0);
	rig_move(rig, &transfer);
	rig_close(rig);
}

/* What HwResetHw leaves is an engine that touches no memory; to be powered up anew is a life of its own. */
static void an_engine_stops_for_a_text_mode(void **state)
{
	(void)state;
	rig_everywhere(&(struct rig_options){0}, stop_for_text_mode);
}

static void power_off_waits_for_the_last_reap(void **state)
{
	DMABENCH_COMPLETION done;
	struct err err = ERR_INIT;
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "packet"});

	DMABENCH_TRANSFER transfer = rig_transfer(
		rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), 1, 64);

	rig_submit(&rig, &transfer, 1);
	assert_int_equal(videoport_power(rig.vp, DEVICE_D3, &err), -EBUSY);
	rig_collect(&rig, &done, 1);
	err = (struct err)ERR_INIT;
	assert_int_equal(videoport_power(rig.vp, DEVICE_D3, &err), 0);
	rig_close(&rig);
}

static void unload_in_flight(struct rig *rig)
{
	enum { DEPTH = 40 };
	DMABENCH_TRANSFER transfers[DEPTH];
	unsigned char *buffer = rig_buffer(rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE);

	for (uint32_t i = 0; i < DEPTH; i++)
		transfers[i] = rig_transfer(buffer, i % 2, 40000);
	rig_submit(rig, transfers, DEPTH);
	rig_close_noisy(rig);
}

static void unloading_with_work_in_flight_leaves_nothing(void **state)
{
	(void)state;
	for (unsigned deferred = 0; deferred < 4; deferred++)
		rig_everywhere(
			&(struct rig_options){.defer_execute = deferred != 0, .map_registers = 16},
			unload_in_flight);
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
				/* A setting that cannot be read is no default. */
				if (d < RIG_STRATEGIES)
					assert_int_equal(rig_query(&rig).CompletionMode,
						DMABENCH_COMPLETION_INTERRUPT);
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
		cmocka_unit_test(duplicate_completions_are_handed_up),
		cmocka_unit_test(a_device_that_owes_a_completion_is_reset),
		cmocka_unit_test(a_device_that_hangs_is_given_up),
		cmocka_unit_test(a_device_that_is_taken_out_is_given_up),
		cmocka_unit_test(a_wrong_length_fails_its_transfer_alone),
		cmocka_unit_test(silent_faults_show_in_the_data_only),
		cmocka_unit_test(a_halted_engine_is_restarted),
		cmocka_unit_test(r_074_power_cycles),
		cmocka_unit_test(an_engine_stops_for_a_text_mode),
		cmocka_unit_test(power_off_waits_for_the_last_reap),
		cmocka_unit_test(unloading_with_work_in_flight_leaves_nothing),
		cmocka_unit_test(set_up_survives_the_nth_failure),
		cmocka_unit_test(common_buffer_limit_is_an_error_with_a_message),
	};

	return cmocka_run_group_tests_name("miniport life", tests, NULL, NULL);
}
