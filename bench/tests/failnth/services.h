/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * services.h: the services of the port that may fail and that a miniport has to take a refusal of. In the program of this
 * folder the linker puts __wrap_NAME of services_testing.c in the place of NAME (--wrap); the Makefile has the same list.
 */
#ifndef TESTS_FAILNTH_SERVICES_H
#define TESTS_FAILNTH_SERVICES_H

#define SERVICES_PATTERN                                                                           \
	"VideoPortGetAccessRanges|VideoPortGetDeviceBase|"                                         \
	"VideoPortGetRegistryParameters|VideoPortAllocatePool|VideoPortCreateSpinLock|"            \
	"VideoPortCreateEvent|VideoPortGetDmaAdapter|VideoPortAllocateCommonBuffer|"               \
	"VideoPortLockBuffer|VideoPortStartDma"

#endif
