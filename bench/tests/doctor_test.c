// SPDX-License-Identifier: BSD-2-Clause
/* doctor_test.c: `dmabench doctor` on made-up hosts and on this one; what the noise audit makes of a run. */
#include "bench/tests/testing.h"
#include "harness/audit/testing.h"
#include "harness/store/store.h"

static void exit_codes_follow_the_findings(void **state)
{
	static const struct {
		const char *path, *text;
		int code;
		const char *says;
	} hosts[] = {
		{"proc/cmdline", "quiet", 0, "nothing stands against measuring here"},
		{"sys/kernel/mm/ksm/run", "1", 0, "note    same_pages"},
		{"proc/sys/kernel/numa_balancing", "1", 0, "with care"},
		{"sys/fs/cgroup/cpu.max", "100000 100000", 5, "cannot be trusted"},
		{"proc/meminfo", TREE_MEMORY("1000", "8388604"), 3, "not possible here"},
		{"proc/self/status", "Name:\tx", 3, ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(hosts); i++) {
		struct tree tree = tree_make();

		tree_put(&tree, hosts[i].path, hosts[i].text);
		struct said said = SAY("doctor", "--root", tree.root);

		assert_code(said, hosts[i].code);
		assert_says(said.out, hosts[i].says);
		said_free(&said);
		tree_drop(&tree);
	}
}

static void findings_come_worst_first_with_their_remedy(void **state)
{
	struct tree tree = tree_make();

	(void)state;
	tree_put(&tree, "proc/sys/kernel/perf_event_paranoid", "4");
	tree_put(&tree, "sys/fs/cgroup/cpu.max", "100000 100000");
	tree_put(&tree, "sys/kernel/mm/transparent_hugepage/enabled", "[always] never");
	struct said said = SAY("doctor", "--root", tree.root);
	const char *fatal = strstr(said.out, "fatal   quota: "),
		   *taints = strstr(said.out, "taints  huge_pages: "),
		   *note = strstr(said.out, "note    counters: ");

	assert_true(fatal && taints && note && fatal < taints && taints < note);
	assert_says(said.out, "        expected: 2 or less\n        do:       sysctl kernel.perf");
	assert_says(said.out, "28 checks: 1 fatal, 1 taint, 1 note\n");
	said_free(&said);
	tree_drop(&tree);
}

static void json_tells_the_same(void **state)
{
	struct tree tree = tree_make();

	(void)state;
	tree_put(&tree, "sys/fs/cgroup/cpu.max", "100000 100000");
	tree_put(&tree, "sys/class/power_supply/AC/online", NULL);
	struct said said = SAY("doctor", "--root", tree.root, "--json", "-");
	json_t *root = json_of(said.out);
	const json_t *finding = json_array_get(json_object_get(root, "findings"), 0);

	assert_code(said, 5);
	assert_int_equal(json_array_size(json_object_get(root, "findings")), 1);
	assert_string_equal(json_string_value(json_object_get(finding, "check")), "quota");
	assert_string_equal(json_string_value(json_object_get(finding, "grade")), "fatal");
	assert_true(json_is_false(json_object_get(finding, "missing")));
	assert_string_equal(json_string_value(json_object_get(root, "unknown_checks")), "battery");
	json_decref(root);
	said_free(&said);
	tree_drop(&tree);
}

static void this_host_is_judged_and_drawn(void **state)
{
	struct said said = SAY("doctor", "--topology", "--json", "d.json");

	(void)state;
	if (audit_build_is_checked())
		assert_code(said, 5);
	assert_says(said.out, "memory node");
	assert_says(said.out, "driver, interrupts");
	assert_says(said.out, "place: driver cpu ");
	assert_int_equal(strstr(said.out, "fatal   build: ") != NULL, audit_build_is_checked());
	char *text = text_of("d.json");
	json_t *root = json_of(text);

	assert_true(json_array_size(json_object_get(root, "topology")) >= 2);
	assert_non_null(json_object_get(json_object_get(root, "place"), "shared_cache"));
	json_decref(root);
	free(text);
	said_free(&said);
}

/* The limit of locked memory matters for what the keys pin, and for no more than that. */
static void locked_memory_is_judged_by_what_is_pinned(void **state)
{
	static const struct {
		const char *pin, *size, *strategy;
		int code;
	} rows[] = {
		{"pin=none", "size=16m", "strategy=packet", 0},
		{"pin=none,mlock", "size=16m", "strategy=packet", 3},
		{"pin=iouring", "size=4k", "strategy=packet", 0},
		{"pin=mlock", "size=4k,16m", "strategy=common", 0}, /* locks nothing */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct tree tree = tree_make();

		tree_put(&tree, "proc/self/limits", TREE_LIMITS("8388608"));
		struct said said = SAY("doctor", "--root", tree.root, "--set", rows[i].pin, "--set",
			rows[i].size, "--set", rows[i].strategy);

		assert_code(said, rows[i].code);
		if (rows[i].code)
			assert_says(said.out, "fatal   lock_limit: 8 MiB may be locked, the job "
					      "pins 128 MiB");
		else
			assert_null(strstr(said.out, "lock_limit"));
		said_free(&said);
		tree_drop(&tree);
	}
}

static void wrong_usage_is_refused(void **state)
{
	static const struct {
		const char *args[6];
		int code;
		const char *says;
	} wrong[] = {
		{{"doctor", "--topology", "--root", "/tmp"}, 2, "exclude each other"},
		{{"doctor", "--set", "place.device=afar"}, 2, "place.device=afar"},
		{{"doctor", "--set", "place.devise=far"}, 2, "place.device"},
		{{"doctor", "--set", "place.driver=cpu:4999"}, 3, "no such processor"},
		{{"doctor", "--set", "place.memory=node:4999"}, 3, "no such node"},
		{{"doctor", "--root", "/nowhere"}, 3, "/nowhere/proc/self/status"},
		{{"doctor", "--json", "/nowhere/x"}, 2, "--json"},
		{{"doctor", "now"}, 2, "unexpected 'now'"},
		{{"run", "--set", "place.device=cpu:4999"}, 3, "no such processor"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct said said = say(wrong[i].args);

		assert_code(said, wrong[i].code);
		assert_says(said.err, wrong[i].says);
		assert_int_equal(entries_here(), 0);
		said_free(&said);
	}
}

/* ---- runs ----------------------------------------------------------------------------------------------------------- */

static const char *fact_of(const struct store_run *run, const char *key)
{
	for (uint32_t i = 0; i < run->fact_count; i++)
		if (strcmp(run->fact[i].key, key) == 0)
			return run->fact[i].value;
	return NULL;
}

static struct store_run *stored(const char *db)
{
	struct store *store;
	struct store_run *run;

	assert_int_equal(store_open_readonly(&store, db, NULL), 0);
	assert_int_equal(store_read(store, "latest", &run, NULL), 0);
	store_close(store);
	return run;
}

/*
 * Whatever this host does, the record, the line, the table and the exit code agree: builds with checks are never
 * trusted, others are where the audit met nothing.
 */
static void runs_tell_whether_they_can_be_trusted(void **state)
{
	static const char *const lenient[] = {
		"run", "--db", "x.db", "--set", "family=ring", "--duration", "1ms", NULL};
	static const char *const strict[] = {"run", "--db", "x.db", "--set", "family=ring",
		"--duration", "1ms", "--require-trust", NULL};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct said said = say(i ? strict : lenient);
		struct store_run *run = stored("x.db");
		const char *verdict = fact_of(run, "audit.verdict");
		uint32_t tainted = 0, samples = 0;
		char counted[40], told[80];

		assert_non_null(verdict);
		const bool trusted = strcmp(verdict, "trusted") == 0;

		assert_true(trusted || strcmp(verdict, "cannot be trusted") == 0);
		assert_false(trusted && audit_build_is_checked());
		assert_code(said, i && !trusted ? 5 : 0);
		assert_int_equal(run->exit_code, said.code);
		assert_int_equal(strstr(said.err, "cannot be trusted: ") != NULL, !trusted);
		assert_int_equal(run->state, STORE_DONE);
		for (uint32_t c = 0; c < run->cell_count; c++)
			for (uint32_t s = 0; s < run->cell[c].sample_count; s++, samples++)
				tainted += run->cell[c].sample[s].tainted[0] != '\0';
		snprintf(counted, sizeof(counted), "%u of %u", tainted, samples);
		assert_string_equal(fact_of(run, "noise.tainted_repetitions"), counted);
		snprintf(told, sizeof(told), "\n  %u of %u repetitions %s tainted", tainted,
			samples, tainted == 1 ? "is" : "are");
		assert_int_equal(strstr(said.out, told) != NULL, tainted > 0);
		assert_int_equal(fact_of(run, "audit.build") != NULL, audit_build_is_checked());
		assert_non_null(fact_of(run, "audit.checks"));
		store_run_free(run);
		said_free(&said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(exit_codes_follow_the_findings),
		TEST(findings_come_worst_first_with_their_remedy),
		TEST(json_tells_the_same),
		TEST(this_host_is_judged_and_drawn),
		TEST(locked_memory_is_judged_by_what_is_pinned),
		TEST(wrong_usage_is_refused),
		TEST(runs_tell_whether_they_can_be_trusted),
	};

	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
