-- SPDX-License-Identifier: BSD-2-Clause
-- What the driver had to mend in the repetition. NULL: no fault was asked for, and there was nothing to mend.

ALTER TABLE sample ADD COLUMN recoveries REAL;
ALTER TABLE sample ADD COLUMN resets REAL;
