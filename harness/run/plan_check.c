// SPDX-License-Identifier: BSD-2-Clause
/*
 * plan_check.c: what is wrong with settings that no single option row can see, and nothing of a case or a driver.
 * Called by plan.c before it builds anything.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/run/window.h"

#define SOAK_REPETITIONS_MIN                                                                       \
	12u /* a quarter is start, nine tell a trend (series.h, stats_growth) */

static bool list_set(const struct opt_list *list)
{
	return list->count > 1 || (list->count == 1 && list->value[0] != 0);
}

enum run_rate_unit plan_rate_unit(const struct run_settings *s)
{
	return list_set(&s->rate.per_second)         ? RUN_RATE_OPS
	       : list_set(&s->rate.bytes_per_second) ? RUN_RATE_BYTES
	                                             : RUN_RATE_PERCENT;
}

const struct opt_list *plan_rate_list(const struct run_settings *s)
{
	switch (plan_rate_unit(s)) {
	case RUN_RATE_OPS:
		return &s->rate.per_second;
	case RUN_RATE_BYTES:
		return &s->rate.bytes_per_second;
	default:
		return &s->rate.percent;
	}
}

int plan_refuse(const struct run_settings *s, const struct err *finding, struct err *err)
{
	return err_set(err, finding->kind, finding->code, "%s%s%s", s->where ? s->where : "",
		s->where ? ": " : "", finding->message);
}

int plan_check_device(
	const struct run_settings *s, char word[STORE_WORD_MAX], bool *simulated, struct err *err)
{
	char known[128] = "";
	size_t len = strcspn(s->device, ":");

	if (len > 0 && len < STORE_WORD_MAX) {
		memcpy(word, s->device, len);
		word[len] = '\0';
		const struct device_ops *ops = device_find(word);

		if (ops) {
			*simulated = *simulated || ops->simulated_time;
			return 0;
		}
	}
	for (unsigned i = 0; device_at(i); i++) {
		size_t used = strlen(known);

		snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "",
			device_at(i)->name);
	}
	return err_set(err, ERR_USAGE, -EINVAL, "device '%s' is not known; expected one of: %s",
		s->device, known);
}

#define BUNCH_GAP_S_MAX 60.0 /* nobody waits longer for the next arrivals */

/* Sources that are rewritten, caches that are emptied and checks lie between rounds; without them arrivals never pause. */
static bool pauses(const struct run_params *p)
{
	return p->source != RUN_UNTOUCHED || p->verify == RUN_VERIFY_FULL || p->cache != RUN_HOT;
}

double plan_bunch_gap_s(const struct run_cell *cell)
{
	const struct run_params *p = &cell->params;
	const double rate = p->rate_unit == RUN_RATE_OPS ? (double)p->rate
	                                                 : (double)p->rate / (double)p->mean_bytes;

	if (p->arrival == LOAD_CLOSED || p->rate_unit == RUN_RATE_PERCENT || p->find_quantile > 0)
		return 0;
	return p->burst / rate;
}

int plan_check_arrivals(const struct run_cell *cell, struct err *err)
{
	const struct run_params *p = &cell->params;
	const uint32_t round = run_window_layout(cell, false).count * p->threads;
	const double gap_s = plan_bunch_gap_s(cell);

	if (p->arrival == LOAD_CLOSED)
		return 0;
	if (pauses(p) && p->burst > round)
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s: burst %u is more than the %u transfers between two pauses for sources "
			"and checks; lower burst, raise window or depth, or set source=untouched",
			cell->name, p->burst, round);
	if (gap_s <= BUNCH_GAP_S_MAX)
		return 0;
	return err_set(err, ERR_USAGE, -EINVAL,
		"%s: at this rate arrivals lie %.0f s apart, %.0f s at most; raise the rate%s",
		cell->name, gap_s, BUNCH_GAP_S_MAX, p->burst > 1 ? " or lower burst" : "");
}

static uint64_t list_max(const struct opt_list *list)
{
	uint64_t max = 0;

	for (uint32_t i = 0; i < list->count; i++)
		max = list->value[i] > max ? list->value[i] : max;
	return max;
}

static bool list_has_zero(const struct opt_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->value[i] == 0)
			return true;
	return false;
}

