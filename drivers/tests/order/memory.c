// SPDX-License-Identifier: BSD-2-Clause
/*
 * memory.c: atomic locations with all their messages, what each thread knows of them, and the vector clocks that
 * find races. See order.h. Called by explore.c and runtime.c; knows nothing of schedules.
 */
#include "drivers/tests/order/order_priv.h"

#include <stdio.h>
#include <string.h>

#define CELL_BYTES  4
#define REGIONS_MAX 8
#define CELLS_MAX   16384
#define LABELS_MAX  32
#define WRITERS_MAX 256

struct message {
	uint64_t value;
	struct know know; /* what an acquire of it learns */
};

struct location {
	uintptr_t address;
	unsigned bytes, count;
	struct message message[MESSAGES_MAX];
};

/* Times of the last accesses, by thread. @execution tells whether they are of this one. */
struct cell {
	uint64_t execution;
	uint32_t read[ORDER_THREADS_MAX], write[ORDER_THREADS_MAX];
	uint32_t atomic_read[ORDER_THREADS_MAX], atomic_write[ORDER_THREADS_MAX];
};

static struct {
	unsigned threads;
	uint64_t execution, total;
	struct location location[LOCATIONS_MAX];
	unsigned locations;
	struct know now[ORDER_THREADS_MAX]; /* acts on every access */
	struct know pending
		[ORDER_THREADS_MAX]; /* read by relaxed loads: an acquire fence makes it known */
	struct know
		fenced[ORDER_THREADS_MAX]; /* at the last release fence: rides on relaxed stores */

	/* Of the whole exploration. */
	struct region {
		uintptr_t start, end;
		unsigned first;
	} region[REGIONS_MAX];
	unsigned regions, cells;
	struct {
		uintptr_t address;
		const char *label;
	} label[LABELS_MAX];
	unsigned labels;
	struct {
		uintptr_t address;
		unsigned mask;
	} writers[WRITERS_MAX];
	unsigned written;
	bool surprise;
} memory;

static struct cell cells[CELLS_MAX];

static void know_join(struct know *into, const struct know *from)
{
	for (unsigned i = 0; i < memory.locations; i++)
		if (from->seen[i] > into->seen[i])
			into->seen[i] = from->seen[i];
	for (unsigned t = 0; t < memory.threads; t++)
		if (from->clock[t] > into->clock[t])
			into->clock[t] = from->clock[t];
}

/* ---- an execution ------------------------------------------------------------------------------------------- */

void memory_forget(void)
{
	memory.regions = memory.cells = memory.labels = memory.written = 0;
	memory.surprise = false;
}

void memory_begin(unsigned threads)
{
	memory.threads = threads;
	memory.execution++;
	memory.total = 0;
	memory.locations = 1;
	memory.location[FENCE].count = 1;
	memset(&memory.location[FENCE].message[0], 0, sizeof(struct message));
	memset(memory.now, 0, sizeof(memory.now));
	memset(memory.pending, 0, sizeof(memory.pending));
	memset(memory.fenced, 0, sizeof(memory.fenced));
	memory.regions = memory.cells = memory.labels = 0; /* setup says them again */
	for (unsigned t = 0; t < threads; t++)
		memory.now[t].clock[t] = 1;
}

void memory_share(const void *start, size_t bytes)
{
	unsigned count = (unsigned)((bytes + CELL_BYTES - 1) / CELL_BYTES);

	if (memory.regions == REGIONS_MAX || memory.cells + count > CELLS_MAX) {
		order_fail("order_share: more memory than the explorer has cells for");
		return;
	}
	memory.region[memory.regions++] = (struct region){
		(uintptr_t)start, (uintptr_t)start + bytes, memory.cells};
	memory.cells += count;
}

void memory_label(const void *address, const char *label)
{
	if (memory.labels == LABELS_MAX) {
		order_fail("order_label: too many labels");
		return;
	}
	memory.label[memory.labels].address = (uintptr_t)address;
	memory.label[memory.labels++].label = label;
}

/* ---- locations ---------------------------------------------------------------------------------------------- */

unsigned memory_location(const void *address, unsigned bytes, uint64_t value)
{
	struct location *at;

	for (unsigned i = 1; i < memory.locations; i++) {
		if (memory.location[i].address != (uintptr_t)address)
			continue;
		if (memory.location[i].bytes != bytes)
			order_fail("an atomic location is accessed with %u and %u bytes",
				memory.location[i].bytes, bytes);
		return i;
	}
	if (memory.locations == LOCATIONS_MAX) {
		order_fail("more atomic locations than the explorer keeps");
		return FENCE;
	}
	at = &memory.location[memory.locations];
	at->address = (uintptr_t)address;
	at->bytes = bytes;
	at->count = 1;
	memset(&at->message[0], 0, sizeof(at->message[0]));
	at->message[0].value = value;
	return memory.locations++;
}

