/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dma.h: the state of the DMA core and what its files share. Not for anyone outside drivers/videoport.
 *
 *	adapter.c        VideoPortGetDmaAdapter, VideoPortPutDmaAdapter, dma_state_*
 *	common_buffer.c  VideoPortAllocateCommonBuffer, VideoPortReleaseCommonBuffer; memory from coherent.c
 *	mdl.c            VideoPortLockBuffer, VideoPortUnlockBuffer
 *	start_dma.c      VideoPortStartDma, VideoPortCompleteDma
 *	sg, mapregs, mapping: their parts, each testable alone
 *	verify_lock.c, verify_list.c, verify_bounce.c (verify_dma.h): what the verifier adds
 *	refusal.c        why the device was refused an access, from what all of them know
 *
 * What a driver holds is never believed. An adapter and an MDL are handles: index and generation of a
 * table entry, at addresses no processor accepts, so that a handle after its release is recognised and
 * never dereferenced. A scatter/gather list is memory the driver reads; its Reserved word is a seal
 * made of its address, so that a foreign or copied list is recognised.
 *
 *	MDL     free --LockBuffer--> live, n transfers in flight --UnlockBuffer (n = 0)--> free
 *	list    free --StartDma--> live --CompleteDma--> free
 *	adapter none --Get--> live --Put, nothing outstanding--> none
 *	                           --Put, something outstanding--> retired for ever (D-14)
 *
 * Steady state needs no memory: MDLs and lists are kept by size class (powers of two pages) when free.
 *
 * Locks, never nested: adapter->lock (registers, slots, free lists), dma->mdl_lock (free MDLs, the account of
 * pins, locks at the same byte), mapping's own (what the device reaches, the account of transfers, bytes in
 * flight). None is held while the driver's HwVidExecuteDma runs. Slow paths that look at every adapter hold
 * dma->adapter_lock, inside it an adapter's common_lock or one of these. The account's own, of common buffers,
 * is the innermost: nothing is taken under it.
 */
#ifndef VIDEOPORT_DMA_H
#define VIDEOPORT_DMA_H

#include "drivers/device/device.h"
#include "drivers/include/video.h"
#include "drivers/support/err.h"
#include "drivers/support/heap.h"
#include "drivers/support/host.h"
#include "drivers/support/types.h"
#include "drivers/videoport/account.h"
#include "drivers/videoport/frames.h"
#include "drivers/videoport/inflight.h"
#include "drivers/videoport/mapping.h"
#include "drivers/videoport/mapregs.h"
#include "drivers/videoport/spin.h"
#include "drivers/videoport/verifier.h"

#include <pthread.h>
#include <malloc.h>
#include <stdatomic.h>

#define DMA_ADAPTERS_MAX 64
#define DMA_MDLS_MAX     (UINT32_C(1) << 20)
#define DMA_CLASSES      22 /* 1, 2, 4 .. 2^21 pages: a ULONG of bytes at any offset */
#define DMA_BUCKETS      64
#define DMA_RELEASED_MAX 64 /* common buffers remembered after their release */

/* More adapters than a driver has paths: one is got for each transfer (rule 107). */
#define DMA_ADAPTERS_SANE 32

struct videoport;
struct videoport_config;

struct dma_checks;

/* What the verifier keeps of a locked buffer; behind its pfn[], only while it is on. */
#define MDL_RESTS_MAX 8
struct mdl_check {
	struct origin origin; /* of the lock */
	/* Locks that begin at the same byte are found by it (rule 307); under dma->mdl_lock. */
	struct mdl *same_next, **same_link;
	/* Bytes that were left out and not asked for again (rule 311). */
	struct spin lock; /* for changes of what follows */
	_Atomic uint32_t rests;
	struct {
		uint32_t from, to;
	} rest[MDL_RESTS_MAX];
};

