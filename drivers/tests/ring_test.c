// SPDX-License-Identifier: BSD-2-Clause
/*
 * ring_test.c: what drivers/miniport/ring.c writes into doorbells, descriptors, chains and registers, function by function. What it
 * reads is ring_completion_test.c's.
 */
#include "drivers/tests/ring_testing.h"

/* ---- waiting for a register ----------------------------------------------------------------------- */

static BOOLEAN await(ULONG mask, ULONG value)
{
	fake.stalled_us = 0;
	return RegisterAwait(fake.registers, DMAB_STATUS, mask, value);
}

static void a_value_has_so_much_time_and_no_more(void **state)
{
	(void)state;
	forget();
	assert_false(await(DMAB_STATUS_READY, DMAB_STATUS_READY));
	assert_int_equal(fake.stalled_us, DMAB_TIMEOUT_US);
	fake.value = DMAB_STATUS_READY;
	fake.value_at_us = DMAB_TIMEOUT_US; /* at the last look */
	assert_true(await(DMAB_STATUS_READY, DMAB_STATUS_READY));
	assert_true(await(DMAB_STATUS_READY, DMAB_STATUS_READY));
	assert_int_equal(fake.stalled_us, 0);
}

/* All ones are what a count may reach, and what is read where nobody answers: then there is nothing to wait for. */
static void all_ones_may_be_a_count(void **state)
{
	(void)state;
	forget();
	*reg(DMAB_STATUS) = REGISTER_GONE;
	assert_false(await(DMAB_STATUS_READY, DMAB_STATUS_READY));
	assert_int_equal(fake.stalled_us, 0);
	assert_true(await(REGISTER_GONE, REGISTER_GONE));
	assert_false(await(REGISTER_GONE, 1)); /* still another count: it may come */
	assert_int_equal(fake.stalled_us, DMAB_TIMEOUT_US);
	*reg(DMAB_ID) = REGISTER_GONE;
	assert_false(await(REGISTER_GONE, REGISTER_GONE));
	assert_int_equal(fake.stalled_us, 0);
}

/* ---- doorbells --------------------------------------------------------------------------------- */

static void the_doorbell_tells_of_what_is_new(void **state)
{
	(void)state;
	ring_open(0);
	post();
	expect_doorbell(1, 1);
	RingHold(&fake.ring);
	RingHold(&fake.ring);
	post();
	post();
	RingRelease(&fake.ring);
	expect_doorbell(1, 1);
	RingRelease(&fake.ring);
	expect_doorbell(2, 3);
	RingHold(&fake.ring);
	RingRelease(&fake.ring);
	expect_doorbell(2, 3);
	/* So much waits for no batch's end. */
	RingHold(&fake.ring);
	post_bytes(RING_KICK_BYTES - 1);
	expect_doorbell(2, 3);
	post_bytes(1);
	expect_doorbell(3, 5);
	post_bytes(1);
	expect_doorbell(3, 5);
	RingRelease(&fake.ring);
	expect_doorbell(4, 6);
	ring_close();
}

static void a_ring_at_rest_rings_no_doorbell(void **state)
{
	RING_DONE done[ENTRIES];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		ring_open(0);
		post();
		if (i)
			assert_true(RingStop(&fake.ring));
		else
			RingQuiesce(&fake.ring);
		assert_int_equal(*reg(DMAB_CH_ENABLE), i ? 0 : 1);
		post();
		expect_doorbell(1, 1);
		*reg(DMAB_CH_SQ_TAIL) = 0;
		assert_int_equal(RingRepeat(&fake.ring), 0);
		assert_false(RingStart(&fake.ring));
		assert_int_equal(RingAbandon(&fake.ring, done, ENTRIES), 2);
		complete(0);
		expect_nothing();
		expect_doorbell(1, 0);
		restart();
		post();
		expect_doorbell(1, 1);
		ring_close();
	}
}

static void post_while_starting(void)
{
	post();
	expect_doorbell(1, 0);
}

/* The engine counts from the doorbell that it finds when it is enabled; what is posted meanwhile is announced behind that. */
static void what_is_posted_while_it_starts_is_announced(void **state)
{
	(void)state;
	forget();
	assert_int_equal(ring_create(0, RING_BLOCK_MOST), NO_ERROR);
	*reg(DMAB_CH_SQ_TAIL) = 7;
	fake.starting = post_while_starting;
	assert_true(RingStart(&fake.ring));
	expect_doorbell(2, 1);
	complete(0);
	expect_done(0);
	ring_close();
}

