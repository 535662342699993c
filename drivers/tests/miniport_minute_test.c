// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_minute_test.c: what takes a driver minutes, on a virtual clock: a device that hangs at every transfer is given up after
 * five resets within a minute, and not after as many in a longer time; who polls waits for one time-out and not for many; a
 * requester that has no processor for longer than the time-out blames nobody. All else about resets is miniport_life_test.c's.
 */
#include "drivers/tests/rig_sched.h"

#include "drivers/device/model/model.h"

#define TRANSFERS 12u
#define SECOND_US 1000000u

struct play {
	uint32_t timeout_us;
	uint32_t failed, resets;
	bool given_up;
};

/* One transfer after the other, each of which hangs the device, until the driver takes no more. */
static void *requester(void *arg)
{
	struct play *play = arg;
	struct rig rig;

	rig_open(&rig, &(struct rig_options){.driver = "packet",
			       .device_ops = &model_ops,
			       .unverified = true,
			       .completion = DMABENCH_COMPLETION_INTERRUPT,
			       .fault = DEVICE_FAULT_HANG,
			       .fault_rate = 1.0,
			       .parameters = {{"TimeoutUs", play->timeout_us}}});

	DMABENCH_TRANSFER transfer = rig_transfer(
		rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), DMABENCH_TO_DEVICE, 64);
	DMABENCH_COMPLETION done;
	uint32_t accepted;

	while (play->failed < TRANSFERS && !play->given_up) {
		assert_int_equal(rig_try_submit(&rig, &transfer, 1, &accepted), NO_ERROR);
		assert_true(rig_wait(&rig, 60 * SECOND_US));
		assert_int_equal(rig_reap(&rig, &done, 1), 1);
		assert_int_equal(done.Status, ERROR_GEN_FAILURE);
		play->failed++;
		play->given_up = rig_query(&rig).GivenUp;
	}
	play->resets = rig_query(&rig).Resets;
	rig_close_noisy(&rig);
	return NULL;
}

static struct play played(uint32_t timeout_us)
{
	struct play play = {.timeout_us = timeout_us};

	rig_play(requester, &play, 1000000);
	return play;
}

/* A time-out is found out between once and half as much again behind its beginning: at most 48 s from the first to the fifth. */
static void five_resets_within_a_minute_are_the_end(void **state)
{
	const struct play play = played(8 * SECOND_US);

	(void)state;
	assert_true(play.given_up);
	assert_int_equal(play.failed, 5);
	assert_int_equal(play.resets, 5);
}

/* 64 s at the least. */
static void five_resets_in_a_longer_time_are_not(void **state)
{
	const struct play play = played(16 * SECOND_US);

	(void)state;
	assert_false(play.given_up);
	assert_int_equal(play.failed, TRANSFERS);
	assert_int_equal(play.resets, TRANSFERS);
}

/* ---- a requester that polls ---------------------------------------------------------------------------------------- */

#define POLL_NS                                                                                    \
	10000u /* between two REAPs: the driver looks every 640 us, where a look is due every 100 */
#define POLLED_US    100000u
#define POLLED_LOOKS 64u /* REAPs */

static void *polling_requester(void *arg)
{
	const char *driver = arg;
	struct rig rig;

	rig_open(&rig, &(struct rig_options){.driver = driver,
			       .device_ops = &model_ops,
			       .unverified = true,
			       .completion = DMABENCH_COMPLETION_POLL,
			       .recovery_us = 100,
			       .fault = DEVICE_FAULT_HANG,
			       .fault_rate = 1.0,
			       .fault_limit = 1,
			       .parameters = {{"TimeoutUs", POLLED_US}}});

	DMABENCH_TRANSFER transfer = rig_transfer(
		rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), DMABENCH_TO_DEVICE, 64);
	const uint64_t begin_ns = host_ops->now_ns();
	DMABENCH_COMPLETION done;
	unsigned reaps = 0;

	rig_submit(&rig, &transfer, 1);
	for (; rig_reap(&rig, &done, 1) == 0; reaps++)
		rig_nap(POLL_NS);

	const uint64_t took_us = (host_ops->now_ns() - begin_ns) / 1000;

	print_message("%s: given up behind %u us and %u REAPs\n", driver, (unsigned)took_us, reaps);
	assert_int_equal(done.Status, ERROR_GEN_FAILURE);
	assert_true(reaps > 16 * POLLED_LOOKS);
	assert_in_range(took_us, POLLED_US, POLLED_US + POLLED_US / 2);
	assert_int_equal(rig_query(&rig).Resets, 1);
	rig_close_noisy(&rig);
	return NULL;
}

