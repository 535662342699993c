// SPDX-License-Identifier: BSD-2-Clause
/*
 * cmd_driver.c: `dmabench driver`: one miniport's whole life on a device with the verifier on, and the audit.
 * The driver runs in a process of its own; see bench/driver/child.h.
 */
#include "bench/cli.h"

#include <errno.h>
#include <string.h>

#include "bench/audit_print.h"
#include "bench/driver/child.h"
#include "bench/output.h"
#include "drivers/device/device.h"
#include "harness/opt/opt.h"
#include "harness/run/run.h"

#define TIMEOUT_DEFAULT_MS 60000
#define PARAMETERS_MAX     32

static const struct cli_option options[] = {
	{"device", CLI_TEXT, offsetof(struct cli_args, device), "NAME[:ARGS]",
		"device to run it on, see dmabench list devices (default soft)"},
	{"pci", CLI_TEXT, offsetof(struct cli_args, pci), "VENDOR:DEVICE",
		"the PCI identity it is to find, four hexadecimal digits each"},
	{"script", CLI_TEXT, offsetof(struct cli_args, script), "FILE",
		"what to do to it, one step a line (default: the usual queries)"},
	{"expect", CLI_TEXT, offsetof(struct cli_args, expect), "FILE",
		"findings that are known and do not fail: V-NUMBER [xCOUNT] REASON a line"},
	{"strict", CLI_FLAG, offsetof(struct cli_args, strict), NULL, "warnings are errors"},
	{"set", CLI_SET, 0, "KEY=VALUE",
		"a number in the driver's registry, or a device.*, frames.* or pool.* key of a "
		"run"},
	{"timeout", CLI_TEXT, offsetof(struct cli_args, timeout), "TIME",
		"how long its life may take before it counts as hung (default 60s)"},
	{"debug", CLI_TEXT, offsetof(struct cli_args, debug), "LEVEL",
		"show what it prints by VideoPortDebugPrint, up to level 0 (errors) .. 3 "
		"(information)"},
	CLI_OPTION_JSON,
	CLI_OPTION_HELP,
	{NULL, CLI_FLAG, 0, NULL, NULL},
};

/* What one command works on. */
struct work {
	const struct cli_args *args;
	struct life_options life;
	struct run_settings settings;
	struct videoport_parameter parameter[PARAMETERS_MAX];
	char parameter_name[PARAMETERS_MAX][64];
	struct script *script;
	struct expect expect;
	struct audit audit;
	char device[64];
	uint64_t timeout_ms;
	bool quiet;
};

/* ---- what was asked for -------------------------------------------------------------------------------------- */

static int pci_parse(struct work *w, struct err *err)
{
	unsigned vendor, device;
	int used = 0;

	if (!w->args->pci)
		return 0;
	if (sscanf(w->args->pci, "%4x:%4x%n", &vendor, &device, &used) != 2 || w->args->pci[used] ||
		!vendor || vendor == 0xffff || !device)
		return err_set(err, ERR_USAGE, -EINVAL,
			"--pci %s: VENDOR:DEVICE expected, for example 1db5:0d3a", w->args->pci);
	w->life.port.pci.vendor_id = (uint16_t)vendor;
	w->life.port.pci.device_id = (uint16_t)device;
	return 0;
}

static int registry_add(struct work *w, const struct cli_setting *setting, struct err *err)
{
	struct videoport_config *port = &w->life.port;
	char *end;

	errno = 0;
	const unsigned long long value = strtoull(setting->value, &end, 0);

	if (errno || *end || end == setting->value || value > UINT32_MAX)
		return err_set(err, ERR_USAGE, -EINVAL,
			"--set %s: a registry value is a number of 32 bits", setting->key);
	if (port->parameter_count == PARAMETERS_MAX || setting->key_len >= 64)
		return err_set(err, ERR_USAGE, -E2BIG,
			"--set %s: at most %d registry values with names of at most 63 characters",
			setting->key, PARAMETERS_MAX);

	char *name = w->parameter_name[port->parameter_count];

	memcpy(name, setting->key, setting->key_len);
	w->parameter[port->parameter_count++] = (struct videoport_parameter){name, (uint32_t)value};
	port->parameters = w->parameter;
	return 0;
}

