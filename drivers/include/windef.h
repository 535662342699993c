/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * windef.h: the Win32 spellings of the base types, which display-driver headers shared with miniports
 * use. Nothing of the port needs it.
 */
#ifndef WINDEF_H
#define WINDEF_H

#include "ntdef.h"

typedef UCHAR BYTE, *PBYTE, *LPBYTE;
typedef USHORT WORD, *PWORD, *LPWORD;
typedef ULONG DWORD, *PDWORD, *LPDWORD;
typedef int BOOL, *PBOOL, *LPBOOL;
typedef int INT, *PINT, *LPINT;
typedef unsigned int UINT, *PUINT;
typedef float FLOAT, *PFLOAT;
typedef PVOID LPVOID;
typedef CONST VOID *LPCVOID;
typedef DWORD COLORREF;

typedef struct tagRECT {
	LONG left;
	LONG top;
	LONG right;
	LONG bottom;
} RECT, *PRECT, RECTL, *PRECTL;

typedef struct tagPOINT {
	LONG x;
	LONG y;
} POINT, *PPOINT, POINTL, *PPOINTL;

typedef struct tagSIZE {
	LONG cx;
	LONG cy;
} SIZE, *PSIZE, SIZEL, *PSIZEL;

#define LOBYTE(w)      ((BYTE)((ULONG_PTR)(w)&0xFF))
#define HIBYTE(w)      ((BYTE)((ULONG_PTR)(w) >> 8 & 0xFF))
#define LOWORD(l)      ((WORD)((ULONG_PTR)(l)&0xFFFF))
#define HIWORD(l)      ((WORD)((ULONG_PTR)(l) >> 16 & 0xFFFF))
#define MAKEWORD(a, b) ((WORD)((BYTE)(a) | (WORD)(BYTE)(b) << 8))
#define MAKELONG(a, b) ((LONG)((WORD)(a) | (DWORD)(WORD)(b) << 16))

#endif
