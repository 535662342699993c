// SPDX-License-Identifier: BSD-2-Clause
/*
 * pin.c: see pin.h. iouring stands here, the counts of mlock in mlock_count.c. Called by soft.c; knows no port.
 */
#include "drivers/device/soft/pin.h"

#include "drivers/device/soft/mlock_count.h"
#include "drivers/support/fault.h"
#include "drivers/support/heap.h"
#include "drivers/support/pages.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const uint32_t ring_entries[PIN_RINGS] = {64, 1024, 1u << PIN_RING_SHIFT};

void pin_init(struct pin *pin)
{
	*pin = (struct pin){.kind = DEVICE_PIN_NONE};
	for (unsigned i = 0; i < PIN_RINGS; i++)
		pin->ring[i].fd = -1;
	pthread_mutex_init(&pin->lock, NULL);
}

/* ---- io_uring ---------------------------------------------------------------------------------------- */

static int ring_register(const struct pin_ring *ring, unsigned opcode, void *arg, unsigned bytes)
{
	return (int)syscall(__NR_io_uring_register, ring->fd, opcode, arg, bytes);
}

static void ring_close(struct pin_ring *ring)
{
	if (ring->fd >= 0)
		close(ring->fd);
	heap_free(ring->free);
	*ring = (struct pin_ring){.fd = -1};
}

static int ring_setup(struct pin_ring *ring, uint32_t entries)
{
	struct io_uring_params params = {0};
	struct io_uring_rsrc_register table = {.nr = entries, .flags = IORING_RSRC_REGISTER_SPARSE};

	if (fault_point("pin_ring"))
		return -EPERM;
	ring->fd = (int)syscall(__NR_io_uring_setup, 1, &params);
	if (ring->fd < 0)
		return -errno;
	return ring_register(ring, IORING_REGISTER_BUFFERS2, &table, sizeof(table)) < 0 ? -errno
	                                                                                : 0;
}

/* A ring with its table, all of it unused. */
static int ring_open(struct pin_ring *ring, uint32_t entries)
{
	int rc = -ENOMEM;

	ring->free = fault_point("pin_table") ? NULL : heap_alloc(entries * sizeof(ring->free[0]));
	if (ring->free)
		rc = ring_setup(ring, entries);
	if (rc) {
		ring_close(ring);
		return rc;
	}
	for (ring->free_count = 0; ring->free_count < entries; ring->free_count++)
		ring->free[ring->free_count] = (uint16_t)(entries - 1 - ring->free_count);
	return 0;
}

/* Fills entry @index with the pages, or empties it where @len_bytes is 0. */
static int entry_set(const struct pin_ring *ring, uint32_t index, void *va, size_t len_bytes)
{
	struct iovec pages = {.iov_base = va, .iov_len = len_bytes};
	struct io_uring_rsrc_update2 update = {
		.offset = index, .data = (uint64_t)(uintptr_t)&pages, .nr = 1};

	int done = ring_register(ring, IORING_REGISTER_BUFFERS_UPDATE, &update, sizeof(update));

	return done == 1 ? 0 : -errno;
}

/* An unused entry of the first ring that has one; the next ring is opened when all before it are full. */
static int entry_take(struct pin *pin, uint32_t *handle)
{
	int rc = -ENOSPC;

	pthread_mutex_lock(&pin->lock);
	for (unsigned i = 0; i < PIN_RINGS; i++) {
		struct pin_ring *ring = &pin->ring[i];

		if (ring->fd < 0)
			rc = ring_open(ring, ring_entries[i]);
		if (ring->fd < 0)
			break;
		if (ring->free_count > 0) {
			*handle = i << PIN_RING_SHIFT | ring->free[--ring->free_count];
			rc = 0;
			break;
		}
		rc = -ENOSPC;
	}
	pthread_mutex_unlock(&pin->lock);
	return rc;
}

static struct pin_ring *ring_of(struct pin *pin, uint32_t handle, uint32_t *index)
{
	*index = handle & ((1u << PIN_RING_SHIFT) - 1);
	return &pin->ring[handle >> PIN_RING_SHIFT];
}

