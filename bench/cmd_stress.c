// SPDX-License-Identifier: BSD-2-Clause
/* cmd_stress.c: `dmabench stress`: seeded random load with the verifier on, every step of it judged. */
#include "bench/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bench/output.h"
#include "bench/stop.h"
#include "harness/opt/opt.h"
#include "harness/stress/stress.h"
#include "version.h"

#define SEEDS_DEFAULT 1000
#define LINE_MAX_     512

static const struct cli_option options[] = {
	{"mode", CLI_TEXT, offsetof(struct cli_args, mode), "MODE",
		"deterministic: one seed, one run, on a virtual clock; live: threads (default "
		"deterministic)"},
	{"seeds", CLI_TEXT, offsetof(struct cli_args, seeds), "A..B",
		"the seeds to run, or one (default 1..1000; with --duration without an end)"},
	{"operations", CLI_TEXT, offsetof(struct cli_args, operations), "N",
		"transfers of a seed (default 480)"},
	{"episodes", CLI_TEXT, offsetof(struct cli_args, episodes), "N",
		"programs that a seed is made of, at most (default: of 60 transfers each; of more "
		"than 16 one half is played as 8 long ones)"},
	{"duration", CLI_TEXT, offsetof(struct cli_args, duration), "TIME",
		"no new seed behind that time"},
	{"jobs", CLI_TEXT, offsetof(struct cli_args, jobs), "N",
		"seeds at the same time, a process each (default 1)"},
	{"strategy", CLI_TEXT, offsetof(struct cli_args, strategies), "LIST",
		"drivers, separated by commas (default all)"},
	{"features", CLI_TEXT, offsetof(struct cli_args, features), "LIST",
		"what each seed may turn on: words separated by commas, all or none; "
		"all,-WORD "
		"leaves one out (default all)"},
	{"faults", CLI_TEXT, offsetof(struct cli_args, faults), "LIST",
		"what each seed may inject: classes separated by commas, all or none (default "
		"none)"},
	{"replay", CLI_TEXT, offsetof(struct cli_args, replay), "LINE",
		"run the seed of a line that stress printed, up to its event"},
	{"trace", CLI_FLAG, offsetof(struct cli_args, trace), NULL,
		"with --replay, deterministic: every event to stderr"},
	{"shrink", CLI_FLAG, offsetof(struct cli_args, shrink), NULL,
		"with --replay: look for a smaller program that fails the same way"},
	CLI_OPTION_JSON,
	CLI_OPTION_HELP,
	{NULL, CLI_FLAG, 0, NULL, NULL},
};

/* ---- arguments ---------------------------------------------------------------------------------- */

/* A word sets its bit, -WORD clears it. */
static int word_bit(const char *option, const char *word, const char *const *words, uint32_t *bits,
	struct err *err)
{
	const bool off = *word == '-';
	const char *near;

	word += off;
	for (unsigned i = 0; words[i]; i++)
		if (strcmp(words[i], word) == 0) {
			if (off && !(*bits >> i & 1))
				return err_set(err, ERR_USAGE, -EINVAL,
					"%s: '-%s' leaves out what is not there; begin with all",
					option, word);
			*bits = off ? *bits & ~(1u << i) : *bits | 1u << i;
			return 0;
		}
	near = opt_nearest(word, words);
	return err_set(err, ERR_USAGE, -EINVAL, "%s: unknown word '%s'%s%s%s", option, word,
		near ? "; did you mean " : "", near ? near : "", near ? "?" : "; see --help");
}

