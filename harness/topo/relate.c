// SPDX-License-Identifier: BSD-2-Clause
/* relate.c: how far apart processors and memory are, and that in words. Called by choose.c and draw.c. */
#include "harness/topo/topo.h"

#include "harness/topo/topo_priv.h"

#include <stdint.h>
#include <stdio.h>

hwloc_obj_t topo_node_of(hwloc_topology_t topology, unsigned cpu)
{
	hwloc_obj_t node = NULL, best = NULL;

	while ((node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node)))
		if (hwloc_bitmap_isset(node->cpuset, cpu) &&
			(!best || hwloc_bitmap_weight(node->cpuset) <
					  hwloc_bitmap_weight(best->cpuset)))
			best = node;
	return best ? best : hwloc_get_obj_by_type(topology, HWLOC_OBJ_NUMANODE, 0);
}

unsigned topo_node_distance(hwloc_topology_t topology, hwloc_obj_t from, hwloc_obj_t to)
{
	struct hwloc_distances_s *matrix = NULL;
	unsigned count = 1;
	hwloc_uint64_t there = 0, back = 0;

	if (!from || !to)
		return 0;
	if (from == to)
		return 10;
	if (hwloc_distances_get_by_type(topology, HWLOC_OBJ_NUMANODE, &count, &matrix,
		    HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) ||
		!count)
		return 0;
	int rc = hwloc_distances_obj_pair_values(matrix, from, to, &there, &back);

	hwloc_distances_release(topology, matrix);
	return rc ? 0 : (unsigned)there;
}

hwloc_obj_t topo_last_cache(hwloc_obj_t core)
{
	hwloc_obj_t last = NULL;

	for (hwloc_obj_t obj = core; obj; obj = obj->parent)
		if (hwloc_obj_type_is_dcache(obj->type) &&
			!hwloc_bitmap_isincluded(obj->cpuset, core->cpuset))
			last = obj;
	return last;
}

int topo_kind(hwloc_topology_t topology, hwloc_const_cpuset_t cpuset)
{
	int efficiency = 0;
	int kind = hwloc_cpukinds_get_by_cpuset(topology, cpuset, 0);

	if (kind < 0 || hwloc_cpukinds_get_nr(topology, 0) < 2 ||
		hwloc_cpukinds_get_info(topology, (unsigned)kind, NULL, &efficiency, NULL, NULL, 0))
		return 0;
	return efficiency < 0 ? 0 : efficiency + 1;
}

static hwloc_obj_t pu_of(hwloc_topology_t topology, int cpu)
{
	return hwloc_get_pu_obj_by_os_index(topology, (unsigned)cpu);
}

/* The closest thing two processors have in common, by the name that people use. */
static void relation_name(hwloc_obj_t common, char *out, size_t room)
{
	if (common->type == HWLOC_OBJ_PU)
		snprintf(out, room, "Core");
	else if (common->type == HWLOC_OBJ_GROUP && common->memory_arity)
		snprintf(out, room, "NUMANode");
	else
		hwloc_obj_type_snprintf(out, room, common, 0);
}

static void distance_words(hwloc_topology_t topology, hwloc_obj_t from, hwloc_obj_t to,
	char out[sizeof(((struct place_found *)0)->value[0])])
{
	unsigned distance = topo_node_distance(topology, from, to);

	if (distance)
		snprintf(out, sizeof(((struct place_found *)0)->value[0]), "%u", distance);
	else
		snprintf(out, sizeof(((struct place_found *)0)->value[0]), "unknown");
}

static void kinds_words(hwloc_topology_t topology, hwloc_obj_t driver, hwloc_obj_t device,
	char out[sizeof(((struct place_found *)0)->value[0])])
{
	const int kinds = hwloc_cpukinds_get_nr(topology, 0);

	if (kinds < 2)
		snprintf(out, sizeof(((struct place_found *)0)->value[0]), "one kind");
	else
		snprintf(out, sizeof(((struct place_found *)0)->value[0]), "%d and %d of %d",
			topo_kind(topology, driver->cpuset), topo_kind(topology, device->cpuset),
			kinds);
}

static void found_words(hwloc_topology_t topology, const struct topo_place *place,
	hwloc_obj_t driver, hwloc_obj_t device, struct place_found *found)
{
	const size_t room = sizeof(found->value[0]);
	hwloc_obj_t common = driver == device
	                             ? driver
	                             : hwloc_get_common_ancestor_obj(topology, driver, device);
	hwloc_obj_t cache = common,
		    memory = hwloc_get_numanode_obj_by_os_index(topology, (unsigned)place->node);
	hwloc_obj_t driver_node = topo_node_of(topology, (unsigned)place->driver_cpu),
		    device_node = topo_node_of(topology, (unsigned)place->device_cpu);
	hwloc_obj_t package = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_PACKAGE, driver);

	while (cache && !hwloc_obj_type_is_dcache(cache->type))
		cache = cache->parent;
	snprintf(found->value[PLACE_cores], room, "%s",
		driver == device ? "one processor"
		: place->shared  ? "hardware threads of one core"
				 : "two cores");
	snprintf(found->value[PLACE_cache], room, "none");
	if (cache)
		hwloc_obj_type_snprintf(found->value[PLACE_cache], room, cache, 0);
	snprintf(found->value[PLACE_package], room, "%s",
		hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_PACKAGE, device) == package
			? "same"
			: "other");
	distance_words(topology, driver_node, device_node, found->value[PLACE_driver_device]);
	distance_words(topology, driver_node, memory, found->value[PLACE_driver_memory]);
	distance_words(topology, device_node, memory, found->value[PLACE_device_memory]);
	kinds_words(topology, driver, device, found->value[PLACE_kinds]);
}

void topo_relate(hwloc_topology_t topology, struct topo_place *place)
{
	hwloc_obj_t driver = pu_of(topology, place->driver_cpu),
		    device = pu_of(topology, place->device_cpu);
	hwloc_obj_t common = driver == device
	                             ? driver
	                             : hwloc_get_common_ancestor_obj(topology, driver, device);
	const char *distance = place->found.value[PLACE_driver_memory];

	place->shared = common->type == HWLOC_OBJ_PU || common->type == HWLOC_OBJ_CORE;
	relation_name(common, place->relation, sizeof(place->relation));
	found_words(topology, place, driver, device, &place->found);
	int used = snprintf(place->text, sizeof(place->text), "driver cpu %d, device cpu %d (%s%s)",
		place->driver_cpu, place->device_cpu, place->shared ? "same core" : "share ",
		place->shared ? "" : place->relation);

	used += snprintf(place->text + used, sizeof(place->text) - (size_t)used, ", memory node %d",
		place->node);
	if (topo_node_of(topology, (unsigned)place->driver_cpu)->os_index != (unsigned)place->node)
		snprintf(place->text + used, sizeof(place->text) - (size_t)used,
			" (far from the driver, distance %s)", distance);
}
