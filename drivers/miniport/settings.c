// SPDX-License-Identifier: BSD-2-Clause
/*
 * settings.c: the registry values of dmabench_ioctl.h, read once in HwVidFindAdapter. A value out
 * of its range is an error: a benchmark must not run with other settings than it was told.
 */
#include "driver.h"

typedef struct _SETTING {
	const WCHAR *Name;
	ULONG Offset; /* in SETTINGS */
	ULONG Default;
	ULONG Least, Most;
} SETTING;

#define NOT_SET 0xFFFFFFFFu /* the device decides */

static const SETTING SettingTable[] = {
	{L"CompletionMode", FIELD_OFFSET(SETTINGS, CompletionMode), DMABENCH_COMPLETION_POLL,
		DMABENCH_COMPLETION_POLL, DMABENCH_COMPLETION_ADAPTIVE},
	{L"PollBudgetUs", FIELD_OFFSET(SETTINGS, PollBudgetUs), 20, 0, 1000000},
	{L"RingEntries", FIELD_OFFSET(SETTINGS, RingEntries), 256, 2, DMAB_RING_ENTRIES},
	{L"PoolSlotBytes", FIELD_OFFSET(SETTINGS, PoolSlotBytes), 65536, 1, 0x04000000},
	{L"PoolSlots", FIELD_OFFSET(SETTINGS, PoolSlots), 32, 1, DMAB_RING_ENTRIES},
	{L"HybridThreshold", FIELD_OFFSET(SETTINGS, HybridThreshold), 32768, 0, NOT_SET},
	{L"CacheEntries", FIELD_OFFSET(SETTINGS, CacheEntries), 1024, 1, 1048576},
	{L"MaximumLength", FIELD_OFFSET(SETTINGS, MaximumLength), NOT_SET, 1, NOT_SET},
	{L"ScatterGather", FIELD_OFFSET(SETTINGS, ScatterGather), NOT_SET, 0, 1},
	{L"RecoveryUs", FIELD_OFFSET(SETTINGS, RecoveryUs), 10000, 0, 1000000},
	{L"ModerationUs", FIELD_OFFSET(SETTINGS, ModerationUs), 0, 0, DMAB_MODERATION_TIME},
	{L"TimeoutUs", FIELD_OFFSET(SETTINGS, TimeoutUs), 2000000, 100, 60000000},
};

#define SETTING_COUNT (sizeof(SettingTable) / sizeof(SettingTable[0]))

static VP_STATUS NTAPI SettingTake(
	PVOID HwDeviceExtension, PVOID Context, PWSTR ValueName, PVOID ValueData, ULONG ValueLength)
{
	(void)HwDeviceExtension;
	(void)ValueName;
	if (ValueLength != sizeof(ULONG))
		return ERROR_INVALID_PARAMETER;
	VideoPortMoveMemory(Context, ValueData, sizeof(ULONG));
	return NO_ERROR;
}

VP_STATUS SettingsRead(PDRIVER Driver, PSETTINGS Settings)
{
	const SETTING *setting;
	ULONG value, i;
	VP_STATUS found;

	for (i = 0; i < SETTING_COUNT; i++) {
		setting = &SettingTable[i];
		value = setting->Default;
		/* The name is read only, whatever the parameter's type says. */
		found = VideoPortGetRegistryParameters(
			Driver, (PWSTR)setting->Name, FALSE, SettingTake, &value);
		*(PULONG)(PVOID)((PUCHAR)Settings + setting->Offset) = value;
		/* Where there is none the default is meant; where it cannot be had it is not. */
		if (found == ERROR_INVALID_PARAMETER)
			continue;
		if (found != NO_ERROR) {
			VideoPortLogError(Driver, NULL, found, i);
			return found;
		}
		if (value < setting->Least || value > setting->Most) {
			VideoPortLogError(Driver, NULL, ERROR_INVALID_PARAMETER, i);
			return ERROR_INVALID_PARAMETER;
		}
	}
	if ((Settings->RingEntries & (Settings->RingEntries - 1)) != 0) {
		VideoPortLogError(Driver, NULL, ERROR_INVALID_PARAMETER, SETTING_COUNT);
		return ERROR_INVALID_PARAMETER;
	}
	return NO_ERROR;
}
