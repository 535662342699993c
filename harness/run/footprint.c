// SPDX-License-Identifier: BSD-2-Clause
/*
 * footprint.c: what the driver held in a trial, out of the port's account and that of the driver's pool. Called by
 * trial.c.
 *
 * Common buffers are dated by the port, so their means hold in every case. The others are dated by the load: in a
 * case without one, which takes and gives inside one request, they have no mean.
 */
#include "harness/run/run_priv.h"

#include <math.h>

/*
 * What another adapter held is added. Peaks are added too, though they need not have been at the same time; of fragmentation
 * the worst counts, of holes the largest.
 */
static void usage_add(struct videoport_usage *sum, const struct videoport_usage *u)
{
	sum->common_bytes += u->common_bytes;
	sum->common_bytes_peak += u->common_bytes_peak;
	sum->common_bytes_mean += u->common_bytes_mean;
	sum->common_asked_bytes += u->common_asked_bytes;
	sum->common_asked_bytes_peak += u->common_asked_bytes_peak;
	sum->common_asked_bytes_mean += u->common_asked_bytes_mean;
	sum->common_free_bytes += u->common_free_bytes;
	if (u->common_largest_bytes > sum->common_largest_bytes)
		sum->common_largest_bytes = u->common_largest_bytes;
	sum->common_fragmentation = fmax(sum->common_fragmentation, u->common_fragmentation);
	sum->common_fragmentation_peak = fmax(
		sum->common_fragmentation_peak, u->common_fragmentation_peak);
	sum->common_fragmentation_mean = fmax(
		sum->common_fragmentation_mean, u->common_fragmentation_mean);
	sum->pinned_bytes += u->pinned_bytes;
	sum->pinned_bytes_peak += u->pinned_bytes_peak;
	sum->pinned_bytes_mean += u->pinned_bytes_mean;
	sum->pins_refused += u->pins_refused;
	sum->pin_error = sum->pin_error ? sum->pin_error : u->pin_error;
	sum->mapped_bytes += u->mapped_bytes;
	sum->mapped_bytes_peak += u->mapped_bytes_peak;
	sum->mapped_bytes_mean += u->mapped_bytes_mean;
	sum->map_registers += u->map_registers;
	sum->map_registers_peak += u->map_registers_peak;
	sum->map_registers_mean += u->map_registers_mean;
	sum->bounce_held_bytes += u->bounce_held_bytes;
	sum->bounce_held_bytes_peak += u->bounce_held_bytes_peak;
	sum->bounce_held_bytes_mean += u->bounce_held_bytes_mean;
	sum->sg_bytes += u->sg_bytes;
	sum->sg_bytes_peak += u->sg_bytes_peak;
	sum->sg_bytes_mean += u->sg_bytes_mean;
	sum->bounce_bytes += u->bounce_bytes;
	sum->sg_lists += u->sg_lists;
	sum->sg_elements += u->sg_elements;
	sum->adapters += u->adapters;
	sum->locks += u->locks;
	sum->events += u->events;
	sum->spin_locks += u->spin_locks;
	sum->pool_blocks += u->pool_blocks;
	sum->buffers += u->buffers;
}

static void pool_add(struct run_pool_usage *sum, const struct run_pool_usage *u)
{
	sum->pool_bytes += u->pool_bytes;
	sum->used_bytes += u->used_bytes;
	sum->used_peak_bytes += u->used_peak_bytes;
	sum->used_mean_bytes += u->used_mean_bytes;
	sum->payload_mean_bytes += u->payload_mean_bytes;
}

void footprint_read(struct run_trial *trial)
{
	struct run_cell *cell = trial->cell;
	struct videoport_usage usage;
	struct run_pool_usage pool;

	videoport_usage(cell_port(cell, 0), &trial->usage);
	pool_read(cell_pool(cell, 0), trial->outcome.ticks, &trial->pool);
	for (uint32_t i = 1; i < cell_adapters(cell); i++) {
		videoport_usage(cell_port(cell, i), &usage);
		pool_read(cell_pool(cell, i), trial->outcome.ticks, &pool);
		usage_add(&trial->usage, &usage);
		pool_add(&trial->pool, &pool);
	}
}

/* The share of @whole that is not @part; 0 of nothing. */
static double share_lost(double part, double whole)
{
	return whole > 0 ? 1 - part / whole : 0;
}

