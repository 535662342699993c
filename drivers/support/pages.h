/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages.h: pages of their own from the kernel, zeroed; those that nobody touches cost nothing. For tables by address,
 * and for memory whose neighbours must be nobody else's.
 *
 * Ownership: the caller's, until pages_unmap. Threads: any.
 */
#ifndef SUPPORT_PAGES_H
#define SUPPORT_PAGES_H

#include <stddef.h>
#include <stdint.h>

/* pages_map - @len_bytes of them. Return: NULL where there is no memory. */
void *pages_map(size_t len_bytes);

/* pages_unmap - gives back all of what pages_map returned for @len_bytes. NULL is allowed. */
void pages_unmap(void *pages, size_t len_bytes);

/* pages_bytes - how many bytes of them nobody has given back: exact, and of this process. */
uint64_t pages_bytes(void);

#endif
