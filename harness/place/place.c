// SPDX-License-Identifier: BSD-2-Clause
/* place.c: see place.h. Called by harness/topo, which places, by harness/run, and by who compares runs. */
#include "harness/place/place.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const place_words[] = {[PLACE_AUTO] = "auto",
	[PLACE_NEAR] = "near",
	[PLACE_FAR] = "far",
	[PLACE_CPU] = "cpu:",
	[PLACE_NODE] = "node:"};

/* Digits only, to the end; -1 otherwise. */
static int number_of(const char *text)
{
	char *end;
	long number = isdigit((unsigned char)*text) ? strtol(text, &end, 10) : -1;

	return number < 0 || *end || number > INT_MAX ? -1 : (int)number;
}

int place_parse(const char *key, const char *text, struct place_spot *spot, struct err *err)
{
	for (enum place_word word = PLACE_AUTO; word <= PLACE_NODE; word++) {
		const size_t len = strlen(place_words[word]);
		const bool numbered = place_words[word][len - 1] == ':';
		const int number = numbered ? number_of(text + strnlen(text, len)) : 0;

		if (strncmp(text, place_words[word], len) != 0 || (!numbered && text[len]) ||
			number < 0)
			continue;
		*spot = (struct place_spot){.word = word, .number = number};
		return 0;
	}
	return err_set(err, ERR_USAGE, -EINVAL,
		"%s=%s: expected auto, near, far, cpu:N or node:N; dmabench doctor --topology "
		"shows the numbers",
		key, text);
}

int place_wish_parse(const char *driver, const char *device, const char *memory,
	struct place_wish *wish, struct err *err)
{
	int rc = place_parse("place.driver", driver, &wish->driver, err);

	rc = rc ? rc : place_parse("place.device", device, &wish->device, err);
	rc = rc ? rc : place_parse("place.memory", memory, &wish->memory, err);
	if (rc)
		return rc;
	if ((wish->driver.word == PLACE_NEAR && wish->device.word == PLACE_FAR) ||
		(wish->driver.word == PLACE_FAR && wish->device.word == PLACE_NEAR))
		return err_set(err, ERR_USAGE, -EINVAL,
			"place.driver=%s contradicts place.device=%s: both speak of the distance "
			"between driver and device; give one of them, leave the other auto",
			driver, device);
	return 0;
}

char *place_show(const struct place_spot *spot, char *out, size_t room)
{
	if (spot->word == PLACE_CPU || spot->word == PLACE_NODE)
		snprintf(out, room, "%s%d", place_words[spot->word], spot->number);
	else
		snprintf(out, room, "%s", place_words[spot->word]);
	return out;
}

static const struct distance {
	const char *key, *what;
} distances[PLACE_DISTANCE_COUNT] = {
#define X(name, key, what) {key, what},
	PLACE_DISTANCES(X)
#undef X
};

const char *place_distance_key(enum place_distance distance)
{
	return distances[distance].key;
}

bool place_alike(const void *a, const void *b, place_fact fact, char *why, size_t room)
{
	size_t used = 0;
	bool alike = true;

	if (room)
		why[0] = '\0';
	for (enum place_distance i = 0; i < PLACE_DISTANCE_COUNT; i++) {
		const char *of_a = fact(a, distances[i].key), *of_b = fact(b, distances[i].key);

		if (of_a == of_b || (of_a && of_b && strcmp(of_a, of_b) == 0))
			continue;
		if (used < room)
			used += (size_t)snprintf(why + used, room - used, "%s%s %s and %s",
				alike ? "" : "; ", distances[i].what, of_a ? of_a : "not recorded",
				of_b ? of_b : "not recorded");
		alike = false;
	}
	return alike;
}
