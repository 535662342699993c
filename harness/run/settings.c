// SPDX-License-Identifier: BSD-2-Clause
/*
 * settings.c: what can be set for a run: the words, the option table, the built-in jobs. Read by plan.c and by
 * the command line. Knows no case and no driver.
 */
#include "harness/run/run.h"

#include <string.h>

#include "drivers/device/device.h"

const char *run_strategy_words[RUN_MODULE + RUN_MODULES_MAX + 1] = {
	"packet", "packet-cached", "common", "hybrid"};
const char *const run_dir_words[] = {"to_device", "from_device", NULL};
const char *const run_completion_words[] = {"poll", "interrupt", "adaptive", NULL};
const char *const run_source_words[] = {"untouched", "rewritten", "read-back", NULL};
const char *const run_verify_words[] = {"off", "sample", "full", NULL};
static const char *const verifier_words[] = {"off", "on", NULL};
const char *const run_fault_words[] = {
	"none", "drop", "duplicate", "misplace", "truncate", "flip", NULL};

_Static_assert(sizeof(run_fault_words) / sizeof(run_fault_words[0]) == DEVICE_FAULT_COUNT + 1,
	"one word a fault of device.h");

#define FIELD(member) .offset = offsetof(struct run_settings, member)
#define KIB           1024.0
#define MIB           (1024.0 * 1024.0)
#define GIB           (1024.0 * 1024.0 * 1024.0)

