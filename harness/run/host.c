// SPDX-License-Identifier: BSD-2-Clause
/*
 * host.c: whether this host has the memory that a cell wants, asked by plan.c before anything is measured or written:
 * large pages, and pages that may be locked. A sweep is refused at once, not in its middle. And how much memory is going
 * to be locked, for the noise audit.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "drivers/support/fault.h"
#include "harness/run/buffers.h"
#include "harness/run/window.h"

static size_t memory_bytes(const struct run_cell *cell)
{
	return cell->bench->keys & RUN_KEY_SOURCE ? run_window_layout(cell, false).total_bytes
	                                          : run_buffers_layout(cell).total_bytes;
}

/* The least a cell locks at once: what is in flight, the whole window where locks are kept. */
static size_t locked_bytes(const struct run_cell *cell)
{
	const struct run_params *p = &cell->params;
	const size_t one = page_span(p->offset_bytes, p->size_bytes) << PAGE_SHIFT;
	const size_t depth = cell->bench->keys & RUN_KEY_DEPTH ? p->depth : 1;
	const size_t all = memory_bytes(cell);

	if ((cell->bench->keys & RUN_KEY_STRATEGY) && p->strategy == RUN_COMMON)
		return 0;
	if ((cell->bench->keys & RUN_KEY_STRATEGY) && p->strategy == RUN_PACKET_CACHED)
		return all;
	return one * depth < all ? one * depth : all;
}

/* The limit is asked by locking address space without memory behind it. Return: 0 or -errno. */
static int lock_try(size_t bytes)
{
	void *space = fault_point("host_lock")
	                      ? MAP_FAILED
	                      : mmap(NULL, bytes, PROT_READ,
					MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int rc = 0;

	if (space == MAP_FAILED)
		return -ENOMEM;
	if (mlock2(space, bytes, MLOCK_ONFAULT))
		rc = -errno;
	munmap(space, bytes);
	return rc;
}

static int lock_offered(const struct run_cell *cell, struct err *err)
{
	const size_t bytes = locked_bytes(cell);
	struct rlimit limit = {0};
	int rc = bytes ? lock_try(bytes) : 0;

	if (!rc)
		return 0;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	return err_set(err, ERR_MISSING, rc,
		"%s: pin=%s wants %zu KiB locked at once, this process may lock %llu (%s); raise "
		"ulimit -l, give CAP_IPC_LOCK, or lower window, size or depth",
		cell->name, run_pin_words[cell->params.pin], bytes >> 10,
		(unsigned long long)limit.rlim_cur >> 10, strerror(-rc));
}

int host_pin_device(const struct run_cell *cell, struct device **dev, struct err *err)
{
	const struct device_config config = {.cpu = -1,
		.address_bits = 64,
		.memory_bytes = UINT64_C(1) << 20,
		.pin = cell->params.pin};

	return device_find(cell->device)->open(dev, &config, err);
}

/* The device says itself whether it can pin: it is opened for a moment. */
static int pin_offered(const struct run_cell *cell, struct err *err)
{
	struct device *dev = NULL;
	int rc = host_pin_device(cell, &dev, err);

	if (rc)
		return rc;
	dev->ops->close(dev);
	return lock_offered(cell, err);
}

/* Memory that can be had without swapping; UINT64_MAX where the kernel does not say. */
static uint64_t available_bytes(void)
{
	unsigned long long kib = 0;
	char line[128];

	if (fault_point("host_memory"))
		return 0;
	FILE *file = fopen("/proc/meminfo", "re");

	while (file && !kib && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) != 1)
			kib = 0;
	if (file)
		fclose(file);
	return kib ? (uint64_t)kib << 10 : UINT64_MAX;
}

int host_holds(const struct run_cell *cell, uint32_t cells, struct err *err)
{
	const uint64_t requesters = cell->params.threads;
	const uint64_t own = run_window_layout(cell, false).total_bytes;
	const uint64_t device = run_window_layout(cell, true).total_bytes;
	/* Windows are shared by the cells, devices are not; one more copy is the ceiling's. */
	const uint64_t wanted = requesters * (own + cells * device) + device;
	const uint64_t available = available_bytes();
	char want[32], have[32];

	if (wanted <= available)
		return 0;
	return err_set(err, ERR_MISSING, -ENOMEM,
		"%s: this case and the %u beside it want %s of memory, the host has %s left; "
		"lower window, size, depth or threads, or name fewer strategies",
		cell->name, cells - 1, opt_show_size(wanted, want, sizeof(want)),
		opt_show_size(available, have, sizeof(have)));
}

int host_offers(const struct run_cell *cell, struct err *err)
{
	const struct run_params *p = &cell->params;
	int rc = 0;

	if (p->pages != TOPO_PAGES_4K)
		rc = topo_pages_offered(memory_bytes(cell), p->pages, err);
	if (!rc && p->pin != DEVICE_PIN_NONE)
		rc = pin_offered(cell, err);
	return rc;
}

uint64_t host_lock_bytes(const struct run_plan *plan)
{
	uint64_t most = 0;

	for (size_t g = 0; g < plan->group_count; g++) {
		const struct run_group *group = &plan->group[g];

		for (uint32_t i = 0; i < group->cell_count; i++) {
			const struct run_cell *cell = &group->cell[i];
			const bool pins = (cell->bench->keys & RUN_KEY_MEMORY) &&
			                  cell->params.pin != DEVICE_PIN_NONE;
			const uint64_t bytes = pins ? locked_bytes(cell) : 0;

			most = bytes > most ? bytes : most;
		}
	}
	return most;
}

static uint64_t list_most(const struct opt_list *list)
{
	uint64_t most = 0;

	for (uint32_t i = 0; i < list->count; i++)
		most = list->value[i] > most ? list->value[i] : most;
	return most;
}

/* The largest transfers lock the most, those that keep their locks above all; what is locked grows with every key here. */
uint64_t run_lock_bytes(const struct run_settings *settings)
{
	static const struct bench_case transfers = {
		.keys = RUN_KEY_STRATEGY | RUN_KEY_SIZE | RUN_KEY_DEPTH | RUN_KEY_SOURCE};
	const uint64_t size_bytes = list_most(&settings->size);
	struct run_cell cell = {.bench = &transfers,
		.settings = settings,
		.params = {.size_bytes = size_bytes,
			.mean_bytes = size_bytes,
			.offset_bytes = list_most(&settings->offset),
			.window_bytes = list_most(&settings->window_bytes),
			.depth = (uint32_t)list_most(&settings->depth)}};
	uint64_t most = 0;

	if (list_most(&settings->pin) == DEVICE_PIN_NONE)
		return 0;
	for (uint32_t i = 0; i < settings->strategy.count; i++) {
		cell.params.strategy = (enum run_strategy)settings->strategy.value[i];
		const uint64_t bytes = locked_bytes(&cell);

		most = bytes > most ? bytes : most;
	}
	return most;
}
