// SPDX-License-Identifier: BSD-2-Clause
/*
 * cell.c: one cell: its port with its driver, its memory, its trials. Called by execute.c; cases reach it through
 * the services at the end of run.h. Knows neither the store nor the runner.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
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

/* Device and driver of requester @requester. */
static int port_open(const struct run_cell *cell, uint32_t requester, struct videoport **port,
	struct module **module, struct err *err)
{
	const struct run_settings *s = cell->settings;
	const bool own = cell_adapters(cell) > 1;
	const struct run_seat seat = machine_seat(cell->machine, requester, own);
	const char *args = strchr(s->device, ':');
	struct videoport_parameter parameters[RUN_PARAMETERS_MAX];
	struct videoport_config config = {
		.device = cell->device,
		.device_ops = cell->machine->device_ops,
		.device_config =
			{
				.args = args ? args + 1 : NULL,
				.memory_bytes = s->dev.memory_bytes,
				.cpu = seat.device_cpu,
				.shares_cpu = own && machine_crowded(cell->machine,
							     cell->params.threads, own),
				.address_bits = (unsigned)s->dev.address_bits,
				.no_scatter_gather = !s->dev.scatter_gather,
				.seed = s->seed + requester,
				.irq_moderation_us = (unsigned)s->dev.moderation_us,
				.freeze_ns = s->dev.freeze_ns,
				.freeze_at_ns = s->dev.freeze_at_ns,
				.pin = cell->params.pin,
			},
		.frames = cell->machine->frames,
		.map_registers = (unsigned)s->dev.map_registers,
		.common_bytes_max = s->pool.common_bytes_max,
		.interrupt_cpu = seat.interrupt_cpu,
		.verify = cell->params.verifier,
	};
	struct err why = ERR_INIT;
	int rc = 0;

	run_fault_set(s, &config.device_config);
	if (!cell->bench->driver && cell->params.strategy >= RUN_MODULE)
		rc = module_open(module, module_path(cell->params.strategy), err);
	if (rc < 0)
		return rc;
	drivers_configure(cell, *module, &config, parameters);
	rc = videoport_open(port, &config, &why);
	return rc ? port_refused(s, rc, &why, err) : 0;
}

int cell_port_open(struct run_cell *cell, struct err *err)
{
	return port_open(cell, 0, &cell->port, &cell->module, err);
}

void cell_port_close(struct run_cell *cell)
{
	videoport_close(cell->port, NULL);
	module_close(cell->module);
	cell->port = NULL;
	cell->module = NULL;
}

uint32_t cell_adapters(const struct run_cell *cell)
{
	return cell->params.adapters == RUN_OWN ? cell->params.threads : 1;
}

uint32_t cell_adapter_depth(const struct run_cell *cell)
{
	return cell->params.depth * (cell_adapters(cell) > 1 ? 1 : cell->params.threads);
}

struct videoport *cell_port(const struct run_cell *cell, uint32_t requester)
{
	return requester && cell->further ? cell->further[requester - 1].port : cell->port;
}

struct run_pool *cell_pool(struct run_cell *cell, uint32_t requester)
{
	return requester && cell->further ? &cell->further[requester - 1].pool : &cell->pool;
}

/* The adapters of the other requesters. */
static int further_open(struct run_cell *cell, struct err *err)
{
	const uint32_t count = cell_adapters(cell) - 1;
	int rc = 0;

	if (!count)
		return 0;
	cell->further = fault_point("cell_further") ? NULL : calloc(count, sizeof(*cell->further));
	if (!cell->further)
		return err_short(
			err, -ENOMEM, "%s: no memory for %u adapters", cell->name, count + 1);
	for (uint32_t i = 0; i < count && !rc; i++) {
		struct run_adapter *adapter = &cell->further[i];

		rc = port_open(cell, i + 1, &adapter->port, &adapter->module, err);
		if (!rc)
			pool_open(&adapter->pool, adapter->port);
	}
	return rc;
}

static void further_close(struct run_cell *cell)
{
	for (uint32_t i = 0; cell->further && i + 1 < cell_adapters(cell); i++) {
		videoport_close(cell->further[i].port, NULL);
		module_close(cell->further[i].module);
	}
	free(cell->further);
	cell->further = NULL;
}

