/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntdef.h: the base types and words of the WDK dialect. Included by miniport.h, so by every
 * driver-facing header and every miniport.
 *
 * Widths are those of the dialect, not of the platform: ULONG and LONG have 32 bits everywhere,
 * WCHAR has 16 (compile with -fshort-wchar, so L"" literals fit). Words of other compilers that mean
 * nothing here (calling conventions, annotations) expand to nothing, so that sources written for them
 * compile with
 *
 *	gcc   -std=gnu11 -fms-extensions -fshort-wchar -Wno-multichar -Wno-unknown-pragmas
 *	clang -std=gnu11 -fms-extensions -fshort-wchar -Wno-four-char-constants -Wno-unknown-pragmas
 *
 * The last flag is for #pragma alloc_text and code_seg, which place code in sections: there is no
 * paged code here.
 */
#ifndef NTDEF_H
#define NTDEF_H

#include <stddef.h>
#include <stdint.h>

/* ---- words of the dialect --------------------------------------------------------------------- */

#define NTAPI
#define FASTCALL
#define CALLBACK
#define WINAPI
#define DDKAPI

#define IN
#define OUT
#define OPTIONAL
#define FAR
#define NOTHING

/* What sources ask to know how wide a pointer is. */
#if defined(__LP64__) && !defined(_WIN64)
#define _WIN64 1
#endif

/* Names for members that C has no need to name. */
#define DUMMYUNIONNAME
#define DUMMYUNIONNAME2
#define DUMMYUNIONNAME3
#define DUMMYSTRUCTNAME
#define DUMMYSTRUCTNAME2
#define DUMMYSTRUCTNAME3

#define VOID  void
#define CONST const

/* __int64 is a keyword of compilers that know the extensions; the others get it here. */
#if !defined(_MSC_EXTENSIONS)
#define __int64 long long
#define __int32 int
#define __int16 short
#define __int8 char
#endif

/* Calling conventions: there is one on x86-64. */
#undef __stdcall
#undef __cdecl
#undef __fastcall
#define __stdcall
#define __cdecl
#define __fastcall
#define _stdcall
#define _cdecl
#define _fastcall

/* __declspec: what changes layout or code is kept, what concerns the linker of others is not. */
#define DECLSPEC_WORD_align(bytes) __attribute__((aligned(bytes)))
#define DECLSPEC_WORD_noreturn     __attribute__((noreturn))
#define DECLSPEC_WORD_noinline     __attribute__((noinline))
#define DECLSPEC_WORD_deprecated   __attribute__((deprecated))
#define DECLSPEC_WORD_selectany    __attribute__((weak))
#define DECLSPEC_WORD_thread       _Thread_local
#define DECLSPEC_WORD_allocate(section)
#define DECLSPEC_WORD_dllimport
#define DECLSPEC_WORD_dllexport
#define DECLSPEC_WORD_nothrow
#define DECLSPEC_WORD_novtable
#define DECLSPEC_WORD_restrict
#define DECLSPEC_WORD_noalias
#undef __declspec
#define __declspec(word) DECLSPEC_WORD_##word
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT
#define DECLSPEC_NORETURN    __attribute__((noreturn))
#define DECLSPEC_NOINLINE    __attribute__((noinline))
#define DECLSPEC_ALIGN(size) __attribute__((aligned(size)))

#undef __forceinline
#define __forceinline __inline__ __attribute__((always_inline))
#define FORCEINLINE static __inline__ __attribute__((always_inline))
#define __unaligned
#define UNALIGNED

/* Annotations of parameters, old and new style; the library of C++ uses some of the words itself. */
#ifndef __cplusplus
#define __in
#define __out
#define __inout
#define __in_opt
#define __out_opt
#define __inout_opt
#define __deref_out
#define __reserved
#define __in_bcount(size)
#define __in_ecount(size)
#define __out_bcount(size)
#define __out_ecount(size)
#define __inout_bcount(size)
#define __checkReturn
#define _In_
#define _Out_
#define _Inout_
#define _In_opt_
#define _Out_opt_
#define _Inout_opt_
#define _In_z_
#define _Reserved_
#define _Outptr_
#define _In_reads_(size)
#define _In_reads_bytes_(size)
#define _Out_writes_(size)
#define _Out_writes_bytes_(size)
#define _Inout_updates_bytes_(size)
#define _Success_(condition)
#define _Must_inspect_result_
#define _Use_decl_annotations_
#define _Function_class_(name)
#define _IRQL_requires_(level)
#define _IRQL_requires_max_(level)
#define _IRQL_requires_min_(level)
#define _IRQL_requires_same_
#endif