int plan_check(const struct run_settings *s, struct err *err)
{
	double quantile, limit_ns;

	if (s->ring_entries == 1 || (s->ring_entries & (s->ring_entries - 1)))
		return err_set(err, ERR_USAGE, -EINVAL,
			"ring_entries %llu is not a power of two; expected 2, 4, 8 .. 4096, or 0",
			(unsigned long long)s->ring_entries);
	if (s->ring_entries && list_max(&s->depth) > s->ring_entries)
		return err_set(err, ERR_USAGE, -EINVAL,
			"depth %llu is above the ring of %llu entries; lower depth or set "
			"ring_entries to the next "
			"power of two",
			(unsigned long long)list_max(&s->depth),
			(unsigned long long)s->ring_entries);
	if (s->dev.address_bits != 24 && s->dev.address_bits != 32 && s->dev.address_bits != 64)
		return err_set(err, ERR_USAGE, -EINVAL,
			"device.address_bits %llu; expected 24, 32 or 64",
			(unsigned long long)s->dev.address_bits);
	if (s->frames.node && list_max(&s->frames.high) == 0)
		return err_set(err, ERR_USAGE, -EINVAL,
			"frames.node %llu has no effect while all frames lie below 4 GiB; set "
			"frames.high above 0, or leave frames.node at 0 (place.memory chooses the "
			"host's node)",
			(unsigned long long)s->frames.node);
	if (list_set(&s->rate.per_second) && list_set(&s->rate.bytes_per_second))
		return err_set(err, ERR_USAGE, -EINVAL,
			"rate and rate.bytes are both set; give the arrivals in one of them");
	if (s->rate.find[0] && search_parse(s->rate.find, &quantile, &limit_ns))
		return err_set(err, ERR_USAGE, -EINVAL,
			"rate.find '%s': expected a percentile and a time, for example p99<=50us "
			"or "
			"p99.9<=1ms",
			s->rate.find);
	if (s->rate.find[0] && list_max(&s->arrival) == LOAD_CLOSED)
		return err_set(err, ERR_USAGE, -EINVAL,
			"rate.find %s with arrival=closed: a closed loop has no rate to find; set "
			"arrival to poisson or fixed",
			s->rate.find);
	if (list_has_zero(plan_rate_list(s)))
		return err_set(err, ERR_USAGE, -EINVAL,
			"a rate of 0 among others: nothing would ever arrive; take it out");
	if (s->soak && s->repetitions < SOAK_REPETITIONS_MIN)
		return err_set(err, ERR_USAGE, -EINVAL,
			"soak=on with %llu repetitions: too few to tell growth from a start; set "
			"repetitions to %u or more",
			(unsigned long long)s->repetitions, SOAK_REPETITIONS_MIN);
	if (s->dev.freeze_ns >= s->dev.timeout_ns)
		return err_set(err, ERR_USAGE, -EINVAL,
			"device.freeze of %.4g s with device.timeout of %.4g s: the driver would "
			"take the device for one that hangs and reset it; set device.timeout above "
			"device.freeze",
			(double)s->dev.freeze_ns * 1e-9, (double)s->dev.timeout_ns * 1e-9);
	if (s->dev.memory_bytes % PAGE_BYTES)
		return err_set(err, ERR_USAGE, -EINVAL,
			"device.memory %llu is not a multiple of 4096; round it up",
			(unsigned long long)s->dev.memory_bytes);
	return 0;
}

/* The whole run is at one place: its threads are bound once, and its record tells one set of distances. */
int plan_check_place(struct run_plan *plan, const struct run_settings *s, struct err *err)
{
	const struct run_settings *first = &plan->settings[0];

	if (strcmp(s->place.driver, first->place.driver) != 0 ||
		strcmp(s->place.device, first->place.device) != 0 ||
		strcmp(s->place.memory, first->place.memory) != 0)
		return err_set(err, ERR_USAGE, -EINVAL,
			"place.driver, place.device and place.memory differ between sections (%s, "
			"%s, %s and %s, %s, %s); a run has one placement: set them in [global], or "
			"run one job for each",
			first->place.driver, first->place.device, first->place.memory,
			s->place.driver, s->place.device, s->place.memory);
	return place_wish_parse(
		s->place.driver, s->place.device, s->place.memory, &plan->wish, err);
}

