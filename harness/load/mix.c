// SPDX-License-Identifier: BSD-2-Clause
/*
 * mix.c: see mix.h. Called where a run is planned (mix_open) and where a load is set up (mix_draw); knows no load, no
 * driver and no clock.
 */
#include "harness/load/mix.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"

/* What the values of a distribution may be, and how messages call it. */
struct range {
	const char *key, *text; /* of the whole */
	enum opt_type type;
	uint64_t low, high;
};

static int refuse(const struct range *range, const char *expected, struct err *err)
{
	return err_set(err, ERR_USAGE, -EINVAL, "%s=%s: %s", range->key, range->text, expected);
}

/* One value of @text, whose place is @where. */
static int value_take(const struct range *range, const char *text, const char *where,
	uint64_t *value, struct err *err)
{
	const struct opt row[] = {{.name = range->key,
					  .type = range->type,
					  .min = (double)range->low,
					  .max = (double)range->high,
					  .help = ""},
		{.name = NULL}};

	return opt_set(row, value, range->key, text, where, err);
}

/* Values as job files have them: 64,4k..1m*4. */
static int values_take(
	const struct range *range, const char *text, struct opt_list *list, struct err *err)
{
	const struct opt row[] = {{.name = range->key,
					  .type = range->type,
					  .many = true,
					  .min = (double)range->low,
					  .max = (double)range->high,
					  .help = ""},
		{.name = NULL}};

	return opt_set(row, list, range->key, text, range->text, err);
}

/* ---- distributions ----------------------------------------------------------------------------------- */

static int parse_fixed(
	struct draw *draw, const struct range *range, const char *text, struct err *err)
{
	uint64_t value;
	int rc = value_take(range, text, range->text, &value, err);

	if (!rc)
		draw_fixed(draw, value);
	return rc;
}

/* "64..64k" */
static int parse_ends(
	const struct range *range, const char *text, uint64_t *low, uint64_t *high, struct err *err)
{
	const char *dots = strstr(text, "..");
	char first[64];

	if (!dots || (size_t)(dots - text) >= sizeof(first))
		return refuse(range, "expected two ends, such as uniform:64..64k", err);
	memcpy(first, text, (size_t)(dots - text));
	first[dots - text] = '\0';
	int rc = value_take(range, first, range->text, low, err);

	rc = rc ? rc : value_take(range, dots + 2, range->text, high, err);
	if (!rc && *low > *high)
		rc = refuse(range, "runs backwards; expected the smaller end first", err);
	return rc;
}

static int parse_uniform(
	struct draw *draw, const struct range *range, const char *text, struct err *err)
{
	uint64_t low = 0, high = 0;
	int rc = parse_ends(range, text, &low, &high, err);

	return rc ? rc : draw_uniform(draw, low, high);
}

static int parse_loguniform(
	struct draw *draw, const struct range *range, const char *text, struct err *err)
{
	uint64_t low = 0, high = 0;
	int rc = parse_ends(range, text, &low, &high, err);

	if (!rc && draw_loguniform(draw, low, high))
		rc = refuse(range, "expected a smaller end above 0", err);
	return rc;
}

static int parse_zipf(
	struct draw *draw, const struct range *range, const char *text, struct err *err)
{
	struct opt_list list;
	char *end;
	double exponent = strtod(text, &end);

	if (end == text || *end != ':' || !(exponent >= 0 && exponent <= 100))
		return refuse(range,
			"expected an exponent of 0 to 100 and values, such as zipf:1.2:64..64k*4",
			err);
	int rc = values_take(range, end + 1, &list, err);

	return rc ? rc : draw_zipf(draw, list.value, list.count, exponent);
}

#define WEIGHT_MAX 1e15 /* sums of them stay exact enough */

