/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * testing.h: for tests of the audit: folders with the files of made-up hosts. tree_make gives a host without a fault,
 * tuned for measuring; a test changes what it is about.
 */
#ifndef AUDIT_TESTING_H
#define AUDIT_TESTING_H

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "harness/audit/audit.h"

struct tree {
	char root[64];
};

/* Writes @text with a newline; NULL removes the file. Makes the folders above it. */
static inline void tree_put(const struct tree *tree, const char *path, const char *text)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s/%s", tree->root, path);
	if (!text) {
		assert_int_equal(unlink(full), 0);
		return;
	}
	for (char *slash = full + strlen(tree->root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	FILE *file = fopen(full, "w");

	assert_non_null(file);
	fprintf(file, "%s\n", text);
	assert_int_equal(fclose(file), 0);
}

struct tree_file {
	const char *path, *text;
};

static inline void tree_put_all(const struct tree *tree, const struct tree_file *file)
{
	for (; file->path; file++)
		tree_put(tree, file->path, file->text);
}

static inline struct tree tree_empty(void)
{
	struct tree tree = {.root = "/tmp/dmabench-audit-XXXXXX"};

	assert_non_null(mkdtemp(tree.root));
	return tree;
}

static inline void tree_drop(const struct tree *tree)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", tree->root);
	assert_int_equal(system(command), 0);
}

#define TREE_CPU(n)                                                                                \
	{"sys/devices/system/cpu/cpu" n "/topology/thread_siblings_list", n},                      \
		{"sys/devices/system/cpu/cpu" n "/cpufreq/scaling_governor", "performance"},       \
		{"sys/devices/system/cpu/cpu" n "/cpufreq/scaling_min_freq", "800000"},            \
		{"sys/devices/system/cpu/cpu" n "/cpufreq/scaling_max_freq", "3500000"},           \
		{"sys/devices/system/cpu/cpu" n "/cpuidle/state0/name", "POLL"},                   \
		{"sys/devices/system/cpu/cpu" n "/cpuidle/state0/latency", "0"},                   \
		{"sys/devices/system/cpu/cpu" n "/cpuidle/state1/name", "C1"},                     \
		{"sys/devices/system/cpu/cpu" n "/cpuidle/state1/latency", "2"},                   \
		{"sys/devices/system/cpu/cpu" n "/cpuidle/state2/name", "C6"},                     \
		{"sys/devices/system/cpu/cpu" n "/cpuidle/state2/latency", "133"},                 \
		{"sys/devices/system/cpu/cpu" n "/cpuidle/state2/disable", "1"},                   \
		{"sys/devices/system/cpu/cpu" n "/thermal_throttle/core_throttle_count", "0"},     \
	{                                                                                          \
		"sys/devices/system/cpu/cpu" n "/thermal_throttle/package_throttle_count", "0"     \
	}

#define TREE_STATUS(cpus, caps)                                                                    \
	"Name:\tdmabench\nCapEff:\t" caps "\nCpus_allowed:\tff\nCpus_allowed_list:\t" cpus
#define TREE_MEMORY(available_kib, swap_free_kib)                                                  \
	"MemTotal:       131072000 kB\nMemFree:        1000 kB\nMemAvailable:   " available_kib    \
	" kB\nSwapTotal:      8388604 kB\nSwapFree:       " swap_free_kib " kB"
#define TREE_LIMITS(lock)                                                                          \
	"Limit                     Soft Limit           Hard Limit           Units\n"              \
	"Max locked memory         " lock "            " lock "            bytes"
#define TREE_CPUINFO(model, flags)                                                                 \
	"processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: " model "\nflags\t\t: fpu vme "  \
	"tsc " flags "\nbugs\t\t: spectre_v1"

/* A server of Intel's, two cores isolated and everything set as measuring wants it: no check finds anything. */
static const struct tree_file tree_quiet[] = {
	TREE_CPU("0"),
	TREE_CPU("1"),
	{"proc/self/status", TREE_STATUS("0-1", "0000000000000000")},
	{"proc/self/cgroup", "0::/user.slice/session.scope"},
	{"proc/self/limits", TREE_LIMITS("unlimited")},
	{"proc/cpuinfo",
		TREE_CPUINFO("Intel(R) Xeon(R) Gold 6430", "constant_tsc nonstop_tsc rdtscp")},
	{"proc/meminfo", TREE_MEMORY("100000000", "8388604")},
	{"proc/cmdline", "root=/dev/sda1 isolcpus=0-1 nohz_full=0-1 quiet"},
	{"proc/version", "Linux version 6.1.0 (gcc 12) #1 SMP PREEMPT_DYNAMIC"},
	{"proc/sys/kernel/numa_balancing", "0"},
	{"proc/sys/kernel/randomize_va_space", "2"},
	{"proc/sys/kernel/perf_event_paranoid", "2"},
	{"sys/devices/system/node/online", "0-1"},
	{"sys/devices/system/cpu/isolated", "0-1"},
	{"sys/devices/system/cpu/nohz_full", "0-1"},
	{"sys/devices/system/cpu/intel_pstate/no_turbo", "1"},
	{"sys/devices/system/cpu/vulnerabilities/l1tf", "Not affected"},
	{"sys/devices/system/cpu/vulnerabilities/mds", "Not affected"},
	{"sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc"},
	{"sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never"},
	{"sys/kernel/mm/ksm/run", "0"},
	{"sys/kernel/iommu_groups/0/type", "identity"},
	{"sys/class/dmi/id/sys_vendor", "Supermicro"},
	{"sys/class/power_supply/AC/online", "1"},
	{NULL, NULL},
};

static inline struct tree tree_make(void)
{
	struct tree tree = tree_empty();

	tree_put_all(&tree, tree_quiet);
	return tree;
}

static const struct audit_scope tree_scope = {.device_cpu = 1, .tsc = true};

#endif
