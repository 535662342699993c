// SPDX-License-Identifier: BSD-2-Clause
/*
 * churn_test.c: family churn on the real path: the trajectory of a trace against an independent recount page by page,
 * refusals where the platform has no more, record and replay, and what is refused before anything is measured.
 */
#include "bench/cases/testing.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/support/types.h"
#include "harness/churn/churn.h"

/* ---- running ---------------------------------------------------------------------------------------------- */

static char folder[] = "/tmp/dmabench-churn-XXXXXX";

static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static const char *path_of(const char *name, char out[64])
{
	snprintf(out, 64, "%s/%s", folder, name);
	return out;
}

static struct run_settings settings_of(const char *const *pairs)
{
	static const char *const usual[] = {"family", "churn", "size", "64k", "duration", "1ms",
		"repetitions", "2", "device.memory", "16m", NULL};

	return settings_over(usual, pairs);
}

/* Runs @pairs (key, value ..., NULL) and reads the record back. @record: file for a trace, or NULL. */
static struct store_run *recorded(const char *record, const char *const *pairs)
{
	const struct run_settings settings = settings_of(pairs);
	struct run_hooks recording = hooks;
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	if (run_plan(&plan, &settings, 1, bench_cases, NULL, &err))
		fail_msg("%s:%d: %s", err.file, err.line, err.message);
	recording.record = record;
	struct store_run *run = stored(plan, &recording);

	for (uint32_t i = 0; i < run->finding_count; i++)
		fail_msg("%s: %s", run->finding[i].cell, run->finding[i].text);
	return run;
}

#define RECORDED(record, ...) recorded(record, (const char *const[]){__VA_ARGS__, NULL})

/* A seeded trace of the sizes and lifetimes of a driver that has seen something, in a file. */
static struct churn_trace trace_made(const char *path, uint64_t seed)
{
	struct churn_mix mix = {.life = {.kind = LIFE_GENERATIONAL, .share = 0.8, .factor = 50},
		.live_bytes = 4 << 20,
		.allocations = 3000,
		.seed = seed};
	struct churn_trace trace;

	print_message("seed %llu\n", (unsigned long long)seed);
	assert_int_equal(draw_loguniform(&mix.size, 100, 200000), 0);
	assert_int_equal(churn_generate(&trace, &mix, NULL), 0);
	assert_int_equal(churn_write(&trace, path, NULL, NULL), 0);
	return trace;
}

/* ---- the recount ------------------------------------------------------------------------------------------ */

/*
 * The platform's frames, page by page: first fit from the bottom, no buffer across a multiple of 8 MiB. What the driver
 * held before lies at the bottom.
 */
#define PAGES       65536u
#define BLOCK_PAGES 2048u

struct recount {
	unsigned char taken[PAGES];
	uint32_t at[CHURN_SLOTS_MAX], pages[CHURN_SLOTS_MAX], bytes[CHURN_SLOTS_MAX];
	uint64_t live_bytes, held_pages, extent_pages, limit_pages;
	uint64_t takes, refused;
};

static uint32_t first_fit(const struct recount *r, uint32_t pages)
{
	for (uint32_t at = 0; at + pages <= PAGES; at++) {
		uint32_t n = 0;

		while (n < pages && !r->taken[at + n] && (at + n) / BLOCK_PAGES == at / BLOCK_PAGES)
			n++;
		if (n == pages)
			return at;
	}
	fail_msg("the recount has too few pages");
	return 0;
}

static void recount_take(struct recount *r, uint32_t slot, uint32_t bytes)
{
	uint32_t pages = (bytes + 4095) / 4096;

	r->pages[slot] = 0;
	if (r->limit_pages && r->held_pages + pages > r->limit_pages) {
		r->refused++;
		return;
	}
	r->takes++;
	r->pages[slot] = pages;
	r->bytes[slot] = bytes;
	r->at[slot] = first_fit(r, pages);
	memset(&r->taken[r->at[slot]], 1, pages);
	r->live_bytes += bytes;
	r->held_pages += pages;
	if (r->at[slot] + pages > r->extent_pages)
		r->extent_pages = r->at[slot] + pages;
}

