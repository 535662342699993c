// SPDX-License-Identifier: BSD-2-Clause
/* mapping_test.c: pages are mapped once, unmapped when nobody needs them, never cut, never widened. */
#include "drivers/videoport/dma_testing.h"

#define IOVA(page) ((iova_t){UINT64_C(0x40000000) + ((uint64_t)(page) << PAGE_SHIFT)})

struct fixture {
	struct fake_device fake;
	struct mapping mapping;
	unsigned char *memory;
};

static int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	pthread_mutex_init(&f->fake.lock, NULL);
	f->fake.device.dma = &fake_dma;
	f->memory = aligned_alloc(PAGE_BYTES, 64 * PAGE_BYTES);
	assert_non_null(f->memory);
	assert_int_equal(mapping_init(&f->mapping, &f->fake.device), 0);
	*state = f;
	return 0;
}

static int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	mapping_fini(&f->mapping);
	assert_int_equal(f->fake.mappings, 0);
	assert_int_equal(f->fake.violations, 0);
	free(f->memory);
	free(f);
	return 0;
}

static uint32_t acquire(struct fixture *f, uint32_t page, uint32_t pages, enum device_access access)
{
	return mapping_acquire_locked(
		&f->mapping, IOVA(page), f->memory + page * PAGE_BYTES, pages, access);
}

static void release(struct fixture *f, uint32_t page, uint32_t pages, enum device_access access)
{
	mapping_release_locked(&f->mapping, IOVA(page), pages, access);
}

static void one_call_maps_a_run(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(acquire(f, 0, 16, DEVICE_READ), 16);
	assert_int_equal(f->fake.maps, 1);
	assert_int_equal(f->mapping.mapped_pages, 16);
	release(f, 0, 16, DEVICE_READ);
	assert_int_equal(f->fake.unmaps, 1);
	assert_int_equal(f->mapping.mapped_pages, 0);
}

static void shared_pages_are_mapped_once(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(acquire(f, 0, 16, DEVICE_READ), 16);
	assert_int_equal(acquire(f, 8, 16, DEVICE_READ), 16);
	assert_int_equal(f->fake.maps, 2);
	assert_int_equal(f->mapping.mapped_pages, 24);
	/* Pages 0..7 are idle now, but unmapping them would cut what 8..15 stand on. */
	release(f, 0, 16, DEVICE_READ);
	assert_int_equal(f->mapping.mapped_pages, 24);
	assert_int_equal(acquire(f, 2, 2, DEVICE_READ), 2);
	assert_int_equal(f->fake.maps, 2);
	release(f, 8, 16, DEVICE_READ);
	assert_int_equal(f->mapping.mapped_pages, 16);
	release(f, 2, 2, DEVICE_READ);
	assert_int_equal(f->mapping.mapped_pages, 0);
}

static void d_04_other_direction_is_refused_while_in_flight(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(acquire(f, 4, 4, DEVICE_READ), 4);
	assert_int_equal(acquire(f, 0, 8, DEVICE_WRITE), 4);
	assert_int_equal(acquire(f, 5, 1, DEVICE_WRITE), 0);
	release(f, 4, 4, DEVICE_READ);
	assert_int_equal(acquire(f, 4, 4, DEVICE_WRITE), 4);
	release(f, 4, 4, DEVICE_WRITE);
	release(f, 0, 4, DEVICE_WRITE);
	assert_int_equal(f->mapping.mapped_pages, 0);
}

static void runs_cross_leaves(void **state)
{
	struct fixture *f = *state;
	iova_t iova = {(UINT64_C(5) << 30) - 2 * PAGE_BYTES};

	assert_int_equal(mapping_acquire_locked(&f->mapping, iova, f->memory, 6, DEVICE_WRITE), 6);
	assert_int_equal(f->fake.maps, 2);
	/* Behind the border lies what follows in memory, and not what the run began with. */
	for (unsigned page = 0; page < 6; page++)
		assert_true(fake_access(
			&f->fake, iova.val + page * PAGE_BYTES, &page, 1, DEVICE_WRITE));
	for (unsigned page = 0; page < 6; page++)
		assert_int_equal(f->memory[page * PAGE_BYTES], page);
	mapping_release_locked(&f->mapping, iova, 6, DEVICE_WRITE);
	assert_int_equal(f->mapping.mapped_pages, 0);
}

