/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dma_testing.h: a port with only its DMA core, on a device of the test's own. For the tests of this folder.
 *
 * The device keeps every mapping it is given, refuses what device.h forbids (overlap, cut, odd sizes),
 * and moves bytes only through mappings with the right direction. fake_move plays what an engine does
 * with a scatter/gather list. bench_close fails the test when a mapping or a frame is left.
 */
#ifndef VIDEOPORT_DMA_TESTING_H
#define VIDEOPORT_DMA_TESTING_H

#include "drivers/support/fault.h"
#include "drivers/support/held_testing.h"
#include "drivers/videoport/priv.h"
#include "drivers/videoport/sg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <cmocka.h>

#define FAKE_MAPPINGS_MAX 16384

struct fake_mapping {
	uint64_t iova;
	size_t len_bytes;
	unsigned char *va;
	unsigned access;
};

struct fake_device {
	struct device device;
	pthread_mutex_t lock;
	struct fake_mapping mapping[FAKE_MAPPINGS_MAX];
	unsigned mappings;
	unsigned maps, unmaps; /* calls */
	unsigned violations;   /* calls that break device.h */
	unsigned refused;      /* accesses without a mapping */

	/* Those of them the port has not taken yet, as far as there is room. */
	struct device_refusal refusal[16];
	unsigned refusals;
};

static inline int fake_insert(
	struct fake_device *fake, iova_t iova, void *va, size_t len_bytes, unsigned access)
{
	int rc = 0;

	pthread_mutex_lock(&fake->lock);
	if (iova.val % PAGE_BYTES || len_bytes % PAGE_BYTES || !len_bytes ||
		(uintptr_t)va % PAGE_BYTES)
		rc = -EINVAL;
	for (unsigned i = 0; i < fake->mappings; i++)
		if (iova.val < fake->mapping[i].iova + fake->mapping[i].len_bytes &&
			fake->mapping[i].iova < iova.val + len_bytes)
			rc = -EINVAL;
	if (rc < 0)
		fake->violations++;
	else if (fake->mappings == FAKE_MAPPINGS_MAX)
		rc = -ENOSPC;
	else
		fake->mapping[fake->mappings++] = (struct fake_mapping){
			iova.val, len_bytes, (unsigned char *)va, access};
	pthread_mutex_unlock(&fake->lock);
	return rc;
}

static inline int fake_remove(struct fake_device *fake, iova_t iova, size_t len_bytes)
{
	size_t removed = 0;

	pthread_mutex_lock(&fake->lock);
	for (unsigned i = 0; i < fake->mappings;) {
		struct fake_mapping *m = &fake->mapping[i];
		if (m->iova >= iova.val && m->iova + m->len_bytes <= iova.val + len_bytes) {
			removed += m->len_bytes;
			*m = fake->mapping[--fake->mappings];
		} else {
			i++;
		}
	}
	if (removed != len_bytes)
		fake->violations++;
	pthread_mutex_unlock(&fake->lock);
	return removed == len_bytes ? 0 : -EINVAL;
}

static inline int fake_map(
	struct device *dev, iova_t iova, void *va, size_t len_bytes, unsigned access)
{
	struct fake_device *fake = (struct fake_device *)dev;

	if (fault_point("fake_map"))
		return -ENOSPC;
	__atomic_add_fetch(&fake->maps, 1, __ATOMIC_RELAXED);
	return fake_insert(fake, iova, va, len_bytes, access);
}

static inline int fake_unmap(struct device *dev, iova_t iova, size_t len_bytes)
{
	struct fake_device *fake = (struct fake_device *)dev;

	__atomic_add_fetch(&fake->unmaps, 1, __ATOMIC_RELAXED);
	return fake_remove(fake, iova, len_bytes);
}

static inline int fake_coherent_alloc(struct device *dev, iova_t iova, size_t len_bytes, void **va)
{
	*va = fault_point("fake_coherent") ? NULL : aligned_alloc(PAGE_BYTES, len_bytes);
	if (!*va)
		return -ENOMEM;
	memset(*va, 0, len_bytes);
	int rc = fake_insert(
		(struct fake_device *)dev, iova, *va, len_bytes, DEVICE_READ | DEVICE_WRITE);
	if (rc < 0)
		free(*va);
	return rc;
}

static inline void fake_coherent_free(struct device *dev, iova_t iova, size_t len_bytes, void *va)
{
	fake_remove((struct fake_device *)dev, iova, len_bytes);
	free(va);
}

static const struct device_dma_ops fake_dma = {
	.map = fake_map,
	.unmap = fake_unmap,
	.coherent_alloc = fake_coherent_alloc,
	.coherent_free = fake_coherent_free,
};

