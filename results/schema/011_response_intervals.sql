-- SPDX-License-Identifier: BSD-2-Clause
-- Open loop: 95 % intervals of the response time within the repetition. NULL: a closed loop, or too few batches.

ALTER TABLE sample ADD COLUMN resp_mean_low_ns REAL;
ALTER TABLE sample ADD COLUMN resp_mean_high_ns REAL;
ALTER TABLE sample ADD COLUMN resp_p50_low_ns REAL;
ALTER TABLE sample ADD COLUMN resp_p50_high_ns REAL;
ALTER TABLE sample ADD COLUMN resp_p99_low_ns REAL;
ALTER TABLE sample ADD COLUMN resp_p99_high_ns REAL;
