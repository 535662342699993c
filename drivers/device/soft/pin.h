/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pin.h: real pins of the soft device, so that a lock costs what the host charges for it (enum device_pin).
 *
 *	mlock    one count a page and process: the first take of a page locks it, the last release unlocks it,
 *	         since mlock(2) itself does not nest
 *	iouring  one entry of a sparse buffer table a take: IORING_REGISTER_BUFFERS_UPDATE fills it, which is
 *	         pin_user_pages(FOLL_LONGTERM) in the kernel, and empties it again. The ring is never used otherwise
 *	         and its queues are not mapped: two system calls, no library. The kernel goes over the whole table
 *	         when it charges a huge page, so tables are small at first and larger ones are added when they are full
 *
 * Call order: pin_init -> pin_open -> take ... release -> pin_close, which accepts what pin_init made and lets go of
 * nothing but the ring: who took pages releases them first (the kernel drops an iouring pin with the ring).
 * Threads: take and release from any; mlock's counts are under one lock of the process, held over its system calls,
 * because the first lock of a page must not pass the last unlock of it.
 */
#ifndef SOFT_PIN_H
#define SOFT_PIN_H

#include <pthread.h>

#include "drivers/device/device.h"
#include "drivers/support/err.h"

#define PIN_RINGS      3u
#define PIN_RING_SHIFT 14 /* of the ring in a handle */
#define PIN_IOURING_MAX                                                                            \
	(64u + 1024u + (1u << PIN_RING_SHIFT)) /* pins at once, in rings of 64, 1,024 and 16,384 */

struct pin_ring {
	int fd;         /* -1: not opened yet */
	uint16_t *free; /* unused entries of its table, a stack */
	uint32_t free_count;
};

struct pin {
	enum device_pin kind;
	pthread_mutex_t lock; /* of the stacks, and of opening a ring */
	struct pin_ring ring[PIN_RINGS];
};

void pin_init(struct pin *pin);

/*
 * pin_open - makes sure that the host lets this process pin a page as @kind says.
 * Return: 0; -EPERM, -ENOSYS, -EINVAL the kernel or a seccomp profile refuses; -ENOMEM limit or memory (ERR_MISSING).
 */
int pin_open(struct pin *pin, enum device_pin kind, struct err *err);
void pin_close(struct pin *pin);

/* As device_pin_ops. */
int pin_take(struct pin *pin, void *va, size_t len_bytes, uint32_t *handle);
void pin_release(struct pin *pin, void *va, size_t len_bytes, uint32_t handle);

#endif
