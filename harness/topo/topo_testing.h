/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * topo_testing.h: machines nobody here owns: hwloc's synthetic ones, recorded as XML and opened as a file of the user's
 * would be. For the tests of this folder.
 *
 * A program that records has make_xml_path and remove_xml as the fixtures of its group; a record replaces the last one.
 */
#ifndef TOPO_TESTING_H
#define TOPO_TESTING_H

#include "harness/topo/topo.h"

#include <hwloc.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define TWO_SOCKETS "pack:2 [numa] l3:1 core:4 pu:2" /* cpus 0-7, 8-15, hardware threads in pairs */
#define SUB_NUMA    "pack:2 l3:1 group:2 [numa] core:2 pu:1" /* four nodes, two on each L3 */
#define CHIPLETS    "pack:1 [numa] l3:4 core:2 pu:1"         /* one node, four last-level caches */

static char xml_path[] = "/tmp/topo_test_XXXXXX";

static inline int make_xml_path(void **state)
{
	(void)state;
	int fd = mkstemp(xml_path);

	return fd < 0 ? -1 : close(fd);
}

static inline int remove_xml(void **state)
{
	(void)state;
	return unlink(xml_path);
}

/* A made-up machine, to be changed yet. */
static inline hwloc_topology_t machine_of(const char *synthetic)
{
	hwloc_topology_t machine;

	assert_int_equal(hwloc_topology_init(&machine), 0);
	assert_int_equal(hwloc_topology_set_synthetic(machine, synthetic), 0);
	assert_int_equal(hwloc_topology_load(machine), 0);
	return machine;
}

/* Leaves only processors @only (hwloc list, NULL: all). */
static inline void machine_restrict(hwloc_topology_t machine, const char *only)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	if (only) {
		assert_int_equal(hwloc_bitmap_list_sscanf(set, only), 0);
		assert_int_equal(hwloc_topology_restrict(machine, set, 0), 0);
	}
	hwloc_bitmap_free(set);
}

/* Records @machine, which is gone then. */
static inline void machine_record(hwloc_topology_t machine)
{
	assert_int_equal(hwloc_topology_export_xml(machine, xml_path, 0), 0);
	hwloc_topology_destroy(machine);
}

static inline struct topo *open_recorded(const char *synthetic, const char *only)
{
	hwloc_topology_t machine = machine_of(synthetic);
	struct topo *topo = NULL;
	struct err err = ERR_INIT;

	machine_restrict(machine, only);
	machine_record(machine);
	if (topo_open(&topo, xml_path, &err))
		fail_msg("%s: %s", synthetic, err.message);
	return topo;
}

static inline unsigned far_apart(const char *synthetic, unsigned a, unsigned b)
{
	if (a == b)
		return 10;
	return !strcmp(synthetic, SUB_NUMA) && a / 2 != b / 2 ? 32 : 21;
}

/* With NUMA distances as firmware tells them: 21 to the next node, 32 across the sockets of SUB_NUMA. */
static inline struct topo *open_distances(const char *synthetic)
{
	hwloc_topology_t machine = machine_of(synthetic);
	unsigned count = (unsigned)hwloc_get_nbobjs_by_type(machine, HWLOC_OBJ_NUMANODE);
	struct topo *topo = NULL;
	hwloc_obj_t node[8];
	hwloc_uint64_t value[64];

	assert_in_range(count, 1, 8);
	for (unsigned i = 0; i < count; i++) {
		node[i] = hwloc_get_obj_by_type(machine, HWLOC_OBJ_NUMANODE, i);
		for (unsigned k = 0; k < count; k++)
			value[i * count + k] = far_apart(synthetic, i, k);
	}
	if (count > 1) {
		hwloc_distances_add_handle_t add = hwloc_distances_add_create(machine,
			"NUMALatency",
			HWLOC_DISTANCES_KIND_FROM_OS | HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0);

		assert_non_null(add);
		assert_int_equal(
			hwloc_distances_add_values(machine, add, count, node, value, 0), 0);
		assert_int_equal(hwloc_distances_add_commit(machine, add, 0), 0);
	}
	machine_record(machine);
	assert_int_equal(topo_open(&topo, xml_path, NULL), 0);
	return topo;
}

/* Return: as topo_place. */
static inline int place_wished(struct topo *topo, const char *driver, const char *device,
	const char *memory, struct topo_place *place, struct err *err)
{
	struct place_wish wish;

	assert_int_equal(place_wish_parse(driver, device, memory, &wish, NULL), 0);
	return topo_place(topo, &wish, place, err);
}

#endif
