// SPDX-License-Identifier: BSD-2-Clause
/*
 * hostile_device.c: a device that speaks DMAB (drivers/docs/engine.md) as far as the input lets it. It moves no data: what is
 * tried is what its driver and the port believe.
 *
 * Of itself it answers: resets, ENABLE, READY, RUNNING. Everything else it does is a command of the input, DELAY points
 * after the one before; behind the last it completes what it was given, in order, unless it is silent for good.
 */
#include "bench/tests/fuzz/hostile.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tests/fuzz/fuzz.h"
#include "drivers/device/engine/regs.h"
#include "drivers/support/pages.h"

#define BAR_BYTES    0x2000
#define MEMORY_BYTES (1u << 20)
#define LENGTH_MAX   0x4000
#define CHANNELS     2
#define DELAY_LONG   16

struct channel {
	bool running;
	uint32_t fetched, posted;
};

static struct {
	struct device device;
	struct hostile_input *in;
	struct hostile_traits traits;
	struct hostile_deeds deeds;
	uint32_t *registers;
	struct channel channel[CHANNELS];
	uint32_t reset_seen;
	unsigned delay;  /* points until the next command */
	unsigned silent; /* points in which it does not answer */
	unsigned flood;  /* points in which it posts completions of nothing */
	bool gone;       /* all its registers read ones */
	bool interrupting, cancelled;
} here;

/* ---- registers ------------------------------------------------------------------------------------ */

static uint32_t get(uint32_t offset)
{
	return __atomic_load_n(&here.registers[offset / 4], __ATOMIC_ACQUIRE);
}

static void set(uint32_t offset, uint32_t value)
{
	__atomic_store_n(&here.registers[offset / 4], value, __ATOMIC_RELEASE);
}

static void identify(void)
{
	static const struct {
		uint32_t offset, value;
	} identity[] = {
		{ENGINE_REG_ID, ENGINE_ID_VALUE},
		{ENGINE_REG_VERSION, ENGINE_VERSION_VALUE},
		{ENGINE_REG_LENGTH_MAX, LENGTH_MAX},
		{ENGINE_REG_MEMORY_LO, MEMORY_BYTES},
		{ENGINE_REG_MEMORY_HI, 0},
	};
	const uint32_t caps = (here.traits.flat ? 0 : ENGINE_CAPS_SG) | CHANNELS << 8 |
	                      (here.traits.narrow ? 32u : 64u) << 16;

	for (unsigned i = 0; i < sizeof(identity) / sizeof(identity[0]); i++)
		set(identity[i].offset, identity[i].value);
	set(ENGINE_REG_CAPS, caps);
	if (!here.traits.forged)
		return;
	set(ENGINE_REG_CAPS, hostile_back(here.in, 4));
	set(ENGINE_REG_LENGTH_MAX, hostile_back(here.in, 4));
	set(ENGINE_REG_MEMORY_LO, hostile_back(here.in, 4));
	set(ENGINE_REG_MEMORY_HI, hostile_back(here.in, 1));
}

static void interrupt(void)
{
	here.interrupting = true;
	host_ops->wake(&here, 1, HOST_MASK_ANY);
}

static void reset(void)
{
	for (uint32_t offset = ENGINE_REG_CONTROL; offset < BAR_BYTES; offset += 4)
		if (offset != ENGINE_REG_RESET)
			set(offset, 0);
	memset(here.channel, 0, sizeof(here.channel));
	here.interrupting = false;
	here.reset_seen = get(ENGINE_REG_RESET);
	set(ENGINE_REG_RESET_DONE, here.reset_seen);
}

/* What every device does by itself. */
static void answer(void)
{
	const bool enabled = get(ENGINE_REG_CONTROL) & ENGINE_CONTROL_ENABLE;

	if (get(ENGINE_REG_RESET) != here.reset_seen) {
		reset();
		return;
	}
	set(ENGINE_REG_STATUS, (get(ENGINE_REG_STATUS) & ~ENGINE_STATUS_READY) |
				       (enabled ? ENGINE_STATUS_READY : 0));
	for (unsigned c = 0; c < CHANNELS; c++) {
		const bool run = enabled && (get(ENGINE_CHANNEL(c) + ENGINE_CH_ENABLE) & 1);

		if (run && !here.channel[c].running)
			here.channel[c] = (struct channel){true,
				get(ENGINE_CHANNEL(c) + ENGINE_CH_SQ_TAIL),
				get(ENGINE_CHANNEL(c) + ENGINE_CH_CQ_HEAD)};
		here.channel[c].running = run;
		set(ENGINE_CHANNEL(c) + ENGINE_CH_STATUS, run ? ENGINE_CH_STATUS_RUNNING : 0);
	}
}

