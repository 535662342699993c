// SPDX-License-Identifier: BSD-2-Clause
/*
 * campaign.c: many seeds, each in one of a few processes, so that a seed that crashes or hangs ends itself alone and is
 * named. Called by the command line. Worker j of n runs first + j, first + j + n, ...; results come through one
 * pipe, each by one write that is smaller than PIPE_BUF.
 */
#include "harness/stress/priv.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drivers/support/fault.h"
#include "drivers/support/shortage.h"

#define JOBS_MAX       64
#define REPEAT_EACH    100
#define HANG_PLAYED_NS UINT64_C(10000000000) /* without progress, of real time */
#define HANG_LIVE_NS   UINT64_C(60000000000)
#define POLL_MS        200
#define LOOKS_HANG                                                                                 \
	4 /* at least, of what is without progress: between two of them this process may have been stopped */
#define CUT_NS                                                                                     \
	UINT64_C(                                                                                  \
		2000000000) /* from a cancellation on: so long a seed has to get to its next episode */
#define EXIT_ABANDONED 3    /* the seed's result was sent; the process is used up */
#define EXIT_HOST      4    /* no memory and the like: message.text tells */

struct message {
	unsigned worker;
	int rc; /* of stress_seed */
	struct stress_result result;
	enum err_kind kind;
	char text[sizeof(((struct err *)0)->message)];
};

_Static_assert(sizeof(struct message) <= PIPE_BUF, "one write is one message");

/*
 * What a worker says of itself in memory both see, so that it is known where it was when it died. The driver it ran may have
 * written anything into it meanwhile: it is for a message, and which seed a worker is at the parent knows by itself.
 */
struct mark {
	_Atomic uint64_t since_ns; /* of the last progress */
	_Atomic uint64_t operation, event;
	_Atomic unsigned episode;
	atomic_bool leave; /* the other way: no seed more, and no episode */
};

struct worker {
	pid_t pid;         /* 0: none */
	uint64_t next;     /* the seed it is at, or begins with when started again */
	bool over;         /* no seed is left for it */
	bool killed;       /* since it hung ... */
	bool garbled;      /* ... or sent what no worker sends */
	uint64_t since_ns; /* its mark's, when last looked at ... */
	uint64_t
		still_ns; /* ... and how long it has been that, of the time that this process ran as well */
};

struct crew {
	const struct stress_campaign *campaign;
	struct stress_total *total;
	uint64_t start_ns;
	uint64_t cancelled_ns; /* 0: it goes on */
	uint64_t looked_ns;    /* when the workers were last looked at ... */
	uint64_t
		look_ns; /* ... and how long that was behind the look before, as far as it counts */
	int pipe[2];
	struct mark *mark; /* between two pages that nobody may touch: an overrun ends there */
	struct worker worker[JOBS_MAX];
	bool stop;
};

/* Of the wall clock, also while the scheduler is the host. */
static uint64_t real_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* ---- in a worker --------------------------------------------------------------------------------- */

/* Relaxed, all of it: the parent only looks at marks when this process has died or hangs. */
static void mark_progress(void *arg, unsigned episode, uint64_t operation, uint64_t event)
{
	struct mark *mark = arg;

	atomic_store_explicit(&mark->since_ns, real_now_ns(), memory_order_relaxed);
	atomic_store_explicit(&mark->episode, episode, memory_order_relaxed);
	atomic_store_explicit(&mark->operation, operation, memory_order_relaxed);
	atomic_store_explicit(&mark->event, event, memory_order_relaxed);
}

/* Relaxed: nothing else hangs on it. */
static bool mark_leaves(void *arg)
{
	struct mark *mark = arg;

	return atomic_load_explicit(&mark->leave, memory_order_relaxed);
}

/* The same seed once more must do the same, if the host has as much for it: @refused it was before the first time. */
static int seed_repeat(const struct stress_config *config, uint64_t refused,
	struct stress_result *result, struct err *err)
{
	struct stress_result again;
	int rc = stress_seed(config, result->seed, &again, err);

