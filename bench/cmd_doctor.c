// SPDX-License-Identifier: BSD-2-Clause
/*
 * cmd_doctor.c: `dmabench doctor`: judges host and set-up before measuring, and draws the topology with the places of
 * driver, device and memory. The judgement is harness/audit's; here it is asked for and shown.
 */
#include "bench/cli.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "bench/output.h"
#include "harness/audit/audit.h"
#include "harness/place/place.h"
#include "harness/run/run.h"
#include "harness/topo/topo.h"

#define WINDOW_MS 300 /* the kernel counts in steps of 10 ms: a load of 5 % is seen */

static const struct cli_option options[] = {
	{"topology", CLI_FLAG, offsetof(struct cli_args, topology), NULL,
		"draw the host with the places of driver, device and memory"},
	{"set", CLI_SET, 0, "KEY=VALUE",
		"a key of dmabench run to judge for: place.device=far, completion=interrupt, "
		"pin=mlock; may be repeated"},
	{"root", CLI_TEXT, offsetof(struct cli_args, root), "DIR",
		"judge another host by a copy of its /proc and /sys below DIR"},
	CLI_OPTION_JSON,
	CLI_OPTION_HELP,
	{NULL, CLI_FLAG, 0, NULL, NULL},
};

struct doctor {
	struct run_settings settings;
	struct topo *topo; /* NULL: another host */
	struct topo_place place;
	struct audit_scope scope;
	struct audit_host host;
	bool color;
};

/* ---- asking ------------------------------------------------------------------------------------------------------- */

static int settings_take(struct doctor *doctor, const struct cli_args *args, struct err *err)
{
	int rc = 0;

	run_settings_init(&doctor->settings);
	for (unsigned i = 0; i < args->setting_count && !rc; i++) {
		const struct cli_setting *setting = &args->setting[i];
		char key[64];

		snprintf(key, sizeof(key), "%.*s", (int)setting->key_len, setting->key);
		rc = opt_set(run_options, &doctor->settings, key, setting->value, "--set", err);
	}
	return rc;
}

static int place_find(struct doctor *doctor, struct err *err)
{
	const struct run_settings *s = &doctor->settings;
	struct place_wish wish;
	int rc = place_wish_parse(s->place.driver, s->place.device, s->place.memory, &wish, err);

	rc = rc ? rc : topo_open(&doctor->topo, NULL, err);
	return rc ? rc : topo_place(doctor->topo, &wish, &doctor->place, err);
}

static bool blocks(const struct run_settings *settings)
{
	for (uint32_t i = 0; i < settings->completion.count; i++)
		if (settings->completion.value[i] != RUN_POLL)
			return true;
	return false;
}

/* What the keys given say of the measurement to come. */
static void scope_ask(struct doctor *doctor)
{
	doctor->scope.blocking = blocks(&doctor->settings);
	doctor->scope.lock_bytes = run_lock_bytes(&doctor->settings);
}

/* What goes on while nothing of ours does. */
static int window_watch(struct doctor *doctor, const struct clock *clock, struct err *err)
{
	const struct timespec wait = {.tv_nsec = WINDOW_MS * 1000000L};
	struct audit_reading before, after;
	struct audit_watch *watch;
	int rc = audit_watch_open(&watch, "", &doctor->scope, clock, err);

	if (rc)
		return rc;
	audit_watch_read(watch, &before);
	nanosleep(&wait, NULL);
	audit_watch_read(watch, &after);
	audit_host_add_window(&doctor->host, &doctor->scope, &before, &after);
	audit_watch_close(watch);
	return 0;
}

static int this_host_judge(struct doctor *doctor, struct err *err)
{
	struct clock clock;
	int rc = place_find(doctor, err);

	rc = rc ? rc : clock_open(&clock, err);
	if (rc)
		return rc;
	doctor->scope = (struct audit_scope){.driver_cpu = doctor->place.driver_cpu,
		.device_cpu = doctor->place.device_cpu,
		.tsc = clock.tsc,
		.checked_build = audit_build_is_checked()};
	scope_ask(doctor);
	audit_host_check("", &doctor->scope, &doctor->host);
	return window_watch(doctor, &clock, err);
}

static int other_host_judge(struct doctor *doctor, const char *root, struct err *err)
{
	int rc = audit_scope_guess(root, &doctor->scope, err);

	if (rc)
		return rc;
	scope_ask(doctor);
	audit_host_check(root, &doctor->scope, &doctor->host);
	return 0;
}

/* ---- showing ------------------------------------------------------------------------------------------------------ */

static void line_print(void *arg, const char *line)
{
	(void)arg;
	puts(line);
}

static void finding_print(const struct doctor *doctor, const struct audit_finding *finding)
{
	static const char *const marks[] = {
		[AUDIT_NOTE] = "\033[2m", [AUDIT_TAINTS] = "\033[1m", [AUDIT_FATAL] = "\033[1;31m"};

	printf("%s%-6s%s  %s: %s\n        expected: %s\n        do:       %s\n",
		doctor->color ? marks[finding->grade] : "", audit_grade_word(finding->grade),
		doctor->color ? "\033[0m" : "", finding->name, finding->found, finding->expected,
		finding->remedy);
}

