// SPDX-License-Identifier: BSD-2-Clause
/* guard.c: see guard.h. */
#include "drivers/videoport/guard.h"

#include <stdint.h>

/* 0x80 to 0xBF. */
static unsigned char guard_byte(const unsigned char *at)
{
	uintptr_t address = (uintptr_t)at;

	return (unsigned char)(0x80 | ((address ^ address >> 6 ^ address >> 12) & 0x3F));
}

void guard_fill(void *memory, size_t len_bytes)
{
	unsigned char *bytes = memory;

	for (size_t i = 0; i < len_bytes; i++)
		bytes[i] = guard_byte(&bytes[i]);
}

size_t guard_check(const void *memory, size_t len_bytes)
{
	const unsigned char *bytes = memory;

	for (size_t i = 0; i < len_bytes; i++)
		if (bytes[i] != guard_byte(&bytes[i]))
			return i;
	return len_bytes;
}

size_t guard_check_last(const void *memory, size_t len_bytes)
{
	const unsigned char *bytes = memory;

	for (size_t i = len_bytes; i-- > 0;)
		if (bytes[i] != guard_byte(&bytes[i]))
			return i;
	return len_bytes;
}

size_t guard_poison_check(const void *memory, size_t len_bytes)
{
	const unsigned char *bytes = memory;

	for (size_t i = 0; i < len_bytes; i++)
		if (bytes[i] != GUARD_POISON)
			return i;
	return len_bytes;
}
