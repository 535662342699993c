// SPDX-License-Identifier: BSD-2-Clause
/*
 * check_cpu.c: processors: how many there are for us, how fast and how steadily they run, who else may use them.
 * Called by host.c. What others check was compared with pyperf system, Google Benchmark, nanobench and temci.
 */
#include "harness/audit/host_priv.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYS_CPU "sys/devices/system/cpu/"

/* The threads of a run that compute at once: the driver's and the device's; the interrupt thread takes little. */
#define THREADS_BUSY 2.0
#define THREADS_ALL  3.0

/* Wake-ups slower than this show in every blocked completion. */
#define IDLE_LATENCY_US 10

static int cpu_at(const struct host *host, int i)
{
	return i ? host->scope->device_cpu : host->scope->driver_cpu;
}

/* 1 where driver and device have one processor, else 2. */
static int cpu_count(const struct host *host)
{
	return host->scope->driver_cpu == host->scope->device_cpu ? 1 : 2;
}

static bool siblings_of(const struct host *host, int cpu, cpu_set_t *set)
{
	char text[HOST_TEXT];

	return read_text(host->root, text, SYS_CPU "cpu%d/topology/thread_siblings_list", cpu) >
	               0 &&
	       read_list(text, set) > 0;
}

/* Whether this process may use more than one processor. */
static bool has_choice(const struct host *host)
{
	char status[HOST_TEXT], list[256];
	cpu_set_t may;

	return read_text(host->root, status, "proc/self/status") > 0 &&
	       read_field(status, "Cpus_allowed_list", list, sizeof(list)) &&
	       read_list(list, &may) && CPU_COUNT(&may) > 1;
}

static enum host_verdict check_cores(struct host *host)
{
	cpu_set_t set;

	if (cpu_count(host) == 1)
		return host_found(host, AUDIT_FATAL,
			"two cores, one for the driver, one for the device",
			has_choice(host)
				? "name two in place.driver and place.device, or leave both at "
				  "auto"
				: "allow more processors: taskset -c 0-1 dmabench ..., or docker "
				  "run --cpuset-cpus 0-1",
			"driver and device take turns on processor %d", host->scope->driver_cpu);
	if (!siblings_of(host, host->scope->driver_cpu, &set))
		return HOST_UNKNOWN;
	if (!CPU_ISSET((size_t)host->scope->device_cpu, &set))
		return HOST_FINE;
	return host_found(host, AUDIT_TAINTS, "two cores",
		"allow another core, or choose one: --set place.device=cpu:N (dmabench doctor "
		"--topology)",
		"driver and device are hardware threads of one core (cpus %s)", host->cpus);
}

/* Several requesters, and devices of their own, may be more than the host has processors: then they take turns. */
static enum host_verdict check_threads(struct host *host)
{
	const struct audit_scope *scope = host->scope;

	if (scope->busy_threads <= scope->processors)
		return HOST_FINE;
	return host_found(host, AUDIT_NOTE, "a processor for each requester and each device",
		"lower threads, set adapters=shared, or allow more processors",
		"%u threads compute at once on %u processors", scope->busy_threads,
		scope->processors);
}

/* ---- quota of the control group -------------------------------------------------------------------------------- */

/* Processors that version 2 grants in the group called @path: "200000 100000", "max 100000". 0: no limit told. */
static double quota_v2(const struct host *host, const char *path)
{
	char text[HOST_TEXT];
	double quota, period;

	if (read_text(host->root, text, "sys/fs/cgroup%s/cpu.max", path) <= 0 ||
		sscanf(text, "%lf %lf", &quota, &period) != 2 || period <= 0)
		return 0;
	return quota / period;
}

static double quota_v1(const struct host *host, const char *controller, const char *path)
{
	long long quota, period;

	if (!read_number(
		    host->root, &quota, "sys/fs/cgroup/%s%s/cpu.cfs_quota_us", controller, path) ||
		!read_number(host->root, &period, "sys/fs/cgroup/%s%s/cpu.cfs_period_us",
			controller, path) ||
		quota <= 0 || period <= 0)
		return 0;
	return (double)quota / (double)period;
}

