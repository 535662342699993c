// SPDX-License-Identifier: BSD-2-Clause
/* file.c: inputs as files that never touch a disk, with names that can be opened again (SQLite does). See fuzz.h. */
#include "bench/tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

const char *fuzz_file(const uint8_t *bytes, size_t len_bytes)
{
	int fd;

	snprintf(path, sizeof(path), "/dev/shm/dmabench-fuzz-%d", (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	fuzz_expect_that(fd >= 0 && write(fd, bytes, len_bytes) == (ssize_t)len_bytes,
		"a file in memory for the input");
	close(fd);
	return path;
}

void fuzz_file_close(void)
{
	unlink(path);
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
