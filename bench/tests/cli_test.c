// SPDX-License-Identifier: BSD-2-Clause
/*
 * cli_test.c: the command line from argv to exit code: what is printed where, what is refused and how, and that nothing
 * is left behind by what was refused. Measures nothing.
 */
#include "bench/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bench/tests/testing.h"
#include "drivers/support/testing.h"
#include "harness/run/run.h"

/* ---- help --------------------------------------------------------------------------------------------------- */

static const char overall_help[] =
	"dmabench: packet-based against common-buffer DMA, measured\n"
	"\n"
	"usage: dmabench COMMAND [OPTION]...\n"
	"\n"
	"commands:\n"
	"  run        measure a job, store it, print a table\n"
	"  driver     run one miniport's whole life with the verifier on, print the audit\n"
	"  rules      the rules the verifier knows, each with what to do\n"
	"  list       show what there is to measure, and what was measured\n"
	"  report     write the page of a stored run, with its plots, and print its path\n"
	"  export     a stored run in the format of another tool\n"
	"  import     take Google Benchmark's JSON into the record, and print the run's id\n"
	"  store      look after the database: check, vacuum, merge, export\n"
	"  compare    two runs, or two strategies of one: difference, interval, verdict\n"
	"  nightly    a suite, stored, judged against all nights before, reported\n"
	"  count      instructions of an operation, under callgrind: figures without noise\n"
	"  doctor     judge host and set-up before measuring\n"
	"  stress     seeded random load with the verifier on, every step judged\n"
	"\n"
	"  --version  version, commit and libraries\n"
	"  --help     this text; dmabench COMMAND --help for a command\n"
	"\n"
	"exit codes:\n"
	"  0  done, and nothing is wrong\n"
	"  1  what was measured is wrong: data mismatch, rule broken, lost completion, regression\n"
	"  2  the caller is wrong: usage, unreadable or invalid input; nothing was written\n"
	"  3  something needed is missing: device, permission, memory, package, room for the "
	"output\n"
	"  4  dmabench itself failed or was interrupted\n"
	"  5  figures were taken but cannot be trusted; the noise audit says why\n";

static void help_goes_to_stdout_and_misuse_to_stderr(void **state)
{
	(void)state;
	struct said asked = SAY("--help"), shorter = SAY("-h");
	struct said misused = say((const char *const[]){NULL});

	assert_code(asked, 0);
	assert_string_equal(asked.out, overall_help);
	assert_string_equal(asked.err, "");
	assert_string_equal(shorter.out, overall_help);
	assert_code(misused, 2);
	assert_string_equal(misused.out, "");
	assert_string_equal(misused.err, overall_help);
	said_free(&asked);
	said_free(&shorter);
	said_free(&misused);
}

static void every_command_explains_every_option(void **state)
{
	(void)state;
	const struct cli_command *const commands[] = {&cmd_run, &cmd_driver, &cmd_rules, &cmd_list,
		&cmd_report, &cmd_export, &cmd_import, &cmd_store, &cmd_compare, &cmd_nightly,
		&cmd_count, &cmd_doctor, &cmd_stress};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct said said = SAY(commands[i]->name, "--help");
		char option_text[64];

		assert_code(said, 0);
		assert_string_equal(said.err, "");
		assert_says(said.out, commands[i]->summary);
		for (const struct cli_option *o = commands[i]->option; o->name; o++) {
			snprintf(option_text, sizeof(option_text), "\n  --%s%s%s ", o->name,
				o->value ? " " : "", o->value ? o->value : "");
			assert_says(said.out, option_text);
			assert_says(said.out, o->help);
		}
		said_free(&said);
	}
	struct said said = SAY("run", "--seed", "1", "-h");

	/* The keys of --set come from the option table of a run. */
	assert_code(said, 0);
	assert_says(said.out, "device.fault_rate");
	assert_says(said.out, "hybrid.threshold");
	said_free(&said);
}

static void the_version_names_commit_and_library(void **state)
{
	(void)state;
	struct said said = SAY("--version");

	assert_code(said, 0);
	assert_int_equal(strncmp(said.out, "dmabench ", 9), 0);
	assert_says(said.out, "Google Benchmark 1.");
	said_free(&said);
}

/* ---- what is refused ------------------------------------------------------------------------------------------ */

struct refusal {
	const char *args[8];
	const char *says[2]; /* parts of the message */
};

