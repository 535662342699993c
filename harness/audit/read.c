// SPDX-License-Identifier: BSD-2-Clause
/* read.c: files below a root folder as text, numbers and lists of processors. Knows no check. */
#include "harness/audit/host_priv.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long text_read(const char *root, char out[HOST_TEXT], const char *format, va_list args)
{
	char path[PATH_MAX];
	size_t used = (size_t)snprintf(path, sizeof(path), "%s/", root), len = 0;
	ssize_t got;

	out[0] = '\0';
	if (used >= sizeof(path))
		return -1;
	vsnprintf(path + used, sizeof(path) - used, format, args);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	while (len < HOST_TEXT - 1 && (got = read(fd, out + len, HOST_TEXT - 1 - len)) > 0)
		len += (size_t)got;
	close(fd);
	while (len && out[len - 1] == '\n')
		len--;
	out[len] = '\0';
	return (long)len;
}

long read_text(const char *root, char out[HOST_TEXT], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	long len = text_read(root, out, format, args);
	va_end(args);
	return len;
}

bool read_number(const char *root, long long *number, const char *format, ...)
{
	char text[HOST_TEXT], *end;
	va_list args;

	va_start(args, format);
	long len = text_read(root, text, format, args);
	va_end(args);
	if (len <= 0)
		return false;
	*number = strtoll(text, &end, 10);
	return end != text;
}

bool read_exists(const char *root, const char *path)
{
	char full[PATH_MAX];

	return (size_t)snprintf(full, sizeof(full), "%s/%s", root, path) < sizeof(full) &&
	       access(full, F_OK) == 0;
}

const char *read_line(const char *text, const char *key)
{
	const size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) != 0)
			continue;
		const char *value = line + len;

		if (*value != ':' && !isspace((unsigned char)*value))
			continue;
		return value + strspn(value, ": \t");
	}
	return NULL;
}

bool read_field(const char *text, const char *key, char *out, size_t room)
{
	const char *value = read_line(text, key);

	out[0] = '\0';
	if (value)
		snprintf(out, room, "%.*s", (int)strcspn(value, "\n"), value);
	return value != NULL;
}

bool read_word(const char *text, const char *word)
{
	const size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		if ((at == text || isspace((unsigned char)at[-1])) &&
			(!at[len] || isspace((unsigned char)at[len])))
			return true;
	return false;
}

int read_list(const char *text, cpu_set_t *set)
{
	CPU_ZERO(set);
	while (isdigit((unsigned char)*text)) {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last && first < CPU_SETSIZE; first++)
			CPU_SET(first, set);
		text = *end == ',' ? end + 1 : end;
	}
	return CPU_COUNT(set);
}
