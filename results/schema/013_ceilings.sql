-- SPDX-License-Identifier: BSD-2-Clause
-- The rates that the other ceilings of a case allow, how often it locks, and from where a repetition is steady. NULL: does
-- not bound it, or not known.

ALTER TABLE cell ADD COLUMN handoff_items_per_second REAL;
ALTER TABLE cell ADD COLUMN wakeup_items_per_second REAL;
ALTER TABLE cell ADD COLUMN pin_items_per_second REAL;
ALTER TABLE cell ADD COLUMN pin_ns REAL;
ALTER TABLE sample ADD COLUMN pins_per_op REAL;
ALTER TABLE sample ADD COLUMN steady_from REAL;
