// SPDX-License-Identifier: BSD-2-Clause
/* choose_test.c: the placement rule and wishes for places, on recorded machines. */
#include "harness/topo/topo_testing.h"

#include <errno.h>
#include <stdio.h>

struct rule {
	const char *synthetic, *only;
	int driver_cpu, device_cpu, node;
	bool shared;
	const char *relation;
};

static const struct rule rules[] = {
	{"core:1 pu:1", NULL, 0, 0, 0, true, "Core"},
	{"core:1 pu:2", NULL, 0, 1, 0, true, "Core"},
	{"core:2 pu:1", NULL, 0, 1, 0, false, "Machine"},
	{"core:2 pu:2", NULL, 0, 2, 0, false, "Machine"},
	{"pack:1 core:4 pu:1", NULL, 0, 1, 0, false, "Package"},
	{"pack:1 l3:1 core:2 pu:1", NULL, 0, 1, 0, false, "L3"},
	{"pack:2 [numa] l3:1 core:4 pu:2", NULL, 0, 2, 0, false, "L3"},
	{"pack:2 l3:2 l2:2 core:2 pu:2", NULL, 0, 2, 0, false, "L2"},
	{"pack:2 [numa] l3:2 l2:2 core:1 pu:1", NULL, 0, 1, 0, false, "L3"},
	{"pack:2 core:1 pu:1", NULL, 0, 1, 0, false, "Machine"},
	{"pack:2 [numa] core:1 pu:2", NULL, 0, 2, 0, false, "Machine"},
	/* hardware threads of one core are no choice while another core is free, however far */
	{"pack:2 [numa] l3:1 core:4 pu:2", "0-1,14", 0, 14, 0, false, "Machine"},
	{"pack:2 [numa] l3:1 core:4 pu:2", "0-1", 0, 1, 0, true, "Core"},
	{"pack:2 [numa] l3:1 core:4 pu:2", "5", 5, 5, 0, true, "Core"},
	/* the far socket has two cores of one cache, the near one only one core: memory follows the driver */
	{"pack:2 [numa] l3:1 core:4 pu:2", "1,9,11", 9, 11, 1, false, "L3"},
	{"pack:2 l3:2 l2:2 core:2 pu:1", "0,2,5,12,13", 12, 13, 0, false, "L2"},
	{"pack:2 l3:2 l2:2 core:2 pu:1", "1,2,13", 1, 2, 0, false, "L3"},
	{"group:2 [numa] core:2 pu:1", NULL, 0, 1, 0, false, "NUMANode"},
};

static void places_follow_the_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *rule = &rules[i];
		struct topo *topo = open_recorded(rule->synthetic, rule->only);
		struct topo_place place;
		char text[200];

		assert_int_equal(topo_place(topo, NULL, &place, NULL), 0);
		assert_int_equal(place.driver_cpu, rule->driver_cpu);
		assert_int_equal(place.device_cpu, rule->device_cpu);
		assert_int_equal(place.interrupt_cpu, rule->driver_cpu);
		assert_int_equal(place.node, rule->node);
		assert_int_equal(place.shared, rule->shared);
		assert_string_equal(place.relation, rule->relation);
		snprintf(text, sizeof(text), "driver cpu %d, device cpu %d (%s%s), memory node %d",
			rule->driver_cpu, rule->device_cpu, rule->shared ? "same core" : "share ",
			rule->shared ? "" : rule->relation, rule->node);
		assert_string_equal(place.text, text);
		topo_close(topo);
	}
}

/* ---- wishes ---------------------------------------------------------------------------------------------------- */

struct granted {
	const char *synthetic, *driver, *device, *memory;
	int driver_cpu, device_cpu, node;
	const char *cores, *cache, *package, *driver_device, *driver_memory;
};

static const struct granted granted[] = {
	{TWO_SOCKETS, "auto", "auto", "auto", 0, 2, 0, "two cores", "L3", "same", "10", "10"},
	{TWO_SOCKETS, "auto", "near", "near", 0, 2, 0, "two cores", "L3", "same", "10", "10"},
	{TWO_SOCKETS, "auto", "far", "auto", 0, 8, 0, "two cores", "none", "other", "21", "10"},
	{TWO_SOCKETS, "far", "auto", "far", 0, 8, 1, "two cores", "none", "other", "21", "21"},
	{TWO_SOCKETS, "auto", "auto", "far", 0, 2, 1, "two cores", "L3", "same", "10", "21"},
	{TWO_SOCKETS, "node:1", "near", "auto", 8, 10, 1, "two cores", "L3", "same", "10", "10"},
	{TWO_SOCKETS, "node:1", "far", "node:0", 8, 0, 0, "two cores", "none", "other", "21", "21"},
	{TWO_SOCKETS, "cpu:5", "auto", "cpu:9", 5, 0, 1, "two cores", "L3", "same", "10", "21"},
	{TWO_SOCKETS, "near", "cpu:13", "auto", 8, 13, 1, "two cores", "L3", "same", "10", "10"},
	{TWO_SOCKETS, "cpu:4", "cpu:5", "auto", 4, 5, 0, "hardware threads of one core", "L3",
		"same", "10", "10"},
	{TWO_SOCKETS, "cpu:4", "cpu:4", "auto", 4, 4, 0, "one processor", "L3", "same", "10", "10"},
	/* sub-NUMA clusters: a core of the other half of the socket is far, one of the other socket farther */
	{SUB_NUMA, "auto", "near", "auto", 0, 1, 0, "two cores", "L3", "same", "10", "10"},
	{SUB_NUMA, "cpu:2", "node:0", "auto", 2, 0, 1, "two cores", "L3", "same", "21", "10"},
	{SUB_NUMA, "cpu:2", "far", "far", 2, 4, 2, "two cores", "none", "other", "32", "32"},
	/* chiplets: last-level caches part cores of one node */
	{CHIPLETS, "auto", "near", "auto", 0, 1, 0, "two cores", "L3", "same", "10", "10"},
	{CHIPLETS, "auto", "far", "auto", 0, 2, 0, "two cores", "none", "same", "10", "10"},
	{CHIPLETS, "cpu:3", "auto", "auto", 3, 2, 0, "two cores", "L3", "same", "10", "10"},
};

