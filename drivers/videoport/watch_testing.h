/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch_testing.h: who counts broken rules when the port itself does not live long enough to be asked: a port that is
 * opened and closed, or that refuses to open. For the tests of this folder.
 */
#ifndef VIDEOPORT_WATCH_TESTING_H
#define VIDEOPORT_WATCH_TESTING_H

#include "drivers/videoport/testing.h"

struct watched {
	unsigned count[1000]; /* by rule */
};

static inline void watch_event(void *arg, const struct videoport_event *event)
{
	struct watched *watched = arg;

	if (event->kind == VIDEOPORT_EVENT_RULE && event->rule < 1000)
		watched->count[event->rule]++;
}

/* Opens and closes a port. Return: what open said. */
static inline int open_watched(
	videoport_driver_entry entry, struct watched *watched, struct err *err)
{
	struct frames *frames = test_frames();
	struct videoport_config config = test_config(frames);
	struct videoport_watch watch = {.arg = watched, .event = watch_event};
	struct videoport *vp = NULL;

	memset(watched, 0, sizeof(*watched));
	config.driver_entry = entry;
	config.watch = &watch;

	int ret = videoport_open(&vp, &config, err);

	videoport_close(vp, NULL);
	frames_destroy(frames);
	return ret;
}

#endif