const struct opt run_options[] = {
	{.name = "family",
		.type = OPT_TEXT,
		FIELD(family),
		.fallback = "",
		.help = "case families, comma-separated: ring, sg, churn, lock, transfer; empty "
			"for all"},
	{.name = "device",
		.type = OPT_TEXT,
		FIELD(device),
		.fallback = "soft",
		.help = "device to measure: NAME or NAME:ARGS, see dmabench list devices"},
	{.name = "strategy",
		.type = OPT_WORD,
		.many = true,
		FIELD(strategy),
		.fallback = "packet,packet-cached,common,hybrid",
		.words = run_strategy_words,
		.help = "how the driver moves data; --driver adds a miniport's name"},
	{.name = "dir",
		.type = OPT_WORD,
		.many = true,
		FIELD(dir),
		.fallback = "to_device,from_device",
		.words = run_dir_words,
		.help = "direction of the transfers"},
	{.name = "size",
		.type = OPT_SIZE,
		.many = true,
		FIELD(size),
		.fallback = "64..16m*4",
		.min = 1,
		.max = 64 * MIB,
		.help = "bytes of one transfer"},
	{.name = "depth",
		.type = OPT_COUNT,
		.many = true,
		FIELD(depth),
		.fallback = "8",
		.min = 1,
		.max = 4096,
		.help = "transfers submitted and not yet reaped, at most"},
	{.name = "batch",
		.type = OPT_COUNT,
		.many = true,
		FIELD(batch),
		.fallback = "1",
		.min = 1,
		.max = 64,
		.help = "transfers of one submit request; descriptors of one doorbell in ring"},
	{.name = "completion",
		.type = OPT_WORD,
		.many = true,
		FIELD(completion),
		.fallback = "poll",
		.words = run_completion_words,
		.help = "how the driver learns of completions"},
	{.name = "source",
		.type = OPT_WORD,
		.many = true,
		FIELD(source),
		.fallback = "untouched,rewritten,read-back",
		.words = run_source_words,
		.help = "what the CPU does with source and result between transfers"},
	{.name = "offset",
		.type = OPT_SIZE,
		.many = true,
		FIELD(offset),
		.fallback = "0",
		.max = 4095,
		.help = "bytes into its page where a payload starts; sg sweeps all values, others "
			"use the first"},
	{.name = "verify",
		.type = OPT_WORD,
		FIELD(verify),
		.fallback = "sample",
		.words = run_verify_words,
		.help = "which transfers are checked: none, one round a trial, every one"
			" (sample becomes full with device.fault)"},
	{.name = "verifier",
		.type = OPT_WORD,
		.many = true,
		FIELD(verifier),
		.fallback = "off",
		.words = verifier_words,
		.help = "the port's checks of the driver while it is measured; off,on measures "
			"their "
			"cost"},
	{.name = "duration",
		.type = OPT_TIME,
		FIELD(duration_ns),
		.fallback = "20ms",
		.min = 1e5,
		.max = 3.6e12,
		.help = "measured time of one trial"},
	{.name = "repetitions",
		.type = OPT_COUNT,
		FIELD(repetitions),
		.fallback = "9",
		.min = 1,
		.max = 1000,
		.help = "trials of each case; every block of trials runs all strategies in random "
			"order"},
	{.name = "seed",
		.type = OPT_COUNT,
		FIELD(seed),
		.fallback = "1",
		.help = "of every random choice: patterns, frames, traces, order, faults"},
	{.name = "window",
		.type = OPT_SIZE,
		FIELD(window_bytes),
		.fallback = "0",
		.max = GIB,
		.help = "payload bytes a round goes over; 0 chooses from size and depth"},
	{.name = "ring_entries",
		.type = OPT_COUNT,
		FIELD(ring_entries),
		.fallback = "0",
		.max = 4096,
		.help = "entries of the device's rings, a power of two; 0 chooses twice the depth"},
	{.name = "device.fault",
		.type = OPT_WORD,
		FIELD(dev.fault),
		.fallback = "none",
		.words = run_fault_words,
		.help = "wrong behaviour to inject, to prove that verification sees it"},
	{.name = "device.fault_rate",
		.type = OPT_REAL,
		FIELD(dev.fault_rate),
		.fallback = "0",
		.min = 0,
		.max = 1,
		.help = "share of transfers the fault is injected into"},
	{.name = "device.map_registers",
		.type = OPT_COUNT,
		FIELD(dev.map_registers),
		.fallback = "0",
		.max = 1 << 20,
		.help = "map registers the platform grants an adapter; 0 as many as it asks for"},
	{.name = "device.address_bits",
		.type = OPT_COUNT,
		FIELD(dev.address_bits),
		.fallback = "64",
		.min = 24,
		.max = 64,
		.help = "width of the addresses the device drives: 24, 32 or 64"},
	{.name = "device.scatter_gather",
		.type = OPT_BOOL,
		FIELD(dev.scatter_gather),
		.fallback = "yes",
		.help = "whether the device has hardware scatter/gather"},
	{.name = "device.memory",
		.type = OPT_SIZE,
		FIELD(dev.memory_bytes),
		.fallback = "1g",
		.min = MIB,
		.max = 64 * GIB,
		.help = "bytes of device memory; touched only where it is used"},
	{.name = "device.moderation_us",
		.type = OPT_COUNT,
		FIELD(dev.moderation_us),
		.fallback = "0",
		.max = 65535,
		.help = "interrupt moderation in microseconds"},
	{.name = "frames.fragmentation",
		.type = OPT_COUNT,
		.many = true,
		FIELD(frames.fragmentation),
		.fallback = "2",
		.max = 100,
		.help = "per cent of pages that do not follow the page before physically; sg "
			"sweeps all values"},
	{.name = "frames.high",
		.type = OPT_COUNT,
		FIELD(frames.high),
		.fallback = "0",
		.max = 100,
		.help = "per cent of physical runs above 4 GiB"},
	{.name = "frames.node",
		.type = OPT_COUNT,
		FIELD(frames.node),
		.fallback = "0",
		.max = 15,
		.help = "node whose physical range is used"},
	{.name = "place.driver",
		.type = OPT_TEXT,
		FIELD(place.driver),
		.fallback = "auto",
		.help = "core of the driver: auto, near or far (of the device), cpu:N, node:N"},
	{.name = "place.device",
		.type = OPT_TEXT,
		FIELD(place.device),
		.fallback = "auto",
		.help = "core of the soft device: auto, near or far (of the driver), cpu:N, "
			"node:N"},
	{.name = "place.memory",
		.type = OPT_TEXT,
		FIELD(place.memory),
		.fallback = "auto",
		.help = "node of requesters' memory: auto, near or far (of the driver), cpu:N, "
			"node:N"},
	{.name = "pool.slot",
		.type = OPT_SIZE,
		FIELD(pool.slot_bytes),
		.fallback = "0",
		.max = 16 * MIB,
		.help = "bytes of a common-buffer slot; 0 chooses the size, 64 KiB at most"},
	{.name = "pool.slots",
		.type = OPT_COUNT,
		FIELD(pool.slots),
		.fallback = "0",
		.max = 4096,
		.help = "slots of the common-buffer pool; 0 chooses from size and depth, 64 at "
			"most"},
	{.name = "pool.limit",
		.type = OPT_SIZE,
		FIELD(pool.common_bytes_max),
		.fallback = "0",
		.max = 64 * GIB,
		.help = "common-buffer bytes the platform has; 0 no limit"},
	{.name = "hybrid.threshold",
		.type = OPT_SIZE,
		FIELD(hybrid_threshold_bytes),
		.fallback = "32k",
		.min = 1,
		.max = GIB,
		.help = "hybrid: smallest size sent as packet"},
	{.name = "cache.entries",
		.type = OPT_COUNT,
		FIELD(cache_entries),
		.fallback = "4096",
		.min = 1,
		.max = 65536,
		.help = "packet-cached: locks kept"},
	{.name = "poll.budget_us",
		.type = OPT_COUNT,
		FIELD(poll_budget_us),
		.fallback = "20",
		.max = 1000000,
		.help = "adaptive: microseconds to poll before blocking"},
	{.name = NULL},
};

