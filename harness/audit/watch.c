// SPDX-License-Identifier: BSD-2-Clause
/*
 * watch.c: readings of everything that counts up, through descriptors held open. Called by harness/run around every
 * trial and by the doctor around an idle moment. Judges nothing.
 */
#include "harness/audit/host_priv.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "drivers/support/fault.h"

#define THREADS_MAX   128
#define THROTTLES_MAX 4
#define CLOCK_TRIES   6
#define NS_PER_S      UINT64_C(1000000000)

/* /proc/interrupts has a row a source and a column a processor: megabytes on large hosts. Dropped above this cost. */
#define COST_MAX_NS 2000000u

struct audit_watch {
	const char *root;
	const struct audit_scope *scope;
	const struct clock *clock;
	int stat, interrupts, vmstat; /* -1: not there */
	int throttle[THROTTLES_MAX];
	int thread[THREADS_MAX];
	bool thread_of_device
		[THREADS_MAX]; /* bound to the device's processor, where none of ours disturbs it */
	unsigned thread_count;
	int column[2]; /* of the measuring processors in /proc/interrupts, -1: none */
	cpu_set_t siblings;
	uint64_t tick_ns; /* of the kernel's counts in /proc/stat */
	uint64_t cost_ns;
	char buffer[16384];
};

static int watch_file(const char *root, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static int watch_file(const char *root, const char *format, ...)
{
	char path[PATH_MAX];
	size_t used = (size_t)snprintf(path, sizeof(path), "%s/", root);
	va_list args;

	if (used >= sizeof(path))
		return -1;
	va_start(args, format);
	vsnprintf(path + used, sizeof(path) - used, format, args);
	va_end(args);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void watch_drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- lines of a file of any length, through one buffer ------------------------------------------------------------ */

struct lines {
	struct audit_watch *watch;
	int fd;
	off_t offset;      /* of what comes behind the buffer */
	size_t used, next; /* bytes in it, start of the next line */
};

/* Next line without its newline; NULL at the end. A line longer than the buffer comes in pieces. */
static char *lines_next(struct lines *lines)
{
	char *buffer = lines->watch->buffer, *end;
	const size_t room = sizeof(lines->watch->buffer) - 1;

	while (!(end = memchr(buffer + lines->next, '\n', lines->used - lines->next))) {
		memmove(buffer, buffer + lines->next, lines->used - lines->next);
		lines->used -= lines->next;
		lines->next = 0;
		if (lines->used == room)
			break;
		ssize_t got = pread(
			lines->fd, buffer + lines->used, room - lines->used, lines->offset);

		if (got <= 0)
			break;
		lines->offset += got;
		lines->used += (size_t)got;
	}
	if (!end && lines->used == lines->next)
		return NULL;
	char *line = buffer + lines->next;

	end = end ? end : buffer + lines->used;
	*end = '\0';
	lines->next = (size_t)(end - buffer) + (end < buffer + lines->used);
	return line;
}

/* ---- one reading --------------------------------------------------------------------------------------------------- */

static uint64_t clock_of(clockid_t id)
{
	struct timespec now;

	return clock_gettime(id, &now) ? 0
	                               : (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* All clocks at one moment: of some tries the one that was interrupted least. */
static void read_clocks(const struct audit_watch *watch, struct audit_reading *reading)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < CLOCK_TRIES; i++) {
		const struct tick start = clock_now(watch->clock);
		const uint64_t real = clock_of(CLOCK_REALTIME), raw = clock_of(CLOCK_MONOTONIC_RAW),
			       boot = clock_of(CLOCK_BOOTTIME), mono = clock_of(CLOCK_MONOTONIC);
		const struct tick end = clock_now(watch->clock);

		if (clock_span(start, end) >= least)
			continue;
		least = clock_span(start, end);
		reading->tick_ns = clock_ns(watch->clock, start.t);
		reading->real_ns = real;
		reading->raw_ns = raw;
		reading->boot_ns = boot;
		reading->mono_ns = mono;
	}
}

/* One "cpuN user nice system idle iowait irq softirq steal ..." of /proc/stat. */
static void take_stat(
	const struct audit_watch *watch, const char *line, struct audit_reading *reading)
{
	const int cpus[2] = {watch->scope->driver_cpu, watch->scope->device_cpu};
	unsigned long long field[8] = {0};
	char *at;
	const unsigned long cpu = strtoul(line + 3, &at, 10);

	for (size_t i = 0; i < 8; i++)
		field[i] = strtoull(at, &at, 10);
	const uint64_t busy_ns = (field[0] + field[1] + field[2] + field[5] + field[6]) *
	                         watch->tick_ns;

	for (int i = 0; i < 2; i++) {
		if ((unsigned long)cpus[i] != cpu)
			continue;
		reading->busy_ns[i] = busy_ns;
		reading->steal_ns[i] = field[7] * watch->tick_ns;
	}
	if (cpu < CPU_SETSIZE && CPU_ISSET(cpu, &watch->siblings))
		reading->sibling_busy_ns += busy_ns;
}

static void read_stat(struct audit_watch *watch, struct audit_reading *reading)
{
	struct lines lines = {.watch = watch, .fd = watch->stat};
	const char *line;

	while (lines.fd >= 0 && (line = lines_next(&lines)) && strncmp(line, "cpu", 3) == 0)
		if (isdigit((unsigned char)line[3]))
			take_stat(watch, line, reading);
}

/* Rows of devices have numbers; of the processor's own, a heat alarm and an NMI stop a program, the rest are its own. */
static bool row_counts(const char *line)
{
	line += strspn(line, " ");
	return isdigit((unsigned char)*line) || !strncmp(line, "NMI:", 4) ||
	       !strncmp(line, "TRM:", 4);
}

static void read_interrupts(struct audit_watch *watch, struct audit_reading *reading)
{
	struct lines lines = {.watch = watch, .fd = watch->interrupts};
	char *at;

	while (lines.fd >= 0 && (at = lines_next(&lines))) {
		char *end = strchr(at, ':');

		if (!end || !row_counts(at))
			continue;
		at = end + 1;
		for (int column = 0; column <= watch->column[0] || column <= watch->column[1];
			column++) {
			const uint64_t count = strtoull(at, &end, 10);

			if (end == at)
				break;
			at = end;
			for (int i = 0; i < 2; i++)
				if (column == watch->column[i])
					reading->interrupts[i] += count;
		}
	}
}

static uint64_t small_number(int fd, unsigned which)
{
	char text[128], *at = text;
	ssize_t len = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);
	uint64_t number = 0;

	if (len <= 0)
		return 0;
	text[len] = '\0';
	for (unsigned i = 0; i <= which; i++)
		number = strtoull(at, &at, 10);
	return number;
}

static void read_swap(struct audit_watch *watch, struct audit_reading *reading)
{
	struct lines lines = {.watch = watch, .fd = watch->vmstat};
	const char *line;

	while (lines.fd >= 0 && (line = lines_next(&lines)))
		if (!strncmp(line, "pswpin ", 7) || !strncmp(line, "pswpout ", 8))
			reading->swapped_pages += strtoull(strchr(line, ' '), NULL, 10);
}

static void read_usage(struct audit_reading *reading)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		return;
	reading->involuntary = (uint64_t)usage.ru_nivcsw;
	reading->major_faults = (uint64_t)usage.ru_majflt;
}

