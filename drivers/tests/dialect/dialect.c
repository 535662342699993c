/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dialect.c: a miniport's source as one was written for the compilers of its time: their words, their
 * pragmas, their initialisers. Never run; dialect_test.c compiles it with gcc and clang, checked and
 * free, and the assertions below hold then.
 */
#define INITGUID
#include "ntdef.h"
#include "miniport.h"
#include "dderror.h"
#include "devioctl.h"
#include "ntddvdeo.h"
#include "video.h"
#include "videoagp.h"
#include "windef.h"
#include "wingdi.h"
#include "ntstatus.h"

#define DIALECT_TAG 'gatD'

DEFINE_GUID(GUID_DIALECT, 0x5b45201d, 0xf2f2, 0x4f3b, 0x85, 0xbb, 0x30, 0xff, 0x1f, 0x95, 0x35, 0x99);

typedef struct _HW_DEVICE_EXTENSION {
    PUCHAR          IoBase;
    PVOID           FrameBuffer;
    PHYSICAL_ADDRESS PhysicalFrame;
    unsigned __int64 Uptime;
    __declspec(align(16)) UCHAR Aligned[16];
    LIST_ENTRY      Requests;
    union {
        struct { ULONG Low, High; };
        unsigned __int64 Whole;
    };
} HW_DEVICE_EXTENSION, *PHW_DEVICE_EXTENSION;

VP_STATUS NTAPI HwFindAdapter(IN PVOID HwDeviceExtension, IN PVOID HwContext, IN PWSTR ArgumentString,
    IN OUT PVIDEO_PORT_CONFIG_INFO ConfigInfo, OUT PUCHAR Again);
BOOLEAN __stdcall HwInitialize(__in PVOID HwDeviceExtension);
BOOLEAN HwStartIO(_In_ PVOID HwDeviceExtension, _Inout_ PVIDEO_REQUEST_PACKET RequestPacket);
static __forceinline ULONG Twice(ULONG Value) { return 2 * Value; }
__declspec(noinline) static int __cdecl Sum(int a, int b);
void __fastcall Nothing(OPTIONAL PVOID Context OPTIONAL);

#if defined(ALLOC_PRAGMA)
#error "only one compiler has it"
#endif
#pragma alloc_text(PAGE, HwFindAdapter)
#pragma alloc_text(PAGE, HwInitialize)
#pragma code_seg("PAGE")

VIDEO_ACCESS_RANGE LegacyRanges[] = {
    {0x3B0, 0x00000000, 0x0C, 1, 1, 1, 0},
    {{{0x3C0, 0x00000000}}, 0x20, 1, 1, 1, 0},
    {0xA0000, 0, 0x20000, 0, 1, 1, VIDEO_RANGE_PASSIVE_DECODE},
};
PHYSICAL_ADDRESS Zero = {{0, 0}}, Nought = {0}, Some = {0x12345678, 0x9A};

VIDEO_MODE_INFORMATION Modes[] = {
    { sizeof(VIDEO_MODE_INFORMATION), 0, 640, 480, 640, 1, 8, 60, 320, 240, 8, 8, 8, 0, 0, 0,
      VIDEO_MODE_COLOR | VIDEO_MODE_GRAPHICS | VIDEO_MODE_PALETTE_DRIVEN | VIDEO_MODE_LINEAR, 640, 480, 0 },
};

C_ASSERT(sizeof(VIDEO_MODE_INFORMATION) == 80);
C_ASSERT(sizeof(VIDEO_NUM_MODES) == 8);
C_ASSERT(sizeof(VIDEO_MEMORY_INFORMATION) == 32);
C_ASSERT(FIELD_OFFSET(VIDEO_MEMORY_INFORMATION, FrameBufferBase) == 16);
C_ASSERT(sizeof(VIDEO_SHARE_MEMORY) == 24);
C_ASSERT(sizeof(VIDEO_CLUT) == 8);
C_ASSERT(sizeof(VIDEO_PUBLIC_ACCESS_RANGES) == 16);
C_ASSERT(sizeof(VIDEO_POINTER_ATTRIBUTES) == 28);
C_ASSERT(sizeof(VIDEO_BANK_SELECT) == 52);
C_ASSERT(sizeof(VIDEO_COLOR_CAPABILITIES) == 72);
C_ASSERT(sizeof(VIDEO_CHILD_STATE_CONFIGURATION) == 12);
C_ASSERT(sizeof(IO_RESOURCE_DESCRIPTOR) == 32);
C_ASSERT(FIELD_OFFSET(IO_RESOURCE_DESCRIPTOR, u) == 8);
C_ASSERT(sizeof(VRB_SG) == 16);
C_ASSERT(sizeof(VPOSVERSIONINFO) == 20);
C_ASSERT(sizeof(INTERFACE) == 32);
C_ASSERT(sizeof(VIDEO_PORT_I2C_INTERFACE) == 64 && sizeof(VIDEO_PORT_I2C_INTERFACE_2) == 64);
C_ASSERT(sizeof(VIDEO_PORT_AGP_INTERFACE_2) == 112);
C_ASSERT(sizeof(QUERY_INTERFACE) == 32);
C_ASSERT(sizeof(EMULATOR_ACCESS_ENTRY) == 24);
C_ASSERT(sizeof(GUID) == 16);
C_ASSERT(sizeof(__int64) == 8 && sizeof(WCHAR) == 2 && sizeof(L"ab") == 6);
C_ASSERT(sizeof(wchar_t) == 2 && sizeof(DWORD) == 4 && sizeof(BOOL) == 4);
C_ASSERT(DIALECT_TAG == 0x67617444);
C_ASSERT(IOCTL_VIDEO_MAP_VIDEO_MEMORY == 0x230458);
C_ASSERT(IOCTL_VIDEO_QUERY_NUM_AVAIL_MODES == 0x230404);
C_ASSERT(FIELD_OFFSET(HW_DEVICE_EXTENSION, Aligned) % 16 == 0);
C_ASSERT(PNPBus == 15 && MaximumInterfaceType == 17);
C_ASSERT(VideoPortServicesWCMemoryProtection == 6 && VideoPortDmaInitOnly == 3);

