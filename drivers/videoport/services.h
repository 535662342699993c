/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * services.h: what the functions of video_services.h keep, and the gate that VideoPortDisableInterrupt
 * closes. Part of struct videoport (priv.h); services.c, i2c.c, children.c.
 */
#ifndef VIDEOPORT_SERVICES_H
#define VIDEOPORT_SERVICES_H

#include "drivers/include/video.h"
#include "drivers/support/types.h"

#include <pthread.h>

#define SERVICES_CHILDREN 32

/* One report of a driver about itself (VideoPortDbgReportCreate). */
struct _VIDEO_DEBUG_REPORT {
	struct videoport *vp;
	bool open;
	ULONG code;
	ULONG_PTR argument[4];
	ULONG secondary_bytes;
};

struct services_state {
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t gate_opened;
	bool gate_closed; /* the ISR is not called */
	bool gate_open_for_ever;
	struct _VIDEO_DEBUG_REPORT report;
	PVIDEO_BUGCHECK_CALLBACK bugcheck;
	ULONG bugcheck_bytes;
	PVOID child_extension[SERVICES_CHILDREN]; /* by index, made when first enumerated */
};

struct videoport;

int services_init(struct services_state *services);
void services_fini(struct services_state *services);

/*
 * interrupt_gate_pass - the interrupt thread, before it calls the ISR: waits while the driver has
 * interrupts disabled. interrupt_gate_end: nobody waits any more.
 */
void interrupt_gate_pass(struct videoport *vp);
void interrupt_gate_end(struct videoport *vp);

/* i2c_offer - fills an interface of version 1 or 2. Return: NO_ERROR or ERROR_INVALID_PARAMETER. */
VP_STATUS i2c_offer(PVOID extension, PINTERFACE interface);

#endif
