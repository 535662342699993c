// SPDX-License-Identifier: BSD-2-Clause
/* sweep.c: see sweep.h. Called by table.c; knows no output format and no key by name but three. */
#include "harness/report/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/report/text.h"

#define WORDS_MAX (STORE_EXTRA_MAX + 8 * STORE_WORD_MAX)

/* A group's keys without one of them, and the value of that one; key "": with all of them. */
struct entry {
	const struct view_group *group;
	char key[48], value[32];
	char rest[WORDS_MAX];
};

struct entries {
	size_t count, room;
	struct entry *entry;
};

/* Keys as in a name, each ended by a slash: those that are never swept here first. */
static void group_words(const struct view_group *group, char words[WORDS_MAX])
{
	const struct store_params *key = &group->key;

	snprintf(words, WORDS_MAX, "%s/%s/%s/%s/completion:%s/depth:%u/batch:%u/%s%s", key->device,
		key->dir, key->source, key->verify, key->completion, key->depth, key->batch,
		key->extra, key->extra[0] ? "/" : "");
}

static struct entry *entry_add(struct entries *entries)
{
	if (entries->count == entries->room) {
		const size_t room = entries->room ? 2 * entries->room : 64;
		struct entry *grown = fault_point("report_alloc")
		                              ? NULL
		                              : reallocarray(entries->entry, room, sizeof(*grown));

		if (!grown)
			return NULL;
		entries->entry = grown;
		entries->room = room;
	}
	entries->entry[entries->count] = (struct entry){.group = NULL};
	return &entries->entry[entries->count++];
}

/* One entry without each key that has a value, one with all. */
static int group_enter(struct entries *entries, const struct view_group *group)
{
	char words[WORDS_MAX];

	group_words(group, words);
	struct entry *all = entry_add(entries);

	if (!all)
		return -ENOMEM;
	all->group = group;
	memcpy(all->rest, words, sizeof(all->rest));
	for (const char *word = words; *word;) {
		const size_t length = strcspn(word, "/");
		const char *colon = memchr(word, ':', length);

		if (colon) {
			struct entry *one = entry_add(entries);

			if (!one)
				return -ENOMEM;
			one->group = group;
			snprintf(one->key, sizeof(one->key), "%.*s", (int)(colon - word), word);
			snprintf(one->value, sizeof(one->value), "%.*s",
				(int)(word + length - colon - 1), colon + 1);
			snprintf(one->rest, sizeof(one->rest), "%.*s%s", (int)(word - words), words,
				word + length + (word[length] == '/'));
		}
		word += length + (word[length] == '/');
	}
	return 0;
}

/* Groups lie in the view's array, in the order measured. */
static int entry_order(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;
	int order = strcmp(one->rest, other->rest);

	order = order ? order : strcmp(one->key, other->key);
	return order ? order : (one->group > other->group) - (one->group < other->group);
}

static int sweep_order(const void *a, const void *b)
{
	const struct sweep *one = a, *other = b;

	if (one->point[0].group != other->point[0].group)
		return one->point[0].group > other->point[0].group ? 1 : -1;
	return strcmp(one->key, other->key);
}

static int point_order(const void *a, const void *b)
{
	const struct sweep_point *one = a, *other = b;

	return (one->group > other->group) - (one->group < other->group);
}

/* Takes the word of @key out of "a:1/b:2". */
static void extra_drop(char *extra, const char *key)
{
	const size_t length = strlen(key);

	for (char *word = extra; *word;) {
		char *end = word + strcspn(word, "/"), *next = end + (*end == '/');

		if (strncmp(word, key, length) == 0 && word[length] == ':') {
			memmove(word, next, strlen(next) + 1);
			break;
		}
		word = next;
	}
	const size_t used = strlen(extra);

	if (used && extra[used - 1] == '/')
		extra[used - 1] = '\0';
}

static void sweep_title(struct sweep *sweep)
{
	struct store_params shared = sweep->point[0].group->key;
	char title[320];

	if (strcmp(sweep->key, "completion") == 0)
		shared.completion[0] = '\0';
	else if (strcmp(sweep->key, "depth") == 0)
		shared.depth = 0;
	else if (strcmp(sweep->key, "batch") == 0)
		shared.batch = 0;
	else
		extra_drop(shared.extra, sweep->key);
	text_group_title(&shared, title, sizeof(title));
	snprintf(sweep->title, sizeof(sweep->title), "%s: by %s", title, sweep->key);
}

/* @first to @end have one key and one rest; @all: the group that has nothing but the rest, NULL: none. */
static int sweep_add(struct sweep_list *list, const struct entry *first, const struct entry *end,
	const struct entry *all)
{
	const uint32_t count = (uint32_t)(end - first) + (all != NULL);

	if (count < SWEEP_POINTS_MIN)
		return 0;
	struct sweep *grown = fault_point("report_alloc")
	                              ? NULL
	                              : reallocarray(list->sweep, list->count + 1u, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	list->sweep = grown;
	struct sweep *sweep = &list->sweep[list->count];

	*sweep = (struct sweep){.count = count};
	sweep->point = fault_point("report_alloc") ? NULL : calloc(count, sizeof(*sweep->point));
	if (!sweep->point)
		return -ENOMEM;
	list->count++;
	memcpy(sweep->key, first->key, sizeof(sweep->key));
	for (uint32_t i = 0; i < count - (all != NULL); i++) {
		sweep->point[i].group = first[i].group;
		memcpy(sweep->point[i].value, first[i].value, sizeof(first[i].value));
	}
	if (all)
		sweep->point[count - 1] = (struct sweep_point){
			.group = all->group, .value = "default"};
	qsort(sweep->point, count, sizeof(*sweep->point), point_order);
	sweep_title(sweep);
	return 0;
}

/* Entries of one rest stand together, the one with all keys first. */
static int entries_collect(struct sweep_list *list, const struct entries *entries)
{
	const struct entry *at = entries->entry, *last = at + entries->count, *all = NULL;
	int rc = 0;

	while (at < last && !rc) {
		const struct entry *end = at + 1;

		if (!at->key[0]) {
			all = at++;
			continue;
		}
		while (end < last && strcmp(end->rest, at->rest) == 0 &&
			strcmp(end->key, at->key) == 0)
			end++;
		rc = sweep_add(list, at, end, all && strcmp(all->rest, at->rest) == 0 ? all : NULL);
		at = end;
	}
	return rc;
}

int sweep_make(struct sweep_list *list, const struct view *view, struct err *err)
{
	struct entries entries = {0};
	int rc = 0;

	*list = (struct sweep_list){0};
	for (uint32_t i = 0; i < view->group_count && !rc; i++)
		rc = group_enter(&entries, &view->group[i]);
	if (!rc && entries.count) {
		qsort(entries.entry, entries.count, sizeof(entries.entry[0]), entry_order);
		rc = entries_collect(list, &entries);
	}
	free(entries.entry);
	if (rc) {
		sweep_free(list);
		return err_short(
			err, rc, "no memory while looking for sweeps in run %s", view->run->id);
	}
	if (list->count)
		qsort(list->sweep, list->count, sizeof(list->sweep[0]), sweep_order);
	return 0;
}

void sweep_free(struct sweep_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		free(list->sweep[i].point);
	free(list->sweep);
	*list = (struct sweep_list){0};
}