static void what_got_lost_is_rung_again(void **state)
{
	(void)state;
	ring_open(0);
	post();
	post();
	complete(0);
	expect_done(0);
	assert_int_equal(RingRepeat(&fake.ring), 0);
	*reg(DMAB_CH_SQ_TAIL) = 0;
	assert_int_equal(RingRepeat(&fake.ring), 1);
	assert_int_equal(*reg(DMAB_CH_SQ_TAIL), 2);
	*reg(DMAB_CH_SQ_TAIL) = *reg(DMAB_CH_CQ_HEAD) = 0;
	assert_int_equal(RingRepeat(&fake.ring), 2);
	assert_int_equal(*reg(DMAB_CH_CQ_HEAD), 1);
	*reg(DMAB_CH_SQ_TAIL) = 0;
	RingQuiesce(&fake.ring);
	assert_int_equal(RingRepeat(&fake.ring), 0);
	assert_int_equal(*reg(DMAB_CH_SQ_TAIL), 0);
	ring_close();
}

static void stalled_is_what_lay_there_before(void **state)
{
	(void)state;
	ring_open(0);
	post();
	post();
	assert_false(RingStalled(&fake.ring));
	complete(0);
	assert_false(RingStalled(&fake.ring));
	assert_true(RingStalled(&fake.ring));
	/* Another one lies there now. */
	expect_done(0);
	complete(1);
	assert_false(RingStalled(&fake.ring));
	assert_true(RingStalled(&fake.ring));
	expect_done(1);
	assert_false(RingStalled(&fake.ring));
	ring_close();
}

/* ---- descriptors -------------------------------------------------------------------------------- */

#define LIST_MOST 600u

static VP_SCATTER_GATHER_ELEMENT list[LIST_MOST];

static void list_fill(void)
{
	for (unsigned i = 0; i < LIST_MOST; i++)
		list[i] = (VP_SCATTER_GATHER_ELEMENT){
			.Address.QuadPart = 0x7000000000 + i * (LONGLONG)8192, .Length = 1 + i % 7};
}

static void expect_element(const DMAB_ELEMENT *found, unsigned n)
{
	assert_true(found->Address == (ULONGLONG)list[n].Address.QuadPart);
	assert_int_equal(found->Length, list[n].Length);
	assert_int_equal(found->Flags, 0);
}

/* Where a block lies, as the engine finds it. */
static const DMAB_ELEMENT *block_at(ULONGLONG logical)
{
	const size_t first = ENTRIES * 64 + 128;
	const size_t at = (size_t)(logical - COMMON_LOGICAL);

	assert_true(logical >= COMMON_LOGICAL + first && at < fake.ring.MemoryBytes);
	assert_int_equal((at - first) % (fake.ring.BlockElements * sizeof(DMAB_ELEMENT)), 0);
	return (const DMAB_ELEMENT *)(const void *)(fake.common + at);
}

/* Walks descriptor @at_count as the engine does (datasheet 5): it holds the first @elements of the list. */
static const DMAB_DESCRIPTOR *expect_elements(unsigned at_count, ULONG elements)
{
	const DMAB_DESCRIPTOR *d = &fake.ring.Submission[at_count % ENTRIES];
	ULONG n = 0, bytes = 0, count = d->Flags & DMAB_DESC_CHAIN ? d->ChainCount : 0, links;
	ULONGLONG at = d->ChainAddress;

	for (; n < d->InlineCount; n++)
		expect_element(&d->Element[n], n);
	while (count) {
		const DMAB_ELEMENT *block = block_at(at), *last = &block[count - 1];
		links = last->Flags == DMAB_ELEMENT_LINK;

		assert_in_range(count, 1, fake.ring.BlockElements);
		for (ULONG i = 0; i < count - links; i++)
			expect_element(&block[i], n++);
		at = last->Address;
		count = links ? last->Length : 0;
	}
	assert_int_equal(n, elements);
	while (n)
		bytes += list[--n].Length;
	assert_int_equal(d->Length, bytes);
	return d;
}

/* The descriptor posted last. */
static void expect_list(ULONG elements)
{
	const DMAB_DESCRIPTOR *d = expect_elements(fake.count - 1, elements);

	assert_int_equal(fake.work[(fake.count - 1) % ENTRIES].Length, d->Length);
	assert_int_equal(d->Id, fake.count - 1);
	assert_int_equal(d->Opcode, DMAB_OP_TO_DEVICE);
	assert_true(d->Flags & DMAB_DESC_IRQ);
	assert_true(d->DeviceAddress == 4096u * (fake.count - 1));
}

static void list_done(void)
{
	const unsigned n = fake.count - 1;

	complete_as(n, fake.work[n % ENTRIES].Length, DMAB_ERROR_NONE);
	assert_int_equal(take().Status, NO_ERROR);
}

/* 2 inline, 128 in a block that nothing follows, 127 in one that has a link. */
static void lists_of_every_length_are_whole(void **state)
{
	static const ULONG lengths[] = {
		1, 2, 3, 129, 130, 131, 256, 257, 258, 384, 385, 386, 511, 600};

	(void)state;
	list_fill();
	ring_open(5);
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < COUNT(lengths); i++) {
			assert_int_equal(post_list(list, lengths[i]), lengths[i]);
			expect_list(lengths[i]);
			list_done();
		}
	ring_close();
}

