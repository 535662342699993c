/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * device.h: what the video port stands on. One small set of tables a device, real or played.
 *
 *	   miniport --registers (direct memory)--> device
 *	   port     --ops below-------------------> device
 *
 * The model. A device has PCI identity, BARs, its own memory, an interrupt, and it reads and writes
 * host memory only at logical addresses (iova_t) that the port has mapped. It knows neither the port
 * nor a miniport. The hot path (doorbell, completion poll) is direct access to a BAR or to coherent
 * memory and passes through no op.
 *
 * Call order: find -> open -> {map, coherent_alloc, irq_wait, memory_*}... -> {unmap, coherent_free}
 * -> close. After open the device is in D0 and its engine is disabled, as after power-on.
 *
 * Ownership: `open` gives a device to the caller, `close` takes it back and tolerates NULL. Coherent
 * memory belongs to the device, is lent by coherent_alloc and given back whole. Mapped memory stays the
 * caller's and must outlive the mapping.
 *
 * Threads: open, close, coherent_* and power from one thread at a time. map and unmap may run on any
 * threads at once as long as the ranges differ. irq_wait is for one thread (the interrupt thread);
 * irq_cancel may come from any. memory_* only while no transfer touches the same bytes.
 *
 * Errors: 0, a count or -errno; slow paths fill a struct err.
 *
 * decisions.md, "Ops and devices", shows for every op how VFIO, the virtual-time model, Vulkan and
 * CUDA do it.
 */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include "drivers/support/err.h"
#include "drivers/support/types.h"

#define DEVICE_BARS_MAX 3

/* What a device may do to host memory under one mapping. */
enum device_access {
	DEVICE_READ = 1,  /* the device reads: transfers to the device */
	DEVICE_WRITE = 2, /* the device writes: transfers from the device */
};

enum device_power {
	DEVICE_D0, /* working */
	DEVICE_D3, /* stopped: no bus mastering, no interrupt, no CPU time; registers keep their values */
};

/* Wrong behaviour on request, to prove that verification sees it (engine.md, "Fault injection"). */
enum device_fault {
	DEVICE_FAULT_NONE,
	DEVICE_FAULT_DROP,      /* completes without moving a byte */
	DEVICE_FAULT_DUPLICATE, /* performs the operation and completes it twice */
	DEVICE_FAULT_MISPLACE, /* moves the data to a wrong place inside or beside the destination */
	DEVICE_FAULT_TRUNCATE, /* leaves out the tail, reports full length */
	DEVICE_FAULT_FLIP,     /* inverts one bit of the data */
	DEVICE_FAULT_TORN,     /* leaves 64 bytes of the destination as they were */
	DEVICE_FAULT_IOMMU, /* is refused a page that is mapped: the descriptor ends with ADDRESS */
	DEVICE_FAULT_UNPOSTED,     /* performs the operation and never completes it */
	DEVICE_FAULT_REORDERED,    /* completes it behind the next one of the channel */
	DEVICE_FAULT_INVENTED,     /* completes one that was never submitted before it */
	DEVICE_FAULT_WRONG_ID,     /* completes it under another id */
	DEVICE_FAULT_WRONG_LENGTH, /* says another length */
	DEVICE_FAULT_STALE,        /* completes it with the phase of the lap before */
	DEVICE_FAULT_HOSTILE, /* writes random entries all over the completion ring in its place */
	DEVICE_FAULT_HANG, /* does nothing any more, for this and all others, until it is reset */
	DEVICE_FAULT_COUNT,
};

/*
 * How interrupts go wrong on their way, as messages do: chances, 0..1, of each; all 0: they come. One that is lost is
 * not sent again before the driver writes an acknowledge register.
 */
struct device_line {
	double lost, late, twice;
	double storm;     /* DEVICE_STORM more for the same cause */
	double spurious;  /* of each completed descriptor: one for no cause */
	uint64_t late_ns; /* by how much at most */
};

#define DEVICE_STORM 40

/*
 * How doorbells go wrong: chances of each new value the device would see. Lost: the register holds again what it held.
 * Twice: the device looks again though nothing was added.
 */
struct device_bell {
	double lost, late, twice;
	uint64_t late_ns;
};

/*
 * What there is no room for: the chance of each mapping of requesters' memory (-ENOSPC), and of each lock (-ENOMEM), that it is
 * refused, alone or with those behind it.
 */
struct device_lack {
	double map, lock;
};