/* Keys with a dot are those of a run; all others go into the driver's registry. */
static int setting_apply(struct work *w, const struct cli_setting *setting, struct err *err)
{
	char key[64];

	if (!memchr(setting->key, '.', setting->key_len) || setting->key_len >= sizeof(key))
		return registry_add(w, setting, err);
	snprintf(key, sizeof(key), "%.*s", (int)setting->key_len, setting->key);
	int rc = opt_set(run_options, &w->settings, key, setting->value, "--set", err);

	if (rc == 0 && opt_values(run_options, &w->settings, key) > 1)
		rc = err_set(err, ERR_USAGE, -EINVAL,
			"--set %s: several values, but a driver lives once here; give one, or "
			"measure it with each: dmabench run --driver %s",
			setting->key, w->args->operand);
	return rc;
}

static int settings_apply(struct work *w, struct err *err)
{
	const struct run_settings *s = &w->settings;
	int rc = 0;

	run_settings_init(&w->settings);
	w->settings.dev.memory_bytes =
		64u << 20; /* a life is short; a run's 1 GiB is the table's default */
	for (unsigned i = 0; i < w->args->setting_count && rc == 0; i++)
		rc = setting_apply(w, &w->args->setting[i], err);
	w->life.port.device_config = (struct device_config){
		.memory_bytes = s->dev.memory_bytes,
		.cpu = -1,
		.address_bits = (unsigned)s->dev.address_bits,
		.no_scatter_gather = !s->dev.scatter_gather,
		.seed = s->seed,
		.irq_moderation_us = (unsigned)s->dev.moderation_us,
	};
	run_fault_set(s, &w->life.port.device_config);
	w->life.port.map_registers = (unsigned)s->dev.map_registers;
	w->life.port.common_bytes_max = s->pool.common_bytes_max;
	w->life.frames = (struct frames_policy){
		.fragmentation = (double)s->frames.fragmentation.value[0] / 100.0,
		.high = (double)s->frames.high.value[0] / 100.0,
		.node = (unsigned)s->frames.node,
	};
	w->life.seed = s->seed;
	return rc;
}

static int device_apply(struct work *w, struct err *err)
{
	const char *word = w->args->device ? w->args->device : "soft";
	const char *colon = strchr(word, ':');

	snprintf(w->device, sizeof(w->device), "%.*s", (int)strcspn(word, ":"), word);
	w->life.port.device = w->device;
	w->life.port.device_config.args = colon ? colon + 1 : NULL;
	if (device_find(w->device))
		return 0;
	return err_set(
		err, ERR_USAGE, -EINVAL, "--device %s: not known; see dmabench list devices", word);
}

static int limits_apply(struct work *w, struct err *err)
{
	const struct cli_args *args = w->args;
	uint64_t level = 0, ns = (uint64_t)TIMEOUT_DEFAULT_MS * 1000000;

	if (args->timeout && (opt_parse_time(args->timeout, &ns) < 0 || ns < 1000000))
		return err_set(err, ERR_USAGE, -EINVAL,
			"--timeout %s: a time of at least 1ms expected, for example 10s",
			args->timeout);
	if (args->debug && (opt_parse_count(args->debug, &level) < 0 || level > 3))
		return err_set(
			err, ERR_USAGE, -EINVAL, "--debug %s: 0, 1, 2 or 3 expected", args->debug);
	w->timeout_ms = ns / 1000000;
	w->life.debug_level = args->debug ? (int)level : -1;
	return 0;
}

