// SPDX-License-Identifier: BSD-2-Clause
/*
 * name.c: what a cell is called and what stands of it in the record: keys in the order of design.md 5. Called by
 * plan.c for every cell; knows no list and no driver.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Appends "/key:value" to the cell's name; a name that does not fit is a defect of STORE_NAME_MAX. */
static void name_append(char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void name_append(char *name, const char *format, ...)
{
	size_t used = strlen(name);
	va_list args;

	va_start(args, format);
	vsnprintf(name + used, STORE_NAME_MAX - used, format, args);
	va_end(args);
}

static void extra_append(char *extra, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void extra_append(char *extra, const char *format, ...)
{
	const size_t room = STORE_EXTRA_MAX;
	size_t used = strlen(extra);
	va_list args;

	if (used && used + 1 < room) {
		extra[used++] = '/';
		extra[used] = '\0';
	}
	va_start(args, format);
	vsnprintf(extra + used, room - used, format, args);
	va_end(args);
}

/* Keys of the requester's memory that are not at their defaults. */
static void memory_extra(char *extra, const struct run_params *p, unsigned keys)
{
	const bool always = keys & RUN_KEY_FRAMES;

	if (p->offset_bytes || always)
		extra_append(extra, "offset:%llu", (unsigned long long)p->offset_bytes);
	if (p->fragmentation_percent != RUN_FRAGMENTATION_DEFAULT || always)
		extra_append(extra, "fragmentation:%u", p->fragmentation_percent);
	if (!(keys & RUN_KEY_MEMORY))
		return;
	if (p->device_offset_bytes)
		extra_append(
			extra, "device_offset:%llu", (unsigned long long)p->device_offset_bytes);
	if (p->high_percent)
		extra_append(extra, "high:%u", p->high_percent);
	if (p->window_bytes)
		extra_append(extra, "window:%llu", (unsigned long long)p->window_bytes);
	if (p->cache != RUN_HOT)
		extra_append(extra, "cache:%s", run_cache_words[p->cache]);
	if (p->pages != TOPO_PAGES_4K)
		extra_append(extra, "pages:%s", topo_pages_words[p->pages]);
	if (p->pin != DEVICE_PIN_NONE)
		extra_append(extra, "pin:%s", run_pin_words[p->pin]);
}

/* What rides behind the name and is a column of its own in no record. */
static void cell_extra(struct run_cell *cell)
{
	static const char *const unit[] = {
		[RUN_RATE_PERCENT] = "%", [RUN_RATE_OPS] = "", [RUN_RATE_BYTES] = "B"};
	const struct run_params *p = &cell->params;
	char *extra = cell->record_params.extra;

	if (cell->bench->keys & (RUN_KEY_FRAMES | RUN_KEY_MEMORY))
		memory_extra(extra, p, cell->bench->keys);
	if (cell->mix)
		extra_append(extra, "mix:%s", cell->mix->name);
	if (p->dir == RUN_MIXED && !(cell->mix && cell->mix->lines))
		extra_append(extra, "to_device:%u%%", p->to_device_percent);
	if (cell->bench->keys & RUN_KEY_TRACE)
		traces_extra(cell, extra, sizeof(cell->record_params.extra));
	if (p->threads > 1)
		extra_append(extra, "threads:%u/adapters:%s", p->threads,
			run_adapters_words[p->adapters]);
	if (p->verifier)
		extra_append(extra, "verifier:on");
	if (p->ledger)
		extra_append(extra, "ledger:on");
	if (p->arrival != LOAD_CLOSED) {
		extra_append(extra, "arrival:%s", run_arrival_words[p->arrival]);
		if (p->burst > 1)
			extra_append(extra, "burst:%u", p->burst);
		if (p->find_quantile > 0)
			extra_append(extra, "find:%s", cell->settings->rate.find);
		else
			extra_append(extra, "rate:%llu%s", (unsigned long long)p->rate,
				unit[p->rate_unit]);
	}
	for (uint32_t i = 0; i < cell->settings->sweeps.count; i++) {
		char word[96];

		if (sweep_word(cell, i, word, sizeof(word)))
			extra_append(extra, "%s", word);
	}
}

/* "packet", its twin "packet#2", with a planted slow-down "packet#slow5": strategies of their own to who reads. */
static const char *cell_strategy(const struct run_params *p, char out[STORE_WORD_MAX])
{
	char twin[12] = "", slow[16] = "";

	if (p->twin > 1)
		snprintf(twin, sizeof(twin), "#%u", p->twin);
	if (p->slow_percent)
		snprintf(slow, sizeof(slow), "#slow%u", p->slow_percent);
	snprintf(out, STORE_WORD_MAX, "%s%s%s", run_strategy_words[p->strategy], twin, slow);
	return out;
}

/* design.md 5: keys in this order, those that do not apply left out, further ones behind. */
static void cell_name(struct run_cell *cell)
{
	const struct run_params *p = &cell->params;
	unsigned keys = cell->bench->keys;
	char *name = cell->name, strategy[STORE_WORD_MAX];

	snprintf(name, STORE_NAME_MAX, "%s", cell->bench->name);
	if (keys & RUN_KEY_STRATEGY)
		name_append(name, "/strategy:%s", cell_strategy(p, strategy));
	if (keys & RUN_KEY_DIR)
		name_append(name, "/dir:%s", run_dir_words[p->dir]);
	if ((keys & RUN_KEY_SIZE) && !cell->mix)
		name_append(name, "/size:%llu", (unsigned long long)p->size_bytes);
	if (keys & RUN_KEY_DEPTH)
		name_append(name, "/depth:%u", p->depth);
	if (keys & RUN_KEY_COMPLETION)
		name_append(name, "/completion:%s", run_completion_words[p->completion]);
	if (keys & RUN_KEY_SOURCE)
		name_append(name, "/source:%s", run_source_words[p->source]);
	if (keys & RUN_KEY_BATCH)
		name_append(name, "/batch:%u", p->batch);
	if (cell->record_params.extra[0])
		name_append(name, "/%s", cell->record_params.extra);
}

/* A name that was cut could stand for two cases. */
static int cell_check_name(const struct run_cell *cell, struct err *err)
{
	if (strlen(cell->record_params.extra) + 1 < sizeof(cell->record_params.extra) &&
		strlen(cell->name) + 1 < sizeof(cell->name))
		return 0;
	return err_set(err, ERR_USAGE, -EINVAL,
		"%.80s...: the name is too long; give fewer keys several values at once",
		cell->name);
}

static void cell_record_params(struct run_cell *cell)
{
	const struct run_params *p = &cell->params;
	struct store_params *r = &cell->record_params;
	unsigned keys = cell->bench->keys;

	snprintf(r->family, sizeof(r->family), "%s", cell->bench->name);
	snprintf(r->device, sizeof(r->device), "%s", cell->device);
	if (keys & RUN_KEY_STRATEGY)
		cell_strategy(p, r->strategy);
	if (keys & RUN_KEY_DIR)
		snprintf(r->dir, sizeof(r->dir), "%s", run_dir_words[p->dir]);
	if (keys & RUN_KEY_COMPLETION)
		snprintf(r->completion, sizeof(r->completion), "%s",
			run_completion_words[p->completion]);
	if (keys & RUN_KEY_SOURCE)
		snprintf(r->source, sizeof(r->source), "%s", run_source_words[p->source]);
	if (keys & RUN_KEY_VERIFY)
		snprintf(r->verify, sizeof(r->verify), "%s", run_verify_words[p->verify]);
	if (keys & RUN_KEY_SIZE)
		r->size_bytes = p->mean_bytes;
	if (keys & RUN_KEY_DEPTH)
		r->depth = p->depth;
	if (keys & RUN_KEY_BATCH)
		r->batch = p->batch;
}

int name_cell(struct run_cell *cell, struct err *err)
{
	cell_record_params(cell);
	cell_extra(cell);
	cell_name(cell);
	return cell_check_name(cell, err);
}
