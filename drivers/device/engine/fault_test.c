// SPDX-License-Identifier: BSD-2-Clause
/* fault_test.c: each injected fault does exactly what datasheet section 14 says. */
#include "drivers/device/engine/rig_testing.h"
#include "drivers/support/held_testing.h"

#define LENGTH 5000u
#define DEVICE 8192u

static const struct engine_config faulty = {
	.address_bits = 64, .scatter_gather = true, .fault_rate = 1.0, .seed = 42};

/* A rig every transfer of which is hit by @kind, until @limit have been (0: no limit). */
static void faulty_open(struct rig *rig, enum device_fault kind, uint32_t limit)
{
	struct engine_config config = faulty;

	config.fault = kind;
	config.fault_limit = limit;
	rig_open(rig, &config);
}

/* What lies at the destination after one transfer of @length with fault @kind on. */
struct outcome {
	struct rig rig;
	bool to_device;
	uint64_t device_address;
	struct engine_completion done;
};

static void outcome_open(struct outcome *out, enum device_fault kind, bool to_device,
	uint64_t device_address, uint32_t length)
{
	struct engine_desc desc = rig_transfer(
		to_device ? ENGINE_OP_TO_DEVICE : ENGINE_OP_FROM_DEVICE, RIG_DATA + 7, length,
		device_address);

	faulty_open(&out->rig, kind, 0);
	out->to_device = to_device;
	out->device_address = device_address;
	/* Device memory and host memory hold patterns of their own everywhere. */
	for (size_t i = 0; i < RIG_MEMORY; i++)
		out->rig.memory[i] = rig_byte(1, i);
	for (size_t i = 0; i < 4 * PAGE_BYTES; i++)
		*rig_va(&out->rig, RIG_DATA + i) = rig_byte(2, i);
	rig_start(&out->rig);
	out->done = rig_exec(&out->rig, &desc);
	assert_int_equal(out->done.status, ENGINE_ERROR_NONE);
	assert_int_equal(out->done.length, length);
}

/* Byte @i of the destination, counted from where it should begin; may be negative. */
static uint8_t dst(const struct outcome *out, int64_t i)
{
	return out->to_device ? out->rig.memory[(int64_t)out->device_address + i]
	                      : *rig_va(&out->rig, RIG_DATA + 7 + (uint64_t)i);
}

/* What the destination held before, and what byte @i of the source is. */
static uint8_t old(const struct outcome *out, int64_t i)
{
	return out->to_device ? rig_byte(1, (size_t)((int64_t)out->device_address + i))
	                      : rig_byte(2, (size_t)(7 + i));
}

static uint8_t src(const struct outcome *out, int64_t i)
{
	return out->to_device ? rig_byte(2, (size_t)(7 + i))
	                      : rig_byte(1, (size_t)((int64_t)out->device_address + i));
}

static void drop_moves_nothing(void **state)
{
	(void)state;
	struct outcome out;

	for (int to = 0; to < 2; to++) {
		outcome_open(&out, DEVICE_FAULT_DROP, to, DEVICE, LENGTH);
		for (int64_t i = -7; i < LENGTH + 7; i++)
			assert_int_equal(dst(&out, i), old(&out, i));
		rig_close(&out.rig);
	}
}

static void truncate_moves_the_first_half(void **state)
{
	(void)state;
	static const uint32_t lengths[] = {LENGTH, 1, 4099};
	struct outcome out;

	for (int n = 0; n < 6; n++) {
		uint32_t length = lengths[n / 2];

		outcome_open(&out, DEVICE_FAULT_TRUNCATE, n % 2, DEVICE, length);
		for (int64_t i = 0; i < length + 7; i++)
			assert_int_equal(
				dst(&out, i), i < length / 2 ? src(&out, i) : old(&out, i));
		rig_close(&out.rig);
	}
}

