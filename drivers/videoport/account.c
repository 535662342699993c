// SPDX-License-Identifier: BSD-2-Clause
/*
 * account.c: see account.h. What every transfer does is inline there; here are dates, common buffers,
 * reading and reset.
 */
#include "drivers/videoport/account.h"

#include "drivers/videoport/clock.h"

#include <string.h>

/* ---- dates ------------------------------------------------------------------------------------------- */

/* The clock's @ticks as the part's time, which does not go back. */
static inline int64_t part_time_locked(const struct account_part *part, uint64_t ticks)
{
	int64_t time = (int64_t)(ticks - part->zero_ticks);

	time = time < part->stopped_ticks ? time : part->stopped_ticks;
	/* Readings of two processors may differ by a few ticks. */
	return time > part->dated_ticks ? time : part->dated_ticks;
}

/* What has changed takes effect at @time. */
static inline void gauge_fold_locked(struct account_gauge *gauge, int64_t time)
{
	__extension__ typedef __int128 wide;
	int64_t step = (int64_t)(gauge->now - gauge->dated); /* negative downwards */

	if (step == 0)
		return;
	gauge->moment += (account_integral)((wide)step * time);
	gauge->dated = gauge->now;
}

static inline void fold_locked(struct account_part *part, int64_t time)
{
	struct account_meter *meter = part->dirty;

	part->dated_ticks = time;
	part->dirty = NULL;
	gauge_fold_locked(&part->own, time);
	while (meter) {
		struct account_meter *next = meter->dirty_next;

#pragma GCC unroll 3
		for (unsigned i = 0; i < ACCOUNT_GAUGES; i++)
			gauge_fold_locked(&meter->gauge[i], time);
		meter->dirty_next = NULL;
		meter = next == meter ? NULL : next;
	}
}

void account_fold_locked(struct account_part *part, uint64_t date)
{
	fold_locked(part, part_time_locked(part, date));
}

/* All changes: those before the date that was left there, if one was, the others at @ticks of the clock. */
static void fold_all_locked(struct account_part *part, uint64_t ticks)
{
	uint64_t date = atomic_load_explicit(&part->date, memory_order_relaxed);

	if (date > ACCOUNT_CHANGED)
		account_fold_locked(part, date);
	fold_locked(part, part_time_locked(part, ticks));
	atomic_store_explicit(&part->date, ACCOUNT_UNCHANGED, memory_order_relaxed);
}

void account_date_now(struct account *account)
{
	bool changed = false;

	for (unsigned i = 0; i < ACCOUNT_COMMON; i++)
		changed |= atomic_load_explicit(&account->part[i].date, memory_order_relaxed) ==
		           ACCOUNT_CHANGED;
	if (changed)
		account_date(account, clock_ticks());
}

/* ---- parts and meters -------------------------------------------------------------------------------- */

void account_init(struct account *account, struct spin *pins_lock, struct spin *transfers_lock)
{
	struct spin *const lock[] = {
		[ACCOUNT_PINS] = pins_lock,
		[ACCOUNT_TRANSFERS] = transfers_lock,
		[ACCOUNT_COMMON] = &account->common_lock,
	};

	memset(account, 0, sizeof(*account));
	for (unsigned kind = 0; kind < ACCOUNT_KIND_COUNT; kind++) {
		struct account_part *part = &account->part[kind];

		part->lock = lock[kind];
		part->zero_ticks = clock_ticks();
		part->stopped_ticks = INT64_MAX;
	}
}

void account_meter_open(
	struct account *account, struct account_meter *meter, enum account_kind kind)
{
	struct account_part *part = &account->part[kind];

	meter->kind = kind;
	meter->open = true;
	spin_acquire(part->lock);
	meter->since_ticks = part_time_locked(part, clock_ticks());
	meter->next = part->meters;
	part->meters = meter;
	spin_release(part->lock);
}

/* The integral of a gauge that is folded, from the part's reset to its last date. */
static account_integral gauge_area_locked(
	const struct account_part *part, const struct account_gauge *gauge)
{
	return (account_integral)gauge->dated * (uint64_t)part->dated_ticks - gauge->moment;
}

void account_meter_close(struct account *account, struct account_meter *meter)
{
	struct account_part *part = &account->part[meter->kind];
	struct account_meter **at = &part->meters;

	if (!meter->open)
		return;
	meter->open = false;
	spin_acquire(part->lock);
	fold_all_locked(part, clock_ticks());
	for (unsigned i = 0; i < ACCOUNT_GAUGES; i++)
		part->closed[i] += gauge_area_locked(part, &meter->gauge[i]);
	while (*at != meter)
		at = &(*at)->next;
	*at = meter->next;
	spin_release(part->lock);
}

