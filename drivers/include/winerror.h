/* SPDX-License-Identifier: BSD-2-Clause */
/* winerror.h: the status values by the name of the header that Win32 has them in. */
#ifndef WINERROR_H
#define WINERROR_H

#include "dderror.h"

#endif
