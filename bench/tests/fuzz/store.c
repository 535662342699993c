// SPDX-License-Identifier: BSD-2-Clause
/*
 * store.c: a database that somebody else has written to, read as `dmabench report` reads it. The input is what was done
 * to a good one of today's schema, made once: so that no seed grows old, and most inputs get past SQLite's own checks.
 * Where only rows differ it stays open from input to input, as to whom another process writes beside: to open it, to
 * read its schema and to prepare its statements takes 20 times as long as the rest.
 *
 *	first byte odd    bytes of the file: place (3, big end first), value (1), and so on
 *	first byte even   values of rows: column (2, the nearest by its name's hash: it stays when others come),
 *	                  kind (1), value (8), and so on
 *	its bits 4 to 6   the name by which the run is asked for
 *	its bits 1 to 3   all set: what was read is printed too, of one such input in eight (by the sum of its bytes): that
 *	                  takes 50 times as long as all else
 */
#include "bench/tests/fuzz/fuzz.h"
#include "bench/tests/fuzz/store_history.h"

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/hist/hist.h"
#include "harness/store/store.h"

#define COLUMNS_MAX 256

/* The good database, and every column of it. */
static struct {
	unsigned char *bytes;
	size_t len_bytes;
	unsigned columns;
	struct {
		char table[48], name[64];
		uint16_t hash;
	} column[COLUMNS_MAX];
} good;

/* A row of every other table. */
static int write_rest(struct store *store)
{
	const struct store_probe probe = {1e6, 9e5, 1e4, true, true};
	const struct store_rate rate = {.cell = "transfer/0",
		.quantile = 0.99,
		.limit_ns = 1e5,
		.closed_per_second = 2e6,
		.low_per_second = 1e6,
		.high_per_second = (double)INFINITY,
		.sentence = "At 1 M/s.",
		.probe_count = 1,
		.probe = &probe};
	const struct store_finding finding = {.cell = "transfer/0", .text = "a byte is wrong"};
	const struct store_crossover crossover = {.dir = "to_device",
		.source = "untouched",
		.completion = "poll",
		.depth = 8,
		.slow_start = "common",
		.fast_end = "packet",
		.result = {.kind = STATS_CROSSOVER_FOUND,
			.size_bytes = 1000,
			.interval = {.low = 900, .high = 1100, .level = 0.95},
			.agreement = 1,
			.crossings = 1},
		.size_min_bytes = 64,
		.size_max_bytes = 4096,
		.sentence = "From 1000 bytes on."};
	int rc = store_rate(store, &rate, NULL);

	rc = rc ? rc : store_finding(store, &finding, NULL);
	return rc ? rc : store_crossover(store, &crossover, NULL);
}

static void write_run(struct store *store)
{
	static struct store_window window[2] = {{.value = {10, 1000, 1}}, {.value = {20, 2000}}};
	static struct hist latency;
	struct store_sample sample[2];
	char id[STORE_ID_MAX];
	int rc = store_run_begin(store, "before", true, id, NULL);

	rc = rc ? rc : store_run_end(store, STORE_INTERRUPTED, 4, NULL);
	rc = rc ? rc : store_run_begin(store, "fuzz", false, id, NULL);

	hist_init(&latency);
	for (uint64_t i = 1; i < 20; i++)
		hist_record(&latency, i * 977);
	for (uint32_t i = 0; i < 2; i++) {
		sample[i] = (struct store_sample){.repetition = i,
			.block = i,
			.iterations = 1000,
			.real_time_ns = 100,
			.cpu_time_ns = 90,
			.latency = i ? &latency : NULL};
		for (int c = 0; c < STORE_COUNTER_COUNT; c++)
			sample[i].counter[c] = c % 3 == 2 ? (double)NAN : c + 1;
	}
	sample[1].window = window;
	sample[1].window_count = 2;
	for (unsigned i = 0; i < 4; i++) {
		struct store_cell cell = {.sample_count = 2,
			.sample = sample,
			.limiter = "memcpy",
			.ceiling_bytes_per_second = 1e10,
			.params = {.device = "soft",
				.dir = "to_device",
				.completion = "poll",
				.source = "untouched",
				.verify = "full",
				.size_bytes = i < 2 ? 64 : 4096,
				.depth = 8,
				.batch = 1}};

		snprintf(cell.params.family, sizeof(cell.params.family), "%s",
			i == 3 ? "ring" : "transfer");
		snprintf(cell.params.strategy, sizeof(cell.params.strategy), "%s",
			i % 2 ? "packet" : "common");
		snprintf(cell.name, sizeof(cell.name), "%s/%u", cell.params.family, i);
		rc = rc ? rc : store_cell(store, &cell, NULL);
	}
	rc = rc ? rc : store_fact(store, "ceiling.handoff_ns", "100", NULL);
	rc = rc ? rc : write_rest(store);
	rc = rc ? rc : fuzz_history_write(store, id);
	rc = rc ? rc : store_run_end(store, STORE_DONE, 0, NULL);
	fuzz_expect_that(rc == 0, "a run that can be written");
}