/* ---- rings ------------------------------------------------------------------------------------------ */

static uint64_t address(unsigned c, uint32_t low)
{
	return (uint64_t)get(ENGINE_CHANNEL(c) + low + 4) << 32 | get(ENGINE_CHANNEL(c) + low);
}

/* What a completion says in place of the truth. */
struct lie {
	uint16_t id, status;
	uint32_t length;
	uint32_t phase;
	bool again; /* the descriptor stays, to be completed once more */
};

/* Entries of channel @c's rings, 0 where it cannot work. */
static uint32_t entries_of(unsigned c)
{
	const uint32_t entries = get(ENGINE_CHANNEL(c) + ENGINE_CH_ENTRIES);

	return here.channel[c].running && (entries & (entries - 1)) == 0 ? entries : 0;
}

/* The next descriptor of channel @c, or NULL. */
static const struct engine_desc *descriptor_next(unsigned c)
{
	const uint32_t entries = entries_of(c), fetched = here.channel[c].fetched;
	const uint32_t left = get(ENGINE_CHANNEL(c) + ENGINE_CH_SQ_TAIL) - fetched;

	if (left == 0 || left > entries)
		return NULL;
	return hostile_reach(address(c, ENGINE_CH_SQ_LO) + (uint64_t)(fetched & (entries - 1)) *
								   sizeof(struct engine_desc),
		sizeof(struct engine_desc));
}

/* Posts @entry with the phase of its lap, or the other where @phase says so. Return: false where there is no room. */
static bool post(unsigned c, struct engine_completion entry, uint32_t phase)
{
	const uint32_t entries = entries_of(c), posted = here.channel[c].posted;
	struct engine_completion *to;

	if (posted - get(ENGINE_CHANNEL(c) + ENGINE_CH_CQ_HEAD) >= entries)
		return false;
	to = hostile_reach(
		address(c, ENGINE_CH_CQ_LO) + (uint64_t)(posted & (entries - 1)) * sizeof(*to),
		sizeof(*to));
	if (!to)
		return false;
	to->length = entry.length;
	to->id = entry.id;
	to->status = entry.status;
	to->sq_head = entry.sq_head;
	__atomic_store_n(&to->phase, ((posted & entries) == 0) ^ phase, __ATOMIC_RELEASE);
	here.channel[c].posted++;
	return true;
}

static void interrupt_called(unsigned c)
{
	set(ENGINE_CHANNEL(c) + ENGINE_CH_IRQ_POSTED,
		get(ENGINE_CHANNEL(c) + ENGINE_CH_IRQ_POSTED) + 1);
	if (get(ENGINE_REG_IRQ_ENABLE) & ENGINE_IRQ_CHANNEL(c))
		interrupt();
}

/* Completes the next descriptor of channel @c. Return: false where there is none, or no room. */
static bool complete(unsigned c, const struct lie *lie)
{
	const struct engine_desc *desc = descriptor_next(c);
	bool irq;

	if (!desc)
		return false;
	irq = desc->flags & ENGINE_DESC_IRQ;
	if (!post(c,
		    (struct engine_completion){.length = desc->length ^ lie->length,
			    .id = desc->id ^ lie->id,
			    .status = lie->status,
			    .sq_head = here.channel[c].fetched + 1},
		    lie->phase))
		return false;
	here.channel[c].fetched += !lie->again;
	if (irq)
		interrupt_called(c);
	return true;
}

/* What nobody waits for. */
static void invent(void)
{
	const uint16_t id = (uint16_t)(here.channel[0].fetched - 1);

	if (post(here.flood & 1, (struct engine_completion){.id = id}, 0) && here.flood % 8 == 0)
		interrupt_called(here.flood & 1);
}

/* ---- commands ----------------------------------------------------------------------------------------- */

static void command_lie(uint32_t how)
{
	struct lie lie = {.again = how & 0x80};
	const uint32_t what = hostile_back(here.in, 1);

	if (what & 1)
		lie.id = (uint16_t)hostile_back(here.in, 1);
	if (what & 2)
		lie.status = (uint16_t)hostile_back(here.in, 1);
	if (what & 4)
		lie.length = hostile_back(here.in, 4);
	if (what & 8)
		lie.phase = hostile_back(here.in, 1);
	complete(how >> 4 & 1, &lie);
}

/* Whether the register at @offset tells where a ring lies, or how long it is. */
static bool moves_a_ring(uint32_t offset)
{
	static const uint32_t shape[] = {ENGINE_CH_SQ_LO, ENGINE_CH_SQ_HI, ENGINE_CH_CQ_LO,
		ENGINE_CH_CQ_HI, ENGINE_CH_ENTRIES};

	for (unsigned c = 0; c < CHANNELS; c++)
		for (size_t i = 0; i < sizeof(shape) / sizeof(shape[0]); i++)
			if (offset == ENGINE_CHANNEL(c) + shape[i])
				return true;
	return false;
}

