/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * audit.h: what an unloaded driver left behind, one finding for each thing: called by port.c between the
 * driver's last routine and the end of the DMA core. The log may be too short for all findings; their
 * counts are not.
 */
#ifndef VIDEOPORT_AUDIT_H
#define VIDEOPORT_AUDIT_H

struct videoport;

void audit_run(struct videoport *vp);

#endif