static void fini_unmaps_what_is_left(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(acquire(f, 0, 3, DEVICE_READ), 3);
	assert_int_equal(acquire(f, 9, 3, DEVICE_WRITE), 3);
}

/* One claim more than a page's counter holds is refused: it must not become one of the other kind. */
static void a_page_has_room_for_so_many_claims(void **state)
{
	struct fixture *f = *state;
	const uint32_t most = 0x3FFF;

	for (unsigned i = 0; i < 2; i++) {
		enum device_access access = i ? DEVICE_WRITE : DEVICE_READ;

		for (uint32_t claims = 0; claims < most; claims++)
			assert_int_equal(acquire(f, 1, 1, access), 1);
		assert_int_equal(acquire(f, 1, 1, access), 0);
		assert_int_equal(acquire(f, 0, 3, access), 1); /* up to that page */
		release(f, 0, 1, access);
		release(f, 1, 1, access);
		assert_int_equal(acquire(f, 1, 1, access), 1);
		for (uint32_t claims = 0; claims < most; claims++) {
			assert_int_equal(f->mapping.mapped_pages, 1);
			release(f, 1, 1, access);
		}
		assert_int_equal(f->mapping.mapped_pages, 0);
	}
}

static void a_full_device_shortens(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(acquire(f, 4, 1, DEVICE_READ), 1);
	fault_arm(2, false); /* the run before page 4 is mapped, the one behind it is not */
	assert_int_equal(acquire(f, 0, 8, DEVICE_READ), 5);
	fault_arm(0, false);
	release(f, 0, 5, DEVICE_READ);
	fault_arm(1, false); /* a new leaf */
	assert_int_equal(mapping_acquire_locked(&f->mapping, (iova_t){UINT64_C(1) << 40}, f->memory,
				 1, DEVICE_READ),
		0);
	fault_arm(0, false);
	release(f, 4, 1, DEVICE_READ);
	assert_int_equal(f->mapping.mapped_pages, 0);
}

/* Random transfers of both directions against a plain model of who holds which page. */
static void random_transfers_match_the_model(void **state)
{
	struct fixture *f = *state;
	uint64_t seed = property_seed("random_transfers_match_the_model");
	struct {
		uint32_t page, pages;
		enum device_access access;
	} held[24] = {{0}};
	unsigned users[64] = {0};

	for (unsigned round = 0; round < 20000; round++) {
		unsigned i = (unsigned)property_next(&seed, 24);
		if (held[i].pages) {
			release(f, held[i].page, held[i].pages, held[i].access);
			for (uint32_t p = 0; p < held[i].pages; p++)
				users[held[i].page + p]--;
			held[i].pages = 0;
		} else {
			held[i].page = (uint32_t)property_next(&seed, 48);
			held[i].access = property_next(&seed, 4) ? DEVICE_READ : DEVICE_WRITE;
			held[i].pages = acquire(f, held[i].page,
				1 + (uint32_t)property_next(&seed, 16), held[i].access);
			for (uint32_t p = 0; p < held[i].pages; p++) {
				unsigned char byte;
				users[held[i].page + p]++;
				assert_true(fake_access(&f->fake, IOVA(held[i].page + p).val, &byte,
					1, held[i].access));
			}
		}
		if (round % 64 == 0)
			for (uint32_t p = 0; p < 64; p++) {
				unsigned char byte;
				unsigned refused = f->fake.refused;
				bool reachable =
					fake_access(&f->fake, IOVA(p).val, &byte, 1, DEVICE_READ) ||
					fake_access(&f->fake, IOVA(p).val, &byte, 1, DEVICE_WRITE);
				assert_true(reachable || !users[p]);
				f->fake.refused = refused;
			}
	}
	for (unsigned i = 0; i < 24; i++)
		if (held[i].pages)
			release(f, held[i].page, held[i].pages, held[i].access);
	assert_int_equal(f->mapping.mapped_pages, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_call_maps_a_run),
		TEST(shared_pages_are_mapped_once),
		TEST(d_04_other_direction_is_refused_while_in_flight),
		TEST(runs_cross_leaves),
		TEST(fini_unmaps_what_is_left),
		TEST(a_page_has_room_for_so_many_claims),
		TEST(a_full_device_shortens),
		TEST(random_transfers_match_the_model),
	};

	return cmocka_run_group_tests_name("logical page mappings", tests, NULL, NULL);
}
