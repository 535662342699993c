// SPDX-License-Identifier: BSD-2-Clause
/*
 * engine_layout_test.c: holds the miniports' reading of the datasheet against the engine's own
 * register map. The only file that sees both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drivers/device/engine/regs.h"
#include "drivers/miniport/engine.h"

#define SAME(driver, engine) assert_int_equal((driver), (engine))
#define SAME_FIELD(type, field, engine_type, engine_field)                                         \
	do {                                                                                       \
		SAME(offsetof(type, field), offsetof(struct engine_type, engine_field));           \
		SAME(sizeof(((type *)0)->field), sizeof(((struct engine_type *)0)->engine_field)); \
	} while (0)

static void global_registers_match(void **state)
{
	(void)state;
	SAME(DMAB_CHANNELS, ENGINE_CHANNELS);
	SAME(DMAB_BAR0_BYTES, ENGINE_BAR0_BYTES);
	SAME(DMAB_RING_ENTRIES, ENGINE_RING_ENTRIES_MAX);
	SAME(DMAB_ID, ENGINE_REG_ID);
	SAME(DMAB_VERSION, ENGINE_REG_VERSION);
	SAME(DMAB_CAPS, ENGINE_REG_CAPS);
	SAME(DMAB_LENGTH_MAX, ENGINE_REG_LENGTH_MAX);
	SAME(DMAB_MEMORY_LO, ENGINE_REG_MEMORY_LO);
	SAME(DMAB_MEMORY_HI, ENGINE_REG_MEMORY_HI);
	SAME(DMAB_CONTROL, ENGINE_REG_CONTROL);
	SAME(DMAB_RESET, ENGINE_REG_RESET);
	SAME(DMAB_IRQ_ENABLE, ENGINE_REG_IRQ_ENABLE);
	SAME(DMAB_MODERATION, ENGINE_REG_MODERATION);
	SAME(DMAB_ERROR_ACKED, ENGINE_REG_ERROR_ACKED);
	SAME(DMAB_STATUS, ENGINE_REG_STATUS);
	SAME(DMAB_RESET_DONE, ENGINE_REG_RESET_DONE);
	SAME(DMAB_ERROR_POSTED, ENGINE_REG_ERROR_POSTED);
}

static void channel_registers_match(void **state)
{
	uint32_t c;

	(void)state;
	for (c = 0; c < ENGINE_CHANNELS; c++)
		SAME(DMAB_CHANNEL(c), ENGINE_CHANNEL(c));
	SAME(DMAB_CH_SQ_LO, ENGINE_CH_SQ_LO);
	SAME(DMAB_CH_SQ_HI, ENGINE_CH_SQ_HI);
	SAME(DMAB_CH_CQ_LO, ENGINE_CH_CQ_LO);
	SAME(DMAB_CH_CQ_HI, ENGINE_CH_CQ_HI);
	SAME(DMAB_CH_ENTRIES, ENGINE_CH_ENTRIES);
	SAME(DMAB_CH_ENABLE, ENGINE_CH_ENABLE);
	SAME(DMAB_CH_SQ_TAIL, ENGINE_CH_SQ_TAIL);
	SAME(DMAB_CH_CQ_HEAD, ENGINE_CH_CQ_HEAD);
	SAME(DMAB_CH_IRQ_ACKED, ENGINE_CH_IRQ_ACKED);
	SAME(DMAB_CH_STATUS, ENGINE_CH_STATUS);
	SAME(DMAB_CH_IRQ_POSTED, ENGINE_CH_IRQ_POSTED);
}

static void register_values_match(void **state)
{
	(void)state;
	SAME(DMAB_ID_VALUE, ENGINE_ID_VALUE);
	SAME(DMAB_VERSION_MAJOR(ENGINE_VERSION_VALUE), 1);
	SAME(DMAB_CAPS_SG, ENGINE_CAPS_SG);
	SAME(DMAB_CAPS_ADDRBITS(0x00400201u), ENGINE_CAPS_ADDRBITS(0x00400201u));
	SAME(DMAB_CONTROL_ENABLE, ENGINE_CONTROL_ENABLE);
	SAME(DMAB_STATUS_READY, ENGINE_STATUS_READY);
	SAME(DMAB_STATUS_HALTED, ENGINE_STATUS_HALTED);
	SAME(DMAB_CH_STATUS_RUNNING, ENGINE_CH_STATUS_RUNNING);
	SAME(DMAB_CH_STATUS_HALTED, ENGINE_CH_STATUS_HALTED);
	SAME(DMAB_IRQ_ERROR, ENGINE_IRQ_ERROR);
	SAME(DMAB_IRQ_CHANNELS, (1u << ENGINE_CHANNELS) - 1);
}

static void descriptor_matches(void **state)
{
	(void)state;
	SAME(sizeof(DMAB_DESCRIPTOR), sizeof(struct engine_desc));
	SAME_FIELD(DMAB_DESCRIPTOR, Opcode, engine_desc, opcode);
	SAME_FIELD(DMAB_DESCRIPTOR, Flags, engine_desc, flags);
	SAME_FIELD(DMAB_DESCRIPTOR, Id, engine_desc, id);
	SAME_FIELD(DMAB_DESCRIPTOR, Length, engine_desc, length);
	SAME_FIELD(DMAB_DESCRIPTOR, DeviceAddress, engine_desc, device_address);
	SAME_FIELD(DMAB_DESCRIPTOR, InlineCount, engine_desc, inline_count);
	SAME_FIELD(DMAB_DESCRIPTOR, ChainCount, engine_desc, chain_count);
	SAME_FIELD(DMAB_DESCRIPTOR, ChainAddress, engine_desc, chain_addr);
	SAME_FIELD(DMAB_DESCRIPTOR, Element, engine_desc, element);
	SAME(DMAB_OP_NOP, ENGINE_OP_NOP);
	SAME(DMAB_OP_TO_DEVICE, ENGINE_OP_TO_DEVICE);
	SAME(DMAB_OP_FROM_DEVICE, ENGINE_OP_FROM_DEVICE);
	SAME(DMAB_DESC_CHAIN, ENGINE_DESC_CHAIN);
	SAME(DMAB_DESC_IRQ, ENGINE_DESC_IRQ);
}

static void element_matches(void **state)
{
	(void)state;
	SAME(sizeof(DMAB_ELEMENT), sizeof(struct engine_element));
	SAME_FIELD(DMAB_ELEMENT, Address, engine_element, address);
	SAME_FIELD(DMAB_ELEMENT, Length, engine_element, length);
	SAME_FIELD(DMAB_ELEMENT, Flags, engine_element, flags);
	SAME(DMAB_ELEMENT_LINK, ENGINE_ELEMENT_LINK);
}

static void completion_matches(void **state)
{
	(void)state;
	SAME(sizeof(DMAB_COMPLETION), sizeof(struct engine_completion));
	SAME_FIELD(DMAB_COMPLETION, Length, engine_completion, length);
	SAME_FIELD(DMAB_COMPLETION, Id, engine_completion, id);
	SAME_FIELD(DMAB_COMPLETION, Status, engine_completion, status);
	SAME_FIELD(DMAB_COMPLETION, SqHead, engine_completion, sq_head);
	SAME_FIELD(DMAB_COMPLETION, Phase, engine_completion, phase);
	SAME(DMAB_ERROR_NONE, ENGINE_ERROR_NONE);
	SAME(DMAB_ERROR_OPCODE, ENGINE_ERROR_OPCODE);
	SAME(DMAB_ERROR_LENGTH, ENGINE_ERROR_LENGTH);
	SAME(DMAB_ERROR_ELEMENT, ENGINE_ERROR_ELEMENT);
	SAME(DMAB_ERROR_ADDRESS, ENGINE_ERROR_ADDRESS);
	SAME(DMAB_ERROR_MEMORY, ENGINE_ERROR_MEMORY);
	SAME(DMAB_ERROR_RING, ENGINE_ERROR_RING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(global_registers_match),
		cmocka_unit_test(channel_registers_match),
		cmocka_unit_test(register_values_match),
		cmocka_unit_test(descriptor_matches),
		cmocka_unit_test(element_matches),
		cmocka_unit_test(completion_matches),
	};

	return cmocka_run_group_tests_name("engine_layout", tests, NULL, NULL);
}
