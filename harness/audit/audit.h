/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * audit.h: whether figures taken on this host can be trusted, before and while they are taken.
 *
 *	audit_host      what is set up badly: governor, quota, huge pages, clock source ... (some 30 checks, once)
 *	audit_watch     what disturbs a stretch of time: preemption, steal, interrupts, clock steps, heat
 *	audit_judge     two readings of a watch -> which disturbances there were
 *	audit_tally     the same over a run, and the verdict
 *
 * Findings are graded. NOTE: worth knowing, figures hold. TAINTS: figures may be shifted or spread; they are kept and
 * marked. FATAL: figures mean nothing, or measuring is not possible (missing). Every finding says what was found, what
 * is expected, and the command that mends it; the audit itself changes nothing.
 *
 * All files are read below a root folder, so that a host can be judged by a copy of its /proc and /sys; clocks, resource
 * usage and the processor the caller runs on come from the system itself.
 *
 * Call order: audit_host any time. audit_watch_open -> (audit_watch_threads after threads came or went) ->
 * audit_watch_read before and after each stretch -> audit_judge -> audit_watch_close.
 * Threads: a watch belongs to the thread that is measured. audit_watch_read makes system calls on descriptors held open
 * and allocates nothing; its cost is in audit_watch_cost_ns. It stands outside measured time.
 * Ownership: audit_watch_open gives, audit_watch_close takes back (NULL tolerated); all else are plain structs.
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/support/err.h"
#include "harness/clock/clock.h"

#define AUDIT_FINDINGS_MAX 48
#define AUDIT_TAINT_TEXT   160

enum audit_grade { AUDIT_NOTE, AUDIT_TAINTS, AUDIT_FATAL };

/* "note", "taints", "fatal". */
const char *audit_grade_word(enum audit_grade grade);

/* What is going to be measured, as far as it changes the judgement. */
struct audit_scope {
	int driver_cpu, device_cpu; /* OS numbers; equal where there is one processor only */
	bool blocking; /* completions that sleep are measured: driver and interrupt thread share a
	                             * core then and wait for one another, which is no disturbance */
	bool tsc;      /* the clock in use is the TSC */
	unsigned busy_threads,
		processors; /* most that compute at once, and what there is for them; 0: not told */
	bool checked_build; /* the program has sanitizers or fault points, or no optimisation */
	uint64_t lock_bytes; /* memory that will be pinned, 0: none */
};

/*
 * audit_scope_guess - fills @scope for a host known by its files only: two processors of different cores that this
 * process may use, the TSC where the kernel trusts it. Return: 0; -ENOENT (ERR_MISSING) no readable /proc below @root.
 */
int audit_scope_guess(const char *root, struct audit_scope *scope, struct err *err);

/* audit_build_is_checked - whether this program was built for tests: sanitizers, fault points, no optimisation. */
bool audit_build_is_checked(void);

struct audit_finding {
	const char *name; /* of the check: "governor" */
	enum audit_grade grade;
	bool missing; /* measuring needs it */
	char found[200], expected[120], remedy[200];
};

struct audit_host {
	unsigned checks;  /* done */
	unsigned unknown; /* of them: nothing to be read here */
	char unknown_names[400];
	unsigned count;
	struct audit_finding finding[AUDIT_FINDINGS_MAX];
};

/* audit_host_check - judges the set-up of the host below @root ("" for this one). Never fails: what cannot be read is
 * counted as unknown. */
void audit_host_check(const char *root, const struct audit_scope *scope, struct audit_host *host);

/* Number of findings of @grade; of those that stop measuring altogether. */
unsigned audit_host_count(const struct audit_host *host, enum audit_grade grade);
unsigned audit_host_missing(const struct audit_host *host);

/* ---- while measuring ----------------------------------------------------------------------------------------- */

/* One look at everything that counts up. Driver and device core at [0] and [1], equal where they are one. */
struct audit_reading {
	uint64_t tick_ns; /* the clock of the measurement, from any start */
	uint64_t raw_ns, real_ns, boot_ns, mono_ns;
	uint64_t involuntary, major_faults; /* of this process */
	uint64_t wait_ns
		[2]; /* its threads were ready and had no processor: [1] those bound to the device's
	                      * processor alone, [0] all others */
	uint64_t busy_ns[2], steal_ns[2]; /* of the measuring processors */
	uint64_t sibling_busy_ns;         /* of the other hardware threads of their cores */
	uint64_t interrupts[2];           /* of devices, on the measuring processors */
	uint64_t throttles, swapped_pages;
	int cpu;        /* the caller runs on; -1 not known */
	bool has_waits; /* wait_ns is told */
};

