// SPDX-License-Identifier: BSD-2-Clause
/*
 * probe_test.c: the probe driver: each part does what it says, as often as it was told, and says
 * so.
 */
#include "drivers/tests/rig.h"

#define OPERATIONS_MOST 1000u
#define BUFFER_BYTES    65536u

struct probe_answer {
	int32_t status;
	uint32_t done, failed, skipped;
	uint64_t elements;
};

/* Runs one PROBE; ticks beyond Count must stay untouched. */
static struct probe_answer probe(struct rig *rig, const DMABENCH_PROBE *in)
{
	uint32_t head = offsetof(DMABENCH_PROBE, Ticks);
	uint32_t bytes = head + OPERATIONS_MOST * (uint32_t)sizeof(ULONG);
	DMABENCH_PROBE *request = calloc(1, bytes);
	struct probe_answer answer;

	memcpy(request, in, head);
	memset((char *)request + head, 0xEE, bytes - head);
	answer.status = videoport_request(
		rig->vp, IOCTL_DMABENCH_PROBE, request, bytes, bytes, NULL);
	for (uint32_t i = in->Count; i < OPERATIONS_MOST; i++)
		assert_int_equal(request->Ticks[i], 0xEEEEEEEEu);
	if (answer.status == NO_ERROR)
		for (uint32_t i = 0; i < in->Count; i++)
			assert_int_not_equal(request->Ticks[i], 0xEEEEEEEEu);
	answer.done = request->Done;
	answer.failed = request->Failed;
	answer.skipped = request->Skipped;
	answer.elements = request->Elements;
	free(request);
	return answer;
}

static DMABENCH_PROBE probe_of(uint32_t part, uint32_t count, unsigned char *buffer)
{
	return (DMABENCH_PROBE){.Part = part,
		.Count = count,
		.Length = BUFFER_BYTES,
		.Direction = DMABENCH_TO_DEVICE,
		.Buffer = buffer,
		.BufferLength = BUFFER_BYTES};
}

static void lock_locks_and_unlocks(void **state)
{
	struct videoport_usage usage;
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "probe"});

	DMABENCH_PROBE in = probe_of(
		DMABENCH_PROBE_LOCK, 100, rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_ONLY));
	struct probe_answer out = probe(&rig, &in);

	assert_int_equal(out.status, NO_ERROR);
	assert_int_equal(out.done, 100);
	assert_int_equal(out.failed, 0);
	videoport_usage(rig.vp, &usage);
	assert_int_equal(usage.locks, 0);
	assert_int_equal(usage.pinned_bytes_peak, BUFFER_BYTES);

	/* Read-only memory cannot be locked for writing: refused, counted. */
	in.Direction = DMABENCH_FROM_DEVICE;
	out = probe(&rig, &in);
	assert_int_equal(out.done, 0);
	assert_int_equal(out.failed, 100);
	assert_int_equal(rig_take_rule(&rig, 303), 100);
	rig_close(&rig);
}

static void sg_counts_every_element(void **state)
{
	struct rig rig;

	(void)state;
	for (unsigned deferred = 0; deferred < 2; deferred++)
		for (unsigned registers = 0; registers < 6; registers += 5) {
			rig_open(&rig, &(struct rig_options){.driver = "probe",
					       .fragmentation = 1.0,
					       .map_registers = registers,
					       .defer_execute = deferred});

			DMABENCH_PROBE in = probe_of(DMABENCH_PROBE_SG, 50,
				rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE));
			struct probe_answer out = probe(&rig, &in);

			/* Each of the 16 pages lies alone, and no round ends inside one. */
			assert_int_equal(out.status, NO_ERROR);
			assert_int_equal(out.done, 50);
			assert_int_equal(out.elements, 50 * 16);
			in.Offset = 100;
			in.Length = 4096;
			assert_int_equal(probe(&rig, &in).elements, 50 * 2);
			rig_close(&rig);
		}
}

/* Buffers of a stride are taken in turn from the first; what lies outside the memory is refused. */
static void buffers_are_taken_in_turn(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "probe", .fragmentation = 1.0});

	DMABENCH_PROBE in = probe_of(
		DMABENCH_PROBE_SG, 6, rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE));

	/* Two buffers of a page's bytes, the second across a page's end: 1 + 2 elements a turn. */
	in.Length = 4096;
	in.Buffers = 2;
	in.Stride = 6144;
	assert_int_equal(probe(&rig, &in).elements, 3 * (1 + 2));
	in.First = 1;
	in.Count = 1;
	assert_int_equal(probe(&rig, &in).elements, 2);
	in.First = 2;
	assert_int_equal(probe(&rig, &in).status, ERROR_INVALID_PARAMETER);
	in.First = 0;
	in.Buffers = BUFFER_BYTES / 6144 + 2;
	assert_int_equal(probe(&rig, &in).status, ERROR_INVALID_PARAMETER);
	in.Stride = UINT32_MAX;
	assert_int_equal(probe(&rig, &in).status, ERROR_INVALID_PARAMETER);
	rig_close(&rig);
}

