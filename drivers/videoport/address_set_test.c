// SPDX-License-Identifier: BSD-2-Clause
/* address_set_test.c: the set of live addresses, full, emptied and missing. */
#include "drivers/videoport/dma_testing.h"

static struct address_set set;
static char memory[ADDRESS_SET_ROOM + 1];

static int set_reset(void **state)
{
	(void)state;
	memset(&set, 0, sizeof(set));
	return 0;
}

static void what_was_added_is_live_until_removed(void **state)
{
	(void)state;
	assert_int_equal(address_set_has(&set, &memory[0]), ADDRESS_UNKNOWN);
	for (unsigned i = 0; i < 1000; i++)
		address_set_add(&set, &memory[i]);
	for (unsigned i = 0; i < 1000; i += 2)
		address_set_remove(&set, &memory[i]);
	address_set_remove(&set, &memory[5000]); /* never added */
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(
			address_set_has(&set, &memory[i]), i % 2 ? ADDRESS_LIVE : ADDRESS_UNKNOWN);
	for (unsigned i = 0; i < 1000; i += 2) /* into the places that were used before */
		address_set_add(&set, &memory[i]);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(address_set_has(&set, &memory[i]), ADDRESS_LIVE);
	assert_int_equal(address_set_has(&set, NULL), ADDRESS_UNKNOWN);
	assert_int_equal(address_set_has(&set, (void *)(uintptr_t)1), ADDRESS_UNKNOWN);
}

static void when_full_nothing_is_unknown_any_more(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ADDRESS_SET_ROOM; i++)
		address_set_add(&set, &memory[i]);
	assert_int_equal(address_set_has(&set, &memory[ADDRESS_SET_ROOM]), ADDRESS_UNKNOWN);
	address_set_add(&set, &memory[ADDRESS_SET_ROOM]);
	assert_int_equal(address_set_has(&set, &memory[ADDRESS_SET_ROOM]), ADDRESS_PERHAPS);
	assert_int_equal(address_set_has(&set, &memory[7]), ADDRESS_LIVE);
	assert_int_equal(address_set_has(NULL, &memory[7]), ADDRESS_PERHAPS);
}

/* An address whose place in the table is @place, other than one asked for before. Never read. */
static const void *address_at(size_t place, uintptr_t *from)
{
	do
		*from += 16;
	while (address_set_place(*from) != place);
	return (const void *)*from; /* NOLINT(performance-no-int-to-ptr) */
}

/* The only free place is the last one looked at, and the way to it leads over the table's end. */
static void the_last_place_is_found(void **state)
{
	uintptr_t from = 0;
	const size_t hole = ADDRESS_SET_ROOM / 2;
	const void *late, *stranger;

	(void)state;
	for (size_t place = 0; place < ADDRESS_SET_ROOM; place++)
		if (place != hole)
			address_set_add(&set, address_at(place, &from));
	late = address_at(hole + 1, &from);
	stranger = address_at(hole + 1, &from);
	address_set_add(&set, late);
	assert_int_equal(address_set_has(&set, late), ADDRESS_LIVE);
	assert_int_equal(address_set_has(&set, stranger), ADDRESS_UNKNOWN);
	address_set_remove(&set, late);
	assert_int_equal(address_set_has(&set, late), ADDRESS_UNKNOWN);
	address_set_add(&set, stranger); /* where the other was */
	assert_int_equal(address_set_has(&set, stranger), ADDRESS_LIVE);
	assert_int_equal(address_set_has(&set, late), ADDRESS_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_added_is_live_until_removed, set_reset),
		cmocka_unit_test_setup(the_last_place_is_found, set_reset),
		cmocka_unit_test_setup(when_full_nothing_is_unknown_any_more, set_reset),
	};

	return cmocka_run_group_tests_name("address set", tests, NULL, NULL);
}
