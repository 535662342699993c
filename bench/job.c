// SPDX-License-Identifier: BSD-2-Clause
/* job.c: see job.h. Knows the keys of a run by run_options only. */
#include "bench/job.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/support/fault.h"
#include "bench/gbench/gbench.h"
#include "bench/resume.h"
#include "bench/shipped.h"
#include "version.h"

#define JOB_VALUE_MAX (OPT_LIST_MAX * 32) /* a list of 64 numbers of 24 digits as text */
#define JOB_KEY_MAX   64

/* ---- settings ------------------------------------------------------------------------------------------ */

/* Names become part of the keys of facts, so they must fit and differ. The reader puts file and line in front. */
static void *section_begin(void *arg, const char *section, const char *where, struct err *err)
{
	struct job *job = arg;

	if (job->count == RUN_SECTIONS_MAX) {
		err_set(err, ERR_USAGE, -E2BIG, "more than %d sections; split the file",
			RUN_SECTIONS_MAX);
		return NULL;
	}
	if (strlen(section) >= JOB_NAME_MAX) {
		err_set(err, ERR_USAGE, -ENAMETOOLONG,
			"the name is too long; at most %d characters expected", JOB_NAME_MAX - 1);
		return NULL;
	}
	for (unsigned i = 0; i < job->count; i++) {
		if (strcmp(job->name[i], section) == 0) {
			err_set(err, ERR_USAGE, -EEXIST,
				"stands there twice; give each section a name of its own");
			return NULL;
		}
	}
	snprintf(job->name[job->count], JOB_NAME_MAX, "%s", section);
	snprintf(job->where[job->count], JOB_WHERE_MAX, "%s: [%s]", where, section);
	job->section[job->count] = job->global;
	return &job->section[job->count++];
}

/* Miniports of one's own become words of `strategy` before anything is read that may name them. */
static int drivers_add(const struct cli_args *args, const struct store_run *before, struct err *err)
{
	int rc = 0;

	for (unsigned i = 0; i < args->driver_count && rc >= 0; i++)
		rc = run_driver_add(args->driver[i], err);
	for (uint32_t i = 0; before && i < before->fact_count && rc >= 0; i++) {
		const struct store_fact *fact = &before->fact[i];

		if (strncmp(fact->key, RESUME_DRIVER_FACT, strlen(RESUME_DRIVER_FACT)) == 0)
			rc = run_driver_add(fact->value, err);
	}
	return rc < 0 ? rc : 0;
}

/* They are measured beside what the job names. */
static void drivers_select(struct run_settings *settings, unsigned count)
{
	struct opt_list *list = &settings->strategy;

	for (uint64_t word = RUN_MODULE; word < RUN_MODULE + count; word++) {
		uint32_t at = 0;

		while (at < list->count && list->value[at] != word)
			at++;
		if (at == list->count && at < OPT_LIST_MAX)
			list->value[list->count++] = word;
	}
}

static int shipped_load(struct job *job, const struct embed_file *file, struct err *err)
{
	char path[SHIPPED_NAME_MAX + sizeof("bench/jobs/")];

	snprintf(path, sizeof(path), "bench/jobs/%s", file->name);
	snprintf(job->source, sizeof(job->source), "%s", path);
	return opt_ini_text(path, file->bytes, file->len_bytes, run_options, &job->global,
		section_begin, job, err);
}

/* Neither a shipped job nor, as it seems, a path. */
static int operand_refused(const char *word, struct err *err)
{
	const struct embed_file *near = shipped_nearest(word);
	char name[SHIPPED_NAME_MAX];

	if (near)
		return err_set(err, ERR_USAGE, -ENOENT,
			"'%.64s' is neither a file nor a shipped job; did you mean '%s'?", word,
			shipped_name(near, name));
	return err_set(err, ERR_USAGE, -ENOENT,
		"'%.64s' is neither a file nor a shipped job; see: dmabench list jobs", word);
}

/* What is wrong with a section is said with its place, where the caller can see it: in a file he has named. */
static void places_tell(struct job *job, bool settings)
{
	for (unsigned i = 0; i < job->count; i++) {
		const size_t used = strlen(job->where[i]);

		snprintf(job->where[i] + used, JOB_WHERE_MAX - used, "%s",
			settings ? " with the command line's settings" : "");
		job->section[i].where = job->where[i];
	}
}

