// SPDX-License-Identifier: BSD-2-Clause
/*
 * verify.c: fills payloads and guards, compares them, and says where wrong bytes come from. Called by
 * harness/run between rounds; knows neither drivers nor devices.
 *
 * Words are handled two at a time with the compiler's vectors: at -O2 gcc 12 leaves a loop of unknown length
 * scalar. All loads and stores go through memcpy, so that any alignment is good.
 */
#include "harness/verify/verify.h"

#include "harness/rng/rng.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "patterns are defined little endian and stored as the processor stores words"
#endif

/*
 * Word n of a payload is rng_mix(stamp) + n * ODD. ODD is odd, hence invertible modulo 2^64: from a found word
 * and a stamp follows the one place it belongs to (word_of below).
 */
#define ODD         UINT64_C(0x9e3779b97f4a7c15)
#define ODD_INVERSE UINT64_C(0xf1de83e19937733d)

_Static_assert(ODD *ODD_INVERSE == 1, "ODD_INVERSE inverts ODD modulo 2^64");

#define WORD_BYTES  ((size_t)8)
#define BLOCK_WORDS 8
#define BLOCK_BYTES (BLOCK_WORDS * WORD_BYTES)

/* Guards live in another space of stamps than payloads. */
#define GUARD_SALT UINT64_C(0x67756172645f5f21)

/* A found word belongs to an op only if its place there is below this; a chance hit has 2^-37. */
#define PLACE_WORDS_MAX (UINT64_C(1) << 27)

/* A last word cut shorter than this proves nothing; this much one op in 2^32 has by chance. */
#define EXPLAIN_BYTES_MIN 4

typedef uint64_t word_pair __attribute__((vector_size(16)));

static uint64_t pattern_word(uint64_t stamp, uint64_t word)
{
	return rng_mix(stamp) + word * ODD;
}

/* The bytes of @p[0..bytes) as a little-endian number, zero above; @bytes at most 8. */
static uint64_t load_bytes(const unsigned char *p, size_t bytes)
{
	uint64_t word = 0;

	memcpy(&word, p, bytes);
	return word;
}

static uint64_t low_bytes(uint64_t word, unsigned bytes)
{
	return bytes >= WORD_BYTES ? word : word & ((UINT64_C(1) << (8 * bytes)) - 1);
}

uint64_t verify_stamp(uint64_t seed, uint64_t generation, uint64_t index)
{
	uint64_t stamp = rng_mix(rng_mix(rng_mix(seed) + generation) + index);

	return stamp ? stamp : 1;
}

void verify_fill(void *payload, size_t len_bytes, uint64_t stamp)
{
	unsigned char *p = payload;
	uint64_t next = rng_mix(stamp);
	word_pair a = {next, next + ODD};
	const word_pair two = {2 * ODD, 2 * ODD}, four = two + two, six = four + two,
			eight = four + four;
	size_t done = 0;

	for (; len_bytes - done >= BLOCK_BYTES; done += BLOCK_BYTES, a += eight) {
		word_pair b = a + two, c = a + four, d = a + six;

		memcpy(p + done, &a, sizeof(a));
		memcpy(p + done + 16, &b, sizeof(b));
		memcpy(p + done + 32, &c, sizeof(c));
		memcpy(p + done + 48, &d, sizeof(d));
	}
	for (next = a[0]; len_bytes - done >= WORD_BYTES; done += WORD_BYTES, next += ODD)
		memcpy(p + done, &next, WORD_BYTES);
	memcpy(p + done, &next, len_bytes - done);
}

void verify_guard_fill(void *guard, uint64_t key)
{
	verify_fill(guard, VERIFY_GUARD_BYTES, rng_mix(key ^ GUARD_SALT));
}

static inline word_pair load_pair(const unsigned char *p)
{
	word_pair pair;

	memcpy(&pair, p, sizeof(pair));
	return pair;
}

