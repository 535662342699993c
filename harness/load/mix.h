/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mix.h: sizes and directions of the operations of a load, drawn or read before anything is measured.
 *
 *	text of a key --mix_open--> mix --mix_draw--> sequence --mix_at(i)--> size and direction of operation i
 *
 *	64:70,4k:20,64k:10       values by weight
 *	fixed:4k                 one size
 *	uniform:64..64k          every size in between alike
 *	loguniform:64..64k       every factor alike
 *	zipf:1.2:64..64k*4       values by rank, the first the most frequent, exponent 1.2 (draw.h)
 *	file:PATH                one operation a line, its size and its direction: "4k to_device"; blank lines and what
 *	                         follows a # do not count; used in order, again from the start when it ends
 *
 * A sequence depends on mix, share and seed alone, so whoever is compared gets the same. Looking an operation up is
 * one load from a table.
 * Ownership: open and draw give, close and drop take back; a zeroed one is tolerated. Threads: read-only once made.
 * Errors: -EINVAL (ERR_USAGE), the message names key or file and line, what was found and what was expected; -ENOENT,
 * -EACCES or another -errno (ERR_USAGE) of the file; -ENOMEM (ERR_MISSING).
 */
#ifndef LOAD_MIX_H
#define LOAD_MIX_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/support/err.h"
#include "harness/opt/opt.h"
#include "harness/rng/draw.h"

#define MIX_NAME_MAX  128
#define MIX_BYTES_MAX (UINT32_C(64) << 20) /* largest operation */
#define MIX_LINES_MAX (UINT32_C(1) << 20)  /* of a file */
#define MIX_DRAWS     (UINT32_C(1) << 14)  /* operations of a sequence that is drawn */

/* Size in the low bits, direction in the top one. */
#define MIX_TO_DEVICE UINT32_C(0x80000000)

struct mix {
	char name
		[MIX_NAME_MAX]; /* the text without blanks; "file:NAME#CHECKSUM": another content is another mix */
	struct draw draw; /* where no file is */
	uint32_t *line;   /* of the file, as a sequence holds them; NULL: drawn */
	uint32_t lines;   /* 0: drawn */
	uint32_t largest_bytes;
	double mean_bytes;
	double to_device_share; /* of a file's operations; NAN: drawn */
};

struct mix_sequence {
	uint32_t *op;
	uint32_t count;
};

/* mix_open - reads @text, the value of @key. */
int mix_open(struct mix *mix, const char *key, const char *text, struct err *err);
void mix_close(struct mix *mix);

/* mix_fixed - always @bytes: what is left of a mix where only directions are drawn. Nothing to close. */
void mix_fixed(struct mix *mix, uint32_t bytes);

/*
 * mix_draw - @to_device_share: of the operations, 0..1, drawn apart from the sizes; a file brings its own directions and
 * ignores it unless @one_way says that all go to the device (1) or come from it (0).
 */
int mix_draw(struct mix_sequence *sequence, const struct mix *mix, double to_device_share,
	bool one_way, uint64_t seed, struct err *err);
void mix_drop(struct mix_sequence *sequence);

static inline uint32_t mix_at(const struct mix_sequence *sequence, uint64_t index)
{
	return sequence->op[index % sequence->count];
}

static inline uint32_t mix_bytes(uint32_t op)
{
	return op & ~MIX_TO_DEVICE;
}

static inline bool mix_to_device(uint32_t op)
{
	return op & MIX_TO_DEVICE;
}

/*
 * mix_parse_draw - the distributions above but for the file, for other quantities as well (lifetimes): values of @type, each
 * in [@low, @high].
 */
int mix_parse_draw(struct draw *draw, const char *key, const char *text, enum opt_type type,
	uint64_t low, uint64_t high, struct err *err);

#endif