static void recount_event(struct recount *r, const struct churn_event *event)
{
	if (churn_takes(event)) {
		recount_take(r, event->slot, event->bytes);
	} else if (r->pages[event->slot]) {
		memset(&r->taken[r->at[event->slot]], 0, r->pages[event->slot]);
		r->live_bytes -= r->bytes[event->slot];
		r->held_pages -= r->pages[event->slot];
	}
}

static uint64_t largest_hole(const struct recount *r)
{
	uint64_t run = 0, largest = 0;

	for (uint64_t i = 0; i < r->extent_pages; i++) {
		run = r->taken[i] ? 0 : run + 1;
		largest = run > largest ? run : largest;
	}
	return largest;
}

/* The share of @whole that is not @part, as the record has it. */
static double lost(double part, double whole)
{
	return whole > 0 ? 1 - part / whole : 0;
}

static void expect_window(const struct recount *r, const struct store_window *window)
{
	const double *v = window->value, held = (double)r->held_pages * 4096;
	const double extent = (double)r->extent_pages * 4096, hole = (double)largest_hole(r) * 4096;

	assert_true(v[STORE_WINDOW_live_bytes] == (double)r->live_bytes);
	assert_true(v[STORE_WINDOW_held_bytes] == held);
	assert_true(v[STORE_WINDOW_extent_bytes] == extent);
	assert_true(v[STORE_WINDOW_free_bytes] == extent - held);
	assert_true(v[STORE_WINDOW_largest_free_bytes] == hole);
	assert_true(
		fabs(v[STORE_WINDOW_external_fragmentation] - lost(hole, extent - held)) < 1e-12);
	assert_true(fabs(v[STORE_WINDOW_internal_fragmentation] -
			    lost((double)r->live_bytes, held)) < 1e-12);
	assert_true(v[STORE_WINDOW_takes] == (double)r->takes);
	assert_true(v[STORE_WINDOW_failed] == (double)r->refused);
	assert_true(v[STORE_WINDOW_pinned_bytes] == 0);
	if (r->takes) {
		assert_true(v[STORE_WINDOW_alloc_p50_ns] > 0);
		assert_true(v[STORE_WINDOW_alloc_p50_ns] <= v[STORE_WINDOW_alloc_p99_ns]);
		assert_true(v[STORE_WINDOW_alloc_p99_ns] <= v[STORE_WINDOW_alloc_p999_ns]);
		assert_true(v[STORE_WINDOW_alloc_p999_ns] <= v[STORE_WINDOW_alloc_max_ns]);
	}
}

/* What the driver holds besides, and has asked for: its rings. */
static void driver_holds(uint64_t *asked_bytes, uint64_t *held_pages)
{
	static uint64_t asked, held;

	if (!held) {
		struct store_run *run = RECORDED(NULL, "family", "ring", "batch", "1");
		const double *c = run->cell[0].sample[0].counter;

		held = (uint64_t)c[STORE_common_buffer_end_bytes] / 4096;
		asked = (uint64_t)c[STORE_common_buffer_asked_peak_bytes];
		store_run_free(run);
	}
	assert_true(held > 0);
	*asked_bytes = asked;
	*held_pages = held;
}

static void expect_trajectory(
	const struct churn_trace *trace, const struct store_sample *sample, uint64_t limit_pages)
{
	struct recount *r = calloc(1, sizeof(*r));
	uint32_t window = 0;
	uint64_t takes = 0, refused = 0, completed = 0, done = 0;

	driver_holds(&r->live_bytes, &r->held_pages);
	r->limit_pages = limit_pages;
	r->extent_pages = r->held_pages;
	memset(r->taken, 1, r->held_pages);
	for (uint32_t i = 0; i < trace->count; i++) {
		const struct churn_event *event = &trace->event[i];
		const bool skipped = !churn_takes(event) && !r->pages[event->slot];
		const uint64_t refused_before = r->refused;

		recount_event(r, event);
		completed += !skipped && r->refused == refused_before;
		takes += churn_takes(event);
		if (!churn_takes(event) ||
			takes != (uint64_t)trace->takes * (window + 1) / sample->window_count)
			continue;
		expect_window(r, &sample->window[window]);
		assert_true(
			sample->window[window].value[STORE_WINDOW_operations] == (double)completed);
		done += r->takes;
		refused += r->refused;
		r->takes = r->refused = 0;
		window++;
	}
	assert_int_equal(window, sample->window_count);
	assert_int_equal(done + refused, trace->takes);
	assert_int_equal(sample->iterations, completed);
	assert_true(sample->counter[STORE_failed_ops] == (double)refused);
	assert_true(sample->counter[STORE_common_buffer_extent_bytes] ==
		    (double)r->extent_pages * 4096);
	free(r);
}