#define ALLOCATE(slot, bytes)                                                                      \
	{                                                                                          \
		slot, bytes, DMABENCH_CHURN_ALLOCATE, 1, NULL                                      \
	}
#define RELEASE(slot)                                                                              \
	{                                                                                          \
		slot, 0, DMABENCH_CHURN_RELEASE, 0, NULL                                           \
	}
#define LOCK(slot, bytes, address)                                                                 \
	{                                                                                          \
		slot, bytes, DMABENCH_CHURN_LOCK, 0, address                                       \
	}
#define UNLOCK(slot)                                                                               \
	{                                                                                          \
		slot, 0, DMABENCH_CHURN_UNLOCK, 0, NULL                                            \
	}
#define COUNT(array) (uint32_t)(sizeof(array) / sizeof((array)[0]))

static DMABENCH_PROBE churn_of(DMABENCH_CHURN_STEP *steps, uint32_t count)
{
	return (DMABENCH_PROBE){.Part = DMABENCH_PROBE_CHURN,
		.Count = count,
		.Buffers = 5,
		.Buffer = steps,
		.BufferLength = count * (uint32_t)sizeof(*steps)};
}

static void churn_follows_the_trace(void **state)
{
	struct videoport_usage usage;
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "probe"});

	unsigned char *buffer = rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_ONLY);
	DMABENCH_CHURN_STEP steps[] = {ALLOCATE(0, 4096), ALLOCATE(1, 100), RELEASE(0),
		ALLOCATE(0, 8192), RELEASE(2), ALLOCATE(1, 100), ALLOCATE(4, 65536),
		LOCK(2, 10000, buffer), RELEASE(2), UNLOCK(0)};

	videoport_usage(rig.vp, &usage);

	uint64_t before = usage.common_bytes;
	DMABENCH_PROBE in = churn_of(steps, COUNT(steps));
	struct probe_answer out = probe(&rig, &in);

	/* Giving back an empty slot, or otherwise than it was taken, and taking a full one fail. */
	assert_int_equal(out.status, NO_ERROR);
	assert_int_equal(out.done, 6);
	assert_int_equal(out.failed, 4);
	videoport_usage(rig.vp, &usage);
	assert_int_equal(usage.common_bytes, before);
	assert_int_equal(usage.common_bytes_peak, before + 8192 + 4096 + 65536);
	assert_int_equal(usage.locks, 0);
	assert_int_equal(usage.pinned_bytes_peak, 3 * 4096);

	steps[0].Slot = 5;
	assert_int_equal(probe(&rig, &in).status, ERROR_INVALID_PARAMETER);
	steps[0].Slot = 0;
	steps[0].What = DMABENCH_CHURN_UNLOCK + 1;
	assert_int_equal(probe(&rig, &in).status, ERROR_INVALID_PARAMETER);
	steps[0].What = DMABENCH_CHURN_ALLOCATE;
	in.Buffers = DMABENCH_CHURN_SLOTS + 1;
	assert_int_equal(probe(&rig, &in).status, ERROR_INVALID_PARAMETER);
	in.Buffers = 0;
	assert_int_equal(probe(&rig, &in).status, ERROR_INVALID_PARAMETER);
	rig_close(&rig);
}

static void churn_keeps_what_it_is_told_to_keep(void **state)
{
	DMABENCH_CHURN_STEP first[] = {ALLOCATE(0, 4096), ALLOCATE(1, 8192)};
	DMABENCH_CHURN_STEP second[] = {RELEASE(0), ALLOCATE(3, 4096)};
	struct videoport_usage usage;
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "probe"});
	videoport_usage(rig.vp, &usage);

	uint64_t before = usage.common_bytes;
	DMABENCH_PROBE in = churn_of(first, 2);

	in.Batch = 1;
	assert_int_equal(probe(&rig, &in).done, 2);
	videoport_usage(rig.vp, &usage);
	assert_int_equal(usage.common_bytes, before + 3 * 4096);
	in = churn_of(second, 2);
	in.Batch = 1;
	assert_int_equal(probe(&rig, &in).done, 2);
	/* Other slots than it has are no continuation. */
	in.Buffers = 6;
	assert_int_equal(probe(&rig, &in).status, ERROR_NOT_ENOUGH_MEMORY);
	/* A request of nothing ends it. */
	in = churn_of(NULL, 0);
	assert_int_equal(probe(&rig, &in).status, NO_ERROR);
	videoport_usage(rig.vp, &usage);
	assert_int_equal(usage.common_bytes, before);
	rig_close(&rig);
}

