/* SPDX-License-Identifier: BSD-2-Clause */
/*++

Module Name:

    framebuffer.c

Abstract:

    Frame buffer miniport: a table of modes, the adapter's memory mapped for the
    display driver, one monitor with a made-up EDID. No DMA and no interrupt. In
    the manner of the sample drivers of the time: PAGED_CODE and alloc_text,
    registry values, a PHYSICAL_ADDRESS in flattened initialisers, one switch
    over the requests with METHOD_BUFFERED lengths checked case by case.

--*/

#include "ntdef.h"

#include "dderror.h"
#include "devioctl.h"
#include "miniport.h"

#include "ntddvdeo.h"
#include "video.h"

#define FB_TAG 'BFpV'

//
// The frame buffer is the adapter's largest memory range.
//

typedef struct _FB_MODE {
    ULONG Width;
    ULONG Height;
    ULONG Depth;
    ULONG Frequency;
} FB_MODE, *PFB_MODE;

typedef struct _HW_DEVICE_EXTENSION {
    PHYSICAL_ADDRESS FrameAddress;
    ULONG FrameLength;
    UCHAR FrameInIoSpace;
    ULONG CurrentMode;
    ULONG NumModes;     // that fit into the memory
    ULONG DefaultMode;  // registry
    struct {
        PVOID Address;
        HANDLE Process;
    };                  // what MAP_VIDEO_MEMORY gave last
    PUCHAR Edid;
} HW_DEVICE_EXTENSION, *PHW_DEVICE_EXTENSION;

static const FB_MODE FbModes[] = {
    {  640, 480, 32, 60 },
    {  800, 600, 16, 60 },
    {  800, 600, 32, 60 },
    { 1024, 768, 16, 75 },
    { 1024, 768, 32, 75 },
};

#define FB_MODE_COUNT (sizeof(FbModes) / sizeof(FbModes[0]))
#define FB_NO_MODE    ((ULONG)-1)

//
// What a VGA would decode besides, should this adapter be the one that boots.
//

VIDEO_ACCESS_RANGE FbLegacyRanges[] = {
    { 0x000A0000, 0x00000000, 0x00020000, 0, 1, 1, 0 },
};

VP_STATUS NTAPI FbFindAdapter(IN PVOID HwDeviceExtension, IN PVOID HwContext, IN PWSTR ArgumentString,
    IN OUT PVIDEO_PORT_CONFIG_INFO ConfigInfo, OUT PUCHAR Again);
BOOLEAN NTAPI FbInitialize(IN PVOID HwDeviceExtension);
BOOLEAN NTAPI FbStartIO(IN PVOID HwDeviceExtension, IN OUT PVIDEO_REQUEST_PACKET RequestPacket);
BOOLEAN NTAPI FbResetHw(IN PVOID HwDeviceExtension, IN ULONG Columns, IN ULONG Rows);
VP_STATUS NTAPI FbGetPowerState(
    IN PVOID HwDeviceExtension, IN ULONG HwId, IN OUT PVIDEO_POWER_MANAGEMENT VideoPowerControl);
VP_STATUS NTAPI FbSetPowerState(
    IN PVOID HwDeviceExtension, IN ULONG HwId, IN PVIDEO_POWER_MANAGEMENT VideoPowerControl);
VP_STATUS NTAPI FbGetChildDescriptor(IN PVOID HwDeviceExtension, IN PVIDEO_CHILD_ENUM_INFO ChildEnumInfo,
    OUT PVIDEO_CHILD_TYPE VideoChildType, OUT PUCHAR pChildDescriptor, OUT PULONG UId, OUT PULONG pUnused);

#if defined(ALLOC_PRAGMA)
#pragma alloc_text(PAGE, FbFindAdapter)
#pragma alloc_text(PAGE, FbInitialize)
#pragma alloc_text(PAGE, FbStartIO)
#pragma alloc_text(PAGE, FbGetPowerState)
#pragma alloc_text(PAGE, FbSetPowerState)
#pragma alloc_text(PAGE, FbGetChildDescriptor)
#endif

ULONG NTAPI
DriverEntry(PVOID Context1, PVOID Context2)
{
    VIDEO_HW_INITIALIZATION_DATA hwInitData;

    VideoPortZeroMemory(&hwInitData, sizeof(VIDEO_HW_INITIALIZATION_DATA));
    hwInitData.HwInitDataSize = sizeof(VIDEO_HW_INITIALIZATION_DATA);
    hwInitData.HwFindAdapter = FbFindAdapter;
    hwInitData.HwInitialize = FbInitialize;
    hwInitData.HwInterrupt = NULL;
    hwInitData.HwStartIO = FbStartIO;
    hwInitData.HwResetHw = FbResetHw;
    hwInitData.HwGetPowerState = FbGetPowerState;
    hwInitData.HwSetPowerState = FbSetPowerState;
    hwInitData.HwGetVideoChildDescriptor = FbGetChildDescriptor;
    hwInitData.HwDeviceExtensionSize = sizeof(HW_DEVICE_EXTENSION);
    hwInitData.StartingDeviceNumber = 0;
    hwInitData.HwLegacyResourceList = FbLegacyRanges;
    hwInitData.HwLegacyResourceCount = sizeof(FbLegacyRanges) / sizeof(FbLegacyRanges[0]);
    return VideoPortInitialize(Context1, Context2, &hwInitData, NULL);
}

