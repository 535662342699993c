// SPDX-License-Identifier: BSD-2-Clause
/*
 * generate.c: a trace from distributions. What dies when is kept in a heap by the time of death, counted in
 * allocations: before allocation number i everything goes whose time is at most i. Called by cases of family churn.
 */
#include "harness/churn/build.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "drivers/support/fault.h"

#define RAMP_LIVES                                                                                 \
	4.0 /* least length of a trace, in mean lifetimes: it must get to what shall be held */

struct death {
	double at;
	uint64_t object;
};

struct heap {
	uint32_t count, room;
	struct death *death; /* [0] is the next to come */
};

/* Equal times go in the order in which they were taken, so that nothing depends on the shape of the heap. */
static bool sooner(const struct death *a, const struct death *b)
{
	return a->at < b->at || (a->at == b->at && a->object < b->object);
}

static void heap_push(struct heap *heap, struct death death)
{
	uint32_t at = heap->count++;

	while (at > 0 && sooner(&death, &heap->death[(at - 1) / 2])) {
		heap->death[at] = heap->death[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap->death[at] = death;
}

static struct death heap_pop(struct heap *heap)
{
	const struct death first = heap->death[0], last = heap->death[--heap->count];
	uint32_t at = 0;

	for (uint32_t child; (child = 2 * at + 1) < heap->count; at = child) {
		if (child + 1 < heap->count && sooner(&heap->death[child + 1], &heap->death[child]))
			child++;
		if (!sooner(&heap->death[child], &last))
			break;
		heap->death[at] = heap->death[child];
	}
	heap->death[at] = last;
	return first;
}

/* Gives back all that is to be gone by @now. */
static int deaths_until(struct build *build, struct heap *heap, double now)
{
	int rc = 0;

	while (heap->count && heap->death[0].at <= now && rc == 0)
		rc = build_give(build,
			&(struct churn_act){.object = heap_pop(heap).object, .op = CHURN_RELEASE});
	return rc;
}

static int mix_build(
	struct build *build, struct heap *heap, const struct churn_mix *mix, double mean_life)
{
	struct rng size_rng, life_rng;
	int rc = 0;

	/* A stream each, so that another size distribution leaves the lifetimes as they are. */
	rng_seed(&size_rng, mix->seed);
	rng_seed(&life_rng, rng_mix(mix->seed));
	for (uint32_t i = 0; i < mix->allocations && rc == 0; i++) {
		rc = deaths_until(build, heap, i);
		if (rc == 0 && heap->count == heap->room)
			rc = -ENOBUFS;
		if (rc)
			break;
		struct churn_act act = {.object = i,
			.bytes = (uint32_t)draw_next(&mix->size, &size_rng),
			.op = CHURN_ALLOCATE,
			.how = CHURN_CACHED};

		rc = build_take(build, &act, i);
		heap_push(heap, (struct death){i + life_next(&mix->life, mean_life, &life_rng), i});
	}
	return rc ? rc : deaths_until(build, heap, (double)INFINITY);
}

static int mix_check(const struct churn_mix *mix, double mean_life, struct err *err)
{
	double least = ceil(RAMP_LIVES * mean_life);

	if (mix->size.low == 0 || mix->size.high > CHURN_BYTES_MAX)
		return err_set(err, ERR_USAGE, -EINVAL,
			"sizes from %llu to %llu bytes; expected 1 to %u",
			(unsigned long long)mix->size.low, (unsigned long long)mix->size.high,
			CHURN_BYTES_MAX);
	if (mix->allocations == 0 || mix->allocations > CHURN_EVENTS_MAX / 2)
		return err_set(err, ERR_USAGE, -EINVAL, "churn.allocations %u; expected 1 to %u",
			mix->allocations, CHURN_EVENTS_MAX / 2);
	if (mean_life < 1)
		return err_set(err, ERR_USAGE, -EINVAL,
			"churn.live %llu is less than one buffer of the mean size of %.0f bytes; "
			"raise it",
			(unsigned long long)mix->live_bytes, draw_mean(&mix->size));
	if (mean_life > CHURN_SLOTS_MAX / 2.0)
		return err_set(err, ERR_USAGE, -EINVAL,
			"churn.live %llu is %.0f buffers of the mean size of %.0f bytes, and at "
			"most %u can be held at once; lower it, or take larger sizes",
			(unsigned long long)mix->live_bytes, mean_life, draw_mean(&mix->size),
			CHURN_SLOTS_MAX);
	if (mix->allocations < least)
		return err_set(err, ERR_USAGE, -EINVAL,
			"churn.allocations %u end before churn.live %llu is reached; raise them "
			"to %.0f or more, or lower churn.live",
			mix->allocations, (unsigned long long)mix->live_bytes, least);
	return 0;
}

static int mix_failed(int rc, struct err *err)
{
	if (rc == -ENOBUFS)
		return err_set(err, ERR_USAGE, -EINVAL,
			"more than %u buffers would be held at once; lower churn.live",
			CHURN_SLOTS_MAX);
	return err_short(err, -ENOMEM, "no memory for a trace");
}

int churn_generate(struct churn_trace *trace, const struct churn_mix *mix, struct err *err)
{
	const double mean_life = (double)mix->live_bytes / draw_mean(&mix->size);
	struct heap heap = {.room = CHURN_SLOTS_MAX};
	int rc = mix_check(mix, mean_life, err);

	*trace = (struct churn_trace){0};
	if (rc)
		return rc;
	if (!fault_point("churn_heap"))
		heap.death = calloc(heap.room, sizeof(*heap.death));
	struct build *build = heap.death ? build_open() : NULL;

	rc = build ? mix_build(build, &heap, mix, mean_life) : -ENOMEM;
	free(heap.death);
	if (rc) {
		build_drop(build);
		return mix_failed(rc, err);
	}
	build_finish(build, trace);
	return 0;
}
