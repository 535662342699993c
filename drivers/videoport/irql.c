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
			"%s: called at %s, needs at least %s", rule.function, level_name(level),
			level_name(rule.lowest));
	else if (level > IRQL_DISPATCH)
		rule_broken(vp, RULE_ISR_LIST, ERROR_INVALID_FUNCTION,
			"%s: called at device level, allowed up to %s", rule.function,
			level_name(rule.highest));
	else
		rule_broken(vp, RULE_IRQL_HIGH, ERROR_INVALID_FUNCTION,
			"%s: called at %s, allowed up to %s", rule.function, level_name(level),
			level_name(rule.highest));
}

void isr_list_refused(const char *function)
{
	rule_broken(irql_thread.port, RULE_ISR_LIST, NO_ERROR,
		"%s: called at device level, is not on the ISR's list", function);
}

void callback_left_wrong(const struct callback *before, const char *routine)
{
	struct videoport *vp = irql_thread.port;
	unsigned level = irql_thread.level;

	spin_locks_release(vp, before->held, routine);
	if (level == before->level)
		return;
	rule_broken(vp, RULE_CALLBACK_IRQL, NO_ERROR, "%s: called at %s, returned at %s", routine,
		level_name(before->level), level_name(level));
	if (level > before->level)
		irql_lower(before->level);
	else
		irql_raise(before->level);
}

UCHAR NTAPI VideoPortGetCurrentIrql(VOID)
{
	return (UCHAR)irql_current();
}
