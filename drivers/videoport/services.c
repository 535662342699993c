// SPDX-License-Identifier: BSD-2-Clause
/*
 * services.c: version, services, BIOS and other devices as far as a process has them
 * (video_services.h). Called by drivers.
 */
#include "drivers/videoport/priv.h"

#include <stdio.h>
#include <string.h>

/* What the port plays: Windows XP with service pack 3. */
#define VERSION_MAJOR        5
#define VERSION_MINOR        1
#define VERSION_BUILD        2600
#define VERSION_SERVICE_PACK 3

#define CLASS_VGA 0x030000u

int services_init(struct services_state *services)
{
	int ret = -pthread_mutex_init(&services->lock, NULL);

	if (ret == 0)
		pthread_cond_init(&services->gate_opened, NULL);
	return ret;
}

void services_fini(struct services_state *services)
{
	pthread_cond_destroy(&services->gate_opened);
	pthread_mutex_destroy(&services->lock);
}

/* ---- version, identity ------------------------------------------------------------------------- */

VP_STATUS NTAPI VideoPortGetVersion(PVOID HwDeviceExtension, PVPOSVERSIONINFO pVpOsVersionInfo)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortGetVersion) || !pVpOsVersionInfo ||
		pVpOsVersionInfo->Size < sizeof(*pVpOsVersionInfo))
		return ERROR_INVALID_PARAMETER;
	pVpOsVersionInfo->MajorVersion = VERSION_MAJOR;
	pVpOsVersionInfo->MinorVersion = VERSION_MINOR;
	pVpOsVersionInfo->BuildNumber = VERSION_BUILD;
	pVpOsVersionInfo->ServicePackMajor = VERSION_SERVICE_PACK;
	pVpOsVersionInfo->ServicePackMinor = 0;
	return NO_ERROR;
}

static PCI_COMMON_CONFIG config_space(const struct videoport *vp)
{
	PCI_COMMON_CONFIG config;

	memcpy(&config, vp->resource.pci, sizeof(config));
	return config;
}

VP_STATUS NTAPI VideoPortGetVgaStatus(PVOID HwDeviceExtension, PULONG VgaStatus)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortGetVgaStatus) || !VgaStatus)
		return ERROR_INVALID_PARAMETER;

	PCI_COMMON_CONFIG config = config_space(vp);

	*VgaStatus = config.BaseClass == CLASS_VGA >> 16 && config.SubClass == 0
	                     ? DEVICE_VGA_ENABLED
	                     : 0;
	return NO_ERROR;
}

BOOLEAN NTAPI VideoPortCheckForDeviceExistence(PVOID HwDeviceExtension, USHORT VendorId,
	USHORT DeviceId, UCHAR RevisionId, USHORT SubVendorId, USHORT SubSystemId, ULONG Flags)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortCheckForDeviceExistence))
		return FALSE;

	PCI_COMMON_CONFIG config = config_space(vp);

	if (VendorId != config.VendorID || DeviceId != config.DeviceID)
		return FALSE;
	if ((Flags & CDE_USE_REVISION) && RevisionId != config.RevisionID)
		return FALSE;
	return !(Flags & CDE_USE_SUBSYSTEM_IDS) ||
	       (SubVendorId == config.u.type0.SubVendorID &&
		       SubSystemId == config.u.type0.SubSystemID);
}

/* The port hands no device objects out, so none is known. */
PVOID NTAPI VideoPortGetAssociatedDeviceExtension(PVOID DeviceObject)
{
	isr_list_check("VideoPortGetAssociatedDeviceExtension");
	(void)DeviceObject;
	return NULL;
}

ULONG NTAPI VideoPortGetAssociatedDeviceID(PVOID DeviceObject)
{
	isr_list_check("VideoPortGetAssociatedDeviceID");
	(void)DeviceObject;
	return 0;
}

/* ---- BIOS, ROM, VGA: what a process does not have ------------------------------------------------ */

VP_STATUS NTAPI VideoPortInt10(PVOID HwDeviceExtension, PVIDEO_X86_BIOS_ARGUMENTS BiosArguments)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortInt10) || !BiosArguments)
		return ERROR_INVALID_PARAMETER;
	return ERROR_NOT_SUPPORTED;
}

PVOID NTAPI VideoPortGetRomImage(
	PVOID HwDeviceExtension, PVOID Unused1, ULONG Unused2, ULONG Length)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	(void)Unused1, (void)Unused2, (void)Length;
	if (vp)
		irql_allowed(vp, IRQL_VideoPortGetRomImage);
	return NULL;
}

BOOLEAN NTAPI VideoPortScanRom(
	PVOID HwDeviceExtension, PUCHAR RomBase, ULONG RomLength, PUCHAR String)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortScanRom) || !RomBase || !String)
		return FALSE;
	return memmem(RomBase, RomLength, String, strlen((const char *)String)) != NULL;
}

