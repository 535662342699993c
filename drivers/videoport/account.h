/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * account.h: what the driver holds at the moment, and the most it held. Behind videoport_usage.
 *
 * Peaks are exact: each counter's additions have one order, and every adder offers the value its
 * own addition produced. Functions marked hot are called once a transfer from several threads and
 * cost one or two relaxed atomic additions; account_common takes a lock and a clock reading, for
 * the time-weighted mean.
 *
 * Threads: all functions from any thread. Called by the framework and by the DMA core.
 */
#ifndef VIDEOPORT_ACCOUNT_H
#define VIDEOPORT_ACCOUNT_H

#include "drivers/support/types.h"
#include "drivers/videoport/videoport.h"

#include <pthread.h>
#include <stdatomic.h>

/* Live objects that are only counted. */
enum account_object {
	ACCOUNT_ADAPTER,
	ACCOUNT_EVENT,
	ACCOUNT_SPIN_LOCK,
	ACCOUNT_POOL_BLOCK,
	ACCOUNT_BUFFER, /* VideoPortAllocateBuffer */
	ACCOUNT_PORT,   /* the port's own for the driver: nobody gives it back */
	ACCOUNT_OBJECT_COUNT,
};

struct account_gauge {
	_Atomic uint64_t now;
	_Atomic uint64_t peak;
};

struct account {
	/* Written by every transfer. */
	CACHE_ALIGNED struct account_gauge map_registers;
	_Atomic uint64_t sg_lists;
	_Atomic uint64_t sg_elements;
	_Atomic uint64_t bounce_bytes;

	/* Written by every lock. */
	CACHE_ALIGNED struct account_gauge pinned_bytes;
	_Atomic uint64_t locks;

	/* Seldom written. */
	CACHE_ALIGNED _Atomic uint64_t objects[ACCOUNT_OBJECT_COUNT];
	pthread_mutex_t common_lock; /* guards what follows */
	uint64_t common_bytes, common_peak;
	uint64_t since_ns, changed_ns; /* the last reset; the last change of common_bytes */
	double common_byte_ns;         /* integral of common_bytes over [since_ns, changed_ns] */
};

/* account_init - all zero, the mean starts now. Return: 0 or -errno. */
int account_init(struct account *account);
void account_fini(struct account *account);

static inline void account_gauge_add(struct account_gauge *gauge, uint64_t amount)
{
	/* Relaxed: counters publish nothing. The new value is one the gauge really had. */
	uint64_t now = atomic_fetch_add_explicit(&gauge->now, amount, memory_order_relaxed) +
	               amount;
	uint64_t peak = atomic_load_explicit(&gauge->peak, memory_order_relaxed);

	while (now > peak && !atomic_compare_exchange_weak_explicit(&gauge->peak, &peak, now,
				     memory_order_relaxed, memory_order_relaxed))
		;
}

static inline void account_gauge_sub(struct account_gauge *gauge, uint64_t amount)
{
	atomic_fetch_sub_explicit(&gauge->now, amount, memory_order_relaxed);
}

/* Hot: map registers taken and given back. */
static inline void account_registers_take(struct account *account, uint64_t count)
{
	account_gauge_add(&account->map_registers, count);
}

static inline void account_registers_give(struct account *account, uint64_t count)
{
	account_gauge_sub(&account->map_registers, count);
}

/* Hot: one scatter/gather list of @elements was built. */
static inline void account_sg(struct account *account, uint64_t elements)
{
	atomic_fetch_add_explicit(&account->sg_lists, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&account->sg_elements, elements, memory_order_relaxed);
}

/* Hot: @bytes were copied through bounce slots, either way. */
static inline void account_bounce(struct account *account, uint64_t bytes)
{
	atomic_fetch_add_explicit(&account->bounce_bytes, bytes, memory_order_relaxed);
}

/* Hot: one lock of @bytes (whole pages) was made or released. */
static inline void account_pin(struct account *account, uint64_t bytes)
{
	atomic_fetch_add_explicit(&account->locks, 1, memory_order_relaxed);
	account_gauge_add(&account->pinned_bytes, bytes);
}

static inline void account_unpin(struct account *account, uint64_t bytes)
{
	atomic_fetch_sub_explicit(&account->locks, 1, memory_order_relaxed);
	account_gauge_sub(&account->pinned_bytes, bytes);
}

static inline void account_object_add(struct account *account, enum account_object kind)
{
	atomic_fetch_add_explicit(&account->objects[kind], 1, memory_order_relaxed);
}

static inline void account_object_sub(struct account *account, enum account_object kind)
{
	atomic_fetch_sub_explicit(&account->objects[kind], 1, memory_order_relaxed);
}

/* account_common - @bytes of common buffer (whole pages) were taken (> 0) or given back (< 0). */
void account_common(struct account *account, int64_t bytes);

void account_read(struct account *account, struct videoport_usage *usage);

/* account_reset - peaks become the present values, totals zero, the mean starts now. */
void account_reset(struct account *account);

#endif