/* One access of the device. Return: false and counted where no mapping allows it. */
static inline bool fake_access(struct fake_device *fake, uint64_t iova, void *buffer,
	size_t len_bytes, enum device_access access)
{
	unsigned char *bytes = buffer;
	bool done = true;

	pthread_mutex_lock(&fake->lock);
	while (len_bytes && done) {
		done = false;
		for (unsigned i = 0; i < fake->mappings && !done; i++) {
			struct fake_mapping *m = &fake->mapping[i];
			if (iova < m->iova || iova >= m->iova + m->len_bytes ||
				!(m->access & access))
				continue;
			size_t at = (size_t)(iova - m->iova), here = m->len_bytes - at;
			here = here < len_bytes ? here : len_bytes;
			if (access == DEVICE_READ)
				memcpy(bytes, m->va + at, here);
			else
				memcpy(m->va + at, bytes, here);
			iova += here;
			bytes += here;
			len_bytes -= here;
			done = true;
		}
	}
	fake->refused += !done;
	if (!done && fake->refusals < 16)
		fake->refusal[fake->refusals++] = (struct device_refusal){.iova = {iova},
			.len_bytes = len_bytes,
			.access = access,
			.descriptor_id = 7};
	pthread_mutex_unlock(&fake->lock);
	return done;
}

static inline unsigned fake_refusals(
	struct device *dev, struct device_refusal *out, unsigned max, uint64_t *lost)
{
	struct fake_device *fake = (struct fake_device *)dev;
	unsigned count = 0;

	pthread_mutex_lock(&fake->lock);
	for (; count < max && count < fake->refusals; count++)
		out[count] = fake->refusal[count];
	fake->refusals -= count;
	memmove(fake->refusal, fake->refusal + count, fake->refusals * sizeof(*out));
	pthread_mutex_unlock(&fake->lock);
	*lost = 0;
	return count;
}

static const struct device_ops fake_ops = {.name = "fake", .refusals = fake_refusals};

/* Moves a whole list between host memory and @memory, as an engine would. Return: bytes moved. */
static inline size_t fake_move(struct fake_device *fake, PVP_SCATTER_GATHER_LIST list, void *memory,
	enum device_access access)
{
	size_t moved = 0;

	for (ULONG i = 0; i < list->NumberOfElements; i++) {
		const VP_SCATTER_GATHER_ELEMENT *e = &list->Elements[i];
		if (!fake_access(fake, (uint64_t)e->Address.QuadPart,
			    (unsigned char *)memory + moved, e->Length, access))
			break;
		moved += e->Length;
	}
	return moved;
}

/* ---- a port around it --------------------------------------------------------------------------------- */

struct bench {
	struct fake_device fake;
	struct videoport vp;
	struct frames *frames;
	unsigned char *buffer; /* registered memory */
	size_t buffer_bytes;
	void *extension;
};

struct bench_options {
	unsigned address_bits; /* 0 = 64 */
	bool no_scatter_gather;
	unsigned map_registers;
	uint64_t common_bytes_max;
	bool defer_execute;
	bool verify, strict;
	struct frames_policy policy;
	size_t buffer_bytes; /* 0 = 4 MiB */
	uint64_t seed;
};

static inline void bench_close(struct bench *bench)
{
	if (bench->vp.device) {
		dma_state_fini(&bench->vp.dma);
		event_log_fini(&bench->vp.log);
	}
	assert_int_equal(bench->fake.mappings, 0);
	assert_int_equal(bench->fake.violations, 0);
	pthread_mutex_destroy(&bench->fake.lock);
	frames_destroy(bench->frames);
	munmap(bench->buffer, bench->buffer_bytes);
	extensions_destroy(&bench->vp);
	pool_quarantine_fini(&bench->vp.quarantine);
	free(bench);
}

