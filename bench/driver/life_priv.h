/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * life_priv.h: what the files of a life share.
 *
 *	life.c      the life-cycle: load to unload
 *	step.c      the steps of a script
 *	transfer.c  the transfer step: requests of dmabench_ioctl.h, data checked
 */
#ifndef DRIVER_LIFE_PRIV_H
#define DRIVER_LIFE_PRIV_H

#include "bench/driver/life.h"
#include "bench/driver/report.h"

struct life {
	const struct life_options *options;
	int fd;
	struct videoport *port;
	struct frames *frames;
	struct {
		unsigned char *va;
		size_t len_bytes, mapped_bytes;
	} buffer[SCRIPT_BUFFERS_MAX];
};

/* Requester's memory: zeroed, whole pages, known to the frames. Return: NULL where there is none. */
void *life_memory(struct life *life, size_t len_bytes);
void life_memory_free(struct life *life, void *va, size_t len_bytes);

/* step_run - one step, its repetitions included; begins with REPORT_STEP, ends with REPORT_RESULT. */
void step_run(struct life *life, const struct script_step *step);

/* transfer_run - the work of a SCRIPT_TRANSFER. @result: what to report. Return: false: it fails the run. */
bool transfer_run(struct life *life, const struct script_step *step, char *result, size_t room);

#endif