/* ---- common buffers ---------------------------------------------------------------------------------- */

/* Ends, at @time of the part, the stretch in which the space was as it is. */
static void space_fold_locked(struct account *account, int64_t time)
{
	account->fragmentation_ticks += account->fragmentation *
	                                (double)(time - account->space_ticks);
	account->space_ticks = time;
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
	struct account_part *part = &account->part[ACCOUNT_COMMON];
	int64_t time = part_time_locked(part, clock_ticks());

	space_fold_locked(account, time);
	account_dirty_locked(part, meter);
	for (unsigned i = 0; i < ACCOUNT_GAUGES; i++)
		account_change_locked(part, meter, i, by[i]);
	fold_locked(part, time);
}

void account_common_begin(struct account *account, struct account_meter *meter,
	struct space_node *node, uint64_t asked_bytes, uint64_t bytes)
{
	const uint64_t by[ACCOUNT_GAUGES] = {bytes, asked_bytes, 1};

	spin_acquire(&account->common_lock);
	common_change_locked(account, meter, by);
	space_insert(&account->space, node);
	space_changed_locked(account);
	spin_release(&account->common_lock);
}

void account_common_end(struct account *account, struct account_meter *meter,
	struct space_node *node, uint64_t asked_bytes, uint64_t bytes)
{
	/* Modulo 2^64, as all amounts. */
	const uint64_t by[ACCOUNT_GAUGES] = {-bytes, -asked_bytes, UINT64_MAX};

	spin_acquire(&account->common_lock);
	common_change_locked(account, meter, by);
	space_remove(&account->space, node);
	space_changed_locked(account);
	spin_release(&account->common_lock);
}

/* ---- reading ----------------------------------------------------------------------------------------- */

/* The mean of what was @area over a span; @now where no time has passed. */
static double mean_of(account_integral area, int64_t span_ticks, uint64_t now)
{
	return span_ticks ? (double)area / (double)span_ticks : (double)now;
}

/* Of a part that is folded: its own gauge, and the sum over its meters. */
static struct videoport_gauge own_read_locked(const struct account_part *part)
{
	const struct account_gauge *own = &part->own;

	return (struct videoport_gauge){.now = own->now,
		.peak = own->peak,
		.mean = mean_of(gauge_area_locked(part, own), part->dated_ticks, own->now)};
}

static struct videoport_gauge sum_read_locked(const struct account_part *part, unsigned gauge)
{
	account_integral area = part->closed[gauge];

	for (const struct account_meter *at = part->meters; at; at = at->next)
		area += gauge_area_locked(part, &at->gauge[gauge]);
	return (struct videoport_gauge){.now = part->now[gauge],
		.peak = part->peak[gauge],
		.mean = mean_of(area, part->dated_ticks, part->now[gauge])};
}

#define GIVE(field, gauge)                                                                         \
	do {                                                                                       \
		struct videoport_gauge read = (gauge);                                             \
		usage->field = read.now;                                                           \
		usage->field##_peak = read.peak;                                                   \
		usage->field##_mean = read.mean;                                                   \
	} while (0)

static void pins_read_locked(
	struct account *account, const struct account_part *part, struct videoport_usage *usage)
{
	GIVE(pinned_bytes, own_read_locked(part));
	usage->locks = account->locks;
	usage->pins = account->pins;
}

static void transfers_read_locked(
	struct account *account, const struct account_part *part, struct videoport_usage *usage)
{
	GIVE(mapped_bytes, own_read_locked(part));
	GIVE(map_registers, sum_read_locked(part, ACCOUNT_MAP_REGISTERS));
	GIVE(bounce_held_bytes, sum_read_locked(part, ACCOUNT_BOUNCE_BYTES));
	GIVE(sg_bytes, sum_read_locked(part, ACCOUNT_SG_BYTES));
	usage->sg_lists = account->sg_lists;
	usage->sg_elements = account->sg_elements;
}

static void common_read_locked(
	struct account *account, const struct account_part *part, struct videoport_usage *usage)
{
	struct space_state space;

