/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache.h: the state of the caches before a timed round.
 *
 *	hot       nothing is done: the round before and the preparation of this one have left what they left
 *	cold      every line of the round's payloads is flushed from every cache of the coherence domain (CLFLUSH), the
 *	          requester's side and the device's, where the device shows its memory in a BAR. Descriptors, tables and
 *	          code stay as they are
 *	thrashed  the driver's core writes a block of twice the last cache, a word of every line: payloads, the driver's
 *	          and the port's own data and translations leave its caches and the last one. The device's own core is not
 *	          made to do anything: its private caches keep what a shared, inclusive last cache does not take from them
 *
 * Used by window.c, ceiling.c and bench/cases, between rounds, never in them. Threads: the driver's.
 */
#ifndef RUN_CACHE_H
#define RUN_CACHE_H

#include <stddef.h>

#include "drivers/support/err.h"

/* A zeroed one is closed. */
struct cache_thrash {
	unsigned char *block;
	size_t len_bytes;
};

/* cache_thrash_open - once; later calls do nothing. Return: 0, -ENOMEM (ERR_MISSING). close accepts a closed one. */
int cache_thrash_open(struct cache_thrash *thrash, struct err *err);
void cache_thrash_close(struct cache_thrash *thrash);
void cache_thrash(struct cache_thrash *thrash);

/* cache_flush - the lines of [at, at + len); complete when cache_flush_end returns. */
void cache_flush(const void *at, size_t len_bytes);
void cache_flush_end(void);

#endif
