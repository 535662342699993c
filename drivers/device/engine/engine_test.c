// SPDX-License-Identifier: BSD-2-Clause
/* engine_test.c: registers, rings, doorbells, reset, life: datasheet sections 3, 4, 8 and 10. */
#include "drivers/device/engine/rig_testing.h"
#include "drivers/support/held_testing.h"
#include "drivers/support/fault.h"

#include <errno.h>

static const struct engine_config plain = {.address_bits = 64, .scatter_gather = true};

static void registers_identify_the_device(void **state)
{
	(void)state;
	struct engine_config config = {
		.address_bits = 32, .scatter_gather = true, .irq_moderation_us = 7};
	struct device_caps caps = {0};
	struct rig rig;

	rig_open(&rig, &config);
	assert_int_equal(rig_read(&rig, ENGINE_REG_ID), ENGINE_ID_VALUE);
	assert_int_equal(rig_read(&rig, ENGINE_REG_VERSION), ENGINE_VERSION_VALUE);
	assert_int_equal(rig_read(&rig, ENGINE_REG_CAPS), 0x00200201);
	assert_int_equal(rig_read(&rig, ENGINE_REG_LENGTH_MAX), 64 << 20);
	assert_int_equal(rig_read(&rig, ENGINE_REG_MEMORY_LO), RIG_MEMORY);
	assert_int_equal(rig_read(&rig, ENGINE_REG_MEMORY_HI), 0);
	assert_int_equal(rig_read(&rig, ENGINE_REG_MODERATION), 7);
	engine_caps(rig.engine, &caps);
	assert_int_equal(caps.vendor_id, 0x1DB5);
	assert_int_equal(caps.device_id, 0x0D3A);
	assert_int_equal(caps.class_code, 0x038000);
	assert_int_equal(caps.address_bits, 32);
	assert_int_equal(caps.channels, 2);
	assert_int_equal(caps.memory_bytes, RIG_MEMORY);
	assert_true(caps.scatter_gather);
	rig_close(&rig);
}

static void ready_and_running_follow_enable(void **state)
{
	(void)state;
	struct engine_desc nop = {.id = 1};
	struct engine_completion done;
	struct rig rig;

	rig_open(&rig, &plain);
	assert_int_equal(rig_read(&rig, ENGINE_REG_STATUS), 0);
	rig_start(&rig);
	assert_int_equal(rig_read(&rig, ENGINE_REG_STATUS), ENGINE_STATUS_READY);
	assert_int_equal(
		rig_read(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_STATUS), ENGINE_CH_STATUS_RUNNING);
	assert_int_equal(rig_read(&rig, ENGINE_CHANNEL(1) + ENGINE_CH_STATUS), 0);

	/* Cleared CONTROL holds the channel, which keeps its place. */
	rig_write(&rig, ENGINE_REG_CONTROL, 0);
	rig_post(&rig, 0, &nop);
	assert_int_equal(engine_step(rig.engine, 8), 0);
	assert_int_equal(rig_read(&rig, ENGINE_REG_STATUS), 0);
	rig_write(&rig, ENGINE_REG_CONTROL, ENGINE_CONTROL_ENABLE);
	assert_int_equal(engine_step(rig.engine, 8), 1);
	assert_true(rig_reap(&rig, 0, &done));

	/* A stopped channel forgets what was posted and gives its rings back. */
	rig_write(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_ENABLE, 0);
	rig_post(&rig, 0, &nop);
	assert_int_equal(engine_step(rig.engine, 8), 0);
	assert_int_equal(rig_read(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_STATUS), 0);
	for (unsigned pin = 0; pin < ENGINE_PIN_COUNT; pin++)
		assert_false(rig.pinned[pin]);
	rig_close(&rig);
}

static void wrong_ring_registers_halt(void **state)
{
	(void)state;
	static const uint32_t entries[] = {0, 1, 3, 6, 8192, 0x80000000u};
	struct rig rig;

	for (unsigned i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		rig_open(&rig, &plain);
		rig_start_at(&rig, 1, entries[i], 0);
		assert_int_equal(rig_read(&rig, ENGINE_CHANNEL(1) + ENGINE_CH_STATUS),
			ENGINE_CH_STATUS_HALTED);
		assert_int_equal(rig_read(&rig, ENGINE_REG_STATUS),
			ENGINE_STATUS_READY | ENGINE_STATUS_HALTED);
		assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_CODE), ENGINE_ERROR_RING);
		assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_CHAN), 1);
		assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_POSTED), 1);
		rig_close(&rig);
	}
	for (unsigned reg = 0; reg <= ENGINE_CH_CQ_LO; reg += ENGINE_CH_CQ_LO) {
		rig_open(&rig, &plain);
		rig_start_at(&rig, 0, 4, 0);
		rig_write(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_ENABLE, 0);
		engine_step(rig.engine, 1);
		rig_write(&rig, ENGINE_CHANNEL(0) + reg, RIG_SQ + 32);
		rig_write(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_ENABLE, 1);
		engine_step(rig.engine, 1);
		assert_int_equal(rig_read(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_STATUS),
			ENGINE_CH_STATUS_HALTED);
		assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_LO), RIG_SQ + 32);
		rig_close(&rig);
	}
}

