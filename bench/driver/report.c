// SPDX-License-Identifier: BSD-2-Clause
/* report.c: see report.h. */
#include "bench/driver/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void report_send(int fd, const struct report *report)
{
	ssize_t written;

	do
		written = write(fd, report, sizeof(*report));
	while (written < 0 && errno == EINTR);
	if (written != (ssize_t)sizeof(*report))
		_exit(ERR_INTERNAL);
}

void report_text(int fd, enum report_kind kind, unsigned line, bool bad, const char *format, ...)
{
	struct report report = {.kind = kind, .line = line, .bad = bad};
	va_list args;

	va_start(args, format);
	vsnprintf(report.text, sizeof(report.text), format, args);
	va_end(args);
	/* A driver's words may be anything; those who read them expect text. */
	for (char *at = report.text; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = *at == '\t' ? ' ' : '?';
	report_send(fd, &report);
}
