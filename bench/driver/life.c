// SPDX-License-Identifier: BSD-2-Clause
/* life.c: see life.h. Knows no particular driver and prints nothing. */
#include "bench/driver/life.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/driver/life_priv.h"
#include "bench/driver/words.h"
#include "drivers/loader/module.h"

/* ---- memory of the requester ------------------------------------------------------------------------------- */

/* Between two pages that nobody may touch: what lies behind a buffer is never somebody else's memory. */
static unsigned char *guarded_map(size_t bytes)
{
	unsigned char *map = mmap(
		NULL, bytes + 2 * PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return NULL;
	if (mprotect(map + PAGE_BYTES, bytes, PROT_READ | PROT_WRITE)) {
		munmap(map, bytes + 2 * PAGE_BYTES);
		return NULL;
	}
	return map + PAGE_BYTES;
}

static void guarded_unmap(unsigned char *va, size_t bytes)
{
	munmap(va - PAGE_BYTES, bytes + 2 * PAGE_BYTES);
}

void *life_memory(struct life *life, size_t len_bytes)
{
	const size_t mapped = page_up(len_bytes);
	unsigned char *va = guarded_map(mapped);

	if (!va)
		return NULL;
	if (frames_add(life->frames, va, mapped, FRAMES_READ_WRITE, &life->options->frames, NULL) <
		0) {
		guarded_unmap(va, mapped);
		return NULL;
	}
	return va;
}

void life_memory_free(struct life *life, void *va, size_t len_bytes)
{
	frames_remove(life->frames, va);
	guarded_unmap(va, page_up(len_bytes));
}

/* ---- what the port tells ----------------------------------------------------------------------------------- */

static void note_callback(void *arg, const char *name, bool returned, int64_t result)
{
	const struct life *life = arg;
	char status[48];

	if (!returned)
		report_text(life->fd, REPORT_STEP, 0, false, "%s", name);
	else if (strcmp(name, "HwVidInitialize") == 0 || strcmp(name, "HwVidResetHw") == 0)
		report_text(life->fd, REPORT_RESULT, 0, false, "%s", result ? "TRUE" : "FALSE");
	else if (strcmp(name, "DriverEntry") == 0)
		report_text(life->fd, REPORT_RESULT, 0, false, "0x%llx",
			(unsigned long long)(uint32_t)result);
	else
		report_text(life->fd, REPORT_RESULT, 0, false, "%s",
			words_status_show((int32_t)result, status, sizeof(status)));
}

static void note_event(void *arg, const struct videoport_event *event)
{
	const struct life *life = arg;
	struct report report = {.kind = REPORT_EVENT};

	report.event = *event;
	report_send(life->fd, &report);
}

static void note_debug(void *arg, unsigned level, const char *message)
{
	const struct life *life = arg;

	/* Drivers end their lines by themselves. */
	report_text(life->fd, REPORT_DEBUG, level, false, "%.*s", (int)strcspn(message, "\r\n"),
		message);
}

static bool note_describe(void *arg, const void *address, char *text, size_t room)
{
	const struct life *life = arg;

	return module_describe(*life->options->loaded, address, text, room);
}

static void report_error(const struct life *life, const struct err *err)
{
	struct report report = {.kind = REPORT_ERROR};

	report.err = *err;
	report_send(life->fd, &report);
}

/* Makes the port ask its device for refused accesses; they reach note_event like everything else. */
static void refusals_collect(struct life *life)
{
	struct videoport_event event[8];

	while (videoport_events(life->port, event, 8, NULL))
		;
}

/* The accounts of the adapters it has, or put too early. */
static void adapters_report(struct life *life)
{
	struct videoport_adapter_account account[8];
	const unsigned count = videoport_adapters(life->port, account, 8);

	for (unsigned i = 0; i < count; i++) {
		struct report report = {.kind = REPORT_ADAPTER};

		report.adapter = account[i];
		report_send(life->fd, &report);
	}
}

static void usage_report(struct life *life)
{
	struct report report = {.kind = REPORT_USAGE};

	videoport_usage(life->port, &report.usage);
	report_send(life->fd, &report);
}

/* ---- the life ----------------------------------------------------------------------------------------------- */

static void steps_run(struct life *life)
{
	static const struct script_step before = {
		.kind = SCRIPT_CHILDREN, .repeat = 1, .text = "children"};
	static const struct script_step after[] = {
		{.kind = SCRIPT_RESET, .number = 80, .second = 25, .repeat = 1, .text = "reset"},
		{.kind = SCRIPT_POWER, .number = 0, .repeat = 1, .text = "power off"},
		{.kind = SCRIPT_POWER, .number = 1, .repeat = 1, .text = "power on"},
	};
	const struct script *script = life->options->script;

	step_run(life, &before);
	for (unsigned i = 0; i < script->count; i++) {
		step_run(life, &script->step[i]);
		refusals_collect(life);
	}
	for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		step_run(life, &after[i]);
		refusals_collect(life);
	}
}

static int life_on_port(struct life *life, struct err *err)
{
	const struct videoport_watch watch = {
		.arg = life,
		.callback = note_callback,
		.event = note_event,
		.describe = note_describe,
	};
	const struct module *module = *life->options->loaded;
	struct videoport_config config = life->options->port;
	struct frames_config frames = {.seed = life->options->seed};
	int rc = frames_create(&life->frames, &frames, err);

	if (rc < 0)
		return rc;
	config.driver_entry = module_entry(module);
	config.driver_name = module_name(module);
	config.frames = life->frames;
	config.watch = &watch;
	rc = videoport_open(&life->port, &config, err);
	if (rc == 0) {
		steps_run(life);
		usage_report(life);
		adapters_report(life);
		report_text(life->fd, REPORT_STEP, 0, false, "unload");
		videoport_close(life->port, NULL);
		report_text(life->fd, REPORT_RESULT, 0, false, "done");
	}
	for (unsigned i = 0; i < SCRIPT_BUFFERS_MAX; i++)
		if (life->buffer[i].va)
			life_memory_free(life, life->buffer[i].va, life->buffer[i].len_bytes);
	frames_destroy(life->frames);
	return rc;
}

void life_run(const struct life_options *options, int fd)
{
	struct life life = {.options = options, .fd = fd};
	struct err err = ERR_INIT;
	struct module **module = options->loaded;

	if (options->debug_level >= 0)
		videoport_debug_sink(note_debug, &life, (unsigned)options->debug_level);
	report_text(fd, REPORT_STEP, 0, false, "load %s", options->module);
	int rc = module_open(module, options->module, &err);

	if (rc == 0) {
		report_text(fd, REPORT_RESULT, 0, false, "done");
		rc = life_on_port(&life, &err);
		module_close(*module);
		*module = NULL;
	}
	videoport_debug_sink(NULL, NULL, 0);
	if (rc < 0)
		report_error(&life, &err);
	else
		report_send(fd, &(struct report){.kind = REPORT_END});
}
