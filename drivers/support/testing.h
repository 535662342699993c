/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * testing.h: the one way a test is left out. For every test of the tree; knows nothing of what is tested.
 *
 * A test is left out only for what a machine may rightly lack. What scripts/setup installs is no such thing, nor is a
 * device that needs no hardware: without them tests fail.
 */
#ifndef SUPPORT_TESTING_H
#define SUPPORT_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * skip_for - ends the running test as skipped, for the reason given as to printf. Say what is not there and, where an
 * errno tells, why. scripts/test-run shows the reason, and calls a test that was skipped without one failed.
 * From a test's own thread, not from a fixture: cmocka takes that for an error.
 */
#define skip_for(...)                                                                              \
	do {                                                                                       \
		print_message("\nskipped: ");                                                      \
		print_message(__VA_ARGS__);                                                        \
		print_message("\n");                                                               \
		skip();                                                                            \
	} while (0)

#endif
