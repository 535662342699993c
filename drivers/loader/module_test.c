// SPDX-License-Identifier: BSD-2-Clause
/*
 * module_test.c: miniports loaded as shared objects, and whatever else a file of that name may be. The modules are
 * made by scripts/miniport-build before (Makefile, TEST_MODULES).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <elf.h>

#include "drivers/loader/module.h"
#include "drivers/support/fault.h"
#include "drivers/support/held_testing.h"

#define GOOD  "build/modules/gcc/transfer.so"
#define OTHER "build/modules/clang/transfer.so"

static void a_module_has_its_entry_and_its_name(void **state)
{
	struct module *module;
	struct err err = ERR_INIT;
	char text[96] = "";

	(void)state;
	if (module_open(&module, GOOD, &err) < 0)
		fail_msg("%s", err.message);
	assert_non_null(module_entry(module));
	assert_string_equal(module_name(module), "transfer");

	union {
		videoport_driver_entry entry;
		const char *address;
	} at = {.entry = module_entry(module)};

	assert_true(module_describe(module, at.address + 4, text, sizeof(text)));
	assert_string_equal(text, "DriverEntry+0x4 in transfer.so");
	assert_false(module_describe(module, &err, text, sizeof(text)));
	module_close(module);
	module_close(NULL);
}

static void a_port_carries_a_module(void **state)
{
	struct frames_config frames_config = {.seed = 1};
	struct videoport_config config = {
		.device = "soft",
		.device_config = {.memory_bytes = 1u << 20, .cpu = -1, .address_bits = 64},
		.interrupt_cpu = -1,
		.verify = true,
	};
	struct videoport_event event;
	struct module *module;
	struct videoport *port;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(module_open(&module, GOOD, NULL), 0);
	assert_int_equal(frames_create(&config.frames, &frames_config, NULL), 0);
	config.driver_entry = module_entry(module);
	config.driver_name = module_name(module);
	if (videoport_open(&port, &config, &err) < 0)
		fail_msg("%s", err.message);
	if (videoport_events(port, &event, 1, NULL))
		fail_msg("%s", event.message);
	videoport_close(port, NULL);
	frames_destroy(config.frames);
	module_close(module);
}

/* what belongs to an adapter stands in its extension, since all of them share the image. */
static void r_080_a_file_is_one_image_however_often_it_is_open(void **state)
{
	struct module *first, *second, *other;

	(void)state;
	assert_int_equal(module_open(&first, GOOD, NULL), 0);
	assert_int_equal(module_open(&second, GOOD, NULL), 0);
	assert_int_equal(module_open(&other, OTHER, NULL), 0);
	assert_ptr_equal(module_entry(first), module_entry(second));
	assert_ptr_not_equal(module_entry(first), module_entry(other));
	module_close(first);
	assert_non_null(module_entry(second));
	module_close(second);
	module_close(other);
}

/* A file that is @bytes of GOOD after @change. */
static void refused(void (*change)(unsigned char *bytes, size_t *len), const char *says)
{
	static unsigned char bytes[1u << 20];
	char path[] = "/tmp/module_test.XXXXXX";
	struct module *module;
	struct err err = ERR_INIT;
	FILE *file = fopen(GOOD, "r");
	size_t len = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	const int fd = mkstemp(path);

	assert_true(len > 1000 && len < sizeof(bytes) && fd >= 0);
	fclose(file);
	change(bytes, &len);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);

	const int rc = module_open(&module, path, &err);

	unlink(path);
	assert_null(module);
	assert_true(rc < 0);
	assert_int_equal(err.kind, ERR_USAGE);
	if (!strstr(err.message, says) || !strstr(err.message, path))
		fail_msg("'%s' expected in: %s", says, err.message);
}

static Elf64_Ehdr *head_of(unsigned char *bytes)
{
	return (void *)bytes;
}

static void to_other_machine(unsigned char *bytes, size_t *len)
{
	(void)len;
	head_of(bytes)->e_machine = EM_RISCV;
}

static void to_32_bits(unsigned char *bytes, size_t *len)
{
	(void)len;
	head_of(bytes)->e_machine = EM_386;
	bytes[EI_CLASS] = ELFCLASS32;
}

static void to_short_words(unsigned char *bytes, size_t *len)
{
	(void)len;
	bytes[EI_CLASS] = ELFCLASS32;
}

/* The table by which the loader finds names says there are none. */
static void to_no_hash(unsigned char *bytes, size_t *len)
{
	const Elf64_Ehdr *head = head_of(bytes);
	const Elf64_Shdr *section = (const void *)(bytes + head->e_shoff);

	(void)len;
	for (unsigned i = 0; i < head->e_shnum; i++)
		if (section[i].sh_type == SHT_GNU_HASH)
			memset(bytes + section[i].sh_offset + 16, 0, section[i].sh_size - 16);
}

static void to_object(unsigned char *bytes, size_t *len)
{
	(void)len;
	head_of(bytes)->e_type = ET_REL;
}

static void to_program(unsigned char *bytes, size_t *len)
{
	(void)len;
	head_of(bytes)->e_type = ET_EXEC;
}

static void to_windows(unsigned char *bytes, size_t *len)
{
	(void)len;
	bytes[0] = 'M';
	bytes[1] = 'Z';
}

