// SPDX-License-Identifier: BSD-2-Clause
/*
 * host_test.c: every check with a host that has its fault and one that has not; whole hosts of five kinds; what cannot
 * be read.
 */
#include "harness/audit/host_priv.h"
#include "harness/audit/testing.h"

#include <errno.h>

/* "fatal! memory" (missing), "fatal quota", "taints governor", "note turbo", parted by ", ", in order. */
static char *list_of(const struct audit_host *host, char *out, size_t room)
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < host->count && used < room; i++)
		used += (size_t)snprintf(out + used, room - used, "%s%s%s %s", i ? ", " : "",
			audit_grade_word(host->finding[i].grade),
			host->finding[i].missing ? "!" : "", host->finding[i].name);
	return out;
}

static struct audit_host judge(const struct tree *tree, const struct audit_scope *scope)
{
	struct audit_host host;

	audit_host_check(tree->root, scope, &host);
	for (unsigned i = 0; i < host.count; i++) {
		assert_true(host.finding[i].found[0] && host.finding[i].expected[0]);
		assert_true(host.finding[i].remedy[0]);
		/* nothing was cut: every text ends with room to spare */
		assert_true(strlen(host.finding[i].found) + 1 < sizeof(host.finding[i].found));
		assert_true(
			strlen(host.finding[i].expected) + 1 < sizeof(host.finding[i].expected));
		assert_true(strlen(host.finding[i].remedy) + 1 < sizeof(host.finding[i].remedy));
	}
	return host;
}

static void a_quiet_host_has_no_finding(void **state)
{
	struct tree tree = tree_make();
	struct audit_host host = judge(&tree, &tree_scope);
	char list[400];

	(void)state;
	assert_string_equal(list_of(&host, list, sizeof(list)), "");
	assert_string_equal(host.unknown_names, "");
	assert_int_equal(host.checks, 28);
	tree_drop(&tree);
}

/* One change to the quiet host, and the findings it leads to: none but the one meant. */
static const struct fault {
	const char *path, *text, *list, *found;
} faults[] = {
	/* who may be slowed down */
	{"sys/fs/cgroup/user.slice/cpu.max", "150000 100000", "fatal quota", "1.50 processors"},
	{"sys/fs/cgroup/user.slice/cpu.max", "250000 100000", "taints quota", "2.50 processors"},
	{"sys/fs/cgroup/user.slice/cpu.max", "400000 100000", "", ""},
	{"sys/fs/cgroup/user.slice/cpu.max", "max 100000", "", ""},
	{"sys/fs/cgroup/cpu.max", "100000 100000", "fatal quota", "1.00 processors"},
	{"sys/devices/system/cpu/cpu1/topology/thread_siblings_list", "1,5", "note smt", "cpu 1"},
	{"sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0-1", "taints cores",
		"hardware threads of one core"},
	{"sys/devices/system/cpu/isolated", "", "note isolation", "cpu 0 is shared with all"},
	{"sys/devices/system/cpu/nohz_full", "0", "note isolation", "cpu 1 is isolated but"},
	/* speed */
	{"sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave", "taints governor",
		"cpu 1 is powersave"},
	{"sys/devices/system/cpu/intel_pstate/no_turbo", "0", "note turbo", "turbo is on"},
	{"sys/devices/system/cpu/cpu1/cpuidle/state2/disable", "0", "note idle", "133 us"},
	{"sys/devices/system/cpu/cpu1/thermal_throttle/package_throttle_count", "17",
		"note throttle", "17 times"},
	{"sys/class/power_supply/AC/online", "0", "taints battery", "battery"},
	/* where we are */
	{"sys/class/dmi/id/sys_vendor", "QEMU", "note virtual", "(QEMU)"},
	{"sys/hypervisor/type", "xen", "note virtual", "(xen)"},
	{"proc/cpuinfo", TREE_CPUINFO("QEMU TCG CPU version 2.5+", "constant_tsc nonstop_tsc"),
		"fatal virtual", "emulated"},
	{"proc/self/cgroup", "0::/system.slice/docker-0123.scope", "note container", "container"},
	{".dockerenv", "", "note container", "container"},
	{"run/.containerenv", "", "note container", "container"},
	/* memory */
	{"proc/meminfo", TREE_MEMORY("307200", "8388604"), "fatal! memory", "300 MiB"},
	{"proc/meminfo", TREE_MEMORY("100000000", "4194300"), "note swap", "4096 MiB"},
	{"sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never",
		"taints huge_pages", "always on"},
	{"sys/kernel/mm/ksm/run", "1", "note same_pages", "merges"},
	{"sys/kernel/mm/ksm/run", "2", "", ""},
	{"proc/sys/kernel/numa_balancing", "1", "taints numa_balancing", "moves pages"},
	{"proc/self/limits", TREE_LIMITS("8388608"), "", ""},
	{"sys/kernel/iommu_groups/0/type", "DMA", "note iommu", "waits for a flush"},
	{"sys/kernel/iommu_groups/0/type", "DMA-FQ", "note iommu", "later"},
	{"proc/cmdline", "root=/dev/sda1 swiotlb=force", "note bounce", "copied"},
	/* kernel */
	{"sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet",
		"taints clock_source", "hpet"},
	{"sys/devices/system/clocksource/clocksource0/current_clocksource", "kvm-clock", "", ""},
	{"proc/cpuinfo", TREE_CPUINFO("Intel(R) Xeon(R)", "constant_tsc"), "note tsc",
		"not invariant"},
	{"proc/version", "Linux version 6.1.0-rt #1 SMP PREEMPT_RT", "note preemption",
		"real-time"},
	{"proc/sys/kernel/randomize_va_space", "0", "note layout", "not random"},
	{"proc/sys/kernel/randomize_va_space", "1", "note layout", "half random"},
	{"sys/devices/system/cpu/vulnerabilities/mds", "Mitigation: Clear CPU buffers",
		"note mitigations", "1 of 2"},
	{"sys/devices/system/cpu/vulnerabilities/mds", "Vulnerable", "note mitigations", "1 open"},
	{"proc/sys/kernel/perf_event_paranoid", "4", "note counters", "paranoid 4"},
};

