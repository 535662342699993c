/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guard.h: memory nobody may write: filled with known bytes, looked at again later.
 *
 *	guard    in front of and behind what a driver was given; each byte depends on its own address, so
 *	         that a copy of a guard from elsewhere is noticed too
 *	poison   what a driver gave back; one byte throughout, so that a debugger's user recognises it
 *
 * A guard page is filled and checked, not protected: an access violation would end the run at the first
 * wrong write, a filled page is reported with the buffer it belongs to and the run goes on. The bytes of
 * a guard are never 0, 0xFF or ASCII, which is what stray writes mostly are.
 *
 * Called by common_buffer.c and pool.c. Pure: no locks, no memory of its own.
 */
#ifndef VIDEOPORT_GUARD_H
#define VIDEOPORT_GUARD_H

#include <stddef.h>

#define GUARD_POISON 0xDD

/* guard_fill - makes a guard of [@memory, @memory + @len_bytes). */
void guard_fill(void *memory, size_t len_bytes);

/*
 * guard_check, guard_check_last - whether all bytes are as guard_fill left them.
 * Return: the offset of the first (last) changed byte, @len_bytes where there is none.
 */
size_t guard_check(const void *memory, size_t len_bytes);
size_t guard_check_last(const void *memory, size_t len_bytes);

/* guard_poison_check - guard_check for memory filled with GUARD_POISON. */
size_t guard_poison_check(const void *memory, size_t len_bytes);

#endif
