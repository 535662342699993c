/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store.h: the record of a run, and the only door to the database.
 *
 *	run 1---n cell (one case with one set of parameters) 1---n sample (one repetition) 1---n window (if it ages)
 *	run 1---n fact (key, value: host, versions, topology, noise, calibration, job)
 *	run 1---n crossover
 *	run 1---n finding (what was wrong, for exit code 1)
 *
 * A run is committed cell by cell (store_cell), so that a crash loses at most the cell in flight,
 * and is marked `running` until store_run_end; a run found in that state that is not the caller's
 * is half-finished. The schema is results/schema/NNN_name.sql, embedded in the program and
 * applied in order on open (PRAGMA user_version); WAL mode, STRICT tables, foreign keys on.
 *
 * Call order: open -> run_begin -> (fact, cell, crossover, finding)* -> run_end -> close; or
 * open -> read functions -> close.
 * Ownership: store_read gives a struct store_run that store_run_free takes back. Records passed in
 * stay the caller's.
 * Threads: a store belongs to one thread; several processes may write to one database at once (busy
 * time-out 10 s).
 * Errors: -errno and a struct err that names file, operation and remedy: ERR_MISSING for a folder
 * that cannot be written or a full disk, ERR_USAGE for a file that is not a dmabench database or is
 * newer than the program.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/support/err.h"
#include "harness/hist/hist.h"
#include "harness/stats/stats.h"

#define STORE_NAME_MAX  480
#define STORE_EXTRA_MAX 320
#define STORE_WORD_MAX  32
#define STORE_ID_MAX    40

/* The cost ledger's parts of one operation, in the order of its way; they add up to phase_total_ns. */
#define STORE_PHASES(X)                                                                            \
	X(phase_driver_ns)                                                                         \
	X(phase_lock_ns)                                                                           \
	X(phase_map_ns)                                                                            \
	X(phase_copy_in_ns)                                                                        \
	X(phase_sync_ns)                                                                           \
	X(phase_sg_ns)                                                                             \
	X(phase_descriptor_ns)                                                                     \
	X(phase_doorbell_ns)                                                                       \
	X(phase_device_ns)                                                                         \
	X(phase_handoff_ns)                                                                        \
	X(phase_completion_ns)                                                                     \
	X(phase_copy_out_ns)                                                                       \
	X(phase_unmap_ns)                                                                          \
	X(phase_unlock_ns)                                                                         \
	X(phase_queue_ns)                                                                          \
	X(phase_residue_ns)

/* What the driver held when the sample ended, at most (peak), and on average over the measured time. */
#define STORE_FOOTPRINT(X)                                                                         \
	X(common_buffer_end_bytes)                                                                 \
	X(common_buffer_used_end_bytes)                                                            \
	X(common_buffer_used_peak_bytes)                                                           \
	X(common_buffer_used_mean_bytes)                                                           \
	X(common_buffer_internal_fragmentation)                                                    \
	X(common_buffer_external_fragmentation)                                                    \
	X(common_buffer_external_fragmentation_peak)                                               \
	X(common_buffer_largest_free_bytes)                                                        \
	X(common_buffer_turns_per_second)                                                          \
	X(pool_internal_fragmentation)                                                             \
	X(pinned_end_bytes)                                                                        \
	X(pinned_mean_bytes)                                                                       \
	X(mapped_end_bytes)                                                                        \
	X(mapped_peak_bytes)                                                                       \
	X(mapped_mean_bytes)                                                                       \
	X(map_registers_end)                                                                       \
	X(map_registers_mean)                                                                      \
	X(bounce_held_end_bytes)                                                                   \
	X(bounce_held_peak_bytes)                                                                  \
	X(bounce_held_mean_bytes)                                                                  \
	X(sg_list_end_bytes)                                                                       \
	X(sg_list_peak_bytes)                                                                      \
	X(sg_list_mean_bytes)

/* What the batches of a repetition say of its error and steadiness. */
#define STORE_BATCHES(X)                                                                           \
	X(time_low_ns)                                                                             \
	X(time_high_ns)                                                                            \
	X(lat_mean_low_ns)                                                                         \
	X(lat_mean_high_ns)                                                                        \
	X(lat_p50_low_ns)                                                                          \
	X(lat_p50_high_ns)                                                                         \
	X(lat_p99_low_ns)                                                                          \
	X(lat_p99_high_ns)                                                                         \
	X(resp_mean_low_ns)                                                                        \
	X(resp_mean_high_ns)                                                                       \
	X(resp_p50_low_ns)                                                                         \
	X(resp_p50_high_ns)                                                                        \
	X(resp_p99_low_ns)                                                                         \
	X(resp_p99_high_ns)                                                                        \
	X(batches)                                                                                 \
	X(batch_lag1)                                                                              \
	X(steady)                                                                                  \
	X(steady_from)

