/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run_priv.h: the structs behind run.h, shared by the files of this folder only.
 *
 *	plan.c     settings -> groups of cells
 *	name.c     what a cell is called
 *	plan_group.c  the cells side by side at one point of it; plan_check.c, whether settings can be measured
 *	sweep.c    keys with several values of which a cell's settings hold one
 *	execute.c  the life-cycle over groups, blocks and trials
 *	rate.c     the warm-up, and how much a trial does
 *	cell.c     one cell: its port, its memory, its set-up and its trials
 *	trial.c    a trial as a runner sees it, counters out of its outcome; footprint.c, of what was held
 *	recovery.c what drivers had to mend during a trial
 *	soak.c     whether what is held stays the same as long as a run goes on
 *	pool.c     how full a driver's pool of slots is, over time
 *	traces.c   the trace of family churn: the file's, or made; record.c, one made of what a driver does
 *	ageing.c   windows of a trial that goes through a trace
 *	batches.c  batches of a trial, and what they say of its error
 *	machine.c  what all cells of a run share: clock, topology, placement, facts
 *	noise.c    the noise audit around trials
 *	memory.c   requester's memory, shared by the cells of a group
 *	cache.c    caches hot, cold or thrashed before a round
 *	host.c     whether this host has the memory that a cell wants
 *	drivers.c  which driver a strategy is, and its registry values
 *	modules.c  miniports of one's own as strategies
 *	resume.c   what is in the record already
 *	again.c    what is worth measuring once more
 *	count.c    instructions and virtual time of an operation; count_play.c: what of them counts
 *	window.c   transfer rounds; window_layout.c, where their buffers lie; window_check.c, stamps, guards, checking
 *	crew.c     the requesters: a window each, at once
 *	ceiling.c  memcpy on the device's core with the same window
 *	search.c   the highest rate whose response time meets a limit
 *	verdict.c  crossovers out of the cells
 *	cost.c     what verifier and ledger cost, out of the cells with and without them
 *	ledger.c   the parts of one operation, out of trace points
 *	observer.c what measuring costs
 *	limit.c    which ceiling a cell runs into; limit_measure.c, limit_pin.c, limit_cell.c: its ceilings, its cells
 */
#ifndef RUN_PRIV_H
#define RUN_PRIV_H

#include <regex.h>
#include <sched.h>
#include <stdatomic.h>

#include "drivers/videoport/videoport.h"
#include "harness/audit/audit.h"
#include "harness/churn/churn.h"
#include "harness/hist/hist.h"
#include "harness/load/mix.h"
#include "harness/run/cache.h"
#include "harness/run/case.h"
#include "harness/run/limit.h"
#include "harness/run/observer.h"
#include "harness/run/pool.h"
#include "harness/run/run.h"

#define RUN_PARAMETERS_MAX   12
#define RUN_GROUP_CELLS_MAX  64      /* strategies, with and without verifier and ledger, twins */
#define RUN_CASES_MAX        10000   /* of a run: an hour at the least */
#define RUN_COMBINATIONS_MAX 1000000 /* of all lists, before the filter */
#define RUN_FINDINGS_MAX     64      /* findings stored per cell; further ones are only counted */

/* One piece of requester memory, registered with the frames. */
struct run_memory {
	struct run_memory *next;
	void *va;
	size_t len_bytes;
	enum topo_pages pages;
};

struct run_noise {
	struct audit_scope scope;
	struct audit_host host; /* at the start */
	struct audit_watch *watch;
	struct audit_reading before; /* the trial being measured */
	struct audit_tally tally;
};

#define RUN_BATCHES 32

/* Rounds of equal number; see batches.c. */
struct run_batch {
	uint64_t operations, ticks;
	struct hist latency, response; /* ticks */
};

