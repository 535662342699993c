/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * man.h: the manual page, out of the tables that parse the command line and job files. Used by cli.c (--man), which
 * `make man` writes to build/dmabench.1.
 */
#ifndef BENCH_MAN_H
#define BENCH_MAN_H

#include <stdio.h>

struct cli_command;

/* man_print - the page as roff; @commands ends with NULL. */
void man_print(const struct cli_command *const *commands, FILE *out);

#endif