static void entry_give(struct pin *pin, uint32_t handle)
{
	uint32_t index;
	struct pin_ring *ring = ring_of(pin, handle, &index);

	pthread_mutex_lock(&pin->lock);
	ring->free[ring->free_count++] = (uint16_t)index;
	pthread_mutex_unlock(&pin->lock);
}

static int iouring_take(struct pin *pin, void *va, size_t len_bytes, uint32_t *handle)
{
	uint32_t index;
	int rc = entry_take(pin, handle);

	if (rc)
		return rc;
	const struct pin_ring *ring = ring_of(pin, *handle, &index);

	rc = fault_point("pin_register") ? -ENOMEM : entry_set(ring, index, va, len_bytes);
	if (rc)
		entry_give(pin, *handle);
	return rc;
}

/* An entry that cannot be emptied is not used again: its pages stay pinned until the ring is closed. */
static void iouring_release(struct pin *pin, uint32_t handle)
{
	uint32_t index;
	const struct pin_ring *ring = ring_of(pin, handle, &index);

	if (entry_set(ring, index, NULL, 0) == 0)
		entry_give(pin, handle);
}

/* ---- both -------------------------------------------------------------------------------------------- */

int pin_take(struct pin *pin, void *va, size_t len_bytes, uint32_t *handle)
{
	if (pin->kind == DEVICE_PIN_IOURING)
		return iouring_take(pin, va, len_bytes, handle);
	*handle = 0;
	return pin->kind == DEVICE_PIN_MLOCK ? mlock_count_take(va, len_bytes) : 0;
}

void pin_release(struct pin *pin, void *va, size_t len_bytes, uint32_t handle)
{
	if (pin->kind == DEVICE_PIN_IOURING)
		iouring_release(pin, handle);
	else if (pin->kind == DEVICE_PIN_MLOCK)
		mlock_count_release(va, len_bytes);
}

/* What it takes to be allowed what was refused with @error. */
static const char *remedy(enum device_pin kind, int error)
{
	if (error == -ENOMEM || error == -EAGAIN)
		return "raise the limit of locked memory (ulimit -l), or give CAP_IPC_LOCK";
	if (kind == DEVICE_PIN_MLOCK)
		return "let the container's seccomp profile allow mlock, or give CAP_IPC_LOCK";
	if (error == -EINVAL)
		return "Linux 5.19 or later is needed; use pin=mlock on this one";
	return "set kernel.io_uring_disabled=0, let the container's seccomp profile allow "
	       "io_uring, or use "
	       "pin=mlock";
}

static int pin_refused(enum device_pin kind, int error, struct err *err)
{
	struct rlimit limit = {0};

	getrlimit(RLIMIT_MEMLOCK, &limit);
	return err_set(err, ERR_MISSING, error,
		"device soft: pin=%s: this host does not pin a page (%s; limit of locked "
		"memory %lld KiB); %s",
		kind == DEVICE_PIN_MLOCK ? "mlock" : "iouring", strerror(-error),
		limit.rlim_cur == RLIM_INFINITY ? -1LL : (long long)(limit.rlim_cur >> 10),
		remedy(kind, error));
}

/* One page of our own, held and let go. */
static int pin_try(struct pin *pin)
{
	uint32_t handle = 0;
	void *page = pages_map(PAGE_BYTES);

	if (!page)
		return -ENOMEM;
	int rc = pin_take(pin, page, PAGE_BYTES, &handle);

	if (rc == 0)
		pin_release(pin, page, PAGE_BYTES, handle);
	pages_unmap(page, PAGE_BYTES);
	return rc;
}

int pin_open(struct pin *pin, enum device_pin kind, struct err *err)
{
	if (kind == DEVICE_PIN_NONE)
		return 0;
	if (kind == DEVICE_PIN_MLOCK)
		mlock_count_open();
	pin->kind = kind; /* from now on pin_close has something to close */
	int rc = pin_try(pin);

	return rc ? pin_refused(kind, rc, err) : 0;
}

void pin_close(struct pin *pin)
{
	if (pin->kind == DEVICE_PIN_MLOCK)
		mlock_count_close();
	for (unsigned i = 0; i < PIN_RINGS; i++)
		ring_close(&pin->ring[i]);
	pthread_mutex_destroy(&pin->lock);
	pin->kind = DEVICE_PIN_NONE;
}
