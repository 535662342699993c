// SPDX-License-Identifier: BSD-2-Clause
/*
 * deferral.c: HwVidExecuteDma called later and from another thread, as a port with a queue would (the
 * stress option of D-2). A driver may rely on neither the thread nor the moment.
 */
#include "drivers/videoport/list.h"
#include "drivers/videoport/priv.h"

#include "drivers/support/fault.h"

#include <errno.h>

static struct dma_list *deferral_pop(struct dma_deferral *deferral)
{
	struct dma_list *list;

	pthread_mutex_lock(&deferral->lock);
	deferral->calling = false;
	if (!deferral->first)
		host_cond_broadcast(&deferral->idle);
	while (!deferral->first && !deferral->stop)
		host_cond_wait(&deferral->wake, &deferral->lock);
	list = deferral->stop ? NULL : deferral->first;
	if (list)
		deferral->first = list->next;
	deferral->calling = list != NULL;
	if (!deferral->first)
		deferral->last = &deferral->first;
	pthread_mutex_unlock(&deferral->lock);
	return list;
}

static void *deferral_main(void *argument)
{
	struct dma_list *list;

	while ((list = deferral_pop(argument))) {
		port_enter(extension_find(list->extension));
		list_execute(list);
	}
	return NULL;
}

int deferral_start(struct dma_deferral *deferral)
{
	int rc;

	*deferral = (struct dma_deferral){.last = &deferral->first};
	pthread_mutex_init(&deferral->lock, NULL);
	pthread_cond_init(&deferral->wake, NULL);
	pthread_cond_init(&deferral->idle, NULL);
	rc = fault_point("deferral_start") ? EAGAIN
	                                   : host_thread_start(&deferral->thread, NULL, "deferral",
						     deferral_main, deferral);
	deferral->running = rc == 0;
	if (rc == 0)
		return 0;
	pthread_cond_destroy(&deferral->idle);
	pthread_cond_destroy(&deferral->wake);
	pthread_mutex_destroy(&deferral->lock);
	return -rc;
}

void deferral_push(struct dma_deferral *deferral, struct dma_list *list)
{
	pthread_mutex_lock(&deferral->lock);
	list->next = NULL;
	*deferral->last = list;
	deferral->last = &list->next;
	host_cond_signal(&deferral->wake);
	pthread_mutex_unlock(&deferral->lock);
}

void deferral_drain(struct dma_deferral *deferral)
{
	if (!deferral->running)
		return;
	pthread_mutex_lock(&deferral->lock);
	while (deferral->first || deferral->calling)
		host_cond_wait(&deferral->idle, &deferral->lock);
	pthread_mutex_unlock(&deferral->lock);
}

void deferral_stop(struct dma_deferral *deferral)
{
	if (!deferral->running)
		return;
	pthread_mutex_lock(&deferral->lock);
	deferral->stop = true;
	host_cond_signal(&deferral->wake);
	pthread_mutex_unlock(&deferral->lock);
	host_thread_join(&deferral->thread);
	pthread_cond_destroy(&deferral->idle);
	pthread_cond_destroy(&deferral->wake);
	pthread_mutex_destroy(&deferral->lock);
	deferral->running = false;
}
