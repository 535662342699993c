// SPDX-License-Identifier: BSD-2-Clause
/*
 * registry.c: VideoPortGetRegistryParameters and VideoPortSetRegistryParameters. See registry.h.
 *
 * Value names are compared without regard to case. A value is copied before the driver's callback sees
 * it: the callback may set values itself.
 */
#include "drivers/videoport/priv.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"

#include <ctype.h>
#include <string.h>

struct registry_value {
	struct registry_value *next;
	ULONG len_bytes;
	WCHAR name[REGISTRY_NAME_CHARS];
	unsigned char data[];
};

int registry_init(struct registry *registry)
{
	return -pthread_mutex_init(&registry->lock, NULL);
}

void registry_fini(struct registry *registry)
{
	while (registry->first) {
		struct registry_value *value = registry->first;

		registry->first = value->next;
		heap_free(value);
	}
	pthread_mutex_destroy(&registry->lock);
}

/* ---- names ----------------------------------------------------------------------------------- */

static int fold(WCHAR letter)
{
	return letter < 0x80 ? tolower(letter) : letter;
}

static bool name_equal(PCWSTR a, PCWSTR b)
{
	for (; *a && fold(*a) == fold(*b); a++, b++)
		;
	return !*a && !*b;
}

/* Return: false where the name does not fit. */
static bool name_copy(WCHAR *to, PCWSTR from)
{
	for (unsigned i = 0; i < REGISTRY_NAME_CHARS; i++)
		if (!(to[i] = from[i]))
			return true;
	return false;
}

static void name_widen(WCHAR *to, const char *ascii)
{
	unsigned i = 0;

	for (; i < REGISTRY_NAME_CHARS - 1 && ascii[i]; i++)
		to[i] = (WCHAR)(unsigned char)ascii[i];
	to[i] = 0;
}

/* ---- values ---------------------------------------------------------------------------------- */

static struct registry_value *value_create(PCWSTR name, const void *data, ULONG len_bytes)
{
	struct registry_value *value = fault_point("registry_value")
	                                       ? NULL
	                                       : heap_zeroed(1, sizeof(*value) + len_bytes);

	if (!value)
		return NULL;
	value->next = NULL;
	value->len_bytes = len_bytes;
	name_copy(value->name, name);
	memcpy(value->data, data, len_bytes);
	return value;
}

/* A copy of what was set under @name. @found: whether there is such a value. */
static struct registry_value *value_copy(struct registry *registry, PCWSTR name, bool *found)
{
	struct registry_value *copy = NULL;

	pthread_mutex_lock(&registry->lock);
	for (const struct registry_value *at = registry->first; at && !*found; at = at->next) {
		*found = name_equal(at->name, name);
		if (*found)
			copy = value_create(at->name, at->data, at->len_bytes);
	}
	pthread_mutex_unlock(&registry->lock);
	return copy;
}

/* A copy of the configuration's parameter, which is a ULONG. */
static struct registry_value *parameter_copy(const struct videoport *vp, PCWSTR name, bool *found)
{
	WCHAR wide[REGISTRY_NAME_CHARS] = {0};

	for (unsigned i = 0; i < vp->config.parameter_count; i++) {
		const struct videoport_parameter *parameter = &vp->config.parameters[i];

		name_widen(wide, parameter->name);
		if (!name_equal(wide, name))
			continue;
		*found = true;
		return value_create(wide, &parameter->value, sizeof(parameter->value));
	}
	return NULL;
}

/* Puts @value in the place of one of the same name. Return: whether there was room. */
static bool value_insert(struct registry *registry, struct registry_value *value)
{
	struct registry_value **at, *old;
	bool room;

	pthread_mutex_lock(&registry->lock);
	for (at = &registry->first; *at && !name_equal((*at)->name, value->name);)
		at = &(*at)->next;
	old = *at;
	room = old || registry->count < REGISTRY_VALUES;
	if (room) {
		value->next = old ? old->next : NULL;
		*at = value;
		registry->count += !old;
	}
	pthread_mutex_unlock(&registry->lock);
	if (room)
		heap_free(old);
	return room;
}

/* ---- exported -------------------------------------------------------------------------------- */

VP_STATUS NTAPI VideoPortGetRegistryParameters(PVOID HwDeviceExtension, PCWSTR ParameterName,
	UCHAR IsParameterFileName, PMINIPORT_GET_REGISTRY_ROUTINE CallbackRoutine, PVOID Context)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);
	bool found = false;

	if (!vp || !irql_allowed(vp, IRQL_VideoPortGetRegistryParameters))
		return ERROR_INVALID_PARAMETER;
	if (!ParameterName || !CallbackRoutine) {
		rule_broken(vp, RULE_REGISTRY_ARGUMENT, ERROR_INVALID_PARAMETER,
			"VideoPortGetRegistryParameters: name %s, callback %s",
			ParameterName ? "given" : "NULL", CallbackRoutine ? "given" : "NULL");
		return ERROR_INVALID_PARAMETER;
	}
	if (IsParameterFileName)
		return ERROR_INVALID_PARAMETER; /* documented: no such file */

	struct registry_value *value = value_copy(&vp->registry, ParameterName, &found);

	if (!found)
		value = parameter_copy(vp, ParameterName, &found);
	if (!value)
		return found ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_PARAMETER;

	struct callback before = passive_enter(vp);
	VP_STATUS status = CallbackRoutine(
		HwDeviceExtension, Context, value->name, value->data, value->len_bytes);

	passive_leave(vp, &before, "the routine of VideoPortGetRegistryParameters");
	heap_free(value);
	return status;
}

VP_STATUS NTAPI VideoPortSetRegistryParameters(
	PVOID HwDeviceExtension, PWSTR ValueName, PVOID ValueData, ULONG ValueLength)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);
	WCHAR name[REGISTRY_NAME_CHARS];

	if (!vp || !irql_allowed(vp, IRQL_VideoPortSetRegistryParameters))
		return ERROR_INVALID_PARAMETER;
	if (!ValueName || !*ValueName || !ValueData || !ValueLength) {
		rule_broken(vp, RULE_REGISTRY_ARGUMENT, ERROR_INVALID_PARAMETER,
			"VideoPortSetRegistryParameters: name %s, %u bytes at %p",
			ValueName && *ValueName ? "given" : "missing", ValueLength, ValueData);
		return ERROR_INVALID_PARAMETER;
	}
	if (ValueLength > REGISTRY_VALUE_BYTES || !name_copy(name, ValueName))
		return ERROR_INVALID_PARAMETER;

	struct registry_value *value = value_create(name, ValueData, ValueLength);

	if (!value)
		return ERROR_NOT_ENOUGH_MEMORY;
	if (value_insert(&vp->registry, value))
		return NO_ERROR;
	heap_free(value);
	return ERROR_NOT_ENOUGH_MEMORY;
}

VP_STATUS NTAPI VideoPortFlushRegistry(PVOID HwDeviceExtension)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortFlushRegistry))
		return ERROR_INVALID_PARAMETER;
	return NO_ERROR;
}
