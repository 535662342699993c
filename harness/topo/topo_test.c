// SPDX-License-Identifier: BSD-2-Clause
/*
 * topo_test.c: the placement rule on machines nobody here owns (hwloc's synthetic ones, exported to XML), binding
 * and memory on this one.
 */
#include "harness/topo/topo.h"

#include "drivers/support/fault.h"

#include <hwloc.h>

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char xml_path[] = "/tmp/topo_test_XXXXXX";

static int make_xml_path(void **state)
{
	(void)state;
	int fd = mkstemp(xml_path);

	return fd < 0 ? -1 : close(fd);
}

static int remove_xml(void **state)
{
	(void)state;
	return unlink(xml_path);
}

/* Records a made-up machine, of which only processors @only (hwloc list, NULL: all) are there. */
static void record(const char *synthetic, const char *only)
{
	hwloc_topology_t topology;

	assert_int_equal(hwloc_topology_init(&topology), 0);
	assert_int_equal(hwloc_topology_set_synthetic(topology, synthetic), 0);
	assert_int_equal(hwloc_topology_load(topology), 0);
	if (only) {
		hwloc_bitmap_t set = hwloc_bitmap_alloc();

		assert_int_equal(hwloc_bitmap_list_sscanf(set, only), 0);
		assert_int_equal(hwloc_topology_restrict(topology, set, 0), 0);
		hwloc_bitmap_free(set);
	}
	assert_int_equal(hwloc_topology_export_xml(topology, xml_path, 0), 0);
	hwloc_topology_destroy(topology);
}

static struct topo *open_recorded(const char *synthetic, const char *only)
{
	struct topo *topo = NULL;
	struct err err = ERR_INIT;

	record(synthetic, only);
	if (topo_open(&topo, xml_path, &err))
		fail_msg("%s: %s", synthetic, err.message);
	return topo;
}

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

#define TWO_SOCKETS "pack:2 [numa] l3:1 core:4 pu:2" /* cpus 0-7, 8-15, hardware threads in pairs */
#define SUB_NUMA    "pack:2 l3:1 group:2 [numa] core:2 pu:1" /* four nodes, two on each L3 */
#define CHIPLETS    "pack:1 [numa] l3:4 core:2 pu:1"         /* one node, four last-level caches */

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

static unsigned far_apart(const char *synthetic, unsigned a, unsigned b)
{
	if (a == b)
		return 10;
	return !strcmp(synthetic, SUB_NUMA) && a / 2 != b / 2 ? 32 : 21;
}

/* As record, with NUMA distances as firmware tells them: 21 to the next node, 32 across the sockets of SUB_NUMA. */
static void record_distances(const char *synthetic)
{
	hwloc_topology_t topology;
	hwloc_obj_t node[8];
	hwloc_uint64_t value[64];

	assert_int_equal(hwloc_topology_init(&topology), 0);
	assert_int_equal(hwloc_topology_set_synthetic(topology, synthetic), 0);
	assert_int_equal(hwloc_topology_load(topology), 0);
	unsigned count = (unsigned)hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE);

	assert_in_range(count, 1, 8);
	for (unsigned i = 0; i < count; i++) {
		node[i] = hwloc_get_obj_by_type(topology, HWLOC_OBJ_NUMANODE, i);
		for (unsigned k = 0; k < count; k++)
			value[i * count + k] = far_apart(synthetic, i, k);
	}
	if (count > 1) {
		hwloc_distances_add_handle_t add = hwloc_distances_add_create(topology,
			"NUMALatency",
			HWLOC_DISTANCES_KIND_FROM_OS | HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0);

		assert_non_null(add);
		assert_int_equal(
			hwloc_distances_add_values(topology, add, count, node, value, 0), 0);
		assert_int_equal(hwloc_distances_add_commit(topology, add, 0), 0);
	}
	assert_int_equal(hwloc_topology_export_xml(topology, xml_path, 0), 0);
	hwloc_topology_destroy(topology);
}

