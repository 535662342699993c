// SPDX-License-Identifier: BSD-2-Clause
/*
 * hostile.c: a requester that asks one of the shipped drivers for transfers while its device does what the input says. See
 * hostile.h. Whatever that is: the driver and the port end in bounded time, break no rule, answer for every transfer
 * once, touch nothing of the requester's but what it asked for, and hold nothing when it is over.
 */
#include "bench/tests/fuzz/hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/tests/fuzz/fuzz.h"
#include "drivers/videoport/frames.h"
#include "drivers/videoport/rules.h"
#include "drivers/videoport/videoport.h"

#include "dderror.h"
#include "dmabench_ioctl.h"

#define STEPS_MAX      32
#define BATCH_MAX      4
#define TRANSFERS_MAX  (STEPS_MAX * BATCH_MAX)
#define REAP_MAX       16
#define BUFFERS        8
#define BUFFER_BYTES   16384
#define LENGTH_FORGED  64
#define SETTLE_ROUNDS  512
#define SETTLE_WAIT_US 100
#define PROBE_MOST     4

uint32_t packet_DriverEntry(void *context1, void *context2);
uint32_t packet_cached_DriverEntry(void *context1, void *context2);
uint32_t common_DriverEntry(void *context1, void *context2);
uint32_t hybrid_DriverEntry(void *context1, void *context2);
uint32_t probe_DriverEntry(void *context1, void *context2);

static const struct {
	const char *name;
	videoport_driver_entry entry;
	bool keeps_locks;
} drivers[] = {
	{"packet", packet_DriverEntry, false},
	{"packet_cached", packet_cached_DriverEntry, true},
	{"common", common_DriverEntry, false},
	{"hybrid", hybrid_DriverEntry, false},
	{"probe", probe_DriverEntry, false},
};

#define DRIVERS (sizeof(drivers) / sizeof(drivers[0]))

/* Lasts from input to input, and is at the end of each as it was. */
static struct {
	struct frames *frames;
	uint8_t *buffers;
	uint8_t pattern[BUFFER_BYTES]; /* what is in each */
} host;

/* Of one input. */
static struct {
	struct videoport *vp;
	struct hostile_input in;
	struct hostile_traits traits;
	unsigned driver;
	uint32_t submitted, outstanding, strays;
	bool failed, cut_short;
	struct {
		unsigned buffer;
		uint32_t length;
		unsigned ends;
	} transfer[TRANSFERS_MAX];
	struct {
		bool busy; /* with a transfer */
		bool used;
	} buffer[BUFFERS];
	/* What the device was asked to fill, submitted in vain or not. */
	struct {
		uint8_t *at;
		size_t len_bytes;
	} filled[2 * TRANSFERS_MAX];
	unsigned filled_count;
} run;

/* ---- what the verifier says ------------------------------------------------------------------------ */

/* Findings of which a device can be the cause, if it did that. The rest is the driver's doing. */
static bool event_excused(const struct videoport_event *event)
{
	const struct hostile_deeds deeds = hostile_device_deeds();

	if (event->kind != VIDEOPORT_EVENT_RULE || event->severity == VIDEOPORT_NOTE)
		return true;
	switch (event->rule) {
	case RULE_COMMON_OVER_MAXIMUM: /* D-12 */
		return true;
	case RULE_UNLOCK_REST: /* an error cuts a transfer short */
		run.cut_short = true;
		return true;
	case RULE_COMMON_OVERRUN:
	case RULE_BOUNCE_UNDERRUN:
	case RULE_BOUNCE_OVERRUN:
	case RULE_BOUNCE_FREE:
		return deeds.wrote;
	case RULE_ISR_UNCLAIMED: /* of one that the device sends for nothing */
		return deeds.uncalled;
	default:
		return false;
	}
}

static void event_see(void *arg, const struct videoport_event *event)
{
	(void)arg;
	if (!event_excused(event))
		fuzz_expect_that(0, event->message);
}

/* Whose code it is would be looked up for each event, and nobody reads it. */
static bool address_describe(void *arg, const void *address, char *text, size_t room)
{
	(void)arg;
	snprintf(text, room, "%p", address);
	return true;
}

static const struct videoport_watch watch = {.event = event_see, .describe = address_describe};

/* ---- requests ---------------------------------------------------------------------------------------- */

