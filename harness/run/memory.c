// SPDX-License-Identifier: BSD-2-Clause
/*
 * memory.c: the requester's memory of a group. All cells of a group work on the same pieces, taken in the same order:
 * they run one at a time, and how the host happens to back a buffer changes large copies by a fifth, which must not
 * pass for a difference between strategies. Called by cell.c, execute.c and ceiling.c.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <stdlib.h>

#include "drivers/support/fault.h"

/*
 * A node that was asked for and not had would make the record lie; the system may bend a binding (a full node, a
 * container). Where the pages lie cannot be told everywhere, and then the binding is taken for kept.
 */
static int memory_check_node(
	const struct run_cell *cell, const struct run_memory *memory, struct err *err)
{
	const struct run_machine *machine = cell->machine;
	const int node = topo_memory_node(machine->topo, memory->va, memory->len_bytes);
	char word[24];

	if (machine->wish.memory.word == PLACE_AUTO || node < 0 || node == machine->place.node)
		return 0;
	return err_set(err, ERR_MISSING, -EPERM,
		"place.memory=%s: %zu bytes asked of node %d came from node %d; free memory there "
		"(numactl --hardware shows it) or allow mbind in the container",
		place_show(&machine->wish.memory, word, sizeof(word)), memory->len_bytes,
		machine->place.node, node);
}

static struct run_memory *memory_make(
	const struct run_cell *cell, size_t len_bytes, struct err *err)
{
	const struct run_settings *s = cell->settings;
	const struct frames_policy policy = {
		.fragmentation = cell->params.fragmentation_percent / 100.0,
		.high = cell->params.high_percent / 100.0,
		.block_pages = cell->params.pages == TOPO_PAGES_4K
	                               ? 1
	                               : (unsigned)(TOPO_HUGE_BYTES >> PAGE_SHIFT),
		.node = (unsigned)s->frames.node,
	};
	struct run_machine *machine = cell->machine;
	struct run_memory *memory = fault_point("memory") ? NULL : calloc(1, sizeof(*memory));

	if (!memory) {
		err_short(err, -ENOMEM, "%s: no memory", cell->name);
		return NULL;
	}
	memory->len_bytes = page_up(len_bytes);
	memory->pages = cell->params.pages;
	memory->va = topo_alloc(
		machine->topo, memory->len_bytes, machine->place.node, memory->pages, err);
	if (!memory->va)
		goto free_memory;
	if (memory_check_node(cell, memory, err))
		goto free_va;
	if (frames_add(machine->frames, memory->va, memory->len_bytes, FRAMES_READ_WRITE, &policy,
		    err))
		goto free_va;
	return memory;
free_va:
	topo_free(machine->topo, memory->va, memory->len_bytes, memory->pages);
free_memory:
	free(memory);
	return NULL;
}

void *run_cell_memory(struct run_cell *cell, size_t len_bytes, struct err *err)
{
	struct run_memory **link = cell->group_memory;

	for (uint32_t i = 0; i < cell->memory_taken; i++)
		link = &(*link)->next;
	if (!*link)
		*link = memory_make(cell, len_bytes, err);
	if (!*link)
		return NULL;
	if ((*link)->len_bytes != page_up(len_bytes)) {
		err_set(err, ERR_INTERNAL, -EINVAL,
			"%s: piece %u of memory has %zu bytes in this group, %zu were asked for",
			cell->name, cell->memory_taken, (*link)->len_bytes, len_bytes);
		return NULL;
	}
	cell->memory_taken++;
	return (*link)->va;
}

void memory_free(struct run_memory **memory, struct run_machine *machine)
{
	while (*memory) {
		struct run_memory *piece = *memory;

		*memory = piece->next;
		frames_remove(machine->frames, piece->va);
		topo_free(machine->topo, piece->va, piece->len_bytes, piece->pages);
		free(piece);
	}
}
