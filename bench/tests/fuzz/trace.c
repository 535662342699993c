// SPDX-License-Identifier: BSD-2-Clause
/* trace.c: a trace of what a driver takes and gives back. One that is accepted is written and read as the same. */
#include "bench/tests/fuzz/fuzz.h"

#include <stdio.h>

#include "harness/churn/churn.h"

#define WRITTEN_ONE_IN 8

static int read_text(
	struct churn_trace *trace, const void *bytes, size_t len_bytes, struct err *err)
{
	FILE *in = fmemopen((void *)bytes, len_bytes, "r");
	int rc;

	fuzz_expect_that(in != NULL, "a stream");
	rc = churn_read_stream(trace, "input", in, err);
	fclose(in);
	return rc;
}

void fuzz_trace(const uint8_t *bytes, size_t len_bytes)
{
	struct churn_trace trace = {0}, again = {0};
	struct err err = {0};
	const char *path;

	if (len_bytes == 0)
		return;
	if (read_text(&trace, bytes, len_bytes, &err) < 0) {
		fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
		churn_free(&trace);
		return;
	}
	/* A file takes longer than all else. */
	if (trace.count % WRITTEN_ONE_IN) {
		churn_free(&trace);
		return;
	}
	path = fuzz_file((const uint8_t *)"", 0);
	fuzz_expect_that(churn_write(&trace, path, NULL, &err) == 0, "a trace that can be written");
	fuzz_expect_that(churn_read(&again, path, &err) == 0, "what was written to be read");
	fuzz_expect_that(
		again.checksum == trace.checksum && again.count == trace.count, "the same trace");
	fuzz_file_close();
	churn_free(&trace);
	churn_free(&again);
	fuzz_expect_that(churn_read(&again, path, &err) < 0 && err.message[0] != '\0',
		"a message where the file is gone");
}
