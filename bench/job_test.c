// SPDX-License-Identifier: BSD-2-Clause
/* job_test.c: sections of job files and built-in jobs, what the command line puts on top, and the facts of it. */
#include "bench/job.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/support/fault.h"

static char path[] = "/tmp/job_test.XXXXXX";

static int file_make(void **state)
{
	static const char text[] = "[global]\ndevice=soft\nsize=4k\nseed=7\n"
				   "[small]\nfamily=transfer\n"
				   "[large]\nfamily=transfer\nsize=64k,1m\n";
	const int file = mkstemp(path);

	(void)state;
	if (file < 0 || write(file, text, sizeof(text) - 1) != (ssize_t)sizeof(text) - 1)
		return -1;
	return close(file);
}

static int file_drop(void **state)
{
	(void)state;
	return unlink(path);
}

static const char *fact_find(const struct job_facts *facts, const char *key)
{
	for (size_t i = 0; i < facts->count; i++) {
		if (strcmp(facts->fact[i].key, key) == 0)
			return facts->fact[i].value;
	}
	return NULL;
}

static void sections_inherit_and_the_command_line_wins(void **state)
{
	(void)state;
	struct cli_setting settings[] = {
		{.option = "set", .key = "size=1k", .key_len = 4, .value = "1k"},
		{.option = "seed", .key = "seed", .key_len = 4, .value = "9"},
	};
	struct cli_args args = {.operand = path, .setting = settings};
	struct err err = ERR_INIT;
	struct job *job;

	assert_int_equal(job_open(&job, &args, NULL, &err), 0);
	assert_int_equal(job->count, 2);
	assert_string_equal(job->name[0], "small");
	assert_string_equal(job->name[1], "large");
	assert_int_equal(job->section[0].size.count, 1);
	assert_int_equal(job->section[0].size.value[0], 4096);
	assert_int_equal(job->section[1].size.count, 2);
	assert_int_equal(job->section[1].size.value[1], 1 << 20);
	assert_int_equal(job->section[1].seed, 7);
	job_close(job);

	args.setting_count = 2;
	assert_int_equal(job_open(&job, &args, NULL, &err), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(job->section[i].size.count, 1);
		assert_int_equal(job->section[i].size.value[0], 1024);
		assert_int_equal(job->section[i].seed, 9);
	}
	job_close(job);
	job_close(NULL);
}

/* Only a file that the caller has named is named to him, and what else he has set is not passed over. */
static void sections_know_their_place(void **state)
{
	(void)state;
	struct cli_setting setting = {.option = "set", .key = "seed", .key_len = 4, .value = "9"};
	struct cli_args args = {.operand = path, .setting = &setting};
	struct err err = ERR_INIT;
	char expected[sizeof(path) + 80];
	struct job *job;

	assert_int_equal(job_open(&job, &args, NULL, &err), 0);
	snprintf(expected, sizeof(expected), "%s:7: [large]", path);
	assert_string_equal(job->section[1].where, expected);
	job_close(job);
	args.setting_count = 1;
	assert_int_equal(job_open(&job, &args, NULL, &err), 0);
	snprintf(
		expected, sizeof(expected), "%s:5: [small] with the command line's settings", path);
	assert_string_equal(job->section[0].where, expected);
	job_close(job);
	args.operand = NULL;
	assert_int_equal(job_open(&job, &args, NULL, &err), 0);
	assert_null(job->section[0].where);
	job_close(job);
}

static void facts_name_sections_only_where_they_differ(void **state)
{
	(void)state;
	const struct cli_args args = {.operand = path, .filter = "size:4096"};
	struct job_facts facts;
	struct job *job;

	assert_int_equal(job_open(&job, &args, NULL, NULL), 0);
	assert_int_equal(job_facts_open(&facts, job, &args, NULL), 0);
	assert_null(facts.fact[facts.count].key);
	assert_string_equal(fact_find(&facts, "job.seed"), "7");
	assert_string_equal(fact_find(&facts, "job.small.size"), "4k");
	assert_string_equal(fact_find(&facts, "job.large.size"), "64k,1m");
	assert_null(fact_find(&facts, "job.size"));
	assert_string_equal(fact_find(&facts, "job.file"), path);
	assert_string_equal(fact_find(&facts, "job.filter"), "size:4096");
	assert_non_null(fact_find(&facts, "version.commit"));
	/* A key stands in the record once. */
	for (size_t i = 0; i < facts.count; i++)
		assert_ptr_equal(fact_find(&facts, facts.fact[i].key), facts.fact[i].value);
	job_facts_close(&facts);
	job_facts_close(&facts);
	job_close(job);
}

