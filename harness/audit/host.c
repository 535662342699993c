// SPDX-License-Identifier: BSD-2-Clause
/* host.c: runs the checks of a host and keeps what they find. Called by harness/run and `dmabench doctor`. */
#include "harness/audit/host_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *audit_grade_word(enum audit_grade grade)
{
	static const char *const words[] = {
		[AUDIT_NOTE] = "note", [AUDIT_TAINTS] = "taints", [AUDIT_FATAL] = "fatal"};

	return words[grade];
}

bool audit_build_is_checked(void)
{
#if defined(FAULT_POINTS) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||      \
	!defined(__OPTIMIZE__)
	return true;
#else
	return false;
#endif
}

static struct audit_finding *finding_add(struct host *host, enum audit_grade grade,
	const char *expected, const char *remedy, const char *format, va_list args)
{
	struct audit_host *out = host->out;

	if (out->count == AUDIT_FINDINGS_MAX)
		return NULL;
	struct audit_finding *finding = &out->finding[out->count++];

	*finding = (struct audit_finding){.name = host->name, .grade = grade};
	snprintf(finding->expected, sizeof(finding->expected), "%s", expected);
	snprintf(finding->remedy, sizeof(finding->remedy), "%s", remedy);
	vsnprintf(finding->found, sizeof(finding->found), format, args);
	return finding;
}

enum host_verdict host_found(struct host *host, enum audit_grade grade, const char *expected,
	const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding_add(host, grade, expected, remedy, format, args);
	va_end(args);
	return HOST_FOUND;
}

enum host_verdict host_found_missing(
	struct host *host, const char *expected, const char *remedy, const char *format, ...)
{
	struct audit_finding *finding;
	va_list args;

	va_start(args, format);
	finding = finding_add(host, AUDIT_FATAL, expected, remedy, format, args);
	va_end(args);
	if (finding)
		finding->missing = true;
	return HOST_FOUND;
}

static void table_run(struct host *host, const struct host_check *check)
{
	struct audit_host *out = host->out;

	for (; check->name; check++) {
		const size_t used = strlen(out->unknown_names);

		host->name = check->name;
		out->checks++;
		if (check->check(host) != HOST_UNKNOWN)
			continue;
		out->unknown++;
		snprintf(out->unknown_names + used, sizeof(out->unknown_names) - used, "%s%s",
			used ? ", " : "", check->name);
	}
}

void audit_host_check(const char *root, const struct audit_scope *scope, struct audit_host *out)
{
	struct host host = {.root = root, .scope = scope, .out = out};

	*out = (struct audit_host){0};
	if (scope->driver_cpu == scope->device_cpu)
		snprintf(host.cpus, sizeof(host.cpus), "%d", scope->driver_cpu);
	else
		snprintf(host.cpus, sizeof(host.cpus), "%d,%d", scope->driver_cpu,
			scope->device_cpu);
	table_run(&host, host_cpu_checks);
	table_run(&host, host_memory_checks);
	table_run(&host, host_kernel_checks);
}

unsigned audit_host_count(const struct audit_host *host, enum audit_grade grade)
{
	unsigned count = 0;

	for (unsigned i = 0; i < host->count; i++)
		count += host->finding[i].grade == grade;
	return count;
}

unsigned audit_host_missing(const struct audit_host *host)
{
	unsigned count = 0;

	for (unsigned i = 0; i < host->count; i++)
		count += host->finding[i].missing;
	return count;
}

static bool siblings(const char *root, int cpu, int other)
{
	char text[HOST_TEXT];
	cpu_set_t set;

	return read_text(root, text, "sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
		       cpu) > 0 &&
	       read_list(text, &set) && CPU_ISSET((size_t)other, &set);
}

int audit_scope_guess(const char *root, struct audit_scope *scope, struct err *err)
{
	char status[HOST_TEXT], list[256];
	cpu_set_t may;

	*scope = (struct audit_scope){0};
	if (read_text(root, status, "proc/self/status") < 0 ||
		!read_field(status, "Cpus_allowed_list", list, sizeof(list)) ||
		!read_list(list, &may))
		return err_set(err, ERR_MISSING, -ENOENT,
			"%s/proc/self/status: tells no processors this process may use; expected a "
			"mounted /proc (mount -t proc proc /proc), or a copy of one",
			root);
	for (scope->driver_cpu = 0; !CPU_ISSET((size_t)scope->driver_cpu, &may);)
		scope->driver_cpu++;
	scope->device_cpu = scope->driver_cpu;
	for (int cpu = scope->driver_cpu + 1; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET((size_t)cpu, &may))
			continue;
		const bool sibling = siblings(root, scope->driver_cpu, cpu);

		if (scope->device_cpu == scope->driver_cpu || !sibling)
			scope->device_cpu = cpu;
		if (!sibling)
			break;
	}
	read_text(root, status, "sys/devices/system/clocksource/clocksource0/current_clocksource");
	scope->tsc = strcmp(status, "tsc") == 0;
	return 0;
}