/* Of the trial that is running; 2.2 MB. */
struct run_batches {
	bool open;                 /* an open loop, whose response times count too */
	uint32_t used;             /* batches that are whole */
	uint64_t operations;       /* planned for the trial */
	uint64_t batch_operations; /* of one batch, 0: not known before the first round */
	uint64_t mark_operations, mark_ticks;    /* where the batch in hand began */
	struct run_batch batch[RUN_BATCHES + 1]; /* one more for what comes when all are whole */
};

/* What a trial's batches say: 95 % intervals (low, high) in ns; NAN or infinite where they are too few. */
struct run_intervals {
	double mean[2], p50[2], p99[2];
};
struct run_figures {
	uint32_t batches;
	double time[2]; /* measured time an operation */
	struct run_intervals service, response;
	double lag1; /* correlation of neighbouring batches */
	bool steady;
	double steady_from; /* first batch behind the start-up, from 0; NAN: never */
};

/* Shared by all cells of a run. */
struct run_machine {
	struct clock clock;
	struct observer observer; /* what measuring costs, on the driver's core */
	struct limit_ceilings ceilings;
	struct topo *topo;
	struct topo_place place;
	struct place_wish wish; /* what was asked for */
	cpu_set_t spare;        /* processors of the process that nothing is placed on */
	struct frames *frames;
	const struct device_ops *device_ops; /* in the place of the cells' device; NULL: theirs */
	struct run_batches *batches;
	/* Of a soak: heap that may grow: samples of the group being measured, the ports' records (videoport_record_bytes). */
	uint64_t records_bytes;
	struct run_noise noise;
	struct cache_thrash thrash;                 /* made when a cell first wants it */
	uint64_t involuntary_switches, steal_ticks; /* at the start */
};

/* Windows of the trial that is running; see ageing.c. */
struct run_windows {
	uint32_t count, room; /* room 0: the trial has none */
	uint32_t wanted;      /* of a measured trial */
	struct store_window *window;
	struct hist *all; /* takings of the windows before, ticks */
	uint64_t failed;  /* up to the last end */
};

/* A device with the cell's driver on it, of a requester after the first. */
struct run_adapter {
	struct videoport *port;
	struct module *module;
	struct run_pool pool;
};

struct run_cell {
	char name[STORE_NAME_MAX];
	const struct bench_case *bench;
	const struct run_settings *settings;
	const struct mix *mix; /* the point's; NULL: all of one size */
	struct run_params params;
	struct store_params record_params;
	char device[STORE_WORD_MAX]; /* the word before the colon */

	/* While the cell is set up. */
	struct run_machine *machine;
	struct videoport *port;
	struct run_pool pool;  /* of the driver behind it */
	struct module *module; /* of a miniport of one's own, else NULL */
	/* Of requesters 1 .. threads - 1, where each has its own; else NULL. The ones above are requester 0's. */
	struct run_adapter *further;
	void *state;                                   /* the case's own */
	struct run_memory **group_memory;              /* the group's list */
	uint32_t memory_taken;                         /* pieces of it this cell has asked for */
	struct hist *latency, *response, *round_ticks; /* lent to each trial */
	struct hist *taking;                           /* likewise, of family churn */
	struct run_windows windows;
	double ceiling_bytes_per_second; /* of the block being measured, NAN where it does not apply */
	double operations_per_s;         /* found by the warm-up */
	double offered_per_s;            /* arrivals of the trials to come; 0: closed loop */
	bool steady;
	const struct run_counted *counted; /* beforehand; NULL: it was not */
	uint64_t port_record_bytes;        /* of its ports, as in the machine's records_bytes */
	atomic_bool over;                  /* cell_end */

	struct store_sample *sample; /* one a repetition */
	uint32_t sample_count;
	uint64_t finding_count;
	char (*finding)[sizeof(((struct store_finding *)0)->text)];
};

/*
 * cell_end - its device failed, or kept operations: no window and no trial asks it for anything any more. From any requester.
 * cell_over - whether that was said. Relaxed: those who ask while others work begin their rounds behind all of them (team.h).
 */
