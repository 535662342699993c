// SPDX-License-Identifier: BSD-2-Clause
/* stop.c: see stop.h. Knows nothing of what is ended. */
#include "bench/stop.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const int stop_signals[] = {SIGINT, SIGTERM};
static volatile sig_atomic_t stop_noted;
static const char *stop_what;

static void stop_say(const char *text)
{
	const ssize_t told = write(STDERR_FILENO, text, strlen(text));

	(void)told; /* the program ends in order also where nobody reads that */
}

/* What is in hand goes to its end, which may be long: the next signal, either of them, has its usual effect. */
static void stop_note(int number)
{
	const int code = errno;

	(void)number;
	stop_noted = 1;
	for (size_t i = 0; i < 2; i++)
		signal(stop_signals[i], SIG_DFL);
	stop_say("\ndmabench: ends with ");
	stop_say(stop_what);
	stop_say("; once more ends it at once\n");
	errno = code;
}

void stop_begin(struct stop *stop, const char *what)
{
	struct sigaction action = {.sa_handler = stop_note, .sa_flags = SA_RESTART};

	stop_noted = 0;
	stop_what = what;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < 2; i++)
		sigaction(stop_signals[i], &action, &stop->old[i]);
}

void stop_end(const struct stop *stop)
{
	for (size_t i = 0; i < 2; i++)
		sigaction(stop_signals[i], &stop->old[i], NULL);
}

bool stop_asked(void *arg)
{
	(void)arg;
	return stop_noted != 0;
}
