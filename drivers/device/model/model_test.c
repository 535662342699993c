// SPDX-License-Identifier: BSD-2-Clause
/*
 * model_test.c: the model device behind device.h, driven by the smallest driver on an actor: data, interrupts and what
 * may go wrong with them, power, freeze, mappings that end, what is remembered of injections.
 */
#include "drivers/device/engine/driver_testing.h"
#include "drivers/device/model/model.h"
#include "drivers/support/fault.h"

#include <errno.h>
#include <stdlib.h>

#define PAGE_IOVA 0x3000000u
#define BYTES     (2 * PAGE_BYTES)

static const struct device_config usual = {.cpu = -1, .address_bits = 64, .memory_bytes = 1u << 20};

struct play {
	const struct device_config *config;
	void (*act)(struct play *play);
	struct device *dev;
	struct driver drv;
	uint8_t *page;
	struct sched *sched;
	unsigned interrupts;
	bool stop;
	bool gone; /* the device: there is nothing to be stopped */
};

static void *player(void *arg)
{
	struct play *play = arg;
	struct err err = ERR_INIT;

	if (model_ops.open(&play->dev, play->config, &err))
		fail_msg("%s", err.message);
	assert_ptr_equal(model_at(0), play->dev);
	assert_null(model_at(1));
	play->page = aligned_alloc(PAGE_BYTES, BYTES);
	memset(play->page, 0x5A, BYTES);
	assert_int_equal(play->dev->dma->map(play->dev, (iova_t){PAGE_IOVA}, play->page, BYTES,
				 DEVICE_READ | DEVICE_WRITE),
		0);
	driver_open(&play->drv, play->dev, 0);
	play->act(play);
	if (play->gone)
		driver_forget(&play->drv);
	else
		driver_close(&play->drv);
	play->dev->ops->close(play->dev);
	free(play->page);
	return NULL;
}

/* Return: the hash. */
static uint64_t played(const struct device_config *config, void (*act)(struct play *play))
{
	struct sched_config sched_config = {.seed = 11, .switch_chance = 300, .steps_max = 3000000};
	struct play play = {.config = config, .act = act};
	struct err err = ERR_INIT;
	uint64_t hash;
	int rc;

	assert_int_equal(sched_create(&play.sched, &sched_config, &err), 0);
	assert_int_equal(sched_spawn(play.sched, "driver", player, &play), 0);
	rc = sched_run(play.sched);
	hash = sched_hash(play.sched);
	sched_destroy(play.sched);
	assert_int_equal(rc, 0);
	return hash;
}

/* ---- data ------------------------------------------------------------------------------------------ */

static void move_both_ways(struct play *play)
{
	uint8_t seen[100];

	for (unsigned i = 0; i < sizeof(seen); i++)
		play->page[i + 3] = (uint8_t)(i * 7);
	assert_int_equal(
		driver_move(&play->drv, ENGINE_OP_TO_DEVICE, PAGE_IOVA + 3, 100, 17).status, 0);
	assert_int_equal(play->dev->ops->memory_read(play->dev, 17, seen, sizeof(seen)), 0);
	assert_memory_equal(seen, play->page + 3, sizeof(seen));
	assert_int_equal(
		driver_move(&play->drv, ENGINE_OP_FROM_DEVICE, PAGE_IOVA + 500, 100, 17).status, 0);
	assert_memory_equal(play->page + 500, seen, sizeof(seen));
	assert_int_equal(play->dev->ops->memory_read(play->dev, (1u << 20) - 1, seen, 2), -ERANGE);
}

static void bytes_move_and_runs_are_equal(void **state)
{
	(void)state;
	assert_true(played(&usual, move_both_ways) == played(&usual, move_both_ways));
}

static void unmap_then_move(struct play *play)
{
	struct device_refusal refusal;
	uint64_t lost;

	assert_int_equal(play->dev->dma->unmap(play->dev, (iova_t){PAGE_IOVA}, BYTES), 0);
	assert_int_equal(driver_move(&play->drv, ENGINE_OP_FROM_DEVICE, PAGE_IOVA, 8, 0).status,
		ENGINE_ERROR_ADDRESS);
	assert_int_equal(play->page[0], 0x5A);
	assert_int_equal(play->dev->ops->refusals(play->dev, &refusal, 1, &lost), 1);
	assert_true(refusal.iova.val == PAGE_IOVA && refusal.access == DEVICE_WRITE);
}

static void nothing_is_reached_behind_an_unmap(void **state)
{
	(void)state;
	played(&usual, unmap_then_move);
}

/* ---- interrupts ------------------------------------------------------------------------------------ */

