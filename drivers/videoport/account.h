/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * account.h: what the driver holds at the moment, the most it held, and the mean over time. Behind
 * videoport_usage and videoport_adapters.
 *
 * A meter is a few gauges that change together. The port has one for requesters' memory, each adapter one
 * for its transfers and one for its common buffers; what the port holds of an adapter's kind is the sum.
 *
 *	change        now, peak: exact, by every event, without a clock
 *	account_date  integral += value at the last date * time since; all that changed since then takes
 *	              effect at this moment
 *
 * So the value over time is a staircase whose steps lie at the dates, and means are its exact integral:
 * whole numbers, 128 bits. A date costs a look at a list that is empty where nothing changed. Who dates:
 * the host by readings it takes anyway (videoport_date), the port itself at the end of a DPC and, where
 * the host does not, of a request. Common buffers come and go seldom and are dated by a reading of their own.
 * Time that a host takes out (account_run) does not count: what changes then takes effect without delay.
 *
 * Threads: all functions from any thread; one spin lock covers everything but the live objects, which are
 * counted by relaxed atomics. Called by the framework and by the DMA core. Ticks are those of clock.h.
 */
#ifndef VIDEOPORT_ACCOUNT_H
#define VIDEOPORT_ACCOUNT_H

#include "drivers/support/types.h"
#include "drivers/videoport/space.h"
#include "drivers/videoport/spin.h"
#include "drivers/videoport/videoport.h"

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

enum account_kind {
	ACCOUNT_MEMORY,    /* of requesters, one meter a port */
	ACCOUNT_TRANSFERS, /* one an adapter */
	ACCOUNT_COMMON,    /* one an adapter */
	ACCOUNT_KIND_COUNT,
};

#define ACCOUNT_GAUGES 3
enum { ACCOUNT_PINNED_BYTES, ACCOUNT_MAPPED_BYTES };                       /* memory */
enum { ACCOUNT_MAP_REGISTERS, ACCOUNT_BOUNCE_BYTES, ACCOUNT_SG_BYTES };    /* transfers */
enum { ACCOUNT_COMMON_BYTES, ACCOUNT_COMMON_ASKED, ACCOUNT_COMMON_COUNT }; /* common buffers */

__extension__ typedef unsigned __int128 account_integral; /* amount times ticks */

struct account_meter {
	struct account_meter *dirty_next; /* changed since the last date */
	bool dirty, open;
	enum account_kind kind;
	uint64_t now[ACCOUNT_GAUGES], peak[ACCOUNT_GAUGES];
	uint64_t dated[ACCOUNT_GAUGES];            /* at the last date */
	account_integral integral[ACCOUNT_GAUGES]; /* over [since, dated_ticks] */
	uint64_t since_ticks, dated_ticks;
	struct account_meter *next; /* all of the port */
};

struct account_total {
	uint64_t now[ACCOUNT_GAUGES], peak[ACCOUNT_GAUGES];
	account_integral closed[ACCOUNT_GAUGES]; /* of meters that are closed, since the reset */
};

struct account {
	CACHE_ALIGNED struct spin lock;      /* guards what follows */
	struct account_meter *_Atomic dirty; /* read without the lock, to see that it is empty */
	struct account_total total[ACCOUNT_KIND_COUNT];
	struct account_meter memory;
	uint64_t sg_lists, sg_elements;
	uint64_t locks;
	struct account_meter *meters;
	uint64_t since_ticks; /* the last reset */
	uint64_t idle_ticks;  /* that did not count; all other ticks here leave them out */
	bool stopped;
	uint64_t stopped_ticks; /* where the count stands meanwhile */

	struct space space; /* where the common buffers lie */
	double fragmentation, fragmentation_peak;
	double fragmentation_ticks; /* integral over [since, space_ticks] */
	uint64_t space_ticks;       /* the last change of it */

