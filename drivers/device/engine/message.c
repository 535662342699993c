// SPDX-License-Identifier: BSD-2-Clause
/* message.c: see message.h. Called by the devices. */
#include "drivers/device/engine/message.h"

#include "drivers/device/engine/regs.h"
#include "drivers/support/mmio.h"
#include "drivers/support/random.h"

void message_init(struct message *message, const struct device_line *config, uint64_t seed,
	struct mishaps *mishaps)
{
	*message = (struct message){.config = *config, .random = ~seed, .mishaps = mishaps};
}

bool message_wrong(const struct message *message)
{
	const struct device_line *config = &message->config;

	return config->lost > 0 || config->late > 0 || config->twice > 0 || config->storm > 0 ||
	       config->spurious > 0;
}

static bool happens(struct message *message, double chance, _Atomic uint64_t *count)
{
	if (chance <= 0 || !random_chance(&message->random, chance))
		return false;
	mishap(count);
	return true;
}

struct message_fate message_send(struct message *message)
{
	const struct device_line *config = &message->config;
	struct mishaps *mishaps = message->mishaps;
	struct message_fate fate = {.copies = 1};

	mishap(&mishaps->irq_sent);
	if (happens(message, config->lost, &mishaps->irq_lost)) {
		message->orphan = true;
		return (struct message_fate){0};
	}
	if (happens(message, config->late, &mishaps->irq_late))
		fate.delay_ns = random_draw(&message->random) % (config->late_ns + 1);
	if (happens(message, config->twice, &mishaps->irq_twice))
		fate.copies = 2;
	if (happens(message, config->storm, &mishaps->irq_storm))
		fate.copies += DEVICE_STORM;
	return fate;
}

bool message_retired(struct message *message)
{
	return happens(message, message->config.spurious, &message->mishaps->irq_spurious);
}

static bool error_due(const uint8_t *at)
{
	return mmio_read32(at + ENGINE_REG_ERROR_POSTED) !=
	       mmio_read32(at + ENGINE_REG_ERROR_ACKED);
}

bool message_channel_due(const void *bar, unsigned c)
{
	const uint8_t *at = bar;

	return mmio_read32(at + ENGINE_CHANNEL(c) + ENGINE_CH_IRQ_POSTED) !=
	       mmio_read32(at + ENGINE_CHANNEL(c) + ENGINE_CH_IRQ_ACKED);
}

bool message_due(const void *bar)
{
	const uint32_t enable = mmio_read32((const uint8_t *)bar + ENGINE_REG_IRQ_ENABLE);

	for (unsigned c = 0; c < ENGINE_CHANNELS; c++)
		if (enable & ENGINE_IRQ_CHANNEL(c) && message_channel_due(bar, c))
			return true;
	return enable & ENGINE_IRQ_ERROR && error_due(bar);
}

uint32_t message_seen(const void *bar)
{
	const uint8_t *at = bar;
	uint32_t sum = mmio_read32(at + ENGINE_REG_ERROR_ACKED);

	for (unsigned c = 0; c < ENGINE_CHANNELS; c++)
		sum += mmio_read32(at + ENGINE_CHANNEL(c) + ENGINE_CH_IRQ_ACKED);
	return sum;
}

bool message_acknowledged(struct message *message, const void *bar)
{
	uint32_t sum = message_seen(bar);
	bool changed = sum != message->orphan_sum;

	message->orphan_sum = sum;
	if (!message->orphan || !changed)
		return false;
	message->orphan = false;
	return true;
}

void message_forget(struct message *message)
{
	message->orphan = false;
}
