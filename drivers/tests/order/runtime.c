// SPDX-License-Identifier: BSD-2-Clause
/*
 * runtime.c: the functions that code compiled with -fsanitize=thread calls at each access to memory (the interface
 * between gcc's instrumentation and its run-time library, gcc/sanitizer.def), handed to the explorer. Calls from
 * outside an explored thread (setup, check) act on memory at once. Linked in ThreadSanitizer's place; knows no
 * program.
 */
#include "drivers/tests/order/order_priv.h"

#include <string.h>

/* ---- what the instrumentation calls and does not matter here ------------------------------------------------ */

void __tsan_init(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);
void __tsan_atomic_signal_fence(int order);

void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller)
{
	(void)caller;
}

void __tsan_func_exit(void)
{
}

void __tsan_atomic_signal_fence(int order)
{
	(void)order;
}

/* ---- plain accesses ----------------------------------------------------------------------------------------- */

static void plain(const void *address, size_t bytes, bool write)
{
	if (explore_thread >= 0)
		memory_plain((unsigned)explore_thread, address, bytes, write);
}

#define PLAIN(bytes, prefix)                                                                       \
	void __tsan_##prefix##read##bytes(void *address);                                          \
	void __tsan_##prefix##write##bytes(void *address);                                         \
	void __tsan_##prefix##read##bytes(void *address)                                           \
	{                                                                                          \
		plain(address, bytes, false);                                                      \
	}                                                                                          \
	void __tsan_##prefix##write##bytes(void *address)                                          \
	{                                                                                          \
		plain(address, bytes, true);                                                       \
	}

PLAIN(1, )
PLAIN(2, )
PLAIN(4, )
PLAIN(8, )
PLAIN(16, )
PLAIN(2, unaligned_)
PLAIN(4, unaligned_)
PLAIN(8, unaligned_)
PLAIN(16, unaligned_)

void __tsan_read_range(void *address, size_t bytes);
void __tsan_write_range(void *address, size_t bytes);

void __tsan_read_range(void *address, size_t bytes)
{
	plain(address, bytes, false);
}

void __tsan_write_range(void *address, size_t bytes)
{
	plain(address, bytes, true);
}

/* Calls of these are not instrumented; the linker leads them here (--wrap). */
void *__real_memcpy(void *to, const void *from, size_t bytes);
void *__wrap_memcpy(void *to, const void *from, size_t bytes);
void *__real_memset(void *to, int byte, size_t bytes);
void *__wrap_memset(void *to, int byte, size_t bytes);
int __wrap_sched_yield(void);

void *__wrap_memcpy(void *to, const void *from, size_t bytes)
{
	plain(from, bytes, false);
	plain(to, bytes, true);
	return __real_memcpy(to, from, bytes);
}

void *__wrap_memset(void *to, int byte, size_t bytes)
{
	plain(to, bytes, true);
	return __real_memset(to, byte, bytes);
}

/* The code under test yields in its spin loops. */
int __wrap_sched_yield(void)
{
	explore_spin();
	return 0;
}

/* ---- atomic accesses ---------------------------------------------------------------------------------------- */

static uint64_t performed(struct access *access, const void *address, unsigned bytes)
{
	uint64_t value = 0;
	enum order_kind kind = access->kind == ACCESS_LOAD    ? ORDER_LOAD
	                       : access->kind == ACCESS_STORE ? ORDER_STORE
	                                                      : ORDER_RMW;

	__real_memcpy(&value, address, bytes);
	access->location = memory_location(address, bytes, value);
	if (explore_weakens(access->location, kind))
		access->order = access->fail_order = __ATOMIC_RELAXED;
	explore_access(access);
	return access->read;
}

