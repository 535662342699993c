// SPDX-License-Identifier: BSD-2-Clause
/* output.c: see output.h. Knows paths, and who draws; nothing of a run's inside. */
#include "bench/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/cli.h"
#include "harness/opt/opt.h"
#include "harness/report/report.h"
#include "harness/report/site.h"

#define PROBE ".dmabench.XXXXXX"

/* Cuts the last part off @path in place: "a/b" -> "a", "a" -> ".", "/a" -> "/". False if there is none. */
static bool path_up(char *path)
{
	size_t len = strlen(path);

	if (strcmp(path, "/") == 0 || strcmp(path, ".") == 0)
		return false;
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	char *slash = strrchr(path, '/');

	if (!slash)
		memcpy(path, ".", 2);
	else if (slash == path)
		path[1] = '\0';
	else
		*slash = '\0';
	return true;
}

static int path_refused(const char *option, const char *path, int code, struct err *err)
{
	const enum err_kind kind = code == EACCES || code == EROFS || code == EPERM ? ERR_MISSING
	                                                                            : ERR_USAGE;

	return err_set(err, kind, -code, "%s %s: cannot be written (%s); choose a place that can",
		option, path, strerror(code));
}

static int path_copy(char copy[PATH_MAX], const char *path, const char *option, struct err *err)
{
	if ((size_t)snprintf(copy, PATH_MAX, "%s", path) >= PATH_MAX)
		return err_set(err, ERR_USAGE, -ENAMETOOLONG, "%s: path is longer than %d bytes",
			option, PATH_MAX - 1);
	return 0;
}

/*
 * Whether @folder, which exists, is a folder that new entries can be made in. Tried, not asked: for root, and on file
 * systems like /proc, access(2) says yes where nothing can be made.
 */
static int folder_check(const char *folder, const char *option, const char *path, struct err *err)
{
	char probe[PATH_MAX + sizeof(PROBE)];

	snprintf(probe, sizeof(probe), "%s/" PROBE, folder);
	if (!mkdtemp(probe))
		return path_refused(option, path, errno, err);
	rmdir(probe);
	return 0;
}

/* A link that leads to nothing yet: tried, because what it names may lead on. */
static int dangling_check(const char *path, const char *option, struct err *err)
{
	char real[PATH_MAX];
	const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return path_refused(option, path, errno, err);
	close(fd);
	if (realpath(path, real))
		unlink(real);
	return 0;
}

int output_check_file(const char *path, const char *option, struct err *err)
{
	char folder[PATH_MAX];
	struct stat st;
	int rc;

	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return path_refused(option, path, EISDIR, err);
		return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS)
		               ? path_refused(option, path, errno, err)
		               : 0;
	}
	if (lstat(path, &st) == 0)
		return dangling_check(path, option, err);
	rc = path_copy(folder, path, option, err);
	if (rc)
		return rc;
	if (*path && path[strlen(path) - 1] == '/')
		return path_refused(option, path, EISDIR, err);
	path_up(folder);
	return folder_check(folder, option, path, err);
}

int output_check_folder(const char *path, const char *option, struct err *err)
{
	char folder[PATH_MAX];
	int rc = path_copy(folder, path, option, err);

	if (rc)
		return rc;
	/* The first that exists on the way up is where the missing ones would be made. */
	while (access(folder, F_OK) && errno == ENOENT && path_up(folder))
		;
	return folder_check(folder, option, path, err);
}

int output_make_parents(const char *path, struct err *err)
{
	char folder[PATH_MAX];
	int rc = path_copy(folder, path, "folder", err);

	if (rc)
		return rc;
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(folder, 0777) && errno != EEXIST) {
			const int code = errno;

			return err_set(err, ERR_MISSING, -code,
				"%s: folder cannot be made (%s); choose another with --out", folder,
				strerror(code));
		}
		*slash = '/';
	}
	return 0;
}

/* Fills @out and closes it, unless it is stdout, which is checked at the end of the program. Return: 0 or -errno with @err. */
static int stream_write(FILE *out, const char *place, const char *option, output_writer write,
	const void *what, struct err *err)
{
	struct err own = ERR_INIT;
	int rc, code;

	errno = 0;
	rc = write(what, out, &own);
	code = ferror(out) ? errno ? errno : EIO : 0;
	if (out != stdout && !code && (fflush(out) || (fsync(fileno(out)) && errno != EINVAL)))
		code = errno;
	if (out != stdout && fclose(out) && !code)
		code = errno;
	if (code)
		return err_set(err, ERR_MISSING, -code,
			"%s %s: cannot be written (%s); free some space or choose another place",
			option, place, strerror(code));
	return rc ? err_set(err, own.kind, rc, "%s", own.message) : 0;
}

