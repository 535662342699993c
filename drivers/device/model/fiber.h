/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fiber.h: a stack and the registers that belong to it: ucontext, and what ASan and TSan have to be told.
 *
 * fiber_here makes the caller's own stack a fiber, so that others can switch back to it. A fiber's main never
 * returns: it ends by a last switch away, after which fiber_free gives the stack back.
 * Threads: all fibers that switch to one another belong to one thread.
 */
#ifndef MODEL_FIBER_H
#define MODEL_FIBER_H

#include <stddef.h>
#include <ucontext.h>

#define FIBER_STACK_BYTES ((size_t)256 << 10)

struct fiber {
	ucontext_t context;
	void *stack;        /* NULL: the thread's own */
	const void *bottom; /* for ASan */
	size_t stack_bytes;
	void *fake_stack; /* ASan's */
	void *tsan;       /* TSan's */
};

/* fiber_make - Return: 0 or -ENOMEM. @main is entered by the first switch to it, and gets @arg. */
int fiber_make(struct fiber *fiber, void (*main)(void *arg), void *arg);

/* fiber_again - @fiber, left for good by its last switch away, from the start, with another @main; its stack stays. */
void fiber_again(struct fiber *fiber, void (*main)(void *arg), void *arg);
void fiber_here(struct fiber *fiber);
void fiber_free(struct fiber *fiber);

/* fiber_switch - leaves @from, goes on in @to; returns when somebody switches back. */
void fiber_switch(struct fiber *from, struct fiber *to);

#endif