#define ATOMIC_RMW(bits, name, word, outside)                                                      \
	uint##bits##_t __tsan_atomic##bits##_##name(                                               \
		volatile uint##bits##_t *at, uint##bits##_t value, int order);                     \
	uint##bits##_t __tsan_atomic##bits##_##name(                                               \
		volatile uint##bits##_t *at, uint##bits##_t value, int order)                      \
	{                                                                                          \
		struct access access = {                                                           \
			.kind = ACCESS_RMW, .rmw = word, .order = order, .value = value};          \
                                                                                                   \
		if (explore_thread < 0)                                                            \
			return outside(at, value, __ATOMIC_SEQ_CST);                               \
		return (uint##bits##_t)performed(&access, (const void *)at, bits / 8);             \
	}

#define ATOMIC(bits)                                                                                   \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *at, int order);       \
	void __tsan_atomic##bits##_store(                                                              \
		volatile uint##bits##_t *at, uint##bits##_t value, int order);                         \
	int __tsan_atomic##bits##_compare_exchange_strong(volatile uint##bits##_t *at,                 \
		uint##bits##_t *expected, uint##bits##_t value, int order, int fail_order);            \
	int __tsan_atomic##bits##_compare_exchange_weak(volatile uint##bits##_t *at,                   \
		uint##bits##_t *expected, uint##bits##_t value, int order, int fail_order);            \
                                                                                                       \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *at, int order)        \
	{                                                                                              \
		struct access access = {.kind = ACCESS_LOAD, .order = order};                          \
                                                                                                       \
		if (explore_thread < 0)                                                                \
			return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                  \
		return (uint##bits##_t)performed(&access, (const void *)at, bits / 8);                 \
	}                                                                                              \
                                                                                                       \
	void __tsan_atomic##bits##_store(                                                              \
		volatile uint##bits##_t *at, uint##bits##_t value, int order)                          \
	{                                                                                              \
		struct access access = {.kind = ACCESS_STORE, .order = order, .value = value};         \
                                                                                                       \
		if (explore_thread < 0)                                                                \
			__atomic_store_n(at, value, __ATOMIC_RELEASE);                                 \
		else                                                                                   \
			performed(&access, (const void *)at, bits / 8);                                \
	}                                                                                              \
                                                                                                       \
	int __tsan_atomic##bits##_compare_exchange_strong(volatile uint##bits##_t *at,                 \
		uint##bits##_t *expected, uint##bits##_t value, int order, int fail_order)             \
	{                                                                                              \
		struct access access = {.kind = ACCESS_CAS,                                            \
			.order = order,                                                                \
			.fail_order = fail_order,                                                      \
			.value = value,                                                                \
			.expected = *expected};                                                        \
                                                                                                       \
		if (explore_thread < 0)                                                                \
			return __atomic_compare_exchange_n(                                            \
				at, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);       \
		*expected = (uint##bits##_t)performed(&access, (const void *)at, bits / 8);            \
		return access.done;                                                                    \
	}                                                                                              \
                                                                                                       \
	/* A weak one may also fail without cause, which its loop repeats: nothing new comes of it. */ \
	int __tsan_atomic##bits##_compare_exchange_weak(volatile uint##bits##_t *at,                   \
		uint##bits##_t *expected, uint##bits##_t value, int order, int fail_order)             \
	{                                                                                              \
		return __tsan_atomic##bits##_compare_exchange_strong(                                  \
			at, expected, value, order, fail_order);                                       \
	}                                                                                              \
                                                                                                       \
	ATOMIC_RMW(bits, exchange, RMW_EXCHANGE, __atomic_exchange_n)                                  \
	ATOMIC_RMW(bits, fetch_add, RMW_ADD, __atomic_fetch_add)                                       \
	ATOMIC_RMW(bits, fetch_sub, RMW_SUB, __atomic_fetch_sub)                                       \
	ATOMIC_RMW(bits, fetch_and, RMW_AND, __atomic_fetch_and)                                       \
	ATOMIC_RMW(bits, fetch_or, RMW_OR, __atomic_fetch_or)                                          \
	ATOMIC_RMW(bits, fetch_xor, RMW_XOR, __atomic_fetch_xor)

ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)

void __tsan_atomic_thread_fence(int order);

void __tsan_atomic_thread_fence(int order)
{
	struct access access = {.kind = ACCESS_FENCE, .order = order};

	if (explore_thread >= 0)
		explore_access(&access);
}
