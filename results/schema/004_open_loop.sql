-- SPDX-License-Identifier: BSD-2-Clause
-- Open loop: response times, whole and as percentiles, and what the arrivals met. NULL: a closed loop.

ALTER TABLE sample ADD COLUMN response BLOB;
ALTER TABLE sample ADD COLUMN resp_mean_ns REAL;
ALTER TABLE sample ADD COLUMN resp_p50_ns REAL;
ALTER TABLE sample ADD COLUMN resp_p90_ns REAL;
ALTER TABLE sample ADD COLUMN resp_p99_ns REAL;
ALTER TABLE sample ADD COLUMN resp_p999_ns REAL;
ALTER TABLE sample ADD COLUMN resp_max_ns REAL;
ALTER TABLE sample ADD COLUMN offered_per_second REAL;
ALTER TABLE sample ADD COLUMN backlog_peak_ops REAL;
ALTER TABLE sample ADD COLUMN dropped_ops REAL;
ALTER TABLE sample ADD COLUMN sustained REAL;
