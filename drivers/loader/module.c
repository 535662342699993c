// SPDX-License-Identifier: BSD-2-Clause
/* module.c: see module.h. Used by the harness and the command line; knows no device and no request. */
#include "drivers/loader/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/loader/elf.h"
#include "drivers/support/fault.h"

struct module {
	void *handle;
	videoport_driver_entry entry;
	struct elf_image image;
	uintptr_t base; /* of the file's addresses */
	char file[NAME_MAX + 1];
	char name[MODULE_NAME_MAX];
};

static void name_set(struct module *module, const char *path)
{
	const char *slash = strrchr(path, '/');

	snprintf(module->file, sizeof(module->file), "%s", slash ? slash + 1 : path);

	const char *end = strstr(module->file, ".so");
	const size_t len = end && end > module->file ? (size_t)(end - module->file)
	                                             : strlen(module->file);

	snprintf(module->name, sizeof(module->name), "%.*s",
		(int)(len < MODULE_NAME_MAX ? len : MODULE_NAME_MAX - 1), module->file);
}

/* All of them at once: dlopen would name the first only. */
static int wanted_check(const struct module *module, const char *path, struct err *err)
{
	char missing[320] = "";
	size_t used = 0;
	const char *name;

	for (unsigned i = 0; (name = elf_wanted(&module->image, i)); i++) {
		if (dlsym(RTLD_DEFAULT, name) || used >= sizeof(missing) - 1)
			continue;
		int len = snprintf(
			missing + used, sizeof(missing) - used, "%s%s", used ? ", " : "", name);

		used += len > 0 ? (size_t)len : 0;
	}
	if (!used)
		return 0;
	return err_set(err, ERR_USAGE, -ENOSYS, "%s: calls what videoprt does not export: %s", path,
		missing);
}

static int image_load(struct module *module, const char *path, struct err *err)
{
	struct link_map *map;
	char *real = fault_point("module_path") ? NULL : realpath(path, NULL);

	if (!real)
		return err_short(err, -ENOMEM, "%s: no memory to load it", path);
	module->handle = dlopen(real, RTLD_NOW | RTLD_LOCAL);
	free(real);
	if (!module->handle)
		return err_set(
			err, ERR_USAGE, -ENOEXEC, "%s: cannot be loaded (%s)", path, dlerror());
	/* POSIX lets dlsym's result stand for a function; ISO C does not say so. */
	*(void **)&module->entry = dlsym(module->handle, "DriverEntry");
	if (!module->entry)
		return err_set(err, ERR_USAGE, -ENOEXEC,
			"%s: DriverEntry cannot be found in it (%s); build it anew", path,
			dlerror());
	if (dlinfo(module->handle, RTLD_DI_LINKMAP, &map) == 0)
		module->base = map->l_addr;
	return 0;
}

int module_open(struct module **out, const char *path, struct err *err)
{
	struct module *module = fault_point("module_alloc") ? NULL : calloc(1, sizeof(*module));
	int rc;

	*out = NULL;
	if (!module)
		return err_short(err, -ENOMEM, "%s: no memory to load it", path);
	name_set(module, path);
	rc = elf_open(&module->image, path, err);
	if (rc == 0 && !elf_defines(&module->image, "DriverEntry"))
		rc = err_set(err, ERR_USAGE, -ENOEXEC,
			"%s: exports no DriverEntry; a miniport has ULONG DriverEntry(PVOID, "
			"PVOID)",
			path);
	if (rc == 0)
		rc = wanted_check(module, path, err);
	if (rc == 0)
		rc = image_load(module, path, err);
	if (rc < 0) {
		module_close(module);
		return rc;
	}
	*out = module;
	return 0;
}

void module_close(struct module *module)
{
	if (!module)
		return;
	if (module->handle)
		dlclose(module->handle);
	elf_close(&module->image);
	free(module);
}

videoport_driver_entry module_entry(const struct module *module)
{
	return module->entry;
}

const char *module_name(const struct module *module)
{
	return module->name;
}

bool module_describe(const struct module *module, const void *address, char *text, size_t room)
{
	uint64_t offset;
	const char *name = elf_function(&module->image, (uintptr_t)address - module->base, &offset);

	if (!name)
		return false;
	snprintf(text, room, "%s+0x%llx in %s", name, (unsigned long long)offset, module->file);
	return true;
}