/* The driver's handler: acknowledges what it sees. */
static void *handler(void *arg)
{
	struct play *play = arg;
	uint32_t base = ENGINE_CHANNEL(0);

	while (play->dev->irq->wait(play->dev, UINT64_MAX) > 0) {
		play->interrupts++;
		driver_write(&play->drv, base + ENGINE_CH_IRQ_ACKED,
			driver_read(&play->drv, base + ENGINE_CH_IRQ_POSTED));
	}
	return NULL;
}

static void nop_post(struct play *play)
{
	struct engine_desc desc = {.opcode = ENGINE_OP_NOP, .flags = ENGINE_DESC_IRQ};

	assert_int_equal(driver_exec(&play->drv, &desc).status, 0);
}

static struct device_mishaps mishaps(const struct play *play)
{
	struct device_mishaps count;

	play->dev->ops->mishaps(play->dev, &count);
	return count;
}

static struct device_mishaps interrupts(struct play *play)
{
	struct host_thread thread;

	assert_int_equal(host_thread_start(&thread, NULL, "handler", handler, play), 0);
	driver_write(&play->drv, ENGINE_REG_IRQ_ENABLE, ENGINE_IRQ_CHANNEL(0));
	for (unsigned i = 0; i < 50; i++) {
		nop_post(play);
		host_ops->sleep(play, 0, host_ops->now_ns() + 20000);
	}
	play->dev->irq->cancel(play->dev);
	host_thread_join(&thread);
	return mishaps(play);
}

static void line_is_good(struct play *play)
{
	struct device_mishaps count = interrupts(play);

	assert_int_equal(play->interrupts, 50);
	assert_int_equal(count.irq_sent, 50);
	assert_int_equal(play->dev->irq->wait(play->dev, 0), -ECANCELED);
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
	assert_int_equal(play->interrupts, 100);
}

static void line_storms(struct play *play)
{
	assert_int_equal(interrupts(play).irq_storm, 50);
	assert_int_equal(play->interrupts, 50 * (1 + DEVICE_STORM));
}

static void line_invents(struct play *play)
{
	assert_int_equal(interrupts(play).irq_spurious, 50);
	assert_int_equal(play->interrupts, 100);
}

