/* SPDX-License-Identifier: BSD-2-Clause */
/* files.h: private to harness/report: whole files in and out, with errors in words. */
#ifndef REPORT_FILES_H
#define REPORT_FILES_H

#include <stdbool.h>
#include <stdio.h>

#include "drivers/support/err.h"

/* Makes @path and its missing parents. Return: 0 or -errno (ERR_MISSING, names the path). */
int files_folder(const char *path, struct err *err);

/* Opens @folder/@name@suffix for writing. NULL: @err says why. */
FILE *files_create(const char *folder, const char *name, const char *suffix, struct err *err);

/* Closes @file; a write error that was waiting is found here. @name: for the message. */
int files_close(FILE *file, const char *folder, const char *name, struct err *err);

/*
 * files_replace - opens a file beside @folder/@name, which files_replaced gives that name once it is whole, so that who
 * reads the folder meanwhile finds all of the old or all of the new. @rc: what became of writing it; where it is not 0, or
 * closing fails, nothing but the old one is left. Return: @rc, or -errno.
 */
FILE *files_replace(const char *folder, const char *name, struct err *err);
int files_replaced(FILE *file, const char *folder, const char *name, int rc, struct err *err);

/* files_is_beside - whether @name is one that files_replace gives, left behind by a process that is no more. */
bool files_is_beside(const char *name);

/* Removes @path with the files in it; folders in it and what cannot be removed stay. */
void files_remove_folder(const char *path);

/* The whole of @folder/@name@suffix as a string to free, or NULL with @err. */
char *files_read(const char *folder, const char *name, const char *suffix, struct err *err);

#endif