void audit_watch_read(struct audit_watch *watch, struct audit_reading *reading)
{
	*reading = (struct audit_reading){.cpu = sched_getcpu(), .has_waits = watch->thread_count};
	read_stat(watch, reading);
	read_interrupts(watch, reading);
	read_swap(watch, reading);
	for (int i = 0; i < THROTTLES_MAX; i++)
		reading->throttles += small_number(watch->throttle[i], 0);
	for (unsigned i = 0; i < watch->thread_count; i++)
		reading->wait_ns[watch->thread_of_device[i]] += small_number(watch->thread[i], 1);
	read_usage(reading);
	read_clocks(watch, reading);
}

/* ---- opening -------------------------------------------------------------------------------------------------------- */

static void threads_drop(struct audit_watch *watch)
{
	while (watch->thread_count)
		watch_drop(&watch->thread[--watch->thread_count]);
}

static bool is_of_device(const struct audit_watch *watch, const char *thread)
{
	char status[HOST_TEXT], list[64];
	cpu_set_t may;

	return watch->scope->driver_cpu != watch->scope->device_cpu &&
	       read_text(watch->root, status, "proc/self/task/%.20s/status", thread) > 0 &&
	       read_field(status, "Cpus_allowed_list", list, sizeof(list)) &&
	       read_list(list, &may) == 1 && CPU_ISSET((size_t)watch->scope->device_cpu, &may);
}

