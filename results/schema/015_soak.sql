-- SPDX-License-Identifier: BSD-2-Clause
-- What a soak holds at the end of a repetition, less what the run keeps of its results. NULL: no soak, or not told.

ALTER TABLE sample ADD COLUMN held_heap_bytes REAL;
ALTER TABLE sample ADD COLUMN held_rss_bytes REAL;
ALTER TABLE sample ADD COLUMN held_descriptors REAL;
ALTER TABLE sample ADD COLUMN held_threads REAL;
ALTER TABLE sample ADD COLUMN held_objects REAL;