/* "4k:20" of a list of weights. */
static int parse_weight(
	const struct range *range, char *element, uint64_t *value, double *weight, struct err *err)
{
	char *colon = strchr(element, ':'), *end = colon;

	if (colon) {
		*colon = '\0';
		*weight = strtod(colon + 1, &end);
	}
	if (!colon || end == colon + 1 || *end || !(*weight >= 0) || !isfinite(*weight))
		return refuse(range,
			"expected value:weight, such as 64:70,4k:20,64k:10, or fixed:, uniform:, "
			"loguniform:, zipf: or file:",
			err);
	if (*weight > WEIGHT_MAX)
		return refuse(range, "a weight is too large; expected 0 to 1e15", err);
	return value_take(range, element, range->text, value, err);
}

static int parse_weights(
	struct draw *draw, const struct range *range, const char *text, struct err *err)
{
	uint64_t value[DRAW_VALUES_MAX];
	double weight[DRAW_VALUES_MAX];
	char copy[OPT_TEXT_MAX], *save = NULL;
	uint32_t count = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *element = strtok_r(copy, ",", &save); element;
		element = strtok_r(NULL, ",", &save)) {
		if (count == DRAW_VALUES_MAX)
			return refuse(range, "more than 64 values; expected fewer", err);
		int rc = parse_weight(range, element, &value[count], &weight[count], err);

		if (rc)
			return rc;
		count++;
	}
	if (draw_weights(draw, value, weight, count))
		return refuse(range, "expected at least one value with a weight above 0", err);
	return 0;
}

static const char *const words[] = {"fixed", "uniform", "loguniform", "zipf", "file", NULL};

static int refuse_word(const struct range *range, const char *word, struct err *err)
{
	const char *near = opt_nearest(word, words);

	return err_set(err, ERR_USAGE, -EINVAL,
		"%s=%s: '%s' is not a distribution; expected value:weight,..., or one of "
		"fixed:, uniform:, loguniform:, zipf:, file:%s%s%s",
		range->key, range->text, word, near ? "; did you mean '" : "", near ? near : "",
		near ? ":'" : "");
}

/* The rest of @text if it begins with @word and a colon, else NULL. */
static const char *behind(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 && text[len] == ':' ? text + len + 1 : NULL;
}

int mix_parse_draw(struct draw *draw, const char *key, const char *text, enum opt_type type,
	uint64_t low, uint64_t high, struct err *err)
{
	static int (*const parse[])(struct draw * draw, const struct range *range, const char *text,
		struct err *err) = {parse_fixed, parse_uniform, parse_loguniform, parse_zipf};
	const struct range range = {key, text, type, low, high};
	char word[32];

	if (text[0] >= '0' && text[0] <= '9')
		return parse_weights(draw, &range, text, err);
	for (unsigned i = 0; i < sizeof(parse) / sizeof(parse[0]); i++) {
		const char *rest = behind(text, words[i]);

		if (rest)
			return parse[i](draw, &range, rest, err);
	}
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(text, ":"), text);
	return refuse_word(&range, word, err);
}

#define LINE_MAX_BYTES 128

/* ---- files ------------------------------------------------------------------------------------------- */

static int line_add(struct mix *mix, uint32_t op, struct err *err)
{
	/* Grows by doubling, from 64. */
	if (mix->lines >= 64 ? (mix->lines & (mix->lines - 1)) == 0 : mix->lines == 0) {
		size_t room = mix->lines ? 2 * (size_t)mix->lines : 64;
		uint32_t *grown = fault_point("mix_line")
		                          ? NULL
		                          : reallocarray(mix->line, room, sizeof(*grown));

		if (!grown)
			return err_short(
				err, -ENOMEM, "no memory for a mix of %zu operations", room);
		mix->line = grown;
	}
	mix->line[mix->lines++] = op;
	return 0;
}

/* "4k to_device", already without what follows a #. */
static int line_parse(
	struct mix *mix, const struct range *range, const char *where, char *line, struct err *err)
{
	char *save = NULL, *size = strtok_r(line, " \t\r\n", &save);
	const char *dir = strtok_r(NULL, " \t\r\n", &save);
	uint64_t bytes;

