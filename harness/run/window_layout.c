// SPDX-License-Identifier: BSD-2-Clause
/*
 * window_layout.c: how many operations a round has and where their payloads lie, out of the keys of a cell alone. Asked by
 * window.c, by plan.c before anything is opened, and by ceiling.c, which copies the same bytes.
 */
#include "harness/run/window_priv.h"

#include <errno.h>

#define ROUND_BYTES_SMALL                                                                          \
	(256u << 10) /* payload of a round of small transfers: stays in a core's L2 */
#define ROUND_OPS_MIN     64u
#define ROUND_OPS_MAX     2048u
#define ROUND_BYTES_LARGE (8u << 20)  /* from here on a round is as long as the queue is deep */
#define MIX_ROOM_BYTES    (64u << 20) /* most room for the payloads of a mix with one huge size */

static size_t round_up(size_t value, size_t step)
{
	return (value + step - 1) / step * step;
}

/* Several queue depths a round, so that filling and draining the queue weigh little; by the mean of a mix. */
static uint64_t count_chosen(const struct run_params *p)
{
	const uint64_t size = p->mean_bytes;
	uint64_t count = ROUND_BYTES_SMALL / size;

	if (count < ROUND_OPS_MIN)
		count = ROUND_OPS_MIN;
	if (count < 4 * (uint64_t)p->depth)
		count = 4 * (uint64_t)p->depth;
	if (count > ROUND_OPS_MAX)
		count = ROUND_OPS_MAX;
	if (count * size > ROUND_BYTES_LARGE)
		count = ROUND_BYTES_LARGE / size;
	if (p->size_bytes > size && count * p->size_bytes > MIX_ROOM_BYTES)
		count = MIX_ROOM_BYTES / p->size_bytes;
	return count;
}

static uint32_t window_count(const struct run_params *p)
{
	uint64_t count = p->window_bytes ? p->window_bytes / p->size_bytes : count_chosen(p);

	/* Chosen here; one that was asked for is this large, run_window_fits saw to it. */
	if (count < p->depth)
		count = p->depth;
	return count < 2 ? 2 : (uint32_t)count;
}

struct run_layout run_window_layout(const struct run_cell *cell, bool device)
{
	const struct run_params *p = &cell->params;
	const bool mixed = run_cell_mixed(cell);
	const size_t offset = device ? p->device_offset_bytes : p->offset_bytes;
	const size_t room = p->size_bytes + (mixed ? VERIFY_GUARD_BYTES : 0);
	struct run_layout layout = {.count = window_count(p),
		.halves = p->dir == RUN_MIXED ? 2 : 1,
		.payload_bytes = p->size_bytes,
		.room_bytes = room};

	if (room < PAGE_BYTES / 2 && offset == 0) {
		/* Small payloads share pages, a power of two apart, so that none crosses a page by chance. */
		layout.first_bytes = VERIFY_GUARD_BYTES;
		layout.stride_bytes = 2 * VERIFY_GUARD_BYTES;
		while (layout.stride_bytes < room + 2 * VERIFY_GUARD_BYTES)
			layout.stride_bytes *= 2;
	} else {
		/* Payloads start `offset` into a page; the guard before them ends the page before. */
		layout.first_bytes = PAGE_BYTES + offset;
		layout.stride_bytes = PAGE_BYTES +
		                      round_up(offset + room + VERIFY_GUARD_BYTES, PAGE_BYTES);
	}
	layout.total_bytes = round_up(
		layout.first_bytes + (size_t)layout.halves * layout.count * layout.stride_bytes,
		PAGE_BYTES);
	return layout;
}

int run_window_fits(const struct run_cell *cell, uint64_t memory_bytes, struct err *err)
{
	const struct run_params *p = &cell->params;
	const uint64_t wanted = p->window_bytes;
	const uint32_t least = p->depth > 2 ? p->depth : 2; /* rotation needs two */
	const struct run_layout layout = run_window_layout(cell, true);
	const uint32_t windows = p->adapters == RUN_SHARED ? p->threads : 1;
	const size_t total = layout.total_bytes * windows;

	if (wanted && wanted < least * p->size_bytes)
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s: a window of %llu bytes does not hold the %u payloads that depth and "
			"checking need; set window to %llu or more, or to 0, which chooses",
			cell->name, (unsigned long long)wanted, least,
			(unsigned long long)(least * p->size_bytes));
	if (total <= memory_bytes)
		return 0;
	return err_set(err, ERR_USAGE, -EINVAL,
		"%s: a window of %u transfers%s needs %zu bytes of device memory, the device has "
		"%llu; lower window, size, depth or threads, or raise device.memory",
		cell->name, layout.count, windows > 1 ? " a thread" : "", total,
		(unsigned long long)memory_bytes);
}

int window_sequence(const struct run_cell *cell, struct mix_sequence *sequence, struct err *err)
{
	const struct run_params *p = &cell->params;
	const bool one_way = p->dir != RUN_MIXED;
	const double share = one_way ? p->dir == RUN_TO_DEVICE : p->to_device_percent / 100.0;
	struct mix mix;

	if (!run_cell_mixed(cell))
		return 0;
	if (!cell->mix)
		mix_fixed(&mix, (uint32_t)p->size_bytes);
	return mix_draw(
		sequence, cell->mix ? cell->mix : &mix, share, one_way, cell->settings->seed, err);
}
