/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common_find.h: common buffers by address, those that live and those released lately: so that a wrong
 * release (common_buffer.c) and a refused access of the device (refusal.c) can say what they were
 * probably about. Answers are copies: the buffer may be gone when they are read.
 *
 * Threads: any. Slow paths only: every adapter is looked at.
 */
#ifndef VIDEOPORT_COMMON_FIND_H
#define VIDEOPORT_COMMON_FIND_H

#include "drivers/videoport/dma.h"

/* Which address is meant: the device's or the driver's. */
enum common_key { COMMON_AT_LOGICAL, COMMON_AT_VIRTUAL };

/*
 * common_find - the live common buffer that contains the byte at @address.
 * common_find_released - the same for one released lately, the latest first.
 * common_find_slots - bounce memory in the shape of a common buffer, by logical address.
 * Return: whether there is one; it is copied into @out.
 */
bool common_find(
	struct dma_state *dma, enum common_key key, uint64_t address, struct common_buffer *out);
bool common_find_released(
	struct dma_state *dma, enum common_key key, uint64_t address, struct common_buffer *out);
bool common_find_slots(struct dma_state *dma, uint64_t address, struct common_buffer *out);

/* common_remember - @common is about to be freed. */
void common_remember(struct dma_state *dma, const struct common_buffer *common);

#endif
