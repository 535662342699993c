// SPDX-License-Identifier: BSD-2-Clause
/*
 * choose.c: where driver, device and memory go. Called through topo_place; reads the topology only, so that it can be
 * tested on machines nobody here owns.
 */
#include "harness/topo/topo.h"

#include "drivers/support/fault.h"
#include "harness/topo/topo_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A core with what its distance to others is judged by. Without core objects hardware threads serve as cores. */
struct core {
	hwloc_obj_t obj, node, package, cache;
	int kind;
};

struct chooser {
	hwloc_topology_t topology;
	const struct place_wish *wish;
	struct core *core;
	size_t count;
	struct err *err;
};

/* What lies between two cores; more is farther. */
enum boundary { BOUNDARY_NONE, BOUNDARY_CACHE, BOUNDARY_PACKAGE, BOUNDARY_NODE };

/* How good a pair is; compared member by member, more is better. */
struct score {
	long part[4];
};

#define SCORE_PARTS (sizeof(((struct score *)0)->part) / sizeof(long))

static bool better(const struct score *a, const struct score *b)
{
	for (size_t i = 0; i < SCORE_PARTS; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] > b->part[i];
	return false;
}

static enum boundary boundary_of(const struct core *a, const struct core *b)
{
	if (a->node != b->node)
		return BOUNDARY_NODE;
	if (a->package != b->package)
		return BOUNDARY_PACKAGE;
	return a->cache != b->cache ? BOUNDARY_CACHE : BOUNDARY_NONE;
}

/* The wish that speaks of driver and device together. */
static enum place_word relation_wished(const struct place_wish *wish)
{
	if (wish->device.word == PLACE_NEAR || wish->device.word == PLACE_FAR)
		return wish->device.word;
	if (wish->driver.word == PLACE_NEAR || wish->driver.word == PLACE_FAR)
		return wish->driver.word;
	return PLACE_AUTO;
}

/* The key that asked for near or far, for messages. */
static const char *relation_key(const struct place_wish *wish)
{
	return wish->device.word == PLACE_NEAR || wish->device.word == PLACE_FAR ? "place.device"
	                                                                         : "place.driver";
}

static struct score score_of(
	const struct chooser *chooser, const struct core *a, const struct core *b)
{
	hwloc_obj_t common = hwloc_get_common_ancestor_obj(chooser->topology, a->obj, b->obj);
	const long depth = common->depth, weaker = a->kind < b->kind ? a->kind : b->kind;
	const enum boundary boundary = boundary_of(a, b);

	switch (relation_wished(chooser->wish)) {
	case PLACE_FAR:
		return (struct score){{boundary,
			topo_node_distance(chooser->topology, a->node, b->node), weaker, -depth}};
	case PLACE_NEAR:
		return (struct score){
			{boundary == BOUNDARY_NONE, weaker, depth, a->kind + b->kind}};
	default:
		return (struct score){{weaker, depth, a->kind + b->kind, 0}};
	}
}

/* True if a thread wished to be at @spot may be on @core. */
static bool core_fits(const struct core *core, const struct place_spot *spot)
{
	if (spot->word == PLACE_CPU)
		return hwloc_bitmap_isset(core->obj->cpuset, (unsigned)spot->number);
	return spot->word != PLACE_NODE || core->node->os_index == (unsigned)spot->number;
}

/* ---- what the host has, for refusals -------------------------------------------------------------------------- */

static int refuse(const struct chooser *chooser, const char *key, const struct place_spot *spot,
	const char *finding)
{
	hwloc_topology_t t = chooser->topology;
	char word[24], cpus[96];
	int nodes = hwloc_get_nbobjs_by_type(t, HWLOC_OBJ_NUMANODE),
	    packages = hwloc_get_nbobjs_by_type(t, HWLOC_OBJ_PACKAGE),
	    caches = hwloc_get_nbobjs_by_type(t, HWLOC_OBJ_L3CACHE);

	hwloc_bitmap_list_snprintf(cpus, sizeof(cpus), hwloc_topology_get_topology_cpuset(t));
	return err_set(chooser->err, ERR_MISSING, -ENODEV,
		"%s=%s: %s; this process may use cpus %s: %zu cores, %d packages, %d NUMA nodes, "
		"%d L3 "
		"caches; dmabench doctor --topology draws them",
		key, place_show(spot, word, sizeof(word)), finding, cpus, chooser->count, packages,
		nodes, caches);
}