/* Of the rights that a new file gets: mkstemp's are its maker's alone. */
static mode_t file_mode(void)
{
	const mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int beside_write(const char *path, mode_t mode, const char *option, output_writer write,
	const void *what, struct err *err)
{
	char beside[PATH_MAX];

	if ((size_t)snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= sizeof(beside))
		return err_set(err, ERR_USAGE, -ENAMETOOLONG, "%s: path is longer than %d bytes",
			option, PATH_MAX - 8);
	const int fd = mkstemp(beside);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	int rc;

	if (!out) {
		const int code = errno;

		if (fd >= 0)
			close(fd);
		return path_refused(option, path, code, err);
	}
	(void)fchmod(fd, mode);
	rc = stream_write(out, path, option, write, what, err);
	if (!rc && rename(beside, path))
		rc = path_refused(option, path, errno, err);
	if (rc)
		unlink(beside);
	return rc;
}

/* Whether a new file can be made beside @path; if not, one that is there is written over. */
static bool beside_possible(const char *path)
{
	char folder[PATH_MAX];

	if ((size_t)snprintf(folder, sizeof(folder), "%s", path) >= sizeof(folder))
		return false;
	path_up(folder);
	return faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0;
}

int output_whole(const char *path, const char *option, output_writer write, const void *what,
	struct err *err)
{
	char real[PATH_MAX];
	struct stat is;
	bool there;

	if (!path)
		return stream_write(stdout, "(stdout)", option, write, what, err);
	/* Of a link what it leads to is replaced, not the link. */
	if (realpath(path, real))
		path = real;
	there = stat(path, &is) == 0;
	if (there && S_ISREG(is.st_mode) && beside_possible(path))
		return beside_write(path, is.st_mode & 0777, option, write, what, err);
	/* A link that leads to nothing yet is followed, too. */
	if (!there && lstat(path, &is))
		return beside_write(path, file_mode(), option, write, what, err);
	FILE *out = fopen(path, "w");

	return out ? stream_write(out, path, option, write, what, err)
	           : path_refused(option, path, errno, err);
}

/* "-": stdout; whether that took what is still in its buffer is checked at the end of the program. */
static int json_write(const char *path, output_writer write, const void *what, struct err *err)
{
	return output_whole(strcmp(path, "-") == 0 ? NULL : path, "--json", write, what, err);
}

static int run_write(const void *what, FILE *out, struct err *err)
{
	return report_json(what, out, err);
}

int output_json(const struct store_run *run, const char *path, struct err *err)
{
	return json_write(path, run_write, run, err);
}

static int value_write(const void *what, FILE *out, struct err *err)
{
	(void)err;
	json_dumpf(what, out, JSON_INDENT(2));
	fputc('\n', out);
	return 0;
}

int output_json_value(const json_t *value, const char *path, struct err *err)
{
	if (!value)
		return err_short(err, -ENOMEM, "--json %s: no memory", path);
	return json_write(path, value_write, value, err);
}

int output_page(
	const struct store_run *run, const char *folder, char *page, size_t room, struct err *err)
{
	char own[PATH_MAX];
	int rc;

	if (!folder) {
		snprintf(own, sizeof(own), "results/%s", run->id);
		folder = own;
	}
	rc = output_make_parents(folder, err);
	return rc ? rc : report_page(run, folder, page, room, err);
}

int output_site(const char *db, const char *folder, struct err *err)
{
	struct site_tally tally;
	struct store *store;
	int rc = store_open_readonly(&store, db, err);

	if (rc)
		return rc;
	rc = output_check_folder(folder, "--out", err);
	rc = rc ? rc : site_build(store, folder, &tally, err);
	store_close(store);
	if (rc)
		return rc;
	cli_say("%u night%s, %u series, %u run%s", tally.nights, opt_plural(tally.nights),
		tally.series, tally.runs, opt_plural(tally.runs));
	if (tally.removed)
		cli_say("%u file%s of what is gone taken away", tally.removed,
			opt_plural(tally.removed));
	printf("%s/index.html\n", folder);
	return ERR_NONE;
}
