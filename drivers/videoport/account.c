// SPDX-License-Identifier: BSD-2-Clause
/*
 * account.c: see account.h. The hot additions are inline there; here are reading, reset and the
 * mean.
 */
#include "drivers/videoport/account.h"

#include "drivers/support/fault.h"
#include "drivers/videoport/clock.h"

#include <errno.h>
#include <string.h>

int account_init(struct account *account)
{
	if (fault_point("account_lock"))
		return -ENOMEM;
	memset(account, 0, sizeof(*account));
	account->since_ns = clock_now_ns();
	account->changed_ns = account->since_ns;
	return -pthread_mutex_init(&account->common_lock, NULL);
}

void account_fini(struct account *account)
{
	pthread_mutex_destroy(&account->common_lock);
}

/* Brings the integral up to now. */
static void common_advance_locked(struct account *account)
{
	uint64_t now_ns = clock_now_ns();

	/* Readings of two processors may differ by a few ns. */
	if (now_ns <= account->changed_ns)
		return;
	account->common_byte_ns += (double)account->common_bytes *
	                           (double)(now_ns - account->changed_ns);
	account->changed_ns = now_ns;
}

void account_common(struct account *account, int64_t bytes)
{
	pthread_mutex_lock(&account->common_lock);
	common_advance_locked(account);
	account->common_bytes += (uint64_t)bytes;
	if (account->common_bytes > account->common_peak)
		account->common_peak = account->common_bytes;
	pthread_mutex_unlock(&account->common_lock);
}

static uint64_t read_relaxed(_Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* An adder raises the value first and the peak then; between the two the value is the peak. */
static void gauge_read(struct account_gauge *gauge, uint64_t *now, uint64_t *peak)
{
	*now = read_relaxed(&gauge->now);
	*peak = read_relaxed(&gauge->peak);
	if (*peak < *now)
		*peak = *now;
}

static void gauge_reset(struct account_gauge *gauge)
{
	atomic_store_explicit(&gauge->peak, 0, memory_order_relaxed);
	/* Offers the present value as a peak, as an adder would. */
	account_gauge_add(gauge, 0);
}

void account_read(struct account *account, struct videoport_usage *usage)
{
	memset(usage, 0, sizeof(*usage));
	pthread_mutex_lock(&account->common_lock);
	common_advance_locked(account);
	usage->common_bytes = account->common_bytes;
	usage->common_bytes_peak = account->common_peak;

	uint64_t span_ns = account->changed_ns - account->since_ns;

	usage->common_bytes_mean = span_ns ? account->common_byte_ns / (double)span_ns
	                                   : (double)account->common_bytes;
	pthread_mutex_unlock(&account->common_lock);

	gauge_read(&account->pinned_bytes, &usage->pinned_bytes, &usage->pinned_bytes_peak);
	gauge_read(&account->map_registers, &usage->map_registers, &usage->map_registers_peak);
	usage->bounce_bytes = read_relaxed(&account->bounce_bytes);
	usage->sg_lists = read_relaxed(&account->sg_lists);
	usage->sg_elements = read_relaxed(&account->sg_elements);
	usage->locks = read_relaxed(&account->locks);
	usage->adapters = read_relaxed(&account->objects[ACCOUNT_ADAPTER]);
	usage->events = read_relaxed(&account->objects[ACCOUNT_EVENT]);
	usage->spin_locks = read_relaxed(&account->objects[ACCOUNT_SPIN_LOCK]);
	usage->pool_blocks = read_relaxed(&account->objects[ACCOUNT_POOL_BLOCK]);
	usage->buffers = read_relaxed(&account->objects[ACCOUNT_BUFFER]);
}

void account_reset(struct account *account)
{
	pthread_mutex_lock(&account->common_lock);
	account->since_ns = clock_now_ns();
	account->changed_ns = account->since_ns;
	account->common_byte_ns = 0.0;
	account->common_peak = account->common_bytes;
	pthread_mutex_unlock(&account->common_lock);

	gauge_reset(&account->pinned_bytes);
	gauge_reset(&account->map_registers);
	atomic_store_explicit(&account->bounce_bytes, 0, memory_order_relaxed);
	atomic_store_explicit(&account->sg_lists, 0, memory_order_relaxed);
	atomic_store_explicit(&account->sg_elements, 0, memory_order_relaxed);
}
