// SPDX-License-Identifier: BSD-2-Clause
/*
 * irq_test.c: messages on their way to who waits: none that is late is forgotten over the next one. What becomes of a
 * message is decided in engine/message.c.
 */
#include "drivers/device/soft/irq.h"
#include "drivers/support/mmio.h"
#include "drivers/support/testing.h"

#include <time.h>
#include <unistd.h>

#define LATE_NS 1000

/* Takes what has arrived. Return: how many messages. */
static unsigned arrived(const struct irq *irq)
{
	unsigned count = 0;
	uint64_t one;

	while (read(irq->event_fd, &one, sizeof(one)) == (ssize_t)sizeof(one))
		count++;
	return count;
}

/* The line may go up again while a message is on its way: a handler that came for no cause has let it down. */
static void late_messages_all_arrive(void **state)
{
	static _Alignas(4096) const unsigned char bar[ENGINE_BAR0_BYTES];
	const struct device_line line = {.late = 1, .late_ns = LATE_NS};
	const struct timespec later = {.tv_nsec = 10L * LATE_NS};
	struct mishaps mishaps = {0};
	unsigned count = 0;
	struct irq irq;

	(void)state;
	assert_int_equal(irq_open(&irq, &line, 1, &mishaps, NULL), 0);
	for (unsigned i = 0; i < 20; i++) {
		irq_signal(&irq);
		irq_signal(&irq);
		nanosleep(&later, NULL);
		irq_turn(&irq, NULL, bar, 0);
		count += arrived(&irq);
		assert_int_equal(count, 2 * (i + 1));
	}
	assert_int_equal(mishaps.irq_sent, count);
	assert_int_equal(mishaps.irq_late, count);
	irq_close(&irq);
}

static void messages_that_are_not_late_arrive_at_once(void **state)
{
	const struct device_line line = {.twice = 1};
	struct mishaps mishaps = {0};
	struct irq irq;

	(void)state;
	assert_int_equal(irq_open(&irq, &line, 1, &mishaps, NULL), 0);
	irq_signal(&irq);
	assert_int_equal(arrived(&irq), 2);
	irq_signal(&irq);
	irq_drain(&irq);
	assert_int_equal(arrived(&irq), 0);
	irq_close(&irq);
}

/* Behind a reset nothing of before it arrives: no message that was late, and none that is made up for. */
static void a_reset_takes_back_what_was_on_its_way(void **state)
{
	static _Alignas(4096) unsigned char bar[ENGINE_BAR0_BYTES];
	const struct device_line late = {.late = 1, .late_ns = LATE_NS}, lost = {.lost = 1};
	const struct timespec later = {.tv_nsec = 10L * LATE_NS};
	struct mishaps mishaps = {0};
	struct irq irq;

	(void)state;
	assert_int_equal(irq_open(&irq, &late, 1, &mishaps, NULL), 0);
	irq_signal(&irq);
	irq_drain(&irq);
	nanosleep(&later, NULL);
	irq_turn(&irq, NULL, bar, 0);
	assert_int_equal(arrived(&irq), 0);
	irq_close(&irq);
	/* Who acknowledges one that got lost tells the engine, of which there is none here. */
	assert_int_equal(irq_open(&irq, &lost, 1, &mishaps, NULL), 0);
	irq_signal(&irq);
	irq_drain(&irq);
	mmio_write32(bar + ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_ACKED, 1);
	irq_turn(&irq, NULL, bar, 0);
	irq_close(&irq);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_messages_all_arrive),
		cmocka_unit_test(messages_that_are_not_late_arrive_at_once),
		cmocka_unit_test(a_reset_takes_back_what_was_on_its_way),
	};

	return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
