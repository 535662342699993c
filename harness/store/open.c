// SPDX-License-Identifier: BSD-2-Clause
/*
 * open.c: finds out whether a file is a database of ours, makes it one if it is new, brings it to
 * the schema of this program, and closes it.
 *
 * A file that is not ours is never written: the check comes before WAL mode is switched on.
 */
#include "harness/store/db.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "drivers/support/fault.h"

#define OPEN_RETRY_NS 20000000L

/* Makes the folder of @path if it is missing; its parent must exist. */
static int open_folder(const char *path, struct err *err)
{
	char copy[PATH_MAX];

	if (strlen(path) >= sizeof(copy))
		return err_set(err, ERR_USAGE, -ENAMETOOLONG, "--db: path is longer than %d bytes",
			PATH_MAX - 1);
	snprintf(copy, sizeof(copy), "%s", path);
	const char *folder = dirname(copy);

	if (mkdir(folder, 0777) == 0 || errno == EEXIST)
		return 0;
	int code = errno;

	return err_set(err, ERR_MISSING, -code,
		"%s: folder cannot be made (%s); make it or choose another file with --db", folder,
		strerror(code));
}

/* Why a file cannot be opened, in words; SQLite only says "unable to open database file". */
static int open_reason(const char *path, struct err *err)
{
	char copy[PATH_MAX];
	struct stat st;

	snprintf(copy, sizeof(copy), "%s", path);
	const char *folder = dirname(copy);

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(
			err, ERR_USAGE, -EISDIR, "%s: is a folder; --db expects a file", path);
	if (stat(folder, &st) == 0 && !S_ISDIR(st.st_mode))
		return err_set(err, ERR_USAGE, -ENOTDIR, "%s: not a folder, so %s cannot be in it",
			folder, path);
	if (access(folder, W_OK | X_OK) != 0) {
		int code = errno;

		return err_set(err, ERR_MISSING, -code,
			"%s: folder cannot be written (%s); give write permission or choose "
			"another "
			"file with --db",
			folder, strerror(code));
	}
	return err_set(err, ERR_MISSING, -EACCES,
		"%s: cannot be opened; check its permissions or choose another file with --db",
		path);
}

static int open_connect(
	struct store **out, const char *path, const char *uri, int flags, struct err *err)
{
	struct store *store = fault_point("store_alloc") ? NULL : calloc(1, sizeof(*store));
	char plain[PATH_MAX + 2];

	*out = NULL;
	/* SQLite may be built to take any name that begins so for an URI. */
	if (!(flags & SQLITE_OPEN_URI) && strncmp(uri, "file:", 5) == 0) {
		snprintf(plain, sizeof(plain), "./%s", uri);
		uri = plain;
	}
	if (store)
		store->path = fault_point("store_alloc") ? NULL : strdup(path);
	if (!store || !store->path) {
		store_close(store);
		return err_short(err, -ENOMEM, "%s: no memory while opening", path);
	}
	if (sqlite3_open_v2(uri, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		store_close(store);
		return open_reason(path, err);
	}
	sqlite3_extended_result_codes(store->db, 1);
	sqlite3_busy_timeout(store->db, DB_BUSY_MS);
	*out = store;
	return 0;
}

static int64_t open_newest(void)
{
	int64_t count = 0;

	while (store_schema[count].name)
		count++;
	return count;
}

/* Reads the file's version into @version; 0 means empty. Refuses what is not ours or too new. */
static int open_check(struct store *store, int64_t *version, struct err *err)
{
	int64_t application, objects;
	int rc = db_number(store, "SELECT count(*) FROM sqlite_schema", &objects, err);

	if (rc == 0)
		rc = db_number(store, "PRAGMA application_id", &application, err);
	if (rc == 0)
		rc = db_number(store, "PRAGMA user_version", version, err);
	if (rc)
		return rc;
	if (application != DB_APPLICATION_ID && (application || *version || objects))
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s: a database of another program; --db expects one that dmabench wrote, "
			"or "
			"a new name",
			store->path);
	if (*version > open_newest())
		return err_set(err, ERR_USAGE, -EPROTO,
			"%s: written by a newer dmabench (schema %lld, this one knows %lld); "
			"update "
			"dmabench or choose another file with --db",
			store->path, (long long)*version, (long long)open_newest());
	return 0;
}

/*
 * Applies migration @index (0-based) with its version number; runs inside the caller's
 * transaction.
 */
static int open_apply(struct store *store, int64_t index, struct err *err)
{
	const struct embed_file *file = &store_schema[index];
	char pragma[96];

	if (strtol(file->name, NULL, 10) != index + 1)
		return err_set(err, ERR_INTERNAL, -EINVAL,
			"results/schema/%s: found where number %lld was expected", file->name,
			(long long)index + 1);
	snprintf(pragma, sizeof(pragma), "PRAGMA application_id = %d; PRAGMA user_version = %lld",
		DB_APPLICATION_ID, (long long)index + 1);
	int rc = db_exec(store, (const char *)file->bytes, file->name, err);

	return rc ? rc : db_exec(store, pragma, file->name, err);
}

static int open_migrate(struct store *store, struct err *err)
{
	int64_t version;
	int rc = db_exec(store, "BEGIN IMMEDIATE", "bringing it to this schema", err);

	/* Checked again: another process may have done it while we waited for the lock. */
	if (rc == 0)
		rc = open_check(store, &version, err);
	if (rc == 0) {
		for (int64_t i = version; i < open_newest() && rc == 0; i++)
			rc = open_apply(store, i, err);
	}
	if (rc == 0)
		rc = db_exec(store, "COMMIT", "bringing it to this schema", err);
	if (rc)
		db_undo(store);
	return rc;
}

