// SPDX-License-Identifier: BSD-2-Clause
/* audit.c: see audit.h. Each kind of thing has its function here or in the file that makes it. */
#include "drivers/videoport/audit.h"

#include "drivers/videoport/priv.h"

static void audit_locks(struct videoport *vp)
{
	struct dma_state *dma = &vp->dma;

	for (uint32_t i = 0; i < atomic_load(&dma->mdl_count); i++) {
		const struct mdl *mdl = dma->mdl[i];

		if (atomic_load(&mdl->state) & MDL_LIVE)
			rule_broken_at(vp, RULE_LOCK_LEAK, 0, mdl_origin(mdl),
				"at unload: the lock of %u bytes at %p is not undone",
				mdl->len_bytes, (const void *)mdl->va);
	}
}

static void audit_lists(struct videoport *vp)
{
	for (unsigned i = 0; i < DMA_ADAPTERS_MAX; i++) {
		const struct vp_adapter *adapter = atomic_load(&vp->dma.slot[i].adapter);
		const struct dma_list *list = adapter ? adapter->made : NULL;

		for (; list; list = list->made_next)
			if (atomic_load(&list->live))
				rule_broken_at(vp, RULE_LIST_LEAK, 0, list_origin(list),
					"at unload: the transfer of %u bytes %s the device, list "
					"%p, is not completed",
					list->len_bytes, list->write_to_device ? "to" : "from",
					(const void *)&list->sg);
	}
}

static void spin_lock_left(void *vp, void *memory, const struct origin *origin)
{
	rule_broken_at(
		vp, RULE_SPIN_LEAK, 0, origin, "at unload: spin lock %p is not deleted", memory);
}

static void event_left(void *vp, void *memory, const struct origin *origin)
{
	rule_broken_at(
		vp, RULE_EVENT_LEAK, 0, origin, "at unload: event %p is not deleted", memory);
}

static void buffer_left(void *vp, void *memory, const struct origin *origin)
{
	rule_broken_at(
		vp, RULE_BUFFER_LEAK, 0, origin, "at unload: buffer %p is not released", memory);
}

static void mapping_left(struct videoport *vp, const struct resource_mapping *mapping)
{
	bool base = mapping->kind == MAPPING_BASE;

	rule_broken_at(vp, base ? RULE_BASE_LEAK : RULE_MAP_LEAK, 0, &mapping->origin,
		"at unload: mapping of %zu bytes of %s 0x%llx by %s is left", mapping->len_bytes,
		mapping->io ? "ports from" : "memory at", (unsigned long long)mapping->bus_address,
		base ? "VideoPortGetDeviceBase" : "VideoPortMapMemory");
}

void audit_run(struct videoport *vp)
{
	audit_lists(vp);
	common_buffers_audit(&vp->dma);
	adapters_audit(&vp->dma);
	audit_locks(vp);
	pool_audit(vp);
	object_each(&vp->objects, ACCOUNT_EVENT, event_left, vp);
	object_each(&vp->objects, ACCOUNT_SPIN_LOCK, spin_lock_left, vp);
	object_each(&vp->objects, ACCOUNT_BUFFER, buffer_left, vp);
	resource_mappings_each(vp, mapping_left);
}
