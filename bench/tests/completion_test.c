// SPDX-License-Identifier: BSD-2-Clause
/* completion_test.c: the script of --completion, in a bash that has nothing but it: what is offered for the last word of a line. */
#include "bench/tests/testing.h"

/* Bash's answer to TAB behind @words, blanks between them, as "word word "; the last may be empty. */
static char *offered(const char *words)
{
	char command[1024];
	char *text = NULL;
	size_t size = 0;

	snprintf(command, sizeof(command),
		"bash --norc -c '. ./script; IFS=\" \" read -ra COMP_WORDS <<<\"%s\"; line=\"%s\"; "
		"[ \"${line%% }\" = \"$line\" ] || COMP_WORDS+=(\"\"); "
		"COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
		"_dmabench; printf \"%%s \" \"${COMPREPLY[@]}\"'",
		words, words);
	FILE *pipe = popen(command, "r");

	assert_non_null(pipe);
	assert_true(getdelim(&text, &size, '\0', pipe) >= 0);
	assert_int_equal(pclose(pipe), 0);
	return text;
}

struct offer {
	const char *words, *has, *has_not; /* a part of what is offered, NULL: nothing said */
};

static void the_last_word_is_completed(void **state)
{
	static const struct offer offers[] = {
		{"dmabench ", "run driver rules list report export import ", "latest"},
		{"dmabench re", "report ", "run "},
		{"dmabench run ver", "verifier", "--"},
		{"dmabench run own.", "own.ini ", "verifier"},
		{"dmabench count own.", "own.ini ", "verifier"},
		{"dmabench run --dr", "--driver --dry-run ", "--db"},
		{"dmabench run --set device.fa", "device.fault= ", "depth"},
		{"dmabench run --json own", "own.ini ", NULL},
		{"dmabench run --strategy com", "common ", "packet"},
		{"dmabench run --strategy packet,com", "packet,common ", "hybrid"},
		{"dmabench stress --faults flip,unp", "flip,unposted ", NULL},
		{"dmabench stress --mode ", "deterministic live ", "all"},
		{"dmabench stress --seeds ", NULL, "own.ini"},
		{"dmabench export ", "gbench csv junit markdown openmetrics ", NULL},
		{"dmabench export csv ", NULL, "junit"},
		{"dmabench list st", "strategies ", "runs"},
		{"dmabench import ow", "own.ini ", NULL},
		{"dmabench nothing ", NULL, "run"},
	};
	struct said said = SAY("--completion");

	(void)state;
	assert_code(said, 0);
	file_write("script", said.out);
	file_write("own.ini", "");
	said_free(&said);
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		char *text = offered(offers[i].words);

		if (offers[i].has && !strstr(text, offers[i].has))
			fail_msg("'%s': '%s' offered, '%s' expected", offers[i].words, text,
				offers[i].has);
		if (offers[i].has_not && strstr(text, offers[i].has_not))
			fail_msg("'%s': '%s' offered, no '%s' expected", offers[i].words, text,
				offers[i].has_not);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_last_word_is_completed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
