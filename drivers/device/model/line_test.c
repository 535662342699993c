// SPDX-License-Identifier: BSD-2-Clause
/*
 * line_test.c: the wires of the model device: interrupts and doorbells that come, or are lost, late, doubled or invented
 * as configured; moderation; the wait for an interrupt.
 */
#include "drivers/device/model/line.h"
#include "drivers/device/model/model_testing.h"

#include <errno.h>
#include <string.h>

/* ---- interrupts ------------------------------------------------------------------------------------ */

/* Acknowledges whatever was posted. */
static void see_to_it(struct play *play)
{
	driver_write(&play->drv, ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_ACKED,
		driver_read(&play->drv, ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_POSTED));
}

/* The driver's handler: acknowledges what it sees. */
static void *handler(void *arg)
{
	struct play *play = arg;

	while (play->dev->irq->wait(play->dev, UINT64_MAX) > 0) {
		play->interrupts++;
		see_to_it(play);
	}
	return NULL;
}

static void handling(struct play *play, struct host_thread *thread, void *(*handle)(void *))
{
	assert_int_equal(host_thread_start(thread, NULL, "handler", handle, play), 0);
	driver_write(&play->drv, ENGINE_REG_IRQ_ENABLE, ENGINE_IRQ_CHANNEL(0));
}

static void handled(struct play *play, struct host_thread *thread)
{
	play->dev->irq->cancel(play->dev);
	host_thread_join(thread);
}

static void nop_post(struct play *play)
{
	struct engine_desc desc = {.opcode = ENGINE_OP_NOP, .flags = ENGINE_DESC_IRQ};

	assert_int_equal(driver_exec(&play->drv, &desc).status, 0);
}

static struct device_mishaps interrupts(struct play *play)
{
	struct host_thread thread;

	handling(play, &thread, handler);
	for (unsigned i = 0; i < 50; i++) {
		nop_post(play);
		host_ops->sleep(play, 0, host_ops->now_ns() + 20000);
	}
	handled(play, &thread);
	return mishaps(play);
}

static void line_is_good(struct play *play)
{
	struct device_mishaps count = interrupts(play);

	assert_int_equal(play->interrupts, 50);
	assert_int_equal(count.irq_sent, 50);
	assert_int_equal(count.irq_ignored, 0);
	assert_int_equal(model_idle_handlers(play->dev), 0);
	assert_int_equal(play->dev->irq->wait(play->dev, 0), -ECANCELED);
}

/* A handler that acknowledges nothing the first time, and the second time masks its device. */
static void *handler_ignores(void *arg)
{
	struct play *play = arg;

	while (play->dev->irq->wait(play->dev, UINT64_MAX) > 0)
		if (++play->interrupts == 2)
			driver_write(&play->drv, ENGINE_REG_IRQ_ENABLE, 0);
	return NULL;
}

static void handler_is_told_on(struct play *play)
{
	struct host_thread thread;

	handling(play, &thread, handler_ignores);
	nop_post(play);
	host_ops->sleep(play, 0, host_ops->now_ns() + 100000);
	assert_int_equal(play->interrupts, 2);
	assert_int_equal(mishaps(play).irq_ignored, 1);
	assert_int_equal(model_idle_handlers(play->dev), 2);
	handled(play, &thread);
}

/*
 * Behind these handlers something is due, and none is to be told on. In the first the device was reset and has posted as much again;
 * the second's was posted behind what it acknowledged; and the last sees to what is left.
 */
static void *handler_resets(void *arg)
{
	struct play *play = arg;

	while (play->dev->irq->wait(play->dev, UINT64_MAX) > 0) {
		if (++play->interrupts == 1) {
			const uint32_t wanted = driver_read(&play->drv, ENGINE_REG_RESET_DONE) + 1;

			driver_write(&play->drv, ENGINE_REG_RESET, wanted);
			driver_expect(&play->drv, ENGINE_REG_RESET_DONE, UINT32_MAX, wanted);
			driver_start(&play->drv);
			driver_write(&play->drv, ENGINE_REG_IRQ_ENABLE, ENGINE_IRQ_CHANNEL(0));
			nop_post(play);
			continue;
		}
		see_to_it(play);
		if (play->interrupts == 2)
			nop_post(play);
	}
	return NULL;
}

/*
 * Each comes twice. The first one's second finds nothing due, and what is posted meanwhile is not its own: that has an interrupt
 * already, and brings one more when the handler ends, as it is not acknowledged.
 */
static void *handler_gets_more(void *arg)
{
	struct play *play = arg;

	while (play->dev->irq->wait(play->dev, UINT64_MAX) > 0)
		if (++play->interrupts == 2) {
			nop_post(play);
			driver_expect(&play->drv, ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_POSTED,
				UINT32_MAX, 2);
		} else {
			see_to_it(play);
		}
	return NULL;
}

