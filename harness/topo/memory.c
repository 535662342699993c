// SPDX-License-Identifier: BSD-2-Clause
/*
 * memory.c: memory on a chosen node, in pages of a chosen size. See topo.h. The kernel gives large pages as it likes, so
 * what came is read back from /proc/self/smaps; a mapping is told from its neighbours there by guard pages around it,
 * which also stop a driver that goes beyond the memory it was given.
 */
#include "harness/topo/topo_priv.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "drivers/support/fault.h"
#include "drivers/support/types.h"

#ifndef MADV_COLLAPSE /* Linux 6.1 */
#define MADV_COLLAPSE 25
#endif
#ifndef MAP_HUGE_2MB
#define MAP_HUGE_2MB (21 << 26)
#endif

const char *const topo_pages_words[] = {"4k", "thp", "2m", NULL};

static size_t unit_bytes(enum topo_pages pages)
{
	return pages == TOPO_PAGES_4K ? PAGE_BYTES : TOPO_HUGE_BYTES;
}

static size_t span_bytes(size_t len_bytes, enum topo_pages pages)
{
	const size_t unit = unit_bytes(pages);

	return (len_bytes + unit - 1) / unit * unit;
}

/* @bytes of address space without access, cut so that a multiple of @unit lies one page behind its start. */
static unsigned char *reserve(size_t bytes, size_t unit)
{
	const size_t more = unit + 2 * PAGE_BYTES;
	unsigned char *map = mmap(
		NULL, bytes + more, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return NULL;
	size_t front = unit - ((uintptr_t)map + PAGE_BYTES + unit - 1) % unit - 1;

	if (front)
		munmap(map, front);
	munmap(map + front + bytes + 2 * PAGE_BYTES, more - front - 2 * PAGE_BYTES);
	return map + front + PAGE_BYTES;
}

static void unmap_pages(unsigned char *memory, size_t span)
{
	munmap(memory - PAGE_BYTES, span + 2 * PAGE_BYTES);
}

/* Makes reserved address space memory. Return: whether there was enough. */
static bool furnish(unsigned char *memory, size_t span, enum topo_pages pages)
{
	if (pages == TOPO_PAGES_2M)
		return mmap(memory, span, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_HUGETLB | MAP_HUGE_2MB,
			       -1, 0) != MAP_FAILED;
	if (mprotect(memory, span, PROT_READ | PROT_WRITE))
		return false;
	/* What came of the wish for large pages is checked later. */
	(void)madvise(memory, span, pages == TOPO_PAGES_THP ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	return true;
}

static void *map_pages(size_t len_bytes, enum topo_pages pages)
{
	if (fault_point("topo_map"))
		return NULL;
	if (len_bytes > SIZE_MAX / 2)
		return NULL;

	const size_t span = span_bytes(len_bytes, pages);
	unsigned char *memory = reserve(span, unit_bytes(pages));

	if (memory && !furnish(memory, span, pages)) {
		unmap_pages(memory, span);
		memory = NULL;
	}
	return memory;
}

static int no_huge_pages(size_t len_bytes, struct err *err)
{
	const size_t wanted = span_bytes(len_bytes, TOPO_PAGES_2M) / TOPO_HUGE_BYTES;

	return err_set(err, ERR_MISSING, -ENOMEM,
		"memory: pages=2m: the host has no %zu free huge pages of 2 MiB; reserve them as "
		"root: "
		"echo %zu > /proc/sys/vm/nr_hugepages (free now: grep HugePages_Free "
		"/proc/meminfo)",
		wanted, wanted);
}

/* The mode of transparent huge pages: the word in brackets. "unknown" where the kernel has none. */
static void thp_mode(char word[24])
{
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
	char line[96] = "";

	snprintf(word, 24, "unknown");
	if (!file)
		return;
	if (fgets(line, sizeof(line), file) && strchr(line, '['))
		sscanf(strchr(line, '['), "[%23[a-z]", word);
	fclose(file);
}

static int no_thp(int64_t had, size_t span, struct err *err)
{
	char mode[24];

	thp_mode(mode);
	return err_set(err, ERR_MISSING, -ENOMEM,
		"memory: pages=thp: %lld of %zu KiB came as transparent huge pages "
		"(/sys/kernel/mm/transparent_hugepage/enabled: %s); set it to madvise and free "
		"memory "
		"(echo 1 > /proc/sys/vm/compact_memory), or use pages=2m",
		(long long)(had < 0 ? -1 : had >> 10), span >> 10, mode);
}

int topo_pages_offered(size_t len_bytes, enum topo_pages pages, struct err *err)
{
	const size_t span = span_bytes(len_bytes, pages);
	char mode[24];

	if (pages == TOPO_PAGES_2M) {
		/* Mapping reserves the pages, or fails; nothing is touched. */
		void *memory = map_pages(len_bytes, pages);

		if (!memory)
			return no_huge_pages(len_bytes, err);
		unmap_pages(memory, span);
	}
	thp_mode(mode);
	if (pages == TOPO_PAGES_THP && strcmp(mode, "madvise") != 0 && strcmp(mode, "always") != 0)
		return no_thp(0, span, err);
	return 0;
}

int64_t topo_memory_huge(const void *memory)
{
	FILE *file = fault_point("topo_smaps") ? NULL : fopen("/proc/self/smaps", "re");
	unsigned long first = 0, end = 0;
	int64_t huge = -1;
	char line[512];
	bool ours = false;
	unsigned long kib;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &first, &end) == 2) {
			if (ours)
				break;
			ours = first == (uintptr_t)memory;
			huge = ours ? 0 : huge;
		} else if (ours && (sscanf(line, "AnonHugePages: %lu", &kib) == 1 ||
					   sscanf(line, "Private_Hugetlb: %lu", &kib) == 1)) {
			huge += (int64_t)kib << 10;
		}
	}
	if (file)
		fclose(file);
	return huge;
}

