// SPDX-License-Identifier: BSD-2-Clause
/*
 * ring_order_test.c: the ring that driver and engine share, in every execution that C11 allows: drivers/miniport/ring.c
 * and drivers/device/engine as they are shipped, on rings of two entries. What must hold: each descriptor completes
 * once, in order, with its data there; nobody waits for ever. And each ordering the ring's datasheet asks for is
 * needed: taken away, some execution fails, or the table below says why none does.
 */
#include <stdatomic.h>
#include <string.h>

#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/engine_priv.h"
#include "drivers/miniport/ring.h"
#include "drivers/support/mmio.h"
#include "drivers/tests/order/order_testing.h"

#define ENTRIES     2
#define FRAME_BYTES 16

static struct rig {
	struct engine *engine;
	_Alignas(64) uint8_t bar[ENGINE_BAR0_BYTES];
	_Alignas(64) uint8_t common[1024]; /* both rings */
	_Alignas(64) uint32_t frame[ENTRIES][FRAME_BYTES / 4];
	_Alignas(64) uint32_t device[ENTRIES][FRAME_BYTES / 4];
	_Alignas(64) uint8_t pool[256];
	_Alignas(64) RING ring;
	WORK work[ENTRIES];

	/* What a program is run with. */
	uint32_t start; /* both counters begin here */
	unsigned operations;
	UCHAR opcode;
	BOOLEAN interrupts;

	atomic_uint lock, credit, line;
	unsigned posted, reaped, acked, raised;
	unsigned ticks;
} rig;

static uint8_t *channel(void)
{
	return rig.bar + ENGINE_CHANNEL(0);
}

/* ---- what the ring calls of the port: it refuses what the port refuses ----------------------------------------------- */

PVOID NTAPI VideoPortAllocatePool(PVOID Extension, VP_POOL_TYPE Type, SIZE_T Bytes, ULONG Tag)
{
	(void)Extension, (void)Type, (void)Tag;
	return Bytes <= sizeof(rig.pool) ? rig.pool : NULL;
}

VOID NTAPI VideoPortFreePool(PVOID Extension, PVOID Block)
{
	(void)Extension, (void)Block;
}

PVOID NTAPI VideoPortAllocateCommonBuffer(PVOID Extension, PVP_DMA_ADAPTER Adapter, ULONG Length,
	PPHYSICAL_ADDRESS Logical, BOOLEAN Cached, PVOID Reserved)
{
	(void)Extension, (void)Adapter, (void)Cached, (void)Reserved;
	if (!Logical || Length > sizeof(rig.common))
		return NULL;
	Logical->QuadPart = (LONGLONG)(uintptr_t)rig.common;
	return rig.common;
}

VOID NTAPI VideoPortReleaseCommonBuffer(PVOID Extension, PVP_DMA_ADAPTER Adapter, ULONG Length,
	PHYSICAL_ADDRESS Logical, PVOID Memory, BOOLEAN Cached)
{
	(void)Extension, (void)Adapter, (void)Length, (void)Logical, (void)Memory, (void)Cached;
}

VP_STATUS NTAPI VideoPortCreateSpinLock(PVOID Extension, PSPIN_LOCK *Lock)
{
	(void)Extension;
	if (!Lock)
		return ERROR_INVALID_PARAMETER;
	*Lock = (PSPIN_LOCK)(PVOID)&rig.lock;
	return NO_ERROR;
}

VP_STATUS NTAPI VideoPortDeleteSpinLock(PVOID Extension, PSPIN_LOCK Lock)
{
	(void)Extension, (void)Lock;
	return NO_ERROR;
}

VOID NTAPI VideoPortAcquireSpinLock(PVOID Extension, PSPIN_LOCK Lock, PUCHAR Irql)
{
	(void)Extension, (void)Lock;
	unsigned expected = 0;

	if (!Irql) {
		order_fail("the lock is taken without a place for the IRQL");
		return;
	}
	*Irql = 0;
	order_poll();
	if (!atomic_compare_exchange_strong_explicit(
		    &rig.lock, &expected, 1, memory_order_acquire, memory_order_relaxed)) {
		order_wait();
		order_fail("the lock is never released");
	}
}

