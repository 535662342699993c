/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run.h: the life-cycle of a run: configure, freeze, set up, warm up, measure, drain, verify, tear down.
 *
 *	settings --run_plan--> cells in groups --run_execute--> store
 *
 * A cell is one case with one value of every key. A group holds the cells that differ in strategy alone; its
 * cells are measured side by side: every block gives each of them one trial, in an order shuffled anew, so that
 * drift hits all strategies alike and ratios can be taken block by block. Each cell has a port of its own with
 * its driver loaded; the ports of a group wait in D3 while another one is measured.
 *
 * The trial itself is executed by the caller's hook (Google Benchmark behind bench/gbench), which calls
 * run_trial_body with the number of operations; run_trial_body measures, run_trial_counter tells the result.
 *
 * Call order: run_settings_init -> opt_set ... -> run_plan -> run_execute -> run_plan_free.
 * Ownership: a plan belongs to the caller. Threads: one; it is bound to the driver's core inside run_execute.
 * Errors: 0 or -errno with struct err; what was measured wrong does not stop a run but is a finding and makes
 * run_summary.findings non-zero.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/device/device.h"
#include "drivers/support/err.h"
#include "harness/clock/clock.h"
#include "harness/load/load.h"
#include "harness/opt/opt.h"
#include "harness/store/store.h"
#include "harness/topo/topo.h"

struct bench_case;
struct run_cell;
struct run_trial;
struct videoport;

/* Words of the keys, in the order of the indices held by settings. */
extern const char *run_strategy_words[];  /* packet packet-cached common hybrid, then modules */
extern const char *const run_dir_words[]; /* to_device from_device mixed */
extern const char *const run_completion_words[]; /* poll interrupt adaptive */
extern const char *const run_source_words[];     /* untouched rewritten read-back */
extern const char *const run_verify_words[];     /* off sample full */
extern const char *const run_arrival_words[];    /* closed fixed poisson */
extern const char *const run_adapters_words[];   /* own shared */
extern const char *const run_cache_words[];      /* hot cold thrashed */
extern const char *const run_pin_words[];        /* none mlock iouring, by enum device_pin */
extern const char *const run_fault_words[];      /* none drop duplicate ... irq_lost ... */

/* From RUN_MODULE on: miniports of one's own, in the order of run_driver_add. */
enum run_strategy { RUN_PACKET, RUN_PACKET_CACHED, RUN_COMMON, RUN_HYBRID, RUN_MODULE };
#define RUN_MODULES_MAX 8
enum run_adapters { RUN_OWN, RUN_SHARED };
#define RUN_THREADS_MAX 64
enum run_dir { RUN_TO_DEVICE, RUN_FROM_DEVICE, RUN_MIXED };
enum run_completion { RUN_POLL, RUN_INTERRUPT, RUN_ADAPTIVE };
enum run_source { RUN_UNTOUCHED, RUN_REWRITTEN, RUN_READ_BACK };
enum run_cache { RUN_HOT, RUN_COLD, RUN_THRASHED };
enum run_verify { RUN_VERIFY_OFF, RUN_VERIFY_SAMPLE, RUN_VERIFY_FULL };

/*
 * Everything a job file or the command line can set; run_options is its option table. A key whose member holds one value
 * takes lists all the same: they stand in `sweeps`, and run_plan makes cells of every value.
 */
