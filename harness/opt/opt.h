/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opt.h: the one option table, and everything derived from it.
 *
 * A row describes one setting: name, type with unit, default, range or words, help, where it goes
 * in the caller's struct. Parsing of `--set name=value`, of job files (INI), `--help`, the echo of
 * effective settings and the suggestion for a misspelt name all come from the rows; there is no
 * second list.
 *
 * Values: sizes read 64, 4k, 2m, 1g (binary); times 500ms, 2s, 10us, 1m; ranges 64..64m*2 (times
 * two), 1..8+1 (plus one); lists 1,8,32; both mixed: 64,4k..1m*4. A fraction is fine where it comes
 * out whole: 1.5m, 0.5s. A range ends with the last value that does not exceed its end. Blanks
 * around values are ignored.
 *
 * Where lists go: a row marked `many` is stored as struct opt_list. The field of any other row holds
 * one value; where the caller's struct has a struct opt_sweeps, such a row takes a list too: its
 * field gets the first value, all of them stand in the sweeps. opt_pick then makes a copy of the
 * struct with one value of each.
 *
 * Ownership: strings are copied into the struct's fixed fields. Threads: none; called at start-up.
 * Errors: -EINVAL with ERR_USAGE; the message names where (file:line or option), what was found,
 * what was expected, and the nearest valid word.
 */
#ifndef OPT_OPT_H
#define OPT_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "drivers/support/err.h"

#define OPT_LIST_MAX   64
#define OPT_SWEEPS_MAX 8
#define OPT_TEXT_MAX   256

enum opt_type {
	OPT_COUNT, /* uint64_t, plain number */
	OPT_SIZE,  /* uint64_t, bytes */
	OPT_TIME,  /* uint64_t, nanoseconds */
	OPT_REAL,  /* double */
	OPT_BOOL,  /* bool: 0/1, no/yes, off/on, false/true */
	OPT_WORD,  /* unsigned: index into words[] */
	OPT_TEXT,  /* char[OPT_TEXT_MAX] */
};

/*
 * Values in the order given: numbers of a COUNT, SIZE or TIME row, the bits of a REAL row's doubles,
 * 0 or 1 of a BOOL row, indices of a WORD row.
 */
struct opt_list {
	uint32_t count;
	uint64_t value[OPT_LIST_MAX];
};

struct opt;

/* The lists of rows that are not `many`, in the order they were first given one. */
struct opt_sweep {
	const struct opt *row;
	struct opt_list list; /* two values or more; one where opt_pick has chosen it */
};

struct opt_sweeps {
	uint32_t count;
	struct opt_sweep sweep[OPT_SWEEPS_MAX];
};

struct opt {
	const char *name; /* "size", "device.fault" */
	enum opt_type type;
	bool many;                /* field is a struct opt_list */
	size_t offset;            /* of the field in the struct */
	const char *fallback;     /* default, as text; NULL: field is left as it is */
	double min, max;          /* inclusive; both 0: no limit; max below min: none above */
	const char *const *words; /* WORD: NULL-terminated */
	const char *help;         /* one line, lower case, no full stop */
	const char *
		single; /* why it takes one value where others take a list, and what to do instead */
};

/*
 * All tables end with a row whose name is NULL. Its offset is that of the struct's struct
 * opt_sweeps, which is not the first member; 0: none, and only rows marked `many` take lists.
 */

/*
 * opt_defaults - writes every fallback into @target, and no sweep. A bad fallback or row is a defect:
 * asserts.
 */
void opt_defaults(const struct opt *table, void *target);

/*
 * opt_set - parses @value into the row called @name. @where: "--set", "job.ini:12".
 * Return: 0; -EINVAL, and @target is unchanged.
 */
int opt_set(const struct opt *table, void *target, const char *name, const char *value,
	const char *where, struct err *err);

/* opt_takes_list - whether @row, of a whole table, takes several values. */
bool opt_takes_list(const struct opt *row);

/* opt_values - how many values @target has of the row called @name; 0: there is no such row. */
uint32_t opt_values(const struct opt *table, const void *target, const char *name);

/*
 * opt_pick - leaves of the sweep @index of @target the value @at alone, in its row's field, too.
 * opt_format and opt_values tell it from then on.
 */
void opt_pick(const struct opt *table, void *target, uint32_t index, uint32_t at);

/*
 * opt_format - the row's current value as text that opt_set reads back; lists are written out,
 * ranges are not found again. Return: length as snprintf.
 */
int opt_format(const struct opt *row, const void *target, char *out, size_t room);

/* opt_help - prints the table as help text, aligned, with units, defaults, ranges and words. */
void opt_help(const struct opt *table, FILE *out);

/*
 * opt_form, opt_detail - the two halves of a row's help, for other pages: "size=SIZE,..." and what it does, with words or
 * limits and the default. Return: @out.
 */
char *opt_form(const struct opt *row, char *out, size_t room);
char *opt_detail(const struct opt *row, char *out, size_t room);

/*
 * opt_ini - reads a job file: [global] gives defaults, every other section is one job that inherits
 * them. As in fio, several [global] are fine, and one affects the jobs below it.
 * Lines: key=value or key: value, blanks around them ignored; comments begin with ; or #, behind a
 * value with " ;"; at most about 200 characters, but for comments. A key given twice in a section
 * is an error that names both lines. @begin is called at each section other than global with its name (clean
 * UTF-8, not empty, at most 63 bytes; names may repeat) and @where it stands, "FILE:LINE", for the call only;
 * it returns the struct to fill (already holding the globals copied by the callee) or NULL to stop with an
 * error set; opt_ini puts file, line and section in front of its message.
 * Return: 0; -ENOENT, -EACCES, another -errno (ERR_USAGE) unreadable; -EINVAL unknown key, bad
 * value, no job.
 */
typedef void *(*opt_section_begin)(
	void *arg, const char *section, const char *where, struct err *err);
int opt_ini(const char *path, const struct opt *table, void *global, opt_section_begin begin,
	void *arg, struct err *err);

/* opt_ini_text - the same for a job file held in memory; @name stands for its path in messages. */
int opt_ini_text(const char *name, const void *text, size_t len_bytes, const struct opt *table,
	void *global, opt_section_begin begin, void *arg, struct err *err);

/* Parsers for single values without blanks, shared with command lines. Return 0 or -EINVAL. */
int opt_parse_size(const char *text, uint64_t *bytes);
int opt_parse_time(const char *text, uint64_t *ns);
int opt_parse_count(const char *text, uint64_t *count);

/*
 * opt_nearest - the word of @words (NULL-terminated) nearest to @text by edit distance (insert,
 * delete, change or swap a letter), NULL if none is near. A beginning (compl) and the part behind a
 * dot (fault) are near.
 */
const char *opt_nearest(const char *text, const char *const *words);

/* Short human forms for tables: 64 KiB, 1.5 MiB; 12.3 us, 2.5 min; NAN gives "-". Return: @out. */
char *opt_show_size(uint64_t bytes, char *out, size_t room);
char *opt_show_time(double ns, char *out, size_t room);
/* What follows the noun: "" of one, else "s". */
const char *opt_plural(uint64_t count);

#endif