static void is_not_told_on(
	struct play *play, void *(*handle)(void *), unsigned interrupts, uint64_t idle)
{
	struct host_thread thread;

	handling(play, &thread, handle);
	driver_post(&play->drv,
		&(struct engine_desc){.opcode = ENGINE_OP_NOP, .flags = ENGINE_DESC_IRQ});
	driver_kick(&play->drv);
	host_ops->sleep(play, 0, host_ops->now_ns() + 1000000);
	assert_int_equal(play->interrupts, interrupts);
	assert_int_equal(mishaps(play).irq_ignored, 0);
	assert_int_equal(model_idle_handlers(play->dev), idle);
	handled(play, &thread);
}

static void who_resets_is_not_told_on(struct play *play)
{
	is_not_told_on(play, handler_resets, 3, 1);
}

static void who_gets_more_is_not_told_on(struct play *play)
{
	is_not_told_on(play, handler_gets_more, 6, 4);
}

static void a_handler_that_acknowledges_nothing_is_counted(void **state)
{
	struct device_config twice = usual;

	(void)state;
	twice.line = (struct device_line){.twice = 1};
	played(&usual, handler_is_told_on);
	played(&usual, who_resets_is_not_told_on);
	played(&twice, who_gets_more_is_not_told_on);
}

/* A handler called for these registers that writes none of them. */
static uint64_t ignored_at(const struct play *play, const uint32_t *bar)
{
	struct mishaps counts = {0};
	struct line line;

	line_init(&line, play->sched, &(struct device_line){0}, 1, &counts);
	line.pending = 1;
	assert_int_equal(line_wait(&line, bar, 0), 1);
	assert_true(line_served(&line, bar));
	assert_int_equal(line_idle(&line), 1);
	line_fini(&line);
	return counts.irq_ignored;
}

/* It was taken out, and what the driver wrote before it could know lies where all else reads all ones: nothing is due there. */
static void nobody_answers(struct play *play)
{
	static uint32_t bar[ENGINE_BAR0_BYTES / sizeof(uint32_t)];

	memset(bar, 0xFF, sizeof(bar));
	bar[(ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_ACKED) / sizeof(uint32_t)] = 0x76;
	assert_int_equal(ignored_at(play, bar), 0);
	bar[ENGINE_REG_RESET_DONE / sizeof(uint32_t)] = 1;
	assert_int_equal(ignored_at(play, bar), 1);
}

static void a_device_that_is_gone_has_nothing_due(void **state)
{
	(void)state;
	played(&usual, nobody_answers);
}

static void line_is_late(struct play *play)
{
	assert_int_equal(interrupts(play).irq_late, 50);
	assert_int_equal(play->interrupts, 50);
}

static void line_sends_twice(struct play *play)
{
	struct device_mishaps count = interrupts(play);

	assert_int_equal(count.irq_sent, 50);
	assert_int_equal(count.irq_twice, 50);
	assert_int_equal(model_idle_handlers(play->dev), 50);
	assert_int_equal(play->interrupts, 100);
}

static void line_storms(struct play *play)
{
	assert_int_equal(interrupts(play).irq_storm, 50);
	assert_int_equal(play->interrupts, 50 * (1 + DEVICE_STORM));
}

static void line_invents(struct play *play)
{
	struct device_mishaps count = interrupts(play);

	assert_int_equal(count.irq_spurious, 50);
	assert_int_equal(model_idle_handlers(play->dev), 50);
	assert_int_equal(count.irq_ignored, 0);
	assert_int_equal(play->interrupts, 100);
}

static void line_loses(struct play *play)
{
	struct device_mishaps count = interrupts(play);

	/* Nobody acknowledges the first, so there is no second. */
	assert_int_equal(play->interrupts, 0);
	assert_int_equal(count.irq_sent, 1);
	assert_int_equal(count.irq_lost, 1);
	/* A driver that finds out by itself, and acknowledges, gets the next. */
	see_to_it(play);
	host_ops->sleep(play, 0, host_ops->now_ns() + 20000);
	nop_post(play);
	host_ops->sleep(play, 0, host_ops->now_ns() + 20000);
	assert_int_equal(mishaps(play).irq_sent, 2);
}

static void interrupts_come_or_go_wrong_as_told(void **state)
{
	static const struct {
		struct device_line line;
		void (*act)(struct play *play);
	} cases[] = {
		{{0}, line_is_good},
		{{.late = 1, .late_ns = 10000}, line_is_late},
		{{.twice = 1}, line_sends_twice},
		{{.storm = 1}, line_storms},
		{{.spurious = 1}, line_invents},
		{{.lost = 1}, line_loses},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct device_config config = usual;

		config.line = cases[i].line;
		played(&config, cases[i].act);
	}
}

/* ---- doorbells ------------------------------------------------------------------------------------- */

