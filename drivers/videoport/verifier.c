// SPDX-License-Identifier: BSD-2-Clause
/*
 * verifier.c: the table of rules and how a broken one is reported. See verifier.h.
 */
#include "drivers/videoport/verifier.h"

#include "drivers/support/fault.h"
#include "drivers/support/pages.h"
#include "drivers/videoport/priv.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE_ROW(number, name, severity, sentence, analogue, remedy)                               \
	{(number), #name, VIDEOPORT_##severity, sentence, analogue, remedy},
static const struct videoport_rule rules[VERIFIER_RULE_COUNT] = {VERIFIER_RULES(RULE_ROW)};
#undef RULE_ROW

const struct videoport_rule *videoport_rule_at(unsigned index)
{
	return index < VERIFIER_RULE_COUNT ? &rules[index] : NULL;
}

/* Numbers ascend: a binary search. Return: VERIFIER_RULE_COUNT where there is no such rule. */
static unsigned rule_index(unsigned number)
{
	unsigned low = 0, high = VERIFIER_RULE_COUNT;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (rules[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < VERIFIER_RULE_COUNT && rules[low].number == number ? low : VERIFIER_RULE_COUNT;
}

uint64_t videoport_rule_count(const struct videoport *vp, unsigned number)
{
	unsigned index = rule_index(number);

	if (index == VERIFIER_RULE_COUNT)
		return 0;
	return atomic_load_explicit(&vp->verifier.broken[index], memory_order_relaxed);
}

void verifier_init(struct verifier *verifier, bool on, bool strict)
{
	verifier->on = on;
	verifier->strict = strict;
	if (on && !fault_point("verifier_live"))
		verifier->live = pages_map(sizeof(*verifier->live));
}

void verifier_fini(struct verifier *verifier)
{
	pages_unmap(verifier->live, sizeof(*verifier->live));
}

/* ---- origins ------------------------------------------------------------------------------------ */

_Thread_local struct origin_block origin_block;

/* Relaxed, all of it: numbers, nothing hangs on them. */
void origin_block_take(struct verifier *verifier)
{
	static _Atomic uint64_t verifiers;
	uint64_t id = atomic_load_explicit(&verifier->id, memory_order_relaxed);

	if (id == 0) {
		uint64_t mine = atomic_fetch_add_explicit(&verifiers, 1, memory_order_relaxed) + 1;

		/* Of several threads one gives the name. */
		if (atomic_compare_exchange_strong_explicit(
			    &verifier->id, &id, mine, memory_order_relaxed, memory_order_relaxed))
			id = mine;
	}

	uint64_t first = atomic_fetch_add_explicit(
		&verifier->serial, ORIGIN_BLOCK, memory_order_relaxed);

	origin_block = (struct origin_block){
		.id = id, .next = first + 1, .end = first + 1 + ORIGIN_BLOCK};
}

void origin_print(const struct videoport *vp, const struct origin *origin, char *text, size_t room)
{
	const struct videoport_watch *watch = vp->config.watch;
	char place[96];
	Dl_info info;

	text[0] = '\0';
	if (!origin || !origin->serial)
		return;
	if (watch && watch->describe &&
		watch->describe(watch->arg, origin->caller, place, sizeof(place))) {
		snprintf(text, room, "object %llu, made at %s", (unsigned long long)origin->serial,
			place);
		return;
	}
	if (!dladdr(origin->caller, &info) || !info.dli_fname) {
		snprintf(text, room, "object %llu, made at %p", (unsigned long long)origin->serial,
			origin->caller);
		return;
	}

	const char *slash = strrchr(info.dli_fname, '/');
	const char *base = info.dli_sname ? info.dli_saddr : info.dli_fbase;

	snprintf(text, room, "object %llu, made at %s+0x%zx in %s",
		(unsigned long long)origin->serial, info.dli_sname ? info.dli_sname : "",
		(size_t)((const char *)origin->caller - base), slash ? slash + 1 : info.dli_fname);
}

/* ---- reports ------------------------------------------------------------------------------------ */

static void report(struct videoport *vp, unsigned kind, enum verifier_rule number, VP_STATUS status,
	const struct origin *origin, const char *format, va_list args)
{
	unsigned index = rule_index(number);
	enum videoport_severity severity = rules[index].severity;
	struct videoport_event event = {.kind = kind, .rule = number, .status = status};

	if (severity == VIDEOPORT_WARNING && vp->verifier.strict)
		severity = VIDEOPORT_ERROR;
	event.severity = severity;
	/* Relaxed: a count. */
	atomic_fetch_add_explicit(&vp->verifier.broken[index], 1, memory_order_relaxed);
	vsnprintf(event.message, sizeof(event.message), format, args);
	origin_print(vp, origin, event.origin, sizeof(event.origin));
	event_append(&vp->log, &event);
}

void rule_broken(
	struct videoport *vp, enum verifier_rule rule, VP_STATUS status, const char *format, ...)
{
	va_list args;

	if (!vp)
		return;
	va_start(args, format);
	report(vp, VIDEOPORT_EVENT_RULE, rule, status, NULL, format, args);
	va_end(args);
}

void rule_broken_at(struct videoport *vp, enum verifier_rule rule, VP_STATUS status,
	const struct origin *origin, const char *format, ...)
{
	va_list args;

	if (!vp)
		return;
	va_start(args, format);
	report(vp, VIDEOPORT_EVENT_RULE, rule, status, origin, format, args);
	va_end(args);
}

void rule_broken_device(struct videoport *vp, enum verifier_rule rule, const struct origin *origin,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(vp, VIDEOPORT_EVENT_DEVICE, rule, ERROR_INVALID_ACCESS, origin, format, args);
	va_end(args);
}
