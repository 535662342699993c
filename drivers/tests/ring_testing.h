/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ring_testing.h: drivers/miniport/ring.c alone, between a port and an engine that are made up here. Included by the tests of
 * the ring only, each a program of its own: the functions of the port that the ring calls are defined here.
 *
 *	ring_open(8) -> {post, complete, expect_done ...}... -> ring_close
 *
 * The engine does nothing by itself: complete() writes the next completion, whatever the driver has posted. Registers are
 * memory; STATUS follows ENABLE at once.
 */
#ifndef DRIVERS_TESTS_RING_TESTING_H
#define DRIVERS_TESTS_RING_TESTING_H

#include <stdbool.h>
#include <string.h>

#include "drivers/miniport/ring.h"
#include "drivers/support/testing.h"

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define ENTRIES        8u
#define BLOCKS_MOST    16u
#define BLOCK_BYTES    (RING_BLOCK_MOST * sizeof(DMAB_ELEMENT))
#define COMMON_BYTES   (ENTRIES * 64 + 128 + BLOCKS_MOST * BLOCK_BYTES)
#define GUARD_BYTES    4096u
#define COMMON_LOGICAL 0x123456780000u /* above 4 GiB */
#define COOKIE         100u            /* of the first transfer */

static struct {
	_Alignas(64) unsigned char registers[0x100];
	_Alignas(64) unsigned char common[COMMON_BYTES + GUARD_BYTES];
	_Alignas(64) unsigned char pool[ENTRIES * sizeof(RING_SHADOW) + BLOCKS_MOST * 4];
	unsigned pools, commons, locks; /* held */
	bool no_pool, no_common, no_lock;
	bool dead;              /* STATUS does not follow ENABLE */
	void (*starting)(void); /* called when the channel is enabled */
	void (*released)(void); /* called when the lock is, once */
	unsigned tails, heads;  /* doorbells written */
	uint32_t posted;        /* completions */
	ULONG stalled_us;       /* waited so far ... */
	ULONG value_at_us;      /* ... when STATUS becomes `value`; 0: never */
	ULONG value;
	RING ring;
	WORK work[ENTRIES];
	unsigned count; /* transfers posted so far */
} fake;

/* ---- the port --------------------------------------------------------------------------------- */

PVOID NTAPI VideoPortAllocatePool(PVOID Extension, VP_POOL_TYPE Type, SIZE_T Bytes, ULONG Tag)
{
	(void)Extension, (void)Type, (void)Tag;
	assert_true(Bytes <= sizeof(fake.pool));
	fake.pools += !fake.no_pool;
	return fake.no_pool ? NULL : fake.pool;
}

VOID NTAPI VideoPortFreePool(PVOID Extension, PVOID Block)
{
	(void)Extension;
	assert_ptr_equal(Block, fake.pool);
	fake.pools--;
}

PVOID NTAPI VideoPortAllocateCommonBuffer(PVOID Extension, PVP_DMA_ADAPTER Adapter, ULONG Length,
	PPHYSICAL_ADDRESS Logical, BOOLEAN Cached, PVOID Reserved)
{
	(void)Extension, (void)Adapter, (void)Cached, (void)Reserved;
	assert_true(Length <= COMMON_BYTES);
	memset(fake.common + Length, 0xA5, sizeof(fake.common) - Length);
	if (Logical)
		Logical->QuadPart = COMMON_LOGICAL;
	fake.commons += !fake.no_common;
	return fake.no_common ? NULL : fake.common;
}

VOID NTAPI VideoPortReleaseCommonBuffer(PVOID Extension, PVP_DMA_ADAPTER Adapter, ULONG Length,
	PHYSICAL_ADDRESS Logical, PVOID Memory, BOOLEAN Cached)
{
	(void)Extension, (void)Adapter, (void)Cached;
	assert_int_equal(Length, fake.ring.MemoryBytes);
	assert_true(Logical.QuadPart == COMMON_LOGICAL);
	assert_ptr_equal(Memory, fake.common);
	fake.commons--;
}

VP_STATUS NTAPI VideoPortCreateSpinLock(PVOID Extension, PSPIN_LOCK *Lock)
{
	(void)Extension;
	if (fake.no_lock)
		return ERROR_NOT_ENOUGH_MEMORY;
	fake.locks++;
	*Lock = (PSPIN_LOCK)(PVOID)&fake.locks;
	return NO_ERROR;
}

VP_STATUS NTAPI VideoPortDeleteSpinLock(PVOID Extension, PSPIN_LOCK Lock)
{
	(void)Extension, (void)Lock;
	fake.locks--;
	return NO_ERROR;
}

static bool locked;

VOID NTAPI VideoPortAcquireSpinLock(PVOID Extension, PSPIN_LOCK Lock, PUCHAR Irql)
{
	(void)Extension;
	assert_ptr_equal(Lock, &fake.locks);
	assert_false(locked);
	locked = true;
	if (Irql) /* cppcheck takes all programs for one, where other callers give NULL */
		*Irql = 0;
}

VOID NTAPI VideoPortReleaseSpinLock(PVOID Extension, PSPIN_LOCK Lock, UCHAR Irql)
{
	(void)Extension, (void)Lock, (void)Irql;
	void (*released)(void) = fake.released;

	assert_true(locked);
	locked = false;
	fake.released = NULL;
	if (released)
		released();
}

