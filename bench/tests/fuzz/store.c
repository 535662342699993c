// SPDX-License-Identifier: BSD-2-Clause
/* store.c: a database of somebody else's making, read as `dmabench report` reads it. */
#include "bench/tests/fuzz/fuzz.h"

#include "harness/store/store.h"

void fuzz_store(const uint8_t *bytes, size_t len_bytes)
{
	struct store *store = NULL;
	struct store_run *run = NULL;
	struct err err = {0};

	if (store_open_readonly(&store, fuzz_file(bytes, len_bytes), &err) < 0)
		fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
	else if (store_read(store, "latest", &run, &err) == 0)
		store_run_free(run);
	store_close(store);
	fuzz_file_close();
}
