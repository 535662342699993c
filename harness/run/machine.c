// SPDX-License-Identifier: BSD-2-Clause
/*
 * machine.c: what all cells of a run share (clock, topology, placement, frames), and the facts about them that go
 * into the record. Called by execute.c.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static uint64_t involuntary_switches(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) ? 0 : (uint64_t)usage.ru_nivcsw;
}

/* Time the hypervisor took from this machine, in clock ticks of the kernel, from /proc/stat. */
static uint64_t steal_ticks(void)
{
	unsigned long long field[8] = {0};
	FILE *file = fopen("/proc/stat", "re");

	if (!file)
		return 0;
	int n = fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &field[0], &field[1],
		&field[2], &field[3], &field[4], &field[5], &field[6], &field[7]);

	fclose(file);
	return n == 8 ? field[7] : 0;
}

/* What is left of the process's processors; nothing where that cannot be told. */
static void machine_spare(struct run_machine *machine)
{
	const struct topo_place *place = &machine->place;
	const int taken[] = {place->driver_cpu, place->device_cpu, place->interrupt_cpu};

	CPU_ZERO(&machine->spare);
	if (sched_getaffinity(0, sizeof(machine->spare), &machine->spare))
		CPU_ZERO(&machine->spare);
	for (unsigned i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (taken[i] >= 0 && taken[i] < CPU_SETSIZE)
			CPU_CLR((size_t)taken[i], &machine->spare);
}

int machine_open(struct run_machine *machine, const struct run_plan *plan, struct err *err)
{
	const struct frames_config frames = {.seed = plan->settings[0].seed};
	int rc;

	*machine = (struct run_machine){.wish = plan->wish,
		.involuntary_switches = involuntary_switches(),
		.steal_ticks = steal_ticks()};
	rc = clock_open(&machine->clock, err);
	rc = rc ? rc : topo_open(&machine->topo, NULL, err);
	rc = rc ? rc : topo_place(machine->topo, &machine->wish, &machine->place, err);
	if (!rc)
		machine_spare(machine);
	rc = rc ? rc : noise_open(machine, plan, err);
	rc = rc ? rc : frames_create(&machine->frames, &frames, err);
	machine->batches = batches_open();
	if (!rc && !machine->batches)
		rc = err_short(err, -ENOMEM, "no memory for the batches of a trial");
	if (rc) {
		machine_close(machine);
		return rc;
	}
	return 0;
}

/* The spare processor number @index, or @otherwise. */
static int spare_cpu(const struct run_machine *machine, uint32_t index, int otherwise)
{
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((size_t)cpu, &machine->spare) && index-- == 0)
			return cpu;
	return otherwise;
}

struct run_seat machine_seat(
	const struct run_machine *machine, uint32_t requester, bool own_adapter)
{
	const struct topo_place *place = &machine->place;
	struct run_seat seat = {place->driver_cpu, place->device_cpu, place->interrupt_cpu};

	if (requester == 0)
		return seat;
	const uint32_t first = own_adapter ? 2 * (requester - 1) : requester - 1;

	seat.driver_cpu = spare_cpu(machine, first, place->driver_cpu);
	if (own_adapter) {
		seat.device_cpu = spare_cpu(machine, first + 1, place->device_cpu);
		seat.interrupt_cpu = seat.driver_cpu;
	}
	return seat;
}

uint32_t machine_processors(const struct run_machine *machine)
{
	return (uint32_t)CPU_COUNT(&machine->spare) + (machine->place.shared ? 1 : 2);
}

bool machine_crowded(const struct run_machine *machine, uint32_t requesters, bool own_adapters)
{
	const uint32_t wanted = (requesters - 1) * (own_adapters ? 2 : 1);

	return wanted > (uint32_t)CPU_COUNT(&machine->spare) || machine->place.shared;
}

int machine_check_place(const struct run_plan *plan, struct err *err)
{
	struct topo *topo;
	struct topo_place place;
	int rc = topo_open(&topo, NULL, err);

	rc = rc ? rc : topo_place(topo, &plan->wish, &place, err);
	topo_close(topo);
	return rc;
}

void machine_close(struct run_machine *machine)
{
	noise_close(machine);
	cache_thrash_close(&machine->thrash);
	frames_destroy(machine->frames);
	topo_close(machine->topo);
	free(machine->batches);
	machine->batches = NULL;
	machine->frames = NULL;
	machine->topo = NULL;
}

struct fact_writer {
	struct store *store;
	const struct store_run *before; /* not NULL: compare with it instead of writing */
	struct err *err;
	int rc; /* first error; later facts are not written */
};

/* Refuses a fact that has another value in the record of the run that is resumed. */
static void fact_compare(struct fact_writer *writer, const char *key, const char *value)
{
	const struct store_run *before = writer->before;

	for (uint32_t i = 0; i < before->fact_count && !writer->rc; i++) {
		if (strcmp(before->fact[i].key, key) != 0 ||
			strcmp(before->fact[i].value, value) == 0)
			continue;
		writer->rc = err_set(writer->err, ERR_USAGE, -EXDEV,
			"run %s: its %s is '%.100s', here it is '%.100s'; figures of unlike hosts "
			"do not belong into one run: start a new one, or --force",
			before->id, key, before->fact[i].value, value);
	}
}

