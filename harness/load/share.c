// SPDX-License-Identifier: BSD-2-Clause
/*
 * share.c: see share.h. Called by the hot loops of several loads at once; knows neither driver nor port.
 *
 * An inbox is a ring: `tail` moves by who holds the turn, and turns follow each other by acquire and release, so it has one
 * writer at a time; `head` moves by the seat it belongs to.
 */
#include "harness/load/share.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "drivers/support/fault.h"
#include "drivers/support/types.h"

#define REAP_MAX 64u
#define COOKIE   ((UINT64_C(1) << SHARE_COOKIE_BITS) - 1)

/* Surprises (completions too many) need room beside what is in flight. */
#define INBOX_SPARE 64u

struct seat {
	/* Written by who holds the turn. Release: the entries before it. */
	CACHE_ALIGNED _Atomic uint32_t tail;
	/* Written by the seat. Release: it has taken the entries before it. */
	CACHE_ALIGNED _Atomic uint32_t head;
	struct share *share;
	void *target;
	struct load_completion *inbox; /* mask + 1 */
	unsigned number;
};

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what several threads write has lines of its own */
struct share {
	struct share_config config;
	uint32_t mask; /* of every inbox */
	struct seat *seat;
	/* Who may reap. Acquire when taken, release when given back: hands the inboxes' tails on. */
	CACHE_ALIGNED atomic_bool turn;
	/* Moves when the turn is given back or something was delivered, where seats sleep; a futex. */
	CACHE_ALIGNED _Atomic uint32_t news;
	_Atomic uint32_t sleepers;
};

/* ---- sleeping ---------------------------------------------------------------------------------------- */