/* Bytes at the front of @p that are as expected, in whole blocks. The hot part of a check. */
static size_t equal_blocks(const unsigned char *p, size_t len_bytes, uint64_t stamp)
{
	uint64_t first = rng_mix(stamp);
	word_pair a = {first, first + ODD};
	const word_pair two = {2 * ODD, 2 * ODD}, four = two + two, six = four + two,
			eight = four + four;
	size_t done = 0;

	for (; len_bytes - done >= BLOCK_BYTES; done += BLOCK_BYTES, a += eight) {
		word_pair diff = (load_pair(p + done) ^ a) |
		                 (load_pair(p + done + 16) ^ (a + two)) |
		                 (load_pair(p + done + 32) ^ (a + four)) |
		                 (load_pair(p + done + 48) ^ (a + six));

		if (diff[0] | diff[1])
			break;
	}
	return done;
}

/* First and number of bytes of @p[from..len_bytes) that differ. Return: how many. */
static uint64_t count_wrong(
	const unsigned char *p, size_t len_bytes, uint64_t stamp, size_t from, size_t *first_bytes)
{
	uint64_t wrong = 0;

	for (size_t at = from; at < len_bytes; at += WORD_BYTES) {
		size_t bytes = len_bytes - at < WORD_BYTES ? len_bytes - at : WORD_BYTES;
		uint64_t diff = load_bytes(p + at, bytes) ^
		                low_bytes(pattern_word(stamp, at / WORD_BYTES), (unsigned)bytes);

		for (size_t i = 0; diff; i++, diff >>= 8) {
			if (!(diff & 0xff))
				continue;
			if (!wrong++)
				*first_bytes = at + i;
		}
	}
	return wrong;
}

static size_t at_most_word(size_t bytes)
{
	return bytes < WORD_BYTES ? bytes : WORD_BYTES;
}

/* The 8 bytes of the pattern from byte @at on, of which @bytes count. */
static uint64_t expected_bytes(uint64_t stamp, size_t at, size_t bytes)
{
	unsigned char around[2 * WORD_BYTES];
	uint64_t word[2] = {
		pattern_word(stamp, at / WORD_BYTES), pattern_word(stamp, at / WORD_BYTES + 1)};

	memcpy(around, word, sizeof(around));
	return load_bytes(around + at % WORD_BYTES, bytes);
}

static void probe_take(
	struct verify_probe *probe, const unsigned char *p, size_t len_bytes, size_t at)
{
	probe->word_index = at / WORD_BYTES;
	for (size_t i = 0; i < 2; i++) {
		size_t start = (at / WORD_BYTES + i) * WORD_BYTES;
		size_t bytes = start < len_bytes ? at_most_word(len_bytes - start) : 0;

		probe->word[i] = bytes ? load_bytes(p + start, bytes) : 0;
		probe->bytes[i] = (uint8_t)bytes;
	}
}

static bool check(const void *memory, size_t len_bytes, uint64_t stamp, enum verify_kind kind,
	struct verify_finding *finding)
{
	const unsigned char *p = memory;
	size_t at = 0;
	uint64_t wrong = count_wrong(p, len_bytes, stamp, equal_blocks(p, len_bytes, stamp), &at);

	*finding = (struct verify_finding){.kind = VERIFY_OK, .found_index = UINT64_MAX};
	if (!wrong)
		return true;
	finding->kind = kind;
	finding->offset_bytes = at;
	finding->wrong_bytes = wrong;
	finding->expected = expected_bytes(stamp, at, at_most_word(len_bytes - at));
	finding->found = load_bytes(p + at, at_most_word(len_bytes - at));
	probe_take(&finding->probe, p, len_bytes, at);
	return false;
}

bool verify_check(
	const void *payload, size_t len_bytes, uint64_t stamp, struct verify_finding *finding)
{
	return check(payload, len_bytes, stamp, VERIFY_PAYLOAD, finding);
}

bool verify_guard_check(
	const void *guard, uint64_t key, enum verify_kind side, struct verify_finding *finding)
{
	return check(guard, VERIFY_GUARD_BYTES, rng_mix(key ^ GUARD_SALT), side, finding);
}

