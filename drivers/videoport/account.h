/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * account.h: what the driver holds at the moment, the most it held, and the mean over time. Behind
 * videoport_usage and videoport_adapters.
 *
 * A meter is a few gauges that change together; an adapter has one for its transfers and one for its common
 * buffers. Meters of one kind make a part of the account, with their sums, a gauge of the port's own, and one lock for
 * all of it:
 *
 *	part       its own gauge   lock                      changed by
 *	pins       pinned bytes    lent: that of free MDLs   VideoPortLockBuffer, VideoPortUnlockBuffer
 *	transfers  mapped bytes    lent: the mapping's       VideoPortStartDma, VideoPortCompleteDma
 *	common                     its own                   common buffers, which come and go seldom
 *
 * The first two are locks that these functions hold anyway: counting costs them additions and no locked instruction.
 *
 *	change        now, peak: exact, by every event, without a clock
 *	account_date  all that has changed since the last date took effect at this moment
 *
 * So the value over time is a staircase whose steps lie at the dates, and means are its exact integral: whole
 * numbers, 128 bits. A date takes no lock: it is left with the part where something has changed and no other is left
 * yet, and the next change works it in. A step of D at the moment t is kept as D * t: the integral up to T is
 * value * T less the sum of these, and what does not change costs nothing.
 *
 * Who dates: the host by readings it takes anyway (videoport_date), the port itself at the end of a DPC and, where
 * the host does not, of a request. Common buffers are dated by a reading of their own, at once.
 * Time that a host takes out (account_run) does not count: what changes then takes effect without delay.
 *
 * Threads: all functions from any thread; _locked: the part's lock is held. Live objects are counted by relaxed
 * atomics. Called by the framework and by the DMA core. Ticks are those of clock.h.
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

enum account_kind { ACCOUNT_PINS, ACCOUNT_TRANSFERS, ACCOUNT_COMMON, ACCOUNT_KIND_COUNT };

#define ACCOUNT_GAUGES 3
enum { ACCOUNT_MAP_REGISTERS, ACCOUNT_SG_BYTES, ACCOUNT_BOUNCE_BYTES };    /* transfers */
enum { ACCOUNT_COMMON_BYTES, ACCOUNT_COMMON_ASKED, ACCOUNT_COMMON_COUNT }; /* common buffers */

/* Amount times ticks, modulo 2^128: sums and differences of it are exact. */
__extension__ typedef unsigned __int128 account_integral;

struct account_gauge {
	uint64_t now, peak;
	uint64_t dated;          /* what it was at the last date */
	account_integral moment; /* of the steps since the part's reset */
};

struct account_meter {
	struct account_meter *dirty_next; /* NULL: not changed since the last date */
	struct account_meter *next;       /* all of the part */
	bool open;
	enum account_kind kind;
	struct account_gauge gauge[ACCOUNT_GAUGES];
	int64_t since_ticks; /* of the part's time: 0, or when it was opened */
};

struct account_part {
	/* Read and written without the lock, by who dates: ACCOUNT_UNCHANGED, ACCOUNT_CHANGED or a date. */
	CACHE_ALIGNED _Atomic uint64_t date;

	/*
	 * What follows is under the lock. The part's time begins at its reset, without idle ticks: the clock less
	 * zero_ticks, and no later than stopped_ticks, where it stands while it does not count.
	 */
	uint64_t zero_ticks;
	int64_t dated_ticks, stopped_ticks;
	struct account_gauge own;
	struct account_meter *dirty;                        /* the last of them points to itself */
	uint64_t now[ACCOUNT_GAUGES], peak[ACCOUNT_GAUGES]; /* of the sums over all meters */

	account_integral
		closed[ACCOUNT_GAUGES]; /* integrals of meters that are closed, since the reset */
	struct account_meter *meters;
	struct spin *lock;
};

/* No date yet: nothing has changed since the last one; something has. */
#define ACCOUNT_UNCHANGED 0
#define ACCOUNT_CHANGED   1

struct account {
	struct account_part part[ACCOUNT_KIND_COUNT];
	uint64_t locks, pins; /* under the pins' lock: those held, and those made since the reset */
	uint64_t sg_lists, sg_elements; /* under the transfers' */

	/* Under the lock of the common buffers. */
	CACHE_ALIGNED struct spin common_lock;
	struct space space; /* where they lie */
	double fragmentation, fragmentation_peak;
	double fragmentation_ticks; /* integral up to space_ticks */
	int64_t space_ticks;        /* the last change of it, in the part's time */

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
	uint64_t mapped_pages; /* all that the device reaches then */
};

/*
 * account_init - all zero, the means start now. @pins_lock, @transfers_lock: lent, see above; they stay where they are
 * as long as the account is used.
 */
void account_init(struct account *account, struct spin *pins_lock, struct spin *transfers_lock);

/*
 * account_meter_open - counts a zeroed @meter in. account_meter_close - takes it out again, what it
 * measured stays in the sums; accepts one that was never opened.
 */
void account_meter_open(
	struct account *account, struct account_meter *meter, enum account_kind kind);
void account_meter_close(struct account *account, struct account_meter *meter);

/* What changed before the date that was left, @date, takes effect there. */
void account_fold_locked(struct account_part *part, uint64_t date);

/* Before the first change of an event. */
static inline void account_begin_locked(struct account_part *part)
{
	/* Relaxed, both: a date that is just being left may count for this event or be the next one's. */
	uint64_t date = atomic_load_explicit(&part->date, memory_order_relaxed);

	if (date > ACCOUNT_CHANGED)
		account_fold_locked(part, date);
	atomic_store_explicit(&part->date, ACCOUNT_CHANGED, memory_order_relaxed);
}

