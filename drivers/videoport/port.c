// SPDX-License-Identifier: BSD-2-Clause
/*
 * port.c: the host's side of the port: open, close, request, power. See videoport.h.
 *
 *	open:  memory -> device -> DMA core -> DriverEntry -> FindAdapter -> interrupt -> Initialize
 *	stop:  power off -> interrupt -> D3 -> shutdown -> audit
 *	close: DMA core -> device -> memory
 */
#include "drivers/support/fault.h"
#include "drivers/support/heap.h"
#include "drivers/videoport/audit.h"
#include "drivers/videoport/priv.h"
#include "drivers/videoport/refusal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- memory ---------------------------------------------------------------------------------- */

static void *alloc_zeroed(const char *point, size_t bytes)
{
	size_t total = (bytes + CACHE_LINE_BYTES - 1) & ~(size_t)(CACHE_LINE_BYTES - 1);
	void *memory = fault_point(point) ? NULL : heap_lines(total);

	if (memory)
		memset(memory, 0, total);
	return memory;
}

/* The configuration outlives the caller's copy; names sit behind the parameters in one block. */
static int config_copy(struct videoport *vp, const struct videoport_config *config)
{
	size_t names = strlen(config->driver_name) + 1;

	for (unsigned i = 0; i < config->parameter_count; i++)
		names += strlen(config->parameters[i].name) + 1;

	size_t table = config->parameter_count * sizeof(struct videoport_parameter);
	struct videoport_parameter *copy = alloc_zeroed("config_alloc", table + names);

	if (!copy)
		return -ENOMEM;

	char *text = (char *)copy + table;

	vp->config = *config;
	vp->config.parameters = copy;
	vp->config.driver_name = text;
	text = stpcpy(text, config->driver_name) + 1;
	for (unsigned i = 0; i < config->parameter_count; i++) {
		copy[i].name = text;
		copy[i].value = config->parameters[i].value;
		text = stpcpy(text, config->parameters[i].name) + 1;
	}
	return 0;
}

/* The port without a device. Return: NULL if memory is short. */
static struct videoport *port_create(const struct videoport_config *config)
{
	struct videoport *vp = alloc_zeroed("port_alloc", sizeof(*vp));

	if (!vp)
		return NULL;
	if (config_copy(vp, config) < 0)
		goto free_port;
	if (event_log_init(&vp->log, config->watch) < 0)
		goto free_config;
	account_init(&vp->account, &vp->dma.mdl_lock, &vp->dma.mapping.lock);
	if (object_list_init(&vp->objects) < 0)
		goto fini_log;
	if (registry_init(&vp->registry) < 0)
		goto fini_objects;
	if (legacy_init(&vp->legacy) < 0)
		goto fini_registry;
	if (services_init(&vp->services) < 0)
		goto fini_legacy;
	if (pool_quarantine_init(&vp->quarantine) < 0)
		goto fini_services;
	vp->frames = config->frames;
	verifier_init(&vp->verifier, config->verify, config->strict);
	atomic_init(&vp->power, DEVICE_D0);
	return vp;

fini_services:
	services_fini(&vp->services);
fini_legacy:
	legacy_fini(&vp->legacy);
fini_registry:
	registry_fini(&vp->registry);
fini_objects:
	object_list_fini(&vp->objects);
fini_log:
	event_log_fini(&vp->log);
free_config:
	heap_free((void *)vp->config.parameters);
free_port:
	heap_free(vp);
	return NULL;
}

static void port_destroy(struct videoport *vp)
{
	extensions_destroy(vp);
	services_fini(&vp->services);
	legacy_fini(&vp->legacy);
	registry_fini(&vp->registry);
	pool_quarantine_fini(&vp->quarantine);
	object_list_fini(&vp->objects);
	verifier_fini(&vp->verifier);
	event_log_fini(&vp->log);
	heap_free((void *)vp->config.parameters);
	heap_free(vp);
}

/* ---- open ------------------------------------------------------------------------------------ */

static int config_check(const struct videoport_config *config, struct err *err)
{
	if (!config->driver_entry || !config->driver_name || !config->frames ||
		(config->parameter_count && !config->parameters))
		return err_set(err, ERR_USAGE, -EINVAL,
			"videoport_open: driver_entry, driver_name and frames must be given, and "
			"parameters where there is a parameter_count");
	return 0;
}

static int device_unknown(const char *name, struct err *err)
{
	char known[128] = "";
	size_t used = 0;

	for (unsigned i = 0; device_at(i) && used < sizeof(known) - 1; i++) {
		int len = snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "",
			device_at(i)->name);

		used += len > 0 ? (size_t)len : 0;
	}
	return err_set(err, ERR_USAGE, -EINVAL, "device: unknown word '%s'; known: %s",
		name ? name : "", known);
}

