// SPDX-License-Identifier: BSD-2-Clause
/*
 * trial.c: what a runner sees of a trial (run.h, "for the hook that executes a trial"), and the counters made out of
 * an outcome. Every rate is completed operations over measured time.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "harness/stats/series.h"

const char *run_trial_name(const struct run_trial *trial)
{
	return trial->name;
}

uint64_t run_trial_operations(const struct run_trial *trial)
{
	return trial->operations;
}

int run_trial_body(struct run_trial *trial, struct err *err)
{
	if (trial->done)
		return err_set(err, ERR_INTERNAL, -EALREADY, "%s: the runner called a trial twice",
			trial->name);
	return cell_trial(trial, err);
}

double run_trial_seconds(const struct run_trial *trial)
{
	return (double)trial->outcome.ticks * trial->cell->machine->clock.ns_per_tick * 1e-9;
}

uint64_t run_trial_completed(const struct run_trial *trial)
{
	return trial->outcome.operations;
}

void run_trial_report(
	struct run_trial *trial, uint64_t iterations, double real_time_ns, double cpu_time_ns)
{
	trial->iterations = iterations;
	trial->real_time_ns = real_time_ns;
	trial->cpu_time_ns = cpu_time_ns;
}

static double quantile_ns(const struct run_trial *trial, const struct hist *hist, double q)
{
	if (!hist->count)
		return (double)NAN;
	return (double)hist_quantile(hist, q) * trial->cell->machine->clock.ns_per_tick;
}

static double mean_ns(const struct run_trial *trial, const struct hist *hist)
{
	return hist->count ? hist_mean(hist) * trial->cell->machine->clock.ns_per_tick
	                   : (double)NAN;
}

static double latency_ns(const struct run_trial *trial, double q)
{
	return quantile_ns(trial, trial->outcome.latency, q);
}

static double response_ns(const struct run_trial *trial, double q)
{
	return quantile_ns(trial, trial->outcome.response, q);
}

/* Taking, along a trace. */
static double taking_counter(const struct run_trial *trial, enum store_counter counter)
{
	const struct hist *taking = trial->outcome.taking;

	if (!taking)
		return (double)NAN;
	switch (counter) {
	case STORE_alloc_p50_ns:
		return quantile_ns(trial, taking, 0.5);
	case STORE_alloc_p99_ns:
		return quantile_ns(trial, taking, 0.99);
	case STORE_alloc_p999_ns:
		return quantile_ns(trial, taking, 0.999);
	default:
		return quantile_ns(trial, taking, 1.0);
	}
}

static double per_operation(const struct run_trial *trial, double value)
{
	return trial->outcome.operations ? value / (double)trial->outcome.operations : (double)NAN;
}

static double per_second(const struct run_trial *trial, double value)
{
	double seconds = run_trial_seconds(trial);

	return seconds > 0 && trial->outcome.operations ? value / seconds : (double)NAN;
}

/* The median round over the memcpy of the same bytes; over all rounds where a trial is shorter than one. */
static double ceiling_ratio(const struct run_trial *trial)
{
	const struct run_outcome *o = &trial->outcome;

	/* The ceiling is one device's; several have several cores. */
	if (cell_adapters(trial->cell) > 1)
		return (double)NAN;
	double bytes_per_second = per_second(trial, (double)o->bytes);

	if (o->round_ticks->count)
		bytes_per_second = (double)o->round_bytes /
		                   ((double)hist_quantile(o->round_ticks, 0.5) *
					   trial->cell->machine->clock.ns_per_tick) *
		                   1e9;
	return bytes_per_second / trial->cell->ceiling_bytes_per_second;
}

_Static_assert(STORE_phase_residue_ns - STORE_phase_driver_ns == LEDGER_RESIDUE,
	"one counter a part of the ledger");