VP_STATUS NTAPI
FbRegistryCallback(PVOID HwDeviceExtension, PVOID Context, PWSTR ValueName, PVOID ValueData, ULONG ValueLength)
{
    UNREFERENCED_PARAMETER(HwDeviceExtension);
    UNREFERENCED_PARAMETER(ValueName);

    if (ValueLength != sizeof(ULONG))
        return ERROR_INVALID_PARAMETER;
    *(PULONG)Context = *(PULONG)ValueData;
    return NO_ERROR;
}

VP_STATUS NTAPI
FbFindAdapter(IN PVOID HwDeviceExtension, IN PVOID HwContext, IN PWSTR ArgumentString,
    IN OUT PVIDEO_PORT_CONFIG_INFO ConfigInfo, OUT PUCHAR Again)
{
    PHW_DEVICE_EXTENSION ext = HwDeviceExtension;
    VIDEO_ACCESS_RANGE accessRange[6];
    VP_STATUS status;
    ULONG i;

    PAGED_CODE();
    UNREFERENCED_PARAMETER(HwContext);
    UNREFERENCED_PARAMETER(ArgumentString);

    if (ConfigInfo->Length < sizeof(VIDEO_PORT_CONFIG_INFO))
        return ERROR_INVALID_PARAMETER;
    *Again = 0;

    VideoPortZeroMemory(accessRange, sizeof(accessRange));
    status = VideoPortGetAccessRanges(HwDeviceExtension, 0, NULL, 6, accessRange, NULL, NULL, NULL);
    if (status != NO_ERROR) {
        VideoPortDebugPrint(Error, "framebuffer: no access ranges (%d)\n", status);
        return status;
    }

    for (i = 0; i < 6; i++) {
        if (!accessRange[i].RangeInIoSpace && accessRange[i].RangeLength > ext->FrameLength) {
            ext->FrameAddress = accessRange[i].RangeStart;
            ext->FrameLength = accessRange[i].RangeLength;
            ext->FrameInIoSpace = accessRange[i].RangeInIoSpace;
        }
    }

    for (i = 0; i < FB_MODE_COUNT; i++) {
        if (FbModes[i].Width * FbModes[i].Height * (FbModes[i].Depth / 8) <= ext->FrameLength)
            ext->NumModes = i + 1;
        else
            break;
    }
    if (ext->NumModes == 0)
        return ERROR_DEV_NOT_EXIST;

    ext->CurrentMode = FB_NO_MODE;
    if (VideoPortGetRegistryParameters(HwDeviceExtension, (PWSTR)L"DefaultMode", FALSE, FbRegistryCallback,
            &ext->DefaultMode) != NO_ERROR ||
        ext->DefaultMode >= ext->NumModes)
        ext->DefaultMode = 0;

    ConfigInfo->NumEmulatorAccessEntries = 0;
    ConfigInfo->EmulatorAccessEntries = NULL;
    ConfigInfo->EmulatorAccessEntriesContext = 0;
    ConfigInfo->HardwareStateSize = 0;
    ConfigInfo->VdmPhysicalVideoMemoryAddress.QuadPart = 0;
    ConfigInfo->VdmPhysicalVideoMemoryLength = 0;
    return NO_ERROR;
}

BOOLEAN NTAPI
FbInitialize(IN PVOID HwDeviceExtension)
{
    PHW_DEVICE_EXTENSION ext = HwDeviceExtension;
    ULONG i;
    UCHAR sum = 0;

    PAGED_CODE();

    ext->Edid = VideoPortAllocatePool(HwDeviceExtension, VpPagedPool, 128, FB_TAG);
    if (ext->Edid == NULL)
        return FALSE;
    VideoPortZeroMemory(ext->Edid, 128);
    for (i = 1; i < 7; i++)
        ext->Edid[i] = 0xFF;
    ext->Edid[8] = 0x10; // manufacturer "DMB"
    ext->Edid[9] = 0xA2;
    ext->Edid[18] = 1; // version 1.3
    ext->Edid[19] = 3;
    for (i = 0; i < 127; i++)
        sum = (UCHAR)(sum + ext->Edid[i]);
    ext->Edid[127] = (UCHAR)(0 - sum);
    return TRUE;
}

