/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz.h: everything that reads what others wrote, a function each. `make fuzz` hands them libFuzzer's inputs
 * (driver.c); replay_test.c hands them the corpus, cut and flipped, as an ordinary test.
 *
 * A target returns whatever the input is. It aborts where an oracle of its own fails: what was accepted must be written
 * and read back as the same. Memory errors, leaks and undefined behaviour are the sanitizers' to find. Single-threaded;
 * state may stay between inputs where the result does not depend on it.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

struct store_run;

/* Target, longest input worth trying. */
#define FUZZ_TARGETS(X)                                                                            \
	X(job, 2048)    /* job files */                                                            \
	X(script, 1024) /* requests of `dmabench driver --script` */                               \
	X(expect, 1024) /* its file of expected findings */                                        \
	X(trace, 2048)  /* traces of what a driver takes and gives back */                         \
	X(replay, 512)  /* lines that reproduce a finding of stress */                             \
	X(mix, 512)     /* distributions of sizes and lifetimes, files of operations */            \
	X(hist, 256)    /* histograms as the record holds them */                                  \
	X(gbjson, 2048) /* Google Benchmark's JSON, to be imported */                              \
	X(elf, 4096)    /* modules, before they are loaded */                                      \
	X(engine, 1024) /* the engine, by a driver that writes anything anywhere */                \
	X(hostile, 512) /* port and miniports, by a device that does */                            \
	X(store, 256)   /* databases: what was done to a good one */

#define FUZZ_DECLARE(name, room) void fuzz_##name(const uint8_t *bytes, size_t len_bytes);
FUZZ_TARGETS(FUZZ_DECLARE)
#undef FUZZ_DECLARE

/*
 * fuzz_file - the input as a file. Return: its path, until fuzz_file_close.
 */
const char *fuzz_file(const uint8_t *bytes, size_t len_bytes);
void fuzz_file_close(void);

/* fuzz_text - the input as a string, which ends at its first NUL. free it. */
char *fuzz_text(const uint8_t *bytes, size_t len_bytes);

/*
 * fuzz_printed - @run as `dmabench report` prints it: as a table, which is only drawn, and as JSON. Return: the JSON, of
 * *len_bytes; free it. NULL: refused, or no memory.
 */
char *fuzz_printed(const struct store_run *run, size_t *len_bytes);

/* fuzz_expect_that - aborts with @what where @holds is not so. */
void fuzz_expect_that(int holds, const char *what);

#endif
