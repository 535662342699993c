/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * module.h: a miniport as a shared object: scripts/miniport-build makes one, this loads it, the port
 * carries it by its DriverEntry.
 *
 *	module_open -> module_entry -> videoport_open ... videoport_close -> module_close
 *
 * One image, however often it is opened, as on Windows: its globals are shared by all that have the
 * same file open, and begin anew when the last has closed it. A driver keeps what belongs to an
 * adapter in its device extension.
 *
 * The functions a module calls are the program's own: it must be linked with drivers/loader/exports.list.
 * Threads: open and close from one; the others from any.
 */
#ifndef LOADER_MODULE_H
#define LOADER_MODULE_H

#include "drivers/support/err.h"
#include "drivers/videoport/videoport.h"

#define MODULE_NAME_MAX 32

struct module;

/*
 * module_open - loads @path. Return: 0; -errno (ERR_USAGE): unreadable, no module, for another machine,
 * no DriverEntry, functions that videoprt does not export, each by its name; -ENOMEM (ERR_MISSING).
 * module_close tolerates NULL; no port may carry the driver any more.
 */
int module_open(struct module **module, const char *path, struct err *err);
void module_close(struct module *module);

videoport_driver_entry module_entry(const struct module *module);

/* module_name - the file's name without folder and ".so", cut to MODULE_NAME_MAX - 1 characters. */
const char *module_name(const struct module *module);

/*
 * module_describe - "HwFindAdapter+0x52 in packet.so" for a code address of the module.
 * Return: false, and @text untouched, where the address is not its own.
 */
bool module_describe(const struct module *module, const void *address, char *text, size_t room);

#endif