VOID NTAPI VideoPortReleaseSpinLock(PVOID Extension, PSPIN_LOCK Lock, UCHAR Irql)
{
	(void)Extension, (void)Lock, (void)Irql;
	atomic_store_explicit(&rig.lock, 0, memory_order_release);
}

VOID NTAPI VideoPortZeroMemory(PVOID Destination, ULONG Length)
{
	memset(Destination, 0, Length);
}

ULONG NTAPI VideoPortReadRegisterUlong(PULONG Register)
{
	return mmio_read32(Register);
}

VOID NTAPI VideoPortWriteRegisterUlong(PULONG Register, ULONG Value)
{
	mmio_write32(Register, Value);
}

LONGLONG NTAPI VideoPortQueryPerformanceCounter(PVOID Extension, PLONGLONG Frequency)
{
	(void)Extension;
	if (Frequency)
		*Frequency = 1000000;
	return rig.ticks++;
}

/* Only in setup, where the engine has no thread yet. */
VOID NTAPI VideoPortStallExecution(ULONG Microseconds)
{
	(void)Microseconds;
	engine_step(rig.engine, 1);
}

/* ---- what the engine stands on: every logical address is an address of this process --------------------------------- */

static size_t rig_pin(void *bus, enum engine_pin pin, iova_t iova, size_t len_bytes,
	enum device_access access, void **va)
{
	(void)bus, (void)pin, (void)access;
	*va = (void *)(uintptr_t)iova.val;
	return len_bytes;
}

static void rig_unpin(void *bus, enum engine_pin pin)
{
	(void)bus, (void)pin;
}

static void rig_interrupt(void *bus)
{
	(void)bus;
	rig.raised++;
	atomic_store_explicit(&rig.line, 1, memory_order_release);
}

static void rig_refused(void *bus, const struct device_refusal *refusal)
{
	(void)bus, (void)refusal;
	order_fail("the engine was refused an access");
}

static uint64_t rig_now_ns(void *bus)
{
	(void)bus;
	return 0;
}

static int rig_make(void **state)
{
	static const struct engine_bus_ops ops = {
		.pin = rig_pin,
		.unpin = rig_unpin,
		.interrupt = rig_interrupt,
		.refused = rig_refused,
		.now_ns = rig_now_ns,
	};
	const struct engine_config config = {
		.ops = &ops,
		.bar = rig.bar,
		.memory = (uint8_t *)rig.device,
		.memory_bytes = sizeof(rig.device),
		.address_bits = 64,
		.scatter_gather = true,
	};
	struct err err = {0};

	(void)state;
	return engine_create(&rig.engine, &config, &err);
}

static int rig_destroy(void **state)
{
	(void)state;
	engine_destroy(rig.engine);
	return 0;
}

static void labels(void)
{
	order_label(channel() + ENGINE_CH_SQ_TAIL, "SQ_TAIL");
	order_label(channel() + ENGINE_CH_CQ_HEAD, "CQ_HEAD");
	order_label(channel() + ENGINE_CH_IRQ_POSTED, "IRQ_POSTED");
	order_label(channel() + ENGINE_CH_IRQ_ACKED, "IRQ_ACKED");
	order_label(&rig.engine->irq_raised, "irq_raised");
	for (unsigned i = 0; i < ENTRIES; i++)
		order_label(&rig.ring.Completion[i].Phase, "phase");
	order_share(rig.common, sizeof(rig.common));
	order_share(rig.frame, sizeof(rig.frame));
	order_share(rig.device, sizeof(rig.device));
	order_share(rig.pool, sizeof(rig.pool));
	order_share(&rig.ring, sizeof(rig.ring));
}

