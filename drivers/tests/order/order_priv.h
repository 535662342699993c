/* SPDX-License-Identifier: BSD-2-Clause */
/* order_priv.h: what explore.c, memory.c and runtime.c share. */
#ifndef ORDER_ORDER_PRIV_H
#define ORDER_ORDER_PRIV_H

#include "drivers/tests/order/order.h"

#define LOCATIONS_MAX 64
#define MESSAGES_MAX  64
#define FENCE         0 /* pseudo-location of seq_cst fences */

/* What a thread knows, and what a release hands on: a message index a location, a time a thread. */
struct know {
	uint16_t seen[LOCATIONS_MAX];
	uint32_t clock[ORDER_THREADS_MAX];
};

enum access_kind {
	ACCESS_NONE,
	ACCESS_LOAD,
	ACCESS_STORE,
	ACCESS_RMW,
	ACCESS_CAS,
	ACCESS_FENCE,
	ACCESS_WAIT
};

enum rmw { RMW_EXCHANGE, RMW_ADD, RMW_SUB, RMW_AND, RMW_OR, RMW_XOR };

/* One atomic access, from its announcement to its result. */
struct access {
	enum access_kind kind;
	enum rmw rmw;
	unsigned location;
	int order, fail_order;    /* __ATOMIC_* */
	uint64_t value, expected; /* as zero-extended */
	uint64_t read;            /* result: value read */
	bool done;                /* result: it has stored */
};

/* ---- memory.c: locations, messages, races ------------------------------------------------------------------- */

void memory_begin(unsigned threads); /* a new execution */
void memory_forget(void);            /* a new exploration: regions, labels, writers */
void memory_share(const void *memory, size_t bytes);
void memory_label(const void *address, const char *label);

/* The location at @address, made on first use. @value: what lies there now. */
unsigned memory_location(const void *address, unsigned bytes, uint64_t value);
const char *memory_name(unsigned location, char *buffer, size_t bytes);
bool memory_is_labelled(unsigned location, const char *label);
unsigned memory_messages(unsigned location);
uint64_t memory_total(void); /* messages of all locations */
unsigned memory_seen(unsigned thread, unsigned location);

/* Bit mask of the threads that ever wrote @location in this exploration. */
unsigned memory_writers(unsigned location);
bool memory_surprise(void); /* has a location got a writer since memory_surprise_over? */
void memory_surprise_over(void);

/* Does @access, if it takes message @index, store? How it may end: memory_allowed over all indices. */
bool memory_allowed(unsigned thread, const struct access *access, unsigned index);
void memory_take(unsigned thread, struct access *access, unsigned index);

/* A plain access. */
void memory_plain(unsigned thread, const void *address, size_t bytes, bool write);

/* ---- explore.c ---------------------------------------------------------------------------------------------- */

/* -1 outside a thread: accesses then go to memory directly. */
extern int explore_thread;
/* Announces and performs @access of the current thread; returns when it has happened. */
void explore_access(struct access *access);
/* A turn of a spin loop: waits for one of the locations read since the thread last wrote. */
void explore_spin(void);
bool explore_weakens(unsigned location, enum order_kind kind);

#endif