static double least(double a, double b)
{
	return a > 0 && (b <= 0 || a < b) ? a : b;
}

/* The tightest limit from the group called @path up to the top. */
static double quota_up(const struct host *host, const char *controller, char *path)
{
	double quota = 0;

	for (;;) {
		if (strcmp(path, "/") == 0)
			path[0] = '\0';
		quota = least(controller ? quota_v1(host, controller, path) : quota_v2(host, path),
			quota);
		char *slash = strrchr(path, '/');

		if (!slash)
			return quota;
		*slash = '\0';
	}
}

/* Lines are "0::/path" for version 2, "4:cpu,cpuacct:/path" for version 1. */
static double quota_of(const struct host *host, char *groups)
{
	double quota = 0;

	for (char *save, *line = strtok_r(groups, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save)) {
		char *controllers = strchr(line, ':'), *path;

		path = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!path)
			continue;
		*path++ = '\0';
		controllers++;
		if (!*controllers)
			quota = least(quota_up(host, NULL, path), quota);
		else if (!strcmp(controllers, "cpu") || !strncmp(controllers, "cpu,", 4) ||
			 strstr(controllers, ",cpu,"))
			quota = least(quota_up(host, "cpu", path), quota);
	}
	return quota;
}

static enum host_verdict check_quota(struct host *host)
{
	static const char remedy[] = "lift the limit: docker run --cpus 0 ..., systemctl "
				     "set-property UNIT CPUQuota=, or echo max >cpu.max";
	char groups[HOST_TEXT];

	if (read_text(host->root, groups, "proc/self/cgroup") < 0)
		return HOST_UNKNOWN;
	const double quota = quota_of(host, groups);

	if (quota <= 0 || quota >= THREADS_ALL)
		return HOST_FINE;
	return host_found(host, quota < THREADS_BUSY ? AUDIT_FATAL : AUDIT_TAINTS,
		"no limit, or three processors and more", remedy,
		"the control group stops this process beyond %.2f processors of time", quota);
}

/* ---- speed -------------------------------------------------------------------------------------------------------- */

static enum host_verdict check_governor(struct host *host)
{
	char governor[HOST_TEXT], remedy[128];

	snprintf(remedy, sizeof(remedy), "cpupower -c %s frequency-set -g performance", host->cpus);
	for (int i = 0; i < cpu_count(host); i++) {
		const int cpu = cpu_at(host, i);
		long long low = 0, high = 1;

		if (read_text(host->root, governor, SYS_CPU "cpu%d/cpufreq/scaling_governor",
			    cpu) <= 0)
			return HOST_UNKNOWN;
		read_number(host->root, &low, SYS_CPU "cpu%d/cpufreq/scaling_min_freq", cpu);
		read_number(host->root, &high, SYS_CPU "cpu%d/cpufreq/scaling_max_freq", cpu);
		if (strcmp(governor, "performance") != 0 && low != high)
			return host_found(host, AUDIT_TAINTS,
				"performance, or one frequency as least and largest", remedy,
				"the governor of cpu %d is %.40s: its clock follows the load", cpu,
				governor);
	}
	return HOST_FINE;
}

static enum host_verdict check_turbo(struct host *host)
{
	long long off, boost;

	if (read_number(host->root, &off, SYS_CPU "intel_pstate/no_turbo"))
		return off ? HOST_FINE
		           : host_found(host, AUDIT_NOTE,
				     "off, for figures that are to be compared over nights",
				     "echo 1 >/sys/devices/system/cpu/intel_pstate/no_turbo",
				     "turbo is on: the clock follows heat and the load of other "
				     "cores");
	if (read_number(host->root, &boost, SYS_CPU "cpufreq/boost"))
		return !boost ? HOST_FINE
		              : host_found(host, AUDIT_NOTE,
					"off, for figures that are to be compared over nights",
					"echo 0 >/sys/devices/system/cpu/cpufreq/boost",
					"boost is on: the clock follows heat and the load of other "
					"cores");
	return HOST_UNKNOWN;
}