/* A list of words as bits; "all" or "none" may be its first. */
static int words_parse(const char *option, const char *text, const char *const *words, uint32_t all,
	uint32_t *bits, struct err *err)
{
	char copy[LINE_MAX_], *rest = NULL;
	int rc = 0;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return err_set(err, ERR_USAGE, -EINVAL, "%s: the list is too long", option);
	if (!*text || *text == ',' || text[strlen(text) - 1] == ',' || strstr(text, ",,"))
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s '%s': a word is missing; expected words separated by commas", option,
			text);
	char *word = strtok_r(copy, ",", &rest);
	const bool whole = word && strcmp(word, "all") == 0;

	*bits = whole ? all : 0;
	if (whole || (word && strcmp(word, "none") == 0))
		word = strtok_r(NULL, ",", &rest);
	for (; rc == 0 && word; word = strtok_r(NULL, ",", &rest))
		rc = word_bit(option, word, words, bits, err);
	return rc;
}

static int count_parse(
	const char *option, const char *text, uint64_t most, uint64_t *count, struct err *err)
{
	if (opt_parse_count(text, count) || *count == 0 || *count > most)
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s %s: expected a number from 1 to %" PRIu64, option, text, most);
	return 0;
}

static int seeds_parse(const char *text, struct stress_campaign *campaign, struct err *err)
{
	const char *dots = strstr(text, "..");
	const size_t length = dots ? (size_t)(dots - text) : strlen(text);
	char first[32];

	if (length >= sizeof(first) ||
		(snprintf(first, sizeof(first), "%.*s", (int)length, text),
			opt_parse_count(first, &campaign->first)) ||
		opt_parse_count(dots ? dots + 2 : first, &campaign->last) ||
		campaign->first > campaign->last || campaign->last > STRESS_SEED_MAX)
		return err_set(err, ERR_USAGE, -EINVAL,
			"--seeds %s: expected A..B with A not above B, or one number, up to "
			"%" PRIu64,
			text, STRESS_SEED_MAX);
	return 0;
}

static int mode_parse(const char *text, struct stress_config *config, struct err *err)
{
	if (strcmp(text, "deterministic") == 0)
		config->mode = STRESS_DETERMINISTIC;
	else if (strcmp(text, "live") == 0)
		config->mode = STRESS_LIVE;
	else
		return err_set(
			err, ERR_USAGE, -EINVAL, "--mode %s: expected deterministic or live", text);
	return 0;
}

static int load_parse(
	const struct cli_args *args, struct stress_campaign *campaign, struct err *err)
{
	struct stress_config *config = &campaign->config;
	uint64_t operations = config->operations, episodes = config->episodes, jobs = 1;
	int rc = 0;

	if (args->operations)
		rc = count_parse(
			"--operations", args->operations, STRESS_OPERATIONS_MAX, &operations, err);
	if (rc == 0 && args->episodes)
		rc = count_parse(
			"--episodes", args->episodes, STRESS_OPERATIONS_MAX, &episodes, err);
	if (rc == 0 && args->jobs)
		rc = count_parse("--jobs", args->jobs, 64, &jobs, err);
	if (rc == 0 && args->seeds)
		rc = seeds_parse(args->seeds, campaign, err);
	if (rc == 0 && args->duration &&
		(opt_parse_time(args->duration, &campaign->duration_ns) ||
			campaign->duration_ns == 0))
		rc = err_set(err, ERR_USAGE, -EINVAL,
			"--duration %s: expected a time such as 30s or 5m", args->duration);
	config->operations = (uint32_t)operations;
	config->episodes = (uint32_t)episodes;
	campaign->jobs = (unsigned)jobs;
	return rc;
}

/* What a line says nobody says beside it. */
static int replay_check(const struct cli_args *args, struct err *err)
{
	const struct {
		const char *name, *given;
	} said[] = {{"mode", args->mode}, {"seeds", args->seeds}, {"operations", args->operations},
		{"episodes", args->episodes}, {"duration", args->duration}, {"jobs", args->jobs},
		{"strategy", args->strategies}, {"features", args->features},
		{"faults", args->faults}};

	if (!args->replay && (args->shrink || args->trace))
		return err_set(err, ERR_USAGE, -EINVAL, "--%s: needs --replay LINE",
			args->shrink ? "shrink" : "trace");
	for (size_t i = 0; args->replay && i < sizeof(said) / sizeof(said[0]); i++)
		if (said[i].given)
			return err_set(err, ERR_USAGE, -EINVAL,
				"--%s %s: the line of --replay says what is played; leave "
				"the option out, or change the line",
				said[i].name, said[i].given);
	return 0;
}

