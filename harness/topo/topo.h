/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * topo.h: where driver, device and memory of a run are placed, by hwloc.
 *
 * Placement rule: the driver's thread and the device's thread on two different cores that share the closest
 * cache two cores can share (L2, else L3, else package, else machine); never two hardware threads of one core
 * where there is another choice; the interrupt thread on the driver's core. Memory on the node nearest to the
 * driver. One core only: everything there, and the placement says `shared`.
 *
 * Only processors the process may run on are used (cgroup, taskset).
 * Ownership: topo_open gives, topo_close takes back, NULL tolerated. Threads: read-only after open.
 */
#ifndef TOPO_TOPO_H
#define TOPO_TOPO_H

#include <stdbool.h>
#include <stddef.h>

#include "drivers/support/err.h"

struct topo;

struct topo_place {
	int driver_cpu, device_cpu, interrupt_cpu; /* logical (OS) numbers */
	int node;                                  /* NUMA node (OS) of the memory */
	bool shared;          /* driver and device run on the same core */
	char relation[24];    /* closest common object: "L2", "L3", "Package", "NUMANode", "Machine", "Core" */
	char text[160];       /* "driver cpu 0, device cpu 1 (share L3), memory node 0" */
};

/* @xml: a recorded topology for tests, or NULL for this machine. Return: 0; -ENODEV (ERR_MISSING). */
int topo_open(struct topo **topo, const char *xml, struct err *err);
void topo_close(struct topo *topo);

int topo_place(struct topo *topo, struct topo_place *place, struct err *err);

/* topo_bind_thread - binds the calling thread to logical CPU @cpu. Return 0 or -errno. */
int topo_bind_thread(struct topo *topo, int cpu, struct err *err);
/* topo_unbind_thread - back to every processor the process may use. */
int topo_unbind_thread(struct topo *topo);

/*
 * topo_alloc - page-aligned memory on @node, touched. topo_free takes it back (NULL tolerated).
 * Return: memory or NULL (-ENOMEM in @err, ERR_MISSING).
 */
void *topo_alloc(struct topo *topo, size_t len_bytes, int node, struct err *err);
void topo_free(struct topo *topo, void *memory, size_t len_bytes);

/*
 * topo_describe - the machine for results: CPU model, cores, caches, nodes, memory, kernel, virtualised.
 * Each is a key with a text value, called through @emit.
 */
typedef void (*topo_emit)(void *arg, const char *key, const char *value);
void topo_describe(struct topo *topo, topo_emit emit, void *arg);

/* Bytes of the largest cache of the driver's core, 0 unknown. */
size_t topo_cache_bytes(struct topo *topo, int cpu);

#endif
