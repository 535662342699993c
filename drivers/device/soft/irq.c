// SPDX-License-Identifier: BSD-2-Clause
/* irq.c: see irq.h. Called by soft.c. */
#include "drivers/device/soft/irq.h"
#include "drivers/support/fault.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000u

int irq_open(struct irq *irq, const struct device_line *line, uint64_t seed,
	struct mishaps *mishaps, struct err *err)
{
	message_init(&irq->message, line, seed, mishaps);
	irq->wrong = message_wrong(&irq->message);
	irq->copies = 0;
	/* A semaphore: messages are taken one by one. */
	irq->event_fd = fault_point("irq_event_fd")
	                        ? -1
	                        : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	irq->cancel_fd = fault_point("irq_cancel_fd") ? -1 : eventfd(0, EFD_CLOEXEC);
	if (irq->event_fd < 0 || irq->cancel_fd < 0)
		return err_set(err, ERR_MISSING, -ENOMEM,
			"device soft: no event descriptor; raise the limit of open files");
	return 0;
}

void irq_close(struct irq *irq)
{
	if (irq->event_fd >= 0)
		close(irq->event_fd);
	if (irq->cancel_fd >= 0)
		close(irq->cancel_fd);
}

static void event_signal(int fd, uint64_t count)
{
	/* Fails otherwise only when 2^64 - 2 events wait: then the reader wakes up anyway. */
	while (write(fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
}

static bool event_take(struct irq *irq)
{
	uint64_t one;

	return read(irq->event_fd, &one, sizeof(one)) == (ssize_t)sizeof(one);
}

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void irq_signal(struct irq *irq)
{
	struct message_fate fate = message_send(&irq->message);

	if (fate.delay_ns) {
		/* One that is on its way already arrives with it. */
		irq->copies += fate.copies;
		irq->due_ns = clock_ns() + fate.delay_ns;
	} else if (fate.copies) {
		event_signal(irq->event_fd, fate.copies);
	}
}

void irq_turn(struct irq *irq, struct engine *engine, const void *bar, unsigned done)
{
	if (!irq->wrong)
		return;
	if (irq->copies && clock_ns() >= irq->due_ns) {
		event_signal(irq->event_fd, irq->copies);
		irq->copies = 0;
	}
	if (message_acknowledged(&irq->message, bar))
		engine_irq_eoi(engine);
	while (done-- > 0)
		if (message_retired(&irq->message))
			event_signal(irq->event_fd, 1);
}

void irq_drain(struct irq *irq)
{
	while (event_take(irq))
		continue;
	irq->copies = 0;
	message_forget(&irq->message);
}

/* Return: what is left until @deadline_ns, NULL for ever. */
static struct timespec *time_left(uint64_t deadline_ns, struct timespec *left)
{
	if (deadline_ns == UINT64_MAX)
		return NULL;

	uint64_t now = clock_ns();
	uint64_t ns = deadline_ns > now ? deadline_ns - now : 0;

	left->tv_sec = (time_t)(ns / NS_PER_S);
	left->tv_nsec = (long)(ns % NS_PER_S);
	return left;
}

int irq_wait(struct irq *irq, struct engine *engine, uint64_t timeout_ns)
{
	uint64_t now = clock_ns();
	uint64_t deadline_ns = timeout_ns < UINT64_MAX - now ? now + timeout_ns : UINT64_MAX;
	struct timespec left;

	if (irq->taken) {
		irq->taken = false;
		engine_irq_eoi(engine);
	}
	for (;;) {
		struct pollfd fds[2] = {{.fd = irq->cancel_fd, .events = POLLIN},
			{.fd = irq->event_fd, .events = POLLIN}};
		int ready = ppoll(fds, 2, time_left(deadline_ns, &left), NULL);

		if (ready == 0)
			return 0;
		if (ready > 0 && fds[0].revents)
			return -ECANCELED;
		/* A signal, or a reset that took the event away: look again. */
		if (ready > 0 && event_take(irq)) {
			irq->taken = true;
			return 1;
		}
	}
}

void irq_cancel(struct irq *irq)
{
	event_signal(irq->cancel_fd, 1);
}
