// SPDX-License-Identifier: BSD-2-Clause
/*
 * window.c: see window.h. Called by bench/cases/transfer.c between and around the timed rounds of harness/load;
 * knows no strategy.
 */
#include "harness/run/window_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "drivers/support/trace.h"
#include "harness/load/load.h"
#include "harness/load/share.h"
#include "harness/load/team.h"
#include "harness/rng/rng.h"

#define LOST_NS                                                                                    \
	UINT64_C(1000000000) /* behind the driver's time-out: what is not back now is lost */

static bool shares_port(const struct run_window *w)
{
	const struct run_params *p = &w->cell->params;

	return p->threads > 1 && p->adapters == RUN_SHARED;
}

static void window_target(struct run_window *w)
{
	struct run_cell *cell = w->cell;
	const struct run_target_config config = {
		.port = w->port,
		.clock = run_cell_clock(cell),
		.single = cell->params.depth == 1,
		.pool = shares_port(w) ? &w->unknown : cell_pool(cell, w->requester),
		.shared = shares_port(w),
		.silent = shares_port(w) && w->requester > 0,
	};

	run_target_init(&w->target, &config);
}

int run_window_join(struct run_window *w, const struct run_window_crew *crew, struct err *err)
{
	const struct run_params *p = &w->cell->params;
	const struct load_config config = {
		.ops = crew->seat ? &share_seat_ops : &run_target_ops,
		.target = crew->seat ? crew->seat : &w->target,
		.clock = &w->cell->machine->clock,
		.depth = p->depth,
		.batch = p->batch < p->depth ? p->batch : p->depth,
		.blocking = p->completion != RUN_POLL,
		.stop = crew->stop,
		.yield = crew->crowded,
		.quit = true,
		/* The driver's own comes first. */
		.timeout_ns = w->cell->settings->dev.timeout_ns + LOST_NS,
	};

	w->crew = *crew;
	return load_open(&w->load, &config, w->host.count, err);
}

void *run_window_target(struct run_window *w)
{
	return &w->target;
}

/*
 * The cells of a group share the requester's memory, so each has stamps of its own, lest what another cell left
 * behind looks right. Only sources that nobody touches are shared for good, and their destinations are not.
 */
static uint64_t window_seed(const struct run_cell *cell, uint32_t requester, bool to_device)
{
	const struct run_params *p = &cell->params;
	const bool shared = p->source == RUN_UNTOUCHED && to_device;
	const uint64_t own = (uint64_t)p->slow_percent << 8 | p->twin << 4 |
	                     ((unsigned)p->strategy + 1);

	return cell->settings->seed + ((uint64_t)requester << 40) + (shared ? 0 : own << 48);
}

int run_window_open(
	struct run_window **out, struct run_cell *cell, uint32_t requester, struct err *err)
{
	struct run_window *w = fault_point("window") ? NULL : calloc(1, sizeof(*w));
	int rc = -ENOMEM;

	if (!w)
		return err_short(err, rc, "%s: no memory for a window", cell->name);
	w->cell = cell;
	w->requester = requester;
	w->port = cell_port(cell, requester);
	w->host = run_window_layout(cell, false);
	w->seed[false] = window_seed(cell, requester, false);
	w->seed[true] = window_seed(cell, requester, true);
	w->device = run_window_layout(cell, true);
	if (shares_port(w)) /* windows one behind the other */
		w->device.first_bytes += requester * w->device.total_bytes;
	rc = run_window_fits(cell, videoport_caps(w->port)->memory_bytes, err);
	if (rc)
		goto fail;
	rc = -ENOMEM;
	w->memory = run_cell_memory(cell, w->host.total_bytes, err);
	w->scratch = malloc(w->host.room_bytes + VERIFY_GUARD_BYTES);
	w->ops = calloc(w->host.count, sizeof(*w->ops));
	if (!w->memory || !w->scratch || !w->ops) {
		err_set(err, ERR_MISSING, rc,
			"%s: no memory for a window of %zu bytes; lower window or size", cell->name,
			w->host.total_bytes);
		goto fail;
	}
	window_target(w);
	rc = window_sequence(cell, &w->sequence, err);
	if (rc)
		goto fail;
	rc = window_paint(w);
	if (rc) {
		err_set(err, ERR_INTERNAL, rc, "%s: device memory cannot be written", cell->name);
		goto fail;
	}
	*out = w;
	return 0;
fail:
	run_window_close(w);
	return rc;
}

