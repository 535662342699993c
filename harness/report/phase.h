/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phase.h: private to harness/report: the parts of the cost ledger, by name and colour, for table and plot.
 */
#ifndef REPORT_PHASE_H
#define REPORT_PHASE_H

#include <stdio.h>

#include "harness/report/view.h"

struct phase {
	const char *name; /* for a reader: "S/G list" */
	enum store_counter counter;
	unsigned color; /* 0xRRGGBB */
};

#define PHASE_COUNT (STORE_phase_residue_ns - STORE_phase_driver_ns + 1)

extern const struct phase phases[PHASE_COUNT]; /* in the order of an operation's way */

/* True where @summary has a ledger. */
bool phase_kept(const struct view_summary *summary);
/* The same of any strategy and size of @group. */
bool phase_kept_any(const struct view *view, const struct view_group *group);

/*
 * phase_table - the ledgers of @group: for each size a block, in it a row a part, with the strategies side by side.
 * @dim, @plain: what switches to faint print and back.
 */
void phase_table(const struct view *view, const struct view_group *group, const char *dim,
	const char *plain, FILE *out);

#endif