static void line_loses(struct play *play)
{
	struct device_mishaps count = interrupts(play);
	uint32_t base = ENGINE_CHANNEL(0);

	/* Nobody acknowledges the first, so there is no second. */
	assert_int_equal(play->interrupts, 0);
	assert_int_equal(count.irq_sent, 1);
	assert_int_equal(count.irq_lost, 1);
	/* A driver that finds out by itself, and acknowledges, gets the next. */
	driver_write(&play->drv, base + ENGINE_CH_IRQ_ACKED,
		driver_read(&play->drv, base + ENGINE_CH_IRQ_POSTED));
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

/* ---- translation ------------------------------------------------------------------------------------ */

static void page_is_refused(struct play *play)
{
	struct device_refusal refusal;
	struct engine_completion done;
	uint64_t lost;

	for (unsigned i = 0; i < 20; i++) {
		done = driver_move(&play->drv, ENGINE_OP_TO_DEVICE, PAGE_IOVA + 40, BYTES - 40, 0);
		assert_int_equal(done.status, ENGINE_ERROR_ADDRESS);
		/* What came before the page has arrived. */
		assert_true(done.length == 0 || ((done.length + 40) & PAGE_MASK) == 0);
		assert_int_equal(play->dev->ops->refusals(play->dev, &refusal, 1, &lost), 1);
		assert_int_equal(refusal.iova.val, PAGE_IOVA + 40 + done.length);
	}
	assert_int_equal(mishaps(play).iommu, 20);
}

static void a_mapped_page_is_refused_as_told(void **state)
{
	struct device_config config = usual;

	(void)state;
	config.fault = DEVICE_FAULT_IOMMU;
	config.fault_rate = 1;
	played(&config, page_is_refused);
}

static void access_is_late(struct play *play)
{
	struct device_refusal refusal;
	uint64_t lost;

	assert_int_equal(play->dev->dma->unmap(play->dev, (iova_t){PAGE_IOVA}, BYTES), 0);
	assert_int_equal(mishaps(play).after, 1);
	assert_int_equal(play->dev->ops->refusals(play->dev, &refusal, 1, &lost), 1);
	assert_true(refusal.iova.val >= PAGE_IOVA && refusal.iova.val < PAGE_IOVA + BYTES);
	assert_int_equal(play->page[refusal.iova.val - PAGE_IOVA], 0x5A);
}

static void an_access_behind_an_unmap_is_refused(void **state)
{
	struct device_config config = usual;

	(void)state;
	config.after = 1;
	played(&config, access_is_late);
}

static void moderated(struct play *play)
{
	struct host_thread thread;
	uint64_t start_ns;

	driver_write(&play->drv, ENGINE_REG_MODERATION, 100);
	assert_int_equal(host_thread_start(&thread, NULL, "handler", handler, play), 0);
	driver_write(&play->drv, ENGINE_REG_IRQ_ENABLE, ENGINE_IRQ_CHANNEL(0));
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
	play->dev->irq->cancel(play->dev);
	host_thread_join(&thread);
}

static void moderation_holds_interrupts_back_but_not_for_ever(void **state)
{
	(void)state;
	played(&usual, moderated);
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

/* ---- power, freeze, reset --------------------------------------------------------------------------- */

static void post_move(struct play *play)
{
	struct engine_desc desc = {.opcode = ENGINE_OP_FROM_DEVICE,
		.length = 64,
		.inline_count = 1,
		.element = {{.address = PAGE_IOVA, .length = 64}}};

	driver_post(&play->drv, &desc);
	driver_kick(&play->drv);
}

static void sleep_in_d3(struct play *play)
{
	struct engine_completion done;

	assert_int_equal(play->dev->ops->power(play->dev, DEVICE_D3), 0);
	post_move(play);
	host_ops->sleep(play, 0, host_ops->now_ns() + 1000000);
	assert_false(driver_reap(&play->drv, &done));
	assert_int_equal(play->page[0], 0x5A);
	assert_int_equal(play->dev->ops->power(play->dev, DEVICE_D0), 0);
	assert_int_equal(driver_wait(&play->drv).status, 0);
	assert_int_equal(play->page[0], 0);
}

static void in_d3_nothing_moves(void **state)
{
	(void)state;
	played(&usual, sleep_in_d3);
}

static void stand_still(struct play *play)
{
	struct engine_completion done;

	host_ops->sleep(play, 0, 60000);
	post_move(play);
	host_ops->sleep(play, 0, 200000);
	assert_false(driver_reap(&play->drv, &done));
	assert_int_equal(driver_wait(&play->drv).status, 0);
	assert_true(host_ops->now_ns() >= 550000);
}

static void a_freeze_ends_and_loses_nothing(void **state)
{
	struct device_config config = usual;

	(void)state;
	config.freeze_at_ns = 50000;
	config.freeze_ns = 500000;
	played(&config, stand_still);
}

static void reset_by_register(struct play *play)
{
	post_move(play);
	driver_write(&play->drv, ENGINE_REG_RESET, 5);
	driver_expect(&play->drv, ENGINE_REG_RESET_DONE, UINT32_MAX, 5);
	memset(play->page, 0x77, BYTES);
	host_ops->sleep(play, 0, host_ops->now_ns() + 100000);
	/* Nothing of before the reset touches memory behind it (datasheet 10). */
	assert_int_equal(play->page[0], 0x77);
	driver_start(&play->drv);
	assert_int_equal(driver_move(&play->drv, ENGINE_OP_FROM_DEVICE, PAGE_IOVA, 8, 0).status, 0);
}

static void a_reset_forgets_what_was_in_hand(void **state)
{
	(void)state;
	played(&usual, reset_by_register);
}

/* ---- removal ---------------------------------------------------------------------------------------- */

/* Of a transfer whose fetch, move and completion the removal may come between. */
struct removal {
	uint64_t from_ns;
	bool moved, told;
};

static struct removal removal;

static void move_alone(struct play *play)
{
	removal.from_ns = host_ops->now_ns();
	post_move(play);
	assert_int_equal(driver_wait(&play->drv).status, 0);
}

static void move_until_gone(struct play *play)
{
	struct engine_completion done;
	struct device_mishaps mishaps;

	assert_int_equal(host_ops->now_ns(), removal.from_ns);
	post_move(play);
	host_ops->sleep(play, 0, host_ops->now_ns() + 100000);
	host_point(HOST_POINT_CLOCK);
	play->dev->ops->mishaps(play->dev, &mishaps);
	assert_int_equal(mishaps.removed, 1);
	removal.moved = play->page[0] != 0x5A;
	removal.told = driver_reap(&play->drv, &done);
	memset(play->page, 0x5A, BYTES);
	post_move(play);
	driver_write(&play->drv, ENGINE_REG_RESET, 5);
	assert_int_equal(play->dev->ops->reset(play->dev), 0);
	host_ops->sleep(play, 0, host_ops->now_ns() + 100000);
	assert_int_equal(play->page[0], 0x5A);
	assert_false(driver_reap(&play->drv, &done));
	for (uint32_t reg = 0; reg < ENGINE_BAR0_BYTES; reg += 4)
		assert_int_equal(driver_read(&play->drv, reg), UINT32_MAX);
	play->gone = true;
}

static void a_device_is_taken_out_at_any_time(void **state)
{
	unsigned moved = 0, told = 0, runs = 0;

	(void)state;
	played(&usual, move_alone);
	for (uint64_t at_ns = 1; at_ns < 3000; at_ns += 10, runs++) {
		struct device_config config = usual;

		/* The device is opened when nothing has happened yet but the first turn. */
		config.removed_at_ns = removal.from_ns - COST_TURN_NS + at_ns;
		played(&config, move_until_gone);
		assert_true(removal.moved || !removal.told);
		moved += removal.moved;
		told += removal.told;
	}
	/* Before it was moved, between that and its completion, behind that. */
	assert_in_range(moved, told + 1, runs - 1);
	assert_in_range(told, 1, moved - 1);
}

/* ---- injections ------------------------------------------------------------------------------------- */

static void remember(struct play *play)
{
	struct model_injected injected[4];
	uint64_t lost;

	for (unsigned i = 0; i < 3; i++)
		driver_move(&play->drv, ENGINE_OP_TO_DEVICE, PAGE_IOVA, 40, PAGE_BYTES * (i + 1));
	assert_int_equal(model_injections(play->dev, injected, 2, &lost), 2);
	assert_int_equal(model_injections(play->dev, injected + 2, 2, &lost), 1);
	assert_int_equal(lost, 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(injected[i].fault, DEVICE_FAULT_MISPLACE);
		/* Where the driver asked for it, not where it went. */
		assert_int_equal(injected[i].device_address, 4096 * (i + 1));
		assert_int_equal(injected[i].len_bytes, 40);
		assert_true(injected[i].to_device);
	}
	model_deaf(play->dev);
	driver_move(&play->drv, ENGINE_OP_TO_DEVICE, PAGE_IOVA, 40, 4096);
	assert_int_equal(model_injections(play->dev, injected, 4, &lost), 0);
}

static void injections_are_remembered(void **state)
{
	struct device_config config = usual;

	(void)state;
	config.fault = DEVICE_FAULT_MISPLACE;
	config.fault_rate = 1;
	played(&config, remember);
}

/* ---- open ------------------------------------------------------------------------------------------- */

static void without_a_scheduler_it_refuses(void **state)
{
	struct err err = ERR_INIT;
	struct device *dev;

	(void)state;
	assert_int_equal(model_ops.open(&dev, &usual, &err), -EINVAL);
	assert_null(dev);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "dmabench stress"));
}

