// SPDX-License-Identifier: BSD-2-Clause
/*
 * settings_test.c: drivers/miniport/settings.c alone, on a registry that is made up here: what is not there is the default,
 * what is there is taken or refused and named, whatever its size.
 */
#include "drivers/miniport/driver.h"
#include "drivers/support/testing.h"

#include <stdbool.h>
#include <string.h>

/* The one value of the registry. */
static struct {
	const WCHAR *name;
	unsigned char data[16];
	ULONG length;
	VP_STATUS trouble; /* of the port's, in the place of the value; 0: none */
	unsigned logged;
	ULONG logged_id;
	VP_STATUS logged_status;
} registry;

static bool same(PCWSTR a, PCWSTR b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* Whatever the routine says of the value, a port may answer in one way. */
VP_STATUS NTAPI VideoPortGetRegistryParameters(PVOID Extension, PCWSTR Name, UCHAR IsFileName,
	PMINIPORT_GET_REGISTRY_ROUTINE Routine, PVOID Context)
{
	assert_false(IsFileName);
	if (!registry.name || !same(Name, registry.name))
		return ERROR_INVALID_PARAMETER;
	if (registry.trouble)
		return registry.trouble;
	return Routine(Extension, Context, (PWSTR)Name, registry.data, registry.length) == NO_ERROR
	               ? NO_ERROR
	               : ERROR_INVALID_PARAMETER;
}

VOID NTAPI VideoPortMoveMemory(PVOID To, PVOID From, ULONG Length)
{
	memmove(To, From, Length);
}

VOID NTAPI VideoPortLogError(
	PVOID Extension, PVIDEO_REQUEST_PACKET Packet, VP_STATUS Status, ULONG UniqueId)
{
	(void)Extension, (void)Packet;
	registry.logged++;
	registry.logged_status = Status;
	registry.logged_id = UniqueId;
}

static VP_STATUS settings_read(const WCHAR *name, ULONG value, ULONG length, SETTINGS *settings)
{
	memset(&registry, 0, sizeof(registry));
	memset(settings, 0xA5, sizeof(*settings));
	registry.name = name;
	registry.length = length;
	memcpy(registry.data, &value, sizeof(value));
	return SettingsRead(NULL, settings);
}

static void what_is_not_there_is_the_default(void **state)
{
	SETTINGS settings;

	(void)state;
	assert_int_equal(settings_read(NULL, 0, 0, &settings), NO_ERROR);
	assert_int_equal(settings.CompletionMode, DMABENCH_COMPLETION_POLL);
	assert_int_equal(settings.RingEntries, 256);
	assert_int_equal(settings.PoolSlotBytes, 65536);
	assert_int_equal(settings.PoolSlots, 32);
	assert_int_equal(settings.HybridThreshold, 32768);
	assert_int_equal(settings.CacheEntries, 1024);
	assert_int_equal(settings.MaximumLength, SETTING_NOT_SET);
	assert_int_equal(settings.ChainElements, 128);
	assert_int_equal(settings.ChainBlocks, SETTING_NOT_SET);
	assert_int_equal(registry.logged, 0);
	assert_int_equal(settings_read(L"PoolSlots", 7, sizeof(ULONG), &settings), NO_ERROR);
	assert_int_equal(settings.PoolSlots, 7);
}

/* Fourth in the table, by which it is named. */
static void a_value_of_another_size_is_refused(void **state)
{
	static const ULONG lengths[] = {0, 1, 2, 3, 5, 8, 16};
	SETTINGS settings;

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		assert_int_equal(settings_read(L"PoolSlotBytes", 4096, lengths[i], &settings),
			ERROR_INVALID_PARAMETER);
		assert_int_equal(registry.logged, 1);
		assert_int_equal(registry.logged_status, ERROR_INVALID_PARAMETER);
		assert_int_equal(registry.logged_id, 3);
	}
}

static void what_the_port_cannot_give_is_no_default(void **state)
{
	SETTINGS settings;

	(void)state;
	(void)settings_read(L"PoolSlotBytes", 4096, sizeof(ULONG), &settings);
	registry.trouble = ERROR_NOT_ENOUGH_MEMORY;
	assert_int_equal(SettingsRead(NULL, &settings), ERROR_NOT_ENOUGH_MEMORY);
	assert_int_equal(registry.logged, 1);
	assert_int_equal(registry.logged_id, 3);
}

/* Each of the ends of its range is taken, and the next one is not. */
static void ranges_end_where_they_say(void **state)
{
	static const struct {
		const WCHAR *name;
		ULONG value;
		VP_STATUS status;
	} values[] = {{L"RingEntries", 2, NO_ERROR}, {L"RingEntries", 4096, NO_ERROR},
		{L"RingEntries", 1, ERROR_INVALID_PARAMETER},
		{L"RingEntries", 8192, ERROR_INVALID_PARAMETER},
		{L"RingEntries", 12, ERROR_INVALID_PARAMETER}, {L"ChainElements", 2, NO_ERROR},
		{L"ChainElements", 128, NO_ERROR}, {L"ChainElements", 1, ERROR_INVALID_PARAMETER},
		{L"ChainElements", 129, ERROR_INVALID_PARAMETER}, {L"TimeoutUs", 100, NO_ERROR},
		{L"TimeoutUs", 99, ERROR_INVALID_PARAMETER}};
	SETTINGS settings;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_int_equal(
			settings_read(values[i].name, values[i].value, sizeof(ULONG), &settings),
			values[i].status);
		assert_int_equal(registry.logged, values[i].status != NO_ERROR);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_there_is_the_default),
		cmocka_unit_test(a_value_of_another_size_is_refused),
		cmocka_unit_test(what_the_port_cannot_give_is_no_default),
		cmocka_unit_test(ranges_end_where_they_say),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
