// SPDX-License-Identifier: BSD-2-Clause
/*
 * opt_ini.c: job files. inih takes lines apart into keys, values and comments. Two things stay
 * here, because inih would pass over them in silence: section headers (it reports none without
 * keys, and cuts long names) and lines that do not fit its buffer (it takes the rest for a line of
 * its own).
 */
#include "harness/opt/opt.h"

#include "harness/opt/opt_priv.h"

#include <errno.h>
#include <ini.h>
#include <string.h>
#include <strings.h>

enum {
	SECTION_MAX = 64,
	KEYS_MAX = 256, /* rows of a table, as opt.c's names */
	PATH_SHOWN_MAX = 120,
	WHERE_MAX = PATH_SHOWN_MAX + 24,
};

struct job_file {
	const char *path;
	FILE *file;
	const struct opt *table;
	void *global;
	opt_section_begin begin;
	void *arg;

	void *target;           /* struct of the section in hand, NULL before the first */
	int key_line[KEYS_MAX]; /* where the section in hand gives each row its value, 0: nowhere */
	char where[WHERE_MAX];
	int line, jobs;
	int rc, rc_line; /* first error found here and its line; reading stops with it */
	struct err err;
};

/*
 * Names the present line; the end of a long path says more than its start, and the message must
 * fit.
 */
static const char *where(struct job_file *job, int line)
{
	size_t len = strlen(job->path);
	bool cut = len > PATH_SHOWN_MAX;

	snprintf(job->where, sizeof(job->where), "%s%s:%d", cut ? "..." : "",
		cut ? job->path + len - PATH_SHOWN_MAX : job->path, line);
	return job->where;
}

static void fail(struct job_file *job, int rc)
{
	job->rc = rc;
	job->rc_line = job->line;
}

static void fail_line(struct job_file *job, const char *finding)
{
	fail(job, err_set(&job->err, ERR_USAGE, -EINVAL, "%s: %s", where(job, job->line), finding));
}

static bool starts_comment(const char *text)
{
	return *text == ';' || *text == '#';
}

static void begin_job(struct job_file *job, const char *name)
{
	struct err err = ERR_INIT;

	job->jobs++;
	job->target = job->begin(job->arg, name, where(job, job->line), &err);
	if (job->target)
		return;
	if (err.kind == ERR_NONE)
		err_set(&err, ERR_USAGE, -EINVAL, "refused");
	fail(job, err_set(&job->err, err.kind, err.code, "%s: [%s]: %.300s", where(job, job->line),
			  name, err.message));
}

/* @header begins with '['. */
static void enter_section(struct job_file *job, const char *header)
{
	const char *close = strchr(header, ']');
	char name[SECTION_MAX];

	if (!close) {
		fail_line(job, "a section without its ']'; expected [name]");
		return;
	}
	const char *rest = close + 1 + strspn(close + 1, " \t\r\n");

	memset(job->key_line, 0, sizeof(job->key_line));

	if (*rest && !starts_comment(rest))
		fail_line(job, "text behind a section; expected [name] alone on its line");
	else if (!opt_trim(header + 1, (size_t)(close - header - 1), name, sizeof(name)))
		fail_line(job, "a section's name is too long; expected at most 63 bytes");
	else if (!*name)
		fail_line(job, "a section without a name; expected [name]");
	else if (!opt_is_clean(name))
		fail_line(job, "a section's name holds control characters or is not UTF-8; "
			       "expected plain text");
	else if (!strcasecmp(name, "global"))
		job->target = job->global;
	else
		begin_job(job, name);
}

/*
 * First byte of the next line that is no blank: an indented line would continue the one before in
 * inih.
 */
static int first_byte(struct job_file *job)
{
	int byte = getc(job->file);

	if (job->line == 1 && (byte == 0xfe || byte == 0xff))
		fail_line(job, "UTF-16; save it as UTF-8");
	if (job->line == 1 && byte == 0xef) {
		/* A byte order mark, else no key of any table, which opt_set will say. */
		int second = getc(job->file), third = getc(job->file);

		if (second == 0xbb && third == 0xbf)
			byte = getc(job->file);
	}
	while (byte == ' ' || byte == '\t')
		byte = getc(job->file);
	return byte;
}

