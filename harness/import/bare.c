// SPDX-License-Identifier: BSD-2-Clause
/*
 * bare.c: numbers that JSON has no word for. Google Benchmark writes NaN and Infinity as they are, older ones nan and inf
 * as C++ streams print them. Each becomes an empty array of the same width, so that the places in messages stay right.
 */
#include "harness/import/import_priv.h"

#include <string.h>
#include <strings.h>

static const char *const words[] = {"infinity", "inf", "nan"};

static bool is_end(const char *at, const char *end)
{
	return at == end || strchr(",]} \t\r\n", *at) != NULL;
}

/* Bytes of such a number at @at, 0: there is none. */
static size_t bare_bytes(const char *at, const char *end)
{
	const size_t sign = *at == '-' || *at == '+';

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const size_t len = sign + strlen(words[i]);

		if ((size_t)(end - at) >= len &&
			strncasecmp(at + sign, words[i], len - sign) == 0 && is_end(at + len, end))
			return len;
	}
	return 0;
}

/* Behind the string that begins at @at. */
static char *string_skip(char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		at += *at == '\\' && at + 1 < end;
	return at < end ? at + 1 : at;
}

void import_bare(char *text, size_t len_bytes)
{
	const char *end = text + len_bytes;
	size_t len;

	for (char *at = text; at < end;) {
		if (*at == '"') {
			at = string_skip(at, end);
		} else if ((at == text || strchr(":,[ \t\r\n", at[-1])) &&
			   (len = bare_bytes(at, end)) > 0) {
			memset(at, ' ', len);
			at[0] = '[';
			at[1] = ']';
			at += len;
		} else {
			at++;
		}
	}
}