void audit_watch_threads(struct audit_watch *watch)
{
	char path[PATH_MAX];
	struct dirent *entry;

	threads_drop(watch);
	if ((size_t)snprintf(path, sizeof(path), "%s/proc/self/task", watch->root) >= sizeof(path))
		return;
	DIR *folder = opendir(path);

	while (folder && watch->thread_count < THREADS_MAX && (entry = readdir(folder))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		const int fd = watch_file(
			watch->root, "proc/self/task/%.20s/schedstat", entry->d_name);

		if (fd < 0)
			continue;
		watch->thread_of_device[watch->thread_count] = is_of_device(watch, entry->d_name);
		watch->thread[watch->thread_count++] = fd;
	}
	if (folder)
		closedir(folder);
}

/* Columns follow the names in the first line, which leaves out processors that are off. */
static void find_columns(struct audit_watch *watch)
{
	const int cpus[2] = {watch->scope->driver_cpu, watch->scope->device_cpu};
	struct lines lines = {.watch = watch, .fd = watch->interrupts};
	const char *at = lines.fd >= 0 ? lines_next(&lines) : NULL;

	watch->column[0] = watch->column[1] = -1;
	for (int column = 0; at && (at = strstr(at, "CPU")); column++) {
		const long cpu = strtol(at + 3, NULL, 10);

		for (int i = 0; i < 2; i++)
			if (cpu == cpus[i])
				watch->column[i] = column;
		at += 3;
	}
	if (watch->column[0] < 0 && watch->column[1] < 0)
		watch_drop(&watch->interrupts);
}

static void find_siblings(struct audit_watch *watch)
{
	const int cpus[2] = {watch->scope->driver_cpu, watch->scope->device_cpu};
	char text[HOST_TEXT];
	cpu_set_t set;

	CPU_ZERO(&watch->siblings);
	for (int i = 0; i < 2; i++)
		if (read_text(watch->root, text,
			    "sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
			    cpus[i]) > 0 &&
			read_list(text, &set))
			CPU_OR(&watch->siblings, &watch->siblings, &set);
	for (int i = 0; i < 2; i++)
		CPU_CLR((size_t)cpus[i], &watch->siblings);
}

static void find_throttles(struct audit_watch *watch)
{
	static const char *const kinds[] = {"core", "package"};
	const int cpus[2] = {watch->scope->driver_cpu, watch->scope->device_cpu};

	for (int i = 0; i < THROTTLES_MAX; i++)
		watch->throttle[i] = watch_file(watch->root,
			"sys/devices/system/cpu/cpu%d/thermal_throttle/%s_throttle_count",
			cpus[i / 2], kinds[i % 2]);
}

/* What a reading costs, the second one, since the first finds cold caches. */
static uint64_t reading_cost(struct audit_watch *watch)
{
	struct audit_reading reading;
	struct tick start = {0};

	for (int i = 0; i < 2; i++) {
		start = clock_now(watch->clock);
		audit_watch_read(watch, &reading);
	}
	return clock_ns(watch->clock, clock_span(start, clock_now(watch->clock)));
}

int audit_watch_open(struct audit_watch **out, const char *root, const struct audit_scope *scope,
	const struct clock *clock, struct err *err)
{
	struct audit_watch *watch = fault_point("audit_watch") ? NULL : calloc(1, sizeof(*watch));

	*out = NULL;
	if (!watch)
		return err_short(err, -ENOMEM, "noise audit: no memory");
	watch->root = root;
	watch->scope = scope;
	watch->clock = clock;
	watch->tick_ns = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	watch->stat = watch_file(root, "proc/stat");
	watch->interrupts = watch_file(root, "proc/interrupts");
	watch->vmstat = watch_file(root, "proc/vmstat");
	find_columns(watch);
	find_siblings(watch);
	find_throttles(watch);
	audit_watch_threads(watch);
	watch->cost_ns = reading_cost(watch);
	if (watch->cost_ns > COST_MAX_NS && watch->interrupts >= 0) {
		watch_drop(&watch->interrupts);
		watch->cost_ns = reading_cost(watch);
	}
	*out = watch;
	return 0;
}

void audit_watch_close(struct audit_watch *watch)
{
	if (!watch)
		return;
	threads_drop(watch);
	watch_drop(&watch->stat);
	watch_drop(&watch->interrupts);
	watch_drop(&watch->vmstat);
	for (int i = 0; i < THROTTLES_MAX; i++)
		watch_drop(&watch->throttle[i]);
	free(watch);
}

uint64_t audit_watch_cost_ns(const struct audit_watch *watch)
{
	return watch->cost_ns;
}
