// SPDX-License-Identifier: BSD-2-Clause
/*
 * cli_test.c: the command line from argv to exit code, in this process: what is printed where, what is refused and
 * how, and that nothing is left behind by what was refused. Runs measure the soft device for a few milliseconds.
 */
#include "bench/cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define ARGS_MAX 24
#define TINY                                                                                       \
	"--set", "family=transfer", "--set", "size=4k", "--set", "dir=to_device", "--set",         \
		"source=rewritten", "--set", "depth=2", "--duration", "1ms", "--repetitions", "2"

/* What a command line did. Freed with said_free. */
struct said {
	int code;
	char *out, *err;
};

static char *text_of(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&text, &len);
	int byte;

	assert_true(file && memory);
	while ((byte = getc(file)) != EOF)
		putc(byte, memory);
	fclose(file);
	fclose(memory);
	return text;
}

static int argv_of(const char *const *args, char *argv[ARGS_MAX + 2])
{
	int argc = 0;

	argv[argc++] = (char *)"dmabench";
	for (; *args; args++) {
		assert_true(argc <= ARGS_MAX);
		argv[argc++] = (char *)*args;
	}
	argv[argc] = NULL;
	return argc;
}

/* Runs the program with stdout and stderr in files of the test's folder's neighbour. */
static struct said say(const char *const *args)
{
	char out_path[] = "/tmp/cli_test_out.XXXXXX", err_path[] = "/tmp/cli_test_err.XXXXXX";
	const int out = mkstemp(out_path), err = mkstemp(err_path);
	const int old_out = dup(STDOUT_FILENO), old_err = dup(STDERR_FILENO);
	char *argv[ARGS_MAX + 2];
	struct said said;
	const int argc = argv_of(args, argv);

	fflush(NULL);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	said.code = cli_main(argc, argv);
	fflush(NULL);
	dup2(old_out, STDOUT_FILENO);
	dup2(old_err, STDERR_FILENO);
	said.out = text_of(out_path);
	said.err = text_of(err_path);
	unlink(out_path);
	unlink(err_path);
	close(out);
	close(err);
	close(old_out);
	close(old_err);
	return said;
}

#define SAY(...) say((const char *const[]){__VA_ARGS__, NULL})

static void said_free(struct said *said)
{
	free(said->out);
	free(said->err);
}

/* Frees @said; fails with all that was said unless it ended with @code. */
#define assert_code(said, want)                                                                    \
	do {                                                                                       \
		if ((said).code != (want))                                                         \
			fail_msg("exit %d, expected %d\nstdout: %s\nstderr: %s", (said).code,      \
				want, (said).out, (said).err);                                     \
	} while (0)

#define assert_says(text, part)                                                                    \
	do {                                                                                       \
		if (!strstr(text, part))                                                           \
			fail_msg("'%s' expected in:\n%s", part, text);                             \
	} while (0)

static unsigned entries_here(void)
{
	DIR *folder = opendir(".");
	unsigned count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count - 2;
}