static int open_device(struct videoport *vp, struct err *err)
{
	const struct videoport_config *config = &vp->config;
	const struct device_ops *ops = config->device_ops;

	if (!ops && config->device)
		ops = device_find(config->device);
	if (!ops)
		return device_unknown(config->device, err);
	vp->device_ops = ops;

	int ret = fault_point("device_open") ? -ENOMEM
	                                     : ops->open(&vp->device, &config->device_config, err);

	/* The device's own message, if it set one, stays. */
	if (ret < 0)
		return err_short(
			err, ret, "device %s: cannot be opened (%s)", ops->name, strerror(-ret));
	return 0;
}

static int create_extension(struct videoport *vp, struct err *err)
{
	vp->extension = extension_create(vp, vp->hw.HwDeviceExtensionSize);
	if (!vp->extension)
		return err_short(err, -ENOMEM, "%s: no memory for a device extension of %u bytes",
			vp->config.driver_name, vp->hw.HwDeviceExtensionSize);
	return 0;
}

/* HwVidInitialize, in which long stalls are allowed. */
static bool driver_initialize(struct videoport *vp)
{
	watch_callback(vp, "HwVidInitialize", false, 0);

	struct callback before = passive_enter(vp);

	irql_thread.starting = true;

	BOOLEAN done = vp->hw.HwInitialize(vp->extension);

	passive_leave(vp, &before, "HwVidInitialize");
	watch_callback(vp, "HwVidInitialize", true, done);
	return done;
}

/* From an open device to a working driver. @found: set once the driver may hold resources. */
static int start_driver(struct videoport *vp, bool *found, struct err *err)
{
	bool interrupt = false;
	int ret = framework_load(vp, err);

	if (ret == 0)
		ret = create_extension(vp, err);
	if (ret == 0)
		ret = framework_find(vp, &interrupt, err);
	if (ret < 0)
		return ret;
	*found = true;
	if (interrupt)
		ret = interrupt_connect(vp, err);
	if (ret == 0)
		ret = timer_create_thread(vp, err);
	if (ret == 0 && !driver_initialize(vp))
		ret = err_set(err, ERR_MISSING, -ENODEV,
			"%s: HwVidInitialize failed: the device does not answer as the driver "
			"expects; choose a device that it is written for (--device)",
			vp->config.driver_name);
	return ret;
}

/* ---- close ----------------------------------------------------------------------------------- */

static const char *power_name(VIDEO_POWER_STATE state)
{
	switch (state) {
	case VideoPowerOn:
		return "HwVidSetPowerState(VideoPowerOn)";
	case VideoPowerOff:
		return "HwVidSetPowerState(VideoPowerOff)";
	case VideoPowerShutdown:
		return "HwVidSetPowerState(VideoPowerShutdown)";
	default:
		return "HwVidSetPowerState";
	}
}

/* Return: whether the device can enter @state, as the driver says; NO_ERROR where nobody asks. */
static VP_STATUS power_ask(struct videoport *vp, VIDEO_POWER_STATE state)
{
	VIDEO_POWER_MANAGEMENT management = {.Length = sizeof(management), .PowerState = state};

	/* Shutdown is no state of a device: it is told, not asked. */
	if (!vp->hw.HwGetPowerState || state == VideoPowerShutdown)
		return NO_ERROR;
	return vp->hw.HwGetPowerState(vp->extension, DISPLAY_ADAPTER_HW_ID, &management);
}

/* Return: what the driver says; NO_ERROR where it has no HwSetPowerState. */
static VP_STATUS driver_power(struct videoport *vp, VIDEO_POWER_STATE state)
{
	VIDEO_POWER_MANAGEMENT management = {.Length = sizeof(management), .PowerState = state};

	if (!vp->hw.HwSetPowerState)
		return NO_ERROR;
	watch_callback(vp, power_name(state), false, 0);

	struct callback before = driver_enter(vp);
	VP_STATUS status = power_ask(vp, state);

	if (status == NO_ERROR)
		status = vp->hw.HwSetPowerState(vp->extension, DISPLAY_ADAPTER_HW_ID, &management);
	driver_leave(vp, &before, "HwVidSetPowerState");
	watch_callback(vp, power_name(state), true, status);
	return status;
}

/* Stops a driver that has found its adapter, as far as it was started. */
static void stop_driver(struct videoport *vp)
{
	deferral_drain(&vp->dma.deferral);
	if (atomic_load_explicit(&vp->power, memory_order_relaxed) == DEVICE_D0) {
		VP_STATUS status = driver_power(vp, VideoPowerOff);

		if (status != NO_ERROR)
			rule_broken(vp, RULE_POWER_REFUSED, status,
				"%s: refused to power off at unload", vp->config.driver_name);
		if (!vp->hw.HwSetPowerState)
			videoport_reset_hw(vp, 80, 25);
	}
	timer_destroy_thread(vp);
	interrupt_disconnect(vp);
	/* A DPC may have started a transfer since. */
	deferral_drain(&vp->dma.deferral);
	/* Without a callback that stopped it, the engine may still be working. */
	if (!vp->hw.HwSetPowerState)
		vp->device_ops->reset(vp->device);
	vp->device_ops->power(vp->device, DEVICE_D3);
	atomic_store_explicit(&vp->power, DEVICE_D3, memory_order_release);
	driver_power(vp, VideoPowerShutdown);
	legacy_release(vp);
	extensions_check(vp);
}

