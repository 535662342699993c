// SPDX-License-Identifier: BSD-2-Clause
/* elf.c: a file said to be a miniport module, looked at before the loader has it. */
#include "bench/tests/fuzz/fuzz.h"

#include "drivers/loader/elf.h"

void fuzz_elf(const uint8_t *bytes, size_t len_bytes)
{
	struct elf_image image = {0};
	struct err err = {0};
	uint64_t offset;
	const char *path = fuzz_file(bytes, len_bytes);

	if (elf_open(&image, path, &err) < 0) {
		fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
	} else {
		for (unsigned i = 0; i < 64 && elf_wanted(&image, i); i++)
			;
		elf_defines(&image, "DriverEntry");
		for (uint64_t address = 0; address < 0x8000; address += 0x333)
			elf_function(&image, address, &offset);
	}
	elf_close(&image);
	fuzz_file_close();
	err = (struct err){0};
	fuzz_expect_that(elf_open(&image, path, &err) < 0 && err.message[0] != '\0',
		"a message where the file is gone");
}
