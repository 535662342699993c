// SPDX-License-Identifier: BSD-2-Clause
/*
 * spinlock.c: the driver's spin locks. Acquiring raises to DISPATCH_LEVEL; the AtDpcLevel
 * pair expects the caller to be there. A release by another thread, by the other pair's routine or
 * with another level than the one saved is recorded and put right.
 */
#include "drivers/videoport/priv.h"

#include <errno.h>

#define SPIN_LOCK_MAGIC 0x4b4c5053u

struct _VIDEO_PORT_SPIN_LOCK {
	struct spin spin;
	uint32_t magic;
	_Atomic uintptr_t owner; /* irql_self of the holder, 0: nobody */
	/* The owner's. */
	PSPIN_LOCK held_next; /* in irql_thread.held */
	uint8_t old_irql;
	bool at_dpc_level;
};

static bool lock_valid(struct videoport *vp, PSPIN_LOCK lock, const char *function)
{
	/* What this thread holds last, for this port, cannot be deleted: most releases end here. */
	if (lock && irql_thread.held == lock && irql_thread.port == vp)
		return true;

	enum address_known known = vp ? address_set_has(vp->verifier.live, lock) : ADDRESS_PERHAPS;

	if (__builtin_expect(known != ADDRESS_UNKNOWN, 1) && lock && lock->magic == SPIN_LOCK_MAGIC)
		return true;
	rule_broken(vp, RULE_SPIN_UNKNOWN, ERROR_INVALID_PARAMETER, "%s: %p is no live spin lock",
		function, (void *)lock);
	return false;
}

static bool lock_owned(PSPIN_LOCK lock)
{
	/* Relaxed: only this thread can have stored its own name. */
	return atomic_load_explicit(&lock->owner, memory_order_relaxed) == irql_self();
}

/* Takes the lock unless this thread has it already: that would spin for ever. */
static void lock_take(struct videoport *vp, PSPIN_LOCK lock, unsigned old_irql, bool at_dpc_level)
{
	if (__builtin_expect(lock_owned(lock), 0)) {
		rule_broken_at(vp, RULE_SPIN_RECURSIVE, ERROR_INVALID_FUNCTION, object_origin(lock),
			"VideoPortAcquireSpinLock%s: this thread holds %p already and would wait "
			"for ever",
			at_dpc_level ? "AtDpcLevel" : "", (void *)lock);
		return;
	}
	host_point(HOST_POINT_LOCK);
	spin_acquire(&lock->spin);
	atomic_store_explicit(&lock->owner, irql_self(), memory_order_relaxed);
	lock->old_irql = (uint8_t)old_irql;
	lock->at_dpc_level = at_dpc_level;
	lock->held_next = irql_thread.held;
	irql_thread.held = lock;
}

/* Releases what this thread holds. */
static void lock_let_go(PSPIN_LOCK lock)
{
	PSPIN_LOCK *at = &irql_thread.held;

	while (*at != lock)
		at = &(*at)->held_next;
	*at = lock->held_next;
	atomic_store_explicit(&lock->owner, 0, memory_order_relaxed);
	spin_release(&lock->spin);
	host_point(HOST_POINT_LOCK);
}

/* Return: false if it was not this thread's. */
static bool lock_drop(
	struct videoport *vp, PSPIN_LOCK lock, const char *function, bool at_dpc_level)
{
	if (__builtin_expect(!lock_owned(lock), 0)) {
		rule_broken_at(vp, RULE_SPIN_NOT_HELD, ERROR_INVALID_FUNCTION, object_origin(lock),
			"%s: %p is not held by this thread", function, (void *)lock);
		return false;
	}
	if (__builtin_expect(lock->at_dpc_level != at_dpc_level, 0))
		rule_broken_at(vp, RULE_SPIN_MIXED, ERROR_INVALID_FUNCTION, object_origin(lock),
			"%s: %p was acquired by VideoPortAcquireSpinLock%s", function, (void *)lock,
			lock->at_dpc_level ? "AtDpcLevel" : "");
	lock_let_go(lock);
	return true;
}

void spin_locks_release(struct videoport *vp, PSPIN_LOCK before, const char *routine)
{
	PSPIN_LOCK at = irql_thread.held;

	/* A routine that released its caller's lock has none of its own on top of it. */
	while (at && at != before)
		at = at->held_next;
	while (at == before && irql_thread.held != before) {
		PSPIN_LOCK lock = irql_thread.held;

		rule_broken_at(vp, RULE_CALLBACK_IRQL, NO_ERROR, object_origin(lock),
			"%s: returned holding spin lock %p", routine, (void *)lock);
		lock_let_go(lock);
	}
}

VP_STATUS NTAPI VideoPortCreateSpinLock(PVOID HwDeviceExtension, PSPIN_LOCK *SpinLock)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortCreateSpinLock))
		return ERROR_INVALID_PARAMETER;
	if (!SpinLock) {
		rule_broken(vp, RULE_SPIN_UNKNOWN, ERROR_INVALID_PARAMETER,
			"VideoPortCreateSpinLock: no place for the pointer");
		return ERROR_INVALID_PARAMETER;
	}
	*SpinLock = object_create(&vp->objects, &vp->account, ACCOUNT_SPIN_LOCK,
		sizeof(struct _VIDEO_PORT_SPIN_LOCK), ORIGIN_HERE(vp));
	if (!*SpinLock)
		return ERROR_NOT_ENOUGH_MEMORY;
	(*SpinLock)->magic = SPIN_LOCK_MAGIC;
	if (vp->verifier.live)
		address_set_add(vp->verifier.live, *SpinLock);
	return NO_ERROR;
}

static bool lock_busy(const void *memory)
{
	const struct _VIDEO_PORT_SPIN_LOCK *lock = memory;

	return atomic_load_explicit(&lock->owner, memory_order_relaxed) != 0;
}