static int campaign_parse(
	const struct cli_args *args, struct stress_campaign *campaign, struct err *err)
{
	struct stress_config *config = &campaign->config;
	int rc = 0;

	stress_defaults(config);
	campaign->first = 1;
	campaign->last = args->duration ? STRESS_SEED_MAX : SEEDS_DEFAULT;
	rc = load_parse(args, campaign, err);
	if (rc == 0 && args->mode)
		rc = mode_parse(args->mode, config, err);
	if (rc == 0 && args->strategies)
		rc = words_parse("--strategy", args->strategies, stress_strategy_words,
			config->strategies, &config->strategies, err);
	if (rc == 0 && args->features)
		rc = words_parse("--features", args->features, stress_feature_words,
			config->features, &config->features, err);
	if (rc == 0 && args->faults)
		rc = words_parse("--faults", args->faults, stress_fault_words,
			(1u << STRESS_FAULT_COUNT) - 1, &config->faults, err);
	if (rc == 0 && config->strategies == 0)
		rc = err_set(err, ERR_USAGE, -EINVAL, "--strategy: at least one is needed");
	return rc ? rc : replay_check(args, err);
}

/* ---- output ------------------------------------------------------------------------------------- */

/* What a campaign prints and keeps as it goes on. */
struct show {
	const struct stress_config *config;
	FILE *out;
	json_t *seeds; /* NULL: not wanted */
};

static void findings_print(const struct show *show, const struct stress_result *result)
{
	char line[LINE_MAX_], operation[32];

	for (unsigned i = 0; i < result->finding_count && i < STRESS_FINDINGS_MAX; i++) {
		const struct stress_finding *at = &result->finding[i];

		snprintf(operation, sizeof(operation), "operation %" PRIu64 ", ", at->operation);
		fprintf(show->out, "FAIL  %s: seed %" PRIu64 ", %s%s%sevent %" PRIu64 ": %s\n",
			stress_oracle_words[at->oracle], result->seed, at->object,
			*at->object ? ", " : "", at->operation ? operation : "", at->event,
			at->message);
		if (i == 0)
			fprintf(show->out, "      dmabench stress --replay '%s'\n",
				stress_line(show->config, result, at, line, sizeof(line)));
	}
}

static json_t *finding_json(const struct stress_config *config, const struct stress_result *result,
	const struct stress_finding *finding)
{
	char line[LINE_MAX_];

	stress_line(config, result, finding, line, sizeof(line));
	return json_pack("{s:s, s:I, s:I, s:s, s:s, s:s}", "oracle",
		stress_oracle_words[finding->oracle], "event", (json_int_t)finding->event,
		"operation", (json_int_t)finding->operation, "object", finding->object, "message",
		finding->message, "replay", line);
}

static json_t *seed_json(const struct stress_config *config, const struct stress_result *result)
{
	const bool played = config->mode == STRESS_DETERMINISTIC;
	json_t *findings = json_array(), *strategies = json_array();
	char hash[17];

	snprintf(hash, sizeof(hash), "%016" PRIx64, result->hash);
	for (unsigned i = 0; i < result->finding_count && i < STRESS_FINDINGS_MAX; i++)
		json_array_append_new(findings, finding_json(config, result, &result->finding[i]));
	for (unsigned i = 0; i < STRESS_STRATEGIES; i++)
		if (result->strategies >> i & 1)
			json_array_append_new(strategies, json_string(stress_strategy_words[i]));
	return json_pack("{s:I, s:s?, s:b, s:I, s:I, s:I, s:I, s:o, s:o}", "seed",
		(json_int_t)result->seed, "hash", played ? hash : NULL, "cut", result->cut,
		"operations", (json_int_t)result->counts.operations, "recoveries",
		(json_int_t)result->counts.recoveries, "events", (json_int_t)result->events,
		"time_ns", (json_int_t)result->time_ns, "strategies", strategies, "findings",
		findings);
}

