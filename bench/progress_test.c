// SPDX-License-Identifier: BSD-2-Clause
/* progress_test.c: the bar on a pseudo terminal, and the plain lines where there is none. */
#include "bench/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "drivers/support/testing.h"

static const char cell_name[] =
	"transfer/strategy:packet-cached/dir:from_device/size:16777216/depth:32/completion:poll/"
	"source:read-back";

static const struct run_progress half = {
	.trials_done = 50, .trials_total = 100, .elapsed_s = 61, .left_s = 65, .cell = cell_name};

static void times_are_short_and_never_wrong(void **state)
{
	(void)state;
	const struct {
		double seconds;
		const char *text;
	} cases[] = {{0, "0s"}, {0.4, "0s"}, {59.4, "59s"}, {59.6, "1m00s"}, {65, "1m05s"},
		{3599.6, "1h00m"}, {7800, "2h10m"}, {-1, "?"}, {1e30, "?"}, {(double)NAN, "?"},
		{(double)INFINITY, "?"}};
	char out[16];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			progress_time(cases[i].seconds, out, sizeof(out)), cases[i].text);
}

static void a_line_holds_bar_percent_and_time_left(void **state)
{
	(void)state;
	char out[256];

	assert_string_equal(progress_line(&half, 100, out, sizeof(out)),
		"transfer/strategy:packet-cached/dir:from_dev...  [###############---------------] "
		" 50 %  "
		"1m05s left");
	assert_string_equal(progress_line(&half, 60, out, sizeof(out)),
		"transfer/strategy:packet...  [#####-----]  50 %  1m05s left");
	assert_string_equal(progress_line(&half, 40, out, sizeof(out)),
		"transfer/strategy...   50 %  1m05s left");
}

static void a_line_never_reaches_the_last_column(void **state)
{
	(void)state;
	const struct run_progress odd[] = {half, {0},
		{.trials_done = 7, .trials_total = 3, .left_s = 0},
		{.trials_done = 1, .trials_total = 3, .left_s = 1e12, .cell = "ring"}};
	char out[300];

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		for (unsigned width = 0; width <= 250; width++) {
			progress_line(&odd[i], width, out, sizeof(out));
			assert_true(strlen(out) <= (width ? width - 1 : 0));
			assert_null(strpbrk(out, "\r\n"));
			assert_null(strstr(out, "101"));
			progress_line(&odd[i], width, out, 12);
			assert_true(strlen(out) < 12);
		}
	}
}

static size_t read_all(int fd, char *out, size_t room)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	size_t len = 0;

	while (len + 1 < room && poll(&pollfd, 1, 50) == 1) {
		const ssize_t got = read(fd, out + len, room - 1 - len);

		if (got <= 0)
			break;
		len += (size_t)got;
	}
	out[len] = '\0';
	return len;
}

/* What a pipe gets of a job of @cells that should take @seconds and is told ten times to be @at. */
static void expect_lines(
	size_t cells, double seconds, const struct run_progress *at, const char *lines)
{
	struct progress progress;
	char out[512];
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	progress_open(&progress, fd[1], cells, seconds);
	for (unsigned i = 0; i < 10; i++)
		progress_update(&progress, at);
	progress_close(&progress);
	close(fd[1]);
	read_all(fd[0], out, sizeof(out));
	assert_string_equal(out, lines);
	close(fd[0]);
}

static void without_a_terminal_two_plain_lines_come(void **state)
{
	(void)state;
	expect_lines(12, 65, &half,
		"dmabench: measuring 12 cases, about 1m05s\n"
		"dmabench: 50 trials in 1m01s\n");
}

static void one_is_no_plural(void **state)
{
	(void)state;
	const struct run_progress one = {
		.trials_done = 1, .trials_total = 1, .elapsed_s = 1, .cell = "a"};

	expect_lines(1, 1, &one,
		"dmabench: measuring 1 case, about 1s\n"
		"dmabench: 1 trial in 1s\n");
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned count = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		count++;
	return count;
}

static void on_a_terminal_the_bar_is_redrawn_slowly_and_cleared(void **state)
{
	(void)state;
	const struct winsize size = {.ws_row = 24, .ws_col = 60};
	const int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct progress progress;
	char out[4096];
	int terminal;

	if (master < 0 || grantpt(master) || unlockpt(master))
		skip_for("no pseudo terminal: %s", strerror(errno));
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0);
	assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);

	progress_open(&progress, terminal, 12, 65);
	assert_int_equal(read_all(master, out, sizeof(out)), 0);
	for (unsigned i = 0; i < 1000; i++)
		progress_update(&progress, &half);
	read_all(master, out, sizeof(out));
	assert_true(count_of(out, "\r") >= 1 && count_of(out, "\r") <= 3);
	assert_non_null(strstr(out, "[#####-----]  50 %  1m05s left\033[K"));
	assert_null(strchr(out, '\n'));

	nanosleep(&(struct timespec){.tv_nsec = 210000000}, NULL);
	progress_update(&progress, &half);
	read_all(master, out, sizeof(out));
	assert_int_equal(count_of(out, "\r"), 1);

	progress_close(&progress);
	read_all(master, out, sizeof(out));
	assert_string_equal(out, "\r\033[K");
	close(terminal);
	close(master);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_short_and_never_wrong),
		cmocka_unit_test(a_line_holds_bar_percent_and_time_left),
		cmocka_unit_test(a_line_never_reaches_the_last_column),
		cmocka_unit_test(without_a_terminal_two_plain_lines_come),
		cmocka_unit_test(one_is_no_plural),
		cmocka_unit_test(on_a_terminal_the_bar_is_redrawn_slowly_and_cleared),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
