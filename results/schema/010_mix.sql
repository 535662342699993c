-- SPDX-License-Identifier: BSD-2-Clause
-- Operations that differ in size or direction. NULL: all alike.

ALTER TABLE sample ADD COLUMN op_mean_bytes REAL;
ALTER TABLE sample ADD COLUMN to_device_share REAL;
