// SPDX-License-Identifier: BSD-2-Clause
/*
 * limit_measure.c: the hand-off between driver's and device's core, and a wake-up. A helper thread plays the device: it
 * answers a counter that the driver's core writes with one of its own on another line, as doorbell and completion
 * are; then it wakes the driver's core out of a read of an event descriptor. Called by execute.c at the start of a run.
 */
#include "harness/run/limit.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "drivers/support/fault.h"
#include "drivers/support/mmio.h"
#include "drivers/support/types.h"
#include "harness/stats/stats.h"

#define HANDOFF_BATCHES     31
#define HANDOFF_BATCHES_MIN 7
#define HANDOFF_TIMES       200 /* round trips a batch */
#define WAKEUP_TIMES        41
#define WAKEUP_TIMES_MIN    11
#define BUSY_NS             20000000 /* of each; then what is done is enough, if it is as many as the least */
#define WAKEUP_PAUSE_NS     30000 /* so that the sleeper sleeps */

enum request { HANDOFF, WAKEUP, END };

struct partner {
	/* Released by one core, acquired by the other. */
	CACHE_ALIGNED atomic_uint doorbell;
	enum request request; /* what the doorbell asks for; on its line, released by it */
	CACHE_ALIGNED atomic_uint completion;
	CACHE_ALIGNED const struct clock *clock;
	struct topo *topo;
	int cpu;
	atomic_bool yield; /* both share a core, or the partner could not be bound away from it */
	int event_fd;
	struct tick woken; /* just before the write that wakes; handed over by that write */
};

static void await(const struct partner *p, const atomic_uint *word, unsigned value)
{
	while (atomic_load_explicit(word, memory_order_acquire) != value) {
		/* Relaxed: only when to give way, nothing is handed over. */
		if (atomic_load_explicit(&p->yield, memory_order_relaxed))
			sched_yield();
		else
			cpu_relax();
	}
}

/* Wakes the driver's core once it sleeps. */
static void partner_wake(struct partner *p)
{
	const struct timespec pause = {.tv_nsec = WAKEUP_PAUSE_NS};
	const uint64_t one = 1;

	nanosleep(&pause, NULL);
	p->woken = clock_now(p->clock);
	while (write(p->event_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void *partner_main(void *arg)
{
	struct partner *p = arg;
	unsigned turn = 0;

	if (topo_bind_thread(p->topo, p->cpu, NULL))
		atomic_store_explicit(&p->yield, true, memory_order_relaxed);
	for (;;) {
		await(p, &p->doorbell, ++turn);
		if (p->request == HANDOFF)
			atomic_store_explicit(&p->completion, turn, memory_order_release);
		else if (p->request == WAKEUP)
			partner_wake(p);
		else
			return NULL;
	}
}

static void ask(struct partner *p, enum request request, unsigned *turn)
{
	p->request = request;
	atomic_store_explicit(&p->doorbell, ++*turn, memory_order_release);
}

/* Where others take the processors away, each measures their time slices: its median needs no thirty of them. */
static bool enough(unsigned count, unsigned least, unsigned most, double total_ns)
{
	return count == most || (count >= least && total_ns >= BUSY_NS);
}

static double handoff_ns(struct partner *p, unsigned *turn)
{
	double batch_ns[HANDOFF_BATCHES], total_ns = 0;
	unsigned count = 0;

	while (!enough(count, HANDOFF_BATCHES_MIN, HANDOFF_BATCHES, total_ns)) {
		struct tick start = clock_now(p->clock);

		for (unsigned i = 0; i < HANDOFF_TIMES; i++) {
			ask(p, HANDOFF, turn);
			await(p, &p->completion, *turn);
		}
		batch_ns[count] = (double)clock_span(start, clock_now(p->clock)) *
		                  p->clock->ns_per_tick / HANDOFF_TIMES;
		total_ns += HANDOFF_TIMES * batch_ns[count++];
	}
	return stats_median(batch_ns, count);
}

static double wakeup_ns(struct partner *p, unsigned *turn)
{
	double time_ns[WAKEUP_TIMES], total_ns = 0;
	unsigned count = 0;

	while (!enough(count, WAKEUP_TIMES_MIN, WAKEUP_TIMES, total_ns)) {
		uint64_t events;

		ask(p, WAKEUP, turn);
		while (read(p->event_fd, &events, sizeof(events)) < 0 && errno == EINTR)
			;
		time_ns[count] = (double)clock_span(p->woken, clock_now(p->clock)) *
		                 p->clock->ns_per_tick;
		total_ns += time_ns[count++];
	}
	return stats_median(time_ns, count);
}

int limit_measure(struct limit_ceilings *ceilings, const struct clock *clock, struct topo *topo,
	const struct topo_place *place, struct err *err)
{
	struct partner p = {
		.clock = clock, .topo = topo, .cpu = place->device_cpu, .yield = place->shared};
	pthread_t thread;
	unsigned turn = 0;

	p.event_fd = fault_point("limit_event") ? -1 : eventfd(0, EFD_CLOEXEC);
	if (p.event_fd < 0)
		return err_set(err, ERR_MISSING, -ENFILE,
			"no event descriptor for the wake-up ceiling; raise the limit of open "
			"files");
	int rc = fault_point("limit_thread") ? -EAGAIN
	                                     : -pthread_create(&thread, NULL, partner_main, &p);

	if (rc) {
		close(p.event_fd);
		return err_set(err, ERR_MISSING, rc, "no thread for the hand-off ceiling: %s",
			strerror(-rc));
	}
	ceilings->handoff_ns = handoff_ns(&p, &turn);
	ceilings->wakeup_ns = wakeup_ns(&p, &turn);
	ask(&p, END, &turn);
	pthread_join(thread, NULL);
	close(p.event_fd);
	return 0;
}