/* ---- types ------------------------------------------------------------------------------------ */

typedef void *PVOID;
typedef PVOID HANDLE, *PHANDLE;

typedef char CHAR, CCHAR, *PCHAR, *PCCHAR, *PCH, *PSTR, *PSZ, *LPSTR;
typedef const char *PCSTR, *PCSZ, *PCCH, *LPCSTR;
typedef signed char SCHAR, *PSCHAR;
typedef unsigned char UCHAR, *PUCHAR;
typedef const UCHAR *PCUCHAR;
typedef int16_t SHORT, CSHORT, *PSHORT, *PCSHORT;
typedef uint16_t USHORT, *PUSHORT;
typedef const USHORT *PCUSHORT;
typedef int32_t LONG, *PLONG;
typedef uint32_t ULONG, CLONG, LOGICAL, *PULONG, *PLOGICAL;
typedef const ULONG *PCULONG;
typedef int32_t INT32, LONG32, *PINT32;
typedef uint32_t UINT32, ULONG32, *PUINT32;
typedef long long LONGLONG, *PLONGLONG, LONG64, INT64;
typedef unsigned long long ULONGLONG, *PULONGLONG, ULONG64, UINT64, DWORDLONG;
typedef uintptr_t ULONG_PTR, *PULONG_PTR, UINT_PTR, KAFFINITY;
typedef intptr_t LONG_PTR, *PLONG_PTR, INT_PTR;
typedef ULONG_PTR SIZE_T, *PSIZE_T;
typedef LONG_PTR SSIZE_T, *PSSIZE_T;
typedef UCHAR BOOLEAN, *PBOOLEAN;
typedef UCHAR KIRQL, *PKIRQL;
typedef unsigned short WCHAR, *PWCHAR, *PWCH, *PWSTR, *LPWSTR;
typedef const WCHAR *PCWCH, *PCWSTR, *LPCWSTR;
typedef LONG NTSTATUS, *PNTSTATUS;

#ifndef TRUE
#define TRUE  1
#define FALSE 0
#endif

#define ANYSIZE_ARRAY 1
#define UNICODE_NULL  ((WCHAR)0)
#define MINCHAR       0x80
#define MAXCHAR       0x7F
#define MAXUCHAR      0xFF
#define MINSHORT      0x8000
#define MAXSHORT      0x7FFF
#define MAXUSHORT     0xFFFF
#define MINLONG       0x80000000u
#define MAXLONG       0x7FFFFFFF
#define MAXULONG      0xFFFFFFFFu
#define MAXLONGLONG   0x7FFFFFFFFFFFFFFFLL

#define NT_SUCCESS(status)     ((NTSTATUS)(status) >= 0)
#define NT_INFORMATION(status) ((ULONG)(status) >> 30 == 1)
#define NT_WARNING(status)     ((ULONG)(status) >> 30 == 2)
#define NT_ERROR(status)       ((ULONG)(status) >> 30 == 3)