/* Slowest idle state that is not switched off, in µs; -1: none told. */
static long long idle_latency(const struct host *host, int cpu, char name[HOST_TEXT])
{
	long long slowest = -1, latency, disabled;

	for (int state = 0; read_number(
		     host->root, &latency, SYS_CPU "cpu%d/cpuidle/state%d/latency", cpu, state);
		state++) {
		if (latency <= slowest ||
			(read_number(host->root, &disabled, SYS_CPU "cpu%d/cpuidle/state%d/disable",
				 cpu, state) &&
				disabled))
			continue;
		slowest = latency;
		read_text(host->root, name, SYS_CPU "cpu%d/cpuidle/state%d/name", cpu, state);
	}
	return slowest;
}

static enum host_verdict check_idle(struct host *host)
{
	char name[HOST_TEXT] = "", remedy[128];

	snprintf(remedy, sizeof(remedy), "cpupower -c %s idle-set -D %d", host->cpus,
		IDLE_LATENCY_US);
	for (int i = 0; i < cpu_count(host); i++) {
		const long long us = idle_latency(host, cpu_at(host, i), name);

		if (us < 0)
			return HOST_UNKNOWN;
		if (us > IDLE_LATENCY_US)
			return host_found(host, host->scope->blocking ? AUDIT_TAINTS : AUDIT_NOTE,
				"no idle state slower than 10 us where completions block", remedy,
				"cpu %d may sleep in %.20s and takes %lld us to wake",
				cpu_at(host, i), name, us);
	}
	return HOST_FINE;
}

static enum host_verdict check_throttle(struct host *host)
{
	static const char *const kinds[] = {"core", "package"};
	bool known = false;

	for (int i = 0; i < 2 * cpu_count(host); i++) {
		long long count;

		if (!read_number(host->root, &count,
			    SYS_CPU "cpu%d/thermal_throttle/%s_throttle_count", cpu_at(host, i / 2),
			    kinds[i % 2]))
			continue;
		known = true;
		if (count > 0)
			return host_found(host, AUDIT_NOTE, "0; a run in which it grows is tainted",
				"improve cooling, or lower the clock: cpupower frequency-set -u "
				"FREQUENCY",
				"cpu %d was slowed down by heat %lld times since boot (%s)",
				cpu_at(host, i / 2), count, kinds[i % 2]);
	}
	return known ? HOST_FINE : HOST_UNKNOWN;
}

static enum host_verdict check_battery(struct host *host)
{
	static const char *const supplies[] = {"AC", "AC0", "ACAD", "ADP0", "ADP1"};
	long long online;

	for (size_t i = 0; i < sizeof(supplies) / sizeof(supplies[0]); i++) {
		if (!read_number(
			    host->root, &online, "sys/class/power_supply/%s/online", supplies[i]))
			continue;
		return online ? HOST_FINE
		              : host_found(host, AUDIT_TAINTS, "mains", "plug it in",
					"the host runs on its battery and saves power");
	}
	return HOST_UNKNOWN; /* also where there is no battery at all */
}

/* ---- who else is there -------------------------------------------------------------------------------------------- */

static enum host_verdict check_smt(struct host *host)
{
	cpu_set_t set;

	for (int i = 0; i < cpu_count(host); i++) {
		const int cpu = cpu_at(host, i);

		if (!siblings_of(host, cpu, &set))
			return HOST_UNKNOWN;
		CPU_CLR((size_t)host->scope->driver_cpu, &set);
		CPU_CLR((size_t)host->scope->device_cpu, &set);
		if (CPU_COUNT(&set))
			return host_found(host, AUDIT_NOTE,
				"none; a repetition in which one is busy is tainted",
				"echo off >/sys/devices/system/cpu/smt/control",
				"the core of cpu %d has another hardware thread that others may "
				"use",
				cpu);
	}
	return HOST_FINE;
}

static enum host_verdict check_isolation(struct host *host)
{
	char text[HOST_TEXT], remedy[200];
	cpu_set_t isolated, no_ticks;

