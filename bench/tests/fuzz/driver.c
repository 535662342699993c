// SPDX-License-Identifier: BSD-2-Clause
/* driver.c: libFuzzer's entry for one target, FUZZ_TARGET. Built by `make fuzz` alone. */
#include "bench/tests/fuzz/fuzz.h"

#define PASTE(name)  fuzz_##name
#define TARGET(name) PASTE(name)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len_bytes)
{
	TARGET(FUZZ_TARGET)(bytes, len_bytes);
	return 0;
}
