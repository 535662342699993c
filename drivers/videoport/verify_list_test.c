// SPDX-License-Identifier: BSD-2-Clause
/* verify_list_test.c: the verifier's rules of transfers in flight and their lists, 411 to 417; broken, kept. */
#include "drivers/videoport/verify_testing.h"

/* ---- completing ------------------------------------------------------------------------------------- */

static void rule_411_broken_a_copy_of_the_list(void **state)
{
	struct fixture *f = *state;
	static VP_SCATTER_GATHER_LIST copy;

	assert_int_equal(start(f, 0, 100, TRUE), NO_ERROR);
	copy = *f->caught.list;
	assert_int_equal(complete(f, &copy, TRUE), ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_COMPLETE_UNKNOWN);
	assert_int_equal(complete(f, NULL, TRUE), ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_COMPLETE_UNKNOWN);
	/* An address that nobody may read is not read. */
	assert_int_equal(complete(f, (void *)(uintptr_t)0x1000, TRUE), ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_COMPLETE_UNKNOWN);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
}

static void rule_411_kept_the_received_pointer(void **state)
{
	whole_transfer(*state, 0, 20000, TRUE);
}

static void rule_412_broken_twice(void **state)
{
	struct fixture *f = *state;

	whole_transfer(f, 0, 100, TRUE);
	assert_int_equal(complete(f, f->caught.list, TRUE), ERROR_INVALID_PARAMETER);
	assert_non_null(strstr(bench_expect(f->bench, RULE_COMPLETE_TWICE)->origin, "object"));
}

static void rule_412_kept_the_list_is_used_again(void **state)
{
	struct fixture *f = *state;
	PVP_SCATTER_GATHER_LIST list;

	whole_transfer(f, 0, 100, TRUE);
	list = f->caught.list;
	whole_transfer(f, 0, 100, TRUE);
	assert_ptr_equal(f->caught.list, list);
}

static void rule_413_broken_other_direction(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, 0, 100, FALSE), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	bench_expect(f->bench, RULE_COMPLETE_DIRECTION);
}

static void rule_413_kept_any_true_is_true(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, 0, 100, TRUE), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, 2), NO_ERROR);
}

static void rule_414_broken_other_adapter(void **state)
{
	struct fixture *f = *state;
	PVP_DMA_ADAPTER other = bench_adapter(f->bench, 65536);

	assert_int_equal(start(f, 0, 100, TRUE), NO_ERROR);
	assert_int_equal(
		VideoPortCompleteDma(f->bench->extension, other, f->caught.list, TRUE), NO_ERROR);
	bench_expect(f->bench, RULE_COMPLETE_ADAPTER);
	assert_int_equal(f->bench->fake.mappings, 0);
	/* The transfer ended on its own adapter: nothing is outstanding on either. */
	VideoPortPutDmaAdapter(f->bench->extension, other);
}

