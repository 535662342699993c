// SPDX-License-Identifier: BSD-2-Clause
/*
 * life.c: a shipped driver's whole life on the soft device: load, find, transfers of every shape in both directions or the
 * probe's parts, power down and up, unload. What was refused must have been refused for the right reason; after
 * failnth_rest the same port, or a new one, must do all of it.
 */
#include "bench/tests/failnth/failnth.h"

#include "drivers/tests/rig.h"

#define LIFE_BYTES (320u << 10)
#define DEVICE_AT  (1u << 20)
#define STEPS      6u
#define PROBES     8u

/* A refusal in the middle of a life: the fault's, and of a kind that a driver may answer with. */
static bool allowed(int32_t status, bool may_fail)
{
	if (status == NO_ERROR)
		return true;
	if (!may_fail || (status != ERROR_NOT_ENOUGH_MEMORY && status != ERROR_NO_SYSTEM_RESOURCES))
		fail_msg("status %d, where %s", status,
			may_fail ? "a lack of memory is expected to be told as one"
				 : "nothing fails any more");
	return false;
}

/* As rig_buffer; NULL where it was refused. */
static unsigned char *life_buffer(struct rig *rig, bool may_fail)
{
	const struct frames_policy policy = {
		.fragmentation = rig->options.fragmentation, .high = rig->options.high};
	void *va = mmap(
		NULL, LIFE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct err err = ERR_INIT;

	assert_ptr_not_equal(va, MAP_FAILED);
	const int rc = frames_add(rig->frames, va, LIFE_BYTES, FRAMES_READ_WRITE, &policy, &err);

	if (rc == 0) {
		rig->buffers[rig->buffer_count].va = va;
		rig->buffers[rig->buffer_count++].len_bytes = LIFE_BYTES;
		return va;
	}
	assert_true(may_fail);
	failnth_refused(rc, &err);
	munmap(va, LIFE_BYTES);
	return NULL;
}

static DMABENCH_TRANSFER transfer_of(
	unsigned char *buffer, uint32_t direction, uint32_t offset, uint32_t length)
{
	return (DMABENCH_TRANSFER){.Buffer = buffer,
		.BufferLength = LIFE_BYTES,
		.Offset = offset,
		.Length = length,
		.Direction = direction,
		.DeviceAddress = DEVICE_AT,
		.Cookie = ((uint64_t)length << 32) | offset};
}

/* Return: whether it was done. */
static bool transfer_try(struct rig *rig, const DMABENCH_TRANSFER *transfer, bool may_fail)
{
	DMABENCH_COMPLETION completion;
	uint32_t accepted;
	const int32_t status = rig_try_submit(rig, transfer, 1, &accepted);

	if (!allowed(status, may_fail)) {
		assert_int_equal(accepted, 0);
		return false;
	}
	assert_int_equal(accepted, 1);
	rig_collect(rig, &completion, 1);
	assert_int_equal(completion.Cookie, transfer->Cookie);
	return allowed((int32_t)completion.Status, may_fail);
}

static void transfer_check(struct rig *rig, unsigned char *buffer, uint32_t direction,
	uint32_t offset, uint32_t length, bool may_fail)
{
	const DMABENCH_TRANSFER transfer = transfer_of(buffer, direction, offset, length);
	const bool to_device = direction == DMABENCH_TO_DEVICE;
	unsigned char *expected = malloc(length), *found = malloc(length);

	assert_true(expected && found);
	rig_fill(expected, length, length + offset);
	memset(found, 0, length);
	if (to_device)
		memcpy(buffer + offset, expected, length);
	else
		assert_int_equal(videoport_memory_write(rig->vp, DEVICE_AT, expected, length), 0);
	if (transfer_try(rig, &transfer, may_fail)) {
		if (to_device)
			assert_int_equal(
				videoport_memory_read(rig->vp, DEVICE_AT, found, length), 0);
		rig_expect(to_device ? found : buffer + offset, expected, length, "data");
	}
	free(expected);
	free(found);
}

static void transfers(struct rig *rig, unsigned char *buffer, bool may_fail)
{
	static const struct {
		uint32_t offset, length;
	} shapes[] = {{0, 64}, {2049, 3 * 4096}, {1, 300001}};

	for (uint32_t direction = 0; direction < 2; direction++)
		for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
			transfer_check(rig, buffer, direction, shapes[i].offset, shapes[i].length,
				may_fail);
}

/* One request of the probe. Its own account must be right; what it lacks has failed. */
static void probe_ask(struct rig *rig, const DMABENCH_PROBE *in, bool may_fail)
{
	const uint32_t bytes = (uint32_t)(offsetof(DMABENCH_PROBE, Ticks) + PROBES * sizeof(ULONG));
	DMABENCH_PROBE *request = calloc(1, bytes);

	assert_non_null(request);
	memcpy(request, in, offsetof(DMABENCH_PROBE, Ticks));
	const int32_t status = videoport_request(
		rig->vp, IOCTL_DMABENCH_PROBE, request, bytes, bytes, NULL);

	if (allowed(status, may_fail)) {
		assert_int_equal(request->Done + request->Failed + request->Skipped, in->Count);
		assert_true(may_fail || request->Done == in->Count);
	}
	free(request);
}

static void probes(struct rig *rig, unsigned char *buffer, bool may_fail)
{
	DMABENCH_CHURN_STEP steps[STEPS] = {{0, 4096, DMABENCH_CHURN_ALLOCATE, 1, NULL},
		{1, 100, DMABENCH_CHURN_ALLOCATE, 0, NULL},
		{2, 10000, DMABENCH_CHURN_LOCK, 0, buffer}, {0, 0, DMABENCH_CHURN_RELEASE, 0, NULL},
		{2, 0, DMABENCH_CHURN_UNLOCK, 0, NULL}, {1, 0, DMABENCH_CHURN_RELEASE, 0, NULL}};
	DMABENCH_PROBE in = {.Part = DMABENCH_PROBE_LOCK,
		.Count = 3,
		.Length = 65536,
		.Direction = DMABENCH_TO_DEVICE,
		.Buffer = buffer,
		.BufferLength = 65536};

	probe_ask(rig, &in, may_fail);
	in.Part = DMABENCH_PROBE_SG;
	probe_ask(rig, &in, may_fail);
	in = (DMABENCH_PROBE){.Part = DMABENCH_PROBE_CHURN,
		.Count = STEPS,
		.Buffers = 3,
		.Buffer = steps,
		.BufferLength = sizeof(steps)};
	probe_ask(rig, &in, may_fail);
	in = (DMABENCH_PROBE){.Part = DMABENCH_PROBE_RING, .Count = 4, .Batch = 4};
	probe_ask(rig, &in, may_fail);
}

static void power_cycle(struct rig *rig, bool may_fail)
{
	static const enum device_power states[] = {DEVICE_D3, DEVICE_D0};

	for (size_t i = 0; i < 2; i++) {
		struct err err = ERR_INIT;
		const int rc = videoport_power(rig->vp, states[i], &err);

		assert_true(rc == 0 || may_fail);
		if (rc)
			failnth_refused(rc, &err);
	}
}

static void work(struct rig *rig, bool may_fail)
{
	unsigned char *buffer = life_buffer(rig, may_fail);

	for (unsigned round = 0; buffer && round < 2; round++) {
		if (strcmp(rig->options.driver, "probe") == 0)
			probes(rig, buffer, may_fail);
		else
			transfers(rig, buffer, may_fail);
		power_cycle(rig, may_fail);
	}
}

/* What the driver logs of a refusal is no mistake of it; a broken rule is. */
static void no_broken_rule(struct rig *rig)
{
	struct videoport_event event;

	while (videoport_events(rig->vp, &event, 1, NULL))
		if (event.kind != VIDEOPORT_EVENT_LOG && event.severity == VIDEOPORT_ERROR)
			fail_msg("%s", event.message);
}

void life_run(const void *arg)
{
	const struct rig_options *options = arg;
	struct err err = ERR_INIT;
	struct rig rig;
	int rc = rig_try_open(&rig, options, &err);

	if (rc) {
		failnth_refused(rc, &err);
		if (rig.frames)
			rig_frames_destroy(&rig);
		rig_open(&rig, options);
	} else {
		work(&rig, true);
		failnth_rest();
	}
	work(&rig, false);
	no_broken_rule(&rig);
	videoport_stop(rig.vp);
	no_broken_rule(&rig);
	rig_close_noisy(&rig);
}
