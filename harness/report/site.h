/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * site.h: the nightly record as a static site: files that open from disk and from any host, without a network.
 *
 *	<folder>/index.html          tonight's verdict, the entries that are open, all series
 *	<folder>/changes.html        every entry with all of its changes
 *	<folder>/nights.html         every night with its runs
 *	<folder>/compare.html        two runs against each other, chosen on the page
 *	<folder>/series/KEY.html     one series: trend, change points, noise, footprint, every night
 *	<folder>/runs/ID.html        one run: what report.html holds, plots inside
 *	<folder>/runs/ID.js          its figures for compare.html, as a call with data: a page from disk may not fetch
 *	<folder>/{page,site}.css, site.js, compare.js
 *
 * KEY is a hash of what makes the series, so an address holds over rebuilds and when databases are merged.
 *
 * Call order: store_open_readonly -> site_build -> store_close; a night may be running meanwhile.
 * Every file is written beside its place and then renamed, pages before those that lead to them; at the end pages of series
 * and runs that the record no longer has are taken away, and nothing else in the folder. Plots are drawn in a folder of their
 * own below TMPDIR (/tmp).
 * Text of the record is escaped wherever it goes: HTML, attributes, data of scripts.
 * Threads: none. Errors: -errno with struct err; gnuplot and a folder that cannot be written are ERR_MISSING.
 */
#ifndef REPORT_SITE_H
#define REPORT_SITE_H

#include <stdint.h>

#include "drivers/support/err.h"
#include "harness/store/history.h"

struct site_tally {
	uint32_t nights, series, runs; /* that have a page or a row */
	uint32_t removed;              /* files of an older build that nothing leads to any more */
};

/*
 * site_build - writes the whole site into @folder, which is made with its parents. @tally may be NULL.
 * Return: 0; -ENOENT (ERR_USAGE) there is no night in the record; -ENOENT (ERR_MISSING) no gnuplot; -EEXIST
 * (ERR_USAGE) @folder has an index.html that is none of ours; as the store.
 */
int site_build(struct store *store, const char *folder, struct site_tally *tally, struct err *err);

#endif