/* Touched pages that are not large are made so, where the kernel can; then it is told what came. */
static int check_thp(void *memory, size_t span, struct err *err)
{
	int64_t huge = topo_memory_huge(memory);

	if (huge >= 0 && (size_t)huge < span) {
		(void)madvise(memory, span, MADV_COLLAPSE);
		huge = topo_memory_huge(memory);
	}
	return huge >= 0 && (size_t)huge >= span ? 0 : no_thp(huge, span, err);
}

void *topo_alloc(
	struct topo *topo, size_t len_bytes, int node, enum topo_pages pages, struct err *err)
{
	hwloc_obj_t obj = node < 0 ? NULL
	                           : hwloc_get_numanode_obj_by_os_index(
					     topo->topology, (unsigned)node);

	const size_t span = span_bytes(len_bytes, pages);

	if (topo_need_live(topo, err))
		return NULL;
	if (!len_bytes || !obj) {
		err_set(err, ERR_USAGE, -EINVAL,
			"memory: %zu bytes on node %d: expected 1 or more on one of %d nodes",
			len_bytes, node,
			hwloc_get_nbobjs_by_type(topo->topology, HWLOC_OBJ_NUMANODE));
		return NULL;
	}
	void *memory = map_pages(len_bytes, pages);

	if (!memory && pages == TOPO_PAGES_2M) {
		no_huge_pages(len_bytes, err);
		return NULL;
	}
	if (!memory) {
		err_set(err, ERR_MISSING, -ENOMEM, "memory: %zu bytes on node %d cannot be had",
			len_bytes, node);
		return NULL;
	}
	/* A wish only: containers often forbid it, and then the first touch places the pages near the caller. */
	(void)hwloc_set_area_membind(topo->topology, memory, span, obj->nodeset, HWLOC_MEMBIND_BIND,
		HWLOC_MEMBIND_BYNODESET);
	memset(memory, 0, span);
	if (pages == TOPO_PAGES_THP && check_thp(memory, span, err)) {
		topo_free(topo, memory, len_bytes, pages);
		return NULL;
	}
	return memory;
}

int topo_memory_node(struct topo *topo, const void *memory, size_t len_bytes)
{
	hwloc_bitmap_t nodes = fault_point("topo_bitmap") ? NULL : hwloc_bitmap_alloc();
	int node = -1;

	if (nodes &&
		!hwloc_get_area_memlocation(
			topo->topology, memory, len_bytes, nodes, HWLOC_MEMBIND_BYNODESET) &&
		hwloc_bitmap_weight(nodes) == 1)
		node = hwloc_bitmap_first(nodes);
	hwloc_bitmap_free(nodes);
	return node;
}

void topo_free(struct topo *topo, void *memory, size_t len_bytes, enum topo_pages pages)
{
	(void)topo;
	if (memory)
		unmap_pages(memory, span_bytes(len_bytes, pages));
}
