/* SPDX-License-Identifier: BSD-2-Clause */
/* words.h: names of requests and of their results, for scripts and for what is printed. */
#ifndef DRIVER_WORDS_H
#define DRIVER_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* words_ioctl - the code of IOCTL_VIDEO_* or IOCTL_DMABENCH_*. Return: false where it is no such name. */
bool words_ioctl(const char *name, uint32_t *code);
/* words_ioctl_nearest - the known name nearest to @name, or NULL. */
const char *words_ioctl_nearest(const char *name);
/* words_ioctl_name - the name of a code, or NULL. */
const char *words_ioctl_name(uint32_t code);

/* The same for the values of a VP_STATUS. */
bool words_status(const char *name, int32_t *status);
const char *words_status_nearest(const char *name);
/* words_status_show - "ERROR_BUSY", or "status 4711". Return: @text. */
char *words_status_show(int32_t status, char *text, size_t room);

#endif