static void refused_each(const struct refusal *refusals, size_t count, int code)
{
	for (size_t i = 0; i < count; i++) {
		const unsigned before = entries_here();
		struct said said = say(refusals[i].args);

		assert_code(said, code);
		assert_string_equal(said.out, "");
		assert_int_equal(strncmp(said.err, "dmabench: ", 10), 0);
		assert_says(said.err, refusals[i].says[0]);
		if (refusals[i].says[1])
			assert_says(said.err, refusals[i].says[1]);
		/* One line, and nothing made. */
		if (lines_of(said.err) != 1)
			fail_msg("one line expected:\n%s", said.err);
		assert_int_equal(entries_here(), before);
		said_free(&said);
	}
}

static void misspelt_words_get_the_nearest_one(void **state)
{
	(void)state;
	const struct refusal refusals[] = {
		{{"rum"}, {"unknown command 'rum'", "did you mean run?"}},
		{{"xyzzy"}, {"unknown command 'xyzzy'", "dmabench --help"}},
		{{"run", "--quik"}, {"--quik", "--quick"}},
		{{"run", "--devise=soft"}, {"--devise=soft", "--device"}},
		{{"run", "--xyzzy"}, {"--xyzzy", "dmabench run --help"}},
		{{"run", "-x"}, {"-x"}},
		{{"list", "caess"}, {"'caess'", "cases"}},
		{{"list", "xyzzy"}, {"'xyzzy'", "strategies"}},
		{{"run", "--set", "sise=4k"}, {"--set", "size"}},
		{{"run", "--set", "device.falt=drop"}, {"device.falt", "device.fault"}},
		{{"run", "--strategy", "pakcet"}, {"--strategy", "packet"}},
		{{"run", "--verify", "ful"}, {"--verify", "full"}},
		{{"run", "--set", "device.fault=dorp"}, {"dorp", "drop"}},
	};

	refused_each(refusals, COUNT_OF(refusals), 2);
}

static void values_that_cannot_be_are_refused(void **state)
{
	(void)state;
	const struct refusal refusals[] = {
		{{"run", "--seed"}, {"--seed", "missing"}},
		{{"run", "--quick=3"}, {"--quick=3", "no value"}},
		{{"run", "--set", "size"}, {"--set size", "KEY=VALUE"}},
		{{"run", "--set", "=4"}, {"--set =4", "KEY=VALUE"}},
		{{"run", "--set", "size=0"}, {"size", "0"}},
		{{"run", "--set", "size=4x"}, {"size", "4x"}},
		{{"run", "--set", "ring_entries=16", "--set", "depth=32"}, {"depth", "ring"}},
		{{"run", "--set", "family=rings"}, {"rings", "ring"}},
		{{"run", "--set", "window=1"}, {"window of 1 bytes", "set window to"}},
		{{"run", "--set", "frames.node=15"}, {"frames.node 15", "frames.high"}},
		{{"run", "--set", "device.fault_rate=2"}, {"device.fault_rate", "2"}},
		{{"run", "--seed", "one"}, {"--seed", "one"}},
		{{"run", "--duration", "5parsecs"}, {"--duration", "5parsecs"}},
		{{"run", "--repetitions", "0"}, {"--repetitions", "0"}},
		{{"run", "--filter", "size:("}, {"--filter", "size:("}},
		{{"run", "--filter", "no such case"}, {"--filter"}},
		{{"run", "--filter", ""}, {"--filter", "REGEX"}},
		{{"run", "--json", ""}, {"--json", "FILE"}},
		{{"run", "--device", "nonesuch"}, {"nonesuch", "soft"}},
		{{"run", "--no-store", "--db", "x.db"}, {"--no-store", "--db"}},
		{{"run", "a.ini", "b.ini"}, {"b.ini"}},
		{{"run", "--quick", "a.ini"}, {"--quick", "a.ini"}},
		{{"list", "cases", "devices"}, {"devices"}},
	};

	refused_each(refusals, COUNT_OF(refusals), 2);
}

