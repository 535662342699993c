// SPDX-License-Identifier: BSD-2-Clause
/*
 * transfer.c: the transfer step: moves bytes through the requests every measured driver answers
 * (dmabench_ioctl.h), and checks every byte on the other side. Called by step.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/driver/life_priv.h"
#include "bench/driver/words.h"

#include "dderror.h"
#include "dmabench_ioctl.h"

#define WAIT_US 10000000u
#define PIECES  64
#define CHUNK   65536u

/* One step's work. The host's side is one buffer for each transfer, the device's one range. */
struct moving {
	struct life *life;
	const struct script_step *step;
	unsigned char *memory;
	size_t stride;
	char *result;
	size_t room;
};

static bool fail(const struct moving *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static bool fail(const struct moving *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(m->result, m->room, format, args);
	va_end(args);
	return false;
}

/* A byte that tells its place and its transfer. */
static unsigned char pattern(uint64_t transfer, uint64_t at)
{
	const uint64_t x = (at + 1) * UINT64_C(0x9e3779b97f4a7c15) + transfer * 0x51;

	return (unsigned char)(x >> 56);
}

static uint64_t device_address(const struct moving *m, uint64_t index)
{
	return m->step->second + index * m->step->number;
}

/*
 * Walks over the device's side of a transfer, writing the pattern or comparing with it.
 * Return: 0; -EILSEQ byte @wrong differs; -ERANGE, -ENOMEM.
 */
static int device_walk(const struct moving *m, uint64_t index, bool writes, uint64_t *wrong)
{
	unsigned char *chunk = malloc(CHUNK);
	int rc = chunk ? 0 : -ENOMEM;

	for (uint64_t at = 0; rc == 0 && at < m->step->number; at += CHUNK) {
		const uint64_t left = m->step->number - at;
		const size_t len = left < CHUNK ? left : CHUNK;
		const uint64_t address = device_address(m, index) + at;

		for (size_t i = 0; writes && i < len; i++)
			chunk[i] = pattern(index, at + i);
		rc = writes ? videoport_memory_write(m->life->port, address, chunk, len)
		            : videoport_memory_read(m->life->port, address, chunk, len);
		for (size_t i = 0; rc == 0 && !writes && i < len; i++) {
			*wrong = at + i;
			rc = chunk[i] == pattern(index, at + i) ? 0 : -EILSEQ;
		}
	}
	free(chunk);
	return rc;
}

static int host_compare(const struct moving *m, uint64_t index, uint64_t *wrong)
{
	const unsigned char *host = m->memory + index * m->stride;

	for (*wrong = 0; *wrong < m->step->number; ++*wrong)
		if (host[*wrong] != pattern(index, *wrong))
			return -EILSEQ;
	return 0;
}

static bool prepare(const struct moving *m)
{
	uint64_t wrong;

	for (uint64_t t = 0; t < m->step->count; t++) {
		unsigned char *host = m->memory + t * m->stride;

		for (uint64_t i = 0; m->step->to_device && i < m->step->number; i++)
			host[i] = pattern(t, i);
		if (!m->step->to_device && device_walk(m, t, true, &wrong) < 0)
			return fail(m, "device memory cannot be written at 0x%llx",
				(unsigned long long)device_address(m, t));
	}
	return true;
}

static bool judge(const struct moving *m)
{
	for (uint64_t t = 0; t < m->step->count; t++) {
		uint64_t wrong = 0;
		const int rc = m->step->to_device ? device_walk(m, t, false, &wrong)
		                                  : host_compare(m, t, &wrong);

		if (rc == -EILSEQ)
			return fail(m, "byte %llu of transfer %llu did not arrive",
				(unsigned long long)wrong, (unsigned long long)t);
		if (rc < 0)
			return fail(m, "device memory cannot be read (%s)", strerror(-rc));
	}
	return true;
}

/* Return: how many of [first, count) the driver took, now in @open; negative: it refused. */
static int submit(const struct moving *m, uint64_t first, uint64_t *open, int32_t *status)
{
	char name[48];
	uint64_t space[1 + PIECES * sizeof(DMABENCH_TRANSFER) / 8];
	DMABENCH_SUBMIT *request = (DMABENCH_SUBMIT *)space;
	const uint32_t head = offsetof(DMABENCH_SUBMIT, Transfer);
	const uint32_t count = (uint32_t)(m->step->count - first);

	request->Count = count;
	request->Reserved = 0;
	for (uint32_t i = 0; i < count; i++)
		request->Transfer[i] = (DMABENCH_TRANSFER){
			.Buffer = m->memory + (first + i) * m->stride,
			.BufferLength = (ULONG)m->step->number,
			.Length = (ULONG)m->step->number,
			.Direction = m->step->to_device ? DMABENCH_TO_DEVICE : DMABENCH_FROM_DEVICE,
			.DeviceAddress = device_address(m, first + i),
			.Cookie = first + i,
		};
	*status = videoport_request(m->life->port, IOCTL_DMABENCH_SUBMIT, request,
		head + count * (uint32_t)sizeof(DMABENCH_TRANSFER), head, NULL);
	if (*status != NO_ERROR) {
		fail(m, "SUBMIT: %s", words_status_show(*status, name, sizeof(name)));
		return -1;
	}
	if (request->Count > count) {
		fail(m, "SUBMIT: %u transfers taken, and only %u were given", request->Count,
			count);
		return -1;
	}
	for (uint32_t i = 0; i < request->Count; i++)
		*open |= UINT64_C(1) << (first + i);
	return (int)request->Count;
}

/* Takes all completions there are out of @open. Return: how many, negative: one is wrong. */
static int reap(const struct moving *m, uint64_t *open)
{
	uint64_t space[1 + PIECES * sizeof(DMABENCH_COMPLETION) / 8];
	DMABENCH_REAP *request = (DMABENCH_REAP *)space;
	const uint32_t head = offsetof(DMABENCH_REAP, Completion);
	char name[48];

	request->Count = PIECES;
	request->Reserved = 0;

	const int32_t status = videoport_request(
		m->life->port, IOCTL_DMABENCH_REAP, request, head, (uint32_t)sizeof(space), NULL);

	if (status != NO_ERROR || request->Count > PIECES) {
		fail(m, "REAP: %s, %u transfers of at most %u",
			words_status_show(status, name, sizeof(name)), request->Count, PIECES);
		return -1;
	}
	for (uint32_t i = 0; i < request->Count; i++) {
		const DMABENCH_COMPLETION *done = &request->Completion[i];

		if (done->Cookie >= PIECES || !(*open >> done->Cookie & 1)) {
			fail(m, "REAP: cookie %llu is of no transfer under way",
				(unsigned long long)done->Cookie);
			return -1;
		}
		*open &= ~(UINT64_C(1) << done->Cookie);
		if (done->Status == NO_ERROR && done->Length == m->step->number)
			continue;
		fail(m, "transfer %llu: %s, %u of %llu bytes", (unsigned long long)done->Cookie,
			words_status_show(done->Status, name, sizeof(name)), done->Length,
			(unsigned long long)m->step->number);
		return -1;
	}
	return (int)request->Count;
}

/* Return: whether something can be reaped. */
static bool wait_ready(const struct moving *m)
{
	DMABENCH_WAIT wait = {.TimeoutUs = WAIT_US};
	char name[48];
	const int32_t status = videoport_request(
		m->life->port, IOCTL_DMABENCH_WAIT, &wait, sizeof(wait), sizeof(wait), NULL);

	if (status == NO_ERROR && wait.Ready)
		return true;
	return fail(m, "no completion within 10 s (WAIT: %s)",
		words_status_show(status, name, sizeof(name)));
}

/* @offered: false where the driver knows no such request. */
static bool move(const struct moving *m, bool *offered)
{
	uint64_t submitted = 0, open = 0;
	int32_t status = NO_ERROR;

	*offered = true;
	while (submitted < m->step->count || open) {
		int count = submitted < m->step->count ? submit(m, submitted, &open, &status) : 0;

		*offered = status != ERROR_INVALID_FUNCTION;
		if (count < 0)
			return false;
		submitted += (uint64_t)count;
		if (!open)
			return fail(m, "SUBMIT: takes nothing, and nothing is under way");
		if (!wait_ready(m) || reap(m, &open) < 0)
			return false;
	}
	/* Nothing comes twice. */
	return reap(m, &open) == 0;
}

bool transfer_run(struct life *life, const struct script_step *step, char *result, size_t room)
{
	struct moving m = {.life = life,
		.step = step,
		.stride = page_up(step->number),
		.result = result,
		.room = room};
	bool offered = true;

	m.memory = life_memory(life, m.stride * step->count);
	if (!m.memory)
		return fail(&m, "no memory for %llu bytes", (unsigned long long)step->number);
	bool good = prepare(&m) && move(&m, &offered) && judge(&m);

	/* What went wrong may be under way all the same: its memory stays until the process ends. */
	if (good) {
		life_memory_free(life, m.memory, m.stride * step->count);
		snprintf(result, room, "%llu bytes arrived",
			(unsigned long long)step->number * step->count);
	}
	if (offered || !step->optional)
		return good;
	snprintf(result, room, "ERROR_INVALID_FUNCTION (not offered)");
	return true;
}
