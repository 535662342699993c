// SPDX-License-Identifier: BSD-2-Clause
/*
 * explore.c: threads as coroutines, and the depth-first search over what they may read and who goes first. See
 * order.h. Called by the tests and by runtime.c; what an access does to memory is memory.c's.
 */
#include "drivers/tests/order/order_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#define STACK_BYTES   (256u << 10)
#define DECISIONS_MAX 4096
#define ACCESSES_MAX  20000 /* of one execution: a poll that never sleeps */

struct decision {
	unsigned taken, count;
};

struct thread {
	ucontext_t context;
	bool ended;
	struct access *pending;
	unsigned bound;  /* LOAD: messages below it belong to a branch already seen */
	bool asleep;     /* others: until somebody else writes there */
	uint64_t polled; /* locations accessed since order_poll, as a bit mask */
	uint64_t read;   /* those read since its last own write */
	uint16_t saw
		[LOCATIONS_MAX]; /* of each: the message; what the thread has learnt since does not count */
};

static struct {
	const struct order_program *program;
	const struct order_weakening *weakening;
	unsigned threads;
	struct thread thread[ORDER_THREADS_MAX];
	ucontext_t scheduler;
	struct decision decision[DECISIONS_MAX];
	unsigned decisions, replayed;
	unsigned accesses;
	struct order_result result;
} ex;

static unsigned char stacks[ORDER_THREADS_MAX][STACK_BYTES] __attribute__((aligned(64)));

int explore_thread = -1;

/* ---- what a program may call -------------------------------------------------------------------------------- */

void order_share(const void *start, size_t bytes)
{
	memory_share(start, bytes);
}

void order_label(const void *address, const char *label)
{
	memory_label(address, label);
}

void order_fail(const char *format, ...)
{
	va_list args;

	if (!ex.result.failed) {
		ex.result.failed = true;
		va_start(args, format);
		vsnprintf(ex.result.why, sizeof(ex.result.why), format, args);
		va_end(args);
	}
	if (explore_thread >= 0) {
		struct thread *thread = &ex.thread[explore_thread];

		explore_thread = -1;
		swapcontext(&thread->context, &ex.scheduler); /* never resumed */
	}
}

void order_poll(void)
{
	if (explore_thread >= 0)
		ex.thread[explore_thread].polled = 0;
}

void order_wait(void)
{
	struct access access = {.kind = ACCESS_WAIT};

	if (explore_thread >= 0)
		explore_access(&access);
}

void explore_spin(void)
{
	if (explore_thread < 0)
		return;
	ex.thread[explore_thread].polled = ex.thread[explore_thread].read;
	order_wait();
	order_fail("thread %d spins on what never comes", explore_thread);
}

/* ---- decisions ---------------------------------------------------------------------------------------------- */

/* One of @count ways to go on: as in the execution before, up to where it differs. */
static unsigned decide(unsigned count)
{
	if (count == 1)
		return 0;
	if (ex.replayed < ex.decisions)
		return ex.decision[ex.replayed++].taken;
	if (ex.decisions == DECISIONS_MAX) {
		order_fail("an execution of more decisions than the explorer keeps");
		return 0;
	}
	ex.decision[ex.decisions++] = (struct decision){0, count};
	ex.replayed++;
	return 0;
}

/* On to the next execution. Return: false when there is none. */
static bool advance(void)
{
	while (ex.decisions > 0) {
		struct decision *last = &ex.decision[ex.decisions - 1];

		if (++last->taken < last->count)
			return true;
		ex.decisions--;
	}
	return false;
}

/* ---- accesses ----------------------------------------------------------------------------------------------- */

bool explore_weakens(unsigned location, enum order_kind kind)
{
	return ex.weakening && ex.weakening->kind == kind && location != FENCE &&
	       memory_is_labelled(location, ex.weakening->label);
}

static unsigned running_others(unsigned thread)
{
	unsigned mask = 0;

	for (unsigned t = 0; t < ex.threads; t++)
		if (t != thread && !ex.thread[t].ended)
			mask |= 1u << t;
	return mask;
}