static void places_that_cannot_be_written_are_refused_before_measuring(void **state)
{
	(void)state;
	const struct refusal refusals[] = {
		{{"run", "--quick", "--json", "no/such/folder.json"},
			{"--json no/such/folder.json"}},
		{{"run", "--quick", "--json", "."}, {"--json .", "directory"}},
		{{"run", "--quick", "--json", "absent/"}, {"--json absent/", "directory"}},
		{{"stress", "--seeds", "1", "--json", "absent//"}, {"--json absent//"}},
		{{"run", "--quick", "--out", "file/below"}, {"--out file/below"}},
		{{"run", "--quick", "--out", "file"}, {"--out file"}},
		{{"run", "--quick", "--out", "/proc/dmabench"}, {"--out /proc/dmabench"}},
		{{"list", "--json", "no/such/folder.json"}, {"--json no/such/folder.json"}},
		{{"run", "--quick", "--db", "file"}, {"file"}},
		{{"run", "--quick", "--db", "file/x.db"}, {"file"}},
		{{"report", "--db", "absent.db"}, {"absent.db"}},
		{{"compare", "latest"}, {"two are compared"}},
		{{"compare"}, {"two are compared"}},
		{{"compare", "a", "b", "c"}, {"unexpected 'c'"}},
		{{"compare", "a", "b", "--db", "absent.db"}, {"absent.db"}},
		{{"compare", "a", "b", "--metric", "lat_p98_ns"}, {"lat_p98_ns", "lat_p99_ns"}},
		{{"compare", "a", "b", "--metric", "batches"}, {"batches", "not how well"}},
		{{"compare", "a", "b", "--effect", "much"}, {"--effect"}},
		{{"list", "runs", "--db", "absent.db"}, {"absent.db"}},
	};

	file_write("file", "not a database, and not a folder\n");
	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		struct said said = say(refusals[i].args);

		/* 2 or 3: by whether the place is wrong or only forbidden. */
		if (said.code != 2 && said.code != 3)
			assert_code(said, 2);
		assert_string_equal(said.out, "");
		assert_says(said.err, refusals[i].says[0]);
		assert_int_equal(entries_here(), 1);
		said_free(&said);
	}
}

static void a_folder_without_permission_is_exit_3(void **state)
{
	(void)state;
	const uid_t user = geteuid(), nobody = 65534;
	const struct refusal refusals[] = {
		{{"run", "--quick", "--out", "locked/page"}, {"--out locked/page", "Permission"}},
		{{"run", "--quick", "--json", "locked/out.json"}, {"--json locked/out.json"}},
		{{"run", "--quick", "--json", "locked/old.json"}, {"--json locked/old.json"}},
		{{"run", "--quick", "--db", "locked/x.db"}, {"locked"}},
	};

	assert_int_equal(mkdir("locked", 0755), 0);
	file_write("locked/old.json", "{}\n");
	assert_int_equal(chmod("locked/old.json", 0444), 0);
	assert_int_equal(chmod("locked", 0555), 0);
	assert_int_equal(chmod(".", 0755), 0);
	/* To root nothing is forbidden. */
	assert_int_equal(user == 0 ? seteuid(nobody) : 0, 0);
	refused_each(refusals, COUNT_OF(refusals), 3);
	assert_int_equal(seteuid(user), 0);
	assert_int_equal(chmod("locked", 0755), 0);
}

static void job_files_are_refused_with_file_and_line(void **state)
{
	(void)state;
	char many[4096] = "";
	const struct refusal refusals[] = {
		{{"run", "absent.ini"}, {"absent.ini"}},
		{{"run", "quik"}, {"'quik'", "did you mean 'quick'"}},
		{{"run", "zzzzzzzz"}, {"'zzzzzzzz'", "dmabench list jobs"}},
		{{"run", "again.ini"}, {"again.ini:4", "first in line 2"}},
		{{"run", "."}, {"'.'"}},
		{{"run", "empty.ini"}, {"empty.ini"}},
		{{"run", "key.ini"}, {"key.ini:3", "size"}},
		{{"run", "value.ini"}, {"value.ini:2", "0"}},
		{{"run", "twice.ini"}, {"twice.ini:3", "twice"}},
		{{"run", "many.ini"}, {"many.ini:65", "split"}},
		{{"run", "long.ini"}, {"long.ini:1", "too long"}},
		{{"run", "near.ini"}, {"near.ini:2", "did you mean 'device.map_registers'"}},
		{{"run", "step.ini"}, {"step.ini:2: device.map_registers", "has no step"}},
		{{"run", "seeds.ini"}, {"seeds.ini:2: seed", "once for each"}},
		{{"run", "huge.ini", "--dry-run"}, {"combinations", "shorten one"}},
		{{"run", "ten.ini"}, {"8 other keys"}},
	};

	for (unsigned i = 0; i < 33; i++)
		sprintf(many + strlen(many), "[s%u]\nsize=64\n", i);
	file_write("empty.ini", "");
	file_write("key.ini", "[global]\nsize=4k\nsise=4k\n[a]\nfamily=transfer\n");
	file_write("again.ini", "[a]\nsize=64\ndepth=1\nsize=4k\n[b]\nsize=64\n");
	file_write("value.ini", "[a]\nsize=0\n");
	file_write("twice.ini", "[a]\nsize=64\n[a]\nsize=4k\n");
	file_write("many.ini", many);
	file_write("near.ini", "[a]\ndevice.map_register=2,4\n");
	file_write("step.ini", "[a]\ndevice.map_registers=2..64\n");
	file_write("seeds.ini", "[a]\nseed=1..9+1\n");
	file_write("huge.ini", "[a]\nsize=1..64+1\ndepth=1..64+1\ndevice.map_registers=1..64+1\n"
			       "window=1..64+1\nframes.high=0..63+1\n");
	file_write("ten.ini",
		"[a]\ndevice.map_registers=1,2\ndevice.memory=1m,2m\ndevice.freeze=0s,1s\n"
		"device.freeze_at=1s,2s\npool.slot=1k,2k\npool.slots=1,2\npool.limit=1g,2g\n"
		"cache.entries=1,2\npoll.budget_us=1,2\n");
	file_write("long.ini", "[a-name-of-more-than-thirty-one-characters]\nsize=64\n");
	refused_each(refusals, COUNT_OF(refusals), 2);
}