VOID NTAPI VideoPortZeroMemory(PVOID Destination, ULONG Length)
{
	memset(Destination, 0, Length);
}

VOID NTAPI VideoPortStallExecution(ULONG Microseconds)
{
	fake.stalled_us += Microseconds;
	if (fake.value_at_us && fake.stalled_us >= fake.value_at_us)
		*(ULONG *)(void *)(fake.registers + DMAB_STATUS) = fake.value;
}

ULONG NTAPI VideoPortReadRegisterUlong(PULONG Register)
{
	return *(volatile ULONG *)Register;
}

static inline ULONG *reg(ULONG offset)
{
	return (ULONG *)(void *)(fake.registers + offset);
}

VOID NTAPI VideoPortWriteRegisterUlong(PULONG Register, ULONG Value)
{
	/* Nowhere else has the ring anything to write. */
	*reg((ULONG)((PUCHAR)Register - fake.registers)) = Value;
	fake.tails += Register == reg(DMAB_CH_SQ_TAIL);
	fake.heads += Register == reg(DMAB_CH_CQ_HEAD);
	if (Register != reg(DMAB_CH_ENABLE) || fake.dead)
		return;
	*reg(DMAB_CH_STATUS) = Value ? DMAB_CH_STATUS_RUNNING : 0;
	if (Value && fake.starting)
		fake.starting();
}

/* ---- the engine -------------------------------------------------------------------------------- */

static inline void complete_as(uint32_t id, uint32_t length, uint16_t status)
{
	PDMAB_COMPLETION to = &fake.ring.Completion[fake.posted % ENTRIES];

	*to = (DMAB_COMPLETION){.Length = length, .Id = (USHORT)id, .Status = status};
	to->Phase = fake.posted / ENTRIES % 2 == 0;
	fake.posted++;
}

/* A transfer of the usual length has been done. */
#define LENGTH 64u

static inline void complete(uint32_t id)
{
	complete_as(id, LENGTH, DMAB_ERROR_NONE);
}

/* ---- the driver -------------------------------------------------------------------------------- */

static inline void forget(void)
{
	memset(&fake, 0, sizeof(fake));
	locked = false;
}

static inline void restart(void)
{
	fake.posted = 0;
	fake.count = 0;
	assert_true(RingStart(&fake.ring));
	fake.tails = fake.heads = 0;
}

static inline VP_STATUS ring_create(ULONG blocks, ULONG elements)
{
	const RING_SHAPE shape = {ENTRIES, blocks, elements, TRUE};

	return RingCreate(&fake.ring, NULL, NULL, fake.registers, &shape);
}

static inline void ring_open_shaped(ULONG blocks, ULONG elements)
{
	forget();
	assert_int_equal(ring_create(blocks, elements), NO_ERROR);
	restart();
}

static inline void ring_open(ULONG blocks)
{
	ring_open_shaped(blocks, RING_BLOCK_MOST);
}

static inline void ring_close(void)
{
	ULONG bytes = fake.ring.MemoryBytes;

	for (size_t i = bytes; i < sizeof(fake.common); i++)
		assert_int_equal(fake.common[i], 0xA5);
	RingDestroy(&fake.ring);
	assert_int_equal(fake.pools + fake.commons + fake.locks, 0);
}

/* Return: how many of @elements were posted. */
static inline ULONG post_list(const VP_SCATTER_GATHER_ELEMENT *element, ULONG elements)
{
	const RING_REQUEST request = {.Work = &fake.work[fake.count % ENTRIES],
		.Element = element,
		.Elements = elements,
		.DeviceAddress = 4096u * fake.count,
		.Cookie = COOKIE + fake.count,
		.Opcode = DMAB_OP_TO_DEVICE};

	fake.count++;
	RingPost(&fake.ring, &request);
	return request.Work->Elements;
}

static inline void post_bytes(ULONG length)
{
	const VP_SCATTER_GATHER_ELEMENT element = {
		.Address.QuadPart = 0x55000000 + 4096 * (LONGLONG)fake.count, .Length = length};

	assert_int_equal(post_list(&element, 1), 1);
}

static inline void post(void)
{
	post_bytes(LENGTH);
}

static inline void expect_doorbell(unsigned tails, uint32_t value)
{
	assert_int_equal(fake.tails, tails);
	assert_int_equal(*reg(DMAB_CH_SQ_TAIL), value);
}

static inline RING_DONE take(void)
{
	RING_DONE done;

	assert_int_equal(RingReap(&fake.ring, &done, 1), 1);
	return done;
}

static inline void expect_nothing(void)
{
	RING_DONE done;

	assert_int_equal(RingReap(&fake.ring, &done, 1), 0);
}

/* The next completion is that of transfer number @n. */
static inline void expect_done(unsigned n)
{
	RING_DONE done = take();

	assert_ptr_equal(done.Work, &fake.work[n % ENTRIES]);
	assert_true(done.Cookie == COOKIE + n);
	assert_int_equal(done.Status, NO_ERROR);
	assert_int_equal(done.Length, LENGTH);
}

/* The next one is nobody's, and may have been of @cookie. */
static inline void expect_stray(ULONGLONG cookie)
{
	RING_DONE done = take();

	assert_null(done.Work);
	assert_int_equal(done.Status, ERROR_INVALID_DATA);
	assert_true(done.Cookie == cookie);
}

static inline RING_STATE look(void)
{
	RING_STATE state;

	RingLook(&fake.ring, &state);
	return state;
}

#endif