static VOID
FbDescribeMode(PHW_DEVICE_EXTENSION ext, ULONG index, PVIDEO_MODE_INFORMATION mode)
{
    const FB_MODE *from = &FbModes[index];

    VideoPortZeroMemory(mode, sizeof(VIDEO_MODE_INFORMATION));
    mode->Length = sizeof(VIDEO_MODE_INFORMATION);
    mode->ModeIndex = index;
    mode->VisScreenWidth = from->Width;
    mode->VisScreenHeight = from->Height;
    mode->ScreenStride = from->Width * (from->Depth / 8);
    mode->NumberOfPlanes = 1;
    mode->BitsPerPlane = from->Depth;
    mode->Frequency = from->Frequency;
    mode->XMillimeter = 320;
    mode->YMillimeter = 240;
    mode->NumberRedBits = mode->NumberBlueBits = from->Depth == 16 ? 5 : 8;
    mode->NumberGreenBits = from->Depth == 16 ? 6 : 8;
    mode->RedMask = from->Depth == 16 ? 0xF800 : 0xFF0000;
    mode->GreenMask = from->Depth == 16 ? 0x07E0 : 0x00FF00;
    mode->BlueMask = from->Depth == 16 ? 0x001F : 0x0000FF;
    mode->AttributeFlags = VIDEO_MODE_COLOR | VIDEO_MODE_GRAPHICS | VIDEO_MODE_NO_OFF_SCREEN;
    mode->VideoMemoryBitmapWidth = from->Width;
    mode->VideoMemoryBitmapHeight = ext->FrameLength / mode->ScreenStride;
}

static VP_STATUS
FbMapMemory(PHW_DEVICE_EXTENSION ext, PVIDEO_REQUEST_PACKET RequestPacket)
{
    PVIDEO_MEMORY_INFORMATION memory = RequestPacket->OutputBuffer;
    PVOID address;
    ULONG length = ext->FrameLength;
    ULONG inIoSpace = VIDEO_MEMORY_SPACE_MEMORY;
    VP_STATUS status;

    if (RequestPacket->OutputBufferLength < sizeof(VIDEO_MEMORY_INFORMATION) ||
        RequestPacket->InputBufferLength < sizeof(VIDEO_MEMORY))
        return ERROR_INSUFFICIENT_BUFFER;

    // input and output are one buffer: the input is read first
    address = ((PVIDEO_MEMORY)RequestPacket->InputBuffer)->RequestedVirtualAddress;
    status = VideoPortMapMemory(ext, ext->FrameAddress, &length, &inIoSpace, &address);
    if (status != NO_ERROR)
        return status;
    ext->Address = address;
    memory->VideoRamBase = address;
    memory->VideoRamLength = length;
    memory->FrameBufferBase = address;
    memory->FrameBufferLength = length;
    RequestPacket->StatusBlock->Information = sizeof(VIDEO_MEMORY_INFORMATION);
    return NO_ERROR;
}

static VP_STATUS
FbUnmapMemory(PHW_DEVICE_EXTENSION ext, PVIDEO_REQUEST_PACKET RequestPacket)
{
    if (RequestPacket->InputBufferLength < sizeof(VIDEO_MEMORY))
        return ERROR_INSUFFICIENT_BUFFER;
    ext->Address = NULL;
    return VideoPortUnmapMemory(
        ext, ((PVIDEO_MEMORY)RequestPacket->InputBuffer)->RequestedVirtualAddress, NULL);
}