/* All adapters into @state; goes on after an error. Return: the first. */
static int cell_power(struct run_cell *cell, enum device_power state, struct err *err)
{
	int rc = 0;

	for (uint32_t i = 0; i < cell_adapters(cell); i++) {
		int one = videoport_power(cell_port(cell, i), state, rc ? NULL : err);

		rc = rc ? rc : one;
	}
	return rc;
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

static void cell_take_events(struct run_cell *cell, struct videoport *port)
{
	struct videoport_event event[8];
	uint64_t lost = 0;
	unsigned count;

	do {
		count = videoport_events(port, event, 8, &lost);
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
	for (uint32_t i = 0; i < (cell->further ? cell_adapters(cell) : 1); i++) {
		struct videoport *port = cell_port(cell, i);

		if (!port)
			continue;
		videoport_stop(port);
		cell_take_events(cell, port);
	}
	further_close(cell);
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
	atomic_store_explicit(&cell->over, false, memory_order_relaxed);
	cell->ceiling_bytes_per_second = (double)NAN;
	cell->latency = fault_point("cell_latency") ? NULL : malloc(sizeof(*cell->latency));
	cell->response = malloc(sizeof(*cell->response));
	cell->round_ticks = malloc(sizeof(*cell->round_ticks));
	cell->sample = calloc(cell->settings->repetitions, sizeof(*cell->sample));
	if (!cell->latency || !cell->response || !cell->round_ticks || !cell->sample) {
		err_short(err, rc, "%s: no memory for samples", cell->name);
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
	rc = further_open(cell, err);
	if (rc)
		goto fail;
	rc = cell->bench->setup(cell, &cell->state, err);
	if (rc)
		goto fail;
	rc = cell_power(cell, DEVICE_D3, err);
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
	int rc = cell_over(cell) ? 0 : cell_power(cell, DEVICE_D0, err);

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
	struct err trial_err = ERR_INIT;

	recovery_begin(trial);
	for (uint32_t i = 0; i < cell_adapters(cell); i++) {
		videoport_usage_reset(cell_port(cell, i));
		pool_reset(cell_pool(cell, i), cell_port(cell, i));
	}
	/* What is recorded is what the first requester's driver does. */
	if (trial->recording)
		videoport_record(cell->port, record_take, trial->recording);
	if (trial->counted)
		count_begin();
	rc = cell_over(cell) ? -EILSEQ
	                     : cell->bench->trial(cell, cell->state, trial->operations,
				       &trial->outcome, &trial_err);
	if (trial->counted)
		count_end();
	if (trial->recording)
		videoport_record(cell->port, NULL, NULL);
	footprint_read(trial);
	soak_read(trial);
	recovery_end(trial);
	ageing_end(cell, &trial->outcome);
	batches_end(cell->machine->batches, &trial->outcome, cell->latency, cell->response);
	batches_figure(&trial->figures, cell->machine->batches, cell->latency, cell->response,
		cell->machine->clock.ns_per_tick);
	const int judged = recovery_judge(trial, rc);

	/* What follows from a refused pin is the host's doing, whatever the driver made of it. */
	if (trial->usage.pins_refused)
		rc = pins_refused(cell, &trial->usage, err);
	else if (judged != rc)
		rc = judged;
	else if (trial_err.kind != ERR_NONE)
		err_set(err, trial_err.kind, trial_err.code, "%s", trial_err.message);
	trial->done = true;
	for (uint32_t i = 0; i < cell_adapters(cell); i++)
		cell_take_events(cell, cell_port(cell, i));

	/* A device that lost operations refuses to rest; the trial's own result comes first. */
	int power = cell_power(cell, DEVICE_D3, rc ? NULL : err);

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
	/* Requesters check at the same time, after what is measured. */
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	va_list args;

	pthread_mutex_lock(&lock);
	cell->finding_count++;
	if (!cell->finding)
		cell->finding = calloc(RUN_FINDINGS_MAX, sizeof(*cell->finding));
	/* Those without room are counted all the same. */
	if (cell->finding && cell->finding_count <= RUN_FINDINGS_MAX) {
		va_start(args, format);
		vsnprintf(cell->finding[cell->finding_count - 1], sizeof(*cell->finding), format,
			args);
		va_end(args);
	}
	pthread_mutex_unlock(&lock);
}
