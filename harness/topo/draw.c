// SPDX-License-Identifier: BSD-2-Clause
/*
 * draw.c: the topology as text. Called through topo_draw by the command line.
 *
 * A chain of objects that hold one another and nothing else takes one line; neighbours that are alike and hold neither
 * driver, device nor memory are folded into one, so that a machine of 500 processors still fits a screen.
 */
#include "harness/topo/topo.h"

#include "harness/topo/topo_priv.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES   512
#define PREFIX_MAX_BYTES 128
#define MARK_COLUMN      50

struct drawing {
	hwloc_topology_t topology;
	const struct topo_place *place;
	topo_line emit;
	void *arg;
};

/* Text being put together; what does not fit is cut. */
struct text {
	char at[LINE_MAX_BYTES];
	size_t used;
};

static void text_add(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void text_add(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int len = vsnprintf(text->at + text->used, sizeof(text->at) - text->used, format, args);
	va_end(args);
	if (len > 0)
		text->used += (size_t)len;
	if (text->used >= sizeof(text->at))
		text->used = sizeof(text->at) - 1;
}

/* Columns taken: bytes that do not continue a UTF-8 character. */
static size_t columns(const struct text *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->used; i++)
		count += ((unsigned char)text->at[i] & 0xc0) != 0x80;
	return count;
}

/* ---- labels and marks ------------------------------------------------------------------------------------------ */

static void add_bytes(struct text *text, uint64_t bytes)
{
	if (bytes >> 30)
		text_add(text, " %" PRIu64 " GiB", (bytes + (UINT64_C(1) << 29)) >> 30);
	else if (bytes >> 20 && !(bytes & 0xfffff))
		text_add(text, " %" PRIu64 " MiB", bytes >> 20);
	else if (bytes)
		text_add(text, " %" PRIu64 " KiB", bytes >> 10);
}

static void add_label(const struct drawing *drawing, struct text *text, hwloc_obj_t obj)
{
	const char *model;
	char name[32];
	int kind;

	hwloc_obj_type_snprintf(name, sizeof(name), obj, 0);
	switch (obj->type) {
	case HWLOC_OBJ_PU:
		text_add(text, "cpu %u", obj->os_index);
		return;
	case HWLOC_OBJ_NUMANODE:
		text_add(text, "memory node %u", obj->os_index);
		add_bytes(text, obj->attr->numanode.local_memory);
		return;
	case HWLOC_OBJ_PACKAGE:
		text_add(text, "Package %u", obj->logical_index);
		model = hwloc_obj_get_info_by_name(obj, "CPUModel");
		if (model)
			text_add(text, ": %s", model);
		return;
	case HWLOC_OBJ_CORE:
		text_add(text, "Core %u", obj->logical_index);
		kind = topo_kind(drawing->topology, obj->cpuset);
		if (kind)
			text_add(text, " (kind %d)", kind);
		return;
	default:
		text_add(text, "%s", name);
		if (hwloc_obj_type_is_cache(obj->type))
			add_bytes(text, obj->attr->cache.size);
	}
}

