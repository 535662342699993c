// SPDX-License-Identifier: BSD-2-Clause
/*
 * export_csv.c: a run as comma-separated values (RFC 4180), one row a repetition. Called through export_formats. Knows
 * nothing of medians or verdicts: whoever reads this makes their own.
 */
#include "harness/report/export.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "harness/report/text.h"

static void quote_twice(FILE *out, char quote)
{
	fprintf(out, "%c%c", quote, quote);
}

/* A field of text. Quoted where it has to be; what a spreadsheet would take for a formula gets a quote in front (OWASP, CSV injection). */
static void put_text(FILE *out, const char *text)
{
	const bool formula = *text && strchr("=+-@\t\r", *text);
	const bool quoted = strpbrk(text, ",\"\r\n") != NULL;

	fputs(quoted ? "\"" : "", out);
	fputs(formula ? "'" : "", out);
	text_escape(out, text, "\"", quote_twice);
	fputs(quoted ? "\"" : "", out);
}

static void put_next(FILE *out, const char *text)
{
	fputc(',', out);
	put_text(out, text);
}

/* 17 digits: what is read back is what was stored. Missing: empty. */
static void put_number(FILE *out, double value)
{
	if (isfinite(value))
		fprintf(out, ",%.17g", value);
	else
		fputc(',', out);
}

static void put_header(FILE *out)
{
	fputs("run,started,simulated,name,family,device,strategy,dir,completion,source,verify,size_"
	      "bytes,"
	      "depth,batch,extra,limiter,repetition,block,iterations,failed,error,tainted,real_"
	      "time_ns,"
	      "cpu_time_ns",
		out);
	for (unsigned i = 0; i < STORE_COUNTER_COUNT; i++)
		fprintf(out, ",%s", store_counter_name((enum store_counter)i));
	fputs("\r\n", out);
}

static void put_case(FILE *out, const struct store_cell *cell)
{
	const struct store_params *p = &cell->params;

	put_next(out, cell->name);
	put_next(out, p->family);
	put_next(out, p->device);
	put_next(out, p->strategy);
	put_next(out, p->dir);
	put_next(out, p->completion);
	put_next(out, p->source);
	put_next(out, p->verify);
	fprintf(out, ",%" PRIu64 ",%u,%u", p->size_bytes, p->depth, p->batch);
	put_next(out, p->extra);
	put_next(out, cell->limiter);
}

static void put_sample(FILE *out, const struct store_sample *sample)
{
	fprintf(out, ",%u,%u,%" PRIu64 ",%d", sample->repetition, sample->block, sample->iterations,
		sample->failed);
	put_next(out, sample->failed ? sample->error : "");
	put_next(out, sample->tainted);
	put_number(out, sample->failed ? (double)NAN : sample->real_time_ns);
	put_number(out, sample->failed ? (double)NAN : sample->cpu_time_ns);
	for (unsigned i = 0; i < STORE_COUNTER_COUNT; i++)
		put_number(out, sample->failed ? (double)NAN : sample->counter[i]);
}

int export_csv(const struct store_run *run, FILE *out, struct err *err)
{
	char started[TEXT_MAX];

	(void)err;
	text_wall(run->started_wall_ns, started, sizeof(started));
	put_header(out);
	for (uint32_t c = 0; c < run->cell_count; c++)
		for (uint32_t s = 0; s < run->cell[c].sample_count; s++) {
			put_text(out, run->id);
			put_next(out, started);
			fprintf(out, ",%d", run->simulated);
			put_case(out, &run->cell[c]);
			put_sample(out, &run->cell[c].sample[s]);
			fputs("\r\n", out);
		}
	return 0;
}
