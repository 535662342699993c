// SPDX-License-Identifier: BSD-2-Clause
/*
 * cell.c: one cell: its port with its driver, its memory, its trials. Called by execute.c; cases reach it through
 * the services at the end of run.h. Knows neither the store nor the runner.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/loader/module.h"
#include "drivers/support/fault.h"

/* The port knows no keys; where limits of the platform are set, they are what to change. */
static int port_refused(
	const struct run_settings *s, int rc, const struct err *own, struct err *err)
{
	const bool limited = s->pool.common_bytes_max || s->dev.address_bits < 64 ||
	                     s->dev.map_registers;

	if (rc != -ENOMEM || !limited)
		return err_set(err, own->kind, rc, "%s", own->message);
	return err_set(err, own->kind, rc,
		"%s; limits in force: pool.limit=%llu, device.address_bits=%llu, "
		"device.map_registers=%llu (0: none): raise them, or lower depth, pool.slots or "
		"pool.slot",
		own->message, (unsigned long long)s->pool.common_bytes_max,
		(unsigned long long)s->dev.address_bits, (unsigned long long)s->dev.map_registers);
}

int cell_port_open(struct run_cell *cell, struct err *err)
{
	const struct run_settings *s = cell->settings;
	const struct topo_place *place = &cell->machine->place;
	const char *args = strchr(s->device, ':');
	struct videoport_parameter parameters[RUN_PARAMETERS_MAX];
	struct videoport_config config = {
		.device = cell->device,
		.device_config =
			{
				.args = args ? args + 1 : NULL,
				.memory_bytes = s->dev.memory_bytes,
				.cpu = place->device_cpu,
				.address_bits = (unsigned)s->dev.address_bits,
				.no_scatter_gather = !s->dev.scatter_gather,
				.fault = (enum device_fault)s->dev.fault,
				.fault_rate = s->dev.fault_rate,
				.seed = s->seed,
				.irq_moderation_us = (unsigned)s->dev.moderation_us,
				.freeze_ns = s->dev.freeze_ns,
				.freeze_at_ns = s->dev.freeze_at_ns,
				.pin = cell->params.pin,
			},
		.frames = cell->machine->frames,
		.map_registers = (unsigned)s->dev.map_registers,
		.common_bytes_max = s->pool.common_bytes_max,
		.interrupt_cpu = place->interrupt_cpu,
		.verify = cell->params.verifier,
	};
	struct err own = ERR_INIT;
	int rc = 0;

	if (!cell->bench->driver && cell->params.strategy >= RUN_MODULE)
		rc = module_open(&cell->module, module_path(cell->params.strategy), err);
	if (rc < 0)
		return rc;
	drivers_configure(cell, &config, parameters);
	rc = videoport_open(&cell->port, &config, &own);
	return rc ? port_refused(s, rc, &own, err) : 0;
}

void cell_port_close(struct run_cell *cell)
{
	videoport_close(cell->port, NULL);
	module_close(cell->module);
	cell->port = NULL;
	cell->module = NULL;
}

/* Notes and warnings are for `dmabench driver`; here only what is wrong on real hardware is wrong. */
static void cell_take_event(struct run_cell *cell, const struct videoport_event *event)
{
	if (event->kind == VIDEOPORT_EVENT_LOG)
		run_cell_finding(cell, "driver log: %s (status %d, id %u)", event->message,
			event->status, event->unique_id);
	else if (event->severity == VIDEOPORT_ERROR)
		run_cell_finding(cell, "rule V-%u broken: %s (status %d)", event->rule,
			event->message, event->status);
}

static void cell_take_events(struct run_cell *cell)
{
	struct videoport_event event[8];
	uint64_t lost = 0;
	unsigned count;

	do {
		count = videoport_events(cell->port, event, 8, &lost);
		for (unsigned i = 0; i < count; i++)
			cell_take_event(cell, &event[i]);
	} while (count == 8);
	if (lost)
		run_cell_finding(
			cell, "%llu further port events were not kept", (unsigned long long)lost);
}

void cell_unload(struct run_cell *cell)
{
	if (cell->state)
		cell->bench->teardown(cell, cell->state);
	if (cell->port) {
		videoport_stop(cell->port);
		cell_take_events(cell);
	}
	cell_port_close(cell);
	cell->memory_taken = 0;
	free(cell->latency);
	free(cell->response);
	free(cell->round_ticks);
	ageing_close(cell);
	cell->state = NULL;
	cell->latency = NULL;
	cell->response = NULL;
	cell->round_ticks = NULL;
}

void cell_free_findings(struct run_cell *cell)
{
	free(cell->finding);
	cell->finding = NULL;
}

void cell_drop_latencies(struct run_cell *cell)
{
	for (uint32_t i = 0; i < cell->sample_count; i++) {
		free(cell->sample[i].latency);
		free(cell->sample[i].response);
		free(cell->sample[i].window);
		cell->sample[i].window = NULL;
		cell->sample[i].window_count = 0;
		cell->sample[i].latency = NULL;
		cell->sample[i].response = NULL;
	}
}

void cell_free(struct run_cell *cell)
{
	cell_drop_latencies(cell);
	free(cell->sample);
	cell_free_findings(cell);
	cell->sample = NULL;
	cell->sample_count = 0;
}

int cell_open(struct run_cell *cell, struct run_machine *machine, struct run_memory **group_memory,
	struct err *err)
{
	int rc = -ENOMEM;