static void fill_note(unsigned buffer, size_t offset, size_t len_bytes)
{
	fuzz_expect_that(run.filled_count < 2 * TRANSFERS_MAX, "few transfers");
	run.filled[run.filled_count].at = host.buffers + (size_t)buffer * BUFFER_BYTES + offset;
	run.filled[run.filled_count++].len_bytes = len_bytes;
	run.buffer[buffer].used = true;
}

/* Part of a buffer that nothing is in flight of. Return: false where there is none. */
static bool transfer_pick(DMABENCH_TRANSFER *transfer)
{
	const uint32_t what = hostile_front(&run.in, 1), offset = hostile_front(&run.in, 2);
	const uint32_t length = hostile_front(&run.in, 2);
	unsigned buffer = 0;

	while (buffer < BUFFERS && run.buffer[buffer].busy)
		buffer++;
	if (buffer == BUFFERS || run.submitted == TRANSFERS_MAX)
		return false;
	/* A byte a descriptor, if the device says so: short ones then. */
	const uint32_t longest = run.traits.forged ? LENGTH_FORGED : BUFFER_BYTES;
	const uint32_t most = BUFFER_BYTES - offset % BUFFER_BYTES;

	*transfer = (DMABENCH_TRANSFER){
		.Buffer = host.buffers + (size_t)buffer * BUFFER_BYTES,
		.BufferLength = BUFFER_BYTES,
		.Offset = offset % BUFFER_BYTES,
		.Length = 1 + length % (most < longest ? most : longest),
		.Direction = what & 1,
		.DeviceAddress = UINT64_C(64) * (what >> 1),
		.Cookie = run.submitted,
	};
	run.transfer[run.submitted].buffer = buffer;
	run.transfer[run.submitted++].length = transfer->Length;
	run.buffer[buffer].busy = run.buffer[buffer].used = true;
	if (transfer->Direction == DMABENCH_FROM_DEVICE)
		fill_note(buffer, transfer->Offset, transfer->Length);
	return true;
}

static void request_submit(uint32_t how)
{
	struct {
		DMABENCH_SUBMIT head;
		DMABENCH_TRANSFER rest[BATCH_MAX - 1];
	} submit = {.head.Count = 0};
	const uint32_t wanted = 1 + how % BATCH_MAX, first = run.submitted;
	uint32_t count = 0;

	for (DMABENCH_TRANSFER transfer; count < wanted && transfer_pick(&transfer); count++)
		memcpy((uint8_t *)&submit + offsetof(DMABENCH_SUBMIT, Transfer) +
				count * sizeof(transfer),
			&transfer, sizeof(transfer));
	submit.head.Count = count;
	if (videoport_request(run.vp, IOCTL_DMABENCH_SUBMIT, &submit, sizeof(submit),
		    sizeof(submit), NULL) == ERROR_INVALID_FUNCTION)
		submit.head.Count = 0;
	fuzz_expect_that(submit.head.Count <= count, "no more to be accepted than was submitted");
	run.outstanding += submit.head.Count;
	for (run.submitted = first + submit.head.Count; count > submit.head.Count; count--)
		run.buffer[run.transfer[first + count - 1].buffer].busy = false;
}

/* A second completion, or one that was invented: under the cookie it may belong to, or none. */
static bool is_stray(const DMABENCH_COMPLETION *completion)
{
	return completion->Status == ERROR_INVALID_DATA && completion->Rounds == 0;
}

static void completion_judge(const DMABENCH_COMPLETION *completion)
{
	if (is_stray(completion)) {
		run.strays++;
		return;
	}
	fuzz_expect_that(
		completion->Cookie < run.submitted && run.transfer[completion->Cookie].ends++ == 0,
		"one end of each transfer");
	fuzz_expect_that(completion->Status != NO_ERROR ||
				 completion->Length == run.transfer[completion->Cookie].length,
		"the length asked for where all went well");
	run.buffer[run.transfer[completion->Cookie].buffer].busy = false;
	run.failed = run.failed || completion->Status != NO_ERROR;
	run.outstanding--;
}