static inline void cell_end(struct run_cell *cell)
{
	atomic_store_explicit(&cell->over, true, memory_order_relaxed);
}

static inline bool cell_over(const struct run_cell *cell)
{
	return atomic_load_explicit(&cell->over, memory_order_relaxed);
}

/* Cells that differ in strategy alone; measured side by side. */
struct run_group {
	struct run_cell *cell;
	uint32_t cell_count;
	struct run_memory *memory;
	struct ceiling *ceiling; /* while it is measured; NULL where it does not apply */
	bool restored;           /* its samples come from the record of the run resumed */
	double *block_ceiling;   /* bytes/s, one a block done */
	uint32_t block_count;
	double pin_ns; /* of one payload; NAN where nothing is pinned */
};

/* Settings of a workload with one value of every key in its sweeps; what its cells' settings are. */
struct run_point {
	struct run_point *next;
	struct run_settings settings;
	uint32_t at[OPT_SWEEPS_MAX]; /* which of each sweep's */
	struct mix mix;              /* of the key; a zeroed one where it is not set */
};

struct run_plan {
	struct run_settings *settings; /* own copies, with all values */
	unsigned settings_count;
	struct run_point *points; /* of all workloads, those that have cells; the last first */
	size_t point_count;
	struct run_group *group;
	size_t group_count, cell_count, trial_count;
	double seconds; /* of what is to be measured */
	/* Of a run that is resumed; NULL: a new one. */
	const struct store_run *before;
	const char *process;
	bool force;
	size_t restored_groups;
	bool simulated; /* some device's time is */
	struct place_wish wish;
	char title[96];
};

/* What soak.c looks at. */
enum run_held {
	RUN_HELD_HEAP,
	RUN_HELD_RSS,
	RUN_HELD_DESCRIPTORS,
	RUN_HELD_THREADS,
	RUN_HELD_OBJECTS,
	RUN_HELD_COUNT
};

/* What the drivers of a cell had to mend; see recovery.c. */
struct run_recovery {
	uint64_t recoveries, resets;
	uint32_t given_up; /* devices */
};

struct run_trial {
	struct run_figures figures;
	struct run_cell *cell;
	char *name;
	uint32_t repetition, block;
	uint64_t operations;
	bool measured;                     /* not the warm-up's: it ages, if the cell does */
	struct churn_recording *recording; /* of what the driver takes and gives; NULL: none */
	bool counted;                      /* count_begin and count_end around what the case does */
	bool done;
	struct run_outcome outcome;
	struct videoport_usage usage;
	struct run_pool_usage pool;
	double held[RUN_HELD_COUNT]; /* at its end; NAN: no soak, or not told */
	struct run_recovery recovery;
	/* Filled by run_trial_report. */
	uint64_t iterations;
	double real_time_ns, cpu_time_ns;
};

/*
 * recovery.c. recovery_begin, recovery_end - around a trial, outside its measured time.
 * recovery_judge - where a driver had to reset its device or has given it up, that is the end of the cell, and a finding unless
 * a window has told of it. Return: -EILSEQ where it has, or the trial went well otherwise; else @rc, of the trial.
 * recovery_counter - STORE_recoveries or STORE_resets; NAN where no fault was asked for and none had to be mended.
 */
void recovery_begin(struct run_trial *trial);
void recovery_end(struct run_trial *trial);
int recovery_judge(const struct run_trial *trial, int rc);
double recovery_counter(const struct run_trial *trial, enum store_counter counter);
/*
 * recovery.c: recovery_trouble - what, since it had made *@resets, the driver of @port had to do about a device that failed:
 * as words for a finding, NULL nothing. *@resets is brought up to date. Between rounds, on the requester's thread.
 */
const char *recovery_trouble(struct videoport *port, uint32_t *resets);

