// SPDX-License-Identifier: BSD-2-Clause
/*
 * window.c: see window.h. Called by bench/cases/transfer.c between and around the timed rounds of harness/load;
 * knows no strategy.
 */
#include "harness/run/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "drivers/support/trace.h"
#include "harness/load/load.h"
#include "harness/rng/rng.h"
#include "harness/run/run_priv.h"
#include "harness/run/target.h"
#include "harness/verify/verify.h"

#define ROUND_BYTES_SMALL                                                                          \
	(256u << 10) /* payload of a round of small transfers: stays in a core's L2 */
#define ROUND_OPS_MIN     64u
#define ROUND_OPS_MAX     2048u
#define ROUND_BYTES_LARGE (8u << 20) /* from here on a round is as long as the queue is deep */
#define CHECK_FINDINGS    4 /* wrong payloads named one by one in a round; more are counted */

struct run_window {
	struct run_cell *cell;
	struct load *load;
	struct run_target target;
	struct run_layout host, device;
	unsigned char *memory;  /* requester's, host.total_bytes */
	unsigned char *scratch; /* one payload with both guards: a result fetched from the device */
	struct load_op *ops;
	uint64_t generation;
	uint64_t seed;   /* of the stamps */
	uint64_t passes; /* of the open loop so far: each draws its own arrivals */
	unsigned findings_seen;
	uint32_t unstamped; /* rounds since the last one with trace points on, over all trials */
};

static size_t round_up(size_t value, size_t step)
{
	return (value + step - 1) / step * step;
}

static uint32_t window_count(const struct run_cell *cell)
{
	const struct run_params *p = &cell->params;
	uint64_t window = p->window_bytes;
	uint64_t count;

	if (window) {
		count = window / p->size_bytes;
	} else {
		/* Several queue depths a round, so that filling and draining the queue weigh little. */
		count = ROUND_BYTES_SMALL / p->size_bytes;
		if (count < ROUND_OPS_MIN)
			count = ROUND_OPS_MIN;
		if (count < 4 * (uint64_t)p->depth)
			count = 4 * (uint64_t)p->depth;
		if (count > ROUND_OPS_MAX)
			count = ROUND_OPS_MAX;
		if (count * p->size_bytes > ROUND_BYTES_LARGE)
			count = ROUND_BYTES_LARGE / p->size_bytes;
	}
	/* Chosen here; one that was asked for is this large, run_window_fits saw to it. */
	if (count < p->depth)
		count = p->depth;
	return count < 2 ? 2 : (uint32_t)count;
}

struct run_layout run_window_layout(const struct run_cell *cell, bool device)
{
	size_t size = cell->params.size_bytes;
	size_t offset = device ? cell->params.device_offset_bytes : cell->params.offset_bytes;
	struct run_layout layout = {.count = window_count(cell), .payload_bytes = size};

	if (size < PAGE_BYTES / 2 && offset == 0) {
		/* Small payloads share pages, a power of two apart, so that none crosses a page by chance. */
		layout.first_bytes = VERIFY_GUARD_BYTES;
		layout.stride_bytes = 2 * VERIFY_GUARD_BYTES;
		while (layout.stride_bytes < size + 2 * VERIFY_GUARD_BYTES)
			layout.stride_bytes *= 2;
	} else {
		/* Payloads start `offset` into a page; the guard before them ends the page before. */
		layout.first_bytes = PAGE_BYTES + offset;
		layout.stride_bytes = PAGE_BYTES +
		                      round_up(offset + size + VERIFY_GUARD_BYTES, PAGE_BYTES);
	}
	layout.total_bytes = round_up(
		layout.first_bytes + (size_t)layout.count * layout.stride_bytes, PAGE_BYTES);
	return layout;
}

static unsigned char *host_payload(const struct run_window *w, uint32_t index)
{
	return w->memory + w->host.first_bytes + (size_t)index * w->host.stride_bytes;
}

static uint64_t device_payload(const struct run_window *w, uint32_t index)
{
	return w->device.first_bytes + (uint64_t)index * w->device.stride_bytes;
}

static bool source_untouched(const struct run_window *w)
{
	return w->cell->params.source == RUN_UNTOUCHED;
}

static bool to_device(const struct run_window *w)
{
	return w->cell->params.dir == RUN_TO_DEVICE;
}