/* A sweep of any key is inherited, written over and told in the facts like one value. */
static void sweeps_inherit_and_stand_in_the_facts(void **state)
{
	static const char text[] = "[global]\nfamily=transfer\ndevice.map_registers=2,4\n"
				   "[few]\n"
				   "[many]\ndevice.map_registers=64..256*2\n"
				   "[none]\ndevice.map_registers=0\nframes.high=0..100+50\n";
	struct cli_setting setting = {
		.option = "set", .key = "poll.budget_us=5,10", .key_len = 14, .value = "5,10"};
	char sweep[] = "/tmp/job_sweep.XXXXXX";
	const int file = mkstemp(sweep);
	struct cli_args args = {.operand = sweep, .setting = &setting, .setting_count = 1};
	struct job_facts facts;
	struct job *job;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(write(file, text, sizeof(text) - 1), sizeof(text) - 1);
	close(file);
	assert_int_equal(job_open(&job, &args, NULL, &err), 0);
	assert_int_equal(opt_values(run_options, &job->section[0], "device.map_registers"), 2);
	assert_int_equal(opt_values(run_options, &job->section[1], "device.map_registers"), 3);
	assert_int_equal(opt_values(run_options, &job->section[2], "device.map_registers"), 1);
	assert_int_equal(job->section[2].dev.map_registers, 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(opt_values(run_options, &job->section[i], "poll.budget_us"), 2);
	assert_int_equal(job_facts_open(&facts, job, &args, NULL), 0);
	assert_string_equal(fact_find(&facts, "job.poll.budget_us"), "5,10");
	assert_string_equal(fact_find(&facts, "job.few.device.map_registers"), "2,4");
	assert_string_equal(fact_find(&facts, "job.many.device.map_registers"), "64,128,256");
	assert_string_equal(fact_find(&facts, "job.none.device.map_registers"), "0");
	assert_string_equal(fact_find(&facts, "job.none.frames.high"), "0,50,100");
	assert_non_null(
		strstr(fact_find(&facts, "job.text"), "\ndevice.map_registers=64,128,256\n"));
	job_facts_close(&facts);
	job_close(job);
	unlink(sweep);
}

/* What the record says can be typed again: the echo of a built-in job is read back into the same echo. */
static void the_echo_of_settings_reads_back(void **state)
{
	(void)state;
	const struct cli_args args = {.quick = true};
	struct run_settings copy;
	char first[1024], second[1024];
	struct job *job;

	assert_int_equal(job_open(&job, &args, NULL, NULL), 0);
	assert_true(job->count > 1);
	for (unsigned i = 0; i < job->count; i++) {
		run_settings_init(&copy);
		for (const struct opt *row = run_options; row->name; row++) {
			struct err err = ERR_INIT;

			opt_format(row, &job->section[i], first, sizeof(first));
			if (opt_set(run_options, &copy, row->name, first, "echo", &err))
				fail_msg("%s", err.message);
			opt_format(row, &copy, second, sizeof(second));
			assert_string_equal(first, second);
		}
	}
	job_close(job);
}

static void every_failing_allocation_is_an_error(void **state)
{
	(void)state;
	const struct cli_args args = {.operand = path};
	unsigned nth;

	for (nth = 1; nth < 500; nth++) {
		struct err err = ERR_INIT;
		struct job_facts facts = {0};
		struct job *job = NULL;
		int rc;

		fault_arm(nth, false);
		rc = job_open(&job, &args, NULL, &err);
		if (!rc)
			rc = job_facts_open(&facts, job, &args, &err);
		const bool fired = fault_fired() != NULL;

		fault_arm(0, false);
		assert_int_equal(rc, fired ? -ENOMEM : 0);
		assert_int_equal(err.kind, fired ? ERR_MISSING : ERR_NONE);
		job_facts_close(&facts);
		job_close(job);
		if (!fired)
			break;
	}
	assert_in_range(nth, 50, 499);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_inherit_and_the_command_line_wins),
		cmocka_unit_test(sections_know_their_place),
		cmocka_unit_test(facts_name_sections_only_where_they_differ),
		cmocka_unit_test(sweeps_inherit_and_stand_in_the_facts),
		cmocka_unit_test(the_echo_of_settings_reads_back),
		cmocka_unit_test(every_failing_allocation_is_an_error),
	};

	return cmocka_run_group_tests_name("job", tests, file_make, file_drop);
}
