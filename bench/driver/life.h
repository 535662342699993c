/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * life.h: a driver's whole life on a device, step by step: load, find, initialise, children, the script, reset,
 * power down and up, unload. Runs in a process of its own (child.h), tells every step to a report pipe.
 */
#ifndef DRIVER_LIFE_H
#define DRIVER_LIFE_H

#include "bench/driver/script.h"
#include "drivers/videoport/videoport.h"

struct module;

struct life_options {
	const char *module;     /* path */
	struct module **loaded; /* holds the module while it is loaded, for who describes a crash */
	const struct script *script;
	struct videoport_config port; /* but driver_entry, driver_name, frames and watch */
	struct frames_policy frames;  /* of the requester's memory */
	uint64_t seed;
	int debug_level; /* VideoPortDebugPrint up to this level is told; -1: none */
};

/*
 * life_run - does all of it and reports to @fd, REPORT_END or REPORT_ERROR last. A step that fails does not
 * keep the later ones from being done.
 */
void life_run(const struct life_options *options, int fd);

#endif
