// SPDX-License-Identifier: BSD-2-Clause
/* check_kernel.c: the kernel: clocks, preemption, layout, mitigations, counters. Called by host.c. */
#include "harness/audit/host_priv.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define CLOCK_SOURCE "sys/devices/system/clocksource/clocksource0/current_clocksource"

/* Read without a system call, in tens of nanoseconds; all others cost a microsecond and more a reading. */
static bool source_is_fast(const char *source)
{
	static const char *const fast[] = {
		"tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter", NULL};

	for (size_t i = 0; fast[i]; i++)
		if (strcmp(source, fast[i]) == 0)
			return true;
	return false;
}

/* Without it half of the checks know nothing, and what disturbs a repetition is not seen. */
static enum host_verdict check_proc(struct host *host)
{
	char status[HOST_TEXT];

	if (read_text(host->root, status, "proc/self/status") > 0)
		return HOST_FINE;
	return host_found(host, AUDIT_TAINTS, "a mounted /proc",
		"mount -t proc proc /proc; in a container, without hiding it",
		"there is no /proc to read: other work on these processors is not seen");
}

static enum host_verdict check_clock_source(struct host *host)
{
	char source[HOST_TEXT];

	if (read_text(host->root, source, CLOCK_SOURCE) <= 0)
		return HOST_UNKNOWN;
	if (source_is_fast(source))
		return HOST_FINE;
	return host_found(host, AUDIT_TAINTS, "tsc, or the clock of the hypervisor",
		"echo tsc >/sys/devices/system/clocksource/clocksource0/current_clocksource; if "
		"the kernel refuses, dmesg says why",
		"the kernel's clock is %.30s: a reading costs a microsecond and more", source);
}

/* x86 only: the processor says whether its counter can serve as a clock. */
static enum host_verdict check_tsc(struct host *host)
{
	char cpuinfo[HOST_TEXT], flags[HOST_TEXT];

	if (read_text(host->root, cpuinfo, "proc/cpuinfo") <= 0 ||
		!read_field(cpuinfo, "flags", flags, sizeof(flags)) || !read_word(flags, "tsc"))
		return HOST_UNKNOWN;
	if (!read_word(flags, "constant_tsc") || !read_word(flags, "nonstop_tsc"))
		return host_found(host, AUDIT_NOTE, "constant_tsc and nonstop_tsc in /proc/cpuinfo",
			"on a guest: -cpu host,+invtsc or migration switched off",
			"the TSC is not invariant: CLOCK_MONOTONIC_RAW is used, 20 ns a reading");
	if (!host->scope->tsc)
		return host_found(host, AUDIT_NOTE, "the TSC as clock source",
			"echo tsc "
			">/sys/devices/system/clocksource/clocksource0/current_clocksource",
			"the kernel does not use the TSC: CLOCK_MONOTONIC_RAW is used, 20 ns a "
			"reading");
	return HOST_FINE;
}

static enum host_verdict check_preemption(struct host *host)
{
	char version[HOST_TEXT];

	if (read_text(host->root, version, "proc/version") <= 0)
		return HOST_UNKNOWN;
	if (!strstr(version, "PREEMPT_RT"))
		return HOST_FINE;
	return host_found(host, AUDIT_NOTE, "the kernel that the driver will run under",
		"boot another kernel to compare",
		"a real-time kernel: locks sleep, wake-ups are steadier, throughput is lower");
}

static enum host_verdict check_layout(struct host *host)
{
	long long level;

	if (!read_number(host->root, &level, "proc/sys/kernel/randomize_va_space"))
		return HOST_UNKNOWN;
	if (level == 2)
		return HOST_FINE;
	return host_found(host, AUDIT_NOTE, "2", "sysctl kernel.randomize_va_space=2",
		"address layout is %s random: every run has the same, lucky or not",
		level ? "half" : "not");
}

static enum host_verdict check_mitigations(struct host *host)
{
	char path[PATH_MAX], text[HOST_TEXT];
	unsigned mitigated = 0, vulnerable = 0, known = 0;
	struct dirent *entry;

	if ((size_t)snprintf(path, sizeof(path), "%s/sys/devices/system/cpu/vulnerabilities",
		    host->root) >= sizeof(path))
		return HOST_UNKNOWN;
	DIR *folder = opendir(path);

	if (!folder)
		return HOST_UNKNOWN;
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.' ||
			read_text(host->root, text, "sys/devices/system/cpu/vulnerabilities/%s",
				entry->d_name) <= 0)
			continue;
		known++;
		mitigated += strncmp(text, "Mitigation", 10) == 0;
		vulnerable += strncmp(text, "Vulnerable", 10) == 0;
	}
	closedir(folder);
	if (!known)
		return HOST_UNKNOWN;
	if (!mitigated && !vulnerable)
		return HOST_FINE;
	return host_found(host, AUDIT_NOTE, "the same in runs to be compared",
		"grep . /sys/devices/system/cpu/vulnerabilities/*; mitigations=off only where "
		"nothing else runs",
		"%u of %u known weaknesses are mitigated (system calls and wake-ups cost more), %u "
		"open",
		mitigated, known, vulnerable);
}

static enum host_verdict check_counters(struct host *host)
{
	long long level;

	if (!read_number(host->root, &level, "proc/sys/kernel/perf_event_paranoid"))
		return HOST_UNKNOWN;
	if (level <= 2)
		return HOST_FINE;
	return host_found(host, AUDIT_NOTE, "2 or less", "sysctl kernel.perf_event_paranoid=2",
		"hardware counters are closed to users (perf_event_paranoid %lld): causes cannot "
		"be looked up with perf",
		level);
}

const struct host_check host_kernel_checks[] = {
	{"proc", check_proc},
	{"clock_source", check_clock_source},
	{"tsc", check_tsc},
	{"preemption", check_preemption},
	{"layout", check_layout},
	{"mitigations", check_mitigations},
	{"counters", check_counters},
	{NULL, NULL},
};
