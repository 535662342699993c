// SPDX-License-Identifier: BSD-2-Clause
/*
 * team_test.c: runs of several threads: each member once a run, nobody past the line before all are there, what one wrote
 * before the line seen by all behind it, every failing step.
 */
#include "harness/load/team.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/support/fault.h"

#define RUNS 300

static struct clock test_clock;

struct shared {
	struct team *team;
	unsigned members;
	/* Plain on purpose: the line is what orders them, and the thread sanitizer watches. */
	unsigned written[TEAM_MEMBERS_MAX], seen[TEAM_MEMBERS_MAX];
	struct tick opened[TEAM_MEMBERS_MAX], before[TEAM_MEMBERS_MAX];
	unsigned run, begun[TEAM_MEMBERS_MAX];
};

static void begin(void *arg, unsigned member)
{
	struct shared *s = arg;

	s->begun[member]++;
}

/* Everybody writes, lines up, adds up what all have written, and lines up again before the next one writes. */
static void add_up(void *arg, unsigned member)
{
	struct shared *s = arg;

	s->written[member] = s->run * (member + 1);
	s->before[member] = clock_now(&test_clock);
	s->opened[member] = team_line_up(s->team);
	s->seen[member] = 0;
	for (unsigned i = 0; i < s->members; i++)
		s->seen[member] += s->written[i];
	team_line_up(s->team);
}

static void team_of(unsigned members, bool crowded, struct shared *s)
{
	const struct team_config config = {.members = members,
		.crowded = crowded,
		.clock = &test_clock,
		.begin = begin,
		.arg = s};
	struct err err = ERR_INIT;

	*s = (struct shared){.members = members};
	if (team_open(&s->team, &config, &err))
		fail_msg("%s", err.message);
}

static void all_do_it_together(void **state)
{
	static const unsigned members[] = {1, 2, 3, 7};
	struct shared s;

	(void)state;
	for (unsigned m = 0; m < 4; m++) {
		/* More of them than processors: who waits yields, or this would take all day. */
		team_of(members[m], members[m] > 1, &s);
		for (s.run = 1; s.run <= RUNS; s.run++) {
			team_run(s.team, add_up, &s);
			for (unsigned i = 0; i < members[m]; i++) {
				assert_int_equal(
					s.seen[i], s.run * members[m] * (members[m] + 1) / 2);
				assert_int_equal(s.opened[i].t, s.opened[0].t);
			}
		}
		for (unsigned i = 1; i < members[m]; i++)
			assert_int_equal(s.begun[i], 1);
		team_close(s.team);
	}
}

static void spinning_teams_too(void **state)
{
	struct shared s;

	(void)state;
	team_of(2, false, &s);
	for (s.run = 1; s.run <= RUNS; s.run++) {
		team_run(s.team, add_up, &s);
		assert_int_equal(s.seen[1], s.run * 3);
	}
	team_close(s.team);
	team_close(NULL);
}

static void what_cannot_be_is_refused(void **state)
{
	static const unsigned bad[] = {0, TEAM_MEMBERS_MAX + 1};
	struct team *team;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		const struct team_config config = {.members = bad[i], .clock = &test_clock};
		struct err err = ERR_INIT;

		assert_int_equal(team_open(&team, &config, &err), -EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_null(team);
	}
}

static void every_failing_step_leaves_nothing(void **state)
{
	const struct team_config config = {.members = 4, .crowded = true, .clock = &test_clock};
	unsigned nth = 1;

	(void)state;
	for (;; nth++) {
		struct err err = ERR_INIT;
		struct team *team;

		fault_arm(nth, false);
		int rc = team_open(&team, &config, &err);
		const char *fired = fault_fired();

		fault_arm(0, false);
		team_close(team);
		if (!fired)
			break;
		assert_true(rc == -ENOMEM || rc == -EAGAIN);
		assert_int_equal(err.kind, ERR_MISSING);
		assert_null(team);
	}
	assert_int_equal(nth, 1 + 1 + 3);
}

static int clock_set_up(void **state)
{
	(void)state;
	return clock_open(&test_clock, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_do_it_together),
		cmocka_unit_test(spinning_teams_too),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(every_failing_step_leaves_nothing),
	};

	return cmocka_run_group_tests_name("team", tests, clock_set_up, NULL);
}
