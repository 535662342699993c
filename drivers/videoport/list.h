/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list.h: the pool of an adapter's scatter/gather lists and the thread that may call HwVidExecuteDma
 * later. Between start_dma.c, list.c, deferral.c and adapter.c only.
 */
#ifndef VIDEOPORT_LIST_H
#define VIDEOPORT_LIST_H

#include "drivers/videoport/dma.h"

/*
 * list_take - up to @pages map registers, and a list with room for as many pages as were had.
 * Return: the list with `pages` set, or NULL where no register is free or memory lacks.
 * list_give returns the list with its registers (not its slots).
 */
struct dma_list *list_take(struct dma_state *dma, struct vp_adapter *adapter, uint32_t pages);
void list_give(struct dma_list *list);

/*
 * list_from_sg - the list a driver's pointer belongs to, or NULL where it is none of ours. While the
 * verifier is on, a pointer to anything may be asked for: addresses are compared, nothing is read.
 */
struct dma_list *list_from_sg(struct dma_state *dma, PVP_SCATTER_GATHER_LIST sg);

/* list_reseal - restores what list_from_sg may look for. */
void list_reseal(struct dma_list *list);

/* list_execute - calls HwVidExecuteDma at DISPATCH_LEVEL. The list may be gone when it returns. */
void list_execute(struct dma_list *list);

/* list_abandon - unmaps a transfer whose driver is gone; nothing is copied or accounted. */
void list_abandon(struct dma_state *dma, struct dma_list *list);

/* deferral_push - has @list executed by the deferral thread. */
void deferral_push(struct dma_deferral *deferral, struct dma_list *list);

#endif
