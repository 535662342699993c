// SPDX-License-Identifier: BSD-2-Clause
/*
 * window_check.c: what a round is proved right by: stamps in the sources, guards around every payload, and the look at
 * every destination afterwards. Called by window.c between rounds, never inside one.
 */
#include "harness/run/window_priv.h"

#include <stdio.h>
#include <string.h>

#define CHECK_FINDINGS 4 /* wrong payloads named one by one in a round; more are counted */
#define SPOIL_SEED     (~UINT64_C(0)) /* of what no destination may hold */

/* ---- where guards are, and how bytes of both sides are reached --------------------------------------- */

enum guard {
	GUARD_BEFORE,
	GUARD_ROOM,
	GUARD_LEN
}; /* before, behind the room, right behind the payload */

static uint64_t guard_key(
	const struct run_window *w, bool device, uint32_t slot, bool to_device, enum guard guard)
{
	const uint64_t half = w->host.halves == 2 && !to_device;

	return ((uint64_t)slot * 2 + half) * 8 + (device ? 4 : 0) + (unsigned)guard;
}

/* Bytes from @offset on of a destination payload: in host memory as they lie, from the device's into the scratch. */
static const unsigned char *result_at(
	struct run_window *w, const struct window_op *op, ptrdiff_t offset, size_t len_bytes)
{
	if (!op->to_device)
		return host_payload(w, op->slot, false) + offset;
	if (videoport_memory_read(w->port, device_payload(w, op->slot, true) + (uint64_t)offset,
		    w->scratch, len_bytes))
		return NULL;
	return w->scratch;
}

/* @bytes to both kinds of memory; host memory cannot fail. */
static int bytes_put(struct run_window *w, bool device, uint32_t slot, bool to_device,
	ptrdiff_t offset, const void *bytes, size_t len_bytes)
{
	if (device)
		return videoport_memory_write(w->port,
			device_payload(w, slot, to_device) + (uint64_t)offset, bytes, len_bytes);
	memcpy(host_payload(w, slot, to_device) + offset, bytes, len_bytes);
	return 0;
}

static int guard_put(struct run_window *w, bool device, uint32_t slot, bool to_device,
	enum guard guard, ptrdiff_t offset)
{
	unsigned char bytes[VERIFY_GUARD_BYTES];

	verify_guard_fill(bytes, guard_key(w, device, slot, to_device, guard));
	return bytes_put(w, device, slot, to_device, offset, bytes, sizeof(bytes));
}

/* ---- stamps ------------------------------------------------------------------------------------------- */

/* What @op's destination must hold afterwards. */
static uint64_t op_stamp(const struct run_window *w, const struct window_op *op)
{
	return verify_stamp(w->seed[op->to_device], op->generation, op->source);
}

static int source_fill(
	struct run_window *w, uint32_t slot, bool to_device, size_t len_bytes, uint64_t stamp)
{
	if (to_device) {
		verify_fill(host_payload(w, slot, true), len_bytes, stamp);
		return 0;
	}
	verify_fill(w->scratch, len_bytes, stamp);
	return bytes_put(w, true, slot, false, 0, w->scratch, len_bytes);
}

int window_stamp(struct run_window *w, const struct window_op *op)
{
	return source_fill(w, op->source, op->to_device, op->len_bytes, op_stamp(w, op));
}

/* Guards around a slot's payloads on both sides, and its first source. */
static int slot_paint(struct run_window *w, uint32_t slot, bool to_device)
{
	const ptrdiff_t before = -(ptrdiff_t)VERIFY_GUARD_BYTES,
			behind = (ptrdiff_t)w->host.room_bytes;
	int rc = 0;

	for (unsigned device = 0; device < 2; device++) {
		int one = guard_put(w, device, slot, to_device, GUARD_BEFORE, before);
		int other = guard_put(w, device, slot, to_device, GUARD_ROOM, behind);

		rc = rc ? rc : one ? one : other;
	}
	return rc ? rc
	          : source_fill(w, slot, to_device, w->host.payload_bytes,
			    verify_stamp(w->seed[to_device], 0, slot));
}

/* Destinations start as generation 0 shifted by one, so never right. */
int window_paint(struct run_window *w)
{
	const bool both = w->host.halves == 2, to_device = w->cell->params.dir == RUN_TO_DEVICE;
	int rc = 0;

	for (uint32_t slot = 0; slot < w->host.count && !rc; slot++) {
		rc = slot_paint(w, slot, both || to_device);
		if (both && !rc)
			rc = slot_paint(w, slot, false);
	}
	return rc;
}

int window_spoil(struct run_window *w, const struct window_op *op)
{
	const bool device = op->to_device;

	verify_fill(w->scratch, op->len_bytes,
		verify_stamp(w->seed[op->to_device] ^ SPOIL_SEED, w->generation, op->slot));
	int rc = bytes_put(w, device, op->slot, op->to_device, 0, w->scratch, op->len_bytes);

	if (rc || op->len_bytes == w->host.room_bytes)
		return rc;
	return guard_put(w, device, op->slot, op->to_device, GUARD_LEN, (ptrdiff_t)op->len_bytes);
}

/* ---- looking ------------------------------------------------------------------------------------------ */