static void fact_write(void *arg, const char *key, const char *value)
{
	struct fact_writer *writer = arg;

	if (writer->before)
		fact_compare(writer, key, value);
	else if (!writer->rc)
		writer->rc = store_fact(writer->store, key, value, writer->err);
}

static void fact_format(struct fact_writer *writer, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void fact_format(struct fact_writer *writer, const char *key, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fact_write(writer, key, text);
}

/* What hwloc says of the machine, under "host.". */
static void host_write(void *arg, const char *key, const char *value)
{
	char host_key[64];

	snprintf(host_key, sizeof(host_key), "host.%s", key);
	fact_write(arg, host_key, value);
}

/* Whether the kernel may change the clock rate of the driver's core; nothing where it does not say. */
static void scaling_fact(struct run_machine *machine, struct fact_writer *writer)
{
	char path[96], governor[32] = "";

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor",
		machine->place.driver_cpu);
	FILE *file = fopen(path, "re");

	if (!file)
		return;
	if (fscanf(file, "%31s", governor) == 1) {
		fact_write(
			writer, "host.cpu_scaling", strcmp(governor, "performance") ? "yes" : "no");
		fact_write(writer, "host.governor", governor);
	}
	fclose(file);
}

/* How the kernel's IOMMU maps by default; "none" where there is no group of devices behind one. */
static void iommu_fact(struct fact_writer *writer)
{
	FILE *file = fopen("/sys/kernel/iommu_groups/0/type", "re");
	char type[32] = "none";

	if (file && fscanf(file, "%31s", type) != 1)
		snprintf(type, sizeof(type), "unknown");
	if (file)
		fclose(file);
	fact_write(writer, "host.iommu", type);
}

static void host_facts(struct run_machine *machine, struct fact_writer *writer)
{
	char name[HOST_NAME_MAX + 1] = "";

	if (!gethostname(name, sizeof(name) - 1))
		fact_write(writer, "host.name", name);
	scaling_fact(machine, writer);
	iommu_fact(writer);
	topo_describe(machine->topo, host_write, writer);
}

static void clock_facts(struct run_machine *machine, struct fact_writer *writer)
{
	const struct clock *clock = &machine->clock;

	fact_write(writer, "clock.name", clock->name);
	fact_format(writer, "clock.rate_hz", "%.0f", clock->rate_hz);
	fact_format(writer, "clock.error_ppm", "%.2f", clock->error_ppm);
	fact_write(writer, "clock.invariant", clock->invariant ? "yes" : "no");
}

/* Where everything is, what was asked for, and how far apart it is; place_alike compares the distances. */
static void place_facts(struct run_machine *machine, struct fact_writer *writer)
{
	const struct topo_place *place = &machine->place;

	fact_write(writer, "place.text", place->text);
	fact_write(writer, "place.relation", place->relation);
	fact_format(writer, "place.driver_cpu", "%d", place->driver_cpu);
	fact_format(writer, "place.device_cpu", "%d", place->device_cpu);
	fact_format(writer, "place.interrupt_cpu", "%d", place->interrupt_cpu);
	fact_format(writer, "place.node", "%d", place->node);
	for (enum place_distance i = 0; i < PLACE_DISTANCE_COUNT; i++)
		fact_write(writer, place_distance_key(i), place->found.value[i]);
}

int machine_facts(struct run_machine *machine, struct store *store, struct err *err)
{
	struct fact_writer writer = {.store = store, .err = err};

	host_facts(machine, &writer);
	place_facts(machine, &writer);
	clock_facts(machine, &writer);
	observer_facts(&machine->observer, fact_write, &writer);
	fact_format(&writer, "ceiling.handoff_ns", "%.1f", machine->ceilings.handoff_ns);
	fact_format(&writer, "ceiling.wakeup_ns", "%.0f", machine->ceilings.wakeup_ns);
	return writer.rc;
}

int machine_check_resumed(
	struct run_machine *machine, const struct store_run *before, struct err *err)
{
	struct fact_writer writer = {.before = before, .err = err};

	host_facts(machine, &writer);
	place_facts(machine, &writer);
	return writer.rc;
}

int machine_noise_facts(struct run_machine *machine, struct store *store, struct err *err)
{
	struct fact_writer writer = {.store = store, .err = err};
	double load[3];

	fact_format(&writer, "noise.involuntary_switches", "%llu",
		(unsigned long long)(involuntary_switches() - machine->involuntary_switches));
	fact_format(&writer, "noise.steal_ms", "%.0f",
		(double)(steal_ticks() - machine->steal_ticks) * 1e3 /
			(double)sysconf(_SC_CLK_TCK));
	if (getloadavg(load, 3) == 3)
		fact_format(
			&writer, "noise.load_average", "%.2f %.2f %.2f", load[0], load[1], load[2]);
	return writer.rc;
}
