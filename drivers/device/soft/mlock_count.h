/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mlock_count.h: mlock(2) that nests: how many locks each page of the process is under. The system call locks a page
 * once however often it is called, and unlocks it for everybody; locked buffers share pages and devices share buffers.
 *
 * One table for the process, while somebody has it open. Threads: any; one lock around counts and system calls.
 */
#ifndef SOFT_MLOCK_COUNT_H
#define SOFT_MLOCK_COUNT_H

#include <stddef.h>

/* Each open wants its close; the last one frees the table. */
void mlock_count_open(void);
void mlock_count_close(void);

/*
 * mlock_count_take - one lock more on each page of [va, va + len_bytes), page multiples. Return: 0; -ENOMEM the limit
 * (RLIMIT_MEMLOCK), not mapped, or no memory for counts; -EPERM, -EAGAIN as mlock; -EFAULT beyond 128 TiB. Nothing is
 * locked then. mlock_count_release - one less; the range was taken.
 */
int mlock_count_take(void *va, size_t len_bytes);
void mlock_count_release(void *va, size_t len_bytes);

#endif