static void wishes_are_granted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(granted) / sizeof(granted[0]); i++) {
		const struct granted *want = &granted[i];
		struct topo *topo = open_distances(want->synthetic);
		struct topo_place place;
		struct err err = ERR_INIT;

		if (place_wished(topo, want->driver, want->device, want->memory, &place, &err))
			fail_msg("row %zu: %s", i, err.message);
		if (place.driver_cpu != want->driver_cpu || place.device_cpu != want->device_cpu ||
			place.node != want->node)
			fail_msg("row %zu: %s", i, place.text);
		assert_string_equal(place.found.value[PLACE_cores], want->cores);
		assert_string_equal(place.found.value[PLACE_cache], want->cache);
		assert_string_equal(place.found.value[PLACE_package], want->package);
		assert_string_equal(place.found.value[PLACE_driver_device], want->driver_device);
		assert_string_equal(place.found.value[PLACE_driver_memory], want->driver_memory);
		assert_string_equal(place.found.value[PLACE_kinds], "one kind");
		assert_int_equal(place.shared, strcmp(want->cores, "two cores") != 0);
		assert_int_equal(strstr(place.text, "far from the driver") != NULL,
			strcmp(want->driver_memory, "10") != 0);
		topo_close(topo);
	}
}

static void wishes_that_cannot_be_met_are_refused(void **state)
{
	static const struct {
		const char *synthetic, *driver, *device, *memory, *says;
	} refused[] = {
		{"core:1 pu:2", "auto", "near", "auto",
			"place.device=near: driver and device need two"},
		{"core:1 pu:2", "far", "auto", "auto",
			"place.driver=far: driver and device need two"},
		{"pack:1 [numa] l3:1 core:4 pu:1", "auto", "far", "auto",
			"place.device=far: no two cores"},
		{"pack:1 [numa] l3:1 core:4 pu:1", "auto", "auto", "far",
			"place.memory=far: no node lies"},
		{"pack:2 [numa] core:1 pu:1", "auto", "near", "auto",
			"place.device=near: no two cores"},
		{"core:2 pu:1", "cpu:2", "auto", "auto",
			"place.driver=cpu:2: there is no such processor"},
		{"core:2 pu:1", "auto", "node:1", "auto",
			"place.device=node:1: there is no such node"},
		{"core:2 pu:1", "auto", "auto", "cpu:7",
			"place.memory=cpu:7: there is no such processor"},
		{"core:2 pu:1", "auto", "auto", "node:4",
			"place.memory=node:4: there is no such node"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct topo *topo = open_recorded(refused[i].synthetic, NULL);
		struct topo_place place;
		struct err err = ERR_INIT;

		assert_int_equal(place_wished(topo, refused[i].driver, refused[i].device,
					 refused[i].memory, &place, &err),
			-ENODEV);
		assert_int_equal(err.kind, ERR_MISSING);
		if (!strstr(err.message, refused[i].says) || !strstr(err.message, "may use cpus 0"))
			fail_msg("row %zu: %s", i, err.message);
		topo_close(topo);
	}
}

/* Eight efficient cores in two clusters that share an L2, four strong ones with an L2 each, as on hybrid processors. */
static struct topo *open_hybrid(const char *only)
{
	hwloc_topology_t machine = machine_of("pack:1 [numa] l3:1 l2:3 core:4 pu:1");
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	struct topo *topo = NULL;

	hwloc_bitmap_set_range(set, 0, 7);
	assert_int_equal(hwloc_cpukinds_register(machine, set, 0, 0, NULL, 0), 0);
	hwloc_bitmap_zero(set);
	hwloc_bitmap_set_range(set, 8, 11);
	assert_int_equal(hwloc_cpukinds_register(machine, set, 1, 0, NULL, 0), 0);
	hwloc_bitmap_free(set);
	machine_restrict(machine, only);
	machine_record(machine);
	assert_int_equal(topo_open(&topo, xml_path, NULL), 0);
	return topo;
}

static void strong_cores_come_first(void **state)
{
	static const struct {
		const char *only, *driver, *device;
		int driver_cpu, device_cpu;
		const char *kinds;
	} wants[] = {
		{NULL, "auto", "auto", 8, 9, "2 and 2 of 2"},
		{NULL, "cpu:2", "auto", 2, 0, "1 and 1 of 2"},
		{NULL, "cpu:2", "cpu:3", 2, 3, "1 and 1 of 2"},
		{"0-7", "auto", "auto", 0, 1, "one kind"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		struct topo *topo = open_hybrid(wants[i].only);
		struct topo_place place;
		struct err err = ERR_INIT;

		assert_int_equal(
			place_wished(topo, wants[i].driver, wants[i].device, "auto", &place, &err),
			0);
		if (place.driver_cpu != wants[i].driver_cpu ||
			place.device_cpu != wants[i].device_cpu)
			fail_msg("row %zu: %s", i, place.text);
		assert_string_equal(place.found.value[PLACE_kinds], wants[i].kinds);
		topo_close(topo);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_follow_the_rule),
		cmocka_unit_test(wishes_are_granted),
		cmocka_unit_test(wishes_that_cannot_be_met_are_refused),
		cmocka_unit_test(strong_cores_come_first),
	};

	return cmocka_run_group_tests_name("places", tests, make_xml_path, remove_xml);
}
