// SPDX-License-Identifier: BSD-2-Clause
/* err.c: see err.h. Called from every slow path; must not print or exit. */
#include "drivers/support/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int err_set_at(struct err *err, enum err_kind kind, int code, const char *file, int line,
	const char *format, ...)
{
	if (!err || err->kind != ERR_NONE)
		return code;

	va_list args;

	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	err->kind = kind;
	err->code = code;
	err->file = file;
	err->line = line;
	return code;
}

static const char *short_remedy(int code)
{
	switch (-code) {
	case ENOMEM:
		return "end other programs, or raise the limit of memory (ulimit -v, memory.max of "
		       "the control group)";
	case EAGAIN:
		return "end other programs, or raise the limit of threads (ulimit -u, pids.max of "
		       "the control group)";
	case EMFILE:
		return "raise the limit of open files (ulimit -n)";
	case ENFILE:
		return "end other programs, or raise the host's limit of open files (sysctl "
		       "fs.file-max)";
	default:
		return NULL;
	}
}

int err_short_at(struct err *err, int code, const char *file, int line, const char *format, ...)
{
	const char *remedy = short_remedy(code);
	char finding[sizeof(err->message)];
	va_list args;

	va_start(args, format);
	vsnprintf(finding, sizeof(finding), format, args);
	va_end(args);
	return err_set_at(err, ERR_MISSING, code, file, line, "%s; %s", finding,
		remedy ? remedy : strerror(-code));
}