/*
 * count_play.c: count_begin, count_end - of a trial that is counted, right around what the case does. On the actor of run_count.
 * count.c: count_counter - what was counted of the trial's case beforehand; NAN: nothing.
 */
void count_begin(void);
void count_end(void);
double count_counter(const struct run_trial *trial, enum store_counter counter);

/* footprint.c: what @trial's adapters held, all together; before they rest. */
void footprint_read(struct run_trial *trial);
/* footprint.c: the counters that tell what the driver held; NAN for any other. */
double footprint_counter(const struct run_trial *trial, enum store_counter counter);

/* What all groups of a soak came to. */
struct run_soak {
	unsigned groups, cells;
	unsigned told[RUN_HELD_COUNT],
		growing[RUN_HELD_COUNT]; /* of groups, or of cells; not told: not judged */
	double change[RUN_HELD_COUNT], last[RUN_HELD_COUNT]; /* the largest */
	unsigned drifting;                                   /* cells whose rate has a trend */
	double worst; /* of them, from first to last, relative */
	char worst_cell[STORE_NAME_MAX];
};

/*
 * soak.c: nothing where the settings do not ask for a soak.
 *	soak_read          -> @trial->held; footprint_read comes first
 *	soak_counter       what of it is @counter; NAN for any other
 *	soak_heap_bytes    heap of this process that is in use; asks the allocator, some microseconds
 *	soak_begin         writes where @group's samples go, or their pages would come one by one and look like growth
 *	soak_judge         a whole group: what grows is a finding of its cells; adds to @soak. Return: 0; -ENOMEM (ERR_MISSING)
 *	soak_store         the verdicts as facts. Return: of store_fact
 */
void soak_read(struct run_trial *trial);
double soak_counter(const struct run_trial *trial, enum store_counter counter);
uint64_t soak_heap_bytes(const struct run_cell *cell);
void soak_begin(struct run_group *group);
int soak_judge(struct run_soak *soak, struct run_group *group, struct err *err);
int soak_store(const struct run_soak *soak, struct store *store, struct err *err);

/* machine.c */
int machine_open(struct run_machine *machine, const struct run_plan *plan, struct err *err);
void machine_close(struct run_machine *machine);
/*
 * machine_seat - the processors of requester @requester: the first has the placement's; the others take what else the
 * process may use, and when there is nothing left share with the first. With own adapters each takes two.
 * machine_processors - how many there are for all of them.
 * machine_crowded - whether some of @requesters then share one.
 */
struct run_seat {
	int driver_cpu, device_cpu, interrupt_cpu;
};
struct run_seat machine_seat(
	const struct run_machine *machine, uint32_t requester, bool own_adapter);
uint32_t machine_processors(const struct run_machine *machine);
bool machine_crowded(const struct run_machine *machine, uint32_t requesters, bool own_adapters);
/* Whether this host can place driver, device and memory as the plan wishes. Return: as topo_place. */
int machine_check_place(const struct run_plan *plan, struct err *err);
int machine_facts(struct run_machine *machine, struct store *store, struct err *err);
/* What disturbed the run, taken at its end: involuntary switches, steal time, load. */
int machine_noise_facts(struct run_machine *machine, struct store *store, struct err *err);

/* noise.c */
int noise_open(struct run_machine *machine, const struct run_plan *plan, struct err *err);
void noise_close(struct run_machine *machine);
/* Threads came or went; outside trials. */
void noise_threads(struct run_machine *machine);
/* Before and after a trial, outside its measured time. @text: what disturbed it, "" nothing. */
void noise_begin(struct run_machine *machine);
void noise_end(
	struct run_machine *machine, const struct run_cell *cell, char text[AUDIT_TAINT_TEXT]);
/* Whether the figures so far can be trusted; @why as audit_trusted. */
bool noise_trusted(const struct run_machine *machine, char *why, size_t room);
/* Findings of the host, and what the trials met, as facts. */
int noise_store_host(const struct run_machine *machine, struct store *store, struct err *err);
int noise_store_run(const struct run_machine *machine, struct store *store, struct err *err);

