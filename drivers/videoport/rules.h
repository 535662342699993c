/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rules.h: every rule the verifier knows: number, name, severity, the rule in one sentence, what
 * reports the same elsewhere, what to do. verifier.c makes the table of it that videoport_rule_at
 * and `dmabench rules` show; rule_broken takes the names as RULE_*.
 *
 * Numbers are for ever: expected-findings files and people refer to them. The hundreds are the
 * subject. Sources: videoport.md 4.1 to 4.3 (bug check 0xE6 and its codes), reliability.md 1.1
 * (dma-debug) and 1.2 (VP1 to VP16), the R-xxx requirements.
 *
 *	ERROR    wrong on real hardware
 *	WARNING  wrong by the book, but real drivers get away with it: an error when strict
 *	NOTE     worth knowing, never an error
 */
#ifndef VIDEOPORT_RULES_H
#define VIDEOPORT_RULES_H

/* 1xx adapters */
#define RULES_ADAPTER(X)                                                                           \
	X(101, ADAPTER_NULL, ERROR, "A DMA function needs an adapter.", "bug check 0xE6/0x19",     \
		"pass what VideoPortGetDmaAdapter returned, and check it for NULL first")          \
	X(102, ADAPTER_RELEASED, ERROR, "An adapter is not used after VideoPortPutDmaAdapter.",    \
		"bug check 0xE6/0x18",                                                             \
		"put it when no DMA will be done any more, not before (R-012)")                    \
	X(103, ADAPTER_UNKNOWN, ERROR,                                                             \
		"An adapter is what VideoPortGetDmaAdapter of this device returned.",              \
		"bug check 0xE6/0x18",                                                             \
		"keep the returned pointer in the device extension and pass it unchanged")         \
	X(104, ADAPTER_DESCRIPTION, ERROR,                                                         \
		"A device description names what the device can do and at least one byte of "      \
		"MaximumLength.",                                                                  \
		"bug check 0xE6/0x25", "zero the VP_DEVICE_DESCRIPTION, then fill every member")   \
	X(105, ADAPTER_PUT_COMMON, ERROR,                                                          \
		"Common buffers are released before their adapter is put.", "bug check 0xE6/0x07", \
		"call VideoPortReleaseCommonBuffer for each of them first")                        \
	X(106, ADAPTER_PUT_LISTS, ERROR, "Transfers are completed before their adapter is put.",   \
		"bug check 0xE6/0x08, 0x09, 0x0A",                                                 \
		"wait for the device and call VideoPortCompleteDma first")                         \
	X(107, ADAPTER_MANY, WARNING,                                                              \
		"A driver holds one adapter for each concurrent path, not one for each transfer.", \
		"bug check 0xE6/0x11", "get adapters once, in HwVidFindAdapter, and keep them")    \
	X(108, ADAPTER_LEAK, WARNING, "Every adapter is put before the driver is unloaded.",       \
		"bug check 0xE6/0x0B; dma-debug: mappings at unbind",                              \
		"call VideoPortPutDmaAdapter when the power state becomes VideoPowerShutdown")

