// SPDX-License-Identifier: BSD-2-Clause
/* check_memory.c: memory: pages, nodes, swap, what may be pinned, who translates for devices. Called by host.c. */
#include "harness/audit/host_priv.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB 1048576.0

/* Below this a run may be killed or swap; the default job touches some 200 MiB. */
#define MEMORY_NEEDED_MIB 512

/* What a pinning run asks for at most by itself; less is worth a word. */
#define CAP_IPC_LOCK 14

static enum host_verdict check_memory(struct host *host)
{
	char text[HOST_TEXT];
	const char *available;

	if (read_text(host->root, text, "proc/meminfo") <= 0 ||
		!(available = read_line(text, "MemAvailable")))
		return HOST_UNKNOWN;
	const long long mib = strtoll(available, NULL, 10) / 1024;

	if (mib >= MEMORY_NEEDED_MIB)
		return HOST_FINE;
	return host_found_missing(host, "512 MiB and more", "free memory, or give the guest more",
		"%lld MiB of memory are available", mib);
}

static enum host_verdict check_swap(struct host *host)
{
	char text[HOST_TEXT];
	const char *total, *left;

	if (read_text(host->root, text, "proc/meminfo") <= 0 ||
		!(total = read_line(text, "SwapTotal")) || !(left = read_line(text, "SwapFree")))
		return HOST_UNKNOWN;
	const long long used_kib = strtoll(total, NULL, 10) - strtoll(left, NULL, 10);

	if (used_kib <= 0)
		return HOST_FINE;
	return host_found(host, AUDIT_NOTE, "none in use; a repetition that pages is tainted",
		"swapoff -a", "%lld MiB are swapped out", used_kib / 1024);
}

static enum host_verdict check_huge_pages(struct host *host)
{
	char text[HOST_TEXT];

	if (read_text(host->root, text, "sys/kernel/mm/transparent_hugepage/enabled") <= 0)
		return HOST_UNKNOWN;
	if (!strstr(text, "[always]"))
		return HOST_FINE;
	return host_found(host, AUDIT_TAINTS, "madvise or never",
		"echo madvise >/sys/kernel/mm/transparent_hugepage/enabled",
		"transparent huge pages are always on: buffers get 4 KiB or 2 MiB pages by chance, "
		"whose pinning differs a hundredfold");
}

static enum host_verdict check_same_pages(struct host *host)
{
	long long run;

	if (!read_number(host->root, &run, "sys/kernel/mm/ksm/run"))
		return HOST_UNKNOWN;
	return run != 1 ? HOST_FINE
	                : host_found(host, AUDIT_NOTE, "off", "echo 2 >/sys/kernel/mm/ksm/run",
				  "the kernel merges pages that are alike while programs run");
}

static enum host_verdict check_balancing(struct host *host)
{
	long long balancing;
	char nodes[HOST_TEXT];
	cpu_set_t set;

	if (!read_number(host->root, &balancing, "proc/sys/kernel/numa_balancing"))
		return HOST_UNKNOWN;
	read_text(host->root, nodes, "sys/devices/system/node/online");
	if (!balancing || read_list(nodes, &set) < 2)
		return HOST_FINE;
	return host_found(host, AUDIT_TAINTS, "0", "sysctl kernel.numa_balancing=0",
		"automatic NUMA balancing unmaps and moves pages while they are used");
}

/* ---- pinning ------------------------------------------------------------------------------------------------------ */

static bool may_lock_all(const struct host *host)
{
	char status[HOST_TEXT], caps[32];

	return read_text(host->root, status, "proc/self/status") > 0 &&
	       read_field(status, "CapEff", caps, sizeof(caps)) &&
	       strtoull(caps, NULL, 16) >> CAP_IPC_LOCK & 1;
}

static enum host_verdict check_lock_limit(struct host *host)
{
	const uint64_t wanted = host->scope->lock_bytes;
	char text[HOST_TEXT];
	const char *limit;

	if (read_text(host->root, text, "proc/self/limits") <= 0 ||
		!(limit = read_line(text, "Max locked memory")))
		return HOST_UNKNOWN;
	if (strncmp(limit, "unlimited", 9) == 0 || may_lock_all(host))
		return HOST_FINE;
	const uint64_t bytes = strtoull(limit, NULL, 10);

	if (wanted > bytes)
		return host_found_missing(host, "room for all that the job pins",
			"ulimit -l unlimited, or a line with memlock in /etc/security/limits.conf",
			"%.0f MiB may be locked, the job pins %.0f MiB", (double)bytes / MIB,
			(double)wanted / MIB);
	return HOST_FINE;
}

/* ---- who translates for devices ----------------------------------------------------------------------------------- */

/* Type of the first group of devices: "DMA", "DMA-FQ", "identity". Return: whether there is a group. */
static bool iommu_type(const struct host *host, char type[HOST_TEXT])
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;

	if ((size_t)snprintf(path, sizeof(path), "%s/sys/kernel/iommu_groups", host->root) >=
		sizeof(path))
		return false;
	DIR *folder = opendir(path);

	if (!folder)
		return false;
	while (!found && (entry = readdir(folder)))
		found = entry->d_name[0] != '.' &&
		        read_text(host->root, type, "sys/kernel/iommu_groups/%s/type",
				entry->d_name) > 0;
	closedir(folder);
	return found;
}

static enum host_verdict check_iommu(struct host *host)
{
	static const char expected[] =
		"known and the same in runs to be compared; the soft device does not go through it";
	char type[HOST_TEXT];

	if (!read_exists(host->root, "sys/kernel/iommu_groups"))
		return HOST_UNKNOWN;
	if (!iommu_type(host, type) || strcmp(type, "identity") == 0)
		return HOST_FINE;
	const bool lazy = strcmp(type, "DMA-FQ") == 0;

	return host_found(host, AUDIT_NOTE, expected,
		lazy ? "to compare: boot with iommu.strict=1 or iommu=pt"
		     : "to compare: boot with iommu.strict=0 or iommu=pt",
		"the IOMMU translates for real devices (%.20s): each unmap %s", type,
		lazy ? "is flushed later, in batches" : "waits for a flush");
}

static enum host_verdict check_bounce(struct host *host)
{
	char line[HOST_TEXT];

	if (read_text(host->root, line, "proc/cmdline") < 0)
		return HOST_UNKNOWN;
	if (!strstr(line, "swiotlb=force"))
		return HOST_FINE;
	return host_found(host, AUDIT_NOTE, "no forced bounce buffers",
		"boot without swiotlb=force, unless the guest is confidential",
		"all DMA of real devices is copied through bounce buffers (swiotlb=force)");
}

const struct host_check host_memory_checks[] = {
	{"memory", check_memory},
	{"swap", check_swap},
	{"huge_pages", check_huge_pages},
	{"same_pages", check_same_pages},
	{"numa_balancing", check_balancing},
	{"lock_limit", check_lock_limit},
	{"iommu", check_iommu},
	{"bounce", check_bounce},
	{NULL, NULL},
};
