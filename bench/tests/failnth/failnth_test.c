// SPDX-License-Identifier: BSD-2-Clause
/*
 * failnth_test.c: the campaign of failnth.h as a test: a sample of it in seconds, or all of it with FAILNTH=full, as
 * `make failnth` does.
 */
#include "bench/tests/failnth/failnth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static struct failnth_total total;
static bool full;

static void every_refusal_is_survived(void **state)
{
	(void)state;
	assert_int_equal(total.broken, 0);
	assert_true(total.fired > 60);
}

/* One that never fires is one that no test reaches, or that stands where nothing can fail. */
static void every_site_has_fired(void **state)
{
	(void)state;
	assert_int_equal(failnth_sites_print(full), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_refusal_is_survived),
		cmocka_unit_test(every_site_has_fired),
	};
	const char *wanted = getenv("FAILNTH");

	/* Outside of any test: an assertion in a scenario must end its process, and no more. */
	full = wanted && strcmp(wanted, "full") == 0;
	if (failnth_campaign(full, &total))
		return 1;
	return cmocka_run_group_tests_name("fail the Nth", tests, NULL, NULL);
}
