// SPDX-License-Identifier: BSD-2-Clause
/* miniport_build_test.c: scripts/miniport-build as an author meets it: what it makes, refuses and says. */
#include "bench/tests/driver_testing.h"

#include <sys/wait.h>

#include "drivers/videoport/exports.h"

static const char good[] = "#include \"video.h\"\n"
			   "ULONG NTAPI DriverEntry(PVOID a, PVOID b)\n"
			   "{\n"
			   "	(void)b;\n"
			   "	return a == NULL ? 'gaTT' : 0;\n"
			   "}\n";

/* Runs the script with @arguments; @text receives what it said. Return: exit code. */
static int build(const char *arguments, char *text, size_t room)
{
	char command[3 * PATH_MAX];
	FILE *out;

	snprintf(command, sizeof(command), "%s %s 2>&1", at_top("scripts/miniport-build"),
		arguments);
	out = popen(command, "r");
	assert_non_null(out);
	text[fread(text, 1, room - 1, out)] = '\0';

	const int status = pclose(out);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect_build(const char *arguments, int code, const char *says)
{
	char text[4096];
	const int found = build(arguments, text, sizeof(text));

	if (found != code || !strstr(text, says))
		fail_msg("%s: exit %d with '%s' expected, found exit %d:\n%s", arguments, code,
			says, found, text);
}

static void sources_become_a_module_anywhere(void **state)
{
	(void)state;
	file_write("good.c", good);
	file_write("other part.c", "#include \"video.h\"\n"
				   "#ifndef NAME\n#error no name\n#endif\n"
				   "const char *Another(void) { return NAME; }\n");
	expect_build("good.so good.c", 0, "");
	expect_build("--cc clang good.so good.c", 0, "");
	expect_build("-D 'NAME=\"it'\\''s $me\"' --cc=gcc two.so good.c 'other part.c'", 0, "");
	expect_build("--help", 0, "Exit: 0 built; 2 usage");
	assert_int_equal(access("good.so", R_OK), 0);
	assert_int_equal(access("two.so", R_OK), 0);
	assert_int_equal(entries_here(), 4); /* and nothing else is left */
}

static void msvc_habits_are_accepted(void **state)
{
	(void)state;
	file_write("msvc.c",
		"#include \"dderror.h\"\n#include \"devioctl.h\"\n#include \"miniport.h\"\n"
		"#include \"ntddvdeo.h\"\n#include \"video.h\"\n"
		"typedef struct _A { struct { ULONG x; ULONG y; }; WCHAR *name; } A;\n"
		"ULONG DriverEntry(PVOID, PVOID);\n"
		"#if defined(ALLOC_PRAGMA)\n#pragma alloc_text(INIT,DriverEntry)\n#endif\n"
		"#pragma warning(disable: 4100)\n"
		"static WCHAR Name[] = L\"two bytes\";\n"
		"typedef char CheckWchar[sizeof(Name) == 20 ? 1 : -1];\n"
		"ULONG DriverEntry(PVOID Context1, PVOID Context2)\n"
		"{ A a = {{1, 2}, Name}; UCHAR *p = \"text\";\n"
		"  return a.x + a.y + 'gATT' + p[0] + (ULONG)a.name[0]; }\n");
	expect_build("msvc.so msvc.c", 0, "");
	expect_build("--cc clang msvc.so msvc.c", 0, "");
}

/* Whatever part of video.h declares it. */
static void every_function_of_the_port_may_be_called(void **state)
{
	const struct export_row *row;
	FILE *file = fopen("all.c", "w");

	(void)state;
	assert_non_null(file);
	fputs("#include \"video.h\"\nvoid (*volatile All[])(void) = {\n", file);
	for (unsigned i = 0; (row = export_at(i)); i++)
		fprintf(file, "	(void (*)(void))%s,\n", row->name);
	fputs("};\nULONG DriverEntry(PVOID a, PVOID b) { return All[0] == 0; }\n", file);
	assert_int_equal(fclose(file), 0);
	expect_build("all.so all.c", 0, "");
	expect_build("--cc clang all.so all.c", 0, "");

	/* It loads, so the program has them all, and is then told that it registered nothing. */
	struct said said = SAY("driver", "all.so");

	assert_code(said, 1);
	assert_says(said.out, "DriverEntry");
	said_free(&said);
}

static void what_is_wrong_is_named(void **state)
{
	(void)state;
	file_write("good.c", good);
	file_write("bad.c", "#include \"video.h\"\nULONG DriverEntry(PVOID a) { return b; }\n");
	file_write("calls.c", "#include \"video.h\"\nint printf(const char *, ...);\n"
			      "VOID NTAPI VideoPortFlyAway(PVOID);\n"
			      "ULONG DriverEntry(PVOID a, PVOID b)\n"
			      "{ VideoPortFlyAway(a); return (ULONG)printf(\"no\"); }\n");
	file_write("implicit.c", "#include \"video.h\"\nULONG DriverEntry(PVOID a, PVOID b)\n"
				 "{ return VideoPortTeleport(a); }\n");
	file_write("empty.c", "#include \"video.h\"\nint Nothing(void) { return 0; }\n");
	file_write("hidden.c", "#include \"video.h\"\n#include \"secret.h\"\n");
	expect_build("", 2, "usage: miniport-build");
	expect_build("x.so", 2, "usage: miniport-build");
	expect_build("x.so absent.c", 2, "absent.c: cannot be read");
	expect_build("x.sys good.c", 2, "x.sys: the name of a module ends in .so");
	expect_build("no/such/x.so good.c", 2, "there is no folder no/such");
	expect_build("x.so good.so", 2, "good.so: cannot be read");
	expect_build("--fast x.so good.c", 2, "unknown option --fast");
	expect_build("--cc", 2, "--cc: a value is missing");
	expect_build("--cc harfcc x.so good.c", 3, "harfcc: no such compiler");
	expect_build("x.so bad.c", 2, "bad.c: does not compile");
	expect_build("x.so hidden.c", 2, "secret.h");
	expect_build("x.so good.c calls.c", 2, "multiple definition");
	expect_build("x.so calls.c", 2, "calls.c: calls printf, which videoprt does not export");
	expect_build("x.so calls.c", 2, "calls.c: calls VideoPortFlyAway, which");
	expect_build("x.so implicit.c", 2, "VideoPortTeleport");
	expect_build("/proc/x.so good.c", 3, "/proc/x.so: cannot be written");
	expect_build("x.so empty.c", 2, "no source defines DriverEntry");
	assert_int_equal(access("x.so", F_OK), -1);
}

static void an_old_module_stays_when_a_new_one_fails(void **state)
{
	(void)state;
	file_write("good.c", good);
	file_write("bad.c", "no c\n");
	expect_build("good.so good.c", 0, "");
	expect_build("good.so bad.c", 2, "bad.c: does not compile");
	assert_int_equal(access("good.so", R_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sources_become_a_module_anywhere),
		TEST(msvc_habits_are_accepted),
		TEST(every_function_of_the_port_may_be_called),
		TEST(what_is_wrong_is_named),
		TEST(an_old_module_stays_when_a_new_one_fails),
	};

	return cmocka_run_group_tests_name("miniport-build", tests, top_note, NULL);
}
