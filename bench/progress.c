// SPDX-License-Identifier: BSD-2-Clause
/* progress.c: see progress.h. Knows of a run only what struct run_progress tells. */
#include "bench/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "harness/opt/opt.h"

#define REDRAW_NS      200000000u
#define WIDTH_FALLBACK 80
#define WIDTH_MAX      240
#define BAR_MAX        30
#define TAIL_MAX       40

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Asked at every redraw, so that a resized window needs no signal. */
static unsigned terminal_width(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) || size.ws_col == 0)
		return WIDTH_FALLBACK;
	return size.ws_col < WIDTH_MAX ? size.ws_col : WIDTH_MAX;
}

/* A lost line on stderr is no reason to fail a run. */
static void write_out(int fd, const char *text, size_t len)
{
	while (len) {
		const ssize_t done = write(fd, text, len);

		if (done <= 0)
			return;
		text += done;
		len -= (size_t)done;
	}
}

char *progress_time(double seconds, char *out, size_t room)
{
	if (!isfinite(seconds) || seconds < 0 || seconds > 1e9) {
		snprintf(out, room, "?");
		return out;
	}
	const unsigned long s = (unsigned long)(seconds + 0.5);

	if (s < 60)
		snprintf(out, room, "%lus", s);
	else if (s < 3600)
		snprintf(out, room, "%lum%02lus", s / 60, s % 60);
	else
		snprintf(out, room, "%luh%02lum", s / 3600, s % 3600 / 60);
	return out;
}

static double share_done(const struct run_progress *now)
{
	const double share = now->trials_total
	                             ? (double)now->trials_done / (double)now->trials_total
	                             : 0;

	return share < 1 ? share : 1;
}

/* "[####----]  45 %  1m05s left"; the bar is left out where there is no room for it. */
static size_t tail_print(const struct run_progress *now, size_t bar, char out[TAIL_MAX + BAR_MAX])
{
	const size_t filled = (size_t)(share_done(now) * (double)bar);
	char left[16];
	size_t at = 0;

	if (bar) {
		out[at++] = '[';
		memset(out + at, '#', filled);
		memset(out + at + filled, '-', bar - filled);
		at += bar;
		out[at++] = ']';
	}
	const int len = snprintf(out + at, TAIL_MAX - 2, "%s%3.0f %%  %s left", bar ? " " : "",
		floor(share_done(now) * 100), progress_time(now->left_s, left, sizeof(left)));

	return at + (size_t)len;
}

char *progress_line(const struct run_progress *now, unsigned width, char *out, size_t room)
{
	const size_t columns = width > 1 ? width - 1
	                                 : 0; /* the last column makes some terminals wrap */
	const size_t bar = columns >= 80 ? BAR_MAX : columns >= 50 ? 10 : 0;
	const char *cell = now->cell ? now->cell : "";
	char tail[TAIL_MAX + BAR_MAX];
	const size_t tail_len = tail_print(now, bar, tail);
	size_t name_room;

	if (room == 0)
		return out;
	if (columns < tail_len + 2) {
		snprintf(out, room < columns + 1 ? room : columns + 1, "%s", tail);
		return out;
	}
	name_room = columns - tail_len - 2;
	if (strlen(cell) <= name_room)
		snprintf(out, room, "%-*s  %s", (int)name_room, cell, tail);
	else if (name_room > 3)
		snprintf(out, room, "%.*s...  %s", (int)(name_room - 3), cell, tail);
	else
		snprintf(out, room, "%s", tail);
	return out;
}

void progress_open(struct progress *progress, int fd, size_t cells, double seconds)
{
	char text[96], left[16];

	*progress = (struct progress){.fd = fd, .terminal = isatty(fd) == 1};
	if (progress->terminal)
		return;
	const int len = snprintf(text, sizeof(text), "dmabench: measuring %zu case%s, about %s\n",
		cells, opt_plural(cells), progress_time(seconds, left, sizeof(left)));

	write_out(fd, text, (size_t)len);
}

void progress_update(void *arg, const struct run_progress *now)
{
	struct progress *progress = arg;
	char line[WIDTH_MAX], text[WIDTH_MAX + 8];
	const uint64_t time_ns = now_ns();

	progress->trials_done = now->trials_done;
	progress->elapsed_s = now->elapsed_s;
	if (!progress->terminal || (progress->drawn && time_ns - progress->drawn_ns < REDRAW_NS))
		return;
	/* Overwrites the old line, then erases what was longer: nothing is blank in between. */
	progress_line(now, terminal_width(progress->fd), line, sizeof(line));
	const int len = snprintf(text, sizeof(text), "\r%s\033[K", line);

	write_out(progress->fd, text, (size_t)len);
	progress->drawn = true;
	progress->drawn_ns = time_ns;
}

void progress_close(struct progress *progress)
{
	char text[96], took[16];

	if (progress->terminal) {
		if (progress->drawn)
			write_out(progress->fd, "\r\033[K", 4);
		progress->drawn = false;
		return;
	}
	const int len = snprintf(text, sizeof(text), "dmabench: %zu trial%s in %s\n",
		progress->trials_done, opt_plural(progress->trials_done),
		progress_time(progress->elapsed_s, took, sizeof(took)));

	write_out(progress->fd, text, (size_t)len);
}
