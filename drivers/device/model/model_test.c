// SPDX-License-Identifier: BSD-2-Clause
/*
 * model_test.c: the model device behind device.h, driven by the smallest driver on an actor: data, mappings that end,
 * power, freeze, reset, removal, what is remembered of injections, open. Its wires are in line_test.c.
 */
#include "drivers/device/model/model_testing.h"
#include "drivers/support/fault.h"

#include <errno.h>

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

/* The first mapping, which the driver of these tests needs, is not refused by this seed. */
static void maps_and_locks_are_tried(struct play *play)
{
	const iova_t iova = {PAGE_IOVA + BYTES};
	unsigned maps = 0, locks = 0;
	uint32_t handle;

	for (unsigned i = 0; i < 200; i++) {
		const int rc = play->dev->dma->map(
			play->dev, iova, play->page, PAGE_BYTES, DEVICE_READ);

		assert_true(rc == 0 || rc == -ENOSPC);
		maps += rc != 0;
		if (rc == 0)
			assert_int_equal(play->dev->dma->unmap(play->dev, iova, PAGE_BYTES), 0);
		locks += play->dev->pin->take(play->dev, play->page, PAGE_BYTES, &handle) != 0;
	}
	assert_in_range(maps, 1, 199);
	assert_in_range(locks, 1, 199);
	assert_int_equal(mishaps(play).map_refused, maps);
	assert_int_equal(mishaps(play).lock_refused, locks);
}

static void what_there_is_no_room_for_is_refused(void **state)
{
	struct device_config config = usual;

	(void)state;
	config.seed = 2;
	config.lack = (struct device_lack){.map = 0.25, .lock = 0.25};
	played(&config, maps_and_locks_are_tried);
}

/* ---- power, freeze, reset --------------------------------------------------------------------------- */

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

/* Who writes after a reset what stood there before it, as soon as RESET_DONE is there, is heard. */
static void enable_behind_resets(struct play *play)
{
	for (uint32_t reset = 1; reset <= 200; reset++) {
		driver_write(&play->drv, ENGINE_REG_RESET, reset);
		/* Points, not pauses, which let the device look twice. */
		while (driver_read(&play->drv, ENGINE_REG_RESET_DONE) != reset)
			host_ops->point(HOST_POINT_REGISTER);
		driver_write(&play->drv, ENGINE_REG_CONTROL, ENGINE_CONTROL_ENABLE);
		driver_expect(
			&play->drv, ENGINE_REG_STATUS, ENGINE_STATUS_READY, ENGINE_STATUS_READY);
	}
}

static void a_device_is_enabled_right_behind_its_reset(void **state)
{
	(void)state;
	played(&usual, enable_behind_resets);
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
		cmocka_unit_test(a_mapped_page_is_refused_as_told),
		cmocka_unit_test(an_access_behind_an_unmap_is_refused),
		cmocka_unit_test(what_there_is_no_room_for_is_refused),
		cmocka_unit_test(in_d3_nothing_moves),
		cmocka_unit_test(a_freeze_ends_and_loses_nothing),
		cmocka_unit_test(a_device_is_taken_out_at_any_time),
		cmocka_unit_test(a_reset_forgets_what_was_in_hand),
		cmocka_unit_test(a_device_is_enabled_right_behind_its_reset),
		cmocka_unit_test(injections_are_remembered),
		cmocka_unit_test(without_a_scheduler_it_refuses),
		cmocka_unit_test(what_it_cannot_do_is_refused),
		cmocka_unit_test(every_failing_step_of_open_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