static unsigned lines_of(const char *text)
{
	unsigned count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* ---- each test in an empty folder ------------------------------------------------------------------------- */

static char folder[] = "/tmp/cli_test.XXXXXX";

static int folder_enter(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/cli_test.XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int folder_leave(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

/* ---- help --------------------------------------------------------------------------------------------------- */

static const char overall_help[] =
	"dmabench: packet-based against common-buffer DMA, measured\n"
	"\n"
	"usage: dmabench COMMAND [OPTION]...\n"
	"\n"
	"commands:\n"
	"  run        measure a job, store it, print a table\n"
	"  list       show what there is to measure, and what was measured\n"
	"  report     write the page of a stored run, with its plots, and print its path\n"
	"\n"
	"  --version  version, commit and libraries\n"
	"  --help     this text; dmabench COMMAND --help for a command\n"
	"\n"
	"exit codes:\n"
	"  0  done, and nothing is wrong\n"
	"  1  what was measured is wrong: data mismatch, rule broken, lost completion\n"
	"  2  the caller is wrong: usage, unreadable or invalid input; nothing was written\n"
	"  3  something needed is missing: device, permission, memory, package\n"
	"  4  dmabench itself failed or was interrupted\n";

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
	const struct cli_command *const commands[] = {&cmd_run, &cmd_list, &cmd_report};

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

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

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
		{{"run", "--quick", "--out", "file/below"}, {"--out file/below"}},
		{{"run", "--quick", "--out", "file"}, {"--out file"}},
		{{"run", "--quick", "--out", "/proc/dmabench"}, {"--out /proc/dmabench"}},
		{{"list", "--json", "no/such/folder.json"}, {"--json no/such/folder.json"}},
		{{"run", "--quick", "--db", "file"}, {"file"}},
		{{"run", "--quick", "--db", "file/x.db"}, {"file"}},
		{{"report", "--db", "absent.db"}, {"absent.db"}},
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
		{{"run", "."}, {"'.'"}},
		{{"run", "empty.ini"}, {"empty.ini"}},
		{{"run", "key.ini"}, {"key.ini:3", "size"}},
		{{"run", "value.ini"}, {"value.ini:2", "0"}},
		{{"run", "twice.ini"}, {"twice.ini:3", "twice"}},
		{{"run", "many.ini"}, {"many.ini:65", "split"}},
		{{"run", "long.ini"}, {"long.ini:1", "too long"}},
	};

	for (unsigned i = 0; i < 33; i++)
		sprintf(many + strlen(many), "[s%u]\nsize=64\n", i);
	file_write("empty.ini", "");
	file_write("key.ini", "[global]\nsize=4k\nsise=4k\n[a]\nfamily=transfer\n");
	file_write("value.ini", "[a]\nsize=0\n");
	file_write("twice.ini", "[a]\nsize=64\n[a]\nsize=4k\n");
	file_write("many.ini", many);
	file_write("long.ini", "[a-name-of-more-than-thirty-one-characters]\nsize=64\n");
	refused_each(refusals, COUNT_OF(refusals), 2);
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
	assert_says(filtered.out, "\n1 cases, about ");
	said_free(&file);
	said_free(&both);
	said_free(&filtered);
}

/* ---- list ------------------------------------------------------------------------------------------------------- */

static json_t *json_of(const char *text)
{
	json_error_t error;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		fail_msg("JSON: %s at line %d of\n%s", error.text, error.line, text);
	return root;
}

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

	assert_int_equal(json_object_size(root), 3);
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

/* ---- run -------------------------------------------------------------------------------------------------------- */

static const char *fact_of(const json_t *root, const char *key)
{
	return json_string_value(json_object_get(json_object_get(root, "context"), key));
}

static void a_run_is_shown_stored_and_listed(void **state)
{
	(void)state;
	mkdir("sub", 0777);
	struct said run = SAY("run", TINY, "--db", "sub/x.db", "--json", "out.json");
	struct said list = SAY("list", "runs", "--db", "sub/x.db");
	struct said json = SAY("list", "runs", "--db", "sub/x.db", "--json", "-");

	assert_code(run, 0);
	assert_says(run.out, "packet-cached");
	assert_says(run.err, "stored as run ");
	assert_null(strchr(run.out, '\033'));
	assert_null(strchr(run.err, '\033'));
	assert_code(list, 0);
	assert_int_equal(lines_of(list.out), 1);
	assert_says(list.out, "done");
	json_t *root = json_of(json.out);
	const json_t *row = json_array_get(json_object_get(root, "runs"), 0);

	assert_string_equal(json_string_value(json_object_get(row, "state")), "done");
	assert_int_equal(json_integer_value(json_object_get(row, "exit_code")), 0);
	json_decref(root);
	char *text = text_of("out.json");

	root = json_of(text);
	/* 4 strategies x (2 repetitions + 4 aggregates). */
	assert_int_equal(json_array_size(json_object_get(root, "benchmarks")), 24);
	assert_string_equal(fact_of(root, "job.size"), "4k");
	assert_string_equal(fact_of(root, "job.file"), "built-in comparison");
	assert_non_null(fact_of(root, "version.gbench"));
	json_decref(root);
	free(text);
	assert_int_equal(entries_here(), 2);
	said_free(&run);
	said_free(&list);
	said_free(&json);
}

static void json_on_stdout_is_alone_there(void **state)
{
	(void)state;
	struct said run = SAY("run", TINY, "--no-store", "--json", "-");

	assert_code(run, 0);
	json_t *root = json_of(run.out);

	assert_int_equal(json_array_size(json_object_get(root, "benchmarks")), 24);
	json_decref(root);
	assert_null(strstr(run.err, "stored"));
	assert_int_equal(entries_here(), 0); /* --no-store keeps nothing */
	said_free(&run);
}

static void wrong_data_is_exit_1_and_named(void **state)
{
	(void)state;
	struct said run = SAY("run", TINY, "--strategy", "packet", "--set", "device.fault=flip",
		"--set", "device.fault_rate=0.2", "--db", "x.db");

	assert_code(run, 1);
	assert_says(run.err, "dmabench: wrong: transfer/strategy:packet/");
	assert_says(run.err, "expected");
	assert_says(run.err, "found");
	said_free(&run);
}

static void an_adapter_that_cannot_be_had_is_exit_3(void **state)
{
	(void)state;
	struct said run = SAY(
		"run", TINY, "--strategy", "common", "--set", "pool.limit=1", "--db", "x.db");

	assert_code(run, 3);
	assert_string_equal(run.out, "");
	assert_says(run.err, "memory");
	said_free(&run);
}

static void the_page_is_written_and_its_path_is_the_last_line(void **state)
{
	(void)state;
	struct said run = SAY(
		"run", TINY, "--strategy", "packet,common", "--db", "x.db", "--report");
	char *path;
	struct stat st;

	assert_code(run, 0);
	assert_true(strlen(run.out) > 0);
	run.out[strlen(run.out) - 1] = '\0';
	path = strrchr(run.out, '\n');
	assert_non_null(path);
	assert_int_equal(stat(path + 1, &st), 0);
	assert_true(st.st_size > 0);

	struct said again = SAY("report", "--db", "x.db", "--out", "a/b/page", "--json", "r.json");
	struct said absent = SAY("report", "no-such-run", "--db", "x.db");

	assert_code(again, 0);
	assert_string_equal(again.out, "a/b/page/report.html\n");
	assert_int_equal(stat("a/b/page/report.html", &st), 0);
	assert_int_equal(stat("r.json", &st), 0);
	assert_code(absent, 2);
	assert_says(absent.err, "no-such-run");
	said_free(&run);
	said_free(&again);
	said_free(&absent);
}

/* ---- interruption --------------------------------------------------------------------------------------------- */

/* The program in a process of its own, its stderr in @errors. */
static pid_t start(const char *const *args, const char *errors)
{
	char *argv[ARGS_MAX + 2];
	const int argc = argv_of(args, argv);
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout) || !freopen(errors, "w", stderr))
			_exit(99);
		exit(cli_main(argc, argv));
	}
	return pid;
}