/* A locked buffer. */
struct mdl {
	_Atomic uint64_t state; /* generation << 32 | MDL_LIVE | transfers in flight */
	uint32_t index;         /* in dma_state.mdl, for ever */
	uint32_t size_class;
	struct mdl *next; /* while free */
	unsigned char *va;
	uint32_t len_bytes;
	uint32_t pages;
	VP_LOCK_OPERATION operation;
	uint32_t pin;            /* the device's handle of its real pin */
	struct mdl_check *check; /* NULL while the verifier is off */
	uint64_t pfn[];
};

/* Where an MDL was locked, NULL where that is not known. */
static inline const struct origin *mdl_origin(const struct mdl *mdl)
{
	return mdl->check ? &mdl->check->origin : NULL;
}

#define MDL_LIVE      (UINT64_C(1) << 31)
#define MDL_IN_FLIGHT (MDL_LIVE - 1)

struct vp_adapter;

/* What the verifier keeps of a transfer; behind its elements, only while it is on. */
#define LIST_SOURCE_BYTES 64
struct list_check {
	struct origin origin;    /* of the VideoPortStartDma; stays until the list is used again */
	struct inflight_use use; /* its bytes (rule 409) */
	uint64_t list_sum;       /* of what the driver is given (rule 415) */
	uint32_t poisoned;       /* elements filled after completion (rule 416) */
	/* Both ends of what the device reads (rule 417). */
	unsigned char source_first[LIST_SOURCE_BYTES], source_last[LIST_SOURCE_BYTES];
};

/* One transfer in flight and the list its device works through. */
struct dma_list {
	_Atomic uint32_t live;
	uint32_t size_class;
	struct vp_adapter *adapter;
	struct dma_list *next;      /* while free, or waiting for the deferral thread */
	struct dma_list *made_next; /* all lists of the adapter, for fini */
	struct mdl *mdl;
	uint32_t first_page; /* of the MDL */
	uint32_t pages;      /* = map registers held */
	uint32_t offset;     /* of the first byte in its page */
	uint32_t len_bytes;
	bool write_to_device;
	uint32_t bounced;         /* pages in slots */
	uint32_t elements;        /* as built: what the driver sees is the driver's */
	uint32_t *slot;           /* for each page its slot or SG_NO_SLOT */
	struct list_check *check; /* NULL while the verifier is off */

	/* For the deferral thread only. */
	PEXECUTE_DMA execute;
	PVOID extension, context;
	PVP_DMA_ADAPTER handle;

	VP_SCATTER_GATHER_LIST sg; /* what the driver sees; elements and slots follow */
};

/* Where a transfer was started, NULL where that is not known. */
static inline const struct origin *list_origin(const struct dma_list *list)
{
	return list->check ? &list->check->origin : NULL;
}

struct common_buffer {
	struct common_buffer *next;
	uint64_t pfn;
	size_t pages;
	ULONG length;
	BOOLEAN cache_enabled;
	bool guarded;           /* dma_guarded_alloc made it */
	struct space_node node; /* where it lies, guards included */
	iova_t iova;
	void *va;
	struct origin origin;
};

/* The last common buffers that were released. Only compared with, so that nothing needs to live. */
struct common_released {
	pthread_mutex_t lock;
	uint64_t count; /* entry[count % DMA_RELEASED_MAX] is the next */
	struct common_buffer entry[DMA_RELEASED_MAX];
};

struct vp_adapter {
	VP_DEVICE_DESCRIPTION description;
	bool scatter_gather;
	uint64_t reach; /* last logical address the device drives through this adapter */
	struct origin origin;

	/* Bounce slots: memory of the port, mapped for the adapter's whole life. */
	unsigned char *slot_va;
	iova_t slot_iova;
	uint64_t slot_pfn;

	/* Common buffers by page of their address; PASSIVE, under their own lock. */
	pthread_mutex_t common_lock;
	struct common_buffer *common[DMA_BUCKETS];
	uint64_t common_made, common_bytes_made;
	struct account_meter common_meter; /* changed under common_lock and the account's */

