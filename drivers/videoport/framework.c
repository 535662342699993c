// SPDX-License-Identifier: BSD-2-Clause
/*
 * framework.c: how a driver is loaded and finds its adapter: VideoPortInitialize, HwVidFindAdapter,
 * and the registry. Called by port.c and by the driver.
 *
 * VideoPortInitialize has no argument for the adapter, so the port travels in Context1; Context2 is
 * an address inside it, which tells a genuine pair.
 */
#include "drivers/videoport/priv.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* NTSTATUS values; a driver assumes nothing about them. */
#define STATUS_INVALID_PARAMETER 0xC000000Du
#define STATUS_REVISION_MISMATCH 0xC0000059u

/* ---- DriverEntry ----------------------------------------------------------------------------- */

int framework_load(struct videoport *vp, struct err *err)
{
	watch_callback(vp, "DriverEntry", false, 0);

	uint32_t status = vp->config.driver_entry(vp, &vp->framework);

	watch_callback(vp, "DriverEntry", true, status);

	if (status == STATUS_REVISION_MISMATCH)
		return err_set(err, ERR_WRONG, -EPROTO,
			"%s: VideoPortInitialize knows no structure of that HwInitDataSize; "
			"expected "
			"%d, %d or %d bytes",
			vp->config.driver_name, SIZE_OF_NT4_VIDEO_HW_INITIALIZATION_DATA,
			SIZE_OF_W2K_VIDEO_HW_INITIALIZATION_DATA,
			SIZE_OF_WXP_VIDEO_HW_INITIALIZATION_DATA);
	if (status || !vp->framework.registered)
		return err_set(err, ERR_WRONG, -EPROTO,
			"%s: DriverEntry returned 0x%x and %s; expected 0 and a successful "
			"VideoPortInitialize with HwFindAdapter, HwInitialize and HwStartIO",
			vp->config.driver_name, status,
			vp->framework.registered ? "registered" : "did not register");
	return 0;
}

static bool size_known(ULONG size)
{
	return size == (ULONG)SIZE_OF_NT4_VIDEO_HW_INITIALIZATION_DATA ||
	       size == (ULONG)SIZE_OF_W2K_VIDEO_HW_INITIALIZATION_DATA ||
	       size == (ULONG)SIZE_OF_WXP_VIDEO_HW_INITIALIZATION_DATA;
}

ULONG NTAPI VideoPortInitialize(PVOID Argument1, PVOID Argument2,
	PVIDEO_HW_INITIALIZATION_DATA HwInitializationData, PVOID HwContext)
{
	struct videoport *vp = Argument1;

	(void)HwContext;
	if (!vp || Argument2 != &vp->framework || !HwInitializationData || vp->framework.registered)
		return STATUS_INVALID_PARAMETER;

	ULONG size = HwInitializationData->HwInitDataSize;

	if (!size_known(size))
		return STATUS_REVISION_MISMATCH;
	if (!HwInitializationData->HwFindAdapter || !HwInitializationData->HwInitialize ||
		!HwInitializationData->HwStartIO)
		return STATUS_INVALID_PARAMETER;
	memcpy(&vp->hw, HwInitializationData, size);
	vp->framework.registered = true;
	return 0;
}

/* ---- HwVidFindAdapter ------------------------------------------------------------------------ */

static void append_ascii(WCHAR *text, size_t *len, size_t capacity, const char *ascii)
{
	while (*ascii && *len + 1 < capacity)
		text[(*len)++] = (WCHAR)(unsigned char)*ascii++;
	text[*len] = 0;
}

