// SPDX-License-Identifier: BSD-2-Clause
/*
 * device.c: a miniport's life: found, started, stopped, released. Everything at PASSIVE_LEVEL but
 * HwResetHw. What a driver holds it has from DeviceFind and gives back in DeviceRelease, which the
 * port's VideoPowerShutdown asks for and which a DeviceFind that fails does itself.
 */
#include "driver.h"
#include "lock_cache.h"
#include "path_common.h"
#include "path_packet.h"

#define DEVICE_TAG    0x62616D44u /* "Dmab" */
#define ACCESS_RANGES 6           /* as many as a PCI function can have */

/* The engine's channels are alike; this is the driver's choice. */
#define CHANNEL_TO_DEVICE   0
#define CHANNEL_FROM_DEVICE 1

#define CHAIN_BLOCKS_LEAST 8 /* where no setting says how many */

/* ---- found ----------------------------------------------------------------------------------- */

static VP_STATUS RegistersFind(PDRIVER Driver)
{
	VIDEO_ACCESS_RANGE range[ACCESS_RANGES];
	VP_STATUS status;

	VideoPortZeroMemory(range, sizeof(range));
	status = VideoPortGetAccessRanges(Driver, 0, NULL, ACCESS_RANGES, range, NULL, NULL, NULL);
	if (status != NO_ERROR)
		return status;
	if (range[0].RangeLength < DMAB_BAR0_BYTES || range[0].RangeInIoSpace)
		return ERROR_DEV_NOT_EXIST;
	Driver->Registers = VideoPortGetDeviceBase(
		Driver, range[0].RangeStart, DMAB_BAR0_BYTES, VIDEO_MEMORY_SPACE_MEMORY);
	if (Driver->Registers == NULL)
		return ERROR_NOT_ENOUGH_MEMORY;
	if (RegisterRead(Driver->Registers, DMAB_ID) != DMAB_ID_VALUE ||
		DMAB_VERSION_MAJOR(RegisterRead(Driver->Registers, DMAB_VERSION)) != 1)
		return ERROR_DEV_NOT_EXIST;
	return NO_ERROR;
}

BOOLEAN DeviceGone(PDRIVER Driver)
{
	return RegisterRead(Driver->Registers, DMAB_ID) == REGISTER_GONE;
}

/*
 * Datasheet 8.1, step 1; settings may take abilities away, never add any. Each register is read once. FALSE: an engine that
 * moves nothing.
 */
static BOOLEAN AbilitiesRead(PDRIVER Driver, PVP_DEVICE_DESCRIPTION Description)
{
	ULONG caps = RegisterRead(Driver->Registers, DMAB_CAPS);
	ULONG addressBits = DMAB_CAPS_ADDRBITS(caps);
	PSETTINGS settings = &Driver->Settings;

	Driver->LengthMaximum = RegisterRead(Driver->Registers, DMAB_LENGTH_MAX);
	Driver->DeviceMemory = RegisterRead(Driver->Registers, DMAB_MEMORY_LO);
	Driver->DeviceMemory |= (ULONGLONG)RegisterRead(Driver->Registers, DMAB_MEMORY_HI) << 32;
	if (settings->MaximumLength > Driver->LengthMaximum)
		settings->MaximumLength = Driver->LengthMaximum;
	if (settings->PoolSlotBytes > Driver->LengthMaximum)
		settings->PoolSlotBytes = Driver->LengthMaximum;
	if ((caps & DMAB_CAPS_SG) == 0)
		settings->ScatterGather = 0;

	VideoPortZeroMemory(Description, sizeof(*Description));
	Description->ScatterGather = settings->ScatterGather != 0;
	Description->Dma32BitAddresses = addressBits >= 32;
	Description->Dma64BitAddresses = addressBits >= 64;
	Description->MaximumLength = settings->MaximumLength;
	return Driver->LengthMaximum != 0;
}

/*
 * How many transfers at most, so that the rings can never be over-full: a packet transfer has one
 * descriptor in flight, the pool one a slot.
 */
static VOID DepthChoose(PDRIVER Driver)
{
	PSETTINGS settings = &Driver->Settings;
	ULONG slotsMost = settings->RingEntries;

	Driver->Depth = settings->RingEntries;
	if (!Driver->Strategy->Pool)
		return;
	if (Driver->Strategy->Packet)
		slotsMost /= 2;
	if (settings->PoolSlots > slotsMost)
		settings->PoolSlots = slotsMost;
	if (Driver->Strategy->Packet)
		Driver->Depth -= settings->PoolSlots;
}