struct run_settings {
	char family[OPT_TEXT_MAX]; /* families, comma-separated; empty: all */
	char device[OPT_TEXT_MAX]; /* NAME or NAME:ARGS */
	struct opt_list strategy, dir, size, depth, batch, completion, source;
	struct opt_list threads, adapters; /* requesters; enum run_adapters */
	char mix[OPT_TEXT_MAX]; /* sizes by a distribution or a file (harness/load/mix.h); "": size */
	uint64_t to_device_percent; /* of operations, where dir is mixed */
	struct opt_list offset; /* bytes into the page where a payload starts in host memory ... */
	struct opt_list device_offset; /* ... and in device memory */
	struct opt_list
		window_bytes;  /* payload bytes of one round, 0: chosen from size and depth */
	struct opt_list cache; /* enum run_cache */
	struct opt_list pages; /* enum topo_pages */
	struct opt_list pin;   /* enum device_pin */
	unsigned verify;       /* enum run_verify */
	struct opt_list
		verifier; /* 0 off, 1 on; all values for cases with a strategy, else the first */
	struct opt_list ledger;     /* likewise */
	uint64_t ledger_every;      /* rounds; 0: chosen from size */
	uint64_t twins;             /* cells of each strategy in a group */
	struct opt_list plant_slow; /* per cent; all values for cases with a window, else none */
	uint64_t duration_ns;       /* measured time wanted of one trial */
	uint64_t repetitions;       /* trials of a cell = blocks of a group */
	uint64_t seed;
	unsigned soak; /* 1: what is held is looked at after each trial and has to stay the same */
	struct opt_list arrival; /* enum load_arrival */
	struct {
		/* Only one of the first two; none: per cent of the closed loop's. */
		struct opt_list per_second, bytes_per_second, percent;
		char find[OPT_TEXT_MAX]; /* "p99<=50us": the highest rate that meets it; "": none */
	} rate;
	uint64_t burst; /* arrivals at the same instant */
	struct {
		unsigned fault; /* by run_fault_words */
		double fault_rate;
		uint64_t fault_limit; /* transfers hit, of each device; 0: no limit */
		uint64_t
			timeout_ns; /* after which a driver resets a device that owes it something */
		uint64_t map_registers, address_bits, memory_bytes, moderation_us;
		uint64_t freeze_ns, freeze_at_ns;
		bool scatter_gather;
	} dev;
	struct {
		struct opt_list fragmentation; /* percent */
		struct opt_list high;          /* percent of runs above 4 GiB */
		uint64_t node;
	} frames;
	struct {
		char driver[OPT_TEXT_MAX], device[OPT_TEXT_MAX], memory[OPT_TEXT_MAX];
	} place; /* words of harness/place; one placement for all sections of a run */
	struct {
		uint64_t slot_bytes, slots; /* 0: chosen from size and depth */
		uint64_t common_bytes_max;
	} pool;
	char trace[OPT_TEXT_MAX]; /* file of the trace of family churn, "": one is made of ... */
	struct {
		char sizes[OPT_TEXT_MAX], lifetime[OPT_TEXT_MAX];
		uint64_t live_bytes, allocations; /* 0: chosen from the sizes */
		uint64_t windows;                 /* of a trial that ages, 0: it does not */
	} churn;
	uint64_t hybrid_threshold_bytes, cache_entries, poll_budget_us, ring_entries;
	struct opt_sweeps sweeps;
	/* No key: "FILE:LINE: [NAME]" for messages about the section; NULL: no file says it. Outlives plans. */
	const char *where;
};

extern const struct opt run_options[];

/* run_fault_set - what device.fault and device.fault_rate ask for, into @config. */
void run_fault_set(const struct run_settings *s, struct device_config *config);

#define RUN_FRAGMENTATION_DEFAULT 2 /* per cent; in names only where it is another, but for sg */

#define RUN_SECTIONS_MAX 32
#define RUN_WINDOWS_MAX  1000

/* run_settings_init - every key at its default; what a job file's [global] starts from. */
void run_settings_init(struct run_settings *settings);

/*
 * run_driver_add - a miniport of one's own, made by scripts/miniport-build, as one more strategy: its word is the
 * file's base name. Before settings are read, which then know the word. Return: the index of its word; -EINVAL,
 * -ENOEXEC ... (ERR_USAGE): no module, a name that is taken, too many.
 * run_drivers_clear - forgets them all; no plan may be left that has one.
 */
int run_driver_add(const char *path, struct err *err);
void run_drivers_clear(void);

struct run_plan;

/*
 * run_drivers_check - looks for the places wished, opens the first case of every workload, and every module of @plan on its device, which it asks
 * what it can do, so that what cannot be had is refused before anything is measured or written. Cases with a completion mode that a driver does not do
 * are left out of the plan; @note is told. Return: 0; -ENOTSUP, -ERANGE (ERR_USAGE); -ENODEV (ERR_MISSING) no such place; as videoport_open.
 */
int run_drivers_check(
	struct run_plan *plan, void (*note)(const char *format, ...), struct err *err);

/*
 * run_plan - the cross product of @settings over @cases (NULL-terminated), cut by @filter (extended regular
 * expression on the cell's name, NULL: all). Return: 0; -EINVAL (ERR_USAGE) a value that cannot be, a device
 * or family that does not exist, a depth above the ring, an empty selection; -E2BIG (ERR_USAGE) too many cases.
 */
int run_plan(struct run_plan **plan, const struct run_settings *settings, unsigned settings_count,
	const struct bench_case *const *cases, const char *filter, struct err *err);
void run_plan_free(struct run_plan *plan);
size_t run_plan_cells(const struct run_plan *plan);
const char *run_plan_cell_name(const struct run_plan *plan, size_t index);
/* Whether the cell is still to be measured: not so if run_plan_resume found it in the record. */
bool run_plan_cell_pending(const struct run_plan *plan, size_t index);
size_t run_plan_pending(const struct run_plan *plan);
double run_plan_seconds(const struct run_plan *plan); /* estimate of the whole run */

