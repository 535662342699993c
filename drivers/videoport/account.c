// SPDX-License-Identifier: BSD-2-Clause
/*
 * account.c: see account.h. What every transfer does is inline there; here are dates, common buffers,
 * reading and reset.
 */
#include "drivers/videoport/account.h"

#include "drivers/videoport/clock.h"

#include <string.h>

void account_init(struct account *account)
{
	memset(account, 0, sizeof(*account));
	account->since_ticks = clock_ticks();
	account->space_ticks = account->since_ticks;
	account_meter_open(account, &account->memory, ACCOUNT_MEMORY);
}

void account_fini(struct account *account)
{
	account_meter_close(account, &account->memory);
}

/* ---- dates ------------------------------------------------------------------------------------------- */

/* The clock's @ticks as those that count. */
static uint64_t counted_locked(const struct account *account, uint64_t ticks)
{
	return account->stopped ? account->stopped_ticks : ticks - account->idle_ticks;
}

static uint64_t now_locked(const struct account *account)
{
	return counted_locked(account, clock_ticks());
}

/* Brings the integrals up to @ticks; what has changed since the last date takes effect there. */
static inline void meter_fold_locked(struct account_meter *meter, uint64_t ticks)
{
	/* Readings of two processors may differ by a few ticks. */
	uint64_t span = ticks > meter->dated_ticks ? ticks - meter->dated_ticks : 0;

#pragma GCC unroll 3
	for (unsigned i = 0; i < ACCOUNT_GAUGES; i++) {
		meter->integral[i] += (account_integral)meter->dated[i] * span;
		meter->dated[i] = meter->now[i];
	}
	meter->dated_ticks += span;
}

static void fold_dirty_locked(struct account *account, uint64_t ticks)
{
	struct account_meter *at = atomic_load_explicit(&account->dirty, memory_order_relaxed);

	for (; at; at = at->dirty_next) {
		meter_fold_locked(at, ticks);
		at->dirty = false;
	}
	atomic_store_explicit(&account->dirty, NULL, memory_order_relaxed);
}

void account_fold(struct account *account, uint64_t ticks)
{
	spin_acquire(&account->lock);
	fold_dirty_locked(account, counted_locked(account, ticks));
	spin_release(&account->lock);
}

void account_fold_now(struct account *account)
{
	account_fold(account, clock_ticks());
}

/* All meters, so that their integrals end at one moment. */
static void fold_all_locked(struct account *account, uint64_t ticks)
{
	fold_dirty_locked(account, ticks);
	for (struct account_meter *at = account->meters; at; at = at->next)
		meter_fold_locked(at, ticks);
}

/* ---- meters ------------------------------------------------------------------------------------------ */

void account_meter_open(
	struct account *account, struct account_meter *meter, enum account_kind kind)
{
	meter->kind = kind;
	meter->open = true;
	spin_acquire(&account->lock);
	meter->since_ticks = meter->dated_ticks = now_locked(account);
	meter->next = account->meters;
	account->meters = meter;
	spin_release(&account->lock);
}

void account_meter_close(struct account *account, struct account_meter *meter)
{
	struct account_meter **at = &account->meters;

	if (!meter->open)
		return;
	meter->open = false;
	spin_acquire(&account->lock);
	fold_all_locked(account, now_locked(account));
	for (unsigned i = 0; i < ACCOUNT_GAUGES; i++)
		account->total[meter->kind].closed[i] += meter->integral[i];
	while (*at != meter)
		at = &(*at)->next;
	*at = meter->next;
	spin_release(&account->lock);
}

/* ---- common buffers ---------------------------------------------------------------------------------- */

/* Ends the stretch in which the space was as it is. */
static void space_fold_locked(struct account *account, uint64_t ticks)
{
	if (ticks <= account->space_ticks)
		return;
	account->fragmentation_ticks += account->fragmentation *
	                                (double)(ticks - account->space_ticks);
	account->space_ticks = ticks;
}

