-- SPDX-License-Identifier: BSD-2-Clause
-- Runs, their facts, cells, samples, crossovers and findings. results/README.md is the column dictionary.
-- Applied once, in one transaction with PRAGMA user_version = 1. NULL: does not apply, or not known.

CREATE TABLE run (
	run_id          INTEGER PRIMARY KEY,
	id              TEXT NOT NULL UNIQUE,
	title           TEXT NOT NULL,
	started_wall_ns INTEGER NOT NULL,
	ended_wall_ns   INTEGER,
	state           TEXT NOT NULL CHECK (state IN ('running', 'done', 'interrupted', 'failed')),
	exit_code       INTEGER,
	simulated       INTEGER NOT NULL CHECK (simulated IN (0, 1)),
	CHECK ((state = 'running') = (ended_wall_ns IS NULL))
) STRICT;

CREATE INDEX run_by_start ON run (started_wall_ns);

CREATE TABLE fact (
	fact_id INTEGER PRIMARY KEY,
	run_id  INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	key     TEXT NOT NULL,
	value   TEXT NOT NULL,
	UNIQUE (run_id, key)
) STRICT;

CREATE TABLE cell (
	cell_id    INTEGER PRIMARY KEY,
	run_id     INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	name       TEXT NOT NULL,
	family     TEXT,
	device     TEXT,
	strategy   TEXT,
	dir        TEXT,
	completion TEXT,
	source     TEXT,
	verify     TEXT,
	size_bytes INTEGER,
	depth      INTEGER,
	batch      INTEGER,
	extra      TEXT,
	ceiling_bytes_per_second REAL,
	UNIQUE (run_id, name)
) STRICT;

CREATE INDEX cell_by_name ON cell (name);

CREATE TABLE sample (
	sample_id    INTEGER PRIMARY KEY,
	cell_id      INTEGER NOT NULL REFERENCES cell ON DELETE CASCADE,
	repetition   INTEGER NOT NULL,
	block        INTEGER NOT NULL,
	iterations   INTEGER NOT NULL,
	real_time_ns REAL,
	cpu_time_ns  REAL,
	failed       INTEGER NOT NULL CHECK (failed IN (0, 1)),
	error        TEXT,
	latency      BLOB,
	bytes_per_second         REAL,
	items_per_second         REAL,
	lat_mean_ns              REAL,
	lat_p50_ns               REAL,
	lat_p90_ns               REAL,
	lat_p99_ns               REAL,
	lat_p999_ns              REAL,
	lat_max_ns               REAL,
	cpu_ns_per_op            REAL,
	common_buffer_peak_bytes REAL,
	common_buffer_mean_bytes REAL,
	pinned_peak_bytes        REAL,
	map_registers_peak       REAL,
	bounce_bytes             REAL,
	sg_elements_per_op       REAL,
	rounds_per_op            REAL,
	ceiling_ratio            REAL,
	verified_ops             REAL,
	failed_ops               REAL,
	UNIQUE (cell_id, repetition)
) STRICT;

CREATE TABLE crossover (
	crossover_id   INTEGER PRIMARY KEY,
	run_id         INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	dir            TEXT NOT NULL,
	source         TEXT NOT NULL,
	completion     TEXT NOT NULL,
	depth          INTEGER NOT NULL,
	slow_start     TEXT NOT NULL,
	fast_end       TEXT NOT NULL,
	kind           TEXT NOT NULL CHECK (kind IN ('found', 'a_always', 'b_always', 'unclear')),
	size_bytes     REAL,
	low_bytes      REAL,
	high_bytes     REAL,
	level          REAL,
	agreement      REAL,
	crossings      INTEGER NOT NULL,
	size_min_bytes REAL,
	size_max_bytes REAL,
	sentence       TEXT NOT NULL
) STRICT;

CREATE INDEX crossover_by_run ON crossover (run_id);

CREATE TABLE finding (
	finding_id INTEGER PRIMARY KEY,
	run_id     INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	cell       TEXT NOT NULL,
	text       TEXT NOT NULL
) STRICT;

CREATE INDEX finding_by_run ON finding (run_id);