/* Of operations that differ: their mean size, and the share of them that go to the device. */
#define STORE_MIX(X)                                                                               \
	X(op_mean_bytes)                                                                           \
	X(to_device_share)

/* Taking common buffers and locks, by a trace; the stretch of memory that this took. */
#define STORE_CHURN(X)                                                                             \
	X(alloc_p50_ns)                                                                            \
	X(alloc_p99_ns)                                                                            \
	X(alloc_p999_ns)                                                                           \
	X(alloc_max_ns)                                                                            \
	X(common_buffer_asked_peak_bytes)                                                          \
	X(common_buffer_extent_bytes)                                                              \
	X(common_buffer_extent_ratio)

/* Of several requesters: the shares of all operations that the slowest and the fastest completed; alike at 1 / threads. */
#define STORE_REQUESTERS(X)                                                                        \
	X(requester_share_min)                                                                     \
	X(requester_share_max)

/* What is held at the end of a repetition of a soak, less what the run keeps of its results. */
#define STORE_HELD(X)                                                                              \
	X(held_heap_bytes)                                                                         \
	X(held_rss_bytes)                                                                          \
	X(held_descriptors)                                                                        \
	X(held_threads)                                                                            \
	X(held_objects)

/* What the driver had to mend. */
#define STORE_RECOVERY(X)                                                                          \
	X(recoveries)                                                                              \
	X(resets)

/* Counted, not timed: the same in all repetitions. */
#define STORE_COUNTED(X)                                                                           \
	X(instructions_per_op)                                                                     \
	X(virtual_ns_per_op)

/* Which user counters of design.md 5 a sample holds; the value of a missing one is NAN. */
#define STORE_COUNTERS(X)                                                                          \
	X(bytes_per_second)                                                                        \
	X(items_per_second)                                                                        \
	X(lat_mean_ns)                                                                             \
	X(lat_p50_ns)                                                                              \
	X(lat_p90_ns)                                                                              \
	X(lat_p99_ns)                                                                              \
	X(lat_p999_ns)                                                                             \
	X(lat_max_ns)                                                                              \
	X(resp_mean_ns)                                                                            \
	X(resp_p50_ns)                                                                             \
	X(resp_p90_ns)                                                                             \
	X(resp_p99_ns)                                                                             \
	X(resp_p999_ns)                                                                            \
	X(resp_max_ns)                                                                             \
	X(offered_per_second)                                                                      \
	X(backlog_peak_ops)                                                                        \
	X(dropped_ops)                                                                             \
	X(sustained)                                                                               \
	X(cpu_ns_per_op)                                                                           \
	X(common_buffer_peak_bytes)                                                                \
	X(common_buffer_mean_bytes)                                                                \
	X(pinned_peak_bytes)                                                                       \
	X(map_registers_peak)                                                                      \
	X(bounce_bytes)                                                                            \
	X(sg_elements_per_op)                                                                      \
	X(rounds_per_op)                                                                           \
	X(pins_per_op)                                                                             \
	X(ceiling_ratio)                                                                           \
	X(verified_ops)                                                                            \
	X(failed_ops)                                                                              \
	X(phase_total_ns)                                                                          \
	STORE_PHASES(X)                                                                            \
	X(device_fetch_ns)                                                                         \
	X(device_move_ns)                                                                          \
	X(device_post_ns)                                                                          \
	STORE_BATCHES(X)                                                                           \
	STORE_FOOTPRINT(X)                                                                         \
	STORE_MIX(X)                                                                               \
	STORE_CHURN(X)                                                                             \
	STORE_REQUESTERS(X)                                                                        \
	STORE_HELD(X)                                                                              \
	STORE_RECOVERY(X)                                                                          \
	STORE_COUNTED(X)

enum store_counter {
#define X(name) STORE_##name,
	STORE_COUNTERS(X)
#undef X
		STORE_COUNTER_COUNT,
};

/* "lat_p99_ns" and so on, by enum store_counter. */
const char *store_counter_name(enum store_counter counter);

