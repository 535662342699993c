// SPDX-License-Identifier: BSD-2-Clause
/*
 * exports.c: the functions a driver may call, by name (VideoPortGetProcAddress). One row for each
 * function video.h declares; exports_test.c compares the two.
 */
#include "drivers/videoport/priv.h"

#include <string.h>

/* In alphabetical order. */
#define EXPORTS(X)                                                                                 \
	X(VideoPortAcquireDeviceLock)                                                              \
	X(VideoPortAcquireSpinLock)                                                                \
	X(VideoPortAcquireSpinLockAtDpcLevel)                                                      \
	X(VideoPortAllocateCommonBuffer)                                                           \
	X(VideoPortAllocatePool)                                                                   \
	X(VideoPortClearEvent)                                                                     \
	X(VideoPortCompareMemory)                                                                  \
	X(VideoPortCompleteDma)                                                                    \
	X(VideoPortCreateEvent)                                                                    \
	X(VideoPortCreateSpinLock)                                                                 \
	X(VideoPortDebugPrint)                                                                     \
	X(VideoPortDeleteEvent)                                                                    \
	X(VideoPortDeleteSpinLock)                                                                 \
	X(VideoPortFreeDeviceBase)                                                                 \
	X(VideoPortFreePool)                                                                       \
	X(VideoPortGetAccessRanges)                                                                \
	X(VideoPortGetBusData)                                                                     \
	X(VideoPortGetCurrentIrql)                                                                 \
	X(VideoPortGetDeviceBase)                                                                  \
	X(VideoPortGetDmaAdapter)                                                                  \
	X(VideoPortGetRegistryParameters)                                                          \
	X(VideoPortInitialize)                                                                     \
	X(VideoPortInterlockedDecrement)                                                           \
	X(VideoPortInterlockedExchange)                                                            \
	X(VideoPortInterlockedIncrement)                                                           \
	X(VideoPortLockBuffer)                                                                     \
	X(VideoPortLogError)                                                                       \
	X(VideoPortMoveMemory)                                                                     \
	X(VideoPortPutDmaAdapter)                                                                  \
	X(VideoPortQueryPerformanceCounter)                                                        \
	X(VideoPortQuerySystemTime)                                                                \
	X(VideoPortQueueDpc)                                                                       \
	X(VideoPortReadPortBufferUchar)                                                            \
	X(VideoPortReadPortBufferUlong)                                                            \
	X(VideoPortReadPortBufferUshort)                                                           \
	X(VideoPortReadPortUchar)                                                                  \
	X(VideoPortReadPortUlong)                                                                  \
	X(VideoPortReadPortUshort)                                                                 \
	X(VideoPortReadRegisterBufferUchar)                                                        \
	X(VideoPortReadRegisterBufferUlong)                                                        \
	X(VideoPortReadRegisterBufferUshort)                                                       \
	X(VideoPortReadRegisterUchar)                                                              \
	X(VideoPortReadRegisterUlong)                                                              \
	X(VideoPortReadRegisterUshort)                                                             \
	X(VideoPortReadStateEvent)                                                                 \
	X(VideoPortReleaseCommonBuffer)                                                            \
	X(VideoPortReleaseDeviceLock)                                                              \
	X(VideoPortReleaseSpinLock)                                                                \
	X(VideoPortReleaseSpinLockFromDpcLevel)                                                    \
	X(VideoPortSetEvent)                                                                       \
	X(VideoPortStallExecution)                                                                 \
	X(VideoPortStartDma)                                                                       \
	X(VideoPortStartTimer)                                                                     \
	X(VideoPortStopTimer)                                                                      \
	X(VideoPortSynchronizeExecution)                                                           \
	X(VideoPortUnlockBuffer)                                                                   \
	X(VideoPortVerifyAccessRanges)                                                             \
	X(VideoPortWaitForSingleObject)                                                            \
	X(VideoPortWritePortBufferUchar)                                                           \
	X(VideoPortWritePortBufferUlong)                                                           \
	X(VideoPortWritePortBufferUshort)                                                          \
	X(VideoPortWritePortUchar)                                                                 \
	X(VideoPortWritePortUlong)                                                                 \
	X(VideoPortWritePortUshort)                                                                \
	X(VideoPortWriteRegisterBufferUchar)                                                       \
	X(VideoPortWriteRegisterBufferUlong)                                                       \
	X(VideoPortWriteRegisterBufferUshort)                                                      \
	X(VideoPortWriteRegisterUchar)                                                             \
	X(VideoPortWriteRegisterUlong)                                                             \
	X(VideoPortWriteRegisterUshort)                                                            \
	X(VideoPortZeroDeviceMemory)                                                               \
	X(VideoPortZeroMemory)

/* The documented interface returns functions as PVOID; both are one machine word here. */
union export_address {
	void (*function)(void);
	PVOID pointer;
};

PVOID export_find(const char *name)
{
#define EXPORT_ROW(name) {#name, {.function = (void (*)(void))(name)}},
	static const struct {
		const char *name;
		union export_address address;
	} exports[] = {EXPORTS(EXPORT_ROW)};
#undef EXPORT_ROW

	for (size_t i = 0; i < sizeof(exports) / sizeof(exports[0]); i++) {
		if (strcmp(exports[i].name, name) == 0)
			return exports[i].address.pointer;
	}
	return NULL;
}