void run_window_close(struct run_window *w)
{
	if (!w)
		return;
	load_close(w->load);
	mix_drop(&w->sequence);
	free(w->ops);
	free(w->scratch);
	free(w); /* w->memory is the group's */
}

/* The points of a large transfer cost nothing beside it; of small ones only a share of the rounds has them. */
#define LEDGER_EVERY       32
#define LEDGER_EVERY_BYTES (64u << 10)

static uint32_t ledger_every(const struct run_cell *cell)
{
	uint64_t every = cell->settings->ledger_every;

	if (every)
		return (uint32_t)every;
	return cell->params.mean_bytes < LEDGER_EVERY_BYTES ? LEDGER_EVERY : 1;
}

uint32_t run_window_ops(const struct run_window *w)
{
	return w->host.count;
}

/* @op as the load is told of it. */
static struct load_op op_make(const struct run_window *w, const struct window_op *op)
{
	const bool to_device = op->to_device;

	return (struct load_op){
		.buffer = host_payload(w, to_device ? op->source : op->slot, to_device),
		.buffer_bytes = op->len_bytes,
		.len_bytes = op->len_bytes,
		.to_device = to_device,
		.device_address = device_payload(w, to_device ? op->slot : op->source, to_device),
	};
}

static int round_prepare(struct run_window *w, uint32_t count, bool spoil)
{
	int rc = 0;

	w->generation++;
	for (uint32_t slot = 0; slot < count && !rc; slot++) {
		const struct window_op op = window_op(w, slot, w->generation, w->issued + slot);

		w->ops[slot] = op_make(w, &op);
		if (!window_untouched(w))
			rc = window_stamp(w, &op);
		if (spoil && !rc)
			rc = window_spoil(w, &op);
	}
	return rc;
}

/* The last thing before the timed part: the caches as the cell's key says, for payloads on both sides. */
static void window_cache(struct run_window *w, uint32_t count)
{
	const struct device_bar *bar = &videoport_caps(w->port)->bar[1];
	const bool seen = bar->va && bar->kind == DEVICE_BAR_PREFETCH;

	if (w->cell->params.cache == RUN_THRASHED)
		cache_thrash(&w->cell->machine->thrash);
	if (w->cell->params.cache != RUN_COLD)
		return;
	for (uint32_t slot = 0; slot < count; slot++) {
		const bool to_device = w->ops[slot].to_device;
		uint64_t at = device_payload(w, slot, to_device);

		cache_flush(host_payload(w, slot, to_device), w->host.payload_bytes);
		if (seen && at + w->host.payload_bytes <= bar->len_bytes)
			cache_flush((unsigned char *)bar->va + at, w->host.payload_bytes);
	}
	cache_flush_end();
}

/* The CPU reads every result. The sum keeps the compiler from leaving the reads out. */
static uint64_t round_read_back(struct run_window *w, uint32_t count)
{
	uint64_t sum = 0;

	for (uint32_t slot = 0; slot < count; slot++) {
		const struct load_op *op = &w->ops[slot];
		const unsigned char *result = host_payload(w, slot, op->to_device);

		if (op->to_device) {
			videoport_memory_read(
				w->port, op->device_address, w->scratch, op->len_bytes);
			result = w->scratch;
		}
		for (size_t i = 0; i < op->len_bytes; i += CACHE_LINE_BYTES)
			sum += result[i];
	}
	__asm__ volatile("" : : "r"(sum));
	return sum;
}

int run_window_settle(struct run_window *w, uint32_t us)
{
	struct load_result result = {0};

	load_drain(w->load, us, &result);
	window_report(w);
	return result.duplicated || result.unknown ? -EILSEQ : 0;
}

/* A round with its trace points on. */
static int round_stamped(struct run_window *w, uint32_t count, struct run_outcome *outcome,
	struct load_result *result)
{
	const double before_ticks = outcome->latency->sum;
	const uint64_t before = outcome->latency->count;
	struct trace_account own, others;