/* Which source op @op reads in this generation, and the stamp its destination must hold afterwards. */
static uint32_t op_source(const struct run_window *w, uint32_t op)
{
	if (!source_untouched(w))
		return op;
	return (uint32_t)((op + w->generation) % w->host.count);
}

static uint64_t op_stamp(const struct run_window *w, uint32_t op)
{
	uint64_t generation = source_untouched(w) ? 0 : w->generation;

	return verify_stamp(w->seed, generation, op_source(w, op));
}

static uint64_t guard_key(bool device, uint32_t index, bool after)
{
	return (uint64_t)index * 4 + (device ? 2 : 0) + (after ? 1 : 0);
}

static int source_fill(struct run_window *w, uint32_t index, uint64_t generation)
{
	uint64_t stamp = verify_stamp(w->seed, generation, index);
	size_t size = w->host.payload_bytes;

	if (to_device(w)) {
		verify_fill(host_payload(w, index), size, stamp);
		return 0;
	}
	verify_fill(w->scratch, size, stamp);
	return videoport_memory_write(w->cell->port, device_payload(w, index), w->scratch, size);
}

/* Guards around every payload, both sides; destinations start as generation 0 shifted by one, so never right. */
static int window_paint(struct run_window *w)
{
	const size_t size = w->host.payload_bytes;
	unsigned char guard[VERIFY_GUARD_BYTES];
	int rc = 0;

	for (uint32_t i = 0; i < w->host.count && !rc; i++) {
		verify_guard_fill(
			host_payload(w, i) - VERIFY_GUARD_BYTES, guard_key(false, i, false));
		verify_guard_fill(host_payload(w, i) + size, guard_key(false, i, true));
		verify_guard_fill(guard, guard_key(true, i, false));
		rc = videoport_memory_write(w->cell->port,
			device_payload(w, i) - VERIFY_GUARD_BYTES, guard, sizeof(guard));
		verify_guard_fill(guard, guard_key(true, i, true));
		rc = rc ? rc
		        : videoport_memory_write(
				  w->cell->port, device_payload(w, i) + size, guard, sizeof(guard));
		rc = rc ? rc : source_fill(w, i, 0);
	}
	return rc;
}

static int window_load(struct run_window *w, struct err *err)
{
	const struct run_params *p = &w->cell->params;
	const struct load_config config = {
		.ops = &run_target_ops,
		.target = &w->target,
		.clock = &w->cell->machine->clock,
		.depth = p->depth,
		.batch = p->batch < p->depth ? p->batch : p->depth,
		.blocking = p->completion != RUN_POLL,
	};

	run_target_init(
		&w->target, w->cell->port, run_cell_clock(w->cell), p->depth == 1, &w->cell->pool);
	return load_open(&w->load, &config, w->host.count, err);
}

/*
 * The cells of a group share the requester's memory, so each has stamps of its own, lest what another cell left
 * behind looks right. Only sources that nobody touches are shared for good, and their destinations are not.
 */
static uint64_t window_seed(const struct run_cell *cell)
{
	const struct run_params *p = &cell->params;
	bool shared = p->source == RUN_UNTOUCHED && p->dir == RUN_TO_DEVICE;

	const uint64_t own = (uint64_t)p->slow_percent << 8 | p->twin << 4 |
	                     ((unsigned)p->strategy + 1);

	return cell->settings->seed + (shared ? 0 : own << 48);
}

int run_window_fits(const struct run_cell *cell, uint64_t memory_bytes, struct err *err)
{
	const struct run_params *p = &cell->params;
	const uint64_t wanted = p->window_bytes;
	const uint32_t least = p->depth > 2 ? p->depth : 2; /* rotation needs two */
	struct run_layout layout = run_window_layout(cell, true);

	if (wanted && wanted < least * p->size_bytes)
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s: a window of %llu bytes does not hold the %u payloads that depth and "
			"checking need; set window to %llu or more, or to 0, which chooses",
			cell->name, (unsigned long long)wanted, least,
			(unsigned long long)(least * p->size_bytes));
	if (layout.total_bytes <= memory_bytes)
		return 0;
	return err_set(err, ERR_USAGE, -EINVAL,
		"%s: a window of %u transfers needs %zu bytes of device memory, the device has "
		"%llu; lower window, size or depth, or raise device.memory",
		cell->name, layout.count, layout.total_bytes, (unsigned long long)memory_bytes);
}