/* A word without dot and slash is a shipped job; a file of that name is reached as ./NAME. */
static int job_load(struct job *job, const struct cli_args *args, struct err *err)
{
	const char *name = args->operand ? args->operand : args->quick ? "quick" : "default";
	const struct embed_file *file = shipped_find(name);

	if (args->operand && args->quick)
		return err_set(err, ERR_USAGE, -EINVAL,
			"--quick: a shipped job of its own, cannot be combined with %s",
			args->operand);
	run_settings_init(&job->global);
	if (file)
		return shipped_load(job, file, err);
	if (!strpbrk(name, "./") && access(name, F_OK))
		return operand_refused(name, err);
	snprintf(job->source, sizeof(job->source), "%s", name);
	return opt_ini(name, run_options, &job->global, section_begin, job, err);
}

/*
 * The job as it is measured, every key of every section: "[name]" and "key=value" lines. Not a job file: a list of 64
 * values is longer than a line of one may be. Return: NULL without memory; free it.
 */
static char *job_text(const struct job *job)
{
	char value[JOB_VALUE_MAX], *text = NULL;
	size_t len = 0;
	FILE *out = fault_point("job_text") ? NULL : open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (unsigned i = 0; i < job->count; i++) {
		fprintf(out, "[%s]\n", job->name[i]);
		for (const struct opt *row = run_options; row->name; row++) {
			opt_format(row, &job->section[i], value, sizeof(value));
			fprintf(out, "%s=%s\n", row->name, value);
		}
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static int text_line(struct job *job, char *line, const char *where, struct err *err)
{
	const size_t len = strlen(line);
	char *equals = strchr(line, '=');

	if (line[0] == '[' && len > 2 && line[len - 1] == ']') {
		line[len - 1] = '\0';
		return section_begin(job, line + 1, where, err) ? 0 : -EBADMSG;
	}
	if (!equals || !job->count)
		return err_set(
			err, ERR_USAGE, -EBADMSG, "%s: '%.40s' is no key of a job", where, line);
	*equals = '\0';
	return opt_set(run_options, &job->section[job->count - 1], line, equals + 1, where, err);
}

/* The job of a record, for going on with it. */
static int job_restore(struct job *job, const struct store_run *before, struct err *err)
{
	char *text = strdup(resume_fact(before, RESUME_JOB_FACT));
	char where[STORE_ID_MAX + 24];
	int rc = 0;

	if (!text)
		return err_short(err, -ENOMEM, "no memory for the job");
	snprintf(where, sizeof(where), "run %s, " RESUME_JOB_FACT, before->id);
	snprintf(job->source, sizeof(job->source), "run %s", before->id);
	run_settings_init(&job->global);
	for (char *save, *line = strtok_r(text, "\n", &save); line && !rc;
		line = strtok_r(NULL, "\n", &save))
		rc = text_line(job, line, where, err);
	free(text);
	return rc;
}

/* What the command line says besides must not make another job of it. */
static int job_check_same(const struct job *job, const struct store_run *before, struct err *err)
{
	char *text = job_text(job);
	int rc = 0;

	if (!text)
		return err_short(err, -ENOMEM, "no memory for the job");
	if (strcmp(text, resume_fact(before, RESUME_JOB_FACT)) != 0)
		rc = err_set(err, ERR_USAGE, -EINVAL,
			"run %s: the command line makes another job of it; leave its settings out, "
			"start a new run, or --force",
			before->id);
	free(text);
	return rc;
}

static int setting_apply(struct job *job, const struct cli_setting *setting, struct err *err)
{
	char key[JOB_KEY_MAX], where[JOB_KEY_MAX];
	int rc = 0;

	if (setting->key_len >= sizeof(key))
		return err_set(err, ERR_USAGE, -EINVAL, "--%s: unknown key %s", setting->option,
			setting->key);
	snprintf(key, sizeof(key), "%.*s", (int)setting->key_len, setting->key);
	snprintf(where, sizeof(where), "--%s", setting->option);
	for (unsigned i = 0; i < job->count && !rc; i++)
		rc = opt_set(run_options, &job->section[i], key, setting->value, where, err);
	return rc;
}

int job_open(struct job **out, const struct cli_args *args, const struct store_run *before,
	struct err *err)
{
	struct job *job = fault_point("job_alloc") ? NULL : calloc(1, sizeof(*job));
	int rc;

	*out = NULL;
	if (!job)
		return err_short(err, -ENOMEM, "no memory for the job");
	rc = drivers_add(args, before, err);
	rc = rc ? rc : before ? job_restore(job, before, err) : job_load(job, args, err);
	for (unsigned i = 0; i < args->setting_count && !rc; i++)
		rc = setting_apply(job, &args->setting[i], err);
	for (unsigned i = 0; i < job->count && args->verify_driver && !rc; i++)
		rc = opt_set(
			run_options, &job->section[i], "verifier", "on", "--verify-driver", err);
	for (unsigned i = 0; i < job->count; i++)
		drivers_select(&job->section[i], args->driver_count);
	if (before && !args->force)
		rc = rc ? rc : job_check_same(job, before, err);
	if (!before && args->operand)
		places_tell(job, args->setting_count > 0);
	if (rc) {
		job_close(job);
		return rc;
	}
	*out = job;
	return 0;
}

void job_close(struct job *job)
{
	run_drivers_clear();
	free(job);
}

/* ---- facts --------------------------------------------------------------------------------------------- */

int job_facts_add(struct job_facts *facts, const char *key, const char *value, struct err *err)
{
	if (facts->count + 1 >= facts->room) {
		const size_t room = facts->room ? 2 * facts->room : 64;
		struct run_fact *grown = fault_point("job_facts")
		                                 ? NULL
		                                 : realloc(facts->fact, room * sizeof(*grown));

		if (!grown)
			return err_short(err, -ENOMEM, "no memory for the facts of the job");
		facts->fact = grown;
		facts->room = room;
	}
	struct run_fact *fact = &facts->fact[facts->count];

	fact[1] = (struct run_fact){NULL, NULL};
	fact->key = fault_point("job_facts") ? NULL : strdup(key);
	fact->value = fault_point("job_facts") ? NULL : strdup(value);
	if (!fact->key || !fact->value) {
		free((void *)fact->key);
		free((void *)fact->value);
		*fact = (struct run_fact){NULL, NULL};
		return err_short(err, -ENOMEM, "no memory for the facts of the job");
	}
	facts->count++;
	return 0;
}

/* One fact if all sections agree on @row, else one a section. */
static int fact_add_row(
	struct job_facts *facts, const struct job *job, const struct opt *row, struct err *err)
{
	char first[JOB_VALUE_MAX], value[JOB_VALUE_MAX], key[JOB_KEY_MAX + JOB_NAME_MAX];
	bool same = true;
	int rc = 0;

	opt_format(row, &job->section[0], first, sizeof(first));
	for (unsigned i = 1; i < job->count && same; i++) {
		opt_format(row, &job->section[i], value, sizeof(value));
		same = strcmp(first, value) == 0;
	}
	if (same) {
		snprintf(key, sizeof(key), "job.%s", row->name);
		return job_facts_add(facts, key, first, err);
	}
	for (unsigned i = 0; i < job->count && !rc; i++) {
		opt_format(row, &job->section[i], value, sizeof(value));
		snprintf(key, sizeof(key), "job.%s.%s", job->name[i], row->name);
		rc = job_facts_add(facts, key, value, err);
	}
	return rc;
}

static int fact_add_text(struct job_facts *facts, const struct job *job, struct err *err)
{
	char *text = job_text(job);
	int rc = text ? job_facts_add(facts, RESUME_JOB_FACT, text, err)
	              : err_short(err, -ENOMEM, "no memory for the facts of the job");

	free(text);
	return rc;
}

int job_facts_open(struct job_facts *facts, const struct job *job, const struct cli_args *args,
	struct err *err)
{
	const struct run_fact fixed[] = {
		{"version.dmabench", DMABENCH_VERSION},
		{"version.commit", DMABENCH_COMMIT},
		{"version.gbench", gbench_version()},
		{"version.compiler", __VERSION__},
		{"version.libc", gnu_get_libc_version()},
		{"job.file", job->source},
		{RESUME_FILTER_FACT, args->filter ? args->filter : ""},
	};
	char process[RESUME_PROCESS_MAX];
	int rc = 0;

	memset(facts, 0, sizeof(*facts));
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]) && !rc; i++)
		rc = job_facts_add(facts, fixed[i].key, fixed[i].value, err);
	for (unsigned i = 0; i < args->driver_count && !rc; i++) {
		char key[JOB_KEY_MAX], path[PATH_MAX];

		snprintf(key, sizeof(key), RESUME_DRIVER_FACT "%s",
			run_strategy_words[RUN_MODULE + i]);
		/* Whole, so that the run can be resumed from another folder. */
		rc = job_facts_add(
			facts, key, realpath(args->driver[i], path) ? path : args->driver[i], err);
	}
	for (const struct opt *row = run_options; row->name && !rc; row++)
		rc = fact_add_row(facts, job, row, err);
	rc = rc ? rc : fact_add_text(facts, job, err);
	rc = rc ? rc : job_facts_add(facts, STORE_PROCESS_FACT, resume_process(process), err);
	if (rc)
		job_facts_close(facts);
	return rc;
}

void job_facts_close(struct job_facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		free((void *)facts->fact[i].key);
		free((void *)facts->fact[i].value);
	}
	free(facts->fact);
	memset(facts, 0, sizeof(*facts));
}