/* Does nothing that any other thread may still do matter to it? Then it needs no branch over who goes first. */
static bool is_local(unsigned thread, const struct access *access)
{
	if (access->kind == ACCESS_FENCE)
		return access->order != __ATOMIC_SEQ_CST || running_others(thread) == 0;
	return (memory_writers(access->location) & running_others(thread)) == 0;
}

/* The @n-th message that @access may take; their count where there are fewer. */
static unsigned message_pick(
	unsigned thread, const struct access *access, unsigned n, unsigned *index)
{
	const struct thread *t = &ex.thread[thread];
	unsigned count = 0;

	if (t->asleep)
		return 0;
	for (unsigned i = 0; i < memory_messages(access->location); i++) {
		if (!memory_allowed(thread, access, i))
			continue;
		if (access->kind == ACCESS_LOAD && i < t->bound)
			continue;
		if (count == n)
			*index = i;
		count++;
	}
	return count;
}

static void access_perform(unsigned thread, struct access *access, unsigned index)
{
	uint64_t before = memory_total();

	memory_take(thread, access, index);
	ex.thread[thread].bound = 0;
	ex.thread[thread].asleep = false;
	ex.thread[thread].polled |= UINT64_C(1) << access->location;
	ex.thread[thread].read = memory_total() != before
	                                 ? 0
	                                 : ex.thread[thread].read | UINT64_C(1) << access->location;
	ex.thread[thread].saw[access->location] = (uint16_t)memory_seen(thread, access->location);
	for (unsigned t = 0; t < ex.threads; t++) {
		struct thread *other = &ex.thread[t];

		if (t != thread && other->asleep && other->pending &&
			other->pending->location == access->location &&
			(memory_total() != before || access->kind == ACCESS_FENCE))
			other->asleep = false;
	}
}

static void yield(struct access *access)
{
	struct thread *self = &ex.thread[explore_thread];
	int thread = explore_thread;

	self->pending = access;
	explore_thread = -1;
	swapcontext(&self->context, &ex.scheduler);
	explore_thread = thread;
	self->pending = NULL;
}

void explore_access(struct access *access)
{
	unsigned thread = (unsigned)explore_thread, index = 0;

	if (++ex.accesses > ACCESSES_MAX)
		order_fail("thread %u polls without end; order_wait belongs into its loop", thread);
	if (access->kind == ACCESS_WAIT) {
		yield(access);
		return;
	}
	/* At once what needs no branch: this is most of all. */
	if (!is_local(thread, access) || message_pick(thread, access, 0, &index) != 1)
		yield(access);
	else
		access_perform(thread, access, index);
}

/* ---- waiting ------------------------------------------------------------------------------------------------ */

static bool is_waiting(unsigned thread)
{
	const struct thread *t = &ex.thread[thread];

	return !t->ended && t->pending && t->pending->kind == ACCESS_WAIT;
}

/* Is there, by now, something its poll has not seen? Then the poll could as well have come later. */
static bool polled_too_early(unsigned thread)
{
	const struct thread *t = &ex.thread[thread];

	for (unsigned i = 0; is_waiting(thread) && i < LOCATIONS_MAX; i++)
		if ((t->polled >> i & 1) && memory_messages(i) > t->saw[i] + 1u)
			return true;
	return false;
}

static void thread_resume(unsigned thread)
{
	explore_thread = (int)thread;
	swapcontext(&ex.scheduler, &ex.thread[thread].context);
	explore_thread = -1;
}

/* All that run wait, and have seen the last of what they wait for. Return: false if some thread only sleeps. */
static bool all_wait(void)
{
	for (unsigned t = 0; t < ex.threads; t++)
		if (!ex.thread[t].ended && !is_waiting(t))
			return false;
	for (unsigned t = 0; t < ex.threads && !ex.result.failed; t++)
		if (is_waiting(t))
			thread_resume(t);
	return true;
}

/* ---- an execution ------------------------------------------------------------------------------------------- */

static void thread_main(void)
{
	unsigned thread = (unsigned)explore_thread;

	ex.program->thread[thread](ex.program->arg);
	ex.thread[thread].ended = true;
	explore_thread = -1;
	/* uc_link leads back to the scheduler. */
}

