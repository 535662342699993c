/* SPDX-License-Identifier: BSD-2-Clause */
/* topo_priv.h: what the files of this folder share. */
#ifndef TOPO_TOPO_PRIV_H
#define TOPO_TOPO_PRIV_H

#include <hwloc.h>

struct topo {
	hwloc_topology_t topology; /* only of processors the process may use */
};

#endif