struct audit_watch;

/*
 * audit_watch_open - opens what is read again and again. @clock must outlive the watch. What the host does not offer is
 * left out. Return: 0; -ENOMEM (ERR_MISSING).
 */
int audit_watch_open(struct audit_watch **watch, const char *root, const struct audit_scope *scope,
	const struct clock *clock, struct err *err);
void audit_watch_close(struct audit_watch *watch);

/* audit_watch_threads - looks up the threads of this process anew. */
void audit_watch_threads(struct audit_watch *watch);

void audit_watch_read(struct audit_watch *watch, struct audit_reading *reading);

/* Time one reading takes, ns; found at audit_watch_open. */
uint64_t audit_watch_cost_ns(const struct audit_watch *watch);

/*
 * Disturbances: name, grade, remedy. Limits are in judge.c with their reasons. A clock that cannot be believed and a
 * machine that was suspended spoil the run, all else the one repetition.
 */
#define AUDIT_TAINTS_LIST(X)                                                                       \
	X(PREEMPTED, preempted, AUDIT_TAINTS,                                                      \
		"stop other load, or give dmabench cores of its own: taskset, isolcpus=")          \
	X(STEAL, steal, AUDIT_TAINTS,                                                              \
		"move or stop neighbours on the hypervisor, or pin the virtual processors there")  \
	X(SIBLING, sibling, AUDIT_TAINTS,                                                          \
		"stop the load on the cores' other hardware threads: echo off "                    \
		">/sys/devices/system/cpu/smt/control")                                            \
	X(INTERRUPTS, interrupts, AUDIT_TAINTS,                                                    \
		"systemctl stop irqbalance; echo OTHER_CPUS >/proc/irq/N/smp_affinity_list")       \
	X(THROTTLED, throttled, AUDIT_TAINTS,                                                      \
		"improve cooling, or lower the clock: cpupower frequency-set -u FREQUENCY")        \
	X(PAGED, paged, AUDIT_TAINTS, "free memory, or switch swap off: swapoff -a")               \
	X(MOVED, moved, AUDIT_TAINTS,                                                              \
		"keep other programs from changing the affinity of dmabench")                      \
	X(STEPPED, stepped, AUDIT_TAINTS,                                                          \
		"let the clock slew and not step: chronyc makestep before measuring, not during "  \
		"it")                                                                              \
	X(CLOCK, clock, AUDIT_FATAL,                                                               \
		"boot with clocksource=tsc tsc=reliable only if the hardware is sound, else "      \
		"report the host")                                                                 \
	X(SUSPENDED, suspended, AUDIT_FATAL,                                                       \
		"keep the host awake: systemd-inhibit dmabench run ...")

enum audit_taint {
#define X(symbol, name, grade, remedy) AUDIT_TAINT_##symbol,
	AUDIT_TAINTS_LIST(X)
#undef X
		AUDIT_TAINT_COUNT,
};

const char *audit_taint_name(enum audit_taint taint);
enum audit_grade audit_taint_grade(enum audit_taint taint);
const char *audit_taint_remedy(enum audit_taint taint);

/*
 * audit_judge - what disturbed the time between two readings. @text: receives the disturbances with their sizes, parted
 * by ", ", "" for none. Return: bit mask, 1 << enum audit_taint. Pure.
 */
unsigned audit_judge(const struct audit_scope *scope, const struct audit_reading *before,
	const struct audit_reading *after, char text[AUDIT_TAINT_TEXT]);

/* audit_taints_of - the mask that audit_judge returned with @text; what was cut off it is lost. */
unsigned audit_taints_of(const char *text);

/* audit_host_add_window - adds what disturbed an idle stretch of time before measuring to the findings. */
void audit_host_add_window(struct audit_host *host, const struct audit_scope *scope,
	const struct audit_reading *before, const struct audit_reading *after);

/* ---- over a run ------------------------------------------------------------------------------------------------ */

struct audit_tally {
	uint64_t trials, tainted;
	uint64_t of[AUDIT_TAINT_COUNT];
};

void audit_tally_add(struct audit_tally *tally, unsigned taints);

/*
 * audit_trusted - the verdict: not trusted where a finding is fatal, a disturbance spoils the run, or more than half of
 * the repetitions are tainted. @why: receives the reasons, or what was tainted, or "". Return: whether it is trusted.
 */
bool audit_trusted(
	const struct audit_host *host, const struct audit_tally *tally, char *why, size_t room);

#endif