/*
 * run_plan_again - keeps of @plan only the groups of which @wanted asks for repetitions by the name of a cell: as many as its
 * cells want at most. None may be left (run_plan_cells). Before run_drivers_check. Return: 0; -ENOMEM (ERR_MISSING).
 * run_plan_cell_seconds - what one more repetition of the cell takes, with those that are measured side by side with it.
 */
int run_plan_again(struct run_plan *plan, uint32_t (*wanted)(void *arg, const char *name),
	void *arg, struct err *err);
double run_plan_cell_seconds(const struct run_plan *plan, size_t index);

/*
 * run_plan_resume - @before is the record of a run of this job that did not end: its whole groups will not be measured
 * again, and run_execute goes on with that run under its id. Call it behind run_drivers_check. @process: who we are,
 * for the record. @force: also on another host or placement. @before must outlive the plan.
 * Return: 0; -EBADMSG (ERR_USAGE) cells that belong side by side are there in part; -ESTALE (ERR_USAGE), without @force,
 * the record holds cells that the plan does not; -ENOMEM.
 */
int run_plan_resume(struct run_plan *plan, const struct store_run *before, const char *process,
	bool force, struct err *err);

/*
 * run_lock_bytes - the least that transfers with @settings must lock at once, where the largest of every key meet; 0: pin
 * is none alone. For a judgement of the host without a plan.
 */
uint64_t run_lock_bytes(const struct run_settings *settings);

struct run_progress {
	size_t trials_done, trials_total;
	double elapsed_s, left_s;
	const char *cell; /* in measurement */
};

/* ---- figures without noise ------------------------------------------------------------------------------ */

/*
 * Who can tell instructions. collect - from now on those of this thread count, or count no more. take - how many did since the
 * last take; returns 0 or -errno with @err.
 */
struct run_count_hooks {
	void *arg;
	void (*collect)(void *arg, bool on);
	int (*take)(void *arg, uint64_t *instructions, struct err *err);
};

/* What an operation of a case costs, the device's part left out; NAN: not counted. */
struct run_counted {
	char name[STORE_NAME_MAX];
	double instructions_per_op;
	double virtual_ns_per_op; /* by the costs of drivers/device/model/cost.h: no claim about any machine */
};

struct run_counts {
	size_t count;
	struct run_counted *item;
};

/*
 * run_countable - how many cases of @plan can be counted: those of ring, sg, lock and churn on the soft device, with caches hot,
 * nothing pinned and no faults.
 * run_count - counts them, one after the other on a virtual machine of one thread: equal programs give equal figures. Nothing is
 * measured or stored. @hooks NULL: virtual time alone. Before run_execute of the same plan, or of another one. Not while
 * another scheduler plays (drivers/device/model/sched.h). Return: 0; as the cases' set-up; -EILSEQ (ERR_WRONG) one went wrong.
 * run_counts_free takes @counts back; it accepts a zeroed one.
 * run_counts_find - those of case @name; NULL: it was not counted. @counts may be NULL.
 */
size_t run_countable(const struct run_plan *plan);
int run_count(struct run_plan *plan, const struct run_count_hooks *hooks, struct run_counts *counts,
	struct err *err);
void run_counts_free(struct run_counts *counts);
const struct run_counted *run_counts_find(const struct run_counts *counts, const char *name);

struct run_hooks {
	void *arg;
	/* execute - runs one trial through the runner and returns what run_trial_body returned. */
	int (*execute)(void *arg, struct run_trial *trial, struct err *err);
	void (*progress)(void *arg, const struct run_progress *progress);
	bool (*cancelled)(void *arg);    /* asked between trials */
	const struct run_counts *counts; /* kept with the samples of their cases; NULL: none */
	bool require_trust; /* figures that the noise audit does not trust give exit code 5 */
	/*
	 * File for the trace of what the driver takes and gives back in one more trial of the plan's one cell, behind
	 * the measured ones and outside the record; NULL: none.
	 */
	const char *record;
};

/*
 * run_record_check - whether @plan has the one cell that can be recorded. Return: 0; -EINVAL (ERR_USAGE) more than one;
 * -ENODATA (ERR_USAGE) it takes nothing while it is measured.
 */
int run_record_check(const struct run_plan *plan, struct err *err);

struct run_summary {
	size_t cells, trials; /* measured now, without those of a run that is resumed */
	uint64_t findings;
	bool cancelled;
	bool trusted;           /* by the noise audit */
	uint32_t recorded;      /* events of the trace written; ... */
	uint64_t recorded_lost; /* and of those that came when it was full */
	char why[240];          /* it is not, or what was tainted; may be empty */
	char id[STORE_ID_MAX];
};

/*
 * run_execute - measures the plan and stores it, cell by cell, in @store (NULL: nothing is stored, for tests).
 * @facts: further key, value pairs for the record (versions), NULL-terminated keys.
 * Return: 0 also with findings; -errno when the run could not be done (ERR_MISSING: device, adapter, memory;
 * ERR_INTERNAL), the stored run is then marked failed.
 */