__declspec(noinline) static int __cdecl Sum(int a, int b) { return a + b; }

void __fastcall Nothing(PVOID Context) { UNREFERENCED_PARAMETER(Context); }

VP_STATUS NTAPI HwFindAdapter(PVOID HwDeviceExtension, PVOID HwContext, PWSTR ArgumentString,
    PVIDEO_PORT_CONFIG_INFO ConfigInfo, PUCHAR Again)
{
    PHW_DEVICE_EXTENSION ext = (PHW_DEVICE_EXTENSION)HwDeviceExtension;
    PWSTR name = L"Chip Type";
    VIDEO_ACCESS_RANGE ranges[3];
    NTSTATUS nt = STATUS_SUCCESS;

    PAGED_CODE();
    UNREFERENCED_PARAMETER(HwContext);
    UNREFERENCED_PARAMETER(ArgumentString);
    if (ConfigInfo->Length < sizeof(VIDEO_PORT_CONFIG_INFO))
        return ERROR_INVALID_PARAMETER;
    VideoDebugPrint((Trace, "dialect: %d ranges\n", (int)ARRAYSIZE(LegacyRanges)));
    ASSERT(ext != NULL);
    if (VideoPortVerifyAccessRanges(ext, 3, LegacyRanges) != NO_ERROR ||
        VideoPortGetAccessRanges(ext, 0, NULL, 3, ranges, NULL, NULL, NULL) != NO_ERROR)
        return ERROR_DEV_NOT_EXIST;
    ext->IoBase = VideoPortGetDeviceBase(ext, ranges[0].RangeStart, ranges[0].RangeLength,
        (UCHAR)(ranges[0].RangeInIoSpace | VIDEO_MEMORY_SPACE_IO));
    VideoPortWritePortUshort((PUSHORT)(ext->IoBase + 4), 0x0102);
    ext->FrameBuffer = VideoPortAllocatePool(ext, VpNonPagedPool, 64, DIALECT_TAG);
    VideoPortSetRegistryParameters(ext, name, L"Dialect", sizeof(L"Dialect"));
    VideoPortSetRegistryParameters(ext, L"HardwareInformation.MemorySize", &ranges[1].RangeLength, sizeof(ULONG));
    ext->Low = Twice((ULONG)Sum(1, 2));
    *Again = 0;
    return NT_SUCCESS(nt) ? NO_ERROR : ERROR_INVALID_PARAMETER;
}

BOOLEAN __stdcall HwInitialize(PVOID HwDeviceExtension)
{
    PHW_DEVICE_EXTENSION ext = CONTAINING_RECORD(
        &((PHW_DEVICE_EXTENSION)HwDeviceExtension)->Requests, HW_DEVICE_EXTENSION, Requests);

    PAGED_CODE();
    return ext->IoBase != NULL;
}

BOOLEAN HwStartIO(PVOID HwDeviceExtension, PVIDEO_REQUEST_PACKET RequestPacket)
{
    VP_STATUS status;

    UNREFERENCED_PARAMETER(HwDeviceExtension);
    switch (RequestPacket->IoControlCode) {
    case IOCTL_VIDEO_QUERY_NUM_AVAIL_MODES:
        ((PVIDEO_NUM_MODES)RequestPacket->OutputBuffer)->NumModes = RTL_NUMBER_OF(Modes);
        RequestPacket->StatusBlock->Information = sizeof(VIDEO_NUM_MODES);
        status = NO_ERROR;
        break;
    case IOCTL_VIDEO_RESET_DEVICE:
        status = NO_ERROR;
        break;
    default:
        status = ERROR_INVALID_FUNCTION;
    }
    RequestPacket->StatusBlock->Status = status;
    return TRUE;
}

ULONG NTAPI DriverEntry(PVOID Context1, PVOID Context2)
{
    VIDEO_HW_INITIALIZATION_DATA data;
    ULONG status;

    VideoPortZeroMemory(&data, sizeof(data));
    data.HwInitDataSize = sizeof(VIDEO_HW_INITIALIZATION_DATA);
    data.HwFindAdapter = HwFindAdapter;
    data.HwInitialize = HwInitialize;
    data.HwStartIO = HwStartIO;
    data.HwDeviceExtensionSize = sizeof(HW_DEVICE_EXTENSION);
    status = VideoPortInitialize(Context1, Context2, &data, NULL);
    if (status != STATUS_SUCCESS) {
        data.HwInitDataSize = SIZE_OF_W2K_VIDEO_HW_INITIALIZATION_DATA;
        status = VideoPortInitialize(Context1, Context2, &data, NULL);
    }
    return status;
}
