// SPDX-License-Identifier: BSD-2-Clause
/*
 * refusable.c: requests that a driver has to refuse: transfers that are unsound at one edge or another, requests too short for what
 * they ask, codes that nobody knows, and any transfer while the device has no power. None of them may start anything: so
 * they need no slot, and what comes of one all the same is found as nobody's. Called by requester.c, between its own
 * requests and between D3 and D0. It must not know what is in flight, only how much.
 */
#include "harness/stress/priv.h"

#include <inttypes.h>

#include "drivers/include/dderror.h"

#define EDGE_OCTAVES  7 /* of the bytes that an edge is overstepped by */
#define IOCTL_UNKNOWN CTL_CODE(FILE_DEVICE_VIDEO, 0x9FF, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define COOKIE_NONE   UINT64_MAX
#define NO_POWER_US   30 /* longer than a driver polls that would sleep then */

/* Whether what a driver answers still says something. */
static bool judged(const struct port *port)
{
	return !port->world->loaded && !world_failed(port->world);
}

static void answer_judge(
	const struct port *port, const char *what, int32_t status, uint64_t told, int32_t expected)
{
	if (judged(port) && (status != expected || told != 0))
		finding(port->world, STRESS_RING, port, 0,
			"%s: status %d and %" PRIu64 " bytes, expected status %d and none", what,
			status, told, expected);
}

/* One transfer, with nothing wrong, of as much of the requesters' memory as every port has. */
static DMABENCH_SUBMIT submission(const struct port *port)
{
	return (DMABENCH_SUBMIT){.Count = 1,
		.Transfer = {{.Buffer = port->arena,
			.BufferLength = (ULONG)PAGE_BYTES,
			.Length = 1,
			.Direction = DMABENCH_TO_DEVICE,
			.Cookie = COOKIE_NONE}}};
}

/* ---- unsound transfers ------------------------------------------------------------------------ */

struct unsound {
	const char *what;
	void *buffer;
	uint32_t offset, len_bytes, direction;
	uint64_t device_address;
};

/* Each is wrong in one thing alone, so that nothing else refuses it. */
static struct unsound unsound_draw(struct requester *self)
{
	struct rng *rng = &self->rng;
	unsigned char *at = self->port->arena;
	const uint64_t memory = port_device_bytes(self->port);
	const uint32_t page = (uint32_t)PAGE_BYTES, way = (uint32_t)rng_below(rng, 2);
	const uint32_t by = (uint32_t)rng_below(rng, UINT64_C(1) << rng_below(rng, EDGE_OCTAVES));
	const struct unsound all[] = {
		{"that ends behind its buffer", at, page - by, by + 1, way, 0},
		{"that begins behind its buffer", at, page + 1 + by, 1, way, 0},
		{"whose offset is beyond all buffers", at, UINT32_MAX - by, by + 2, way, 0},
		{"of no bytes", at, by, 0, way, by},
		{"of no buffer", NULL, 0, by + 1, way, by},
		{"in no direction", at, 0, by + 1, 2 + by, by},
		{"that ends behind device memory", at, 0, by + 1, way, memory - by},
		{"that begins behind device memory", at, 0, 1, way, memory + 1 + by},
		{"beyond all device memory", at, 0, by + 2, way, UINT64_MAX - by},
		{"behind 4 GiB of device memory", at, 0, 1, way, (by + UINT64_C(1)) << 32},
	};

	return all[rng_below(rng, sizeof(all) / sizeof(all[0]))];
}

/*
 * A driver that has as many as it takes looks at no transfer. One requester alone knows how many it has; several may
 * have as many at most as there are slots.
 */
static bool may_be_full(struct port *port)
{
	DMABENCH_QUERY query = {0};
	int32_t status = videoport_request(
		port->vp, IOCTL_DMABENCH_QUERY, &query, 0, sizeof(query), NULL);
	unsigned most = port->plan->slots;

	if (status != NO_ERROR && judged(port))
		finding(port->world, STRESS_RING, port, 0, "QUERY: status %d", status);
	if (port->plan->requesters == 1) {
		pthread_mutex_lock(&port->lock);
		most = port->in_flight;
		pthread_mutex_unlock(&port->lock);
	}
	return most >= query.DepthMaximum;
}

static void unsound_ask(struct requester *self)
{
	struct port *port = self->port;
	const bool full = may_be_full(port);
	const struct unsound draw = unsound_draw(self);
	DMABENCH_SUBMIT submit = submission(port);
	DMABENCH_TRANSFER *transfer = &submit.Transfer[0];
	int32_t status;

	transfer->Buffer = draw.buffer;
	transfer->Offset = draw.offset;
	transfer->Length = draw.len_bytes;
	transfer->Direction = draw.direction;
	transfer->DeviceAddress = draw.device_address;
	status = videoport_request(
		port->vp, IOCTL_DMABENCH_SUBMIT, &submit, sizeof(submit), sizeof(submit), NULL);
	if ((status == ERROR_INVALID_FUNCTION && port_given_up(port)) || !judged(port))
		return;
	if (submit.Count != 0 ||
		(status != ERROR_INVALID_PARAMETER && !(full && status == NO_ERROR)))
		finding(port->world, STRESS_RING, port, 0,
			"SUBMIT of a transfer %s (offset %u, %u bytes, direction %u, device "
			"address %" PRIu64 "): status %d, accepted %u; expected status %d and none",
			draw.what, draw.offset, draw.len_bytes, draw.direction, draw.device_address,
			status, submit.Count, (int)ERROR_INVALID_PARAMETER);
}