	if (rc || again.cut || shortage_count() != refused)
		return rc;
	result->repeated = true;
	if (again.hash == result->hash && again.events == result->events)
		return 0;
	if (result->finding_count < STRESS_FINDINGS_MAX) {
		struct stress_finding *to = &result->finding[result->finding_count];

		*to = (struct stress_finding){.oracle = STRESS_REPLAY};
		snprintf(to->message, sizeof(to->message),
			"hash %016llx after %llu events, then %016llx after %llu",
			(unsigned long long)result->hash, (unsigned long long)result->events,
			(unsigned long long)again.hash, (unsigned long long)again.events);
	}
	result->finding_count++;
	return 0;
}

static bool time_over(const struct crew *crew)
{
	uint64_t duration_ns = crew->campaign->duration_ns;

	return duration_ns && world_now_ns() - crew->start_ns >= duration_ns;
}

/*
 * The worker's whole life, which ends with that of @parent, however that one dies: nobody would read the results. What a
 * terminal sends to all of them is the parent's to answer.
 */
static _Noreturn void worker_main(const struct crew *crew, unsigned index, pid_t parent)
{
	const struct stress_campaign *campaign = crew->campaign;
	struct stress_config config = campaign->config;
	struct mark *mark = &crew->mark[index];
	struct message message;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(EXIT_HOST);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	config.progress = mark_progress;
	config.cancelled = mark_leaves;
	config.progress_arg = config.cancelled_arg = mark;
	for (uint64_t seed = crew->worker[index].next; seed <= campaign->last && !mark_leaves(mark);
		seed += campaign->jobs) {
		const uint64_t refused = shortage_count();
		struct err err = ERR_INIT;

		mark_progress(mark, 0, 0, 0);
		memset(&message, 0, sizeof(message));
		message.worker = index;
		message.rc = stress_seed(&config, seed, &message.result, &err);
		if (message.rc == 0 && campaign->config.mode == STRESS_DETERMINISTIC &&
			(seed - campaign->first) % REPEAT_EACH == 0 && !message.result.abandoned &&
			!message.result.cut)
			message.rc = seed_repeat(&config, refused, &message.result, &err);
		message.kind = err.kind;
		snprintf(message.text, sizeof(message.text), "%s", err.message);
		if (write(crew->pipe[1], &message, sizeof(message)) != (ssize_t)sizeof(message))
			_exit(EXIT_HOST);
		if (message.rc)
			_exit(EXIT_HOST);
		if (message.result.abandoned)
			_exit(EXIT_ABANDONED);
		if (UINT64_MAX - seed < campaign->jobs || time_over(crew))
			break;
	}
	_exit(0);
}

/* ---- in the parent -------------------------------------------------------------------------------- */

static int worker_start(struct crew *crew, unsigned index, struct err *err)
{
	const pid_t parent = getpid();
	pid_t pid = fault_point("stress_fork") ? -1 : fork();

	if (pid < 0)
		return err_set(err, ERR_MISSING, -EAGAIN,
			"no process can be started; raise the limit of processes or lower "
			"--jobs");
	if (pid == 0)
		worker_main(crew, index, parent);
	crew->worker[index].pid = pid;
	crew->worker[index].killed = crew->worker[index].garbled = false;
	crew->worker[index].since_ns = crew->worker[index].still_ns = 0;
	return 0;
}

static void total_add(struct stress_total *total, const struct stress_result *result)
{
	total->seeds += !result->cut;
	total->cut += result->cut;
	total->repeated += result->repeated;
	total->failed_seeds += result->finding_count > 0;
	total->events += result->events;
	stress_counts_add(&total->counts, &result->counts);
	for (unsigned i = 0; i < result->finding_count && i < STRESS_FINDINGS_MAX; i++)
		total->findings[result->finding[i].oracle]++;
}

