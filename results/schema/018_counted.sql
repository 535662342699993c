-- SPDX-License-Identifier: BSD-2-Clause
-- What an operation of the case costs where there is no noise; the same in all repetitions. NULL: it was not counted.

ALTER TABLE sample ADD COLUMN instructions_per_op REAL;
ALTER TABLE sample ADD COLUMN virtual_ns_per_op REAL;