/* Puts back what the quiet host has at @path, or nothing. */
static void restore(const struct tree *tree, const char *path)
{
	const struct tree_file *file = tree_quiet;

	while (file->path && strcmp(file->path, path) != 0)
		file++;
	tree_put(tree, path, file->text);
}

static void every_fault_is_found_and_alone(void **state)
{
	struct tree tree = tree_make();

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		char list[400];

		tree_put(&tree, faults[i].path, faults[i].text);
		struct audit_host host = judge(&tree, &tree_scope);

		if (strcmp(list_of(&host, list, sizeof(list)), faults[i].list) != 0 ||
			(host.count && !strstr(host.finding[0].found, faults[i].found)))
			fail_msg("%s = %s: '%s' expected, got '%s' (%s)", faults[i].path,
				faults[i].text, faults[i].list, list,
				host.count ? host.finding[0].found : "");
		restore(&tree, faults[i].path);
	}
	tree_drop(&tree);
}

static void the_scope_decides(void **state)
{
	static const struct {
		struct audit_scope scope;
		const char *path, *text, *list;
	} rows[] = {
		{{.device_cpu = 0, .tsc = true}, "proc/cmdline", "x", "fatal cores"},
		{{.device_cpu = 1, .tsc = true, .checked_build = true}, "proc/cmdline", "x",
			"fatal build"},
		{{.device_cpu = 1, .tsc = false}, "proc/cmdline", "x", "note tsc"},
		{{.device_cpu = 1, .tsc = true, .blocking = true},
			"sys/devices/system/cpu/cpu0/cpuidle/state2/disable", "0", "taints idle"},
		{{.device_cpu = 1, .tsc = true, .blocking = true}, "proc/cmdline", "x", ""},
		{{.device_cpu = 1, .tsc = true, .lock_bytes = 1 << 24}, "proc/self/limits",
			TREE_LIMITS("8388608"), "fatal! lock_limit"},
		{{.device_cpu = 1, .tsc = true, .lock_bytes = 1 << 22}, "proc/self/limits",
			TREE_LIMITS("8388608"), ""},
		{{.device_cpu = 1, .tsc = true, .busy_threads = 3, .processors = 2}, "proc/cmdline",
			"x", "note threads"},
		{{.device_cpu = 1, .tsc = true, .busy_threads = 2, .processors = 2}, "proc/cmdline",
			"x", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tree tree = tree_make();
		char list[400];

		tree_put(&tree, rows[i].path, rows[i].text);
		struct audit_host host = judge(&tree, &rows[i].scope);

		if (strcmp(list_of(&host, list, sizeof(list)), rows[i].list) != 0)
			fail_msg("row %zu: '%s' expected, got '%s'", i, rows[i].list, list);
		assert_int_equal(audit_host_missing(&host), strchr(list, '!') ? 1 : 0);
		tree_drop(&tree);
	}
}

static void what_excuses_a_setting(void **state)
{
	struct tree tree = tree_make();
	struct audit_host host;
	char list[400];

	(void)state;
	/* a governor that cannot change anything */
	tree_put(&tree, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "schedutil");
	tree_put(&tree, "sys/devices/system/cpu/cpu0/cpufreq/scaling_min_freq", "3500000");
	/* a capability that lifts the limit */
	tree_put(&tree, "proc/self/limits", TREE_LIMITS("65536"));
	tree_put(&tree, "proc/self/status", TREE_STATUS("0-1", "000001ffffffffff"));
	/* balancing between the nodes of a host that has one */
	tree_put(&tree, "proc/sys/kernel/numa_balancing", "1");
	tree_put(&tree, "sys/devices/system/node/online", "0");
	host = judge(&tree, &tree_scope);
	assert_string_equal(list_of(&host, list, sizeof(list)), "");
	tree_drop(&tree);
}

static void quotas_of_version_1_are_read(void **state)
{
	struct tree tree = tree_make();
	struct audit_host host;
	char list[400];

	(void)state;
	tree_put(&tree, "proc/self/cgroup", "12:cpuset:/\n4:cpu,cpuacct:/jobs/ci\n0::/");
	tree_put(&tree, "sys/fs/cgroup/cpu/jobs/cpu.cfs_quota_us", "120000");
	tree_put(&tree, "sys/fs/cgroup/cpu/jobs/cpu.cfs_period_us", "100000");
	tree_put(&tree, "sys/fs/cgroup/cpu/jobs/ci/cpu.cfs_quota_us", "-1");
	tree_put(&tree, "sys/fs/cgroup/cpu/jobs/ci/cpu.cfs_period_us", "100000");
	host = judge(&tree, &tree_scope);
	assert_string_equal(list_of(&host, list, sizeof(list)), "fatal quota");
	assert_non_null(strstr(host.finding[0].found, "1.20"));
	tree_put(&tree, "sys/fs/cgroup/cpu/jobs/cpu.cfs_quota_us", "-1");
	host = judge(&tree, &tree_scope);
	assert_int_equal(host.count, 0);
	tree_drop(&tree);
}

/* ---- whole hosts -------------------------------------------------------------------------------------------------- */

#define PLAIN_CPU(n, siblings)                                                                     \
	{                                                                                          \
		"sys/devices/system/cpu/cpu" n "/topology/thread_siblings_list", siblings          \
	}

/* A two-socket AMD server as a distribution sets it up. */
static const struct tree_file amd_server[] = {
	PLAIN_CPU("0", "0,64"),
	PLAIN_CPU("1", "1,65"),
	{"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "schedutil"},
	{"sys/devices/system/cpu/cpu0/cpufreq/scaling_min_freq", "1500000"},
	{"sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq", "3700000"},
	{"sys/devices/system/cpu/cpufreq/boost", "1"},
	{"sys/devices/system/cpu/cpu0/cpuidle/state1/name", "C2"},
	{"sys/devices/system/cpu/isolated", ""},
	{"proc/self/status", TREE_STATUS("0-127", "0000000000000000")},
	{"proc/self/cgroup", "0::/user.slice"},
	{"proc/self/limits", TREE_LIMITS("67108864")},
	{"proc/cpuinfo",
		"vendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 9554\nflags\t\t: fpu tsc "
		"constant_tsc nonstop_tsc svm"},
	{"proc/meminfo", TREE_MEMORY("500000000", "8388604")},
	{"proc/cmdline", "root=/dev/nvme0n1p2"},
	{"proc/version", "Linux version 6.1.0 #1 SMP PREEMPT_DYNAMIC"},
	{"proc/sys/kernel/numa_balancing", "1"},
	{"proc/sys/kernel/randomize_va_space", "2"},
	{"proc/sys/kernel/perf_event_paranoid", "3"},
	{"sys/devices/system/node/online", "0-1"},
	{"sys/devices/system/cpu/vulnerabilities/retbleed", "Mitigation: untrained return thunk"},
	{"sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc"},
	{"sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never"},
	{"sys/kernel/mm/ksm/run", "0"},
	{"sys/kernel/iommu_groups/0/type", "DMA-FQ"},
	{"sys/class/dmi/id/sys_vendor", "Dell Inc."},
	{NULL, NULL},
};

/* An arm server: another cpuinfo, another clock, no TSC, no throttle counts. */
static const struct tree_file arm_server[] = {
	PLAIN_CPU("0", "0"),
	PLAIN_CPU("1", "1"),
	{"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance"},
	{"sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "performance"},
	{"sys/devices/system/cpu/cpu0/cpuidle/state1/name", "LPI-1"},
	{"sys/devices/system/cpu/cpu0/cpuidle/state0/latency", "0"},
	{"sys/devices/system/cpu/cpu0/cpuidle/state1/latency", "43"},
	{"sys/devices/system/cpu/isolated", ""},
	{"proc/self/status", TREE_STATUS("0-79", "0000000000000000")},
	{"proc/self/cgroup", "0::/user.slice"},
	{"proc/self/limits", TREE_LIMITS("unlimited")},
	{"proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd evtstrm aes "
			 "atomics cpuid\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c"},
	{"proc/meminfo", TREE_MEMORY("250000000", "8388604")},
	{"proc/cmdline", "root=/dev/nvme0n1p2"},
	{"proc/version", "Linux version 6.1.0 #1 SMP"},
	{"proc/sys/kernel/numa_balancing", "0"},
	{"proc/sys/kernel/randomize_va_space", "2"},
	{"proc/sys/kernel/perf_event_paranoid", "2"},
	{"sys/devices/system/node/online", "0"},
	{"sys/devices/system/cpu/vulnerabilities/spectre_v2", "Mitigation: CSV2, BHB"},
	{"sys/devices/system/clocksource/clocksource0/current_clocksource", "arch_sys_counter"},
	{"sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never"},
	{"sys/kernel/iommu_groups/3/type", "DMA"},
	{"sys/class/dmi/id/sys_vendor", "GIGABYTE"},
	{NULL, NULL},
};

/* A small KVM guest: no frequency to read, idle by halting, the clock of the hypervisor. */
static const struct tree_file kvm_guest[] = {
	PLAIN_CPU("0", "0"),
	PLAIN_CPU("1", "1"),
	{"sys/devices/system/cpu/isolated", ""},
	{"proc/self/status", TREE_STATUS("0-1", "0000000000000000")},
	{"proc/self/cgroup", "0::/user.slice"},
	{"proc/self/limits", TREE_LIMITS("8388608")},
	{"proc/cpuinfo", TREE_CPUINFO("Intel(R) Xeon(R) Processor", "constant_tsc hypervisor")},
	{"proc/meminfo", TREE_MEMORY("3000000", "8388604")},
	{"proc/cmdline", "console=ttyS0"},
	{"proc/version", "Linux version 6.1.0 #1 SMP PREEMPT_DYNAMIC"},
	{"proc/sys/kernel/randomize_va_space", "2"},
	{"proc/sys/kernel/perf_event_paranoid", "2"},
	{"sys/devices/system/cpu/vulnerabilities/mds", "Not affected"},
	{"sys/devices/system/clocksource/clocksource0/current_clocksource", "kvm-clock"},
	{"sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never"},
	{"sys/class/dmi/id/sys_vendor", "QEMU"},
	{NULL, NULL},
};

/* A container of an orchestrator on a cloud host: one processor's worth of time. */
static const struct tree_file container[] = {
	PLAIN_CPU("4", "4,20"),
	PLAIN_CPU("5", "5,21"),
	{"sys/devices/system/cpu/isolated", ""},
	{"sys/devices/system/cpu/cpu4/cpufreq/scaling_governor", "performance"},
	{"sys/devices/system/cpu/cpu5/cpufreq/scaling_governor", "performance"},
	{"sys/fs/cgroup/cpu.max", "100000 100000"},
	{"proc/self/status", TREE_STATUS("4-5,20-21", "00000000a80425fb")},
	{"proc/self/cgroup", "0::/../kubepods-burstable.slice"},
	{"proc/self/limits", TREE_LIMITS("65536")},
	{"proc/cpuinfo",
		TREE_CPUINFO("Intel(R) Xeon(R) Platinum", "constant_tsc nonstop_tsc hypervisor")},
	{"proc/meminfo", TREE_MEMORY("400000", "8388604")},
	{"proc/version", "Linux version 5.15.0 #1 SMP"},
	{"sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc"},
	{"sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]"},
	{NULL, NULL},
};

static void whole_hosts_are_judged(void **state)
{
	static const struct {
		const char *what;
		const struct tree_file *files;
		int driver_cpu, device_cpu;
		const char *list, *unknown;
	} hosts[] = {
		{"AMD server", amd_server, 0, 1,
			"taints governor, note turbo, note smt, note isolation, taints huge_pages, "
			"taints numa_balancing, note iommu, note mitigations, note counters",
			"idle, throttle, battery"},
		{"arm server", arm_server, 0, 1,
			"note idle, note isolation, note iommu, note mitigations",
			"turbo, throttle, battery, same_pages, tsc"},
		{"KVM guest", kvm_guest, 0, 1, "note isolation, note virtual, note tsc",
			"governor, turbo, idle, throttle, battery, same_pages, numa_balancing, "
			"iommu"},
		{"container", container, 4, 5,
			"fatal quota, note smt, note isolation, note virtual, note container, "
			"fatal! memory",
			"turbo, idle, throttle, battery, same_pages, numa_balancing, iommu, "
			"bounce, "
			"layout, mitigations, counters"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct tree tree = tree_empty();
		struct audit_scope scope;
		struct err err = ERR_INIT;
		char list[600];

		tree_put_all(&tree, hosts[i].files);
		assert_int_equal(audit_scope_guess(tree.root, &scope, &err), 0);
		assert_int_equal(scope.driver_cpu, hosts[i].driver_cpu);
		assert_int_equal(scope.device_cpu, hosts[i].device_cpu);
		struct audit_host host = judge(&tree, &scope);

		if (strcmp(list_of(&host, list, sizeof(list)), hosts[i].list) != 0)
			fail_msg("%s: '%s' expected,\n got '%s'", hosts[i].what, hosts[i].list,
				list);
		assert_string_equal(host.unknown_names, hosts[i].unknown);
		tree_drop(&tree);
	}
}

static void scopes_avoid_hardware_threads_of_one_core(void **state)
{
	struct tree tree = tree_make();
	struct audit_scope scope;
	struct err err = ERR_INIT;

	(void)state;
	tree_put(&tree, "proc/self/status", TREE_STATUS("2,3,8-9", "0"));
	tree_put(&tree, "sys/devices/system/cpu/cpu2/topology/thread_siblings_list", "2-3");
	assert_int_equal(audit_scope_guess(tree.root, &scope, NULL), 0);
	assert_int_equal(scope.driver_cpu, 2);
	assert_int_equal(scope.device_cpu, 8);
	assert_true(scope.tsc);
	/* no other core: the other thread is better than the same */
	tree_put(&tree, "proc/self/status", TREE_STATUS("2-3", "0"));
	assert_int_equal(audit_scope_guess(tree.root, &scope, NULL), 0);
	assert_int_equal(scope.device_cpu, 3);
	tree_put(&tree, "proc/self/status", TREE_STATUS("3", "0"));
	assert_int_equal(audit_scope_guess(tree.root, &scope, NULL), 0);
	assert_int_equal(scope.driver_cpu, 3);
	assert_int_equal(scope.device_cpu, 3);
	tree_put(&tree, "proc/self/status", "Name:\tx");
	assert_int_equal(audit_scope_guess(tree.root, &scope, &err), -ENOENT);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_non_null(strstr(err.message, "mount"));
	tree_drop(&tree);
}

/* Who may use two processors and names one twice is told another way out than who has one. */
static void one_processor_for_two_has_its_remedy(void **state)
{
	const struct audit_scope same = {.device_cpu = 0, .tsc = true};
	struct tree tree = tree_make();
	struct audit_host host = judge(&tree, &same);

	(void)state;
	assert_non_null(strstr(host.finding[0].remedy, "place.driver and place.device"));
	tree_put(&tree, "proc/self/status", TREE_STATUS("0", "0000000000000000"));
	host = judge(&tree, &same);
	assert_non_null(strstr(host.finding[0].remedy, "taskset"));
	tree_drop(&tree);
}

/* An empty folder: that is found, everything but what needs no file (build, threads) is unknown, nothing breaks. */
static void nothing_to_read_is_said(void **state)
{
	struct tree tree = tree_empty();
	struct audit_host host = judge(&tree, &tree_scope);
	char list[400];

	(void)state;
	assert_string_equal(list_of(&host, list, sizeof(list)), "taints proc");
	assert_non_null(strstr(host.finding[0].remedy, "mount -t proc"));
	assert_int_equal(host.unknown, host.checks - 3);
	assert_null(strstr(host.unknown_names, "build"));
	tree_drop(&tree);
}

static void odd_files_do_no_harm(void **state)
{
	static const char *const odd[] = {"", "\n\n", ":", "-1", "99999999999999999999",
		"0-99999999", "a", "max", "1 0", "model name", "Max locked memory",
		"MemAvailable:"};
	struct tree tree = tree_make();

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		for (const struct tree_file *file = tree_quiet; file->path; file++)
			tree_put(&tree, file->path, odd[i]);
		judge(&tree, &tree_scope);
	}
	tree_drop(&tree);
}

static void this_host_is_judged(void **state)
{
	struct audit_scope scope;
	struct audit_host host;
	struct err err = ERR_INIT;

	(void)state;
	if (audit_scope_guess("", &scope, &err))
		fail_msg("%s", err.message);
	audit_host_check("", &scope, &host);
	assert_int_equal(host.checks, 28);
	assert_true(host.unknown < host.checks);
}

static void lists_and_lines_are_read(void **state)
{
	static const char text[] = "flags : tsc rdtscp\nMax locked memory   8 9\nflagship: x";
	char field[32];
	cpu_set_t set;

	(void)state;
	assert_int_equal(read_list("0-2,5,8-9", &set), 6);
	assert_true(CPU_ISSET(5, &set) && CPU_ISSET(9, &set) && !CPU_ISSET(3, &set));
	assert_int_equal(read_list("", &set), 0);
	assert_int_equal(read_list("x", &set), 0);
	assert_true(read_field(text, "flags", field, sizeof(field)));
	assert_string_equal(field, "tsc rdtscp");
	assert_true(read_field(text, "Max locked memory", field, sizeof(field)));
	assert_string_equal(field, "8 9");
	assert_false(read_field(text, "flag", field, sizeof(field)));
	assert_true(read_word("a tsc b", "tsc"));
	assert_true(read_word("tsc", "tsc"));
	assert_false(read_word("constant_tsc tsc_known", "tsc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quiet_host_has_no_finding),
		cmocka_unit_test(every_fault_is_found_and_alone),
		cmocka_unit_test(the_scope_decides),
		cmocka_unit_test(what_excuses_a_setting),
		cmocka_unit_test(quotas_of_version_1_are_read),
		cmocka_unit_test(whole_hosts_are_judged),
		cmocka_unit_test(scopes_avoid_hardware_threads_of_one_core),
		cmocka_unit_test(one_processor_for_two_has_its_remedy),
		cmocka_unit_test(nothing_to_read_is_said),
		cmocka_unit_test(odd_files_do_no_harm),
		cmocka_unit_test(this_host_is_judged),
		cmocka_unit_test(lists_and_lines_are_read),
	};

	return cmocka_run_group_tests_name("audit host", tests, NULL, NULL);
}