/* Ends the driver. @found: see start_driver. */
static void port_stop(struct videoport *vp, bool found)
{
	if (vp->stopped)
		return;
	vp->stopped = true;
	if (found)
		stop_driver(vp);
	else
		/* A driver that found nothing leaves no trace. */
		vp->device_ops->reset(vp->device);
	fairlock_acquire(&vp->device_lock);
	refusals_collect(vp);
	fairlock_release(&vp->device_lock);
	audit_run(vp);
}

/* Everything behind an ended driver. */
static void port_free(struct videoport *vp)
{
	dma_state_fini(&vp->dma);
	resource_fini(vp);
	vp->device_ops->close(vp->device);
	port_destroy(vp);
}

int videoport_open(struct videoport **out, const struct videoport_config *config, struct err *err)
{
	bool found = false;
	int ret = config_check(config, err);

	*out = NULL;
	if (ret < 0)
		return ret;
	clock_calibrate();
	if (host_played())
		host_ops->local(&irql_thread, sizeof(irql_thread));

	struct videoport *vp = port_create(config);

	if (!vp)
		return err_short(err, -ENOMEM, "videoport_open: no memory for the port");
	ret = open_device(vp, err);
	if (ret < 0)
		goto destroy_port;
	ret = resource_init(vp);
	if (ret < 0)
		goto close_device;
	ret = dma_state_init(&vp->dma, vp, vp->device, config, err);
	if (ret < 0)
		goto fini_resource;

	struct callback before = driver_enter(vp);

	ret = start_driver(vp, &found, err);
	driver_leave(vp, &before, "HwVidInitialize");
	if (ret < 0) {
		port_stop(vp, found);
		port_free(vp);
		return ret;
	}
	*out = vp;
	return 0;

fini_resource:
	resource_fini(vp);
close_device:
	vp->device_ops->close(vp->device);
destroy_port:
	port_destroy(vp);
	return ret;
}

void videoport_stop(struct videoport *vp)
{
	port_stop(vp, true);
}

void videoport_close(struct videoport *vp, struct videoport_usage *leaks)
{
	if (leaks)
		memset(leaks, 0, sizeof(*leaks));
	if (!vp)
		return;
	port_stop(vp, true);
	if (leaks)
		account_read(&vp->account, leaks);
	port_free(vp);
}

/* ---- request and power ----------------------------------------------------------------------- */

/* The values HwVidStartIO may set (videoport.md 2.6). */
static bool status_documented(VP_STATUS status)
{
	switch (status) {
	case NO_ERROR:
	case ERROR_INSUFFICIENT_BUFFER:
	case ERROR_INVALID_FUNCTION:
	case ERROR_INVALID_PARAMETER:
	case ERROR_IO_PENDING:
	case ERROR_MORE_DATA:
	case ERROR_NOT_ENOUGH_MEMORY:
		return true;
	default:
		return false;
	}
}

/* What HwVidStartIO said of a request. */
static void request_audit(
	struct videoport *vp, const VIDEO_REQUEST_PACKET *packet, BOOLEAN returned)
{
	const STATUS_BLOCK *status = packet->StatusBlock;

	if (__builtin_expect(status->Information > packet->OutputBufferLength, 0))
		rule_broken(vp, RULE_STARTIO_INFORMATION, status->Status,
			"HwVidStartIO: request 0x%x, Information %zu for an output buffer of %u "
			"bytes",
			packet->IoControlCode, (size_t)status->Information,
			packet->OutputBufferLength);
	if (__builtin_expect(!status_documented(status->Status), 0))
		rule_broken(vp, RULE_STARTIO_STATUS, status->Status,
			"HwVidStartIO: request 0x%x, status %d", packet->IoControlCode,
			status->Status);
	if (vp->verifier.on && !extension_intact(vp))
		extensions_check(vp);
	if (__builtin_expect(!returned, 0))
		rule_broken(vp, RULE_STARTIO_FALSE, 0,
			"HwVidStartIO: returned FALSE; report errors in StatusBlock->Status and "
			"return TRUE");
}

