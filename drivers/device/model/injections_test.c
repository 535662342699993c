// SPDX-License-Identifier: BSD-2-Clause
/* injections_test.c: what was injected is remembered in its order, as much as there is room for; what is lost is counted. */
#include "drivers/device/model/injections.h"

#include "drivers/support/held_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void add(struct injections *injections, uint64_t step)
{
	const struct engine_work work = {.fault = DEVICE_FAULT_DROP, .length = 1};

	injections_add(injections, &work, step);
}

/* Takes @count, the first of which was injected at @step. */
static void take(struct injections *injections, unsigned count, uint64_t step)
{
	static struct model_injected out[INJECTIONS_MAX];
	uint64_t lost;

	assert_int_equal(injections_take(injections, out, count, &lost), count);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(out[i].step, step + i);
}

static void as_many_are_kept_as_there_is_room_for(void **state)
{
	struct injections injections = {0};
	struct model_injected one;
	uint64_t step = 0, lost = 0;

	(void)state;
	/* Twice, the second time over the end of the ring. */
	for (unsigned round = 0; round < 2; round++) {
		const uint64_t first = step;

		while (step < first + INJECTIONS_MAX)
			add(&injections, step++);
		assert_int_equal(injections.lost, round);
		add(&injections, UINT64_MAX);
		assert_int_equal(injections.lost, round + 1);
		take(&injections, 100, first);
		take(&injections, INJECTIONS_MAX - 100, first + 100);
		assert_int_equal(injections_take(&injections, &one, 1, &lost), 0);
		assert_int_equal(lost, round + 1);
		add(&injections, step++); /* so that the next round begins elsewhere */
		take(&injections, 1, step - 1);
	}
	injections_fini(&injections);
}

static void who_is_deaf_remembers_nothing(void **state)
{
	struct injections injections = {.deaf = true};

	(void)state;
	add(&injections, 1);
	assert_int_equal(injections.count, 0);
	assert_int_equal(injections.lost, 0);
	injections_fini(&injections);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_are_kept_as_there_is_room_for),
		cmocka_unit_test(who_is_deaf_remembers_nothing),
	};

	return cmocka_run_group_tests_name("injections", tests, NULL, NULL);
}
