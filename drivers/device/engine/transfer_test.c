// SPDX-License-Identifier: BSD-2-Clause
/* transfer_test.c: inline and chained elements, every descriptor error, refused accesses. */
#include "drivers/device/engine/rig_testing.h"
#include "drivers/support/held_testing.h"

static const struct engine_config plain = {.address_bits = 64, .scatter_gather = true};

/* Splits @length bytes into @elements pieces, in linked chain blocks of @per_block. */
static struct engine_desc chain_build(struct rig *rig, uint32_t length, uint32_t elements,
	uint32_t per_block, uint8_t inline_count)
{
	struct engine_desc desc = {.id = 77, .length = length, .inline_count = inline_count};
	uint32_t chained = elements - inline_count, done = 0, offset = 0, slot = 0;
	struct engine_element *block = (struct engine_element *)rig_va(rig, RIG_CHAIN);

	for (uint32_t i = 0; i < elements; i++) {
		uint32_t part = i + 1 == elements ? length - offset : length / elements;
		struct engine_element element = {.address = RIG_DATA + offset, .length = part};

		offset += part;
		if (i < inline_count) {
			desc.element[i] = element;
			continue;
		}
		if (slot % per_block == per_block - 1 && chained - done > 1) {
			uint32_t left = chained - done;
			/* The next block follows the link; it holds links for what is too long. */
			block[slot] = (struct engine_element){
				.address = RIG_CHAIN + (slot + 1) * sizeof(*block),
				.length = left < per_block ? left : per_block,
				.flags = ENGINE_ELEMENT_LINK};
			slot++;
		}
		block[slot++] = element;
		done++;
	}
	desc.flags = chained ? ENGINE_DESC_CHAIN : 0;
	desc.chain_addr = RIG_CHAIN;
	desc.chain_count = chained < per_block ? chained : per_block;
	return desc;
}

static void data_arrives_through_chains(void **state)
{
	(void)state;
	static const uint32_t shape[][4] = {/* length, elements, per block, inline */
		{1, 1, 4, 1}, {2, 2, 4, 2}, {3, 3, 4, 2}, {100, 3, 4, 0}, {5000, 9, 4, 1},
		{65536, 100, 7, 2}, {200001, 333, 64, 0}, {300000, 2, 2, 2}, {262144, 900, 900, 0}};
	struct rig rig;

	rig_open(&rig, &plain);
	rig_start(&rig);
	for (uint32_t s = 0; s < sizeof(shape) / sizeof(shape[0]); s++) {
		uint32_t length = shape[s][0];
		struct engine_desc desc = chain_build(
			&rig, length, shape[s][1], shape[s][2], (uint8_t)shape[s][3]);

		for (uint32_t i = 0; i < length; i++)
			*rig_va(&rig, RIG_DATA + i) = rig_byte(s, i);
		desc.opcode = ENGINE_OP_TO_DEVICE;
		desc.device_address = 4097 + s;
		struct engine_completion done = rig_exec(&rig, &desc);

		assert_int_equal(done.status, ENGINE_ERROR_NONE);
		assert_int_equal(done.length, length);
		for (uint32_t i = 0; i < length; i++) {
			assert_int_equal(rig.memory[4097 + s + i], rig_byte(s, i));
			*rig_va(&rig, RIG_DATA + i) = 0;
		}
		assert_int_equal(*rig_va(&rig, RIG_DATA + length), 0);
		desc.opcode = ENGINE_OP_FROM_DEVICE;
		done = rig_exec(&rig, &desc);
		assert_int_equal(done.status, ENGINE_ERROR_NONE);
		for (uint32_t i = 0; i < length; i++) {
			assert_int_equal(*rig_va(&rig, RIG_DATA + i), rig_byte(s, i));
			*rig_va(&rig, RIG_DATA + i) = 0;
		}
		assert_int_equal(*rig_va(&rig, RIG_DATA + length), 0);
	}
	assert_int_equal(rig.refusals, 0);
	rig_close(&rig);
}

static void chain_put(struct rig *rig, unsigned slot, struct engine_element element)
{
	memcpy(rig_va(rig, RIG_CHAIN + slot * sizeof(element)), &element, sizeof(element));
}

/* A good transfer of 64 bytes in two chained elements; tests break it. */
static struct engine_desc good(struct rig *rig)
{
	struct engine_desc desc = rig_transfer(ENGINE_OP_TO_DEVICE, RIG_DATA, 64, 0);

	desc.element[0].length = 16;
	desc.flags = ENGINE_DESC_CHAIN;
	desc.chain_addr = RIG_CHAIN;
	desc.chain_count = 2;
	chain_put(rig, 0, (struct engine_element){RIG_DATA + 16, 16, 0});
	chain_put(rig, 1, (struct engine_element){RIG_DATA + 32, 32, 0});
	return desc;
}

