// SPDX-License-Identifier: BSD-2-Clause
/*
 * plot_load.c: data and variables of the plot of an open loop: response and service time against the load offered, one panel
 * a percentile, one line a strategy. Its cells differ in `rate` alone and stand in several groups of the view; the first of
 * them has the plot, one for each size.
 */
#include "harness/report/plot_fit.h"

#include <math.h>
#include <string.h>

#include "harness/report/text.h"

#define LOAD_POINTS_MIN 2
#define LOAD_POINTS_MAX 128
#define LOAD_RATE       "rate:"

/* One rate of one strategy. */
struct point {
	double offered, achieved;
	const struct view_summary *summary;
};

/* The further keys of @key without its rate: what its family has in common. */
static void family_extra(const struct store_params *key, char out[STORE_EXTRA_MAX])
{
	const char *rate = strstr(key->extra, LOAD_RATE);

	snprintf(out, STORE_EXTRA_MAX, "%s", key->extra);
	if (!rate || (rate > key->extra && rate[-1] != '/'))
		return;
	const size_t begin = (size_t)(rate - key->extra), length = strcspn(rate, "/");
	const char *rest = rate + length;

	/* With one of the slashes around it. */
	out[begin > 0 ? begin - 1 : 0] = '\0';
	rest += begin == 0 && *rest == '/';
	snprintf(out + strlen(out), STORE_EXTRA_MAX - strlen(out), "%s", rest);
}

static bool same_family(const struct view_group *a, const struct view_group *b)
{
	const struct store_params *x = &a->key, *y = &b->key;
	char extra_x[STORE_EXTRA_MAX], extra_y[STORE_EXTRA_MAX];

	family_extra(x, extra_x);
	family_extra(y, extra_y);
	return strcmp(x->device, y->device) == 0 && strcmp(x->dir, y->dir) == 0 &&
	       strcmp(x->source, y->source) == 0 && strcmp(x->completion, y->completion) == 0 &&
	       strcmp(x->verify, y->verify) == 0 && strcmp(extra_x, extra_y) == 0 &&
	       x->depth == y->depth && x->batch == y->batch;
}

static bool is_first(const struct view *view, const struct view_group *group)
{
	for (const struct view_group *before = view->group; before < group; before++)
		if (same_family(before, group))
			return false;
	return true;
}

/* The points of @strategy at @size_bytes in @group's family, by load. Return: how many. */
static int points_take(const struct view *view, const struct view_group *group, uint64_t size_bytes,
	uint32_t strategy, struct point point[LOAD_POINTS_MAX])
{
	int count = 0;

	for (uint32_t g = 0; g < view->group_count && count < LOAD_POINTS_MAX; g++) {
		const struct view_group *other = &view->group[g];

		if (!same_family(group, other))
			continue;
		for (uint32_t r = 0; r < other->row_count && count < LOAD_POINTS_MAX; r++) {
			const struct view_summary *s = other->row[r].by_strategy[strategy];
			int at = count;

			if (other->row[r].size_bytes != size_bytes || !s ||
				!(s->median[STORE_offered_per_second] > 0) ||
				!(s->median[STORE_resp_p50_ns] > 0))
				continue;
			const struct point new = {s->median[STORE_offered_per_second],
				s->median[STORE_items_per_second], s};

			for (; at > 0 && point[at - 1].offered > new.offered; at--)
				point[at] = point[at - 1];
			point[at] = new;
			count++;
		}
	}
	return count;
}

bool plot_load_has(const struct view *view, const struct view_group *group, uint64_t size_bytes)
{
	struct point point[LOAD_POINTS_MAX];

	if (!is_first(view, group))
		return false;
	for (uint32_t i = 0; i < view->strategy_count; i++)
		if (points_take(view, group, size_bytes, i, point) >= LOAD_POINTS_MIN)
			return true;
	return false;
}

void plot_load_title(const struct view_group *group, uint64_t size_bytes, char *out, size_t room)
{
	struct store_params key = group->key;
	char title[sizeof(group->title)], size[TEXT_MAX];

	family_extra(&group->key, key.extra);
	text_group_title(&key, title, sizeof(title));
	snprintf(out, room, "%s, %s", title, text_size((double)size_bytes, size, sizeof(size)));
}

static void point_write(
	FILE *dat, const char *strategy, const struct point *point, struct plot_axis *y)
{
	static const enum store_counter column[] = {STORE_resp_p50_ns, STORE_resp_p99_ns,
		STORE_resp_p999_ns, STORE_lat_p50_ns, STORE_lat_p99_ns, STORE_lat_p999_ns};
	const double *median = point->summary->median;
	char tip[300], rate[TEXT_MAX], time[3][TEXT_MAX];

	fprintf(dat, "%.10g %.10g %d", point->offered, point->achieved,
		median[STORE_sustained] >= 1);
	for (unsigned i = 0; i < sizeof(column) / sizeof(column[0]); i++) {
		fprintf(dat, " %.10g", median[column[i]]);
		plot_axis_take(y, median[column[i]]);
	}
	for (unsigned i = 0; i < 3; i++)
		text_time(median[column[i]], time[i], sizeof(time[i]));
	snprintf(tip, sizeof(tip),
		"%s, %s/s offered, %.0f %% achieved: response p50 %s, p99 %s, p99.9 %s", strategy,
		text_count(point->offered, rate, sizeof(rate)),
		100 * point->achieved / point->offered, time[0], time[1], time[2]);
	fputc(' ', dat);
	plot_dat_text(dat, tip);
	fputc('\n', dat);
}

/* A step of 1, 2 or 5 that gives two to five of them up to @most. */
static double nice_step(double most)
{
	const double power = pow(10, floor(log10(most / 2)));

	return most / power >= 10 ? 5 * power : most / power >= 4 ? 2 * power : power;
}

void plot_write_load(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp)
{
	struct plot_labels labels = {0};
	struct plot_axis y = {0};
	struct point point[LOAD_POINTS_MAX];
	int series[PLOT_SERIES_MAX], count = 0;
	double end[PLOT_SERIES_MAX] = {0}, most = 0;

	for (uint32_t i = 0; i < view->strategy_count && count < PLOT_SERIES_MAX; i++) {
		const int points = points_take(view, plot->group, plot->size_bytes, i, point);

		if (points < LOAD_POINTS_MIN)
			continue;
		fprintf(dat,
			"%s# %s: offered_per_second achieved_per_second sustained resp_p50_ns "
			"resp_p99_ns resp_p999_ns lat_p50_ns lat_p99_ns lat_p999_ns text\n",
			count ? "\n\n" : "", view->strategy[i]);
		for (int k = 0; k < points; k++)
			point_write(dat, view->strategy[i], &point[k], &y);
		most = fmax(most, point[points - 1].offered);
		end[count] = point[points - 1].summary->median[STORE_resp_p999_ns];
		series[count++] = (int)i;
	}
	plot_axis_widen(&y, 0.05, 10);
	for (; labels.count < count; labels.count++)
		labels.at[labels.count] = plot_axis_place(&y, fmax(end[labels.count], y.low));
	plot_labels_spread(&labels);
	plot_gp_series(gp, view, series, count);
	plot_gp_real(gp, "XMAX", 1.04 * most);
	plot_gp_real(gp, "XSTEP", nice_step(most));
	plot_gp_real(gp, "YMIN", y.low);
	plot_gp_real(gp, "YMAX", y.high);
	plot_gp_reals(gp, "LABEL_AT", labels.at, labels.count);
}
