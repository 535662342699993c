// SPDX-License-Identifier: BSD-2-Clause
/* memory.c: memory routines of the driver (videoport.md 2.6). Pool: pool.c. */
#include "drivers/videoport/priv.h"

#include <string.h>

VOID NTAPI VideoPortZeroMemory(PVOID Destination, ULONG Length)
{
	memset(Destination, 0, Length);
}

VOID NTAPI VideoPortMoveMemory(PVOID Destination, PVOID Source, ULONG Length)
{
	memmove(Destination, Source, Length);
}

ULONG NTAPI VideoPortCompareMemory(PVOID Source1, PVOID Source2, SIZE_T Length)
{
	const unsigned char *a = Source1, *b = Source2;
	SIZE_T equal = 0;

	isr_list_check("VideoPortCompareMemory");

	while (equal < Length && a[equal] == b[equal])
		equal++;
	return (ULONG)equal;
}
