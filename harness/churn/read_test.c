// SPDX-License-Identifier: BSD-2-Clause
/*
 * read_test.c: the trace format: what a file says, what is refused and how that is told, whatever bytes there are, and
 * that reading what was written gives the same.
 */
#include "harness/churn/testing.h"

#include <errno.h>

#include "drivers/support/fault.h"

static const char whole[] = "dmabench-trace 1\n"
			    "# a comment, and a line with nothing\n"
			    "\n"
			    "0 allocate 7 65536 cached\r\n"
			    "1\tlock 3 100 modify 4000\n"
			    "  2 allocate 4294967295 1 uncached\n"
			    "3 release 7\n"
			    "4 lock 7 8192 read 0\n"
			    "5 unlock 3\n"
			    "6 unlock 7\n"
			    "7 release 4294967295\n"
			    "end 8\n";

static void a_file_says_what_it_says(void **state)
{
	static const struct churn_event expected[] = {
		{0, 65536, 0, CHURN_ALLOCATE, CHURN_CACHED},
		{1, 100, 4000, CHURN_LOCK, CHURN_MODIFY},
		{2, 1, 0, CHURN_ALLOCATE, CHURN_UNCACHED},
		{0, 0, 0, CHURN_RELEASE, 0},
		{0, 8192, 0, CHURN_LOCK, CHURN_READ},
		{1, 0, 0, CHURN_UNLOCK, 0},
		{0, 0, 0, CHURN_UNLOCK, 0},
		{2, 0, 0, CHURN_RELEASE, 0},
	};
	struct churn_trace trace;

	(void)state;
	assert_int_equal(testing_read(&trace, whole, sizeof(whole) - 1, NULL), 0);
	assert_int_equal(trace.count, 8);
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(trace.event[i].slot, expected[i].slot);
		assert_int_equal(trace.event[i].bytes, expected[i].bytes);
		assert_int_equal(trace.event[i].offset, expected[i].offset);
		assert_int_equal(trace.event[i].op, expected[i].op);
		assert_int_equal(trace.event[i].how, expected[i].how);
	}
	assert_int_equal(trace.slots, 3);
	assert_int_equal(trace.takes, 4);
	assert_int_equal(trace.largest_bytes, 65536);
	assert_int_equal(trace.lock_span_bytes, 8192);
	assert_int_equal(trace.live_peak_bytes, 65536 + 100 + 1);
	churn_free(&trace);
	assert_null(trace.event);
	churn_free(&trace);
}

#define HEAD "dmabench-trace 1\n"
#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"