/* FNV-1a, folded. */
static uint16_t name_hash(const char *table, const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *table; table++)
		hash = (hash ^ (unsigned char)*table) * 16777619u;
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return (uint16_t)(hash ^ hash >> 16);
}

static int column_note(void *arg, int count, char **value, char **name)
{
	(void)arg;
	(void)count;
	(void)name;
	if (good.columns < COLUMNS_MAX) {
		snprintf(good.column[good.columns].table, sizeof(good.column->table), "%s",
			value[0]);
		snprintf(good.column[good.columns].name, sizeof(good.column->name), "%s", value[1]);
		good.column[good.columns].hash = name_hash(value[0], value[1]);
		good.columns++;
	}
	return 0;
}

/* Small pages and no journal of its own: one file, and little of it. */
static void good_make(void)
{
	char path[] = "/dev/shm/dmabench-fuzz-store-XXXXXX";
	struct store *store = NULL;
	sqlite3 *db = NULL;
	int fd = mkstemp(path);
	FILE *in;

	fuzz_expect_that(fd >= 0 && unlink(path) == 0 && store_open(&store, path, NULL) == 0,
		"a database in /dev/shm");
	close(fd);
	write_run(store);
	store_close(store);
	fuzz_expect_that(sqlite3_open(path, &db) == SQLITE_OK &&
				 sqlite3_exec(db,
					 "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; "
					 "VACUUM",
					 NULL, NULL, NULL) == SQLITE_OK &&
				 sqlite3_exec(db,
					 "SELECT m.name, c.name FROM sqlite_master m, "
					 "pragma_table_info(m.name) c WHERE m.type = 'table' "
					 "ORDER BY 1, 2",
					 column_note, NULL, NULL) == SQLITE_OK,
		"the database to be packed");
	sqlite3_close(db);
	in = fopen(path, "rb");
	good.bytes = malloc(1 << 20);
	fuzz_expect_that(in && good.bytes, "the database to be read");
	good.len_bytes = fread(good.bytes, 1, 1 << 20, in);
	fclose(in);
	unlink(path);
}

static void spoil_bytes(unsigned char *copy, const uint8_t *bytes, size_t len_bytes)
{
	for (; len_bytes >= 4; bytes += 4, len_bytes -= 4) {
		const size_t place = (size_t)bytes[0] << 16 | (size_t)bytes[1] << 8 | bytes[2];

		copy[place % good.len_bytes] = bytes[3];
	}
}

static void value_bind(sqlite3_stmt *statement, unsigned kind, const uint8_t value[8])
{
	sqlite3_int64 number;
	double real;

	memcpy(&number, value, sizeof(number));
	memcpy(&real, value, sizeof(real));
	switch (kind % 5) {
	case 0:
		sqlite3_bind_null(statement, 1);
		break;
	case 1:
		sqlite3_bind_int64(statement, 1, number);
		break;
	case 2:
		sqlite3_bind_double(statement, 1, real);
		break;
	case 3:
		sqlite3_bind_text(statement, 1, (const char *)value, 8, SQLITE_TRANSIENT);
		break;
	default:
		sqlite3_bind_blob(statement, 1, value, 8, SQLITE_TRANSIENT);
	}
}

static unsigned column_at(uint16_t hash)
{
	unsigned nearest = 0;

	for (unsigned i = 1; i < good.columns; i++)
		if ((uint16_t)(good.column[i].hash - hash) <
			(uint16_t)(good.column[nearest].hash - hash))
			nearest = i;
	return nearest;
}

/* One row of the table, or all. What the schema itself forbids stays as it is. */
static void spoil_row(sqlite3 *db, const uint8_t *step)
{
	const unsigned at = column_at((uint16_t)((unsigned)step[0] << 8 | step[1]));
	sqlite3_stmt *statement = NULL;
	char sql[256];

	snprintf(sql, sizeof(sql), "UPDATE \"%s\" SET \"%s\" = ?%s", good.column[at].table,
		good.column[at].name, step[2] & 0x80 ? "" : " WHERE rowid = 1");
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK) {
		value_bind(statement, step[2] & 0x7f, step + 3);
		sqlite3_step(statement);
	}
	sqlite3_finalize(statement);
}

/* The good one in a file, where rows change and come back: one who reads it, and one who writes beside him. */
static struct {
	char path[64];
	int fd;
	uint32_t
		change; /* SQLite's, in the file's head: another one, and what was read of it is forgotten */
	struct store *reader;
	sqlite3 *writer;
} rows;

