// SPDX-License-Identifier: BSD-2-Clause
/*
 * export_markdown.c: a run in short as GitHub's markdown, for a pull request. Called through export_formats. The words and the
 * medians are those of the table on a terminal; tables are folded away, so that the verdict stands first.
 */
#include "harness/report/export.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/html.h"
#include "harness/report/text.h"
#include "harness/report/view.h"

static void code_escape(FILE *out, char special)
{
	fputs(special == '`' ? "'" : special == '|' ? "\\|" : " ", out);
}

/* Text of a record as code: there nothing but a back-quote, a line's end and the bar of a table means anything. */
static void put_code(FILE *out, const char *text)
{
	fputc('`', out);
	text_escape(out, text, "`|\n\t", code_escape);
	fputc('`', out);
}

static void prose_escape(FILE *out, char special)
{
	if (special == '\n' || special == '\t')
		fputc(' ', out);
	else
		fprintf(out, "\\%c", special);
}

/* Our own sentences, which hold words of the user's at most. */
static void put_prose(FILE *out, const char *text)
{
	text_escape(out, text, "\\`*_[]<>|#~@\n\t", prose_escape);
}

/* ---- what comes first ------------------------------------------------------------------------------ */

static void put_verdict(const struct store_run *run, FILE *out)
{
	const char *audit = text_fact(run, "audit.verdict", "");

	if (run->state != STORE_DONE)
		fprintf(out, "**The run did not end: it is %s.** ", text_state(run->state));
	if (run->finding_count)
		fprintf(out, "**%u finding%s.** ", run->finding_count,
			run->finding_count == 1 ? "" : "s");
	else
		fputs("Nothing wrong was found. ", out);
	if (strcmp(audit, "cannot be trusted") == 0) {
		fputs("**These figures cannot be trusted:** ", out);
		put_prose(out, text_fact(run, "audit.why", "see the noise audit"));
		fputc('.', out);
	}
	fputs("\n", out);
}

static void put_head(const struct store_run *run, FILE *out)
{
	char wall[TEXT_MAX];

	fputs("## dmabench: ", out);
	put_prose(out, run->title);
	fputs("\n\n", out);
	put_verdict(run, out);
	fputs("\nRun ", out);
	put_code(out, run->id);
	fprintf(out, ", %s, commit ", text_wall(run->started_wall_ns, wall, sizeof(wall)));
	put_code(out, text_fact(run, "version.commit", "unknown"));
	fputs(", ", out);
	put_prose(out, text_fact(run, "host.cpu_model", "unknown processor"));
	fprintf(out, "%s\n", run->simulated ? ", **device time is simulated**" : "");
}

static void put_findings(const struct store_run *run, FILE *out)
{
	if (run->finding_count)
		fputs("\n### Findings\n\n", out);
	for (uint32_t i = 0; i < run->finding_count; i++) {
		fputs("* ", out);
		put_code(out, run->finding[i].cell);
		fputs(": ", out);
		put_code(out, run->finding[i].text);
		fputc('\n', out);
	}
}

/* ---- transfers -------------------------------------------------------------------------------------- */

/* "1.23 GB/s, p99 2.4 us"; the fastest in bold; ~ where most repetitions are tainted. */
static void put_figures(
	const struct view *view, const struct view_row *row, unsigned strategy, FILE *out)
{
	const struct view_summary *summary = row->by_strategy[strategy];
	char rate[TEXT_MAX], p99[TEXT_MAX];

	if (!summary || !summary->good) {
		fputs(summary ? " failed |" : " |", out);
		return;
	}
	const char *bold = view_fastest(view, row) == (int)strategy ? "**" : "";

	fprintf(out, " %s%s%s%s", 2 * summary->tainted > summary->good ? "~" : "", bold,
		text_rate(summary->median[STORE_bytes_per_second], rate, sizeof(rate)), bold);
	if (isfinite(summary->median[STORE_lat_p99_ns]))
		fprintf(out, ", p99 %s",
			text_time(summary->median[STORE_lat_p99_ns], p99, sizeof(p99)));
	fputs(" |", out);
}