/* Many laps; @start near 2^32 also crosses the wrap of the counters. */
static void laps(uint32_t start)
{
	const uint32_t entries = 4;
	struct engine_completion done;
	struct rig rig;

	rig_open(&rig, &plain);
	/* Every slot begins with the opposite of the phase it will get first. */
	for (uint32_t i = 0; i < entries; i++) {
		uint32_t first = ((start + i) / entries & 1) ^ 1;
		struct engine_completion old = {.phase = first ^ 1};

		memcpy(rig_va(&rig, RIG_CQ + (start + i) % entries * sizeof(old)), &old,
			sizeof(old));
	}
	rig_start_at(&rig, 0, entries, start);
	for (uint32_t n = 0; n < 1000; n++) {
		struct engine_desc nop = {.id = (uint16_t)n};
		uint32_t batch = n % entries + 1;

		assert_false(rig_reap(&rig, 0, &done));
		for (uint32_t i = 0; i < batch; i++)
			rig_post(&rig, 0, &nop);
		assert_int_equal(engine_step(rig.engine, 100), batch);
		for (uint32_t i = 0; i < batch; i++) {
			assert_true(rig_reap(&rig, 0, &done));
			assert_int_equal(done.id, n);
			assert_int_equal(done.status, ENGINE_ERROR_NONE);
			assert_int_equal(done.sq_head, rig.head[0]);
		}
	}
	assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_POSTED), 0);
	rig_close(&rig);
}

static void phase_is_exact_over_many_laps(void **state)
{
	(void)state;
	laps(0);
}

static void counters_wrap_at_2_to_32(void **state)
{
	(void)state;
	laps(UINT32_MAX - 777);
	laps(UINT32_MAX);
}

static void full_completion_ring_stalls(void **state)
{
	(void)state;
	struct engine_desc nop = {0};
	struct engine_completion done;
	struct rig rig;

	rig_open(&rig, &plain);
	rig_start_at(&rig, 0, 4, 0);
	for (unsigned i = 0; i < 4; i++)
		rig_post(&rig, 0, &nop);
	assert_int_equal(engine_step(rig.engine, 100), 4);
	for (unsigned i = 0; i < 4; i++)
		rig_post(&rig, 0, &nop);
	assert_int_equal(engine_step(rig.engine, 100), 0);
	assert_true(rig_reap(&rig, 0, &done));
	assert_int_equal(engine_step(rig.engine, 100), 1);
	assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_POSTED), 0);
	rig_close(&rig);
}

static void impossible_doorbells_halt_one_channel(void **state)
{
	(void)state;
	struct engine_desc nop = {0};
	struct rig rig;

	rig_open(&rig, &plain);
	rig_start_at(&rig, 1, RIG_ENTRIES, 0);
	rig_start(&rig);
	rig_write(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_SQ_TAIL, RIG_ENTRIES + 1);
	assert_int_equal(engine_step(rig.engine, 100), 0);
	assert_int_equal(
		rig_read(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_STATUS), ENGINE_CH_STATUS_HALTED);
	assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_LO), RIG_SQ);
	rig_post(&rig, 1, &nop);
	assert_int_equal(engine_step(rig.engine, 100), 1);

	/* CQ_HEAD ahead of what was posted. */
	for (unsigned i = 1; i < RIG_ENTRIES; i++)
		rig_post(&rig, 1, &nop);
	assert_int_equal(engine_step(rig.engine, 100), RIG_ENTRIES - 1);
	rig_write(&rig, ENGINE_CHANNEL(1) + ENGINE_CH_CQ_HEAD, RIG_ENTRIES + 1);
	rig_post(&rig, 1, &nop);
	assert_int_equal(engine_step(rig.engine, 100), 0);
	assert_int_equal(
		rig_read(&rig, ENGINE_CHANNEL(1) + ENGINE_CH_STATUS), ENGINE_CH_STATUS_HALTED);
	assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_POSTED), 2);
	assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_CHAN), 0);
	rig_close(&rig);
}