static void space_changed_locked(struct account *account)
{
	struct space_state state;

	space_read(&account->space, &state);
	account->fragmentation = state.fragmentation;
	if (state.fragmentation > account->fragmentation_peak)
		account->fragmentation_peak = state.fragmentation;
}

/* A reading of its own: such an event is dated by itself, and at once. */
static void common_change_locked(
	struct account *account, struct account_meter *meter, const uint64_t by[ACCOUNT_GAUGES])
{
	uint64_t ticks = now_locked(account);

	space_fold_locked(account, ticks);
	for (unsigned i = 0; i < ACCOUNT_GAUGES; i++)
		account_change_locked(account, meter, i, by[i]);
	meter_fold_locked(meter, ticks);
}

void account_common_begin(struct account *account, struct account_meter *meter,
	struct space_node *node, uint64_t asked_bytes, uint64_t bytes)
{
	const uint64_t by[ACCOUNT_GAUGES] = {bytes, asked_bytes, 1};

	spin_acquire(&account->lock);
	common_change_locked(account, meter, by);
	space_insert(&account->space, node);
	space_changed_locked(account);
	spin_release(&account->lock);
}

void account_common_end(struct account *account, struct account_meter *meter,
	struct space_node *node, uint64_t asked_bytes, uint64_t bytes)
{
	/* Modulo 2^64, as all amounts. */
	const uint64_t by[ACCOUNT_GAUGES] = {-bytes, -asked_bytes, UINT64_MAX};

	spin_acquire(&account->lock);
	common_change_locked(account, meter, by);
	space_remove(&account->space, node);
	space_changed_locked(account);
	spin_release(&account->lock);
}

/* ---- reading ----------------------------------------------------------------------------------------- */

/* The mean of what was @integral over a span; @now where no time has passed. */
static double mean_of(account_integral integral, uint64_t span_ticks, uint64_t now)
{
	return span_ticks ? (double)integral / (double)span_ticks : (double)now;
}

struct figures {
	uint64_t now, peak;
	double mean;
};

/* The sum over all meters of @kind; they are folded. */
static struct figures total_read_locked(
	const struct account *account, enum account_kind kind, unsigned gauge, uint64_t ticks)
{
	const struct account_total *total = &account->total[kind];
	account_integral integral = total->closed[gauge];

	for (const struct account_meter *at = account->meters; at; at = at->next)
		if (at->kind == kind)
			integral += at->integral[gauge];
	return (struct figures){total->now[gauge], total->peak[gauge],
		mean_of(integral, ticks - account->since_ticks, total->now[gauge])};
}

#define READ(field, kind, gauge)                                                                   \
	do {                                                                                       \
		struct figures figures = total_read_locked(account, kind, gauge, ticks);           \
		usage->field = figures.now;                                                        \
		usage->field##_peak = figures.peak;                                                \
		usage->field##_mean = figures.mean;                                                \
	} while (0)

static void read_locked(struct account *account, struct videoport_usage *usage, uint64_t ticks)
{
	struct space_state space;

	READ(common_bytes, ACCOUNT_COMMON, ACCOUNT_COMMON_BYTES);
	READ(common_asked_bytes, ACCOUNT_COMMON, ACCOUNT_COMMON_ASKED);
	READ(pinned_bytes, ACCOUNT_MEMORY, ACCOUNT_PINNED_BYTES);
	READ(mapped_bytes, ACCOUNT_MEMORY, ACCOUNT_MAPPED_BYTES);
	READ(map_registers, ACCOUNT_TRANSFERS, ACCOUNT_MAP_REGISTERS);
	READ(bounce_held_bytes, ACCOUNT_TRANSFERS, ACCOUNT_BOUNCE_BYTES);
	READ(sg_bytes, ACCOUNT_TRANSFERS, ACCOUNT_SG_BYTES);
	usage->sg_lists = account->sg_lists;
	usage->sg_elements = account->sg_elements;
	usage->locks = account->locks;
	space_read(&account->space, &space);
	usage->common_free_bytes = space.free_pages << PAGE_SHIFT;
	usage->common_largest_bytes = space.largest_pages << PAGE_SHIFT;
	usage->common_fragmentation = space.fragmentation;
	usage->common_fragmentation_peak = account->fragmentation_peak;
	usage->common_fragmentation_mean = ticks > account->since_ticks
	                                           ? account->fragmentation_ticks /
	                                                     (double)(ticks - account->since_ticks)
	                                           : space.fragmentation;
}
#undef READ