/* 2xx common buffers */
#define RULES_COMMON(X)                                                                            \
	X(201, COMMON_LENGTH, ERROR, "A common buffer has at least one byte.",                     \
		"bug check 0xE6/0x21", "ask for the bytes the device will use")                    \
	X(202, COMMON_NO_ADDRESS, ERROR,                                                           \
		"VideoPortAllocateCommonBuffer is told where the logical address goes.",           \
		"DDI page, LogicalAddress", "pass a PHYSICAL_ADDRESS to fill")                     \
	X(203, COMMON_RESERVED, WARNING,                                                           \
		"The Reserved argument of VideoPortAllocateCommonBuffer is NULL.", "VP4",          \
		"pass NULL")                                                                       \
	X(204, COMMON_OVER_MAXIMUM, WARNING,                                                       \
		"A common buffer is not larger than the map registers of its adapter.",            \
		"bug check 0xE6/0x0C, 0x15",                                                       \
		"describe a larger MaximumLength, or allocate several smaller buffers")            \
	X(205, COMMON_FREE_TWICE, ERROR, "A common buffer is released once.",                      \
		"bug check 0xE6/0x03; dma-debug: not mapped",                                      \
		"forget the pointer after VideoPortReleaseCommonBuffer")                           \
	X(206, COMMON_FREE_UNKNOWN, ERROR,                                                         \
		"Only what VideoPortAllocateCommonBuffer returned is released.",                   \
		"bug check 0xE6/0x03; dma-debug: not mapped",                                      \
		"keep the address, length and logical address of every allocation")                \
	X(207, COMMON_FREE_LENGTH, ERROR,                                                          \
		"A common buffer is released with the length of its allocation.",                  \
		"dma-debug: different size",                                                       \
		"pass the same length; a part of a buffer cannot be released")                     \
	X(208, COMMON_FREE_LOGICAL, ERROR,                                                         \
		"A common buffer is released with its own logical address.",                       \
		"dma-debug: not mapped", "pass the logical address the allocation returned")       \
	X(209, COMMON_FREE_VIRTUAL, ERROR,                                                         \
		"A common buffer is released with its own virtual address.",                       \
		"dma-debug: different CPU address",                                                \
		"pass the pointer the allocation returned, not one into it")                       \
	X(210, COMMON_FREE_CACHE, ERROR,                                                           \
		"A common buffer is released with the CacheEnabled of its allocation.", "VP5",     \
		"pass the same CacheEnabled")                                                      \
	X(211, COMMON_FREE_ADAPTER, ERROR,                                                         \
		"A common buffer is released with the adapter it was allocated from.",             \
		"bug check 0xE6/0x03", "keep the adapter with the buffer (R-059)")                 \
	X(212, COMMON_UNDERRUN, ERROR, "Nobody writes in front of a common buffer.",               \
		"bug check 0xE6/0x0F sub 1, 4",                                                    \
		"look for a negative index or a descriptor with a wrong start")                    \
	X(213, COMMON_OVERRUN, ERROR,                                                              \
		"Nobody writes behind the requested bytes of a common buffer.",                    \
		"bug check 0xE6/0x0F sub 2, 5",                                                    \
		"only the requested bytes may be used, though whole pages are consumed")           \
	X(214, COMMON_LEAK, ERROR,                                                                 \
		"Every common buffer is released before the driver is unloaded.",                  \
		"bug check 0xE6/0x07; dma-debug: mappings at unbind",                              \
		"call VideoPortReleaseCommonBuffer when the power state becomes "                  \
		"VideoPowerShutdown")

/* 3xx locked buffers */
#define RULES_LOCK(X)                                                                              \
	X(301, LOCK_LENGTH, ERROR, "A lock covers at least one byte.", "bug check 0xE6/0x21",      \
		"check the length of the request first")                                           \
	X(302, LOCK_OPERATION, ERROR,                                                              \
		"A lock names VpReadAccess, VpWriteAccess or VpModifyAccess.", "VP6",              \
		"VpReadAccess for transfers to the device, VpWriteAccess for those from it")       \
	X(303, LOCK_MEMORY, ERROR,                                                                 \
		"A lock covers a requester's memory, all of it present and accessible.",           \
		"bug check 0xE6/0x0E, 0x22; dma-debug: invalid address",                           \
		"lock the buffer of the request, within its length")                               \
	X(304, LOCK_STACK, ERROR, "Memory of a thread's stack is not given to a device.",          \
		"dma-debug: memory from the stack", "allocate the memory, or use a common buffer") \
	X(305, LOCK_CODE, ERROR, "Code and constant data are not given to a device.",              \
		"dma-debug: kernel text or rodata", "copy the data into a buffer first")           \
	X(306, LOCK_OWN, ERROR,                                                                    \
		"The driver's own memory (pool, extension, common buffer) is not locked as a "     \
		"requester's.",                                                                    \
		"bug check 0xE6/0x0E; dma-debug: vmalloc memory",                                  \
		"use a common buffer's logical address, or lock the request's buffer")             \
	X(307, LOCK_MANY, WARNING, "The same memory is not locked more than 8 times at once.",     \
		"dma-debug: more than 8 overlaps", "look for a path that locks and never unlocks") \
	X(308, UNLOCK_UNKNOWN, ERROR, "Only what VideoPortLockBuffer returned is unlocked.",       \
		"VP7; dma-debug: not mapped", "keep the returned pointer unchanged")               \
	X(309, UNLOCK_TWICE, ERROR, "A buffer is unlocked once.",                                  \
		"bug check 0xE6/0x03; dma-debug: not mapped",                                      \
		"forget the pointer after VideoPortUnlockBuffer")                                  \
	X(310, UNLOCK_IN_FLIGHT, ERROR,                                                            \
		"A buffer is unlocked after all its transfers are completed.",                     \
		"R-026; bug check 0xE6/0x10", "complete them first")                               \
	X(311, UNLOCK_REST, WARNING,                                                               \
		"A transfer that was shortened is continued until everything has moved.",          \
		"R-025, R-036; VP9",                                                               \
		"compare *pLength with what was asked for and start the rest after CompleteDma")   \
	X(312, LOCK_LEAK, ERROR, "Every lock is undone before the driver is unloaded.",            \
		"bug check 0xE6/0x09; dma-debug: mappings at unbind",                              \
		"call VideoPortUnlockBuffer on every path, errors included")

