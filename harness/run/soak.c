// SPDX-License-Identifier: BSD-2-Clause
/*
 * soak.c: whether what is held stays the same for as long as a run goes on: heap, resident memory, descriptors, threads of
 * this process, objects of each driver's port; and whether the figures drift. Called by cell.c at the end of a trial, outside
 * measured time, and by execute.c when a group is done. Knows nothing of strategies, families or what a trial did.
 */
#include "harness/run/run_priv.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/support/fault.h"
#include "harness/opt/opt.h"
#include "harness/stats/series.h"
#include "harness/stats/stats.h"

#define DRIFT_ALPHA 0.01

/*
 * What may change without being a leak, from the first judged block to the last: free lists that reach their high-water mark
 * by and by, what the C library and the kernel keep.
 */
static const struct held {
	const char *name, *fact; /* with its verb */
	enum store_counter counter;
	double floor;
	const char *unit, *remedy;
} held[RUN_HELD_COUNT] = {
	{"heap keeps", "soak.heap", STORE_held_heap_bytes, 16 << 10, "bytes",
		"run it under valgrind --tool=massif, or a build with ASan"},
	{"resident memory keeps", "soak.rss", STORE_held_rss_bytes, 512 << 10, "bytes",
		"compare /proc/PID/smaps of two moments"},
	{"open descriptors keep", "soak.descriptors", STORE_held_descriptors, 0.5, "descriptors",
		"look at /proc/PID/fd"},
	{"threads keep", "soak.threads", STORE_held_threads, 0.5, "threads",
		"look at /proc/PID/task"},
	{"objects of the port keep", "soak.objects", STORE_held_objects, 0.5, "objects",
		"run it with verifier=on: the audit at unload names each of them"},
};

/* ---- readings ---------------------------------------------------------------------------------------------------- */

/* Sanitizers have an allocator of their own, of which mallinfo2 knows nothing. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static uint64_t heap_bytes(void)
{
	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	const struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static double rss_bytes(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");
	const bool known = file && fscanf(file, "%*u %lu", &pages) == 1;

	if (file)
		fclose(file);
	return known ? (double)pages * (double)sysconf(_SC_PAGESIZE) : (double)NAN;
}

/* Less . and .. */
static double entries_of(const char *path)
{
	DIR *dir = opendir(path);
	double count = 0;

	if (!dir)
		return (double)NAN;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

uint64_t soak_heap_bytes(const struct run_cell *cell)
{
	return cell->settings->soak ? heap_bytes() : 0;
}

void soak_begin(struct run_group *group)
{
	const struct run_settings *settings = group->cell[0].settings;

	for (uint32_t i = 0; i < group->cell_count && settings->soak; i++)
		memset(group->cell[i].sample, 0,
			settings->repetitions * sizeof(*group->cell[i].sample));
}

/* The ports' records are taken as they are needed and kept: a high-water mark, and no leak. */
static void records_count(struct run_cell *cell)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < cell_adapters(cell); i++)
		bytes += videoport_record_bytes(cell_port(cell, i));
	cell->machine->records_bytes += bytes - cell->port_record_bytes;
	cell->port_record_bytes = bytes;
}

void soak_read(struct run_trial *trial)
{
	struct run_cell *cell = trial->cell;
	const struct videoport_usage *u = &trial->usage;

	for (unsigned i = 0; i < RUN_HELD_COUNT; i++)
		trial->held[i] = (double)NAN;
	if (!cell->settings->soak)
		return;
	records_count(cell);
	const uint64_t heap = heap_bytes();
	const double records = (double)cell->machine->records_bytes;

	trial->held[RUN_HELD_HEAP] = (double)heap - records;
	trial->held[RUN_HELD_RSS] = rss_bytes() - records;
	/* One is open to look. */
	trial->held[RUN_HELD_DESCRIPTORS] = entries_of("/proc/self/fd") - 1;
	trial->held[RUN_HELD_THREADS] = entries_of("/proc/self/task");
	trial->held[RUN_HELD_OBJECTS] = (double)(u->adapters + u->locks + u->events +
						 u->spin_locks + u->pool_blocks + u->buffers);
}

double soak_counter(const struct run_trial *trial, enum store_counter counter)
{
	for (unsigned i = 0; i < RUN_HELD_COUNT; i++)
		if (held[i].counter == counter)
			return trial->held[i];
	return (double)NAN;
}

/* ---- judgement --------------------------------------------------------------------------------------------------- */

/*
 * What the cells from @first to before @end held at the end of block @block: the median, since each looks at its own moment.
 * NAN: not told to one of them.
 */
