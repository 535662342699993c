// SPDX-License-Identifier: BSD-2-Clause
/* child.c: see child.h. Knows nothing of what the reports say but where the last one is. */
#include "bench/driver/child.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drivers/loader/module.h"
#include "drivers/support/fault.h"

#define STACK_BYTES   (64u << 10)
#define FRAMES_MAX    24
#define LAST_WORDS_MS 2000 /* for a child that is told to say where it hangs */

/* ---- in the child: where it crashed -------------------------------------------------------------------------- */

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};

/* Read by a signal handler; set before one can come. */
static struct {
	int fd;
	struct module *module;
} dying;

static void frame_report(const void *address)
{
	struct report report = {.kind = REPORT_FRAME};
	Dl_info info;

	if (dying.module &&
		module_describe(dying.module, address, report.text, sizeof(report.text)))
		report.bad = true; /* the driver's own */
	else if (dladdr(address, &info) && info.dli_sname)
		snprintf(report.text, sizeof(report.text), "%s+0x%zx", info.dli_sname,
			(size_t)((const char *)address - (const char *)info.dli_saddr));
	else
		return;
	report_send(dying.fd, &report);
}

/*
 * The process is lost: what may not be called in a handler is risked here, behind the record that says all one
 * needs; the watcher kills a child that is stuck.
 */
static void die(int number, siginfo_t *info, void *context)
{
	struct report report = {.kind = REPORT_CRASH};
	void *frame[FRAMES_MAX];

	(void)context;
	report.crash.signal = number;
	report.crash.address = number == SIGSEGV || number == SIGBUS
	                               ? (uint64_t)(uintptr_t)info->si_addr
	                               : 0;
	report_send(dying.fd, &report);

	const int count = backtrace(frame, FRAMES_MAX);

	for (int i = 2; i < count; i++)
		frame_report(frame[i]);
	_exit(ERR_WRONG);
}

static void handlers_set(void)
{
	static unsigned char stack[STACK_BYTES];
	const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {
		.sa_sigaction = die, .sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND};
	void *frame[2];

	backtrace(frame, 2); /* loads what it needs now, not in a handler */
	sigaltstack(&alternate, NULL);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(fatal_signals) / sizeof(fatal_signals[0]); i++)
		sigaction(fatal_signals[i], &action, NULL);
}

_Noreturn static void child_main(const struct life_options *given, int fd)
{
	struct life_options options = *given;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dying.fd = fd;
	options.loaded = &dying.module;
	handlers_set();
	life_run(&options, fd);
	_exit(0);
}

/* ---- in the watcher ------------------------------------------------------------------------------------------ */

struct watcher {
	int fd;
	pid_t pid;
	void (*take)(void *arg, const struct report *report);
	void *arg;
	uint64_t until_ms;
	bool ended, failed, crashed, hung;
	struct report report;
	size_t filled;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void report_taken(struct watcher *w)
{
	w->filled = 0;
	w->ended = w->ended || w->report.kind == REPORT_END;
	w->failed = w->failed || w->report.kind == REPORT_ERROR;
	if (w->report.kind == REPORT_CRASH) {
		/* Its frames follow at once, or never. */
		w->crashed = true;
		w->until_ms = now_ms() + LAST_WORDS_MS;
	}
	w->take(w->arg, &w->report);
}

/* The first time: asks where it hangs. The second: ends it. */
static void time_over(struct watcher *w)
{
	if (!w->hung && !w->crashed) {
		w->hung = true;
		w->until_ms = now_ms() + LAST_WORDS_MS;
		kill(w->pid, SIGABRT);
		return;
	}
	kill(w->pid, SIGKILL);
	w->until_ms = UINT64_MAX;
}

static int wait_ms(const struct watcher *w)
{
	const uint64_t now = now_ms();

	if (w->until_ms == UINT64_MAX)
		return -1;
	if (w->until_ms <= now)
		return 0;
	return w->until_ms - now < 60000 ? (int)(w->until_ms - now) : 60000;
}

static void watch(struct watcher *w)
{
	for (;;) {
		struct pollfd pollfd = {.fd = w->fd, .events = POLLIN};
		const int ready = poll(&pollfd, 1, wait_ms(w));

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0 && wait_ms(w) == 0) {
			time_over(w);
			continue;
		}
		if (ready == 0)
			continue;
		const ssize_t got = read(
			w->fd, (char *)&w->report + w->filled, sizeof(w->report) - w->filled);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return;
		w->filled += (size_t)got;
		if (w->filled == sizeof(w->report))
			report_taken(w);
	}
}

static void result_make(const struct watcher *w, int status, struct child_result *result)
{
	*result = (struct child_result){.end = CHILD_CRASHED};
	if (w->hung)
		result->end = CHILD_HUNG;
	else if (w->ended)
		result->end = CHILD_DONE;
	else if (w->failed)
		result->end = CHILD_ERROR;
	if (WIFSIGNALED(status))
		result->signal = WTERMSIG(status);
	else
		result->exit_code = WEXITSTATUS(status);
}

int child_run(const struct life_options *options, uint64_t timeout_ms,
	void (*take)(void *arg, const struct report *report), void *arg,
	struct child_result *result, struct err *err)
{
	struct watcher w = {.take = take, .arg = arg, .until_ms = now_ms() + timeout_ms};
	int ends[2], status = 0;

	if (fault_point("child_pipe") || pipe(ends) < 0)
		return err_set(err, ERR_MISSING, -EMFILE, "no pipe to the driver's process");
	fflush(NULL);
	w.fd = ends[0];
	w.pid = fault_point("child_fork") ? -1 : fork();
	if (w.pid == 0) {
		close(ends[0]);
		child_main(options, ends[1]);
	}
	close(ends[1]);
	if (w.pid < 0) {
		close(ends[0]);
		return err_set(err, ERR_MISSING, -EAGAIN, "no process for the driver");
	}
	watch(&w);
	close(w.fd);
	while (waitpid(w.pid, &status, 0) < 0 && errno == EINTR)
		;
	result_make(&w, status, result);
	return 0;
}