static void result_take(struct crew *crew, const struct stress_result *result)
{
	const struct stress_campaign *campaign = crew->campaign;

	total_add(crew->total, result);
	if (campaign->seed_done && !campaign->seed_done(campaign->arg, result))
		crew->stop = true;
}

static uint64_t hang_ns(const struct crew *crew)
{
	if (crew->campaign->hang_ns)
		return crew->campaign->hang_ns;
	return crew->campaign->config.mode == STRESS_LIVE ? HANG_LIVE_NS : HANG_PLAYED_NS;
}

/* A worker died in the middle of a seed: where it was last seen is as near as can be told. */
static void crash_take(struct crew *crew, unsigned index, int status)
{
	struct mark *mark = &crew->mark[index];
	struct stress_result result = {
		.seed = crew->worker[index].next,
		.finding_count = 1,
	};
	struct stress_finding *to = &result.finding[0];
	char how[96];

	to->oracle = crew->worker[index].killed ? STRESS_LIVENESS : STRESS_CRASH;
	to->operation = atomic_load_explicit(&mark->operation, memory_order_relaxed);
	if (crew->worker[index].killed)
		snprintf(how, sizeof(how), "no progress in %g s of real time, killed",
			(double)hang_ns(crew) / 1e9);
	else if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "the process died of signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else
		snprintf(how, sizeof(how), "the process ended with code %d", WEXITSTATUS(status));
	snprintf(to->message, sizeof(to->message), "%s; last seen in episode %u at event %llu", how,
		atomic_load_explicit(&mark->episode, memory_order_relaxed),
		(unsigned long long)atomic_load_explicit(&mark->event, memory_order_relaxed));
	result_take(crew, &result);
}

/* The seed behind the one it was at is its next, if there is one. */
static void worker_advance(const struct crew *crew, struct worker *worker)
{
	if (crew->campaign->last - worker->next < crew->campaign->jobs)
		worker->over = true;
	else
		worker->next += crew->campaign->jobs;
}

/* Whether @message is what its worker had to send: a driver may have written over what it was made of. */
static bool message_sound(const struct crew *crew, const struct message *message)
{
	const struct stress_result *result = &message->result;

	for (unsigned i = 0; i < result->finding_count && i < STRESS_FINDINGS_MAX; i++)
		if (result->finding[i].oracle >= STRESS_ORACLES)
			return false;
	return result->seed == crew->worker[message->worker].next &&
	       !crew->worker[message->worker].over;
}

/* Takes what is in the pipe. @wait_ms: for the first. Return: 0, or what a seed could not be run for. */
static int messages_take(struct crew *crew, int wait_ms, struct err *err)
{
	struct pollfd ready = {.fd = crew->pipe[0], .events = POLLIN};
	struct message message;

	while (poll(&ready, 1, wait_ms) > 0) {
		if (read(crew->pipe[0], &message, sizeof(message)) != (ssize_t)sizeof(message))
			return 0;
		wait_ms = 0;
		if (message.worker >= crew->campaign->jobs)
			continue; /* whose it was shows by what is missing before that one's next */
		if (!message_sound(crew, &message)) {
			crew->worker[message.worker].garbled = true;
			kill(crew->worker[message.worker].pid, SIGKILL);
			continue;
		}
		if (message.rc)
			return err_set(err, message.kind, message.rc, "%s", message.text);
		worker_advance(crew, &crew->worker[message.worker]);
		result_take(crew, &message.result);
	}
	return 0;
}

/* A terminal, a debugger or a frozen group stops all of them: that is nobody's hang. */
static void crew_look(struct crew *crew)
{
	const uint64_t now_ns = real_now_ns();
	const uint64_t past_ns = now_ns - crew->looked_ns;

	crew->look_ns = past_ns < hang_ns(crew) / LOOKS_HANG ? past_ns : hang_ns(crew) / LOOKS_HANG;
	crew->looked_ns = now_ns;
}

