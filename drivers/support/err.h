/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * err.h: the first error of a slow path, with its place, its finding and the remedy.
 *
 * A function that can fail returns 0 (or a count) or -errno. On slow paths it also takes an optional
 * `struct err *`, which keeps the FIRST message set and ignores later ones, so that the cause survives
 * the clean-up. Only main prints it; the kind decides the exit code of the program.
 *
 *	struct err err = ERR_INIT;
 *	if (topo_open(&topo, &err) < 0)
 *		return main_fail(&err);
 *
 * Threads: an err belongs to one thread at a time.
 */
#ifndef SUPPORT_ERR_H
#define SUPPORT_ERR_H

#include <stdarg.h>

/* What went wrong; the value is the exit code of the program (README, "Exit codes"). */
enum err_kind {
	ERR_NONE = 0,
	ERR_WRONG = 1,     /* what was measured is wrong: mismatch, lost completion, rule broken */
	ERR_USAGE = 2,     /* the caller is wrong: option, value, unreadable input */
	ERR_MISSING = 3,   /* something needed is missing: device, permission, memory, package */
	ERR_INTERNAL = 4,  /* dmabench itself failed */
	ERR_UNTRUSTED = 5, /* figures were taken but cannot be trusted; the noise audit says why */
};

struct err {
	enum err_kind kind;
	int code;         /* -errno of the first error, 0 while none */
	const char *file; /* where in the source it was set */
	int line;
	char message[480];
};

#define ERR_INIT                                                                                   \
	{                                                                                          \
		.kind = ERR_NONE                                                                   \
	}

/*
 * err_set(err, kind, code, format, ...): records the first error; later calls change nothing.
 * @err may be NULL. Returns @code, so that `return err_set(err, ERR_USAGE, -EINVAL, "...")` reads well.
 * The message names place, finding, expectation and remedy, without a full stop or newline.
 */
#define err_set(err, kind, code, ...)                                                              \
	err_set_at((err), (kind), (code), __FILE__, __LINE__, __VA_ARGS__)

int err_set_at(struct err *err, enum err_kind kind, int code, const char *file, int line,
	const char *format, ...) __attribute__((format(printf, 6, 7)));

/*
 * err_short(err, code, format, ...): the host is short of something that has limits: ERR_MISSING. The message goes on with
 * the remedy that belongs to @code: -ENOMEM memory, -EAGAIN threads, -EMFILE and -ENFILE open files; with another one it
 * tells the system's reason. Returns @code.
 */
#define err_short(err, code, ...) err_short_at((err), (code), __FILE__, __LINE__, __VA_ARGS__)

int err_short_at(struct err *err, int code, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif
