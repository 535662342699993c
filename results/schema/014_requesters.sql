-- SPDX-License-Identifier: BSD-2-Clause
-- Several requesters: the shares of the operations that the slowest and the fastest of them completed. NULL: one alone.

ALTER TABLE sample ADD COLUMN requester_share_min REAL;
ALTER TABLE sample ADD COLUMN requester_share_max REAL;
