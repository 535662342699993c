/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * noise.h: private to harness/report: what the noise audit found and which repetitions it tainted, out of the record
 * alone (facts audit.* and noise.*, samples' tainted). Figures that are tainted stand like all others.
 */
#ifndef REPORT_NOISE_H
#define REPORT_NOISE_H

#include <stdio.h>

#include "harness/report/view.h"

/* More than half of the good repetitions of a cell are tainted: its figures bear the mark. */
bool noise_marks(const struct view_summary *summary);

#define NOISE_MARK "~"

/* noise_text - for the table; nothing where nothing was found. @bold, @plain: ANSI or "". */
void noise_text(const struct store_run *run, const char *bold, const char *plain, FILE *out);

/* noise_html - a section of the page: verdict, findings with their remedies, tainted repetitions. */
void noise_html(const struct store_run *run, FILE *out);

#endif