/* Parameters of a cell; an empty string or 0 means that the key does not apply to the family. */
struct store_params {
	char family[STORE_WORD_MAX];   /* ring, sg, churn, lock, transfer */
	char device[STORE_WORD_MAX];   /* soft */
	char strategy[STORE_WORD_MAX]; /* packet, packet-cached, common, hybrid */
	char dir[STORE_WORD_MAX];      /* to_device, from_device, mixed */
	char completion[STORE_WORD_MAX];
	char source[STORE_WORD_MAX]; /* untouched, rewritten, read-back */
	char verify[STORE_WORD_MAX]; /* off, sample, full */
	uint64_t size_bytes;         /* of a mix the mean */
	uint32_t depth, batch;
	char extra[STORE_EXTRA_MAX]; /* further keys behind, "fragmentation:25/offset:64" */
};

/* One window of a repetition that ages; results/README.md says what each is. The value of a missing one is NAN. */
#define STORE_WINDOW(X)                                                                            \
	X(operations)                                                                              \
	X(time_ns)                                                                                 \
	X(takes)                                                                                   \
	X(failed)                                                                                  \
	X(alloc_p50_ns)                                                                            \
	X(alloc_p99_ns)                                                                            \
	X(alloc_p999_ns)                                                                           \
	X(alloc_max_ns)                                                                            \
	X(live_bytes)                                                                              \
	X(held_bytes)                                                                              \
	X(extent_bytes)                                                                            \
	X(free_bytes)                                                                              \
	X(largest_free_bytes)                                                                      \
	X(external_fragmentation)                                                                  \
	X(internal_fragmentation)                                                                  \
	X(pinned_bytes)

enum store_window_field {
#define X(name) STORE_WINDOW_##name,
	STORE_WINDOW(X)
#undef X
		STORE_WINDOW_FIELDS,
};

/* "alloc_p50_ns" and so on, by enum store_window_field. */
const char *store_window_name(enum store_window_field field);

struct store_window {
	double value[STORE_WINDOW_FIELDS];
};

struct store_sample {
	uint32_t repetition; /* 0.. */
	uint32_t block;      /* of alternating strategies; equal in cells measured side by side */
	uint64_t iterations; /* completed operations */
	double real_time_ns; /* measured time an operation */
	double cpu_time_ns;  /* CPU time an operation */
	double counter[STORE_COUNTER_COUNT];
	struct hist *latency;        /* nanoseconds; NULL: none. Read back: owned by the run */
	struct hist *response;       /* of an open loop, as latency */
	uint32_t window_count;       /* of an ageing run, in order of time */
	struct store_window *window; /* read back: owned by the run */
	bool failed;
	char error[160];   /* what was wrong, if failed */
	char tainted[160]; /* what disturbed it, "" nothing; its figures count all the same */
};

struct store_cell {
	char name[STORE_NAME_MAX]; /* family/strategy:packet/dir:to_device/... */
	struct store_params params;
	uint32_t sample_count;
	struct store_sample *sample;
	double ceiling_bytes_per_second; /* memcpy, device's core, same window and source; NAN */
	char limiter
		[STORE_WORD_MAX]; /* what holds the rate down: memcpy, hand-off, wake-up, driver ...; "" */
	double limit_items_per_second; /* that it allows; NAN: not known */
	/* What the ceilings beside memcpy allow; NAN: it does not bound the case, or is not known. */
	double handoff_items_per_second, wakeup_items_per_second, pin_items_per_second;
	double pin_ns; /* of pinning and letting go one payload; NAN */
};

struct store_fact {
	char key[64]; /* "host.cpu", "version.hwloc", "job.size", "noise.steal" */
	char *value;
};

struct store_crossover {
	char dir[STORE_WORD_MAX], source[STORE_WORD_MAX], completion[STORE_WORD_MAX];
	uint32_t depth;
	char extra[STORE_EXTRA_MAX]; /* of the cells compared */
	char slow_start
		[STORE_WORD_MAX]; /* strategy A, faster at small sizes if there is a crossover */
	char fast_end[STORE_WORD_MAX]; /* strategy B */
	struct stats_crossover result;
	double size_min_bytes, size_max_bytes; /* range measured */
	char sentence[720];                    /* for a manager */
};

/* One probe of a search for a rate. */
struct store_probe {
	double offered_per_second, achieved_per_second;
	double value_ns; /* the percentile asked for, NAN */
	bool sustained, met;
};

/* The highest rate at which a percentile of the response time is at or under a limit. */
struct store_rate {
	char cell[STORE_NAME_MAX];
	double quantile, limit_ns;
	double closed_per_second; /* what the closed loop reached just before */
	double low_per_second;    /* met it; 0: no rate did */
	double high_per_second;   /* the lowest that did not; INFINITY: none missed it */
	char sentence[400];
	uint32_t probe_count;
	const struct store_probe *probe; /* written; not read back */
};

