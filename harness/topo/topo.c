// SPDX-License-Identifier: BSD-2-Clause
/*
 * topo.c: opens the topology, binds threads and memory. Called by harness/run and the command line; knows nothing of
 * what runs at the places. choose.c chooses them, relate.c puts distances and describe.c the machine into words,
 * draw.c draws.
 */
#include "harness/topo/topo.h"

#include "drivers/support/fault.h"
#include "harness/topo/topo_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * hwloc leaves out what a cgroup forbids, but not what taskset or the caller's own binding does. Where the
 * binding cannot be read, everything is taken.
 */
static int restrict_to_process(hwloc_topology_t topology)
{
	hwloc_bitmap_t set = fault_point("topo_bitmap") ? NULL : hwloc_bitmap_alloc();
	int rc = 0;

	if (!set)
		return -ENOMEM;
	if (!hwloc_get_cpubind(topology, set, HWLOC_CPUBIND_PROCESS) &&
		hwloc_topology_restrict(topology, set, 0))
		rc = -errno;
	hwloc_bitmap_free(set);
	return rc;
}

static int topology_load(hwloc_topology_t topology, const char *xml, struct err *err)
{
	if (xml && access(xml, R_OK))
		return err_set(err, ERR_MISSING, -ENODEV, "topology %s: %s", xml, strerror(errno));
	if (xml && hwloc_topology_set_xml(topology, xml))
		return err_set(err, ERR_MISSING, -ENODEV,
			"topology %s: not an hwloc topology; lstopo --of xml writes one", xml);
	if (fault_point("topo_load") || hwloc_topology_load(topology))
		return err_set(err, ERR_MISSING, -ENODEV, "topology %s: hwloc cannot load it",
			xml ? xml : "of this machine");
	if (hwloc_topology_is_thissystem(topology) && restrict_to_process(topology))
		return err_set(err, ERR_MISSING, -ENOMEM,
			"topology: cannot be restricted to the processors of this process");
	return 0;
}

int topo_open(struct topo **out, const char *xml, struct err *err)
{
	struct topo *topo = fault_point("topo_alloc") ? NULL : calloc(1, sizeof(*topo));
	int rc;

	*out = NULL;
	if (!topo)
		return err_short(err, -ENOMEM, "topology: no memory");
	if (fault_point("topo_init") || hwloc_topology_init(&topo->topology)) {
		rc = err_short(err, -ENOMEM, "topology: no memory");
		goto free_topo;
	}
	rc = topology_load(topo->topology, xml, err);
	if (rc)
		goto destroy_topology;
	*out = topo;
	return 0;

destroy_topology:
	hwloc_topology_destroy(topo->topology);
free_topo:
	free(topo);
	return rc;
}

void topo_close(struct topo *topo)
{
	if (!topo)
		return;
	hwloc_topology_destroy(topo->topology);
	free(topo);
}

int topo_need_live(const struct topo *topo, struct err *err)
{
	if (hwloc_topology_is_thissystem(topo->topology))
		return 0;
	return err_set(err, ERR_USAGE, -ENOTSUP,
		"topology: a recorded one is for choosing only; nothing can be bound to it");
}

int topo_bind_thread(struct topo *topo, int cpu, struct err *err)
{
	int rc = topo_need_live(topo, err);
	hwloc_obj_t pu = cpu < 0 ? NULL
	                         : hwloc_get_pu_obj_by_os_index(topo->topology, (unsigned)cpu);
	char may[128];

	if (rc)
		return rc;
	if (!pu) {
		hwloc_bitmap_list_snprintf(
			may, sizeof(may), hwloc_topology_get_topology_cpuset(topo->topology));
		return err_set(err, ERR_USAGE, -EINVAL,
			"cpu %d: not one this process may use; expected one of %s", cpu, may);
	}
	if (!fault_point("topo_bind") && !hwloc_set_cpubind(topo->topology, pu->cpuset,
						 HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_STRICT))
		return 0;
	return err_set(err, ERR_MISSING, errno ? -errno : -EPERM,
		"cpu %d: cannot bind the thread to it: %s", cpu, strerror(errno));
}

int topo_unbind_thread(struct topo *topo)
{
	int rc = topo_need_live(topo, NULL);

	if (rc)
		return rc;
	return hwloc_set_cpubind(topo->topology, hwloc_topology_get_topology_cpuset(topo->topology),
		       HWLOC_CPUBIND_THREAD)
	               ? -errno
	               : 0;
}