static void flip_inverts_one_bit(void **state)
{
	(void)state;
	struct outcome out;

	for (int to = 0; to < 2; to++) {
		unsigned bits = 0;

		outcome_open(&out, DEVICE_FAULT_FLIP, to, DEVICE, LENGTH);
		for (int64_t i = 0; i < LENGTH; i++)
			bits += (unsigned)__builtin_popcount(dst(&out, i) ^ src(&out, i));
		assert_int_equal(bits, 1);
		assert_int_equal(dst(&out, -1), old(&out, -1));
		assert_int_equal(dst(&out, LENGTH), old(&out, LENGTH));
		rig_close(&out.rig);
	}
}

/* Whether @left bytes from @first on are what was there, and all others what they should be. */
static bool torn_from(const struct outcome *out, int64_t first, uint32_t left, uint32_t length)
{
	for (int64_t i = -7; i < length + 7; i++) {
		const bool kept = i < 0 || i >= length || (i >= first && i < first + left);

		if (dst(out, i) != (kept ? old(out, i) : src(out, i)))
			return false;
	}
	return true;
}

static void torn_keeps_64_bytes(void **state)
{
	(void)state;
	static const uint32_t lengths[] = {LENGTH, 65, 64, 5};
	struct outcome out;

	for (unsigned n = 0; n < 8; n++) {
		const uint32_t length = lengths[n / 2], left = length < 64 ? length : 64;
		int64_t first = 0;

		outcome_open(&out, DEVICE_FAULT_TORN, n % 2, DEVICE, length);
		while (first <= length - left && !torn_from(&out, first, left, length))
			first++;
		assert_in_range(first, 0, length - left);
		rig_close(&out.rig);
	}
}

static void misplace_shifts_by_64(void **state)
{
	(void)state;
	static const int64_t where[][2] = {/* device address, shift */
		{DEVICE, 64}, {RIG_MEMORY - LENGTH - 63, -64}, {RIG_MEMORY - LENGTH, -64}};
	struct outcome out;

	for (unsigned n = 0; n < 6; n++) {
		int64_t shift = where[n / 2][1];

		outcome_open(&out, DEVICE_FAULT_MISPLACE, n % 2, (uint64_t)where[n / 2][0], LENGTH);
		for (int64_t i = 0; i < LENGTH; i++)
			assert_int_equal(out.to_device ? dst(&out, i + shift) : dst(&out, i),
				src(&out, out.to_device ? i : i + shift));
		if (out.to_device) /* the edge that was left out */
			assert_int_equal(dst(&out, shift > 0 ? 0 : LENGTH - 1),
				old(&out, shift > 0 ? 0 : LENGTH - 1));
		rig_close(&out.rig);
	}
	/* No room on either side: dropped. */
	struct engine_desc desc = rig_transfer(ENGINE_OP_TO_DEVICE, RIG_DATA, RIG_MEMORY - 100, 50);

	faulty_open(&out.rig, DEVICE_FAULT_MISPLACE, 0);
	rig_start(&out.rig);
	memset(out.rig.arena + 64 * PAGE_BYTES, 0xEE, PAGE_BYTES);
	assert_int_equal(rig_exec(&out.rig, &desc).length, RIG_MEMORY - 100);
	for (unsigned i = 0; i < RIG_MEMORY; i++)
		assert_int_equal(out.rig.memory[i], 0);
	rig_close(&out.rig);
}

