/* SPDX-License-Identifier: BSD-2-Clause */
/* poppack.h: the end of pshpack1.h. */
#pragma pack(pop)