static void expect(struct rig *rig, const struct engine_desc *desc, enum engine_error status)
{
	struct engine_completion done = rig_exec(rig, desc);

	if (done.status != status)
		fail_msg("status %u, expected %u", done.status, status);
	assert_int_equal(done.length, status ? 0 : desc->length);
	for (unsigned i = 0; status && i < 64; i++)
		assert_int_equal(rig->memory[i], 0);
}

static void head_errors(struct rig *rig)
{
	struct engine_desc desc = good(rig);

	desc.opcode = 3;
	expect(rig, &desc, ENGINE_ERROR_OPCODE);
	desc = good(rig);
	desc.flags |= 0x80;
	expect(rig, &desc, ENGINE_ERROR_OPCODE);
	for (unsigned i = 0; i < 3; i++) {
		desc = good(rig);
		desc.reserved0[i] = 1;
		expect(rig, &desc, ENGINE_ERROR_OPCODE);
	}
	desc = good(rig);
	desc.length = 0;
	expect(rig, &desc, ENGINE_ERROR_LENGTH);
	desc.length = ENGINE_LENGTH_MAX_BYTES + 1;
	expect(rig, &desc, ENGINE_ERROR_LENGTH);
	desc = good(rig);
	desc.length = 63;
	expect(rig, &desc, ENGINE_ERROR_LENGTH);
	desc.length = 65;
	expect(rig, &desc, ENGINE_ERROR_LENGTH);
	desc = (struct engine_desc){.length = 1};
	expect(rig, &desc, ENGINE_ERROR_LENGTH);
	desc = (struct engine_desc){.inline_count = 1};
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	desc = (struct engine_desc){.flags = ENGINE_DESC_CHAIN};
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	desc = good(rig);
	desc.device_address = RIG_MEMORY - 63;
	expect(rig, &desc, ENGINE_ERROR_MEMORY);
	desc.device_address = UINT64_MAX - 10;
	expect(rig, &desc, ENGINE_ERROR_MEMORY);
}

static void list_errors(struct rig *rig)
{
	struct engine_desc desc = good(rig);

	desc.inline_count = 3;
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	desc = good(rig);
	desc.inline_count = 0;
	desc.flags = 0;
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	desc = good(rig);
	desc.element[0].length = 0;
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	desc = good(rig);
	desc.element[0].flags = ENGINE_ELEMENT_LINK;
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	desc = good(rig);
	desc.chain_count = 0;
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	desc.chain_count = ENGINE_ELEMENTS_MAX + 2;
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	desc = good(rig);
	desc.chain_addr += 8;
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	desc = good(rig);
	chain_put(rig, 0, (struct engine_element){RIG_CHAIN, 1, ENGINE_ELEMENT_LINK});
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	desc = good(rig);
	chain_put(rig, 1, (struct engine_element){RIG_DATA, 32, 2});
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	chain_put(rig, 1, (struct engine_element){RIG_DATA, 0, 0});
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	chain_put(rig, 1, (struct engine_element){RIG_CHAIN, 0, ENGINE_ELEMENT_LINK});
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	/* A circle of links ends at the limit of blocks or of elements. */
	chain_put(rig, 1, (struct engine_element){RIG_CHAIN, 2, ENGINE_ELEMENT_LINK});
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
	desc.chain_count = 1;
	desc.chain_addr = RIG_CHAIN + 16;
	chain_put(rig, 1, (struct engine_element){RIG_CHAIN + 16, 1, ENGINE_ELEMENT_LINK});
	expect(rig, &desc, ENGINE_ERROR_ELEMENT);
}

static void every_descriptor_error_is_found(void **state)
{
	(void)state;
	struct rig rig;

	rig_open(&rig, &plain);
	rig_start(&rig);
	head_errors(&rig);
	list_errors(&rig);
	/* None of them stops the channel. */
	struct engine_desc desc = good(&rig);

	expect(&rig, &desc, ENGINE_ERROR_NONE);
	assert_int_equal(rig_read(&rig, ENGINE_REG_STATUS), ENGINE_STATUS_READY);
	/* The first error is kept, all are counted. */
	assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_CODE), ENGINE_ERROR_OPCODE);
	assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_POSTED), rig.head[0] - 1);
	assert_int_equal(rig.refusals, 0);
	rig_close(&rig);
}