/* Rings, pools, bounce slots: what both sides may write. */
static void command_write(void)
{
	const unsigned pick = hostile_back(here.in, 1) % 8;
	const size_t at = hostile_back(here.in, 2);
	const unsigned count = 1 + hostile_back(here.in, 1) % 16;
	size_t len_bytes;
	uint8_t *va = hostile_shared(pick, &len_bytes);

	if (!va)
		return;
	here.deeds.wrote = true;
	for (unsigned k = 0; k < count; k++)
		va[(at + k) % len_bytes] = (uint8_t)hostile_back(here.in, 1);
}

static void command_interrupt(uint32_t how)
{
	const uint32_t c = how >> 4 & 1;

	if (how & 0x20)
		interrupt_called(c);
	else
		interrupt();
}

/* Gone: removed while it works. It comes back as after power-on. */
static void command_gone(void)
{
	here.gone = !here.gone;
	memset(here.registers, here.gone ? 0xFF : 0, BAR_BYTES);
	memset(here.channel, 0, sizeof(here.channel));
	here.reset_seen = 0;
	if (!here.gone)
		identify();
}

static void command(void)
{
	const uint32_t how = hostile_back(here.in, 1);

	switch (how & 0xF) {
	case 0:
	case 1:
	case 2:
		complete(how >> 4 & 1, &(struct lie){0});
		break;
	case 3:
	case 4:
		command_lie(how);
		break;
	case 5:
		command_write();
		break;
	case 6: {
		const uint32_t offset = hostile_back(here.in, 2) % BAR_BYTES & ~3u;

		set(offset, hostile_back(here.in, 4));
		/* It may have been an acknowledgement; and where a ring lies, so that completions get beside it. */
		here.deeds.uncalled = true;
		here.deeds.wrote = here.deeds.wrote || moves_a_ring(offset);
		break;
	}
	case 7:
		command_interrupt(how);
		break;
	case 8:
		here.silent = hostile_back(here.in, 1) * (how >> 4);
		break;
	case 9:
		hostile_host_pass(UINT64_C(1000) << (how >> 3));
		break;
	case 10:
		set(ENGINE_REG_STATUS, get(ENGINE_REG_STATUS) | ENGINE_STATUS_HALTED);
		set(ENGINE_REG_ERROR_POSTED, get(ENGINE_REG_ERROR_POSTED) + 1);
		interrupt();
		break;
	case 11:
		command_gone();
		break;
	case 12:
		here.flood = here.traits.unending ? UINT_MAX : hostile_back(here.in, 1);
		break;
	default:
		hostile_host_turn();
	}
}

static void delay_next(void)
{
	const uint32_t delay = hostile_back(here.in, 1);

	here.delay = delay & 0x80 ? (delay & 0x7F) * DELAY_LONG : delay & 0x1F;
}

/* Behind the last command: a device as it should be, unless it is to stay as it is. */
static void settle(void)
{
	if (here.traits.unending)
		return;
	if (here.gone)
		command_gone();
	here.silent = 0;
	if (!complete(0, &(struct lie){0}))
		complete(1, &(struct lie){0});
}

void hostile_device_act(void)
{
	const bool over = here.in->front == here.in->back;

	hostile_loads_forget();
	if (!here.registers)
		return;
	if (here.silent > 0 && !(over && here.traits.unending))
		here.silent--;
	else if (!here.silent && !here.gone)
		answer();
	if (here.flood > 0) {
		here.flood--;
		invent();
	}
	if (over) {
		settle();
	} else if (here.delay > 0) {
		here.delay--;
	} else {
		delay_next();
		command();
	}
}

/* ---- device.h ------------------------------------------------------------------------------------------- */

static int device_map(
	struct device *device, iova_t iova, void *va, size_t len_bytes, unsigned access)
{
	(void)device;
	return hostile_region_add(iova.val, va, len_bytes, access);
}

static int device_unmap(struct device *device, iova_t iova, size_t len_bytes)
{
	(void)device;
	hostile_region_drop(iova.val, len_bytes);
	return 0;
}

static int device_coherent_alloc(struct device *device, iova_t iova, size_t len_bytes, void **va)
{
	(void)device;
	*va = pages_map(len_bytes);
	if (!*va)
		return -ENOMEM;
	if (hostile_region_add(iova.val, *va, len_bytes, DEVICE_READ | DEVICE_WRITE) == 0)
		return 0;
	pages_unmap(*va, len_bytes);
	return -ENOMEM;
}

