// SPDX-License-Identifier: BSD-2-Clause
/*
 * space.c: a treap of common buffers by frame number (Aragon, Seidel 1989), augmented with the widest gap of
 * every subtree. Called by account.c under its lock; see space.h.
 */
#include "drivers/videoport/space.h"

#include <stddef.h>

#include "drivers/videoport/range.h"

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Brings what a subtree knows up to date; its children are. */
static struct space_node *node_update(struct space_node *node)
{
	const struct space_node *left = node->left, *right = node->right;

	node->first = left ? left->first : node->pfn;
	node->end = right ? right->end : node->pfn + node->pages;
	node->gap = 0;
	if (left)
		node->gap = max_u64(left->gap, node->pfn - left->end);
	if (right)
		node->gap = max_u64(
			node->gap, max_u64(right->gap, right->first - (node->pfn + node->pages)));
	return node;
}

/* All of @tree below @pfn goes to *@low, the rest to *@high. Depth: that of the treap. */
static void tree_split(
	struct space_node *tree, uint64_t pfn, struct space_node **low, struct space_node **high)
{
	if (!tree) {
		*low = *high = NULL;
	} else if (tree->pfn < pfn) {
		tree_split(tree->right, pfn, &tree->right, high);
		*low = node_update(tree);
	} else {
		tree_split(tree->left, pfn, low, &tree->left);
		*high = node_update(tree);
	}
}

/* Everything in @low lies below @high. */
static struct space_node *tree_join(struct space_node *low, struct space_node *high)
{
	if (!low || !high)
		return low ? low : high;
	if (low->priority > high->priority) {
		low->right = tree_join(low->right, high);
		return node_update(low);
	}
	high->left = tree_join(low, high->left);
	return node_update(high);
}

static struct space_arena *arena_of(struct space *space, const struct space_node *node)
{
	return &space->arena[node->pfn >= RANGE_BLOCK_PAGES];
}

void space_insert(struct space *space, struct space_node *node)
{
	struct space_arena *arena = arena_of(space, node);
	struct space_node *low, *high;
	uint64_t seed = node->pfn, end = node->pfn + node->pages;

	node->left = node->right = NULL;
	node->priority = range_random(&seed);
	tree_split(arena->root, node->pfn, &low, &high);
	arena->root = tree_join(tree_join(low, node_update(node)), high);
	arena->held += node->pages;
	if (arena->first == arena->end) {
		arena->first = node->pfn;
		arena->end = end;
		return;
	}
	if (node->pfn < arena->first)
		arena->first = node->pfn;
	arena->end = max_u64(arena->end, end);
}

void space_remove(struct space *space, struct space_node *node)
{
	struct space_arena *arena = arena_of(space, node);
	struct space_node *low, *middle, *high;

	tree_split(arena->root, node->pfn, &low, &high);
	tree_split(high, node->pfn + 1, &middle, &high);
	arena->root = tree_join(low, high);
	arena->held -= node->pages;
}

static uint64_t arena_largest(const struct space_arena *arena)
{
	const struct space_node *root = arena->root;

	if (!root)
		return arena->end - arena->first;
	return max_u64(root->gap, max_u64(root->first - arena->first, arena->end - root->end));
}

void space_read(const struct space *space, struct space_state *state)
{
	uint64_t largest_sum = 0;

	*state = (struct space_state){.free_pages = 0};
	for (unsigned i = 0; i < SPACE_ARENAS; i++) {
		const struct space_arena *arena = &space->arena[i];
		uint64_t largest = arena_largest(arena);

		state->free_pages += arena->end - arena->first - arena->held;
		state->largest_pages = max_u64(state->largest_pages, largest);
		largest_sum += largest;
	}
	if (state->free_pages)
		state->fragmentation = 1 - (double)largest_sum / (double)state->free_pages;
}

void space_reset(struct space *space)
{
	for (unsigned i = 0; i < SPACE_ARENAS; i++) {
		struct space_arena *arena = &space->arena[i];

		arena->first = arena->root ? arena->root->first : 0;
		arena->end = arena->root ? arena->root->end : 0;
	}
}