struct run_fact {
	const char *key, *value;
};
int run_execute(struct run_plan *plan, struct store *store, const struct run_hooks *hooks,
	const struct run_fact *facts, struct run_summary *summary, struct err *err);

/* ---- for the hook that executes a trial ---------------------------------------------------------------- */

const char *run_trial_name(const struct run_trial *trial);
uint64_t run_trial_operations(const struct run_trial *trial);
/* Does the trial. Return: 0; -EILSEQ wrong data (finding recorded); other -errno. May be called once. */
int run_trial_body(struct run_trial *trial, struct err *err);
/* Measured seconds, completed operations and counters of the trial done. NAN: does not apply. */
double run_trial_seconds(const struct run_trial *trial);
uint64_t run_trial_completed(const struct run_trial *trial);
double run_trial_counter(const struct run_trial *trial, enum store_counter counter);
/* The runner's view of the trial, which goes into the record. */
void run_trial_report(
	struct run_trial *trial, uint64_t iterations, double real_time_ns, double cpu_time_ns);

/* ---- for cases --------------------------------------------------------------------------------------- */

enum run_rate_unit { RUN_RATE_PERCENT, RUN_RATE_OPS, RUN_RATE_BYTES };

struct run_params {
	enum run_strategy strategy;
	enum run_dir dir;
	enum run_completion completion;
	enum run_source source;
	enum run_verify verify;
	bool verifier, ledger;
	uint32_t twin;         /* 1.., of settings' twins */
	uint32_t slow_percent; /* planted */
	uint64_t size_bytes;   /* of a mix the largest */
	uint64_t mean_bytes;   /* of a mix, rounded; else size_bytes */
	uint64_t offset_bytes, device_offset_bytes;
	uint32_t to_device_percent; /* drawn, where dir is RUN_MIXED */
	uint64_t window_bytes;
	uint32_t depth, batch;
	uint32_t threads; /* requesters, 1.. */
	enum run_adapters adapters;
	uint32_t fragmentation_percent, high_percent;
	enum run_cache cache;
	enum topo_pages pages;
	enum device_pin pin;
	enum load_arrival arrival;
	enum run_rate_unit rate_unit; /* of an open loop */
	uint64_t rate;
	double find_quantile, find_limit_ns; /* 0: the rate is given */
	uint32_t burst;
	uint32_t trace_events;   /* of the trace of family churn */
	uint64_t trace_checksum; /* and what it is known by */
};

const struct run_params *run_cell_params(const struct run_cell *cell);
/* Whether its operations differ in size or direction. */
bool run_cell_mixed(const struct run_cell *cell);
const struct run_settings *run_cell_settings(const struct run_cell *cell);
const struct clock *run_cell_clock(const struct run_cell *cell);
struct videoport *run_cell_port(const struct run_cell *cell);

/*
 * run_cell_offered - arrivals a second that the trial shall see; 0: the trial is a closed loop, as every trial of the
 * warm-up is, which finds the rate that per cents are of.
 */
double run_cell_offered(const struct run_cell *cell);

/*
 * run_cell_trace - the trace that the cell goes through: the file's, or made by its settings. churn_free takes it back.
 * Return: 0; as churn_read and churn_generate; -ESTALE (ERR_USAGE) the file has changed since the run was planned.
 *
 * run_cell_windows - how many windows the trial shall be cut into; it then goes through the whole trace. 0: none, and
 * so in the warm-up.
 * run_cell_window_end - a window ends here, outside of what is timed: what @outcome has and the port holds goes into it.
 */
struct churn_trace;
struct run_outcome;
int run_cell_trace(const struct run_cell *cell, struct churn_trace *trace, struct err *err);
uint32_t run_cell_windows(const struct run_cell *cell);
void run_cell_window_end(struct run_cell *cell, struct run_outcome *outcome);

/*
 * Memory of the requester, on the chosen node, with frames by the cell's policy; shared by the cells of a group, which
 * must ask for the same sizes in the same order; freed with the group.
 */
void *run_cell_memory(struct run_cell *cell, size_t len_bytes, struct err *err);

/*
 * run_cell_rounds - how many rounds of @round operations a trial of @operations takes, so that trials whose caches are
 * treated before each round (RUN_COLD, RUN_THRASHED) end in a time like that of others. Return: operations to do.
 */
uint64_t run_cell_rounds(const struct run_cell *cell, uint64_t operations, uint64_t round);

/* Records something measured wrong; the text names operation, offset, expected and found. */
void run_cell_finding(struct run_cell *cell, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The bytes/s of a memcpy with this window and source temperature on the device's core, found at set-up. */
double run_cell_ceiling(const struct run_cell *cell);

#endif
