/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * priv.h: what the files of the port share. Not for anyone outside drivers/videoport.
 *
 *	port.c       open, close, request, power          (videoport.h)
 *	framework.c  VideoPortInitialize, FindAdapter; extension.c, children.c, registry.c
 *	resource.c   ranges and mappings; ports.c, pci.c
 *	services.c   version, services, the interrupt's gate; i2c.c; legacy.c, legacy_dma.c
 *	interrupt.c  interrupt thread, DPC, VideoPortSynchronizeExecution
 *	adapter.c, common_buffer.c, mdl.c, dma.c, ...     the DMA core, state in dma.h
 *
 * A driver's handle on the port is its device extension. A thread knows the port it works for
 * (port_enter), so that videoport_from_extension is a comparison.
 */
#ifndef VIDEOPORT_PRIV_H
#define VIDEOPORT_PRIV_H

#include "drivers/device/device.h"
#include "drivers/include/video.h"
#include "drivers/support/err.h"
#include "drivers/support/types.h"
#include "drivers/videoport/account.h"
#include "drivers/videoport/clock.h"
#include "drivers/videoport/dma.h"
#include "drivers/videoport/fairlock.h"
#include "drivers/videoport/irql.h"
#include "drivers/videoport/legacy.h"
#include "drivers/videoport/object.h"
#include "drivers/videoport/pool.h"
#include "drivers/videoport/recorder.h"
#include "drivers/videoport/registry.h"
#include "drivers/videoport/resource.h"
#include "drivers/videoport/services.h"
#include "drivers/videoport/spin.h"
#include "drivers/videoport/verifier.h"
#include "drivers/videoport/videoport.h"

#include <pthread.h>
#include <stdatomic.h>

#define VIDEOPORT_EVENTS_MAX 256
#define VIDEOPORT_NAME_MAX   48

/* The driver's one DPC (D-9). Queued by one thread at a time, run by the same thread. */
struct dpc {
	struct videoport *vp;
	struct dpc *next;
	_Atomic bool pending;
	PMINIPORT_DPC_ROUTINE routine;
	PVOID context;
};

struct event_log {
	const struct videoport_watch *watch;
	pthread_mutex_t lock;
	struct videoport_event events[VIDEOPORT_EVENTS_MAX];
	unsigned first, count;
	uint64_t lost;
};

struct framework_state {
	bool registered;    /* VideoPortInitialize succeeded */
	VP_STATUS refused;  /* NTSTATUS of the last VideoPortInitialize that failed */
	ULONG refused_size; /* and its HwInitDataSize */
	bool finding;       /* HwVidFindAdapter is running */
	PVOID hw_context;   /* of VideoPortInitialize */
	WCHAR registry_path[VIDEOPORT_NAME_MAX + 64];
};

struct interrupt_state {
	bool connected; /* thread exists, the ISR is called */
	struct host_thread thread;
	struct spin lock;        /* the interrupt lock: ISR, Medium and High */
	struct spin dispatch;    /* DPC runs and Low (D-10) */
	unsigned unclaimed;      /* interrupts in a row that the ISR did not claim; the thread's */
	_Atomic uint64_t denied; /* ... and all of them; the thread writes */
	struct dpc dpc;
};

struct timer_state {
	bool created;
	struct host_thread thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool running; /* between VideoPortStartTimer and VideoPortStopTimer */
	bool stop;
	_Atomic uint64_t calls; /* of HwVidTimer that have returned */
};

struct videoport {
	/* Constant after open. */
	struct device *device;
	const struct device_ops *device_ops;
	struct videoport_config config; /* parameters and strings copied */
	struct frames *frames;
	VIDEO_HW_INITIALIZATION_DATA hw; /* zeroes behind the size the driver gave */
	void *extension;
	_Atomic int power; /* enum device_power */
	bool stopped;      /* the driver is unloaded and audited */

	struct framework_state framework;
	struct resource_state resource;
	struct registry registry;
	struct legacy_state legacy;
	struct services_state services;
	struct interrupt_state interrupt;
	struct timer_state timer;
	struct object_list objects;
	struct pool_quarantine quarantine;
	struct event_log log;
	struct verifier verifier;
	struct recorder recorder;

	struct account account; /* begins a cache line */
	struct dma_state dma;   /* the DMA core's: dma.h */
	/* One request at a time, in arrival order. */
	CACHE_ALIGNED struct fairlock device_lock;
};

/* More than the nonpaged pool of a host of that time would give; what wants more was never set. */
#define EXTENSION_BYTES_MAX ((size_t)64 << 20)

