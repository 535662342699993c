/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * output.h: where results go: files and folders named on the command line. They are checked before anything is
 * measured, without making them, so that a mistyped path costs seconds and leaves nothing behind.
 */
#ifndef BENCH_OUTPUT_H
#define BENCH_OUTPUT_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#include "drivers/support/err.h"
#include "harness/store/store.h"

/*
 * output_check_file - whether @path could be written: not a folder, and writable or in a writable folder. @option is
 * named in the message. Return: 0; -EISDIR, -ENOTDIR, -ENOENT (ERR_USAGE); -EACCES, -EROFS (ERR_MISSING).
 */
int output_check_file(const char *path, const char *option, struct err *err);

/* output_check_folder - whether @path is a writable folder or could be made with its parents. Return: as above. */
int output_check_folder(const char *path, const char *option, struct err *err);

/* output_make_parents - makes the folders above @path. Return: 0 or -errno (ERR_MISSING). */
int output_make_parents(const char *path, struct err *err);

/* output_json - writes @run as JSON to @path, "-" for stdout. Return: 0 or -errno with @err. */
int output_json(const struct store_run *run, const char *path, struct err *err);

/* output_json_value - the same with anything; @value may be NULL: there was no memory for it. */
int output_json_value(const json_t *value, const char *path, struct err *err);

/*
 * output_whole - what @write makes of @what, to @path (NULL: stdout): into a file beside it first, which then takes its name, so
 * that who reads @path at any moment finds all of the old or all of the new. What is no ordinary file, or lies where no
 * file can be made, is written over as it is. @option is named in messages. Return: 0 or -errno with @err; then @path
 * is what it was, unless it was written over.
 */
typedef int (*output_writer)(const void *what, FILE *out, struct err *err);
int output_whole(const char *path, const char *option, output_writer write, const void *what,
	struct err *err);

/*
 * output_page - writes the HTML page of @run into @folder (NULL: results/<run id>) and its path into @page.
 * Return: 0 or -errno with @err.
 */
int output_page(
	const struct store_run *run, const char *folder, char *page, size_t room, struct err *err);

/*
 * output_site - the site of all nights in database @db into @folder; prints the path of its front page, and to stderr what it holds.
 * Return: 0 or -errno with @err.
 */
int output_site(const char *db, const char *folder, struct err *err);

#endif