/* X(name, what): what went wrong on request since open, how many interrupts there were to go wrong, and handlers that did. */
#define DEVICE_MISHAPS(X)                                                                          \
	X(irq_sent, "times the interrupt line went up")                                            \
	X(irq_lost, "interrupts that never came")                                                  \
	X(irq_late, "interrupts that came late")                                                   \
	X(irq_twice, "interrupts that came twice")                                                 \
	X(irq_storm, "interrupts that came many times")                                            \
	X(irq_spurious, "interrupts without a cause")                                              \
	X(irq_ignored, "times a handler acknowledged nothing of what was due (model)")             \
	X(bell_lost, "doorbells that did not arrive")                                              \
	X(bell_late, "doorbells that arrived late")                                                \
	X(bell_twice, "doorbells that arrived twice")                                              \
	X(iommu, "accesses refused though mapped")                                                 \
	X(after, "accesses tried after unmap")                                                     \
	X(map_refused, "mappings refused for lack of room")                                        \
	X(lock_refused, "locks refused for lack of memory")                                        \
	X(removed, "devices taken out")                                                            \
	X(forgotten, "refused accesses there was no room to remember")

/* Refused accesses that a device remembers until the port looks, which it does behind every request. */
#define DEVICE_REFUSALS 2048

struct device_mishaps {
#define DEVICE_MISHAP(name, what) uint64_t name;
	DEVICE_MISHAPS(DEVICE_MISHAP)
#undef DEVICE_MISHAP
};

/*
 * What holds requesters' pages from lock to unlock. Where a device's map pins by itself (VFIO, CUDA) there is nothing
 * to choose.
 */
enum device_pin {
	DEVICE_PIN_NONE, /* nothing: locking costs the port's own work alone */
	DEVICE_PIN_MLOCK, /* mlock(2): present, but the kernel may still move them; counted in VmLck */
	DEVICE_PIN_IOURING, /* a registered buffer of io_uring: the long-term pin of a driver; VmPin */
	DEVICE_PIN_COUNT,
};

/* How a device is to be made. Zero means the default of the device unless said otherwise. */
struct device_config {
	const char *args;      /* what stands behind the colon of --device NAME:ARGS, or NULL */
	uint64_t memory_bytes; /* device memory */
	int cpu;               /* logical CPU for the device's own thread, -1: not bound */
	bool shares_cpu; /* other busy threads have that CPU as well: yield rather than spin */
	unsigned address_bits;   /* width of the addresses it drives: 24, 32 or 64 */
	bool no_scatter_gather;  /* take the hardware scatter/gather away */
	enum device_fault fault; /* injected into transfers ... */
	double fault_rate;       /* ... with this probability, 0..1 */
	uint32_t fault_limit;    /* ... into so many at most; 0: no limit */
	uint64_t seed;           /* of the fault streams */
	struct device_line line;
	struct device_bell bell;
	struct device_lack lack;
	double after; /* chance of each unmap that the device tries an access behind it */
	unsigned irq_moderation_us; /* reset value of the moderation register */
	enum device_pin pin;        /* what holds locked pages */
	/*
	 * The device stands still once for freeze_ns, freeze_at_ns after it entered D0: it fetches, moves and
	 * completes nothing and loses nothing. 0: never.
	 */
	uint64_t freeze_ns, freeze_at_ns;
	/*
	 * It is taken out of the machine so long after it was opened, whatever anybody is at: for good its registers read all
	 * ones and it does nothing any more; a reset does not help. 0: never.
	 */
	uint64_t removed_at_ns;
};

enum device_bar_kind {
	DEVICE_BAR_MEMORY,   /* registers: every access counts */
	DEVICE_BAR_PREFETCH, /* memory without side effects, e.g. a window on device memory */
	DEVICE_BAR_IO,       /* I/O ports, reached through device_port_ops only */
};

struct device_bar {
	void *va; /* host view of the BAR, NULL for I/O */
	uint64_t bus_address;
	size_t len_bytes; /* a power of two; 0 where absent */
	enum device_bar_kind kind;
};

/* Filled by open, constant until close. */
struct device_caps {
	uint16_t vendor_id, device_id;
	uint32_t class_code; /* PCI class, 0x038000 = other display controller */
	unsigned address_bits;
	bool scatter_gather;
	bool irq; /* irq_wait can succeed */
	uint32_t transfer_bytes_max;
	unsigned channels;
	uint64_t memory_bytes;
	struct device_bar bar[DEVICE_BARS_MAX]; /* bar[0] = registers */
};

/* An access the device attempted and was refused: no mapping, or the wrong direction. */
struct device_refusal {
	iova_t iova;
	uint64_t len_bytes;
	enum device_access access;
	uint32_t descriptor_id;
};

struct device;

/*
 * The slow path. No slot is NULL: an op a device cannot offer points to a function that returns
 * -ENOTSUP.
 */
struct device_ops {
	const char *name;    /* word of --device */
	const char *help;    /* one line for `dmabench list devices` */
	bool simulated_time; /* its times are simulated; tables, plots and records must say so */

	/*
	 * open - makes a device.
	 * Return: 0; -EINVAL bad config (ERR_USAGE); -ENODEV, -EACCES, -ENOMEM cannot be had
	 * (ERR_MISSING, the message says how to get it).
	 */
	int (*open)(struct device **dev, const struct device_config *config, struct err *err);
	void (*close)(struct device *dev);