/* As RingStart, but @start where it zeroes a counter that runs freely; the engine's begin at the doorbells it finds. */
static void start_at(uint32_t start)
{
	rig.ring.Tail = rig.ring.Kicked = rig.ring.Head = rig.ring.Next = start;
	mmio_write32(channel() + ENGINE_CH_SQ_TAIL, start);
	mmio_write32(channel() + ENGINE_CH_CQ_HEAD, start);
	mmio_write32(channel() + ENGINE_CH_ENABLE, 1);
	engine_step(rig.engine, 1);
}

static void setup(void *arg)
{
	const RING_SHAPE shape = {ENTRIES, 0, RING_BLOCK_MOST, rig.interrupts};

	(void)arg;
	engine_reset(rig.engine);
	memset(rig.common, 0, sizeof(rig.common));
	memset(rig.frame, 0, sizeof(rig.frame));
	memset(rig.device, 0, sizeof(rig.device));
	memset(&rig.ring, 0, sizeof(rig.ring));
	rig.lock = rig.credit = rig.line = 0;
	rig.posted = rig.reaped = rig.acked = rig.raised = 0;
	mmio_write32(rig.bar + ENGINE_REG_CONTROL, ENGINE_CONTROL_ENABLE);
	mmio_write32(rig.bar + ENGINE_REG_IRQ_ENABLE, rig.interrupts ? ENGINE_IRQ_CHANNEL(0) : 0);
	if (RingCreate(&rig.ring, &rig, NULL, channel(), &shape) != NO_ERROR ||
		!RingStart(&rig.ring) || (rig.start && !RingStop(&rig.ring)))
		order_fail("the ring does not start");
	if (rig.start) {
		start_at(rig.start);
		rig.ring.Stopped = FALSE;
	}
	labels();
}

/* ---- threads ------------------------------------------------------------------------------------------------------------ */

static void engine_thread(void *arg)
{
	(void)arg;
	unsigned raised;

	/* A step that only raises the interrupt has done something too. */
	do {
		raised = rig.raised;
		order_poll();
	} while (engine_step(rig.engine, 16) > 0 || rig.raised != raised);
	order_wait();
}

static uint32_t stamp(unsigned operation)
{
	return 0xA0000000u + operation;
}

static void post(unsigned operation)
{
	const unsigned slot = operation % ENTRIES;
	const VP_SCATTER_GATHER_ELEMENT element = {
		.Address.QuadPart = (LONGLONG)(uintptr_t)rig.frame[slot], .Length = FRAME_BYTES};
	const RING_REQUEST request = {.Work = &rig.work[slot],
		.Element = &element,
		.Elements = 1,
		.DeviceAddress = slot * FRAME_BYTES,
		.Cookie = operation,
		.Opcode = rig.opcode};
	uint32_t *source = rig.opcode == DMAB_OP_TO_DEVICE ? rig.frame[slot] : rig.device[slot];

	for (unsigned i = 0; i < FRAME_BYTES / 4; i++)
		source[i] = stamp(operation);
	RingPost(&rig.ring, &request);
}

static void judge(const RING_DONE *done, unsigned operation)
{
	const unsigned slot = operation % ENTRIES;
	const uint32_t *moved = rig.opcode == DMAB_OP_TO_DEVICE ? rig.device[slot]
	                                                        : rig.frame[slot];

	if (!done->Work)
		order_fail("completion %u is taken for nobody's", operation);
	if (done->Work != &rig.work[slot] || done->Cookie != operation)
		order_fail("completion %u is that of operation %llu", operation,
			(unsigned long long)done->Cookie);
	if (done->Status != NO_ERROR || done->Length != FRAME_BYTES)
		order_fail("operation %u ends with status %ld, length %lu", operation,
			(long)done->Status, (unsigned long)done->Length);
	for (unsigned i = 0; i < FRAME_BYTES / 4; i++)
		if (moved[i] != stamp(operation))
			order_fail("operation %u moved 0x%x", operation, moved[i]);
}

