/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * initguid.h: from here on DEFINE_GUID (ntdef.h) defines: included in the one source that holds a driver's GUIDs.
 */
#ifndef INITGUID_H
#define INITGUID_H

#ifndef INITGUID
#define INITGUID
#endif

#include "ntdef.h"

#undef DEFINE_GUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                               \
	const GUID __attribute__((weak)) name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}

#endif
