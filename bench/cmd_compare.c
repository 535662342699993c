// SPDX-License-Identifier: BSD-2-Clause
/*
 * cmd_compare.c: `dmabench compare`: two stored runs, or two strategies of one, case by case with a verdict. Reads the
 * database only; the statistics are harness/report/compare.h's.
 */
#include "bench/cli.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "bench/ab.h"
#include "bench/output.h"
#include "harness/opt/opt.h"
#include "harness/place/place.h"
#include "harness/report/compare.h"
#include "harness/run/observer.h"
#include "harness/store/store.h"

#define EFFECT_MAX_PERCENT 1000.0

static const struct cli_option options[] = {
	{"strategies", CLI_TEXT, offsetof(struct cli_args, strategies), "RUN",
		"compare strategies A and B of this run, pair by pair, instead of two runs"},
	{"ab", CLI_FLAG, offsetof(struct cli_args, ab), NULL,
		"A and B are commits: build both and measure them in turns, here and now"},
	{"build", CLI_TEXT, offsetof(struct cli_args, build), "COMMAND",
		"with --ab: what makes build/dmabench (default " AB_BUILD_DEFAULT ")"},
	{"job", CLI_TEXT, offsetof(struct cli_args, job), "JOB",
		"with --ab: the job to run (default " AB_JOB_DEFAULT ")"},
	{"filter", CLI_TEXT, offsetof(struct cli_args, filter), "REGEX",
		"with --ab: only cases whose name matches"},
	{"rounds", CLI_TEXT, offsetof(struct cli_args, rounds), "N",
		"with --ab: processes of each, their order drawn in each round (default 10)"},
	{"seed", CLI_TEXT, offsetof(struct cli_args, seed), "N",
		"with --ab: of that order (default 1)"},
	{"metric", CLI_TEXT, offsetof(struct cli_args, metric), "NAME",
		"counter to compare, for example lat_p99_ns (default items_per_second)"},
	{"effect", CLI_TEXT, offsetof(struct cli_args, effect), "PERCENT",
		"differences up to this do not matter (default 1)"},
	{"force", CLI_FLAG, offsetof(struct cli_args, force), NULL,
		"compare runs of unlike placement, or simulated with measured, all the same"},
	CLI_OPTION_DB,
	CLI_OPTION_JSON,
	{"no-color", CLI_FLAG, offsetof(struct cli_args, no_color), NULL,
		"no colours in the table"},
	CLI_OPTION_HELP,
	{NULL, CLI_FLAG, 0, NULL, NULL},
};

static int metric_judges(enum store_counter metric, struct err *err)
{
	if (compare_judges(metric))
		return 0;
	return err_set(err, ERR_USAGE, -EINVAL,
		"--metric %s tells what was done, not how well; compare a rate, a time or a size",
		store_counter_name(metric));
}

static int metric_take(const char *name, enum store_counter *metric, struct err *err)
{
	const char *words[STORE_COUNTER_COUNT + 1] = {NULL};

	for (unsigned i = 0; i < STORE_COUNTER_COUNT; i++) {
		words[i] = store_counter_name((enum store_counter)i);
		if (strcmp(words[i], name) == 0) {
			*metric = (enum store_counter)i;
			return metric_judges(*metric, err);
		}
	}
	const char *near = opt_nearest(name, words);

	return err_set(err, ERR_USAGE, -EINVAL,
		"--metric %s is no counter%s%s; results/README.md lists them", name,
		near ? "; did you mean " : "", near ? near : "");
}

static int effect_take(const char *text, double *effect, struct err *err)
{
	const struct opt row[] = {
		{.name = "effect", .type = OPT_REAL, .max = EFFECT_MAX_PERCENT}, {.name = NULL}};
	double percent;
	int rc = opt_set(row, &percent, "effect", text, "--effect", err);

	if (!rc)
		*effect = percent / 100;
	return rc;
}

static int wish_make(const struct cli_args *args, struct compare_wish *wish, struct err *err)
{
	int rc = 0;

	*wish = (struct compare_wish){.metric = STORE_items_per_second,
		.limits = {.effect_min = COMPARE_EFFECT, .p_max = 1 - COMPARE_LEVEL}};
	if (!args->operand != !args->operand2 || (!args->strategies && !args->operand))
		return err_set(err, ERR_USAGE, -EINVAL,
			"two are compared: dmabench compare latest~1 latest, or "
			"--strategies latest packet common");
	if (args->metric)
		rc = metric_take(args->metric, &wish->metric, err);
	if (!rc && args->effect)
		rc = effect_take(args->effect, &wish->limits.effect_min, err);
	return rc;
}

static const char *run_fact_of(const void *record, const char *key)
{
	const struct store_run *run = record;

	for (uint32_t i = 0; i < run->fact_count; i++)
		if (strcmp(run->fact[i].key, key) == 0)
			return run->fact[i].value;
	return NULL;
}

