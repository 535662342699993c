/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * engine.h: the reference DMA engine of drivers/docs/engine.md, without a thread or a clock of its
 * own.
 *
 * The model. A device owns the engine and drives it: each engine_step looks at the registers (BAR
 * 0, plain memory that the driver writes), works on up to `budget` descriptors, brings the
 * interrupt up to date and returns. It never blocks. The engine reaches host memory through struct
 * engine_bus_ops only, so whatever the driver puts into a descriptor, nothing but what the device
 * lets it pin is touched. What lies in memory the driver can write is read once, into private
 * memory, and checked there.
 *
 *	engine_poll        registers: reset, enable, channels starting and stopping
 *	engine_fetch       descriptor and chain -> struct engine_work with a flat list of segments
 *	engine_move        moves the bytes
 *	engine_retire      completion record
 *	engine_interrupt   raises the interrupt if a source asks for it
 *
 * engine_step is these five in a row. A device with a mover of its own (a GPU's copy queue) calls
 * them itself with its own function in place of engine_move; several works may then be between
 * fetch and retire, which must come in the order of the fetches of a channel.
 *
 * Ownership: engine_create gives, engine_destroy takes and tolerates NULL. BAR and device memory
 * stay the device's. Threads: one at a time, but engine_irq_eoi, engine_gone and engine_port_*, which may
 * come from any thread.
 * Errors: 0 or -errno with a struct err on creation; faults of the driver go into registers and
 * completions as the datasheet says.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "drivers/device/device.h"
#include "drivers/device/engine/memory.h"
#include "drivers/device/engine/mishaps.h"
#include "drivers/device/engine/regs.h"
#include "drivers/support/err.h"
#include "drivers/support/types.h"

/*
 * A pin is what the engine uses of host memory right now. There is a fixed set of them, so that a
 * device can hold them in an array and an unmap can look whether its range is in use.
 */
enum engine_pin {
	ENGINE_PIN_DATA,
	ENGINE_PIN_CHAIN,
	ENGINE_PIN_RINGS, /* + 2c: submission ring of channel c; + 2c + 1: its completion ring */
	ENGINE_PIN_STALE = ENGINE_PIN_RINGS + 2 * ENGINE_CHANNELS, /* stale.h; the engine's never */
	ENGINE_PIN_COUNT,
};

/* How the engine reaches its surroundings. @bus is config.bus. No slot is NULL. */
struct engine_bus_ops {
	/*
	 * pin - makes [iova, iova + returned) usable at *va until unpin, or the next pin, of the
	 * same @pin. @access: what the engine will do. @len_bytes is at least 1 and the range stays
	 * inside the address width.
	 * Return: bytes of the longest mapped run from @iova on that is contiguous at *va, at most
	 * @len_bytes; 0 where the first byte is not mapped for @access.
	 */
	size_t (*pin)(void *bus, enum engine_pin pin, iova_t iova, size_t len_bytes,
		enum device_access access, void **va);
	void (*unpin)(void *bus, enum engine_pin pin);

	/* interrupt - the line goes up. Called once until engine_irq_eoi. */
	void (*interrupt)(void *bus);

	/* refused - an access was not possible; the device remembers it for its refusals op. */
	void (*refused)(void *bus, const struct device_refusal *refusal);

	/* now_ns - a monotonic time; asked only where interrupt moderation is on, or doorbells come late. */
	uint64_t (*now_ns)(void *bus);
};

struct engine_config {
	const struct engine_bus_ops *ops;
	void *bus;
	void *bar; /* ENGINE_BAR0_BYTES, 64-byte aligned, readable and writable by the driver */
	uint8_t *memory; /* device memory; NULL where engine_move is not used */
	uint64_t memory_bytes;
	unsigned address_bits; /* 24, 32 or 64 */
	bool scatter_gather;
	enum device_fault fault;
	double fault_rate;
	uint32_t fault_limit; /* 0: none */
	uint64_t seed;
	struct device_bell bell;
	struct mishaps *mishaps; /* counted there; NULL: nowhere */
	unsigned irq_moderation_us;
};

/* A piece of host memory, by logical address. */
struct engine_segment {
	iova_t iova;
	uint32_t len_bytes;
};

/* One fetched descriptor. What the mover reads is above the line, what it fills in below. */
struct engine_work {
	unsigned channel;
	uint32_t resets; /* the engine's own mark: a work of before a reset is not retired */
	uint8_t opcode;
	bool irq;
	uint16_t id;
	uint32_t length;         /* as the descriptor says */
	uint32_t move_bytes;     /* to be moved, from the front of the list; 0: nothing */
	uint64_t device_address; /* where to, or from */
	uint64_t asked_address;  /* the same as the descriptor says, whatever is injected */
	enum device_fault fault; /* injected into this work */
	/* What a fault of the data leaves wrong of the destination: the first byte, and how many. */
	uint32_t wrong_at, wrong_bytes;
	uint32_t refuse_at; /* IOMMU: the byte that is refused, < move_bytes */
	/* FLIP, INVENTED, WRONG_ID, WRONG_LENGTH: what is inverted in that byte or field. */
	uint32_t wrong_bit;
	const struct engine_segment *segment; /* the engine's, until the next engine_fetch */
	unsigned segments;

	enum engine_error status; /* NONE after a fetch without error */
	uint32_t moved_bytes;
	iova_t error_iova; /* with ENGINE_ERROR_ADDRESS */
};

struct engine;

/*
 * engine_check - the part of a device's configuration that concerns the engine. @name: the device's
 * word for messages. Return: 0 or -EINVAL (ERR_USAGE).
 */
int engine_check(const struct device_config *config, const char *name, struct err *err);

/*
 * engine_config_of - what @config asks of the engine, on @memory; bus and mishaps are left for the device to fill in.
 */
struct engine_config engine_config_of(
	const struct device_config *config, const struct memory *memory);

/* engine_create - BAR registers get their reset values. Return: 0 or -ENOMEM (ERR_MISSING). */
int engine_create(struct engine **engine, const struct engine_config *config, struct err *err);
void engine_destroy(struct engine *engine);

/*
 * engine_caps - fills identity, widths, limits and the BARs: the registers, a window on device memory from byte 0 on, the
 * ports (datasheet section 2); not irq.
 */
void engine_caps(const struct engine *engine, struct device_caps *caps);

/*
 * engine_reset - datasheet section 10, now. Works between fetch and retire are forgotten; their
 * mover must have stopped. (A reset asked for by register is done by engine_poll under the same
 * rule.)
 */
void engine_reset(struct engine *engine);

/*
 * engine_step - works on up to @budget descriptors, fewer once ENGINE_STEP_BYTES were moved.
 * Return: how many.
 */
#define ENGINE_STEP_BYTES (1u << 20)
unsigned engine_step(struct engine *engine, unsigned budget);

void engine_poll(struct engine *engine);

/*
 * engine_fetch - takes the next descriptor of @channel.
 * Return: true and *work filled (its status may tell an error: retire it all the same); false where
 * there is none, or no room for its completion.
 */
bool engine_fetch(struct engine *engine, unsigned channel, struct engine_work *work);
void engine_move(struct engine *engine, struct engine_work *work);
void engine_retire(struct engine *engine, const struct engine_work *work);
void engine_interrupt(struct engine *engine);

/* engine_moderated_ns - until when moderation may hold an interrupt back (ops->now_ns); 0: it holds back none. */
uint64_t engine_moderated_ns(const struct engine *engine);

/*
 * engine_bell_due_ns - when, later than @behind_ns, a doorbell that is on its way arrives at @channel; UINT64_MAX:
 * never.
 */
uint64_t engine_bell_due_ns(const struct engine *engine, unsigned channel, uint64_t behind_ns);

/* engine_refuse - for a mover: records the refusal and ends @work with ENGINE_ERROR_ADDRESS. */
void engine_refuse(struct engine *engine, struct engine_work *work, iova_t iova, uint64_t len_bytes,
	enum device_access access);

/*
 * engine_unpin - gives back the pins of the rings, which otherwise stay for as long as a channel
 * runs. The next fetch and completion pin anew. For unmap and before the engine rests.
 */
void engine_unpin(struct engine *engine);

/*
 * engine_port_read, engine_port_write - the I/O BAR (datasheet 3.5). @len_bytes: 1, 2 or 4. From any
 * thread.
 */
uint32_t engine_port_read(struct engine *engine, uint32_t offset, unsigned len_bytes);
void engine_port_write(struct engine *engine, uint32_t offset, unsigned len_bytes, uint32_t value);

/*
 * engine_irq_eoi - the handler has returned: the line may go up again. With this the interrupt is
 * level-triggered, though all that is passed on are single events.
 */
void engine_irq_eoi(struct engine *engine);

/*
 * engine_remove - the device is taken out of the machine, now: from here on every register reads all ones and nothing is
 * done, for good. What the driver writes is overwritten by the next engine_poll. Works between fetch and retire are
 * forgotten; their mover must have stopped, and moves them no more.
 * engine_gone - whether it has been. From any thread.
 */
void engine_remove(struct engine *engine);
bool engine_gone(const struct engine *engine);

#endif