static uint32_t request_reap(uint32_t count)
{
	struct {
		DMABENCH_REAP head;
		DMABENCH_COMPLETION rest[REAP_MAX - 1];
	} reap = {.head.Count = count};

	if (videoport_request(run.vp, IOCTL_DMABENCH_REAP, &reap, sizeof(reap), sizeof(reap),
		    NULL) != NO_ERROR)
		return 0;
	fuzz_expect_that(reap.head.Count <= count, "no more to be reaped than there is room for");
	for (uint32_t i = 0; i < reap.head.Count; i++) {
		DMABENCH_COMPLETION completion;

		memcpy(&completion,
			(uint8_t *)&reap + offsetof(DMABENCH_REAP, Completion) +
				i * sizeof(completion),
			sizeof(completion));
		completion_judge(&completion);
	}
	return reap.head.Count;
}

static void request_wait(uint32_t timeout_us)
{
	DMABENCH_WAIT wait = {.TimeoutUs = timeout_us};

	videoport_request(run.vp, IOCTL_DMABENCH_WAIT, &wait, sizeof(wait), sizeof(wait), NULL);
}

static DMABENCH_QUERY request_query(void)
{
	DMABENCH_QUERY query = {0};

	videoport_request(run.vp, IOCTL_DMABENCH_QUERY, &query, 0, sizeof(query), NULL);
	return query;
}

static void request_pool(uint32_t reset)
{
	DMABENCH_POOL pool = {.Reset = reset};

	if (videoport_request(run.vp, IOCTL_DMABENCH_POOL, &pool, sizeof(pool), sizeof(pool),
		    NULL) == NO_ERROR)
		fuzz_expect_that(pool.Account->Used <= pool.Account->Slots,
			"no more slots in use than there are");
}

static void request_probe(uint32_t how)
{
	struct {
		DMABENCH_PROBE head;
		ULONG ticks[PROBE_MOST - 1];
	} probe = {.head = {.Part = DMABENCH_PROBE_LOCK + how % 4,
			   .Count = PROBE_MOST,
			   .Batch = hostile_front(&run.in, 1),
			   .Offset = hostile_front(&run.in, 2) % BUFFER_BYTES,
			   .Length = 1,
			   .Direction = how >> 2 & 1,
			   .Buffer = host.buffers,
			   .BufferLength = BUFFER_BYTES}};

	if (probe.head.Part == DMABENCH_PROBE_CHURN)
		probe.head.Part = DMABENCH_PROBE_RING;
	fill_note(0, probe.head.Offset, probe.head.Length);
	videoport_request(run.vp, IOCTL_DMABENCH_PROBE, &probe, sizeof(probe), sizeof(probe), NULL);
}

static void step(void)
{
	const uint32_t how = hostile_front(&run.in, 1);

	switch (how & 7) {
	case 0:
	case 1:
	case 2:
		if (drivers[run.driver].entry == probe_DriverEntry)
			request_probe(how >> 3);
		else
			request_submit(how >> 3);
		break;
	case 3:
		request_reap(1 + (how >> 3) % REAP_MAX);
		break;
	case 4:
		request_wait(how >> 3 << 3);
		break;
	case 5:
		request_query();
		request_pool(how >> 3 & 1);
		break;
	case 6:
		videoport_power(run.vp, how & 8 ? DEVICE_D3 : DEVICE_D0, NULL);
		break;
	default:
		if (how & 8)
			videoport_reset_hw(run.vp, 80, 25);
	}
}

/* ---- the end ------------------------------------------------------------------------------------------- */

static void settle(void)
{
	videoport_power(run.vp, DEVICE_D0, NULL);
	for (unsigned i = 0; i < SETTLE_ROUNDS && run.outstanding > 0; i++) {
		request_wait(SETTLE_WAIT_US);
		request_reap(REAP_MAX);
	}
	fuzz_expect_that(run.outstanding == 0, "every transfer to end");
	/* A device may go on posting what nobody waits for. */
	for (unsigned i = 0; i < SETTLE_ROUNDS && request_reap(REAP_MAX) > 0; i++)
		continue;
	fuzz_expect_that(!run.cut_short || run.failed, "only what failed to be cut short");
	fuzz_expect_that(run.strays <= request_query().DeviceErrors,
		"every completion of nobody's to be counted");
}

static void expect_nothing_held(void)
{
	struct videoport_usage usage;

	videoport_usage(run.vp, &usage);
	fuzz_expect_that(usage.mapped_bytes == 0 && usage.map_registers == 0 &&
				 usage.bounce_held_bytes == 0 && usage.sg_bytes == 0,
		"no transfer to be in flight");
	fuzz_expect_that(
		drivers[run.driver].keeps_locks || usage.pinned_bytes == 0, "no lock to be held");
}