static void a_trajectory_is_what_a_recount_gives(void **state)
{
	char path[64];
	struct churn_trace trace = trace_made(path_of("a.trace", path), 17);
	struct store_run *run = RECORDED(NULL, "trace", path, "churn.windows", "23");

	(void)state;
	assert_int_equal(run->cell_count, 1);
	assert_int_equal(run->cell[0].params.size_bytes, trace.largest_bytes);
	assert_int_equal(run->cell[0].sample_count, 2);
	for (uint32_t i = 0; i < 2; i++) {
		const struct store_sample *sample = &run->cell[0].sample[i];

		assert_int_equal(sample->window_count, 23);
		expect_trajectory(&trace, sample, 0);
		assert_true(sample->counter[STORE_common_buffer_extent_ratio] > 1);
		assert_true(sample->counter[STORE_alloc_p50_ns] > 0);
		assert_true(
			sample->counter[STORE_alloc_p50_ns] <= sample->counter[STORE_alloc_max_ns]);
	}
	store_run_free(run);
	churn_free(&trace);
}

static void what_the_platform_has_not_is_refused_and_counted(void **state)
{
	char path[64];
	struct churn_trace trace = trace_made(path_of("b.trace", path), 18);
	struct store_run *run = RECORDED(
		NULL, "trace", path, "churn.windows", "10", "pool.limit", "3m", "repetitions", "1");
	const struct store_sample *sample = &run->cell[0].sample[0];

	(void)state;
	assert_true(sample->counter[STORE_failed_ops] > 100);
	expect_trajectory(&trace, sample, (3 << 20) / 4096);
	store_run_free(run);
	churn_free(&trace);
}

/* ---- recording -------------------------------------------------------------------------------------------- */

static void expect_same_trace(const char *first, const char *second)
{
	struct churn_trace a, b;

	assert_int_equal(churn_read(&a, first, NULL), 0);
	assert_int_equal(churn_read(&b, second, NULL), 0);
	assert_int_equal(a.count, b.count);
	assert_true(a.checksum == b.checksum);
	churn_free(&a);
	churn_free(&b);
}

static void recording_a_replay_gives_its_trace(void **state)
{
	char first[64], second[64];
	struct churn_trace trace = trace_made(path_of("c.trace", first), 19);

	(void)state;
	churn_free(&trace);
	store_run_free(RECORDED(path_of("d.trace", second), "trace", first, "churn.windows", "2"));
	expect_same_trace(first, second);
}

/* Locks of transfers: recorded, gone through again, recorded again. */
static void the_locks_of_transfers_are_recorded_and_replayed(void **state)
{
	char first[64], second[64];
	struct churn_trace trace;

	(void)state;
	store_run_free(RECORDED(path_of("e.trace", first), "family", "transfer", "strategy",
		"packet-cached", "dir", "from_device", "source", "untouched", "size", "5000",
		"offset", "4000", "cache.entries", "4", "duration", "50ms"));
	assert_int_equal(churn_read(&trace, first, NULL), 0);
	assert_true(trace.takes >= 3);
	assert_int_equal(trace.count, 2 * trace.takes);
	assert_int_equal(trace.event[0].op, CHURN_LOCK);
	assert_int_equal(trace.event[0].how, CHURN_WRITE);
	assert_true(trace.event[0].bytes >= 5000);
	churn_free(&trace);

	struct store_run *run = RECORDED(
		path_of("f.trace", second), "trace", first, "churn.windows", "3");

	expect_same_trace(first, second);
	assert_true(run->cell[0].sample[0].window[1].value[STORE_WINDOW_pinned_bytes] > 0);
	assert_true(run->cell[0].sample[0].counter[STORE_failed_ops] == 0);
	store_run_free(run);
}