static void device_coherent_free(struct device *device, iova_t iova, size_t len_bytes, void *va)
{
	device_unmap(device, iova, len_bytes);
	pages_unmap(va, len_bytes);
}

/* Whether an ISR that comes now finds what it was called for. */
static bool has_cause(void)
{
	bool cause = get(ENGINE_REG_ERROR_POSTED) != get(ENGINE_REG_ERROR_ACKED);

	for (unsigned c = 0; c < CHANNELS; c++)
		cause = cause || get(ENGINE_CHANNEL(c) + ENGINE_CH_IRQ_POSTED) !=
		                         get(ENGINE_CHANNEL(c) + ENGINE_CH_IRQ_ACKED);
	return cause && get(ENGINE_REG_IRQ_ENABLE);
}

static int device_irq_wait(struct device *device, uint64_t timeout_ns)
{
	(void)device;
	(void)timeout_ns;
	/* One that interrupts without end does not take all processors. */
	hostile_host_turn();
	while (!here.interrupting && !here.cancelled)
		host_ops->sleep(&here, HOST_MASK_ANY, HOST_FOREVER);
	here.interrupting = false;
	here.deeds.uncalled = here.deeds.uncalled || !has_cause();
	return here.cancelled ? -ECANCELED : 1;
}

static void device_irq_cancel(struct device *device)
{
	(void)device;
	here.cancelled = true;
	host_ops->wake(&here, 1, HOST_MASK_ANY);
}

static int device_power(struct device *device, enum device_power state)
{
	(void)device;
	(void)state;
	return 0;
}

static int device_reset(struct device *device)
{
	(void)device;
	if (!here.gone)
		reset();
	return 0;
}

static int device_memory_read(struct device *device, uint64_t addr, void *dst, size_t len_bytes)
{
	(void)device, (void)addr, (void)dst, (void)len_bytes;
	return -ERANGE;
}

static int device_memory_write(
	struct device *device, uint64_t addr, const void *src, size_t len_bytes)
{
	(void)device, (void)addr, (void)src, (void)len_bytes;
	return -ERANGE;
}

static unsigned device_refusals(
	struct device *device, struct device_refusal *out, unsigned max, uint64_t *lost)
{
	(void)device, (void)out, (void)max;
	*lost = 0;
	return 0;
}

static void device_mishaps(const struct device *device, struct device_mishaps *out)
{
	(void)device;
	*out = (struct device_mishaps){0};
}

static const struct device_dma_ops hostile_dma_ops = {
	.map = device_map,
	.unmap = device_unmap,
	.coherent_alloc = device_coherent_alloc,
	.coherent_free = device_coherent_free,
};

static const struct device_irq_ops hostile_irq_ops = {
	.wait = device_irq_wait,
	.cancel = device_irq_cancel,
};

static int device_open(struct device **device, const struct device_config *config, struct err *err)
{
	(void)config, (void)err;
	here.registers = aligned_alloc(PAGE_BYTES, BAR_BYTES);
	fuzz_expect_that(here.registers != NULL, "memory");
	memset(here.registers, 0, BAR_BYTES);
	identify();
	here.device = (struct device){
		.ops = &hostile_device_ops,
		.dma = &hostile_dma_ops,
		.irq = &hostile_irq_ops,
		.caps = {.vendor_id = 0x1DB5,
			.device_id = 0x0D3A,
			.class_code = 0x038000,
			.address_bits = here.traits.narrow ? 32 : 64,
			.scatter_gather = !here.traits.flat,
			.irq = true,
			.transfer_bytes_max = LENGTH_MAX,
			.channels = CHANNELS,
			.memory_bytes = MEMORY_BYTES,
			.bar = {{.va = here.registers,
				.bus_address = 0xFE000000,
				.len_bytes = BAR_BYTES}}},
	};
	*device = &here.device;
	return 0;
}

static void device_close(struct device *device)
{
	if (!device)
		return;
	fuzz_expect_that(hostile_regions_left() == 0, "no mapping to be left");
	free(here.registers);
	here.registers = NULL;
}

const struct device_ops hostile_device_ops = {
	.name = "hostile",
	.help = "does what the input says",
	.simulated_time = true,
	.open = device_open,
	.close = device_close,
	.power = device_power,
	.reset = device_reset,
	.memory_read = device_memory_read,
	.memory_write = device_memory_write,
	.refusals = device_refusals,
	.mishaps = device_mishaps,
};

void hostile_device_begin(struct hostile_input *in, const struct hostile_traits *traits)
{
	memset(&here, 0, sizeof(here));
	hostile_regions_forget();
	here.in = in;
	here.traits = *traits;
}

struct hostile_deeds hostile_device_deeds(void)
{
	return here.deeds;
}
