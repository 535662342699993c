/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shipped.h: the job files of bench/jobs, which are part of the program, so that `dmabench run NAME` finds them from
 * anywhere. Used by job.c and cmd_list.c. Knows no key. Threads: none; everything is constant.
 */
#ifndef BENCH_SHIPPED_H
#define BENCH_SHIPPED_H

#include <stddef.h>

#include "drivers/support/embed.h"

#define SHIPPED_NAME_MAX 32
#define SHIPPED_HELP_MAX 256

/* shipped_at - the @index-th file by name, NULL behind the last. */
const struct embed_file *shipped_at(size_t index);

/* shipped_find - the file of that name, written without .ini; NULL if there is none. */
const struct embed_file *shipped_find(const char *name);

/* shipped_name - the name to give to `run`. Return: @out. */
char *shipped_name(const struct embed_file *file, char out[SHIPPED_NAME_MAX]);

/* shipped_help - the first sentence of the comment the file begins with. Return: @out. */
char *shipped_help(const struct embed_file *file, char out[SHIPPED_HELP_MAX]);

/* shipped_nearest - the shipped job whose name is nearest to @name, NULL if none is near. */
const struct embed_file *shipped_nearest(const char *name);

#endif
