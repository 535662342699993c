/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * videoport.h: the host's side of the video port: carry one miniport on one device.
 *
 *	  load, cases                     this header
 *	  ------------------------------------------------
 *	  port: VRP queue, ISR/DPC thread, IRQL, DMA core        (drivers/videoport)
 *	  ------------------------------------------------
 *	  miniport (video.h)  ------------------> device (device.h)
 *
 * Call order: frames_create -> videoport_open (DriverEntry, HwVidFindAdapter, HwVidInitialize) ->
 * videoport_request ... videoport_power ... -> videoport_stop (drain, D3, unload, audit) ->
 * videoport_events and the accounts -> videoport_close -> frames_destroy. Who does not care for the audit
 * leaves stop out.
 *
 * Ownership: open gives a port object to the caller, close takes it back, tolerates NULL. `frames`
 * is shared by several ports and must outlive them. Request buffers stay the caller's.
 *
 * Threads: videoport_request from any thread; requests are handed to HwVidStartIO one at a time in
 * arrival order. The port runs one interrupt thread a device. open, close and power from
 * one thread, with no request in progress.
 *
 * The port neither knows which miniport it carries nor which device it stands on.
 */
#ifndef VIDEOPORT_VIDEOPORT_H
#define VIDEOPORT_VIDEOPORT_H

#include "drivers/device/device.h"
#include "drivers/support/err.h"
#include "drivers/support/types.h"
#include "drivers/videoport/frames.h"

struct videoport;

/* DriverEntry of a miniport: ULONG DriverEntry(PVOID, PVOID). */
typedef uint32_t (*videoport_driver_entry)(void *context1, void *context2);

/* A registry value of the driver, read by VideoPortGetRegistryParameters. */
struct videoport_parameter {
	const char *name;
	uint32_t value;
};

struct videoport_event;

/*
 * Who watches a port, for instance to show a driver's life step by step. Any function may be NULL.
 * callback: before (returned false) and after each callback of the driver that open, close and power
 * make, on their thread; result: what it returned. event: each event as it happens, from any thread at
 * any level, also those of close, for which videoport_events comes too late. describe: a code address
 * of the driver as text; false where it is not the driver's.
 */
struct videoport_watch {
	void *arg;
	void (*callback)(void *arg, const char *name, bool returned, int64_t result);
	void (*event)(void *arg, const struct videoport_event *event);
	bool (*describe)(void *arg, const void *address, char *text, size_t room);
};

/*
 * As which card the device presents itself in PCI configuration space; 0: the device's own value. What
 * it does stays what it is.
 */
struct videoport_pci {
	uint16_t vendor_id, device_id;
	uint16_t subvendor_id, subsystem_id; /* 0: the vendor's and device's */
	uint8_t revision;
	uint32_t class_code; /* base class << 16 | subclass << 8 | interface */
};

struct videoport_config {
	videoport_driver_entry driver_entry;
	const char *driver_name; /* for messages */
	const char *device;      /* device word, e.g. "soft" */
	/* If not NULL, opened instead of looking `device` up. */
	const struct device_ops *device_ops;
	struct device_config device_config;
	struct videoport_pci pci;
	struct frames *frames;
	const struct videoport_parameter *parameters; /* copied by open */
	unsigned parameter_count;
	/*
	 * The platform's grant of map registers per adapter; 0 = as many as MaximumLength asks for.
	 */
	unsigned map_registers;
	/* The platform's limit for common buffers of this device; 0 = none. */
	uint64_t common_bytes_max;
	/* Logical CPU of the interrupt thread, -1: not bound. */
	int interrupt_cpu;
	/* D-2 stress option: HwVidExecuteDma is called later, from another thread. */
	bool defer_execute;
	/*
	 * The checks that cost time: guards, fills, poison, overlaps, origins. What a refused call shows
	 * is reported without it.
	 */
	bool verify;
	bool strict;                         /* warnings are errors */
	const struct videoport_watch *watch; /* NULL: nobody; outlives the port */
};

enum videoport_severity {
	VIDEOPORT_NOTE,    /* worth knowing, never an error */
	VIDEOPORT_WARNING, /* wrong by the book; real drivers get away with it */
	VIDEOPORT_ERROR,   /* wrong on real hardware */
};

/* One rule of the verifier (rules.h). */
struct videoport_rule {
	unsigned number;
	const char *name;
	enum videoport_severity severity; /* when not strict */
	const char *sentence;             /* the rule */
	const char *analogue;             /* what reports the same elsewhere */
	const char *remedy;
};

