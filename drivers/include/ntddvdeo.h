/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntddvdeo.h: what a display driver and a miniport share. Of the video requests only those this
 * port sends: power states travel through HwVidSetPowerState.
 *
 * The port's power sequence: VideoPowerOff before the device enters D3 (the driver stops its engine
 * and masks interrupts), VideoPowerOn after it is back in D0. At unload: VideoPowerOff, the
 * interrupt is disconnected, the device enters D3, and last VideoPowerShutdown: the driver gives
 * back whatever it holds (common buffers, adapters, locks, events, pool) and touches the device no
 * more.
 */
#ifndef NTDDVDEO_H
#define NTDDVDEO_H

#include "devioctl.h"

typedef enum _VIDEO_POWER_STATE {
	VideoPowerUnspecified = 0,
	VideoPowerOn,
	VideoPowerStandBy,
	VideoPowerSuspend,
	VideoPowerOff,
	VideoPowerHibernate,
	VideoPowerShutdown,
	VideoPowerMaximum,
} VIDEO_POWER_STATE,
	*PVIDEO_POWER_STATE;

typedef struct _VIDEO_POWER_MANAGEMENT {
	ULONG Length; /* sizeof(VIDEO_POWER_MANAGEMENT) */
	ULONG DPMSVersion;
	ULONG PowerState; /* VIDEO_POWER_STATE */
} VIDEO_POWER_MANAGEMENT, *PVIDEO_POWER_MANAGEMENT;

#endif
