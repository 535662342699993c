// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_park_test.c: transfers that wait for map registers, or for a mapping that was refused: whatever the order in which
 * requester, deferred calls and the port's queue come to them, somebody comes back for each. On a virtual clock.
 */
#include "drivers/tests/rig_sched.h"

#include "drivers/device/model/model.h"
#include "drivers/support/host.h"

#define TRANSFERS   40000u
#define IN_FLIGHT   3u
#define NAP_NS      1000u
#define PATIENCE_NS 2000000u /* a transfer takes some microseconds */

struct play {
	const char *driver;
	uint32_t refused, moved;
};

static void nap(void)
{
	int key;

	host_ops->sleep(&key, 0, host_ops->now_ns() + NAP_NS);
}

/* One completion; who waits for it is woken by nobody but itself. */
static DMABENCH_COMPLETION reap_one(struct rig *rig, const struct play *play)
{
	const uint64_t until_ns = host_ops->now_ns() + PATIENCE_NS;
	DMABENCH_COMPLETION done;

	while (rig_reap(rig, &done, 1) == 0) {
		if (host_ops->now_ns() > until_ns)
			fail_msg("%s: nobody comes for a transfer, behind %u", play->driver,
				play->moved + play->refused);
		nap();
	}
	return done;
}

static void *requester(void *arg)
{
	struct play *play = arg;
	DMABENCH_TRANSFER transfer[IN_FLIGHT];
	struct rig rig;

	rig_open(&rig, &(struct rig_options){.driver = play->driver,
			       .device_ops = &model_ops,
			       .completion = DMABENCH_COMPLETION_INTERRUPT,
			       .address_bits = 32,
			       .map_registers = 1,
			       .defer_execute = true,
			       .lack = {.map = 0.25},
			       .parameters = {{"HybridThreshold", 0}}});
	for (uint32_t i = 0; i < IN_FLIGHT; i++) {
		transfer[i] = rig_transfer(rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE),
			i % 2 ? DMABENCH_FROM_DEVICE : DMABENCH_TO_DEVICE, 64);
		transfer[i].Cookie = i;
		transfer[i].DeviceAddress = i * PAGE_BYTES;
		rig_submit(&rig, &transfer[i], 1);
	}
	for (uint32_t i = IN_FLIGHT; i < TRANSFERS; i++) {
		const DMABENCH_COMPLETION done = reap_one(&rig, play);

		if (done.Status != NO_ERROR)
			assert_int_equal(done.Status, ERROR_NOT_ENOUGH_MEMORY);
		*(done.Status ? &play->refused : &play->moved) += 1;
		rig_submit(&rig, &transfer[done.Cookie], 1);
	}
	for (uint32_t i = 0; i < IN_FLIGHT; i++)
		(void)reap_one(&rig, play);
	rig_close(&rig);
	return NULL;
}

static void somebody_comes_back_for_each_that_waits(void **state)
{
	static const char *const drivers[] = {"packet", "packet_cached", "hybrid"};

	(void)state;
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		struct play play = {.driver = drivers[i]};

		rig_play(requester, &play, 0);
		print_message("%s: %u moved, %u refused\n", play.driver, play.moved, play.refused);
		assert_true(play.refused > 0 && play.moved > play.refused);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(somebody_comes_back_for_each_that_waits),
	};

	return cmocka_run_group_tests_name("miniport_park", tests, NULL, NULL);
}