static bool guard_right(struct run_window *w, const struct window_op *op, enum guard guard,
	ptrdiff_t offset, struct verify_finding *finding)
{
	const unsigned char *bytes = result_at(w, op, offset, VERIFY_GUARD_BYTES);

	return bytes && verify_guard_check(bytes,
				guard_key(w, op->to_device, op->slot, op->to_device, guard),
				guard == GUARD_BEFORE ? VERIFY_BEFORE : VERIFY_AFTER, finding);
}

/* A destination that cannot be read leaves @finding as it is. */
static bool op_right(struct run_window *w, const struct window_op *op, bool spoilt,
	struct verify_finding *finding)
{
	const unsigned char *payload = result_at(w, op, 0, op->len_bytes);

	if (!payload || !verify_check(payload, op->len_bytes, op_stamp(w, op), finding))
		return false;
	if (spoilt && op->len_bytes < w->host.room_bytes &&
		!guard_right(w, op, GUARD_LEN, (ptrdiff_t)op->len_bytes, finding))
		return false;
	return guard_right(w, op, GUARD_BEFORE, -(ptrdiff_t)VERIFY_GUARD_BYTES, finding) &&
	       guard_right(w, op, GUARD_ROOM, (ptrdiff_t)w->host.room_bytes, finding);
}

/* After a finding the guards are painted again, so that one stray write is one finding. */
static void op_repair(struct run_window *w, const struct window_op *op)
{
	const bool device = op->to_device;

	guard_put(w, device, op->slot, op->to_device, GUARD_BEFORE, -(ptrdiff_t)VERIFY_GUARD_BYTES);
	guard_put(w, device, op->slot, op->to_device, GUARD_ROOM, (ptrdiff_t)w->host.room_bytes);
}

/* Whether the destination holds what lies behind the source. */
static bool op_is_from_behind(struct run_window *w, const struct window_op *op)
{
	struct verify_finding ignored;
	const unsigned char *payload = op->len_bytes < VERIFY_GUARD_BYTES
	                                       ? NULL
	                                       : result_at(w, op, 0, VERIFY_GUARD_BYTES);

	return payload &&
	       verify_guard_check(payload,
		       guard_key(w, !op->to_device, op->source, op->to_device, GUARD_ROOM),
		       VERIFY_AFTER, &ignored);
}

static void finding_report(struct run_window *w, const struct window_op *op, uint64_t cookie,
	struct verify_finding *finding)
{
	char text[200];

	verify_explain(finding, w->seed[op->to_device], op->generation, op->source, w->host.count);
	/* Sources are numbered from the window's start, operations from the trial's. */
	if (finding->found_index != UINT64_MAX)
		finding->found_index += cookie - op->source;
	verify_describe(finding, cookie, op->len_bytes, text, sizeof(text));
	run_cell_finding(w->cell, "%s%s", text,
		finding->kind == VERIFY_PAYLOAD && op_is_from_behind(w, op)
			? " (misplaced: belongs behind the source)"
			: "");
}

/* Where the payload is wrong the guard behind it may tell where its bytes went. */
static void op_report(struct run_window *w, const struct window_op *op, uint64_t cookie,
	struct verify_finding *finding)
{
	struct verify_finding beside = {.kind = VERIFY_OK};

	finding_report(w, op, cookie, finding);
	if (finding->kind == VERIFY_PAYLOAD &&
		!guard_right(w, op, GUARD_ROOM, (ptrdiff_t)w->host.room_bytes, &beside) &&
		beside.kind != VERIFY_OK)
		finding_report(w, op, cookie, &beside);
}

void window_check(struct run_window *w, uint32_t from, uint32_t to, uint64_t generation,
	uint64_t index, uint64_t cookie, bool spoilt, struct window_wrong *wrong)
{
	uint32_t found = 0;

	for (uint32_t slot = from; slot < to; slot++) {
		const struct window_op op = window_op(w, slot, generation, index + slot);
		struct verify_finding finding = {.kind = VERIFY_OK};

		if (op_right(w, &op, spoilt, &finding))
			continue;
		if (found++ < CHECK_FINDINGS)
			op_report(w, &op, cookie + slot, &finding);
		op_repair(w, &op);
		wrong->bytes += op.len_bytes;
	}
	wrong->count += found;
	if (found > CHECK_FINDINGS)
		run_cell_finding(w->cell, "%u further wrong transfers in the same round of %u",
			found - CHECK_FINDINGS, to - from);
}

void window_report(struct run_window *w)
{
	static const char *const what[] = {
		[LOAD_FAILED] = "the driver reported an error",
		[LOAD_LOST] = "never completed",
		[LOAD_DUPLICATED] = "completed a second time",
		[LOAD_UNKNOWN] = "completed but was never submitted",
		[LOAD_SHORT] = "completed short",
	};
	struct load_finding finding[LOAD_FINDINGS_MAX];
	unsigned count = load_findings(w->load, finding);

	for (; w->findings_seen < count; w->findings_seen++) {
		const struct load_finding *f = &finding[w->findings_seen];
		char op[24] = "unknown", expected[64] = "no such completion";

		if (f->cookie != UINT64_MAX)
			snprintf(op, sizeof(op), "%llu", (unsigned long long)f->cookie);
		if (f->kind != LOAD_DUPLICATED && f->kind != LOAD_UNKNOWN)
			snprintf(expected, sizeof(expected),
				"1 completion of %u bytes with status 0", f->expected_bytes);
		run_cell_finding(w->cell, "op %s: %s: expected %s, found status %d, %u bytes", op,
			what[f->kind], expected, f->status, f->len_bytes);
	}
}