/* Whether worker @index has made no progress for too long, or its mark is from the future: written by somebody else. */
static bool worker_hangs(struct crew *crew, unsigned index)
{
	struct worker *worker = &crew->worker[index];
	uint64_t since_ns = atomic_load_explicit(&crew->mark[index].since_ns, memory_order_relaxed);

	worker->still_ns = since_ns == worker->since_ns ? worker->still_ns + crew->look_ns : 0;
	worker->since_ns = since_ns;
	return since_ns && (since_ns > real_now_ns() || worker->still_ns > hang_ns(crew));
}

/* By nobody here: what a driver does wrong ends its process by another signal. */
static bool killed_outside(const struct worker *worker, int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !worker->killed &&
	       !worker->garbled;
}

/* Looks after worker @index: ended, died, hung. */
static int worker_tend(struct crew *crew, unsigned index, struct err *err)
{
	struct worker *worker = &crew->worker[index];
	int status, rc;

	if (!worker->pid)
		return 0;
	if (waitpid(worker->pid, &status, WNOHANG) == 0) {
		if (worker_hangs(crew, index) && !worker->killed) {
			worker->killed = true;
			kill(worker->pid, SIGKILL);
		}
		return 0;
	}
	worker->pid = 0;
	/* What it sent before it ended. */
	rc = messages_take(crew, 0, err);
	if (rc)
		return rc;
	if (killed_outside(worker, status))
		return err_set(err, ERR_MISSING, -ENOMEM,
			"the process that played seed %llu was killed from outside, as a "
			"host does that runs out of memory; free some, lower --jobs, or go on with "
			"--seeds from there",
			(unsigned long long)worker->next);
	const bool may_end = worker->over || crew->cancelled_ns || time_over(crew);
	const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (code != EXIT_ABANDONED && !(code == 0 && may_end)) {
		crash_take(crew, index, status);
		worker_advance(crew, worker);
	}
	return may_end || worker->over || crew->stop ? 0 : worker_start(crew, index, err);
}

/* Once it is to end: tells the workers. */
static void crew_cancel(struct crew *crew)
{
	const struct stress_config *config = &crew->campaign->config;

	if (crew->cancelled_ns || !config->cancelled || !config->cancelled(config->cancelled_arg))
		return;
	crew->cancelled_ns = real_now_ns();
	crew->total->interrupted = true;
	for (unsigned i = 0; i < crew->campaign->jobs; i++)
		atomic_store_explicit(&crew->mark[i].leave, true, memory_order_relaxed);
}

/* Kills worker @index, which did not get to the end of its episode: where its seed was, if that has not ended meanwhile. */
static int worker_cut(struct crew *crew, unsigned index, struct err *err)
{
	struct worker *worker = &crew->worker[index];
	const struct mark *mark = &crew->mark[index];
	const uint64_t seed = worker->next;
	int status, rc;

	kill(worker->pid, SIGKILL);
	waitpid(worker->pid, &status, 0);
	worker->pid = 0;
	rc = messages_take(crew, 0, err);
	const struct stress_result result = {
		.seed = seed,
		.events = atomic_load_explicit(&mark->event, memory_order_relaxed),
		.episodes = atomic_load_explicit(&mark->episode, memory_order_relaxed),
		.cut = true,
	};

	if (rc == 0 && WIFSIGNALED(status) && worker->next == seed && !worker->over)
		result_take(crew, &result);
	return rc;
}

/* Return: 0, or what a seed could not be run for. */
static int crew_cut(struct crew *crew, struct err *err)
{
	int rc = 0;

	if (!crew->cancelled_ns || real_now_ns() < crew->cancelled_ns + CUT_NS)
		return 0;
	for (unsigned i = 0; rc == 0 && i < crew->campaign->jobs; i++)
		if (crew->worker[i].pid)
			rc = worker_cut(crew, i, err);
	return rc;
}

