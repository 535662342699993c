-- SPDX-License-Identifier: BSD-2-Clause
-- The cost ledger of one operation. NULL: it was not kept, or no round of the repetition had its points on.

ALTER TABLE sample ADD COLUMN phase_total_ns REAL;
ALTER TABLE sample ADD COLUMN phase_driver_ns REAL;
ALTER TABLE sample ADD COLUMN phase_lock_ns REAL;
ALTER TABLE sample ADD COLUMN phase_map_ns REAL;
ALTER TABLE sample ADD COLUMN phase_copy_in_ns REAL;
ALTER TABLE sample ADD COLUMN phase_sync_ns REAL;
ALTER TABLE sample ADD COLUMN phase_sg_ns REAL;
ALTER TABLE sample ADD COLUMN phase_descriptor_ns REAL;
ALTER TABLE sample ADD COLUMN phase_doorbell_ns REAL;
ALTER TABLE sample ADD COLUMN phase_device_ns REAL;
ALTER TABLE sample ADD COLUMN phase_handoff_ns REAL;
ALTER TABLE sample ADD COLUMN phase_completion_ns REAL;
ALTER TABLE sample ADD COLUMN phase_copy_out_ns REAL;
ALTER TABLE sample ADD COLUMN phase_unmap_ns REAL;
ALTER TABLE sample ADD COLUMN phase_unlock_ns REAL;
ALTER TABLE sample ADD COLUMN phase_queue_ns REAL;
ALTER TABLE sample ADD COLUMN phase_residue_ns REAL;
ALTER TABLE sample ADD COLUMN device_fetch_ns REAL;
ALTER TABLE sample ADD COLUMN device_move_ns REAL;
ALTER TABLE sample ADD COLUMN device_post_ns REAL;
