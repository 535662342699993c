// SPDX-License-Identifier: BSD-2-Clause
/* step_test.c: what a step says of something that happens at the end of its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/driver/life.h"
#include "bench/driver/report.h"
#include "drivers/loader/module.h"

#define EVENTS "build/modules/gcc/events.so"
#define WAITS  250 /* of 10 ms: HwVidTimer comes once a second, later on a busy host */

/* What samples/events.c is asked: start its timer, WAITS waits for it, stop it. */
static struct script *waits_script(void)
{
	static char text[128 + WAITS * sizeof("timer\n")];
	struct script *script = NULL;
	struct err err = ERR_INIT;
	size_t at = 0;

	at += (size_t)snprintf(text, sizeof(text), "ioctl 0x232008 in32 1 expect NO_ERROR\n");
	for (unsigned i = 0; i < WAITS; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "timer\n");
	snprintf(text + at, sizeof(text) - at, "ioctl 0x232008 in32 0 expect NO_ERROR\n");
	if (script_parse(&script, "waits", text, &err))
		fail_msg("%s", err.message);
	for (unsigned i = 0; i < script->count; i++)
		if (script->step[i].kind == SCRIPT_TIMER)
			script->step[i].number = 10;
	return script;
}

/* Waits of one look each: a call that comes in one of them comes in its last look. */
static void a_timer_that_calls_at_the_end_of_the_wait_has_called(void **state)
{
	struct module *loaded = NULL;
	struct script *script = waits_script();
	const struct life_options options = {.module = EVENTS,
		.loaded = &loaded,
		.script = script,
		.port = {.device = "soft",
			.device_config = {.memory_bytes = 1 << 20, .cpu = -1, .address_bits = 64},
			.interrupt_cpu = -1},
		.debug_level = -1};
	FILE *told = tmpfile();
	unsigned called = 0, missed = 0;
	struct report report;

	(void)state;
	assert_non_null(told);
	life_run(&options, fileno(told));
	rewind(told);
	while (fread(&report, sizeof(report), 1, told) == 1) {
		if (report.kind == REPORT_ERROR)
			fail_msg("%s", report.err.message);
		called += report.kind == REPORT_RESULT && strcmp(report.text, "called") == 0;
		missed += report.kind == REPORT_RESULT &&
		          strcmp(report.text, "not called within 10 ms") == 0;
	}
	fclose(told);
	script_free(script);
	assert_int_equal(called + missed, WAITS);
	assert_true(called > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_that_calls_at_the_end_of_the_wait_has_called),
	};

	return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