VP_STATUS NTAPI VideoPortSetTrappedEmulatorPorts(
	PVOID HwDeviceExtension, ULONG NumAccessRanges, PVIDEO_ACCESS_RANGE AccessRange)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortSetTrappedEmulatorPorts) ||
		(NumAccessRanges && !AccessRange))
		return ERROR_INVALID_PARAMETER;
	for (ULONG i = 0; i < NumAccessRanges; i++)
		if (!AccessRange[i].RangeInIoSpace)
			return ERROR_INVALID_PARAMETER;
	return NO_ERROR;
}

BOOLEAN NTAPI VideoPortIsNoVesa(VOID)
{
	isr_list_check("VideoPortIsNoVesa");
	return TRUE;
}

BOOLEAN NTAPI VideoPortGetAgpServices(PVOID HwDeviceExtension, PVIDEO_PORT_AGP_SERVICES AgpServices)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	(void)AgpServices;
	if (vp)
		irql_allowed(vp, IRQL_VideoPortGetAgpServices);
	return FALSE;
}

VP_STATUS NTAPI VideoPortGetDeviceData(PVOID HwDeviceExtension,
	VIDEO_DEVICE_DATA_TYPE DeviceDataType, PMINIPORT_QUERY_DEVICE_ROUTINE CallbackRoutine,
	PVOID Context)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	(void)DeviceDataType, (void)CallbackRoutine, (void)Context;
	if (vp && irql_allowed(vp, IRQL_VideoPortGetDeviceData))
		LEGACY_NOTE(vp, GetDeviceData);
	return ERROR_INVALID_PARAMETER;
}

VP_STATUS NTAPI VideoPortMapBankedMemory(PVOID HwDeviceExtension, PHYSICAL_ADDRESS PhysicalAddress,
	PULONG Length, PULONG InIoSpace, PVOID *VirtualAddress, ULONG BankLength,
	UCHAR ReadWriteBank, PBANKED_SECTION_ROUTINE BankRoutine, PVOID Context)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	(void)PhysicalAddress, (void)Length, (void)InIoSpace, (void)VirtualAddress;
	(void)BankLength, (void)ReadWriteBank, (void)BankRoutine, (void)Context;
	if (vp)
		irql_allowed(vp, IRQL_VideoPortMapBankedMemory);
	return ERROR_INVALID_PARAMETER;
}

VP_STATUS NTAPI VideoPortCreateSecondaryDisplay(
	PVOID HwDeviceExtension, PVOID *SecondaryDeviceExtension, ULONG ulFlag)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	(void)ulFlag;
	if (!vp || !irql_allowed(vp, IRQL_VideoPortCreateSecondaryDisplay) ||
		!SecondaryDeviceExtension)
		return ERROR_INVALID_PARAMETER;
	*SecondaryDeviceExtension = NULL;
	return ERROR_NOT_SUPPORTED;
}

VP_STATUS NTAPI VideoPortRegisterBugcheckCallback(PVOID HwDeviceExtension, ULONG BugcheckCode,
	PVIDEO_BUGCHECK_CALLBACK Callback, ULONG BugcheckDataSize)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	(void)BugcheckCode;
	if (!vp || !irql_allowed(vp, IRQL_VideoPortRegisterBugcheckCallback) ||
		BugcheckDataSize > VIDEO_DEBUG_REPORT_MAX_SIZE - BUGCHECK_DATA_SIZE_RESERVED)
		return ERROR_INVALID_PARAMETER;
	pthread_mutex_lock(&vp->services.lock);
	vp->services.bugcheck = Callback;
	vp->services.bugcheck_bytes = Callback ? BugcheckDataSize : 0;
	pthread_mutex_unlock(&vp->services.lock);
	return NO_ERROR;
}

/* ---- debug reports ------------------------------------------------------------------------------- */

PVIDEO_DEBUG_REPORT NTAPI VideoPortDbgReportCreate(PVOID HwDeviceExtension, ULONG ulCode,
	ULONG_PTR ulpArg1, ULONG_PTR ulpArg2, ULONG_PTR ulpArg3, ULONG_PTR ulpArg4)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);
	PVIDEO_DEBUG_REPORT report = NULL;

	isr_list_check("VideoPortDbgReportCreate");
	if (!vp)
		return NULL;
	pthread_mutex_lock(&vp->services.lock);
	if (!vp->services.report.open) {
		report = &vp->services.report;
		*report = (struct _VIDEO_DEBUG_REPORT){
			.vp = vp,
			.open = true,
			.code = ulCode,
			.argument = {ulpArg1, ulpArg2, ulpArg3, ulpArg4},
		};
	}
	pthread_mutex_unlock(&vp->services.lock);
	return report;
}