static void what_it_cannot_do_is_refused(void **state)
{
	struct device_config config = usual;
	struct sched *sched;
	struct err err = ERR_INIT;
	struct device *dev;

	(void)state;
	assert_int_equal(sched_create(&sched, &(struct sched_config){.seed = 1}, &err), 0);
	config.args = "fast";
	assert_int_equal(model_ops.open(&dev, &config, &err), -EINVAL);
	config.args = NULL;
	config.pin = DEVICE_PIN_MLOCK;
	assert_int_equal(model_ops.open(&dev, &config, &err), -EINVAL);
	config.pin = DEVICE_PIN_NONE;
	config.address_bits = 33;
	assert_int_equal(model_ops.open(&dev, &config, &err), -EINVAL);
	model_ops.close(NULL);
	sched_destroy(sched);
}

static void every_failing_step_of_open_leaves_nothing(void **state)
{
	unsigned nth;

	(void)state;
	for (nth = 1;; nth++) {
		struct err err = ERR_INIT;
		struct device *dev;
		struct sched *sched;
		const char *fired;
		int rc;

		assert_int_equal(sched_create(&sched, &(struct sched_config){.seed = 1}, &err), 0);
		fault_arm(nth, false);
		rc = model_ops.open(&dev, &usual, &err);
		fired = fault_fired();
		fault_arm(0, false);
		assert_int_equal(rc, fired ? -ENOMEM : 0);
		if (rc == 0)
			model_ops.close(dev);
		assert_null(model_at(0));
		sched_destroy(sched);
		if (!fired)
			break;
	}
	assert_int_equal(nth, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_move_and_runs_are_equal),
		cmocka_unit_test(nothing_is_reached_behind_an_unmap),
		cmocka_unit_test(interrupts_come_or_go_wrong_as_told),
		cmocka_unit_test(doorbells_arrive_or_go_wrong_as_told),
		cmocka_unit_test(a_mapped_page_is_refused_as_told),
		cmocka_unit_test(an_access_behind_an_unmap_is_refused),
		cmocka_unit_test(moderation_holds_interrupts_back_but_not_for_ever),
		cmocka_unit_test(a_wait_has_a_time_out),
		cmocka_unit_test(in_d3_nothing_moves),
		cmocka_unit_test(a_freeze_ends_and_loses_nothing),
		cmocka_unit_test(a_device_is_taken_out_at_any_time),
		cmocka_unit_test(a_reset_forgets_what_was_in_hand),
		cmocka_unit_test(injections_are_remembered),
		cmocka_unit_test(without_a_scheduler_it_refuses),
		cmocka_unit_test(what_it_cannot_do_is_refused),
		cmocka_unit_test(every_failing_step_of_open_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