	/* Seldom written. */
	CACHE_ALIGNED _Atomic uint64_t bounced_bytes;
	_Atomic uint64_t objects[ACCOUNT_OBJECT_COUNT];
	_Atomic bool host_dates;
	_Atomic uint64_t pins_refused; /* by the host ... */
	_Atomic int pin_error;         /* ... and why the last one was, -errno */
};

/* A transfer as it is counted in and out. */
struct account_transfer {
	uint32_t pages;        /* map registers */
	uint32_t bounced;      /* of them, in slots */
	uint32_t elements;     /* of its list */
	uint64_t mapped_bytes; /* that the device reaches more, or less, than before */
};

/* account_init - all zero, the means start now. account_fini accepts a zeroed object. */
void account_init(struct account *account);
void account_fini(struct account *account);

/*
 * account_meter_open - counts a zeroed @meter in. account_meter_close - takes it out again, what it
 * measured stays in the port's sum; accepts one that was never opened.
 */
void account_meter_open(
	struct account *account, struct account_meter *meter, enum account_kind kind);
void account_meter_close(struct account *account, struct account_meter *meter);

static inline void account_change_locked(
	struct account *account, struct account_meter *meter, unsigned gauge, uint64_t by)
{
	struct account_total *total = &account->total[meter->kind];

	meter->now[gauge] += by; /* modulo 2^64: a negative amount is one */
	total->now[gauge] += by;
	if (meter->now[gauge] > meter->peak[gauge])
		meter->peak[gauge] = meter->now[gauge];
	if (total->now[gauge] > total->peak[gauge])
		total->peak[gauge] = total->now[gauge];
}

static inline void account_dirty_locked(struct account *account, struct account_meter *meter)
{
	if (meter->dirty)
		return;
	meter->dirty = true;
	meter->dirty_next = atomic_load_explicit(&account->dirty, memory_order_relaxed);
	/* Relaxed: who finds the list not empty takes the lock before it looks inside. */
	atomic_store_explicit(&account->dirty, meter, memory_order_relaxed);
}

/* Bytes of a list as the driver sees it: VP_SCATTER_GATHER_LIST with its elements. */
#define ACCOUNT_SG_HEAD_BYTES    16
#define ACCOUNT_SG_ELEMENT_BYTES 24

static inline uint64_t account_sg_bytes(uint64_t elements)
{
	return ACCOUNT_SG_HEAD_BYTES + elements * ACCOUNT_SG_ELEMENT_BYTES;
}

/* Hot: a transfer of the adapter with @meter begins. */
static inline void account_transfer_begin(struct account *account, struct account_meter *meter,
	const struct account_transfer *transfer)
{
	spin_acquire(&account->lock);
	account_change_locked(account, meter, ACCOUNT_MAP_REGISTERS, transfer->pages);
	account_change_locked(
		account, meter, ACCOUNT_SG_BYTES, account_sg_bytes(transfer->elements));
	if (transfer->bounced)
		account_change_locked(account, meter, ACCOUNT_BOUNCE_BYTES,
			(uint64_t)transfer->bounced << PAGE_SHIFT);
	account_change_locked(
		account, &account->memory, ACCOUNT_MAPPED_BYTES, transfer->mapped_bytes);
	account->sg_lists++;
	account->sg_elements += transfer->elements;
	account_dirty_locked(account, meter);
	account_dirty_locked(account, &account->memory);
	spin_release(&account->lock);
}

/* Hot: it ends. No peak can be reached. */
static inline void account_transfer_end(struct account *account, struct account_meter *meter,
	const struct account_transfer *transfer)
{
	struct account_total *total = &account->total[ACCOUNT_TRANSFERS];
	struct account_total *memory = &account->total[ACCOUNT_MEMORY];
	uint64_t sg_bytes = account_sg_bytes(transfer->elements);
	uint64_t bounced = (uint64_t)transfer->bounced << PAGE_SHIFT;

	spin_acquire(&account->lock);
	meter->now[ACCOUNT_MAP_REGISTERS] -= transfer->pages;
	total->now[ACCOUNT_MAP_REGISTERS] -= transfer->pages;
	meter->now[ACCOUNT_SG_BYTES] -= sg_bytes;
	total->now[ACCOUNT_SG_BYTES] -= sg_bytes;
	meter->now[ACCOUNT_BOUNCE_BYTES] -= bounced;
	total->now[ACCOUNT_BOUNCE_BYTES] -= bounced;
	account->memory.now[ACCOUNT_MAPPED_BYTES] -= transfer->mapped_bytes;
	memory->now[ACCOUNT_MAPPED_BYTES] -= transfer->mapped_bytes;
	account_dirty_locked(account, meter);
	account_dirty_locked(account, &account->memory);
	spin_release(&account->lock);
}

