// SPDX-License-Identifier: BSD-2-Clause
/* resume.c: see resume.h. Knows no key of a job. */
#include "bench/resume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "version.h"

#define BOOT_MAX 40

const char *resume_fact(const struct store_run *run, const char *key)
{
	for (uint32_t i = 0; i < run->fact_count; i++) {
		if (strcmp(run->fact[i].key, key) == 0)
			return run->fact[i].value;
	}
	return NULL;
}

/* ---- processes ------------------------------------------------------------------------------------------- */

/*
 * Start of process @pid in clock ticks since boot, field 22 of /proc/PID/stat; 0: there is none, or only what its parent
 * has not waited for yet.
 */
static unsigned long long process_start(long pid)
{
	unsigned long long start = 0;
	char path[48], line[1024] = "";

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	FILE *file = fopen(path, "re");

	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file)) {
		/* The name, field 2, may hold blanks and brackets; it ends with the last bracket. */
		char *at = strrchr(line, ')');
		const bool dead = at && (at[2] == 'Z' || at[2] == 'X');

		for (unsigned field = 2; at && field < 22; field++)
			at = strchr(at + 1, ' ');
		start = at && !dead ? strtoull(at, NULL, 10) : 0;
	}
	fclose(file);
	return start;
}

/* Process ids and start times begin anew with each boot. */
static void boot_read(char boot[BOOT_MAX])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	boot[0] = '\0';
	if (!file)
		return;
	if (!fgets(boot, BOOT_MAX, file))
		boot[0] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
	fclose(file);
}

char *resume_process(char out[RESUME_PROCESS_MAX])
{
	char boot[BOOT_MAX];

	boot_read(boot);
	snprintf(out, RESUME_PROCESS_MAX, "%ld %llu %s", (long)getpid(), process_start(getpid()),
		boot);
	return out;
}

long resume_alive(const char *text)
{
	char boot[BOOT_MAX], own[BOOT_MAX];
	unsigned long long start;
	long pid;

	boot_read(own);
	if (!text || sscanf(text, "%ld %llu %39s", &pid, &start, boot) != 3 ||
		strcmp(boot, own) != 0)
		return 0;
	return start && process_start(pid) == start ? pid : 0;
}

/* ---- the run --------------------------------------------------------------------------------------------- */

static bool newest_unfinished(void *arg, const struct store_run *run)
{
	char *id = arg;

	if (run->state == STORE_DONE)
		return true;
	snprintf(id, STORE_ID_MAX, "%s", run->id);
	return false;
}

int resume_version(const struct store_run *run, struct err *err)
{
	static const struct {
		const char *key, *own;
	} facts[] = {
		{"version.dmabench", DMABENCH_VERSION},
		{"version.commit", DMABENCH_COMMIT},
		{"version.compiler", __VERSION__},
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		const char *value = resume_fact(run, facts[i].key);

		if (!value || strcmp(value, facts[i].own) != 0)
			return err_set(err, ERR_USAGE, -EPROTO,
				"run %s: measured with %s %s, this is %s; figures of two programs "
				"do "
				"not belong into one run: start a new one, or --force",
				run->id, facts[i].key, value ? value : "unknown", facts[i].own);
	}
	return 0;
}

static int run_check(const struct store_run *run, bool force, struct err *err)
{
	const long pid = resume_alive(resume_fact(run, STORE_PROCESS_FACT));

	if (run->state == STORE_DONE)
		return err_set(err, ERR_USAGE, -EALREADY,
			"run %s is done, there is nothing to resume; see dmabench list runs",
			run->id);
	if (run->state == STORE_RUNNING && pid)
		return err_set(err, ERR_USAGE, -EBUSY,
			"run %s is being measured by process %ld; interrupt it first (kill -INT "
			"%ld)",
			run->id, pid, pid);
	if (!resume_fact(run, RESUME_JOB_FACT))
		return err_set(err, ERR_USAGE, -EBADMSG,
			"run %s does not hold its job; start it anew", run->id);
	return force ? 0 : resume_version(run, err);
}

static int run_read(struct store *store, const char *path, const char *id, struct store_run **run,
	struct err *err)
{
	char newest[STORE_ID_MAX] = "";
	int rc = id ? 0 : store_list(store, newest_unfinished, newest, err);

	if (rc)
		return rc;
	if (!id && !newest[0])
		return err_set(err, ERR_USAGE, -ENOENT,
			"%s: every run in it is done, there is nothing to resume; see dmabench "
			"list runs",
			path);
	return store_read(store, id ? id : newest, run, err);
}

int resume_find(
	struct store_run **out, const char *path, const char *id, bool force, struct err *err)
{
	struct store_run *run = NULL;
	struct store *store;
	int rc = store_open_readonly(&store, path, err);

	*out = NULL;
	if (rc)
		return rc;
	rc = run_read(store, path, id, &run, err);
	store_close(store);
	if (rc == 0 && run)
		rc = run_check(run, force, err);
	if (rc) {
		store_run_free(run);
		return rc;
	}
	*out = run;
	return 0;
}
