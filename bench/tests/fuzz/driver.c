// SPDX-License-Identifier: BSD-2-Clause
/* driver.c: libFuzzer's entry for one target, FUZZ_TARGET. Built by `make fuzz` alone. */
#include "bench/tests/fuzz/fuzz.h"

#define PASTE(name)  fuzz_##name
#define TARGET(name) PASTE(name)

const char *__asan_default_options(void);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len_bytes);

/*
 * What was freed long ago is used again: memory that is touched for the first time costs a page fault. Of each block the
 * last callers are kept: they name it as well as thirty do.
 */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=8:thread_local_quarantine_size_kb=64:malloc_context_size=6";
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len_bytes)
{
	TARGET(FUZZ_TARGET)(bytes, len_bytes);
	return 0;
}
