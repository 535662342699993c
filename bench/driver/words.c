// SPDX-License-Identifier: BSD-2-Clause
/*
 * words.c: see words.h. The function numbers of the video requests are those of videoport.md's ntddvdeo.h;
 * all are METHOD_BUFFERED, FILE_ANY_ACCESS.
 */
#include "bench/driver/words.h"

#include <stdio.h>
#include <string.h>

#include "dderror.h"
#include "dmabench_ioctl.h"
#include "harness/opt/opt.h"

struct word {
	const char *name;
	uint32_t value;
};

#define VIDEO(name, function)                                                                      \
	{                                                                                          \
		"IOCTL_VIDEO_" #name,                                                              \
			CTL_CODE(FILE_DEVICE_VIDEO, function, METHOD_BUFFERED, FILE_ANY_ACCESS)    \
	}
#define DMABENCH(name)                                                                             \
	{                                                                                          \
		"IOCTL_DMABENCH_" #name, IOCTL_DMABENCH_##name                                     \
	}

static const struct word ioctls[] = {
	VIDEO(ENABLE_VDM, 0x00),
	VIDEO(DISABLE_VDM, 0x01),
	VIDEO(REGISTER_VDM, 0x02),
	VIDEO(SET_OUTPUT_DEVICE_POWER_STATE, 0x03),
	VIDEO(GET_OUTPUT_DEVICE_POWER_STATE, 0x04),
	VIDEO(MONITOR_DEVICE, 0x05),
	VIDEO(ENUM_MONITOR_PDO, 0x06),
	VIDEO(INIT_WIN32K_CALLBACKS, 0x07),
	VIDEO(HANDLE_VIDEOPARAMETERS, 0x08),
	VIDEO(IS_VGA_DEVICE, 0x09),
	VIDEO(USE_DEVICE_IN_SESSION, 0x0a),
	VIDEO(SAVE_HARDWARE_STATE, 0x80),
	VIDEO(RESTORE_HARDWARE_STATE, 0x81),
	VIDEO(QUERY_AVAIL_MODES, 0x100),
	VIDEO(QUERY_NUM_AVAIL_MODES, 0x101),
	VIDEO(QUERY_CURRENT_MODE, 0x102),
	VIDEO(SET_CURRENT_MODE, 0x103),
	VIDEO(RESET_DEVICE, 0x104),
	VIDEO(LOAD_AND_SET_FONT, 0x105),
	VIDEO(SET_PALETTE_REGISTERS, 0x106),
	VIDEO(SET_COLOR_REGISTERS, 0x107),
	VIDEO(ENABLE_CURSOR, 0x108),
	VIDEO(DISABLE_CURSOR, 0x109),
	VIDEO(SET_CURSOR_ATTR, 0x10a),
	VIDEO(QUERY_CURSOR_ATTR, 0x10b),
	VIDEO(SET_CURSOR_POSITION, 0x10c),
	VIDEO(QUERY_CURSOR_POSITION, 0x10d),
	VIDEO(ENABLE_POINTER, 0x10e),
	VIDEO(DISABLE_POINTER, 0x10f),
	VIDEO(SET_POINTER_ATTR, 0x110),
	VIDEO(QUERY_POINTER_ATTR, 0x111),
	VIDEO(SET_POINTER_POSITION, 0x112),
	VIDEO(QUERY_POINTER_POSITION, 0x113),
	VIDEO(QUERY_POINTER_CAPABILITIES, 0x114),
	VIDEO(GET_BANK_SELECT_CODE, 0x115),
	VIDEO(MAP_VIDEO_MEMORY, 0x116),
	VIDEO(UNMAP_VIDEO_MEMORY, 0x117),
	VIDEO(QUERY_PUBLIC_ACCESS_RANGES, 0x118),
	VIDEO(FREE_PUBLIC_ACCESS_RANGES, 0x119),
	VIDEO(QUERY_COLOR_CAPABILITIES, 0x11a),
	VIDEO(SET_POWER_MANAGEMENT, 0x11b),
	VIDEO(GET_POWER_MANAGEMENT, 0x11c),
	VIDEO(SHARE_VIDEO_MEMORY, 0x11d),
	VIDEO(UNSHARE_VIDEO_MEMORY, 0x11e),
	VIDEO(SET_COLOR_LUT_DATA, 0x11f),
	VIDEO(GET_CHILD_STATE, 0x120),
	VIDEO(VALIDATE_CHILD_STATE_CONFIGURATION, 0x121),
	VIDEO(SET_CHILD_STATE_CONFIGURATION, 0x122),
	VIDEO(SWITCH_DUALVIEW, 0x123),
	VIDEO(SET_BANK_POSITION, 0x124),
	DMABENCH(SUBMIT),
	DMABENCH(REAP),
	DMABENCH(WAIT),
	DMABENCH(QUERY),
	DMABENCH(PROBE),
};

