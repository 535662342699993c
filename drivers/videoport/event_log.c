// SPDX-License-Identifier: BSD-2-Clause
/*
 * event_log.c: broken rules, the driver's own log and refused device accesses, kept for
 * videoport_events. The oldest are kept, because the first wrong step explains the later ones. Also
 * VideoPortDebugPrint, which belongs to no port.
 */
#include "drivers/support/fault.h"
#include "drivers/videoport/priv.h"
#include "drivers/videoport/refusal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int event_log_init(struct event_log *log, const struct videoport_watch *watch)
{
	if (fault_point("event_log_lock"))
		return -ENOMEM;
	log->watch = watch;
	log->first = 0;
	log->count = 0;
	log->lost = 0;
	return -pthread_mutex_init(&log->lock, NULL);
}

void event_log_fini(struct event_log *log)
{
	pthread_mutex_destroy(&log->lock);
}

void event_append(struct event_log *log, const struct videoport_event *event)
{
	if (log->watch && log->watch->event)
		log->watch->event(log->watch->arg, event);
	pthread_mutex_lock(&log->lock);
	if (log->count == VIDEOPORT_EVENTS_MAX)
		log->lost++;
	else
		log->events[(log->first + log->count++) % VIDEOPORT_EVENTS_MAX] = *event;
	pthread_mutex_unlock(&log->lock);
}

void event_lose(struct event_log *log, uint64_t count)
{
	if (!count)
		return;
	pthread_mutex_lock(&log->lock);
	log->lost += count;
	pthread_mutex_unlock(&log->lock);
}

void event_driver(
	struct videoport *vp, VP_STATUS status, uint32_t unique_id, const char *format, ...)
{
	struct videoport_event event = {
		.kind = VIDEOPORT_EVENT_LOG, .status = status, .unique_id = unique_id};
	va_list args;

	if (!vp)
		return;
	va_start(args, format);
	vsnprintf(event.message, sizeof(event.message), format, args);
	va_end(args);
	event_append(&vp->log, &event);
}

VOID NTAPI VideoPortLogError(
	PVOID HwDeviceExtension, PVIDEO_REQUEST_PACKET Vrp, VP_STATUS ErrorCode, ULONG UniqueId)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp)
		return;
	if (Vrp)
		event_driver(vp, ErrorCode, UniqueId,
			"%s: error %d, id 0x%x, in request 0x%x (input %u, output %u bytes)",
			vp->config.driver_name, ErrorCode, UniqueId, Vrp->IoControlCode,
			Vrp->InputBufferLength, Vrp->OutputBufferLength);
	else
		event_driver(vp, ErrorCode, UniqueId, "%s: error %d, id 0x%x",
			vp->config.driver_name, ErrorCode, UniqueId);
}

/* Takes up to @max recorded events; adds to @lost how many were not kept. */
static unsigned log_take(
	struct event_log *log, struct videoport_event *out, unsigned max, uint64_t *lost)
{
	unsigned taken = 0;

	pthread_mutex_lock(&log->lock);
	for (; taken < max && log->count; taken++) {
		out[taken] = log->events[log->first];
		log->first = (log->first + 1) % VIDEOPORT_EVENTS_MAX;
		log->count--;
	}
	*lost += log->lost;
	log->lost = 0;
	pthread_mutex_unlock(&log->lock);
	return taken;
}

/* Refusals come last: there is room for them when what was kept before has been taken. */
unsigned videoport_events(
	struct videoport *vp, struct videoport_event *out, unsigned max, uint64_t *lost)
{
	uint64_t lost_now = 0;
	unsigned taken = log_take(&vp->log, out, max, &lost_now);

	refusals_collect(vp);
	taken += log_take(&vp->log, out + taken, max - taken, &lost_now);
	if (lost)
		*lost = lost_now;
	return taken;
}
