/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep.h: private to harness/report: what one key does. Groups of a view that differ in the value of one key alone,
 * and have three values of it or more, so that a reader need not look for the same line in as many blocks.
 *
 *	sweep (key) -> point (value) -> view_group
 *
 * The keys are completion, depth, batch and the further ones behind a case's name. Where a group's name lacks a key that
 * others have, the key is at its default there. The view must outlive its sweeps.
 */
#ifndef REPORT_SWEEP_H
#define REPORT_SWEEP_H

#include "harness/report/view.h"

#define SWEEP_POINTS_MIN 3

struct sweep_point {
	const struct view_group *group;
	char value[32]; /* "64"; "default" */
};

struct sweep {
	char key[48];    /* "device.map_registers" */
	char title[384]; /* of what the groups share, and the key */
	uint32_t count;
	struct sweep_point *point; /* in the order measured */
};

struct sweep_list {
	uint32_t count;
	struct sweep *sweep;
};

/* sweep_make - Return: 0, or -ENOMEM (ERR_MISSING) with nothing left behind. sweep_free accepts a zeroed list. */
int sweep_make(struct sweep_list *list, const struct view *view, struct err *err);
void sweep_free(struct sweep_list *list);

#endif
