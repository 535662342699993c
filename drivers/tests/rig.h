/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rig.h: a miniport on the port on the soft device, for the tests of this folder. Every function
 * asserts that what it does succeeds, unless it returns a verdict.
 *
 *	struct rig rig;
 *	rig_open(&rig, &(struct rig_options){.driver = "packet"});
 *	unsigned char *buffer = rig_buffer(&rig, 4096, FRAMES_READ_WRITE);
 *	rig_move(&rig, &(DMABENCH_TRANSFER){...}, NULL);
 *	rig_close(&rig);
 */
#ifndef DRIVERS_TESTS_RIG_H
#define DRIVERS_TESTS_RIG_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/mman.h>

#include "drivers/support/held_testing.h"
#include "drivers/videoport/frames.h"
#include "drivers/videoport/rules.h"
#include "drivers/videoport/videoport.h"

#include "dderror.h"
#include "dmabench_ioctl.h"

#define RIG_DEVICE_BYTES (8u << 20)
#define RIG_BUFFERS_MAX  64
#define RIG_PARAMETERS   12
#define RIG_BATCH        512
#define RIG_TIMEOUT_US   20000000u
#define RIG_BUFFER_BYTES 65536u /* of the buffer of rig_transfer */

uint32_t packet_DriverEntry(void *context1, void *context2);
uint32_t packet_cached_DriverEntry(void *context1, void *context2);
uint32_t common_DriverEntry(void *context1, void *context2);
uint32_t hybrid_DriverEntry(void *context1, void *context2);
uint32_t probe_DriverEntry(void *context1, void *context2);

struct rig_options {
	const char *driver;
	uint32_t completion;
	unsigned map_registers;
	bool defer_execute;
	bool unverified; /* the load shares buffers, which the driver cannot see and the verifier does */
	bool no_scatter_gather;
	unsigned address_bits;
	const struct device_ops *device_ops; /* NULL: soft's */
	enum device_fault fault;
	double fault_rate;
	struct device_line line;
	struct device_bell bell;
	struct device_lack lack;
	uint32_t fault_limit;
	uint64_t removed_at_ns;
	uint64_t common_bytes_max;
	enum device_pin pin;
	double fragmentation, high; /* of every buffer */
	uint32_t recovery_us;       /* RecoveryUs; 0: never, so that a wake-up that is lost shows */
	struct videoport_parameter parameters[RIG_PARAMETERS]; /* ends at a NULL name */
};

struct rig {
	struct frames *frames;
	struct videoport *vp;
	struct rig_options options;
	struct {
		void *va;
		size_t len_bytes;
	} buffers[RIG_BUFFERS_MAX];
	unsigned buffer_count;
};

struct rig_driver {
	const char *name;
	videoport_driver_entry entry;
};

static const struct rig_driver rig_drivers[] = {
	{"packet", packet_DriverEntry},
	{"packet_cached", packet_cached_DriverEntry},
	{"common", common_DriverEntry},
	{"hybrid", hybrid_DriverEntry},
	{"probe", probe_DriverEntry},
};

#define RIG_STRATEGIES 4 /* the first of rig_drivers */

static const uint32_t rig_modes[] = {
	DMABENCH_COMPLETION_POLL, DMABENCH_COMPLETION_INTERRUPT, DMABENCH_COMPLETION_ADAPTIVE};

#define RIG_MODES (sizeof(rig_modes) / sizeof(rig_modes[0]))

static inline videoport_driver_entry rig_entry(const char *name)
{
	for (size_t i = 0; i < sizeof(rig_drivers) / sizeof(rig_drivers[0]); i++)
		if (strcmp(rig_drivers[i].name, name) == 0)
			return rig_drivers[i].entry;
	fail_msg("no driver '%s'", name);
	return NULL;
}

/*
 * Opens without asserting. Return: as videoport_open; after a failure only rig_frames_destroy may
 * follow.
 */
static inline int rig_try_open(struct rig *rig, const struct rig_options *options, struct err *err)
{
	struct videoport_parameter parameters[RIG_PARAMETERS + 2];
	unsigned count = 0;

	memset(rig, 0, sizeof(*rig));
	rig->options = *options;
	for (unsigned i = 0; i < RIG_PARAMETERS && options->parameters[i].name; i++)
		parameters[count++] = options->parameters[i];
	parameters[count++] = (struct videoport_parameter){"CompletionMode", options->completion};
	parameters[count++] = (struct videoport_parameter){"RecoveryUs", options->recovery_us};

	struct frames_config frames_config = {.seed = 1};
	struct videoport_config config = {
		.driver_entry = rig_entry(options->driver),
		.driver_name = options->driver,
		.device = "soft",
		.device_ops = options->device_ops,
		.device_config = {.memory_bytes = RIG_DEVICE_BYTES,
			.cpu = -1,
			.address_bits = options->address_bits ? options->address_bits : 64,
			.no_scatter_gather = options->no_scatter_gather,
			.fault = options->fault,
			.fault_rate = options->fault_rate,
			.line = options->line,
			.bell = options->bell,
			.lack = options->lack,
			.fault_limit = options->fault_limit,
			.removed_at_ns = options->removed_at_ns,
			.pin = options->pin,
			.seed = 1},
		.parameters = parameters,
		.parameter_count = count,
		.map_registers = options->map_registers,
		.common_bytes_max = options->common_bytes_max,
		.interrupt_cpu = -1,
		.defer_execute = options->defer_execute,
		.verify = !options->unverified,
	};

	if (frames_create(&rig->frames, &frames_config, err) < 0)
		return -ENOMEM;
	config.frames = rig->frames;
	return videoport_open(&rig->vp, &config, err);
}

