// SPDX-License-Identifier: BSD-2-Clause
/*
 * space_test.c: patterns laid by hand with the fragmentation worked out on paper, and random ones against a
 * bit map that is looked at frame by frame.
 */
#include "drivers/videoport/testing.h"

#include "drivers/videoport/range.h"
#include "drivers/videoport/space.h"

#include <math.h>

static void expect(const struct space *space, uint64_t free_pages, uint64_t largest_pages,
	double fragmentation)
{
	struct space_state state;

	space_read(space, &state);
	assert_int_equal(state.free_pages, free_pages);
	assert_int_equal(state.largest_pages, largest_pages);
	assert_true(fabs(state.fragmentation - fragmentation) < 1e-12);
}

static void hold(struct space *space, struct space_node *node, uint64_t pfn, uint64_t pages)
{
	node->pfn = pfn;
	node->pages = pages;
	space_insert(space, node);
}

/*
 *	frames   100 101 102 103 104 105 106 107
 *	held      A   A   B   C   C   C   D   E
 */
static void five_in_a_row(struct space *space, struct space_node node[5])
{
	static const uint64_t pfn[5] = {100, 102, 103, 106, 107}, pages[5] = {2, 1, 3, 1, 1};
	static const unsigned order[5] = {3, 0, 4, 2, 1};

	*space = (struct space){.arena = {{.root = NULL}}};
	for (unsigned i = 0; i < 5; i++)
		hold(space, &node[order[i]], pfn[order[i]], pages[order[i]]);
}

static void holes_are_those_of_the_pattern(void **state)
{
	struct space_node node[5];
	struct space space;

	(void)state;
	five_in_a_row(&space, node);
	expect(&space, 0, 0, 0);
	space_remove(&space, &node[1]); /* A A . C C C D E */
	expect(&space, 1, 1, 0);
	space_remove(&space, &node[3]); /* A A . C C C . E */
	expect(&space, 2, 1, 0.5);
	space_remove(&space, &node[0]); /* . . . C C C . E: the front joins B's hole */
	expect(&space, 4, 3, 0.25);
	space_remove(&space, &node[4]); /* . . . C C C . . */
	expect(&space, 5, 3, 0.4);
	space_remove(&space, &node[2]); /* nothing held: one hole */
	expect(&space, 8, 8, 0);
	hold(&space, &node[0], 103, 1); /* . . . X . . . . */
	expect(&space, 7, 4, 1 - 4.0 / 7);
	hold(&space, &node[1], 110, 2); /* the arena grows: 100 .. 112 */
	expect(&space, 9, 6, 1 - 6.0 / 9);
}

/* Every other page of sixteen: eight holes of one page. */
static void a_comb_is_as_broken_as_can_be(void **state)
{
	struct space_node node[16];
	struct space space = {.arena = {{.root = NULL}}};

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		hold(&space, &node[i], 1000 + i, 1);
	for (unsigned i = 0; i < 16; i += 2)
		space_remove(&space, &node[i]);
	expect(&space, 8, 1, 1 - 1.0 / 8);
	for (unsigned i = 1; i < 16; i += 2)
		space_remove(&space, &node[i]);
	expect(&space, 16, 16, 0);
}

static void a_reset_forgets_what_is_free_outside(void **state)
{
	struct space_node node[5];
	struct space space;

	(void)state;
	five_in_a_row(&space, node);
	space_remove(&space, &node[0]);
	space_remove(&space, &node[2]);
	space_remove(&space, &node[4]); /* . . B . . . D . */
	expect(&space, 6, 3, 0.5);
	space_reset(&space); /* B . . . D */
	expect(&space, 3, 3, 0);
	space_remove(&space, &node[1]);
	space_remove(&space, &node[3]);
	expect(&space, 5, 5, 0);
	space_reset(&space);
	expect(&space, 0, 0, 0);
}

/* Two supplies: one hole in each is no fragmentation. */
static void the_frames_above_4_gib_are_an_arena_of_their_own(void **state)
{
	struct space space = {.arena = {{.root = NULL}}};
	struct space_node node[6];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		hold(&space, &node[i], 500 + i, 1);
		hold(&space, &node[3 + i], RANGE_BLOCK_PAGES + 2 * i, 2);
	}
	expect(&space, 0, 0, 0);
	space_remove(&space, &node[1]);
	space_remove(&space, &node[4]);
	expect(&space, 3, 2, 0);
}

/* ---- property: any order of takes and gives, against a map of frames --------------------------------- */

#define MAP_PAGES 400
#define NODES     40

struct map {
	bool held[MAP_PAGES];
	unsigned first, end; /* of the arena */
};

static void map_state(const struct map *map, struct space_state *state)
{
	uint64_t run = 0;

	*state = (struct space_state){.free_pages = 0};
	for (unsigned i = map->first; i < map->end; i++) {
		run = map->held[i] ? 0 : run + 1;
		state->free_pages += !map->held[i];
		state->largest_pages = run > state->largest_pages ? run : state->largest_pages;
	}
	if (state->free_pages)
		state->fragmentation = 1 - (double)state->largest_pages / (double)state->free_pages;
}

static bool map_take(struct map *map, unsigned pfn, unsigned pages)
{
	for (unsigned i = pfn; i < pfn + pages; i++)
		if (i >= MAP_PAGES || map->held[i])
			return false;
	for (unsigned i = pfn; i < pfn + pages; i++)
		map->held[i] = true;
	if (map->first == map->end)
		map->first = map->end = pfn;
	map->first = pfn < map->first ? pfn : map->first;
	map->end = pfn + pages > map->end ? pfn + pages : map->end;
	return true;
}

static void map_reset(struct map *map)
{
	unsigned first = 0, end = 0;

	for (unsigned i = 0; i < MAP_PAGES; i++) {
		if (!map->held[i])
			continue;
		if (!end)
			first = i;
		end = i + 1;
	}
	map->first = first;
	map->end = end;
}

static void churn(uint64_t seed)
{
	struct space space = {.arena = {{.root = NULL}}};
	struct space_node node[NODES];
	bool live[NODES] = {false};
	struct map map = {.first = 0};
	uint64_t random = seed;

	for (unsigned step = 0; step < 2000; step++) {
		unsigned i = (unsigned)(range_random(&random) % NODES);
		unsigned pfn = (unsigned)(range_random(&random) % MAP_PAGES);
		unsigned pages = 1 + (unsigned)(range_random(&random) % 12);
		struct space_state state;

		if (live[i]) {
			space_remove(&space, &node[i]);
			memset(&map.held[node[i].pfn], 0, node[i].pages);
			live[i] = false;
		} else if (map_take(&map, pfn, pages)) {
			hold(&space, &node[i], pfn, pages);
			live[i] = true;
		}
		if (range_random(&random) % 200 == 0) {
			space_reset(&space);
			map_reset(&map);
		}
		map_state(&map, &state);
		expect(&space, state.free_pages, state.largest_pages, state.fragmentation);
	}
}

static void any_order_agrees_with_a_map_of_frames(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		print_message("seed %llu\n", (unsigned long long)seed);
		churn(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holes_are_those_of_the_pattern),
		cmocka_unit_test(a_comb_is_as_broken_as_can_be),
		cmocka_unit_test(a_reset_forgets_what_is_free_outside),
		cmocka_unit_test(the_frames_above_4_gib_are_an_arena_of_their_own),
		cmocka_unit_test(any_order_agrees_with_a_map_of_frames),
	};

	return cmocka_run_group_tests_name("space", tests, NULL, NULL);
}
