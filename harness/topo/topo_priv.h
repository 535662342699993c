/* SPDX-License-Identifier: BSD-2-Clause */
/* topo_priv.h: what the files of this folder share. */
#ifndef TOPO_TOPO_PRIV_H
#define TOPO_TOPO_PRIV_H

#include <hwloc.h>

#include "harness/topo/topo.h"

struct topo {
	hwloc_topology_t topology; /* only of processors the process may use */
};

/* topo_need_live - 0, or -ENOTSUP (ERR_USAGE) where the topology is a recorded one. */
int topo_need_live(const struct topo *topo, struct err *err);

/*
 * topo_node_of - the node that holds @cpu; of several (fast and large memory) the one fewest processors share; else
 * the first. NULL: none.
 */
hwloc_obj_t topo_node_of(hwloc_topology_t topology, unsigned cpu);

/* topo_node_distance - NUMA distance as the firmware tells it, 10 within a node; 0: not known. */
unsigned topo_node_distance(hwloc_topology_t topology, hwloc_obj_t from, hwloc_obj_t to);

/* topo_last_cache - the outermost data cache that @core shares with other cores, NULL: none. */
hwloc_obj_t topo_last_cache(hwloc_obj_t core);

/* topo_kind - rank of the kind of @cpuset's cores, more is stronger; 0 where there is one kind only. */
int topo_kind(hwloc_topology_t topology, hwloc_const_cpuset_t cpuset);

/* topo_relate - fills the distances and the words of @place from its numbers. */
void topo_relate(hwloc_topology_t topology, struct topo_place *place);

#endif