static int work_prepare(struct work *w, struct err *err)
{
	const struct cli_args *args = w->args;
	int rc = 0;

	if (!args->operand)
		rc = err_set(err, ERR_USAGE, -EINVAL,
			"OUT.so: missing; scripts/miniport-build makes one out of a miniport's "
			"sources");
	rc = rc ? rc : settings_apply(w, err);
	rc = rc ? rc : device_apply(w, err);
	rc = rc ? rc : pci_parse(w, err);
	rc = rc ? rc : limits_apply(w, err);
	if (rc == 0 && args->json && !cli_json_stdout(args))
		rc = output_check_file(args->json, "--json", err);
	if (rc == 0 && args->expect)
		rc = expect_read(&w->expect, args->expect, err);
	if (rc == 0 && args->script)
		rc = script_read(&w->script, args->script, err);
	else if (rc == 0)
		rc = script_parse(&w->script, "built-in script", script_built_in, err);
	w->life.module = args->operand;
	w->life.script = w->script;
	w->life.port.interrupt_cpu = -1;
	w->life.port.verify = true;
	w->life.port.strict = args->strict;
	w->quiet = cli_json_stdout(args);
	return rc;
}

/* ---- its life ------------------------------------------------------------------------------------------------ */

static void report_take(void *arg, const struct report *report)
{
	struct work *w = arg;
	struct audit_news news;

	audit_take(&w->audit, report, &news);
	if (report->kind == REPORT_DEBUG)
		cli_say("driver says (%u): %s", report->line, report->text);
	if (!w->quiet)
		audit_print_news(&w->audit, &news);
}

static int driver_live(struct work *w, struct err *err)
{
	const struct audit_title title = {
		.module = w->args->operand, .device = w->device, .strict = w->args->strict};
	struct child_result result;
	int rc = child_run(&w->life, w->timeout_ms, report_take, w, &result, err);

	if (rc < 0)
		return rc;
	/* A module that cannot be loaded has no life to show. */
	if (result.end == CHILD_ERROR && w->audit.err.kind == ERR_USAGE &&
		w->audit.step_count <= 1) {
		*err = w->audit.err;
		return w->audit.err.code;
	}
	if (!w->quiet)
		audit_print(&w->audit, &result, &title);
	if (w->args->json)
		rc = audit_json(&w->audit, &result, &title, w->args->json, err);
	if (result.end == CHILD_ERROR)
		cli_say("driver: %s", w->audit.err.message);
	return rc < 0 ? rc : audit_verdict(&w->audit, &result);
}

static int driver_run(const struct cli_args *args, struct err *err)
{
	struct work w = {.args = args};
	int rc;

	audit_init(&w.audit, &w.expect);
	rc = work_prepare(&w, err);
	if (rc == 0)
		rc = driver_live(&w, err);
	audit_free(&w.audit);
	script_free(w.script);
	expect_free(&w.expect);
	return rc;
}

static void driver_help(FILE *out)
{
	fputs("\nsteps of a script, one a line; # begins a comment; repeat N or try in front:\n"
	      "  ioctl CODE|NAME [in HEX] [in16|in32|in64 NUMBER...|&BUFFER] [out BYTES]\n"
	      "        [expect STATUS] [expect-out HEX]\n"
	      "  map                       map the frame buffer, touch it, unmap it\n"
	      "  transfer to|from BYTES [at ADDRESS] [count N]\n"
	      "  memory read ADDRESS BYTES [expect HEX] | memory write ADDRESS HEX\n"
	      "  buffer NAME BYTES | fill NAME HEX | check NAME OFFSET HEX\n"
	      "  child | reset [COLUMNS ROWS] | power off|on | timer | wait MS\n"
	      "drivers/docs/own_driver.md explains them.\n",
		out);
}

const struct cli_command cmd_driver = {
	.name = "driver",
	.operand = "OUT.so",
	.summary = "run one miniport's whole life with the verifier on, print the audit",
	.text = "OUT.so is a module made by scripts/miniport-build. Its life: load, find, "
		"initialise, children, "
		"the\nscript, reset, power down and up, unload. Exit 1: it broke a rule, a step "
		"failed, it crashed or hung.\n",
	.option = options,
	.help_more = driver_help,
	.run = driver_run,
};