static inline void rig_open(struct rig *rig, const struct rig_options *options)
{
	struct err err = ERR_INIT;

	if (rig_try_open(rig, options, &err) < 0)
		fail_msg("%s: %s", options->driver, err.message);
}

static inline void rig_frames_destroy(struct rig *rig)
{
	for (unsigned i = 0; i < rig->buffer_count; i++) {
		frames_remove(rig->frames, rig->buffers[i].va);
		munmap(rig->buffers[i].va, rig->buffers[i].len_bytes);
	}
	frames_destroy(rig->frames);
}

/*
 * Everything the driver broke or left behind fails the test; a note is neither, and a common buffer above
 * the map registers is no mistake of our drivers (D-12).
 */
static inline void rig_no_events(struct rig *rig)
{
	struct videoport_event event;

	while (videoport_events(rig->vp, &event, 1, NULL))
		if ((event.kind != VIDEOPORT_EVENT_RULE || event.severity != VIDEOPORT_NOTE) &&
			event.rule != RULE_COMMON_OVER_MAXIMUM)
			fail_msg("%s: event: %s", rig->options.driver, event.message);
}

/* Takes the recorded events, all of them of @rule. Return: how many. */
static inline unsigned rig_take_rule(struct rig *rig, unsigned rule)
{
	struct videoport_event event;
	unsigned count = 0;

	for (; videoport_events(rig->vp, &event, 1, NULL); count++)
		if (event.rule != rule)
			fail_msg("%s: event of rule %u: %s", rig->options.driver, event.rule,
				event.message);
	return count;
}

static inline void rig_no_leaks(const struct videoport_usage *leaks, const char *driver)
{
	if (leaks->common_bytes || leaks->pinned_bytes || leaks->map_registers || leaks->adapters ||
		leaks->locks || leaks->events || leaks->spin_locks || leaks->pool_blocks)
		fail_msg("%s leaves %lu common, %lu pinned bytes, %lu registers, %lu adapters, %lu "
			 "locks, %lu events, %lu spin locks, %lu pool blocks",
			driver, leaks->common_bytes, leaks->pinned_bytes, leaks->map_registers,
			leaks->adapters, leaks->locks, leaks->events, leaks->spin_locks,
			leaks->pool_blocks);
}

/* Closes, whatever events there were; nothing may be left behind. */
static inline void rig_close_noisy(struct rig *rig)
{
	struct videoport_usage leaks;

	videoport_close(rig->vp, &leaks);
	rig_frames_destroy(rig);
	rig_no_leaks(&leaks, rig->options.driver);
}

static inline void rig_close(struct rig *rig)
{
	rig_no_events(rig);
	videoport_stop(rig->vp);
	rig_no_events(rig);
	rig_close_noisy(rig);
}

/* Zeroed memory of the requester's, page-aligned, with frames of the options' policy. */
static inline unsigned char *rig_buffer(
	struct rig *rig, size_t len_bytes, enum frames_access access)
{
	struct frames_policy policy = {
		.fragmentation = rig->options.fragmentation, .high = rig->options.high};
	size_t mapped = page_up(len_bytes);
	void *va = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct err err = ERR_INIT;

	assert_ptr_not_equal(va, MAP_FAILED);
	assert_true(rig->buffer_count < RIG_BUFFERS_MAX);
	if (frames_add(rig->frames, va, mapped, access, &policy, &err) < 0)
		fail_msg("%s", err.message);
	rig->buffers[rig->buffer_count].va = va;
	rig->buffers[rig->buffer_count++].len_bytes = mapped;
	return va;
}

/*
 * Runs @test on a rig of @options for every strategy in every completion mode, both of which are set here. @test closes
 * the rig, in the way it should end.
 */
static inline void rig_everywhere(const struct rig_options *options, void (*test)(struct rig *rig))
{
	for (size_t d = 0; d < RIG_STRATEGIES; d++)
		for (size_t m = 0; m < RIG_MODES; m++) {
			struct rig_options here = *options;
			struct rig rig;

			here.driver = rig_drivers[d].name;
			here.completion = rig_modes[m];
			rig_open(&rig, &here);
			test(&rig);
		}
}