	cell->machine = machine;
	cell->group_memory = group_memory;
	cell->ceiling_bytes_per_second = (double)NAN;
	cell->latency = fault_point("cell_latency") ? NULL : malloc(sizeof(*cell->latency));
	cell->response = malloc(sizeof(*cell->response));
	cell->round_ticks = malloc(sizeof(*cell->round_ticks));
	cell->sample = calloc(cell->settings->repetitions, sizeof(*cell->sample));
	if (!cell->latency || !cell->response || !cell->round_ticks || !cell->sample) {
		err_set(err, ERR_MISSING, rc, "%s: no memory for samples", cell->name);
		goto fail;
	}
	rc = ageing_open(cell, err);
	if (rc)
		goto fail;
	if (cell->params.cache == RUN_THRASHED)
		rc = cache_thrash_open(&machine->thrash, err);
	if (rc)
		goto fail;
	rc = cell_port_open(cell, err);
	if (rc)
		goto fail;
	pool_open(&cell->pool, cell->port);
	rc = cell->bench->setup(cell, &cell->state, err);
	if (rc)
		goto fail;
	rc = videoport_power(cell->port, DEVICE_D3, err);
	if (rc)
		goto fail;
	return 0;
fail:
	cell_unload(cell);
	return rc;
}

static int pins_refused(
	const struct run_cell *cell, const struct videoport_usage *usage, struct err *err)
{
	return err_set(err, ERR_MISSING, usage->pin_error,
		"%s: pin=%s: the host refused to pin %llu times (%s); raise the limit of locked "
		"memory (ulimit -l), or lower window, depth or cache.entries",
		cell->name, run_pin_words[cell->params.pin],
		(unsigned long long)usage->pins_refused, strerror(-usage->pin_error));
}

int cell_trial(struct run_trial *trial, struct err *err)
{
	struct run_cell *cell = trial->cell;
	int rc = videoport_power(cell->port, DEVICE_D0, err);

	if (rc)
		return rc;
	hist_init(cell->latency);
	hist_init(cell->response);
	hist_init(cell->round_ticks);
	trial->outcome = (struct run_outcome){
		.latency = cell->latency,
		.response = cell->response,
		.round_ticks = cell->round_ticks,
		.taking = cell->taking,
	};
	ageing_begin(cell, trial);
	batches_begin(cell->machine->batches, &trial->outcome, trial->operations,
		cell->offered_per_s > 0);
	videoport_usage_reset(cell->port);
	struct err trial_err = ERR_INIT;

	pool_reset(&cell->pool, cell->port);
	if (trial->recording)
		videoport_record(cell->port, record_take, trial->recording);
	rc = cell->bench->trial(cell, cell->state, trial->operations, &trial->outcome, &trial_err);
	if (trial->recording)
		videoport_record(cell->port, NULL, NULL);
	videoport_usage(cell->port, &trial->usage);
	pool_read(&cell->pool, trial->outcome.ticks, &trial->pool);
	ageing_end(cell, &trial->outcome);
	batches_end(cell->machine->batches, &trial->outcome, cell->latency, cell->response);
	batches_figure(&trial->figures, cell->machine->batches, cell->latency, cell->response,
		cell->machine->clock.ns_per_tick);
	/* What follows from a refused pin is the host's doing, whatever the driver made of it. */
	if (trial->usage.pins_refused)
		rc = pins_refused(cell, &trial->usage, err);
	else if (trial_err.kind != ERR_NONE)
		err_set(err, trial_err.kind, trial_err.code, "%s", trial_err.message);
	trial->done = true;
	cell_take_events(cell);

	/* A device that lost operations refuses to rest; the trial's own result comes first. */
	int power = videoport_power(cell->port, DEVICE_D3, rc ? NULL : err);

	return rc ? rc : power;
}

const struct run_params *run_cell_params(const struct run_cell *cell)
{
	return &cell->params;
}

bool run_cell_mixed(const struct run_cell *cell)
{
	return cell->mix || cell->params.dir == RUN_MIXED;
}

const struct run_settings *run_cell_settings(const struct run_cell *cell)
{
	return cell->settings;
}

const struct clock *run_cell_clock(const struct run_cell *cell)
{
	return &cell->machine->clock;
}

struct videoport *run_cell_port(const struct run_cell *cell)
{
	return cell->port;
}

double run_cell_ceiling(const struct run_cell *cell)
{
	return cell->ceiling_bytes_per_second;
}

double run_cell_offered(const struct run_cell *cell)
{
	return cell->offered_per_s;
}

/* A flush takes a millisecond, going over twice the last cache ten; neither is timed. */
uint64_t run_cell_rounds(const struct run_cell *cell, uint64_t operations, uint64_t round)
{
	static const uint64_t most[] = {
		[RUN_HOT] = UINT32_MAX, [RUN_COLD] = 16, [RUN_THRASHED] = 4};
	const uint64_t all = most[cell->params.cache] * round;

	return operations < all ? operations : all;
}

void run_cell_finding(struct run_cell *cell, const char *format, ...)
{
	va_list args;

	cell->finding_count++;
	if (!cell->finding)
		cell->finding = calloc(RUN_FINDINGS_MAX, sizeof(*cell->finding));
	if (!cell->finding || cell->finding_count > RUN_FINDINGS_MAX)
		return; /* counted all the same */
	va_start(args, format);
	vsnprintf(cell->finding[cell->finding_count - 1], sizeof(*cell->finding), format, args);
	va_end(args);
}
