/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opt_priv.h: what the parts of this folder share. opt.c holds the table, opt_value.c single
 * values, opt_list.c ranges and lists, opt_sweep.c lists of rows with one value, opt_ini.c job files, opt_help.c the help text, opt_nearest.c
 * suggestions.
 *
 * A parser that refuses leaves the reason in an opt_text: finding and expectation, without the
 * place.
 */
#ifndef OPT_OPT_PRIV_H
#define OPT_OPT_PRIV_H

#include "harness/opt/opt.h"

#include <string.h>

#define OPT_WHY_MAX   256
#define OPT_SHOWN_MAX 48

/* Text under construction; `used` goes on counting past the room, as snprintf does. */
struct opt_text {
	char *out;
	size_t room, used;
};

void opt_append(struct opt_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A caller's text for messages: quoted, unprintable bytes as '?', cut to OPT_SHOWN_MAX. */
struct opt_shown {
	char text[OPT_SHOWN_MAX + 8];
};
struct opt_shown opt_shown(const char *text);

/* @text without the blanks around it, in @out. Return: false if @room is too small. */
bool opt_trim(const char *text, size_t len, char *out, size_t room);

/* Valid UTF-8 without control characters. */
bool opt_is_clean(const char *text);

/*
 * COUNT, SIZE and TIME rows: one number within the row's limits. Return: 0, -EINVAL with the reason
 * in @why.
 */
int opt_number(const struct opt *row, const char *text, uint64_t *value, struct opt_text *why);
int opt_real(const struct opt *row, const char *text, double *value, struct opt_text *why);
int opt_word(const struct opt *row, const char *text, unsigned *index, struct opt_text *why);
int opt_bool(const char *text, bool *value, struct opt_text *why);

/* One value of any row but TEXT, as struct opt_list holds it. */
int opt_one(const struct opt *row, const char *text, uint64_t *value, struct opt_text *why);

/* Lists and ranges of any row but TEXT. */
int opt_list(const struct opt *row, const char *text, struct opt_list *list, struct opt_text *why);

/* The bits of a double and back. */
static inline uint64_t opt_bits(double real)
{
	uint64_t bits;

	memcpy(&bits, &real, sizeof(bits));
	return bits;
}

static inline double opt_real_of(uint64_t bits)
{
	double real;

	memcpy(&real, &bits, sizeof(real));
	return real;
}

/* A field that holds one value of any type but TEXT, from and to what a list holds. */
uint64_t opt_load(const struct opt *row, const void *target);
void opt_store(const struct opt *row, void *target, uint64_t value);

/* The sweep of @row in @target, NULL: it has one value. */
const struct opt_sweep *opt_sweep_of(const struct opt *row, const void *target);

/*
 * Makes @list, of @row, that of @target: a sweep where it has several values, none where it has one. Return: 0; -EINVAL
 * with the reason in @why, and @target is unchanged.
 */
int opt_sweep_keep(
	const struct opt *row, void *target, const struct opt_list *list, struct opt_text *why);

/* Forgets all sweeps, also of a struct that was never filled. */
void opt_sweep_clear(const struct opt *table, void *target);

/* A number of a COUNT, SIZE or TIME row as opt_number reads it back. */
void opt_append_number(struct opt_text *text, enum opt_type type, uint64_t value);
void opt_append_real(struct opt_text *text, double value);

/* "1 to 1g", "at least 1"; nothing where the row has no limit. */
void opt_append_limits(struct opt_text *text, const struct opt *row);

/* "a, b, c" */
void opt_append_words(struct opt_text *text, const char *const *words);

#endif