static VP_STATUS TransfersCreate(PDRIVER Driver)
{
	ULONG count = 2 * Driver->Depth, i;
	PTRANSFER transfer;

	Driver->Transfers = VideoPortAllocatePool(
		Driver, VpNonPagedPool, count * sizeof(TRANSFER), DEVICE_TAG);
	if (Driver->Transfers == NULL)
		return ERROR_NOT_ENOUGH_MEMORY;
	VideoPortZeroMemory(Driver->Transfers, count * (ULONG)sizeof(TRANSFER));
	for (i = count; i-- > 0;) {
		transfer = &Driver->Transfers[i];
		transfer->Stray = i >= Driver->Depth;
		transfer->Next = transfer->Stray ? Driver->StrayFree : Driver->Free;
		if (transfer->Stray)
			Driver->StrayFree = transfer;
		else
			Driver->Free = transfer;
	}
	return NO_ERROR;
}

static ULONG ChainBlocks(const DRIVER *Driver)
{
	if (!Driver->Strategy->Packet || Driver->Settings.ScatterGather == 0)
		return 0;
	if (Driver->Settings.ChainBlocks != SETTING_NOT_SET)
		return Driver->Settings.ChainBlocks;
	if (Driver->Depth < CHAIN_BLOCKS_LEAST)
		return CHAIN_BLOCKS_LEAST;
	return Driver->Depth > CHAIN_BLOCKS_MOST ? CHAIN_BLOCKS_MOST : Driver->Depth;
}

/* One adapter for each direction: the channels work at the same time. */
static VP_STATUS ChannelsCreate(PDRIVER Driver, PVP_DEVICE_DESCRIPTION Description)
{
	RING_SHAPE shape;
	ULONG channel, d;
	VP_STATUS status;

	shape.Entries = Driver->Settings.RingEntries;
	shape.Blocks = ChainBlocks(Driver);
	shape.BlockElements = Driver->Settings.ChainElements;
	shape.Interrupts = Driver->Settings.CompletionMode != DMABENCH_COMPLETION_POLL;
	for (d = 0; d < DMAB_CHANNELS; d++) {
		Driver->Adapter[d] = VideoPortGetDmaAdapter(Driver, Description);
		if (Driver->Adapter[d] == NULL)
			return ERROR_NOT_ENOUGH_MEMORY;
		channel = d == DMABENCH_TO_DEVICE ? CHANNEL_TO_DEVICE : CHANNEL_FROM_DEVICE;
		status = RingCreate(&Driver->Ring[d], Driver, Driver->Adapter[d],
			Driver->Registers + DMAB_CHANNEL(channel), &shape);
		if (status != NO_ERROR)
			return status;
	}
	return NO_ERROR;
}

static VP_STATUS ResourcesCreate(PDRIVER Driver)
{
	VP_DEVICE_DESCRIPTION description;
	VP_STATUS status = RegistersFind(Driver);

	if (status != NO_ERROR)
		return status;
	/* Any of them may be all ones: only now is it known that a device has said so. */
	if (!AbilitiesRead(Driver, &description) || DeviceGone(Driver))
		return ERROR_DEV_NOT_EXIST;
	DepthChoose(Driver);
	(void)VideoPortQueryPerformanceCounter(Driver, &Driver->Frequency);
	Driver->RecoveryTicks = StallTicks(Driver);
	Driver->TimeoutTicks = DriverTicks(Driver, Driver->Settings.TimeoutUs);
	if (VideoPortCreateSpinLock(Driver, &Driver->Lock) != NO_ERROR ||
		VideoPortCreateEvent(Driver, 0, NULL, &Driver->Event) != NO_ERROR)
		return ERROR_NOT_ENOUGH_MEMORY;
	status = TransfersCreate(Driver);
	if (status == NO_ERROR)
		status = ChannelsCreate(Driver, &description);
	if (status == NO_ERROR && Driver->Strategy->Pool)
		status = CommonCreate(Driver);
	if (status == NO_ERROR && Driver->Strategy->Cache)
		status = CacheCreate(Driver);
	return status;
}

static VP_STATUS DeviceFind(
	PDRIVER Driver, PVIDEO_PORT_CONFIG_INFO Config, const STRATEGY *Strategy)
{
	VP_STATUS status;

	if (Config->Length < sizeof(*Config))
		return ERROR_INVALID_PARAMETER;
	Driver->Strategy = Strategy;
	status = SettingsRead(Driver, &Driver->Settings);
	if (status != NO_ERROR)
		return status;
	if (Strategy->Polls)
		Driver->Settings.CompletionMode = DMABENCH_COMPLETION_POLL;
	/* Without interrupts none is connected. */
	if (Driver->Settings.CompletionMode == DMABENCH_COMPLETION_POLL) {
		Config->BusInterruptLevel = 0;
		Config->BusInterruptVector = 0;
	} else if (Config->BusInterruptLevel == 0 && Config->BusInterruptVector == 0) {
		VideoPortLogError(Driver, NULL, ERROR_INVALID_PARAMETER, 0);
		return ERROR_INVALID_PARAMETER;
	}
	status = ResourcesCreate(Driver);
	if (status != NO_ERROR) {
		VideoPortLogError(Driver, NULL, status, 0);
		DeviceRelease(Driver);
	}
	return status;
}