/* A key of a built-in job, as one would write it into a job file. */
struct setting {
	const char *name, *value;
};

static void section_fill(struct run_settings *settings, const struct setting *setting)
{
	run_settings_init(settings);
	for (; setting->name; setting++) {
		/* Constants of this file: a bad one is a defect, found by the first test that plans. */
		if (opt_set(run_options, settings, setting->name, setting->value, "built-in job",
			    NULL))
			__builtin_trap();
	}
}

void run_settings_init(struct run_settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	opt_defaults(run_options, settings);
}

unsigned run_settings_default(struct run_settings sections[RUN_SECTIONS_MAX])
{
	section_fill(&sections[0], (const struct setting[]){{"family", "transfer"}, {NULL, NULL}});
	return 1;
}

unsigned run_settings_quick(struct run_settings sections[RUN_SECTIONS_MAX])
{
	static const struct setting transfer[] = {{"family", "transfer"}, {"size", "64,4k,64k,1m"},
		{"depth", "1,32"}, {"source", "rewritten"}, {"duration", "10ms"},
		{"repetitions", "7"}, {NULL, NULL}};
	static const struct setting blocked[] = {{"family", "transfer"}, {"size", "4k"},
		{"depth", "1"}, {"source", "rewritten"}, {"completion", "interrupt,adaptive"},
		{"strategy", "packet,common"}, {"dir", "to_device"}, {"duration", "10ms"},
		{"repetitions", "7"}, {NULL, NULL}};
	static const struct setting ring[] = {{"family", "ring"}, {"batch", "1,8,64"},
		{"duration", "10ms"}, {"repetitions", "7"}, {NULL, NULL}};
	static const struct setting sg[] = {{"family", "sg"}, {"size", "4k,64k,1m"},
		{"offset", "0,512"}, {"frames.fragmentation", "0,100"}, {"dir", "to_device"},
		{"duration", "10ms"}, {"repetitions", "7"}, {NULL, NULL}};
	static const struct setting lock[] = {{"family", "lock"}, {"size", "4k,64k,1m"},
		{"dir", "to_device"}, {"duration", "10ms"}, {"repetitions", "7"}, {NULL, NULL}};
	static const struct setting churn[] = {{"family", "churn"}, {"size", "4k,64k"},
		{"duration", "10ms"}, {"repetitions", "7"}, {NULL, NULL}};
	static const struct setting *const quick[] = {ring, sg, lock, churn, transfer, blocked};
	const unsigned count = sizeof(quick) / sizeof(quick[0]);

	for (unsigned i = 0; i < count; i++)
		section_fill(&sections[i], quick[i]);
	return count;
}
