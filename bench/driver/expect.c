// SPDX-License-Identifier: BSD-2-Clause
/* expect.c: see expect.h. Called by the command line. */
#include "bench/driver/expect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "drivers/videoport/videoport.h"

#define LINE_MAX_BYTES 512

static bool rule_known(unsigned number)
{
	const struct videoport_rule *rule;

	for (unsigned i = 0; (rule = videoport_rule_at(i)); i++)
		if (rule->number == number)
			return true;
	return false;
}

static int row_add(struct expect *expect, const struct expect_row *row, struct err *err)
{
	struct expect_row *grown = fault_point("expect_row")
	                                   ? NULL
	                                   : realloc(expect->row,
						     (expect->count + 1) * sizeof(*grown));

	if (!grown)
		return err_short(err, -ENOMEM, "%s: no memory", expect->name);
	expect->row = grown;
	expect->row[expect->count++] = *row;
	return 0;
}

static int line_read(struct expect *expect, char *text, unsigned line, struct err *err)
{
	struct expect_row row = {.line = line};
	unsigned long long most;
	int used = 0;

	text[strcspn(text, "#\r\n")] = '\0';
	text += strspn(text, " \t");
	if (!*text)
		return 0;
	if (sscanf(text, "V-%u%n", &row.rule, &used) != 1 || !used ||
		(text[used] && text[used] != ' ' && text[used] != '\t'))
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s:%u: a rule as V-NUMBER expected in front, found '%.40s'", expect->name,
			line, text);
	if (!rule_known(row.rule))
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s:%u: there is no rule V-%u; see dmabench rules", expect->name, line,
			row.rule);
	text += used;
	text += strspn(text, " \t");
	used = 0;
	if (sscanf(text, "x%llu%n", &most, &used) == 1 && used &&
		(!text[used] || text[used] == ' ' || text[used] == '\t')) {
		row.most = most;
		text += used;
		text += strspn(text, " \t");
		if (most == 0)
			return err_set(err, ERR_USAGE, -EINVAL,
				"%s:%u: x0 expects nothing; leave the line out", expect->name,
				line);
	}
	if (!*text)
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s:%u: V-%u without a reason; say why it is expected", expect->name, line,
			row.rule);
	snprintf(row.reason, sizeof(row.reason), "%s", text);
	return row_add(expect, &row, err);
}

int expect_read(struct expect *expect, const char *path, struct err *err)
{
	char text[LINE_MAX_BYTES];
	FILE *file = fopen(path, "re");
	unsigned line = 0;
	int rc = 0;

	*expect = (struct expect){.count = 0};
	snprintf(expect->name, sizeof(expect->name), "%s", path);
	if (!file)
		return err_set(
			err, ERR_USAGE, -errno, "%s: cannot be read (%s)", path, strerror(errno));
	while (rc == 0 && fgets(text, sizeof(text), file)) {
		line++;
		if (!strchr(text, '\n') && !feof(file))
			rc = err_set(err, ERR_USAGE, -EINVAL,
				"%s:%u: a line has at most %d characters", path, line,
				LINE_MAX_BYTES - 2);
		else
			rc = line_read(expect, text, line, err);
	}
	if (rc == 0 && ferror(file))
		rc = err_set(err, ERR_USAGE, -EIO, "%s: cannot be read", path);
	fclose(file);
	if (rc < 0)
		expect_free(expect);
	return rc;
}

void expect_free(struct expect *expect)
{
	free(expect->row);
	expect->row = NULL;
	expect->count = 0;
}

const struct expect_row *expect_take(struct expect *expect, unsigned rule)
{
	for (unsigned i = 0; i < expect->count; i++) {
		struct expect_row *row = &expect->row[i];

		if (row->rule == rule && (!row->most || row->seen < row->most)) {
			row->seen++;
			return row;
		}
	}
	return NULL;
}
