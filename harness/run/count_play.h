/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * count_play.h: which instructions of a trial count: those of the case, the driver and the port, on the actor that does it.
 *
 *	miniport, port --host_...--> count stands still: scheduler; at a point the device does all it has to do --> count goes on
 *	port --map, unmap ...-----> count stands still: the model's tables --> count goes on
 *
 * So how often the driver polls does not depend on how fast anything is, and what plays device, I/O page table and scheduler is
 * nobody's operation. What remains of it are the calls there and back, some 15 instructions each.
 *
 * Call order: sched_create -> count_play_begin -> {count_begin, count_end (run_priv.h), count_take}... -> count_play_end ->
 * sched_destroy. Used by count.c; cell.c begins and ends. Threads: the scheduler's.
 */
#ifndef RUN_COUNT_PLAY_H
#define RUN_COUNT_PLAY_H

#include "drivers/device/device.h"
#include "drivers/device/model/sched.h"
#include "harness/run/run.h"

/* count_play_begin - @hooks: who can tell instructions, NULL: nobody. Return: the device to count on, until count_play_end. */
const struct device_ops *count_play_begin(struct sched *sched, const struct run_count_hooks *hooks);
void count_play_end(void);

/* count_take - of what was counted since the last one: its virtual time, and its instructions; 0: nobody can tell. As hooks->take. */
int count_take(uint64_t *instructions, uint64_t *ns, struct err *err);

#endif
