// SPDX-License-Identifier: BSD-2-Clause
/* guard.c: see guard.h. */
#include "drivers/videoport/guard.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Guards are pages: filled and looked at a word at a time where it is aligned. */
#define WORD_BYTES sizeof(uint64_t)

/* 0x80 to 0xBF. */
static unsigned char guard_byte(const unsigned char *at)
{
	uintptr_t address = (uintptr_t)at;

	return (unsigned char)(0x80 | ((address ^ address >> 6 ^ address >> 12) & 0x3F));
}

/* The bytes from @at on, which is aligned: they differ in the three lowest bits, as their addresses do. */
static uint64_t guard_word(const unsigned char *at)
{
	static const unsigned char step[WORD_BYTES] = {0, 1, 2, 3, 4, 5, 6, 7};
	uint64_t steps;

	memcpy(&steps, step, WORD_BYTES);
	return guard_byte(at) * UINT64_C(0x0101010101010101) ^ steps;
}

static bool starts_word(const unsigned char *at)
{
	return (uintptr_t)at % WORD_BYTES == 0;
}

static bool word_is_sound(const unsigned char *at)
{
	uint64_t word;

	memcpy(&word, at, WORD_BYTES);
	return word == guard_word(at);
}

void guard_fill(void *memory, size_t len_bytes)
{
	unsigned char *at = memory, *const end = at + len_bytes;

	while (at < end) {
		if (starts_word(at) && (size_t)(end - at) >= WORD_BYTES) {
			memcpy(at, &(uint64_t){guard_word(at)}, WORD_BYTES);
			at += WORD_BYTES;
		} else {
			*at = guard_byte(at);
			at++;
		}
	}
}

size_t guard_check(const void *memory, size_t len_bytes)
{
	const unsigned char *bytes = memory;
	size_t i = 0;

	while (i < len_bytes) {
		if (starts_word(&bytes[i]) && len_bytes - i >= WORD_BYTES &&
			word_is_sound(&bytes[i]))
			i += WORD_BYTES;
		else if (bytes[i] == guard_byte(&bytes[i]))
			i++;
		else
			return i;
	}
	return len_bytes;
}

size_t guard_check_last(const void *memory, size_t len_bytes)
{
	const unsigned char *bytes = memory;
	size_t left = len_bytes;

	while (left > 0) {
		if (left >= WORD_BYTES && starts_word(&bytes[left]) &&
			word_is_sound(&bytes[left - WORD_BYTES]))
			left -= WORD_BYTES;
		else if (bytes[left - 1] == guard_byte(&bytes[left - 1]))
			left--;
		else
			return left - 1;
	}
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