	trace_start(w->cell->params.depth == 1, w->cell->machine->clock.tsc);
	int rc = load_round(w->load, w->ops, count, outcome->latency, result);

	trace_stop(&own, &others);
	if (!rc)
		ledger_add(&outcome->ledger, &own, &others, outcome->latency->count - before,
			outcome->latency->sum - before_ticks, result->ticks);
	return rc;
}

static int round_run(struct run_window *w, uint32_t count, struct run_outcome *outcome,
	struct load_result *result)
{
	bool stamped = w->cell->params.ledger && ++w->unstamped >= ledger_every(w->cell);

	if (stamped)
		w->unstamped = 0;
	int rc = stamped ? round_stamped(w, count, outcome, result)
	                 : load_round(w->load, w->ops, count, outcome->latency, result);

	run_target_pause(&w->target);
	return rc;
}

/* One part of a trial in flight: what it did, and what the interrupt's thread had used before. */
struct part {
	struct load_result result;
	uint64_t interrupt_ns;
	struct window_wrong wrong;
};

static int part_failed(struct run_window *w, int rc, struct err *err)
{
	if (rc == -EPROTO)
		return err_set(err, ERR_WRONG, rc,
			"%s: the driver took or returned more transfers than it was asked for",
			w->cell->name);
	return err_set(err, ERR_WRONG, rc, "%s: the driver refused a request: %s", w->cell->name,
		strerror(-rc));
}

/* The interrupt thread of a port that several share is counted once. */
static uint64_t interrupt_cpu_ns(const struct run_window *w)
{
	return shares_port(w) && w->requester ? 0 : videoport_interrupt_cpu_ns(w->port);
}

/* All requesters here; the time of what follows begins. Alone nobody waits for anybody. */
static void line_up(struct run_window *w)
{
	w->start = w->crew.team ? team_line_up(w->crew.team) : (struct tick){0};
}

/* And all through, so that nobody's checking disturbs another's round. */
static void line_up_again(struct run_window *w)
{
	if (w->crew.team)
		team_line_up(w->crew.team);
}

uint64_t run_window_ticks(const struct run_window *w)
{
	return clock_span(w->start, load_last(w->load));
}

/*
 * Whether the driver had to reset the device, or gave it up, over the operations from @cookie on: that is a finding. Each
 * such operation may have cost its time-out, and five resets are the end of the device.
 */
static bool device_failed(
	struct run_window *w, uint64_t cookie, int rc, const struct load_result *result)
{
	const char *trouble = rc || result->failed ? recovery_trouble(w->port, &w->resets) : NULL;

	if (trouble)
		run_cell_finding(w->cell,
			"op %llu and the %llu behind it: %s: expected %llu good completions, found "
			"%llu, device.timeout is %.3g s; this case is measured no further",
			(unsigned long long)cookie,
			(unsigned long long)(result->submitted ? result->submitted - 1 : 0),
			trouble, (unsigned long long)result->submitted,
			(unsigned long long)result->completed,
			(double)w->cell->settings->dev.timeout_ns * 1e-9);
	return trouble;
}

/* Adds @part to @outcome; @rc: of the load. Return: 0 or -EILSEQ. */
static int part_add(
	struct run_window *w, const struct part *part, int rc, struct run_outcome *outcome)
{
	const struct load_result *result = &part->result;

	/* A transfer that failed is wrong as well; one that only is wrong must not count as done. */
	uint64_t bad = result->failed + result->lost;
	uint64_t only_wrong = part->wrong.count > bad ? part->wrong.count - bad : 0;
	const double wrong_share = only_wrong ? (double)only_wrong / (double)part->wrong.count : 0;

	outcome->operations += result->completed - only_wrong;
	outcome->failed += bad + only_wrong;
	outcome->bytes += result->bytes -
	                  (uint64_t)llround(wrong_share * (double)part->wrong.bytes);
	outcome->ticks += result->ticks;
	outcome->cpu_ns += result->cpu_ns + interrupt_cpu_ns(w) - part->interrupt_ns;
	outcome->elements += result->elements;
	outcome->rounds += result->transfer_rounds;
	run_outcome_round(outcome);
	return rc || part->wrong.count || bad || result->duplicated || result->unknown ? -EILSEQ
	                                                                               : 0;
}