#define TAIL (ENGINE_CHANNEL(0) + ENGINE_CH_SQ_TAIL)

static void bell_is_lost(struct play *play)
{
	struct engine_desc desc = {.opcode = ENGINE_OP_NOP};
	uint32_t before = driver_read(&play->drv, TAIL);
	struct engine_completion done;

	driver_post(&play->drv, &desc);
	driver_kick(&play->drv);
	host_ops->sleep(play, 0, host_ops->now_ns() + 20000);
	/* It reads as what has arrived. Written again it is lost again. */
	assert_int_equal(driver_read(&play->drv, TAIL), before);
	driver_write(&play->drv, TAIL, before + 1);
	host_ops->sleep(play, 0, host_ops->now_ns() + 20000);
	assert_int_equal(driver_read(&play->drv, TAIL), before);
	assert_int_equal(mishaps(play).bell_lost, 2);
	assert_false(driver_reap(&play->drv, &done));
}

static void bell_is_late(struct play *play)
{
	uint64_t since_ns = host_ops->now_ns();

	for (unsigned i = 0; i < 10; i++)
		nop_post(play);
	assert_int_equal(mishaps(play).bell_late, 10);
	assert_true(host_ops->now_ns() - since_ns > 1000000);
}

static void bell_rings_twice(struct play *play)
{
	for (unsigned i = 0; i < 10; i++) {
		nop_post(play);
		host_ops->sleep(play, 0, host_ops->now_ns() + 20000);
	}
	assert_int_equal(mishaps(play).bell_twice, 10);
}

static void doorbells_arrive_or_go_wrong_as_told(void **state)
{
	struct device_config config = usual;

	(void)state;
	config.bell = (struct device_bell){.lost = 1};
	played(&config, bell_is_lost);
	config.bell = (struct device_bell){.late = 1, .late_ns = 1000000};
	played(&config, bell_is_late);
	config.bell = (struct device_bell){.twice = 1};
	played(&config, bell_rings_twice);
}

static void moderated(struct play *play)
{
	struct host_thread thread;
	uint64_t start_ns;

	driver_write(&play->drv, ENGINE_REG_MODERATION, 100);
	handling(play, &thread, handler);
	start_ns = host_ops->now_ns();
	while (host_ops->now_ns() < start_ns + 1000000) {
		nop_post(play);
		host_ops->sleep(play, 0, host_ops->now_ns() + 10000);
	}
	/* The last one comes, though nothing follows it. */
	host_ops->sleep(play, 0, host_ops->now_ns() + 200000);
	assert_int_equal(driver_read(&play->drv, ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_ACKED),
		driver_read(&play->drv, ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_POSTED));
	assert_in_range(play->interrupts, 8, 13);
	handled(play, &thread);
}

static void moderation_holds_interrupts_back_but_not_for_ever(void **state)
{
	(void)state;
	played(&usual, moderated);
}

/* Its time runs from the interrupt before, whatever the driver writes meanwhile. */
static void moderated_in_time(struct play *play)
{
	struct host_thread thread;
	uint64_t start_ns;

	driver_write(&play->drv, ENGINE_REG_MODERATION, 100);
	handling(play, &thread, handler);
	start_ns = host_ops->now_ns();
	nop_post(play);
	host_ops->sleep(play, 0, start_ns + 50000);
	assert_int_equal(play->interrupts, 1);
	nop_post(play);
	host_ops->sleep(play, 0, start_ns + 90000);
	assert_int_equal(play->interrupts, 1);
	assert_int_equal(
		driver_exec(&play->drv, &(struct engine_desc){.opcode = ENGINE_OP_NOP}).status, 0);
	host_ops->sleep(play, 0, start_ns + 110000);
	assert_int_equal(play->interrupts, 2);
	handled(play, &thread);
}

static void moderation_runs_from_the_interrupt_before(void **state)
{
	(void)state;
	played(&usual, moderated_in_time);
}

static void wait_for_nothing(struct play *play)
{
	uint64_t start_ns = host_ops->now_ns();

	assert_int_equal(play->dev->irq->wait(play->dev, 5000), 0);
	assert_in_range(host_ops->now_ns() - start_ns, 5000, 6000);
}

static void a_wait_has_a_time_out(void **state)
{
	(void)state;
	played(&usual, wait_for_nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupts_come_or_go_wrong_as_told),
		cmocka_unit_test(a_handler_that_acknowledges_nothing_is_counted),
		cmocka_unit_test(a_device_that_is_gone_has_nothing_due),
		cmocka_unit_test(doorbells_arrive_or_go_wrong_as_told),
		cmocka_unit_test(moderation_holds_interrupts_back_but_not_for_ever),
		cmocka_unit_test(moderation_runs_from_the_interrupt_before),
		cmocka_unit_test(a_wait_has_a_time_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
