// SPDX-License-Identifier: BSD-2-Clause
/*
 * program_testing.c: the program itself: `dmabench run` of a small job, seeds of stress, a miniport as a module. And the list of all
 * scenarios.
 */
#include "bench/tests/failnth/failnth.h"

#include <errno.h>

#include "bench/tests/testing.h"
#include "drivers/loader/module.h"
#include "drivers/support/fault.h"
#include "drivers/tests/rig.h"
#include "harness/stress/stress.h"

#define MODULE "build/modules/gcc/transfer.so"

void module_run(const void *arg)
{
	struct module *module;
	struct err err = ERR_INIT;
	const int rc = module_open(&module, MODULE, &err);

	(void)arg;
	if (rc) {
		failnth_refused(rc, &err);
		assert_int_equal(module_open(&module, MODULE, &err), 0);
	}
	module_close(module);
}

/* A refusal ends the run with code 3 and a message, or the case with a finding, or is survived. */
static void command_judge(struct said *said)
{
	const char *fired = failnth_rest();

	if (said->code == 0 || (fired && said->code == 1 && strstr(said->err, "wrong: ")) ||
		(fired && said->code == 3 && said->err[0]))
		return;
	fail_msg("%s failed: exit %d, expected 0, 1 with findings, or 3 with a message\n%s%s",
		fired ? fired : "nothing", said->code, said->out, said->err);
}

void command_run(const void *arg)
{
	const char *const *args = arg;

	assert_int_equal(folder_enter(NULL), 0);
	struct said said = say(args);

	command_judge(&said);
	said_free(&said);
	/* The record is sound, and the program takes it up. */
	said = say(args);
	assert_code(said, 0);
	said_free(&said);
	said = SAY("list", "runs", "--db", "x.db");
	assert_code(said, 0);
	said_free(&said);
	assert_int_equal(folder_leave(NULL), 0);
}

/* "... status 8" or 1450: what a driver answers where memory or a resource is refused. */
static bool says_refused(const char *message)
{
	const char *status = strstr(message, "status ");
	const long value = status ? strtol(status + strlen("status "), NULL, 10) : 0;

	return value == ERROR_NOT_ENOUGH_MEMORY || value == ERROR_NO_SYSTEM_RESOURCES;
}

/* What a seed may say of a refused service: its port did not start and the driver logged why, or a transfer ended so. */
static bool is_of_refusal(const struct stress_finding *finding)
{
	const bool told = finding->oracle == STRESS_RING || finding->oracle == STRESS_RULE;

	return finding->oracle == STRESS_SETUP || (told && says_refused(finding->message));
}

static void result_judge(const struct stress_result *result, bool may_fail)
{
	for (unsigned i = 0; i < result->finding_count && i < STRESS_FINDINGS_MAX; i++) {
		const struct stress_finding *finding = &result->finding[i];

		if (!may_fail || !is_of_refusal(finding))
			fail_msg("seed %llu: %s: %s", (unsigned long long)result->seed,
				stress_oracle_words[finding->oracle], finding->message);
	}
	assert_false(result->abandoned);
}

void stress_run(const void *arg)
{
	struct stress_config config;
	struct stress_result result;
	const uint64_t *seeds = arg;

	stress_defaults(&config);
	config.operations = 20;
	for (; *seeds; seeds++) {
		struct err err = ERR_INIT;
		const int rc = stress_seed(&config, *seeds, &result, &err);
		const char *fired = fault_fired();

		if (fired)
			failnth_rest();
		if (rc)
			failnth_refused(rc, &err);
		else
			result_judge(&result, fired != NULL);
		if (!fired)
			continue;
		assert_int_equal(stress_seed(&config, *seeds, &result, &err), 0);
		result_judge(&result, false);
		return;
	}
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

#define LIFE(...) life_run, ((const struct rig_options[]){{__VA_ARGS__}})
#define COMMAND(...)                                                                               \
	command_run, ((const char *const[]){"run", "--db", "x.db", "--set", "device.memory=16m",   \
			     "--seed", "3", "--duration", "100us", "--repetitions", "2",           \
			     "--verify", "full", __VA_ARGS__, NULL})

static const uint64_t seeds[] = {1, 2, 3, 4, 5, 6, 7, 8, 0};

const struct failnth_scenario failnth_scenarios[] = {
	{"packet",
		LIFE(.driver = "packet", .completion = DMABENCH_COMPLETION_INTERRUPT, .high = 0.5,
			.fragmentation = 0.5),
		0, 0},
	{"packet, few registers, late",
		LIFE(.driver = "packet", .map_registers = 20, .defer_execute = true,
			.address_bits = 32, .high = 1.0, .fragmentation = 0.3),
		0, 0},
	{"packet-cached, mlock",
		LIFE(.driver = "packet_cached", .pin = DEVICE_PIN_MLOCK, .fragmentation = 1.0), 0,
		0},
	{"packet, io_uring", LIFE(.driver = "packet", .pin = DEVICE_PIN_IOURING), 0, 0},
	{"common",
		LIFE(.driver = "common", .completion = DMABENCH_COMPLETION_ADAPTIVE, .high = 0.5),
		0, 0},
	{"hybrid",
		LIFE(.driver = "hybrid", .completion = DMABENCH_COMPLETION_INTERRUPT,
			.fragmentation = 1.0),
		0, 0},
	{"probe", LIFE(.driver = "probe", .fragmentation = 1.0), 0, 0},
	{"every other service", services_run, NULL, 0, 0},
	{"module", module_run, NULL, 0, 0},
	{"stress", stress_run, seeds, 8, 0},
	{"run, transfers",
		COMMAND("--set", "family=transfer", "--set", "size=4k", "--set", "dir=to_device",
			"--set", "source=rewritten", "--strategy", "packet,common"),
		24, 4},
	{"run, churn",
		COMMAND("--set", "family=churn", "--set", "size=4k", "--set",
			"churn.allocations=300"),
		16, 2},
	{NULL, NULL, NULL, 0, 0},
};