static void arrived_add(struct run_outcome *outcome, const struct load_arrived *arrived)
{
	outcome->passes++;
	outcome->offered += arrived->offered;
	outcome->dropped += arrived->dropped;
	outcome->span_ticks += arrived->span_ticks;
	outcome->tail_ticks += arrived->tail_ticks;
	if (arrived->backlog_peak > outcome->backlog_peak)
		outcome->backlog_peak = arrived->backlog_peak;
}

/* A batch of a pass is whole. */
static void pass_batch(void *arg, uint64_t ticks, struct hist **service, struct hist **response)
{
	struct run_outcome *outcome = arg;

	run_outcome_batch(outcome, ticks);
	*service = outcome->latency;
	*response = outcome->response;
}

/* @batches: this pass is all of the trial; else it is one round of many. */
static int window_pass(struct run_window *w, uint64_t count, load_op_fn op, bool batches,
	struct run_outcome *outcome, struct load_result *result)
{
	const struct run_params *p = &w->cell->params;
	const struct load_pass pass = {
		.arrival = p->arrival,
		.per_second = run_cell_offered(w->cell) / p->threads,
		.burst = p->burst,
		.phase = (double)(w->requester + 1) / p->threads,
		.start = w->start,
		.seed = rng_mix(w->seed[p->dir == RUN_TO_DEVICE]) + w->passes++,
		.count = count,
		.op = op,
		.arg = w,
		.service = outcome->latency,
		.response = outcome->response,
		.batch_ops = batches ? run_outcome_pass(outcome, count) : 0,
		.batch = pass_batch,
		.batch_arg = outcome,
	};
	struct load_arrived arrived;
	int rc = load_pass_run(w->load, &pass, &arrived, result);

	run_target_pause(&w->target);
	arrived_add(outcome, &arrived);
	return rc;
}

/* An operation that round_prepare has made ready. */
static void op_prepared(void *arg, uint64_t index, struct load_op *op)
{
	const struct run_window *w = arg;

	*op = w->ops[index];
}

/*
 * What plant.slow promises: the round takes that much longer, by the clock that measured it. The wait comes after the
 * last completion, so latencies stay as they are.
 */
static uint64_t planted_wait(const struct run_window *w, uint64_t round_ticks)
{
	const struct clock *clock = &w->cell->machine->clock;
	const uint64_t wanted = round_ticks * w->cell->params.slow_percent / 100;
	const struct tick start = clock_now(clock);
	uint64_t waited = 0;

	while (waited < wanted)
		waited = clock_span(start, clock_now(clock));
	return waited;
}

/* Operations and bytes by direction, untimed. */
static void directions_add(
	const struct run_window *w, uint64_t index, uint64_t count, struct run_outcome *outcome)
{
	if (!w->sequence.count)
		return;
	outcome->mixed_ops += count;
	for (uint64_t i = index; i < index + count; i++)
		outcome->to_device_ops += mix_to_device(window_mix(w, i));
}

/* Rounds whose destinations are not all written to the same end are told apart by more than their stamps. */
static bool round_spoils(const struct run_window *w, bool check)
{
	return check && (w->sequence.count || w->crew.team);
}

static void round_check(struct run_window *w, uint32_t count, uint64_t cookie, struct part *part,
	struct run_outcome *outcome)
{
	window_check(
		w, 0, count, w->generation, w->issued, cookie, round_spoils(w, true), &part->wrong);
	outcome->verified += count - part->wrong.count;
}

void run_window_begin(struct run_window *w)
{
	/* Requesters begin at different places of a mix. */
	w->issued = (uint64_t)w->requester * w->sequence.count / w->cell->params.threads;
}

/* The timed part of a round. */
static int round_move(struct run_window *w, uint32_t count, struct run_outcome *outcome,
	struct load_result *result)
{
	if (run_cell_offered(w->cell) > 0)
		return window_pass(w, count, op_prepared, false, outcome, result);
	return round_run(w, count, outcome, result);
}

int run_window_round(struct run_window *w, uint32_t count, bool check, struct run_outcome *outcome,
	struct err *err)
{
	if (cell_over(w->cell))
		return -EILSEQ;