static void change_write(size_t place)
{
	for (unsigned i = 0; i < 4; i++)
		good.bytes[place + i] = (unsigned char)(rows.change >> (24 - 8 * i));
}

/* As new. */
static void rows_restore(void)
{
	rows.change += 1000;
	change_write(24);
	change_write(92);
	fuzz_expect_that(
		pwrite(rows.fd, good.bytes, good.len_bytes, 0) == (ssize_t)good.len_bytes &&
			ftruncate(rows.fd, (off_t)good.len_bytes) == 0,
		"a file that can be written");
}

static void rows_open(void)
{
	snprintf(rows.path, sizeof(rows.path), "/dev/shm/dmabench-fuzz-rows-%d", (int)getpid());
	rows.fd = open(rows.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	rows_restore();
	fuzz_expect_that(store_open_readonly(&rows.reader, rows.path, NULL) == 0 &&
				 sqlite3_open(rows.path, &rows.writer) == SQLITE_OK &&
				 sqlite3_exec(rows.writer,
					 "PRAGMA ignore_check_constraints = ON; "
					 "PRAGMA foreign_keys = OFF; "
					 "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF",
					 NULL, NULL, NULL) == SQLITE_OK,
		"the good database to be opened");
}

static void rows_close(void)
{
	store_close(rows.reader);
	sqlite3_close(rows.writer);
	close(rows.fd);
	unlink(rows.path);
}

static void rows_spoil(const uint8_t *bytes, size_t len_bytes)
{
	sqlite3_exec(rows.writer, "BEGIN", NULL, NULL, NULL);
	for (; len_bytes >= 11; bytes += 11, len_bytes -= 11)
		spoil_row(rows.writer, bytes);
	sqlite3_exec(rows.writer, "COMMIT", NULL, NULL, NULL);
}

/* What was accepted is printed, and is strictly legal JSON. */
static void run_show(const struct store_run *run)
{
	size_t size = 0;
	char *text = fuzz_printed(run, &size);

	if (!text)
		return;
	json_t *root = json_loadb(text, size, 0, NULL);

	fuzz_expect_that(root != NULL, "legal JSON");
	json_decref(root);
	free(text);
}

/* As people name runs. */
static const char *const names[] = {
	"latest", "night", "2", "latest~1", "latest~x", "none", "", "9"};

static bool run_seen(void *arg, const struct store_run *run)
{
	(void)run;
	return ++*(unsigned *)arg < 4;
}

/* Reads all of @store; what it makes of a damaged one is its own affair, but it says so. */
static void store_see(struct store *store, const char *name, bool show, bool good_one)
{
	struct store_run *run = NULL;
	struct err err = {0};
	unsigned listed = 0;

	if (store_list(store, run_seen, &listed, &err) < 0 ||
		store_read(store, name, &run, &err) < 0 || fuzz_history_read(store, &err) < 0)
		fuzz_expect_that(!good_one && err.message[0] != '\0',
			"a message with the refusal, and none of a good run");
	else if (show)
		run_show(run);
	store_run_free(run);
}

static void file_see(const uint8_t *bytes, size_t len_bytes, const char *name, bool show)
{
	unsigned char *copy = malloc(good.len_bytes);
	struct store *store = NULL;
	struct err err = {0};

	if (!copy)
		abort();
	memcpy(copy, good.bytes, good.len_bytes);
	spoil_bytes(copy, bytes, len_bytes);
	if (store_open_readonly(&store, fuzz_file(copy, good.len_bytes), &err) < 0)
		fuzz_expect_that(len_bytes > 0 && err.message[0] != '\0',
			"a message with the refusal, and none of a good database");
	else
		store_see(store, name, show, false);
	store_close(store);
	fuzz_file_close();
	free(copy);
}

static bool is_shown(const uint8_t *bytes, size_t len_bytes)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len_bytes; i++)
		sum += bytes[i];
	return len_bytes && (bytes[0] & 0xE) == 0xE && sum % 8 == 6;
}

void fuzz_store(const uint8_t *bytes, size_t len_bytes)
{
	const bool file = len_bytes && (bytes[0] & 1), show = is_shown(bytes, len_bytes);
	const char *name = names[len_bytes ? bytes[0] >> 4 & 7 : 0];

	if (!good.bytes) {
		good_make();
		rows_open();
		atexit(rows_close);
	}
	if (file) {
		file_see(bytes + 1, len_bytes - 1, name, show);
		return;
	}
	rows_restore();
	if (len_bytes > 1)
		rows_spoil(bytes + 1, len_bytes - 1);
	store_see(rows.reader, name, show, len_bytes <= 1 && name == names[0]);
}