static void news_tell(struct share *share)
{
	if (!share->config.blocking)
		return;
	/*
	 * Sequentially consistent, as in seat_sleep: a sleeper counts itself, then looks for news; here news come first, then the
	 * count is looked at. One of them sees the other.
	 */
	atomic_fetch_add(&share->news, 1);
	if (atomic_load(&share->sleepers))
		syscall(SYS_futex, &share->news, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static bool inbox_empty(const struct seat *seat)
{
	return atomic_load_explicit(&seat->head, memory_order_relaxed) ==
	       atomic_load_explicit(&seat->tail, memory_order_acquire);
}

/* Until something is in the inbox, or the turn is free, or @timeout_us. */
static void seat_sleep(struct seat *seat, uint32_t timeout_us)
{
	struct share *share = seat->share;
	const struct timespec timeout = {
		.tv_sec = timeout_us / 1000000, .tv_nsec = (long)(timeout_us % 1000000) * 1000};

	atomic_fetch_add(&share->sleepers, 1);
	const uint32_t news = atomic_load(&share->news);

	if (inbox_empty(seat) && atomic_load(&share->turn))
		syscall(SYS_futex, &share->news, FUTEX_WAIT_PRIVATE, news, &timeout, NULL, 0);
	atomic_fetch_sub(&share->sleepers, 1);
}

static bool turn_take(struct share *share)
{
	/* Looked at first, so that who spins does not take the line away from who has it. */
	return !atomic_load_explicit(&share->turn, memory_order_relaxed) &&
	       !atomic_exchange_explicit(&share->turn, true, memory_order_acquire);
}

static void turn_give(struct share *share)
{
	/* Sequentially consistent: before the look at the sleepers in news_tell. */
	atomic_store(&share->turn, false);
	news_tell(share);
}

/* ---- inboxes ----------------------------------------------------------------------------------------- */

static unsigned inbox_take(struct seat *seat, struct load_completion *out, unsigned max)
{
	const uint32_t head = atomic_load_explicit(&seat->head, memory_order_relaxed);
	const uint32_t tail = atomic_load_explicit(&seat->tail, memory_order_acquire);
	unsigned count = 0;

	for (; count < max && head + count != tail; count++)
		out[count] = seat->inbox[(head + count) & seat->share->mask];
	if (count)
		atomic_store_explicit(&seat->head, head + count, memory_order_release);
	return count;
}

/* Room in the fullest inbox of another seat; whoever holds the turn. */
static unsigned inboxes_room(const struct seat *own)
{
	const struct share *share = own->share;
	uint32_t room = share->mask + 1;

	for (unsigned i = 0; i < share->config.seats; i++) {
		const struct seat *seat = &share->seat[i];
		uint32_t used = atomic_load_explicit(&seat->tail, memory_order_relaxed) -
		                atomic_load_explicit(&seat->head, memory_order_acquire);

		if (seat != own && share->mask + 1 - used < room)
			room = share->mask + 1 - used;
	}
	return room;
}

static void inbox_put(struct seat *seat, const struct load_completion *done)
{
	const uint32_t tail = atomic_load_explicit(&seat->tail, memory_order_relaxed);

	seat->inbox[tail & seat->share->mask] = *done;
	seat->inbox[tail & seat->share->mask].cookie &= COOKIE;
	atomic_store_explicit(&seat->tail, tail + 1, memory_order_release);
}

/* Own completions into @out, others' to them. Return: how many were this seat's. */
static unsigned deliver(struct seat *own, const struct load_completion *done, unsigned count,
	struct load_completion *out)
{
	struct share *share = own->share;
	unsigned kept = 0;

	for (unsigned i = 0; i < count; i++) {
		const uint64_t number = done[i].cookie >> SHARE_COOKIE_BITS;

		if (number < share->config.seats && number != own->number) {
			inbox_put(&share->seat[number], &done[i]);
			continue;
		}
		out[kept] = done[i];
		if (number == own->number)
			out[kept].cookie &= COOKIE;
		kept++;
	}
	return kept;
}

/* ---- a seat as a target ------------------------------------------------------------------------------ */

static int seat_submit(
	void *target, const struct load_op *ops, uint64_t first_cookie, unsigned count)
{
	struct seat *seat = target;
	const uint64_t tag = (uint64_t)seat->number << SHARE_COOKIE_BITS;

	return seat->share->config.ops->submit(seat->target, ops, first_cookie | tag, count);
}

/* With the turn: what came meanwhile, else what the target has. */
static int turn_reap(struct seat *seat, struct load_completion *out, unsigned max)
{
	struct load_completion done[REAP_MAX];
	unsigned count = inbox_take(seat, out, max), room;

	if (count)
		return (int)count;
	room = inboxes_room(seat);
	room = room < max ? room : max;
	room = room < REAP_MAX ? room : REAP_MAX;
	if (!room)
		return 0; /* a seat is behind with its inbox */
	int got = seat->share->config.ops->reap(seat->target, done, room);

	return got > 0 ? (int)deliver(seat, done, (unsigned)got, out) : got;
}

static int seat_reap(void *target, struct load_completion *out, unsigned max)
{
	struct seat *seat = target;
	unsigned count = inbox_take(seat, out, max);

	if (count || !turn_take(seat->share))
		return (int)count;
	int rc = turn_reap(seat, out, max);

	turn_give(seat->share);
	return rc;
}

static int seat_wait(void *target, uint32_t timeout_us)
{
	struct seat *seat = target;
	struct share *share = seat->share;
	int rc = 1;

	if (!inbox_empty(seat))
		return 1;
	if (!turn_take(share)) {
		seat_sleep(seat, timeout_us);
		return !inbox_empty(seat);
	}
	/* Nobody can deliver any more while the turn is here. */
	if (inbox_empty(seat))
		rc = share->config.ops->wait(seat->target, timeout_us);
	turn_give(share);
	return rc;
}

static void seat_date(void *target, struct tick now)
{
	struct seat *seat = target;

	if (seat->number == 0 && seat->share->config.ops->date)
		seat->share->config.ops->date(seat->target, now);
}

const struct load_target_ops share_seat_ops = {
	.submit = seat_submit,
	.reap = seat_reap,
	.wait = seat_wait,
	.date = seat_date,
};

/* ---- opening and closing ----------------------------------------------------------------------------- */

static void *zeroed(const char *point, size_t bytes)
{
	const size_t whole = (bytes + CACHE_LINE_BYTES - 1) & ~(size_t)(CACHE_LINE_BYTES - 1);
	void *memory = fault_point(point) ? NULL : aligned_alloc(CACHE_LINE_BYTES, whole);

	if (memory)
		memset(memory, 0, whole);
	return memory;
}

static bool seats_open(struct share *share)
{
	const struct share_config *config = &share->config;

	share->seat = zeroed("share_seats", config->seats * sizeof(*share->seat));
	for (unsigned i = 0; share->seat && i < config->seats; i++) {
		struct seat *seat = &share->seat[i];

		seat->share = share;
		seat->number = i;
		seat->target = config->target[i];
		seat->inbox = zeroed("share_inbox", (share->mask + 1) * sizeof(*seat->inbox));
		if (!seat->inbox)
			return false;
	}
	return share->seat != NULL;
}

int share_open(struct share **out, const struct share_config *config, struct err *err)
{
	*out = NULL;
	if (!config->seats || config->seats > SHARE_SEATS_MAX || !config->depth ||
		config->depth > UINT32_MAX / 4)
		return err_set(err, ERR_USAGE, -EINVAL,
			"a target shared by %u loads of depth %u: expected 1 to %d loads and a "
			"depth of 1 or more",
			config->seats, config->depth, SHARE_SEATS_MAX);
	struct share *share = zeroed("share", sizeof(*share));

	if (share) {
		share->config = *config;
		share->mask = 1;
		while (share->mask + 1 < config->depth + INBOX_SPARE)
			share->mask = share->mask * 2 + 1;
	}
	if (!share || !seats_open(share)) {
		share_close(share);
		return err_short(
			err, -ENOMEM, "no memory for a target shared by %u loads", config->seats);
	}
	*out = share;
	return 0;
}

void share_close(struct share *share)
{
	if (!share)
		return;
	for (unsigned i = 0; share->seat && i < share->config.seats; i++)
		free(share->seat[i].inbox);
	free(share->seat);
	free(share);
}

void *share_seat(struct share *share, unsigned seat)
{
	return &share->seat[seat];
}
