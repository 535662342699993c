/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * initguid.h: included before the headers whose GUIDs the source defines (DEFINE_GUID, ntdef.h). Drivers that include
 * it behind miniport.h get the definitions from there on.
 */
#ifndef INITGUID
#define INITGUID
#endif

#include "ntdef.h"

#undef DEFINE_GUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                               \
	const GUID __attribute__((weak)) name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
