// SPDX-License-Identifier: BSD-2-Clause
/*
 * run_driver_test.c: `dmabench run --driver`: a miniport of one's own is measured like the shipped ones, one that
 * cannot be is refused before anything is written; the verifier in timed runs and what it costs.
 */
#include "bench/tests/driver_testing.h"

static void my_driver_is_measured_beside_the_shipped_ones(void **state)
{
	(void)state;
	struct said said = SAY("run", TINY, "--set", "size=4k,64k", "--driver", MODULE("transfer"),
		"--db", "x.db", "--json", "out.json", "--report");

	assert_code(said, 0);
	assert_says(said.out, "packet-cached");
	assert_says(said.out, "           transfer     memcpy\n");
	assert_says(said.out, " transfer "); /* in the sentence of its crossover */

	char *text = text_of("out.json");
	json_t *root = json_of(text);

	/* 5 strategies x 2 sizes x (2 repetitions + 4 aggregates). */
	assert_int_equal(json_array_size(json_object_get(root, "benchmarks")), 60);
	assert_says(text, "transfer/strategy:transfer/dir:to_device/size:4096/depth:2/");
	assert_says(text, "\"driver.transfer\"");
	assert_says(text, "\"job.strategy\": \"packet,packet-cached,common,hybrid,transfer\"");
	json_decref(root);
	free(text);
	said_free(&said);

	struct said again = SAY("report", "--db", "x.db", "--json", "again.json");

	assert_code(again, 0);
	said_free(&again);
}

static void my_driver_alone_by_its_word(void **state)
{
	(void)state;
	file_write("j.ini", "[a]\nfamily=transfer\nstrategy=transfer\nsize=4k\ndir=from_device\n"
			    "source=read-back\n");
	struct said said = SAY("run", "j.ini", "--driver", MODULE("transfer"), "--no-store",
		"--duration", "1ms", "--repetitions", "2", "--verify", "full");
	struct said gone = SAY("run", "j.ini", "--dry-run");

	assert_code(said, 0);
	assert_null(strstr(said.out, "packet"));
	assert_code(gone, 2); /* without the driver its word is none */
	assert_says(gone.err, "j.ini:3");
	said_free(&said);
	said_free(&gone);
}

static void what_my_driver_does_not_do_is_left_out(void **state)
{
	(void)state;
	struct said said = SAY("run", TINY, "--strategy", "packet", "--driver", MODULE("transfer"),
		"--set", "completion=poll,interrupt", "--no-store", "--json", "-");

	assert_code(said, 0);
	assert_says(said.err,
		"transfer does not do completion interrupt; its cases with it are left out");
	assert_says(
		said.out, "strategy:packet/dir:to_device/size:4096/depth:2/completion:interrupt/");
	assert_says(said.out, "strategy:transfer/dir:to_device/size:4096/depth:2/completion:poll/");
	assert_null(strstr(said.out,
		"strategy:transfer/dir:to_device/size:4096/depth:2/completion:interrupt/"));
	said_free(&said);
}

static void two_drivers_are_two_strategies(void **state)
{
	(void)state;
	char command[2 * PATH_MAX];

	snprintf(command, sizeof(command), "cp %s mine.so", MODULE("transfer"));
	assert_int_equal(system(command), 0);
	struct said said = SAY("run", TINY, "--strategy", "packet", "--driver", "mine.so",
		"--driver", at_top("build/modules/clang/transfer.so"), "--dry-run");
	struct said twice = SAY("run", TINY, "--driver", "mine.so", "--driver", "mine.so");

	assert_code(said, 0);
	assert_says(said.out, "strategy:packet/");
	assert_says(said.out, "strategy:mine/");
	assert_says(said.out, "strategy:transfer/");
	assert_says(said.out, "\n3 cases, about ");
	assert_code(twice, 2);
	assert_says(twice.err, "there is a strategy mine already");
	said_free(&said);
	said_free(&twice);
}

