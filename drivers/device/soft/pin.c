// SPDX-License-Identifier: BSD-2-Clause
/*
 * pin.c: see pin.h. iouring stands here, the counts of mlock in mlock_count.c. Called by soft.c; knows no port.
 */
#include "drivers/device/soft/pin.h"

#include "drivers/device/soft/mlock_count.h"
#include "drivers/support/fault.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

void pin_init(struct pin *pin)
{
	*pin = (struct pin){.ring = -1};
	pthread_mutex_init(&pin->lock, NULL);
}

/* ---- io_uring ---------------------------------------------------------------------------------------- */

static int ring_register(const struct pin *pin, unsigned opcode, void *arg, unsigned bytes)
{
	return (int)syscall(__NR_io_uring_register, pin->ring, opcode, arg, bytes);
}

static int ring_open(struct pin *pin)
{
	struct io_uring_params params = {0};
	struct io_uring_rsrc_register table = {
		.nr = PIN_IOURING_MAX, .flags = IORING_RSRC_REGISTER_SPARSE};

	if (fault_point("pin_ring"))
		return -EPERM;
	pin->ring = (int)syscall(__NR_io_uring_setup, 1, &params);
	if (pin->ring < 0)
		return -errno;
	return ring_register(pin, IORING_REGISTER_BUFFERS2, &table, sizeof(table)) < 0 ? -errno : 0;
}

static int entries_make(struct pin *pin)
{
	pin->free = fault_point("pin_table") ? NULL
	                                     : malloc(PIN_IOURING_MAX * sizeof(pin->free[0]));
	if (!pin->free)
		return -ENOMEM;
	while (pin->free_count < PIN_IOURING_MAX) {
		pin->free[pin->free_count] = (uint16_t)(PIN_IOURING_MAX - 1 - pin->free_count);
		pin->free_count++;
	}
	return 0;
}

/* Fills entry @index with the pages, or empties it where @len_bytes is 0. */
static int entry_set(const struct pin *pin, uint32_t index, void *va, size_t len_bytes)
{
	struct iovec pages = {.iov_base = va, .iov_len = len_bytes};
	struct io_uring_rsrc_update2 update = {
		.offset = index, .data = (uint64_t)(uintptr_t)&pages, .nr = 1};

	int done = ring_register(pin, IORING_REGISTER_BUFFERS_UPDATE, &update, sizeof(update));

	return done == 1 ? 0 : -errno;
}

static void entry_give(struct pin *pin, uint32_t index)
{
	pthread_mutex_lock(&pin->lock);
	pin->free[pin->free_count++] = (uint16_t)index;
	pthread_mutex_unlock(&pin->lock);
}

static int iouring_take(struct pin *pin, void *va, size_t len_bytes, uint32_t *handle)
{
	int rc = -ENOSPC;

	pthread_mutex_lock(&pin->lock);
	if (pin->free_count > 0) {
		*handle = pin->free[--pin->free_count];
		rc = 0;
	}
	pthread_mutex_unlock(&pin->lock);
	if (rc)
		return rc;
	rc = fault_point("pin_register") ? -ENOMEM : entry_set(pin, *handle, va, len_bytes);
	if (rc)
		entry_give(pin, *handle);
	return rc;
}

/* An entry that cannot be emptied is not used again: its pages stay pinned until the ring is closed. */
static void iouring_release(struct pin *pin, uint32_t handle)
{
	if (entry_set(pin, handle, NULL, 0) == 0)
		entry_give(pin, handle);
}

/* ---- both -------------------------------------------------------------------------------------------- */

int pin_take(struct pin *pin, void *va, size_t len_bytes, uint32_t *handle)
{
	if (pin->kind == DEVICE_PIN_IOURING)
		return iouring_take(pin, va, len_bytes, handle);
	*handle = 0;
	return mlock_count_take(va, len_bytes);
}

void pin_release(struct pin *pin, void *va, size_t len_bytes, uint32_t handle)
{
	if (pin->kind == DEVICE_PIN_IOURING)
		iouring_release(pin, handle);
	else
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
	void *page = mmap(
		NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return -ENOMEM;
	int rc = pin_take(pin, page, PAGE_BYTES, &handle);

	if (rc == 0)
		pin_release(pin, page, PAGE_BYTES, handle);
	munmap(page, PAGE_BYTES);
	return rc;
}

int pin_open(struct pin *pin, enum device_pin kind, struct err *err)
{
	int rc = 0;

	if (kind == DEVICE_PIN_NONE)
		return 0;
	if (kind == DEVICE_PIN_MLOCK) {
		mlock_count_open();
		pin->kind = kind; /* from now on pin_close has something to close */
	} else {
		rc = ring_open(pin);
		rc = rc ? rc : entries_make(pin);
	}
	if (rc == 0) {
		pin->kind = kind;
		rc = pin_try(pin);
	}
	return rc ? pin_refused(kind, rc, err) : 0;
}

void pin_close(struct pin *pin)
{
	if (pin->kind == DEVICE_PIN_MLOCK)
		mlock_count_close();
	if (pin->ring >= 0)
		close(pin->ring);
	free(pin->free);
	pthread_mutex_destroy(&pin->lock);
	pin->kind = DEVICE_PIN_NONE;
	pin->free = NULL;
	pin->ring = -1;
}