static bool soon_says(const char *path, const char *part)
{
	for (unsigned i = 0; i < 400; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
		if (access(path, R_OK))
			continue;
		char *text = text_of(path);
		const bool found = strstr(text, part) != NULL;

		free(text);
		if (found)
			return true;
	}
	return false;
}

static void an_interrupted_run_ends_in_order_with_exit_4(void **state)
{
	(void)state;
	const int signals[] = {SIGINT, SIGTERM};

	for (size_t i = 0; i < COUNT_OF(signals); i++) {
		const char *const args[] = {"run", "--set", "family=ring", "--duration", "100ms",
			"--repetitions", "1000", "--db", "x.db", NULL};
		const pid_t pid = start(args, "errors");
		int status = 0;

		assert_true(pid > 0);
		assert_true(soon_says("errors", "measuring"));
		assert_int_equal(kill(pid, signals[i]), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		char *errors = text_of("errors");

		if (!WIFEXITED(status) || WEXITSTATUS(status) != 4)
			fail_msg("status %x: %s", (unsigned)status, errors);
		assert_says(errors, "interrupted; finished cells are stored as run ");
		free(errors);
		unlink("errors");
	}
	struct said list = SAY("list", "runs", "--db", "x.db");

	assert_int_equal(lines_of(list.out), 2);
	assert_says(list.out, "interrupted");
	said_free(&list);
}

static void output_that_cannot_be_written_is_exit_4(void **state)
{
	(void)state;
	const int full = open("/dev/full", O_WRONLY), old = dup(STDOUT_FILENO);
	char *argv[] = {(char *)"dmabench", (char *)"list", NULL};
	int code;

	if (full < 0)
		skip();
	fflush(NULL);
	dup2(full, STDOUT_FILENO);
	code = cli_main(2, argv);
	dup2(old, STDOUT_FILENO);
	clearerr(stdout);
	close(full);
	close(old);
	assert_int_equal(code, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_enter, folder_leave)

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
		TEST(a_dry_run_prints_the_cases_and_writes_nothing),
		TEST(options_job_files_and_filter_shape_the_plan),
		TEST(lists_show_what_there_is),
		TEST(a_run_is_shown_stored_and_listed),
		TEST(json_on_stdout_is_alone_there),
		TEST(wrong_data_is_exit_1_and_named),
		TEST(an_adapter_that_cannot_be_had_is_exit_3),
		TEST(the_page_is_written_and_its_path_is_the_last_line),
		TEST(an_interrupted_run_ends_in_order_with_exit_4),
		TEST(output_that_cannot_be_written_is_exit_4),
	};

	return cmocka_run_group_tests_name("command line", tests, NULL, NULL);
}
