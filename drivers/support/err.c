// SPDX-License-Identifier: BSD-2-Clause
/* err.c: see err.h. Called from every slow path; must not print or exit. */
#include "drivers/support/err.h"

#include <stdio.h>

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
