/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_priv.h: what the checks of a host share.
 *
 *	host.c      runs the tables, counts
 *	read.c      text, numbers and lists of processors out of files below a root
 *	check_cpu.c, check_kernel.c, check_memory.c   the checks, one function each
 *	watch.c     readings; judge.c  what two readings and a whole run tell
 */
#ifndef AUDIT_HOST_PRIV_H
#define AUDIT_HOST_PRIV_H

#include <sched.h>

#include "harness/audit/audit.h"

#define HOST_TEXT 4096 /* the longest part of a file that is looked at */

struct host {
	const char *root;
	const struct audit_scope *scope;
	struct audit_host *out;
	const char *name; /* of the check being done */
	char cpus[32];    /* "0,2", the measuring processors, for remedies */
};

/* A check finds nothing wrong, adds a finding, or cannot tell. */
enum host_verdict { HOST_FINE, HOST_FOUND, HOST_UNKNOWN };

struct host_check {
	const char *name;
	enum host_verdict (*check)(struct host *host);
};

/* Tables end with a row whose name is NULL. */
extern const struct host_check host_cpu_checks[], host_kernel_checks[], host_memory_checks[];

/* host_found - adds a finding of the check being done. Return: HOST_FOUND. */
enum host_verdict host_found(struct host *host, enum audit_grade grade, const char *expected,
	const char *remedy, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* host_found_missing - the same, fatal: measuring needs it. */
enum host_verdict host_found_missing(struct host *host, const char *expected, const char *remedy,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * read_text - the file's beginning without the newline at its end; the path is a format below @root.
 * Return: length, or -1 where it cannot be read (@out is then "").
 */
long read_text(const char *root, char out[HOST_TEXT], const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* read_number - the decimal number a file holds. Return: whether there is one. */
bool read_number(const char *root, long long *number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* read_exists - whether the path is there. */
bool read_exists(const char *root, const char *path);

/* read_line - value of the line "KEY: value" or "KEY value" of @text. Return: its start or NULL; ends at the line's. */
const char *read_line(const char *text, const char *key);

/* read_field - copies the line read_line finds. Return: whether there is one. */
bool read_field(const char *text, const char *key, char *out, size_t room);

/* read_word - whether @word stands in @text, parted by blanks or newlines. */
bool read_word(const char *text, const char *word);

/* read_list - parses "0-3,8" into @set. Return: how many there are. */
int read_list(const char *text, cpu_set_t *set);

#endif
