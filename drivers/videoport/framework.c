// SPDX-License-Identifier: BSD-2-Clause
/*
 * framework.c: how a driver is loaded and finds its adapter: VideoPortInitialize, HwVidFindAdapter.
 * Called by port.c and by the driver.
 *
 * VideoPortInitialize has no argument for the adapter, so the port travels in Context1; Context2 is
 * an address inside it, which tells a genuine pair.
 */
#include "drivers/videoport/priv.h"

#include "drivers/include/ntstatus.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define ADAPTERS_MAX 8 /* calls of HwVidFindAdapter for one driver */

/* ---- DriverEntry ----------------------------------------------------------------------------- */

/*
 * A driver may try an older structure after a newer one was refused: what counts is whether one was
 * taken in the end.
 */
static void refusal_report(struct videoport *vp)
{
	if (vp->framework.refused == STATUS_REVISION_MISMATCH)
		rule_broken(vp, RULE_INIT_SIZE, vp->framework.refused,
			"VideoPortInitialize: HwInitDataSize is %u; known are %d, %d and %d",
			vp->framework.refused_size, SIZE_OF_NT4_VIDEO_HW_INITIALIZATION_DATA,
			SIZE_OF_W2K_VIDEO_HW_INITIALIZATION_DATA,
			SIZE_OF_WXP_VIDEO_HW_INITIALIZATION_DATA);
	else if (vp->framework.refused == STATUS_INVALID_PARAMETER)
		rule_broken(vp, RULE_INIT_ROUTINES, vp->framework.refused,
			"VideoPortInitialize: HwFindAdapter, HwInitialize or HwStartIO is NULL");
}

int framework_load(struct videoport *vp, struct err *err)
{
	watch_callback(vp, "DriverEntry", false, 0);

	struct callback before = passive_enter(vp);
	uint32_t status = vp->config.driver_entry(vp, &vp->framework);

	passive_leave(vp, &before, "DriverEntry");
	watch_callback(vp, "DriverEntry", true, status);
	if (status == 0 && vp->framework.registered)
		return 0;
	if (!vp->framework.registered)
		refusal_report(vp);
	if (vp->framework.refused == STATUS_REVISION_MISMATCH)
		return err_set(err, ERR_WRONG, -EPROTO,
			"%s: rule %d: VideoPortInitialize knows no structure of HwInitDataSize %u; "
			"expected %d, %d or %d bytes",
			vp->config.driver_name, RULE_INIT_SIZE, vp->framework.refused_size,
			SIZE_OF_NT4_VIDEO_HW_INITIALIZATION_DATA,
			SIZE_OF_W2K_VIDEO_HW_INITIALIZATION_DATA,
			SIZE_OF_WXP_VIDEO_HW_INITIALIZATION_DATA);
	if (vp->framework.refused)
		return err_set(err, ERR_WRONG, -EPROTO,
			"%s: rule %d: VideoPortInitialize was refused; expected HwFindAdapter, "
			"HwInitialize and HwStartIO",
			vp->config.driver_name, RULE_INIT_ROUTINES);
	return err_set(err, ERR_WRONG, -EPROTO,
		"%s: DriverEntry returned 0x%x and %s; expected 0 and a successful "
		"VideoPortInitialize",
		vp->config.driver_name, status,
		vp->framework.registered ? "registered" : "did not register");
}

static bool size_known(ULONG size)
{
	return size == (ULONG)SIZE_OF_NT4_VIDEO_HW_INITIALIZATION_DATA ||
	       size == (ULONG)SIZE_OF_W2K_VIDEO_HW_INITIALIZATION_DATA ||
	       size == (ULONG)SIZE_OF_WXP_VIDEO_HW_INITIALIZATION_DATA;
}

static ULONG refuse(struct videoport *vp, NTSTATUS status, ULONG size)
{
	vp->framework.refused = status;
	vp->framework.refused_size = size;
	return (ULONG)status;
}

/*
 * A driver of Windows NT 4.0 calls once for each bus its adapters come on. The bus here is PCI: what it gives for that
 * counts, and on any other there is nothing (D-24).
 */
static bool another_bus(struct videoport *vp, const VIDEO_HW_INITIALIZATION_DATA *data)
{
	return data->AdapterInterfaceType != vp->hw.AdapterInterfaceType;
}

