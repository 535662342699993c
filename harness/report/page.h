/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h: what the files of report.html share; between page.c (the whole) and page_numbers.c (its tables) only, but for page_site,
 * which is for the site.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdio.h>

#include "harness/report/plot.h"
#include "harness/report/view.h"

struct page {
	FILE *out;
	const char *
		home; /* of a page of the site: the way to its front; NULL: of report.html, with files beside it */
	const struct view *view;
	const struct plot_list *plots;
	const char *plot_folder;
};

/*
 * page_site - the page of @run as one of the site (site.h): plots inside, no files beside it, links to the site's other pages
 * by @home ("../"). @drawing: a folder for what its plots are drawn from. Return: 0 or -errno.
 */
int page_site(const struct store_run *run, const char *home, const char *drawing, FILE *out,
	struct err *err);

/* page_numbers - "All numbers": every case with every figure it has. Return: 0 or -ENOMEM. */
int page_numbers(const struct page *page, struct err *err);

#endif