/* A cache that holds every lock takes nothing once it is warm: that is found out before there is a run. */
static void what_takes_nothing_leaves_no_run(void **state)
{
	char trace[64], database[64];
	struct run_hooks recording = hooks;
	struct run_settings settings = settings_of(
		(const char *const[]){"family", "transfer", "strategy", "packet-cached", "dir",
			"to_device", "source", "untouched", "size", "4096", "depth", "1", "window",
			"16384", NULL}); /* four buffers: warm on the busiest host */
	struct run_plan *plan = NULL;
	struct run_summary summary;
	struct store_run *run = NULL;
	struct store *store = NULL;
	struct err err = ERR_INIT;

	(void)state;
	recording.record = path_of("n.trace", trace);
	assert_int_equal(run_plan(&plan, &settings, 1, bench_cases, NULL, &err), 0);
	assert_int_equal(run_record_check(plan, &err), 0);
	assert_int_equal(store_open(&store, path_of("n.db", database), &err), 0);
	assert_int_equal(run_execute(plan, store, &recording, NULL, &summary, &err), -ENODATA);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_string_equal(summary.id, "");
	assert_int_equal(store_read(store, "latest", &run, NULL), -ENOENT);
	store_close(store);
	run_plan_free(plan);
}

/* ---- refused ---------------------------------------------------------------------------------------------- */

static void expect_refused(int code, const char *message, const char *const *pairs)
{
	struct run_settings settings = settings_of(pairs);
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(run_plan(&plan, &settings, 1, bench_cases, NULL, &err), code);
	assert_int_equal(err.kind, ERR_USAGE);
	if (!strstr(err.message, message))
		fail_msg("%s\n%s", err.message, message);
}

#define REFUSED(code, message, ...)                                                                \
	expect_refused(code, message, (const char *const[]){__VA_ARGS__, NULL})

static void what_cannot_be_is_refused_when_planned(void **state)
{
	(void)state;
	REFUSED(-ENOENT, "/no/such: cannot be read", "trace", "/no/such");
	REFUSED(-EINVAL, "/dev/null:1: no trace", "trace", "/dev/null");
	REFUSED(-EINVAL, "churn.lifetime 'young'", "churn.lifetime", "young");
	REFUSED(-EINVAL, "churn.sizes", "churn.sizes", "loguniform:1..128m");
	REFUSED(-EINVAL, "raise them to", "churn.live", "64m", "churn.allocations", "100");
	REFUSED(-EINVAL, "takes something 500 times only", "churn.windows", "501",
		"churn.allocations", "500");
}

static void names_tell_what_differs(void **state)
{
	struct run_settings settings = settings_of(
		(const char *const[]){"churn.live", "1m,2m", "churn.sizes", "64:70, 4k:20",
			"churn.lifetime", "generational:0.9:20", "size", "4k,64k", NULL});
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	(void)state;
	if (run_plan(&plan, &settings, 1, bench_cases, NULL, &err))
		fail_msg("%s", err.message);
	/* Sizes are given: the key size makes no further case. */
	assert_int_equal(run_plan_cells(plan), 2);
	assert_string_equal(run_plan_cell_name(plan, 0),
		"churn/size:4096/sizes:64:70,_4k:20/lifetime:generational:0.9:20/live:1048576");
	assert_int_equal(run_record_check(plan, &err), -EINVAL);
	assert_non_null(
		strstr(err.message, "--record takes a run of one case, and this one has 2"));
	run_plan_free(plan);

	/* Found before anything is measured or stored. */
	settings = settings_of((const char *const[]){"family", "transfer", "strategy", "common",
		"size", "4k", "dir", "to_device", "source", "untouched", NULL});
	err = (struct err)ERR_INIT;
	assert_int_equal(run_plan(&plan, &settings, 1, bench_cases, NULL, &err), 0);
	assert_int_equal(run_record_check(plan, &err), -ENODATA);
	assert_non_null(strstr(err.message, "takes and gives back nothing"));
	run_plan_free(plan);
}

