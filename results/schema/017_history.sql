-- SPDX-License-Identifier: BSD-2-Clause
-- Nights, series over them, and where a series changed. NULL: does not apply, or not known.

CREATE TABLE night (
	night_id        INTEGER PRIMARY KEY,
	id              TEXT NOT NULL UNIQUE,
	suite           TEXT NOT NULL,
	commit_id       TEXT NOT NULL,
	commit_wall_ns  INTEGER,
	started_wall_ns INTEGER NOT NULL,
	ended_wall_ns   INTEGER,
	budget_s        REAL NOT NULL,
	state           TEXT NOT NULL CHECK (state IN ('running', 'done', 'interrupted', 'failed')),
	exit_code       INTEGER,
	usable          INTEGER NOT NULL CHECK (usable IN (0, 1)),
	why             TEXT,
	process         TEXT,
	CHECK ((state = 'running') = (ended_wall_ns IS NULL))
) STRICT;

CREATE INDEX night_by_start ON night (started_wall_ns);

CREATE TABLE night_run (
	night_id INTEGER NOT NULL REFERENCES night ON DELETE CASCADE,
	run_id   INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	part     TEXT NOT NULL CHECK (part IN ('suite', 'again', 'confirm')),
	PRIMARY KEY (night_id, run_id)
) STRICT;

CREATE INDEX night_run_by_run ON night_run (run_id);

CREATE TABLE series (
	series_id      INTEGER PRIMARY KEY,
	name           TEXT NOT NULL,
	family         TEXT NOT NULL,
	metric         TEXT NOT NULL,
	kind           TEXT NOT NULL CHECK (kind IN ('wall', 'exact')),
	more_is_better INTEGER NOT NULL CHECK (more_is_better IN (0, 1)),
	device         TEXT NOT NULL,
	settings       TEXT NOT NULL,
	host           TEXT NOT NULL,
	versions       TEXT NOT NULL,
	UNIQUE (name, metric, device, settings, host, versions)
) STRICT;

CREATE TABLE point (
	point_id    INTEGER PRIMARY KEY,
	series_id   INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
	night_id    INTEGER NOT NULL REFERENCES night ON DELETE CASCADE,
	value       REAL NOT NULL,
	low         REAL,
	high        REAL,
	repetitions INTEGER NOT NULL,
	usable      INTEGER NOT NULL CHECK (usable IN (0, 1)),
	why         TEXT,
	noise       REAL,
	detectable  REAL,
	UNIQUE (series_id, night_id)
) STRICT;

CREATE INDEX point_by_night ON point (night_id);

CREATE TABLE cause (
	cause_id      INTEGER PRIMARY KEY,
	family        TEXT NOT NULL,
	better        INTEGER NOT NULL CHECK (better IN (0, 1)),
	night_id      INTEGER NOT NULL REFERENCES night ON DELETE CASCADE,
	commit_before TEXT,
	commit_after  TEXT NOT NULL,
	note          TEXT
) STRICT;

CREATE TABLE change (
	change_id      INTEGER PRIMARY KEY,
	cause_id       INTEGER NOT NULL REFERENCES cause ON DELETE CASCADE,
	series_id      INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
	night_id       INTEGER NOT NULL REFERENCES night ON DELETE CASCADE,
	found_night_id INTEGER NOT NULL REFERENCES night ON DELETE CASCADE,
	fixed_night_id INTEGER REFERENCES night ON DELETE SET NULL,
	state          TEXT NOT NULL
		CHECK (state IN ('new', 'confirmed', 'acknowledged', 'fixed', 'noise')),
	why            TEXT NOT NULL,
	before         REAL NOT NULL,
	after          REAL NOT NULL,
	ratio          REAL,
	ratio_low      REAL,
	ratio_high     REAL,
	p              REAL NOT NULL,
	p_adjusted     REAL NOT NULL
) STRICT;

CREATE INDEX change_by_cause ON change (cause_id);
CREATE INDEX change_by_series ON change (series_id);
