// SPDX-License-Identifier: BSD-2-Clause
/*
 * layout_bus.c: no code; the layouts of what stands below the video port's interface: the DMA
 * description it is turned into, and PCI configuration space. Apart from layout.c, because a DDK
 * has them in headers that do not go together with video.h.
 */
#include "drivers/include/miniport.h"

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has another size")
#define OFFSET(type, field, bytes)                                                                 \
	_Static_assert(offsetof(type, field) == (bytes), #type "." #field " is elsewhere")

SIZE(DEVICE_DESCRIPTION, 64);
OFFSET(DEVICE_DESCRIPTION, DeviceAddress, 56);

SIZE(PCI_COMMON_CONFIG, 256);
OFFSET(PCI_COMMON_CONFIG, u, 16);
OFFSET(PCI_COMMON_CONFIG, DeviceSpecific, 64);