/*
 * extension_create - zeroed memory of the driver's, freed by extensions_destroy with all others of
 * @vp. extensions_check looks at the guards around them. Return: NULL if memory is short, or @len_bytes above
 * EXTENSION_BYTES_MAX.
 */
void *extension_create(struct videoport *vp, size_t len_bytes);
void extensions_destroy(struct videoport *vp);
void extensions_check(struct videoport *vp);

/* extension_intact - a quick look at the words next to the driver's extension. */
bool extension_intact(const struct videoport *vp);

/* extension_find - the slow way; for an address that is none, a finding for the thread's port. */
struct videoport *extension_find(const void *extension);

/* videoport_from_extension - the port of a device extension, NULL for anything else. */
static inline struct videoport *videoport_from_extension(const void *extension)
{
	struct videoport *vp = irql_thread.port;

	if (__builtin_expect(vp && extension && vp->extension == extension, 1))
		return vp;
	return extension_find(extension);
}

/* port_enter - the thread works for @vp from now on, for as long as it lives. */
static inline void port_enter(struct videoport *vp)
{
	irql_thread.port = vp;
}

/* The slow half of passive_leave: reports what @routine did to the device lock and puts it right. */
void device_lock_left_wrong(
	struct videoport *vp, const struct callback *before, const char *routine);

/*
 * passive_enter, passive_leave - callback_enter and callback_leave for a routine at PASSIVE_LEVEL, which may
 * acquire and release the device lock.
 */
static inline struct callback passive_enter(struct videoport *vp)
{
	struct callback before = callback_enter(vp);

	before.device_locks = fairlock_depth(&vp->device_lock);
	return before;
}

static inline void passive_leave(
	struct videoport *vp, const struct callback *before, const char *routine)
{
	callback_leave(before, routine);
	if (__builtin_expect(fairlock_depth(&vp->device_lock) != before->device_locks, 0))
		device_lock_left_wrong(vp, before, routine);
}

/* driver_enter - passive_enter for a routine at PASSIVE_LEVEL, which has the device lock. */
static inline struct callback driver_enter(struct videoport *vp)
{
	fairlock_acquire(&vp->device_lock);
	return passive_enter(vp);
}

static inline void driver_leave(
	struct videoport *vp, const struct callback *before, const char *routine)
{
	passive_leave(vp, before, routine);
	fairlock_release(&vp->device_lock);
}

/*
 * spin_locks_release - releases, and reports, the spin locks the thread has acquired since it held
 * @before.
 */
void spin_locks_release(
	struct videoport *vp, struct _VIDEO_PORT_SPIN_LOCK *before, const char *routine);

/* event_driver - the driver's own message (VideoPortLogError). */
void event_driver(struct videoport *vp, VP_STATUS status, uint32_t unique_id, const char *format,
	...) __attribute__((format(printf, 4, 5)));

/* watch_callback - tells who watches that a callback of the driver begins or has returned. */
static inline void watch_callback(
	const struct videoport *vp, const char *name, bool returned, int64_t result)
{
	const struct videoport_watch *watch = vp->config.watch;

	if (watch && watch->callback)
		watch->callback(watch->arg, name, returned, result);
}

/* event_append - shows @event to who watches, keeps it unless the log is full, which is counted. */
void event_append(struct event_log *log, const struct videoport_event *event);

/* event_lose - counts @count events that something behind the log could not keep. */
void event_lose(struct event_log *log, uint64_t count);

int event_log_init(struct event_log *log, const struct videoport_watch *watch);
void event_log_fini(struct event_log *log);

/* interrupt_connect - starts the interrupt thread. interrupt_disconnect ends it; zeroed is fine. */
int interrupt_connect(struct videoport *vp, struct err *err);
void interrupt_disconnect(struct videoport *vp);

/*
 * timer_create_thread - the thread behind VideoPortStartTimer. Both tolerate a driver without
 * HwTimer.
 */
int timer_create_thread(struct videoport *vp, struct err *err);
void timer_destroy_thread(struct videoport *vp);

/*
 * framework_load - the driver's DriverEntry, which must register through VideoPortInitialize.
 * framework_find - HwVidFindAdapter with a filled configuration. @interrupt: whether to connect
 * one.
 * Return: 0 or -errno as of videoport_open.
 */
int framework_load(struct videoport *vp, struct err *err);
int framework_find(struct videoport *vp, bool *interrupt, struct err *err);

/*
 * export_find - the address of an exported function by its exact name, or NULL
 * (VideoPortGetProcAddress).
 */
PVOID export_find(const char *name);

#endif