static bool seed_show(void *arg, const struct stress_result *result)
{
	const struct show *show = arg;

	findings_print(show, result);
	if (result->cut)
		fprintf(show->out,
			"seed %" PRIu64 " was cut short in episode %u at event %" PRIu64 "\n",
			result->seed, result->episodes, result->events);
	if (show->seeds)
		json_array_append_new(show->seeds, seed_json(show->config, result));
	return true;
}

/* Whether it is known how often fault @i was injected. */
static bool injected_known(const struct stress_config *config, unsigned i)
{
	return config->mode == STRESS_DETERMINISTIC || STRESS_FAULTS_COUNTED >> i & 1;
}

static void faults_print(
	const struct stress_total *total, const struct stress_config *config, FILE *out)
{
	if (!config->faults)
		return;
	fprintf(out, "\nfault            injected    detected\n");
	for (unsigned i = 0; i < STRESS_FAULT_COUNT; i++) {
		if (!(config->faults >> i & 1))
			continue;
		if (STRESS_FAULTS_SURVIVED >> i & 1)
			fprintf(out, "%-12s  %11" PRIu64 "    survived\n", stress_fault_words[i],
				total->counts.injected[i]);
		else if (injected_known(config, i))
			fprintf(out, "%-12s  %11" PRIu64 " %11" PRIu64 "\n", stress_fault_words[i],
				total->counts.injected[i], total->counts.detected[i]);
		else
			fprintf(out, "%-12s            - %11" PRIu64 "\n", stress_fault_words[i],
				total->counts.detected[i]);
	}
}

static void total_print(
	const struct stress_campaign *campaign, const struct stress_total *total, FILE *out)
{
	double s = (double)total->elapsed_ns / 1e9;
	bool played = campaign->config.mode == STRESS_DETERMINISTIC;

	fprintf(out, "seeds       %11" PRIu64 "   %.0f an hour", total->seeds,
		s > 0 ? (double)total->seeds / s * 3600 : 0.0);
	if (played)
		fprintf(out, ", %" PRIu64 " run twice", total->repeated);
	if (total->interrupted)
		fprintf(out, "\ninterrupted             %" PRIu64 " more cut short", total->cut);
	fprintf(out, "\ntransfers   %11" PRIu64 "   verified, %" PRIu64 " bytes\n",
		total->counts.operations, total->counts.bytes);
	if (played)
		fprintf(out,
			"events      %11" PRIu64 "   %" PRIu64 " turns, %" PRIu64 " interrupts\n",
			total->events, total->counts.turns, total->counts.interrupts);
	if (total->counts.recoveries)
		fprintf(out,
			"recoveries  %11" PRIu64
			"   lost interrupts and doorbells that drivers found by looking\n",
			total->counts.recoveries);
	fprintf(out, "power       %11" PRIu64 "   times down and up; %" PRIu64 " reloads\n",
		total->counts.power_cycles, total->counts.reloads);
	fprintf(out,
		"resets      %11" PRIu64 "   of the device by the driver; %" PRIu64 " given up\n",
		total->counts.resets, total->counts.given_up);
	faults_print(total, &campaign->config, out);
	fprintf(out, "\n%s", total->failed_seeds ? "failed seeds:" : "no finding");
	if (total->failed_seeds)
		fprintf(out, " %" PRIu64, total->failed_seeds);
	for (unsigned i = 0; i < STRESS_ORACLES; i++)
		if (total->findings[i])
			fprintf(out, "  %s %" PRIu64, stress_oracle_words[i], total->findings[i]);
	fprintf(out, "\n");
}