/* So many that an overrun by a whole transfer, from either side, does not get over them. */
static size_t marks_fence_bytes(void)
{
	return 16 * (size_t)sysconf(_SC_PAGESIZE);
}

static struct mark *marks_map(void)
{
	const size_t fence = marks_fence_bytes(), bytes = JOBS_MAX * sizeof(struct mark);
	unsigned char *at = fault_point("stress_marks")
	                            ? MAP_FAILED
	                            : mmap(NULL, 2 * fence + bytes, PROT_NONE,
					      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	if (mprotect(at + fence, bytes, PROT_READ | PROT_WRITE) == 0)
		return (struct mark *)(void *)(at + fence);
	munmap(at, 2 * fence + bytes);
	return NULL;
}

static void marks_unmap(struct mark *mark)
{
	const size_t fence = marks_fence_bytes();

	if (mark)
		munmap((unsigned char *)mark - fence, 2 * fence + JOBS_MAX * sizeof(*mark));
}

static void crew_end(struct crew *crew)
{
	for (unsigned i = 0; i < JOBS_MAX; i++) {
		if (!crew->worker[i].pid)
			continue;
		kill(crew->worker[i].pid, SIGKILL);
		waitpid(crew->worker[i].pid, NULL, 0);
	}
	marks_unmap(crew->mark);
	if (crew->pipe[0] >= 0)
		close(crew->pipe[0]);
	if (crew->pipe[1] >= 0)
		close(crew->pipe[1]);
}

static int crew_begin(struct crew *crew, struct err *err)
{
	int rc = 0;

	crew->mark = marks_map();
	if (!crew->mark || fault_point("stress_pipe") || pipe(crew->pipe))
		return err_short(err, -ENOMEM, "no memory or descriptors for %u processes",
			crew->campaign->jobs);
	/* What is in stdio's buffers shall not be written by every process once more. */
	fflush(NULL);
	for (unsigned i = 0; rc == 0 && i < crew->campaign->jobs; i++) {
		crew->worker[i].next = crew->campaign->first + i;
		crew->worker[i].over = crew->campaign->last - crew->campaign->first < i;
		if (!crew->worker[i].over)
			rc = worker_start(crew, i, err);
	}
	return rc;
}

static bool crew_works(const struct crew *crew)
{
	for (unsigned i = 0; i < crew->campaign->jobs; i++)
		if (crew->worker[i].pid)
			return true;
	return false;
}

int stress_campaign_run(
	const struct stress_campaign *campaign, struct stress_total *total, struct err *err)
{
	struct crew crew = {.campaign = campaign,
		.total = total,
		.start_ns = world_now_ns(),
		.looked_ns = real_now_ns(),
		.pipe = {-1, -1}};
	int rc;

	memset(total, 0, sizeof(*total));
	if (campaign->jobs == 0 || campaign->jobs > JOBS_MAX || campaign->first > campaign->last ||
		campaign->last > STRESS_SEED_MAX)
		return err_set(err, ERR_USAGE, -EINVAL,
			"%u jobs, seeds %llu..%llu: expected 1..%d jobs and a range that "
			"does not end before it starts, nor above %llu",
			campaign->jobs, (unsigned long long)campaign->first,
			(unsigned long long)campaign->last, JOBS_MAX,
			(unsigned long long)STRESS_SEED_MAX);
	rc = crew_begin(&crew, err);
	while (rc == 0 && !crew.stop && crew_works(&crew)) {
		crew_cancel(&crew);
		rc = messages_take(&crew, POLL_MS, err);
		crew_look(&crew);
		for (unsigned i = 0; rc == 0 && i < campaign->jobs; i++)
			rc = worker_tend(&crew, i, err);
		if (rc == 0)
			rc = crew_cut(&crew, err);
	}
	crew_end(&crew);
	total->elapsed_ns = world_now_ns() - crew.start_ns;
	return rc;
}
