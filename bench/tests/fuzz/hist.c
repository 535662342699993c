// SPDX-License-Identifier: BSD-2-Clause
/* hist.c: a histogram as the record holds it. There is one form of each: what is accepted is written as the same bytes. */
#include "bench/tests/fuzz/fuzz.h"

#include <string.h>

#include "harness/hist/hist.h"

#define ROOM 4096

void fuzz_hist(const uint8_t *bytes, size_t len_bytes)
{
	static unsigned char again[ROOM];
	static struct hist hist;

	if (hist_decode(&hist, bytes, len_bytes) < 0) {
		fuzz_expect_that(hist.count == 0, "nothing of what was refused");
		return;
	}
	if (len_bytes > sizeof(again))
		return;
	fuzz_expect_that(hist_encode(&hist, again, len_bytes) == (long)len_bytes &&
				 memcmp(again, bytes, len_bytes) == 0,
		"the bytes that it was read from");
}