/* What measuring here comes to, in one line. */
static const char *verdict_of(const struct audit_host *host)
{
	if (audit_host_missing(host))
		return "measuring is not possible here: something it needs is missing";
	if (audit_host_count(host, AUDIT_FATAL))
		return "figures of this host cannot be trusted";
	if (audit_host_count(host, AUDIT_TAINTS))
		return "figures of this host compare within a run; between runs and in the tail "
		       "with care";
	return "nothing stands against measuring here";
}

static void doctor_print(const struct doctor *doctor, const struct cli_args *args)
{
	const struct audit_host *host = &doctor->host;
	const unsigned taints = audit_host_count(host, AUDIT_TAINTS);
	const unsigned notes = audit_host_count(host, AUDIT_NOTE);

	if (args->topology) {
		topo_draw(doctor->topo, &doctor->place, line_print, NULL);
		putchar('\n');
	}
	if (doctor->topo)
		printf("place: %s\n\n", doctor->place.text);
	for (int grade = AUDIT_FATAL; grade >= AUDIT_NOTE; grade--)
		for (unsigned i = 0; i < host->count; i++)
			if ((int)host->finding[i].grade == grade)
				finding_print(doctor, &host->finding[i]);
	printf("%s%u checks: %u fatal, %u taint%s, %u note%s%s%s\n%s\n", host->count ? "\n" : "",
		host->checks, audit_host_count(host, AUDIT_FATAL), taints, opt_plural(taints),
		notes, opt_plural(notes), host->unknown ? "; not to be read here: " : "",
		host->unknown_names, verdict_of(host));
}

static json_t *finding_json(const struct audit_finding *finding)
{
	return json_pack("{s:s, s:s, s:b, s:s, s:s, s:s}", "check", finding->name, "grade",
		audit_grade_word(finding->grade), "missing", finding->missing, "found",
		finding->found, "expected", finding->expected, "remedy", finding->remedy);
}

static json_t *place_json(const struct topo_place *place)
{
	json_t *json = json_pack("{s:s, s:i, s:i, s:i, s:i}", "text", place->text, "driver_cpu",
		place->driver_cpu, "device_cpu", place->device_cpu, "interrupt_cpu",
		place->interrupt_cpu, "node", place->node);

	for (enum place_distance i = 0; i < PLACE_DISTANCE_COUNT; i++)
		json_object_set_new(json, place_distance_key(i) + strlen("place."),
			json_string(place->found.value[i]));
	return json;
}

static void line_take(void *arg, const char *line)
{
	json_array_append_new(arg, json_string(line));
}

static json_t *doctor_json(const struct doctor *doctor, const struct cli_args *args)
{
	const struct audit_host *host = &doctor->host;
	json_t *findings = json_array();
	json_t *json = json_pack("{s:s, s:i, s:i, s:s, s:o}", "verdict", verdict_of(host), "checks",
		(int)host->checks, "unknown", (int)host->unknown, "unknown_checks",
		host->unknown_names, "findings", findings);

	for (unsigned i = 0; i < host->count; i++)
		json_array_append_new(findings, finding_json(&host->finding[i]));
	if (doctor->topo)
		json_object_set_new(json, "place", place_json(&doctor->place));
	if (args->topology) {
		json_t *lines = json_array();

		topo_draw(doctor->topo, &doctor->place, line_take, lines);
		json_object_set_new(json, "topology", lines);
	}
	return json;
}

static int doctor_show(const struct doctor *doctor, const struct cli_args *args, struct err *err)
{
	json_t *json;
	int rc;

	if (!cli_json_stdout(args))
		doctor_print(doctor, args);
	if (!args->json)
		return 0;
	json = doctor_json(doctor, args);
	rc = output_json_value(json, args->json, err);
	json_decref(json);
	return rc;
}

static int doctor_code(const struct audit_host *host)
{
	if (audit_host_missing(host))
		return ERR_MISSING;
	return audit_host_count(host, AUDIT_FATAL) ? ERR_UNTRUSTED : ERR_NONE;
}

static int doctor_run(const struct cli_args *args, struct err *err)
{
	struct doctor doctor = {.color = cli_color(args)};
	int rc = settings_take(&doctor, args, err);

	if (!rc && args->root && args->topology)
		rc = err_set(err, ERR_USAGE, -EINVAL,
			"--topology and --root exclude each other: hwloc looks at this host only");
	if (!rc && args->json && !cli_json_stdout(args))
		rc = output_check_file(args->json, "--json", err);
	if (!rc)
		rc = args->root ? other_host_judge(&doctor, args->root, err)
		                : this_host_judge(&doctor, err);
	if (!rc)
		rc = doctor_show(&doctor, args, err);
	topo_close(doctor.topo);
	return rc ? rc : doctor_code(&doctor.host);
}

const struct cli_command cmd_doctor = {
	.name = "doctor",
	.operand = NULL,
	.summary = "judge host and set-up before measuring",
	.text = "Changes nothing. Exit code: 0 figures can be trusted, 5 they cannot, 3 something "
		"that "
		"measuring\n"
		"needs is missing.\n",
	.option = options,
	.run = doctor_run,
};