/* ---- requests -------------------------------------------------------------------------------- */

/* Return: VP_STATUS; *@accepted: transfers taken. */
static inline int32_t rig_try_submit(
	struct rig *rig, const DMABENCH_TRANSFER *transfers, uint32_t count, uint32_t *accepted)
{
	uint32_t bytes = (uint32_t)(offsetof(DMABENCH_SUBMIT, Transfer) +
				    count * sizeof(*transfers));
	DMABENCH_SUBMIT *submit = calloc(1, bytes);
	int32_t status;

	submit->Count = count;
	memcpy(submit->Transfer, transfers, count * sizeof(*transfers));
	status = videoport_request(rig->vp, IOCTL_DMABENCH_SUBMIT, submit, bytes, bytes, NULL);
	*accepted = submit->Count;
	free(submit);
	return status;
}

static inline void rig_submit(struct rig *rig, const DMABENCH_TRANSFER *transfers, uint32_t count)
{
	uint32_t accepted;

	assert_int_equal(rig_try_submit(rig, transfers, count, &accepted), NO_ERROR);
	assert_int_equal(accepted, count);
}

static inline uint32_t rig_reap(struct rig *rig, DMABENCH_COMPLETION *completions, uint32_t maximum)
{
	uint32_t bytes = (uint32_t)(offsetof(DMABENCH_REAP, Completion) +
				    maximum * sizeof(*completions));
	DMABENCH_REAP *reap = calloc(1, bytes);
	uint32_t count;

	reap->Count = maximum;
	assert_int_equal(videoport_request(rig->vp, IOCTL_DMABENCH_REAP, reap, bytes, bytes, NULL),
		NO_ERROR);
	count = reap->Count;
	assert_true(count <= maximum);
	memcpy(completions, reap->Completion, count * sizeof(*completions));
	free(reap);
	return count;
}

static inline bool rig_wait(struct rig *rig, uint32_t timeout_us)
{
	DMABENCH_WAIT wait = {.TimeoutUs = timeout_us};

	assert_int_equal(videoport_request(rig->vp, IOCTL_DMABENCH_WAIT, &wait, sizeof(wait),
				 sizeof(wait), NULL),
		NO_ERROR);
	return wait.Ready == 1;
}

/* Waits for and takes exactly @count completions, in the order they come. */
static inline void rig_collect(struct rig *rig, DMABENCH_COMPLETION *completions, uint32_t count)
{
	uint32_t got = 0;

	while (got < count) {
		if (!rig_wait(rig, RIG_TIMEOUT_US))
			fail_msg("%s: %u of %u completions are missing after 20 s",
				rig->options.driver, count - got, count);
		got += rig_reap(rig, completions + got, count - got);
	}
}

static inline DMABENCH_QUERY rig_query(struct rig *rig)
{
	DMABENCH_QUERY query = {0};

	assert_int_equal(
		videoport_request(rig->vp, IOCTL_DMABENCH_QUERY, &query, 0, sizeof(query), NULL),
		NO_ERROR);
	return query;
}

/* The first @length bytes of a buffer of RIG_BUFFER_BYTES. */
static inline DMABENCH_TRANSFER rig_transfer(
	unsigned char *buffer, uint32_t direction, uint32_t length)
{
	return (DMABENCH_TRANSFER){.Buffer = buffer,
		.BufferLength = RIG_BUFFER_BYTES,
		.Length = length,
		.Direction = direction,
		.Cookie = 7};
}

/* One transfer, start to end, that must succeed. */
static inline DMABENCH_COMPLETION rig_move(struct rig *rig, const DMABENCH_TRANSFER *transfer)
{
	DMABENCH_COMPLETION completion;

	rig_submit(rig, transfer, 1);
	rig_collect(rig, &completion, 1);
	assert_int_equal(completion.Cookie, transfer->Cookie);
	assert_int_equal(completion.Status, NO_ERROR);
	assert_int_equal(completion.Length, transfer->Length);
	return completion;
}

/* ---- data ------------------------------------------------------------------------------------ */

/* Bytes that tell their place and @seed apart. */
static inline void rig_fill(unsigned char *to, size_t len_bytes, uint32_t seed)
{
	uint32_t x = seed * 2654435761u + 1;

	for (size_t i = 0; i < len_bytes; i++) {
		x = x * 1664525u + 1013904223u;
		to[i] = (unsigned char)(x >> 24);
	}
}

/* Fails with the first wrong byte. */
static inline void rig_expect(const unsigned char *found, const unsigned char *expected,
	size_t len_bytes, const char *what)
{
	if (memcmp(found, expected, len_bytes) == 0)
		return;
	for (size_t i = 0; i < len_bytes; i++)
		if (found[i] != expected[i])
			fail_msg("%s: byte %zu of %zu is 0x%02x, expected 0x%02x", what, i,
				len_bytes, found[i], expected[i]);
}

#endif
