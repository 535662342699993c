/* SPDX-License-Identifier: BSD-2-Clause */
/* page.h: what the files of report.html share; between page.c (the whole) and page_numbers.c (its tables) only. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdio.h>

#include "harness/report/plot.h"
#include "harness/report/view.h"

struct page {
	FILE *out;
	const struct view *view;
	const struct plot_list *plots;
	const char *plot_folder;
};

/* page_numbers - "All numbers": every case with every figure it has. Return: 0 or -ENOMEM. */
int page_numbers(const struct page *page, struct err *err);

#endif
