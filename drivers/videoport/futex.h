/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * futex.h: sleeping on a word and waking its sleepers. Under fairlock.c and event.c.
 *
 * futex_wait may return for no reason; the caller looks at the word again. futex_wake touches the
 * word's address only, so it is harmless if the word has been freed meanwhile.
 */
#ifndef VIDEOPORT_FUTEX_H
#define VIDEOPORT_FUTEX_H

#include "drivers/support/host.h"
#include "drivers/support/types.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FUTEX_ANY UINT32_MAX

/*
 * futex_wait - sleeps while *@word == @expected. @mask: which wakes concern the sleeper. @deadline:
 * absolute, NULL for ever; on CLOCK_REALTIME if @realtime, else CLOCK_MONOTONIC.
 * Return: 0, or -ETIMEDOUT; anything else the kernel says also reads as 0: look again.
 */
static inline int futex_wait(_Atomic uint32_t *word, uint32_t expected, uint32_t mask,
	const struct timespec *deadline, bool realtime)
{
	if (host_played())
		return host_ops->sleep(
			word, mask, deadline ? host_deadline_ns(deadline, realtime) : HOST_FOREVER);

	int op = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | (realtime ? FUTEX_CLOCK_REALTIME : 0);

	if (syscall(SYS_futex, word, op, expected, deadline, NULL, mask) < 0 && errno == ETIMEDOUT)
		return -ETIMEDOUT;
	return 0;
}

/* futex_wake - wakes up to @count sleepers that share a bit of @mask. */
static inline void futex_wake(_Atomic uint32_t *word, int count, uint32_t mask)
{
	if (host_played())
		host_ops->wake(word, count, mask);
	else
		syscall(SYS_futex, word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, count, NULL, NULL,
			mask);
}

#endif
