// SPDX-License-Identifier: BSD-2-Clause
/* script.c: the steps of a driver's script, and its expected findings. */
#include "bench/tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "bench/driver/expect.h"
#include "bench/driver/script.h"
#include "bench/driver/words.h"

#define FILE_ONE_IN 16

/* What was given by its name is shown by it. */
static void expect_words(const struct script *script)
{
	char text[64];
	uint32_t code;
	int32_t status;

	fuzz_expect_that(script->buffer_count <= SCRIPT_BUFFERS_MAX, "few buffers");
	for (unsigned i = 0; i < script->count; i++) {
		const struct script_step *step = &script->step[i];
		const char *name = words_ioctl_name(step->code);

		fuzz_expect_that(!name || (words_ioctl(name, &code) && code == step->code),
			"a request's own name");
		words_status_show(step->expect, text, sizeof(text));
		fuzz_expect_that(!words_status(text, &status) || status == step->expect,
			"a status' own name");
	}
}

void fuzz_script(const uint8_t *bytes, size_t len_bytes)
{
	char *text = fuzz_text(bytes, len_bytes);
	struct script *script = NULL;
	struct err err = {0};

	/* Now and then as a file, which takes longer. */
	const bool file = len_bytes % FILE_ONE_IN == 0;
	const int rc = file ? script_read(&script, fuzz_file(bytes, len_bytes), &err)
	                    : script_parse(&script, "input", text, &err);

	if (rc < 0)
		fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
	else
		expect_words(script);
	script_free(script);
	if (file)
		fuzz_file_close();
	free(text);
}

void fuzz_expect(const uint8_t *bytes, size_t len_bytes)
{
	struct expect expect = {0};
	struct err err = {0};

	if (expect_read(&expect, fuzz_file(bytes, len_bytes), &err) < 0)
		fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
	else if (expect.count)
		fuzz_expect_that(expect_take(&expect, expect.row[0].rule) != NULL &&
					 expect_take(&expect, 0) == NULL,
			"the finding of the first row to be expected, and none that is no rule");
	expect_free(&expect);
	fuzz_file_close();
}
