// SPDX-License-Identifier: BSD-2-Clause
/* rows.c: see rows.h. */
#include "harness/store/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "drivers/support/fault.h"

int bind_step(struct store *store, const struct binder *to, const char *doing, struct err *err)
{
	if (to->rc != SQLITE_OK)
		return db_error(store, "binding values", err);
	return db_step(store, to->statement, doing, err);
}

int row_damaged(struct store *store, const char *what, struct err *err)
{
	return err_set(err, ERR_USAGE, -EBADMSG,
		"%s: %s does not decode; the file is damaged, restore a copy", store->path, what);
}

int row_no_memory(struct store *store, struct err *err)
{
	return err_short(err, -ENOMEM, "%s: no memory while reading", store->path);
}

void *row_more(void *array, uint32_t count, size_t size)
{
	if (fault_point("store_alloc"))
		return NULL;
	if ((count & (count - 1)) == 0) {
		size_t room = count ? 2 * (size_t)count : 1;
		void *more = reallocarray(array, room, size);

		if (!more)
			return NULL;
		array = more;
	}
	memset((char *)array + count * size, 0, size);
	return array;
}

uint64_t db_wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void db_id(uint64_t wall_ns, char id[STORE_ID_MAX])
{
	time_t seconds = (time_t)(wall_ns / 1000000000u);
	uint16_t random = (uint16_t)wall_ns;
	struct tm utc;

	/*
	 * Without random bytes the clock's low bits serve: a clash is found by UNIQUE and tried
	 * again.
	 */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		random = (uint16_t)(wall_ns >> 4);
	gmtime_r(&seconds, &utc);
	size_t length = strftime(id, STORE_ID_MAX, "%Y%m%d-%H%M%S-", &utc);

	snprintf(id + length, STORE_ID_MAX - length, "%04x", random);
}