/* Every command, option and key is in the page that is made of the same tables. */
static void the_manual_page_holds_every_key(void **state)
{
	(void)state;
	struct said man = SAY("--man");

	assert_code(man, 0);
	for (const struct opt *row = run_options; row->name; row++) {
		char heading[128];

		snprintf(heading, sizeof(heading), "\n.B %s=", row->name);
		assert_says(man.out, heading);
	}
	assert_says(man.out, "\n.SS run\n");
	assert_says(man.out, "\n.B \\-\\-resume");
	assert_says(man.out, "\n.B open\\-loop\n");
	said_free(&man);
}

/* ---- dry run ---------------------------------------------------------------------------------------------------- */

static void a_dry_run_prints_the_cases_and_writes_nothing(void **state)
{
	(void)state;
	struct said said = SAY("run", "--dry-run", "--quick", "--json", "out.json", "--report");
	unsigned cases = 0;

	assert_code(said, 0);
	assert_string_equal(said.err, "");
	const char *last = strrchr(said.out, ':'); /* the last case's last key */

	assert_non_null(last);
	last = strchr(last, '\n');
	assert_non_null(last);
	assert_int_equal(sscanf(last, " %u cases, about ", &cases), 1);
	assert_int_equal(cases, lines_of(said.out) - 1);
	assert_true(cases >=
		    64); /* 4 sizes x 2 depths x 4 strategies x 2 directions of transfer alone */
	assert_int_equal(entries_here(), 0);
	said_free(&said);
}

static void options_job_files_and_filter_shape_the_plan(void **state)
{
	(void)state;
	file_write("two.ini", "[global]\nfamily=transfer\nstrategy=packet\ndir=to_device\n"
			      "source=untouched\n[small]\nsize=64\n[large]\nsize=1m\ndepth=1,2\n");
	struct said file = SAY("run", "two.ini", "--dry-run");
	struct said both = SAY("run", "two.ini", "--dry-run", "--strategy", "packet,common",
		"--set", "depth=4", "--set", "depth=1,2,4");
	struct said filtered = SAY(
		"run", "two.ini", "--dry-run", "--filter", "size:1048576/depth:2");

	assert_code(file, 0);
	assert_says(file.out, "\n3 cases, about ");
	assert_says(file.out, "transfer/strategy:packet/dir:to_device/size:1048576/depth:2/");
	assert_code(both, 0); /* the command line overrides every section, the last word counts */
	assert_says(both.out, "\n12 cases, about ");
	assert_code(filtered, 0);
	assert_says(filtered.out, "\n1 case, about ");
	said_free(&file);
	said_free(&both);
	said_free(&filtered);
}

/* Where the tests were started: the top of the source tree. */
static char top[PATH_MAX];

static int top_note(void **state)
{
	(void)state;
	return getcwd(top, sizeof(top)) ? 0 : -1;
}