/* The lock inside begins the poll. */
static bool reap(void)
{
	RING_DONE done[ENTRIES];
	ULONG count = RingReap(&rig.ring, done, ENTRIES);

	for (ULONG i = 0; i < count; i++)
		judge(&done[i], rig.reaped++);
	return count != 0;
}

static void reap_await(void)
{
	if (reap())
		return;
	order_wait();
	order_fail("completion %u never comes", rig.reaped);
}

/* Posts and reaps by polling. */
static void driver_thread(void *arg)
{
	(void)arg;
	while (rig.reaped < rig.operations) {
		while (rig.posted < rig.operations && rig.posted - rig.reaped < ENTRIES)
			post(rig.posted++);
		reap_await();
	}
}

/* The same by two threads; @rig.credit tells the poster how many have been reaped. */
static void poster_thread(void *arg)
{
	(void)arg;
	while (rig.posted < rig.operations) {
		order_poll();
		if (rig.posted - atomic_load_explicit(&rig.credit, memory_order_acquire) ==
			ENTRIES) {
			order_wait();
			order_fail("no entry becomes free for operation %u", rig.posted);
		}
		post(rig.posted++);
	}
}

static void reaper_thread(void *arg)
{
	(void)arg;
	while (rig.reaped < rig.operations) {
		reap_await();
		atomic_store_explicit(&rig.credit, rig.reaped, memory_order_release);
	}
}

/* Handler and DPC of datasheet 9.2, by a thread that sleeps until the interrupt comes. */
static void blocked_thread(void *arg)
{
	(void)arg;
	while (rig.posted < rig.operations && rig.posted < ENTRIES)
		post(rig.posted++);
	while (rig.reaped < rig.operations) {
		unsigned raised = 1;

		order_poll();
		if (!atomic_compare_exchange_strong_explicit(
			    &rig.line, &raised, 0, memory_order_acquire, memory_order_relaxed)) {
			order_wait();
			order_fail("no interrupt for completion %u", rig.reaped);
		}

		uint32_t posted = mmio_read32(channel() + ENGINE_CH_IRQ_POSTED);

		if (posted != rig.acked)
			mmio_write32(channel() + ENGINE_CH_IRQ_ACKED, rig.acked = posted);
		engine_irq_eoi(rig.engine);
		while (reap())
			;
		while (rig.posted < rig.operations && rig.posted - rig.reaped < ENTRIES)
			post(rig.posted++);
	}
}

static volatile struct engine_completion *completion_await(uint32_t count)
{
	volatile struct engine_completion *at =
		(volatile struct engine_completion *)&rig.ring.Completion[count % ENTRIES];
	uint32_t phase = count & ENTRIES ? 0 : 1;

	order_poll();
	if ((mmio_read32(&at->phase) & 1) != phase) {
		order_wait();
		order_fail("completion %u never comes", count);
	}
	return at;
}

static void nops_post(uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end; i++)
		((struct engine_desc *)rig.ring.Submission)[i % ENTRIES] = (struct engine_desc){
			.opcode = ENGINE_OP_NOP, .id = (uint16_t)i};
	mmio_write32(channel() + ENGINE_CH_SQ_TAIL, end);
}

/*
 * Another driver, by the datasheet alone: uses entries of the submission ring again as soon as SQ_HEAD allows, and
 * keeps completions in the ring until it has read them. Only CQ_HEAD holds the engine back here.
 */
static void late_reader_thread(void *arg)
{
	(void)arg;
	nops_post(0, ENTRIES);
	for (uint32_t i = 0; i < ENTRIES; i++)
		completion_await(i);
	nops_post(ENTRIES, 2 * ENTRIES);
	for (uint32_t i = 0; i < ENTRIES; i++)
		if (completion_await(i)->id != i)
			order_fail("completion %u was written over", i);
	mmio_write32(channel() + ENGINE_CH_CQ_HEAD, ENTRIES);
	for (uint32_t i = ENTRIES; i < 2 * ENTRIES; i++)
		if (completion_await(i)->id != i)
			order_fail("completion %u has another's id", i);
	rig.reaped = rig.operations;
}