static void duplicate_completes_twice(void **state)
{
	(void)state;
	struct engine_desc desc = rig_transfer(ENGINE_OP_TO_DEVICE, RIG_DATA, 64, 0);
	struct engine_desc nop = {.id = 9};
	struct engine_completion a, b;
	struct rig rig;

	faulty_open(&rig, DEVICE_FAULT_DUPLICATE, 0);
	rig_start(&rig);
	desc.flags = ENGINE_DESC_IRQ;
	rig_post(&rig, 0, &desc);
	rig_post(&rig, 0, &nop);
	assert_int_equal(engine_step(rig.engine, 10), 2);
	assert_true(rig_reap(&rig, 0, &a));
	assert_true(rig_reap(&rig, 0, &b));
	assert_int_equal(a.id, desc.id);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(rig_read(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_POSTED), 2);
	assert_true(rig_reap(&rig, 0, &a)); /* a NOP is not hit */
	assert_int_equal(a.id, 9);
	assert_false(rig_reap(&rig, 0, &a));

	/* With one entry free it waits for the second. */
	rig_post(&rig, 0, &desc);
	rig_post(&rig, 0, &desc);
	rig_post(&rig, 0, &desc);
	rig_post(&rig, 0, &nop);
	assert_int_equal(engine_step(rig.engine, 10), 4);
	rig_post(&rig, 0, &desc);
	assert_int_equal(engine_step(rig.engine, 10), 0);
	assert_true(rig_reap(&rig, 0, &a));
	assert_int_equal(engine_step(rig.engine, 10), 1);
	assert_int_equal(rig_read(&rig, ENGINE_REG_ERROR_POSTED), 0);
	rig_close(&rig);
}

/* ---- completions ------------------------------------------------------------------------------ */

/* Three transfers with ids 10, 11, 12, the first of which is hit by @kind. */
static void three_open(struct rig *rig, enum device_fault kind)
{
	struct engine_desc desc = rig_transfer(ENGINE_OP_TO_DEVICE, RIG_DATA, 64, 0);

	faulty_open(rig, kind, 1);
	rig_start(rig);
	memset(rig_va(rig, RIG_DATA), 0x5A, 64);
	desc.flags = ENGINE_DESC_IRQ;
	for (unsigned i = 0; i < 3; i++) {
		desc.id = (uint16_t)(10 + i);
		desc.device_address = UINT64_C(64) * i;
		rig_post(rig, 0, &desc);
	}
	assert_int_equal(engine_step(rig->engine, 10), 3);
	/* Whatever is said of them: all bytes are moved. */
	for (unsigned i = 0; i < 3 * 64; i++)
		assert_int_equal(rig->memory[i], 0x5A);
}

static void expect_ids(struct rig *rig, const uint16_t *id, unsigned count)
{
	struct engine_completion done;

	assert_int_equal(rig_read(rig, ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_POSTED), count);
	for (unsigned i = 0; i < count; i++) {
		assert_true(rig_reap(rig, 0, &done));
		assert_int_equal(done.id, id[i]);
		assert_int_equal(done.status, ENGINE_ERROR_NONE);
		assert_int_equal(done.length, 64);
	}
	assert_false(rig_reap(rig, 0, &done));
}

static void completions_go_wrong_as_told(void **state)
{
	static const struct {
		enum device_fault kind;
		uint16_t id[4];
		unsigned count;
	} expected[] = {
		{DEVICE_FAULT_NONE, {10, 11, 12}, 3},
		{DEVICE_FAULT_UNPOSTED, {11, 12}, 2},
		{DEVICE_FAULT_REORDERED, {11, 10, 12}, 3},
		{DEVICE_FAULT_INVENTED, {10 ^ 0x8000, 10, 11, 12}, 4},
	};
	struct rig rig;

	(void)state;
	for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		three_open(&rig, expected[i].kind);
		expect_ids(&rig, expected[i].id, expected[i].count);
		rig_close(&rig);
	}
}

static void one_field_of_a_completion_is_wrong(void **state)
{
	struct engine_completion done;
	struct rig rig;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		three_open(&rig, i ? DEVICE_FAULT_WRONG_LENGTH : DEVICE_FAULT_WRONG_ID);
		assert_true(rig_reap(&rig, 0, &done));
		assert_int_equal(__builtin_popcount(done.id ^ 10u), i ? 0 : 1);
		assert_int_equal(__builtin_popcount(done.length ^ 64u), i ? 1 : 0);
		assert_int_equal(done.status, ENGINE_ERROR_NONE);
		for (uint16_t id = 11; id < 13; id++) {
			assert_true(rig_reap(&rig, 0, &done));
			assert_int_equal(done.id, id);
			assert_int_equal(done.length, 64);
		}
		rig_close(&rig);
	}
}

