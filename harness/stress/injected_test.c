// SPDX-License-Identifier: BSD-2-Clause
/* injected_test.c: which completions of nobody's transfer are explained by what was injected. */
#include "harness/stress/judge_testing.h"

static const struct device_config quiet = {.cpu = -1, .address_bits = 64, .memory_bytes = 1u << 20};

/* A device that injects nothing: what is counted the test has counted. */
static void strays(struct judged *judged)
{
	struct port *port = &judged->port;

	judged->plan.fault = DEVICE_FAULT_NONE;
	assert_false(stray_noticed(port, NULL));

	judged->plan.fault = DEVICE_FAULT_HOSTILE;
	assert_false(stray_noticed(port, NULL));
	port->tally.injected[STRESS_FAULT_hostile] = 1;
	assert_true(stray_noticed(port, NULL));
	/* Taken out of the list with the device, and of the count: it lies in the ring all the same. */
	port->tally.injected[STRESS_FAULT_hostile] = 0;
	port->forgotten = 1;
	assert_true(stray_noticed(port, NULL));

	/* One for each. */
	judged->plan.fault = DEVICE_FAULT_WRONG_ID;
	port->tally.injected[STRESS_FAULT_wrong_id] = 1;
	assert_true(stray_noticed(port, NULL));
	assert_true(stray_noticed(port, NULL));
	assert_false(stray_noticed(port, NULL));
}

static void *player(void *arg)
{
	struct judged *judged = arg;
	struct err err = ERR_INIT;

	if (model_ops.open(&judged->port.model, &quiet, &err))
		fail_msg("%s", err.message);
	strays(judged);
	judged->port.model->ops->close(judged->port.model);
	return NULL;
}

static void what_was_forgotten_may_still_be_found(void **state)
{
	const struct sched_config config = {.seed = 1};
	struct err err = ERR_INIT;
	struct judged judged;

	(void)state;
	judged_init(&judged);
	assert_int_equal(sched_create(&judged.world.sched, &config, &err), 0);
	assert_int_equal(sched_spawn(judged.world.sched, "player", player, &judged), 0);
	assert_int_equal(sched_run(judged.world.sched), 0);
	sched_destroy(judged.world.sched);
	judged_fini(&judged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_forgotten_may_still_be_found),
	};

	return cmocka_run_group_tests_name("injected", tests, NULL, NULL);
}