static void rule_414_kept_each_on_its_own(void **state)
{
	struct fixture *f = *state;
	PVP_DMA_ADAPTER other = bench_adapter(f->bench, 65536);
	struct caught caught = {.length = &f->length};

	assert_int_equal(start(f, 0, 100, TRUE), NO_ERROR);
	assert_int_equal(VideoPortStartDma(f->bench->extension, other, f->mdl, 0, &f->length,
				 catch_list, &caught, TRUE),
		NO_ERROR);
	assert_int_equal(
		VideoPortCompleteDma(f->bench->extension, other, caught.list, TRUE), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	VideoPortPutDmaAdapter(f->bench->extension, other);
}

/* ---- the list's memory ------------------------------------------------------------------------------ */

/* Starts, has @change spoil the list, completes: rule 415 once, and the transfer ends. */
static void list_changed(struct fixture *f, void (*change)(PVP_SCATTER_GATHER_LIST list))
{
	assert_int_equal(start(f, 10, 65000, TRUE), NO_ERROR);
	change(f->caught.list);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	assert_non_null(strstr(bench_expect(f->bench, RULE_LIST_CHANGED)->origin, "object"));
	assert_int_equal(f->bench->fake.mappings, 0);
}

static void change_count(PVP_SCATTER_GATHER_LIST list)
{
	list->NumberOfElements--;
}

static void change_reserved(PVP_SCATTER_GATHER_LIST list)
{
	list->Reserved = 0;
}

static void change_address(PVP_SCATTER_GATHER_LIST list)
{
	list->Elements[1].Address.QuadPart++;
}

static void change_length(PVP_SCATTER_GATHER_LIST list)
{
	list->Elements[list->NumberOfElements - 1].Length--;
}

static void change_order(PVP_SCATTER_GATHER_LIST list)
{
	VP_SCATTER_GATHER_ELEMENT first = list->Elements[0];

	list->Elements[0] = list->Elements[1];
	list->Elements[1] = first;
}

static void rule_415_broken_any_part_of_the_list(void **state)
{
	struct fixture *f = *state;

	list_changed(f, change_count);
	list_changed(f, change_reserved);
	list_changed(f, change_address);
	list_changed(f, change_length);
	list_changed(f, change_order);
}

/* Of long lists both ends are looked at. */
static void rule_415_broken_the_end_of_a_long_list(void **state)
{
	struct fixture *f = *state;
	PVP_DMA_ADAPTER adapter = bench_adapter(f->bench, 1u << 20);
	PVOID mdl = VideoPortLockBuffer(
		f->bench->extension, f->bench->buffer, 1u << 20, VpReadAccess);

	f->length = 1u << 20;
	assert_int_equal(VideoPortStartDma(f->bench->extension, adapter, mdl, 0, &f->length,
				 catch_list, &f->caught, TRUE),
		NO_ERROR);
	assert_int_equal(f->caught.list->NumberOfElements, 256);
	change_length(f->caught.list);
	assert_int_equal(
		VideoPortCompleteDma(f->bench->extension, adapter, f->caught.list, TRUE), NO_ERROR);
	bench_expect(f->bench, RULE_LIST_CHANGED);
	VideoPortUnlockBuffer(f->bench->extension, mdl);
	VideoPortPutDmaAdapter(f->bench->extension, adapter);
}

static void rule_415_kept_the_list_is_read(void **state)
{
	struct fixture *f = *state;
	unsigned char memory[65000];

	assert_int_equal(start(f, 10, 65000, TRUE), NO_ERROR);
	assert_int_equal(fake_move(&f->bench->fake, f->caught.list, memory, DEVICE_READ), 65000);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
}

static void rule_416_broken_written_after_complete(void **state)
{
	struct fixture *f = *state;

	whole_transfer(f, 10, 65000, TRUE);
	f->caught.list->Elements[3].Length = 1;
	assert_int_equal(start(f, 10, 65000, TRUE), NO_ERROR); /* the list is used again */
	assert_non_null(strstr(bench_expect(f->bench, RULE_LIST_AFTER_COMPLETE)->origin, "object"));
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	f->caught.list->NumberOfElements = 1;
	whole_transfer(f, 0, 100, TRUE); /* another list: it has one page */
	assert_int_equal(start(f, 10, 65000, TRUE), NO_ERROR);
	bench_expect(f->bench, RULE_LIST_AFTER_COMPLETE);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
}

static void rule_416_broken_seen_when_the_adapter_is_put(void **state)
{
	struct fixture *f = *state;
	PVP_DMA_ADAPTER adapter = bench_adapter(f->bench, 65536);

	assert_int_equal(VideoPortStartDma(f->bench->extension, adapter, f->mdl, 0, &f->length,
				 catch_list, &f->caught, TRUE),
		NO_ERROR);
	assert_int_equal(
		VideoPortCompleteDma(f->bench->extension, adapter, f->caught.list, TRUE), NO_ERROR);
	f->caught.list->Elements[0].Reserved = 0;
	VideoPortPutDmaAdapter(f->bench->extension, adapter);
	bench_expect(f->bench, RULE_LIST_AFTER_COMPLETE);
}

/* What is left in a list that is over is no address any more. */
static void rule_416_kept_reading_finds_nothing_of_use(void **state)
{
	struct fixture *f = *state;

	whole_transfer(f, 10, 65000, TRUE);
	assert_int_equal(f->caught.list->NumberOfElements, 0);
	assert_int_equal(f->caught.list->Elements[0].Address.QuadPart, 0x0f0f0f0f0f0f0f0f);
	whole_transfer(f, 10, 65000, TRUE);
}

/* ---- the source's memory ----------------------------------------------------------------------------- */

static void rule_417_broken_written_in_flight(void **state)
{
	struct fixture *f = *state;
	const ULONG length[] = {1, 7, 64, 100, 20000};

	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(start(f, 4090, length[i], TRUE), NO_ERROR);
		f->bench->buffer[4090]++;
		assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
		assert_int_equal(
			bench_expect(f->bench, RULE_SOURCE_CHANGED)->severity, VIDEOPORT_WARNING);
		assert_int_equal(start(f, 4090, length[i], TRUE), NO_ERROR);
		f->bench->buffer[4090 + length[i] - 1]++;
		assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
		bench_expect(f->bench, RULE_SOURCE_CHANGED);
	}
}