/*
 * Takes an extension in any state between zeroed and DeviceFind's success, and zeroes what it
 * frees.
 */
VOID DeviceRelease(PDRIVER Driver)
{
	ULONG d, i;

	for (i = 0; Driver->Transfers != NULL && i < Driver->Depth; i++)
		PacketAbandon(Driver, &Driver->Transfers[i]);
	CacheDestroy(Driver);
	CommonDestroy(Driver);
	for (d = 0; d < DMAB_CHANNELS; d++) {
		RingDestroy(&Driver->Ring[d]);
		if (Driver->Adapter[d] != NULL)
			VideoPortPutDmaAdapter(Driver, Driver->Adapter[d]);
		Driver->Adapter[d] = NULL;
	}
	if (Driver->Transfers != NULL)
		VideoPortFreePool(Driver, Driver->Transfers);
	if (Driver->Event != NULL)
		VideoPortDeleteEvent(Driver, Driver->Event);
	if (Driver->Lock != NULL)
		VideoPortDeleteSpinLock(Driver, Driver->Lock);
	if (Driver->Registers != NULL)
		VideoPortFreeDeviceBase(Driver, Driver->Registers);
	Driver->Transfers = Driver->Free = Driver->StrayFree = NULL;
	Driver->Event = NULL;
	Driver->Lock = NULL;
	Driver->Registers = NULL;
}

/* ---- started, stopped ------------------------------------------------------------------------ */

/* Datasheet 10. */
static BOOLEAN EngineReset(PDRIVER Driver)
{
	ULONG wanted = RegisterRead(Driver->Registers, DMAB_RESET_DONE) + 1;

	if (DeviceGone(Driver))
		return FALSE;
	RegisterWrite(Driver->Registers, DMAB_RESET, wanted);
	return RegisterAwait(Driver->Registers, DMAB_RESET_DONE, 0xFFFFFFFFu, wanted);
}

BOOLEAN DeviceReset(PDRIVER Driver)
{
	ULONG d;

	Driver->Powered = FALSE;
	InterruptsSet(Driver, FALSE);
	InterruptsReset(Driver);
	for (d = 0; d < DMAB_CHANNELS; d++)
		RingQuiesce(&Driver->Ring[d]);
	return EngineReset(Driver);
}

BOOLEAN DeviceRun(PDRIVER Driver)
{
	ULONG d;

	VideoPortZeroMemory(Driver->Progress, sizeof(Driver->Progress));
	BrokenForget(Driver);
	RegisterWrite(Driver->Registers, DMAB_MODERATION, Driver->Settings.ModerationUs);
	RegisterWrite(Driver->Registers, DMAB_CONTROL, DMAB_CONTROL_ENABLE);
	if (!RegisterAwait(Driver->Registers, DMAB_STATUS, DMAB_STATUS_READY, DMAB_STATUS_READY))
		return FALSE;
	for (d = 0; d < DMAB_CHANNELS; d++)
		if (!RingStart(&Driver->Ring[d])) {
			/* The other one may run, and has to do nothing for a driver without power. */
			(void)DeviceReset(Driver);
			return FALSE;
		}
	if (Driver->Settings.CompletionMode == DMABENCH_COMPLETION_INTERRUPT)
		InterruptsSet(Driver, TRUE);
	Driver->Powered = TRUE;
	return TRUE;
}

/* Datasheet 8.1, steps 2 to 7. FALSE: the device is dead. What it did before is forgiven. */
BOOLEAN DeviceStart(PDRIVER Driver)
{
	Driver->Lost = 0;
	Driver->ResetsSince = 0;
	return DeviceReset(Driver) && DeviceRun(Driver);
}

