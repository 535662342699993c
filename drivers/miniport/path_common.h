/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path_common.h: common-buffer DMA: one buffer, cut into slots,
 * through which all data passes by copy.
 *
 *	 to device:    buffer --copy--> slot --post--> device
 *	 from device:  device --> slot --copy--> buffer
 *
 * A transfer longer than a slot goes as a train of pieces, as many at a time as slots are free;
 * transfers that find no slot queue up and are served strictly in order.
 *
 * The requester's memory is there only in the requester's context, and this path locks nothing. So
 * all copying is done inside SUBMIT, REAP and WAIT; a DPC only collects the slots that have
 * completed. In interrupt mode a long transfer therefore moves on only while its requester is in
 * one of the three.
 */
#ifndef MINIPORT_PATH_COMMON_H
#define MINIPORT_PATH_COMMON_H

#include "driver.h"

/* Allocate and free the pool. Return: NO_ERROR or ERROR_NOT_ENOUGH_MEMORY, then nothing is held. */
VP_STATUS CommonCreate(PDRIVER Driver);
VOID CommonDestroy(PDRIVER Driver);

/* CommonAccount - answers IOCTL_DMABENCH_POOL. */
VOID CommonAccount(PDRIVER Driver, PVIDEO_REQUEST_PACKET Packet);

/* STRATEGY functions. */
VOID CommonStart(PDRIVER Driver, PTRANSFER Transfer, PBATCH Batch);
VOID CommonCollect(PDRIVER Driver, PBATCH Batch);

#endif
