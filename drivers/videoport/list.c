// SPDX-License-Identifier: BSD-2-Clause
/* list.c: the pool of an adapter's scatter/gather lists, with the map registers they hold. */
#include "drivers/videoport/list.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"
#include "drivers/videoport/priv.h"
#include "drivers/videoport/verify_dma.h"

/* A list is ours if this, made of its own address, stands in its Reserved word. */
#define LIST_SEAL UINT64_C(0x5E41ED115700DA7A)

static ULONG_PTR list_seal(const struct dma_list *list)
{
	return (ULONG_PTR)((uintptr_t)list ^ LIST_SEAL);
}

struct dma_list *list_from_sg(struct dma_state *dma, PVP_SCATTER_GATHER_LIST sg)
{
	if (!sg)
		return NULL;
	struct dma_list *list = (void *)((unsigned char *)sg - offsetof(struct dma_list, sg));

	enum address_known known = address_set_has(dma->checks ? &dma->checks->lists : NULL, sg);

	if (known == ADDRESS_PERHAPS && sg->Reserved == list_seal(list))
		known = ADDRESS_LIVE;
	return known == ADDRESS_LIVE ? list : NULL;
}

void list_reseal(struct dma_list *list)
{
	list->sg.Reserved = list_seal(list);
}

static struct dma_list *list_create(
	struct dma_state *dma, struct vp_adapter *adapter, uint32_t size_class)
{
	size_t room = (size_t)1 << size_class;
	size_t elements = room * sizeof(VP_SCATTER_GATHER_ELEMENT);
	size_t slots = adapter->regs.slots ? room * sizeof(uint32_t) : 0;
	size_t check = dma->vp->verifier.on ? sizeof(struct list_check) : 0;
	struct dma_list *list = NULL;

	if (!fault_point("list_create"))
		list = heap_alloc(sizeof(*list) + elements + check + slots);
	if (!list)
		return NULL;
	*list = (struct dma_list){.adapter = adapter, .size_class = size_class};
	list->sg.Reserved = list_seal(list);

	unsigned char *behind = (unsigned char *)&list->sg.Elements[room];
	if (check) {
		list->check = (void *)behind;
		*list->check = (struct list_check){.poisoned = 0};
	}
	if (slots)
		list->slot = (void *)(behind + check);
	if (dma->checks)
		address_set_add(&dma->checks->lists, &list->sg);
	dma_record_made(dma, list);
	return list;
}

/* No free list of this size: makes one. */
static struct dma_list *list_make(struct dma_state *dma, struct vp_adapter *adapter, uint32_t pages)
{
	struct dma_list *list = list_create(dma, adapter, dma_class(pages));

	spin_acquire(&adapter->lock);
	if (list) {
		list->made_next = adapter->made;
		adapter->made = list;
	} else {
		mapregs_give(&adapter->regs, pages);
		adapter_list_end_locked(adapter);
	}
	spin_release(&adapter->lock);
	return list;
}

struct dma_list *list_take(struct dma_state *dma, struct vp_adapter *adapter, uint32_t pages)
{
	struct dma_list *list = NULL;

	spin_acquire(&adapter->lock);
	pages = mapregs_take(&adapter->regs, pages);
	if (pages) {
		list = adapter->free[dma_class(pages)];
		adapter_list_begin_locked(adapter);
		if (list)
			adapter->free[dma_class(pages)] = list->next;
	}
	spin_release(&adapter->lock);
	if (pages && !list)
		list = list_make(dma, adapter, pages);
	if (list)
		list->pages = pages;
	return list;
}

void list_give(struct dma_list *list)
{
	struct vp_adapter *adapter = list->adapter;

	spin_acquire(&adapter->lock);
	mapregs_give(&adapter->regs, list->pages);
	list->next = adapter->free[list->size_class];
	adapter->free[list->size_class] = list;
	adapter_list_end_locked(adapter);
	spin_release(&adapter->lock);
}

void lists_free(struct dma_state *dma, struct vp_adapter *adapter)
{
	while (adapter->made) {
		struct dma_list *list = adapter->made;
		adapter->made = list->made_next;
		if (atomic_load_explicit(&list->live, memory_order_acquire))
			list_abandon(dma, list);
		else if (list->check)
			list_check_idle(dma, list);
		if (dma->checks)
			address_set_remove(&dma->checks->lists, &list->sg);
		dma_record_free(dma, list);
	}
}