/* Why the port refused or what the driver logged; kept in order, the newest dropped when full. */
struct videoport_event {
	enum {
		VIDEOPORT_EVENT_LOG,    /* VideoPortLogError */
		VIDEOPORT_EVENT_RULE,   /* a broken rule; the call was refused or corrected */
		VIDEOPORT_EVENT_DEVICE, /* the device was refused an access */
	} kind;
	unsigned rule;                    /* RULE and DEVICE: its number */
	enum videoport_severity severity; /* RULE and DEVICE; strict makes warnings errors */
	int32_t status;                   /* VP_STATUS the driver logged or the port returned */
	uint32_t unique_id;               /* VideoPortLogError */
	char message[192]; /* what was done: "VideoPortStartDma: Offset 8192 lies behind ..." */
	char origin[128];  /* where the object was made, "" where that is not known */
};

/*
 * Resources held by the driver. Present values and peaks are exact at every event; peaks since open or the last
 * usage_reset. Means are weighted by time since then: exact integrals of a staircase whose steps are dated
 * as videoport_date says.
 */
struct videoport_usage {
	/* Common buffers: whole pages, and the lengths that the driver asked for. */
	uint64_t common_bytes, common_bytes_peak;
	double common_bytes_mean;
	uint64_t common_asked_bytes, common_asked_bytes_peak;
	double common_asked_bytes_mean;
	/*
	 * The stretch of physical memory that they take or took since the reset: what lies free in it, its
	 * largest hole, and the share of what is free outside of that, 0..1 (external fragmentation).
	 */
	uint64_t common_free_bytes, common_largest_bytes;
	double common_fragmentation, common_fragmentation_peak, common_fragmentation_mean;

	uint64_t pinned_bytes, pinned_bytes_peak; /* sum over live locks, whole pages */
	double pinned_bytes_mean;
	uint64_t pins; /* locks made since usage_reset */
	/* Locks that failed because the host would not pin (device.h, enum device_pin), and -errno of the last. */
	uint64_t pins_refused;
	int pin_error;
	uint64_t mapped_bytes,
		mapped_bytes_peak; /* of requesters' memory, reached by the device now */
	double mapped_bytes_mean;
	uint64_t map_registers, map_registers_peak;
	double map_registers_mean;
	uint64_t bounce_held_bytes,
		bounce_held_bytes_peak; /* bounce slots of transfers in flight */
	double bounce_held_bytes_mean;
	uint64_t sg_bytes, sg_bytes_peak; /* scatter/gather lists in flight, as drivers see them */
	double sg_bytes_mean;

	uint64_t bounce_bytes;          /* bytes copied through bounce slots, both ways */
	uint64_t sg_lists, sg_elements; /* lists built and their elements, since usage_reset */
	uint64_t adapters, locks, events, spin_locks, pool_blocks; /* live objects */
	uint64_t buffers; /* VideoPortAllocateBuffer, live */
};

/*
 * One kind of thing an adapter gives out. Peak and mean since the adapter was got or usage was reset, as those of
 * struct videoport_usage; allocated and freed since it was got. Freed is allocated less what is still held.
 */
struct videoport_gauge {
	uint64_t now, peak;
	double mean;
	uint64_t allocated, freed;
};

/* What the driver has of one adapter. */
struct videoport_adapter_account {
	unsigned index;                 /* of the adapter among those of the port */
	bool put;                       /* by the driver, with something outstanding */
	bool scatter_gather;            /* of description and device both */
	uint32_t maximum_length;        /* as described */
	uint64_t reach;                 /* last logical address it drives */
	uint64_t map_registers_granted; /* at the same time */
	uint64_t bounce_slots;          /* taken now, whoever has them */
	struct videoport_gauge map_registers;
	struct videoport_gauge lists;        /* transfers in flight */
	struct videoport_gauge sg_bytes;     /* their lists; no allocated, no freed */
	struct videoport_gauge bounce_bytes; /* their slots; no allocated, no freed */
	struct videoport_gauge common_buffers;
	struct videoport_gauge common_bytes; /* whole pages */
	char origin[128];                    /* where it was got, "" where that is not known */
};

