// SPDX-License-Identifier: BSD-2-Clause
/*
 * irql.c: the slow half of irql.h: what happens when a rule is broken. Queued DPCs run in
 * interrupt.c.
 */
#include "drivers/videoport/irql.h"

#include "drivers/videoport/priv.h"

_Thread_local struct irql_thread irql_thread;

static const char *level_name(unsigned level)
{
	switch (level) {
	case IRQL_PASSIVE:
		return "PASSIVE_LEVEL";
	case IRQL_DISPATCH:
		return "DISPATCH_LEVEL";
	default:
		return "device level";
	}
}

void irql_refuse(struct videoport *vp, enum irql_function function)
{
	struct irql_rule rule = irql_rule(function);
	unsigned level = irql_current();

	if (level < rule.lowest)
		rule_broken(vp, RULE_IRQL_LOW, ERROR_INVALID_FUNCTION,
			"%s: called at %s, needs at least %s; raise the level first", rule.function,
			level_name(level), level_name(rule.lowest));
	else if (level > IRQL_DISPATCH)
		rule_broken(vp, RULE_ISR_LIST, ERROR_INVALID_FUNCTION,
			"%s: called at device level, allowed up to %s; queue a DPC from the ISR "
			"and call "
			"it there",
			rule.function, level_name(rule.highest));
	else
		rule_broken(vp, RULE_IRQL_HIGH, ERROR_INVALID_FUNCTION,
			"%s: called at %s, allowed up to %s; call it from HwVidStartIO or at start",
			rule.function, level_name(level), level_name(rule.highest));
}

UCHAR NTAPI VideoPortGetCurrentIrql(VOID)
{
	return (UCHAR)irql_current();
}
