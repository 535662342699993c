// SPDX-License-Identifier: BSD-2-Clause
/*
 * exports.c: the functions a driver may call, by name (VideoPortGetProcAddress). See exports.h.
 */
#include "drivers/videoport/exports.h"

#include "drivers/videoport/priv.h"

#include <string.h>

/* The documented interface returns functions as PVOID; both are one machine word here. */
union export_address {
	void (*function)(void);
	PVOID pointer;
};

PVOID export_find(const char *name)
{
#define EXPORT_ROW(name, status, references) {#name, {.function = (void (*)(void))(name)}},
	static const struct {
		const char *name;
		union export_address address;
	} exports[] = {EXPORTS(EXPORT_ROW)};
#undef EXPORT_ROW

	for (size_t i = 0; i < sizeof(exports) / sizeof(exports[0]); i++) {
		if (strcmp(exports[i].name, name) == 0)
			return exports[i].address.pointer;
	}
	return NULL;
}

const struct export_row *export_at(unsigned index)
{
#define EXPORT_ROW(name, status, references) {#name, EXPORT_##status, references},
	static const struct export_row rows[] = {EXPORTS(EXPORT_ROW)};
#undef EXPORT_ROW

	return index < sizeof(rows) / sizeof(rows[0]) ? &rows[index] : NULL;
}
