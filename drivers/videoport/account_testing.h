/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * account_testing.h: an account by itself, on a clock of the test's own, and what the port's functions do to it under
 * their locks. For account_test.c and account_log_test.c; it must not know the port.
 */
#ifndef VIDEOPORT_ACCOUNT_TESTING_H
#define VIDEOPORT_ACCOUNT_TESTING_H

#include "drivers/videoport/clock_testing.h"
#include "drivers/videoport/testing.h"

/* The locks of mdl.c and mapping.c, and what the mapping counts under its own. */
static struct spin pins_lock, transfers_lock;
static uint64_t mapped_pages;

static struct account account;
static struct account_meter transfers[2], commons[2];

static inline int account_setup(void **state)
{
	clock_setup(state);
	memset(transfers, 0, sizeof(transfers));
	memset(commons, 0, sizeof(commons));
	mapped_pages = 0;
	account_init(&account, &pins_lock, &transfers_lock);
	for (unsigned i = 0; i < 2; i++) {
		account_meter_open(&account, &transfers[i], ACCOUNT_TRANSFERS);
		account_meter_open(&account, &commons[i], ACCOUNT_COMMON);
	}
	return 0;
}

static inline int account_teardown(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		account_meter_close(&account, &transfers[i]);
		account_meter_close(&account, &commons[i]);
	}
	return clock_teardown(state);
}

#define account_case(function)                                                                     \
	cmocka_unit_test_setup_teardown(function, account_setup, account_teardown)

static inline struct videoport_usage usage_now(void)
{
	struct videoport_usage usage;

	account_read(&account, &usage);
	return usage;
}

static inline struct account_transfer transfer_of(
	uint32_t pages, uint32_t bounced, uint32_t elements)
{
	return (struct account_transfer){.pages = pages, .bounced = bounced, .elements = elements};
}

/* What start_dma.c and mdl.c do under their locks. */
static inline void transfer_begin(struct account_meter *meter, struct account_transfer transfer)
{
	spin_acquire(&transfers_lock);
	mapped_pages += transfer.pages - transfer.bounced;
	transfer.mapped_pages = mapped_pages;
	account_transfer_begin_locked(&account, meter, &transfer);
	spin_release(&transfers_lock);
}

static inline void transfer_end(struct account_meter *meter, struct account_transfer transfer)
{
	spin_acquire(&transfers_lock);
	mapped_pages -= transfer.pages - transfer.bounced;
	transfer.mapped_pages = mapped_pages;
	account_transfer_end_locked(&account, meter, &transfer);
	spin_release(&transfers_lock);
}

static inline void pin(uint64_t bytes)
{
	spin_acquire(&pins_lock);
	account_pin_locked(&account, bytes);
	spin_release(&pins_lock);
}

static inline void unpin(uint64_t bytes)
{
	spin_acquire(&pins_lock);
	account_unpin_locked(&account, bytes);
	spin_release(&pins_lock);
}

#endif