static void put_group(const struct view *view, const struct view_group *group, FILE *out)
{
	char size[TEXT_MAX];

	/* Up to the empty line this is HTML. */
	html_print(out, "\n<details><summary>%s</summary>\n\n| size |", group->title);
	for (unsigned s = 0; s < view->strategy_count; s++) {
		fputc(' ', out);
		put_prose(out, view->strategy[s]);
		fputs(" |", out);
	}
	fputs("\n|---:|", out);
	for (unsigned s = 0; s < view->strategy_count; s++)
		fputs("---:|", out);
	fputc('\n', out);
	for (uint32_t r = 0; r < group->row_count; r++) {
		fprintf(out, "| %s |",
			text_size((double)group->row[r].size_bytes, size, sizeof(size)));
		for (unsigned s = 0; s < view->strategy_count; s++)
			put_figures(view, &group->row[r], s, out);
		fputc('\n', out);
	}
	fputs("\n</details>\n", out);
}

static void put_transfers(const struct view *view, FILE *out)
{
	if (view->group_count)
		fputs("\n### Transfers\n\nMedians over the repetitions; **bold**: the fastest of "
		      "its row "
		      "by intervals that do not overlap; ~: most repetitions are tainted.\n",
			out);
	for (uint32_t g = 0; g < view->group_count; g++)
		put_group(view, &view->group[g], out);
	for (uint32_t i = 0; i < view->run->crossover_count; i++) {
		fputs(i ? "* " : "\n### Crossovers\n\n* ", out);
		put_prose(out, view->run->crossover[i].sentence);
		fputc('\n', out);
	}
}

/* ---- all else --------------------------------------------------------------------------------------- */

static bool stands_in_groups(const struct store_cell *cell)
{
	return strcmp(cell->params.family, "transfer") == 0 && cell->params.strategy[0] &&
	       cell->params.size_bytes;
}

static int put_other(const struct store_cell *cell, FILE *out, struct err *err)
{
	char rate[TEXT_MAX], p50[TEXT_MAX], p99[TEXT_MAX];
	struct view_summary summary;

	if (view_summarise(&summary, cell))
		return err_short(err, -ENOMEM, "no memory to export %s", cell->name);
	fputs("| ", out);
	put_code(out, cell->name);
	if (summary.good)
		fprintf(out, " | %s | %s | %s |\n",
			text_count(summary.median[STORE_items_per_second], rate, sizeof(rate)),
			text_time(summary.median[STORE_lat_p50_ns], p50, sizeof(p50)),
			text_time(summary.median[STORE_lat_p99_ns], p99, sizeof(p99)));
	else
		fputs(" | failed | | |\n", out);
	free(summary.latency);
	return 0;
}

static int put_others(const struct store_run *run, FILE *out, struct err *err)
{
	bool begun = false;
	int rc = 0;

	for (uint32_t i = 0; i < run->cell_count && !rc; i++) {
		if (stands_in_groups(&run->cell[i]))
			continue;
		if (!begun)
			fputs("\n### Other families\n\n<details><summary>a row a case</summary>\n\n"
			      "| case | operations/s | p50 | p99 |\n|---|---:|---:|---:|\n",
				out);
		begun = true;
		rc = put_other(&run->cell[i], out, err);
	}
	if (begun)
		fputs("\n</details>\n", out);
	return rc;
}

int export_markdown(const struct store_run *run, FILE *out, struct err *err)
{
	struct view view;
	int rc = view_make(&view, run, err);

	if (rc)
		return rc;
	put_head(run, out);
	put_findings(run, out);
	put_transfers(&view, out);
	rc = put_others(run, out, err);
	view_free(&view);
	return rc;
}
