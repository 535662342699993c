/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script.h: what is done to a driver under `dmabench driver`, one step a line; drivers/docs/own_driver.md is
 * the language's manual. Parsing finds everything that can be wrong before a driver is touched; life.c does
 * the steps.
 *
 * Ownership: a script belongs to the caller; script_free takes it back. Threads: one.
 */
#ifndef DRIVER_SCRIPT_H
#define DRIVER_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/support/err.h"

#define SCRIPT_BUFFERS_MAX 16
#define SCRIPT_NAME_MAX    32
#define SCRIPT_TEXT_MAX    96
#define SCRIPT_LINE_MAX    4096

enum script_kind {
	SCRIPT_IOCTL,
	SCRIPT_WAIT,  /* number: ms */
	SCRIPT_TIMER, /* number: ms at most */
	SCRIPT_RESET, /* number: columns, second: rows */
	SCRIPT_CHILDREN,
	SCRIPT_POWER,        /* number: 1 on, 0 off */
	SCRIPT_MEMORY_READ,  /* number: address; out_bytes; expect_out */
	SCRIPT_MEMORY_WRITE, /* number: address; in */
	SCRIPT_MAP,
	SCRIPT_BUFFER,   /* buffer; number: bytes */
	SCRIPT_FILL,     /* buffer; in: the pattern */
	SCRIPT_CHECK,    /* buffer; number: offset; expect_out */
	SCRIPT_TRANSFER, /* to_device; number: bytes; second: address; count */
};

struct script_bytes {
	uint8_t *bytes;
	size_t len_bytes;
};

/* 8 bytes of an input that become the address of a buffer. */
struct script_pointer {
	size_t at;
	unsigned buffer;
};

struct script_step {
	enum script_kind kind;
	unsigned line; /* 0: built in */
	char text[SCRIPT_TEXT_MAX];
	uint64_t repeat; /* 1 or more */
	uint64_t number, second, count;
	bool to_device, optional; /* optional: ERROR_INVALID_FUNCTION is as good as an answer */
	unsigned buffer;
	uint32_t code;
	struct script_bytes in, expect_out;
	struct script_pointer *pointer;
	unsigned pointer_count;
	uint32_t out_bytes;
	bool expects; /* status */
	int32_t expect;
};

struct script {
	char name[256]; /* of the file, for messages */
	struct script_step *step;
	unsigned count;
	char buffer[SCRIPT_BUFFERS_MAX][SCRIPT_NAME_MAX];
	unsigned buffer_count;
};

/*
 * script_read - the steps of a file. Return: 0; -errno (ERR_USAGE) with file and line; -ENOMEM (ERR_MISSING).
 * script_parse - the same of text called @name. script_free tolerates NULL and half-read scripts.
 */
int script_read(struct script **script, const char *path, struct err *err);
int script_parse(struct script **script, const char *name, const char *text, struct err *err);
void script_free(struct script *script);

/* The built-in script: the queries a framebuffer miniport answers, and transfers where it answers those. */
extern const char script_built_in[];

#endif