static void unreachable_rings_halt_and_are_recorded(void **state)
{
	(void)state;
	struct engine_desc nop = {0};
	struct rig rig;

	for (unsigned page = 0; page <= 4; page += 4) {
		rig_open(&rig, &plain);
		rig_start(&rig);
		rig.access[page] = page ? DEVICE_READ : DEVICE_WRITE; /* the wrong one each */
		rig_post(&rig, 0, &nop);
		engine_step(rig.engine, 100);
		assert_int_equal(rig_read(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_STATUS),
			ENGINE_CH_STATUS_HALTED);
		assert_int_equal(rig.refusals, 1);
		assert_int_equal(rig.refusal.iova.val, RIG_BASE + page * PAGE_BYTES);
		assert_int_equal(rig.refusal.access, page ? DEVICE_WRITE : DEVICE_READ);
		rig_close(&rig);
	}
}

static void channels_take_turns(void **state)
{
	(void)state;
	struct engine_desc nop = {0};
	struct engine_completion done;
	struct rig rig;

	rig_open(&rig, &plain);
	rig_start_at(&rig, 1, RIG_ENTRIES, 0);
	rig_start(&rig);
	for (unsigned i = 0; i < 4; i++) {
		rig_post(&rig, 0, &nop);
		rig_post(&rig, 1, &nop);
	}
	assert_int_equal(engine_step(rig.engine, 4), 4);
	for (unsigned c = 0; c < ENGINE_CHANNELS; c++) {
		assert_true(rig_reap(&rig, c, &done));
		assert_true(rig_reap(&rig, c, &done));
		assert_false(rig_reap(&rig, c, &done));
	}
	rig_close(&rig);
}

static void reset_by_register(void **state)
{
	(void)state;
	struct engine_desc nop = {.flags = ENGINE_DESC_IRQ};
	struct engine_config config = {.address_bits = 64, .irq_moderation_us = 5};
	struct rig rig;

	rig_open(&rig, &config);
	rig_start(&rig);
	rig_write(&rig, ENGINE_REG_IRQ_ENABLE, 1);
	rig_write(&rig, ENGINE_REG_MODERATION, 99);
	for (unsigned i = 0; i < 5; i++)
		rig_post(&rig, 0, &nop);
	engine_step(rig.engine, 2); /* in the middle */
	rig.interrupts = 0;
	rig_write(&rig, ENGINE_REG_RESET, rig_read(&rig, ENGINE_REG_RESET_DONE) + 1);
	assert_int_equal(engine_step(rig.engine, 100), 0);
	assert_int_equal(rig_read(&rig, ENGINE_REG_RESET_DONE), 1);
	assert_int_equal(rig_read(&rig, ENGINE_REG_MODERATION), 5);
	assert_int_equal(rig_read(&rig, ENGINE_REG_ID), ENGINE_ID_VALUE);
	for (uint32_t reg = ENGINE_REG_CONTROL; reg < ENGINE_BAR0_BYTES; reg += 4)
		if (reg != ENGINE_REG_RESET && reg != ENGINE_REG_RESET_DONE &&
			reg != ENGINE_REG_MODERATION)
			assert_int_equal(rig_read(&rig, reg), 0);
	assert_int_equal(rig.interrupts, 0);
	for (unsigned pin = 0; pin < ENGINE_PIN_COUNT; pin++)
		assert_false(rig.pinned[pin]);

	/* A halted channel works again after it. */
	memset(rig_va(&rig, RIG_CQ), 0, PAGE_BYTES);
	rig_start(&rig);
	rig_write(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_SQ_TAIL, 1000);
	engine_step(rig.engine, 1);
	assert_int_equal(
		rig_read(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_STATUS), ENGINE_CH_STATUS_HALTED);
	rig_write(&rig, ENGINE_REG_RESET, 2);
	engine_step(rig.engine, 1);
	rig_start(&rig);
	assert_int_equal(rig_exec(&rig, &nop).status, ENGINE_ERROR_NONE);
	rig_close(&rig);
}

