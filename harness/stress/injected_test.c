// SPDX-License-Identifier: BSD-2-Clause
/* injected_test.c: which completions of nobody's transfer, and which wrong bytes, are explained by what was injected. */
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

/* ---- data --------------------------------------------------------------------------------------------- */

#define BASE   4096u /* of the slot in device memory */
#define OFFSET 100u  /* of the transfer in it */
#define PIECE  1000u /* of the transfer, where the descriptor begins that was hit */

/* Whether byte @wrong of the transfer, UINT64_MAX: none, is put down to @injected, and how much is a finding. */
static bool explained(struct judged *judged, const struct model_injected *injected, uint64_t wrong,
	unsigned expected)
{
	struct model_injected list = *injected;
	struct slot slot = {.device_base = BASE, .device_room = 65536, .device_offset = OFFSET};
	bool is;

	list.device_address = BASE + OFFSET + PIECE;
	list.len_bytes = 500;
	judged->port.injected = &list;
	judged->port.injected_count = 1;
	is = data_explained(&judged->port, &slot, wrong);
	assert_int_equal(judged->port.injected_count, 0);
	assert_int_equal(findings(judged), expected);
	return is;
}

static void bytes_are_wrong_where_they_were_spoilt(void **state)
{
	const struct model_injected spoilt[] = {
		{.fault = DEVICE_FAULT_TORN, .wrong_at = 30, .wrong_bytes = 64},
		{.fault = DEVICE_FAULT_FLIP, .wrong_at = 30, .wrong_bytes = 1},
		{.fault = DEVICE_FAULT_TRUNCATE, .wrong_at = 250, .wrong_bytes = 250},
		{.fault = DEVICE_FAULT_DROP, .wrong_bytes = 500},
	};
	struct judged judged;

	(void)state;
	judged_init(&judged);
	for (size_t i = 0; i < 4; i++) {
		const uint64_t first = PIECE + spoilt[i].wrong_at;
		const uint64_t end = first + spoilt[i].wrong_bytes;

		assert_false(explained(&judged, &spoilt[i], first - 1, 0));
		assert_true(explained(&judged, &spoilt[i], first, 0));
		assert_true(explained(&judged, &spoilt[i], end - 1, 0));
		assert_false(explained(&judged, &spoilt[i], end, 0));
		/* All is right: nobody has noticed. */
		assert_false(explained(&judged, &spoilt[i], UINT64_MAX, 1));
	}
	judged_fini(&judged);
}

/* They lie on either side as well. */
static void misplaced_bytes_are_wrong_beside_their_place(void **state)
{
	const struct model_injected misplaced = {
		.fault = DEVICE_FAULT_MISPLACE, .wrong_bytes = 500};
	struct judged judged;

	(void)state;
	judged_init(&judged);
	assert_false(explained(&judged, &misplaced, PIECE - 65, 0));
	assert_true(explained(&judged, &misplaced, PIECE - 64, 0));
	assert_true(explained(&judged, &misplaced, PIECE + 563, 0));
	assert_false(explained(&judged, &misplaced, PIECE + 564, 0));
	judged_fini(&judged);
}

/* Three bytes may be by chance what was there, a bit that is inverted is not what it was. */
static void few_bytes_may_be_right_by_chance(void **state)
{
	struct judged judged;

	(void)state;
	judged_init(&judged);
	for (uint32_t bytes = 1; bytes < 5; bytes++)
		assert_false(explained(&judged,
			&(struct model_injected){.fault = DEVICE_FAULT_TORN, .wrong_bytes = bytes},
			UINT64_MAX, bytes == 4));
	assert_false(explained(&judged,
		&(struct model_injected){.fault = DEVICE_FAULT_FLIP, .wrong_bytes = 1}, UINT64_MAX,
		1));
	judged_fini(&judged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_forgotten_may_still_be_found),
		cmocka_unit_test(bytes_are_wrong_where_they_were_spoilt),
		cmocka_unit_test(misplaced_bytes_are_wrong_beside_their_place),
		cmocka_unit_test(few_bytes_may_be_right_by_chance),
	};

	return cmocka_run_group_tests_name("injected", tests, NULL, NULL);
}