/* ---- requests that are none ------------------------------------------------------------------- */

/* A count that the buffer does not hold: by one, all there are, and as many as make the bytes that they need wrap around. */
static void overcounted_ask(struct requester *self)
{
	const uint32_t counts[] = {
		2, UINT32_MAX, (uint32_t)((UINT64_C(1) << 32) / sizeof(DMABENCH_TRANSFER)) + 1};
	DMABENCH_SUBMIT submit = submission(self->port);
	uint64_t told = 0;
	int32_t status;

	submit.Count = counts[rng_below(&self->rng, sizeof(counts) / sizeof(counts[0]))];
	status = videoport_request(self->port->vp, IOCTL_DMABENCH_SUBMIT, &submit, sizeof(submit),
		sizeof(submit), &told);
	answer_judge(self->port, "SUBMIT of more transfers than it brings", status, told,
		ERROR_INSUFFICIENT_BUFFER);
}

static void short_ask(struct requester *self)
{
	static const struct {
		const char *what;
		uint32_t code, least_bytes;
	} all[] = {
		{"SUBMIT too short", IOCTL_DMABENCH_SUBMIT, offsetof(DMABENCH_SUBMIT, Transfer)},
		{"REAP too short", IOCTL_DMABENCH_REAP, offsetof(DMABENCH_REAP, Completion)},
		{"WAIT too short", IOCTL_DMABENCH_WAIT, sizeof(DMABENCH_WAIT)},
		{"QUERY too short", IOCTL_DMABENCH_QUERY, sizeof(DMABENCH_QUERY)},
	};
	const unsigned which = (unsigned)rng_below(&self->rng, sizeof(all) / sizeof(all[0]));
	const uint32_t bytes = (uint32_t)rng_below(&self->rng, all[which].least_bytes);
	union {
		DMABENCH_SUBMIT submit;
		DMABENCH_QUERY query;
	} buffer = {.query = {0}};
	uint64_t told = 0;
	int32_t status = videoport_request(
		self->port->vp, all[which].code, &buffer, bytes, bytes, &told);

	answer_judge(self->port, all[which].what, status, told, ERROR_INSUFFICIENT_BUFFER);
}

static void unknown_ask(struct requester *self)
{
	const bool probe = rng_below(&self->rng, 2);
	DMABENCH_PROBE buffer = {.Part = DMABENCH_PROBE_RING};
	uint64_t told = 0;
	int32_t status = videoport_request(self->port->vp,
		probe ? IOCTL_DMABENCH_PROBE : IOCTL_UNKNOWN, &buffer, sizeof(buffer),
		sizeof(buffer), &told);

	answer_judge(self->port,
		probe ? "PROBE of a driver that measures nothing" : "an unknown code", status, told,
		ERROR_INVALID_FUNCTION);
}

void refusable_ask(struct requester *self)
{
	if (!judged(self->port))
		return;
	switch (rng_below(&self->rng, 8)) {
	case 0:
		overcounted_ask(self);
		break;
	case 1:
		short_ask(self);
		break;
	case 2:
		unknown_ask(self);
		break;
	default:
		unsound_ask(self);
		break;
	}
}

/* ---- without power ---------------------------------------------------------------------------- */

void refusable_unpowered(struct port *port)
{
	DMABENCH_SUBMIT submit = submission(port);
	DMABENCH_WAIT wait = {.TimeoutUs = NO_POWER_US};
	DMABENCH_QUERY query = {0};
	uint64_t told = 0;
	int32_t status;

	if (!judged(port))
		return;
	status = videoport_request(
		port->vp, IOCTL_DMABENCH_SUBMIT, &submit, sizeof(submit), sizeof(submit), &told);
	answer_judge(port, "SUBMIT without power", status, told, ERROR_INVALID_FUNCTION);
	status = videoport_request(
		port->vp, IOCTL_DMABENCH_WAIT, &wait, sizeof(wait), sizeof(wait), NULL);
	if (!(status == ERROR_INVALID_FUNCTION && port_given_up(port)) &&
		(status != NO_ERROR || wait.Ready) && judged(port))
		finding(port->world, STRESS_RING, port, 0,
			"WAIT without power: status %d, ready %u; expected status 0 and nothing",
			status, wait.Ready);
	status = videoport_request(port->vp, IOCTL_DMABENCH_QUERY, &query, 0, sizeof(query), NULL);
	if (status != NO_ERROR && judged(port))
		finding(port->world, STRESS_RING, port, 0, "QUERY without power: status %d",
			status);
}
