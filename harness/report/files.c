// SPDX-License-Identifier: BSD-2-Clause
/* files.c: see files.h. */
#include "harness/report/files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* "folder/.name.4711": names that begin with a dot are no page's. */
static void beside_path(char path[PATH_MAX], const char *folder, const char *name)
{
	snprintf(path, PATH_MAX, "%s/.%s.%ld", folder, name, (long)getpid());
}

FILE *files_replace(const char *folder, const char *name, struct err *err)
{
	char path[PATH_MAX];

	beside_path(path, folder, name);
	errno = EIO;
	FILE *file = fault_point("report_create") ? NULL : fopen(path, "we");

	if (!file)
		files_failed(path, errno, err);
	return file;
}

/* Not synced: whoever lost power builds it again. */
int files_replaced(FILE *file, const char *folder, const char *name, int rc, struct err *err)
{
	char beside[PATH_MAX], path[PATH_MAX];
	const bool failed = ferror(file) || fault_point("report_close");
	int code = 0;

	beside_path(beside, folder, name);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	errno = EIO;
	if (fclose(file) != 0 || failed)
		code = errno;
	if (!rc && !code && (fault_point("report_rename") || rename(beside, path)))
		code = errno ? errno : EIO;
	if (rc || code)
		unlink(beside);
	return rc ? rc : code ? files_failed(path, code, err) : 0;
}

bool files_is_beside(const char *name)
{
	const char *dot = strrchr(name, '.');
	char *end;

	if (name[0] != '.' || dot == name)
		return false;
	const long pid = strtol(dot + 1, &end, 10);

	return pid > 0 && !*end && kill((pid_t)pid, 0) && errno == ESRCH;
}

void files_remove_folder(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)) != NULL)
		(void)unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	(void)rmdir(path);
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