	if (read_text(host->root, text, SYS_CPU "isolated") < 0)
		return HOST_UNKNOWN;
	read_list(text, &isolated);
	read_text(host->root, text, SYS_CPU "nohz_full");
	read_list(text, &no_ticks);
	snprintf(remedy, sizeof(remedy),
		"boot with isolcpus=%s nohz_full=%s rcu_nocbs=%s, then taskset -c %s dmabench ...",
		host->cpus, host->cpus, host->cpus, host->cpus);
	for (int i = 0; i < cpu_count(host); i++) {
		const size_t cpu = (size_t)cpu_at(host, i);

		if (CPU_ISSET(cpu, &isolated) && CPU_ISSET(cpu, &no_ticks))
			continue;
		return host_found(host, AUDIT_NOTE,
			"isolated and without ticks, for tails beyond p99.9", remedy, "cpu %zu %s",
			cpu,
			CPU_ISSET(cpu, &isolated) ? "is isolated but has timer ticks"
						  : "is shared with all programs of the host");
	}
	return HOST_FINE;
}

static enum host_verdict check_virtual(struct host *host)
{
	static const char expected[] = "hardware";
	char cpuinfo[HOST_TEXT], model[96], vendor[HOST_TEXT], kind[HOST_TEXT], flags[HOST_TEXT];

	if (read_text(host->root, cpuinfo, "proc/cpuinfo") <= 0)
		return HOST_UNKNOWN;
	read_field(cpuinfo, "model name", model, sizeof(model));
	if (strstr(model, "QEMU TCG") || strstr(model, "QEMU Virtual CPU"))
		return host_found(host, AUDIT_FATAL, "hardware, or a guest with hardware support",
			"start the guest with -accel kvm -cpu host",
			"instructions are emulated (%s): figures tell about the emulator", model);
	read_text(host->root, vendor, "sys/class/dmi/id/sys_vendor");
	read_text(host->root, kind, "sys/hypervisor/type");
	read_field(cpuinfo, "flags", flags, sizeof(flags));
	if (!read_word(flags, "hypervisor") && !kind[0] && !strstr(vendor, "QEMU"))
		return HOST_FINE;
	return host_found(host, AUDIT_NOTE, expected,
		"measure on hardware, or pin virtual processors and report figures as of this "
		"guest",
		"a virtual machine (%.40s): wake-ups cost tens of us, steal is possible, p99.9 is "
		"the hypervisor's",
		kind[0]     ? kind
		: vendor[0] ? vendor
			    : "hypervisor not named");
}

static enum host_verdict check_container(struct host *host)
{
	static const char *const traces[] = {"docker", "kubepods", "libpod", "lxc", "containerd"};
	char groups[HOST_TEXT];
	bool inside = read_exists(host->root, ".dockerenv") ||
	              read_exists(host->root, "run/.containerenv");

	if (read_text(host->root, groups, "proc/self/cgroup") < 0)
		return HOST_UNKNOWN;
	for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++)
		inside = inside || strstr(groups, traces[i]);
	return !inside ? HOST_FINE
	               : host_found(host, AUDIT_NOTE, "the host itself",
				 "run on the host, or give cores and memory node of their own: "
				 "docker run --cpuset-cpus ... --cpuset-mems ...",
				 "a container: load of its neighbours is not visible here");
}

static enum host_verdict check_build(struct host *host)
{
	return !host->scope->checked_build
	               ? HOST_FINE
	               : host_found(host, AUDIT_FATAL, "the release build",
				 "make && build/dmabench ...",
				 "this program was built for tests (sanitizers, fault points or no "
				 "optimisation)");
}

const struct host_check host_cpu_checks[] = {
	{"build", check_build},
	{"cores", check_cores},
	{"threads", check_threads},
	{"quota", check_quota},
	{"governor", check_governor},
	{"turbo", check_turbo},
	{"idle", check_idle},
	{"throttle", check_throttle},
	{"battery", check_battery},
	{"smt", check_smt},
	{"isolation", check_isolation},
	{"virtual", check_virtual},
	{"container", check_container},
	{NULL, NULL},
};
