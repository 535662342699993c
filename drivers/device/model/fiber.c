// SPDX-License-Identifier: BSD-2-Clause
/* fiber.c: see fiber.h. Called by sched.c. */
#include "drivers/device/model/fiber.h"

#include "drivers/support/fault.h"
#include "drivers/support/pages.h"
#include "drivers/support/types.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

/* Clang's word for what gcc defines. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

/* The fiber that was left last: who goes on behind a switch tells ASan of it. */
static struct fiber *fiber_left;

static void switch_begin(struct fiber *from, const struct fiber *to)
{
	fiber_left = from;
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_start_switch_fiber(&from->fake_stack, to->bottom, to->stack_bytes);
#endif
#ifdef __SANITIZE_THREAD__
	__tsan_switch_to_fiber(to->tsan, 0);
#endif
	(void)to;
}

static void switch_end(struct fiber *here)
{
#ifdef __SANITIZE_ADDRESS__
	const void *bottom;
	size_t bytes;

	__sanitizer_finish_switch_fiber(here->fake_stack, &bottom, &bytes);
	/* The thread's own stack is known only now. */
	if (!fiber_left->stack) {
		fiber_left->bottom = bottom;
		fiber_left->stack_bytes = bytes;
	}
#endif
	(void)here;
}

/* makecontext passes ints: a pointer goes in two halves. */
struct fiber_start {
	struct fiber *fiber;
	void (*main)(void *arg);
	void *arg;
};

static void fiber_enter(unsigned high, unsigned low)
{
	struct fiber_start start = *(struct fiber_start *)((uintptr_t)high << 32 | low);

	switch_end(start.fiber);
	start.main(start.arg);
}

/* On its stack, as if that were new. */
static void fiber_prepare(struct fiber *fiber, void (*main)(void *arg), void *arg)
{
	uint8_t *bottom = (uint8_t *)fiber->stack + PAGE_BYTES;

#ifdef __SANITIZE_ADDRESS__
	/* What a stack at this place left poisoned when it was abandoned. */
	__asan_unpoison_memory_region(fiber->stack, FIBER_STACK_BYTES + PAGE_BYTES);
#endif
	*fiber = (struct fiber){
		.stack = fiber->stack, .bottom = bottom, .stack_bytes = FIBER_STACK_BYTES};
	getcontext(&fiber->context);
	fiber->context.uc_stack.ss_sp = bottom;
	fiber->context.uc_stack.ss_size = FIBER_STACK_BYTES;

	/* Lies at the far end of the stack until the fiber is entered and copies it. */
	struct fiber_start *start = (struct fiber_start *)bottom;
	uint64_t word = (uintptr_t)start;

	*start = (struct fiber_start){fiber, main, arg};
	makecontext(&fiber->context, (void (*)(void))fiber_enter, 2, (unsigned)(word >> 32),
		(unsigned)word);
	/* Where a context names its stack, ASan forgets at every switch what frames on it must not touch. */
	fiber->context.uc_stack = (stack_t){0};
#ifdef __SANITIZE_THREAD__
	fiber->tsan = __tsan_create_fiber(0);
#endif
}

int fiber_make(struct fiber *fiber, void (*main)(void *arg), void *arg)
{
	size_t bytes = FIBER_STACK_BYTES + PAGE_BYTES;
	void *stack = fault_point("fiber_stack") ? NULL : pages_map(bytes);

	if (!stack)
		return -ENOMEM;
	/* The lowest page is the guard. Without it an overflow goes unnoticed, no more. */
	(void)mprotect(stack, PAGE_BYTES, PROT_NONE);
	memset(fiber, 0, sizeof(*fiber));
	fiber->stack = stack;
	fiber_prepare(fiber, main, arg);
	return 0;
}

void fiber_again(struct fiber *fiber, void (*main)(void *arg), void *arg)
{
#ifdef __SANITIZE_THREAD__
	__tsan_destroy_fiber(fiber->tsan);
#endif
	fiber_prepare(fiber, main, arg);
}

void fiber_here(struct fiber *fiber)
{
	memset(fiber, 0, sizeof(*fiber));
#ifdef __SANITIZE_THREAD__
	fiber->tsan = __tsan_get_current_fiber();
#endif
}

void fiber_free(struct fiber *fiber)
{
	if (!fiber->stack)
		return;
	pages_unmap(fiber->stack, FIBER_STACK_BYTES + PAGE_BYTES);
#ifdef __SANITIZE_THREAD__
	__tsan_destroy_fiber(fiber->tsan);
#endif
	memset(fiber, 0, sizeof(*fiber));
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
	switch_begin(from, to);
	swapcontext(&from->context, &to->context);
	switch_end(from);
}
