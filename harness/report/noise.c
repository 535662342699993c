// SPDX-License-Identifier: BSD-2-Clause
/* noise.c: see noise.h. Called by table.c and page.c. */
#include "harness/report/noise.h"

#include <string.h>

#include "harness/opt/opt.h"
#include "harness/report/html.h"
#include "harness/report/text.h"

#define NOISE_COLUMNS 100
#define NOISE_SHOWN   20 /* tainted repetitions listed on the page */

bool noise_marks(const struct view_summary *summary)
{
	return 2 * summary->tainted > summary->good;
}

static uint32_t tainted_count(const struct store_run *run, uint32_t *samples)
{
	uint32_t count = 0;

	*samples = 0;
	for (uint32_t i = 0; i < run->cell_count; i++) {
		for (uint32_t s = 0; s < run->cell[i].sample_count; s++)
			count += run->cell[i].sample[s].tainted[0] != '\0';
		*samples += run->cell[i].sample_count;
	}
	return count;
}

/* Name of the check where @fact is a finding of the audit, else NULL: its value begins with a grade. */
static const char *finding_name(const struct store_fact *fact)
{
	static const char *const grades[] = {"fatal: ", "taints: ", "note: "};

	if (strncmp(fact->key, "audit.", 6) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(grades) / sizeof(grades[0]); i++)
		if (strncmp(fact->value, grades[i], strlen(grades[i])) == 0)
			return fact->key + 6;
	return NULL;
}

/* Notes are for the page. */
static bool is_serious(const struct store_fact *fact)
{
	return finding_name(fact) && strncmp(fact->value, "note: ", 6) != 0;
}

static const char *are(uint32_t count)
{
	return count == 1 ? "is" : "are";
}

void noise_text(const struct store_run *run, const char *bold, const char *plain, FILE *out)
{
	char line[512];
	uint32_t samples;
	const uint32_t tainted = tainted_count(run, &samples);
	const char *verdict = text_fact(run, "audit.verdict", "");
	const bool distrusted = verdict[0] && strcmp(verdict, "trusted") != 0;
	bool any = tainted || distrusted;

	for (uint32_t i = 0; i < run->fact_count; i++)
		any = any || is_serious(&run->fact[i]);
	if (!any)
		return;
	fprintf(out, "\n%snoise%s\n", bold, plain);
	if (distrusted) {
		snprintf(line, sizeof(line), "these figures %s: %s", verdict,
			text_fact(run, "audit.why", ""));
		text_wrap(out, line, NOISE_COLUMNS);
	}
	if (tainted)
		fprintf(out,
			"  %u of %u repetition%s %s tainted; " NOISE_MARK
			" marks figures where most of them are\n",
			tainted, samples, opt_plural(samples), are(tainted));
	for (uint32_t i = 0; i < run->fact_count; i++) {
		if (!is_serious(&run->fact[i]))
			continue;
		snprintf(line, sizeof(line), "%s: %.*s", finding_name(&run->fact[i]),
			(int)strcspn(run->fact[i].value, ";"), run->fact[i].value);
		text_wrap(out, line, NOISE_COLUMNS);
	}
}

static void html_tainted(const struct store_run *run, FILE *out)
{
	uint32_t shown = 0;

	html_print(out, "<ul>\n");
	for (uint32_t i = 0; i < run->cell_count; i++) {
		for (uint32_t s = 0; s < run->cell[i].sample_count; s++) {
			const struct store_sample *sample = &run->cell[i].sample[s];

			if (sample->tainted[0] && shown++ < NOISE_SHOWN)
				html_print(out, "<li><code>%s</code>, repetition %u: %s</li>\n",
					run->cell[i].name, sample->repetition, sample->tainted);
		}
	}
	if (shown > NOISE_SHOWN)
		html_print(out, "<li>and %u more; all are in results.json</li>\n",
			shown - NOISE_SHOWN);
	html_print(out, "</ul>\n");
}

void noise_html(const struct store_run *run, FILE *out)
{
	uint32_t samples;
	const uint32_t tainted = tainted_count(run, &samples);
	const char *verdict = text_fact(run, "audit.verdict", NULL);

	if (!verdict)
		return;
	const bool trusted = strcmp(verdict, "trusted") == 0;

	html_print(out,
		"<h2 id=\"noise\">Noise</h2>\n<div class=\"%r\">\n<p>By the noise audit "
		"these figures %s: %s.</p>\n",
		trusted ? "verdict" : "wrong", trusted ? "can be trusted" : verdict,
		text_fact(run, "audit.why", ""));
	html_print(out, "<ul>\n");
	for (uint32_t i = 0; i < run->fact_count; i++)
		if (finding_name(&run->fact[i]))
			html_print(out, "<li><b>%s</b>, %s</li>\n", finding_name(&run->fact[i]),
				run->fact[i].value);
	html_print(out, "</ul>\n</div>\n");
	if (!tainted)
		return;
	html_print(out,
		"<p>%u of %u repetition%s %s tainted: something disturbed the machine meanwhile. "
		"Tainted ones count like all others; " NOISE_MARK
		" marks rows where they are the most.</p>\n",
		tainted, samples, opt_plural(samples), are(tainted));
	html_tainted(run, out);
}