/* Keys of a family are no other's: churn has one requester, and no trace makes transfers. */
static void families_have_keys_of_their_own(void **state)
{
	struct run_settings settings = settings_of((const char *const[]){
		"threads", "1,2", "adapters", "own,shared", "size", "4k", NULL});
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(run_plan(&plan, &settings, 1, bench_cases, NULL, &err), 0);
	assert_int_equal(run_plan_cells(plan), 1);
	assert_string_equal(run_plan_cell_name(plan, 0), "churn/size:4096");
	run_plan_free(plan);

	settings = settings_of((const char *const[]){"family", "transfer", "strategy", "packet",
		"size", "4k,64k", "dir", "to_device", "source", "untouched", "churn.sizes",
		"64:70, 4k:20", "churn.live", "1m", "churn.windows", "4", NULL});
	assert_int_equal(run_plan(&plan, &settings, 1, bench_cases, NULL, &err), 0);
	assert_int_equal(run_plan_cells(plan), 2);
	assert_string_equal(run_plan_cell_name(plan, 1),
		"transfer/strategy:packet/dir:to_device/size:65536/depth:8/completion:poll/"
		"source:untouched/batch:1");
	run_plan_free(plan);
}

static void a_trace_that_changes_meanwhile_is_refused(void **state)
{
	struct run_plan *plan = NULL;
	struct run_summary summary;
	struct err err = ERR_INIT;
	char path[64];
	struct churn_trace trace = trace_made(path_of("g.trace", path), 20);
	struct run_settings settings = settings_of((const char *const[]){"trace", path, NULL});

	(void)state;
	churn_free(&trace);
	assert_int_equal(run_plan(&plan, &settings, 1, bench_cases, NULL, &err), 0);
	trace = trace_made(path, 21);
	churn_free(&trace);
	assert_int_equal(run_execute(plan, NULL, &hooks, NULL, &summary, &err), -ESTALE);
	assert_non_null(strstr(err.message, "has changed since the run was planned"));
	run_plan_free(plan);
}

static void every_failing_step_is_reported_and_undone(void **state)
{
	char path[64];
	struct run_hooks recording = hooks;
	struct run_settings settings = settings_of((const char *const[]){"repetitions", "1",
		"duration", "100us", "churn.windows", "3", "churn.allocations", "128", NULL});

	(void)state;
	recording.record = path_of("h.trace", path);
	/* The first 64 hits one by one; later ones, which are mostly of points met before, a sixty-fourth apart. */
	for (unsigned n = 1;; n += 1 + n / 64) {
		struct run_plan *plan = NULL;
		struct run_summary summary = {0};
		struct err err = ERR_INIT;

		fault_arm(n, false);
		int rc = run_plan(&plan, &settings, 1, bench_cases, NULL, &err);

		rc = rc ? rc : run_execute(plan, NULL, &recording, NULL, &summary, &err);
		const char *fired = fault_fired();

		fault_arm(0, false);
		run_plan_free(plan);
		if (!fired) {
			assert_int_equal(rc, 0);
			assert_int_equal(summary.recorded, 256);
			assert_true(n > 20);
			return;
		}
		if (rc < 0 && (err.kind == ERR_NONE || !err.message[0]))
			fail_msg("fault point %s: failed without a message", fired);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trajectory_is_what_a_recount_gives),
		cmocka_unit_test(what_the_platform_has_not_is_refused_and_counted),
		cmocka_unit_test(recording_a_replay_gives_its_trace),
		cmocka_unit_test(the_locks_of_transfers_are_recorded_and_replayed),
		cmocka_unit_test(what_takes_nothing_leaves_no_run),
		cmocka_unit_test(what_cannot_be_is_refused_when_planned),
		cmocka_unit_test(names_tell_what_differs),
		cmocka_unit_test(families_have_keys_of_their_own),
		cmocka_unit_test(a_trace_that_changes_meanwhile_is_refused),
		cmocka_unit_test(every_failing_step_is_reported_and_undone),
	};

	return cmocka_run_group_tests_name("churn", tests, folder_make, folder_remove);
}
