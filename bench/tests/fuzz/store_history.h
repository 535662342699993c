/* SPDX-License-Identifier: BSD-2-Clause */
/* store_history.h: the half of a database that tells of nights, for target store (store.c). */
#ifndef FUZZ_STORE_HISTORY_H
#define FUZZ_STORE_HISTORY_H

#include "drivers/support/err.h"

struct store;

/* fuzz_history_write - one of everything, of a night with run @run_id. Return: as history.h. */
int fuzz_history_write(struct store *store, const char *run_id);

/* fuzz_history_read - all of it. Return: 0, or what the first reader said. */
int fuzz_history_read(struct store *store, struct err *err);

#endif
