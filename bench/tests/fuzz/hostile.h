/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile.h: a shipped miniport on the port, on a device that does what the input says. One thread, a virtual clock.
 *
 *	hostile.c         what the requester asks for (the input from its front); the oracles
 *	hostile_device.c  what the device does at each point its driver passes (the input from its back)
 *	hostile_memory.c  what the driver has mapped for it, and that it reads nothing twice there
 *	hostile_host.c    the driver's threads, one after the other (drivers/support/host.h)
 *
 * The model. At every point (a lock, a register, a counter, an event: all a driver's threads can meet one another or the
 * device by) the device may write registers, rings and pools, interrupt, answer or fall silent, and another
 * thread may have its turn. Equal input gives an equal run.
 *
 * Call order: hostile_host_begin -> hostile_device_begin -> videoport_open(hostile_device_ops) ... videoport_close ->
 * hostile_host_end.
 */
#ifndef FUZZ_HOSTILE_H
#define FUZZ_HOSTILE_H

#include "drivers/device/device.h"
#include "drivers/support/host.h"

/* Taken from both ends until they meet. */
struct hostile_input {
	const uint8_t *front, *back;
};

/* Little endian; 0 where nothing is left. */
static inline uint32_t hostile_front(struct hostile_input *in, unsigned bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < bytes && in->front < in->back; i++)
		value |= (uint32_t)*in->front++ << 8 * i;
	return value;
}

static inline uint32_t hostile_back(struct hostile_input *in, unsigned bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < bytes && in->front < in->back; i++)
		value |= (uint32_t) * --in->back << 8 * i;
	return value;
}

/* What the device is, told by the requester's half of the input. */
struct hostile_traits {
	bool flat;     /* no scatter/gather */
	bool narrow;   /* 32 address bits */
	bool forged;   /* its identity registers are the input's */
	bool unending; /* silent or gone at the end of the input, it stays so */
};

/* What it has done; some of it the verifier cannot tell from a driver's mistake. */
struct hostile_deeds {
	bool wrote;    /* anywhere in memory that both sides see */
	bool uncalled; /* an interrupt for no cause, or none any more */
};

extern const struct device_ops hostile_device_ops;

void hostile_device_begin(struct hostile_input *in, const struct hostile_traits *traits);
struct hostile_deeds hostile_device_deeds(void);

/*
 * What the driver has mapped; @access as in device.h, both ways means common buffers and bounce slots, which both sides write.
 *
 * hostile_region_add - notes it. Return: 0 or -ENOSPC. hostile_region_drop - unmaps what begins within @len_bytes.
 * hostile_regions_left - how many are mapped. hostile_regions_forget - all of it, before a new input.
 */
int hostile_region_add(uint64_t iova, uint8_t *va, size_t len_bytes, unsigned access);
void hostile_region_drop(uint64_t iova, size_t len_bytes);
unsigned hostile_regions_left(void);
void hostile_regions_forget(void);

/* hostile_reach - @len_bytes, a power of two and aligned, at @iova in memory that both sides see; NULL: not there. */
void *hostile_reach(uint64_t iova, size_t len_bytes);

/* hostile_shared - one of the regions that both sides see, by @pick; NULL: there is none. */
uint8_t *hostile_shared(unsigned pick, size_t *len_bytes);

/* hostile_loads_forget - a point is passed: what the driver read before may be read again. */
void hostile_loads_forget(void);

/* hostile_host_begin - plays from now on; @act is called at every point, and where nobody can go on. */
void hostile_host_begin(void (*act)(void));
void hostile_host_end(void);

/* hostile_host_turn - lets another thread go on, if one can. hostile_host_pass - time passes. */
void hostile_host_turn(void);
void hostile_host_pass(uint64_t time_ns);

/* hostile_device_act - the device's turn: for hostile_host_begin. */
void hostile_device_act(void);

#endif