/* Every shipped job is known by its name from anywhere, plans, and says what it is for. */
static void shipped_jobs_run_by_name_and_plan(void **state)
{
	(void)state;
	struct said jobs = SAY("list", "jobs", "--json", "-");
	json_t *root = json_of(jobs.out), *row, *rows = json_object_get(root, "jobs");
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "name"));
		char path[PATH_MAX + 64];

		snprintf(path, sizeof(path), "%s/bench/jobs/%s.ini", top, name);
		struct said by_name = SAY("run", "--dry-run", name);
		struct said by_path = SAY("run", "--dry-run", path);

		assert_code(by_name, 0);
		assert_code(by_path, 0);
		assert_string_equal(by_name.out, by_path.out);
		assert_says(by_name.out, " cases, about ");
		assert_true(json_string_length(json_object_get(row, "help")) > 20);
		said_free(&by_name);
		said_free(&by_path);
	}
	struct said plain = SAY("run", "--dry-run"),
		    by_default = SAY("run", "--dry-run", "default");

	assert_string_equal(plain.out, by_default.out);
	json_decref(root);
	said_free(&jobs);
	said_free(&plain);
	said_free(&by_default);
}

/* ---- list ------------------------------------------------------------------------------------------------------- */

static void lists_show_what_there_is(void **state)
{
	(void)state;
	struct said all = SAY("list"), strategies = SAY("list", "strategies");
	struct said json = SAY("list", "--json", "-"),
		    file = SAY("list", "devices", "--json", "d.json");
	static const char *const parts[] = {"cases:\n", "  transfer  ", "VideoPortLockBuffer",
		"devices:\n", "  soft  ", "strategies:\n", "  packet-cached  "};

	assert_code(all, 0);
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		assert_says(all.out, parts[i]);
	assert_null(strstr(all.out, "runs"));
	assert_code(strategies, 0);
	assert_int_equal(lines_of(strategies.out), 4);
	json_t *root = json_of(json.out);

	assert_int_equal(json_object_size(root), 4);
	assert_true(json_array_size(json_object_get(root, "jobs")) >= 3);
	assert_int_equal(json_array_size(json_object_get(root, "strategies")), 4);
	assert_int_equal(json_array_size(json_object_get(root, "cases")), 5);
	json_decref(root);
	assert_code(file, 0);
	assert_says(file.out, "soft");
	char *text = text_of("d.json");

	root = json_of(text);
	assert_int_equal(json_object_size(root), 1);
	json_decref(root);
	free(text);
	said_free(&all);
	said_free(&strategies);
	said_free(&json);
	said_free(&file);
}

static void output_that_cannot_be_written_is_exit_3(void **state)
{
	(void)state;
	const int full = open("/dev/full", O_WRONLY), old = dup(STDOUT_FILENO);
	char *argv[] = {(char *)"dmabench", (char *)"list", NULL};
	int code;

	if (full < 0)
		skip_for("/dev/full: %s", strerror(errno));
	fflush(NULL);
	dup2(full, STDOUT_FILENO);
	code = cli_main(2, argv);
	dup2(old, STDOUT_FILENO);
	clearerr(stdout);
	close(full);
	close(old);
	assert_int_equal(code, 3);
}

static void the_reader_leaves(void)
{
	int end[2];

	if (pipe(end) || close(end[0]) || dup2(end[1], STDOUT_FILENO) < 0)
		_exit(99);
}

/* Not the end of the program by a signal: what else it was to write is written. */
static void output_that_nobody_reads_is_exit_3(void **state)
{
	static const char *const list[] = {"list", NULL}, *const help[] = {"--help", NULL};
	static const char *const stress[] = {
		"stress", "--seeds", "1..2", "--operations", "5", "--json", "seeds.json", NULL};
	static const char *const *const args[] = {list, help, stress};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(args); i++) {
		const pid_t pid = program_start(args[i], "/dev/null", "errors", the_reader_leaves);
		char *errors = program_ends_with(pid, 3, "errors");

		assert_says(errors, "stdout: cannot be written (Broken pipe)");
		free(errors);
	}
	char *text = text_of("seeds.json");

	json_decref(json_of(text));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(help_goes_to_stdout_and_misuse_to_stderr),
		TEST(every_command_explains_every_option),
		TEST(the_version_names_commit_and_library),
		TEST(misspelt_words_get_the_nearest_one),
		TEST(values_that_cannot_be_are_refused),
		TEST(places_that_cannot_be_written_are_refused_before_measuring),
		TEST(a_folder_without_permission_is_exit_3),
		TEST(job_files_are_refused_with_file_and_line),
		TEST(the_manual_page_holds_every_key),
		TEST(a_dry_run_prints_the_cases_and_writes_nothing),
		TEST(options_job_files_and_filter_shape_the_plan),
		TEST(shipped_jobs_run_by_name_and_plan),
		TEST(lists_show_what_there_is),
		TEST(output_that_cannot_be_written_is_exit_3),
		TEST(output_that_nobody_reads_is_exit_3),
	};

	return cmocka_run_group_tests_name("command line", tests, top_note, NULL);
}
