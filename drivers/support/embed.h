/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * embed.h: a text file that is part of the program. scripts/embed writes tables of them, each
 * ended by a row whose name is NULL. The bytes are followed by a NUL that len_bytes does not count,
 * so a file of text is also a string.
 */
#ifndef SUPPORT_EMBED_H
#define SUPPORT_EMBED_H

#include <stddef.h>

struct embed_file {
	const char *name; /* without folder */
	const unsigned char *bytes;
	size_t len_bytes;
};

#endif