/*
 * videoport_open - opens the device, loads and starts the miniport.
 * Return: 0; -EINVAL (ERR_USAGE) bad configuration or unknown device, the message lists the known
 * ones; -ENODEV, -ENOMEM, -EACCES (ERR_MISSING) device, adapter or memory cannot be had;
 * -EPROTO (ERR_WRONG) the driver broke the framework's rules.
 */
int videoport_open(struct videoport **vp, const struct videoport_config *config, struct err *err);

/*
 * videoport_stop - unloads the driver: HwVidSetPowerState(VideoPowerOff) while the device still works,
 * then the interrupt is disconnected and the device enters D3, then HwVidSetPowerState
 * (VideoPowerShutdown), in which the driver gives back what it holds. Then the audit: one rule event for
 * each adapter, common buffer, lock, list, event, spin lock, pool block and mapping that is left, and for
 * each guard that was written. Afterwards only videoport_events, _rule_count, _usage, _adapters, _caps and
 * _close may be called. A second call does nothing.
 */
void videoport_stop(struct videoport *vp);

/*
 * videoport_close - videoport_stop where that was not called, then frees everything, what the driver left
 * behind included. @leaks: if not NULL, receives what that was (adapters, common_bytes, locks ...).
 */
void videoport_close(struct videoport *vp, struct videoport_usage *leaks);

/*
 * videoport_request - one request packet through HwVidStartIO, from PASSIVE_LEVEL.
 * @buffer: input and output at once (METHOD_BUFFERED). @information: receives
 * StatusBlock->Information, may be NULL.
 * Return: the VP_STATUS the driver set (0 = NO_ERROR, positive Win32 codes).
 */
int32_t videoport_request(struct videoport *vp, uint32_t code, void *buffer, uint32_t input_bytes,
	uint32_t output_bytes, uint64_t *information);

/*
 * videoport_power - HwVidSetPowerState and device to D0 or D3. In D3 the device costs no CPU time.
 * The driver must be idle (all transfers reaped). Return: 0, -EBUSY driver refused, -EIO.
 */
int videoport_power(struct videoport *vp, enum device_power state, struct err *err);

/* One child of the adapter, as HwVidGetVideoChildDescriptor tells of it. */
struct videoport_child {
	unsigned type;                 /* VIDEO_CHILD_TYPE: 1 monitor */
	uint32_t id;                   /* the driver's */
	unsigned char descriptor[256]; /* a monitor's EDID; zeroes where there is none */
};

/*
 * videoport_children - enumerates the children, at most 32; up to @max of them into @out. Return: how
 * many there are; -ENOTSUP no such routine; -ENOMEM.
 *
 * videoport_reset_hw - HwVidResetHw: the driver resets its device as for a text mode of that size.
 * Return: 1 done, 0 the driver leaves it to the BIOS, -ENOTSUP no such routine.
 *
 * videoport_query_interface - HwVidQueryInterface for the GUID at @guid; the driver fills
 * @interface. @status: what it said. Return: 0, -ENOENT it has none, -ENOTSUP no such routine.
 *
 * All three from PASSIVE_LEVEL, in turn with requests.
 */
int videoport_children(struct videoport *vp, struct videoport_child *out, unsigned max);
int videoport_reset_hw(struct videoport *vp, uint32_t columns, uint32_t rows);
int videoport_query_interface(struct videoport *vp, const void *guid, uint16_t version,
	void *interface, uint16_t len_bytes, int32_t *status);

const struct device_caps *videoport_caps(const struct videoport *vp);

/* videoport_mishaps - what the device has done wrong on request since open; until close. */
void videoport_mishaps(const struct videoport *vp, struct device_mishaps *out);

/* Host's view of device memory, for preparation and verification. Return: 0 or -ERANGE. */
int videoport_memory_read(struct videoport *vp, uint64_t addr, void *dst, size_t len_bytes);
int videoport_memory_write(struct videoport *vp, uint64_t addr, const void *src, size_t len_bytes);

/*
 * videoport_record_bytes - heap that the port's records of locks and of scatter/gather lists take. They stay for those to
 * come, so it grows, ever more slowly, to what the most at a time need. Any thread. Return: bytes.
 */
uint64_t videoport_record_bytes(struct videoport *vp);

/*
 * videoport_usage - copies the current account; consistent, callable at any time.
 * videoport_usage_reset - peaks become the present values, totals zero, means start now.
 */
void videoport_usage(struct videoport *vp, struct videoport_usage *usage);
void videoport_usage_reset(struct videoport *vp);

