// SPDX-License-Identifier: BSD-2-Clause
/* file.c: inputs as files that never touch a disk. See fuzz.h. */
#include "bench/tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int fd = -1;
static char path[64];

const char *fuzz_file(const uint8_t *bytes, size_t len_bytes)
{
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	fuzz_expect_that(fd >= 0 && write(fd, bytes, len_bytes) == (ssize_t)len_bytes,
		"a file in memory for the input");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

void fuzz_file_close(void)
{
	close(fd);
	fd = -1;
}

void fuzz_expect_that(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz: expected %s\n", what);
	abort();
}

char *fuzz_text(const uint8_t *bytes, size_t len_bytes)
{
	char *text = malloc(len_bytes + 1);

	if (!text)
		abort();
	memcpy(text, bytes, len_bytes);
	text[len_bytes] = '\0';
	return text;
}