	if (!size)
		return 0;
	const bool to_device = dir && strcmp(dir, "to_device") == 0;

	if (!dir || (!to_device && strcmp(dir, "from_device") != 0) ||
		strtok_r(NULL, " \t\r\n", &save))
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s: expected a size and to_device or from_device, such as: 4k to_device",
			where);
	if (mix->lines == MIX_LINES_MAX)
		return err_set(err, ERR_USAGE, -EINVAL, "%s: more than %u operations; cut the file",
			where, MIX_LINES_MAX);
	int rc = value_take(range, size, where, &bytes, err);

	return rc ? rc : line_add(mix, (uint32_t)bytes | (to_device ? MIX_TO_DEVICE : 0), err);
}

static int refuse_line(const char *where, const char *finding, struct err *err)
{
	return err_set(err, ERR_USAGE, -EINVAL,
		"%s: %s; expected a size and a direction a line, such as: 4k to_device", where,
		finding);
}

/* A mark of the order of bytes, as some editors put before the first line: of UTF-8 it is nothing, others are no text here. */
static int mark_skip(FILE *file, const char *path, struct err *err)
{
	static const unsigned char utf8[] = {0xef, 0xbb, 0xbf};
	const int c = getc(file);

	if (c == 0xfe || c == 0xff)
		return refuse_line(path, "UTF-16; save it as UTF-8", err);
	if (c != utf8[0]) {
		ungetc(c, file);
		return 0;
	}
	for (size_t i = 1; i < sizeof(utf8); i++)
		if (getc(file) != utf8[i])
			return refuse_line(path, "no text", err);
	return 0;
}

/* The next line, up to its end or a comment, which may be longer. Return: 1, 0 at the end of the file, -EINVAL. */
static int line_read(FILE *file, const char *where, char line[LINE_MAX_BYTES], struct err *err)
{
	size_t used = 0;
	bool comment = false;
	int c = getc(file);

	if (c == EOF)
		return 0;
	for (; c != EOF && c != '\n'; c = getc(file)) {
		comment = comment || c == '#';
		if (comment)
			continue;
		if (!c || used + 1 == LINE_MAX_BYTES)
			return refuse_line(
				where, c ? "a line that is too long" : "a byte of zero", err);
		line[used++] = (char)c;
	}
	line[used] = '\0';
	return 1;
}

static int lines_read(
	struct mix *mix, const struct range *range, const char *path, FILE *file, struct err *err)
{
	char where[OPT_TEXT_MAX + 24], line[LINE_MAX_BYTES];
	int rc = mark_skip(file, path, err);

	rc = rc ? rc : 1;
	for (uint64_t number = 1; rc > 0; number++) {
		snprintf(where, sizeof(where), "%s:%llu", path, (unsigned long long)number);
		rc = line_read(file, where, line, err);
		if (rc > 0) {
			rc = line_parse(mix, range, where, line, err);
			rc = rc ? rc : 1;
		}
	}
	if (!rc && ferror(file))
		rc = err_set(err, ERR_USAGE, -EIO, "%s=%s: %s cannot be read", range->key,
			range->text, path);
	if (!rc && !mix->lines)
		rc = err_set(err, ERR_USAGE, -EINVAL,
			"%s=%s: no operation in %s; expected one a line, such as: 4k to_device",
			range->key, range->text, path);
	return rc;
}

static void lines_figure(struct mix *mix, const char *path)
{
	const char *name = strrchr(path, '/');
	uint64_t sum = 0, hash = mix->lines, to_device = 0;

	for (uint32_t i = 0; i < mix->lines; i++) {
		uint32_t bytes = mix_bytes(mix->line[i]);

		sum += bytes;
		to_device += mix_to_device(mix->line[i]);
		hash = rng_mix(hash ^ mix->line[i]);
		if (bytes > mix->largest_bytes)
			mix->largest_bytes = bytes;
	}
	mix->mean_bytes = (double)sum / mix->lines;
	mix->to_device_share = (double)to_device / mix->lines;
	snprintf(mix->name, sizeof(mix->name), "file:%.80s#%08x", name ? name + 1 : path,
		(uint32_t)hash);
}

