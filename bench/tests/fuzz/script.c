// SPDX-License-Identifier: BSD-2-Clause
/* script.c: the steps of a driver's script, and its expected findings. */
#include "bench/tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "bench/driver/expect.h"
#include "bench/driver/script.h"

void fuzz_script(const uint8_t *bytes, size_t len_bytes)
{
	char *text = fuzz_text(bytes, len_bytes);
	struct script *script = NULL;
	struct err err = {0};

	if (script_parse(&script, "input", text, &err) < 0)
		fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
	else
		fuzz_expect_that(script->buffer_count <= SCRIPT_BUFFERS_MAX, "few buffers");
	script_free(script);
	free(text);
}

void fuzz_expect(const uint8_t *bytes, size_t len_bytes)
{
	struct expect expect = {0};
	struct err err = {0};

	if (expect_read(&expect, fuzz_file(bytes, len_bytes), &err) < 0)
		fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
	else if (expect.count)
		fuzz_expect_that(expect_take(&expect, expect.row[0].rule) != NULL,
			"the finding of the first row to be expected");
	expect_free(&expect);
	fuzz_file_close();
}
