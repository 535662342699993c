// SPDX-License-Identifier: BSD-2-Clause
/* target.c: see target.h. Called by the load's hot loop; must not check what the driver checks. */
#include "harness/run/target.h"

#include <errno.h>

#include "drivers/support/trace.h"

#include "dderror.h"
#include "dmabench_ioctl.h"

_Static_assert(sizeof(DMABENCH_TRANSFER) == 5 * sizeof(uint64_t), "struct run_target.submit");
_Static_assert(sizeof(DMABENCH_COMPLETION) == 3 * sizeof(uint64_t), "struct run_target.reap");

static int target_errno(int32_t status)
{
	switch (status) {
	case NO_ERROR:
		return 0;
	case ERROR_INVALID_PARAMETER:
	case ERROR_INSUFFICIENT_BUFFER:
		return -EINVAL;
	case ERROR_NOT_ENOUGH_MEMORY:
		return -ENOMEM;
	case ERROR_INVALID_FUNCTION:
		return -ENOTSUP;
	default:
		return -EIO;
	}
}

static int target_submit(
	void *arg, const struct load_op *ops, uint64_t first_cookie, unsigned count)
{
	struct run_target *target = arg;
	DMABENCH_SUBMIT *submit = (DMABENCH_SUBMIT *)target->submit;
	unsigned n = count < TARGET_BATCH_MAX ? count : TARGET_BATCH_MAX;

	trace_to(TRACE_DRIVER);
	submit->Count = n;
	submit->Reserved = 0;
	for (unsigned i = 0; i < n; i++) {
		submit->Transfer[i] = (DMABENCH_TRANSFER){
			.Buffer = ops[i].buffer,
			.BufferLength = ops[i].buffer_bytes,
			.Offset = ops[i].offset_bytes,
			.Length = ops[i].len_bytes,
			.Direction = ops[i].to_device ? DMABENCH_TO_DEVICE : DMABENCH_FROM_DEVICE,
			.DeviceAddress = ops[i].device_address,
			.Cookie = first_cookie + i,
		};
	}

	uint32_t bytes = (uint32_t)(offsetof(DMABENCH_SUBMIT, Transfer) +
				    n * sizeof(DMABENCH_TRANSFER));
	int32_t status = videoport_request(target->port, IOCTL_DMABENCH_SUBMIT, submit, bytes,
		offsetof(DMABENCH_SUBMIT, Transfer), NULL);

	/* A driver that says nothing of its doorbell: with one transfer in flight what follows is its wait. */
	trace_from(TRACE_DRIVER, target->single ? TRACE_WAIT : TRACE_IDLE);
	return status == NO_ERROR ? (int)submit->Count : target_errno(status);
}

static int target_reap(void *arg, struct load_completion *out, unsigned max)
{
	struct run_target *target = arg;
	DMABENCH_REAP *reap = (DMABENCH_REAP *)target->reap;
	unsigned n = max < TARGET_BATCH_MAX ? max : TARGET_BATCH_MAX;
	const uint32_t head_bytes = offsetof(DMABENCH_REAP, Completion);

	trace_from(TRACE_IDLE, TRACE_COMPLETION);
	reap->Count = n;
	reap->Reserved = 0;

	int32_t status = videoport_request(target->port, IOCTL_DMABENCH_REAP, reap, head_bytes,
		(uint32_t)(head_bytes + n * sizeof(DMABENCH_COMPLETION)), NULL);

	if (status != NO_ERROR)
		return target_errno(status);
	if (__builtin_expect(reap->Count > n, 0))
		return -EPROTO;
	if (!reap->Count) {
		trace_from(TRACE_COMPLETION, TRACE_WAIT);
		return 0;
	}
	for (unsigned i = 0; i < reap->Count; i++) {
		out[i] = (struct load_completion){
			.cookie = reap->Completion[i].Cookie,
			.status = reap->Completion[i].Status,
			.len_bytes = reap->Completion[i].Length,
			.rounds = reap->Completion[i].Rounds,
			.elements = reap->Completion[i].Elements,
		};
	}
	trace_to(TRACE_IDLE);
	return (int)reap->Count;
}

static int target_wait(void *arg, uint32_t timeout_us)
{
	struct run_target *target = arg;
	DMABENCH_WAIT wait = {.TimeoutUs = timeout_us};
	int32_t status = videoport_request(
		target->port, IOCTL_DMABENCH_WAIT, &wait, sizeof(wait), sizeof(wait), NULL);

	if (status != NO_ERROR)
		return target_errno(status);
	if (wait.Ready)
		trace_to(TRACE_COMPLETION);
	return (int)wait.Ready;
}

static void target_run(struct run_target *target, bool run, uint64_t ticks)
{
	target->running = run;
	if (target->silent)
		return;
	videoport_usage_run(target->port, run, target->dates ? ticks : 0);
}

static void target_date(void *arg, struct tick now)
{
	struct run_target *target = arg;

	if (__builtin_expect(!target->running, 0))
		target_run(target, true, now.t);
	if (target->dates)
		videoport_date(target->port, now.t);
	pool_date(target->pool, now.t);
	target->last_ticks = now.t;
}

void run_target_init(struct run_target *target, const struct run_target_config *config)
{
	target->single = config->single;
	target->silent = config->silent;
	target->port = config->port;
	target->pool = config->pool;
	const bool dates = config->clock->tsc && !config->shared;

	target->dates = videoport_host_dates(config->port, dates) && dates;
	target_run(target, false, 0);
}

void run_target_pause(struct run_target *target)
{
	target_run(target, false, target->last_ticks);
	pool_pause(target->pool);
}

const struct load_target_ops run_target_ops = {
	.submit = target_submit,
	.reap = target_reap,
	.wait = target_wait,
	.date = target_date,
};
