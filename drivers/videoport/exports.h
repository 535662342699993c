/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exports.h: every function of video.h, how far it is there, and which requirements and rules speak of
 * it. exports.c makes the table of VideoPortGetProcAddress from it, drivers/docs/videoport.md is
 * generated from it, exports_test.c compares it with the headers.
 *
 *	FULL     works as documented
 *	STUB     does what is documented and no more: fixed results, recorded arguments
 *	REFUSED  cannot be offered by a process: answers with its documented failure
 *
 * References: R- and D- are requirements and decisions, 2.x sections of the interface's description,
 * numbers of three digits rules of the verifier.
 */
#ifndef VIDEOPORT_EXPORTS_H
#define VIDEOPORT_EXPORTS_H

/* In alphabetical order. */
#define EXPORTS(X)                                                                                 \
	X(VideoPortAcquireDeviceLock, FULL, "R-075, 601")                                          \
	X(VideoPortAcquireSpinLock, FULL, "R-077, 601, 701, 702")                                  \
	X(VideoPortAcquireSpinLockAtDpcLevel, FULL, "R-077, 602, 701, 702, 704")                   \
	X(VideoPortAllocateBuffer, FULL, "2.4, 601, 809, 919")                                     \
	X(VideoPortAllocateCommonBuffer, FULL, "R-041, 101, 102, 103, 201, 202, 203, 204, 601")    \
	X(VideoPortAllocateContiguousMemory, FULL, "2.4, 601, 919")                                \
	X(VideoPortAllocatePool, FULL, "2.6, 801, 802, 810")                                       \
	X(VideoPortAssociateEventsWithDmaHandle, STUB, "2.4, 919")                                 \
	X(VideoPortCheckForDeviceExistence, FULL, "DDI page, 601")                                 \
	X(VideoPortClearEvent, FULL, "R-078, 710")                                                 \
	X(VideoPortCompareMemory, FULL, "2.6")                                                     \
	X(VideoPortCompleteDma, FULL, "R-024, R-033, R-035, 411, 412, 413, 414")                   \
	X(VideoPortCreateEvent, FULL, "R-078, 709")                                                \
	X(VideoPortCreateSecondaryDisplay, REFUSED, "DDI page, 601")                               \
	X(VideoPortCreateSpinLock, FULL, "R-077, 601")                                             \
	X(VideoPortDDCMonitorHelper, FULL, "DDI page, 601")                                        \
	X(VideoPortDbgReportComplete, FULL, "DDI page")                                            \
	X(VideoPortDbgReportCreate, FULL, "DDI page")                                              \
	X(VideoPortDbgReportSecondaryData, FULL, "DDI page")                                       \
	X(VideoPortDebugPrint, FULL, "2.6")                                                        \
	X(VideoPortDeleteEvent, FULL, "R-078, 710, 711")                                           \
	X(VideoPortDeleteSpinLock, FULL, "R-077, 701, 706")                                        \
	X(VideoPortDisableInterrupt, FULL, "2.6, 919")                                             \
	X(VideoPortDoDma, STUB, "2.4, 919")                                                        \
	X(VideoPortEnableInterrupt, FULL, "2.6, 919")                                              \
	X(VideoPortEnumerateChildren, FULL, "DDI page, 601")                                       \
	X(VideoPortFlushRegistry, FULL, "DDI page, 601")                                           \
	X(VideoPortFreeCommonBuffer, FULL, "2.4, D-13, 205, 206, 207, 208, 209, 210, 919")         \
	X(VideoPortFreeDeviceBase, FULL, "2.6, 909, 910")                                          \
	X(VideoPortFreePool, FULL, "2.6, 803, 804, 805, 806, 807")                                 \
	X(VideoPortGetAccessRanges, FULL, "2.6, 601, 907")                                         \
	X(VideoPortGetAgpServices, REFUSED, "DDI page, 601")                                       \
	X(VideoPortGetAssociatedDeviceExtension, STUB, "DDI page")                                 \
	X(VideoPortGetAssociatedDeviceID, STUB, "DDI page")                                        \
	X(VideoPortGetBusData, FULL, "2.6, 601")                                                   \
	X(VideoPortGetBytesUsed, STUB, "2.4, 919")                                                 \
	X(VideoPortGetCommonBuffer, FULL, "2.4, D-13, 601, 919")                                   \
	X(VideoPortGetCurrentIrql, FULL, "2.5")                                                    \
	X(VideoPortGetDeviceBase, FULL, "2.6, 601, 908, 910")                                      \
	X(VideoPortGetDeviceData, REFUSED, "DDI page, 601, 919")                                   \
	X(VideoPortGetDmaAdapter, FULL, "R-011, R-030, R-058, 104, 107, 601")                      \
	X(VideoPortGetDmaContext, STUB, "2.4, 919")                                                \
	X(VideoPortGetMdl, STUB, "2.4, 919")                                                       \
	X(VideoPortGetRegistryParameters, FULL, "2.6, 601, 914")                                   \
	X(VideoPortGetRomImage, REFUSED, "DDI page, 601")                                          \
	X(VideoPortGetVersion, FULL, "2.6, 601")                                                   \
	X(VideoPortGetVgaStatus, FULL, "DDI page, 601")                                            \
	X(VideoPortInitialize, FULL, "2.6, 901, 902, 920")                                         \
	X(VideoPortInt10, REFUSED, "DDI page, 601")                                                \
	X(VideoPortInterlockedDecrement, FULL, "2.5")                                              \
	X(VideoPortInterlockedExchange, FULL, "2.5")                                               \
	X(VideoPortInterlockedIncrement, FULL, "2.5")                                              \
	X(VideoPortIsNoVesa, FULL, "DDI page")                                                     \
	X(VideoPortLockBuffer, FULL, "R-031, 301, 302, 303, 304, 305, 306, 307, 601")              \
	X(VideoPortLockPages, FULL, "2.4, 601, 919")                                               \
	X(VideoPortLogError, FULL, "2.6")                                                          \
	X(VideoPortMapBankedMemory, REFUSED, "DDI page, 601")                                      \
	X(VideoPortMapDmaMemory, STUB, "2.4, 919")                                                 \
	X(VideoPortMapMemory, FULL, "2.6, 601, 908, 911, 913")                                     \
	X(VideoPortMoveMemory, FULL, "2.6")                                                        \
	X(VideoPortPutDmaAdapter, FULL, "R-012, R-038, 101, 102, 103, 105, 106, 601")              \
	X(VideoPortQueryPerformanceCounter, FULL, "2.5, 603, 611, 612")                            \
	X(VideoPortQueryServices, FULL, "2.6, 601")                                                \
	X(VideoPortQuerySystemTime, FULL, "2.5")                                                   \
	X(VideoPortQueueDpc, FULL, "D-9, 602, 610")                                                \
	X(VideoPortReadPortBufferUchar, FULL, "2.6, 922, 923")                                     \
	X(VideoPortReadPortBufferUlong, FULL, "2.6, 922, 923")                                     \
	X(VideoPortReadPortBufferUshort, FULL, "2.6, 922, 923")                                    \
	X(VideoPortReadPortUchar, FULL, "2.6, 922, 923")                                           \
	X(VideoPortReadPortUlong, FULL, "2.6, 922, 923")                                           \
	X(VideoPortReadPortUshort, FULL, "2.6, 922, 923")                                          \
	X(VideoPortReadRegisterBufferUchar, FULL, "2.6, 923")                                      \
	X(VideoPortReadRegisterBufferUlong, FULL, "2.6, 923")                                      \
	X(VideoPortReadRegisterBufferUshort, FULL, "2.6, 923")                                     \
	X(VideoPortReadRegisterUchar, FULL, "2.6, 923")                                            \
	X(VideoPortReadRegisterUlong, FULL, "2.6, 923")                                            \
	X(VideoPortReadRegisterUshort, FULL, "2.6, 923")                                           \
	X(VideoPortReadStateEvent, FULL, "R-078, 710")                                             \
	X(VideoPortRegisterBugcheckCallback, STUB, "DDI page, 601")                                \
	X(VideoPortReleaseBuffer, FULL, "2.4, 601, 803, 809, 919")                                 \
	X(VideoPortReleaseCommonBuffer, FULL,                                                      \
		"R-042, D-17, 205, 206, 207, 208, 209, 210, 211, 212, 213")                        \
	X(VideoPortReleaseDeviceLock, FULL, "R-075, 708")                                          \
	X(VideoPortReleaseSpinLock, FULL, "R-077, 701, 703, 704, 705")                             \
	X(VideoPortReleaseSpinLockFromDpcLevel, FULL, "R-077, 701, 703, 704")                      \
	X(VideoPortScanRom, FULL, "DDI page, 601")                                                 \
	X(VideoPortSetBusData, FULL, "2.6, 601")                                                   \
	X(VideoPortSetBytesUsed, STUB, "2.4, 919")                                                 \
	X(VideoPortSetDmaContext, STUB, "2.4, 919")                                                \
	X(VideoPortSetEvent, FULL, "R-078, 710")                                                   \
	X(VideoPortSetRegistryParameters, FULL, "2.6, 601, 914")                                   \
	X(VideoPortSetTrappedEmulatorPorts, STUB, "DDI page, 601")                                 \
	X(VideoPortSignalDmaComplete, STUB, "2.4, 919")                                            \
	X(VideoPortStallExecution, FULL, "2.5, 608")                                               \
	X(VideoPortStartDma, FULL,                                                                 \
		"R-021, R-022, R-032, D-1, D-2, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410") \
	X(VideoPortStartTimer, FULL, "R-079, 713")                                                 \
	X(VideoPortStopTimer, FULL, "R-079, 713, 714")                                             \
	X(VideoPortSynchronizeExecution, FULL, "R-073, D-10, 609")                                 \
	X(VideoPortUnLockBuffer, FULL, "R-026, R-037, 308, 309, 310, 311")                         \
	X(VideoPortUnlockBuffer, FULL, "R-026, R-037, 308, 309, 310, 311")                         \
	X(VideoPortUnlockPages, FULL, "2.4, 601, 919")                                             \
	X(VideoPortUnmapDmaMemory, STUB, "2.4, 919")                                               \
	X(VideoPortUnmapMemory, FULL, "2.6, 601, 912, 913")                                        \
	X(VideoPortVerifyAccessRanges, FULL, "2.6, 601, 907")                                      \
	X(VideoPortWaitForSingleObject, FULL, "R-078, 604, 710")                                   \
	X(VideoPortWritePortBufferUchar, FULL, "2.6, 922, 923")                                    \
	X(VideoPortWritePortBufferUlong, FULL, "2.6, 922, 923")                                    \
	X(VideoPortWritePortBufferUshort, FULL, "2.6, 922, 923")                                   \
	X(VideoPortWritePortUchar, FULL, "2.6, 922, 923")                                          \
	X(VideoPortWritePortUlong, FULL, "2.6, 922, 923")                                          \
	X(VideoPortWritePortUshort, FULL, "2.6, 922, 923")                                         \
	X(VideoPortWriteRegisterBufferUchar, FULL, "2.6, 923")                                     \
	X(VideoPortWriteRegisterBufferUlong, FULL, "2.6, 923")                                     \
	X(VideoPortWriteRegisterBufferUshort, FULL, "2.6, 923")                                    \
	X(VideoPortWriteRegisterUchar, FULL, "2.6, 923")                                           \
	X(VideoPortWriteRegisterUlong, FULL, "2.6, 923")                                           \
	X(VideoPortWriteRegisterUshort, FULL, "2.6, 923")                                          \
	X(VideoPortZeroDeviceMemory, FULL, "2.6, 923")                                             \
	X(VideoPortZeroMemory, FULL, "2.6")

enum export_status {
	EXPORT_FULL,
	EXPORT_STUB,
	EXPORT_REFUSED,
};

struct export_row {
	const char *name;
	enum export_status status;
	const char *references;
};

/* export_at - the @index-th export in alphabetical order, NULL behind the last. */
const struct export_row *export_at(unsigned index);

#endif