static void threads_make(void)
{
	for (unsigned t = 0; t < ex.threads; t++) {
		struct thread *thread = &ex.thread[t];

		memset(thread, 0, sizeof(*thread));
		getcontext(&thread->context);
		thread->context.uc_stack.ss_sp = stacks[t];
		thread->context.uc_stack.ss_size = STACK_BYTES;
		thread->context.uc_link = &ex.scheduler;
		makecontext(&thread->context, thread_main, 0);
	}
}

/* Takes every step that needs no branch over threads. Return: whether there was one. */
static bool local_steps(void)
{
	bool any = false;

	for (unsigned t = 0; t < ex.threads && !ex.result.failed; t++) {
		struct access *access = ex.thread[t].pending;
		unsigned count, index = 0;

		if (ex.thread[t].ended || !access)
			continue;
		if (access->kind == ACCESS_WAIT || !is_local(t, access))
			continue;
		if ((count = message_pick(t, access, ~0u, &index)) == 0)
			continue;
		message_pick(t, access, decide(count), &index);
		access_perform(t, access, index);
		thread_resume(t);
		any = true;
	}
	return any;
}

/* One branch: who goes first, and what it reads. Return: false if there is none to take. */
static bool branch(void)
{
	unsigned ways[ORDER_THREADS_MAX] = {0}, total = 0, index = 0, way;

	for (unsigned t = 0; t < ex.threads; t++) {
		const struct access *access = ex.thread[t].pending;

		if (!ex.thread[t].ended && access && access->kind != ACCESS_WAIT)
			ways[t] = message_pick(t, access, ~0u, &index);
		total += ways[t];
	}
	if (total == 0)
		return false;
	way = decide(total);
	for (unsigned t = 0; t < ex.threads; t++) {
		struct thread *thread = &ex.thread[t];

		if (way < ways[t]) {
			message_pick(t, thread->pending, way, &index);
			access_perform(t, thread->pending, index);
			thread_resume(t);
			return true;
		}
		/* Going first has been tried for this one: only what is new to it counts from here on. */
		way -= ways[t];
		if (ways[t] == 0)
			continue;
		if (thread->pending->kind == ACCESS_LOAD)
			thread->bound = memory_messages(thread->pending->location);
		else
			thread->asleep = true;
	}
	return false;
}

static bool all_ended(void)
{
	for (unsigned t = 0; t < ex.threads; t++)
		if (!ex.thread[t].ended)
			return false;
	return true;
}

/* Return: whether the execution came to its end. */
static bool execute(void)
{
	ex.replayed = 0;
	ex.accesses = 0;
	memory_begin(ex.threads);
	ex.program->setup(ex.program->arg);
	threads_make();
	for (unsigned t = 0; t < ex.threads && !ex.result.failed; t++)
		thread_resume(t);
	while (!ex.result.failed && !all_ended()) {
		bool step = local_steps();

		for (unsigned t = 0; t < ex.threads; t++)
			if (polled_too_early(t))
				return false;
		if (!step && !ex.result.failed && !branch() && !all_wait())
			return false;
	}
	if (!ex.result.failed && !memory_surprise())
		ex.program->check(ex.program->arg);
	return true;
}

struct order_result order_explore(const struct order_program *program,
	const struct order_weakening *weakening, uint64_t limit)
{
	memset(&ex.result, 0, sizeof(ex.result));
	ex.program = program;
	ex.weakening = weakening;
	ex.decisions = 0;
	for (ex.threads = 0; ex.threads < ORDER_THREADS_MAX && program->thread[ex.threads];)
		ex.threads++;
	memory_forget();
	while (ex.result.executions + ex.result.blocked < limit) {
		bool complete = execute();

		/* A location has more writers than was thought: what that execution showed does not count. */
		if (memory_surprise()) {
			memory_surprise_over();
			memset(&ex.result, 0, sizeof(ex.result));
			ex.decisions = 0;
			continue;
		}
		if (ex.result.failed)
			break;
		complete ? ex.result.executions++ : ex.result.blocked++;
		if (!advance()) {
			ex.result.exhausted = true;
			break;
		}
	}
	return ex.result;
}