/*
 * Switches to WAL. Two processes doing it at once get SQLITE_BUSY without waiting, so we wait
 * here.
 */
static int open_wal(struct store *store, struct err *err)
{
	const struct timespec pause = {.tv_nsec = OPEN_RETRY_NS};
	sqlite3_stmt *statement;
	int rc;

	if (sqlite3_prepare_v2(store->db, "PRAGMA journal_mode = WAL", -1, &statement, NULL) !=
		SQLITE_OK)
		return db_error(store, "switching on WAL", err);
	for (long waited_ms = 0;; waited_ms += OPEN_RETRY_NS / 1000000) {
		struct err now = ERR_INIT;

		rc = db_step(store, statement, "switching on WAL", &now);
		if (rc != -EBUSY || waited_ms >= DB_BUSY_MS) {
			if (rc < 0)
				err_set(err, now.kind, now.code, "%s", now.message);
			break;
		}
		nanosleep(&pause, NULL);
	}
	/* ":memory:" has no journal file and answers so. */
	const char *mode = rc == 1 ? (const char *)sqlite3_column_text(statement, 0) : "wal";

	if (strcmp(mode, "wal") != 0 && strcmp(mode, "memory") != 0)
		rc = err_set(err, ERR_MISSING, -ENOTSUP,
			"%s: this file system cannot hold a WAL database; put it on a local disk "
			"with "
			"--db",
			store->path);
	sqlite3_finalize(statement);
	return rc < 0 ? rc : 0;
}

int store_open(struct store **out, const char *path, struct err *err)
{
	struct store *store;
	int64_t version;
	int rc = open_folder(path, err);

	*out = NULL;
	if (rc)
		return rc;
	rc = open_connect(&store, path, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
	if (!store)
		return rc;
	rc = open_check(store, &version, err);
	if (rc == 0 && sqlite3_db_readonly(store->db, "main") == 1)
		rc = err_set(err, ERR_MISSING, -EACCES,
			"%s: file cannot be written; give write permission or choose another file "
			"with --db",
			path);
	if (rc == 0)
		rc = open_wal(store, err);
	/*
	 * FULL: a committed cell is on the disk, so that a power cut loses the cell in flight
	 * only.
	 */
	if (rc == 0)
		rc = db_exec(store, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
			"setting up", err);
	if (rc == 0 && version < open_newest())
		rc = open_migrate(store, err);
	if (rc) {
		store_close(store);
		return rc;
	}
	*out = store;
	return 0;
}

/* "file:" URI of a database that lies still: read without lock or shared memory files. */
static char *open_still_uri(const char *path)
{
	char *uri = malloc(3 * strlen(path) + sizeof("file:?immutable=1")), *end = uri;

	if (!uri)
		return NULL;
	end = stpcpy(end, "file:");
	for (; *path; path++) {
		if (strchr("?#%", *path))
			end += sprintf(end, "%%%02x", (unsigned char)*path);
		else
			*end++ = *path;
	}
	stpcpy(end, "?immutable=1");
	return uri;
}

/*
 * A database in WAL mode needs its -shm file even to be read. Where the folder cannot be written
 * and no -wal file shows a writer, nobody can change the file under us, and SQLite may read it as
 * it lies.
 */
static int open_still(struct store **out, const char *path, struct err *err)
{
	char wal[PATH_MAX + 8], copy[PATH_MAX];
	struct stat st;

	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	if (access(dirname(copy), W_OK) == 0 || (stat(wal, &st) == 0 && st.st_size > 0))
		return -EACCES;
	char *uri = open_still_uri(path);
	int rc = -ENOMEM;

	if (uri)
		rc = open_connect(out, path, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
	free(uri);
	return rc;
}

int store_open_readonly(struct store **out, const char *path, struct err *err)
{
	struct err first = ERR_INIT;
	struct store *store;
	int64_t version;

	*out = NULL;
	if (strlen(path) >= PATH_MAX)
		return err_set(err, ERR_USAGE, -ENAMETOOLONG, "--db: path is longer than %d bytes",
			PATH_MAX - 1);
	if (access(path, F_OK) != 0)
		return err_set(err, ERR_USAGE, -ENOENT,
			"%s: no such database; run `dmabench run` first or name another with --db",
			path);
	/*
	 * Opened for writing, so that SQLite removes its side files again on close; never written.
	 */
	int rc = open_connect(&store, path, path, SQLITE_OPEN_READWRITE, err);

	if (!store)
		return rc;
	rc = open_check(store, &version, &first);
	if (rc == -EACCES) {
		store_close(store);
		rc = open_still(&store, path, err);
		if (rc || !store)
			return err_set(err, first.kind, first.code, "%s", first.message);
		first = (struct err)ERR_INIT;
		rc = open_check(store, &version, &first);
	}
	if (rc)
		err_set(err, first.kind, first.code, "%s", first.message);
	if (rc == 0 && version < open_newest())
		rc = err_set(err, ERR_USAGE, -EPROTO,
			"%s: %s (schema %lld, this program reads %lld); `dmabench store vacuum "
			"--db "
			"%s` "
			"brings it up to date",
			path, version ? "written by an older dmabench" : "empty",
			(long long)version, (long long)open_newest(), path);
	if (rc == 0)
		rc = db_exec(store, "PRAGMA query_only = ON", "setting up", err);
	if (rc) {
		store_close(store);
		return rc;
	}
	*out = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (int i = 0; i < DB_STATEMENT_COUNT; i++)
		sqlite3_finalize(store->statement[i]);
	sqlite3_close(store->db);
	free(store->path);
	free(store);
}
