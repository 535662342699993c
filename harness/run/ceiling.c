// SPDX-License-Identifier: BSD-2-Clause
/*
 * ceiling.c: what a plain memcpy of the same bytes does on the device's core.
 *
 * One thread on the device's core copies the group's own window, payload by payload, to or from memory of the same
 * layout that stands for the device's; before every pass the
 * driver's core treats the sources as the cell's source key says, and the caches as its cache key does (rewrites them, leaves them, or reads the results
 * back as well), so that the copying thread finds the cache lines in the state in which the device finds them.
 * Only the pass is timed, as only the rounds of the load are.
 *
 * Called by execute.c once a block, next to the trials it is the ceiling of, since a host moves and slows its virtual
 * processors within seconds; all devices of the group are in D3 then, so that the core is free.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "drivers/support/fault.h"
#include "drivers/support/mmio.h"
#include "harness/run/window_priv.h"
#include "harness/stats/stats.h"
#include "harness/verify/verify.h"

#define CEILING_PASSES_MIN 5
#define CEILING_PASSES_MAX 200

/* One copy of a pass, as one operation of a round moves it. */
struct copy {
	unsigned char *to, *from;
	size_t len_bytes;
};

struct ceiling {
	/* Passes asked for, written by the driver's core; with it what neither core changes in a pass. */
	CACHE_ALIGNED atomic_uint asked;
	bool yield; /* driver and device share a core */
	unsigned char *requester;
	unsigned char *own; /* the side that is the device's memory in a transfer */
	struct copy *copy;  /* of the next pass */
	struct run_cell *cell;
	struct mix_sequence sequence;
	struct run_layout layout, own_layout; /* of the requester's side and of the device's */

	/* Passes done, written by the device's core; release-acquire pairs hand over the buffers and `ticks`. */
	CACHE_ALIGNED atomic_uint done;
	uint64_t ticks, bytes; /* of the last pass */
};

#define CEILING_STOP UINT32_MAX

static void ceiling_wait(const struct ceiling *c, const atomic_uint *word, unsigned not_value)
{
	while (atomic_load_explicit(word, memory_order_acquire) == not_value) {
		if (c->yield)
			sched_yield();
		else
			cpu_relax();
	}
}

static void *ceiling_thread(void *arg)
{
	struct ceiling *c = arg;
	const struct clock *clock = &c->cell->machine->clock;
	unsigned pass = 0;

	topo_bind_thread(c->cell->machine->topo, c->cell->machine->place.device_cpu, NULL);
	for (;;) {
		ceiling_wait(c, &c->asked, pass);
		pass = atomic_load_explicit(&c->asked, memory_order_acquire);
		if (pass == CEILING_STOP)
			return NULL;
		/* The list comes from the other core; fetched here, its lines do not count. */
		c->bytes = 0;
		for (uint32_t i = 0; i < c->layout.count; i++)
			c->bytes += c->copy[i].len_bytes;
		struct tick start = clock_now(clock);

		for (uint32_t i = 0; i < c->layout.count; i++)
			memcpy(c->copy[i].to, c->copy[i].from, c->copy[i].len_bytes);
		c->ticks = clock_span(start, clock_now(clock));
		atomic_store_explicit(&c->done, pass, memory_order_release);
	}
}

/* The driver core reads what the pass before has moved. The sum keeps the compiler from leaving it out. */
static void ceiling_read_back(struct ceiling *c)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < c->layout.count; i++) {
		for (size_t at = 0; at < c->copy[i].len_bytes; at += CACHE_LINE_BYTES)
			sum += c->copy[i].to[at];
	}
	__asm__ volatile("" : : "r"(sum));
}

/* As window.c does before a round. */
static void ceiling_cache(struct ceiling *c)
{
	if (c->cell->params.cache == RUN_THRASHED)
		cache_thrash(&c->cell->machine->thrash);
	if (c->cell->params.cache != RUN_COLD)
		return;
	for (uint32_t i = 0; i < c->layout.count; i++) {
		cache_flush(c->copy[i].from, c->copy[i].len_bytes);
		cache_flush(c->copy[i].to, c->copy[i].len_bytes);
	}
	cache_flush_end();
}