VP_STATUS NTAPI VideoPortDeleteSpinLock(PVOID HwDeviceExtension, PSPIN_LOCK SpinLock)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortDeleteSpinLock))
		return ERROR_INVALID_PARAMETER;

	int ret = object_destroy(
		&vp->objects, &vp->account, ACCOUNT_SPIN_LOCK, SpinLock, lock_busy);

	if (ret == 0 && vp->verifier.live)
		address_set_remove(vp->verifier.live, SpinLock);
	if (ret == 0)
		return NO_ERROR;
	if (ret == -EBUSY)
		rule_broken_at(vp, RULE_SPIN_DELETE_HELD, ERROR_INVALID_PARAMETER,
			object_origin(SpinLock), "VideoPortDeleteSpinLock: %p is held",
			(void *)SpinLock);
	else
		rule_broken(vp, RULE_SPIN_UNKNOWN, ERROR_INVALID_PARAMETER,
			"VideoPortDeleteSpinLock: %p is no live spin lock", (void *)SpinLock);
	return ERROR_INVALID_PARAMETER;
}

VOID NTAPI VideoPortAcquireSpinLock(PVOID HwDeviceExtension, PSPIN_LOCK SpinLock, PUCHAR OldIrql)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (OldIrql)
		*OldIrql = (UCHAR)irql_current();
	else
		rule_broken(vp, RULE_SPIN_IRQL, ERROR_INVALID_PARAMETER,
			"VideoPortAcquireSpinLock: no place for OldIrql");
	if (!irql_allowed(vp, IRQL_VideoPortAcquireSpinLock) ||
		!lock_valid(vp, SpinLock, "VideoPortAcquireSpinLock"))
		return;
	lock_take(vp, SpinLock, irql_raise(IRQL_DISPATCH), false);
}

/*
 * Hand over hand: the outer lock goes first and keeps the level, which the inner one's release takes back. What
 * each of them saved changes places then. Return: the level the release of @lock is to go to.
 */
static uint8_t lock_saved(PSPIN_LOCK lock, uint8_t wanted)
{
	uint8_t saved = lock->old_irql;

	for (PSPIN_LOCK at = irql_thread.held; at && wanted > saved; at = at->held_next) {
		if (at == lock || at->at_dpc_level || at->old_irql != wanted)
			continue;
		at->old_irql = saved;
		lock->old_irql = wanted;
		return wanted;
	}
	return saved;
}

VOID NTAPI VideoPortReleaseSpinLock(PVOID HwDeviceExtension, PSPIN_LOCK SpinLock, UCHAR NewIrql)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!irql_allowed(vp, IRQL_VideoPortReleaseSpinLock) ||
		!lock_valid(vp, SpinLock, "VideoPortReleaseSpinLock"))
		return;

	uint8_t saved = lock_owned(SpinLock) ? lock_saved(SpinLock, NewIrql) : 0;

	if (!lock_drop(vp, SpinLock, "VideoPortReleaseSpinLock", false))
		return;
	if (__builtin_expect(NewIrql != saved, 0))
		rule_broken(vp, RULE_SPIN_IRQL, ERROR_INVALID_PARAMETER,
			"VideoPortReleaseSpinLock: NewIrql is %u, acquiring saved %u", NewIrql,
			saved);
	/* Behind the release: a queued DPC that runs now may take the lock. */
	irql_lower(saved);
}

VOID NTAPI VideoPortAcquireSpinLockAtDpcLevel(PVOID HwDeviceExtension, PSPIN_LOCK SpinLock)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!irql_allowed(vp, IRQL_VideoPortAcquireSpinLockAtDpcLevel) ||
		!lock_valid(vp, SpinLock, "VideoPortAcquireSpinLockAtDpcLevel"))
		return;
	lock_take(vp, SpinLock, IRQL_DISPATCH, true);
}

VOID NTAPI VideoPortReleaseSpinLockFromDpcLevel(PVOID HwDeviceExtension, PSPIN_LOCK SpinLock)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!irql_allowed(vp, IRQL_VideoPortReleaseSpinLockFromDpcLevel) ||
		!lock_valid(vp, SpinLock, "VideoPortReleaseSpinLockFromDpcLevel"))
		return;

	uint8_t saved = SpinLock->old_irql;

	/* Where the other routine had raised the level, it goes back with the lock. */
	if (lock_drop(vp, SpinLock, "VideoPortReleaseSpinLockFromDpcLevel", true))
		irql_lower(saved);
}

VOID NTAPI VideoPortAcquireDeviceLock(PVOID HwDeviceExtension)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (vp && irql_allowed(vp, IRQL_VideoPortAcquireDeviceLock))
		fairlock_acquire(&vp->device_lock);
}

VOID NTAPI VideoPortReleaseDeviceLock(PVOID HwDeviceExtension)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortReleaseDeviceLock))
		return;
	if (fairlock_held(&vp->device_lock))
		fairlock_release(&vp->device_lock);
	else
		rule_broken(vp, RULE_DEVLOCK_NOT_HELD, ERROR_INVALID_FUNCTION,
			"VideoPortReleaseDeviceLock: this thread does not hold the device lock");
}

void device_lock_left_wrong(
	struct videoport *vp, const struct callback *before, const char *routine)
{
	unsigned now = fairlock_depth(&vp->device_lock);

	rule_broken(vp, RULE_CALLBACK_IRQL, NO_ERROR,
		"%s: called with the device lock held %u times, returned with it held %u times",
		routine, before->device_locks, now);
	for (; now < before->device_locks; now++)
		fairlock_acquire(&vp->device_lock);
	for (; now > before->device_locks; now--)
		fairlock_release(&vp->device_lock);
}