/* 4xx transfers */
#define RULES_TRANSFER(X)                                                                          \
	X(401, START_UNLOCKED, ERROR, "A transfer needs memory that is locked now.",               \
		"bug check 0xE6/0x0E",                                                             \
		"call VideoPortLockBuffer first, VideoPortUnlockBuffer last")                      \
	X(402, START_MDL_UNKNOWN, ERROR,                                                           \
		"The Mdl of a transfer is what VideoPortLockBuffer returned.",                     \
		"bug check 0xE6/0x0E", "pass the returned pointer, not an address")                \
	X(403, START_NO_LENGTH, ERROR, "VideoPortStartDma is given pLength.", "VP8",               \
		"pass a pointer to the number of bytes wanted")                                    \
	X(404, START_NO_ROUTINE, ERROR, "VideoPortStartDma is given a HwVidExecuteDma routine.",   \
		"DDI page, ExecuteDmaRoutine", "pass the routine that programs the hardware")      \
	X(405, START_ZERO, ERROR, "A transfer moves at least one byte.", "bug check 0xE6/0x21",    \
		"do not start it when nothing is left")                                            \
	X(406, START_OFFSET, ERROR, "A transfer starts inside the locked buffer.",                 \
		"bug check 0xE6/0x1B, 0x1F sub 1, 2",                                              \
		"Offset counts from the start of the locked buffer")                               \
	X(407, START_LENGTH, WARNING, "A transfer ends inside the locked buffer.",                 \
		"bug check 0xE6/0x1F sub 3, 0x24; dma-debug: past the mapping",                    \
		"ask for at most the locked length less Offset")                                   \
	X(408, START_DIRECTION, ERROR, "A device writes only into memory locked for writing.",     \
		"dma-debug: sync of a read-only mapping",                                          \
		"lock with VpWriteAccess or VpModifyAccess")                                       \
	X(409, START_OVERLAP, ERROR,                                                               \
		"Two transfers in flight do not share bytes that one of them writes.",             \
		"bug check 0xE6/0x1D; dma-debug: cacheline already mapped",                        \
		"complete the first transfer before starting the other")                           \
	X(410, START_CONTEXT, ERROR,                                                               \
		"The Context of a transfer is not paged: it is used at DISPATCH_LEVEL.",           \
		"VP14, R-052; bug check 0xD1",                                                     \
		"keep it in the device extension or in non-paged pool")                            \
	X(411, COMPLETE_UNKNOWN, ERROR,                                                            \
		"VideoPortCompleteDma is given the list that HwVidExecuteDma received.",           \
		"bug check 0xE6/0x06", "keep that pointer, not a copy of the list")                \
	X(412, COMPLETE_TWICE, ERROR, "A transfer is completed once.",                             \
		"bug check 0xE6/0x06; dma-debug: not mapped",                                      \
		"forget the list after VideoPortCompleteDma: it is invalid from then on")          \
	X(413, COMPLETE_DIRECTION, ERROR,                                                          \
		"A transfer is completed in the direction it was started.",                        \
		"dma-debug: different direction", "pass the same WriteToDevice")                   \
	X(414, COMPLETE_ADAPTER, ERROR,                                                            \
		"A transfer is completed with the adapter it was started on.",                     \
		"R-059; bug check 0xE6/0x05", "keep the adapter with the list")                    \
	X(415, LIST_CHANGED, ERROR,                                                                \
		"The scatter/gather list is the port's: the driver reads it and leaves it as it "  \
		"is.",                                                                             \
		"dma-debug: different entry count; V9", "copy what must be changed")               \
	X(416, LIST_AFTER_COMPLETE, ERROR,                                                         \
		"The scatter/gather list is not written after VideoPortCompleteDma.",              \
		"bug check 0xE6/0x0F sub 3; VP12", "forget the list when completing")              \
	X(417, SOURCE_CHANGED, WARNING,                                                            \
		"The CPU leaves a buffer alone while the device reads it.",                        \
		"VP16; dma-debug: cacheline overlap",                                              \
		"complete the transfer before reusing its source")                                 \
	X(418, LIST_LEAK, ERROR, "Every transfer is completed before the driver is unloaded.",     \
		"bug check 0xE6/0x0A; dma-debug: mappings at unbind",                              \
		"wait for the device, then call VideoPortCompleteDma")                             \
	X(419, BOUNCE_UNDERRUN, ERROR,                                                             \
		"A device does not write in front of a transfer's first byte in a bounce buffer.", \
		"bug check 0xE6/0x0F sub 4", "check the start addresses programmed from the list") \
	X(420, BOUNCE_OVERRUN, ERROR,                                                              \
		"A device does not write behind a transfer's last byte in a bounce buffer.",       \
		"bug check 0xE6/0x0F sub 5", "check the lengths programmed from the list")         \
	X(421, BOUNCE_FREE, ERROR,                                                                 \
		"A device does not write into map registers that belong to no transfer.",          \
		"bug check 0xE6/0x0F sub 3", "stop the device before completing")                  \
	X(422, PAST_MAXIMUM, NOTE,                                                                 \
		"A transfer that asks for more than the described MaximumLength takes several "    \
		"rounds.",                                                                         \
		"R-022; dma-debug: segment longer than the device's maximum",                      \
		"describe what the device can do, or split the request")

