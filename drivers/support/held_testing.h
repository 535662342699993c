/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * held_testing.h: a test program fails where ports, devices or frames have not given back all memory they took. Whoever includes
 * this is judged as the program ends, behind its last test: no test has to ask. The headers by which tests open such things do,
 * but for one that fuzz targets use as well, which keep what they have.
 *
 * ASan finds lost blocks as well, but no lost pages, and nothing in a plain build.
 */
#ifndef SUPPORT_HELD_TESTING_H
#define SUPPORT_HELD_TESTING_H

#include "drivers/support/heap.h"
#include "drivers/support/pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* A test that failed leaves behind what it had: then it is said twice that something is wrong. */
__attribute__((destructor)) static void held_judge(void)
{
	if (heap_blocks() == 0 && pages_bytes() == 0)
		return;
	fprintf(stderr,
		"held at the end of the tests: %" PRIu64 " blocks of the heap and %" PRIu64
		" bytes of pages; expected none of either\n",
		heap_blocks(), pages_bytes());
	_exit(1);
}

#endif
