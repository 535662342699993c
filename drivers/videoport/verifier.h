/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verifier.h: how the port reports a broken rule, and what it keeps for that.
 *
 *	a function of the port sees misuse -> rule_broken(vp, RULE_..., status, "what was done")
 *	                                   -> count of the rule, and an event while there is room
 *
 * Reporting never stops after the first finding and never switches itself off: a full log drops
 * events, the counts go on. Nothing here allocates memory.
 *
 * Threads: any, at any level. Not for clean paths: a report takes a lock and formats text.
 */
#ifndef VIDEOPORT_VERIFIER_H
#define VIDEOPORT_VERIFIER_H

#include "drivers/include/video.h"
#include "drivers/support/types.h"
#include "drivers/videoport/address_set.h"
#include "drivers/videoport/rules.h"
#include "drivers/videoport/spin.h"

#include <stdatomic.h>

struct videoport;

#define RULE_COUNT_ONE(number, name, severity, sentence, analogue, remedy) +1
#define VERIFIER_RULE_COUNT                                                (0 VERIFIER_RULES(RULE_COUNT_ONE))

/* Where an object was made: the address in the driver that called the port, and when. */
struct origin {
	const void *caller;
	uint64_t serial; /* of this port's objects; ascending on a thread; 0 = not known */
};

/* What the performance counter has shown (verify_clock.c). */
struct counter_check {
	_Atomic uint64_t last; /* the highest reading */
	struct spin lock;
	uint64_t base_ticks, base_ns; /* both clocks at one moment; 0: not read yet */
};

struct verifier {
	bool on;                  /* the checks that cost time are done */
	bool strict;              /* warnings are errors */
	struct address_set *live; /* spin locks and events; NULL while off, or without memory */
	struct counter_check counter;
	_Atomic uint64_t
		id; /* of this verifier among all of the process; 0: it has made no origin yet */
	_Atomic uint64_t serial;                      /* numbers handed out to threads */
	_Atomic uint64_t broken[VERIFIER_RULE_COUNT]; /* by the order of rules.h */
};

/*
 * rule_broken - the driver broke @rule. @status: what the port returns for it, or 0. The text says
 * what was called with what; rule and remedy stand in rules.h. @vp may be NULL (nothing is recorded:
 * nobody would read it).
 */
void rule_broken(struct videoport *vp, enum verifier_rule rule, VP_STATUS status,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * verifier_init - for a zeroed @verifier; memory it cannot have costs it precision only.
 * verifier_fini accepts a zeroed one.
 */
void verifier_init(struct verifier *verifier, bool on, bool strict);
void verifier_fini(struct verifier *verifier);

/* counter_read - the performance counter, and whether it behaves (611, 612). */
uint64_t counter_read(struct videoport *vp);

/* rule_broken_at - the same about an object made at @origin. */
void rule_broken_at(struct videoport *vp, enum verifier_rule rule, VP_STATUS status,
	const struct origin *origin, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* rule_broken_device - the same where the device was refused an access. */
void rule_broken_device(struct videoport *vp, enum verifier_rule rule, const struct origin *origin,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * origin_print - "object 7, made at HwFindAdapter+0x52 in packet.so", as far as the loader knows; "" where
 * the origin is not known. @origin may be NULL.
 */
void origin_print(const struct videoport *vp, const struct origin *origin, char *text, size_t room);

/*
 * origin_make - for an object the calling function makes for @caller. A thread takes ORIGIN_BLOCK numbers at once, so
 * that making one writes nothing that threads share: where only one makes objects, these are numbered 1, 2, 3 ...
 */
#define ORIGIN_BLOCK 64
struct origin_block {
	uint64_t id; /* of the verifier */
	uint64_t next, end;
};
extern _Thread_local struct origin_block origin_block;
void origin_block_take(struct verifier *verifier);

static inline struct origin origin_make(struct verifier *verifier, const void *caller)
{
	struct origin_block *block = &origin_block;

	/* Relaxed: only the number counts. */
	if (__builtin_expect(
		    block->id != atomic_load_explicit(&verifier->id, memory_order_relaxed) ||
			    block->next == block->end,
		    0))
		origin_block_take(verifier);
	return (struct origin){.caller = caller, .serial = block->next++};
}

/* ORIGIN_HERE - in an exported function: where the driver called it. Costs nothing when off. */
#define ORIGIN_HERE(vp)                                                                            \
	((vp)->verifier.on ? origin_make(&(vp)->verifier, __builtin_return_address(0))             \
			   : (struct origin){0})

#endif