static void check(void *arg)
{
	(void)arg;
	if (rig.reaped != rig.operations)
		order_fail("%u of %u operations completed", rig.reaped, rig.operations);
	if (mmio_read32(rig.bar + ENGINE_REG_ERROR_POSTED))
		order_fail("the engine counts an error");
}

/* ---- programs ------------------------------------------------------------------------------------------------------------ */

static const struct order_program polled = {setup, {engine_thread, driver_thread}, check, NULL};
static const struct order_program two_threads = {
	setup, {engine_thread, poster_thread, reaper_thread}, check, NULL};
static const struct order_program blocked = {setup, {engine_thread, blocked_thread}, check, NULL};
static const struct order_program late_reader = {
	setup, {engine_thread, late_reader_thread}, check, NULL};

static const struct scenario {
	const char *name;
	const struct order_program *program;
	unsigned operations;
	UCHAR opcode;
	BOOLEAN interrupts;
	uint32_t start;
} scenarios[] = {
	{"to the device", &polled, 5, DMAB_OP_TO_DEVICE, FALSE, 0},
	{"from the device", &polled, 5, DMAB_OP_FROM_DEVICE, FALSE, 0},
	/* Tail, head and posted wrap at 32 bits, ids at 16. */
	{"counters wrap", &polled, 5, DMAB_OP_TO_DEVICE, FALSE, UINT32_MAX - 3},
	{"ids wrap", &polled, 5, DMAB_OP_TO_DEVICE, FALSE, UINT16_MAX - 3},
	{"posted by one thread, reaped by another", &two_threads, 3, DMAB_OP_TO_DEVICE, FALSE, 0},
	{"by interrupt", &blocked, 3, DMAB_OP_FROM_DEVICE, TRUE, 0},
	{"a driver that reads completions late", &late_reader, 4, DMAB_OP_NOP, FALSE, 0},
};

static const char *scenario_name(unsigned program)
{
	return scenarios[program].name;
}

static struct order_result scenario_run(unsigned program, const struct order_weakening *weakening)
{
	const struct scenario *s = &scenarios[program];

	rig.operations = s->operations;
	rig.opcode = s->opcode;
	rig.interrupts = s->interrupts;
	rig.start = s->start;
	return order_explore(s->program, weakening, ORDER_LIMIT);
}

static const struct order_suite suite = {
	.count = sizeof(scenarios) / sizeof(scenarios[0]),
	.name = scenario_name,
	.run = scenario_run,
};

static void every_execution_is_right(void **state)
{
	(void)state;
	order_expect_right(&suite);
}

static const struct order_needed orderings[] = {
	{{"SQ_TAIL", ORDER_STORE}, NULL},
	{{"SQ_TAIL", ORDER_LOAD}, NULL},
	{{"phase", ORDER_STORE}, NULL},
	{{"phase", ORDER_LOAD}, NULL},
	{{"CQ_HEAD", ORDER_STORE}, NULL},
	{{"CQ_HEAD", ORDER_LOAD}, NULL},
	{{"IRQ_POSTED", ORDER_STORE}, NULL},
	{{"IRQ_POSTED", ORDER_LOAD}, NULL},
	{{"IRQ_ACKED", ORDER_STORE}, "the engine reads nothing behind it"},
	{{"IRQ_ACKED", ORDER_LOAD}, "as above"},
	/* With them the engine sees IRQ_ACKED; else one acknowledgement could be followed by any number of interrupts. */
	{{"irq_raised", ORDER_STORE}, NULL},
	{{"irq_raised", ORDER_LOAD}, NULL},
};

static void every_ordering_is_needed(void **state)
{
	(void)state;
	order_expect_needed(&suite, orderings, sizeof(orderings) / sizeof(orderings[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_execution_is_right),
		cmocka_unit_test(every_ordering_is_needed),
	};

	return cmocka_run_group_tests(tests, rig_make, rig_destroy);
}
