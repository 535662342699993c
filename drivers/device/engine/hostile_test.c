// SPDX-License-Identifier: BSD-2-Clause
/*
 * hostile_test.c: a driver that writes anything anywhere. Whatever it does, the engine touches only
 * what is mapped, comes back, and works after a reset. The seed is printed; DMABENCH_SEED sets it.
 */
#include "drivers/device/engine/rig_testing.h"
#include "drivers/support/held_testing.h"

#include <stdio.h>
#include <time.h>

#define ROUNDS 60
#define STEPS  100

static uint64_t random_state;

static uint32_t draw(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33);
}

static uint32_t below(uint32_t n)
{
	return draw() % n;
}

/* Mostly sensible, sometimes not: what is wholly random dies at the first check. */
static uint64_t some_address(void)
{
	switch (below(8)) {
	case 0:
		return (uint64_t)draw() << 33 ^ draw();
	case 1:
		return UINT64_MAX - below(200);
	case 2:
		return RIG_BASE + RIG_PAGES * PAGE_BYTES - below(100);
	default:
		return RIG_BASE + below(RIG_PAGES * (uint32_t)PAGE_BYTES);
	}
}

static uint32_t some_length(void)
{
	switch (below(6)) {
	case 0:
		return 0x7FFFFFFFu - below(3);
	case 1:
		return below(3);
	default:
		return below(3000);
	}
}

static struct engine_element some_element(void)
{
	struct engine_element element = {.address = some_address(), .length = some_length()};

	if (below(4) == 0) {
		element.flags = below(16) ? ENGINE_ELEMENT_LINK : draw();
		element.address &= ~(uint64_t)15;
		element.length = below(16) ? below(40) : draw();
	}
	return element;
}

static struct engine_desc some_desc(void)
{
	struct engine_desc desc = {0};

	if (below(16) == 0) {
		for (size_t i = 0; i < sizeof(desc); i++)
			((uint8_t *)&desc)[i] = (uint8_t)draw();
		return desc;
	}
	desc = (struct engine_desc){.opcode = (uint8_t)below(4),
		.flags = (uint8_t)below(4),
		.id = (uint16_t)draw(),
		.length = some_length(),
		.device_address = below(8) ? below(RIG_MEMORY) : some_address(),
		.inline_count = (uint8_t)below(4),
		.chain_count = below(16) ? below(60) : draw(),
		.chain_addr = some_address() & ~(uint64_t)15,
		.element = {some_element(), some_element()}};
	if (desc.inline_count > 0 && below(2)) /* let many be right */
		desc.length = desc.element[0].length +
		              (desc.inline_count > 1 ? desc.element[1].length : 0);
	return desc;
}

static void scribble(struct rig *rig)
{
	for (unsigned i = 0; i < 64; i++) {
		struct engine_element element = some_element();

		memcpy(rig->arena + (size_t)below(RIG_PAGES * (uint32_t)PAGE_BYTES / 16) * 16,
			&element, sizeof(element));
	}
	for (unsigned i = 0; i < 4; i++)
		rig->access[6 + below(RIG_PAGES - 6)] = (uint8_t)below(4);
	if (below(20) == 0)
		rig->access[below(6)] = (uint8_t)below(4);
	if (below(10) == 0) /* any register, those of the engine included */
		rig_write(rig, below(ENGINE_BAR0_BYTES / 4) * 4, below(2) ? draw() : below(20));
}