/* The counters that come from the ledger; NAN for the others and where it was not kept. */
static double phase_counter(const struct run_trial *trial, enum store_counter counter)
{
	const struct run_machine *machine = trial->cell->machine;
	const struct ledger_scale scale = {
		.ns_per_tick = machine->clock.ns_per_tick,
		.point_ns = machine->observer.point_ns,
		.clock_read_ns = machine->observer.clock_read_ns,
		.single = trial->cell->params.depth == 1,
	};
	struct ledger ledger;

	ledger_make(&ledger, &trial->outcome.ledger, &scale);
	switch (counter) {
	case STORE_phase_total_ns:
		return ledger.total_ns;
	case STORE_device_fetch_ns:
		return ledger.fetch_ns;
	case STORE_device_move_ns:
		return ledger.move_ns;
	case STORE_device_post_ns:
		return ledger.post_ns;
	default:
		if (counter >= STORE_phase_driver_ns && counter <= STORE_phase_residue_ns)
			return ledger.part_ns[counter - STORE_phase_driver_ns];
		return (double)NAN;
	}
}

static double offered_per_second(const struct run_trial *trial)
{
	const struct run_outcome *o = &trial->outcome;

	return (double)o->offered /
	       ((double)o->span_ticks * trial->cell->machine->clock.ns_per_tick * 1e-9);
}

#define TAIL_SHARE 0.02 /* of the time of the arrivals */
#define TAIL_OPS                                                                                   \
	10 /* or so many median service times a pass, where that is short beside the arrivals' time: */
#define TAIL_SHORT 0.5 /* beyond the last operation's own service no more than so much of it */

bool run_trial_sustained(const struct run_trial *trial)
{
	const struct run_outcome *o = &trial->outcome;
	const double span = (double)o->span_ticks;
	const double own = (double)o->passes * (double)hist_quantile(o->latency, 0.5);
	const double usual = own + fmin((TAIL_OPS - 1) * own, TAIL_SHORT * span);

	return o->passes && !o->dropped && (double)o->tail_ticks <= fmax(TAIL_SHARE * span, usual);
}

/* What the batches of the trial say; NAN where they are too few to say it. */
static double batch_counter(const struct run_trial *trial, enum store_counter counter)
{
	const struct run_figures *f = &trial->figures;
	const bool open = trial->outcome.passes > 0;

	if (f->batches < STATS_BATCHES_MIN)
		return (double)NAN;
	switch (counter) {
	case STORE_time_low_ns:
		return f->time[0];
	case STORE_time_high_ns:
		return f->time[1];
	case STORE_lat_mean_low_ns:
		return f->service.mean[0];
	case STORE_lat_mean_high_ns:
		return f->service.mean[1];
	case STORE_lat_p50_low_ns:
		return f->service.p50[0];
	case STORE_lat_p50_high_ns:
		return f->service.p50[1];
	case STORE_lat_p99_low_ns:
		return f->service.p99[0];
	case STORE_lat_p99_high_ns:
		return f->service.p99[1];
	case STORE_resp_mean_low_ns:
		return open ? f->response.mean[0] : (double)NAN;
	case STORE_resp_mean_high_ns:
		return open ? f->response.mean[1] : (double)NAN;
	case STORE_resp_p50_low_ns:
		return open ? f->response.p50[0] : (double)NAN;
	case STORE_resp_p50_high_ns:
		return open ? f->response.p50[1] : (double)NAN;
	case STORE_resp_p99_low_ns:
		return open ? f->response.p99[0] : (double)NAN;
	case STORE_resp_p99_high_ns:
		return open ? f->response.p99[1] : (double)NAN;
	case STORE_batch_lag1:
		return f->lag1;
	case STORE_steady:
		return trial->cell->steady && f->steady;
	case STORE_steady_from:
		return f->steady_from;
	default:
		return f->batches;
	}
}

/* Of all operations those of the slowest requester, or of the fastest; NAN: one alone. */
static double requester_share(const struct run_outcome *o, bool fastest)
{
	uint64_t all = 0, end = fastest ? 0 : UINT64_MAX;

	for (uint32_t i = 0; i < o->requesters; i++) {
		const uint64_t ops = o->requester_ops[i];

		all += ops;
		if (fastest ? ops > end : ops < end)
			end = ops;
	}
	return all ? (double)end / (double)all : (double)NAN;
}

