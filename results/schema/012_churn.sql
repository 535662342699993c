-- SPDX-License-Identifier: BSD-2-Clause
-- Taking common buffers and locks by a trace, and its windows where the trial ages. NULL: no trace was gone through.

ALTER TABLE sample ADD COLUMN alloc_p50_ns REAL;
ALTER TABLE sample ADD COLUMN alloc_p99_ns REAL;
ALTER TABLE sample ADD COLUMN alloc_p999_ns REAL;
ALTER TABLE sample ADD COLUMN alloc_max_ns REAL;
ALTER TABLE sample ADD COLUMN common_buffer_asked_peak_bytes REAL;
ALTER TABLE sample ADD COLUMN common_buffer_extent_bytes REAL;
ALTER TABLE sample ADD COLUMN common_buffer_extent_ratio REAL;

CREATE TABLE age_window (
	window_id              INTEGER PRIMARY KEY,
	sample_id              INTEGER NOT NULL REFERENCES sample ON DELETE CASCADE,
	position               INTEGER NOT NULL,
	operations             REAL,
	time_ns                REAL,
	takes                  REAL,
	failed                 REAL,
	alloc_p50_ns           REAL,
	alloc_p99_ns           REAL,
	alloc_p999_ns          REAL,
	alloc_max_ns           REAL,
	live_bytes             REAL,
	held_bytes             REAL,
	extent_bytes           REAL,
	free_bytes             REAL,
	largest_free_bytes     REAL,
	external_fragmentation REAL,
	internal_fragmentation REAL,
	pinned_bytes           REAL,
	UNIQUE (sample_id, position)
) STRICT;