static void a_stale_completion_hides_those_behind_it(void **state)
{
	struct engine_completion done, entry[3];
	struct rig rig;

	(void)state;
	three_open(&rig, DEVICE_FAULT_STALE);
	assert_false(rig_reap(&rig, 0, &done));
	memcpy(entry, rig_va(&rig, RIG_CQ), sizeof(entry));
	assert_int_equal(entry[0].id, 10);
	assert_int_equal(entry[0].phase, 0);
	assert_int_equal(entry[1].phase, 1);
	assert_int_equal(entry[2].phase, 1);
	rig_close(&rig);
}

/* In place of the first completion there is noise, and in up to three entries more; those behind it are as ever. */
static void a_hostile_completion_is_noise(void **state)
{
	struct engine_completion entry[RIG_ENTRIES];
	const struct engine_completion empty = {0};
	unsigned noise = 0;
	struct rig rig;

	(void)state;
	three_open(&rig, DEVICE_FAULT_HOSTILE);
	memcpy(entry, rig_va(&rig, RIG_CQ), sizeof(entry));
	assert_memory_not_equal(&entry[0], &empty, sizeof(empty));
	assert_int_not_equal(entry[0].length, 64);
	for (unsigned i = 1; i < 3; i++) {
		assert_int_equal(entry[i].id, 10 + i);
		assert_int_equal(entry[i].length, 64);
		assert_int_equal(entry[i].phase, 1);
	}
	for (unsigned i = 3; i < RIG_ENTRIES; i++)
		noise += memcmp(&entry[i], &empty, sizeof(empty)) != 0;
	assert_in_range(noise, 1, 3);
	assert_int_equal(rig_read(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_POSTED), 2);
	rig_close(&rig);
}

/* Not even a stop is seen, until the reset; the limit is for good. */
static void a_hang_lasts_until_a_reset(void **state)
{
	struct engine_desc desc = rig_transfer(ENGINE_OP_TO_DEVICE, RIG_DATA, 64, 0);
	struct engine_completion done;
	struct rig rig;

	(void)state;
	faulty_open(&rig, DEVICE_FAULT_HANG, 1);
	rig_start(&rig);
	memset(rig_va(&rig, RIG_DATA), 0x5A, 64);
	rig_post(&rig, 0, &desc);
	rig_post(&rig, 0, &desc);
	(void)engine_step(rig.engine, 10);
	assert_false(rig_reap(&rig, 0, &done));
	assert_int_equal(rig.memory[0], 0);
	rig_write(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_ENABLE, 0);
	assert_int_equal(engine_step(rig.engine, 10), 0);
	assert_int_equal(
		rig_read(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_STATUS), ENGINE_CH_STATUS_RUNNING);
	rig_write(&rig, ENGINE_REG_RESET, 1);
	engine_poll(rig.engine);
	assert_int_equal(rig_read(&rig, ENGINE_REG_RESET_DONE), 1);
	rig_start(&rig);
	assert_int_equal(rig_exec(&rig, &desc).id, desc.id);
	rig_close(&rig);
}

/* Nothing that is posted to it moves, and nothing that is written to it is seen, though no other fault would come. */
static void a_hung_device_is_not_enabled_again(void **state)
{
	struct engine_desc desc = rig_transfer(ENGINE_OP_TO_DEVICE, RIG_DATA, 64, 0);
	struct engine_completion done;
	struct rig rig;

	(void)state;
	faulty_open(&rig, DEVICE_FAULT_HANG, 1);
	rig_start(&rig);
	memset(rig_va(&rig, RIG_DATA), 0x5A, 64);
	rig_post(&rig, 0, &desc);
	(void)engine_step(rig.engine, 10);
	for (unsigned i = 0; i < 4; i++) {
		rig_post(&rig, 0, &desc);
		(void)engine_step(rig.engine, 10);
		rig_write(&rig, ENGINE_REG_CONTROL, i % 2 ? ENGINE_CONTROL_ENABLE : 0);
		(void)engine_step(rig.engine, 10);
		assert_int_equal(rig_read(&rig, ENGINE_REG_STATUS), ENGINE_STATUS_READY);
		assert_int_equal(rig.memory[0], 0);
		assert_false(rig_reap(&rig, 0, &done));
	}
	rig_close(&rig);
}