double run_trial_counter(const struct run_trial *trial, enum store_counter counter)
{
	const struct run_outcome *o = &trial->outcome;
	const unsigned keys = trial->cell->bench->keys;
	const bool moves = o->bytes > 0;
	const bool open = o->passes > 0;

	switch (counter) {
	case STORE_bytes_per_second:
		return moves ? per_second(trial, (double)o->bytes) : (double)NAN;
	case STORE_items_per_second:
		return per_second(trial, (double)o->operations);
	case STORE_lat_mean_ns:
		return mean_ns(trial, o->latency);
	case STORE_lat_p50_ns:
		return latency_ns(trial, 0.5);
	case STORE_lat_p90_ns:
		return latency_ns(trial, 0.9);
	case STORE_lat_p99_ns:
		return latency_ns(trial, 0.99);
	case STORE_lat_p999_ns:
		return latency_ns(trial, 0.999);
	case STORE_lat_max_ns:
		return latency_ns(trial, 1.0);
	case STORE_resp_mean_ns:
		return mean_ns(trial, o->response);
	case STORE_resp_p50_ns:
		return response_ns(trial, 0.5);
	case STORE_resp_p90_ns:
		return response_ns(trial, 0.9);
	case STORE_resp_p99_ns:
		return response_ns(trial, 0.99);
	case STORE_resp_p999_ns:
		return response_ns(trial, 0.999);
	case STORE_resp_max_ns:
		return response_ns(trial, 1.0);
	case STORE_offered_per_second:
		return open ? offered_per_second(trial) : (double)NAN;
	case STORE_backlog_peak_ops:
		return open ? (double)o->backlog_peak : (double)NAN;
	case STORE_dropped_ops:
		return open ? (double)o->dropped : (double)NAN;
	case STORE_sustained:
		return open ? (double)run_trial_sustained(trial) : (double)NAN;
	case STORE_cpu_ns_per_op:
		/* Between arrivals a polling thread spins; what that costs says nothing of the path. */
		return open && trial->cell->params.completion == RUN_POLL
		               ? (double)NAN
		               : per_operation(trial, (double)o->cpu_ns);
	case STORE_sg_elements_per_op:
		return o->elements ? per_operation(trial, (double)o->elements) : (double)NAN;
	case STORE_pins_per_op:
		return keys & RUN_KEY_MEMORY ? per_operation(trial, (double)trial->usage.pins)
		                             : (double)NAN;
	case STORE_rounds_per_op:
		return o->rounds ? per_operation(trial, (double)o->rounds) : (double)NAN;
	case STORE_recoveries:
	case STORE_resets:
		return recovery_counter(trial, counter);
	case STORE_instructions_per_op:
	case STORE_virtual_ns_per_op:
		return count_counter(trial, counter);
	case STORE_requester_share_min:
		return requester_share(o, false);
	case STORE_requester_share_max:
		return requester_share(o, true);
	case STORE_op_mean_bytes:
		return o->mixed_ops ? per_operation(trial, (double)o->bytes) : (double)NAN;
	case STORE_to_device_share:
		return o->mixed_ops ? (double)o->to_device_ops / (double)o->mixed_ops : (double)NAN;
	case STORE_ceiling_ratio:
		return moves && !open ? ceiling_ratio(trial) : (double)NAN;
	case STORE_verified_ops:
		return keys & RUN_KEY_VERIFY ? (double)o->verified : (double)NAN;
	case STORE_failed_ops:
		return (double)o->failed;
	default:
		if (counter >= STORE_time_low_ns && counter <= STORE_steady_from)
			return batch_counter(trial, counter);
		if (counter >= STORE_alloc_p50_ns && counter <= STORE_alloc_max_ns)
			return taking_counter(trial, counter);
		if (counter >= STORE_held_heap_bytes && counter <= STORE_held_objects)
			return soak_counter(trial, counter);
		return counter >= STORE_phase_total_ns && counter <= STORE_device_post_ns
		               ? phase_counter(trial, counter)
		               : footprint_counter(trial, counter);
	}
}