static void who_cannot_be_measured_is_refused_and_nothing_written(void **state)
{
	(void)state;
	char command[2 * PATH_MAX];

	snprintf(command, sizeof(command), "cp %s packet.so && cp %s 'a b.so'", MODULE("transfer"),
		MODULE("transfer"));
	assert_int_equal(system(command), 0);
	const struct {
		const char *args[24], *says;
	} refusals[] = {
		{{"run", TINY, "--driver", MODULE("events")},
			"does not answer IOCTL_DMABENCH_QUERY (status 1)"},
		{{"run", TINY, "--driver", MODULE("events")}, "drivers/docs/own_driver.md"},
		{{"run", TINY, "--driver", MODULE("transfer"), "--set", "completion=interrupt"},
			"does none of the completion modes"},
		{{"run", TINY, "--driver", MODULE("transfer"), "--set", "size=64m", "--set",
			 "device.memory=1m"},
			"64"},
		{{"run", TINY, "--driver", "packet.so"}, "there is a strategy packet already"},
		{{"run", TINY, "--driver", "a b.so"}, "letters, digits"},
		{{"run", TINY, "--driver", "absent.so"}, "absent.so: cannot be read"},
		{{"run", TINY, "--driver"}, "a value is missing"},
	};

	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		struct said said = say(refusals[i].args);

		assert_code(said, 2);
		assert_string_equal(said.out, "");
		assert_says(said.err, refusals[i].says);
		assert_int_equal(entries_here(), 2);
		said_free(&said);
	}
}

/* What only opening a port or asking a driver shows is said with the section that wants it, as what the job's text shows. */
static void what_a_section_asks_in_vain_is_said_with_its_place(void **state)
{
	static const struct {
		const char *driver, *keys;
		int code;
		const char *says;
	} rows[] = {
		{"transfer", "strategy=transfer\ncompletion=interrupt\n", 2,
			"j.ini:3: [vain]: transfer: does none of the completion modes"},
		{"events", "strategy=events\n", 2,
			"j.ini:3: [vain]: events: does not answer IOCTL_DMABENCH_QUERY"},
		{"transfer", "strategy=packet\npool.limit=4k\n", 3, "j.ini:3: [vain]: "},
	};
	char text[200], driver[64];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		snprintf(text, sizeof(text),
			"[good]\nfamily=ring\n[vain]\nfamily=transfer\nsize=4k\n%s", rows[i].keys);
		file_write("j.ini", text);
		snprintf(driver, sizeof(driver), "build/modules/gcc/%s.so", rows[i].driver);
		struct said said = SAY("run", "j.ini", "--driver", at_top(driver), "--no-store");

		assert_code(said, rows[i].code);
		assert_says(said.err, rows[i].says);
		said_free(&said);
	}
}

/* transfer.c with one call turned wrong, made here. */
static void wrong_direction_make(void)
{
	char command[3 * PATH_MAX];

	file_write("wrong.c", "#include \"video.h\"\n"
			      "#define VideoPortLockBuffer(Ext, Base, Length, Operation) \\\n"
			      "	(VideoPortLockBuffer)(Ext, Base, Length, VpReadAccess)\n"
			      "#include \"transfer.c\"\n");
	snprintf(command, sizeof(command), "%s -I %s wrong.so wrong.c",
		at_top("scripts/miniport-build"), at_top("drivers/miniport/samples"));
	assert_int_equal(system(command), 0);
}

static void a_broken_rule_is_named_and_exit_1(void **state)
{
	(void)state;
	wrong_direction_make();
	struct said said = SAY("run", TINY, "--set", "dir=from_device", "--strategy", "packet",
		"--driver", "wrong.so", "--no-store", "--verify-driver");

	assert_code(said, 1);
	assert_says(said.err, "wrong: transfer/strategy:wrong/");
	assert_says(said.err, "rule V-408 broken: VideoPortStartDma");
	assert_null(strstr(said.err, "strategy:packet/"));
	said_free(&said);
}