static int seed_order(const void *a, const void *b)
{
	json_int_t left = json_integer_value(json_object_get(*(json_t *const *)a, "seed"));
	json_int_t right = json_integer_value(json_object_get(*(json_t *const *)b, "seed"));

	return left < right ? -1 : left > right;
}

/* Seeds end in any order; who reads the file wants theirs. */
static json_t *seeds_sorted(json_t *seeds)
{
	size_t count = json_array_size(seeds);
	json_t **all = calloc(count ? count : 1, sizeof(json_t *)), *sorted = json_array();

	if (!all || !sorted) {
		free((void *)all);
		json_decref(sorted);
		return json_incref(seeds);
	}
	for (size_t i = 0; i < count; i++)
		all[i] = json_array_get(seeds, i);
	qsort((void *)all, count, sizeof(json_t *), seed_order);
	for (size_t i = 0; i < count; i++)
		json_array_append(sorted, all[i]);
	free((void *)all);
	return sorted;
}

static json_t *counts_json(const uint64_t *counts, const char *const *words)
{
	json_t *object = json_object();

	for (unsigned i = 0; words[i]; i++)
		json_object_set_new(object, words[i], json_integer((json_int_t)counts[i]));
	return object;
}

static json_t *injected_json(const struct stress_config *config, const struct stress_total *total)
{
	json_t *object = counts_json(total->counts.injected, stress_fault_words);

	for (unsigned i = 0; i < STRESS_FAULT_COUNT; i++)
		if (!injected_known(config, i))
			json_object_set_new(object, stress_fault_words[i], json_null());
	return object;
}

static json_t *campaign_json(
	const struct stress_campaign *campaign, const struct stress_total *total, json_t *seeds)
{
	const struct stress_config *config = &campaign->config;
	const bool played = config->mode == STRESS_DETERMINISTIC;
	json_t *context = json_pack("{s:s, s:s, s:s, s:I, s:b}", "commit", DMABENCH_COMMIT,
		"version", DMABENCH_VERSION, "mode", played ? "deterministic" : "live",
		"operations_per_seed", (json_int_t)config->operations, "simulated_time", played);
	json_t *sum = json_pack(
		"{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:o, s:o, "
		"s:o}",
		"interrupted", total->interrupted, "seeds", (json_int_t)total->seeds, "cut",
		(json_int_t)total->cut, "repeated", (json_int_t)total->repeated, "failed_seeds",
		(json_int_t)total->failed_seeds, "operations", (json_int_t)total->counts.operations,
		"bytes", (json_int_t)total->counts.bytes, "events", (json_int_t)total->events,
		"power_cycles", (json_int_t)total->counts.power_cycles, "reloads",
		(json_int_t)total->counts.reloads, "recoveries",
		(json_int_t)total->counts.recoveries, "resets", (json_int_t)total->counts.resets,
		"given_up", (json_int_t)total->counts.given_up, "elapsed_s",
		(double)total->elapsed_ns / 1e9, "injected", injected_json(config, total),
		"detected", counts_json(total->counts.detected, stress_fault_words), "findings",
		counts_json(total->findings, stress_oracle_words));

	return json_pack(
		"{s:o, s:o, s:o}", "context", context, "total", sum, "seeds", seeds_sorted(seeds));
}

/* ---- what it does ------------------------------------------------------------------------------- */

