/* SPDX-License-Identifier: BSD-2-Clause */
/* files.h: private to harness/report: whole files in and out, with errors in words. */
#ifndef REPORT_FILES_H
#define REPORT_FILES_H

#include <stdio.h>

#include "drivers/support/err.h"

/* Makes @path and its missing parents. Return: 0 or -errno (ERR_MISSING, names the path). */
int files_folder(const char *path, struct err *err);

/* Opens @folder/@name@suffix for writing. NULL: @err says why. */
FILE *files_create(const char *folder, const char *name, const char *suffix, struct err *err);

/* Closes @file; a write error that was waiting is found here. @name: for the message. */
int files_close(FILE *file, const char *folder, const char *name, struct err *err);

/* The whole of @folder/@name@suffix as a string to free, or NULL with @err. */
char *files_read(const char *folder, const char *name, const char *suffix, struct err *err);

#endif