#define STATUS(name)                                                                               \
	{                                                                                          \
#name, name                                                                        \
	}

static const struct word statuses[] = {
	STATUS(NO_ERROR),
	STATUS(ERROR_INVALID_FUNCTION),
	STATUS(ERROR_ACCESS_DENIED),
	STATUS(ERROR_NOT_ENOUGH_MEMORY),
	STATUS(ERROR_INVALID_ACCESS),
	STATUS(ERROR_INVALID_DATA),
	STATUS(ERROR_GEN_FAILURE),
	STATUS(ERROR_NOT_SUPPORTED),
	STATUS(ERROR_DEV_NOT_EXIST),
	STATUS(ERROR_INVALID_PARAMETER),
	STATUS(ERROR_INSUFFICIENT_BUFFER),
	STATUS(ERROR_INVALID_NAME),
	STATUS(ERROR_BUSY),
	STATUS(ERROR_MORE_DATA),
	STATUS(WAIT_TIMEOUT),
	STATUS(ERROR_IO_PENDING),
	STATUS(ERROR_DEVICE_REINITIALIZATION_NEEDED),
	STATUS(ERROR_CONTINUE),
	STATUS(ERROR_NO_MORE_DEVICES),
	STATUS(ERROR_NO_SYSTEM_RESOURCES),
};

#define WORDS_MAX    64
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(COUNT(ioctls) < WORDS_MAX && COUNT(statuses) < WORDS_MAX, "room for suggestions");

static bool find(const struct word *words, size_t count, const char *name, uint32_t *value)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i].name, name) == 0) {
			*value = words[i].value;
			return true;
		}
	}
	return false;
}

static const char *nearest(const struct word *words, size_t count, const char *name)
{
	const char *names[WORDS_MAX] = {NULL};

	for (size_t i = 0; i < count; i++)
		names[i] = words[i].name;
	return opt_nearest(name, names);
}

static const char *name_of(const struct word *words, size_t count, uint32_t value)
{
	for (size_t i = 0; i < count; i++)
		if (words[i].value == value)
			return words[i].name;
	return NULL;
}

bool words_ioctl(const char *name, uint32_t *code)
{
	return find(ioctls, COUNT(ioctls), name, code);
}

const char *words_ioctl_nearest(const char *name)
{
	return nearest(ioctls, COUNT(ioctls), name);
}

const char *words_ioctl_name(uint32_t code)
{
	return name_of(ioctls, COUNT(ioctls), code);
}

bool words_status(const char *name, int32_t *status)
{
	uint32_t value;

	if (!find(statuses, COUNT(statuses), name, &value))
		return false;
	*status = (int32_t)value;
	return true;
}

const char *words_status_nearest(const char *name)
{
	return nearest(statuses, COUNT(statuses), name);
}

char *words_status_show(int32_t status, char *text, size_t room)
{
	const char *name = name_of(statuses, COUNT(statuses), (uint32_t)status);

	if (name)
		snprintf(text, room, "%s", name);
	else
		snprintf(text, room, "status %d", status);
	return text;
}
