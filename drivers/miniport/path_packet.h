/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path_packet.h: packet-based DMA, in rounds.
 *
 *	 PacketStart: lock --> StartDma --> HwVidExecuteDma: post --> completion --> CompleteDma --.
 *	               park <--' no map registers                 ^--- rest left <----------------'
 *	                 '--> again when some come free                 none left: unlock, finish
 *
 * HwVidExecuteDma may run on another thread and after StartDma has returned (D-2); the completion
 * may be handled before StartDma returns. So nothing touches a transfer behind a successful
 * StartDma.
 *
 * Units. A transfer between StartDma and CompleteDma holds one unit (Driver->Active). Who gives the
 * last unit back, or frees map registers, lets parked transfers try again; thus a parked transfer
 * always has somebody who will come for it. SUBMIT takes the units of a batch at once, ahead. One
 * count serves both directions, because they may stand in each other's way: a page in flight to the
 * device cannot be mapped for writing.
 *
 * Order. Each direction has its queue; of their heads the older one tries first, and should it be
 * refused, the other one may overtake. A head that tries is in one hand (Driver->Trying) and counts
 * as parked all the while: neither new transfers nor its followers pass it. (SUBMIT asks once, ahead
 * of its batch: what is parked in the midst of it may be passed by the rest.) After
 * PACKET_REFUSALS_MOST refusals nothing overtakes any more, of neither direction, so the device
 * drains until the registers or pages are free.
 */
#ifndef MINIPORT_PATH_PACKET_H
#define MINIPORT_PATH_PACKET_H

#include "driver.h"

#define PACKET_REFUSALS_MOST 32

/* STRATEGY functions. */
VOID PacketStart(PDRIVER Driver, PTRANSFER Transfer, PBATCH Batch);
VOID PacketResume(PDRIVER Driver, PBATCH Batch);
BOOLEAN PacketLock(PDRIVER Driver, PTRANSFER Transfer);
VOID PacketUnlock(PDRIVER Driver, PTRANSFER Transfer);

/* PacketUnitsTake - before the Count transfers of a SUBMIT are started. */
VOID PacketUnitsTake(PDRIVER Driver, ULONG Count, PBATCH Batch);

/*
 * PacketAbandon - at unload, the device stopped: completes and unlocks what Transfer still holds.
 * The transfer is not handed up any more.
 */
VOID PacketAbandon(PDRIVER Driver, PTRANSFER Transfer);

#endif
