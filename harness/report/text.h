/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text.h: private to harness/report: numbers and words for people. Sizes and times are
 * opt_show_size and opt_show_time; here is what those lack. Every function writes into @out and
 * returns it; a missing value (NAN) is "-".
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/store/store.h"

#define TEXT_MAX 32

/* "1.23 GB/s", decimal; "812 MB/s". */
char *text_rate(double bytes_per_second, char *out, size_t room);
/* Bytes a second a byte as throughput a MiB: "1.23 GB/s", of common_buffer_turns_per_second. */
char *text_density(double per_second, char *out, size_t room);
/* "1.23 M", for operations a second and counts. */
char *text_count(double value, char *out, size_t room);
/* Times in ns and sizes in bytes where the value may be missing. */
char *text_time(double ns, char *out, size_t room);
char *text_size(double bytes, char *out, size_t room);
/* "2026-11-21 03:15:02 UTC". */
char *text_wall(uint64_t wall_ns, char *out, size_t room);
/* "host to device, source rewritten, poll, depth 32". */
char *text_group_title(const struct store_params *key, char *out, size_t room);
const char *text_state(enum store_state state);

/* Prints @text in lines of at most @width columns, broken at blanks, each indented by two. */
void text_wrap(FILE *out, const char *text, int width);

/* Bytes of the UTF-8 character at @at, 0 if there is none or XML cannot hold it. */
size_t text_utf8(const char *at);

/* Writes @text: characters of @special through @escape, what text_utf8 does not know as '?'. */
void text_escape(
	FILE *out, const char *text, const char *special, void (*escape)(FILE *out, char special));

/* Value of fact @key, or @fallback. */
const char *text_fact(const struct store_run *run, const char *key, const char *fallback);

#endif
