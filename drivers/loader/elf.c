// SPDX-License-Identifier: BSD-2-Clause
/* elf.c: see elf.h. Called by module.c only; knows neither the port nor dlopen. */
#include "drivers/loader/elf.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/support/fault.h"

#if defined(__x86_64__)
#define MACHINE      EM_X86_64
#define MACHINE_NAME "x86-64"
#elif defined(__aarch64__)
#define MACHINE      EM_AARCH64
#define MACHINE_NAME "AArch64"
#else
#error "name this machine's e_machine here"
#endif

/* ---- what the file is ------------------------------------------------------------------------ */

static const char *machine_name(unsigned machine)
{
	static const struct {
		unsigned machine;
		const char *name;
	} names[] = {{EM_386, "32-bit x86"}, {EM_X86_64, "x86-64"}, {EM_ARM, "32-bit Arm"},
		{EM_AARCH64, "AArch64"}, {EM_RISCV, "RISC-V"}, {EM_PPC64, "POWER"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].machine == machine)
			return names[i].name;
	return "another machine";
}

static int refuse(struct err *err, const char *path, const char *what)
{
	return err_set(err, ERR_USAGE, -ENOEXEC,
		"%s: %s; expected a module built by scripts/miniport-build", path, what);
}

static int header_check(const struct elf_image *image, const char *path, struct err *err)
{
	const Elf64_Ehdr *head = (const void *)image->bytes;

	if (image->len_bytes >= 2 && memcmp(image->bytes, "MZ", 2) == 0)
		return refuse(err, path, "a Windows binary, which this host cannot run");
	if (image->len_bytes < sizeof(*head) || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0)
		return refuse(err, path, "not a shared object");
	if (head->e_machine != MACHINE)
		return err_set(err, ERR_USAGE, -ENOEXEC,
			"%s: built for %s, and this is " MACHINE_NAME
			"; build it here with scripts/miniport-build",
			path, machine_name(head->e_machine));
	if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_ident[EI_DATA] != ELFDATA2LSB)
		return refuse(err, path, "not of 64 bits, little endian");
	if (head->e_type == ET_REL)
		return refuse(err, path, "an object file that is not linked yet");
	if (head->e_type != ET_DYN)
		return refuse(err, path, "a program, not a shared object");
	return 0;
}

/* What is wrong with the path is the caller's; what the host is short of is not. */
static int unreadable(struct err *err, const char *path, int code)
{
	const bool is_short = code == ENOMEM || code == EMFILE || code == ENFILE;

	if (is_short)
		return err_short(err, -code, "%s: cannot be read (%s)", path, strerror(code));
	return err_set(err, ERR_USAGE, -code, "%s: cannot be read (%s)", path, strerror(code));
}

int elf_open(struct elf_image *image, const char *path, struct err *err)
{
	struct stat stat;
	/* Without waiting for the other end, where it is a pipe. */
	int fd = fault_point("module_file") ? (errno = ENOMEM, -1)
	                                    : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*image = (struct elf_image){0};
	if (fd < 0)
		return unreadable(err, path, errno);
	if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode) || stat.st_size == 0) {
		close(fd);
		return refuse(err, path, "not a file with something in it");
	}

	void *bytes = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	int code = errno;

	close(fd);
	if (bytes == MAP_FAILED)
		return unreadable(err, path, code);
	image->bytes = bytes;
	image->len_bytes = (size_t)stat.st_size;

	int rc = header_check(image, path, err);

	if (rc < 0)
		elf_close(image);
	return rc;
}

void elf_close(struct elf_image *image)
{
	if (image->bytes)
		munmap((void *)image->bytes, image->len_bytes);
	*image = (struct elf_image){0};
}

/* ---- symbols --------------------------------------------------------------------------------- */

/* [offset, offset + len) of the file, NULL where it does not lie in it or not on its own alignment. */
static const void *part(const struct elf_image *image, uint64_t offset, uint64_t len, size_t align)
{
	if (offset > image->len_bytes || len > image->len_bytes - offset || offset % align)
		return NULL;
	return image->bytes + offset;
}

/* A symbol table and its names. */
struct symbols {
	const Elf64_Sym *symbol;
	size_t count;
	const char *names;
	size_t names_bytes;
};

static struct symbols symbols_of(const struct elf_image *image, uint32_t type)
{
	const Elf64_Ehdr *head = (const void *)image->bytes;
	const Elf64_Shdr *section = part(image, head->e_shoff,
		(uint64_t)head->e_shnum * sizeof(*section), _Alignof(Elf64_Shdr));
	struct symbols none = {0};

	for (unsigned i = 0; section && i < head->e_shnum; i++) {
		if (section[i].sh_type != type || section[i].sh_link >= head->e_shnum)
			continue;
		const Elf64_Shdr *names = &section[section[i].sh_link];
		struct symbols found = {
			.symbol = part(image, section[i].sh_offset, section[i].sh_size,
				_Alignof(Elf64_Sym)),
			.count = section[i].sh_size / sizeof(Elf64_Sym),
			.names = part(image, names->sh_offset, names->sh_size, 1),
			.names_bytes = names->sh_size,
		};

		/* Every name ends inside: the last byte of the table is a NUL. */
		if (found.symbol && found.names && found.names_bytes &&
			found.names[found.names_bytes - 1] == '\0')
			return found;
	}
	return none;
}

static const char *name_of(const struct symbols *symbols, const Elf64_Sym *symbol)
{
	return symbol->st_name < symbols->names_bytes ? symbols->names + symbol->st_name : "";
}

const char *elf_wanted(const struct elf_image *image, unsigned index)
{
	const struct symbols symbols = symbols_of(image, SHT_DYNSYM);

	for (size_t i = 0; i < symbols.count; i++) {
		const Elf64_Sym *symbol = &symbols.symbol[i];

		if (symbol->st_shndx == SHN_UNDEF && *name_of(&symbols, symbol) &&
			ELF64_ST_BIND(symbol->st_info) == STB_GLOBAL && index-- == 0)
			return name_of(&symbols, symbol);
	}
	return NULL;
}

bool elf_defines(const struct elf_image *image, const char *name)
{
	const struct symbols symbols = symbols_of(image, SHT_DYNSYM);

	for (size_t i = 0; i < symbols.count; i++) {
		const Elf64_Sym *symbol = &symbols.symbol[i];

		if (symbol->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
			strcmp(name_of(&symbols, symbol), name) == 0)
			return true;
	}
	return false;
}

const char *elf_function(const struct elf_image *image, uint64_t address, uint64_t *offset)
{
	const struct symbols symbols = symbols_of(image, SHT_SYMTAB);

	for (size_t i = 0; i < symbols.count; i++) {
		const Elf64_Sym *symbol = &symbols.symbol[i];

		if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF ||
			address < symbol->st_value || address - symbol->st_value >= symbol->st_size)
			continue;
		*offset = address - symbol->st_value;
		return name_of(&symbols, symbol);
	}
	return NULL;
}
