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

#define VERIFY_GUARD_BYTES 64

/* Stamp of op @index in generation @generation under @seed; never 0. */
uint64_t verify_stamp(uint64_t seed, uint64_t generation, uint64_t index);

/* Fills @len_bytes at @payload. Fast: one add and one store a word, vectorised. */
void verify_fill(void *payload, size_t len_bytes, uint64_t stamp);

/* Fills a guard of VERIFY_GUARD_BYTES. @key: differs by buffer and side. */
void verify_guard_fill(void *guard, uint64_t key);

enum verify_kind {
	VERIFY_OK,
	VERIFY_PAYLOAD, /* a payload byte differs */
	VERIFY_BEFORE,  /* guard before the payload was written */
	VERIFY_AFTER,   /* guard behind the payload was written */
};

struct verify_finding {
	enum verify_kind kind;
	uint64_t offset_bytes;  /* of the first wrong byte in payload or guard */
	uint64_t wrong_bytes;   /* how many differ */
	uint64_t expected;      /* the 8 bytes there, little endian, cut at the end */
	uint64_t found;
	uint64_t found_index;   /* if the found bytes are those of another op of this generation: its index, else UINT64_MAX */
	bool found_stale;       /* found bytes are those of the previous generation of this op */
};

/*
 * verify_check - compares @len_bytes at @payload with the pattern of @stamp. Return: true if equal, else
 * false and @finding filled (kind, offset, wrong_bytes, expected, found; the two explanations are filled by
 * verify_explain).
 */
bool verify_check(const void *payload, size_t len_bytes, uint64_t stamp, struct verify_finding *finding);
bool verify_guard_check(const void *guard, uint64_t key, enum verify_kind side, struct verify_finding *finding);

/* verify_explain - looks for where the found bytes come from among @count ops of @generation and before. */
void verify_explain(struct verify_finding *finding, uint64_t seed, uint64_t generation, uint64_t index,
	uint64_t count);

/* One line: "op 17: byte 4096 of 65536: expected 0x..., found 0x... (stale: previous generation)". */
int verify_describe(const struct verify_finding *finding, uint64_t op, size_t len_bytes, char *out, size_t room);

#endif
