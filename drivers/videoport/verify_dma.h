/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verify_dma.h: the verifier's part of locks and transfers: rules 303 to 307 and 311 (verify_lock.c),
 * 409, 415 to 417 (verify_list.c), 419 to 421 (verify_bounce.c). Between mdl.c, list.c, start_dma.c,
 * adapter.c and these files only.
 *
 * An MDL and a list have a `check` while the verifier is on; its absence is all that the hot path
 * asks. What spans several of them stands in dma_checks, which may be missing for lack of memory:
 * then the rules that need it see less, and nothing else changes.
 */
#ifndef VIDEOPORT_VERIFY_DMA_H
#define VIDEOPORT_VERIFY_DMA_H

#include "drivers/videoport/address_set.h"
#include "drivers/videoport/dma.h"

#define LOCK_BUCKETS  4096
#define LOCK_SAME_MAX 8 /* locks that begin at one byte (rule 307) */

struct dma_checks {
	CACHE_ALIGNED struct inflight inflight; /* under the mapping's lock */
	struct mdl *same[LOCK_BUCKETS];         /* under that of free MDLs */
	struct address_set lists;               /* what drivers are given */
};

/* Return: NULL for lack of memory. destroy accepts NULL. */
struct dma_checks *dma_checks_create(void);
void dma_checks_destroy(struct dma_checks *checks);

/* ---- verify_lock.c ------------------------------------------------------------------------------- */

/* lock_refused - reports why memory without frames, or not writable, cannot be locked (303 to 306). */
void lock_refused(struct videoport *vp, const struct lock_request *request, int error);

/* Relaxed: changed under the check's lock; who looks without it has been told by the driver to. */
static inline uint32_t lock_rests(const struct mdl_check *check)
{
	return atomic_load_explicit(&check->rests, memory_order_relaxed);
}

/*
 * A lock's life, for MDLs with a check; _locked: dma->mdl_lock is held.
 *	lock_begin_locked  @mdl is about to become live. Return: how many live locks begin where it does
 *	lock_many          these are more than LOCK_SAME_MAX (307)
 *	lock_rest_left     it is over, and some rest was never asked for again (311)
 *	lock_end_locked    forgets it
 */
unsigned lock_begin_locked(struct dma_state *dma, struct mdl *mdl, struct origin origin);
void lock_many(struct videoport *vp, const struct mdl *mdl, unsigned count);
void lock_rest_left(struct videoport *vp, struct mdl *mdl);
void lock_end_locked(struct dma_state *dma, struct mdl *mdl);

/*
 * lock_asked - a transfer of @asked bytes at @offset was started with @started of them. Called before
 * the driver can start the rest.
 */
void lock_asked_rest(struct mdl_check *check, uint32_t offset, uint32_t asked, uint32_t started);
static inline void lock_asked(
	struct mdl_check *check, uint32_t offset, uint32_t asked, uint32_t started)
{
	if (__builtin_expect(started != asked || lock_rests(check) != 0, 0))
		lock_asked_rest(check, offset, asked, started);
}

/* lock_refused_rest - the driver came back for these bytes, and a lack of something refused them: it has been told. */
void lock_refused_rest(struct mdl_check *check, uint32_t offset, uint32_t asked);

/* ---- verify_list.c ------------------------------------------------------------------------------- */

/*
 * For lists with a check, in this order:
 *	list_check_idle     taken from the free ones, or about to be freed: nobody wrote it (416)
 *	list_check_reserve  its memory is known: nobody else's (409), or list_check_clash
 *	list_check_shape    again after the transfer was shortened, without a report
 *	list_check_start    built, not yet the driver's
 *	list_check_end      no longer live; the device's data is still in its slots (415, 417, 419, 420)
 *	list_check_forget   its memory is nobody's
 * _locked: the mapping's lock is held.
 */
void list_check_idle(struct dma_state *dma, struct dma_list *list);
bool list_check_reserve_locked(
	struct dma_state *dma, struct dma_list *list, struct inflight_clash *clash);
void list_check_clash(
	struct dma_state *dma, const struct dma_list *list, const struct inflight_clash *clash);
void list_check_shape_locked(struct dma_state *dma, struct dma_list *list);
void list_check_start(struct dma_list *list);
void list_check_end(struct videoport *vp, struct dma_list *list);
void list_check_forget_locked(struct dma_state *dma, struct dma_list *list);

/* ---- verify_bounce.c ----------------------------------------------------------------------------- */

/* bounce_fill_free - marks slots that belong to no transfer. */
void bounce_fill_free(struct vp_adapter *adapter, uint32_t first, uint32_t count);

/* bounce_audit - looks at every free slot of an adapter that goes away (421). */
void bounce_audit(struct videoport *vp, struct vp_adapter *adapter);

/*
 * bounce_taken - the list's slots were free until now (421). bounce_guard - fills what surrounds the
 * transfer in them. bounce_check - whether that is untouched (419, 420). bounce_given - they are free.
 */
void bounce_taken(struct videoport *vp, struct dma_list *list);
void bounce_guard(struct dma_list *list);
void bounce_check(struct videoport *vp, struct dma_list *list);
void bounce_given(struct dma_list *list);

#endif
