/* SPDX-License-Identifier: BSD-2-Clause */
/* guiddef.h: GUID and DEFINE_GUID, which ntdef.h has. */
#ifndef GUIDDEF_H
#define GUIDDEF_H

#include "ntdef.h"

#endif