/* resume.c: how many findings of the run resumed stay. */
uint64_t resume_findings(const struct run_plan *plan);

/* machine.c: whether host and placement are those of the run resumed. Return: 0, -EXDEV (ERR_USAGE). */
int machine_check_resumed(
	struct run_machine *machine, const struct store_run *before, struct err *err);

/*
 * name.c: name and record_params of @cell out of its params; both empty before. Return: 0; -EINVAL (ERR_USAGE) the name
 * does not fit.
 */
int name_cell(struct run_cell *cell, struct err *err);

/* sweep.c */
/* Points of the cross product. */
double sweep_points(const struct run_settings *settings);
/* Counts @at up like an odometer, the last key fastest; false after the last point. */
bool sweep_next(const struct run_settings *settings, uint32_t at[OPT_SWEEPS_MAX]);
/* The point @at of @settings; free() takes it back. NULL: no memory. */
struct run_point *sweep_point(
	const struct run_settings *settings, const uint32_t at[OPT_SWEEPS_MAX]);
/*
 * Whether @cell, whose params stand but for the strategy, is a case of its own at @point: not so where the point differs
 * from an earlier one only in keys that the case does not see.
 */
bool sweep_is_new(const struct run_point *point, const struct run_cell *cell);
/* "device.map_registers:64": what the sweep @index adds to the name of @cell; false: nothing. */
bool sweep_word(const struct run_cell *cell, uint32_t index, char *out, size_t room);

/*
 * plan_group.c: the cells of one point of a cross product, by strategy and whatever else is measured side by side, less those
 * that @filter (NULL: nothing) does not let through and those planned already.
 *	plan_add_group   Return: 0; -EINVAL or -E2BIG (ERR_USAGE), what does not go together; -ENOMEM (ERR_MISSING)
 *	plan_group_free  leaves an empty one
 *	plan_group_variants  cells of a point before @filter, of a family that knows @keys (RUN_KEY_...)
 */
int plan_add_group(struct run_plan *plan, const struct run_cell *base, const struct run_settings *s,
	const regex_t *filter, struct err *err);
void plan_group_free(struct run_group *group);
uint32_t plan_group_variants(const struct run_settings *s, unsigned keys);

/*
 * plan_check.c: each says in @err (ERR_USAGE) which key is wrong and what to set.
 *	plan_check           one point of a section
 *	plan_check_together  no key is set that does nothing without another, which is not
 *	plan_check_place     a section's placement, which is the whole run's; -> @plan->wish
 *	plan_check_device    -> @word, the device without its arguments; @simulated stays or becomes true
 *	plan_check_families  every family asked for is one of @cases
 *	plan_check_arrivals  bunches of an open loop fit its rounds and come within reason; of a cell with a window
 *	plan_check_faults    every fault that is to happen can hit what some case does; of a whole plan
 *	plan_refuse          @finding is wrong with the section @s: in @err, with its place in front. Return: its code
 */
int plan_check(const struct run_settings *s, struct err *err);
int plan_check_together(const struct run_plan *plan, struct err *err);
int plan_check_place(struct run_plan *plan, const struct run_settings *s, struct err *err);
int plan_check_device(
	const struct run_settings *s, char word[STORE_WORD_MAX], bool *simulated, struct err *err);
int plan_check_families(
	const struct run_settings *s, const struct bench_case *const *cases, struct err *err);
