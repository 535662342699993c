// SPDX-License-Identifier: BSD-2-Clause
/*
 * extension.c: device extensions: made by port.c and framework.c, known by address. A driver's pointer
 * is compared, never followed, so any pointer is safe to ask about. Around each extension lie guards,
 * looked at when the driver is unloaded, and, the words next to it, after each request where the
 * verifier is on.
 */
#include "drivers/videoport/priv.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"

#include <string.h>

#define GUARD_BYTES ((size_t)CACHE_LINE_BYTES) /* keeps the extension on a cache line of its own */
#define GUARD_FILL  0x0F

struct extension {
	struct extension *next;
	struct videoport *vp;
	unsigned char *memory; /* guard, the driver's bytes, guard */
	size_t len_bytes;
	bool damaged_before, damaged_behind; /* reported */
};

/* Extensions of every port: a thread of no port may ask too (a test, a harness). */
static struct {
	pthread_mutex_t lock;
	struct extension *first;
} extensions = {.lock = PTHREAD_MUTEX_INITIALIZER};

void *extension_create(struct videoport *vp, size_t len_bytes)
{
	size_t total = (len_bytes + 2 * GUARD_BYTES + CACHE_LINE_BYTES - 1) &
	               ~(size_t)(CACHE_LINE_BYTES - 1);
	struct extension *extension = fault_point("extension_alloc") ||
	                                              len_bytes > EXTENSION_BYTES_MAX
	                                      ? NULL
	                                      : heap_zeroed(1, sizeof(*extension));

	if (!extension)
		return NULL;
	extension->memory = fault_point("extension_memory") ? NULL : heap_lines(total);
	if (!extension->memory) {
		heap_free(extension);
		return NULL;
	}
	memset(extension->memory, GUARD_FILL, total);
	memset(extension->memory + GUARD_BYTES, 0, len_bytes);
	extension->vp = vp;
	extension->len_bytes = len_bytes;
	pthread_mutex_lock(&extensions.lock);
	extension->next = extensions.first;
	extensions.first = extension;
	pthread_mutex_unlock(&extensions.lock);
	return extension->memory + GUARD_BYTES;
}

void extensions_destroy(struct videoport *vp)
{
	struct extension **at = &extensions.first;

	pthread_mutex_lock(&extensions.lock);
	while (*at) {
		struct extension *extension = *at;

		if (extension->vp != vp) {
			at = &extension->next;
			continue;
		}
		*at = extension->next;
		heap_free(extension->memory);
		heap_free(extension);
	}
	pthread_mutex_unlock(&extensions.lock);
}

struct videoport *extension_find(const void *extension)
{
	struct videoport *vp = NULL;

	pthread_mutex_lock(&extensions.lock);
	for (const struct extension *at = extensions.first; at && !vp; at = at->next)
		if (at->memory + GUARD_BYTES == extension)
			vp = at->vp;
	pthread_mutex_unlock(&extensions.lock);
	if (!vp)
		rule_broken(irql_thread.port, RULE_EXTENSION_UNKNOWN, ERROR_INVALID_PARAMETER,
			"a function of the port was given HwDeviceExtension %p", extension);
	return vp;
}

/* Return: the first byte that is no fill, or GUARD_BYTES. */
static size_t guard_check(const unsigned char *guard)
{
	size_t at = 0;

	while (at < GUARD_BYTES && guard[at] == GUARD_FILL)
		at++;
	return at;
}

static void extension_check(struct extension *extension)
{
	const unsigned char *start = extension->memory + GUARD_BYTES;
	size_t before = guard_check(extension->memory);
	size_t behind = guard_check(start + extension->len_bytes);

	if (before != GUARD_BYTES && !extension->damaged_before)
		rule_broken(extension->vp, RULE_EXTENSION_UNDERRUN, 0,
			"device extension of %zu bytes: byte %zu in front of it was written",
			extension->len_bytes, GUARD_BYTES - before);
	if (behind != GUARD_BYTES && !extension->damaged_behind)
		rule_broken(extension->vp, RULE_EXTENSION_OVERRUN, 0,
			"device extension of %zu bytes: byte %zu behind its end was written",
			extension->len_bytes, behind);
	extension->damaged_before |= before != GUARD_BYTES;
	extension->damaged_behind |= behind != GUARD_BYTES;
}

bool extension_intact(const struct videoport *vp)
{
	const unsigned char *start = vp->extension;
	uint64_t fill, before, behind;

	memset(&fill, GUARD_FILL, sizeof(fill));
	memcpy(&before, start - sizeof(before), sizeof(before));
	memcpy(&behind, start + vp->hw.HwDeviceExtensionSize, sizeof(behind));
	return before == fill && behind == fill;
}

void extensions_check(struct videoport *vp)
{
	pthread_mutex_lock(&extensions.lock);
	for (struct extension *at = extensions.first; at; at = at->next)
		if (at->vp == vp)
			extension_check(at);
	pthread_mutex_unlock(&extensions.lock);
}