BOOLEAN NTAPI VideoPortDbgReportSecondaryData(
	PVIDEO_DEBUG_REPORT pReport, PVOID pvData, ULONG ulDataSize)
{
	isr_list_check("VideoPortDbgReportSecondaryData");
	if (!pReport || !pReport->open || !pvData ||
		ulDataSize > VIDEO_DEBUG_REPORT_MAX_SIZE - pReport->secondary_bytes)
		return FALSE;
	pReport->secondary_bytes += ulDataSize;
	return TRUE;
}

VOID NTAPI VideoPortDbgReportComplete(PVIDEO_DEBUG_REPORT pReport)
{
	isr_list_check("VideoPortDbgReportComplete");
	if (!pReport || !pReport->open)
		return;
	event_driver(pReport->vp, ERROR_GEN_FAILURE, pReport->code,
		"%s: debug report 0x%x (0x%llx, 0x%llx, 0x%llx, 0x%llx), %u bytes of data",
		pReport->vp->config.driver_name, pReport->code,
		(unsigned long long)pReport->argument[0], (unsigned long long)pReport->argument[1],
		(unsigned long long)pReport->argument[2], (unsigned long long)pReport->argument[3],
		pReport->secondary_bytes);
	pthread_mutex_lock(&pReport->vp->services.lock);
	pReport->open = false;
	pthread_mutex_unlock(&pReport->vp->services.lock);
}

static VP_STATUS report_offer(PVOID extension, PVIDEO_PORT_DEBUG_REPORT_INTERFACE interface)
{
	if (interface->Size < sizeof(*interface) ||
		interface->Version != VIDEO_PORT_DEBUG_REPORT_INTERFACE_VERSION_1)
		return ERROR_INVALID_PARAMETER;
	interface->Context = extension;
	interface->DbgReportCreate = VideoPortDbgReportCreate;
	interface->DbgReportSecondaryData = VideoPortDbgReportSecondaryData;
	interface->DbgReportComplete = VideoPortDbgReportComplete;
	return NO_ERROR;
}

/* ---- VideoPortQueryServices ------------------------------------------------------------------------ */

/* Interfaces live as long as the port: a reference is nothing to count. */
static VOID NTAPI interface_hold(PVOID Context)
{
	(void)Context;
}

VP_STATUS NTAPI VideoPortQueryServices(
	PVOID HwDeviceExtension, VIDEO_PORT_SERVICES ServicesType, PINTERFACE Interface)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortQueryServices) || !Interface ||
		Interface->Size < sizeof(*Interface))
		return ERROR_INVALID_PARAMETER;
	Interface->InterfaceReference = interface_hold;
	Interface->InterfaceDereference = interface_hold;
	switch (ServicesType) {
	case VideoPortServicesI2C:
		return i2c_offer(HwDeviceExtension, Interface);
	case VideoPortServicesDebugReport:
		return report_offer(HwDeviceExtension, (PVOID)Interface);
	case VideoPortServicesAGP:
		return ERROR_DEV_NOT_EXIST;
	case VideoPortServicesHeadless:
	case VideoPortServicesInt10:
	case VideoPortServicesWCMemoryProtection:
		return ERROR_NOT_SUPPORTED;
	}
	return ERROR_INVALID_PARAMETER;
}

/* ---- the interrupt's gate ------------------------------------------------------------------------- */

void interrupt_gate_pass(struct videoport *vp)
{
	struct services_state *services = &vp->services;

	pthread_mutex_lock(&services->lock);
	while (services->gate_closed && !services->gate_open_for_ever)
		host_cond_wait(&services->gate_opened, &services->lock);
	pthread_mutex_unlock(&services->lock);
}

void interrupt_gate_end(struct videoport *vp)
{
	pthread_mutex_lock(&vp->services.lock);
	vp->services.gate_open_for_ever = true;
	host_cond_broadcast(&vp->services.gate_opened);
	pthread_mutex_unlock(&vp->services.lock);
}

static VP_STATUS gate_set(struct videoport *vp, bool closed)
{
	if (!vp || !vp->interrupt.connected)
		return ERROR_INVALID_FUNCTION;
	pthread_mutex_lock(&vp->services.lock);
	vp->services.gate_closed = closed;
	host_cond_broadcast(&vp->services.gate_opened);
	pthread_mutex_unlock(&vp->services.lock);
	return NO_ERROR;
}

VP_STATUS NTAPI VideoPortEnableInterrupt(PVOID HwDeviceExtension)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	LEGACY_NOTE(vp, EnableInterrupt);
	return gate_set(vp, false);
}

VP_STATUS NTAPI VideoPortDisableInterrupt(PVOID HwDeviceExtension)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	LEGACY_NOTE(vp, DisableInterrupt);
	return gate_set(vp, true);
}
