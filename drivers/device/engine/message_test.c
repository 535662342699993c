// SPDX-License-Identifier: BSD-2-Clause
/* message_test.c: what becomes of a message, and when a line that lost one may be raised again. */
#include "drivers/device/engine/message.h"

#include "drivers/device/engine/regs.h"
#include "drivers/support/testing.h"

#include <string.h>

static uint32_t bar[ENGINE_BAR0_BYTES / sizeof(uint32_t)];

static void reg_set(uint32_t offset, uint32_t value)
{
	bar[offset / sizeof(uint32_t)] = value;
}

static struct message message_of(const struct device_line *line, struct mishaps *mishaps)
{
	struct message message;

	memset(bar, 0, sizeof(bar));
	message_init(&message, line, 1, mishaps);
	return message;
}

static void each_fate_is_counted(void **state)
{
	const struct device_line certain[] = {
		{0}, {.lost = 1}, {.twice = 1}, {.storm = 1}, {.late = 1, .late_ns = 1000}};
	const unsigned copies[] = {1, 0, 2, 1 + DEVICE_STORM, 1};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct mishaps mishaps = {0};
		struct message message = message_of(&certain[i], &mishaps);
		struct message_fate fate = message_send(&message);

		assert_int_equal(message_wrong(&message), i != 0);
		assert_int_equal(fate.copies, copies[i]);
		assert_true(fate.delay_ns <= certain[i].late_ns);
		assert_int_equal(mishaps.irq_sent, 1);
		assert_int_equal(mishaps.irq_lost, i == 1);
		assert_int_equal(mishaps.irq_twice, i == 2);
		assert_int_equal(mishaps.irq_storm, i == 3);
		assert_int_equal(mishaps.irq_late, i == 4);
	}
}

/* Once for each that was lost, and only behind a write of the driver that differs from the one before. */
static void a_lost_one_is_settled_by_one_acknowledgement(void **state)
{
	struct mishaps mishaps = {0};
	struct message message = message_of(&(struct device_line){.lost = 1}, &mishaps);

	(void)state;
	reg_set(ENGINE_REG_ERROR_ACKED, 1);
	assert_false(message_acknowledged(&message, bar)); /* none was lost */
	message_send(&message);
	assert_false(message_acknowledged(&message, bar));
	reg_set(ENGINE_CHANNEL(1) + ENGINE_CH_IRQ_ACKED, 7);
	assert_true(message_acknowledged(&message, bar));
	reg_set(ENGINE_CHANNEL(1) + ENGINE_CH_IRQ_ACKED, 8);
	assert_false(message_acknowledged(&message, bar));

	message_send(&message);
	message_forget(&message);
	reg_set(ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_ACKED, 1);
	assert_false(message_acknowledged(&message, bar));
}

/* A source is due while it is enabled and what it posted is not what the driver acknowledged. */
static void what_is_posted_is_due_until_acknowledged(void **state)
{
	struct mishaps mishaps = {0};
	struct message message = message_of(&(struct device_line){0}, &mishaps);
	const struct {
		uint32_t enable, posted, acked;
	} source[] = {
		{ENGINE_IRQ_CHANNEL(0), ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_POSTED,
			ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_ACKED},
		{ENGINE_IRQ_CHANNEL(1), ENGINE_CHANNEL(1) + ENGINE_CH_IRQ_POSTED,
			ENGINE_CHANNEL(1) + ENGINE_CH_IRQ_ACKED},
		{ENGINE_IRQ_ERROR, ENGINE_REG_ERROR_POSTED, ENGINE_REG_ERROR_ACKED},
	};

	(void)state;
	assert_false(message_wrong(&message));
	for (size_t i = 0; i < 3; i++) {
		memset(bar, 0, sizeof(bar));
		reg_set(source[i].posted, UINT32_MAX);
		assert_false(message_due(bar));
		reg_set(ENGINE_REG_IRQ_ENABLE, ~source[i].enable);
		assert_false(message_due(bar));
		reg_set(ENGINE_REG_IRQ_ENABLE, source[i].enable);
		assert_true(message_due(bar));
		assert_int_equal(message_channel_due(bar, 0), i == 0);
		assert_int_equal(message_channel_due(bar, 1), i == 1);
		reg_set(source[i].acked, UINT32_MAX);
		assert_false(message_due(bar));
		assert_int_equal(message_seen(bar), UINT32_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fate_is_counted),
		cmocka_unit_test(a_lost_one_is_settled_by_one_acknowledgement),
		cmocka_unit_test(what_is_posted_is_due_until_acknowledged),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