static int campaign_run(
	const struct stress_campaign *wanted, const struct cli_args *args, struct err *err)
{
	struct stress_campaign campaign = *wanted;
	struct show show = {.config = &campaign.config,
		.out = cli_json_stdout(args) ? stderr : stdout,
		.seeds = args->json ? json_array() : NULL};
	struct stress_total total;
	json_t *value;
	int rc;

	campaign.config.cancelled = stop_asked;
	campaign.seed_done = seed_show;
	campaign.arg = &show;
	rc = stress_campaign_run(&campaign, &total, err);
	if (rc == 0 && !cli_json_stdout(args))
		total_print(&campaign, &total, stdout);
	if (rc == 0 && args->json) {
		value = campaign_json(&campaign, &total, show.seeds);
		rc = output_json_value(value, args->json, err);
		json_decref(value);
	}
	json_decref(show.seeds);
	if (rc)
		return rc;
	if (total.interrupted)
		cli_say("stress: interrupted; what is told is of the seeds until then");
	if (total.failed_seeds)
		return ERR_WRONG;
	return total.interrupted ? ERR_INTERNAL : ERR_NONE;
}

static void trace_line(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

static int shrink_run(struct stress_config *config, uint64_t seed, struct err *err)
{
	struct stress_result none = {.seed = seed};
	struct stress_finding nowhere = {0};
	char line[LINE_MAX_];
	unsigned tries = 0;
	int rc;

	config->cancelled = stop_asked;
	rc = stress_shrink(config, seed, &tries, err);
	if (rc && rc != -EINTR)
		return rc;
	cli_say("stress: smaller after %u tries: dmabench stress --replay '%s'", tries,
		stress_line(config, &none, &nowhere, line, sizeof(line)));
	return rc;
}

static int replay_run(const struct cli_args *args, struct err *err)
{
	struct stress_campaign campaign = {.jobs = 1};
	char commit[64];
	uint64_t seed = 0;
	int rc = stress_line_parse(
		args->replay, &campaign.config, &seed, commit, sizeof(commit), err);

	if (rc == 0 && args->trace && campaign.config.mode == STRESS_LIVE)
		rc = err_set(err, ERR_USAGE, -EINVAL,
			"--trace: threads have no events in one order; trace a deterministic line");
	if (rc)
		return rc;
	if (*commit && strcmp(commit, DMABENCH_COMMIT) != 0)
		cli_say("stress: the line is of commit %s, this is %s: the seed may do something "
			"else",
			commit, DMABENCH_COMMIT);
	if (args->shrink)
		rc = shrink_run(&campaign.config, seed, err);
	if (rc)
		return rc;
	if (args->trace)
		campaign.config.log = trace_line;
	campaign.first = campaign.last = seed;
	return campaign_run(&campaign, args, err);
}

static int stress_run(const struct cli_args *args, struct err *err)
{
	struct stress_campaign campaign = {0};
	struct stop stop;
	int rc = campaign_parse(args, &campaign, err);

	if (rc == 0 && args->json && !cli_json_stdout(args))
		rc = output_check_file(args->json, "--json", err);
	if (rc)
		return rc;
	stop_begin(&stop, "the seeds in hand");
	rc = args->replay ? replay_run(args, err) : campaign_run(&campaign, args, err);
	stop_end(&stop);
	return rc;
}

static void words_print(const char *title, const char *const words[][2], size_t count, FILE *out)
{
	fprintf(out, "\n%s:\n", title);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "  %-12s  %s\n", words[i][0], words[i][1]);
}

#define PAIR(name, help) {#name, help},

static void help_print(FILE *out)
{
	static const char *const features[][2] = {STRESS_FEATURES(PAIR)};
	static const char *const faults[][2] = {STRESS_FAULTS(PAIR)};

	words_print("what a seed turns on, each with probability one half", features,
		STRESS_FEATURE_COUNT, out);
	words_print("faults", faults, STRESS_FAULT_COUNT, out);
}

const struct cli_command cmd_stress = {
	.name = "stress",
	.summary = "seeded random load with the verifier on, every step judged",
	.text = "A failure is one line that reproduces it. One seed in a hundred is run twice in "
		"mode\n"
		"deterministic and must do the same. An injected fault that is noticed where it "
		"was\n"
		"injected is counted; one that nobody notices is a failure.\n",
	.option = options,
	.help_more = help_print,
	.run = stress_run,
};