static void to_text(unsigned char *bytes, size_t *len)
{
	*len = (size_t)sprintf((char *)bytes, "no module\n");
}

static void to_nothing(unsigned char *bytes, size_t *len)
{
	(void)bytes;
	*len = 0;
}

static void to_its_head(unsigned char *bytes, size_t *len)
{
	(void)bytes;
	*len = sizeof(Elf64_Ehdr);
}

/* Renames a string of the file, to one of the same length. */
static void rename_in(unsigned char *bytes, size_t len, const char *from, const char *to)
{
	const size_t size = strlen(from) + 1;

	for (size_t i = 0; i + size <= len; i++)
		if (memcmp(bytes + i, from, size) == 0)
			memcpy(bytes + i, to, size);
}

static void to_no_entry(unsigned char *bytes, size_t *len)
{
	rename_in(bytes, *len, "DriverEntry", "DriverEntrz");
}

static void to_unknown_call(unsigned char *bytes, size_t *len)
{
	rename_in(bytes, *len, "VideoPortStartDma", "VideoPortStopsDma");
	rename_in(bytes, *len, "VideoPortZeroMemory", "VideoPortZeroMemorz");
}

static void what_is_no_module_is_refused_by_name(void **state)
{
	(void)state;
	refused(to_other_machine, "built for RISC-V");
	refused(to_32_bits, "built for 32-bit x86");
	refused(to_short_words, "not of 64 bits");
	refused(to_no_hash, "DriverEntry cannot be found");
	refused(to_object, "not linked yet");
	refused(to_program, "a program");
	refused(to_windows, "a Windows binary");
	refused(to_text, "not a shared object");
	refused(to_nothing, "something in it");
	refused(to_its_head, "DriverEntry");
	refused(to_no_entry, "exports no DriverEntry");
}

static void every_missing_function_is_named(void **state)
{
	(void)state;
	refused(to_unknown_call, "VideoPortStopsDma");
	refused(to_unknown_call, "VideoPortZeroMemorz");
}

static void what_cannot_be_read_is_refused(void **state)
{
	struct module *module;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(module_open(&module, "build/modules/absent.so", &err), -2);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "build/modules/absent.so"));
	err = (struct err)ERR_INIT;
	assert_true(module_open(&module, "build/modules", &err) < 0);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_null(module);
}

/* Nobody writes to it, and nobody waits for that. */
static void a_pipe_is_refused_at_once(void **state)
{
	char folder[] = "/tmp/module_test.XXXXXX", path[64];
	struct module *module;
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/pipe.so", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(module_open(&module, path, &err) < 0);
	unlink(path);
	rmdir(folder);
	assert_non_null(strstr(err.message, "not a file with something in it"));
}

/* Any byte of the file may be wrong; it is refused or loads, and never crashes before it is loaded. */
static void damaged_tables_are_survived(void **state)
{
	static unsigned char bytes[1u << 20], damaged[1u << 20];
	FILE *file = fopen(GOOD, "r");
	const size_t len = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	Elf64_Ehdr head;
	uint32_t x = 12345;

	(void)state;
	print_message("seed %u\n", x);
	assert_true(len > sizeof(head) && len < sizeof(bytes));
	fclose(file);
	memcpy(&head, bytes, sizeof(head));
	for (unsigned i = 0; i < 300; i++) {
		char path[] = "/tmp/module_test.XXXXXX";
		struct module *module;
		const int fd = mkstemp(path);
		const size_t tables = (size_t)head.e_shnum * sizeof(Elf64_Shdr);

		assert_true(fd >= 0);
		memcpy(damaged, bytes, len);
		/* The section headers, and who calls itself DriverEntry no more: it is never loaded. */
		rename_in(damaged, len, "DriverEntry", "DriverEntrz");
		for (unsigned k = 0; k < 4; k++) {
			x = x * 1664525u + 1013904223u;
			damaged[head.e_shoff + (x >> 8) % tables] ^= (unsigned char)(x >> 24);
		}
		assert_int_equal(write(fd, damaged, len), len);
		close(fd);
		assert_true(module_open(&module, path, NULL) < 0);
		unlink(path);
	}
}

static void loading_survives_every_failure(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct module *module;
		struct err err = ERR_INIT;

		fault_arm(n, false);
		const int rc = module_open(&module, GOOD, &err);
		const char *fired = fault_fired();

		fault_arm(0, false);
		module_close(module);
		if (!fired) {
			assert_int_equal(rc, 0);
			assert_true(n > 3);
			return;
		}
		assert_true(rc < 0);
		assert_null(module);
		assert_true(err.kind != ERR_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_module_has_its_entry_and_its_name),
		cmocka_unit_test(a_port_carries_a_module),
		cmocka_unit_test(r_080_a_file_is_one_image_however_often_it_is_open),
		cmocka_unit_test(what_is_no_module_is_refused_by_name),
		cmocka_unit_test(every_missing_function_is_named),
		cmocka_unit_test(what_cannot_be_read_is_refused),
		cmocka_unit_test(a_pipe_is_refused_at_once),
		cmocka_unit_test(damaged_tables_are_survived),
		cmocka_unit_test(loading_survives_every_failure),
	};

	return cmocka_run_group_tests_name("modules", tests, NULL, NULL);
}
