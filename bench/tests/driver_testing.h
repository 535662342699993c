/* SPDX-License-Identifier: BSD-2-Clause */
/* driver_testing.h: `dmabench driver` on the modules that make built (Makefile, TEST_MODULES). */
#ifndef TESTS_DRIVER_TESTING_H
#define TESTS_DRIVER_TESTING_H

#include <limits.h>

#include "bench/tests/testing.h"

/* Where the tests were started: the top of the source tree. */
static char top[PATH_MAX];

static inline int top_note(void **state)
{
	(void)state;
	return getcwd(top, sizeof(top)) ? 0 : -1;
}

/* A path below the top; a ring of texts, so that several live at once. */
static inline const char *at_top(const char *path)
{
	static char text[8][PATH_MAX + 128];
	static unsigned next;

	next = (next + 1) % 8;
	snprintf(text[next], sizeof(text[next]), "%s/%s", top, path);
	return text[next];
}

#define MODULE(name) at_top("build/modules/gcc/" name ".so")
#define BROKEN       at_top("build/modules/broken/broken.so")
#define SCRIPT(name) at_top("drivers/miniport/samples/" name ".script")
#define BREAK_SCRIPT at_top("drivers/tests/broken/broken.script")

#endif
