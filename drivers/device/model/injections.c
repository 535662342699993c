// SPDX-License-Identifier: BSD-2-Clause
/* injections.c: see injections.h. A ring of which the oldest are taken first. */
#include "drivers/device/model/injections.h"

#include "drivers/support/heap.h"

void injections_fini(struct injections *injections)
{
	heap_free(injections->entry);
}

void injections_add(struct injections *injections, const struct engine_work *work, uint64_t step)
{
	if (work->fault == DEVICE_FAULT_NONE || injections->deaf)
		return;
	if (!injections->entry)
		injections->entry = heap_zeroed(INJECTIONS_MAX, sizeof(*injections->entry));
	if (!injections->entry || injections->count == INJECTIONS_MAX) {
		injections->lost++;
		return;
	}
	injections->entry[(injections->first + injections->count++) % INJECTIONS_MAX] =
		(struct model_injected){
			.fault = work->fault,
			.step = step,
			.id = work->id,
			.given_id = work->fault == DEVICE_FAULT_WRONG_ID
	                                    ? work->id ^ (uint16_t)work->wrong_bit
	                                    : work->id,
			.to_device = work->opcode == ENGINE_OP_TO_DEVICE,
			.device_address = work->asked_address,
			.len_bytes = work->length,
			.wrong_at = work->wrong_at,
			.wrong_bytes = work->wrong_bytes,
		};
}

unsigned injections_take(
	struct injections *injections, struct model_injected *out, unsigned max, uint64_t *lost)
{
	unsigned count = 0;

	for (; count < max && injections->count > 0; count++) {
		out[count] = injections->entry[injections->first];
		injections->first = (injections->first + 1) % INJECTIONS_MAX;
		injections->count--;
	}
	*lost = injections->lost;
	return count;
}
