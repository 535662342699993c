// SPDX-License-Identifier: BSD-2-Clause
/* interrupt_test.c: datasheet section 9: level, acknowledge, enable, moderation, errors. */
#include "drivers/device/engine/rig_testing.h"
#include "drivers/support/held_testing.h"

static const struct engine_config plain = {.address_bits = 64, .scatter_gather = true};

#define POSTED (ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_POSTED)
#define ACKED  (ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_ACKED)

/* Posts one NOP with or without the IRQ flag and lets the engine work. Return: interrupts by it. */
static unsigned nop(struct rig *rig, bool irq)
{
	struct engine_desc desc = {.flags = irq ? ENGINE_DESC_IRQ : 0};
	struct engine_completion done;
	unsigned before = rig->interrupts;

	rig_post(rig, 0, &desc);
	engine_step(rig->engine, 1);
	assert_true(rig_reap(rig, 0, &done));
	return rig->interrupts - before;
}

static unsigned step(struct rig *rig)
{
	unsigned before = rig->interrupts;

	engine_step(rig->engine, 1);
	return rig->interrupts - before;
}

static void acknowledge(struct rig *rig)
{
	rig_write(rig, ACKED, rig_read(rig, POSTED));
}

static void open_enabled(struct rig *rig)
{
	rig_open(rig, &plain);
	rig_start(rig);
	rig_write(rig, ENGINE_REG_IRQ_ENABLE, ENGINE_IRQ_CHANNEL(0));
}

static void level_stays_until_acknowledged(void **state)
{
	(void)state;
	struct rig rig;

	open_enabled(&rig);
	assert_int_equal(nop(&rig, false), 0);
	assert_int_equal(rig_read(&rig, POSTED), 0);
	assert_int_equal(nop(&rig, true), 1);
	assert_int_equal(rig_read(&rig, POSTED), 1);
	assert_int_equal(nop(&rig, true), 0); /* still up, the handler has not returned */
	engine_irq_eoi(rig.engine);
	assert_int_equal(step(&rig), 1); /* returned without acknowledging: called again */
	acknowledge(&rig);
	engine_irq_eoi(rig.engine);
	assert_int_equal(step(&rig), 0);
	assert_int_equal(nop(&rig, true), 1);
	rig_close(&rig);
}

static void completion_behind_the_acknowledge_interrupts_again(void **state)
{
	(void)state;
	struct rig rig;

	open_enabled(&rig);
	assert_int_equal(nop(&rig, true), 1);
	uint32_t seen = rig_read(&rig, POSTED);

	assert_int_equal(nop(&rig, true), 0); /* after the handler looked ... */
	rig_write(&rig, ACKED, seen);         /* ... and before it acknowledged */
	engine_irq_eoi(rig.engine);
	assert_int_equal(step(&rig), 1);
	rig_close(&rig);
}

static void enabling_a_pending_source_interrupts(void **state)
{
	(void)state;
	struct rig rig;

	open_enabled(&rig);
	rig_write(&rig, ENGINE_REG_IRQ_ENABLE, ENGINE_IRQ_CHANNEL(1) | ENGINE_IRQ_ERROR);
	assert_int_equal(nop(&rig, true), 0);
	rig_write(&rig, ENGINE_REG_IRQ_ENABLE, ENGINE_IRQ_CHANNEL(0));
	assert_int_equal(step(&rig), 1);

	/* Delivered while disabled, enabled again before the engine looks: not lost. */
	rig_write(&rig, ENGINE_REG_IRQ_ENABLE, 0);
	engine_irq_eoi(rig.engine);
	rig_write(&rig, ENGINE_REG_IRQ_ENABLE, ENGINE_IRQ_CHANNEL(0));
	assert_int_equal(step(&rig), 1);
	rig_close(&rig);
}

static void errors_interrupt_by_their_own_bit(void **state)
{
	(void)state;
	struct engine_desc bad = {.opcode = 9};
	struct rig rig;

	open_enabled(&rig);
	rig_exec(&rig, &bad);
	assert_int_equal(rig.interrupts, 0);
	rig_write(&rig, ENGINE_REG_IRQ_ENABLE, ENGINE_IRQ_ERROR);
	assert_int_equal(step(&rig), 1);
	rig_write(&rig, ENGINE_REG_ERROR_ACKED, rig_read(&rig, ENGINE_REG_ERROR_POSTED));
	engine_irq_eoi(rig.engine);
	assert_int_equal(step(&rig), 0);
	rig_write(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_SQ_TAIL, 500); /* halts */
	assert_int_equal(step(&rig), 1);
	rig_close(&rig);
}

static void handler(struct rig *rig)
{
	acknowledge(rig);
	engine_irq_eoi(rig->engine);
}

static void moderation_by_time(void **state)
{
	(void)state;
	struct rig rig;

	open_enabled(&rig);
	rig_write(&rig, ENGINE_REG_MODERATION, 10);
	rig.now_ns = 1000;
	assert_int_equal(nop(&rig, true), 1); /* the first is not delayed */
	handler(&rig);
	assert_int_equal(nop(&rig, true), 0);
	rig.now_ns += 9999;
	assert_int_equal(step(&rig), 0);
	rig.now_ns += 1;
	assert_int_equal(step(&rig), 1); /* no further completion is needed */
	handler(&rig);
	rig.now_ns += 50000;
	assert_int_equal(nop(&rig, true), 1);
	handler(&rig);
	assert_int_equal(nop(&rig, true), 0);
	rig_write(&rig, ENGINE_REG_MODERATION, 0); /* takes effect at once */
	assert_int_equal(step(&rig), 1);
	rig_close(&rig);
}

static void moderation_by_count(void **state)
{
	(void)state;
	struct engine_desc bad = {.opcode = 9};
	struct rig rig;

	open_enabled(&rig);
	rig_write(&rig, ENGINE_REG_IRQ_ENABLE, ENGINE_IRQ_CHANNEL(0) | ENGINE_IRQ_ERROR);
	rig_write(&rig, ENGINE_REG_MODERATION, 10 | 3 << 16);
	assert_int_equal(nop(&rig, true), 1);
	handler(&rig);
	assert_int_equal(nop(&rig, true), 0);
	assert_int_equal(nop(&rig, true), 0);
	assert_int_equal(nop(&rig, true), 1);
	handler(&rig);
	rig_exec(&rig, &bad); /* errors are not moderated */
	assert_int_equal(rig.interrupts, 3);
	rig_close(&rig);
}

static void reset_takes_the_interrupt_back(void **state)
{
	(void)state;
	struct rig rig;

	open_enabled(&rig);
	assert_int_equal(nop(&rig, true), 1);
	engine_reset(rig.engine);
	memset(rig_va(&rig, RIG_CQ), 0, PAGE_BYTES);
	rig_start(&rig);
	rig_write(&rig, ENGINE_REG_IRQ_ENABLE, ENGINE_IRQ_CHANNEL(0));
	assert_int_equal(step(&rig), 0);
	assert_int_equal(nop(&rig, true), 1);
	assert_int_equal(rig_read(&rig, POSTED), 1);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(level_stays_until_acknowledged),
		cmocka_unit_test(completion_behind_the_acknowledge_interrupts_again),
		cmocka_unit_test(enabling_a_pending_source_interrupts),
		cmocka_unit_test(errors_interrupt_by_their_own_bit),
		cmocka_unit_test(moderation_by_time),
		cmocka_unit_test(moderation_by_count),
		cmocka_unit_test(reset_takes_the_interrupt_back),
	};

	return cmocka_run_group_tests_name("engine interrupt", tests, NULL, NULL);
}
