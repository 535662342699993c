// SPDX-License-Identifier: BSD-2-Clause
/* files.c: see files.h. */
#include "harness/report/files.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "drivers/support/fault.h"

static int files_failed(const char *path, int code, struct err *err)
{
	return err_set(err, ERR_MISSING, -code,
		"%s: cannot be written (%s); check its permissions and the space on that disk, or "
		"choose "
		"another folder with --out",
		path, strerror(code));
}

int files_folder(const char *path, struct err *err)
{
	char part[PATH_MAX];
	size_t length = strlen(path);
	struct stat st;

	if (length >= sizeof(part))
		return files_failed(path, ENAMETOOLONG, err);
	for (size_t i = 1; i <= length; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (fault_point("report_mkdir"))
			return files_failed(part, EIO, err);
		if (mkdir(part, 0777) < 0 && errno != EEXIST)
			return files_failed(part, errno, err);
	}
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return files_failed(path, ENOTDIR, err);
	return 0;
}

FILE *files_create(const char *folder, const char *name, const char *suffix, struct err *err)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
	errno = EIO;
	FILE *file = fault_point("report_create") ? NULL : fopen(path, "we");

	if (!file)
		files_failed(path, errno, err);
	return file;
}

int files_close(FILE *file, const char *folder, const char *name, struct err *err)
{
	char path[PATH_MAX];
	int code = ferror(file) || fault_point("report_close") ? EIO : 0;

	if (fclose(file) != 0)
		code = errno;
	if (code == 0)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return files_failed(path, code, err);
}

char *files_read(const char *folder, const char *name, const char *suffix, struct err *err)
{
	char path[PATH_MAX];
	char *text = NULL;
	long size = -1;

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
	FILE *file = fopen(path, "re");

	if (file && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size >= 0 && !fault_point("report_alloc"))
		text = malloc((size_t)size + 1);
	if (text) {
		rewind(file);
		text[fread(text, 1, (size_t)size, file)] = '\0';
	} else {
		err_set(err, ERR_INTERNAL, -EIO, "%s: expected a file, cannot read it", path);
	}
	if (file)
		fclose(file);
	return text;
}
