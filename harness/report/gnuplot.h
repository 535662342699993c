/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gnuplot.h: private to harness/report: starts gnuplot and makes what it wrote fit for a page.
 */
#ifndef REPORT_GNUPLOT_H
#define REPORT_GNUPLOT_H

#include <stddef.h>
#include <stdio.h>

#include "drivers/support/err.h"

#define GNUPLOT_LIMIT_MS 60000

/*
 * gnuplot_run - runs `gnuplot @script` in @folder, at most @limit_ms milliseconds.
 * Return: 0; -ENOENT (ERR_MISSING) no gnuplot; -ETIME (ERR_INTERNAL); -EIO (ERR_INTERNAL) it
 * failed, the message holds what it said.
 */
int gnuplot_run(const char *folder, const char *script, int limit_ms, struct err *err);

/*
 * gnuplot_quote - writes @text as a single-quoted gnuplot string: control characters become
 * blanks, quotes typographic ones.
 */
void gnuplot_quote(FILE *out, const char *text);

/*
 * gnuplot_clean_svg - makes gnuplot's SVG usable inside a page beside others: hover texts become
 * titles instead of calls of a script that is not there, ids get @name in front, titles without
 * meaning go away.
 * @svg: NUL-terminated, of gnuplot 5.4. Return: new text to free, or NULL (no memory).
 */
char *gnuplot_clean_svg(const char *svg, const char *name);

#endif
