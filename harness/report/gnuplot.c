// SPDX-License-Identifier: BSD-2-Clause
/* gnuplot.c: see gnuplot.h. Knows the program, not the plots. */
#include "harness/report/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drivers/support/fault.h"
#include "harness/report/report.h"
#include "harness/report/text.h"

#define GNUPLOT_SAID_MAX 320
#define GNUPLOT_LOCALE   "LC_ALL=C.UTF-8" /* decimal points, and UTF-8 in labels */

extern char **environ;

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The environment with our locale and without what would change gnuplot's ways. NULL: no memory. */
static char **environment(void)
{
	size_t count = 0, kept = 0;

	while (environ[count])
		count++;
	char **copy = fault_point("report_alloc") ? NULL : calloc(count + 2, sizeof(*copy));

	if (!copy)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (strncmp(environ[i], "LC_", 3) != 0 && strncmp(environ[i], "GNUTERM=", 8) != 0 &&
			strncmp(environ[i], "GNUPLOT", 7) != 0)
			copy[kept++] = environ[i];
	}
	copy[kept] = (char *)GNUPLOT_LOCALE;
	return copy;
}

static int start(const char *folder, const char *script, int said, pid_t *child)
{
	char *const argv[] = {
		(char *)"gnuplot", (char *)"--default-settings", (char *)script, NULL};
	char **env = environment();
	posix_spawn_file_actions_t actions;
	int rc;

	if (!env)
		return ENOMEM;
	rc = posix_spawn_file_actions_init(&actions);
	if (rc)
		goto free_env;
	rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&actions, said, 2);
	if (!rc)
		rc = posix_spawn_file_actions_addchdir_np(&actions, folder);
	if (!rc)
		rc = posix_spawnp(child, "gnuplot", &actions, NULL, argv, env);
	posix_spawn_file_actions_destroy(&actions);
free_env:
	free(env);
	return rc;
}

/* Reads what comes until the end or the deadline; keeps the beginning, on one line. */
static void listen(int from, long deadline_ms, char *said, size_t room)
{
	size_t used = 0;

	for (;;) {
		struct pollfd ready = {.fd = from, .events = POLLIN};
		long left_ms = deadline_ms - now_ms();
		char chunk[256];

		if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) <= 0)
			break;
		ssize_t got = read(from, chunk, sizeof(chunk));

		if (got <= 0)
			break;
		for (ssize_t i = 0; i < got && used + 1 < room; i++) {
			char c = chunk[i] < ' ' && chunk[i] >= 0 ? ' ' : chunk[i];

			if (c != ' ' || (used && said[used - 1] != ' '))
				said[used++] = c;
		}
	}
	said[used] = '\0';
}

/*
 * Waits for the end of @child until the deadline, then kills it. Return: its wait status, -1
 * killed.
 */
static int await(pid_t child, long deadline_ms)
{
	const struct timespec pause = {.tv_nsec = 2000000};
	int status = 0;

	for (;;) {
		pid_t ended = waitpid(child, &status, WNOHANG);

		if (ended == child)
			return status;
		if (ended < 0 && errno != EINTR)
			return -1;
		if (now_ms() >= deadline_ms)
			break;
		nanosleep(&pause, NULL);
	}
	kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return -1;
}

int report_check(struct err *err)
{
	const char *path = getenv("PATH");

	for (const char *at = path ? path : ""; *at;) {
		char file[PATH_MAX];
		size_t len = strcspn(at, ":");

		snprintf(file, sizeof(file), "%.*s/gnuplot", (int)len, at);
		if (access(file, X_OK) == 0)
			return 0;
		at += len + (at[len] == ':');
	}
	return err_set(err, ERR_MISSING, -ENOENT,
		"gnuplot not found; install gnuplot-nox (scripts/setup)");
}