int plan_check_faults(const struct run_plan *plan, struct err *err);
int plan_check_arrivals(const struct run_cell *cell, struct err *err);
int plan_refuse(const struct run_settings *s, const struct err *finding, struct err *err);
/* Mean time from one bunch of arrivals to the next; 0: a closed loop, or not known before it is measured. */
double plan_bunch_gap_s(const struct run_cell *cell);
/* Whether @family is in the list @families; an empty list holds all. */
bool plan_family_selected(const char *families, const char *family);
/* In what the arrivals of an open loop are given, and the values. */
enum run_rate_unit plan_rate_unit(const struct run_settings *s);
const struct opt_list *plan_rate_list(const struct run_settings *s);

/* plan.c: the estimate over the groups that are to be measured. */
void plan_estimate(struct run_plan *plan);

/* modules.c: the path of strategy @strategy, which is RUN_MODULE or above. */
const char *module_path(enum run_strategy strategy);

/* drivers.c: fills entry, name and registry values of @cell's driver into @config. */
void drivers_configure(const struct run_cell *cell, const struct module *module,
	struct videoport_config *config, struct videoport_parameter parameters[RUN_PARAMETERS_MAX]);

/* cell.c */
/* How many adapters the cell has, and those of requester @requester. */
uint32_t cell_adapters(const struct run_cell *cell);
struct videoport *cell_port(const struct run_cell *cell, uint32_t requester);
struct run_pool *cell_pool(struct run_cell *cell, uint32_t requester);
/* Transfers that one adapter may have in flight. */
uint32_t cell_adapter_depth(const struct run_cell *cell);
/* cell_port_open - the port with the cell's driver alone; cell_port_close tolerates none. */
int cell_port_open(struct run_cell *cell, struct err *err);
void cell_port_close(struct run_cell *cell);
int cell_open(struct run_cell *cell, struct run_machine *machine, struct run_memory **group_memory,
	struct err *err);
/*
 * Unloads driver and memory; what it left behind becomes a finding. Samples and findings stay, for the store and the verdict, until
 * cell_free_findings and run_plan_free.
 */
void cell_unload(struct run_cell *cell);
void cell_free_findings(struct run_cell *cell);
void cell_free(struct run_cell *cell);
/* The histograms are in the store; what the verdict needs of the samples stays until the plan is freed. */
void cell_drop_latencies(struct run_cell *cell);
int cell_trial(struct run_trial *trial, struct err *err);

/*
 * rate.c: rate_find       warms @cell up until its rate is known. Return: 0; of a trial, what is wrong with data is no error
 *         rate_offered    arrivals a second that an open loop is asked for, once the rate is known; 0: closed loop
 *         rate_operations what a trial of the length asked for does, by what was measured before
 */
int rate_find(struct run_cell *cell, struct err *err);
double rate_offered(const struct run_cell *cell);
uint64_t rate_operations(const struct run_cell *cell);
/* rate.c: @operations, one at least, up to whole bunches where they arrive in bunches (key burst). */
uint64_t run_whole_bunches(const struct run_cell *cell, double operations);

/*
 * trial.c: whether an open loop kept up: nothing was dropped, and the last completion came within 2 % of the time of
 * the arrivals after the last of them, or within ten median service times; in passes so short that ten are more than
 * half of that time and one, within these. So what arrives half as fast again as it is served is never sustained.
 */
bool run_trial_sustained(const struct run_trial *trial);
/* host.c: a device that pins as @cell's does, for its ops.pin alone; the caller closes it. Return: as its open. */
int host_pin_device(const struct run_cell *cell, struct device **dev, struct err *err);
/* host.c: pages and locked memory that @cell wants. Return: 0; -ENOMEM, -EPERM, -ENOSYS (ERR_MISSING). */
int host_offers(const struct run_cell *cell, struct err *err);
/* Whether there is memory for the windows of @cell and of the @cells - 1 beside it. Return: 0; -ENOMEM (ERR_MISSING). */
int host_holds(const struct run_cell *cell, uint32_t cells, struct err *err);
/* The most that a cell of @plan locks at once; 0: nothing is pinned. */
uint64_t host_lock_bytes(const struct run_plan *plan);