/* 5xx the device's own accesses */
#define RULES_DEVICE(X)                                                                            \
	X(501, DEVICE_UNMAPPED, ERROR, "A device accesses only memory that is mapped for it.",     \
		"bug check 0xE6/0x26; IOMMU fault", "check the address that was programmed")       \
	X(502, DEVICE_AFTER_COMPLETE, ERROR,                                                       \
		"A device is done with a transfer before VideoPortCompleteDma.",                   \
		"bug check 0xE6/0x23, 0x26",                                                       \
		"call VideoPortCompleteDma when the device has reported completion, not earlier")  \
	X(503, DEVICE_AFTER_RELEASE, ERROR,                                                        \
		"A device is done with a common buffer before it is released.",                    \
		"bug check 0xE6/0x26", "stop the engine or the ring first")                        \
	X(504, DEVICE_DIRECTION, ERROR,                                                            \
		"A device accesses memory in the direction it is mapped for.",                     \
		"bug check 0xE6/0x26; dma-debug: direction",                                       \
		"start the transfer with the right WriteToDevice")                                 \
	X(505, DEVICE_BEYOND, ERROR, "A device's access ends inside the mapping it starts in.",    \
		"bug check 0xE6/0x26; dma-debug: past the mapping",                                \
		"check the length that was programmed")                                            \
	X(506, DEVICE_PHYSICAL, ERROR,                                                             \
		"A device is given logical addresses, never physical ones.",                       \
		"R-056, R-057; bug check 0xE6/0x26",                                               \
		"program the addresses of the scatter/gather list or of the common buffer")        \
	X(507, DEVICE_VIRTUAL, ERROR,                                                              \
		"A device is given logical addresses, never a CPU's virtual ones.",                \
		"bug check 0xE6/0x26",                                                             \
		"program the addresses of the scatter/gather list or of the common buffer")

