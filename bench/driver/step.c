// SPDX-License-Identifier: BSD-2-Clause
/* step.c: the steps of a script, done to the driver on the port. Called by life.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/driver/life_priv.h"
#include "bench/driver/words.h"

#include "dderror.h"
#include "ntddvdeo.h"
#include "video.h"

#define SHOWN_BYTES 32

/* What a step came to; the text is for people. */
struct outcome {
	bool bad;
	char text[REPORT_TEXT_MAX];
};

static void say(struct outcome *o, bool bad, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void say(struct outcome *o, bool bad, const char *format, ...)
{
	const size_t used = strlen(o->text);
	va_list args;

	va_start(args, format);
	vsnprintf(o->text + used, sizeof(o->text) - used, format, args);
	va_end(args);
	o->bad = o->bad || bad;
}

static void say_hex(struct outcome *o, const uint8_t *bytes, size_t len_bytes)
{
	for (size_t i = 0; i < len_bytes && i < SHOWN_BYTES; i++)
		say(o, false, "%s%02x", i % 4 ? "" : " ", bytes[i]);
	if (len_bytes > SHOWN_BYTES)
		say(o, false, " ...");
}

/* The first byte that differs. */
static void expect_bytes(struct outcome *o, const char *what, const struct script_bytes *expected,
	const uint8_t *found)
{
	for (size_t i = 0; i < expected->len_bytes; i++) {
		if (found[i] == expected->bytes[i])
			continue;
		say(o, true, "; %s: byte %zu is 0x%02x, expected 0x%02x", what, i, found[i],
			expected->bytes[i]);
		return;
	}
}

/* ---- requests ------------------------------------------------------------------------------------------------ */

static void ioctl_judge(struct outcome *o, const struct script_step *step, int32_t status,
	uint64_t information, const uint8_t *buffer)
{
	const uint64_t answered = information < step->out_bytes ? information : step->out_bytes;
	char name[48];

	say(o, false, "%s", words_status_show(status, name, sizeof(name)));
	if (status == NO_ERROR && information)
		say(o, false, ", %llu bytes:", (unsigned long long)information);
	if (status == NO_ERROR)
		say_hex(o, buffer, answered);
	if (step->optional && status == ERROR_INVALID_FUNCTION)
		say(o, false, " (not offered)");
	if (step->expects && status != step->expect)
		say(o, true, "; expected %s", words_status_show(step->expect, name, sizeof(name)));
	if (step->expect_out.len_bytes > answered)
		say(o, true, "; output: %llu bytes, expected %zu", (unsigned long long)answered,
			step->expect_out.len_bytes);
	else
		expect_bytes(o, "output", &step->expect_out, buffer);
}

static void ioctl_run(struct life *life, const struct script_step *step, struct outcome *o)
{
	const size_t room = step->in.len_bytes > step->out_bytes ? step->in.len_bytes
	                                                         : step->out_bytes;
	/* Pages with frames, as the system's buffer is: a driver may give it to its device. */
	uint8_t *buffer = life_memory(life, room ? room : 1);
	uint64_t information = 0;

	if (!buffer) {
		say(o, true, "no memory for %zu bytes", room);
		return;
	}
	if (step->in.len_bytes)
		memcpy(buffer, step->in.bytes, step->in.len_bytes);
	for (unsigned i = 0; i < step->pointer_count; i++) {
		const uint64_t address = (uintptr_t)life->buffer[step->pointer[i].buffer].va;

		memcpy(buffer + step->pointer[i].at, &address, sizeof(address));
	}
	/* METHOD_BUFFERED with nothing to carry has no buffer. */
	const int32_t status = videoport_request(life->port, step->code, room ? buffer : NULL,
		(uint32_t)step->in.len_bytes, step->out_bytes, &information);

	ioctl_judge(o, step, status, information, buffer);
	life_memory_free(life, buffer, room ? room : 1);
}

/* Maps the frame buffer as a display driver does, touches both ends, unmaps it. */
static void map_run(struct life *life, const struct script_step *step, struct outcome *o)
{
	union {
		VIDEO_MEMORY in;
		VIDEO_MEMORY_INFORMATION out;
	} map = {.in = {.RequestedVirtualAddress = NULL}};
	VIDEO_MEMORY unmap;
	char name[48];
	int32_t status = videoport_request(life->port, IOCTL_VIDEO_MAP_VIDEO_MEMORY, &map,
		sizeof(map.in), sizeof(map.out), NULL);

	say(o, false, "%s", words_status_show(status, name, sizeof(name)));
	if (status != NO_ERROR) {
		const bool absent = step->optional && status == ERROR_INVALID_FUNCTION;

		say(o, !absent, "%s", absent ? " (not offered)" : "");
		return;
	}

	volatile uint8_t *first = map.out.FrameBufferBase;
	const ULONG length = map.out.FrameBufferLength;

	say(o, !first || !length, ", %u bytes of frame buffer", length);
	if (first && length) {
		first[0] = first[length - 1] = 0x5a;
		say(o, first[0] != 0x5a || first[length - 1] != 0x5a, ", written and read");
	}
	unmap.RequestedVirtualAddress = map.out.VideoRamBase;
	status = videoport_request(
		life->port, IOCTL_VIDEO_UNMAP_VIDEO_MEMORY, &unmap, sizeof(unmap), 0, NULL);
	say(o, status != NO_ERROR, "; unmapped: %s", words_status_show(status, name, sizeof(name)));
}

/* ---- device and port ------------------------------------------------------------------------------------------ */

static void power_run(struct life *life, const struct script_step *step, struct outcome *o)
{
	struct err err = ERR_INIT;

	if (videoport_power(life->port, step->number ? DEVICE_D0 : DEVICE_D3, &err) < 0)
		say(o, true, "%s", err.message);
	else
		say(o, false, "done");
}

static void reset_run(struct life *life, const struct script_step *step, struct outcome *o)
{
	const int rc = videoport_reset_hw(
		life->port, (uint32_t)step->number, (uint32_t)step->second);

	if (rc == -ENOTSUP)
		say(o, false, "the driver has no HwVidResetHw");
	else
		say(o, false, "%s", rc ? "TRUE" : "FALSE: left to the BIOS");
}

static void children_run(struct life *life, struct outcome *o)
{
	struct videoport_child child[32];
	const int count = videoport_children(life->port, child, 32);

	if (count == -ENOTSUP)
		say(o, false, "the driver has no HwVidGetVideoChildDescriptor");
	else if (count < 0)
		say(o, true, "%s", strerror(-count));
	else
		say(o, false, "%d", count);
	for (int i = 0; i < count && i < 32; i++)
		say(o, false, "%s%s 0x%x", i ? ", " : ": ",
			child[i].type == Monitor ? "monitor" : "type", child[i].id);
}

static void memory_run(struct life *life, const struct script_step *step, struct outcome *o)
{
	const bool reads = step->kind == SCRIPT_MEMORY_READ;
	const size_t len = reads ? step->out_bytes : step->in.len_bytes;
	const size_t room = len > step->expect_out.len_bytes ? len : step->expect_out.len_bytes;
	uint8_t *bytes = calloc(1, room + 1);
	int rc = -ENOMEM;

	if (bytes && reads)
		rc = videoport_memory_read(life->port, step->number, bytes, room);
	else if (bytes)
		rc = videoport_memory_write(life->port, step->number, step->in.bytes, len);
	if (rc < 0) {
		say(o, true, "%s", rc == -ERANGE ? "outside device memory" : strerror(-rc));
	} else if (reads) {
		say(o, false, "done:");
		say_hex(o, bytes, len);
		expect_bytes(o, "device memory", &step->expect_out, bytes);
	} else {
		say(o, false, "done");
	}
	free(bytes);
}

/* ---- the requester's buffers ------------------------------------------------------------------------------- */

static void buffer_run(struct life *life, const struct script_step *step, struct outcome *o)
{
	unsigned char *va = life_memory(life, step->number);

	if (!va) {
		say(o, true, "no memory for %llu bytes", (unsigned long long)step->number);
		return;
	}
	if (life->buffer[step->buffer].va)
		life_memory_free(
			life, life->buffer[step->buffer].va, life->buffer[step->buffer].len_bytes);
	life->buffer[step->buffer].va = va;
	life->buffer[step->buffer].len_bytes = step->number;
	say(o, false, "done");
}

static void fill_run(struct life *life, const struct script_step *step, struct outcome *o)
{
	for (size_t i = 0; i < life->buffer[step->buffer].len_bytes; i++)
		life->buffer[step->buffer].va[i] = step->in.bytes[i % step->in.len_bytes];
	say(o, false, "done");
}

static void check_run(struct life *life, const struct script_step *step, struct outcome *o)
{
	const size_t len = life->buffer[step->buffer].len_bytes;

	if (step->number > len || step->expect_out.len_bytes > len - step->number) {
		say(o, true, "outside the buffer of %zu bytes", len);
		return;
	}
	expect_bytes(o, "buffer", &step->expect_out, life->buffer[step->buffer].va + step->number);
	say(o, false, "%s", o->bad ? "" : "as expected");
}

/* ---- a step ------------------------------------------------------------------------------------------------- */

static void sleep_ms(uint64_t ms)
{
	struct timespec left = {
		.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static void wait_run(const struct script_step *step, struct outcome *o)
{
	sleep_ms(step->number);
	say(o, false, "done");
}

#define TIMER_LOOK_MS 10

/* Until HwVidTimer has been called once more. One that is not running is no error of the driver's: it is said. */
static void timer_run(const struct life *life, const struct script_step *step, struct outcome *o)
{
	const uint64_t before = videoport_timer_calls(life->port);
	uint64_t left_ms = step->number;
	bool called = false;

	while (!called && left_ms > 0) {
		const uint64_t look_ms = left_ms < TIMER_LOOK_MS ? left_ms : TIMER_LOOK_MS;

		sleep_ms(look_ms);
		left_ms -= look_ms;
		called = videoport_timer_calls(life->port) != before;
	}
	if (called)
		say(o, false, "called");
	else
		say(o, false, "not called within %llu ms", (unsigned long long)step->number);
}

static void step_once(struct life *life, const struct script_step *step, struct outcome *o)
{
	switch (step->kind) {
	case SCRIPT_IOCTL:
		ioctl_run(life, step, o);
		break;
	case SCRIPT_WAIT:
		wait_run(step, o);
		break;
	case SCRIPT_TIMER:
		timer_run(life, step, o);
		break;
	case SCRIPT_RESET:
		reset_run(life, step, o);
		break;
	case SCRIPT_CHILDREN:
		children_run(life, o);
		break;
	case SCRIPT_POWER:
		power_run(life, step, o);
		break;
	case SCRIPT_MEMORY_READ:
	case SCRIPT_MEMORY_WRITE:
		memory_run(life, step, o);
		break;
	case SCRIPT_MAP:
		map_run(life, step, o);
		break;
	case SCRIPT_BUFFER:
		buffer_run(life, step, o);
		break;
	case SCRIPT_FILL:
		fill_run(life, step, o);
		break;
	case SCRIPT_CHECK:
		check_run(life, step, o);
		break;
	case SCRIPT_TRANSFER:
		o->bad = !transfer_run(life, step, o->text, sizeof(o->text));
		break;
	}
}

void step_run(struct life *life, const struct script_step *step)
{
	struct outcome o;
	uint64_t done = 0;

	report_text(life->fd, REPORT_STEP, step->line, false, "%s", step->text);
	do {
		o = (struct outcome){.bad = false};
		step_once(life, step, &o);
	} while (++done < step->repeat && !o.bad);
	if (step->repeat > 1)
		say(&o, false, " (%llu times)", (unsigned long long)done);
	report_text(life->fd, REPORT_RESULT, step->line, o.bad, "%s", o.text);
}
