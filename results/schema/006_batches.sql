-- SPDX-License-Identifier: BSD-2-Clause
-- What one repetition says of its own error and steadiness, from batches of rounds. NULL: fewer than 8 batches.

ALTER TABLE sample ADD COLUMN time_low_ns REAL;
ALTER TABLE sample ADD COLUMN time_high_ns REAL;
ALTER TABLE sample ADD COLUMN lat_mean_low_ns REAL;
ALTER TABLE sample ADD COLUMN lat_mean_high_ns REAL;
ALTER TABLE sample ADD COLUMN lat_p50_low_ns REAL;
ALTER TABLE sample ADD COLUMN lat_p50_high_ns REAL;
ALTER TABLE sample ADD COLUMN lat_p99_low_ns REAL;
ALTER TABLE sample ADD COLUMN lat_p99_high_ns REAL;
ALTER TABLE sample ADD COLUMN batches REAL;
ALTER TABLE sample ADD COLUMN batch_lag1 REAL;
ALTER TABLE sample ADD COLUMN steady REAL;