static void without_scatter_gather_one_element(void **state)
{
	(void)state;
	struct engine_config config = {.address_bits = 64};
	struct rig rig;

	rig_open(&rig, &config);
	rig_start(&rig);
	assert_int_equal(rig_read(&rig, ENGINE_REG_CAPS) & ENGINE_CAPS_SG, 0);
	struct engine_desc desc = good(&rig);

	expect(&rig, &desc, ENGINE_ERROR_ELEMENT);
	desc = rig_transfer(ENGINE_OP_TO_DEVICE, RIG_DATA, 64, 0);
	desc.inline_count = 2;
	desc.element[0].length = 32;
	desc.element[1] = (struct engine_element){RIG_DATA, 32, 0};
	expect(&rig, &desc, ENGINE_ERROR_ELEMENT);
	desc = rig_transfer(ENGINE_OP_TO_DEVICE, RIG_DATA, 64, 0);
	expect(&rig, &desc, ENGINE_ERROR_NONE);
	rig_close(&rig);
}

static void refused_access_moves_nothing_of_the_page(void **state)
{
	(void)state;
	const uint64_t at = RIG_DATA + PAGE_BYTES - 100;
	struct engine_desc desc = rig_transfer(ENGINE_OP_FROM_DEVICE, at, 300, 0);
	struct engine_completion done;
	struct rig rig;

	rig_open(&rig, &plain);
	rig_start(&rig);
	memset(rig.memory, 0xAA, 1000);
	rig.access[33] = DEVICE_READ; /* the page behind: mapped, but the wrong way */
	done = rig_exec(&rig, &desc);
	assert_int_equal(done.status, ENGINE_ERROR_ADDRESS);
	assert_int_equal(done.length, 100);
	assert_int_equal(*rig_va(&rig, at + 99), 0xAA);
	assert_int_equal(*rig_va(&rig, at + 100), 0);
	assert_int_equal(rig.refusals, 1);
	assert_int_equal(rig.refusal.iova.val, at + 100);
	assert_int_equal(rig.refusal.len_bytes, 200);
	assert_int_equal(rig.refusal.access, DEVICE_WRITE);
	assert_int_equal(rig.refusal.descriptor_id, desc.id);
	assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_CODE), ENGINE_ERROR_ADDRESS);
	assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_LO), at + 100);

	rig.access[32] = 0;
	done = rig_exec(&rig, &desc);
	assert_int_equal(done.status, ENGINE_ERROR_ADDRESS);
	assert_int_equal(done.length, 0);
	rig.access[33] = DEVICE_WRITE;
	desc = rig_transfer(ENGINE_OP_TO_DEVICE, RIG_DATA + PAGE_BYTES, 8, 0);
	assert_int_equal(rig_exec(&rig, &desc).status, ENGINE_ERROR_ADDRESS);
	assert_int_equal(rig.memory[0], 0xAA);

	/* A chain that cannot be read. */
	desc = good(&rig);
	rig.access[8] = DEVICE_WRITE;
	done = rig_exec(&rig, &desc);
	assert_int_equal(done.status, ENGINE_ERROR_ADDRESS);
	assert_int_equal(rig.refusal.iova.val, RIG_CHAIN);
	rig_close(&rig);
}

static void addresses_end_at_the_width(void **state)
{
	(void)state;
	static const unsigned bits[] = {24, 32, 64};
	struct rig rig;

	for (unsigned i = 0; i < 3; i++) {
		struct engine_config config = {.address_bits = bits[i]};
		uint64_t end = bits[i] == 64 ? UINT64_MAX : (UINT64_C(1) << bits[i]) - 1;

		rig_open(&rig, &config);
		if (bits[i] == 24) { /* the rig's rings lie beyond */
			struct engine_desc nop = {0};

			rig_start(&rig);
			rig_post(&rig, 0, &nop);
			assert_int_equal(engine_step(rig.engine, 1), 0);
			assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_CODE), ENGINE_ERROR_RING);
			rig_close(&rig);
			continue;
		}
		rig_start(&rig);
		struct engine_desc desc = rig_transfer(ENGINE_OP_TO_DEVICE, end - 3, 64, 0);

		assert_int_equal(rig_exec(&rig, &desc).status, ENGINE_ERROR_ADDRESS);
		desc.element[0].address = end + 1 + RIG_DATA;
		assert_int_equal(rig_exec(&rig, &desc).status,
			bits[i] == 64 ? ENGINE_ERROR_NONE : ENGINE_ERROR_ADDRESS);
		rig_close(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_arrives_through_chains),
		cmocka_unit_test(every_descriptor_error_is_found),
		cmocka_unit_test(without_scatter_gather_one_element),
		cmocka_unit_test(refused_access_moves_nothing_of_the_page),
		cmocka_unit_test(addresses_end_at_the_width),
	};

	return cmocka_run_group_tests_name("engine transfers", tests, NULL, NULL);
}