static void request_start(struct videoport *vp, PVIDEO_REQUEST_PACKET packet)
{
	struct callback before = passive_enter(vp);
	BOOLEAN returned = vp->hw.HwStartIO(vp->extension, packet);

	passive_leave(vp, &before, "HwVidStartIO");
	/* Relaxed: set before the requests it is about. */
	if (!atomic_load_explicit(&vp->account.host_dates, memory_order_relaxed))
		account_date_now(&vp->account);
	request_audit(vp, packet, returned);
}

int32_t videoport_request(struct videoport *vp, uint32_t code, void *buffer, uint32_t input_bytes,
	uint32_t output_bytes, uint64_t *information)
{
	STATUS_BLOCK status = {.Status = ERROR_INVALID_FUNCTION};
	VIDEO_REQUEST_PACKET packet = {
		.IoControlCode = code,
		.StatusBlock = &status,
		.InputBuffer = buffer,
		.InputBufferLength = input_bytes,
		.OutputBuffer = buffer,
		.OutputBufferLength = output_bytes,
	};

	if (__builtin_expect(
		    irql_current() != IRQL_PASSIVE || fairlock_held(&vp->device_lock), 0)) {
		rule_broken(vp, RULE_REQUEST_NESTED, ERROR_INVALID_FUNCTION,
			"videoport_request: called by a driver's routine; requests come from "
			"outside, at PASSIVE_LEVEL");
		return ERROR_INVALID_FUNCTION;
	}
	fairlock_acquire(&vp->device_lock);
	request_start(vp, &packet);
	/* Soon, while the port remembers what the device was about. */
	if (vp->verifier.on)
		refusals_collect(vp);
	fairlock_release(&vp->device_lock);
	if (information)
		*information = status.Information < output_bytes ? status.Information
		                                                 : output_bytes;
	return status.Status;
}

static int power_down(struct videoport *vp, struct err *err)
{
	VP_STATUS status = driver_power(vp, VideoPowerOff);

	if (status != NO_ERROR)
		return err_set(err, ERR_WRONG, -EBUSY,
			"%s: refused to power off (status %d); reap every transfer first",
			vp->config.driver_name, status);
	atomic_store_explicit(&vp->power, DEVICE_D3, memory_order_release);
	if (vp->device_ops->power(vp->device, DEVICE_D3) < 0)
		return err_set(err, ERR_INTERNAL, -EIO, "device %s: did not enter D3",
			vp->device_ops->name);
	return 0;
}

static int power_up(struct videoport *vp, struct err *err)
{
	if (vp->device_ops->power(vp->device, DEVICE_D0) < 0)
		return err_set(err, ERR_INTERNAL, -EIO, "device %s: did not enter D0",
			vp->device_ops->name);
	atomic_store_explicit(&vp->power, DEVICE_D0, memory_order_release);

	VP_STATUS status = driver_power(vp, VideoPowerOn);

	if (status != NO_ERROR)
		return err_set(err, ERR_WRONG, -EBUSY, "%s: refused to power on (status %d)",
			vp->config.driver_name, status);
	return 0;
}

int videoport_power(struct videoport *vp, enum device_power state, struct err *err)
{
	if (atomic_load_explicit(&vp->power, memory_order_acquire) == (int)state)
		return 0;
	return state == DEVICE_D3 ? power_down(vp, err) : power_up(vp, err);
}

/* ---- the rest of videoport.h ----------------------------------------------------------------- */

const struct device_caps *videoport_caps(const struct videoport *vp)
{
	return &vp->device->caps;
}

void videoport_mishaps(const struct videoport *vp, struct device_mishaps *out)
{
	vp->device_ops->mishaps(vp->device, out);
}

int videoport_memory_read(struct videoport *vp, uint64_t addr, void *dst, size_t len_bytes)
{
	return vp->device_ops->memory_read(vp->device, addr, dst, len_bytes);
}

int videoport_memory_write(struct videoport *vp, uint64_t addr, const void *src, size_t len_bytes)
{
	return vp->device_ops->memory_write(vp->device, addr, src, len_bytes);
}

void videoport_usage(struct videoport *vp, struct videoport_usage *usage)
{
	account_read(&vp->account, usage);
}

uint64_t videoport_record_bytes(struct videoport *vp)
{
	return atomic_load_explicit(&vp->dma.record_bytes, memory_order_relaxed);
}

void videoport_usage_reset(struct videoport *vp)
{
	account_reset(&vp->account);
}

void videoport_usage_run(struct videoport *vp, bool run, uint64_t ticks)
{
	account_run(&vp->account, run, ticks ? ticks : clock_ticks());
}

bool videoport_host_dates(struct videoport *vp, bool host_dates)
{
	bool possible = clock_source.tsc;

	atomic_store_explicit(
		&vp->account.host_dates, possible && host_dates, memory_order_relaxed);
	return possible;
}

void videoport_date(struct videoport *vp, uint64_t ticks)
{
	account_date(&vp->account, ticks);
}