/* Fills @line up to the end of the line. The rest of a long comment is swallowed. */
static void read_line(struct job_file *job, char *line, size_t room, int byte)
{
	size_t used = 0;

	for (; byte != EOF && byte != '\n'; byte = getc(job->file)) {
		if (!byte) {
			fail_line(job, "a byte of zero; expected a text file");
			return;
		}
		if (used + 2 < room) {
			line[used++] = (char)byte;
		} else if (!starts_comment(line)) {
			fail_line(
				job, "the line is too long; expected at most about 200 characters");
			return;
		}
	}
	line[used++] = '\n';
	line[used] = '\0';
}

/* ini_reader: the next line, NULL at the end or after an error. */
static char *next_line(char *line, int room, void *stream)
{
	struct job_file *job = stream;

	if (job->rc < 0)
		return NULL;
	job->line++;
	int byte = first_byte(job);

	if (byte == EOF)
		return NULL;
	read_line(job, line, (size_t)room, byte);
	if (job->rc == 0 && line[0] == '[') {
		enter_section(job, line);
		memcpy(line, "\n", 2);
	}
	return job->rc < 0 ? NULL : line;
}

/* A second value for a key would win in silence; which one was meant, only the author knows. */
static bool key_is_new(struct job_file *job, const char *name)
{
	for (size_t i = 0; i < KEYS_MAX && job->table[i].name; i++) {
		if (strcmp(job->table[i].name, name) != 0)
			continue;
		if (job->key_line[i]) {
			fail(job, err_set(&job->err, ERR_USAGE, -EINVAL,
					  "%s: %s stands in this section twice, first in line %d; "
					  "keep one of the two",
					  where(job, job->line), name, job->key_line[i]));
			return false;
		}
		job->key_line[i] = job->line;
	}
	return true;
}

static int take_pair(void *user, const char *section, const char *name, const char *value)
{
	struct job_file *job = user;

	(void)section;
	if (job->rc < 0)
		return 0;
	if (!job->target) {
		fail_line(job, "a key before any section; expected [global] or [name] above it");
		return 0;
	}
	if (!key_is_new(job, name))
		return 0;
	int rc = opt_set(job->table, job->target, name, value ? value : "", where(job, job->line),
		&job->err);

	if (rc < 0)
		fail(job, rc);
	return rc == 0;
}

/* Of the errors found here and by inih, the one that stands first in the file. */
static int verdict(struct job_file *job, int ini_rc, struct err *err)
{
	/* inih reads on after a line without '='; the error it met first is the one to show. */
	if (ini_rc > 0 && (job->rc == 0 || ini_rc < job->rc_line))
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s: neither a key with its value nor a section; expected key=value or "
			"[name]",
			where(job, ini_rc));
	if (job->rc < 0) {
		if (err && err->kind == ERR_NONE)
			*err = job->err;
		return job->rc;
	}
	if (ini_rc < 0)
		return err_short(err, -ENOMEM, "%s: no memory to read it", job->path);
	if (!job->jobs)
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s: no job in it; expected a section such as [transfer] besides [global]",
			where(job, job->line));
	return 0;
}

static int refuse_file(const char *path, int error, struct err *err)
{
	return err_set(err, ERR_USAGE, -error,
		"%s: cannot be read: %s; expected a readable job file", opt_shown(path).text,
		strerror(error));
}

/* Reads @file to its end and closes it. */
static int read_file(FILE *file, const char *path, const struct opt *table, void *global,
	opt_section_begin begin, void *arg, struct err *err)
{
	struct job_file job = {
		.path = path,
		.file = file,
		.table = table,
		.global = global,
		.begin = begin,
		.arg = arg,
		.err = ERR_INIT,
	};

	errno = 0;
	int ini_rc = ini_parse_stream(next_line, &job, take_pair, &job);
	int error = ferror(file) ? errno : 0;

	fclose(file);
	if (error)
		return refuse_file(path, error, err);
	return verdict(&job, ini_rc, err);
}

int opt_ini(const char *path, const struct opt *table, void *global, opt_section_begin begin,
	void *arg, struct err *err)
{
	FILE *file = fopen(path, "re");

	return file ? read_file(file, path, table, global, begin, arg, err)
	            : refuse_file(path, errno, err);
}

int opt_ini_text(const char *name, const void *text, size_t len_bytes, const struct opt *table,
	void *global, opt_section_begin begin, void *arg, struct err *err)
{
	/* Opened for reading only: the text is not written. */
	FILE *file = fmemopen((void *)(uintptr_t)text, len_bytes, "r");

	return file ? read_file(file, name, table, global, begin, arg, err)
	            : refuse_file(name, errno, err);
}
