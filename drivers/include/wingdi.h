/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wingdi.h: colours, the only part of that header a framebuffer miniport's mode tables share with its
 * display driver.
 */
#ifndef WINGDI_H
#define WINGDI_H

#include "windef.h"

#define RGB(r, g, b) ((COLORREF)((BYTE)(r) | (DWORD)(BYTE)(g) << 8 | (DWORD)(BYTE)(b) << 16))

#define BI_RGB       0
#define BI_BITFIELDS 3

typedef struct tagRGBQUAD {
	BYTE rgbBlue;
	BYTE rgbGreen;
	BYTE rgbRed;
	BYTE rgbReserved;
} RGBQUAD, *PRGBQUAD;

typedef struct tagPALETTEENTRY {
	BYTE peRed;
	BYTE peGreen;
	BYTE peBlue;
	BYTE peFlags;
} PALETTEENTRY, *PPALETTEENTRY;

#endif
