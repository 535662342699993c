/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * devioctl.h: how an I/O control code is put together. Used by ntddvdeo.h, by drivers and by
 * whoever sends requests to one.
 *
 *	31      16 15  14 13        2 1      0
 *	| device  |access| function  | method |
 */
#ifndef DEVIOCTL_H
#define DEVIOCTL_H

#include "miniport.h"

#define CTL_CODE(device, function, method, access)                                                 \
	(((ULONG)(device) << 16) | ((ULONG)(access) << 14) | ((ULONG)(function) << 2) |            \
		(ULONG)(method))

#define FILE_DEVICE_VIDEO 0x00000023

/* Input and output share one buffer of the port's; the only method that reaches HwVidStartIO. */
#define METHOD_BUFFERED   0
#define METHOD_IN_DIRECT  1
#define METHOD_OUT_DIRECT 2
#define METHOD_NEITHER    3

#define FILE_ANY_ACCESS   0
#define FILE_READ_ACCESS  1
#define FILE_WRITE_ACCESS 2

#endif