static void work_from_before_a_reset_is_not_retired(void **state)
{
	(void)state;
	struct engine_desc nop = {0};
	struct engine_completion done;
	struct engine_work work;
	struct rig rig;

	rig_open(&rig, &plain);
	rig_start(&rig);
	rig_post(&rig, 0, &nop);
	assert_true(engine_fetch(rig.engine, 0, &work));
	engine_reset(rig.engine);
	rig_start(&rig);
	engine_retire(rig.engine, &work);
	assert_false(rig_reap(&rig, 0, &done));
	rig_close(&rig);
}

/* A mover of its own: several works between fetch and retire. */
static void fetch_runs_ahead_of_retire(void **state)
{
	(void)state;
	struct engine_completion done;
	struct engine_work work[3];
	struct rig rig;

	rig_open(&rig, &plain);
	rig_start(&rig);
	for (uint32_t i = 0; i < 3; i++) {
		struct engine_desc desc = rig_transfer(
			ENGINE_OP_TO_DEVICE, RIG_DATA + 64ull * i, 64, 64ull * i);

		desc.id = (uint16_t)i;
		rig_post(&rig, 0, &desc);
		assert_true(engine_fetch(rig.engine, 0, &work[i]));
		assert_int_equal(work[i].segments, 1);
		assert_int_equal(work[i].segment[0].iova.val, RIG_DATA + 64ull * i);
		assert_int_equal(work[i].segment[0].len_bytes, 64);
		assert_int_equal(work[i].move_bytes, 64);
	}
	/* Stopping waits for all of them. */
	rig_write(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_ENABLE, 0);
	engine_poll(rig.engine);
	assert_int_equal(
		rig_read(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_STATUS), ENGINE_CH_STATUS_RUNNING);
	for (unsigned i = 0; i < 3; i++) {
		engine_retire(rig.engine, &work[i]);
		assert_true(rig_reap(&rig, 0, &done));
		assert_int_equal(done.id, i);
		assert_int_equal(done.length, 64);
	}
	engine_poll(rig.engine);
	assert_int_equal(rig_read(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_STATUS), 0);
	rig_close(&rig);
}

static void config_is_checked(void **state)
{
	(void)state;
	struct device_config config = {.address_bits = 32, .fault_rate = 1.0};
	struct err err = ERR_INIT;

	assert_int_equal(engine_check(&config, "soft", &err), 0);
	config.address_bits = 40;
	assert_int_equal(engine_check(&config, "soft", &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "address_bits is 40, expected 24, 32 or 64"));
	config = (struct device_config){.address_bits = 64, .memory_bytes = 4097};
	assert_int_equal(engine_check(&config, "soft", NULL), -EINVAL);
	config = (struct device_config){.address_bits = 64, .fault_rate = 1.5};
	assert_int_equal(engine_check(&config, "soft", NULL), -EINVAL);
	config.fault_rate = -0.1;
	assert_int_equal(engine_check(&config, "soft", NULL), -EINVAL);
	config.fault_rate = 0.0 / 0.0;
	assert_int_equal(engine_check(&config, "soft", NULL), -EINVAL);
	config = (struct device_config){.address_bits = 64, .fault = DEVICE_FAULT_COUNT};
	assert_int_equal(engine_check(&config, "soft", NULL), -EINVAL);
	config = (struct device_config){.address_bits = 64, .irq_moderation_us = 65536};
	assert_int_equal(engine_check(&config, "soft", NULL), -EINVAL);
}

static void create_without_memory(void **state)
{
	(void)state;
	struct engine_config config = plain;
	struct engine *engine = (struct engine *)&config;
	struct err err = ERR_INIT;

	fault_arm(1, false);
	assert_int_equal(engine_create(&engine, &config, &err), -ENOMEM);
	fault_arm(0, false);
	assert_null(engine);
	assert_int_equal(err.kind, ERR_MISSING);
	engine_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_identify_the_device),
		cmocka_unit_test(ready_and_running_follow_enable),
		cmocka_unit_test(wrong_ring_registers_halt),
		cmocka_unit_test(phase_is_exact_over_many_laps),
		cmocka_unit_test(counters_wrap_at_2_to_32),
		cmocka_unit_test(full_completion_ring_stalls),
		cmocka_unit_test(impossible_doorbells_halt_one_channel),
		cmocka_unit_test(unreachable_rings_halt_and_are_recorded),
		cmocka_unit_test(channels_take_turns),
		cmocka_unit_test(reset_by_register),
		cmocka_unit_test(work_from_before_a_reset_is_not_retired),
		cmocka_unit_test(fetch_runs_ahead_of_retire),
		cmocka_unit_test(config_is_checked),
		cmocka_unit_test(create_without_memory),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
