/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resource.h: the adapter's bus resources: what a driver has claimed, what it has mapped, and PCI
 * configuration space. Part of struct videoport (priv.h).
 *
 *	resource.c  access ranges, device bases, VideoPortMapMemory
 *	ports.c     I/O ports: claimed ones reach the device, all others read as all ones
 *	pci.c       configuration space
 *
 * A port's address is its number, 0 .. 0xFFFF, which is no address of memory in any process
 * (vm.mmap_min_addr); so a port and a register are told apart by one comparison.
 *
 * Threads: claims change in HwVidFindAdapter only, before any other thread of the driver exists;
 * mappings and configuration space at PASSIVE_LEVEL under their lock.
 */
#ifndef VIDEOPORT_RESOURCE_H
#define VIDEOPORT_RESOURCE_H

#include "drivers/include/video.h"
#include "drivers/support/types.h"
#include "drivers/videoport/verifier.h"

#include <pthread.h>
#include <stdatomic.h>

#define PORT_SPACE_BYTES   0x10000u
#define RESOURCE_CLAIMS    16
#define RESOURCE_PCI_BYTES 256u

/* What a VGA decodes, and a display adapter's driver may claim besides its BARs. */
#define VGA_PORT_START   0x3B0u
#define VGA_PORT_BYTES   0x30u
#define VGA_MEMORY_START 0xA0000u
#define VGA_MEMORY_BYTES 0x20000u

struct claim {
	uint64_t start, len_bytes;
	bool io;
	bool by_verify; /* by VideoPortVerifyAccessRanges, which replaces its own claims only */
};

enum mapping_kind {
	MAPPING_BASE,   /* VideoPortGetDeviceBase */
	MAPPING_MEMORY, /* VideoPortMapMemory */
};

/* One live mapping of device memory or ports; for the audit at unload too. */
struct resource_mapping {
	struct resource_mapping *next;
	enum mapping_kind kind;
	bool io;
	char *va;
	uint64_t bus_address;
	size_t len_bytes;
	HANDLE process; /* MAPPING_MEMORY: NULL for the system */
	struct origin origin;
};

struct resource_state {
	struct claim claim[RESOURCE_CLAIMS];
	unsigned claims;
	_Atomic unsigned char vga_port[VGA_PORT_BYTES];
	unsigned char *vga_memory; /* made when claimed */

	pthread_mutex_t lock; /* guards what follows */
	struct resource_mapping *mappings;
	unsigned char pci[RESOURCE_PCI_BYTES];
	unsigned char pci_writable[RESOURCE_PCI_BYTES]; /* bits a driver can change */
};

struct videoport;

/* resource_init - from an open device. Return: 0 or -errno. resource_fini tolerates zeroes. */
int resource_init(struct videoport *vp);
void resource_fini(struct videoport *vp);

/* resource_claimed - whether the whole range is the driver's. */
bool resource_claimed(const struct videoport *vp, bool io, uint64_t start, uint64_t len_bytes);

/* resource_claim_legacy - the VGA ranges of a driver's HwLegacyResourceList; others are nobody's. */
void resource_claim_legacy(struct videoport *vp, const VIDEO_ACCESS_RANGE *range, ULONG count);

/*
 * resource_mappings_each - calls @visit for every live mapping, the newest first. The lock is held:
 * @visit must not map or unmap.
 */
void resource_mappings_each(struct videoport *vp,
	void (*visit)(struct videoport *vp, const struct resource_mapping *mapping));

/* pci_init - fills configuration space from the device and videoport_config.pci. */
void pci_init(struct videoport *vp);

/* port_read, port_write - for the calling thread's port; all ones and a finding where unclaimed. */
uint32_t port_read(const char *function, uintptr_t port, unsigned len_bytes);
void port_write(const char *function, uintptr_t port, unsigned len_bytes, uint32_t value);

/* register_refused - a register function got a port. Return: all ones. */
uint32_t register_refused(const char *function, uintptr_t port);

#endif