/* Where the blocks are short, and there are some, or one short of what the longest takes. */
static void lists_in_short_blocks_are_whole(void **state)
{
	static const ULONG elements[] = {2, 3, 5, 17};

	(void)state;
	list_fill();
	for (unsigned i = 0; i < COUNT(elements); i++)
		for (ULONG blocks = 1; blocks <= BLOCKS_MOST; blocks++) {
			const ULONG most = 2 + blocks * (elements[i] - 1) + 1;

			ring_open_shaped(blocks, elements[i]);
			for (ULONG length = 1; length <= most + 2; length++) {
				const ULONG posted = length < most ? length : most;

				assert_int_equal(post_list(list, length), posted);
				expect_list(posted);
				list_done();
			}
			ring_close();
		}
}

/* 255 elements behind the inline ones are two blocks of 128, one of them with a link. */
static void lists_take_no_more_blocks_than_they_need(void **state)
{
	(void)state;
	list_fill();
	ring_open(4);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(post_list(list, 257), 257);
		expect_list(257);
	}
	ring_close();
}

static void start_anew(void)
{
	RingQuiesce(&fake.ring);
	assert_true(RingStart(&fake.ring));
}

/* A list is written outside the lock; the ring may be started anew meanwhile, when nothing is in flight yet. */
static void a_list_being_written_keeps_its_blocks(void **state)
{
	(void)state;
	list_fill();
	ring_open(3);
	fake.released = start_anew;
	assert_int_equal(post_list(list, 130), 130);
	assert_null(fake.released);
	assert_int_equal(post_list(list + 1, 257), 257);
	expect_elements(0, 130);
	ring_close();
}

/* With too few blocks as much is posted as goes into them; all of them are there again for the next. */
static void a_list_is_cut_to_the_blocks_that_are_left(void **state)
{
	static const ULONG most[] = {2, 130, 257, 384, 511};

	(void)state;
	list_fill();
	for (unsigned blocks = 0; blocks < COUNT(most); blocks++) {
		ring_open(blocks);
		for (unsigned round = 0; round < 2 * ENTRIES; round++) {
			assert_int_equal(post_list(list, LIST_MOST), most[blocks]);
			expect_list(most[blocks]);
			/* Another one finds none. */
			assert_int_equal(post_list(list, 4), 2);
			expect_list(2);
			complete_as(
				fake.count - 2, fake.work[(fake.count - 2) % ENTRIES].Length, 0);
			assert_int_equal(take().Status, NO_ERROR);
			list_done();
		}
		ring_close();
	}
}

/* ---- life ---------------------------------------------------------------------------------------- */

static void the_registers_tell_where_the_rings_are(void **state)
{
	(void)state;
	ring_open(0);
	assert_int_equal(*reg(DMAB_CH_SQ_LO), (ULONG)COMMON_LOGICAL);
	assert_int_equal(*reg(DMAB_CH_SQ_HI), COMMON_LOGICAL >> 32);
	assert_int_equal(*reg(DMAB_CH_CQ_LO), (ULONG)(COMMON_LOGICAL + ENTRIES * 64));
	assert_int_equal(*reg(DMAB_CH_CQ_HI), COMMON_LOGICAL >> 32);
	assert_int_equal(*reg(DMAB_CH_ENTRIES), ENTRIES);
	assert_int_equal(*reg(DMAB_CH_ENABLE), 1);
	assert_true(RingStop(&fake.ring));
	ring_close();
}

static void a_dead_device_is_told(void **state)
{
	(void)state;
	ring_open(0);
	fake.dead = true;
	assert_false(RingStop(&fake.ring));
	*reg(DMAB_CH_STATUS) = 0;
	assert_false(RingStart(&fake.ring));
	ring_close();
}

static void a_ring_that_cannot_be_had_leaves_nothing(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		forget();
		fake.no_pool = i == 0;
		fake.no_common = i == 1;
		fake.no_lock = i == 2;
		assert_int_equal(ring_create(4, RING_BLOCK_MOST), ERROR_NOT_ENOUGH_MEMORY);
		assert_int_equal(fake.pools + fake.commons + fake.locks, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_has_so_much_time_and_no_more),
		cmocka_unit_test(all_ones_may_be_a_count),
		cmocka_unit_test(the_doorbell_tells_of_what_is_new),
		cmocka_unit_test(a_ring_at_rest_rings_no_doorbell),
		cmocka_unit_test(what_is_posted_while_it_starts_is_announced),
		cmocka_unit_test(what_got_lost_is_rung_again),
		cmocka_unit_test(stalled_is_what_lay_there_before),
		cmocka_unit_test(lists_of_every_length_are_whole),
		cmocka_unit_test(lists_in_short_blocks_are_whole),
		cmocka_unit_test(lists_take_no_more_blocks_than_they_need),
		cmocka_unit_test(a_list_being_written_keeps_its_blocks),
		cmocka_unit_test(a_list_is_cut_to_the_blocks_that_are_left),
		cmocka_unit_test(the_registers_tell_where_the_rings_are),
		cmocka_unit_test(a_dead_device_is_told),
		cmocka_unit_test(a_ring_that_cannot_be_had_leaves_nothing),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