/* Hot: one lock of @bytes (whole pages) was made, or released. */
static inline void account_pin(struct account *account, uint64_t bytes)
{
	spin_acquire(&account->lock);
	account->locks++;
	account_change_locked(account, &account->memory, ACCOUNT_PINNED_BYTES, bytes);
	account_dirty_locked(account, &account->memory);
	spin_release(&account->lock);
}

static inline void account_unpin(struct account *account, uint64_t bytes)
{
	spin_acquire(&account->lock);
	account->locks--;
	account->memory.now[ACCOUNT_PINNED_BYTES] -= bytes;
	account->total[ACCOUNT_MEMORY].now[ACCOUNT_PINNED_BYTES] -= bytes;
	account_dirty_locked(account, &account->memory);
	spin_release(&account->lock);
}

/* @bytes were copied through bounce slots, either way. */
static inline void account_bounce(struct account *account, uint64_t bytes)
{
	/* Relaxed: counters publish nothing. */
	atomic_fetch_add_explicit(&account->bounced_bytes, bytes, memory_order_relaxed);
}

/* The host refused a real pin. */
static inline void account_pin_refused(struct account *account, int error)
{
	/* Relaxed: counters publish nothing. */
	atomic_fetch_add_explicit(&account->pins_refused, 1, memory_order_relaxed);
	atomic_store_explicit(&account->pin_error, error, memory_order_relaxed);
}

static inline void account_object_add(struct account *account, enum account_object kind)
{
	atomic_fetch_add_explicit(&account->objects[kind], 1, memory_order_relaxed);
}

static inline void account_object_sub(struct account *account, enum account_object kind)
{
	atomic_fetch_sub_explicit(&account->objects[kind], 1, memory_order_relaxed);
}

/*
 * account_common_begin, _end - a common buffer of the adapter with @meter was allocated, or is about to be
 * released. @node: its frames, set; kept in the account's space meanwhile. @asked_bytes: the driver's length.
 */
void account_common_begin(struct account *account, struct account_meter *meter,
	struct space_node *node, uint64_t asked_bytes, uint64_t bytes);
void account_common_end(struct account *account, struct account_meter *meter,
	struct space_node *node, uint64_t asked_bytes, uint64_t bytes);

/* The slow half of account_date. */
void account_fold(struct account *account, uint64_t ticks);

/* account_date - what changed since the last date takes effect at @ticks; earlier ones count as that date. */
static inline void account_date(struct account *account, uint64_t ticks)
{
	if (atomic_load_explicit(&account->dirty, memory_order_relaxed))
		account_fold(account, ticks);
}

/* account_date_now - the same by a reading taken here, if one is needed. */
void account_fold_now(struct account *account);
static inline void account_date_now(struct account *account)
{
	if (atomic_load_explicit(&account->dirty, memory_order_relaxed))
		account_fold_now(account);
}

/* account_read - dates what is undated to now, then copies. */
void account_read(struct account *account, struct videoport_usage *usage);

/* account_meter_read - the same for one gauge of a meter: now, peak and mean. */
void account_meter_read(struct account *account, struct account_meter *meter, unsigned gauge,
	struct videoport_gauge *out);

/* account_run - time counts from the reading @ticks on, or does not. At first it does. */
void account_run(struct account *account, bool run, uint64_t ticks);

/* account_reset - peaks become the present values, totals zero, all means start now. */
void account_reset(struct account *account);

#endif