static inline void account_dirty_locked(struct account_part *part, struct account_meter *meter)
{
	if (meter->dirty_next)
		return;
	meter->dirty_next = part->dirty ? part->dirty : meter;
	part->dirty = meter;
}

static inline void account_peak(uint64_t now, uint64_t *peak)
{
	if (now > *peak)
		*peak = now;
}

/* Amounts are modulo 2^64: a negative one is one. */
static inline void account_change_locked(
	struct account_part *part, struct account_meter *meter, unsigned gauge, uint64_t by)
{
	account_peak(meter->gauge[gauge].now += by, &meter->gauge[gauge].peak);
	account_peak(part->now[gauge] += by, &part->peak[gauge]);
}

/* Bytes of a list as the driver sees it: VP_SCATTER_GATHER_LIST with its elements. */
#define ACCOUNT_SG_HEAD_BYTES    16
#define ACCOUNT_SG_ELEMENT_BYTES 24

static inline uint64_t account_sg_bytes(uint64_t elements)
{
	return ACCOUNT_SG_HEAD_BYTES + elements * ACCOUNT_SG_ELEMENT_BYTES;
}

static inline void account_own_locked(struct account_part *part, uint64_t now)
{
	part->own.now = now;
	account_peak(now, &part->own.peak);
}

/* Hot: a transfer of the adapter with @meter begins. */
static inline void account_transfer_begin_locked(struct account *account,
	struct account_meter *meter, const struct account_transfer *transfer)
{
	struct account_part *part = &account->part[ACCOUNT_TRANSFERS];

	account_begin_locked(part);
	account_dirty_locked(part, meter);
	account_own_locked(part, transfer->mapped_pages << PAGE_SHIFT);
	account_change_locked(part, meter, ACCOUNT_MAP_REGISTERS, transfer->pages);
	account_change_locked(part, meter, ACCOUNT_SG_BYTES, account_sg_bytes(transfer->elements));
	if (__builtin_expect(transfer->bounced != 0, 0))
		account_change_locked(part, meter, ACCOUNT_BOUNCE_BYTES,
			(uint64_t)transfer->bounced << PAGE_SHIFT);
	account->sg_lists++;
	account->sg_elements += transfer->elements;
}

/* Below any peak. */
static inline void account_lower_locked(
	struct account_part *part, struct account_meter *meter, unsigned gauge, uint64_t by)
{
	meter->gauge[gauge].now -= by;
	part->now[gauge] -= by;
}

/* Hot: it ends. */
static inline void account_transfer_end_locked(struct account *account, struct account_meter *meter,
	const struct account_transfer *transfer)
{
	struct account_part *part = &account->part[ACCOUNT_TRANSFERS];

	account_begin_locked(part);
	account_dirty_locked(part, meter);
	account_own_locked(part, transfer->mapped_pages << PAGE_SHIFT);
	account_lower_locked(part, meter, ACCOUNT_MAP_REGISTERS, transfer->pages);
	account_lower_locked(part, meter, ACCOUNT_SG_BYTES, account_sg_bytes(transfer->elements));
	if (__builtin_expect(transfer->bounced != 0, 0))
		account_lower_locked(part, meter, ACCOUNT_BOUNCE_BYTES,
			(uint64_t)transfer->bounced << PAGE_SHIFT);
}

/* What the device reaches has changed, and nothing else. */
static inline void account_reach_locked(struct account *account, uint64_t mapped_pages)
{
	struct account_part *part = &account->part[ACCOUNT_TRANSFERS];

	account_begin_locked(part);
	account_own_locked(part, mapped_pages << PAGE_SHIFT);
}

/* Hot: one lock of @bytes (whole pages) was made, or released. */
static inline void account_pin_locked(struct account *account, uint64_t bytes)
{
	struct account_part *part = &account->part[ACCOUNT_PINS];

	account_begin_locked(part);
	account_own_locked(part, part->own.now + bytes);
	account->locks++;
	account->pins++;
}

static inline void account_unpin_locked(struct account *account, uint64_t bytes)
{
	struct account_part *part = &account->part[ACCOUNT_PINS];

	account_begin_locked(part);
	part->own.now -= bytes;
	account->locks--;
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

/*
 * account_date - what changed since the last date takes effect at @ticks, which is above ACCOUNT_CHANGED; one earlier
 * than the last counts as that. account_date_now - the same by a reading taken here, if one is needed.
 */
static inline void account_date(struct account *account, uint64_t ticks)
{
	for (unsigned i = 0; i < ACCOUNT_COMMON; i++) {
		_Atomic uint64_t *date = &account->part[i].date;

		if (atomic_load_explicit(date, memory_order_relaxed) == ACCOUNT_CHANGED)
			atomic_store_explicit(date, ticks, memory_order_relaxed);
	}
}

void account_date_now(struct account *account);

/* account_read - dates what is undated to now, then copies. */
void account_read(struct account *account, struct videoport_usage *usage);

/* account_meter_read - the same for one gauge of a meter that is open: now, peak and mean. */
void account_meter_read(struct account *account, struct account_meter *meter, unsigned gauge,
	struct videoport_gauge *out);

/* account_run - time counts from the reading @ticks on, or does not. At first it does. */
void account_run(struct account *account, bool run, uint64_t ticks);

/* account_reset - peaks become the present values, totals zero, all means start now. */
void account_reset(struct account *account);

#endif