static void one_driver(struct engine_config config)
{
	struct engine_desc nop = {.id = 3};
	struct rig rig;

	rig_open(&rig, &config);
	rig_start_at(&rig, 1, 16, 0);
	rig_start_at(&rig, 0, 16, 0);
	rig_write(&rig, ENGINE_REG_IRQ_ENABLE, draw());
	for (unsigned i = 0; i < STEPS; i++) {
		struct engine_desc desc = some_desc();
		unsigned channel = below(2);
		struct engine_completion done;

		scribble(&rig);
		rig_post(&rig, channel, &desc);
		assert_in_range(engine_step(rig.engine, 4), 0, 4);
		engine_irq_eoi(rig.engine);
		rig_reap(&rig, channel, &done);
	}
	for (unsigned page = 0; page < RIG_PAGES; page++)
		rig.access[page] = DEVICE_READ | DEVICE_WRITE;
	rig_write(&rig, ENGINE_REG_RESET, rig_read(&rig, ENGINE_REG_RESET_DONE) + 1);
	engine_step(rig.engine, 1);
	rig_write(&rig, ENGINE_REG_RESET, 77);
	engine_step(rig.engine, 1);
	assert_int_equal(rig_read(&rig, ENGINE_REG_RESET_DONE), 77);
	memset(rig_va(&rig, RIG_CQ), 0, 2 * PAGE_BYTES);
	rig_start(&rig);
	assert_int_equal(rig_exec(&rig, &nop).status, ENGINE_ERROR_NONE);
	rig_close(&rig);
}

static void nothing_unmapped_is_touched(void **state)
{
	(void)state;
	const char *seed = getenv("DMABENCH_SEED");

	random_state = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
	printf("seed %llu\n", (unsigned long long)random_state);
	for (unsigned round = 0; round < ROUNDS; round++)
		one_driver((struct engine_config){.address_bits = below(2) ? 32 : 64,
			.scatter_gather = below(8) != 0,
			.fault = (enum device_fault)below(DEVICE_FAULT_COUNT),
			.fault_rate = 0.3,
			.seed = draw()});
}

static void rig_ready(struct rig *rig)
{
	const struct engine_config config = {.address_bits = 64, .scatter_gather = true};

	rig_open(rig, &config);
	rig_start(rig);
}

/* The longest list there can be, and one element more. */
static void longest_chain_is_bounded(void **state)
{
	struct rig rig;

	(void)state;
	rig_ready(&rig);
	for (uint32_t extra = 0; extra < 2; extra++) {
		uint32_t count = ENGINE_ELEMENTS_MAX + extra;
		struct engine_desc desc = {.opcode = ENGINE_OP_TO_DEVICE,
			.id = 5,
			.flags = ENGINE_DESC_CHAIN,
			.length = count,
			.chain_addr = RIG_DATA,
			.chain_count = count};

		for (uint32_t i = 0; i < count; i++) {
			struct engine_element element = {RIG_DATA + i, 1, 0};

			memcpy(rig_va(&rig, RIG_DATA + i * sizeof(element)), &element,
				sizeof(element));
		}
		assert_int_equal(rig_exec(&rig, &desc).status,
			extra ? ENGINE_ERROR_ELEMENT : ENGINE_ERROR_NONE);
	}
	rig_close(&rig);
}

/* As many blocks of one element each as there may be, and one more. */
static void most_blocks_are_bounded(void **state)
{
	struct rig rig;

	(void)state;
	rig_ready(&rig);
	for (uint32_t extra = 0; extra < 2; extra++) {
		const uint32_t blocks = ENGINE_BLOCKS_MAX + extra;
		struct engine_desc desc = {.opcode = ENGINE_OP_TO_DEVICE,
			.flags = ENGINE_DESC_CHAIN,
			.length = blocks,
			.chain_addr = RIG_DATA,
			.chain_count = 2};

		for (uint32_t i = 0; i < blocks; i++) {
			const uint64_t at = RIG_DATA + i * 2 * sizeof(struct engine_element);
			struct engine_element data = {RIG_DATA + i, 1, 0};
			struct engine_element link = {at + 2 * sizeof(link),
				i + 2 == blocks ? 1 : 2, ENGINE_ELEMENT_LINK};

			memcpy(rig_va(&rig, at), &data, sizeof(data));
			if (i + 1 < blocks)
				memcpy(rig_va(&rig, at + sizeof(data)), &link, sizeof(link));
		}
		assert_int_equal(rig_exec(&rig, &desc).status,
			extra ? ENGINE_ERROR_ELEMENT : ENGINE_ERROR_NONE);
	}
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_unmapped_is_touched),
		cmocka_unit_test(longest_chain_is_bounded),
		cmocka_unit_test(most_blocks_are_bounded),
	};

	return cmocka_run_group_tests_name("engine against hostile drivers", tests, NULL, NULL);
}