static int places_check(const struct cli_args *args, const struct store_run *a,
	const struct store_run *b, struct err *err)
{
	char why[400];

	if (place_alike(a, b, run_fact_of, why, sizeof(why)))
		return 0;
	if (args->force) {
		cli_say("compared because of --force: placements differ: %s", why);
		return 0;
	}
	return err_set(err, ERR_USAGE, -EINVAL,
		"placements differ: %s; measure both at one placement (place.driver, "
		"place.device, place.memory), or --force",
		why);
}

/* What measuring an operation costs: of the run where it costs more. */
static void observer_take(struct compare_observer *out, const struct store_run *run)
{
	struct observer observer = {0};

	for (uint32_t i = 0; i < run->fact_count; i++)
		observer_fact(&observer, run->fact[i].key, run->fact[i].value);
	out->plain_ns = fmax(out->plain_ns, observer_floor_ns(&observer, false));
	out->ledger_ns = fmax(out->ledger_ns, observer_floor_ns(&observer, true));
}

/* Time that passed and time that was computed are two things. */
static int clocks_check(const struct cli_args *args, const struct store_run *a,
	const struct store_run *b, struct err *err)
{
	if (a->simulated == b->simulated)
		return 0;
	if (args->force) {
		cli_say("compared because of --force: the time of run %s is simulated, that of the "
			"other measured",
			a->simulated ? a->id : b->id);
		return 0;
	}
	return err_set(err, ERR_USAGE, -EINVAL,
		"the time of run %s is simulated, that of the other measured; compare runs of one "
		"kind, or --force",
		a->simulated ? a->id : b->id);
}

/* What does not forbid to compare, but weakens what comes out. */
static void weakness_say(const struct store_run *a, const struct store_run *b)
{
	const char *cpu_a = run_fact_of(a, "host.cpu_model"),
		   *cpu_b = run_fact_of(b, "host.cpu_model");

	if (cpu_a && cpu_b && strcmp(cpu_a, cpu_b) != 0)
		cli_say("hosts differ: %s, and %s", cpu_a, cpu_b);
	for (const struct store_run *run = a; run; run = run == a && a != b ? b : NULL)
		if (run->state != STORE_DONE)
			cli_say("run %s is %s: it may lack cases", run->id,
				run->state == STORE_RUNNING ? "half-finished" : "not complete");
}

/* The noise audit's verdict on a run; one that was taken without is not doubted. */
static bool trusted(const struct store_run *run)
{
	const char *verdict = run_fact_of(run, "audit.verdict");

	if (!verdict || strcmp(verdict, "trusted") == 0)
		return true;
	cli_say("run %s: its figures cannot be trusted, says the noise audit", run->id);
	return false;
}

/* Repetitions that went wrong have no figures, so that no verdict tells of them. Return: whether B has some. */
static bool failures_say(const struct compare *comparison)
{
	const uint32_t a = compare_failed(comparison, false), b = compare_failed(comparison, true);

	if (a)
		cli_say("A, %s: %u repetition%s failed, left out", comparison->label_a, a,
			opt_plural(a));
	if (b)
		cli_say("B, %s: %u repetition%s failed, left out", comparison->label_b, b,
			opt_plural(b));
	return b > 0;
}

#define WORDS_MAX 64 /* strategies of a run that are looked at for a suggestion */

static int strategy_check(const struct store_run *run, const char *strategy, struct err *err)
{
	const char *words[WORDS_MAX + 1] = {NULL};
	unsigned count = 0;

	for (uint32_t i = 0; i < run->cell_count; i++) {
		const char *word = run->cell[i].params.strategy;
		unsigned known = 0;

		if (strcmp(word, strategy) == 0)
			return 0;
		while (known < count && strcmp(words[known], word) != 0)
			known++;
		if (known == count && word[0] && count < WORDS_MAX)
			words[count++] = word;
	}
	const char *near = opt_nearest(strategy, words);
	char list[160] = "";

	for (unsigned i = 0; i < count; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "",
			words[i]);
	return err_set(err, ERR_USAGE, -ENOENT, "run %s has no strategy '%.32s'%s%s%s; it has %s",
		run->id, strategy, near ? "; did you mean '" : "", near ? near : "",
		near ? "'" : "", list);
}

/* Without A and B: the first two strategies of the run. */
static int strategies_take(const struct cli_args *args, const struct store_run *run,
	struct compare_wish *wish, struct err *err)
{
	wish->strategy_a = args->operand;
	wish->strategy_b = args->operand2;
	for (uint32_t i = 0; i < run->cell_count && !wish->strategy_b; i++) {
		const char *strategy = run->cell[i].params.strategy;

		if (!strategy[0])
			continue;
		if (!wish->strategy_a)
			wish->strategy_a = strategy;
		else if (strcmp(strategy, wish->strategy_a) != 0)
			wish->strategy_b = strategy;
	}
	if (!wish->strategy_b)
		return err_set(err, ERR_USAGE, -ENOENT,
			"run %s measured fewer than two strategies; compare it with another run",
			run->id);
	int rc = strategy_check(run, wish->strategy_a, err);