int gnuplot_run(const char *folder, const char *script, int limit_ms, struct err *err)
{
	char said[GNUPLOT_SAID_MAX] = "";
	long deadline_ms = now_ms() + limit_ms;
	int ends[2], rc, status;
	pid_t child;

	if (fault_point("report_pipe") || pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, ERR_MISSING, -EMFILE, "gnuplot: no pipe to be had");
	rc = start(folder, script, ends[1], &child);
	close(ends[1]);
	if (rc == 0) {
		listen(ends[0], deadline_ms, said, sizeof(said));
		status = await(child, deadline_ms);
	}
	close(ends[0]);
	if (rc == ENOENT)
		return err_set(err, ERR_MISSING, -ENOENT,
			"gnuplot not found; install gnuplot-nox (scripts/setup)");
	if (rc)
		return err_set(
			err, ERR_MISSING, -rc, "gnuplot cannot be started (%s)", strerror(rc));
	if (status == -1)
		return err_set(err, ERR_INTERNAL, -ETIME, "gnuplot %s: no end within %d s", script,
			limit_ms / 1000);
	if (WIFSIGNALED(status))
		return err_set(err, ERR_INTERNAL, -EIO, "gnuplot %s/%s ended by signal %d: %s",
			folder, script, WTERMSIG(status), said);
	if (WEXITSTATUS(status) != 0)
		return err_set(
			err, ERR_INTERNAL, -EIO, "gnuplot %s/%s failed: %s", folder, script, said);
	return 0;
}

void gnuplot_quote(FILE *out, const char *text)
{
	/*
	 * gnuplot 5.4 loses count of '' in a row, so quotes of every kind become typographic ones.
	 */
	fputc('\'', out);
	while (*text) {
		size_t length = text_utf8(text);

		if (*text == '\'')
			fputs("\xe2\x80\x99", out);
		else if (*text == '`')
			fputs("\xe2\x80\x98", out);
		else if (!length || *text == '\n' || *text == '\t')
			fputc(' ', out);
		else
			fwrite(text, 1, length, out);
		text += length ? length : 1;
	}
	fputc('\'', out);
}

/*
 * ---- SVG
 * ---------------------------------------------------------------------------------------------
 */

#define HOVER_START "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'"
#define HOVER_END   "')\" onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title>"

#define BOLD_FONT ":Bold\""

static bool starts(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/*
 * Text between HOVER_START and HOVER_END becomes a title. Return: what follows, NULL: not of that
 * form.
 */
static const char *clean_hover(FILE *out, const char *at)
{
	const char *text = at + strlen(HOVER_START), *end = strstr(text, HOVER_END);

	if (!end)
		return NULL;
	fputs("<g><title>", out);
	fwrite(text, 1, (size_t)(end - text), out);
	fputs("</title>", out);
	return end + strlen(HOVER_END);
}

/* A group of lines without lines. Return: what follows it, NULL: not one. */
static const char *clean_empty(const char *at)
{
	const char *end = starts(at, "<g fill=\"none\"") ? strchr(at, '\n') : NULL;

	if (!end || !starts(end + 1, "</g>\n"))
		return NULL;
	return end + 1 + strlen("</g>\n");
}

static void clean_into(FILE *out, const char *at, const char *name)
{
	static const char *const ids[] = {"'#gpPt", "'gpPt", "'gpDot", "'#gpDot", "'textbox'",
		"'greybox'", "\"gnuplot_canvas\""};

	while (*at) {
		const char *next = NULL;

		if (starts(at, HOVER_START))
			next = clean_hover(out, at);
		else if (starts(at, "<title>"))
			next = strstr(at, "</title>");
		else if (*at == '<')
			next = clean_empty(at);
		if (next && starts(next, "</title>"))
			next += strlen("</title>");
		/* gnuplot writes "Family:Bold" where SVG wants a weight. */
		if (starts(at, BOLD_FONT)) {
			fputs("\" font-weight=\"bold\"", out);
			next = at + strlen(BOLD_FONT);
		}
		for (size_t i = 0; !next && i < sizeof(ids) / sizeof(ids[0]); i++) {
			size_t lead = ids[i][1] == '#' ? 2 : 1;

			if (!starts(at, ids[i]))
				continue;
			fprintf(out, "%.*s%s-%s", (int)lead, at, name, ids[i] + lead);
			next = at + strlen(ids[i]);
		}
		if (!next)
			fputc(*at++, out);
		else
			at = next;
	}
}

char *gnuplot_clean_svg(const char *svg, const char *name)
{
	char *clean = NULL;
	size_t size;
	FILE *out = fault_point("report_alloc") ? NULL : open_memstream(&clean, &size);

	if (!out)
		return NULL;
	clean_into(out, svg, name);
	if (fclose(out) != 0) {
		free(clean);
		return NULL;
	}
	return clean;
}
