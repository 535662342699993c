-- SPDX-License-Identifier: BSD-2-Clause
-- What holds the rate of a case down, and the rate it allows. NULL: not known.

ALTER TABLE cell ADD COLUMN limiter TEXT;
ALTER TABLE cell ADD COLUMN limit_items_per_second REAL;