	return rc ? rc : strategy_check(run, wish->strategy_b, err);
}

static int comparison_show(
	const struct cli_args *args, const struct compare *comparison, struct err *err)
{
	if (!cli_json_stdout(args))
		compare_table(comparison, cli_color(args), stdout);
	if (!args->json)
		return 0;
	json_t *json = compare_json(comparison);
	int rc = output_json_value(json, args->json, err);

	json_decref(json);
	return rc;
}

static int runs_compare(const struct cli_args *args, const struct store_run *a,
	const struct store_run *b, struct compare_wish *wish, struct err *err)
{
	struct compare comparison;
	int rc = args->strategies ? strategies_take(args, a, wish, err)
	                          : places_check(args, a, b, err);

	rc = rc ? rc : clocks_check(args, a, b, err);
	if (!rc)
		weakness_say(a, b);
	observer_take(&wish->observer, a);
	observer_take(&wish->observer, b);
	if (!rc)
		rc = compare_make(&comparison, a, b, wish, err);
	if (rc)
		return rc;
	rc = comparison_show(args, &comparison, err);
	const bool worse = compare_count(&comparison, STATS_WORSE) > 0;
	const bool sure = (int)trusted(a) & (int)(a == b || trusted(b));
	const bool failed = failures_say(&comparison);

	compare_free(&comparison);
	if (rc)
		return rc;
	return failed ? ERR_WRONG : !sure ? ERR_UNTRUSTED : worse ? ERR_WRONG : ERR_NONE;
}

static int runs_read(
	const struct cli_args *args, struct store_run **a, struct store_run **b, struct err *err)
{
	struct store *store;
	int rc = store_open_readonly(&store, args->db ? args->db : CLI_DB_DEFAULT, err);

	if (rc)
		return rc;
	rc = store_read(store, args->strategies ? args->strategies : args->operand, a, err);
	if (!rc && !args->strategies)
		rc = store_read(store, args->operand2, b, err);
	store_close(store);
	return rc;
}

static int number_take(const char *text, const char *option, double min, double max,
	uint64_t *value, struct err *err)
{
	const struct opt row[] = {
		{.name = "number", .type = OPT_COUNT, .min = min, .max = max}, {.name = NULL}};

	return text ? opt_set(row, value, "number", text, option, err) : 0;
}

static int commits_measure(
	const struct cli_args *args, struct store_run **a, struct store_run **b, struct err *err)
{
	struct ab_wish wish = {.base = args->operand,
		.head = args->operand2,
		.build = args->build ? args->build : AB_BUILD_DEFAULT,
		.job = args->job ? args->job : AB_JOB_DEFAULT,
		.filter = args->filter,
		.seed = 1};
	uint64_t rounds = AB_ROUNDS;
	int rc = 0;

	if (args->strategies || args->db) {
		err_set(err, ERR_USAGE, -EINVAL,
			"--ab measures by itself; leave --strategies and --db out");
		return -EINVAL;
	}
	rc = number_take(args->rounds, "--rounds", 1, AB_ROUNDS_MAX, &rounds, err);
	rc = rc ? rc : number_take(args->seed, "--seed", 0, UINT32_MAX, &wish.seed, err);
	wish.rounds = (unsigned)rounds;
	return rc ? rc : ab_measure(&wish, a, b, err);
}

static int compare_run(const struct cli_args *args, struct err *err)
{
	struct store_run *a = NULL, *b = NULL;
	struct compare_wish wish;
	int rc = wish_make(args, &wish, err);

	wish.paired = args->ab;
	if (!rc && args->json && !cli_json_stdout(args))
		rc = output_check_file(args->json, "--json", err);
	if (!rc && !args->ab &&
		(args->build || args->job || args->filter || args->rounds || args->seed))
		rc = err_set(err, ERR_USAGE, -EINVAL,
			"--build, --job, --filter, --rounds and --seed go with --ab only");
	if (!rc)
		rc = args->ab ? commits_measure(args, &a, &b, err) : runs_read(args, &a, &b, err);
	if (!rc)
		rc = runs_compare(args, a, b ? b : a, &wish, err);
	store_run_free(b);
	store_run_free(a);
	return rc;
}

const struct cli_command cmd_compare = {
	.name = "compare",
	.operand = "A B",
	.operands = 1,
	.summary = "two runs, or two strategies of one: difference, interval, verdict",
	.text = "A and B are runs: an id, the beginning of one, latest, latest~1 (the one before), "
		"night\n(suite of the newest night); with --strategies they are strategies of RUN "
		"(default: its first two); with --ab "
		"commits of the\n"
		"repository here, or . for its files as they are.\n"
		"Exit code: 0 nothing is worse, 1 B is worse in a case or failed in one, 5 a run "
		"cannot be trusted.\n",
	.option = options,
	.run = compare_run,
};