static void registry_path_build(struct videoport *vp)
{
	WCHAR *path = vp->framework.registry_path;
	size_t len = 0, capacity = sizeof(vp->framework.registry_path) / sizeof(*path);

	append_ascii(
		path, &len, capacity, "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\");
	append_ascii(path, &len, capacity, vp->config.driver_name);
}

static PVOID NTAPI get_proc_address(PVOID HwDeviceExtension, PUCHAR FunctionName)
{
	if (!videoport_from_extension(HwDeviceExtension) || !FunctionName)
		return NULL;
	return export_find((const char *)FunctionName);
}

static void config_fill(struct videoport *vp, VIDEO_PORT_CONFIG_INFO *info)
{
	bool irq = vp->device->caps.irq;

	registry_path_build(vp);
	*info = (VIDEO_PORT_CONFIG_INFO){
		.Length = sizeof(*info),
		.AdapterInterfaceType = PCIBus,
		.BusInterruptLevel = irq ? IRQL_DEVICE : 0,
		.BusInterruptVector = irq ? IRQL_DEVICE : 0,
		.InterruptMode = Latched,
		.Master = TRUE,
		.ScatterGather = vp->device->caps.scatter_gather,
		.MaximumTransferLength = vp->device->caps.transfer_bytes_max,
		.VideoPortGetProcAddress = get_proc_address,
		.DriverRegistryPath = vp->framework.registry_path,
		.SystemMemorySize = (ULONGLONG)sysconf(_SC_PHYS_PAGES) * PAGE_BYTES,
	};
}

/* What a driver's refusal means to whoever opened the port. */
static int find_failed(struct videoport *vp, VP_STATUS status, struct err *err)
{
	struct videoport_event event;
	const char *logged = videoport_events(vp, &event, 1, NULL) ? event.message
	                                                           : "the driver logged nothing";

	if (status == ERROR_INVALID_PARAMETER)
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s: HwVidFindAdapter refused its configuration (%s); check the driver's "
			"registry "
			"parameters",
			vp->config.driver_name, logged);
	if (status == ERROR_NOT_ENOUGH_MEMORY)
		return err_set(err, ERR_MISSING, -ENOMEM,
			"%s: HwVidFindAdapter found too little memory (%s); ask for fewer or "
			"smaller "
			"buffers",
			vp->config.driver_name, logged);
	return err_set(err, ERR_MISSING, -ENODEV,
		"%s: HwVidFindAdapter found no adapter it can drive on this device (status %d, %s)",
		vp->config.driver_name, status, logged);
}

int framework_find(struct videoport *vp, bool *interrupt, struct err *err)
{
	VIDEO_PORT_CONFIG_INFO info;
	UCHAR again = 0;

	config_fill(vp, &info);
	vp->framework.finding = true;
	watch_callback(vp, "HwVidFindAdapter", false, 0);

	VP_STATUS status = vp->hw.HwFindAdapter(vp->extension, NULL, NULL, &info, &again);

	watch_callback(vp, "HwVidFindAdapter", true, status);
	vp->framework.finding = false;
	if (status != NO_ERROR)
		return find_failed(vp, status, err);
	*interrupt = vp->hw.HwInterrupt && vp->device->caps.irq &&
	             (info.BusInterruptLevel || info.BusInterruptVector);
	return 0;
}

/* ---- registry -------------------------------------------------------------------------------- */

/* Value names are compared without regard to case. */
static bool name_equal(PCWSTR wide, const char *ascii)
{
	for (; *ascii && *wide; ascii++, wide++) {
		if (*wide > 0x7f || tolower(*wide) != tolower((unsigned char)*ascii))
			return false;
	}
	return !*ascii && !*wide;
}

/* The callback takes the name as non-const; it gets a copy. */
static VP_STATUS parameter_give(struct videoport *vp, const struct videoport_parameter *parameter,
	PMINIPORT_GET_REGISTRY_ROUTINE routine, PVOID context)
{
	WCHAR name[VIDEOPORT_NAME_MAX];
	size_t len = 0;
	ULONG value = parameter->value;

	append_ascii(name, &len, VIDEOPORT_NAME_MAX, parameter->name);
	return routine(vp->extension, context, name, &value, sizeof(value));
}

VP_STATUS NTAPI VideoPortGetRegistryParameters(PVOID HwDeviceExtension, PCWSTR ParameterName,
	UCHAR IsParameterFileName, PMINIPORT_GET_REGISTRY_ROUTINE CallbackRoutine, PVOID Context)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortGetRegistryParameters))
		return ERROR_INVALID_PARAMETER;
	if (!ParameterName || !CallbackRoutine || IsParameterFileName) {
		rule_broken(vp, RULE_REGISTRY_ARGUMENT, ERROR_INVALID_PARAMETER,
			"VideoPortGetRegistryParameters: expected a name, a callback and "
			"IsParameterFileName FALSE (values that name files are not supported)");
		return ERROR_INVALID_PARAMETER;
	}
	for (unsigned i = 0; i < vp->config.parameter_count; i++) {
		const struct videoport_parameter *parameter = &vp->config.parameters[i];

		if (name_equal(ParameterName, parameter->name))
			return parameter_give(vp, parameter, CallbackRoutine, Context);
	}
	return ERROR_INVALID_PARAMETER;
}