/* Bytes moved a second by each byte of common buffer that had to be there. */
static double turns_per_second(const struct run_trial *trial)
{
	return run_trial_counter(trial, STORE_bytes_per_second) /
	       (double)trial->usage.common_bytes_peak;
}

static double dated(const struct run_trial *trial, double mean)
{
	return trial->cell->bench->keys & RUN_KEY_STRATEGY ? mean : (double)NAN;
}

static double pool_counter(const struct run_pool_usage *pool, enum store_counter counter)
{
	switch (counter) {
	case STORE_common_buffer_used_end_bytes:
		return pool->used_bytes;
	case STORE_common_buffer_used_peak_bytes:
		return pool->used_peak_bytes;
	case STORE_common_buffer_used_mean_bytes:
		return pool->used_mean_bytes;
	case STORE_pool_internal_fragmentation:
		return pool->used_mean_bytes > 0
		               ? share_lost(pool->payload_mean_bytes, pool->used_mean_bytes)
		               : (double)NAN;
	default:
		return (double)NAN;
	}
}

/* The stretch of memory taken, over the most that was asked for: measure 4 of Johnstone and Wilson 1998. */
static double extent_counter(const struct videoport_usage *u, enum store_counter counter)
{
	const double extent = (double)(u->common_bytes + u->common_free_bytes);

	switch (counter) {
	case STORE_common_buffer_asked_peak_bytes:
		return (double)u->common_asked_bytes_peak;
	case STORE_common_buffer_extent_bytes:
		return extent;
	default:
		return u->common_asked_bytes_peak ? extent / (double)u->common_asked_bytes_peak
		                                  : (double)NAN;
	}
}

static double common_counter(const struct run_trial *trial, enum store_counter counter)
{
	const struct videoport_usage *u = &trial->usage;

	if (counter >= STORE_common_buffer_asked_peak_bytes &&
		counter <= STORE_common_buffer_extent_ratio)
		return extent_counter(u, counter);

	switch (counter) {
	case STORE_common_buffer_end_bytes:
		return (double)u->common_bytes;
	case STORE_common_buffer_peak_bytes:
		return (double)u->common_bytes_peak;
	case STORE_common_buffer_mean_bytes:
		return u->common_bytes_mean;
	case STORE_common_buffer_internal_fragmentation:
		return share_lost(u->common_asked_bytes_mean, u->common_bytes_mean);
	case STORE_common_buffer_external_fragmentation:
		return u->common_fragmentation_mean;
	case STORE_common_buffer_external_fragmentation_peak:
		return u->common_fragmentation_peak;
	case STORE_common_buffer_largest_free_bytes:
		return (double)u->common_largest_bytes;
	case STORE_common_buffer_turns_per_second:
		return turns_per_second(trial);
	default:
		return pool_counter(&trial->pool, counter);
	}
}

double footprint_counter(const struct run_trial *trial, enum store_counter counter)
{
	const struct videoport_usage *u = &trial->usage;

	switch (counter) {
	case STORE_pinned_end_bytes:
		return (double)u->pinned_bytes;
	case STORE_pinned_peak_bytes:
		return (double)u->pinned_bytes_peak;
	case STORE_pinned_mean_bytes:
		return dated(trial, u->pinned_bytes_mean);
	case STORE_mapped_end_bytes:
		return (double)u->mapped_bytes;
	case STORE_mapped_peak_bytes:
		return (double)u->mapped_bytes_peak;
	case STORE_mapped_mean_bytes:
		return dated(trial, u->mapped_bytes_mean);
	case STORE_map_registers_end:
		return (double)u->map_registers;
	case STORE_map_registers_peak:
		return (double)u->map_registers_peak;
	case STORE_map_registers_mean:
		return dated(trial, u->map_registers_mean);
	case STORE_bounce_bytes:
		return (double)u->bounce_bytes;
	case STORE_bounce_held_end_bytes:
		return (double)u->bounce_held_bytes;
	case STORE_bounce_held_peak_bytes:
		return (double)u->bounce_held_bytes_peak;
	case STORE_bounce_held_mean_bytes:
		return dated(trial, u->bounce_held_bytes_mean);
	case STORE_sg_list_end_bytes:
		return (double)u->sg_bytes;
	case STORE_sg_list_peak_bytes:
		return (double)u->sg_bytes_peak;
	case STORE_sg_list_mean_bytes:
		return dated(trial, u->sg_bytes_mean);
	default:
		return common_counter(trial, counter);
	}
}