/* transfer.c whose answers to REAP are changed by @lie, a statement; an else behind it is for other requests. */
static void liar_make(const char *lie)
{
	char command[4 * PATH_MAX];

	file_write("liar.c",
		"#include \"video.h\"\n"
		"static BOOLEAN NTAPI LiarStartIO(PVOID Ext, PVIDEO_REQUEST_PACKET Packet);\n"
		"#define VideoPortInitialize(One, Two, Data, Context) \\\n"
		"	((Data)->HwStartIO = LiarStartIO, \\\n"
		"		(VideoPortInitialize)(One, Two, Data, Context))\n"
		"#include \"transfer.c\"\n"
		"static BOOLEAN NTAPI LiarStartIO(PVOID Ext, PVIDEO_REQUEST_PACKET Packet)\n"
		"{\n"
		"	PDMABENCH_REAP reap = Packet->OutputBuffer;\n"
		"	BOOLEAN done = HwStartIO(Ext, Packet);\n"
		"	if (Packet->IoControlCode == IOCTL_DMABENCH_REAP)\n"
		"		LIE;\n"
		"	return done;\n"
		"}\n");
	snprintf(command, sizeof(command), "%s -I %s -D 'LIE=%s' liar.so liar.c",
		at_top("scripts/miniport-build"), at_top("drivers/miniport/samples"), lie);
	assert_int_equal(system(command), 0);
}

/* However wrong the answers are, the run ends, and soon: one time-out for the whole case. */
static void wrong_answers_are_told_and_end(void **state)
{
	static const struct {
		const char *lie, *run_says, *driver_says;
	} lies[] = {
		{"reap->Count = 0", "never completed", NULL},
		{"reap->Count += 100", "returned more transfers than it was asked for",
			"FAILED: REAP: NO_ERROR, 101 transfers of at most 64"},
		{"reap->Count += 0; else if (Packet->IoControlCode == IOCTL_DMABENCH_SUBMIT) "
		 "((PDMABENCH_SUBMIT)reap)->Count += 5",
			"took or returned more transfers",
			"FAILED: SUBMIT: 6 transfers taken, and only 1 were given"},
		{"reap->Completion[0].Cookie += 1000000", "was never submitted",
			"FAILED: REAP: cookie 1000000 is of no transfer under way"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lies); i++) {
		liar_make(lies[i].lie);
		struct said run = SAY(
			"run", TINY, "--driver", "liar.so", "--set", "strategy=liar", "--no-store");

		assert_code(run, 1);
		assert_says(run.err, lies[i].run_says);
		said_free(&run);
		if (!lies[i].driver_says)
			continue;
		struct said life = SAY("driver", "liar.so");

		assert_code(life, 1);
		assert_says(life.out, lies[i].driver_says);
		/*
		 * Believing the lie, the step looks at memory that the device still writes: ThreadSanitizer rightly calls
		 * that a race, and ends the child.
		 */
#ifndef __SANITIZE_THREAD__
		assert_null(strstr(life.out, "CRASHED"));
#endif
		said_free(&life);
	}
}

static void the_verifier_is_a_key_of_a_run_and_its_cost_is_told(void **state)
{
	(void)state;
	struct said said = SAY("run", TINY, "--strategy", "packet,common", "--set",
		"verifier=off,on", "--repetitions", "7", "--no-store", "--json", "out.json");
	struct said shipped = SAY("run", at_top("bench/jobs/verifier.ini"), "--dry-run");
	char *text;

	assert_code(said, 0);
	assert_says(said.out, "cost of the verifier\n    transfer/strategy:packet/");
	assert_says(said.out, "% of throughput (95 % interval ");
	assert_says(said.out, ", verifier:on\n");
	text = text_of("out.json");
	assert_says(text, "/verifier:on\"");
	assert_says(text, "\"verifier.cost.2\": \"transfer/strategy:common/");
	assert_says(text, "\"job.verifier\": \"off,on\"");
	assert_code(shipped, 0);
	assert_says(shipped.out, "\n8 cases, about ");
	assert_says(shipped.out,
		"size:65536/depth:8/completion:poll/source:untouched/batch:1/verifier:on\n");
	free(text);
	said_free(&said);
	said_free(&shipped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(my_driver_is_measured_beside_the_shipped_ones),
		TEST(my_driver_alone_by_its_word),
		TEST(what_my_driver_does_not_do_is_left_out),
		TEST(two_drivers_are_two_strategies),
		TEST(who_cannot_be_measured_is_refused_and_nothing_written),
		TEST(what_a_section_asks_in_vain_is_said_with_its_place),
		TEST(a_broken_rule_is_named_and_exit_1),
		TEST(wrong_answers_are_told_and_end),
		TEST(the_verifier_is_a_key_of_a_run_and_its_cost_is_told),
	};

	return cmocka_run_group_tests_name("run --driver", tests, top_note, NULL);
}
