/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * expect.h: the findings one knows of and has a reason to live with, in a file:
 *
 *	# V-NUMBER [xCOUNT] reason
 *	V-204 the vendor's firmware wants one buffer of 8 MiB
 *	V-108 x2 both adapters stay until the machine is off
 *
 * Without a count any number of findings of the rule is expected. A row that nothing matches is stale.
 */
#ifndef DRIVER_EXPECT_H
#define DRIVER_EXPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/support/err.h"

struct expect_row {
	unsigned rule, line;
	uint64_t most; /* 0: any number */
	uint64_t seen;
	char reason[160];
};

struct expect {
	char name[256]; /* of the file */
	struct expect_row *row;
	unsigned count;
};

/* expect_read - Return: 0; -errno (ERR_USAGE) with file and line. expect_free accepts a zeroed struct. */
int expect_read(struct expect *expect, const char *path, struct err *err);
void expect_free(struct expect *expect);

/*
 * expect_take - one more finding of @rule. Return: the row that expects it; NULL where none does, or one
 * finding too many has been seen.
 */
const struct expect_row *expect_take(struct expect *expect, unsigned rule);

#endif
