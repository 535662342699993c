// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_claim_test.c: whose an interrupt is that comes when its completion has been taken by polling, on a virtual clock: the
 * driver's that had it switched on (rule 607 counts those that nobody claims), and nobody's without power (606).
 */
#include "drivers/tests/rig_sched.h"

#include "drivers/device/model/model.h"

#define ROUNDS    40u /* more than rule 607 bears in a row, twice */
#define BELL_NS   3000000u
#define LATE_NS   UINT64_C(10000000000) /* at most; it is drawn */
#define SHORT_US  6000u                 /* the doorbell has arrived and the interrupt has not */
#define BEHIND_NS (LATE_NS + 1000000)

struct play {
	const char *driver;
	bool asleep; /* it comes while another WAIT sleeps, with interrupts on; else while they are off */
	bool power; /* it comes when the power is gone */
	uint32_t moved;
};

/* A transfer whose interrupt is on its way when WAIT ends. */
static void round_move(struct rig *rig, DMABENCH_TRANSFER *transfer, struct play *play)
{
	DMABENCH_COMPLETION done;
	uint32_t accepted;

	assert_int_equal(rig_try_submit(rig, transfer, 1, &accepted), NO_ERROR);
	assert_int_equal(accepted, 1);
	(void)rig_wait(rig, SHORT_US);
	assert_int_equal(rig_reap(rig, &done, 1), 1);
	assert_int_equal(done.Status, NO_ERROR);
	play->moved++;
}

static void power_cycle(struct rig *rig)
{
	struct err err = ERR_INIT;

	assert_int_equal(videoport_power(rig->vp, DEVICE_D3, &err), 0);
	rig_nap(BEHIND_NS);
	assert_int_equal(videoport_power(rig->vp, DEVICE_D0, &err), 0);
}

static void *requester(void *arg)
{
	struct play *play = arg;
	struct rig rig;

	rig_open(&rig, &(struct rig_options){.driver = play->driver,
			       .device_ops = &model_ops,
			       .completion = DMABENCH_COMPLETION_ADAPTIVE,
			       .line = {.late = 1.0, .late_ns = LATE_NS},
			       .bell = {.late = 1.0, .late_ns = BELL_NS},
			       .parameters = {{"PollBudgetUs", 0}}});

	DMABENCH_TRANSFER transfer = rig_transfer(
		rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), DMABENCH_TO_DEVICE, 64);

	for (uint32_t i = 0; i < ROUNDS; i++) {
		round_move(&rig, &transfer, play);
		if (play->power)
			power_cycle(&rig);
		else if (play->asleep)
			assert_false(rig_wait(&rig, (uint32_t)(BEHIND_NS / 1000)));
		else
			rig_nap(BEHIND_NS);
	}
	/* Nothing of them told the driver anything. */
	assert_int_equal(rig_query(&rig).Interrupts, 0);
	rig_close(&rig);
	return NULL;
}

static void play(struct play play)
{
	rig_play(requester, &play, 2000000);
	assert_int_equal(play.moved, ROUNDS);
}

static void one_that_comes_while_they_are_off_is_claimed(void **state)
{
	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		play((struct play){.driver = rig_drivers[d].name});
}

static void one_that_comes_to_the_next_wait_is_claimed(void **state)
{
	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		play((struct play){.driver = rig_drivers[d].name, .asleep = true});
}

static void one_that_comes_without_power_is_not(void **state)
{
	(void)state;
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		play((struct play){.driver = rig_drivers[d].name, .power = true});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_comes_while_they_are_off_is_claimed),
		cmocka_unit_test(one_that_comes_to_the_next_wait_is_claimed),
		cmocka_unit_test(one_that_comes_without_power_is_not),
	};

	return cmocka_run_group_tests_name("miniport_claim", tests, NULL, NULL);
}
