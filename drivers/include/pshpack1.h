/* SPDX-License-Identifier: BSD-2-Clause */
/* pshpack1.h: structures from here on are packed, as those of a BIOS are, until poppack.h. Included as often as needed. */
#pragma pack(push, 1)