	_Atomic bool past_maximum_told; /* rule 422 is reported once for each adapter */

	/* Written by every transfer. */
	CACHE_ALIGNED struct spin lock;
	struct mapregs regs;
	uint32_t lists_live, lists_peak;
	uint64_t lists_started;
	struct dma_list *free[DMA_CLASSES];
	struct dma_list *made;
	CACHE_ALIGNED struct account_meter meter; /* under the mapping's lock */
};

struct dma_deferral {
	bool running, stop;
	bool calling; /* a driver's routine, right now */
	struct host_thread thread;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* something to call, or stop */
	pthread_cond_t idle; /* nothing to call any more */
	struct dma_list *first, **last;
};

struct dma_state {
	struct videoport *vp;
	struct device *device;
	struct frames *frames;
	uint32_t map_registers;    /* the platform's grant, 0 = what MaximumLength asks for */
	uint64_t common_bytes_max; /* 0 = none */
	_Atomic uint64_t common_bytes;
	struct common_released released;
	struct mapping mapping;
	uint64_t handle_base; /* what the handles of this port's adapters have in common */

	pthread_mutex_t adapter_lock; /* get and put */
	struct {
		struct vp_adapter *_Atomic adapter;
		_Atomic uint32_t generation; /* odd while a driver holds the adapter */
		struct origin origin;        /* of the latest adapter, even after its end */
	} slot[DMA_ADAPTERS_MAX];

	struct mdl **mdl;          /* DMA_MDLS_MAX pointers, never cleared */
	struct dma_checks *checks; /* the verifier's; NULL while it is off, or without memory */
	struct dma_deferral deferral;

	/* Written by every lock. */
	CACHE_ALIGNED struct spin mdl_lock;
	_Atomic uint32_t mdl_count;
	_Atomic uint64_t record_bytes; /* heap of all MDLs and lists, live and free */
	struct mdl *mdl_free[DMA_CLASSES];
};

/*
 * dma_state_init - after the device is open and before the driver is loaded. Starts the deferral thread
 * if @config asks for it. Return: 0, -ENOMEM, -EAGAIN (ERR_MISSING).
 * dma_state_fini - after the driver is unloaded and the device is in D3, before it is closed: takes
 * back whatever the driver still held, without accounting it. Accepts a zeroed state.
 */
int dma_state_init(struct dma_state *dma, struct videoport *vp, struct device *device,
	const struct videoport_config *config, struct err *err);
void dma_state_fini(struct dma_state *dma);

/* A handle as the driver holds it and as the port reads it. */
union dma_handle {
	uint64_t value;
	PVOID pointer;
};

/* ---- shared by the files above -------------------------------------------------------------------- */

/* The smallest class that holds @pages. */
static inline uint32_t dma_class(uint32_t pages)
{
	return pages <= 1 ? 0 : 32 - (uint32_t)__builtin_clz(pages - 1);
}

/* dma_adapter - the adapter behind a handle, or NULL for anything that is not one now. */
struct vp_adapter *dma_adapter(struct dma_state *dma, PVP_DMA_ADAPTER handle);

/* dma_adapter_refused - records the use of a handle that dma_adapter did not know. */
void dma_adapter_refused(struct videoport *vp, const char *function, PVP_DMA_ADAPTER handle);

/*
 * dma_coherent_alloc - zeroed memory of @pages pages, contiguous in logical addresses that end at or below
 * @reach. Return: 0, -ENOSPC, -ENOMEM.
 */
int dma_coherent_alloc(
	struct dma_state *dma, size_t pages, uint64_t reach, uint64_t *pfn, void **va);
void dma_coherent_free(struct dma_state *dma, size_t pages, uint64_t pfn, void *va);

/*
 * dma_guarded_alloc - the same with a guard page (guard.h) in front and behind, which the device cannot
 * reach. @pfn, @va: of the pages between the guards.
 */