/* Return: the bench, or NULL when a fault point made some part of it fail. */
static inline struct bench *bench_open(struct bench_options options)
{
	struct bench *bench = aligned_alloc(CACHE_LINE_BYTES, (sizeof(*bench) + 63) / 64 * 64);
	struct frames_config frames_config = {.seed = options.seed};

	assert_non_null(bench);
	memset(bench, 0, sizeof(*bench));
	pthread_mutex_init(&bench->fake.lock, NULL);
	bench->fake.device.dma = &fake_dma;
	bench->fake.device.caps = (struct device_caps){
		.address_bits = options.address_bits ? options.address_bits : 64,
		.scatter_gather = !options.no_scatter_gather,
		.transfer_bytes_max = UINT32_MAX,
	};
	bench->buffer_bytes = options.buffer_bytes ? options.buffer_bytes : 4u << 20;
	bench->buffer = mmap(NULL, bench->buffer_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(bench->buffer != MAP_FAILED);
	bench->extension = extension_create(&bench->vp, CACHE_LINE_BYTES);
	if (!bench->extension || frames_create(&bench->frames, &frames_config, NULL) < 0 ||
		frames_add(bench->frames, bench->buffer, bench->buffer_bytes, FRAMES_READ_WRITE,
			&options.policy, NULL) < 0)
		goto close;
	if (event_log_init(&bench->vp.log, NULL) < 0)
		goto close;
	account_init(&bench->vp.account, &bench->vp.dma.mdl_lock, &bench->vp.dma.mapping.lock);
	bench->vp.device = &bench->fake.device;
	bench->vp.device_ops = &fake_ops;
	bench->vp.verifier.on = options.verify;
	bench->vp.verifier.strict = options.strict;
	bench->vp.frames = bench->frames;
	bench->vp.extension = bench->extension;
	bench->vp.config = (struct videoport_config){
		.frames = bench->frames,
		.map_registers = options.map_registers,
		.common_bytes_max = options.common_bytes_max,
		.defer_execute = options.defer_execute,
	};
	if (dma_state_init(&bench->vp.dma, &bench->vp, bench->vp.device, &bench->vp.config, NULL) ==
		0)
		return bench;
close:
	bench_close(bench);
	return NULL;
}

static inline PVP_DMA_ADAPTER bench_adapter(struct bench *bench, ULONG maximum_length)
{
	VP_DEVICE_DESCRIPTION description = {
		.ScatterGather = TRUE,
		.Dma64BitAddresses = TRUE,
		.MaximumLength = maximum_length,
	};

	return VideoPortGetDmaAdapter(bench->extension, &description);
}

static inline struct videoport_usage bench_usage(struct bench *bench)
{
	struct videoport_usage usage;

	account_read(&bench->vp.account, &usage);
	return usage;
}

/* Rule events recorded since the last call. */
static inline unsigned bench_rules(struct bench *bench)
{
	unsigned count = bench->vp.log.count + (unsigned)bench->vp.log.lost;

	bench->vp.log.count = 0;
	bench->vp.log.lost = 0;
	return count;
}

/*
 * Exactly one event since the last look, of @rule (0: none at all). Return: it; what it points to is
 * valid until the next event.
 */
static inline const struct videoport_event *bench_expect(struct bench *bench, unsigned rule)
{
	const struct event_log *log = &bench->vp.log;
	unsigned first = log->first, count = log->count;

	if (count != (rule ? 1 : 0) || (count && log->events[first].rule != rule))
		fail_msg("expected rule %u, found %u events, the first of rule %u: %s", rule, count,
			count ? log->events[first].rule : 0,
			count ? log->events[first].message : "");
	bench_rules(bench);
	return &log->events[first];
}

/* HwVidExecuteDma of the tests: keeps what it was given. Context: a struct caught. */
struct caught {
	PVP_SCATTER_GATHER_LIST list;
	PVP_DMA_ADAPTER adapter;
	PULONG length;
	ULONG length_inside; /* *length when the callback ran */
	unsigned irql, calls;
	pthread_t thread;
};

static inline VOID catch_list(
	PVOID extension, PVP_DMA_ADAPTER adapter, PVP_SCATTER_GATHER_LIST list, PVOID context)
{
	struct caught *caught = context;

	(void)extension;
	caught->list = list;
	caught->adapter = adapter;
	caught->length_inside = caught->length ? *caught->length : 0;
	caught->irql = irql_current();
	caught->thread = pthread_self();
	__atomic_add_fetch(&caught->calls, 1, __ATOMIC_RELEASE);
}

/*
 * One whole transfer the way a driver does it: lock, rounds of start and complete until nothing remains,
 * unlock. @memory: the device's side. Return: rounds, 0 where one failed.
 */
static inline unsigned bench_transfer(struct bench *bench, PVP_DMA_ADAPTER adapter,
	unsigned char *va, ULONG length, unsigned char *memory, bool write_to_device)
{
	PVOID mdl = VideoPortLockBuffer(
		bench->extension, va, length, write_to_device ? VpReadAccess : VpWriteAccess);
	unsigned rounds = 0;
	ULONG done = 0;

	assert_non_null(mdl);
	while (done < length) {
		ULONG now = length - done;
		struct caught caught = {.length = &now};
		if (VideoPortStartDma(bench->extension, adapter, mdl, done, &now, catch_list,
			    &caught, (BOOLEAN)write_to_device) != NO_ERROR)
			break;
		assert_int_equal(caught.length_inside, now);
		assert_int_equal(fake_move(&bench->fake, caught.list, memory + done,
					 write_to_device ? DEVICE_READ : DEVICE_WRITE),
			now);
		assert_int_equal(VideoPortCompleteDma(bench->extension, adapter, caught.list,
					 (BOOLEAN)write_to_device),
			NO_ERROR);
		done += now;
		rounds++;
	}
	VideoPortUnlockBuffer(bench->extension, mdl);
	return done == length ? rounds : 0;
}

static inline void fill(unsigned char *bytes, size_t len_bytes, uint64_t seed)
{
	for (size_t i = 0; i < len_bytes; i++) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		bytes[i] = (unsigned char)(seed >> 56);
	}
}

/* The seed of a property test: DMABENCH_SEED or the clock; printed, so that a failure can be repeated. */
static inline uint64_t property_seed(const char *test)
{
	const char *text = getenv("DMABENCH_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);

	print_message("%s: DMABENCH_SEED=%llu\n", test, (unsigned long long)seed);
	return seed;
}

static inline uint64_t property_next(uint64_t *seed, uint64_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*seed >> 33) % below;
}

#endif
