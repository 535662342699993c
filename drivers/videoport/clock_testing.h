/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock_testing.h: the port's clock in the hands of a test: between clock_setup and clock_teardown, fixtures for cmocka,
 * it shows test_ticks and gets on only where the test says so. For the tests of the account.
 */
#ifndef VIDEOPORT_CLOCK_TESTING_H
#define VIDEOPORT_CLOCK_TESTING_H

#include "drivers/videoport/clock.h"

static uint64_t test_ticks;
static struct clock_source clock_before;

static inline uint64_t test_ticks_read(void)
{
	return test_ticks;
}

static inline int clock_setup(void **state)
{
	(void)state;
	clock_calibrate();
	clock_before = clock_source;
	clock_source.tsc = false;
	clock_source.read = test_ticks_read;
	test_ticks = 1000;
	return 0;
}

static inline int clock_teardown(void **state)
{
	(void)state;
	clock_source = clock_before;
	return 0;
}

#endif