/* Between any two of the engine's functions; then every register reads all ones, whatever is written. */
static void a_removed_device_is_gone_for_good(void **state)
{
	struct engine_desc desc = rig_transfer(ENGINE_OP_FROM_DEVICE, RIG_DATA, 64, 0);
	struct engine_config config = faulty;
	struct engine_completion done;

	(void)state;
	config.fault_rate = 0;
	for (unsigned stage = 0; stage < 3; stage++) {
		struct engine_work work;
		struct rig rig;

		rig_open(&rig, &config);
		rig_start(&rig);
		memset(rig_va(&rig, RIG_DATA), 0x5A, 64);
		memset(rig.memory, 0x11, 64);
		rig_post(&rig, 0, &desc);
		rig_post(&rig, 0, &desc);
		engine_poll(rig.engine);
		assert_true(engine_fetch(rig.engine, 0, &work));
		if (stage > 0)
			engine_move(rig.engine, &work);
		if (stage > 1)
			engine_retire(rig.engine, &work);
		assert_false(engine_gone(rig.engine));
		engine_remove(rig.engine);
		assert_true(engine_gone(rig.engine));
		engine_retire(rig.engine, &work);
		engine_interrupt(rig.engine);
		assert_int_equal(rig.interrupts, 0);
		assert_int_equal(rig_reap(&rig, 0, &done), stage > 1);
		assert_int_equal(*rig_va(&rig, RIG_DATA), stage > 0 ? 0x11 : 0x5A);
		rig_write(&rig, ENGINE_REG_RESET, 1);
		rig_write(&rig, ENGINE_CHANNEL(0) + ENGINE_CH_SQ_TAIL, 3);
		assert_int_equal(engine_step(rig.engine, 10), 0);
		engine_reset(rig.engine);
		assert_int_equal(engine_step(rig.engine, 10), 0);
		assert_false(rig_reap(&rig, 0, &done));
		for (uint32_t reg = 0; reg < ENGINE_BAR0_BYTES; reg += 4)
			assert_int_equal(rig_read(&rig, reg), UINT32_MAX);
		assert_int_equal(engine_port_read(rig.engine, ENGINE_PORT_INDEX, 4), UINT32_MAX);
		assert_int_equal(engine_port_read(rig.engine, ENGINE_PORT_DATA, 4), UINT32_MAX);
		rig_close(&rig);
	}
}

/* Alone it keeps its place: there is nothing it could come behind. */
static void order_is_what_two_have(void **state)
{
	struct engine_desc desc = rig_transfer(ENGINE_OP_TO_DEVICE, RIG_DATA, 64, 0);
	struct rig rig;

	(void)state;
	faulty_open(&rig, DEVICE_FAULT_REORDERED, 0);
	rig_start(&rig);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(rig_exec(&rig, &desc).id, desc.id);
	rig_close(&rig);
}

