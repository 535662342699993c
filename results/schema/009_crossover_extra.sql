-- SPDX-License-Identifier: BSD-2-Clause
-- Further keys of the cells that a crossover compares, as in cell.extra. NULL: none, or a run from before they were kept.

ALTER TABLE crossover ADD COLUMN extra TEXT;
