// SPDX-License-Identifier: BSD-2-Clause
/* opt_nearest.c: the word somebody most likely meant. */
#include "harness/opt/opt.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum {
	LETTERS_MAX = 48,  /* longer texts are no misspelt key */
	BEGINNING_MIN = 3, /* letters before a beginning says something */
};

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment distance. Both at most LETTERS_MAX letters. */
static unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][LETTERS_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	for (unsigned j = 0; j <= b_len; j++)
		above[j] = j;
	memcpy(before, above, sizeof(rows[0]));
	for (unsigned i = 1; i <= a_len; i++) {
		row[0] = i;
		for (unsigned j = 1; j <= b_len; j++) {
			bool same = same_letter(a[i - 1], b[j - 1]);

			row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + !same);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
				same_letter(a[i - 2], b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		unsigned *oldest = before;

		before = above;
		above = row;
		row = oldest;
	}
	return above[b_len];
}

static unsigned distance(const char *text, size_t text_len, const char *word)
{
	size_t word_len = strlen(word);
	const char *dot = strrchr(word, '.');

	if (text_len >= BEGINNING_MIN && !strncasecmp(text, word, text_len))
		return 1;
	if (dot && !strcasecmp(text, dot + 1))
		return 1;
	if (word_len > LETTERS_MAX)
		return LETTERS_MAX;
	return edit_distance(text, text_len, word, word_len);
}

const char *opt_nearest(const char *text, const char *const *words)
{
	size_t text_len = strnlen(text, LETTERS_MAX + 1);
	const char *nearest = NULL;

	if (!text_len || text_len > LETTERS_MAX)
		return NULL;
	/* A third of the letters may be wrong, rounded up, but never all. */
	unsigned wrong_max = least(((unsigned)text_len + 2) / 3, (unsigned)text_len - 1);
	unsigned best = wrong_max + 1;

	for (; *words; words++) {
		unsigned found = distance(text, text_len, *words);

		if (found < best) {
			best = found;
			nearest = *words;
		}
	}
	return nearest;
}
