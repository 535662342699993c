// SPDX-License-Identifier: BSD-2-Clause
/* session_testing.c: the program in a process of its own, with the hooks of hooks.c. See kill.h. */
#include "bench/tests/kill/kill.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/tests/testing.h"

struct kill_ledger *kill_ledger;

int kill_ledger_reset(void)
{
	if (!kill_ledger) {
		void *shared = mmap(NULL, sizeof(*kill_ledger), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (shared == MAP_FAILED)
			return -ENOMEM;
		kill_ledger = shared;
	}
	memset(kill_ledger, 0, sizeof(*kill_ledger));
	return 0;
}

pid_t kill_session_start(const char *const *args, const struct kill_plan *plan)
{
	kill_ledger->plan = *plan;
	kill_ledger->boundaries = kill_ledger->writes = kill_ledger->readings = 0;
	kill_ledger->pending = 0;
	return program_start(args, "out", "err", kill_hooks);
}

int kill_session_wait(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

int kill_session(const char *const *args, const struct kill_plan *plan)
{
	const struct timespec pause = {.tv_sec = (time_t)plan->after_s,
		.tv_nsec = (long)((plan->after_s - (double)(time_t)plan->after_s) * 1e9)};
	const pid_t pid = kill_session_start(args, plan);

	if (plan->after_s > 0) {
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
	}
	return kill_session_wait(pid);
}
