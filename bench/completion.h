/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * completion.h: what a shell completes a command line with, out of the tables that parse it. Used by cli.c (--completion), which
 * `make completion` writes to build/dmabench.bash and `make install` puts where bash looks.
 */
#ifndef BENCH_COMPLETION_H
#define BENCH_COMPLETION_H

#include <stdio.h>

struct cli_command;

/*
 * completion_print - a script for bash; it needs nothing but bash. Completed are commands, options, keys of --set, words of lists
 * (also behind a comma), names of jobs, formats, topics and files. @commands ends with NULL.
 */
void completion_print(const struct cli_command *const *commands, FILE *out);

#endif