/*
 * videoport_usage_run - takes the time until @run is true again out of the means: for a host that prepares and
 * checks between the stretches it measures. At first time counts; a reset does not change that. @ticks: the
 * reading, as of videoport_date, from which that holds; 0: now.
 */
void videoport_usage_run(struct videoport *vp, bool run, uint64_t ticks);

/*
 * videoport_host_dates - whether the host dates what its requests change, by readings it takes anyway; else the
 * port takes one of its own at the end of every request that changed something. Return: whether that can be:
 * false where the port's clock is not the time-stamp counter.
 *
 * videoport_date - what has changed since the last date takes effect at @ticks of the time-stamp counter; earlier
 * ones count as that date. For a request that starts transfers: the reading before it; for one that ends
 * some: the reading after it. Costs a look where nothing has changed. What a DPC changes, and common
 * buffers, is dated by the port.
 */
bool videoport_host_dates(struct videoport *vp, bool host_dates);
void videoport_date(struct videoport *vp, uint64_t ticks);

/*
 * What the driver takes and gives back: common buffers, and locks of requesters' memory. Counted are those that
 * succeed, from whichever function of the driver's side.
 */
enum videoport_act_kind {
	VIDEOPORT_ALLOCATE,
	VIDEOPORT_RELEASE,
	VIDEOPORT_LOCK,
	VIDEOPORT_UNLOCK,
};

struct videoport_act {
	enum videoport_act_kind kind;
	uint64_t object;       /* names it while it is held */
	uint32_t len_bytes;    /* asked for, also where it is given back */
	uint16_t offset_bytes; /* of a lock's first byte in its page */
	uint8_t how;           /* common buffer: 1 cached; lock: VP_LOCK_OPERATION */
};

/*
 * videoport_record - tells @take of every act from now on, one at a time, in an order in which nothing is given back
 * before it was taken; NULL, the default: nobody. @take may be called from any thread at any level: it keeps the act and
 * returns. Costs a look where nobody is told. With no request in progress.
 */
void videoport_record(
	struct videoport *vp, void (*take)(void *arg, const struct videoport_act *act), void *arg);

/*
 * videoport_mdls - MDLs that are not among the free ones now, counted where those lie, whatever the accounts say: at rest as
 * many as there are locks. Takes as long as there are free ones: for who checks. Any thread, until close.
 */
uint64_t videoport_mdls(struct videoport *vp);

/*
 * videoport_denied - interrupts in D0 that HwVidInterrupt answered with FALSE, since open: as many as its device did not mean
 * (R-074; rule 607 looks at those in a row). Any thread, until close.
 */
uint64_t videoport_denied(const struct videoport *vp);

/*
 * videoport_adapters - the account of every adapter the driver holds, or put with something outstanding;
 * like `!dma` of a kernel debugger. Callable at any time, each account consistent in itself.
 * Return: how many were written to @out, at most @max.
 */
unsigned videoport_adapters(
	struct videoport *vp, struct videoport_adapter_account *out, unsigned max);

/*
 * videoport_events - takes up to @max recorded events out. @lost: how many did not fit since the
 * last call, may be NULL. Refused device accesses are included. Return: count.
 */
unsigned videoport_events(
	struct videoport *vp, struct videoport_event *out, unsigned max, uint64_t *lost);

/* videoport_rule_at - the rules in the order of their numbers, NULL behind the last. */
const struct videoport_rule *videoport_rule_at(unsigned index);

/* videoport_rule_count - how often rule @number was broken, whether or not the event was kept. */
uint64_t videoport_rule_count(const struct videoport *vp, unsigned number);

/*
 * videoport_debug_sink - where VideoPortDebugPrint of every driver goes; levels above @level_max (0
 * errors, 1 warnings, 2 trace, 3 information) are dropped unformatted. NULL, the default: nowhere.
 * @sink may be called from any thread at any IRQL. Set it while no port is open.
 */
void videoport_debug_sink(void (*sink)(void *user, unsigned level, const char *message), void *user,
	unsigned level_max);

/* videoport_timer_calls - how often HwVidTimer has been called and has returned. Any thread. */
uint64_t videoport_timer_calls(const struct videoport *vp);

/* CPU time the interrupt thread has used, ns; 0 where there is none. */
uint64_t videoport_interrupt_cpu_ns(struct videoport *vp);

/* The known devices, for `dmabench list devices` and messages: device_at() of device.h. */

#endif
