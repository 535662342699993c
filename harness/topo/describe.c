// SPDX-License-Identifier: BSD-2-Clause
/* describe.c: the machine in words, for the fingerprint of a result. */
#include "harness/topo/topo.h"

#include "harness/topo/topo_priv.h"

#include <cpuid.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HYPERVISOR_BIT  (1u << 31) /* CPUID leaf 1, ECX: "running on a hypervisor" */
#define HYPERVISOR_LEAF 0x40000000u

static const char *or_unknown(const char *text)
{
	return text && *text ? text : "unknown";
}

static const char *root_info(hwloc_topology_t topology, const char *name)
{
	return or_unknown(hwloc_obj_get_info_by_name(hwloc_get_root_obj(topology), name));
}

/* hwloc puts the model on the package, or on the machine where there is none. */
static const char *cpu_model(hwloc_topology_t topology)
{
	hwloc_obj_t package = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0);
	const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;

	return model ? model : root_info(topology, "CPUModel");
}

/* "no", or who virtualises: "KVMKVMKVM". */
static void virtualised(hwloc_topology_t topology, char out[16])
{
	unsigned eax, id[3], ecx;

	snprintf(out, 16, "unknown");
	if (!hwloc_topology_is_thissystem(topology) || !__get_cpuid(1, &eax, &id[0], &ecx, &id[1]))
		return;
	snprintf(out, 16, ecx & HYPERVISOR_BIT ? "yes" : "no");
	if (!(ecx & HYPERVISOR_BIT))
		return;
	__cpuid(HYPERVISOR_LEAF, eax, id[0], id[1], id[2]);
	if (id[0])
		snprintf(out, 16, "%.12s", (const char *)id);
}

/* "L1d 2 x 32 KiB, L2 2 x 1024 KiB, L3 1 x 16384 KiB" */
static void caches(hwloc_topology_t topology, char *out, size_t room)
{
	size_t used = 0;

	out[0] = '\0';
	for (int depth = hwloc_topology_get_depth(topology) - 1; depth >= 0; depth--) {
		hwloc_obj_t cache = hwloc_get_obj_by_depth(topology, depth, 0);
		char name[16];

		if (!cache || !hwloc_obj_type_is_dcache(cache->type) || used >= room)
			continue;
		hwloc_obj_type_snprintf(name, sizeof(name), cache, 0);
		used += (size_t)snprintf(out + used, room - used, "%s%s %u x %" PRIu64 " KiB",
			used ? ", " : "", name, hwloc_get_nbobjs_by_depth(topology, depth),
			(uint64_t)cache->attr->cache.size / 1024);
	}
	if (!used)
		snprintf(out, room, "unknown");
}

static void emit_count(topo_emit emit, void *arg, const char *key, hwloc_topology_t topology,
	hwloc_obj_type_t type)
{
	int count = hwloc_get_nbobjs_by_type(topology, type);
	char text[16];

	snprintf(text, sizeof(text), "%d", count);
	emit(arg, key, count > 0 ? text : "unknown");
}

void topo_describe(struct topo *topo, topo_emit emit, void *arg)
{
	hwloc_topology_t t = topo->topology;
	uint64_t memory_bytes = hwloc_get_root_obj(t)->total_memory;
	char text[256];

	emit(arg, "cpu_model", cpu_model(t));
	emit_count(emit, arg, "packages", t, HWLOC_OBJ_PACKAGE);
	emit_count(emit, arg, "cores", t, HWLOC_OBJ_CORE);
	emit_count(emit, arg, "threads", t, HWLOC_OBJ_PU);
	caches(t, text, sizeof(text));
	emit(arg, "caches", text);
	emit_count(emit, arg, "nodes", t, HWLOC_OBJ_NUMANODE);
	snprintf(text, sizeof(text), "%" PRIu64, memory_bytes);
	emit(arg, "memory_bytes", memory_bytes ? text : "unknown");
	emit(arg, "kernel", root_info(t, "OSRelease"));
	emit(arg, "architecture", root_info(t, "Architecture"));
	virtualised(t, text);
	emit(arg, "virtualised", text);
	emit(arg, "hwloc", root_info(t, "hwlocVersion"));
}

size_t topo_cache_bytes(struct topo *topo, int cpu)
{
	hwloc_obj_t obj = cpu < 0 ? NULL
	                          : hwloc_get_pu_obj_by_os_index(topo->topology, (unsigned)cpu);
	size_t largest = 0;

	for (; obj; obj = obj->parent)
		if (hwloc_obj_type_is_dcache(obj->type) && obj->attr->cache.size > largest)
			largest = obj->attr->cache.size;
	return largest;
}
