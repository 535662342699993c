// SPDX-License-Identifier: BSD-2-Clause
/* html.c: see html.h. The only place where text of a record enters a page. */
#include "harness/report/html.h"

#include <stdarg.h>
#include <stddef.h>

#include "harness/report/text.h"

#define REPLACEMENT "\xef\xbf\xbd"

void html_text(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		size_t length = text_utf8((const char *)at);

		if (!length)
			fputs(REPLACEMENT, out);
		else if (*at == '&')
			fputs("&amp;", out);
		else if (*at == '<')
			fputs("&lt;", out);
		else if (*at == '>')
			fputs("&gt;", out);
		else if (*at == '"')
			fputs("&quot;", out);
		else if (*at == '\'')
			fputs("&#39;", out);
		else
			fwrite(at, 1, length, out);
		at += length ? length : 1;
	}
}

void html_print(FILE *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	for (; *format; format++) {
		if (*format != '%') {
			fputc(*format, out);
			continue;
		}
		switch (*++format) {
		case 's':
			html_text(out, va_arg(args, const char *));
			break;
		case 'r':
			fputs(va_arg(args, const char *), out);
			break;
		case 'u':
			fprintf(out, "%u", va_arg(args, unsigned));
			break;
		default:
			fputc('%', out);
			break;
		}
	}
	va_end(args);
}