/* 6xx levels and interrupts */
#define RULES_LEVEL(X)                                                                             \
	X(601, IRQL_HIGH, ERROR, "A function is not called above its highest level.",              \
		"bug check 0xE6/0x13 sub 2; 0x0A",                                                 \
		"call it where the level is low enough: from a DPC, or from HwVidStartIO")         \
	X(602, IRQL_LOW, ERROR, "A function is not called below its lowest level.",                \
		"bug check 0xE6/0x13 sub 1, 0x14",                                                 \
		"call it from the ISR, from a DPC or while holding a spin lock")                   \
	X(603, ISR_LIST, ERROR,                                                                    \
		"An ISR, and a routine synchronised with it, call only the functions of the "      \
		"ISR's list.",                                                                     \
		"R-034, R-054; bug check 0xE6/0x13 sub 2", "queue a DPC and call it there")        \
	X(604, WAIT_DISPATCH, ERROR, "Nobody waits at DISPATCH_LEVEL.", "bug check 0x0A",          \
		"use a zero time-out there")                                                       \
	X(605, CALLBACK_IRQL, ERROR,                                                               \
		"A routine of the driver returns at the level, and with the locks, with which it " \
		"was called.",                                                                     \
		"bug check 0xC4/0x31, 0xC8", "release every lock it acquired, and no other")       \
	X(606, ISR_D3, ERROR, "A device interrupts in D0 only, and an ISR in D3 returns FALSE.",   \
		"R-074", "mask interrupts when powering off")                                      \
	X(607, ISR_UNCLAIMED, WARNING, "An interrupt of this device is claimed by its ISR.",       \
		"Linux: irq nobody cared",                                                         \
		"read the status register and return TRUE where it is ours")                       \
	X(608, STALL_LONG, WARNING,                                                                \
		"VideoPortStallExecution is asked for at most 50 us outside initialisation.",      \
		"DDI page; bug check 0x133", "use HwVidTimer or an event")                         \
	X(609, SYNC_ARGUMENT, ERROR,                                                               \
		"VideoPortSynchronizeExecution is given a priority and a routine.", "DDI page",    \
		"VpLowPriority, VpMediumPriority or VpHighPriority, and a routine")                \
	X(610, DPC_ROUTINE, ERROR, "VideoPortQueueDpc is given a routine.", "DDI page",            \
		"pass the DPC routine")                                                            \
	X(611, COUNTER_BACK, ERROR, "The performance counter does not go back.",                   \
		"bug check 0xE6/0x01", "a fault of the host's clock: choose another clock source") \
	X(612, COUNTER_FAST, ERROR, "The performance counter does not leap.",                      \
		"bug check 0xE6/0x02", "a fault of the host's clock: choose another clock source")

/* 7xx spin locks, events, timers */
#define RULES_SYNC(X)                                                                              \
	X(701, SPIN_UNKNOWN, ERROR,                                                                \
		"A spin lock is what VideoPortCreateSpinLock returned, until it is deleted.",      \
		"bug check 0xC4/0xE1", "keep the returned pointer; delete once")                   \
	X(702, SPIN_RECURSIVE, ERROR, "A thread does not acquire a spin lock it holds.",           \
		"bug check 0x0F", "release it first")                                              \
	X(703, SPIN_NOT_HELD, ERROR, "A spin lock is released by the thread that holds it.",       \
		"bug check 0x10", "release once, where it was acquired")                           \
	X(704, SPIN_MIXED, ERROR, "Acquiring and releasing are of the same pair.",                 \
		"R-077; bug check 0xC4/0x40",                                                      \
		"match AcquireSpinLock with ReleaseSpinLock, AtDpcLevel with FromDpcLevel")        \
	X(705, SPIN_IRQL, ERROR, "The level that acquiring saved is what releasing restores.",     \
		"R-077; bug check 0xC4/0x31", "pass OldIrql back unchanged")                       \
	X(706, SPIN_DELETE_HELD, ERROR, "A spin lock is deleted when nobody holds it.",            \
		"bug check 0xC4/0xE1", "release it first")                                         \
	X(707, SPIN_LEAK, WARNING, "Every spin lock is deleted before the driver is unloaded.",    \
		"bug check 0xC4/0x62", "call VideoPortDeleteSpinLock")                             \
	X(708, DEVLOCK_NOT_HELD, ERROR,                                                            \
		"The device lock is released by the thread that holds it.", "bug check 0xC4",      \
		"acquire it first; the port's callbacks hold it already")                          \
	X(709, EVENT_ARGUMENT, ERROR,                                                              \
		"An event is created with known flags, Unused NULL and a place for the pointer.",  \
		"DDI page", "or NOTIFICATION_EVENT and INITIAL_EVENT_SIGNALED")                    \
	X(710, EVENT_UNKNOWN, ERROR,                                                               \
		"An event is what VideoPortCreateEvent returned, until it is deleted.",            \
		"bug check 0xC4/0xE1", "keep the returned pointer; delete once")                   \
	X(711, EVENT_DELETE_WAITED, ERROR, "An event is deleted when nobody waits for it.",        \
		"bug check 0xC4", "set it and let the waiters go first")                           \
	X(712, EVENT_LEAK, WARNING, "Every event is deleted before the driver is unloaded.",       \
		"bug check 0xC4/0x62", "call VideoPortDeleteEvent")                                \
	X(713, TIMER_NONE, ERROR, "Only a driver with HwTimer starts and stops the timer.",        \
		"R-079", "register HwTimer in VideoPortInitialize")                                \
	X(714, TIMER_STOP_SELF, ERROR, "HwVidTimer does not stop its own timer.", "R-079",         \
		"stop it from another routine")