	/*
	 * power - enters D0 or D3. D3 returns only when the device has stopped touching host memory.
	 * reset - function-level reset: as after open, mappings stay, injected state is re-seeded.
	 * Return: 0 or -EIO.
	 */
	int (*power)(struct device *dev, enum device_power state);
	int (*reset)(struct device *dev);

	/*
	 * memory_read, memory_write - the host's view of device memory: preparation and verification,
	 * never part of a measured transfer.
	 * Return: 0, or -ERANGE outside the device's memory.
	 */
	int (*memory_read)(struct device *dev, uint64_t addr, void *dst, size_t len_bytes);
	int (*memory_write)(struct device *dev, uint64_t addr, const void *src, size_t len_bytes);

	/*
	 * refusals - takes up to @max recorded refused accesses out of the device.
	 * @lost: receives how many more there were than the device could remember. Return: count.
	 */
	unsigned (*refusals)(
		struct device *dev, struct device_refusal *out, unsigned max, uint64_t *lost);

	/* mishaps - what line, bell, lack, after and the fault IOMMU have done so far. From any thread. */
	void (*mishaps)(const struct device *dev, struct device_mishaps *out);
};

/* Address translation and memory both sides see. Same rules as device_ops. */
struct device_dma_ops {
	/*
	 * map - lets the device reach [va, va + len_bytes) at [iova, ...). All three page multiples; no
	 * part of the range may be mapped already. @access: DEVICE_READ and DEVICE_WRITE or-ed.
	 * Return: 0; -EINVAL not page multiples or beyond the address width; -ENOMEM, -ENOSPC tables full.
	 * May be called between doorbell and completion of other operations.
	 *
	 * unmap - takes a mapping back. When it returns no access through it can start any more.
	 * The range may cover several mappings but must not cut one. Return: 0 or -EINVAL.
	 */
	int (*map)(struct device *dev, iova_t iova, void *va, size_t len_bytes, unsigned access);
	int (*unmap)(struct device *dev, iova_t iova, size_t len_bytes);

	/*
	 * coherent_alloc - memory that CPU and device use at once, mapped read-write at @iova until
	 * coherent_free; zeroed; whole pages. @va receives the CPU's view.
	 * Return: 0, -EINVAL, -ENOMEM.
	 */
	int (*coherent_alloc)(struct device *dev, iova_t iova, size_t len_bytes, void **va);
	void (*coherent_free)(struct device *dev, iova_t iova, size_t len_bytes, void *va);
};

/*
 * Real pins behind a lock, apart from what map does later. Pages of several pins may overlap; each is let go by its
 * own release. From any thread.
 */
struct device_pin_ops {
	/*
	 * take - holds [va, va + len_bytes), page multiples, of the process. @handle: receives what release wants.
	 * Return: 0; -ENOMEM over the host's limit of locked memory, or no memory; -ENOSPC more pins at once
	 * than the host has room for; -EFAULT no memory that can be pinned. Nothing is held then.
	 */
	int (*take)(struct device *dev, void *va, size_t len_bytes, uint32_t *handle);
	void (*release)(struct device *dev, void *va, size_t len_bytes, uint32_t handle);
};

struct device_irq_ops {
	/*
	 * wait - blocks until the device interrupts. @timeout_ns: UINT64_MAX waits for ever.
	 * Return: 1 interrupt; 0 time-out; -ECANCELED after cancel (sticky until close); -ENOTSUP.
	 * cancel - makes wait return -ECANCELED now and from now on.
	 */
	int (*wait)(struct device *dev, uint64_t timeout_ns);
	void (*cancel)(struct device *dev);
};

/*
 * Access to the ports of the I/O BAR, from any thread at once. @offset: from its start, inside it.
 * @len_bytes: 1, 2 or 4. A port the device does not decode so reads as all ones.
 */
struct device_port_ops {
	uint32_t (*read)(struct device *dev, uint32_t offset, unsigned len_bytes);
	void (*write)(struct device *dev, uint32_t offset, unsigned len_bytes, uint32_t value);
};

/* First member of every device's own struct. */
struct device {
	const struct device_ops *ops;
	const struct device_dma_ops *dma;
	const struct device_irq_ops *irq;
	const struct device_port_ops *port; /* NULL where there is no I/O BAR; at most one */
	const struct device_pin_ops *
		pin; /* NULL where a lock has nothing to hold (enum device_pin) and none is refused */
	struct device_caps caps;
};

/*
 * device_find - the ops of the device called @name (the part before a colon).
 * Return: ops, or NULL; the caller's message lists device_at(0..).
 */
const struct device_ops *device_find(const char *name);

/* device_at - the @index-th known device in alphabetical order, NULL behind the last. */
const struct device_ops *device_at(unsigned index);

#endif