int run_window_open(struct run_window **out, struct run_cell *cell, struct err *err)
{
	struct run_window *w = fault_point("window") ? NULL : calloc(1, sizeof(*w));
	int rc = -ENOMEM;

	if (!w)
		return err_set(err, ERR_MISSING, rc, "%s: no memory for a window", cell->name);
	w->cell = cell;
	w->host = run_window_layout(cell, false);
	w->seed = window_seed(cell);
	w->device = run_window_layout(cell, true);
	rc = run_window_fits(cell, videoport_caps(cell->port)->memory_bytes, err);
	if (rc)
		goto fail;
	rc = -ENOMEM;
	w->memory = run_cell_memory(cell, w->host.total_bytes, err);
	w->scratch = malloc(w->host.payload_bytes + 2 * VERIFY_GUARD_BYTES);
	w->ops = calloc(w->host.count, sizeof(*w->ops));
	if (!w->memory || !w->scratch || !w->ops) {
		err_set(err, ERR_MISSING, rc,
			"%s: no memory for a window of %zu bytes; lower window or size", cell->name,
			w->host.total_bytes);
		goto fail;
	}
	rc = window_load(w, err);
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
	return cell->params.size_bytes < LEDGER_EVERY_BYTES ? LEDGER_EVERY : 1;
}

uint32_t run_window_ops(const struct run_window *w)
{
	return w->host.count;
}

/* Operation @op of a generation in which it reads @source. */
static struct load_op op_make(const struct run_window *w, uint32_t op, uint32_t source)
{
	const uint32_t size = (uint32_t)w->host.payload_bytes;

	return (struct load_op){
		.buffer = host_payload(w, to_device(w) ? source : op),
		.buffer_bytes = size,
		.len_bytes = size,
		.to_device = to_device(w),
		.device_address = device_payload(w, to_device(w) ? op : source),
	};
}

static int round_prepare(struct run_window *w, uint32_t count)
{
	int rc = 0;

	w->generation++;
	for (uint32_t op = 0; op < count && !rc; op++) {
		uint32_t source = op_source(w, op);

		w->ops[op] = op_make(w, op, source);
		if (!source_untouched(w))
			rc = source_fill(w, source, w->generation);
	}
	return rc;
}

/* The last thing before the timed part: the caches as the cell's key says, for payloads on both sides. */
static void window_cache(struct run_window *w, uint32_t count)
{
	const struct device_bar *bar = &videoport_caps(w->cell->port)->bar[1];
	const bool seen = bar->va && bar->kind == DEVICE_BAR_PREFETCH;

	if (w->cell->params.cache == RUN_THRASHED)
		cache_thrash(&w->cell->machine->thrash);
	if (w->cell->params.cache != RUN_COLD)
		return;
	for (uint32_t op = 0; op < count; op++) {
		uint64_t at = device_payload(w, op);

		cache_flush(host_payload(w, op), w->host.payload_bytes);
		if (seen && at + w->host.payload_bytes <= bar->len_bytes)
			cache_flush((unsigned char *)bar->va + at, w->host.payload_bytes);
	}
	cache_flush_end();
}

/* The CPU reads every result. The sum keeps the compiler from leaving the reads out. */
static uint64_t round_read_back(struct run_window *w, uint32_t count)
{
	uint64_t sum = 0;

	for (uint32_t op = 0; op < count; op++) {
		const unsigned char *result = host_payload(w, op);

		if (to_device(w)) {
			videoport_memory_read(w->cell->port, device_payload(w, op), w->scratch,
				w->host.payload_bytes);
			result = w->scratch;
		}
		for (size_t i = 0; i < w->host.payload_bytes; i += CACHE_LINE_BYTES)
			sum += result[i];
	}
	__asm__ volatile("" : : "r"(sum));
	return sum;
}

/* Destination of @op with both guards, in host memory. */
static const unsigned char *op_result(struct run_window *w, uint32_t op)
{
	if (!to_device(w))
		return host_payload(w, op);
	if (videoport_memory_read(w->cell->port, device_payload(w, op) - VERIFY_GUARD_BYTES,
		    w->scratch, w->host.payload_bytes + 2 * VERIFY_GUARD_BYTES))
		return NULL;
	return w->scratch + VERIFY_GUARD_BYTES;
}

static bool op_check(struct run_window *w, uint32_t op, struct verify_finding *finding)
{
	const unsigned char *result = op_result(w, op);
	const size_t size = w->host.payload_bytes;
	const bool device = to_device(w);

	if (!result)
		return false;
	return verify_check(result, size, op_stamp(w, op), finding) &&
	       verify_guard_check(result - VERIFY_GUARD_BYTES, guard_key(device, op, false),
		       VERIFY_BEFORE, finding) &&
	       verify_guard_check(
		       result + size, guard_key(device, op, true), VERIFY_AFTER, finding);
}

