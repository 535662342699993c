// SPDX-License-Identifier: BSD-2-Clause
/* site.c: see site.h. The order of building, the files that are the same in every site, and what is taken away. */
#include "harness/report/site_part.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/report/files.h"
#include "harness/report/plot.h"
#include "harness/report/report.h"

static int assets(const struct site *site, struct err *err)
{
	static const char *const names[] = {"page.css", "site.css", "site.js", "compare.js"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		FILE *out = files_replace(site->folder, names[i], err);

		if (!out)
			return -EIO;
		fputs((const char *)plot_script(names[i])->bytes, out);
		int rc = files_replaced(out, site->folder, names[i], 0, err);

		if (rc)
			return rc;
	}
	return 0;
}

/* ---- what an older build left ------------------------------------------------------------------------ */

/* The name without @suffix, if it has that. */
static bool name_cut(const char *name, const char *suffix, char *stem, size_t room)
{
	const size_t len = strlen(name), suffix_len = strlen(suffix);

	if (len <= suffix_len || len - suffix_len >= room ||
		strcmp(name + len - suffix_len, suffix) != 0)
		return false;
	snprintf(stem, room, "%.*s", (int)(len - suffix_len), name);
	return true;
}

/* Whether it is the page of a series that is in the record no more. Names that are not ours are not. */
static bool series_stale(const struct site *site, const char *name)
{
	char key[SITE_KEY_MAX];

	if (!name_cut(name, ".html", key, sizeof(key)) || strlen(key) != 16 ||
		strspn(key, "0123456789abcdef") != 16)
		return false;
	for (uint32_t i = 0; i < site->series_count; i++) {
		if (strcmp(site->series[i].key, key) == 0)
			return false;
	}
	return true;
}

static bool run_stale(const struct site *site, const char *name)
{
	char id[STORE_ID_MAX];

	if ((!name_cut(name, ".html", id, sizeof(id)) && !name_cut(name, ".js", id, sizeof(id))) ||
		!site_is_run_id(id))
		return false;
	for (uint32_t i = 0; i < site->run_count; i++) {
		if (strcmp(site->run[i].id, id) == 0)
			return false;
	}
	return true;
}

static void sweep(struct site *site, const char *below,
	bool (*stale)(const struct site *site, const char *name))
{
	char path[PATH_MAX + 16];
	const struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/%s", site->folder, below);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)) != NULL) {
		if (!stale(site, entry->d_name) && !files_is_beside(entry->d_name))
			continue;
		if (unlinkat(dirfd(folder), entry->d_name, 0) == 0)
			site->tally.removed++;
	}
	if (folder)
		closedir(folder);
}

/* ---- building ---------------------------------------------------------------------------------------- */

static int folders(const struct site *site, struct err *err)
{
	char path[PATH_MAX + 16];
	int rc;

	snprintf(path, sizeof(path), "%s/series", site->folder);
	rc = files_folder(path, err);
	snprintf(path, sizeof(path), "%s/runs", site->folder);
	return rc ? rc : files_folder(path, err);
}

/* A front page that somebody else wrote is not ours to replace. */
static int folder_check(const char *folder, struct err *err)
{
	char path[PATH_MAX];
	int rc = 0;

	snprintf(path, sizeof(path), "%s/index.html", folder);
	if (access(path, F_OK) != 0)
		return 0;
	char *page = files_read(folder, "index.html", "", err);

	if (!page)
		return -EIO;
	if (!strstr(page, SITE_TITLE_END))
		rc = err_set(err, ERR_USAGE, -EEXIST,
			"%s: is no page of dmabench; name a folder that is empty, new, or a site "
			"from before",
			path);
	free(page);
	return rc;
}

int site_build(struct store *store, const char *folder, struct site_tally *tally, struct err *err)
{
	struct site site;
	int rc = report_check(err);

	if (rc)
		return rc;
	if (strlen(folder) > PATH_MAX - 128)
		return err_set(err, ERR_USAGE, -ENAMETOOLONG, "--out: path is longer than %d bytes",
			PATH_MAX - 128);
	rc = folder_check(folder, err);
	if (rc)
		return rc;
	rc = site_open(&site, store, folder, err);
	rc = rc ? rc : folders(&site, err);
	rc = rc ? rc : assets(&site, err);
	rc = rc ? rc : site_runs(&site, err);
	rc = rc ? rc : site_series_pages(&site, err);
	rc = rc ? rc : site_nights(&site, err);
	rc = rc ? rc : site_compare(&site, err);
	rc = rc ? rc : site_changes(&site, err);
	rc = rc ? rc : site_front(&site, err);
	if (!rc) {
		sweep(&site, "series", series_stale);
		sweep(&site, "runs", run_stale);
		site.tally.nights = site.night_count;
		if (tally)
			*tally = site.tally;
	}
	site_close(&site);
	return rc;
}
