/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmio.h: the only place that touches memory another agent (device, driver) reads or writes at the
 * same time. Registers, doorbells and the phase word of a completion go through these functions.
 *
 * Memory order: a read acquires (what the other side wrote before its release is visible after it), a
 * write releases (everything written before, descriptors above all, is visible to whoever reads the new
 * value). On x86-64 both are plain moves; elsewhere the compiler adds the barrier.
 */
#ifndef SUPPORT_MMIO_H
#define SUPPORT_MMIO_H

#include <stdint.h>

static inline uint32_t mmio_read32(const volatile void *addr)
{
	return __atomic_load_n((const volatile uint32_t *)addr, __ATOMIC_ACQUIRE);
}

static inline void mmio_write32(volatile void *addr, uint32_t value)
{
	__atomic_store_n((volatile uint32_t *)addr, value, __ATOMIC_RELEASE);
}

/* mmio_replace32 - writes @value where @was still stands, as a write that is undone before anybody wrote another. */
static inline void mmio_replace32(volatile void *addr, uint32_t was, uint32_t value)
{
	(void)__atomic_compare_exchange_n(
		(volatile uint32_t *)addr, &was, value, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static inline uint64_t mmio_read64(const volatile void *addr)
{
	return __atomic_load_n((const volatile uint64_t *)addr, __ATOMIC_ACQUIRE);
}

static inline void mmio_write64(volatile void *addr, uint64_t value)
{
	__atomic_store_n((volatile uint64_t *)addr, value, __ATOMIC_RELEASE);
}

static inline uint16_t mmio_read16(const volatile void *addr)
{
	return __atomic_load_n((const volatile uint16_t *)addr, __ATOMIC_ACQUIRE);
}

static inline void mmio_write16(volatile void *addr, uint16_t value)
{
	__atomic_store_n((volatile uint16_t *)addr, value, __ATOMIC_RELEASE);
}

static inline uint8_t mmio_read8(const volatile void *addr)
{
	return __atomic_load_n((const volatile uint8_t *)addr, __ATOMIC_ACQUIRE);
}

static inline void mmio_write8(volatile void *addr, uint8_t value)
{
	__atomic_store_n((volatile uint8_t *)addr, value, __ATOMIC_RELEASE);
}

/* Tells the core that this is a spin loop; not a barrier. */
static inline void cpu_relax(void)
{
	__builtin_ia32_pause();
}

#endif
