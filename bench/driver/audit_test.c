// SPDX-License-Identifier: BSD-2-Clause
/* audit_test.c: findings gathered, expected ones told apart, and what they make of the exit code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/driver/audit.h"
#include "drivers/support/fault.h"

static struct audit_news take_event(
	struct audit *audit, unsigned rule, enum videoport_severity severity, const char *message)
{
	struct report report = {.kind = REPORT_EVENT};
	struct audit_news news;

	report.event.kind = VIDEOPORT_EVENT_RULE;
	report.event.rule = rule;
	report.event.severity = severity;
	snprintf(report.event.message, sizeof(report.event.message), "%s", message);
	audit_take(audit, &report, &news);
	return news;
}

static struct audit_news take_text(
	struct audit *audit, enum report_kind kind, bool bad, const char *text)
{
	struct report report = {.kind = kind, .bad = bad};
	struct audit_news news;

	snprintf(report.text, sizeof(report.text), "%s", text);
	audit_take(audit, &report, &news);
	return news;
}

static const struct child_result done = {.end = CHILD_DONE};

/* An expectations file with that text, read. */
static int expected(struct expect *expect, const char *text, struct err *err)
{
	char path[] = "/tmp/audit_test.XXXXXX";
	const int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);

	const int rc = expect_read(expect, path, err);

	unlink(path);
	return rc;
}

static void the_same_thing_again_is_one_finding(void **state)
{
	(void)state;
	struct audit audit;

	audit_init(&audit, NULL);
	assert_non_null(take_event(&audit, 201, VIDEOPORT_ERROR, "once").finding);
	assert_null(take_event(&audit, 201, VIDEOPORT_ERROR, "again").finding);
	assert_non_null(take_event(&audit, 202, VIDEOPORT_ERROR, "else").finding);
	assert_int_equal(audit.finding_count, 2);
	assert_int_equal(audit.finding[0].count, 2);
	assert_string_equal(audit.finding[0].event.message, "once");
	assert_int_equal(audit.finding[0].rule->number, 201);
	assert_int_equal(audit.errors, 3);
	assert_int_equal(audit_verdict(&audit, &done), 1);
	audit_free(&audit);
}

static void only_errors_fail(void **state)
{
	(void)state;
	struct audit audit;
	struct report log = {.kind = REPORT_EVENT};
	struct audit_news news;

	audit_init(&audit, NULL);
	take_event(&audit, 108, VIDEOPORT_WARNING, "a leak");
	take_event(&audit, 919, VIDEOPORT_NOTE, "old");
	log.event.kind = VIDEOPORT_EVENT_LOG;
	audit_take(&audit, &log, &news);
	assert_int_equal(audit.warnings, 1);
	assert_int_equal(audit.notes, 1);
	assert_int_equal(audit.logged, 1);
	assert_int_equal(audit_verdict(&audit, &done), 0);

	/* A refused access that has no rule is wrong all the same. */
	struct report refused = {.kind = REPORT_EVENT};

	refused.event.kind = VIDEOPORT_EVENT_DEVICE;
	audit_take(&audit, &refused, &news);
	assert_string_equal(audit_severity(news.finding), "error");
	assert_int_equal(audit_verdict(&audit, &done), 1);
	audit_free(&audit);
}

static void steps_nest_and_findings_know_theirs(void **state)
{
	(void)state;
	struct audit audit;

	audit_init(&audit, NULL);
	take_text(&audit, REPORT_STEP, false, "load");
	assert_string_equal(take_text(&audit, REPORT_RESULT, false, "done").ended->text, "load");
	take_text(&audit, REPORT_STEP, false, "power off");
	assert_int_equal(take_text(&audit, REPORT_STEP, false, "callback").begun->depth, 1);
	take_event(&audit, 601, VIDEOPORT_WARNING, "too high");
	take_text(&audit, REPORT_RESULT, false, "NO_ERROR");
	assert_string_equal(
		take_text(&audit, REPORT_RESULT, true, "refused").ended->text, "power off");
	assert_string_equal(audit.step[audit.finding[0].step].text, "callback");
	assert_int_equal(audit.steps_failed, 1);
	assert_int_equal(audit.open_count, 0);
	assert_int_equal(audit_verdict(&audit, &done), 1);
	assert_null(take_text(&audit, REPORT_RESULT, false, "one too many").ended);
	audit_free(&audit);
}

