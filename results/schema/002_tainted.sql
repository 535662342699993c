-- SPDX-License-Identifier: BSD-2-Clause
-- What disturbed a repetition while it was measured. Its figures stay; NULL: nothing was seen.

ALTER TABLE sample ADD COLUMN tainted TEXT;