/* 8xx pool and memory */
#define RULES_MEMORY(X)                                                                            \
	X(801, POOL_ARGUMENT, ERROR, "Pool has a known type and at least one byte.",               \
		"bug check 0xC4/0x00", "VpNonPagedPool, VpPagedPool or their cache-aligned forms") \
	X(802, POOL_DISPATCH, ERROR,                                                               \
		"Paged pool is neither allocated nor freed at DISPATCH_LEVEL.",                    \
		"bug check 0xC4/0x01", "use VpNonPagedPool there")                                 \
	X(803, POOL_FREE_UNKNOWN, ERROR, "Only what VideoPortAllocatePool returned is freed.",     \
		"bug check 0xC2/0x46", "keep the returned pointer unchanged")                      \
	X(804, POOL_FREE_TWICE, ERROR, "A pool block is freed once.", "bug check 0xC2/0x07",       \
		"forget the pointer after VideoPortFreePool")                                      \
	X(805, POOL_UNDERRUN, ERROR, "Nobody writes in front of a pool block.",                    \
		"bug check 0x19, 0xC5", "look for a negative index")                               \
	X(806, POOL_OVERRUN, ERROR, "Nobody writes behind a pool block.", "bug check 0x19, 0xD6",  \
		"look for an index past the end")                                                  \
	X(807, POOL_AFTER_FREE, ERROR, "A pool block is not written after it was freed.",          \
		"bug check 0xC5, 0xCC", "forget the pointer after VideoPortFreePool")              \
	X(808, POOL_LEAK, WARNING, "Every pool block is freed before the driver is unloaded.",     \
		"bug check 0xC4/0x62", "call VideoPortFreePool")                                   \
	X(809, BUFFER_LEAK, WARNING,                                                               \
		"Every VideoPortAllocateBuffer has its VideoPortReleaseBuffer.",                   \
		"bug check 0xC4/0x62", "call VideoPortReleaseBuffer")                              \
	X(810, POOL_TAG, WARNING, "A pool tag has four characters.", "bug check 0xC4/0x0B",        \
		"give a tag such as 'gatD'")