struct store_finding {
	char cell[STORE_NAME_MAX];
	char text[320]; /* operation, offset, expected, found */
};

enum store_state { STORE_RUNNING, STORE_DONE, STORE_INTERRUPTED, STORE_FAILED };

struct store_run {
	char id[STORE_ID_MAX]; /* "20261121-031502-4f2a": sortable, unique */
	char title[96];
	uint64_t started_wall_ns, ended_wall_ns;
	enum store_state state;
	int exit_code;
	bool simulated; /* device time is simulated */
	uint32_t fact_count, cell_count, crossover_count, finding_count, rate_count;
	struct store_fact *fact;
	struct store_cell *cell;
	struct store_crossover *crossover;
	struct store_finding *finding;
	struct store_rate *rate;
};

struct store;

/* @path: created with its folder if missing (the folder's parent must exist). */
int store_open(struct store **store, const char *path, struct err *err);
/* As store_open, but an absent file is an error (ERR_USAGE), and nothing is migrated or written. */
int store_open_readonly(struct store **store, const char *path, struct err *err);
void store_close(struct store *store);

/* store_run_begin - writes a new run in state `running`; @id receives its id (UTC, then random). */
int store_run_begin(struct store *store, const char *title, bool simulated, char id[STORE_ID_MAX],
	struct err *err);

/*
 * store_together - what is written until store_together_end is in the record together or not at all: a run killed
 * between its row and its facts could not be resumed. In between only store_run_begin, store_fact and others that
 * write one row each; cells and searches make their own transactions.
 * store_together_end - commits after @rc 0, else takes back everything, a run begun in between included. Return: @rc,
 * or why it could not be committed (then it is taken back too).
 */
int store_together(struct store *store, struct err *err);
int store_together_end(struct store *store, int rc, struct err *err);

/* The fact that says which process a run in state `running` belongs to; store_run_resume writes it. */
#define STORE_PROCESS_FACT "run.process"

/*
 * store_run_resume - takes up the run @id that did not end: further cells, facts and its end go to it. What is made out
 * of all cells (crossovers), and findings and rate searches of cells that are not stored, go, for they will come anew.
 * @process_before: its STORE_PROCESS_FACT as it was read, "" for none, so that of two who take it up at once one is refused.
 * Return: 0; -EALREADY (ERR_USAGE) it is done, or somebody else has taken it up; -ENOENT (ERR_USAGE) no such run.
 */
int store_run_resume(struct store *store, const char *id, const char *process_before,
	const char *process, struct err *err);

/* store_fact - writes a fact; a key written again gets the new value. */
int store_fact(struct store *store, const char *key, const char *value, struct err *err);

/*
 * store_cell - writes one whole cell with its samples in one transaction. Names are unique in a
 * run, repetitions in a cell: -EEXIST otherwise.
 */
int store_cell(struct store *store, const struct store_cell *cell, struct err *err);
/*
 * store_cells - the same for several cells, and what was found wrong with them, in one transaction: cells measured side
 * by side are in the record together or not at all. Either count may be 0.
 */
int store_cells(struct store *store, const struct store_cell *cell, uint32_t cell_count,
	const struct store_finding *finding, uint32_t finding_count, struct err *err);
int store_crossover(struct store *store, const struct store_crossover *crossover, struct err *err);
/* store_rate - writes a search with all its probes in one transaction. */
int store_rate(struct store *store, const struct store_rate *rate, struct err *err);
int store_finding(struct store *store, const struct store_finding *finding, struct err *err);
int store_run_end(struct store *store, enum store_state state, int exit_code, struct err *err);

/*
 * store_read - a whole run. @id: full id, a unique prefix, "latest", or
 * "latest~N", the run N before it: in the order in which they were begun, whatever the wall clock did in between; or "night", the
 * suite of the newest night. Return: 0; -ENOENT (ERR_USAGE, the message lists the newest ids); -ENOTUNIQ (ERR_USAGE, lists the runs meant);
 * -EBADMSG (ERR_USAGE) a histogram does not decode, or the file is damaged.
 */
int store_read(struct store *store, const char *id, struct store_run **run, struct err *err);
void store_run_free(struct store_run *run);

/* store_list - newest first, in the order of store_read; @emit gets runs without cells; stops when it returns false. */
typedef bool (*store_emit)(void *arg, const struct store_run *run);
int store_list(struct store *store, store_emit emit, void *arg, struct err *err);

#endif