/*
 * traces.c: whether the trace of @cell can be had. Fills what is known of it into the cell's params, and what rides
 * behind the name into @extra. Return: as run_cell_trace.
 */
int traces_check(struct run_cell *cell, struct err *err);
void traces_extra(const struct run_cell *cell, char *extra, size_t room);
/* Whether the sizes of the trace are given otherwise than by the key size. */
bool traces_have_sizes(const struct run_settings *settings);

/* ageing.c; open: 0 or -ENOMEM; close accepts what was never opened. */
int ageing_open(struct run_cell *cell, struct err *err);
void ageing_close(struct run_cell *cell);
/* Around a trial. end: all takings into @outcome's histogram. */
void ageing_begin(struct run_cell *cell, const struct run_trial *trial);
void ageing_end(struct run_cell *cell, struct run_outcome *outcome);
/* The windows of the trial done as a sample's. Return: 0 or -ENOMEM. */
int ageing_sample(const struct run_cell *cell, struct store_sample *sample);

/* record.c: says that @cell takes nothing while it is measured. Return: -ENODATA (ERR_USAGE). */
int record_nothing(const struct run_cell *cell, struct err *err);
/* One more trial of @cell, of @operations, into a trace at @path; NULL: only to see that there is something to record. */
int record_cell(struct run_cell *cell, uint64_t operations, const char *path,
	struct run_summary *summary, struct err *err);
/* What the port tells goes into the recording at @arg. */
void record_take(void *arg, const struct videoport_act *act);

/* batches.c; NULL: no memory, free() takes it back. */
struct run_batches *batches_open(void);
/* batches_begin - @outcome records into the first batch from now on; @operations planned. */
void batches_begin(
	struct run_batches *batches, struct run_outcome *outcome, uint64_t operations, bool open);
/* batches_end - all service times into @latency, response times into @response, which are @outcome's from now on. */
void batches_end(struct run_batches *batches, struct run_outcome *outcome, struct hist *latency,
	struct hist *response);
/* batches_figure - @latency, @response: of batches_end; the latter counts in an open loop alone. */
void batches_figure(struct run_figures *figures, const struct run_batches *batches,
	const struct hist *latency, const struct hist *response, double ns_per_tick);

/*
 * search.c: finds the rate of @cell that meets its limit, stores search and probes, and sets offered_per_s.
 * search_parse reads "p99<=50us"; -EINVAL for anything else.
 */
int search_cell(
	struct run_cell *cell, struct store *store, const struct run_hooks *hooks, struct err *err);
int search_parse(const char *text, double *quantile, double *limit_ns);

/* memory.c: gives back all pieces of a group; no cell of it may be open. */
void memory_free(struct run_memory **memory, struct run_machine *machine);

/* ceiling.c: memcpy of @cell's window on the device's core; @cell must outlive it. */
struct ceiling;
int ceiling_open(struct ceiling **ceiling, struct run_cell *cell, struct err *err);
void ceiling_close(struct ceiling *ceiling);
int ceiling_measure(struct ceiling *ceiling, double *bytes_per_second, struct err *err);

/*
 * limit_pin.c: @pin_ns receives what pinning and letting go one payload of @cell takes; NAN where pin=none. The memory of
 * the group is there, and no driver holds a page of it. Return: 0; -ENOMEM, -ENOSPC, as device.h (ERR_MISSING).
 */
int limit_pin(const struct run_cell *cell, double *pin_ns, struct err *err);

/* limit_cell.c: fills limiter and ceilings into @record, which has that of memcpy and pin_ns already. */
void limit_cell(const struct run_cell *cell, struct store_cell *record);

/* cost.c: what the verifier and the ledger cost, as facts. */
int cost_store(const struct run_plan *plan, struct store *store, struct err *err);

/* verdict.c: crossovers of all strategies pairs of the plan into @store. */
int verdict_store(const struct run_plan *plan, struct store *store, struct err *err);

#endif