ULONG NTAPI VideoPortInitialize(PVOID Argument1, PVOID Argument2,
	PVIDEO_HW_INITIALIZATION_DATA HwInitializationData, PVOID HwContext)
{
	struct videoport *vp = irql_thread.port;

	/* The thread knows whom it loads; the arguments must say the same. */
	if (!vp || Argument1 != vp || Argument2 != &vp->framework || !HwInitializationData)
		return (ULONG)STATUS_INVALID_PARAMETER;
	if (vp->framework.registered && !another_bus(vp, HwInitializationData)) {
		rule_broken(vp, RULE_INIT_TWICE, STATUS_INVALID_PARAMETER,
			"VideoPortInitialize: called again after it had succeeded");
		return (ULONG)STATUS_INVALID_PARAMETER;
	}
	if (vp->framework.registered && HwInitializationData->AdapterInterfaceType != PCIBus)
		return (ULONG)STATUS_NO_SUCH_DEVICE;

	ULONG size = HwInitializationData->HwInitDataSize;

	if (!size_known(size))
		return refuse(vp, STATUS_REVISION_MISMATCH, size);
	if (!HwInitializationData->HwFindAdapter || !HwInitializationData->HwInitialize ||
		!HwInitializationData->HwStartIO)
		return refuse(vp, STATUS_INVALID_PARAMETER, size);
	memset(&vp->hw, 0, sizeof(vp->hw));
	memcpy(&vp->hw, HwInitializationData, size);
	vp->framework.hw_context = HwContext;
	vp->framework.registered = true;
	vp->framework.refused = 0;
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
	const char *logged = "the driver logged nothing";

	/* The last thing that was told is the nearest to the reason. */
	while (videoport_events(vp, &event, 1, NULL))
		logged = event.message;

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
		"%s: HwVidFindAdapter found no adapter it can drive on this device (status %d, "
		"%s); "
		"choose a device that it is written for (--device)",
		vp->config.driver_name, status, logged);
}

/* What the driver says it needs of the ISA bus; claimed before it looks for its adapter. */
static void legacy_resources(struct videoport *vp)
{
	PVIDEO_ACCESS_RANGE list = vp->hw.HwLegacyResourceList;
	ULONG count = vp->hw.HwLegacyResourceCount;
	PCI_COMMON_CONFIG config;

	memcpy(&config, vp->resource.pci, sizeof(config));
	if (vp->hw.HwGetLegacyResources) {
		list = NULL;
		count = 0;

		struct callback before = passive_enter(vp);

		vp->hw.HwGetLegacyResources(config.VendorID, config.DeviceID, &list, &count);
		passive_leave(vp, &before, "HwVidLegacyResources");
	}
	if (list)
		resource_claim_legacy(vp, list, count);
}

/*
 * Further adapters of a driver that sets Again: it gets a fresh extension each time, and no access
 * ranges, as there is one device. A driver that looks finds nothing, and that ends it.
 */
static void find_further(struct videoport *vp, UCHAR again)
{
	for (unsigned i = 1; again && i < ADAPTERS_MAX; i++) {
		VIDEO_PORT_CONFIG_INFO info;
		void *extension = extension_create(vp, vp->hw.HwDeviceExtensionSize);

		if (!extension)
			return;
		config_fill(vp, &info);
		again = 0;

		struct callback before = passive_enter(vp);

		irql_thread.starting = true;

		VP_STATUS status = vp->hw.HwFindAdapter(
			extension, vp->framework.hw_context, NULL, &info, &again);

		passive_leave(vp, &before, "HwVidFindAdapter");
		if (status != NO_ERROR)
			return;
	}
}

int framework_find(struct videoport *vp, bool *interrupt, struct err *err)
{
	VIDEO_PORT_CONFIG_INFO info;
	UCHAR again = 0;

	legacy_resources(vp);
	config_fill(vp, &info);
	vp->framework.finding = true;
	watch_callback(vp, "HwVidFindAdapter", false, 0);

	struct callback before = passive_enter(vp);

	irql_thread.starting = true;

	VP_STATUS status = vp->hw.HwFindAdapter(
		vp->extension, vp->framework.hw_context, NULL, &info, &again);

	passive_leave(vp, &before, "HwVidFindAdapter");
	watch_callback(vp, "HwVidFindAdapter", true, status);
	if (status == NO_ERROR)
		find_further(vp, again);
	vp->framework.finding = false;
	if (status != NO_ERROR)
		return find_failed(vp, status, err);
	*interrupt = vp->hw.HwInterrupt && vp->device->caps.irq &&
	             (info.BusInterruptLevel || info.BusInterruptVector);
	return 0;
}
