// SPDX-License-Identifier: BSD-2-Clause
/* printed.c: what was accepted, as dmabench prints it. For targets that read whole runs. See fuzz.h. */
#include "bench/tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness/report/report.h"

static FILE *text_open(char **text, size_t *len_bytes)
{
	FILE *out = open_memstream(text, len_bytes);

	fuzz_expect_that(out != NULL, "memory");
	return out;
}

char *fuzz_printed(const struct store_run *run, size_t *len_bytes)
{
	struct err err = ERR_INIT;
	char *text = NULL;
	FILE *out = text_open(&text, len_bytes);

	report_table(run, false, out);
	fclose(out);
	free(text);
	text = NULL;
	out = text_open(&text, len_bytes);

	const int rc = report_json(run, out, &err);

	fclose(out);
	if (rc == 0)
		return text;
	free(text);
	return NULL;
}
