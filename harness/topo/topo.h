/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * topo.h: where driver, device and memory of a run are placed, by hwloc.
 *
 * Placement rule (harness/place has the words): the driver's thread and the device's thread on two different cores,
 * never on two hardware threads of one core where there is another choice; the interrupt thread on the driver's
 * core. `auto` takes cores of the strongest kind the host has two of, and of these the two that share the closest
 * cache (L2, else L3, else package, else machine); memory on the node nearest to the driver. One core only:
 * everything there, and the placement says `shared`. A wish that this host cannot meet is refused, never bent.
 *
 * Only processors the process may run on are used (cgroup, taskset).
 * Ownership: topo_open gives, topo_close takes back, NULL tolerated. Threads: read-only after open.
 */
#ifndef TOPO_TOPO_H
#define TOPO_TOPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/support/err.h"
#include "harness/place/place.h"

struct topo;

struct topo_place {
	int driver_cpu, device_cpu, interrupt_cpu; /* logical (OS) numbers */
	int node;                                  /* NUMA node (OS) of the memory */
	bool shared; /* driver and device run on the same core, on its two hardware threads if it has them */
	char relation
		[24]; /* closest common object: "L2", "L3", "Package", "NUMANode", "Machine", "Core" */
	char text[192];           /* "driver cpu 0, device cpu 1 (share L3), memory node 0" */
	struct place_found found; /* distances in words, for the record */
};

/*
 * topo_open - @xml: file with a recorded topology (lstopo --of xml), or NULL for this machine. A recorded one
 * is for choosing and describing only: what binds answers -ENOTSUP.
 * Return: 0; -ENODEV (ERR_MISSING) no such file or no topology; -ENOMEM (ERR_MISSING).
 */
int topo_open(struct topo **topo, const char *xml, struct err *err);
void topo_close(struct topo *topo);

/*
 * topo_place - chooses by the rule above what @wish asks for (NULL: auto everywhere); the same topology and wish give
 * the same places. Return: 0; -ENODEV (ERR_MISSING) this host cannot meet it, the message says what the host has;
 * -ENOMEM (ERR_MISSING).
 */
int topo_place(struct topo *topo, const struct place_wish *wish, struct topo_place *place,
	struct err *err);

/*
 * topo_draw - the topology as a tree of text lines with driver, device and memory of @place marked; parts that are
 * alike and hold none of them are folded into one line. Lines are UTF-8, without newline.
 */
typedef void (*topo_line)(void *arg, const char *line);
void topo_draw(struct topo *topo, const struct topo_place *place, topo_line emit, void *arg);

/*
 * topo_bind_thread - binds the calling thread to processor @cpu (OS number).
 * Return: 0; -EINVAL (ERR_USAGE) not one the process may use; -ENOTSUP recorded topology; else -errno.
 */
int topo_bind_thread(struct topo *topo, int cpu, struct err *err);
/* topo_unbind_thread - back to every processor the process could use at topo_open. Return: 0 or -errno. */
int topo_unbind_thread(struct topo *topo);

/* What backs memory. The words of topo_pages_words name them. */
enum topo_pages {
	TOPO_PAGES_4K,  /* no large page, whatever the host prefers */
	TOPO_PAGES_THP, /* transparent huge pages: every byte in a 2 MiB page, checked */
	TOPO_PAGES_2M,  /* 2 MiB pages of hugetlb */
};
extern const char *const topo_pages_words[]; /* 4k thp 2m */
#define TOPO_HUGE_BYTES ((size_t)2 << 20)

/*
 * topo_alloc - page-aligned memory (huge pages: 2 MiB-aligned), zero and touched, on @node (OS number) or, where the
 * system forbids that choice or the node is full, on another, between two pages that nobody may touch. topo_free takes it
 * back (NULL tolerated).
 * Return: memory, or NULL with @err: -ENOMEM (ERR_MISSING), also where not all of it came in the pages asked for, the
 * message then says how to get them; -EINVAL (ERR_USAGE) no length or no such node; -ENOTSUP recorded topology.
 */
void *topo_alloc(
	struct topo *topo, size_t len_bytes, int node, enum topo_pages pages, struct err *err);
void topo_free(struct topo *topo, void *memory, size_t len_bytes, enum topo_pages pages);

/*
 * topo_pages_offered - whether the host has such pages now, found without touching any; transparent ones may still
 * fail to come. Return: 0, or -ENOMEM (ERR_MISSING).
 */
int topo_pages_offered(size_t len_bytes, enum topo_pages pages, struct err *err);

/* topo_memory_huge - bytes in 2 MiB pages of the mapping that begins at @memory; -1: it cannot be told. */
int64_t topo_memory_huge(const void *memory);

/* topo_memory_node - the node (OS number) all of that memory lies on; -1: on several, or it cannot be told. */
int topo_memory_node(struct topo *topo, const void *memory, size_t len_bytes);

/*
 * topo_describe - the machine for results. Each is a key with a text value, called through @emit, in this
 * order: cpu_model, packages, cores, threads, caches, nodes, memory_bytes, kernel, architecture, virtualised,
 * hwloc. Counts are of what the process may use. "unknown" where it is.
 */
typedef void (*topo_emit)(void *arg, const char *key, const char *value);
void topo_describe(struct topo *topo, topo_emit emit, void *arg);

/* Bytes of the largest data cache above processor @cpu, 0 unknown. */
size_t topo_cache_bytes(struct topo *topo, int cpu);

#endif