/* Whatever stops, the channel or the engine: afterwards nothing is touched any more, so it comes before. */
static void a_stop_hands_out_what_is_held_back(void **state)
{
	static const struct {
		uint32_t stop, status;
	} stops[] = {{ENGINE_CHANNEL(0) + ENGINE_CH_ENABLE, ENGINE_CHANNEL(0) + ENGINE_CH_STATUS},
		{ENGINE_REG_CONTROL, ENGINE_REG_STATUS}};
	struct engine_desc desc = rig_transfer(ENGINE_OP_TO_DEVICE, RIG_DATA, 64, 0);
	struct engine_completion done;
	struct rig rig;

	(void)state;
	for (unsigned i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		faulty_open(&rig, DEVICE_FAULT_REORDERED, 0);
		rig_start(&rig);
		rig_post(&rig, 0, &desc);
		rig_post(&rig, 0, &desc);
		assert_int_equal(engine_step(rig.engine, 1), 1);
		assert_false(rig_reap(&rig, 0, &done));
		rig_write(&rig, stops[i].stop, 0);
		engine_poll(rig.engine);
		assert_int_equal(rig_read(&rig, stops[i].status), 0);
		assert_true(rig_reap(&rig, 0, &done));
		assert_int_equal(done.id, desc.id);
		for (unsigned pin = 0; pin < ENGINE_PIN_COUNT; pin++)
			assert_false(rig.pinned[pin]);
		rig_close(&rig);
	}
}

/* Hits of 1000 transfers under @rate: which ones, as a checksum, and how many. */
static unsigned hits(double rate, uint64_t seed, bool reset, uint64_t *which)
{
	struct engine_config config = faulty;
	struct engine_work work;
	struct rig rig;
	unsigned count = 0;

	config.fault = DEVICE_FAULT_DROP;
	config.fault_rate = rate;
	config.seed = seed;
	rig_open(&rig, &config);
	rig_start(&rig);
	*which = 0;
	for (unsigned i = 0; i < 1000; i++) {
		struct engine_desc desc = rig_transfer(ENGINE_OP_TO_DEVICE, RIG_DATA, 8, 0);
		struct engine_completion done;

		if (reset && i == 100) {
			engine_reset(rig.engine);
			memset(rig_va(&rig, RIG_CQ), 0, PAGE_BYTES);
			rig_start(&rig);
		}
		rig_post(&rig, 0, &desc);
		assert_true(engine_fetch(rig.engine, 0, &work));
		*which = *which * 31 + (work.fault != DEVICE_FAULT_NONE);
		count += work.fault != DEVICE_FAULT_NONE;
		engine_retire(rig.engine, &work);
		assert_true(rig_reap(&rig, 0, &done));
	}
	rig_close(&rig);
	return count;
}

static void rate_and_seed_decide_which(void **state)
{
	(void)state;
	uint64_t a, b, c;

	assert_int_equal(hits(0.0, 1, false, &a), 0);
	assert_int_equal(hits(1.0, 1, false, &a), 1000);
	unsigned some = hits(0.1, 1, false, &a);

	assert_in_range(some, 60, 140);
	assert_int_equal(hits(0.1, 1, false, &b), some);
	assert_int_equal(a, b);
	/* A reset does not start it anew: many short trials are hit like one long one. */
	assert_int_equal(hits(0.1, 1, true, &b), some);
	assert_int_equal(a, b);
	hits(0.1, 2, false, &c);
	assert_int_not_equal(a, c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drop_moves_nothing),
		cmocka_unit_test(truncate_moves_the_first_half),
		cmocka_unit_test(flip_inverts_one_bit),
		cmocka_unit_test(torn_keeps_64_bytes),
		cmocka_unit_test(misplace_shifts_by_64),
		cmocka_unit_test(duplicate_completes_twice),
		cmocka_unit_test(completions_go_wrong_as_told),
		cmocka_unit_test(one_field_of_a_completion_is_wrong),
		cmocka_unit_test(a_stale_completion_hides_those_behind_it),
		cmocka_unit_test(a_hostile_completion_is_noise),
		cmocka_unit_test(order_is_what_two_have),
		cmocka_unit_test(a_stop_hands_out_what_is_held_back),
		cmocka_unit_test(a_hang_lasts_until_a_reset),
		cmocka_unit_test(a_hung_device_is_not_enabled_again),
		cmocka_unit_test(a_removed_device_is_gone_for_good),
		cmocka_unit_test(rate_and_seed_decide_which),
	};

	return cmocka_run_group_tests_name("engine fault injection", tests, NULL, NULL);
}