static int place_wished(struct topo *topo, const char *driver, const char *device,
	const char *memory, struct topo_place *place, struct err *err)
{
	struct place_wish wish;

	assert_int_equal(place_wish_parse(driver, device, memory, &wish, NULL), 0);
	return topo_place(topo, &wish, place, err);
}

static void wishes_are_granted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(granted) / sizeof(granted[0]); i++) {
		const struct granted *want = &granted[i];
		struct topo *topo = NULL;
		struct topo_place place;
		struct err err = ERR_INIT;

		record_distances(want->synthetic);
		assert_int_equal(topo_open(&topo, xml_path, NULL), 0);
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
static void record_hybrid(const char *only)
{
	hwloc_topology_t topology;
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	assert_int_equal(hwloc_topology_init(&topology), 0);
	assert_int_equal(
		hwloc_topology_set_synthetic(topology, "pack:1 [numa] l3:1 l2:3 core:4 pu:1"), 0);
	assert_int_equal(hwloc_topology_load(topology), 0);
	hwloc_bitmap_set_range(set, 0, 7);
	assert_int_equal(hwloc_cpukinds_register(topology, set, 0, 0, NULL, 0), 0);
	hwloc_bitmap_zero(set);
	hwloc_bitmap_set_range(set, 8, 11);
	assert_int_equal(hwloc_cpukinds_register(topology, set, 1, 0, NULL, 0), 0);
	if (only) {
		assert_int_equal(hwloc_bitmap_list_sscanf(set, only), 0);
		assert_int_equal(hwloc_topology_restrict(topology, set, 0), 0);
	}
	hwloc_bitmap_free(set);
	assert_int_equal(hwloc_topology_export_xml(topology, xml_path, 0), 0);
	hwloc_topology_destroy(topology);
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
		struct topo *topo = NULL;
		struct topo_place place;
		struct err err = ERR_INIT;

		record_hybrid(wants[i].only);
		assert_int_equal(topo_open(&topo, xml_path, NULL), 0);
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

/* ---- the picture ------------------------------------------------------------------------------------------------- */

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
	struct topo *topo = NULL;
	struct topo_place place;

	record_distances(synthetic);
	assert_int_equal(topo_open(&topo, xml_path, NULL), 0);
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

static void memory_tells_its_node(void **state)
{
	struct topo *topo = NULL;
	struct topo_place place;

	(void)state;
	assert_int_equal(topo_open(&topo, NULL, NULL), 0);
	assert_int_equal(topo_place(topo, NULL, &place, NULL), 0);
	void *memory = topo_alloc(topo, 64 * 4096, place.node, TOPO_PAGES_4K, NULL);

	assert_non_null(memory);
	const int node = topo_memory_node(topo, memory, 64 * 4096);

	/* -1 where a container forbids the question */
	assert_true(node == place.node || node == -1);
	topo_free(topo, memory, 64 * 4096, TOPO_PAGES_4K);
	topo_close(topo);
}

static void a_recorded_topology_binds_nothing(void **state)
{
	(void)state;
	struct topo *topo = open_recorded("core:2 pu:1", NULL);
	struct err err = ERR_INIT, memory_err = ERR_INIT;

	assert_int_equal(topo_bind_thread(topo, 0, &err), -ENOTSUP);
	assert_non_null(strstr(err.message, "recorded"));
	assert_int_equal(topo_unbind_thread(topo), -ENOTSUP);
	assert_null(topo_alloc(topo, 4096, 0, TOPO_PAGES_4K, &memory_err));
	assert_int_equal(memory_err.code, -ENOTSUP);
	topo_close(topo);
}

static void bad_files_are_refused(void **state)
{
	(void)state;
	struct topo *topo = (void *)1;
	struct err err = ERR_INIT, broken = ERR_INIT;
	FILE *file;

	assert_int_equal(topo_open(&topo, "/nowhere/topology.xml", &err), -ENODEV);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_non_null(strstr(err.message, "/nowhere/topology.xml"));
	assert_null(topo);
	file = fopen(xml_path, "w");
	assert_non_null(file);
	fputs("this is no topology\n", file);
	fclose(file);
	assert_int_equal(topo_open(&topo, xml_path, &broken), -ENODEV);
	assert_int_equal(broken.kind, ERR_MISSING);
	topo_close(NULL);
}

struct seen {
	char keys[400], caches[200], cores[16], virtualised[32];
};

static void see(void *arg, const char *key, const char *value)
{
	struct seen *seen = arg;

	assert_true(value && *value);
	snprintf(seen->keys + strlen(seen->keys), sizeof(seen->keys) - strlen(seen->keys), "%s ",
		key);
	if (!strcmp(key, "caches"))
		snprintf(seen->caches, sizeof(seen->caches), "%s", value);
	if (!strcmp(key, "cores"))
		snprintf(seen->cores, sizeof(seen->cores), "%s", value);
	if (!strcmp(key, "virtualised"))
		snprintf(seen->virtualised, sizeof(seen->virtualised), "%s", value);
}

static void machines_are_described(void **state)
{
	(void)state;
	static const char keys[] =
		"cpu_model packages cores threads caches nodes memory_bytes kernel "
		"architecture virtualised hwloc ";
	struct topo *topo = open_recorded(
		"pack:2 [numa] l3:1(size=8388608) l2:4(size=262144) core:1 pu:2", NULL);
	struct seen seen = {0}, here = {0};

	topo_describe(topo, see, &seen);
	assert_string_equal(seen.keys, keys);
	assert_string_equal(seen.caches, "L2 8 x 256 KiB, L3 2 x 8192 KiB");
	assert_string_equal(seen.cores, "8");
	assert_string_equal(seen.virtualised, "unknown");
	assert_int_equal(topo_cache_bytes(topo, 3), 8 << 20);
	assert_int_equal(topo_cache_bytes(topo, 99), 0);
	assert_int_equal(topo_cache_bytes(topo, -1), 0);
	topo_close(topo);
	topo = open_recorded("core:2 pu:1", NULL);
	assert_int_equal(topo_cache_bytes(topo, 0), 0);
	topo_close(topo);

	assert_int_equal(topo_open(&topo, NULL, NULL), 0);
	topo_describe(topo, see, &here);
	assert_string_equal(here.keys, keys);
	assert_string_not_equal(here.virtualised, "unknown");
	topo_close(topo);
}

static void threads_are_bound_and_let_go(void **state)
{
	(void)state;
	struct topo *topo = NULL;
	struct topo_place place;
	struct err err = ERR_INIT;
	cpu_set_t before, now;

	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(topo_open(&topo, NULL, &err), 0);
	assert_int_equal(topo_place(topo, NULL, &place, &err), 0);
	assert_int_equal(topo_bind_thread(topo, place.device_cpu, &err), 0);
	assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
	assert_int_equal(CPU_COUNT(&now), 1);
	assert_true(CPU_ISSET((size_t)place.device_cpu, &now));
	assert_int_equal(sched_getcpu(), place.device_cpu);
	assert_int_equal(topo_unbind_thread(topo), 0);
	assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
	assert_true(CPU_EQUAL(&before, &now));
	assert_int_equal(topo_bind_thread(topo, 100000, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "cpu 100000"));
	assert_int_equal(topo_bind_thread(topo, -1, NULL), -EINVAL);
	topo_close(topo);
}

static void one_processor_is_shared(void **state)
{
	(void)state;
	struct topo *topo = NULL;
	struct topo_place place;
	cpu_set_t before, one;
	int cpu = sched_getcpu();

	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	int rc = topo_open(&topo, NULL, NULL);

	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(rc, 0);
	assert_int_equal(topo_place(topo, NULL, &place, NULL), 0);
	assert_true(place.shared);
	assert_int_equal(place.driver_cpu, cpu);
	assert_int_equal(place.device_cpu, cpu);
	for (int other = 0; other < CPU_SETSIZE; other++)
		if (other != cpu && CPU_ISSET((size_t)other, &before))
			assert_int_equal(topo_bind_thread(topo, other, NULL), -EINVAL);
	topo_close(topo);
}

static void memory_is_aligned_zero_and_ours(void **state)
{
	(void)state;
	struct topo *topo = NULL;
	struct topo_place place;
	struct err err = ERR_INIT, no_node = ERR_INIT, too_much = ERR_INIT;
	const size_t len = 3 * 4096 + 1;

	assert_int_equal(topo_open(&topo, NULL, &err), 0);
	assert_int_equal(topo_place(topo, NULL, &place, &err), 0);
	unsigned char *memory = topo_alloc(topo, len, place.node, TOPO_PAGES_4K, &err);

	assert_non_null(memory);
	assert_int_equal((uintptr_t)memory % 4096, 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(memory[i], 0);
	memset(memory, 1, len);
	topo_free(topo, memory, len, TOPO_PAGES_4K);
	topo_free(topo, NULL, len, TOPO_PAGES_4K);
	assert_null(topo_alloc(topo, 0, place.node, TOPO_PAGES_4K, &err));
	assert_int_equal(err.code, -EINVAL);
	assert_null(topo_alloc(topo, 4096, 4711, TOPO_PAGES_4K, &no_node));
	assert_non_null(strstr(no_node.message, "node 4711"));
	assert_null(topo_alloc(topo, SIZE_MAX / 2, place.node, TOPO_PAGES_4K, &too_much));
	assert_int_equal(too_much.kind, ERR_MISSING);
	assert_int_equal(too_much.code, -ENOMEM);
	topo_close(topo);
}

/* Everything this module can do; 0, or the first error. */
static int scenario(void)
{
	struct topo *topo = NULL;
	struct topo_place place = {0};
	struct err err = ERR_INIT;
	void *memory = NULL;
	int rc = topo_open(&topo, NULL, &err);

	if (!rc)
		rc = topo_place(topo, NULL, &place, &err);
	if (!rc)
		rc = topo_bind_thread(topo, place.driver_cpu, &err);
	if (!rc) {
		memory = topo_alloc(topo, 8192, place.node, TOPO_PAGES_4K, &err);
		rc = memory ? topo_unbind_thread(topo) : err.code;
	}
	if (!rc && topo_memory_node(topo, memory, 8192) < 0)
		rc = fault_fired() ? -ENOMEM : 0; /* unknown is no error, but a fault shows so */
	if (rc && !err.kind)
		err_set(&err, ERR_MISSING, rc, "node unknown");
	if (rc)
		assert_true(err.kind == ERR_MISSING && err.message[0]);
	if (memory)
		topo_free(topo, memory, 8192, TOPO_PAGES_4K);
	if (topo)
		topo_unbind_thread(topo);
	topo_close(topo);
	return rc;
}

static void every_failure_leaves_nothing_behind(void **state)
{
	(void)state;
	unsigned nth = 0;

	do {
		fault_arm(++nth, false);
		int rc = scenario();

		assert_int_equal(rc != 0, fault_fired() != NULL);
	} while (fault_fired());
	fault_arm(0, false);
	assert_int_equal(nth, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_follow_the_rule),
		cmocka_unit_test(wishes_are_granted),
		cmocka_unit_test(wishes_that_cannot_be_met_are_refused),
		cmocka_unit_test(strong_cores_come_first),
		cmocka_unit_test(pictures_mark_and_fold),
		cmocka_unit_test(large_machines_fit_a_screen),
		cmocka_unit_test(this_machine_is_drawn),
		cmocka_unit_test(memory_tells_its_node),
		cmocka_unit_test(a_recorded_topology_binds_nothing),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(machines_are_described),
		cmocka_unit_test(threads_are_bound_and_let_go),
		cmocka_unit_test(one_processor_is_shared),
		cmocka_unit_test(memory_is_aligned_zero_and_ours),
		cmocka_unit_test(every_failure_leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("topo", tests, make_xml_path, remove_xml);
}