/* True if a probed word is the one that @stamp has at the same place. */
static bool probe_is_in_place(const struct verify_probe *probe, uint64_t stamp)
{
	for (unsigned i = 0; i < 2; i++)
		if (probe->bytes[i] >= EXPLAIN_BYTES_MIN &&
			probe->word[i] == low_bytes(pattern_word(stamp, probe->word_index + i),
						  probe->bytes[i]))
			return true;
	return false;
}

/* True if a whole probed word belongs to some place of the op with @stamp; that place in @word. */
static bool probe_is_elsewhere(const struct verify_probe *probe, uint64_t stamp, uint64_t *word)
{
	for (unsigned i = 0; i < 2; i++) {
		uint64_t place = (probe->word[i] - rng_mix(stamp)) * ODD_INVERSE;

		if (place >= i && place < PLACE_WORDS_MAX && place != probe->word_index + i &&
			probe->bytes[i] == WORD_BYTES) {
			*word = place - i;
			return true;
		}
	}
	return false;
}

void verify_explain(struct verify_finding *finding, uint64_t seed, uint64_t generation,
	uint64_t index, uint64_t count)
{
	const struct verify_probe *probe = &finding->probe;
	bool payload = finding->kind == VERIFY_PAYLOAD;

	if (finding->kind == VERIFY_OK)
		return;
	finding->found_stale = payload &&
	                       probe_is_in_place(probe, verify_stamp(seed, generation - 1, index));
	for (uint64_t i = 0; i < count && !finding->found_stale; i++) {
		uint64_t stamp = verify_stamp(seed, generation, i);
		uint64_t word = probe->word_index;

		/* In its own place of a payload a word of this op is right, and explains nothing. */
		bool in_place = !(payload && i == index) && probe_is_in_place(probe, stamp);

		if (!in_place && !probe_is_elsewhere(probe, stamp, &word))
			continue;
		finding->found_index = i;
		finding->found_offset_bytes = word * WORD_BYTES;
		return;
	}
}

/* What is known of the origin of the wrong bytes, "" if nothing. */
static void describe_origin(
	const struct verify_finding *finding, uint64_t op, char *out, size_t room)
{
	out[0] = '\0';
	if (finding->found_stale)
		snprintf(out, room, " (stale: previous generation)");
	else if (finding->found_index == op)
		snprintf(out, room, " (misplaced: belongs to byte %" PRIu64 " of this op)",
			finding->found_offset_bytes);
	else if (finding->found_index != UINT64_MAX)
		snprintf(out, room, " (belongs to byte %" PRIu64 " of op %" PRIu64 ")",
			finding->found_offset_bytes, finding->found_index);
	else if (finding->wrong_bytes == 1 &&
		 __builtin_popcountll(finding->expected ^ finding->found) == 1)
		snprintf(out, room, " (one bit flipped)");
}

int verify_describe(
	const struct verify_finding *finding, uint64_t op, size_t len_bytes, char *out, size_t room)
{
	static const char *const place[] = {
		[VERIFY_OK] = "",
		[VERIFY_PAYLOAD] = "",
		[VERIFY_BEFORE] = "guard before the payload, ",
		[VERIFY_AFTER] = "guard behind the payload, ",
	};
	char origin[96];

	if (finding->kind == VERIFY_OK)
		return snprintf(out, room, "op %" PRIu64 ": %zu bytes as expected", op, len_bytes);
	describe_origin(finding, op, origin, sizeof(origin));
	return snprintf(out, room,
		"op %" PRIu64 ": %sbyte %" PRIu64 " of %zu: expected 0x%016" PRIx64
		", found 0x%016" PRIx64 ", %" PRIu64 " byte%s differ%s%s",
		op, place[finding->kind], finding->offset_bytes,
		finding->kind == VERIFY_PAYLOAD ? len_bytes : (size_t)VERIFY_GUARD_BYTES,
		finding->expected, finding->found, finding->wrong_bytes,
		finding->wrong_bytes == 1 ? "" : "s", finding->wrong_bytes == 1 ? "s" : "", origin);
}