/* What was not asked for is as it was; all of it is so for the next input. */
static void expect_buffers_sound(void)
{
	for (unsigned i = 0; i < run.filled_count; i++)
		memcpy(run.filled[i].at,
			&host.pattern[(size_t)(run.filled[i].at - host.buffers) % BUFFER_BYTES],
			run.filled[i].len_bytes);
	for (unsigned buffer = 0; buffer < BUFFERS; buffer++)
		fuzz_expect_that(!run.buffer[buffer].used ||
					 memcmp(host.buffers + (size_t)buffer * BUFFER_BYTES,
						 host.pattern, BUFFER_BYTES) == 0,
			"only what was to be read to be written");
}

static void host_make(void)
{
	const struct frames_policy policy = {.fragmentation = 0.5, .high = 0.5};
	struct err err = ERR_INIT;

	host.buffers = mmap(NULL, (size_t)BUFFERS * BUFFER_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fuzz_expect_that(
		host.buffers != MAP_FAILED &&
			frames_create(&host.frames, &(struct frames_config){.seed = 1}, &err) ==
				0 &&
			frames_add(host.frames, host.buffers, (size_t)BUFFERS * BUFFER_BYTES,
				FRAMES_READ_WRITE, &policy, &err) == 0,
		"memory of a requester's");
	for (size_t at = 0; at < BUFFER_BYTES; at++)
		host.pattern[at] = (uint8_t)(at * 167 + (at >> 8));
	for (unsigned buffer = 0; buffer < BUFFERS; buffer++)
		memcpy(host.buffers + (size_t)buffer * BUFFER_BYTES, host.pattern, BUFFER_BYTES);
}

/* The first bytes of the input say what is opened. Return: false where the driver did not find its device. */
static bool open_port(void)
{
	const uint32_t kind = hostile_front(&run.in, 1), how = hostile_front(&run.in, 1);
	const struct videoport_parameter parameters[] = {
		{"CompletionMode", kind / DRIVERS % 3},
		{"RingEntries", 2u << (how >> 6)},
		{"PoolSlotBytes", 1536},
		{"PoolSlots", 4},
		{"HybridThreshold", 4096},
		{"CacheEntries", 3},
		{"RecoveryUs", 20},
		{"TimeoutUs", 100},
	};
	struct videoport_config config = {
		.driver_entry = drivers[kind % DRIVERS].entry,
		.driver_name = drivers[kind % DRIVERS].name,
		.device_ops = &hostile_device_ops,
		.frames = host.frames,
		.parameters = parameters,
		.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
		.map_registers = how & 1 ? 6 : 32,
		.interrupt_cpu = -1,
		.defer_execute = how & 2,
		.verify = kind / DRIVERS / 3 % 2 == 0,
		.watch = &watch,
	};
	struct err err = ERR_INIT;

	run.driver = kind % DRIVERS;
	run.traits = (struct hostile_traits){
		.flat = how & 4, .narrow = how & 8, .forged = how & 16, .unending = how & 32};
	hostile_device_begin(&run.in, &run.traits);
	if (videoport_open(&run.vp, &config, &err) == 0)
		return true;
	fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
	return false;
}

static void close_port(void)
{
	struct videoport_usage leaks;

	videoport_close(run.vp, &leaks);
	fuzz_expect_that(leaks.common_bytes == 0 && leaks.pinned_bytes == 0 &&
				 leaks.adapters == 0 && leaks.locks == 0 && leaks.events == 0 &&
				 leaks.spin_locks == 0 && leaks.pool_blocks == 0,
		"nothing to be left by the driver");
}

void fuzz_hostile(const uint8_t *bytes, size_t len_bytes)
{
	if (!host.frames)
		host_make();
	memset(&run, 0, sizeof(run));
	run.in = (struct hostile_input){bytes, bytes + len_bytes};
	hostile_host_begin(hostile_device_act);
	if (open_port()) {
		for (unsigned i = 0; i < STEPS_MAX && run.in.front < run.in.back; i++)
			step();
		settle();
		expect_nothing_held();
		close_port();
	}
	hostile_host_end();
	expect_buffers_sound();
}