/* The anonymous {LowPart, HighPart} comes first: clients use flattened initialisers. */
typedef union _LARGE_INTEGER {
	__extension__ struct {
		ULONG LowPart;
		LONG HighPart;
	};
	struct {
		ULONG LowPart;
		LONG HighPart;
	} u;
	LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
	__extension__ struct {
		ULONG LowPart;
		ULONG HighPart;
	};
	struct {
		ULONG LowPart;
		ULONG HighPart;
	} u;
	ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

typedef struct _LIST_ENTRY {
	struct _LIST_ENTRY *Flink;
	struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
	struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct _UNICODE_STRING {
	USHORT Length; /* bytes, without a terminator */
	USHORT MaximumLength;
	PWSTR Buffer;
} UNICODE_STRING, *PUNICODE_STRING;

typedef struct _GUID {
	ULONG Data1;
	USHORT Data2;
	USHORT Data3;
	UCHAR Data4[8];
} GUID, *LPGUID;

/* With INITGUID a definition, else a declaration. */
#ifdef INITGUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                               \
	const GUID __attribute__((weak)) name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) extern const GUID name
#endif

#ifdef __cplusplus
#define IsEqualGUID(a, b) (!__builtin_memcmp(&(a), &(b), sizeof(GUID)))
#else
#define IsEqualGUID(a, b) (!__builtin_memcmp((a), (b), sizeof(GUID)))
#endif

/* ---- small helpers every driver of the time uses ------------------------------------------------ */

#define Int32x32To64(a, b)  ((LONGLONG)(LONG)(a) * (LONG)(b))
#define UInt32x32To64(a, b) ((ULONGLONG)(ULONG)(a) * (ULONG)(b))

#define Int64ShllMod32(a, b) ((ULONGLONG)(a) << ((b)&31))
#define Int64ShraMod32(a, b) ((LONGLONG)(a) >> ((b)&31))
#define Int64ShrlMod32(a, b) ((ULONGLONG)(a) >> ((b)&31))

#if !defined(NOMINMAX) && !defined(min) && !defined(__cplusplus)
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#endif

/* Between numbers and addresses, by way of a number as wide as an address. */
#define PtrToUlong(p)    ((ULONG)(ULONG_PTR)(p))
#define PtrToLong(p)     ((LONG)(LONG_PTR)(p))
#define PtrToUint(p)     ((unsigned int)(ULONG_PTR)(p))
#define PtrToInt(p)      ((int)(LONG_PTR)(p))
#define PtrToUshort(p)   ((USHORT)(ULONG_PTR)(p))
#define PtrToShort(p)    ((SHORT)(LONG_PTR)(p))
#define ULongToPtr(n)    ((PVOID)(ULONG_PTR)(ULONG)(n))
#define UlongToPtr(n)    ULongToPtr(n)
#define LongToPtr(n)     ((PVOID)(LONG_PTR)(LONG)(n))
#define UIntToPtr(n)     ULongToPtr(n)
#define UintToPtr(n)     ULongToPtr(n)
#define IntToPtr(n)      LongToPtr(n)
#define HandleToULong(h) PtrToUlong(h)
#define HandleToUlong(h) PtrToUlong(h)
#define HandleToLong(h)  PtrToLong(h)
#define ULongToHandle(n) ULongToPtr(n)
#define UlongToHandle(n) ULongToPtr(n)
#define LongToHandle(n)  LongToPtr(n)

/* Compilers make code, or a call of the C library's function, of them. */
#define RtlZeroMemory(to, bytes)        __builtin_memset((to), 0, (bytes))
#define RtlFillMemory(to, bytes, value) __builtin_memset((to), (value), (bytes))
#define RtlCopyMemory(to, from, bytes)  __builtin_memcpy((to), (from), (bytes))
#define RtlMoveMemory(to, from, bytes)  __builtin_memmove((to), (from), (bytes))
#define RtlEqualMemory(a, b, bytes)     (!__builtin_memcmp((a), (b), (bytes)))

#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#define CONTAINING_RECORD(address, type, field)                                                    \
	((type *)((PCHAR)(address) - (ULONG_PTR)offsetof(type, field)))
#define RTL_NUMBER_OF(array)        (sizeof(array) / sizeof((array)[0]))
#define ARRAYSIZE(array)            RTL_NUMBER_OF(array)
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#define RTL_SIZEOF_THROUGH_FIELD(type, field)                                                      \
	(FIELD_OFFSET(type, field) + RTL_FIELD_SIZE(type, field))
#define RTL_CONTAINS_FIELD(structure, size, field)                                                 \
	((PCHAR)(&(structure)->field) + sizeof((structure)->field) <= (PCHAR)(structure) + (size))
#define ARGUMENT_PRESENT(argument) ((PVOID)(argument) != NULL)
#define TYPE_ALIGNMENT(type)                                                                       \
	offsetof(                                                                                  \
		struct {                                                                           \
			CHAR first;                                                                \
			type field;                                                                \
		},                                                                                 \
		field)
#define C_ASSERT(condition)             _Static_assert(condition, #condition)
#define UNREFERENCED_PARAMETER(p)       ((void)(p))
#define UNREFERENCED_LOCAL_VARIABLE     UNREFERENCED_PARAMETER
#define DBG_UNREFERENCED_PARAMETER      UNREFERENCED_PARAMETER
#define DBG_UNREFERENCED_LOCAL_VARIABLE UNREFERENCED_PARAMETER

#endif