static void rule_417_kept_written_around_and_after(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, 4090, 100, TRUE), NO_ERROR);
	f->bench->buffer[4089]++;
	f->bench->buffer[4190]++;
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	f->bench->buffer[4090]++;
	assert_int_equal(start(f, 4090, 100, FALSE), NO_ERROR);
	f->bench->buffer[4090]++; /* the device's own writing looks like this */
	assert_int_equal(complete(f, f->caught.list, FALSE), NO_ERROR);
}

/* ---- nothing but the truth ---------------------------------------------------------------------------- */

struct mover {
	struct fixture *f;
	unsigned id;
	unsigned done;
	pthread_t thread;
};

/* Neighbours share the pages at their borders; each moves its own bytes, both ways. */
static void *mover_main(void *argument)
{
	struct mover *mover = argument;
	struct bench *bench = mover->f->bench;
	unsigned char *va = bench->buffer + 100000 + mover->id * 9000;
	unsigned char memory[9000];

	for (unsigned i = 0; i < 300; i++) {
		/* What another thread's mapping keeps from being widened is tried again (D-4). */
		while (!bench_transfer(
			bench, mover->f->adapter, va, 1 + i * 29 % 9000, memory, i % 2 == 0))
			sched_yield();
		mover->done++;
	}
	return NULL;
}

static void correct_threads_break_no_rule_but_that_of_the_rest(void **state)
{
	struct fixture *f = *state;
	struct mover mover[4];
	uint64_t rests;

	for (unsigned i = 0; i < 4; i++) {
		mover[i] = (struct mover){.f = f, .id = i};
		assert_int_equal(pthread_create(&mover[i].thread, NULL, mover_main, &mover[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(mover[i].thread, NULL);
		assert_int_equal(mover[i].done, 300);
	}
	/* bench_transfer gives up a transfer whose next round fails: its rest is told of. */
	rests = videoport_rule_count(&f->bench->vp, RULE_UNLOCK_REST);
	assert_int_equal(bench_rules(f->bench), rests);
}

/* Without memory for what spans several transfers the rules see less; transfers go on. */
static void without_memory_for_the_checks_transfers_go_on(void **state)
{
	struct fixture *f = *state;
	static unsigned char memory[20000];
	bool fired = true;

	for (unsigned nth = 1; fired; nth++) {
		fault_arm(nth, false);
		struct bench *bench = bench_open((struct bench_options){.verify = true});
		fired = fault_fired() != NULL;
		fault_arm(0, false);
		if (!bench)
			continue;
		PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
		assert_int_equal(
			bench_transfer(bench, adapter, bench->buffer, 20000, memory, true), 1);
		bench_expect(bench, 0);
		assert_int_equal(VideoPortCompleteDma(bench->extension, adapter,
					 (PVP_SCATTER_GATHER_LIST)(void *)memory, TRUE),
			ERROR_INVALID_PARAMETER);
		bench_expect(bench, RULE_COMPLETE_UNKNOWN);
		bench_close(bench);
	}
	whole_transfer(f, 0, 100, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VERIFY_TEST(rule_411_broken_a_copy_of_the_list),
		VERIFY_TEST(rule_411_kept_the_received_pointer),
		VERIFY_TEST(rule_412_broken_twice),
		VERIFY_TEST(rule_412_kept_the_list_is_used_again),
		VERIFY_TEST(rule_413_broken_other_direction),
		VERIFY_TEST(rule_413_kept_any_true_is_true),
		VERIFY_TEST(rule_414_broken_other_adapter),
		VERIFY_TEST(rule_414_kept_each_on_its_own),
		VERIFY_TEST(rule_415_broken_any_part_of_the_list),
		VERIFY_TEST(rule_415_broken_the_end_of_a_long_list),
		VERIFY_TEST(rule_415_kept_the_list_is_read),
		VERIFY_TEST(rule_416_broken_written_after_complete),
		VERIFY_TEST(rule_416_broken_seen_when_the_adapter_is_put),
		VERIFY_TEST(rule_416_kept_reading_finds_nothing_of_use),
		VERIFY_TEST(rule_417_broken_written_in_flight),
		VERIFY_TEST(rule_417_kept_written_around_and_after),
		VERIFY_TEST(correct_threads_break_no_rule_but_that_of_the_rest),
		VERIFY_TEST(without_memory_for_the_checks_transfers_go_on),
	};

	return cmocka_run_group_tests_name("rules of transfers in flight", tests, NULL, NULL);
}