/* Refuses a processor or node that is not there; node:N of a thread needs processors besides. */
static int spot_check(
	const struct chooser *chooser, const char *key, const struct place_spot *spot, bool thread)
{
	hwloc_topology_t t = chooser->topology;
	bool fits = !thread;

	if (spot->word == PLACE_CPU && !hwloc_get_pu_obj_by_os_index(t, (unsigned)spot->number))
		return refuse(chooser, key, spot, "there is no such processor");
	if (spot->word != PLACE_NODE)
		return 0;
	if (!hwloc_get_numanode_obj_by_os_index(t, (unsigned)spot->number))
		return refuse(chooser, key, spot, "there is no such node");
	for (size_t i = 0; i < chooser->count && !fits; i++)
		fits = core_fits(&chooser->core[i], spot);
	return fits ? 0 : refuse(chooser, key, spot, "that node has memory but no processor");
}

/* ---- driver and device ----------------------------------------------------------------------------------------- */

/* The processor of @core for a thread wished at @spot. */
static int cpu_of(const struct core *core, const struct place_spot *spot)
{
	return spot->word == PLACE_CPU ? spot->number : hwloc_bitmap_first(core->obj->cpuset);
}

/* The best pair of different cores that fits the wish. Return: whether there is one. */
static bool pair_find(const struct chooser *chooser, const struct core *best[2])
{
	const struct place_wish *wish = chooser->wish;
	struct score best_score = {{0}};

	best[0] = best[1] = NULL;
	for (size_t a = 0; a < chooser->count; a++) {
		if (!core_fits(&chooser->core[a], &wish->driver))
			continue;
		for (size_t b = 0; b < chooser->count; b++) {
			if (a == b || !core_fits(&chooser->core[b], &wish->device))
				continue;
			struct score score = score_of(
				chooser, &chooser->core[a], &chooser->core[b]);

			if (best[0] && !better(&score, &best_score))
				continue;
			best_score = score;
			best[0] = &chooser->core[a];
			best[1] = &chooser->core[b];
		}
	}
	return best[0] != NULL;
}

/* Everything on one core, on its two hardware threads where it has them and the wish leaves the choice. */
static void one_core(const struct chooser *chooser, struct topo_place *place)
{
	const struct place_spot *driver = &chooser->wish->driver, *device = &chooser->wish->device;
	const struct core *core = chooser->core;

	while (!core_fits(core, driver) || !core_fits(core, device))
		core++;
	place->driver_cpu = cpu_of(core, driver);
	place->device_cpu = cpu_of(core, device);
	if (place->driver_cpu != place->device_cpu ||
		(driver->word == PLACE_CPU && device->word == PLACE_CPU))
		return;
	int *free_cpu = device->word == PLACE_CPU ? &place->driver_cpu : &place->device_cpu;
	int cpu;

	hwloc_bitmap_foreach_begin(
		cpu, core->obj->cpuset) if (cpu != *free_cpu &&
					    place->driver_cpu == place->device_cpu) *free_cpu = cpu;
	hwloc_bitmap_foreach_end();
}

