/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * audit_print.h: a driver's life and its audit for people and as JSON. The steps are printed as they come, the
 * audit behind them.
 */
#ifndef BENCH_AUDIT_PRINT_H
#define BENCH_AUDIT_PRINT_H

#include "bench/driver/audit.h"

/* What the audit is of. */
struct audit_title {
	const char *module; /* as given */
	const char *device;
	bool strict;
};

void audit_print_news(const struct audit *audit, const struct audit_news *news);
void audit_print(const struct audit *audit, const struct child_result *result,
	const struct audit_title *title);

/* audit_json - writes it all to @path, "-" for stdout. Return: 0 or -errno with @err. */
int audit_json(const struct audit *audit, const struct child_result *result,
	const struct audit_title *title, const char *path, struct err *err);

#endif
