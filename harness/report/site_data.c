// SPDX-License-Identifier: BSD-2-Clause
/*
 * site_data.c: the record as the pages of the site need it: read once, found by number and by name. Called by the other files
 * of site_part.h; writes nothing.
 */
#include "harness/report/site_part.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/support/fault.h"
#include "harness/report/files.h"

/* ---- looking up -------------------------------------------------------------------------------------- */

static int place_order(const void *a, const void *b)
{
	const struct site_place *x = a, *y = b;

	return x->night_id < y->night_id ? -1 : x->night_id > y->night_id;
}

uint32_t site_place(const struct site *site, int64_t night_id)
{
	const struct site_place key = {.night_id = night_id};
	const struct site_place *found = site->night_count
	                                         ? bsearch(&key, site->place, site->night_count,
							   sizeof(key), place_order)
	                                         : NULL;

	return found ? found->place : site->night_count;
}

const struct site_series *site_series_of(const struct site *site, int64_t series_id)
{
	for (uint32_t i = 0; i < site->series_count; i++) {
		if (site->series[i].of->series_id == series_id)
			return &site->series[i];
	}
	return NULL;
}

const struct store_cause *site_cause_of(const struct site *site, int64_t cause_id)
{
	for (uint32_t i = 0; i < site->cause_count; i++) {
		if (site->cause[i].cause_id == cause_id)
			return &site->cause[i];
	}
	return NULL;
}

uint32_t site_series_named(const struct site *site, const char *name, uint32_t *count)
{
	uint32_t low = 0, high = site->series_count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (strcmp(site->series[site->by_name[middle]].of->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*count = 0; low + *count < site->series_count; ++*count) {
		if (strcmp(site->series[site->by_name[low + *count]].of->name, name) != 0)
			break;
	}
	return low;
}

bool site_is_run_id(const char *id)
{
	const char *shape = "dddddddd-dddddd-xxxx";

	if (strlen(id) != strlen(shape))
		return false;
	for (; *id; id++, shape++) {
		const unsigned char c = (unsigned char)*id;

		if (*shape == '-' ? c != '-' : *shape == 'd' ? !isdigit(c) : !isxdigit(c))
			return false;
	}
	return true;
}

bool site_cause_open(const struct store_cause *cause)
{
	return cause->state <= STORE_CHANGE_ACKNOWLEDGED;
}

/* ---- what a series is called ------------------------------------------------------------------------- */

/* FNV-1a of everything that makes a series, so that its page keeps its address. */
static void series_key(const struct store_series *series, char key[SITE_KEY_MAX])
{
	const char *const part[] = {series->name, series->metric, series->device, series->settings,
		series->host, series->versions};
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		const char *at = part[i];

		/* With the NUL, or "a", "b" would be "ab", "". */
		do
			hash = (hash ^ (unsigned char)*at) * 0x100000001b3u;
		while (*at++);
	}
	snprintf(key, SITE_KEY_MAX, "%016llx", (unsigned long long)hash);
}

static int series_counter(const struct store_series *series)
{
	for (int i = 0; i < STORE_COUNTER_COUNT; i++) {
		if (strcmp(store_counter_name((enum store_counter)i), series->metric) == 0)
			return i;
	}
	return -1;
}

static int name_order(const void *a, const void *b, void *arg)
{
	const struct site *site = arg;
	const struct store_series *x = site->series[*(const uint32_t *)a].of;
	const struct store_series *y = site->series[*(const uint32_t *)b].of;
	int order = strcmp(x->name, y->name);

	order = order ? order : strcmp(x->metric, y->metric);
	order = order ? order : strcmp(x->device, y->device);
	return order ? order : x->series_id < y->series_id ? -1 : x->series_id > y->series_id;
}

/* ---- open and close ---------------------------------------------------------------------------------- */

static void *site_alloc(size_t count, size_t size, struct err *err)
{
	void *array = fault_point("report_alloc") ? NULL : calloc(count + 1, size);

	if (!array)
		err_short(err, -ENOMEM, "no memory for the site");
	return array;
}

/* By family, then as a person counts: 64, 256, 1024. */
static int list_order(const void *a, const void *b)
{
	const struct store_series *x = a, *y = b;
	int order = strcmp(x->family, y->family);

	order = order ? order : strverscmp(x->name, y->name);
	order = order ? order : strcmp(x->metric, y->metric);
	return order ? order : x->series_id < y->series_id ? -1 : x->series_id > y->series_id;
}

static int site_index(struct site *site, struct err *err)
{
	if (site->series_count)
		qsort(site->list, site->series_count, sizeof(*site->list), list_order);
	site->place = site_alloc(site->night_count, sizeof(*site->place), err);
	site->series = site_alloc(site->series_count, sizeof(*site->series), err);
	site->by_name = site_alloc(site->series_count, sizeof(*site->by_name), err);
	if (!site->place || !site->series || !site->by_name)
		return -ENOMEM;
	for (uint32_t i = 0; i < site->night_count; i++) {
		site->place[i] = (struct site_place){site->night[i].night_id, i};
		if (site->night[i].started_wall_ns >= site->night[site->newest].started_wall_ns)
			site->newest = i;
	}
	qsort(site->place, site->night_count, sizeof(*site->place), place_order);
	for (uint32_t i = 0; i < site->series_count; i++) {
		struct site_series *series = &site->series[i];

		series->of = &site->list[i];
		series->counter = series_counter(series->of);
		series_key(series->of, series->key);
		series->noise = series->detectable = series->level = (double)NAN;
		for (int h = 0; h < SITE_HELD_COUNT; h++)
			series->held[h] = (double)NAN;
		site->by_name[i] = i;
	}
	qsort_r(site->by_name, site->series_count, sizeof(*site->by_name), name_order, site);
	return site_labels(site, err);
}

int site_open(struct site *site, struct store *store, const char *folder, struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	char drawing[PATH_MAX];

	*site = (struct site){.store = store};
	snprintf(site->folder, sizeof(site->folder), "%s", folder);
	int rc = store_nights(store, &site->night, &site->night_count, err);

	if (!rc && !site->night_count)
		rc = err_set(err, ERR_USAGE, -ENOENT,
			"there is no night in this database; dmabench nightly measures one");
	rc = rc ? rc : store_series_list(store, 0, &site->list, &site->series_count, err);
	rc = rc ? rc : store_causes(store, &site->cause, &site->cause_count, err);
	rc = rc ? rc : store_changes(store, 0, 0, &site->change, &site->change_count, err);
	rc = rc ? rc : site_index(site, err);
	if (rc)
		return rc;
	snprintf(drawing, sizeof(drawing), "%s/dmabench-site-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (fault_point("report_mkdir") || !mkdtemp(drawing))
		return err_set(err, ERR_MISSING, -errno,
			"%s: cannot be made (%s), plots are drawn there; set TMPDIR to a folder "
			"with room",
			drawing, strerror(errno));
	memcpy(site->drawing, drawing, sizeof(drawing));
	return 0;
}

void site_close(struct site *site)
{
	for (uint32_t i = 0; site->series && i < site->series_count; i++) {
		free(site->series[i].label);
		free(site->series[i].spread);
		free(site->series[i].value);
		free(site->series[i].spark);
	}
	free(site->night);
	free(site->place);
	free(site->list);
	free(site->series);
	free(site->by_name);
	free(site->cause);
	free(site->change);
	free(site->run);
	if (site->drawing[0])
		files_remove_folder(site->drawing);
	*site = (struct site){0};
}