static void who_polls_waits_for_one_time_out(void **state)
{
	static char packet[] = "packet", common[] = "common";

	(void)state;
	rig_play(polling_requester, packet, 10000000);
	rig_play(polling_requester, common, 10000000);
}

/* ---- a requester without a processor ------------------------------------------------------------------------------- */

#define PAUSE_EVERY 7 /* readings of the clock, the last one of them takes PAUSE_NS */
#define PAUSE_NS    (3 * (uint64_t)SECOND_US * 1000)
#define MOVES       40u

static const struct host_ops *host_before;
static uintptr_t paused_actor;
static unsigned clock_readings;

static void point_with_pauses(enum host_point kind)
{
	host_before->point(kind);
	if (kind != HOST_POINT_CLOCK || host_actor != paused_actor ||
		++clock_readings % PAUSE_EVERY != 0)
		return;
	const uint64_t end_ns = host_before->now_ns() + PAUSE_NS;

	while (host_before->now_ns() < end_ns)
		host_before->sleep(&clock_readings, 0, end_ns);
}

/* Half of the doorbells do not arrive; to be rung again they have to be looked at, which a pause puts off. */
static void rig_open_paused(struct rig *rig, const char *driver)
{
	static struct host_ops ops;

	host_before = host_ops;
	ops = *host_before;
	ops.point = point_with_pauses;
	rig_open(rig, &(struct rig_options){.driver = driver,
			      .device_ops = &model_ops,
			      .unverified = true,
			      .completion = DMABENCH_COMPLETION_POLL,
			      .recovery_us = 1000,
			      .bell = {.lost = 0.5},
			      .parameters = {{"TimeoutUs", SECOND_US}}});
	paused_actor = host_actor;
	clock_readings = 0;
	host_ops = &ops;
}

static void rig_close_paused(struct rig *rig)
{
	const DMABENCH_QUERY query = rig_query(rig);

	assert_true(clock_readings > PAUSE_EVERY);
	assert_true(query.Recoveries > 0);
	assert_int_equal(query.Resets, 0);
	host_ops = host_before;
	rig_close(rig);
}

static void *moving_requester(void *arg)
{
	const char *driver = arg;
	struct rig rig;

	rig_open_paused(&rig, driver);

	DMABENCH_TRANSFER transfer = rig_transfer(
		rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), DMABENCH_TO_DEVICE, 64);

	for (uint32_t i = 0; i < MOVES; i++)
		assert_int_equal(rig_move(&rig, &transfer).Status, NO_ERROR);
	rig_close_paused(&rig);
	return NULL;
}

static void *probing_requester(void *arg)
{
	const uint32_t bytes = (uint32_t)(offsetof(DMABENCH_PROBE, Ticks) + MOVES * sizeof(ULONG));
	DMABENCH_PROBE *probe = calloc(1, bytes);
	struct rig rig;

	(void)arg;
	assert_non_null(probe);
	rig_open_paused(&rig, "probe");
	*probe = (DMABENCH_PROBE){.Part = DMABENCH_PROBE_RING, .Count = MOVES, .Batch = 1};
	assert_int_equal(
		videoport_request(rig.vp, IOCTL_DMABENCH_PROBE, probe, bytes, bytes, NULL), 0);
	assert_int_equal(probe->Done, MOVES);
	rig_close_paused(&rig);
	free(probe);
	return NULL;
}

static void who_had_no_processor_blames_nobody(void **state)
{
	static char packet[] = "packet", common[] = "common";

	(void)state;
	rig_play(moving_requester, packet, 10000000);
	rig_play(moving_requester, common, 10000000);
	rig_play(probing_requester, NULL, 10000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_resets_within_a_minute_are_the_end),
		cmocka_unit_test(five_resets_in_a_longer_time_are_not),
		cmocka_unit_test(who_polls_waits_for_one_time_out),
		cmocka_unit_test(who_had_no_processor_blames_nobody),
	};

	return cmocka_run_group_tests_name("a minute", tests, NULL, NULL);
}
