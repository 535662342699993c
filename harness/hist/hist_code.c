// SPDX-License-Identifier: BSD-2-Clause
/*
 * hist_code.c: the stored form of a histogram (layout in hist.h). Decoding trusts nothing: a
 * database may be damaged or come from somewhere else.
 */
#include "harness/hist/hist.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum {
	VERSION = 1,
	HEADER_BYTES = 48,
	LEB128_BYTES_MAX = 10,
};

_Static_assert(sizeof(double) == sizeof(uint64_t), "sum is stored as binary64");

/*
 * Bytes going out; counts on when the room is used up, so that the size comes from the same code.
 */
struct sink {
	unsigned char *out;
	size_t room, used;
};

/* Bytes coming in; `bad` stays set once something did not fit. */
struct source {
	const unsigned char *at, *end;
	bool bad;
};

static void sink_byte(struct sink *sink, unsigned char byte)
{
	if (sink->used < sink->room)
		sink->out[sink->used] = byte;
	sink->used++;
}

static void sink_fixed(struct sink *sink, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		sink_byte(sink, (unsigned char)(value >> (8 * i)));
}

static void sink_leb128(struct sink *sink, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		sink_byte(sink, (unsigned char)(value | 0x80));
	sink_byte(sink, (unsigned char)value);
}

static unsigned char source_byte(struct source *source)
{
	if (source->at == source->end) {
		source->bad = true;
		return 0;
	}
	return *source->at++;
}

static uint64_t source_fixed(struct source *source, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)source_byte(source) << (8 * i);
	return value;
}

static uint64_t source_leb128(struct source *source)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < LEB128_BYTES_MAX; i++) {
		unsigned char byte = source_byte(source);

		/*
		 * The tenth byte holds bit 63 only; a last byte of zero is not the shortest form.
		 */
		if ((i == LEB128_BYTES_MAX - 1 && byte > 1) || (i && !byte))
			break;
		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80))
			return value;
	}
	source->bad = true;
	return 0;
}

static uint32_t pairs_of(const struct hist *hist)
{
	uint32_t pairs = 0;

	for (uint32_t i = 0; i < HIST_BUCKETS; i++)
		pairs += hist->bucket[i] != 0;
	return pairs;
}

static void encode_header(struct sink *sink, const struct hist *hist)
{
	uint64_t sum_bits;

	memcpy(&sum_bits, &hist->sum, sizeof(sum_bits));
	sink_byte(sink, VERSION);
	sink_byte(sink, HIST_SUB_BITS);
	sink_byte(sink, HIST_MAX_BITS);
	sink_byte(sink, 0);
	sink_fixed(sink, hist->count, 8);
	sink_fixed(sink, hist->refused, 8);
	sink_fixed(sink, hist->min, 8);
	sink_fixed(sink, hist->max, 8);
	sink_fixed(sink, sum_bits, 8);
	sink_fixed(sink, pairs_of(hist), 4);
}

long hist_encode(const struct hist *hist, unsigned char *out, size_t room)
{
	struct sink sink = {.out = out, .room = out ? room : 0};
	uint32_t previous = 0;

	encode_header(&sink, hist);
	for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
		if (!hist->bucket[i])
			continue;
		sink_leb128(&sink, i - previous);
		sink_leb128(&sink, hist->bucket[i]);
		previous = i;
	}
	if (out && sink.used > room)
		return -ENOSPC;
	return (long)sink.used;
}

/* Reads the header into @hist. Return: false if no encoder of this layout wrote it. */
static bool decode_header(struct source *source, struct hist *hist, uint32_t *pairs)
{
	bool known = source_byte(source) == VERSION;

	known &= source_byte(source) == HIST_SUB_BITS;
	known &= source_byte(source) == HIST_MAX_BITS;
	known &= source_byte(source) == 0;
	hist->count = source_fixed(source, 8);
	hist->refused = source_fixed(source, 8);
	hist->min = source_fixed(source, 8);
	hist->max = source_fixed(source, 8);

	uint64_t sum_bits = source_fixed(source, 8);

	memcpy(&hist->sum, &sum_bits, sizeof(sum_bits));
	*pairs = (uint32_t)source_fixed(source, 4);
	return known && !source->bad;
}

/*
 * Reads the pairs; @first and @last receive the outermost buckets. Return: false if they do not add
 * up.
 */
static bool decode_pairs(
	struct source *source, struct hist *hist, uint32_t pairs, uint32_t *first, uint32_t *last)
{
	uint64_t total = 0, index = 0;

	if (pairs > HIST_BUCKETS)
		return false;
	for (uint32_t i = 0; i < pairs; i++) {
		uint64_t delta = source_leb128(source), count = source_leb128(source);

		if (source->bad || (i && !delta) || !count || delta >= HIST_BUCKETS - index)
			return false;
		index += delta;
		if (!i)
			*first = (uint32_t)index;
		hist->bucket[index] = count;
		if (__builtin_add_overflow(total, count, &total))
			return false;
	}
	*last = (uint32_t)index;
	return total == hist->count && source->at == source->end;
}

/* Whether min, max and sum can belong to values of buckets @first to @last. */
static bool extremes_fit(const struct hist *hist, uint32_t first, uint32_t last)
{
	if (!hist->count)
		return hist->min == UINT64_MAX && hist->max == 0 && hist->sum == 0 &&
		       !signbit(hist->sum);
	if (hist->min > hist->max || hist->max >> HIST_MAX_BITS)
		return false;
	if (hist_index(hist->min) != first || hist_index(hist->max) != last)
		return false;

	/*
	 * A sum of rounded additions, after scaling of unrounded values while min and max are
	 * rounded: the mean may pass the extremes by half a unit each way and by the error of the
	 * additions.
	 */
	double mean = hist_mean(hist), slack = 1 + 1e-6 * (double)hist->max;

	return mean >= (double)hist->min - slack && mean <= (double)hist->max + slack;
}

int hist_decode(struct hist *hist, const unsigned char *bytes, size_t len_bytes)
{
	struct source source = {.at = bytes, .end = bytes + len_bytes};
	uint32_t pairs, first = 0, last = 0;

	hist_init(hist);
	if (len_bytes < HEADER_BYTES || !decode_header(&source, hist, &pairs))
		goto refuse;
	if (!decode_pairs(&source, hist, pairs, &first, &last))
		goto refuse;
	if (!extremes_fit(hist, first, last))
		goto refuse;
	return 0;
refuse:
	hist_init(hist);
	return -EINVAL;
}
