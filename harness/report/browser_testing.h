/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * browser_testing.h: a headless Chromium, spoken to by chromedriver's WebDriver protocol: a program started once a test program,
 * one HTTP request a command. For tests of the site; scripts/setup installs chromium and chromium-driver.
 *
 *	browser_open(&browser, "/tmp/folder") -> browser_go, browser_run, browser_keys, browser_devtools ... -> browser_close
 *
 * What goes wrong fails the test. Threads: none.
 */
#ifndef REPORT_BROWSER_TESTING_H
#define REPORT_BROWSER_TESTING_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "drivers/support/testing.h"

#define BROWSER_ANSWER_S 60 /* a loaded host starts Chromium slowly */

extern char **environ;

struct browser {
	pid_t driver;
	unsigned port;
	char session[80];
};

/* What chromedriver says once it listens ends with the port it chose. */
static inline unsigned browser_port(FILE *said)
{
	char line[256];

	while (fgets(line, sizeof(line), said)) {
		const char *at = strstr(line, "started successfully on port ");

		if (at)
			return (unsigned)strtoul(
				at + strlen("started successfully on port "), NULL, 10);
	}
	fail_msg("chromedriver did not say which port it listens on");
	return 0;
}

/* A process group of its own, so that it takes its browsers with it; what they write goes below @folder. */
static inline void browser_start(struct browser *browser, const char *folder)
{
	const char *const argv[] = {"chromedriver", "--port=0", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	setenv("TMPDIR", folder, 1);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	if (posix_spawnp(
		    &browser->driver, argv[0], &actions, &attributes, (char *const *)argv, environ))
		fail_msg("chromedriver cannot be started; scripts/setup installs "
			 "chromium-driver");
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	close(ends[1]);
	FILE *said = fdopen(ends[0], "r");

	assert_non_null(said);
	browser->port = browser_port(said);
	/* Left open: a driver whose output nobody takes would be killed by it. */
}

static inline int browser_connect(const struct browser *browser)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)browser->port),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	const struct timeval patience = {.tv_sec = BROWSER_ANSWER_S};
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* The body of the answer, to free; its length comes first, since the driver keeps the connection. */
static inline char *browser_answer(int fd)
{
	FILE *from = fdopen(fd, "r");
	size_t length = 0;
	char line[512];

	assert_non_null(from);
	while (fgets(line, sizeof(line), from) && strcmp(line, "\r\n") != 0) {
		if (strncasecmp(line, "Content-Length:", 15) == 0)
			length = strtoul(line + 15, NULL, 10);
	}
	char *body = calloc(1, length + 1);

	assert_non_null(body);
	assert_int_equal(fread(body, 1, length, from), length);
	fclose(from);
	return body;
}

/* One command. @body: taken over, NULL for none. Return: "value" of the answer, to release. */
static inline json_t *browser_command(
	const struct browser *browser, const char *method, const char *path, json_t *body)
{
	char *text = body ? json_dumps(body, 0) : strdup("");
	const int fd = browser_connect(browser);
	char *answer;
	json_t *root, *value;

	dprintf(fd,
		"%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		method, path, strlen(text), text);
	answer = browser_answer(fd);
	root = json_loads(answer, JSON_DECODE_ANY, NULL);
	value = json_incref(json_object_get(root, "value"));
	if (!value || json_object_get(value, "error"))
		fail_msg("%s %s %s: %.600s", method, path, text, answer);
	json_decref(root);
	json_decref(body);
	free(answer);
	free(text);
	return value;
}

/* The same to the session. */
static inline json_t *browser_do(const struct browser *browser, const char *what, json_t *body)
{
	char path[160];

	snprintf(path, sizeof(path), "/session/%s/%s", browser->session, what);
	return browser_command(browser, "POST", path, body);
}

/* Without the sandbox, which root cannot have; no name is looked up but by mistake. */
static inline void browser_open(struct browser *browser, const char *folder)
{
	json_t *wish, *value;

	browser_start(browser, folder);
	wish = json_pack("{s:{s:{s:{s:[s,s,s,s,s]}}}}", "capabilities", "alwaysMatch",
		"goog:chromeOptions", "args", "--headless=new", "--no-sandbox", "--disable-gpu",
		"--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND");
	value = browser_command(browser, "POST", "/session", wish);
	snprintf(browser->session, sizeof(browser->session), "%s",
		json_string_value(json_object_get(value, "sessionId")));
	json_decref(value);
}

/* May be called for one that was never opened. */
static inline void browser_close(struct browser *browser)
{
	char path[160];

	if (browser->driver <= 0)
		return;
	if (browser->session[0]) {
		snprintf(path, sizeof(path), "/session/%s", browser->session);
		json_decref(browser_command(browser, "DELETE", path, NULL));
	}
	kill(-browser->driver, SIGKILL);
	waitpid(browser->driver, NULL, 0);
	*browser = (struct browser){0};
}

static inline void browser_go(const struct browser *browser, const char *url)
{
	json_decref(browser_do(browser, "url", json_pack("{s:s}", "url", url)));
}

/* @script's return value, to release; it may be a promise. */
static inline json_t *browser_run(const struct browser *browser, const char *script)
{
	return browser_do(
		browser, "execute/sync", json_pack("{s:s, s:[]}", "script", script, "args"));
}

/* Keys pressed one after the other; @key is UTF-8, special ones are those of the protocol. */
#define BROWSER_TAB   "\xee\x80\x84"
#define BROWSER_ENTER "\xee\x80\x87"

static inline void browser_key(const struct browser *browser, const char *key)
{
	json_decref(browser_do(browser, "actions",
		json_pack("{s:[{s:s, s:s, s:[{s:s, s:s}, {s:s, s:s}]}]}", "actions", "type", "key",
			"id", "keys", "actions", "type", "keyDown", "value", key, "type", "keyUp",
			"value", key)));
}

/* A command of the developer's tools: what a window looks like that a test cannot have. @params: taken over. */
static inline json_t *browser_devtools(
	const struct browser *browser, const char *command, json_t *params)
{
	return browser_do(browser, "goog/cdp/execute",
		json_pack("{s:s, s:o}", "cmd", command, "params", params));
}

#endif