BOOLEAN NTAPI
FbStartIO(IN PVOID HwDeviceExtension, IN OUT PVIDEO_REQUEST_PACKET RequestPacket)
{
    PHW_DEVICE_EXTENSION ext = HwDeviceExtension;
    PVIDEO_MODE_INFORMATION modes = RequestPacket->OutputBuffer;
    VP_STATUS status = NO_ERROR;
    ULONG i;

    PAGED_CODE();

    RequestPacket->StatusBlock->Information = 0;
    switch (RequestPacket->IoControlCode) {

    case IOCTL_VIDEO_QUERY_NUM_AVAIL_MODES:
        if (RequestPacket->OutputBufferLength < sizeof(VIDEO_NUM_MODES)) {
            status = ERROR_INSUFFICIENT_BUFFER;
            break;
        }
        ((PVIDEO_NUM_MODES)RequestPacket->OutputBuffer)->NumModes = ext->NumModes;
        ((PVIDEO_NUM_MODES)RequestPacket->OutputBuffer)->ModeInformationLength =
            sizeof(VIDEO_MODE_INFORMATION);
        RequestPacket->StatusBlock->Information = sizeof(VIDEO_NUM_MODES);
        break;

    case IOCTL_VIDEO_QUERY_AVAIL_MODES:
        if (RequestPacket->OutputBufferLength < ext->NumModes * sizeof(VIDEO_MODE_INFORMATION)) {
            status = ERROR_INSUFFICIENT_BUFFER;
            break;
        }
        for (i = 0; i < ext->NumModes; i++)
            FbDescribeMode(ext, i, &modes[i]);
        RequestPacket->StatusBlock->Information = ext->NumModes * sizeof(VIDEO_MODE_INFORMATION);
        break;

    case IOCTL_VIDEO_QUERY_CURRENT_MODE:
        if (RequestPacket->OutputBufferLength < sizeof(VIDEO_MODE_INFORMATION)) {
            status = ERROR_INSUFFICIENT_BUFFER;
            break;
        }
        FbDescribeMode(
            ext, ext->CurrentMode == FB_NO_MODE ? ext->DefaultMode : ext->CurrentMode, modes);
        RequestPacket->StatusBlock->Information = sizeof(VIDEO_MODE_INFORMATION);
        break;

    case IOCTL_VIDEO_SET_CURRENT_MODE:
        if (RequestPacket->InputBufferLength < sizeof(VIDEO_MODE)) {
            status = ERROR_INSUFFICIENT_BUFFER;
            break;
        }
        i = ((PVIDEO_MODE)RequestPacket->InputBuffer)->RequestedMode &
            ~(VIDEO_MODE_NO_ZERO_MEMORY | VIDEO_MODE_MAP_MEM_LINEAR);
        if (i >= ext->NumModes) {
            status = ERROR_INVALID_PARAMETER;
            break;
        }
        ext->CurrentMode = i;
        break;

    case IOCTL_VIDEO_RESET_DEVICE:
        ext->CurrentMode = FB_NO_MODE;
        break;

    case IOCTL_VIDEO_MAP_VIDEO_MEMORY:
        status = FbMapMemory(ext, RequestPacket);
        break;

    case IOCTL_VIDEO_UNMAP_VIDEO_MEMORY:
        status = FbUnmapMemory(ext, RequestPacket);
        break;

    default:
        status = ERROR_INVALID_FUNCTION;
        break;
    }
    RequestPacket->StatusBlock->Status = status;
    return TRUE;
}

BOOLEAN NTAPI
FbResetHw(IN PVOID HwDeviceExtension, IN ULONG Columns, IN ULONG Rows)
{
    UNREFERENCED_PARAMETER(Columns);
    UNREFERENCED_PARAMETER(Rows);

    ((PHW_DEVICE_EXTENSION)HwDeviceExtension)->CurrentMode = FB_NO_MODE;
    return FALSE; // the text mode is left to the BIOS
}

VP_STATUS NTAPI
FbGetPowerState(IN PVOID HwDeviceExtension, IN ULONG HwId, IN OUT PVIDEO_POWER_MANAGEMENT VideoPowerControl)
{
    PAGED_CODE();
    UNREFERENCED_PARAMETER(HwDeviceExtension);
    UNREFERENCED_PARAMETER(HwId);
    UNREFERENCED_PARAMETER(VideoPowerControl);
    return NO_ERROR;
}

VP_STATUS NTAPI
FbSetPowerState(IN PVOID HwDeviceExtension, IN ULONG HwId, IN PVIDEO_POWER_MANAGEMENT VideoPowerControl)
{
    PHW_DEVICE_EXTENSION ext = HwDeviceExtension;

    PAGED_CODE();
    if (HwId == DISPLAY_ADAPTER_HW_ID && VideoPowerControl->PowerState == VideoPowerShutdown &&
        ext->Edid != NULL) {
        VideoPortFreePool(HwDeviceExtension, ext->Edid);
        ext->Edid = NULL;
    }
    return NO_ERROR;
}

VP_STATUS NTAPI
FbGetChildDescriptor(IN PVOID HwDeviceExtension, IN PVIDEO_CHILD_ENUM_INFO ChildEnumInfo,
    OUT PVIDEO_CHILD_TYPE VideoChildType, OUT PUCHAR pChildDescriptor, OUT PULONG UId, OUT PULONG pUnused)
{
    PHW_DEVICE_EXTENSION ext = HwDeviceExtension;

    PAGED_CODE();
    *pUnused = 0;
    switch (ChildEnumInfo->ChildIndex) {

    case 0:
        // ACPI devices; there are none
        return VIDEO_ENUM_NO_MORE_DEVICES;

    case 1:
        *VideoChildType = Monitor;
        *UId = 1;
        if (ext->Edid != NULL && ChildEnumInfo->ChildDescriptorSize >= 128)
            VideoPortMoveMemory(pChildDescriptor, ext->Edid, 128);
        return VIDEO_ENUM_MORE_DEVICES;

    default:
        return VIDEO_ENUM_NO_MORE_DEVICES;
    }
}