/* After a finding the guards are painted again, so that one stray write is one finding. */
static void op_repair(struct run_window *w, uint32_t op)
{
	const size_t size = w->host.payload_bytes;
	unsigned char before[VERIFY_GUARD_BYTES], after[VERIFY_GUARD_BYTES];

	verify_guard_fill(before, guard_key(to_device(w), op, false));
	verify_guard_fill(after, guard_key(to_device(w), op, true));
	if (to_device(w)) {
		videoport_memory_write(w->cell->port, device_payload(w, op) - sizeof(before),
			before, sizeof(before));
		videoport_memory_write(
			w->cell->port, device_payload(w, op) + size, after, sizeof(after));
	} else {
		memcpy(host_payload(w, op) - sizeof(before), before, sizeof(before));
		memcpy(host_payload(w, op) + size, after, sizeof(after));
	}
}

static void op_report(
	struct run_window *w, uint32_t op, uint64_t cookie, struct verify_finding *finding)
{
	bool untouched = source_untouched(w);
	char text[200];

	if (finding->kind == VERIFY_PAYLOAD)
		verify_explain(finding, w->seed, untouched ? 0 : w->generation, op_source(w, op),
			w->host.count);
	verify_describe(finding, cookie, w->host.payload_bytes, text, sizeof(text));
	run_cell_finding(w->cell, "%s", text);
}

/* Checks the destinations [from, to) of this generation. Return: how many were wrong. */
static uint32_t round_check(struct run_window *w, uint32_t from, uint32_t to, uint64_t first_cookie)
{
	uint32_t wrong = 0;

	for (uint32_t op = from; op < to; op++) {
		struct verify_finding finding = {.kind = VERIFY_OK};

		if (op_check(w, op, &finding))
			continue;
		if (wrong++ < CHECK_FINDINGS)
			op_report(w, op, first_cookie + op, &finding);
		op_repair(w, op);
	}
	if (wrong > CHECK_FINDINGS)
		run_cell_finding(w->cell, "%u further wrong transfers in the same round of %u",
			wrong - CHECK_FINDINGS, to - from);
	return wrong;
}

static void load_report(struct run_window *w)
{
	static const char *const what[] = {
		[LOAD_FAILED] = "the driver reported an error",
		[LOAD_LOST] = "never completed",
		[LOAD_DUPLICATED] = "completed a second time",
		[LOAD_UNKNOWN] = "completed but was never submitted",
		[LOAD_SHORT] = "completed short",
	};
	struct load_finding finding[LOAD_FINDINGS_MAX];
	unsigned count = load_findings(w->load, finding);

	for (; w->findings_seen < count; w->findings_seen++) {
		const struct load_finding *f = &finding[w->findings_seen];

		run_cell_finding(w->cell,
			"op %llu: %s: expected 1 completion of %u bytes with status 0, found "
			"status %d, %u bytes",
			(unsigned long long)f->cookie, what[f->kind], f->expected_bytes, f->status,
			f->len_bytes);
	}
}

int run_window_settle(struct run_window *w, uint32_t us)
{
	struct load_result result = {0};

	load_drain(w->load, us, &result);
	load_report(w);
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
	uint32_t wrong;
};

static int part_failed(struct run_window *w, int rc, struct err *err)
{
	return err_set(err, ERR_INTERNAL, rc, "%s: the driver refused a request: %s", w->cell->name,
		strerror(-rc));
}

/* Adds @part to @outcome; @rc: of the load. Return: 0 or -EILSEQ. */
static int part_add(
	struct run_window *w, const struct part *part, int rc, struct run_outcome *outcome)
{
	const struct load_result *result = &part->result;

	/* A transfer that failed is wrong as well; one that only is wrong must not count as done. */
	uint64_t bad = result->failed + result->lost;
	uint64_t only_wrong = part->wrong > bad ? part->wrong - bad : 0;

