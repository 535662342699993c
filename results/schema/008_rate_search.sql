-- SPDX-License-Identifier: BSD-2-Clause
-- The highest rate that met a limit on the response time, and every probe on the way to it.

CREATE TABLE rate_search (
	search_id         INTEGER PRIMARY KEY,
	run_id            INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	cell              TEXT NOT NULL,
	quantile          REAL NOT NULL,
	limit_ns          REAL NOT NULL,
	closed_per_second REAL NOT NULL,
	low_per_second    REAL,
	high_per_second   REAL,
	sentence          TEXT NOT NULL
) STRICT;

CREATE INDEX rate_search_by_run ON rate_search (run_id);

CREATE TABLE rate_probe (
	probe_id            INTEGER PRIMARY KEY,
	search_id           INTEGER NOT NULL REFERENCES rate_search ON DELETE CASCADE,
	position            INTEGER NOT NULL,
	offered_per_second  REAL NOT NULL,
	achieved_per_second REAL,
	value_ns            REAL,
	sustained           INTEGER NOT NULL CHECK (sustained IN (0, 1)),
	met                 INTEGER NOT NULL CHECK (met IN (0, 1)),
	UNIQUE (search_id, position)
) STRICT;
