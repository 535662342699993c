/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * told_testing.h: what a finding has to say of each fault of a device, by its text alone. For fault_test.c, which has the
 * findings; knows nothing of runs.
 */
#ifndef BENCH_CASES_TOLD_TESTING_H
#define BENCH_CASES_TOLD_TESTING_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "drivers/device/device.h"

/* "op 17: byte 2048 of 4096: expected 0x1, found 0x0, 2048 bytes differ (stale: previous generation)", taken apart. */
struct told {
	unsigned long long byte, of, differ;
	bool payload; /* there are such figures, and they are of the payload */
	const char *text;
};

static struct told told_of(const char *text)
{
	struct told told = {.text = text};

	told.payload = sscanf(text,
			       "op %*u: byte %llu of %llu: expected 0x%*x, found 0x%*x, %llu byte",
			       &told.byte, &told.of, &told.differ) == 3;
	return told;
}

static bool says(const struct told *told, const char *what)
{
	return strstr(told->text, what);
}

/* From @byte on nothing of @len bytes has arrived. Some bytes are right by chance, and then in many words: stamps run in step. */
static bool is_missing(const struct told *told, unsigned long long byte, unsigned long long len)
{
	return told->payload && told->byte >= byte && told->byte < byte + 4 &&
	       told->differ <= len && 2 * told->differ >= len && !says(told, "misplaced") &&
	       !says(told, "flipped");
}

static bool is_dropped(const struct told *told)
{
	return is_missing(told, 0, told->of);
}

static bool is_truncated(const struct told *told)
{
	return is_missing(told, told->of / 2, told->of - told->of / 2);
}

static bool is_flipped(const struct told *told)
{
	return told->payload && told->differ == 1 && says(told, "1 byte differs (one bit flipped)");
}

/* A line keeps what it held, or all of it where there is no more. */
static bool is_torn(const struct told *told)
{
	return told->byte <= told->of - 64 + 3 && is_missing(told, told->byte, 64);
}

/* By 64 bytes: these are another place's of the transfer, or lie behind it. */
static bool is_misplaced(const struct told *told)
{
	return says(told, " (misplaced: belongs to byte 64 of this op)") ||
	       says(told, " (misplaced: belongs behind the source)") ||
	       (says(told, "guard behind the payload, byte ") &&
		       says(told, " (misplaced: belongs to byte "));
}

static bool is_failed(const struct told *told, const char *found)
{
	return says(told, ": the driver reported an error: expected 1 completion of ") &&
	       says(told, found);
}

static bool is_refused(const struct told *told)
{
	return is_failed(told, "with status 0, found status 87, ");
}

static bool is_of_wrong_length(const struct told *told)
{
	return is_failed(told, "with status 0, found status 13, 0 bytes");
}

static bool is_second(const struct told *told)
{
	return says(
		told, ": completed a second time: expected no such completion, found status 13, ");
}

static bool is_invented(const struct told *told)
{
	return says(
		told, "op unknown: completed but was never submitted: expected no such completion");
}

static bool is_over(const struct told *told, const char *why)
{
	return says(told, " behind it: ") && says(told, why) &&
	       says(told, ", and the driver reset it: expected ");
}

static bool is_hung(const struct told *told)
{
	return is_over(told, "device hangs");
}

static bool is_broken(const struct told *told)
{
	return is_over(told, "device breaks its datasheet");
}

/* The last transfer of all is missed by nothing but the time. */
static bool is_owed(const struct told *told)
{
	return is_hung(told) || is_broken(told);
}

/* Random bytes in the rings: the engine may halt, too. */
static bool is_anything(const struct told *told)
{
	return is_owed(told) || is_over(told, "device halted");
}

/* What else may be said of a transfer that failed with the driver's reset, or by itself: its data did not arrive. */
static bool is_of_reset(const struct told *told)
{
	return is_failed(told, "with status 0, found status 31, 0 bytes") || is_dropped(told);
}

/* A completion that seems nobody's, or another's; its own is owed. */
static bool is_of_stray(const struct told *told)
{
	return is_of_reset(told) || is_second(told) || is_invented(told) ||
	       is_of_wrong_length(told);
}

static bool is_nothing(const struct told *told)
{
	(void)told;
	return false;
}

/*
 * By fault: what has to be said of it in every case, and what may be said besides of an operation. Short time-outs only where
 * nothing but the time tells: a busy host keeps a good device waiting as long.
 */
static const struct fit {
	bool (*is)(const struct told *told);
	bool (*besides)(const struct told *told);
	bool timed;
} fits[DEVICE_FAULT_COUNT] = {
	[DEVICE_FAULT_DROP] = {is_dropped, is_nothing, false},
	[DEVICE_FAULT_DUPLICATE] = {is_second, is_nothing, false},
	[DEVICE_FAULT_MISPLACE] = {is_misplaced, is_dropped, false},
	[DEVICE_FAULT_TRUNCATE] = {is_truncated, is_nothing, false},
	[DEVICE_FAULT_FLIP] = {is_flipped, is_nothing, false},
	[DEVICE_FAULT_TORN] = {is_torn, is_nothing, false},
	[DEVICE_FAULT_IOMMU] = {is_refused, is_dropped, false},
	[DEVICE_FAULT_UNPOSTED] = {is_owed, is_of_reset, true},
	[DEVICE_FAULT_REORDERED] = {is_broken, is_of_reset, false},
	[DEVICE_FAULT_INVENTED] = {is_invented, is_nothing, false},
	[DEVICE_FAULT_WRONG_ID] = {is_owed, is_of_stray, true},
	[DEVICE_FAULT_WRONG_LENGTH] = {is_of_wrong_length, is_dropped, false},
	[DEVICE_FAULT_STALE] = {is_owed, is_of_reset, true},
	[DEVICE_FAULT_HOSTILE] = {is_anything, is_of_stray, true},
	[DEVICE_FAULT_HANG] = {is_hung, is_of_reset, true},
};

#endif