static void what_is_wrong_is_named_with_its_line(void **state)
{
	static const struct {
		const char *text, *message;
	} wrong[] = {
		{"", "t:1: no trace; expected 'dmabench-trace 1' in front"},
		{"0 allocate 1 1 cached\n", "t:1: no trace;"},
		{"dmabench-trace 2\n", "t:1: a trace of version '2'; this program reads version 1"},
		{HEAD, "t:2: the file ends here; expected 'end 0'"},
		{HEAD "end 0\n", "t:2: a trace without events"},
		{HEAD "0 allocate 1 4096 cached\n1 release 1\n", "t:4: the file ends here; "
								 "expected 'end 2'"},
		{HEAD "0 allocate 1 4096 cached\n1 release 1\nend 3\n",
			"t:4: end 3, but there are 2 events"},
		{HEAD "0 allocate 1 4096 cached\n1 release 1\nend 2\n2 allocate 1 1 cached\n",
			"t:5: '2' behind the end; take it out"},
		{HEAD "1 allocate 1 4096 cached\n", "t:2: event number 1; expected 0"},
		{HEAD "# x\n0 alocate 1 4096 cached\n",
			"t:3: 'alocate'; expected one of: allocate, release, lock, unlock"},
		{HEAD "0 allocate 1 4096\n",
			"t:2: 4 fields; expected: NUMBER allocate ID BYTES cached|uncached"},
		{HEAD "0 lock 1 4096 read\n", "t:2: 5 fields; expected: NUMBER lock ID BYTES"},
		{HEAD "0 release 1 4096\n", "t:2: 4 fields; expected: NUMBER release ID"},
		{HEAD "0 release\n", "t:2: 2 fields; expected: NUMBER OPERATION ID"},
		{HEAD "0 a b c d e f g\n", "t:2: more than 6 fields"},
		{HEAD "x allocate 1 1 cached\n", "t:2: event number 'x'; expected a number"},
		{HEAD "0 allocate -1 1 cached\n", "t:2: id '-1'; expected a number"},
		{HEAD "0 allocate 4294967296 1 cached\n", "t:2: id 4294967296; expected at most"},
		{HEAD "0 allocate 99999999999999999999999999999 1 cached\n", "t:2: id 99999"},
		{HEAD "0 allocate 1 0 cached\n", "t:2: a size of 0; expected 1 to 67108864 bytes"},
		{HEAD "0 allocate 1 67108865 cached\n", "t:2: size 67108865; expected at most"},
		{HEAD "0 allocate 1 1 hot\n", "t:2: 'hot'; expected one of: uncached, cached"},
		{HEAD "0 lock 1 1 cached 0\n", "expected one of: read, write, modify"},
		{HEAD "0 lock 1 1 read 4096\n", "t:2: offset 4096; expected at most 4095"},
		{HEAD "0 allocate 1 1 cached\n1 lock 1 1 read 0\n",
			"t:3: id 1 is held since line 2; give it back before"},
		{HEAD "0 release 1\n", "t:2: id 1 is not held; take it before"},
		{HEAD "0 allocate 1 1 cached\n1 unlock 1\n",
			"t:3: id 1 was taken by allocate in line 2; release ends that"},
		{HEAD "0 allocate 1 1 cached\n\n1 allocate 2 1 cached\nend 2\n",
			"t:5: 2 still held, the first is id 1 of line 2; give all back"},
		{HEAD "0 allocate 1 1 cached\n1 release 1\nend\n", "t:4: 1 fields; expected: end "
								   "COUNT"},
		{HEAD "\001\n", "t:2: a character with code 1"},
		{HEAD LONG LONG "\n", "t:2: a line of more than 128 characters"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = ERR_INIT;
		struct churn_trace trace;
		/* fmemopen refuses a length of 0. */
		const char *text = *wrong[i].text ? wrong[i].text : "\n";

		assert_int_equal(testing_read(&trace, text, strlen(text), &err), -EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_null(trace.event);
		if (*wrong[i].text && !strstr(err.message, wrong[i].message))
			fail_msg("%s\n%s\n%s", wrong[i].text, err.message, wrong[i].message);
	}
}

static void a_long_comment_is_no_matter(void **state)
{
	static const char text[] = HEAD "#" LONG LONG LONG "\n0 lock 1 1 read 0\n1 unlock 1\nend 2";
	struct churn_trace trace;

	(void)state;
	assert_int_equal(testing_read(&trace, text, sizeof(text) - 1, NULL), 0);
	assert_int_equal(trace.count, 2);
	churn_free(&trace);
}

static void more_held_than_can_be_named_is_refused(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct err err = ERR_INIT;
	struct churn_trace trace;

	(void)state;
	fputs(HEAD, out);
	for (unsigned i = 0; i <= CHURN_SLOTS_MAX; i++)
		fprintf(out, "%u allocate %u 1 cached\n", i, 3 * i);
	fclose(out);
	assert_int_equal(testing_read(&trace, text, size, &err), -EINVAL);
	assert_non_null(strstr(err.message, "t:65538: more than 65536 held at once"));
	free(text);
}

/* Whatever the bytes: accepted and whole, or refused with a message. Seeds are printed. */
static void damaged_files_are_refused_or_whole(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 1000; seed++) {
		char text[sizeof(whole)];
		size_t length = sizeof(whole) - 1;
		struct err err = ERR_INIT;
		struct churn_trace trace;
		struct rng rng;

		memcpy(text, whole, sizeof(whole));
		rng_seed(&rng, seed);
		for (uint64_t i = 0, n = 1 + rng_below(&rng, 4); i < n; i++)
			text[rng_below(&rng, length)] = (char)rng_below(&rng, 256);
		if (rng_below(&rng, 4) == 0)
			length = 1 + (size_t)rng_below(&rng, length);

		int rc = testing_read(&trace, text, length, &err);
		int64_t held = 0;

		for (uint32_t i = 0; i < trace.count; i++)
			held += churn_takes(&trace.event[i]) ? 1 : -1;
		if ((rc != 0 && (rc != -EINVAL || !err.message[0] || trace.event)) || held != 0)
			fail_msg("seed %llu: %d, %lld held, %s", (unsigned long long)seed, rc,
				(long long)held, err.message);
		churn_free(&trace);
	}
}

static void what_is_written_reads_the_same(void **state)
{
	char path[] = "/tmp/dmabench-churn-XXXXXX";
	int fd = mkstemp(path);
	struct churn_trace trace, again;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(testing_read(&trace, whole, sizeof(whole) - 1, NULL), 0);
	assert_int_equal(churn_write(&trace, path, "a note\nof two lines", NULL), 0);
	assert_int_equal(churn_read(&again, path, NULL), 0);
	testing_same(&trace, &again);

	char *first = testing_text(path);

	assert_string_equal(first, "dmabench-trace 1\n# a note of two lines\n"
				   "# NUMBER OPERATION ID [BYTES HOW [OFFSET]]\n"
				   "0 allocate 0 65536 cached\n1 lock 1 100 modify 4000\n"
				   "2 allocate 2 1 uncached\n3 release 0\n4 lock 3 8192 read 0\n"
				   "5 unlock 1\n6 unlock 3\n7 release 2\nend 8\n");
	assert_int_equal(churn_write(&again, path, "a note\nof two lines", NULL), 0);

	char *second = testing_text(path);

	assert_string_equal(first, second);
	free(first);
	free(second);
	churn_free(&trace);
	churn_free(&again);
	unlink(path);
}

static void a_file_that_is_not_there_is_named(void **state)
{
	struct err err = ERR_INIT;
	struct churn_trace trace;

	(void)state;
	assert_int_equal(churn_read(&trace, "/no/such.trace", &err), -ENOENT);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "/no/such.trace: cannot be read"));

	assert_int_equal(testing_read(&trace, whole, sizeof(whole) - 1, NULL), 0);
	err = (struct err)ERR_INIT;
	assert_int_equal(churn_write(&trace, "/no/such.trace", NULL, &err), -ENOENT);
	assert_int_equal(err.kind, ERR_MISSING);
	err = (struct err)ERR_INIT;
	assert_int_equal(churn_write(&trace, "/dev/full", NULL, &err), -ENOSPC);
	churn_free(&trace);
}