int dma_guarded_alloc(
	struct dma_state *dma, size_t pages, uint64_t reach, uint64_t *pfn, void **va);
void dma_guarded_free(struct dma_state *dma, size_t pages, uint64_t pfn, void *va);

/*
 * What VideoPortAllocateCommonBuffer and VideoPortReleaseCommonBuffer do with a live @adapter, and the functions
 * of before with the implicit one. @function: which of them the driver called, for the findings.
 *
 * common_allocate - @wanted: length, cache_enabled, origin. Return: its virtual address; NULL: lack of memory, or a
 * finding. common_release - @claim: length, iova, va, cache_enabled. Return: false, and a finding, where no buffer is
 * just that.
 */
void *common_allocate(struct videoport *vp, const char *function, struct vp_adapter *adapter,
	const struct common_buffer *wanted, PPHYSICAL_ADDRESS logical);
bool common_release(struct videoport *vp, const char *function, struct vp_adapter *adapter,
	const struct common_buffer *claim);

/* common_buffers_free - gives back all common buffers of an adapter the driver left behind. */
void common_buffers_free(struct dma_state *dma, struct vp_adapter *adapter);

/*
 * common_buffers_audit - the guards of every common buffer left behind, and a finding for each. The
 * driver is unloaded.
 */
void common_buffers_audit(struct dma_state *dma);

/* adapters_audit - a finding for every adapter the unloaded driver still holds; the implicit one is the port's. */
void adapters_audit(struct dma_state *dma);

/*
 * mdl_lock, mdl_unlock - what VideoPortLockBuffer and VideoPortUnlockBuffer do, and the functions of before.
 * Return: an MDL; NULL: lack of memory, or a finding.
 */
struct lock_request {
	const char *function; /* which the driver called */
	PVOID va;
	ULONG length;
	VP_LOCK_OPERATION operation;
	struct origin origin;
};

PVOID mdl_lock(struct videoport *vp, const struct lock_request *request);
void mdl_unlock(struct videoport *vp, const char *function, PVOID mdl);

/* Counts a list in and out; the adapter's lock is held. */
static inline void adapter_list_begin_locked(struct vp_adapter *adapter)
{
	adapter->lists_started++;
	if (++adapter->lists_live > adapter->lists_peak)
		adapter->lists_peak = adapter->lists_live;
}

static inline void adapter_list_end_locked(struct vp_adapter *adapter)
{
	adapter->lists_live--;
}

/* Relaxed: a sum that is read at rest. */
static inline void dma_record_made(struct dma_state *dma, void *record)
{
	atomic_fetch_add_explicit(
		&dma->record_bytes, malloc_usable_size(record), memory_order_relaxed);
}

static inline void dma_record_free(struct dma_state *dma, void *record)
{
	atomic_fetch_sub_explicit(
		&dma->record_bytes, malloc_usable_size(record), memory_order_relaxed);
	heap_free(record);
}

int mdl_table_init(struct dma_state *dma);
void mdl_table_fini(struct dma_state *dma);

/*
 * mdl_hold - the MDL behind a handle with one more transfer in flight, or NULL where the handle is not a
 * live lock. mdl_drop ends that transfer.
 */
struct mdl *mdl_hold(struct dma_state *dma, PVOID handle);
void mdl_drop(struct mdl *mdl);

/* lists_free - ends what is in flight on an adapter and frees its lists. */
void lists_free(struct dma_state *dma, struct vp_adapter *adapter);

/* mdl_was_locked - whether a handle that mdl_hold does not know is an older lock's. */
bool mdl_was_locked(struct dma_state *dma, PVOID handle);

int deferral_start(struct dma_deferral *deferral);
void deferral_stop(struct dma_deferral *deferral);

/*
 * deferral_drain - returns when no call is due or under way. Before the driver's power-off and before its unload:
 * a routine must not be called into a driver that has given its memory back.
 */
void deferral_drain(struct dma_deferral *deferral);

#endif