static double block_value(
	const struct run_group *group, uint32_t first, uint32_t end, unsigned what, uint32_t block)
{
	double value[RUN_GROUP_CELLS_MAX];
	size_t count = 0;

	for (uint32_t i = first; i < end; i++) {
		value[count] = group->cell[i].sample[block].counter[held[what].counter];
		if (isnan(value[count++]))
			return (double)NAN;
	}
	return stats_median(value, count);
}

/* @series: room for one value a block. What the cells hold ever more of is a finding of the first. */
static void held_judge(struct run_soak *soak, struct run_group *group, uint32_t first, uint32_t end,
	unsigned what, double *series)
{
	struct run_cell *cell = &group->cell[first];
	const uint32_t blocks = cell->sample_count;

	for (uint32_t b = 0; b < blocks; b++) {
		series[b] = block_value(group, first, end, what, b);
		if (isnan(series[b]))
			return;
	}
	soak->told[what]++;
	const struct stats_growth growth = stats_growth(series, blocks, held[what].floor);

	if (!(fabs(soak->change[what]) >= fabs(growth.change)))
		soak->change[what] = growth.change;
	soak->last[what] = fmax(soak->last[what], series[blocks - 1]);
	if (!growth.grows)
		return;
	soak->growing[what]++;
	run_cell_finding(cell,
		"soak: %s growing: %.0f %s more in %zu blocks of trials, %.0f at their end "
		"(p %.1g); expected the same after each block; %s",
		held[what].name, growth.change, held[what].unit, blocks - growth.skip,
		series[blocks - 1], growth.p, held[what].remedy);
}

/*
 * How much faster the last quarter is than the first. Not the trend's line: it runs below nothing where the speed has
 * fallen by a step.
 */
static double speed_change(const double *series, size_t n)
{
	const size_t quarter = n < 4 ? 1 : n / 4;

	return stats_median(series + n - quarter, quarter) / stats_median(series, quarter) - 1;
}

static void speed_judge(struct run_soak *soak, const struct run_cell *cell, double *series)
{
	double slope;
	int64_t s;

	for (uint32_t i = 0; i < cell->sample_count; i++)
		series[i] = cell->sample[i].counter[STORE_items_per_second];
	const double p = stats_trend(series, cell->sample_count, &s, &slope);
	const double change = speed_change(series, cell->sample_count);

	soak->cells++;
	soak->drifting += p <= DRIFT_ALPHA;
	if (p <= DRIFT_ALPHA && !(fabs(soak->worst) >= fabs(change))) {
		soak->worst = change;
		memcpy(soak->worst_cell, cell->name, sizeof(soak->worst_cell));
	}
}

int soak_judge(struct run_soak *soak, struct run_group *group, struct err *err)
{
	const struct run_settings *settings = group->cell[0].settings;

	if (!settings->soak)
		return 0;
	double *series = fault_point("soak") ? NULL
	                                     : calloc(settings->repetitions, sizeof(*series));

	if (!series)
		return err_short(
			err, -ENOMEM, "%s: no memory to judge the soak by", group->cell[0].name);
	soak->groups++;
	for (unsigned what = 0; what < RUN_HELD_COUNT; what++) {
		/* Objects are each driver's own, all else is the process's. */
		const uint32_t step = what == RUN_HELD_OBJECTS ? 1 : group->cell_count;

		for (uint32_t i = 0; i < group->cell_count; i += step)
			held_judge(soak, group, i, i + step, what, series);
	}
	for (uint32_t i = 0; i < group->cell_count; i++)
		speed_judge(soak, &group->cell[i], series);
	free(series);
	return 0;
}

int soak_store(const struct run_soak *soak, struct store *store, struct err *err)
{
	char text[STORE_NAME_MAX + 128];
	int rc = 0;

	for (unsigned i = 0; i < RUN_HELD_COUNT && soak->groups && !rc; i++) {
		if (soak->told[i])
			snprintf(text, sizeof(text), "%s: %.0f %s at the end, %+.0f by its trend",
				soak->growing[i] ? "grows" : "flat", soak->last[i], held[i].unit,
				soak->change[i]);
		else
			snprintf(text, sizeof(text), "not judged: this host does not tell it");
		rc = store_fact(store, held[i].fact, text, err);
	}
	if (!soak->groups || rc)
		return rc;
	if (soak->drifting)
		snprintf(text, sizeof(text),
			"%u of %u case%s drift%s (p <= 0.01), most %+.1f %% from the first quarter "
			"to the last in %s",
			soak->drifting, soak->cells, opt_plural(soak->cells),
			soak->drifting == 1 ? "s" : "", 100 * soak->worst, soak->worst_cell);
	else
		snprintf(text, sizeof(text), "none of %u case%s drifts (p <= 0.01)", soak->cells,
			opt_plural(soak->cells));
	return store_fact(store, "soak.speed", text, err);
}
