// SPDX-License-Identifier: BSD-2-Clause
/*
 * sites.c: the sites that the sources name, and what fired. Called by campaign_testing.c, services_testing.c and the test; knows what a
 * fault point looks like in a source line.
 */
#include "bench/tests/failnth/failnth.h"

#include <errno.h>
#include <glob.h>
#include <link.h>
#include <regex.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/tests/failnth/services.h"
#include "drivers/support/fault.h"

#define SITES_MAX    256
#define CALLERS_MAX  256
#define PLACE_MAX    112
#define BRACKETS_MAX 2

/* ---- refused calls of miniports, counted by all processes ---------------------------------------------------- */

struct caller {
	_Atomic(const void *) at;
	atomic_ulong fired;
};

static struct caller *callers;

int failnth_sites_open(void)
{
	void *shared = mmap(NULL, CALLERS_MAX * sizeof(*callers), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return -ENOMEM;
	callers = shared;
	return 0;
}

void failnth_sites_refused(const void *caller)
{
	for (unsigned i = 0; i < CALLERS_MAX; i++) {
		const void *found = NULL;

		/* Relaxed: counters, they publish nothing. */
		if (!atomic_compare_exchange_strong_explicit(&callers[i].at, &found, caller,
			    memory_order_relaxed, memory_order_relaxed) &&
			found != caller)
			continue;
		atomic_fetch_add_explicit(&callers[i].fired, 1, memory_order_relaxed);
		return;
	}
}

static void name_find(void *arg, const char *name, unsigned long fired)
{
	const char **wanted = arg;

	(void)fired;
	if (*wanted && strcmp(*wanted, name) == 0)
		*wanted = NULL;
}

bool failnth_sites_fired(const char *name, const void *caller)
{
	if (!caller) {
		fault_tally(name_find, &name);
		return !name;
	}
	for (unsigned i = 0; i < CALLERS_MAX && callers[i].at; i++)
		if (callers[i].at == caller)
			return true;
	return false;
}

/* ---- sites ------------------------------------------------------------------------------------------------------ */

struct site {
	char place[PLACE_MAX]; /* "drivers/videoport/pool.c:82" */
	char name[48];
	unsigned long fired;
};

struct sites {
	struct site site[SITES_MAX];
	unsigned count;
	bool unknown; /* a fault point whose name the pattern cannot read */
};

static void site_add(
	struct sites *sites, const char *path, unsigned line, const char *name, size_t len)
{
	struct site *site = &sites->site[sites->count];

	if (sites->count == SITES_MAX) {
		sites->unknown = true;
		return;
	}
	sites->count++;
	*site = (struct site){.fired = 0};
	snprintf(site->place, sizeof(site->place), "%s:%u", path, line);
	snprintf(site->name, sizeof(site->name), "%.*s", (int)len, name);
}

/* Every match of @pattern in the file is a site; its last bracket is the name. */
static int file_scan(struct sites *sites, const char *path, const regex_t *pattern)
{
	char line[512];
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	for (unsigned number = 1; fgets(line, sizeof(line), file); number++) {
		regmatch_t match[BRACKETS_MAX + 1];
		const regmatch_t *name = &match[pattern->re_nsub];

		for (const char *at = line; regexec(pattern, at, BRACKETS_MAX + 1, match, 0) == 0;
			at += match[0].rm_eo)
			site_add(sites, path, number, at + name->rm_so,
				(size_t)(name->rm_eo - name->rm_so));
	}
	fclose(file);
	return 0;
}

static bool is_test(const char *path)
{
	return strstr(path, "_test.c") || strstr(path, "testing.");
}

/* Files of @folders (globs), tests apart. Return: 0, or -ENOENT where there are none. */
static int folders_scan(struct sites *sites, const char *const *folders, const char *expression)
{
	regex_t pattern;
	glob_t found = {0};
	int rc = regcomp(&pattern, expression, REG_EXTENDED) ? -EINVAL : 0;

	if (rc)
		return rc;
	for (; !rc && *folders; folders++) {
		rc = glob(*folders, 0, NULL, &found) ? -ENOENT : 0;
		for (size_t i = 0; !rc && i < found.gl_pathc; i++)
			if (!is_test(found.gl_pathv[i]))
				rc = file_scan(sites, found.gl_pathv[i], &pattern);
		globfree(&found);
	}
	regfree(&pattern);
	return rc;
}

/* ---- what fired ------------------------------------------------------------------------------------------------ */

static void point_fired(void *arg, const char *name, unsigned long fired)
{
	struct sites *sites = arg;

	for (unsigned i = 0; i < sites->count; i++)
		if (strcmp(sites->site[i].name, name) == 0)
			sites->site[i].fired += fired;
}

static int base_find(struct dl_phdr_info *info, size_t bytes, void *arg)
{
	(void)bytes;
	*(uintptr_t *)arg = info->dlpi_addr;
	return 1; /* the first is the program */
}

/* @line: addr2line's answer for one caller: the path as the compiler was given it, or from the root. */
static void caller_fired(struct sites *sites, char *line, unsigned long fired)
{
	const char *place = strstr(line, "drivers/miniport/");

	line[strcspn(line, " \n")] = '\0';
	for (unsigned i = 0; place && i < sites->count; i++)
		if (strcmp(sites->site[i].place, place) == 0)
			sites->site[i].fired += fired;
}

static int callers_fired(struct sites *sites)
{
	char command[32 + 512 + CALLERS_MAX * 20], program[512], line[1024];
	uintptr_t base = 0;
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (len < 0)
		return -errno;
	program[len] = '\0';
	dl_iterate_phdr(base_find, &base);
	int at = snprintf(command, sizeof(command), "addr2line -e '%s'", program);
	unsigned count = 0;

	for (; count < CALLERS_MAX && callers[count].at; count++)
		/* One byte before the place it returns to is the call. */
		at += snprintf(command + at, sizeof(command) - (size_t)at, " 0x%lx",
			(unsigned long)((uintptr_t)callers[count].at - base - 1));
	FILE *answers = count ? popen(command, "re") : NULL;

	for (unsigned i = 0; answers && i < count && fgets(line, sizeof(line), answers); i++)
		caller_fired(sites, line, callers[i].fired);
	return answers ? -pclose(answers) : 0;
}

/* ---- the table ---------------------------------------------------------------------------------------------------- */

static int site_order(const void *a, const void *b)
{
	return strcmp(((const struct site *)a)->place, ((const struct site *)b)->place);
}

static int sites_read(struct sites *points, struct sites *calls)
{
	static const char *const driver_half[] = {"drivers/videoport/*.c", "drivers/device/*.c",
		"drivers/device/*/*.c", "drivers/loader/*.c", NULL};
	static const char *const miniports[] = {"drivers/miniport/*.c", NULL};
	/* alloc_zeroed hands its first argument on; a name that is no literal anywhere else would be missed. */
	int rc = folders_scan(points, driver_half, "(fault_point|alloc_zeroed)\\(\"([a-z0-9_]+)\"");

	rc = rc ? rc : folders_scan(calls, miniports, "(" SERVICES_PATTERN ")\\(");
	return rc;
}

int failnth_sites_print(bool full)
{
	static struct sites points, calls;
	struct sites *const both[] = {&points, &calls};
	int rc = sites_read(&points, &calls), silent = 0;

	if (rc)
		return rc;
	fault_tally(point_fired, &points);
	rc = callers_fired(&calls);
	if (rc || points.unknown || calls.unknown || !points.count || !calls.count)
		return rc < 0 ? rc : -EBADMSG;
	printf("\n%-44s %-28s %10s\n", "site", "name", "fired");
	for (unsigned s = 0; s < 2; s++) {
		qsort(both[s]->site, both[s]->count, sizeof(both[s]->site[0]), site_order);
		for (unsigned i = 0; i < both[s]->count; i++) {
			const struct site *site = &both[s]->site[i];

			silent += site->fired == 0;
			if (full || site->fired == 0)
				printf("%-44s %-28s %10lu%s\n", site->place, site->name,
					site->fired, site->fired ? "" : "   NEVER");
		}
	}
	printf("%u fault points and %u calls of services that may fail; %d never fired\n",
		points.count, calls.count, silent);
	return silent;
}