	GIVE(common_bytes, sum_read_locked(part, ACCOUNT_COMMON_BYTES));
	GIVE(common_asked_bytes, sum_read_locked(part, ACCOUNT_COMMON_ASKED));
	space_fold_locked(account, part->dated_ticks);
	space_read(&account->space, &space);
	usage->common_free_bytes = space.free_pages << PAGE_SHIFT;
	usage->common_largest_bytes = space.largest_pages << PAGE_SHIFT;
	usage->common_fragmentation = space.fragmentation;
	usage->common_fragmentation_peak = account->fragmentation_peak;
	usage->common_fragmentation_mean = part->dated_ticks ? account->fragmentation_ticks /
	                                                               (double)part->dated_ticks
	                                                     : space.fragmentation;
}
#undef GIVE

static uint64_t read_relaxed(_Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void (*const part_read_locked[])(
	struct account *account, const struct account_part *part, struct videoport_usage *usage) = {
	[ACCOUNT_PINS] = pins_read_locked,
	[ACCOUNT_TRANSFERS] = transfers_read_locked,
	[ACCOUNT_COMMON] = common_read_locked,
};

void account_read(struct account *account, struct videoport_usage *usage)
{
	memset(usage, 0, sizeof(*usage));
	for (unsigned kind = 0; kind < ACCOUNT_KIND_COUNT; kind++) {
		struct account_part *part = &account->part[kind];

		spin_acquire(part->lock);
		fold_all_locked(part, clock_ticks());
		part_read_locked[kind](account, part, usage);
		spin_release(part->lock);
	}
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
	struct account_part *part = &account->part[meter->kind];
	const struct account_gauge *from = &meter->gauge[gauge];

	spin_acquire(part->lock);
	fold_all_locked(part, clock_ticks());
	out->now = from->now;
	out->peak = from->peak;
	out->mean = mean_of(
		gauge_area_locked(part, from), part->dated_ticks - meter->since_ticks, from->now);
	spin_release(part->lock);
}

/* ---- run and reset ------------------------------------------------------------------------------------------- */

void account_run(struct account *account, bool run, uint64_t ticks)
{
	for (unsigned kind = 0; kind < ACCOUNT_KIND_COUNT; kind++) {
		struct account_part *part = &account->part[kind];

		spin_acquire(part->lock);
		fold_all_locked(part, ticks);
		if (!run)
			part->stopped_ticks = part->dated_ticks;
		else if (part->stopped_ticks != INT64_MAX) {
			part->zero_ticks = ticks - (uint64_t)part->stopped_ticks;
			part->stopped_ticks = INT64_MAX;
		}
		spin_release(part->lock);
	}
}

static void gauge_reset_locked(struct account_gauge *gauge)
{
	gauge->peak = gauge->now;
	gauge->moment = 0;
}

static void part_reset_locked(struct account_part *part)
{
	fold_all_locked(part, clock_ticks());
	/* Its time begins anew; where it stands, it goes on standing. */
	part->zero_ticks += (uint64_t)part->dated_ticks;
	if (part->stopped_ticks != INT64_MAX)
		part->stopped_ticks = 0;
	part->dated_ticks = 0;
	gauge_reset_locked(&part->own);
	memcpy(part->peak, part->now, sizeof(part->peak));
	memset(part->closed, 0, sizeof(part->closed));
	for (struct account_meter *at = part->meters; at; at = at->next) {
		at->since_ticks = 0;
		for (unsigned i = 0; i < ACCOUNT_GAUGES; i++)
			gauge_reset_locked(&at->gauge[i]);
	}
}

static void space_reset_locked(struct account *account)
{
	space_reset(&account->space);
	account->fragmentation_peak = 0;
	account->fragmentation_ticks = 0;
	space_changed_locked(account);
	account->space_ticks = 0;
}

void account_reset(struct account *account)
{
	for (unsigned kind = 0; kind < ACCOUNT_KIND_COUNT; kind++) {
		struct account_part *part = &account->part[kind];

		spin_acquire(part->lock);
		part_reset_locked(part);
		if (kind == ACCOUNT_TRANSFERS)
			account->sg_lists = account->sg_elements = 0;
		else if (kind == ACCOUNT_PINS)
			account->pins = 0;
		else if (kind == ACCOUNT_COMMON)
			space_reset_locked(account);
		spin_release(part->lock);
	}
	atomic_store_explicit(&account->bounced_bytes, 0, memory_order_relaxed);
	atomic_store_explicit(&account->pins_refused, 0, memory_order_relaxed);
}