/* "driver", "device", "memory" where @obj is the processor or node of theirs; "" for all others. */
static void add_roles(const struct drawing *drawing, struct text *text, hwloc_obj_t obj)
{
	const struct topo_place *place = drawing->place;
	const bool pu = obj->type == HWLOC_OBJ_PU, node = obj->type == HWLOC_OBJ_NUMANODE;
	const struct {
		bool here;
		const char *role;
	} roles[] = {
		{pu && place->driver_cpu == (int)obj->os_index, "driver"},
		{pu && place->interrupt_cpu == (int)obj->os_index, "interrupts"},
		{pu && place->device_cpu == (int)obj->os_index, "device"},
		{node && place->node == (int)obj->os_index, "memory"},
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (roles[i].here)
			text_add(text, "%s%s", text->used ? ", " : "", roles[i].role);
}

static bool is_marked(const struct drawing *drawing, hwloc_obj_t obj)
{
	struct text roles = {{0}, 0};

	add_roles(drawing, &roles, obj);
	for (hwloc_obj_t child = obj->first_child; child && !roles.used;
		child = child->next_sibling)
		roles.used = is_marked(drawing, child);
	for (hwloc_obj_t child = obj->memory_first_child; child && !roles.used;
		child = child->next_sibling)
		roles.used = is_marked(drawing, child);
	return roles.used != 0;
}

/* ---- folding ----------------------------------------------------------------------------------------------------- */

/* Alike to look at: the same kinds of things inside, in the same number and size. */
static bool alike(const struct drawing *drawing, hwloc_obj_t a, hwloc_obj_t b)
{
	if (a->type != b->type || a->arity != b->arity || a->memory_arity != b->memory_arity)
		return false;
	if (hwloc_obj_type_is_cache(a->type) && a->attr->cache.size != b->attr->cache.size)
		return false;
	if (a->type == HWLOC_OBJ_NUMANODE && a->total_memory != b->total_memory)
		return false;
	if (a->type == HWLOC_OBJ_CORE &&
		topo_kind(drawing->topology, a->cpuset) != topo_kind(drawing->topology, b->cpuset))
		return false;
	for (unsigned i = 0; i < a->arity; i++)
		if (!alike(drawing, a->children[i], b->children[i]))
			return false;
	return true;
}

/* Whether @obj and all it holds stand on one line: single children, or a core's hardware threads. */
static bool is_chain(hwloc_obj_t obj)
{
	while (obj->arity == 1 && !obj->memory_arity)
		obj = obj->first_child;
	return obj->type == HWLOC_OBJ_CORE || obj->type == HWLOC_OBJ_PU;
}

static void line_emit(const struct drawing *drawing, struct text *line, const struct text *roles)
{
	const size_t used = columns(line);

	if (roles->used) {
		text_add(line, " ");
		for (size_t i = used + 1; i < MARK_COLUMN; i++)
			text_add(line, "\xc2\xb7");
		text_add(line, " \xe2\x97\x80 %s", roles->at);
	}
	drawing->emit(drawing->arg, line->at);
}

/* ---- the tree -------------------------------------------------------------------------------------------------- */

static void draw(const struct drawing *drawing, hwloc_obj_t obj, const char *prefix,
	const char *branch, const char *below);

/* The chain from @obj down; roles are collected on the way. Return: the object it ends with. */
static hwloc_obj_t add_chain(
	const struct drawing *drawing, struct text *line, struct text *roles, hwloc_obj_t obj)
{
	add_label(drawing, line, obj);
	add_roles(drawing, roles, obj);
	while (obj->arity == 1 && !obj->memory_arity) {
		obj = obj->first_child;
		text_add(line, " + ");
		add_label(drawing, line, obj);
		add_roles(drawing, roles, obj);
	}
	return obj;
}

/* A core with several hardware threads: one line each would be as many lines as processors. */
static void add_threads(
	const struct drawing *drawing, struct text *line, struct text *roles, hwloc_obj_t core)
{
	for (unsigned i = 0; i < core->arity; i++) {
		text_add(line, "%s", i ? ", " : " + ");
		add_label(drawing, line, core->children[i]);
		struct text here = {{0}, 0};

		add_roles(drawing, &here, core->children[i]);
		if (here.used)
			text_add(roles, "%s%s on cpu %u", roles->used ? "; " : "", here.at,
				core->children[i]->os_index);
	}
}

/* @count unmarked objects like @first, from @first on, on one line. */
static void draw_folded(const struct drawing *drawing, hwloc_obj_t first, unsigned count,
	const char *prefix, const char *branch)
{
	struct text line = {{0}, 0}, none = {{0}, 0};
	hwloc_bitmap_t cpus = hwloc_bitmap_dup(first->cpuset);
	hwloc_obj_t obj = first;
	char name[32], list[96] = "?";

	for (unsigned i = 1; i < count; i++) {
		obj = obj->next_sibling;
		if (cpus)
			hwloc_bitmap_or(cpus, cpus, obj->cpuset);
	}
	if (cpus)
		hwloc_bitmap_list_snprintf(list, sizeof(list), cpus);
	hwloc_bitmap_free(cpus);
	if (is_chain(first)) {
		while (first->arity == 1)
			first = first->first_child;
		if (first->type == HWLOC_OBJ_PU && first->parent->arity == 1 &&
			first->parent->type == HWLOC_OBJ_CORE)
			first = first->parent;
	}
	hwloc_obj_type_snprintf(name, sizeof(name), first, 0);
	text_add(&line, "%s%s%u %ss alike: cpus %s", prefix, branch, count, name, list);
	line_emit(drawing, &line, &none);
}

/* How many neighbours from @first on are folded with it: alike, unmarked, at least two. */
static unsigned foldable(const struct drawing *drawing, hwloc_obj_t first)
{
	unsigned count = 0;

	for (hwloc_obj_t obj = first; obj && alike(drawing, first, obj) && !is_marked(drawing, obj);
		obj = obj->next_sibling)
		count++;
	return count > 1 ? count : 0;
}

static void draw_children(const struct drawing *drawing, hwloc_obj_t obj, const char *prefix)
{
	for (hwloc_obj_t child = obj->memory_first_child; child; child = child->next_sibling) {
		const bool last = !child->next_sibling && !obj->arity;

		draw(drawing, child, prefix,
			last ? "\xe2\x94\x94\xe2\x94\x80 " : "\xe2\x94\x9c\xe2\x94\x80 ",
			last ? "   " : "\xe2\x94\x82  ");
	}
	for (hwloc_obj_t child = obj->first_child; child; child = child->next_sibling) {
		unsigned folded = foldable(drawing, child);
		hwloc_obj_t end = child;

		for (unsigned i = 1; i < folded; i++)
			end = end->next_sibling;
		const bool last = !end->next_sibling;
		const char *branch = last ? "\xe2\x94\x94\xe2\x94\x80 "
		                          : "\xe2\x94\x9c\xe2\x94\x80 ";

		if (folded)
			draw_folded(drawing, child, folded, prefix, branch);
		else
			draw(drawing, child, prefix, branch, last ? "   " : "\xe2\x94\x82  ");
		child = end;
	}
}

static void draw(const struct drawing *drawing, hwloc_obj_t obj, const char *prefix,
	const char *branch, const char *below)
{
	struct text line = {{0}, 0}, roles = {{0}, 0};
	char deeper[PREFIX_MAX_BYTES];

	text_add(&line, "%s%s", prefix, branch);
	hwloc_obj_t end = add_chain(drawing, &line, &roles, obj);
	const bool threads = end->type == HWLOC_OBJ_CORE && end->arity > 1 && !end->memory_arity;

	if (threads)
		add_threads(drawing, &line, &roles, end);
	line_emit(drawing, &line, &roles);
	snprintf(deeper, sizeof(deeper), "%s%s", prefix, below);
	if (!threads)
		draw_children(drawing, end, deeper);
}

void topo_draw(struct topo *topo, const struct topo_place *place, topo_line emit, void *arg)
{
	const struct drawing drawing = {
		.topology = topo->topology, .place = place, .emit = emit, .arg = arg};

	draw(&drawing, hwloc_get_root_obj(topo->topology), "", "", "");
}
