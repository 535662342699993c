/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * window_priv.h: what the files of a window share: window.c moves, window_layout.c says where everything lies,
 * window_check.c stamps before and checks behind. Private to them and to ceiling.c, which copies the same operations.
 *
 * A SLOT holds the payload of one operation of a round, on both sides. Where directions are mixed there are two HALVES of
 * slots, one a direction, so that no operation reads what another one of the same round writes. Where sizes are mixed a
 * payload's ROOM is a guard longer than the largest size, so that a guard fits right behind each payload.
 */
#ifndef RUN_WINDOW_PRIV_H
#define RUN_WINDOW_PRIV_H

#include "harness/load/mix.h"
#include "harness/run/run_priv.h"
#include "harness/run/target.h"
#include "harness/run/window.h"
#include "harness/verify/verify.h"

struct run_window {
	struct run_cell *cell;
	uint32_t requester;
	struct videoport *port; /* its own, or the one shared */
	struct run_window_crew crew;
	struct tick start; /* of the last round or pass, of all */
	struct run_pool
		unknown; /* where several requesters share a port, what its pool holds is not dated */
	struct load *load;
	struct run_target target;
	struct run_layout host, device;
	unsigned char *memory;  /* requester's, host.total_bytes */
	unsigned char *scratch; /* one payload with both guards: a result fetched from the device */
	struct mix_sequence sequence; /* of a mix; no operations: all alike */
	struct load_op *ops;
	uint64_t generation;
	uint64_t seed[2]; /* of the stamps, by whether the operation goes to the device */
	uint64_t issued;  /* operations of this trial so far: where the sequence stands */
	uint64_t passes;  /* of the open loop so far: each draws its own arrivals */
	unsigned findings_seen;
	uint32_t resets;    /* of the device, that are known of */
	uint32_t unstamped; /* rounds since the last one with trace points on, over all trials */
};

/* One operation: its slot, what it reads, and how much. */
struct window_op {
	uint32_t slot, source, len_bytes;
	bool to_device;
	uint64_t generation; /* of what it reads */
};

static inline bool window_untouched(const struct run_window *w)
{
	return w->cell->params.source == RUN_UNTOUCHED;
}

/* Payload @slot of the half of its direction. */
static inline size_t layout_payload(const struct run_layout *layout, uint32_t slot, bool to_device)
{
	const uint32_t half = layout->halves == 2 && !to_device ? layout->count : 0;

	return layout->first_bytes + (size_t)(half + slot) * layout->stride_bytes;
}

static inline unsigned char *host_payload(const struct run_window *w, uint32_t slot, bool to_device)
{
	return w->memory + layout_payload(&w->host, slot, to_device);
}

static inline uint64_t device_payload(const struct run_window *w, uint32_t slot, bool to_device)
{
	return layout_payload(&w->device, slot, to_device);
}

/* The size and direction, as mix.h packs them, of operation @index of a trial. */
static inline uint32_t layout_mix(const struct run_layout *layout,
	const struct mix_sequence *sequence, const struct run_params *params, uint64_t index)
{
	if (sequence->count)
		return mix_at(sequence, index);
	return (uint32_t)layout->payload_bytes | (params->dir == RUN_TO_DEVICE ? MIX_TO_DEVICE : 0);
}

static inline uint32_t window_mix(const struct run_window *w, uint64_t index)
{
	return layout_mix(&w->host, &w->sequence, &w->cell->params, index);
}

/*
 * window_sequence - (window_layout.c) the operations of a cell whose sizes or directions are mixed, by the job's seed alone:
 * the same for every strategy. Others leave @sequence as it is. Return: 0, -ENOMEM.
 */
int window_sequence(const struct run_cell *cell, struct mix_sequence *sequence, struct err *err);

/* The operation of @slot in @generation that is number @index of the trial. In the hot loop of a pass. */
static inline struct window_op window_op(
	const struct run_window *w, uint32_t slot, uint64_t generation, uint64_t index)
{
	const uint32_t mix = window_mix(w, index);
	const bool untouched = window_untouched(w);

	return (struct window_op){
		.slot = slot,
		.source = untouched ? (uint32_t)((slot + generation) % w->host.count) : slot,
		.len_bytes = mix_bytes(mix),
		.to_device = mix_to_device(mix),
		.generation = untouched ? 0 : generation,
	};
}

/*
 * ---- window_check.c
 * -------------------------------------------------------------------------------------
 */

/* Guards and first stamps. Return: 0 or -errno of the device's memory. */
int window_paint(struct run_window *w);

/* window_stamp - the source of @op anew. Return: 0 or -errno. */
int window_stamp(struct run_window *w, const struct window_op *op);

/*
 * window_spoil - before a round that is checked: what @op's destination holds is made wrong, and a guard set right
 * behind where it will end. For windows whose destinations are not all written in every round, or not to the end.
 */
int window_spoil(struct run_window *w, const struct window_op *op);

struct window_wrong {
	uint32_t count;
	uint64_t bytes; /* their lengths */
};

/*
 * window_check - the destinations of the slots [from, to) in @generation, whose slot 0 is operation @index of the trial and
 * has cookie @cookie; wrong ones become findings and are ADDED to @wrong. @spoilt: window_spoil was called of each.
 */
void window_check(struct run_window *w, uint32_t from, uint32_t to, uint64_t generation,
	uint64_t index, uint64_t cookie, bool spoilt, struct window_wrong *wrong);

/* What the load noticed since the last call becomes findings. */
void window_report(struct run_window *w);

#endif
