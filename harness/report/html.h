/* SPDX-License-Identifier: BSD-2-Clause */
/* html.h: private to harness/report: text into a page that is well-formed XML as well as HTML. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include <stdio.h>

/*
 * Writes @text escaped, for elements and for attributes in double quotes; what XML cannot hold
 * becomes U+FFFD.
 */
void html_text(FILE *out, const char *text);

/*
 * As fprintf for the few formats that pages need: %s escaped, %r raw text, %u unsigned, %%
 * percent.
 */
void html_print(FILE *out, const char *format, ...);

#endif
