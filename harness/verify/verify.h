/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verify.h: stamps, patterns and guards that make a wrong transfer visible, and name where it is wrong.
 *
 * Every 64-bit word of a payload is pattern(stamp, word) = rng_mix(stamp) + word * ODD: unique for each stamp
 * (seed, generation, index) and each position, so a transfer that did not happen, happened elsewhere, stopped
 * early, came from another generation or changed a bit differs from what is expected. Guards on both sides
 * hold their own pattern. A last partial word is compared byte-wise.
 *
 * Threads: pure functions of the caller's memory. Nothing here runs inside a timed section.
 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VERIFY_GUARD_BYTES ((size_t)64)

/* Stamp of op @index in generation @generation under @seed; never 0. */
uint64_t verify_stamp(uint64_t seed, uint64_t generation, uint64_t index);

/* Fills @len_bytes at @payload, any alignment. Fast: one add and one store a word, vectorised. */
void verify_fill(void *payload, size_t len_bytes, uint64_t stamp);

/* Fills a guard of VERIFY_GUARD_BYTES. @key: differs by buffer and side. */
void verify_guard_fill(void *guard, uint64_t key);

enum verify_kind {
	VERIFY_OK,
	VERIFY_PAYLOAD, /* a payload byte differs */
	VERIFY_BEFORE,  /* guard before the payload was written */
	VERIFY_AFTER,   /* guard behind the payload was written */
};

/*
 * Whole words around the first wrong byte, as found: the one that holds it and the one behind, which is free
 * of right bytes where a transfer stopped inside a word. verify_explain reads them.
 */
struct verify_probe {
	uint64_t word_index; /* of word[0] in payload or guard */
	uint64_t word[2];
	uint8_t bytes[2]; /* present of each: 8, less at the end, 0 behind the end */
};

struct verify_finding {
	enum verify_kind kind;
	uint64_t offset_bytes; /* of the first wrong byte in payload or guard */
	uint64_t wrong_bytes;  /* how many differ */
	uint64_t expected;     /* the 8 bytes from there on, little endian, cut at the end */
	uint64_t found;
	uint64_t
		found_index; /* op of this generation the found bytes belong to, else UINT64_MAX; may be
	                         this op itself, when they belong to another place of it */
	uint64_t
		found_offset_bytes; /* where in that op they belong, from the word of the first wrong byte on */
	bool found_stale; /* found bytes are those of the previous generation of this op */
	struct verify_probe probe;
};

/*
 * verify_check - compares @len_bytes at @payload with the pattern of @stamp. Return: true if equal, else
 * false and @finding filled (kind, offset, wrong_bytes, expected, found; the explanations are empty until
 * verify_explain).
 */
bool verify_check(
	const void *payload, size_t len_bytes, uint64_t stamp, struct verify_finding *finding);

/* verify_guard_check - the same for a guard; @side is VERIFY_BEFORE or VERIFY_AFTER. */
bool verify_guard_check(
	const void *guard, uint64_t key, enum verify_kind side, struct verify_finding *finding);

/*
 * verify_explain - looks for where the found bytes come from: the previous generation of op @index, any of
 * the @count ops of @generation (swapped), or another place of one of them (misplaced). A last
 * word of fewer than 4 bytes explains nothing.
 */
void verify_explain(struct verify_finding *finding, uint64_t seed, uint64_t generation,
	uint64_t index, uint64_t count);

/*
 * verify_describe - one line into @out, always terminated, cut at @room:
 * "op 17: byte 4096 of 65536: expected 0x..., found 0x..., 512 bytes differ (stale: previous generation)".
 * Return: length as snprintf counts it.
 */
int verify_describe(const struct verify_finding *finding, uint64_t op, size_t len_bytes, char *out,
	size_t room);

#endif
