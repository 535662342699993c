// SPDX-License-Identifier: BSD-2-Clause
/*
 * children.c: what the host asks of a driver besides requests and power: its children (monitors), its
 * interfaces, a reset. See videoport.h.
 */
#include "drivers/videoport/priv.h"

#include "drivers/support/fault.h"

#include <errno.h>
#include <string.h>

/* The zeroed extension of child @index, the same at each enumeration. NULL where it has none. */
static PVOID child_extension(struct videoport *vp, unsigned index, bool *failed)
{
	PVOID *at = &vp->services.child_extension[index];
	size_t len_bytes = vp->hw.HwChildDeviceExtensionSize;

	if (!*at && len_bytes) {
		if (len_bytes <= EXTENSION_BYTES_MAX)
			*at = object_create(&vp->objects, &vp->account, ACCOUNT_PORT, len_bytes,
				(struct origin){0});
		*failed = !*at;
	}
	return *at;
}

/* Asks for child @index. Return: what the driver says; ERROR_NOT_ENOUGH_MEMORY. */
static VP_STATUS child_ask(struct videoport *vp, unsigned index, struct videoport_child *child)
{
	bool failed = false;
	VIDEO_CHILD_ENUM_INFO info = {
		.Size = sizeof(info),
		.ChildDescriptorSize = sizeof(child->descriptor),
		.ChildIndex = index,
		.ChildHwDeviceExtension = child_extension(vp, index - 1, &failed),
	};
	VIDEO_CHILD_TYPE type = Other;
	ULONG id = 0, unused = 0;

	memset(child, 0, sizeof(*child));
	if (failed)
		return ERROR_NOT_ENOUGH_MEMORY;

	VP_STATUS status = vp->hw.HwGetVideoChildDescriptor(
		vp->extension, &info, &type, child->descriptor, &id, &unused);

	child->type = (unsigned)type;
	child->id = id;
	return status;
}

/* The device lock is held. Index 0 is for what firmware names; there is none. */
static int children_ask(struct videoport *vp, struct videoport_child *out, unsigned max)
{
	unsigned count = 0;

	for (unsigned index = 1; index <= SERVICES_CHILDREN; index++) {
		struct videoport_child child;
		VP_STATUS status = child_ask(vp, index, &child);

		if (status == ERROR_NOT_ENOUGH_MEMORY)
			return -ENOMEM;
		if (status == VIDEO_ENUM_INVALID_DEVICE)
			continue;
		if (status != VIDEO_ENUM_MORE_DEVICES)
			break;
		if (count < max)
			out[count] = child;
		count++;
	}
	return (int)count;
}

int videoport_children(struct videoport *vp, struct videoport_child *out, unsigned max)
{
	if (!vp->hw.HwGetVideoChildDescriptor)
		return -ENOTSUP;

	struct callback before = driver_enter(vp);
	int count = children_ask(vp, out, max);

	driver_leave(vp, &before, "HwVidGetVideoChildDescriptor");
	return count;
}

VP_STATUS NTAPI VideoPortEnumerateChildren(PVOID HwDeviceExtension, PVOID Reserved)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortEnumerateChildren) || Reserved ||
		!vp->hw.HwGetVideoChildDescriptor)
		return ERROR_INVALID_PARAMETER;
	return videoport_children(vp, NULL, 0) < 0 ? ERROR_NOT_ENOUGH_MEMORY : NO_ERROR;
}

int videoport_reset_hw(struct videoport *vp, uint32_t columns, uint32_t rows)
{
	if (!vp->hw.HwResetHw)
		return -ENOTSUP;

	struct callback before = driver_enter(vp);
	BOOLEAN done = vp->hw.HwResetHw(vp->extension, columns, rows);

	driver_leave(vp, &before, "HwVidResetHw");
	return done != 0;
}

int videoport_query_interface(struct videoport *vp, const void *guid, uint16_t version,
	void *interface, uint16_t len_bytes, int32_t *status)
{
	QUERY_INTERFACE query = {
		.InterfaceType = guid,
		.Size = len_bytes,
		.Version = version,
		.Interface = interface,
	};

	if (!vp->hw.HwQueryInterface)
		return -ENOTSUP;

	struct callback before = driver_enter(vp);

	*status = vp->hw.HwQueryInterface(vp->extension, &query);
	driver_leave(vp, &before, "HwVidQueryInterface");
	return *status == NO_ERROR ? 0 : -ENOENT;
}
