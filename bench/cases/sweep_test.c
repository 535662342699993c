// SPDX-License-Identifier: BSD-2-Clause
/*
 * sweep_test.c: keys with several values on the real path: each value reaches the port, the device and the driver its cases
 * run on, values cross, crossovers tell their point.
 */
#include "bench/cases/testing.h"

#include <stdio.h>

static const struct store_cell *cell_like(
	const struct store_run *run, const char *strategy, const char *extra)
{
	for (uint32_t i = 0; i < run->cell_count; i++) {
		const struct store_params *p = &run->cell[i].params;

		if (strcmp(p->strategy, strategy) == 0 && strcmp(p->extra, extra) == 0)
			return &run->cell[i];
	}
	fail_msg("no case of %s with %s", strategy, extra);
	return NULL;
}

static double counter_of(const struct store_cell *cell, enum store_counter counter)
{
	return cell->sample[0].counter[counter];
}

/* Each value is that of the port the case ran on: 16 pages go in as many rounds as map registers make of them. */
static void a_swept_key_of_the_platform_reaches_the_port(void **state)
{
	static const struct {
		const char *extra;
		double rounds, registers;
	} rows[] = {{"device.map_registers:2", 8, 2}, {"device.map_registers:8", 2, 8},
		{"device.map_registers:0", 1, 16}};
	struct store_run *run = MEASURED("family", "transfer", "size", "65536", "depth", "1", "dir",
		"to_device", "source", "rewritten", "verify", "full", "strategy", "packet,common",
		"device.map_registers", "2,8,0");

	(void)state;
	expect_cells(run, 3 * 2);
	expect_all_verified(run);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct store_cell *packet = cell_like(run, "packet", rows[i].extra);
		const struct store_cell *common = cell_like(run, "common", rows[i].extra);

		assert_true(counter_of(packet, STORE_rounds_per_op) == rows[i].rounds);
		assert_true(counter_of(packet, STORE_map_registers_peak) == rows[i].registers);
		/* Side by side: the same blocks. */
		for (uint32_t s = 0; s < 3; s++)
			assert_int_equal(packet->sample[s].block, common->sample[s].block);
	}
	store_run_free(run);
}

/* Bytes are bounced where memory lies out of the device's reach, in proportion; a pool grows with its slots. */
static void swept_keys_of_memory_device_and_driver_cross(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "65536", "depth", "4", "dir",
		"to_device", "source", "untouched", "strategy", "packet,common", "frames.high",
		"0,100", "device.address_bits", "32,64", "pool.slots", "4,16");

	(void)state;
	expect_cells(run, 2 * 2 * 2 * 2);
	for (int high = 0; high < 2; high++) {
		for (int bits = 32; bits <= 64; bits += 32) {
			double held[2];

			for (int slots = 4; slots <= 16; slots += 12) {
				char extra[96];

				snprintf(extra, sizeof(extra),
					"%sdevice.address_bits:%d/pool.slots:%d",
					high ? "high:100/" : "", bits, slots);
				const struct store_cell *packet = cell_like(run, "packet", extra);
				const bool bounced = counter_of(packet, STORE_bounce_bytes) > 0;

				assert_int_equal(bounced, high && bits == 32);
				held[slots == 16] = counter_of(cell_like(run, "common", extra),
					STORE_common_buffer_peak_bytes);
			}
			assert_true(held[1] >= held[0] + 12 * 65536);
		}
	}
	store_run_free(run);
}

/* Each point of a sweep has a crossover of its own, which says of which point it is. */
static void crossovers_tell_their_point(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "64,64k", "depth", "1",
		"dir", "to_device", "source", "untouched", "strategy", "packet,common",
		"device.map_registers", "0,4", "hybrid.threshold", "1k,2k");

	(void)state;
	expect_clean(run);
	assert_int_equal(run->cell_count, 2 * 2 * 2); /* without hybrid its threshold is not seen */
	assert_int_equal(run->crossover_count, 2);
	assert_string_equal(run->crossover[0].extra, "device.map_registers:0");
	assert_string_equal(run->crossover[1].extra, "device.map_registers:4");
	assert_non_null(strstr(run->crossover[1].sentence, "device.map_registers:4"));
	store_run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_swept_key_of_the_platform_reaches_the_port),
		cmocka_unit_test(swept_keys_of_memory_device_and_driver_cross),
		cmocka_unit_test(crossovers_tell_their_point),
	};

	return cmocka_run_group_tests_name("sweeps", tests, NULL, NULL);
}