static uint64_t read_relaxed(_Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void account_read(struct account *account, struct videoport_usage *usage)
{
	memset(usage, 0, sizeof(*usage));
	spin_acquire(&account->lock);

	uint64_t ticks = now_locked(account);

	fold_all_locked(account, ticks);
	space_fold_locked(account, ticks);
	read_locked(account, usage, ticks);
	spin_release(&account->lock);
	usage->bounce_bytes = read_relaxed(&account->bounced_bytes);
	usage->pins_refused = read_relaxed(&account->pins_refused);
	usage->pin_error = atomic_load_explicit(&account->pin_error, memory_order_relaxed);
	usage->adapters = read_relaxed(&account->objects[ACCOUNT_ADAPTER]);
	usage->events = read_relaxed(&account->objects[ACCOUNT_EVENT]);
	usage->spin_locks = read_relaxed(&account->objects[ACCOUNT_SPIN_LOCK]);
	usage->pool_blocks = read_relaxed(&account->objects[ACCOUNT_POOL_BLOCK]);
	usage->buffers = read_relaxed(&account->objects[ACCOUNT_BUFFER]);
}

void account_meter_read(struct account *account, struct account_meter *meter, unsigned gauge,
	struct videoport_gauge *out)
{
	spin_acquire(&account->lock);

	uint64_t ticks = now_locked(account);

	fold_all_locked(account, ticks);
	out->now = meter->now[gauge];
	out->peak = meter->peak[gauge];
	out->mean = mean_of(meter->integral[gauge], ticks - meter->since_ticks, out->now);
	spin_release(&account->lock);
}

/* ---- run and reset ------------------------------------------------------------------------------------------- */

void account_run(struct account *account, bool run, uint64_t ticks)
{
	spin_acquire(&account->lock);

	uint64_t counted = counted_locked(account, ticks);

	fold_dirty_locked(account, counted);
	if (run)
		account->idle_ticks = ticks - counted;
	account->stopped = !run;
	account->stopped_ticks = counted;
	spin_release(&account->lock);
}

static void meter_reset_locked(struct account_meter *meter, uint64_t ticks)
{
	memcpy(meter->peak, meter->now, sizeof(meter->peak));
	memset(meter->integral, 0, sizeof(meter->integral));
	meter->since_ticks = meter->dated_ticks = ticks;
}

void account_reset(struct account *account)
{
	spin_acquire(&account->lock);

	uint64_t ticks = now_locked(account);

	fold_all_locked(account, ticks);
	for (struct account_meter *at = account->meters; at; at = at->next)
		meter_reset_locked(at, ticks);
	for (unsigned kind = 0; kind < ACCOUNT_KIND_COUNT; kind++) {
		struct account_total *total = &account->total[kind];

		memcpy(total->peak, total->now, sizeof(total->peak));
		memset(total->closed, 0, sizeof(total->closed));
	}
	space_reset(&account->space);
	account->fragmentation_peak = 0;
	account->fragmentation_ticks = 0;
	space_changed_locked(account);
	account->since_ticks = account->space_ticks = ticks;
	account->sg_lists = account->sg_elements = 0;
	spin_release(&account->lock);
	atomic_store_explicit(&account->bounced_bytes, 0, memory_order_relaxed);
	atomic_store_explicit(&account->pins_refused, 0, memory_order_relaxed);
}
