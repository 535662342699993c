-- SPDX-License-Identifier: BSD-2-Clause
-- What a driver held in a repetition: at its end, at most, and on average over the measured time.

ALTER TABLE sample ADD COLUMN common_buffer_end_bytes REAL;
ALTER TABLE sample ADD COLUMN common_buffer_used_end_bytes REAL;
ALTER TABLE sample ADD COLUMN common_buffer_used_peak_bytes REAL;
ALTER TABLE sample ADD COLUMN common_buffer_used_mean_bytes REAL;
ALTER TABLE sample ADD COLUMN common_buffer_internal_fragmentation REAL;
ALTER TABLE sample ADD COLUMN common_buffer_external_fragmentation REAL;
ALTER TABLE sample ADD COLUMN common_buffer_external_fragmentation_peak REAL;
ALTER TABLE sample ADD COLUMN common_buffer_largest_free_bytes REAL;
ALTER TABLE sample ADD COLUMN common_buffer_turns_per_second REAL;
ALTER TABLE sample ADD COLUMN pool_internal_fragmentation REAL;
ALTER TABLE sample ADD COLUMN pinned_end_bytes REAL;
ALTER TABLE sample ADD COLUMN pinned_mean_bytes REAL;
ALTER TABLE sample ADD COLUMN mapped_end_bytes REAL;
ALTER TABLE sample ADD COLUMN mapped_peak_bytes REAL;
ALTER TABLE sample ADD COLUMN mapped_mean_bytes REAL;
ALTER TABLE sample ADD COLUMN map_registers_end REAL;
ALTER TABLE sample ADD COLUMN map_registers_mean REAL;
ALTER TABLE sample ADD COLUMN bounce_held_end_bytes REAL;
ALTER TABLE sample ADD COLUMN bounce_held_peak_bytes REAL;
ALTER TABLE sample ADD COLUMN bounce_held_mean_bytes REAL;
ALTER TABLE sample ADD COLUMN sg_list_end_bytes REAL;
ALTER TABLE sample ADD COLUMN sg_list_peak_bytes REAL;
ALTER TABLE sample ADD COLUMN sg_list_mean_bytes REAL;