static void crash_hang_and_error_decide(void **state)
{
	(void)state;
	struct audit audit;
	struct report report = {.kind = REPORT_CRASH};
	struct audit_news news;
	const struct child_result crashed = {.end = CHILD_CRASHED}, hung = {.end = CHILD_HUNG},
				  error = {.end = CHILD_ERROR};

	audit_init(&audit, NULL);
	report.crash.signal = 11;
	report.crash.address = 16;
	audit_take(&audit, &report, &news);
	for (unsigned i = 0; i < REPORT_FRAMES_MAX + 5; i++)
		take_text(&audit, REPORT_FRAME, true, "HwStartIO+0x5 in x.so");
	assert_int_equal(audit.signal, 11);
	assert_int_equal(audit.frame_count, REPORT_FRAMES_MAX);
	assert_int_equal(audit_verdict(&audit, &crashed), 1);
	assert_int_equal(audit_verdict(&audit, &hung), 1);
	report = (struct report){.kind = REPORT_ERROR};
	report.err.kind = ERR_MISSING;
	audit_take(&audit, &report, &news);
	assert_int_equal(audit_verdict(&audit, &error), 3);
	audit_free(&audit);
}

static void expected_findings_do_not_fail(void **state)
{
	(void)state;
	struct expect expect;
	struct audit audit;
	struct err err = ERR_INIT;

	if (expected(&expect,
		    "# known\n\nV-201 x2 the vendor's firmware  # so it is\nV-310 never\n",
		    &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(expect.count, 2);
	audit_init(&audit, &expect);
	take_event(&audit, 201, VIDEOPORT_ERROR, "one");
	assert_int_equal(audit_verdict(&audit, &done), 0);
	take_event(&audit, 201, VIDEOPORT_ERROR, "two");
	assert_int_equal(audit_verdict(&audit, &done), 0);
	assert_int_equal(audit.expected, 2);
	assert_int_equal(audit.finding_count, 1);
	assert_ptr_equal(audit.finding[0].expected, &expect.row[0]);
	assert_non_null(strstr(audit.finding[0].expected->reason, "firmware"));
	take_event(&audit, 201, VIDEOPORT_ERROR, "one too many");
	assert_int_equal(audit.errors, 1);
	assert_int_equal(audit_verdict(&audit, &done), 1);
	assert_int_equal(expect.row[1].seen, 0); /* stale */
	audit_free(&audit);
	expect_free(&expect);
	expect_free(&expect);
}

static void expectations_are_refused_with_their_line(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{"201 why", ":1: a rule as V-NUMBER expected"},
		{"\nV-201", ":2: V-201 without a reason"},
		{"V-201 x2", "without a reason"},
		{"V-999 why", "there is no rule V-999"},
		{"V-201x why", "V-NUMBER expected"},
		{"V-201 x0 why", "x0 expects nothing"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct expect expect;
		struct err err = ERR_INIT;

		assert_true(expected(&expect, wrong[i].text, &err) < 0);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_null(expect.row);
		if (!strstr(err.message, wrong[i].says))
			fail_msg("%s: '%s' expected in: %s", wrong[i].text, wrong[i].says,
				err.message);
	}

	struct expect expect;
	char line[700];
	struct err err = ERR_INIT;

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	assert_true(expected(&expect, line, &err) < 0);
	assert_non_null(strstr(err.message, "at most"));
	assert_true(expect_read(&expect, "/nowhere/at/all", NULL) < 0);
}

static void short_of_memory_it_counts_on(void **state)
{
	(void)state;
	struct audit audit;
	struct expect expect;
	struct err err = ERR_INIT;

	audit_init(&audit, NULL);
	fault_arm(1, true);
	take_text(&audit, REPORT_STEP, false, "load");
	take_event(&audit, 201, VIDEOPORT_ERROR, "one");
	take_text(&audit, REPORT_RESULT, true, "bad");
	assert_true(expected(&expect, "V-201 why\n", &err) < 0);
	fault_arm(0, false);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_int_equal(audit.errors, 1);
	assert_int_equal(audit.steps_failed, 1);
	assert_int_equal(audit.lost, 2);
	assert_int_equal(audit_verdict(&audit, &done), 1);
	audit_free(&audit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_thing_again_is_one_finding),
		cmocka_unit_test(only_errors_fail),
		cmocka_unit_test(steps_nest_and_findings_know_theirs),
		cmocka_unit_test(crash_hang_and_error_decide),
		cmocka_unit_test(expected_findings_do_not_fail),
		cmocka_unit_test(expectations_are_refused_with_their_line),
		cmocka_unit_test(short_of_memory_it_counts_on),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
