// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_minute_test.c: what takes a driver minutes, on a virtual clock: a device that hangs at every transfer is given up after
 * five resets within a minute, and not after as many in a longer time. All else about resets is miniport_life_test.c's.
 */
#include "drivers/tests/rig.h"

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
	const struct sched_config config = {.seed = 1, .switch_chance = 128, .steps_max = 1000000};
	struct play play = {.timeout_us = timeout_us};
	struct err err = ERR_INIT;
	struct sched *sched;

	assert_int_equal(sched_create(&sched, &config, &err), 0);
	assert_int_equal(sched_spawn(sched, "requester", requester, &play), 0);
	assert_int_equal(sched_run(sched), 0);
	sched_destroy(sched);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_resets_within_a_minute_are_the_end),
		cmocka_unit_test(five_resets_in_a_longer_time_are_not),
	};

	return cmocka_run_group_tests_name("a minute", tests, NULL, NULL);
}
