/* SPDX-License-Identifier: BSD-2-Clause */
/* words.h: private to harness/churn: the words of the file format, shared by read.c and write.c; see results/README.md. */
#ifndef CHURN_WORDS_H
#define CHURN_WORDS_H

#include "harness/churn/churn.h"

#define WORDS_HEAD "dmabench-trace 1"

static const char *const words_op[CHURN_OP_COUNT + 1] = {
	[CHURN_ALLOCATE] = "allocate",
	[CHURN_RELEASE] = "release",
	[CHURN_LOCK] = "lock",
	[CHURN_UNLOCK] = "unlock",
	[CHURN_OP_COUNT] = NULL,
};

static const char *const words_cached[] = {"uncached", "cached", NULL};
static const char *const words_access[] = {"read", "write", "modify", NULL};

/* The words that say how @op is done. */
static inline const char *const *words_how(unsigned op)
{
	return op == CHURN_LOCK ? words_access : words_cached;
}

#endif