	outcome->operations += result->completed - only_wrong;
	outcome->failed += bad + only_wrong;
	outcome->bytes += result->bytes - only_wrong * w->host.payload_bytes;
	outcome->ticks += result->ticks;
	outcome->cpu_ns += result->cpu_ns + videoport_interrupt_cpu_ns(w->cell->port) -
	                   part->interrupt_ns;
	outcome->elements += result->elements;
	outcome->rounds += result->transfer_rounds;
	run_outcome_round(outcome);
	return rc || part->wrong || bad || result->duplicated || result->unknown ? -EILSEQ : 0;
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

static int window_pass(struct run_window *w, uint64_t count, load_op_fn op,
	struct run_outcome *outcome, struct load_result *result)
{
	const struct run_params *p = &w->cell->params;
	const struct load_pass pass = {
		.arrival = p->arrival,
		.per_second = run_cell_offered(w->cell),
		.burst = p->burst,
		.phase = 1,
		.seed = rng_mix(w->seed) + w->passes++,
		.count = count,
		.op = op,
		.arg = w,
		.service = outcome->latency,
		.response = outcome->response,
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

int run_window_round(struct run_window *w, uint32_t count, bool check, struct run_outcome *outcome,
	struct err *err)
{
	struct part part = {.interrupt_ns = videoport_interrupt_cpu_ns(w->cell->port)};
	uint64_t cookie = load_next_cookie(w->load);
	int rc = round_prepare(w, count);

	if (rc)
		return err_set(err, ERR_INTERNAL, rc, "%s: device memory cannot be written",
			w->cell->name);
	window_cache(w, count);
	if (run_cell_offered(w->cell) > 0)
		rc = window_pass(w, count, op_prepared, outcome, &part.result);
	else
		rc = round_run(w, count, outcome, &part.result);
	if (w->cell->params.slow_percent)
		part.result.ticks += planted_wait(w, part.result.ticks);
	if (rc && rc != -ETIMEDOUT)
		return part_failed(w, rc, err);
	load_report(w);
	if (w->cell->params.source == RUN_READ_BACK)
		round_read_back(w, count);
	if (check && !rc && part.result.submitted == count) {
		part.wrong = round_check(w, 0, count, cookie);
		outcome->verified += count - part.wrong;
	}
	if (count == w->host.count && !outcome->passes) {
		outcome->round_bytes = (uint64_t)count * w->host.payload_bytes;
		hist_record(outcome->round_ticks, part.result.ticks);
	}
	return part_add(w, &part, rc, outcome);
}

bool run_window_continuous(const struct run_window *w)
{
	return source_untouched(w) && w->cell->params.verify != RUN_VERIFY_FULL &&
	       w->cell->params.cache == RUN_HOT;
}

/* Operation @index of a pass that goes on lap after lap; each lap is a generation. */
static void op_lap(void *arg, uint64_t index, struct load_op *op)
{
	const struct run_window *w = arg;
	uint64_t lap = index / w->host.count;
	uint32_t slot = (uint32_t)(index % w->host.count);
	uint32_t source = (uint32_t)((slot + w->generation + 1 + lap) % w->host.count);

	*op = op_make(w, slot, source);
}

/* The last operation of every destination: those of the lap broken off, then those of the lap before. */
static void pass_check(
	struct run_window *w, struct part *part, uint64_t first_cookie, struct run_outcome *outcome)
{
	const uint32_t lap_ops = w->host.count;
	const uint64_t laps = part->result.submitted / lap_ops;
	const uint32_t rest = (uint32_t)(part->result.submitted % lap_ops);
	const uint64_t generation = w->generation;
	uint32_t checked = rest;

	w->generation = generation + 1 + laps;
	part->wrong = round_check(w, 0, rest, first_cookie + laps * lap_ops);
	if (laps) {
		w->generation = generation + laps;
		part->wrong += round_check(
			w, rest, lap_ops, first_cookie + (laps - 1) * (uint64_t)lap_ops);
		checked = lap_ops;
	}
	w->generation = generation;
	outcome->verified += checked - part->wrong;
}

int run_window_pass(struct run_window *w, uint64_t count, bool check, struct run_outcome *outcome,
	struct err *err)
{
	struct part part = {.interrupt_ns = videoport_interrupt_cpu_ns(w->cell->port)};
	uint64_t cookie = load_next_cookie(w->load);
	int rc = window_pass(w, count, op_lap, outcome, &part.result);

	if (rc && rc != -ETIMEDOUT)
		return part_failed(w, rc, err);
	load_report(w);
	if (check && !rc)
		pass_check(w, &part, cookie, outcome);
	w->generation += part.result.submitted / w->host.count + 1;
	return part_add(w, &part, rc, outcome);
}