const char *memory_name(unsigned location, char *buffer, size_t bytes)
{
	for (unsigned i = 0; i < memory.labels; i++)
		if (memory.label[i].address == memory.location[location].address)
			return memory.label[i].label;
	snprintf(buffer, bytes, "%p", (void *)memory.location[location].address);
	return buffer;
}

bool memory_is_labelled(unsigned location, const char *label)
{
	for (unsigned i = 0; i < memory.labels; i++)
		if (memory.label[i].address == memory.location[location].address &&
			strcmp(memory.label[i].label, label) == 0)
			return true;
	return false;
}

unsigned memory_messages(unsigned location)
{
	return memory.location[location].count;
}

uint64_t memory_total(void)
{
	return memory.total;
}

unsigned memory_seen(unsigned thread, unsigned location)
{
	return memory.now[thread].seen[location];
}

static unsigned *writers_of(unsigned location)
{
	uintptr_t address = memory.location[location].address;

	for (unsigned i = 0; i < memory.written; i++)
		if (memory.writers[i].address == address)
			return &memory.writers[i].mask;
	if (memory.written == WRITERS_MAX) {
		order_fail("more written locations than the explorer keeps");
		return &memory.writers[0].mask;
	}
	memory.writers[memory.written].address = address;
	memory.writers[memory.written].mask = 0;
	return &memory.writers[memory.written++].mask;
}

unsigned memory_writers(unsigned location)
{
	return location == FENCE ? ~0u : *writers_of(location);
}

bool memory_surprise(void)
{
	return memory.surprise;
}

void memory_surprise_over(void)
{
	memory.surprise = false;
}

/* ---- races -------------------------------------------------------------------------------------------------- */

static struct cell *cell_of(uintptr_t address)
{
	for (unsigned i = 0; i < memory.regions; i++) {
		const struct region *region = &memory.region[i];

		if (address < region->start || address >= region->end)
			continue;

		struct cell *cell = &cells[region->first + (address - region->start) / CELL_BYTES];

		if (cell->execution != memory.execution)
			*cell = (struct cell){.execution = memory.execution};
		return cell;
	}
	return NULL;
}

/* The thread whose access in @times @thread does not know of, -1 if none. */
static int unordered(unsigned thread, const uint32_t *times)
{
	for (unsigned t = 0; t < memory.threads; t++)
		if (t != thread && times[t] > memory.now[thread].clock[t])
			return (int)t;
	return -1;
}

static void race(
	unsigned thread, int other, uintptr_t address, const char *what, const char *theirs)
{
	for (unsigned i = 0; i < memory.regions; i++) {
		const struct region *at = &memory.region[i];

		if (address >= at->start && address < at->end)
			order_fail("data race at byte %zu: %s by thread %u, %s by thread %d",
				(size_t)(address - at->start), what, thread, theirs, other);
	}
}

void memory_plain(unsigned thread, const void *start, size_t bytes, bool write)
{
	const uint32_t now = memory.now[thread].clock[thread];
	const char *what = write ? "write" : "read";
	uintptr_t address = (uintptr_t)start & ~(uintptr_t)(CELL_BYTES - 1);
	int other;

	for (; address < (uintptr_t)start + bytes; address += CELL_BYTES) {
		struct cell *cell = cell_of(address);

		if (!cell)
			continue;
		if ((other = unordered(thread, cell->write)) >= 0)
			race(thread, other, address, what, "write");
		if ((other = unordered(thread, cell->atomic_write)) >= 0)
			race(thread, other, address, what, "atomic write");
		if (write && (other = unordered(thread, cell->read)) >= 0)
			race(thread, other, address, what, "read");
		if (write && (other = unordered(thread, cell->atomic_read)) >= 0)
			race(thread, other, address, what, "atomic read");
		(write ? cell->write : cell->read)[thread] = now;
	}
}

/* An atomic access races only with plain ones. */
static void atomic_touch(unsigned thread, const struct location *at, bool write)
{
	struct cell *cell = cell_of(at->address);
	int other;

	if (!cell)
		return;
	if ((other = unordered(thread, cell->write)) >= 0)
		race(thread, other, at->address, "atomic access", "write");
	if (write && (other = unordered(thread, cell->read)) >= 0)
		race(thread, other, at->address, "atomic write", "read");
	(write ? cell->atomic_write : cell->atomic_read)[thread] = memory.now[thread].clock[thread];
}