static void every_failing_step_leaves_nothing(void **state)
{
	char path[] = "/tmp/dmabench-churn-XXXXXX";
	int fd = mkstemp(path), rc = -1;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, whole, sizeof(whole) - 1), sizeof(whole) - 1);
	close(fd);
	for (unsigned nth = 1; rc != 0; nth++) {
		struct err err = ERR_INIT;
		struct churn_trace trace;

		assert_true(nth < 32);
		fault_arm(nth, false);
		rc = churn_read(&trace, path, &err);
		rc = rc ? rc : churn_write(&trace, path, NULL, &err);
		assert_int_equal(rc != 0, fault_fired() != NULL);
		assert_int_equal(rc != 0, err.message[0] != '\0');
		fault_arm(0, false);
		churn_free(&trace);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_says_what_it_says),
		cmocka_unit_test(what_is_wrong_is_named_with_its_line),
		cmocka_unit_test(a_long_comment_is_no_matter),
		cmocka_unit_test(more_held_than_can_be_named_is_refused),
		cmocka_unit_test(damaged_files_are_refused_or_whole),
		cmocka_unit_test(what_is_written_reads_the_same),
		cmocka_unit_test(a_file_that_is_not_there_is_named),
		cmocka_unit_test(every_failing_step_leaves_nothing),
	};

	return cmocka_run_group_tests_name("churn read", tests, NULL, NULL);
}