#define FAMILY_ENDS ", \t" /* between two, as in any list */

bool plan_family_selected(const char *families, const char *family)
{
	size_t len = strlen(family);

	if (!*families)
		return true;
	for (const char *word = families + strspn(families, FAMILY_ENDS); *word;
		word += strspn(word, FAMILY_ENDS)) {
		const size_t word_len = strcspn(word, FAMILY_ENDS);

		if (word_len == len && !strncmp(word, family, len))
			return true;
		word += word_len;
	}
	return false;
}

int plan_check_families(
	const struct run_settings *s, const struct bench_case *const *cases, struct err *err)
{
	const char *known[32] = {NULL};
	char families[OPT_TEXT_MAX];

	for (unsigned i = 0; i < 31 && cases[i]; i++)
		known[i] = cases[i]->name;
	snprintf(families, sizeof(families), "%s", s->family);
	for (char *save = NULL, *word = strtok_r(families, FAMILY_ENDS, &save); word;
		word = strtok_r(NULL, FAMILY_ENDS, &save)) {
		unsigned i = 0;

		while (known[i] && strcmp(known[i], word) != 0)
			i++;
		const char *near = opt_nearest(word, known);

		if (!known[i])
			return err_set(err, ERR_USAGE, -EINVAL,
				"family '%s' is not known%s%s%s; see: dmabench list cases", word,
				near ? "; did you mean '" : "", near ? near : "", near ? "'" : "");
	}
	return 0;
}

static bool has_fault(const struct run_settings *s)
{
	return s->dev.fault != DEVICE_FAULT_NONE || opt_values(run_options, s, "device.fault") > 1;
}

/* Of those only: messages go wrong by chance alone. */
static bool has_transfer_fault(const struct run_settings *s)
{
	return has_fault(s) && (s->dev.fault < DEVICE_FAULT_COUNT ||
				       opt_values(run_options, s, "device.fault") > 1);
}

static bool has_fault_rate(const struct run_settings *s)
{
	return s->dev.fault_rate > 0 || opt_values(run_options, s, "device.fault_rate") > 1;
}

static bool has_fault_limit(const struct run_settings *s)
{
	return s->dev.fault_limit > 0 || opt_values(run_options, s, "device.fault_limit") > 1;
}

static bool has_rate(const struct run_settings *s)
{
	return plan_rate_unit(s) != RUN_RATE_PERCENT;
}

static bool has_arrivals(const struct run_settings *s)
{
	return list_max(&s->arrival) != LOAD_CLOSED;
}

/* Keys that do nothing without another. One in [global] may be for some of the workloads only. */
static const struct together {
	bool (*has)(const struct run_settings *s), (*needs)(const struct run_settings *s);
	const char *finding;
} togethers[] = {
	{has_fault, has_fault_rate,
		"device.fault with device.fault_rate=0: no transfer would be hit; set "
		"device.fault_rate, for example 0.01"},
	{has_fault_rate, has_fault,
		"device.fault_rate with device.fault=none: no transfer would be hit; set "
		"device.fault, for example flip"},
	{has_fault_limit, has_transfer_fault,
		"device.fault_limit limits what hits transfers, and device.fault hits none; set "
		"device.fault, for example unposted, or take the limit out"},
	{has_rate, has_arrivals,
		"a rate with arrival=closed: a closed loop has none; set arrival to poisson or "
		"fixed"},
};

int plan_check_together(const struct run_plan *plan, struct err *err)
{
	for (size_t t = 0; t < sizeof(togethers) / sizeof(togethers[0]); t++) {
		const struct run_settings *lonely = NULL;
		bool both = false;

		for (unsigned i = 0; i < plan->settings_count; i++) {
			const struct run_settings *s = &plan->settings[i];
			const bool has = togethers[t].has(s);

			lonely = has && !lonely ? s : lonely;
			both = both || (has && togethers[t].needs(s));
		}
		if (!lonely || both)
			continue;
		struct err own = ERR_INIT;

		err_set(&own, ERR_USAGE, -EINVAL, "%s", togethers[t].finding);
		return plan_refuse(lonely, &own, err);
	}
	return 0;
}
