// SPDX-License-Identifier: BSD-2-Clause
/* common_find.c: see common_find.h. */
#include "drivers/videoport/common_find.h"

static bool contains(const struct common_buffer *common, enum common_key key, uint64_t address)
{
	uint64_t start = key == COMMON_AT_LOGICAL ? common->iova.val : (uintptr_t)common->va;

	return address >= start && address - start < (uint64_t)common->pages << PAGE_SHIFT;
}

/* The adapter cannot go: its slot is emptied under the lock that is held. */
static bool adapter_find(struct vp_adapter *adapter, enum common_key key, uint64_t address,
	struct common_buffer *out)
{
	bool found = false;

	pthread_mutex_lock(&adapter->common_lock);
	for (unsigned i = 0; i < DMA_BUCKETS && !found; i++) {
		for (const struct common_buffer *at = adapter->common[i]; at && !found;
			at = at->next) {
			found = contains(at, key, address);
			if (found)
				*out = *at;
		}
	}
	pthread_mutex_unlock(&adapter->common_lock);
	return found;
}

bool common_find(
	struct dma_state *dma, enum common_key key, uint64_t address, struct common_buffer *out)
{
	bool found = false;

	pthread_mutex_lock(&dma->adapter_lock);
	for (unsigned i = 0; i < DMA_ADAPTERS_MAX && !found; i++) {
		struct vp_adapter *adapter = atomic_load(&dma->slot[i].adapter);

		found = adapter && adapter_find(adapter, key, address, out);
	}
	pthread_mutex_unlock(&dma->adapter_lock);
	return found;
}

bool common_find_slots(struct dma_state *dma, uint64_t address, struct common_buffer *out)
{
	bool found = false;

	pthread_mutex_lock(&dma->adapter_lock);
	for (unsigned i = 0; i < DMA_ADAPTERS_MAX && !found; i++) {
		const struct vp_adapter *adapter = atomic_load(&dma->slot[i].adapter);

		if (!adapter || !adapter->slot_va)
			continue;
		*out = (struct common_buffer){
			.pages = adapter->regs.slots,
			.iova = adapter->slot_iova,
			.va = adapter->slot_va,
			.origin = adapter->origin,
		};
		found = contains(out, COMMON_AT_LOGICAL, address);
	}
	pthread_mutex_unlock(&dma->adapter_lock);
	return found;
}

/* ---- released lately --------------------------------------------------------------------------------- */

void common_remember(struct dma_state *dma, const struct common_buffer *common)
{
	struct common_released *released = &dma->released;

	pthread_mutex_lock(&released->lock);
	released->entry[released->count++ % DMA_RELEASED_MAX] = *common;
	pthread_mutex_unlock(&released->lock);
}

bool common_find_released(
	struct dma_state *dma, enum common_key key, uint64_t address, struct common_buffer *out)
{
	struct common_released *released = &dma->released;
	bool found = false;

	pthread_mutex_lock(&released->lock);
	for (unsigned i = 1; i <= DMA_RELEASED_MAX && i <= released->count && !found; i++) {
		*out = released->entry[(released->count - i) % DMA_RELEASED_MAX];
		found = contains(out, key, address);
	}
	pthread_mutex_unlock(&released->lock);
	return found;
}
