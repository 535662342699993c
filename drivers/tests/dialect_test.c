// SPDX-License-Identifier: BSD-2-Clause
/*
 * dialect_test.c: the headers take a source written for other compilers: dialect/dialect.c compiles
 * with gcc and clang, checked and free, and each word below by itself.
 */
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define FLAGS                                                                                      \
	"-std=gnu11 -fms-extensions -fshort-wchar -fsyntax-only -Wno-multichar "                   \
	"-Wno-unknown-pragmas -Idrivers/include "

static const char *const compilers[] = {
	"gcc -Wall -Werror -Wno-missing-braces -Wno-unused " FLAGS,
	"clang -w " FLAGS,
	"clang -w -fms-compatibility " FLAGS,
};

#define COMPILERS (sizeof(compilers) / sizeof(compilers[0]))

static void the_whole_source_compiles(void **state)
{
	static const char *const builds[] = {"", "-DDBG=0", "-DDBG=1"};
	char command[512];

	(void)state;
	for (unsigned c = 0; c < COMPILERS; c++) {
		for (unsigned b = 0; b < 3; b++) {
			snprintf(command, sizeof(command), "%s %s drivers/tests/dialect/dialect.c",
				compilers[c], builds[b]);
			if (system(command) != 0)
				fail_msg("failed: %s", command);
		}
	}
}

/* Whether @text compiles behind video.h. */
static int compiles(const char *compiler, const char *text)
{
	char command[512];
	FILE *pipe;

	snprintf(command, sizeof(command), "%s -x c - 2>/dev/null", compiler);
	pipe = popen(command, "w");
	assert_non_null(pipe);
	fprintf(pipe, "#include <video.h>\n%s\n", text);
	return pclose(pipe) == 0;
}

static void each_word_compiles(void **state)
{
	static const char *const texts[] = {
		"__int64 a; unsigned __int64 b = 0xFFFFFFFF00000000; __int32 c; __int16 d; __int8 "
		"e;",
		"__declspec(dllimport) ULONG imported; __declspec(dllexport) ULONG exported;",
		"__declspec(selectany) ULONG anywhere = 1;",
		"__declspec(align(32)) static UCHAR aligned[32]; "
		"typedef char check[__alignof__(aligned) == 32 ? 1 : -1];",
		"__declspec(noreturn) void gone(void);",
		"typedef struct _A { ULONG a; } A; struct B { A; ULONG b; } x = {{1}, 2}; "
		"ULONG f(void) { return x.a; }",
		"ULONG tag = 'gatD';",
		"WCHAR wide[] = L\"wide\"; typedef char check[sizeof(wide) == 10 ? 1 : -1];",
		"void f(__in PVOID a, __out_opt PVOID b, _In_reads_bytes_(n) PVOID c, ULONG n);",
		"#pragma code_seg(\"PAGE\")\n#pragma code_seg()\nint i;",
		"PVIDEO_HW_INTERRUPT __cdecl get(void);",
		"void f(void) { VideoDebugPrint((Error, \"%d\\n\", 1)); ASSERT(1); PAGED_CODE(); }",
		"#include <ntddvdeo.h>\nULONG f(PVIDEO_HARDWARE_STATE s) "
		"{ return s->StateHeader->PortValue[0x2F] + s->StateHeader->BasicDacOffset; }",
		"#include <pshpack1.h>\nstruct p { UCHAR a; ULONG b; };\n#include <poppack.h>\n"
		"typedef char check[sizeof(struct p) == 5 ? 1 : -1]; struct q { UCHAR a; ULONG b; "
		"}; "
		"typedef char also[sizeof(struct q) == 8 ? 1 : -1];",
		"#include <initguid.h>\nDEFINE_GUID(Mine, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);\n"
		"int f(const GUID *g) { return IsEqualGUID(g, &Mine); }",
		"void f(PUCHAR a, PUCHAR b) { RtlZeroMemory(a, 2); RtlCopyMemory(a, b, 2); "
		"RtlMoveMemory(a, b, 2); RtlFillMemory(a, 2, 3); }",
		"LONGLONG f(void) { return Int32x32To64(-10000, 10000); }",
		"void f(PVRB_SG list, PUCHAR in, PUCHAR at, PULONG length, ULONG_PTR *address) "
		"{ GET_VIDEO_PHYSICAL_ADDRESS(list, at, in, length, *address); }",
		"ULONG f(IN PVOID a OPTIONAL) { return ARGUMENT_PRESENT(a) ? PtrToUlong(a) : "
		"PtrToUlong(UlongToPtr(1)); }",
		"struct s { union { struct { UCHAR Lo, Hi; } DUMMYSTRUCTNAME; USHORT Both; } "
		"DUMMYUNIONNAME; }; UCHAR f(struct s *s) { s->Both = 1; return s->Lo; }",
		"LONG f(LONG a) { return min(a, MAXLONG) + max(a, 0); }",
		"int f(NTSTATUS s) { return NT_ERROR(s) || NT_WARNING(s) || NT_INFORMATION(s); }",
		"struct s { ULONG a, b; }; typedef char check[RTL_SIZEOF_THROUGH_FIELD(struct s, "
		"b) "
		"== 8 && TYPE_ALIGNMENT(ULONG) == 4 ? 1 : -1];",
		"PSZ a; CCHAR b; CSHORT c; LPSTR d; LPWSTR e; LOGICAL f; PCUCHAR g;\n"
		"#include <windef.h>\nLPCSTR h;",
		"#ifdef _WIN64\ntypedef char check[sizeof(PVOID) == 8 ? 1 : -1];\n#else\n"
		"typedef char check[sizeof(PVOID) == 4 ? 1 : -1];\n#endif",
		"static VP_STATUS NTAPI f(ULONG_PTR c, ULONG port, UCHAR mode, PUCHAR data) { "
		"return 0; }\n"
		"EMULATOR_ACCESS_ENTRY e = {0x3C0, 2, Uchar, EMULATOR_READ_ACCESS, FALSE, "
		"(PVOID)f}; "
		"PDRIVER_IO_PORT_UCHAR g = f;",
	};

	(void)state;
	for (unsigned c = 0; c < COMPILERS; c++) {
		for (unsigned t = 0; t < sizeof(texts) / sizeof(texts[0]); t++)
			if (!compiles(compilers[c], texts[t]))
				fail_msg("%s: does not compile: %s", compilers[c], texts[t]);
		/* The check itself can fail. */
		assert_false(
			compiles(compilers[c], "typedef char check[sizeof(ULONG) == 8 ? 1 : -1];"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_source_compiles),
		cmocka_unit_test(each_word_compiles),
	};

	return cmocka_run_group_tests_name("dialect", tests, NULL, NULL);
}
