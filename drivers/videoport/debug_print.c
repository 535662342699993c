// SPDX-License-Identifier: BSD-2-Clause
/*
 * debug_print.c: VideoPortDebugPrint and where its text goes. Formats are those of the dialect: l means
 * 32 bits, I64 64, I a pointer's width; S, ls and ws are strings of 16-bit characters. So an argument is
 * taken by what its driver passed, not by what the host's printf would take.
 */
#include "drivers/videoport/priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SPEC_CHARS 32

static struct {
	void (*sink)(void *user, unsigned level, const char *message);
	void *user;
	unsigned level_max;
} debug;

void videoport_debug_sink(void (*sink)(void *user, unsigned level, const char *message), void *user,
	unsigned level_max)
{
	debug.sink = sink;
	debug.user = user;
	debug.level_max = level_max;
}

/* One conversion: "%-08", with stars filled in, then width of the argument, then the letter. */
struct spec {
	char head[SPEC_CHARS];
	unsigned bytes; /* of an integer argument */
	bool wide;      /* of a string */
	char letter;
};

/* Flags, width and precision; a star takes its number from @args. Return: behind them. */
static const char *head_read(const char *at, struct spec *spec, va_list *args)
{
	size_t used = 1;

	spec->head[0] = '%';
	for (; *at && strchr("-+ #0123456789.*", *at); at++) {
		if (used + 12 > SPEC_CHARS)
			continue; /* no one writes such a thing; the rest is dropped */
		if (*at == '*')
			used += (size_t)snprintf(
				spec->head + used, SPEC_CHARS - used, "%d", va_arg(*args, int));
		else
			spec->head[used++] = *at;
	}
	spec->head[used] = '\0';
	return at;
}

static const char *width_read(const char *at, struct spec *spec)
{
	spec->bytes = 4;
	spec->wide = false;
	for (;; at++) {
		if (strncmp(at, "I64", 3) == 0 || strncmp(at, "I32", 3) == 0) {
			spec->bytes = at[1] == '6' ? 8 : 4;
			at += 2;
		} else if (strncmp(at, "ll", 2) == 0) {
			spec->bytes = 8;
			at++;
		} else if (*at == 'I' || *at == 'z') {
			spec->bytes = sizeof(void *);
		} else if (*at == 'l' || *at == 'w') {
			spec->wide = true;
		} else if (*at != 'h') {
			return at;
		}
	}
}

/* 16-bit characters as far as they are ASCII, a question mark for the others. */
static void string_narrow(char *narrow, size_t room, const WCHAR *wide)
{
	size_t i = 0;

	for (; wide && i + 1 < room && wide[i]; i++)
		narrow[i] = wide[i] < 0x80 ? (char)wide[i] : '?';
	narrow[i] = '\0';
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static int integer_print(char *out, size_t room, struct spec *spec, va_list *args)
{
	size_t used = strlen(spec->head);

	snprintf(spec->head + used, sizeof(spec->head) - used, "%s%c", spec->bytes == 8 ? "ll" : "",
		spec->letter);
	if (spec->bytes == 8)
		return snprintf(out, room, spec->head, va_arg(*args, long long));
	return snprintf(out, room, spec->head, va_arg(*args, int));
}

static int string_print(char *out, size_t room, struct spec *spec, va_list *args)
{
	char narrow[128];
	const void *text = va_arg(*args, const void *);
	size_t used = strlen(spec->head);

	snprintf(spec->head + used, sizeof(spec->head) - used, "s");
	if (!text)
		text = "(null)";
	else if (spec->wide || spec->letter == 'S') {
		string_narrow(narrow, sizeof(narrow), text);
		text = narrow;
	}
	return snprintf(out, room, spec->head, (const char *)text);
}
#pragma GCC diagnostic pop

/* Return: characters @spec takes, as snprintf. */
static int spec_print(char *out, size_t room, struct spec *spec, va_list *args)
{
	switch (spec->letter) {
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'o':
	case 'c':
		return integer_print(out, room, spec, args);
	case 's':
	case 'S':
		return string_print(out, room, spec, args);
	case 'p':
		return snprintf(out, room, "%p", va_arg(*args, void *));
	default:
		return snprintf(out, room, "%c", spec->letter);
	}
}

static void message_print(char *out, size_t room, const char *format, va_list *args)
{
	size_t used = 0;

	while (*format && used + 1 < room) {
		struct spec spec;

		if (*format != '%') {
			out[used++] = *format++;
			continue;
		}
		format = width_read(head_read(format + 1, &spec, args), &spec);
		spec.letter = *format;
		if (!*format)
			break;
		format++;

		int len = spec_print(out + used, room - used, &spec, args);

		used += len > 0 ? (size_t)len : 0;
	}
	out[used < room ? used : room - 1] = '\0';
}

VOID VideoPortDebugPrint(VIDEO_DEBUG_LEVEL DebugPrintLevel, PCSTR DebugMessage, ...)
{
	char message[256];
	va_list args;

	if (!debug.sink || (unsigned)DebugPrintLevel > debug.level_max || !DebugMessage)
		return;
	va_start(args, DebugMessage);
	message_print(message, sizeof(message), DebugMessage, &args);
	va_end(args);
	debug.sink(debug.user, (unsigned)DebugPrintLevel, message);
}
