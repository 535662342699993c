/* SPDX-License-Identifier: BSD-2-Clause */
/* testing.h: for the tests of this folder: traces from texts, and the comparison of two. */
#ifndef CHURN_TESTING_H
#define CHURN_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "harness/churn/churn.h"

/* Reads @text as the file "t". */
static inline int testing_read(
	struct churn_trace *trace, const char *text, size_t size, struct err *err)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, size, "r");

	assert_non_null(in);
	int rc = churn_read_stream(trace, "t", in, err);

	fclose(in);
	return rc;
}

static inline void testing_same(const struct churn_trace *a, const struct churn_trace *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->slots, b->slots);
	assert_int_equal(a->takes, b->takes);
	assert_int_equal(a->largest_bytes, b->largest_bytes);
	assert_int_equal(a->lock_span_bytes, b->lock_span_bytes);
	assert_true(a->live_peak_bytes == b->live_peak_bytes);
	assert_true(a->checksum == b->checksum);
	for (uint32_t i = 0; i < a->count; i++) {
		const struct churn_event *x = &a->event[i], *y = &b->event[i];

		assert_int_equal(x->slot, y->slot);
		assert_int_equal(x->bytes, y->bytes);
		assert_int_equal(x->offset, y->offset);
		assert_int_equal(x->op, y->op);
		assert_int_equal(x->how, y->how);
	}
}

/* The file at @path as text, to free. */
static inline char *testing_text(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(in);
	assert_true(getdelim(&text, &size, '\0', in) > 0);
	fclose(in);
	return text;
}

#endif
