/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script_priv.h: what the two files of the parser share.
 *
 *	script.c        lines, steps, files
 *	script_value.c  the values in a step: numbers, bytes, words, statuses
 */
#ifndef DRIVER_SCRIPT_PRIV_H
#define DRIVER_SCRIPT_PRIV_H

#include "bench/driver/script.h"

/* One line while it is read: its words, and where the next one is. */
struct reader {
	struct script *script;
	struct err *err;
	unsigned line;
	char text[SCRIPT_LINE_MAX];
	char *save;
	char *word; /* the next word, NULL at the end of the line */
};

void reader_advance(struct reader *r);
/* Takes @word if it is next. */
bool reader_accept(struct reader *r, const char *word);
/* @word as a number, in C's notation. */
bool reader_number(const char *word, uint64_t *value);

/* Errors with file and line. All return the -errno. */
int reader_refuse(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
int reader_no_memory(struct reader *r);
/* The next word is none of @words. */
int reader_unexpected(struct reader *r, const char *const *words);

/* Take what is next. Return: 0 or -errno with the error set; @what names it in messages. */
int take_number(struct reader *r, const char *what, uint64_t most, uint64_t *value);
int take_hex(struct reader *r, const char *what, struct script_bytes *to);
int take_words(struct reader *r, struct script_step *step, size_t width, const char *what);
int take_status(struct reader *r, struct script_step *step);
int take_buffer_name(struct reader *r, const char *name, unsigned *buffer);

#endif
