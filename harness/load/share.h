/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * share.h: one target for several loads: whoever reaps gets completions of all, and hands on what is another's.
 *
 *	load 0 --submit--> seat 0 --+                        +--> own
 *	load 1 --submit--> seat 1 --+--> target --reap-------+--> inbox of the seat it belongs to
 *	load 2 --submit--> seat 2 --+        (one at a time)
 *
 * A seat is a target for a load (load.h). Submits go straight through: the target orders them. Reaping and waiting is
 * done by the seat that holds the TURN, one at a time, so that a seat which waits knows that nobody can take its completion
 * away meanwhile; the others look into their inboxes, and where completions block they sleep until something is there or
 * the turn is free. Of each cookie the upper bits name the seat.
 *
 * A seat reaps only as much as every inbox has room for, so nothing is ever lost on the way; completions that belong to no seat
 * go to who reaped them, as they are, and its load reports them.
 *
 * Threads: one a seat; open and close while no seat is in use. Hot path: no allocation, no lock, and no system call but
 * that of who sleeps or wakes where completions block.
 * Ownership: share_open gives, share_close takes back, NULL tolerated. The targets are the caller's.
 */
#ifndef LOAD_SHARE_H
#define LOAD_SHARE_H

#include "harness/load/load.h"

#define SHARE_SEATS_MAX   64
#define SHARE_COOKIE_BITS 48 /* of a load's own cookies */

struct share;

struct share_config {
	const struct load_target_ops *ops; /* of the target */
	/*
	 * Each seat calls them with one of its own, so that they may keep what a call needs; all stand for the same target.
	 * `date` is called of seat 0 only.
	 */
	void *const *target;
	unsigned seats; /* 1 .. SHARE_SEATS_MAX */
	unsigned depth; /* of each load */
	bool blocking;
};

/* share_open - Return: 0; -EINVAL (ERR_USAGE) seats or depth out of range; -ENOMEM (ERR_MISSING). */
int share_open(struct share **share, const struct share_config *config, struct err *err);
void share_close(struct share *share);

/* What a load takes as its target, with share_seat_ops; the share's. */
void *share_seat(struct share *share, unsigned seat);
extern const struct load_target_ops share_seat_ops;

#endif