/* 9xx framework */
#define RULES_FRAMEWORK(X)                                                                         \
	X(901, INIT_SIZE, ERROR,                                                                   \
		"HwInitDataSize is the size of the NT4, Windows 2000 or Windows XP structure.",    \
		"STATUS_REVISION_MISMATCH", "use sizeof or one of the SIZE_OF_ macros")            \
	X(902, INIT_ROUTINES, ERROR, "HwFindAdapter, HwInitialize and HwStartIO are given.",       \
		"STATUS_INVALID_PARAMETER", "fill the three of them in DriverEntry")               \
	X(903, STARTIO_FALSE, ERROR,                                                               \
		"HwVidStartIO returns TRUE; errors are in StatusBlock->Status.", "R-076",          \
		"return TRUE always")                                                              \
	X(904, STARTIO_INFORMATION, ERROR,                                                         \
		"StatusBlock->Information is at most the length of the output buffer.",            \
		"METHOD_BUFFERED; bug check 0xC9", "set it to the bytes written")                  \
	X(905, STARTIO_STATUS, WARNING, "HwVidStartIO sets one of the documented status values.",  \
		"videoport.md 2.6",                                                                \
		"NO_ERROR or one of the ERROR_ codes of the HwVidStartIO page")                    \
	X(906, REQUEST_NESTED, ERROR, "Requests come from outside, not from a driver's routine.",  \
		"R-075", "call the routine behind the request directly")                           \
	X(907, RANGES_OUTSIDE, ERROR, "Access ranges are claimed in HwVidFindAdapter.",            \
		"DDI page", "claim them there and keep them in the device extension")              \
	X(908, BASE_UNCLAIMED, ERROR,                                                              \
		"Only memory and ports that the driver has claimed are mapped.", "DDI page",       \
		"use what VideoPortGetAccessRanges returned")                                      \
	X(909, BASE_UNKNOWN, ERROR, "Only what VideoPortGetDeviceBase returned is freed.",         \
		"DDI page", "keep the returned address; free once")                                \
	X(910, BASE_LEAK, WARNING,                                                                 \
		"Every mapping of the device is freed before the driver is unloaded.",             \
		"bug check 0xC4/0x62", "call VideoPortFreeDeviceBase")                             \
	X(911, MAP_ARGUMENT, ERROR,                                                                \
		"VideoPortMapMemory is given a length, a space and a place for the address.",      \
		"DDI page", "pass all three; *VirtualAddress is NULL or a process handle")         \
	X(912, MAP_UNKNOWN, ERROR, "Only what VideoPortMapMemory returned is unmapped.",           \
		"DDI page", "keep the returned address; unmap once")                               \
	X(913, MAP_LEAK, WARNING,                                                                  \
		"Every mapping for a requester is unmapped before the driver is unloaded.",        \
		"bug check 0xC4/0x62", "call VideoPortUnmapMemory")                                \
	X(914, REGISTRY_ARGUMENT, ERROR,                                                           \
		"Registry functions are given a name and a routine or data.", "DDI page",          \
		"pass all of them")                                                                \
	X(915, POWER_REFUSED, ERROR, "A driver does not refuse to power off at unload.",           \
		"DDI page", "finish or cancel what is outstanding")                                \
	X(916, EXTENSION_UNKNOWN, ERROR,                                                           \
		"HwDeviceExtension is the device extension the port gave.", "bug check 0xC4",      \
		"pass the pointer HwVidFindAdapter received")                                      \
	X(917, EXTENSION_UNDERRUN, ERROR, "Nobody writes in front of the device extension.",       \
		"bug check 0x19", "look for a negative index into the extension")                  \
	X(918, EXTENSION_OVERRUN, ERROR, "Nobody writes behind the device extension.",             \
		"bug check 0x19", "ask for enough in HwDeviceExtensionSize")                       \
	X(919, OBSOLETE, NOTE, "Functions that do nothing any more are not relied on.",            \
		"bug check 0xE6/0x1E",                                                             \
		"see the function's page; for DMA there are the functions of Windows XP")          \
	X(920, INIT_TWICE, ERROR, "VideoPortInitialize succeeds once for a driver.", "DDI page",   \
		"call it once from DriverEntry")                                                   \
	X(921, INTERRUPT_LOST, ERROR, "The device's interrupt can be waited for.", "host fault",   \
		"see the message; the host ran out of something")                                  \
	X(922, PORT_UNCLAIMED, ERROR, "A driver reads and writes only ports that it has claimed.", \
		"bus: nobody answers, all ones",                                                   \
		"claim them by VideoPortGetAccessRanges or VideoPortVerifyAccessRanges")           \
	X(923, ACCESS_SPACE, ERROR, "Register functions are given memory, port functions ports.",  \
		"videoport.md 2.6; bug check 0x50",                                                \
		"look at RangeInIoSpace, and check what VideoPortGetDeviceBase returned for NULL")

#define VERIFIER_RULES(X)                                                                          \
	RULES_ADAPTER(X)                                                                           \
	RULES_COMMON(X)                                                                            \
	RULES_LOCK(X)                                                                              \
	RULES_TRANSFER(X)                                                                          \
	RULES_DEVICE(X)                                                                            \
	RULES_LEVEL(X)                                                                             \
	RULES_SYNC(X)                                                                              \
	RULES_MEMORY(X)                                                                            \
	RULES_FRAMEWORK(X)

#define RULE_ENUM(number, name, severity, sentence, analogue, remedy) RULE_##name = (number),
enum verifier_rule { VERIFIER_RULES(RULE_ENUM) };
#undef RULE_ENUM

#endif