	struct part part = {.interrupt_ns = interrupt_cpu_ns(w)};
	uint64_t cookie = load_next_cookie(w->load);
	int rc = round_prepare(w, count, round_spoils(w, check));
	const bool ready = !rc;

	if (ready)
		window_cache(w, count);
	line_up(w);
	if (ready)
		rc = round_move(w, count, outcome, &part.result);
	line_up_again(w);
	if (!ready)
		return err_set(err, ERR_INTERNAL, rc, "%s: device memory cannot be written",
			w->cell->name);
	if (w->cell->params.slow_percent)
		part.result.ticks += planted_wait(w, part.result.ticks);
	const bool reset = device_failed(w, cookie, rc, &part.result);

	if (rc && rc != -ETIMEDOUT && !reset)
		return part_failed(w, rc, err);
	if (rc || reset)
		cell_end(w->cell);
	window_report(w);
	if (w->cell->params.source == RUN_READ_BACK)
		round_read_back(w, (uint32_t)part.result.submitted);
	/* Side by side with others it may have been stopped before its end. */
	if (check && !rc)
		round_check(w, (uint32_t)part.result.submitted, cookie, &part, outcome);
	/* Neither the rounds of a mix nor those are of equal work. */
	if (part.result.submitted == w->host.count && !outcome->passes && !w->sequence.count &&
		!w->crew.team) {
		outcome->round_bytes = (uint64_t)count * w->host.payload_bytes;
		hist_record(outcome->round_ticks, part.result.ticks);
	}
	directions_add(w, w->issued, part.result.submitted, outcome);
	w->issued += part.result.submitted;
	return part_add(w, &part, rc, outcome);
}

bool run_window_continuous(const struct run_window *w)
{
	return window_untouched(w) && w->cell->params.verify != RUN_VERIFY_FULL &&
	       w->cell->params.cache == RUN_HOT;
}

/* Operation @index of a pass that goes on lap after lap; each lap is a generation. */
static void op_lap(void *arg, uint64_t index, struct load_op *op)
{
	const struct run_window *w = arg;
	uint64_t lap = index / w->host.count;
	uint32_t slot = (uint32_t)(index % w->host.count);
	const struct window_op lap_op = window_op(
		w, slot, w->generation + 1 + lap, w->issued + index);

	*op = op_make(w, &lap_op);
}

/* The last operation of every slot: those of the lap broken off, then those of the lap before. */
static void pass_check(
	struct run_window *w, struct part *part, uint64_t first_cookie, struct run_outcome *outcome)
{
	const uint32_t lap_ops = w->host.count;
	const uint64_t laps = part->result.submitted / lap_ops;
	const uint32_t rest = (uint32_t)(part->result.submitted % lap_ops);
	const uint64_t behind = laps * lap_ops;
	uint32_t checked = rest;

	window_check(w, 0, rest, w->generation + 1 + laps, w->issued + behind,
		first_cookie + behind, false, &part->wrong);
	if (laps) {
		window_check(w, rest, lap_ops, w->generation + laps, w->issued + behind - lap_ops,
			first_cookie + behind - lap_ops, false, &part->wrong);
		checked = lap_ops;
	}
	outcome->verified += checked - part->wrong.count;
}

int run_window_pass(struct run_window *w, uint64_t count, bool check, struct run_outcome *outcome,
	struct err *err)
{
	if (cell_over(w->cell))
		return -EILSEQ;

	struct part part = {.interrupt_ns = interrupt_cpu_ns(w)};
	uint64_t cookie = load_next_cookie(w->load);

	line_up(w);
	int rc = window_pass(w, count, op_lap, true, outcome, &part.result);

	line_up_again(w);

	const bool reset = device_failed(w, cookie, rc, &part.result);

	if (rc && rc != -ETIMEDOUT && !reset)
		return part_failed(w, rc, err);
	if (rc || reset)
		cell_end(w->cell);
	window_report(w);
	if (check && !rc)
		pass_check(w, &part, cookie, outcome);
	w->generation += part.result.submitted / w->host.count + 1;
	directions_add(w, w->issued, part.result.submitted, outcome);
	w->issued += part.result.submitted;
	return part_add(w, &part, rc, outcome);
}