/* The operations of the round that pass @pass stands for. */
static void ceiling_choose(struct ceiling *c, unsigned pass)
{
	const uint64_t first = (uint64_t)(pass - 1) * c->layout.count;

	/* Without a mix they are the same in every pass. */
	for (uint32_t i = 0; i < c->layout.count && (pass == 1 || c->sequence.count); i++) {
		const uint32_t mix = layout_mix(
			&c->layout, &c->sequence, &c->cell->params, first + i);
		const bool to_device = mix_to_device(mix);
		unsigned char *requester = c->requester + layout_payload(&c->layout, i, to_device);
		unsigned char *own = c->own + layout_payload(&c->own_layout, i, to_device);

		c->copy[i] = (struct copy){.to = to_device ? own : requester,
			.from = to_device ? requester : own,
			.len_bytes = mix_bytes(mix)};
	}
}

/* The driver core's part before pass @pass, in the order of a round: results of the last, sources of the next. */
static void ceiling_prepare(struct ceiling *c, unsigned pass)
{
	if (c->cell->params.source == RUN_READ_BACK && pass > 1)
		ceiling_read_back(c);
	ceiling_choose(c, pass);
	for (uint32_t i = 0; i < c->layout.count && c->cell->params.source != RUN_UNTOUCHED; i++)
		verify_fill(c->copy[i].from, c->copy[i].len_bytes, verify_stamp(0, pass, i));
	ceiling_cache(c);
}

/* The median pass; the first warms up and is not kept. */
static double ceiling_passes(struct ceiling *c)
{
	const double wanted_ns = (double)c->cell->settings->duration_ns / 2;
	const uint64_t passes_max = run_cell_rounds(c->cell, CEILING_PASSES_MAX, 1);
	double rate[CEILING_PASSES_MAX];
	double total_ns = 0;
	unsigned kept = 0;

	for (unsigned pass = 1; kept < passes_max; pass++) {
		ceiling_prepare(c, pass);
		atomic_store_explicit(&c->asked, pass, memory_order_release);
		ceiling_wait(c, &c->done, pass - 1);
		if (pass == 1)
			continue;
		const double pass_ns = (double)c->ticks * c->cell->machine->clock.ns_per_tick;

		rate[kept++] = (double)c->bytes / pass_ns * 1e9;
		total_ns += pass_ns;
		if (kept >= CEILING_PASSES_MIN && total_ns >= wanted_ns)
			break;
	}
	atomic_store_explicit(&c->asked, CEILING_STOP, memory_order_release);
	return stats_median(rate, kept);
}

int ceiling_open(struct ceiling **out, struct run_cell *cell, struct err *err)
{
	struct ceiling *c = fault_point("ceiling") ? NULL
	                                           : aligned_alloc(CACHE_LINE_BYTES, sizeof(*c));

	if (!c)
		return err_short(err, -ENOMEM, "%s: no memory for the ceiling", cell->name);
	memset(c, 0, sizeof(*c));
	c->cell = cell;
	c->layout = run_window_layout(cell, false);
	c->own_layout = run_window_layout(cell, true);
	c->yield = cell->machine->place.shared;
	c->requester = (*cell->group_memory)->va;
	c->copy = calloc(c->layout.count, sizeof(*c->copy));
	if (!c->copy || window_sequence(cell, &c->sequence, err)) {
		ceiling_close(c);
		return err_short(err, -ENOMEM, "%s: no memory for the ceiling", cell->name);
	}
	/* Backed as the soft device backs its memory, so that both sides of the comparison miss the TLB alike. */
	void *own = mmap(NULL, c->own_layout.total_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (own == MAP_FAILED) {
		ceiling_close(c);
		return err_short(err, -ENOMEM, "%s: no memory for the ceiling", cell->name);
	}
	madvise(own, c->own_layout.total_bytes, MADV_HUGEPAGE);
	memset(own, 1, c->own_layout.total_bytes);
	c->own = own;

	*out = c;
	return 0;
}

void ceiling_close(struct ceiling *c)
{
	if (!c)
		return;
	if (c->own)
		munmap(c->own, c->own_layout.total_bytes);
	mix_drop(&c->sequence);
	free(c->copy);
	free(c);
}

int ceiling_measure(struct ceiling *c, double *bytes_per_second, struct err *err)
{
	pthread_t thread;

	atomic_store_explicit(
		&c->asked, 0, memory_order_relaxed); /* pthread_create publishes both */
	atomic_store_explicit(&c->done, 0, memory_order_relaxed);
	int rc = fault_point("ceiling_thread") ? -EAGAIN
	                                       : -pthread_create(&thread, NULL, ceiling_thread, c);

	if (rc)
		return err_set(err, ERR_MISSING, rc, "no thread for the memcpy ceiling: %s",
			strerror(-rc));
	*bytes_per_second = ceiling_passes(c);
	pthread_join(thread, NULL);
	return 0;
}