static void churn_goes_on_where_the_platform_refuses(void **state)
{
	DMABENCH_CHURN_STEP steps[] = {ALLOCATE(0, 1 << 20), ALLOCATE(1, 4096), RELEASE(0),
		ALLOCATE(0, 4096), RELEASE(0), RELEASE(1)};
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){.driver = "probe", .common_bytes_max = 512 << 10});

	DMABENCH_PROBE in = churn_of(steps, COUNT(steps));
	struct probe_answer out = probe(&rig, &in);

	/* Refused; taken; skipped; and the slot serves the next. */
	assert_int_equal(out.status, NO_ERROR);
	assert_int_equal(out.done, 4);
	assert_int_equal(out.failed, 1);
	assert_int_equal(out.skipped, 1);
	rig_close(&rig);
}

static void ring_completes_every_batch(void **state)
{
	static const uint32_t batches[] = {1, 2, 7, 64};
	struct rig rig;

	(void)state;
	/* The probe polls, whatever the mode. */
	for (uint32_t mode = 0; mode < 3; mode++) {
		rig_open(&rig, &(struct rig_options){.driver = "probe",
				       .completion = mode,
				       .parameters = {{"RingEntries", 64}}});
		for (size_t b = 0; b < sizeof(batches) / sizeof(batches[0]); b++) {
			DMABENCH_PROBE in = {.Part = DMABENCH_PROBE_RING,
				.Count = OPERATIONS_MOST,
				.Batch = batches[b]};
			struct probe_answer out = probe(&rig, &in);

			assert_int_equal(out.status, NO_ERROR);
			assert_int_equal(out.done, OPERATIONS_MOST);
			assert_int_equal(out.failed, 0);
		}
		rig_close(&rig);
	}
}

static void wrong_requests_are_refused(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig,
		&(struct rig_options){.driver = "probe", .parameters = {{"RingEntries", 64}}});

	unsigned char *buffer = rig_buffer(&rig, BUFFER_BYTES, FRAMES_READ_WRITE);
	DMABENCH_PROBE in = probe_of(99, 1, buffer);

	assert_int_equal(probe(&rig, &in).status, ERROR_INVALID_PARAMETER);
	in = probe_of(DMABENCH_PROBE_LOCK, 1, buffer);
	in.Length = BUFFER_BYTES + 1;
	assert_int_equal(probe(&rig, &in).status, ERROR_INVALID_PARAMETER);
	in = probe_of(DMABENCH_PROBE_SG, 1, buffer);
	in.Direction = 2;
	assert_int_equal(probe(&rig, &in).status, ERROR_INVALID_PARAMETER);
	in = probe_of(DMABENCH_PROBE_RING, 1, NULL);
	in.Batch = 65;
	assert_int_equal(probe(&rig, &in).status, ERROR_INVALID_PARAMETER);
	in.Batch = 0;
	assert_int_equal(probe(&rig, &in).status, ERROR_INVALID_PARAMETER);
	assert_int_equal(videoport_request(rig.vp, IOCTL_DMABENCH_PROBE, &in, 8, 8, NULL),
		ERROR_INSUFFICIENT_BUFFER);
	in.Count = 3; /* padding makes room for two */
	assert_int_equal(
		videoport_request(rig.vp, IOCTL_DMABENCH_PROBE, &in, sizeof(in), sizeof(in), NULL),
		ERROR_INSUFFICIENT_BUFFER);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lock_locks_and_unlocks),
		cmocka_unit_test(sg_counts_every_element),
		cmocka_unit_test(buffers_are_taken_in_turn),
		cmocka_unit_test(churn_follows_the_trace),
		cmocka_unit_test(churn_keeps_what_it_is_told_to_keep),
		cmocka_unit_test(churn_goes_on_where_the_platform_refuses),
		cmocka_unit_test(ring_completes_every_batch),
		cmocka_unit_test(wrong_requests_are_refused),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
