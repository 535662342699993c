// SPDX-License-Identifier: BSD-2-Clause
/*
 * noise.c: the noise audit of a run: the host at its start, every trial between two readings, the verdict at its end.
 * Called by execute.c and machine.c. What counts as noise is harness/audit's to know.
 */
#include "harness/run/run_priv.h"

#include <stdio.h>
#include <string.h>

static bool any_blocks(const struct run_plan *plan)
{
	for (unsigned i = 0; i < plan->settings_count; i++)
		for (uint32_t k = 0; k < plan->settings[i].completion.count; k++)
			if (plan->settings[i].completion.value[k] != RUN_POLL)
				return true;
	return false;
}

/* Requesters and devices of the case that has most of them. */
static uint32_t busy_threads(const struct run_plan *plan)
{
	uint32_t most = 0;

	for (size_t g = 0; g < plan->group_count; g++) {
		const struct run_cell *cell = &plan->group[g].cell[0];
		const uint32_t busy = cell->params.threads + cell_adapters(cell);

		/* One and one is what the placement is judged by. */
		if (cell->params.threads > 1 && busy > most)
			most = busy;
	}
	return most;
}

/* A run that is gone on with answers for what it met before, too. */
static void tally_restore(struct audit_tally *tally, const struct run_plan *plan)
{
	for (size_t g = 0; g < plan->group_count; g++) {
		const struct run_group *group = &plan->group[g];

		for (uint32_t i = 0; group->restored && i < group->cell_count; i++)
			for (uint32_t s = 0; s < group->cell[i].sample_count; s++)
				audit_tally_add(
					tally, audit_taints_of(group->cell[i].sample[s].tainted));
	}
}

int noise_open(struct run_machine *machine, const struct run_plan *plan, struct err *err)
{
	struct run_noise *noise = &machine->noise;

	noise->scope = (struct audit_scope){
		.driver_cpu = machine->place.driver_cpu,
		.device_cpu = machine->place.device_cpu,
		.blocking = any_blocks(plan),
		.tsc = machine->clock.tsc,
		.busy_threads = busy_threads(plan),
		.processors = machine_processors(machine),
		.checked_build = audit_build_is_checked(),
		.lock_bytes = host_lock_bytes(plan),
	};
	tally_restore(&noise->tally, plan);
	audit_host_check("", &noise->scope, &noise->host);
	return audit_watch_open(&noise->watch, "", &noise->scope, &machine->clock, err);
}

void noise_close(struct run_machine *machine)
{
	audit_watch_close(machine->noise.watch);
	machine->noise.watch = NULL;
}

void noise_threads(struct run_machine *machine)
{
	audit_watch_threads(machine->noise.watch);
}

void noise_begin(struct run_machine *machine)
{
	audit_watch_read(machine->noise.watch, &machine->noise.before);
}

void noise_end(
	struct run_machine *machine, const struct run_cell *cell, char text[AUDIT_TAINT_TEXT])
{
	struct run_noise *noise = &machine->noise;
	struct audit_scope scope = noise->scope;
	struct audit_reading after;

	scope.blocking = cell->params.completion != RUN_POLL;

	audit_watch_read(noise->watch, &after);
	audit_tally_add(&noise->tally, audit_judge(&scope, &noise->before, &after, text));
}

bool noise_trusted(const struct run_machine *machine, char *why, size_t room)
{
	return audit_trusted(&machine->noise.host, &machine->noise.tally, why, room);
}

int noise_store_host(const struct run_machine *machine, struct store *store, struct err *err)
{
	const struct audit_host *host = &machine->noise.host;
	char key[64], value[640];
	int rc = 0;

	for (unsigned i = 0; i < host->count && !rc; i++) {
		const struct audit_finding *finding = &host->finding[i];

		snprintf(key, sizeof(key), "audit.%s", finding->name);
		snprintf(value, sizeof(value), "%s: %s; expected: %s; do: %s",
			audit_grade_word(finding->grade), finding->found, finding->expected,
			finding->remedy);
		rc = store_fact(store, key, value, err);
	}
	snprintf(value, sizeof(value), "%u done, not to be read here: %s", host->checks,
		host->unknown ? host->unknown_names : "none");
	rc = rc ? rc : store_fact(store, "audit.checks", value, err);
	snprintf(value, sizeof(value), "%.1f",
		(double)audit_watch_cost_ns(machine->noise.watch) * 1e-3);
	return rc ? rc : store_fact(store, "audit.reading_us", value, err);
}

int noise_store_run(const struct run_machine *machine, struct store *store, struct err *err)
{
	const struct audit_tally *tally = &machine->noise.tally;
	char key[64], value[400];
	bool trusted = noise_trusted(machine, value, sizeof(value));
	int rc = store_fact(store, "audit.verdict", trusted ? "trusted" : "cannot be trusted", err);

	rc = rc ? rc : store_fact(store, "audit.why", value[0] ? value : "nothing was seen", err);
	snprintf(value, sizeof(value), "%llu of %llu", (unsigned long long)tally->tainted,
		(unsigned long long)tally->trials);
	rc = rc ? rc : store_fact(store, "noise.tainted_repetitions", value, err);
	for (enum audit_taint i = 0; i < AUDIT_TAINT_COUNT && !rc; i++) {
		snprintf(key, sizeof(key), "noise.%s", audit_taint_name(i));
		snprintf(value, sizeof(value), "%llu", (unsigned long long)tally->of[i]);
		if (tally->of[i])
			rc = store_fact(store, key, value, err);
	}
	return rc;
}
