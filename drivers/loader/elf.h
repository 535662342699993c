/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elf.h: what a module's file says about itself: whether it fits this machine, which symbols it wants,
 * and which function an address lies in, static ones too (dladdr knows only exported ones).
 *
 * The file may be anything: every offset is checked before it is followed.
 * Threads: an image may be read from any.
 */
#ifndef LOADER_ELF_H
#define LOADER_ELF_H

#include "drivers/support/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_image {
	const unsigned char *bytes; /* the file, mapped */
	size_t len_bytes;
};

/*
 * elf_open - maps @path and checks that it is a shared object for this machine. Return: 0; -errno
 * (ERR_USAGE), the message says what it is instead. elf_close accepts a zeroed struct.
 */
int elf_open(struct elf_image *image, const char *path, struct err *err);
void elf_close(struct elf_image *image);

/*
 * elf_wanted - the @index-th dynamic symbol that must come from elsewhere, weak ones left out.
 * Return: its name, NULL behind the last.
 */
const char *elf_wanted(const struct elf_image *image, unsigned index);

/* elf_defines - whether the file exports a function of that name. */
bool elf_defines(const struct elf_image *image, const char *name);

/*
 * elf_function - the function that holds @address (as in the file). Return: its name, @offset into it;
 * NULL where the file does not say.
 */
const char *elf_function(const struct elf_image *image, uint64_t address, uint64_t *offset);

#endif