static int threads_place(const struct chooser *chooser, struct topo_place *place)
{
	const struct place_wish *wish = chooser->wish;
	const enum place_word relation = relation_wished(wish);
	const char *key = relation_key(wish);
	const struct place_spot spot = {relation, 0};
	const struct core *pair[2];

	if (!pair_find(chooser, pair)) {
		if (relation != PLACE_AUTO)
			return refuse(
				chooser, key, &spot, "driver and device need two cores for that");
		one_core(chooser, place);
		return 0;
	}
	const enum boundary boundary = boundary_of(pair[0], pair[1]);

	if (relation == PLACE_NEAR && boundary != BOUNDARY_NONE)
		return refuse(chooser, key, &spot,
			"no two cores share node, package and last-level cache");
	if (relation == PLACE_FAR && boundary == BOUNDARY_NONE)
		return refuse(chooser, key, &spot,
			"no two cores are parted by node, package or last-level cache");
	place->driver_cpu = cpu_of(pair[0], &wish->driver);
	place->device_cpu = cpu_of(pair[1], &wish->device);
	return 0;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/*
 * The node farthest from @home: by distance; where none is told, by how far up the tree the two meet. Nodes that hold
 * the driver's processor too (fast memory beside large) are not far. NULL: none is.
 */
static hwloc_obj_t farthest_node(hwloc_topology_t topology, hwloc_obj_t home, int driver_cpu)
{
	hwloc_obj_t node = NULL, best = NULL;
	struct score best_score = {{0}};

	while ((node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node))) {
		if (node == home || hwloc_bitmap_isset(node->cpuset, (unsigned)driver_cpu))
			continue;
		hwloc_obj_t common = hwloc_get_common_ancestor_obj(topology, home, node);
		struct score score = {
			{topo_node_distance(topology, home, node), -common->depth, 0, 0}};

		if (best && !better(&score, &best_score))
			continue;
		best = node;
		best_score = score;
	}
	return best;
}

static int memory_place(const struct chooser *chooser, struct topo_place *place)
{
	const struct place_spot *spot = &chooser->wish->memory;
	hwloc_obj_t node = topo_node_of(chooser->topology, (unsigned)place->driver_cpu);

	if (spot->word == PLACE_NODE || spot->word == PLACE_CPU) {
		place->node = spot->word == PLACE_NODE
		                      ? spot->number
		                      : (int)topo_node_of(chooser->topology, (unsigned)spot->number)
		                                ->os_index;
		return 0;
	}
	if (spot->word == PLACE_FAR)
		node = farthest_node(chooser->topology, node, place->driver_cpu);
	if (!node)
		return refuse(chooser, "place.memory", spot,
			"no node lies farther from the driver than its own");
	place->node = (int)node->os_index;
	return 0;
}

/* ---- all three --------------------------------------------------------------------------------------------------- */

static int cores_list(struct chooser *chooser)
{
	hwloc_topology_t t = chooser->topology;
	const hwloc_obj_type_t type = hwloc_get_nbobjs_by_type(t, HWLOC_OBJ_CORE) > 0
	                                      ? HWLOC_OBJ_CORE
	                                      : HWLOC_OBJ_PU;
	const int count = hwloc_get_nbobjs_by_type(t, type);
	hwloc_obj_t obj = NULL;

	if (count <= 0)
		return err_set(chooser->err, ERR_MISSING, -ENODEV,
			"topology: no processor this process may use");
	chooser->core = fault_point("topo_cores") ? NULL
	                                          : calloc((size_t)count, sizeof(*chooser->core));
	if (!chooser->core)
		return err_short(chooser->err, -ENOMEM, "topology: no memory for %d cores", count);
	while ((obj = hwloc_get_next_obj_by_type(t, type, obj)))
		chooser->core[chooser->count++] = (struct core){.obj = obj,
			.node = topo_node_of(t, (unsigned)hwloc_bitmap_first(obj->cpuset)),
			.package = hwloc_get_ancestor_obj_by_type(t, HWLOC_OBJ_PACKAGE, obj),
			.cache = topo_last_cache(obj),
			.kind = topo_kind(t, obj->cpuset)};
	return 0;
}

int topo_place(
	struct topo *topo, const struct place_wish *wish, struct topo_place *place, struct err *err)
{
	static const struct place_wish anywhere = {.driver = {PLACE_AUTO, 0}};
	struct chooser chooser = {
		.topology = topo->topology, .wish = wish ? wish : &anywhere, .err = err};
	int rc = cores_list(&chooser);

	*place = (struct topo_place){0};
	rc = rc ? rc : spot_check(&chooser, "place.driver", &chooser.wish->driver, true);
	rc = rc ? rc : spot_check(&chooser, "place.device", &chooser.wish->device, true);
	rc = rc ? rc : spot_check(&chooser, "place.memory", &chooser.wish->memory, false);
	rc = rc ? rc : threads_place(&chooser, place);
	rc = rc ? rc : memory_place(&chooser, place);
	free(chooser.core);
	if (rc)
		return rc;
	place->interrupt_cpu = place->driver_cpu;
	topo_relate(topo->topology, place);
	return 0;
}