/* Afterwards the engine touches no memory and raises no interrupt (R-074, datasheet 8.3). */
VOID DeviceStop(PDRIVER Driver)
{
	BOOLEAN stopped = TRUE;
	ULONG d;

	if (!Driver->Powered)
		return;
	InterruptsSet(Driver, FALSE);
	InterruptsReset(Driver);
	for (d = 0; stopped && d < DMAB_CHANNELS; d++)
		stopped = RingStop(&Driver->Ring[d]);
	RegisterWrite(Driver->Registers, DMAB_CONTROL, 0);
	stopped = stopped && RegisterAwait(Driver->Registers, DMAB_STATUS, DMAB_STATUS_READY, 0);
	/* One that hangs has memory in hand yet. */
	if (!stopped)
		(void)DeviceReset(Driver);
	Driver->Powered = FALSE;
}

/* ---- the port's callbacks -------------------------------------------------------------------- */

/* HwContext is what MiniportEntry gave: the strategy. */
static VP_STATUS NTAPI HwFindAdapter(PVOID HwDeviceExtension, PVOID HwContext, PWSTR ArgumentString,
	PVIDEO_PORT_CONFIG_INFO ConfigInfo, PUCHAR Again)
{
	(void)ArgumentString;
	*Again = FALSE;
	return DeviceFind(HwDeviceExtension, ConfigInfo, HwContext);
}

static BOOLEAN NTAPI HwInitialize(PVOID HwDeviceExtension)
{
	return DeviceStart((PDRIVER)HwDeviceExtension);
}

/* The one thing that needs neither stack nor waiting: nothing of the engine's is to run on. */
static BOOLEAN NTAPI HwResetHw(PVOID HwDeviceExtension, ULONG Columns, ULONG Rows)
{
	PDRIVER driver = HwDeviceExtension;

	(void)Columns;
	(void)Rows;
	if (driver->Powered)
		RegisterWrite(driver->Registers, DMAB_CONTROL, 0);
	return TRUE;
}

static BOOLEAN DriverBusy(const DRIVER *Driver)
{
	return Driver->Outstanding[0] != 0 || Driver->Outstanding[1] != 0;
}

static VP_STATUS NTAPI HwSetPowerState(
	PVOID HwDeviceExtension, ULONG HwId, PVIDEO_POWER_MANAGEMENT Control)
{
	PDRIVER driver = HwDeviceExtension;

	if (HwId != DISPLAY_ADAPTER_HW_ID)
		return NO_ERROR;
	switch (Control->PowerState) {
	case VideoPowerOn:
		if (driver->Powered)
			return NO_ERROR;
		return DeviceStart(driver) ? NO_ERROR : ERROR_GEN_FAILURE;
	case VideoPowerShutdown:
		DeviceRelease(driver);
		return NO_ERROR;
	default:
		if (DriverBusy(driver))
			return ERROR_BUSY;
		DeviceStop(driver);
		return NO_ERROR;
	}
}

static VP_STATUS NTAPI HwGetPowerState(
	PVOID HwDeviceExtension, ULONG HwId, PVIDEO_POWER_MANAGEMENT Control)
{
	(void)HwDeviceExtension;
	if (HwId != DISPLAY_ADAPTER_HW_ID)
		return ERROR_INVALID_PARAMETER;
	switch (Control->PowerState) {
	case VideoPowerOn:
	case VideoPowerOff:
	case VideoPowerShutdown:
		return NO_ERROR;
	default:
		return ERROR_INVALID_PARAMETER;
	}
}

/* A DMA engine has no monitors. */
static VP_STATUS NTAPI HwGetVideoChildDescriptor(PVOID HwDeviceExtension,
	PVIDEO_CHILD_ENUM_INFO ChildEnumInfo, PVIDEO_CHILD_TYPE VideoChildType,
	PUCHAR pChildDescriptor, PULONG UId, PULONG pUnused)
{
	(void)HwDeviceExtension;
	(void)ChildEnumInfo;
	(void)VideoChildType;
	(void)pChildDescriptor;
	(void)UId;
	(void)pUnused;
	return VIDEO_ENUM_NO_MORE_DEVICES;
}

ULONG MiniportEntry(PVOID Context1, PVOID Context2, const STRATEGY *Strategy)
{
	VIDEO_HW_INITIALIZATION_DATA data;

	VideoPortZeroMemory(&data, sizeof(data));
	data.HwInitDataSize = sizeof(data);
	data.HwFindAdapter = HwFindAdapter;
	data.HwInitialize = HwInitialize;
	data.HwInterrupt = HwInterrupt;
	data.HwStartIO = HwStartIo;
	data.HwDeviceExtensionSize = sizeof(DRIVER);
	data.HwResetHw = HwResetHw;
	data.HwSetPowerState = HwSetPowerState;
	data.HwGetPowerState = HwGetPowerState;
	data.HwGetVideoChildDescriptor = HwGetVideoChildDescriptor;
	return VideoPortInitialize(Context1, Context2, &data, (PVOID)Strategy);
}
