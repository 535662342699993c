// SPDX-License-Identifier: BSD-2-Clause
/* draw_test.c: the picture of a machine and its places, of recorded machines and of this one. */
#include "harness/topo/topo_testing.h"

#include <stdio.h>

struct picture {
	char text[8000];
	unsigned lines;
};

static void picture_take(void *arg, const char *line)
{
	struct picture *picture = arg;
	size_t used = strlen(picture->text);

	snprintf(picture->text + used, sizeof(picture->text) - used, "%s\n", line);
	picture->lines++;
}

static struct picture picture_of(const char *synthetic, const char *device, const char *memory)
{
	struct picture picture = {"", 0};
	struct topo *topo = open_distances(synthetic);
	struct topo_place place;

	assert_int_equal(place_wished(topo, "auto", device, memory, &place, NULL), 0);
	topo_draw(topo, &place, picture_take, &picture);
	topo_close(topo);
	return picture;
}

static void pictures_mark_and_fold(void **state)
{
	struct picture picture = picture_of(TWO_SOCKETS, "far", "far");

	(void)state;
	assert_string_equal(picture.text,
		"Machine\n"
		"├─ Package 0\n"
		"│  ├─ memory node 0\n"
		"│  └─ L3 16 MiB\n"
		"│     ├─ Core 0 + cpu 0, cpu 1 ··················· ◀ driver, interrupts on cpu 0\n"
		"│     └─ 3 Cores alike: cpus 2-7\n"
		"└─ Package 1\n"
		"   ├─ memory node 1 ······························ ◀ memory\n"
		"   └─ L3 16 MiB\n"
		"      ├─ Core 4 + cpu 8, cpu 9 ··················· ◀ device on cpu 8\n"
		"      └─ 3 Cores alike: cpus 10-15\n");
}

static void large_machines_fit_a_screen(void **state)
{
	struct picture picture = picture_of(
		"pack:2 group:4 [numa] l3:4 core:8 pu:2", "far", "auto");

	(void)state;
	assert_in_range(picture.lines, 5, 40);
	assert_non_null(strstr(picture.text, "driver, interrupts"));
	assert_non_null(strstr(picture.text, "device"));
	assert_non_null(strstr(picture.text, "memory"));
	assert_non_null(strstr(picture.text, " alike: cpus "));
}

static void this_machine_is_drawn(void **state)
{
	struct picture picture = {"", 0};
	struct topo *topo = NULL;
	struct topo_place place;

	(void)state;
	assert_int_equal(topo_open(&topo, NULL, NULL), 0);
	assert_int_equal(topo_place(topo, NULL, &place, NULL), 0);
	topo_draw(topo, &place, picture_take, &picture);
	assert_non_null(strstr(picture.text, "driver"));
	assert_non_null(strstr(picture.text, "device"));
	assert_non_null(strstr(picture.text, "memory node"));
	topo_close(topo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_mark_and_fold),
		cmocka_unit_test(large_machines_fit_a_screen),
		cmocka_unit_test(this_machine_is_drawn),
	};

	return cmocka_run_group_tests_name("pictures", tests, make_xml_path, remove_xml);
}