static int file_read(struct mix *mix, const struct range *range, const char *path, struct err *err)
{
	FILE *file = fopen(path, "re");

	if (!file) {
		int rc = -errno;

		return err_set(err, ERR_USAGE, rc, "%s=%s: %s: %s", range->key, range->text, path,
			strerror(-rc));
	}
	int rc = lines_read(mix, range, path, file, err);

	fclose(file);
	if (!rc)
		lines_figure(mix, path);
	return rc;
}

/* ---- the rest of mix.h ------------------------------------------------------------------------------- */

void mix_fixed(struct mix *mix, uint32_t bytes)
{
	*mix = (struct mix){
		.largest_bytes = bytes, .mean_bytes = bytes, .to_device_share = (double)NAN};
	draw_fixed(&mix->draw, bytes);
}

/* @text without blanks becomes the name. */
static int name_take(struct mix *mix, const struct range *range, const char *text, struct err *err)
{
	size_t used = 0;

	for (; *text && used + 1 < sizeof(mix->name); text++)
		if (*text != ' ' && *text != '\t')
			mix->name[used++] = *text;
	mix->name[used] = '\0';
	return *text ? refuse(range, "is too long; expected fewer than 128 characters", err) : 0;
}

int mix_open(struct mix *mix, const char *key, const char *text, struct err *err)
{
	const struct range range = {key, text, OPT_SIZE, 1, MIX_BYTES_MAX};
	const char *path = behind(text, "file");
	int rc;

	*mix = (struct mix){.to_device_share = (double)NAN};
	if (path) {
		rc = file_read(mix, &range, path, err);
	} else {
		rc = name_take(mix, &range, text, err);
		rc = rc ? rc
		        : mix_parse_draw(
				  &mix->draw, key, mix->name, OPT_SIZE, 1, MIX_BYTES_MAX, err);
		mix->largest_bytes = (uint32_t)mix->draw.high;
		mix->mean_bytes = rc ? 0 : draw_mean(&mix->draw);
	}
	if (rc)
		mix_close(mix);
	return rc;
}

void mix_close(struct mix *mix)
{
	free(mix->line);
	*mix = (struct mix){0};
}

/* Streams of their own, so that the sizes stay the same whatever the share of directions is. */
static void sequence_draw(
	struct mix_sequence *sequence, const struct mix *mix, double to_device_share, uint64_t seed)
{
	struct rng sizes, directions;

	rng_seed(&sizes, rng_mix(seed));
	rng_seed(&directions, rng_mix(~seed));
	for (uint32_t i = 0; i < sequence->count; i++) {
		uint32_t op = mix->lines ? mix_bytes(mix->line[i])
		                         : (uint32_t)draw_next(&mix->draw, &sizes);

		if (rng_double(&directions) < to_device_share)
			op |= MIX_TO_DEVICE;
		sequence->op[i] = op;
	}
}

int mix_draw(struct mix_sequence *sequence, const struct mix *mix, double to_device_share,
	bool one_way, uint64_t seed, struct err *err)
{
	sequence->count = mix->lines ? mix->lines : MIX_DRAWS;
	sequence->op = fault_point("mix_draw") ? NULL
	                                       : calloc(sequence->count, sizeof(*sequence->op));
	if (!sequence->op)
		return err_short(
			err, -ENOMEM, "no memory for a mix of %u operations", sequence->count);
	if (mix->lines && !one_way)
		memcpy(sequence->op, mix->line, mix->lines * sizeof(*sequence->op));
	else
		sequence_draw(sequence, mix, to_device_share, seed);
	return 0;
}

void mix_drop(struct mix_sequence *sequence)
{
	free(sequence->op);
	*sequence = (struct mix_sequence){0};
}
