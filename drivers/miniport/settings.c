// SPDX-License-Identifier: BSD-2-Clause
/*
 * settings.c: the registry values of dmabench_ioctl.h, read once in HwVidFindAdapter. A value out
 * of its range, or of another size, is an error: a benchmark must not run with other settings than
 * it was told.
 */
#include "driver.h"

typedef struct _SETTING {
	const WCHAR *Name;
	ULONG Offset; /* in SETTINGS */
	ULONG Default;
	ULONG Least, Most;
} SETTING;

static const SETTING SettingTable[] = {
	{L"CompletionMode", FIELD_OFFSET(SETTINGS, CompletionMode), DMABENCH_COMPLETION_POLL,
		DMABENCH_COMPLETION_POLL, DMABENCH_COMPLETION_ADAPTIVE},
	{L"PollBudgetUs", FIELD_OFFSET(SETTINGS, PollBudgetUs), 20, 0, 1000000},
	{L"RingEntries", FIELD_OFFSET(SETTINGS, RingEntries), 256, 2, DMAB_RING_ENTRIES},
	{L"PoolSlotBytes", FIELD_OFFSET(SETTINGS, PoolSlotBytes), 65536, 1, 0x04000000},
	{L"PoolSlots", FIELD_OFFSET(SETTINGS, PoolSlots), 32, 1, DMAB_RING_ENTRIES},
	{L"HybridThreshold", FIELD_OFFSET(SETTINGS, HybridThreshold), 32768, 0, SETTING_NOT_SET},
	{L"CacheEntries", FIELD_OFFSET(SETTINGS, CacheEntries), 1024, 1, 1048576},
	{L"MaximumLength", FIELD_OFFSET(SETTINGS, MaximumLength), SETTING_NOT_SET, 1,
		SETTING_NOT_SET},
	{L"ScatterGather", FIELD_OFFSET(SETTINGS, ScatterGather), SETTING_NOT_SET, 0, 1},
	{L"RecoveryUs", FIELD_OFFSET(SETTINGS, RecoveryUs), 10000, 0, 1000000},
	{L"ModerationUs", FIELD_OFFSET(SETTINGS, ModerationUs), 0, 0, DMAB_MODERATION_TIME},
	{L"TimeoutUs", FIELD_OFFSET(SETTINGS, TimeoutUs), 2000000, 100, 60000000},
	{L"ChainElements", FIELD_OFFSET(SETTINGS, ChainElements), RING_BLOCK_MOST, RING_BLOCK_LEAST,
		RING_BLOCK_MOST},
	{L"ChainBlocks", FIELD_OFFSET(SETTINGS, ChainBlocks), SETTING_NOT_SET, 1,
		CHAIN_BLOCKS_MOST},
};

#define SETTING_COUNT (sizeof(SettingTable) / sizeof(SettingTable[0]))

/* What the registry has under a name. */
typedef struct _SETTING_FOUND {
	ULONG Value;
	BOOLEAN WrongSize;
} SETTING_FOUND, *PSETTING_FOUND;

/* The port answers in one way where there is no value and where this one fails: Context tells them apart. */
static VP_STATUS NTAPI SettingTake(
	PVOID HwDeviceExtension, PVOID Context, PWSTR ValueName, PVOID ValueData, ULONG ValueLength)
{
	PSETTING_FOUND found = Context;

	(void)HwDeviceExtension;
	(void)ValueName;
	found->WrongSize = ValueLength != sizeof(ULONG);
	if (found->WrongSize)
		return ERROR_INVALID_PARAMETER;
	VideoPortMoveMemory(&found->Value, ValueData, sizeof(ULONG));
	return NO_ERROR;
}

VP_STATUS SettingsRead(PDRIVER Driver, PSETTINGS Settings)
{
	const SETTING *setting;
	SETTING_FOUND found;
	VP_STATUS status;
	ULONG i;

	for (i = 0; i < SETTING_COUNT; i++) {
		setting = &SettingTable[i];
		found.Value = setting->Default;
		found.WrongSize = FALSE;
		/* The name is read only, whatever the parameter's type says. */
		status = VideoPortGetRegistryParameters(
			Driver, (PWSTR)setting->Name, FALSE, SettingTake, &found);
		*(PULONG)(PVOID)((PUCHAR)Settings + setting->Offset) = found.Value;
		/* Where there is none the default is meant; where it cannot be had it is not. */
		if (status == ERROR_INVALID_PARAMETER && !found.WrongSize)
			continue;
		if (status != NO_ERROR) {
			VideoPortLogError(Driver, NULL, status, i);
			return status;
		}
		if (found.Value < setting->Least || found.Value > setting->Most) {
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
