/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * place.h: the words of placements: what is asked for (place.driver, place.device, place.memory), what a record says
 * of what was found, and whether two records may be compared. Pure: no hwloc, no files, no output.
 *
 *	text of a key --place_parse--> place_spot, three of them a place_wish --topo_place--> place_found --> facts
 *	facts of two runs --place_alike--> may be compared, or why not
 *
 * Words of a spot:
 *	auto    driver and device: the two closest cores of the strongest kind; memory: the driver's node. Always met
 *	near    driver and device: two cores of one node, one package and one last-level cache, the closest there are;
 *	        memory: the driver's own node
 *	far     driver and device: two cores across the widest boundary of the host (another node, else another
 *	        package, else another last-level cache), the most distant there are; memory: the node farthest from
 *	        the driver
 *	cpu:N   that processor; memory: its node
 *	node:N  a core of that node; memory: that node
 * near and far of driver and of device speak of each other: one of the two keys says it for both.
 *
 * Ownership: none, plain structs. Threads: no state.
 */
#ifndef PLACE_PLACE_H
#define PLACE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "drivers/support/err.h"

enum place_word { PLACE_AUTO, PLACE_NEAR, PLACE_FAR, PLACE_CPU, PLACE_NODE };

struct place_spot {
	enum place_word word;
	int number; /* of CPU and NODE, as the operating system numbers them; else 0 */
};

struct place_wish {
	struct place_spot driver, device, memory;
};

/*
 * place_parse - reads @text, the value of @key ("place.device"). Return: 0; -EINVAL (ERR_USAGE) for another word or a
 * number that is none.
 */
int place_parse(const char *key, const char *text, struct place_spot *spot, struct err *err);

/*
 * place_wish_parse - the three together. Return: 0; -EINVAL (ERR_USAGE) as place_parse, or where driver and device
 * contradict each other (one near, the other far).
 */
int place_wish_parse(const char *driver, const char *device, const char *memory,
	struct place_wish *wish, struct err *err);

/* place_show - the text that place_parse reads as @spot. Returns @out. */
char *place_show(const struct place_spot *spot, char *out, size_t room);

/*
 * Distances of a placement, one fact each: key, and what it is, for messages. Two placements are alike when all are
 * equal; the numbers of the processors do not matter.
 */
#define PLACE_DISTANCES(X)                                                                          \
	/* "two cores", "hardware threads of one core", "one processor" */                          \
	X(cores, "place.cores", "driver and device are on")                                         \
	/* closest cache both use: "L2", "L3", "none" */                                            \
	X(cache, "place.shared_cache", "the cache that driver and device share is")                 \
	X(package, "place.package", "the package of driver and device is") /* "same", "other" */    \
	/* NUMA distances as the firmware tells them, 10 local; "unknown" */                        \
	X(driver_device, "place.numa_driver_device", "the NUMA distance of driver and device is")   \
	X(driver_memory, "place.numa_driver_memory", "the NUMA distance of driver and memory is")   \
	X(device_memory, "place.numa_device_memory", "the NUMA distance of device and memory is")   \
	/* "one kind", else rank of both cores among the kinds: "2 and 1 of 2", more is stronger */ \
	X(kinds, "place.core_kinds", "the kind of the cores of driver and device is")

enum place_distance {
#define X(name, key, what) PLACE_##name,
	PLACE_DISTANCES(X)
#undef X
		PLACE_DISTANCE_COUNT,
};

/* What was found, in words, by enum place_distance. */
struct place_found {
	char value[PLACE_DISTANCE_COUNT][32];
};

/* "place.shared_cache" and so on. */
const char *place_distance_key(enum place_distance distance);

/* place_fact - value of the fact called @key in a record, NULL where there is none. */
typedef const char *(*place_fact)(const void *record, const char *key);

/*
 * place_alike - whether figures of records @a and @b may be compared as far as placement goes. A distance that a
 * record lacks cannot be judged and is unlike, unless both lack it.
 * @why: receives the differences, each with both values, parted by "; ". Return: true if there are none.
 */
bool place_alike(const void *a, const void *b, place_fact fact, char *why, size_t room);

#endif
