// SPDX-License-Identifier: BSD-2-Clause
/*
 * line.c: the one line that reproduces a failure, both ways. Called by the command line.
 *
 *	seed=17 commit=0123abc config=deterministic,300,3fffff,f,drop+flip event=4711
 *
 * config: mode, operations with /EPISODES where those are not the default, features and strategies as bits, faults or none.
 */
#include "harness/stress/priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "version.h"

#define WORD_MAX 256

static void faults_format(uint32_t faults, char *out, size_t room)
{
	size_t used = 0;

	snprintf(out, room, "none");
	for (unsigned i = 0; i < STRESS_FAULT_COUNT && used < room; i++)
		if (faults >> i & 1)
			used += (size_t)snprintf(out + used, room - used, "%s%s", used ? "+" : "",
				stress_fault_words[i]);
}

char *stress_line(const struct stress_config *config, const struct stress_result *result,
	const struct stress_finding *finding, char *out, size_t room)
{
	char faults[WORD_MAX], event[32] = "", episodes[16] = "";

	faults_format(config->faults, faults, sizeof(faults));
	if (finding->event)
		snprintf(event, sizeof(event), " event=%" PRIu64, finding->event);
	if (config->episodes)
		snprintf(episodes, sizeof(episodes), "/%u", config->episodes);
	snprintf(out, room, "seed=%" PRIu64 " commit=%s config=%s,%u%s,%x,%x,%s%s", result->seed,
		DMABENCH_COMMIT, config->mode == STRESS_LIVE ? "live" : "deterministic",
		config->operations, episodes, config->features, config->strategies, faults, event);
	return out;
}

static int number_parse(const char *text, int base, uint64_t most, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, base);
	/* Blanks, signs and prefixes, which strtoull would take too, no line has. */
	const size_t digits = strspn(text, base == 10 ? "0123456789" : "0123456789abcdef");

	return digits && !text[digits] && !*end && errno == 0 && *number <= most ? 0 : -EINVAL;
}

static int faults_parse(char *text, uint32_t *faults)
{
	*faults = 0;
	if (strcmp(text, "none") == 0)
		return 0;
	/* A word that is missing, as behind a line that was cut, is none of them. */
	for (char *word = strsep(&text, "+"); word; word = strsep(&text, "+")) {
		unsigned i = 0;

		while (i < STRESS_FAULT_COUNT && strcmp(stress_fault_words[i], word) != 0)
			i++;
		if (i == STRESS_FAULT_COUNT)
			return -EINVAL;
		*faults |= 1u << i;
	}
	return 0;
}

static int config_parse(char *text, struct stress_config *config)
{
	char *part[5], *slash;
	uint64_t operations, episodes = 0, features, strategies;

	for (unsigned i = 0; i < 5; i++) {
		part[i] = strsep(&text, ",");
		if (!part[i])
			return -EINVAL;
	}
	slash = strchr(part[1], '/');
	if (slash)
		*slash++ = '\0';
	if (slash && (number_parse(slash, 10, STRESS_OPERATIONS_MAX, &episodes) || episodes == 0))
		return -EINVAL;
	if (text || number_parse(part[1], 10, STRESS_OPERATIONS_MAX, &operations) ||
		number_parse(part[2], 16, UINT32_MAX, &features) ||
		number_parse(part[3], 16, UINT32_MAX, &strategies) ||
		faults_parse(part[4], &config->faults))
		return -EINVAL;
	if (strcmp(part[0], "live") != 0 && strcmp(part[0], "deterministic") != 0)
		return -EINVAL;
	config->mode = part[0][0] == 'l' ? STRESS_LIVE : STRESS_DETERMINISTIC;
	config->operations = (uint32_t)operations;
	config->episodes = (uint32_t)episodes;
	config->features = (uint32_t)features;
	config->strategies = (uint32_t)strategies;
	return 0;
}

enum word { WORD_SEED, WORD_COMMIT, WORD_CONFIG, WORD_EVENT, WORDS };

/* @seen: the words of the line so far, as bits; each comes once. */
static int word_parse(char *word, struct stress_config *config, uint64_t *seed, char *commit,
	size_t commit_room, unsigned *seen)
{
	static const char *const words[WORDS] = {"seed", "commit", "config", "event"};
	char *value = strchr(word, '=');
	unsigned which = 0;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	while (which < WORDS && strcmp(word, words[which]) != 0)
		which++;
	if (which == WORDS || *seen >> which & 1)
		return -EINVAL;
	*seen |= 1u << which;
	switch (which) {
	case WORD_SEED:
		return number_parse(value, 10, STRESS_SEED_MAX, seed);
	case WORD_EVENT:
		return number_parse(value, 10, UINT64_MAX, &config->stop_event);
	case WORD_CONFIG:
		return config_parse(value, config);
	default:
		snprintf(commit, commit_room, "%s", value);
		return 0;
	}
}

int stress_line_parse(const char *line, struct stress_config *config, uint64_t *seed, char *commit,
	size_t commit_room, struct err *err)
{
	char copy[512], shown[WORD_MAX], *rest = NULL;
	unsigned seen = 0;

	stress_defaults(config);
	commit[0] = '\0';
	if (snprintf(copy, sizeof(copy), "%s", line) >= (int)sizeof(copy))
		return err_set(err, ERR_USAGE, -EINVAL,
			"--replay: longer than any line dmabench stress prints");
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		snprintf(shown, sizeof(shown), "%s", word);
		if (word_parse(word, config, seed, commit, commit_room, &seen))
			return err_set(err, ERR_USAGE, -EINVAL,
				"--replay: '%s' is not part of a line that dmabench stress prints; "
				"expected seed=N commit=C config=MODE,N,HEX,HEX,FAULTS event=N, "
				"each at most once",
				shown);
	}
	if (!(seen >> WORD_SEED & 1))
		return err_set(err, ERR_USAGE, -EINVAL, "--replay '%s': seed=N is missing", line);
	if (config->stop_event && config->mode == STRESS_LIVE)
		return err_set(err, ERR_USAGE, -EINVAL,
			"--replay: mode live has no events in one order; leave event=%" PRIu64
			" out",
			config->stop_event);
	return 0;
}