/* ---- accesses ----------------------------------------------------------------------------------------------- */

static bool acquires(int order)
{
	return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME || order == __ATOMIC_ACQ_REL;
}

static bool releases(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL;
}

bool memory_allowed(unsigned thread, const struct access *access, unsigned index)
{
	const struct location *at = &memory.location[access->location];
	bool last = index + 1 == at->count;

	if (index >= at->count || index < memory.now[thread].seen[access->location])
		return false;
	switch (access->kind) {
	case ACCESS_LOAD:
		return true;
	case ACCESS_CAS: /* stores behind the last message, or fails on any other value */
		return at->message[index].value != access->expected || last;
	default:
		return last;
	}
}

static uint64_t rmw_apply(const struct access *access, uint64_t old, unsigned bytes)
{
	uint64_t mask = bytes == 8 ? ~UINT64_C(0) : (UINT64_C(1) << bytes * 8) - 1;

	switch (access->rmw) {
	case RMW_ADD:
		return (old + access->value) & mask;
	case RMW_SUB:
		return (old - access->value) & mask;
	case RMW_AND:
		return old & access->value;
	case RMW_OR:
		return old | access->value;
	case RMW_XOR:
		return old ^ access->value;
	default:
		return access->value;
	}
}

/* Puts @value into memory too, where check and setup look. Not by memcpy, which would count as a plain access. */
static void write_through(const struct location *at, uint64_t value)
{
	switch (at->bytes) {
	case 1:
		*(volatile uint8_t *)at->address = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)at->address = (uint16_t)value;
		break;
	case 4:
		*(volatile uint32_t *)at->address = (uint32_t)value;
		break;
	default:
		*(volatile uint64_t *)at->address = value;
	}
}

static void message_read(unsigned thread, struct access *access, unsigned index, int order)
{
	const struct message *message = &memory.location[access->location].message[index];
	struct know *now = &memory.now[thread];

	access->read = message->value;
	now->seen[access->location] = (uint16_t)index;
	know_join(&memory.pending[thread], &message->know);
	if (acquires(order))
		know_join(now, &message->know);
}

/* @sequence: the message a read-modify-write read, whose release it carries on; NULL for a store. */
static void message_write(unsigned thread, const struct access *access, uint64_t value,
	const struct message *sequence)
{
	struct location *at = &memory.location[access->location];
	struct know *now = &memory.now[thread];
	unsigned *writers = writers_of(access->location);

	if (at->count == MESSAGES_MAX) {
		order_fail("more messages to one location than the explorer keeps");
		return;
	}
	if (!(*writers >> thread & 1))
		memory.surprise = true;
	*writers |= 1u << thread;

	struct message *message = &at->message[at->count];

	message->value = value;
	now->seen[access->location] = (uint16_t)at->count++;
	memory.total++;
	message->know = releases(access->order) ? *now : memory.fenced[thread];
	message->know.seen[access->location] = now->seen[access->location];
	if (sequence)
		know_join(&message->know, &sequence->know);
	write_through(at, value);
	if (releases(access->order))
		now->clock[thread]++;
}

static void fence_take(unsigned thread, int order)
{
	struct know *now = &memory.now[thread];
	struct know *global = &memory.location[FENCE].message[0].know;

	if (order != __ATOMIC_RELEASE)
		know_join(now, &memory.pending[thread]);
	if (order == __ATOMIC_SEQ_CST) {
		know_join(now, global);
		*global = *now;
	}
	if (order != __ATOMIC_ACQUIRE) {
		memory.fenced[thread] = *now;
		now->clock[thread]++;
	}
}

void memory_take(unsigned thread, struct access *access, unsigned index)
{
	struct location *at = &memory.location[access->location];
	bool stores = access->kind == ACCESS_STORE || access->kind == ACCESS_RMW ||
	              (access->kind == ACCESS_CAS && at->message[index].value == access->expected);

	if (access->kind == ACCESS_FENCE) {
		fence_take(thread, access->order);
		return;
	}
	if (access->order == __ATOMIC_SEQ_CST)
		order_fail("a seq_cst access, which is not modelled; give it the order it needs");
	atomic_touch(thread, at, stores);
	if (access->kind == ACCESS_STORE) {
		message_write(thread, access, access->value, NULL);
		return;
	}
	message_read(thread, access, index,
		access->kind == ACCESS_CAS && !stores ? access->fail_order : access->order);
	access->done = stores;
	if (stores)
		message_write(thread, access,
			access->kind == ACCESS_CAS ? access->value
						   : rmw_apply(access, access->read, at->bytes),
			&at->message[index]);
}
