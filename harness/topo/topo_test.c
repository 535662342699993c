// SPDX-License-Identifier: BSD-2-Clause
/*
 * topo_test.c: the placement rule on machines nobody here owns (hwloc's synthetic ones, exported to XML), binding
 * and memory on this one.
 */
#include "harness/topo/topo.h"

#include "drivers/support/fault.h"

#include <hwloc.h>

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char xml_path[] = "/tmp/topo_test_XXXXXX";

static int make_xml_path(void **state)
{
	(void)state;
	int fd = mkstemp(xml_path);

	return fd < 0 ? -1 : close(fd);
}

static int remove_xml(void **state)
{
	(void)state;
	return unlink(xml_path);
}

/* Records a made-up machine, of which only processors @only (hwloc list, NULL: all) are there. */
static void record(const char *synthetic, const char *only)
{
	hwloc_topology_t topology;

	assert_int_equal(hwloc_topology_init(&topology), 0);
	assert_int_equal(hwloc_topology_set_synthetic(topology, synthetic), 0);
	assert_int_equal(hwloc_topology_load(topology), 0);
	if (only) {
		hwloc_bitmap_t set = hwloc_bitmap_alloc();

		assert_int_equal(hwloc_bitmap_list_sscanf(set, only), 0);
		assert_int_equal(hwloc_topology_restrict(topology, set, 0), 0);
		hwloc_bitmap_free(set);
	}
	assert_int_equal(hwloc_topology_export_xml(topology, xml_path, 0), 0);
	hwloc_topology_destroy(topology);
}

static struct topo *open_recorded(const char *synthetic, const char *only)
{
	struct topo *topo = NULL;
	struct err err = ERR_INIT;

	record(synthetic, only);
	if (topo_open(&topo, xml_path, &err))
		fail_msg("%s: %s", synthetic, err.message);
	return topo;
}

struct rule {
	const char *synthetic, *only;
	int driver_cpu, device_cpu, node;
	bool shared;
	const char *relation;
};

static const struct rule rules[] = {
	{"core:1 pu:1", NULL, 0, 0, 0, true, "Core"},
	{"core:1 pu:2", NULL, 0, 1, 0, true, "Core"},
	{"core:2 pu:1", NULL, 0, 1, 0, false, "Machine"},
	{"core:2 pu:2", NULL, 0, 2, 0, false, "Machine"},
	{"pack:1 core:4 pu:1", NULL, 0, 1, 0, false, "Package"},
	{"pack:1 l3:1 core:2 pu:1", NULL, 0, 1, 0, false, "L3"},
	{"pack:2 [numa] l3:1 core:4 pu:2", NULL, 0, 2, 0, false, "L3"},
	{"pack:2 l3:2 l2:2 core:2 pu:2", NULL, 0, 2, 0, false, "L2"},
	{"pack:2 [numa] l3:2 l2:2 core:1 pu:1", NULL, 0, 1, 0, false, "L3"},
	{"pack:2 core:1 pu:1", NULL, 0, 1, 0, false, "Machine"},
	{"pack:2 [numa] core:1 pu:2", NULL, 0, 2, 0, false, "Machine"},
	/* hardware threads of one core are no choice while another core is free, however far */
	{"pack:2 [numa] l3:1 core:4 pu:2", "0-1,14", 0, 14, 0, false, "Machine"},
	{"pack:2 [numa] l3:1 core:4 pu:2", "0-1", 0, 1, 0, true, "Core"},
	{"pack:2 [numa] l3:1 core:4 pu:2", "5", 5, 5, 0, true, "Core"},
	/* the far socket has two cores of one cache, the near one only one core: memory follows the driver */
	{"pack:2 [numa] l3:1 core:4 pu:2", "1,9,11", 9, 11, 1, false, "L3"},
	{"pack:2 l3:2 l2:2 core:2 pu:1", "0,2,5,12,13", 12, 13, 0, false, "L2"},
	{"pack:2 l3:2 l2:2 core:2 pu:1", "1,2,13", 1, 2, 0, false, "L3"},
	{"group:2 [numa] core:2 pu:1", NULL, 0, 1, 0, false, "NUMANode"},
};

static void places_follow_the_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *rule = &rules[i];
		struct topo *topo = open_recorded(rule->synthetic, rule->only);
		struct topo_place place;
		char text[200];

		assert_int_equal(topo_place(topo, &place, NULL), 0);
		assert_int_equal(place.driver_cpu, rule->driver_cpu);
		assert_int_equal(place.device_cpu, rule->device_cpu);
		assert_int_equal(place.interrupt_cpu, rule->driver_cpu);
		assert_int_equal(place.node, rule->node);
		assert_int_equal(place.shared, rule->shared);
		assert_string_equal(place.relation, rule->relation);
		snprintf(text, sizeof(text), "driver cpu %d, device cpu %d (%s%s), memory node %d",
			rule->driver_cpu, rule->device_cpu, rule->shared ? "same core" : "share ",
			rule->shared ? "" : rule->relation, rule->node);
		assert_string_equal(place.text, text);
		topo_close(topo);
	}
}

static void a_recorded_topology_binds_nothing(void **state)
{
	(void)state;
	struct topo *topo = open_recorded("core:2 pu:1", NULL);
	struct err err = ERR_INIT, memory_err = ERR_INIT;

	assert_int_equal(topo_bind_thread(topo, 0, &err), -ENOTSUP);
	assert_non_null(strstr(err.message, "recorded"));
	assert_int_equal(topo_unbind_thread(topo), -ENOTSUP);
	assert_null(topo_alloc(topo, 4096, 0, &memory_err));
	assert_int_equal(memory_err.code, -ENOTSUP);
	topo_close(topo);
}

static void bad_files_are_refused(void **state)
{
	(void)state;
	struct topo *topo = (void *)1;
	struct err err = ERR_INIT, broken = ERR_INIT;
	FILE *file;

	assert_int_equal(topo_open(&topo, "/nowhere/topology.xml", &err), -ENODEV);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_non_null(strstr(err.message, "/nowhere/topology.xml"));
	assert_null(topo);
	file = fopen(xml_path, "w");
	assert_non_null(file);
	fputs("this is no topology\n", file);
	fclose(file);
	assert_int_equal(topo_open(&topo, xml_path, &broken), -ENODEV);
	assert_int_equal(broken.kind, ERR_MISSING);
	topo_close(NULL);
}

struct seen {
	char keys[400], caches[200], cores[16], virtualised[32];
};

static void see(void *arg, const char *key, const char *value)
{
	struct seen *seen = arg;

	assert_true(value && *value);
	snprintf(seen->keys + strlen(seen->keys), sizeof(seen->keys) - strlen(seen->keys), "%s ",
		key);
	if (!strcmp(key, "caches"))
		snprintf(seen->caches, sizeof(seen->caches), "%s", value);
	if (!strcmp(key, "cores"))
		snprintf(seen->cores, sizeof(seen->cores), "%s", value);
	if (!strcmp(key, "virtualised"))
		snprintf(seen->virtualised, sizeof(seen->virtualised), "%s", value);
}

static void machines_are_described(void **state)
{
	(void)state;
	static const char keys[] =
		"cpu_model packages cores threads caches nodes memory_bytes kernel "
		"architecture virtualised hwloc ";
	struct topo *topo = open_recorded(
		"pack:2 [numa] l3:1(size=8388608) l2:4(size=262144) core:1 pu:2", NULL);
	struct seen seen = {0}, here = {0};

	topo_describe(topo, see, &seen);
	assert_string_equal(seen.keys, keys);
	assert_string_equal(seen.caches, "L2 8 x 256 KiB, L3 2 x 8192 KiB");
	assert_string_equal(seen.cores, "8");
	assert_string_equal(seen.virtualised, "unknown");
	assert_int_equal(topo_cache_bytes(topo, 3), 8 << 20);
	assert_int_equal(topo_cache_bytes(topo, 99), 0);
	assert_int_equal(topo_cache_bytes(topo, -1), 0);
	topo_close(topo);
	topo = open_recorded("core:2 pu:1", NULL);
	assert_int_equal(topo_cache_bytes(topo, 0), 0);
	topo_close(topo);

	assert_int_equal(topo_open(&topo, NULL, NULL), 0);
	topo_describe(topo, see, &here);
	assert_string_equal(here.keys, keys);
	assert_string_not_equal(here.virtualised, "unknown");
	topo_close(topo);
}

static void threads_are_bound_and_let_go(void **state)
{
	(void)state;
	struct topo *topo = NULL;
	struct topo_place place;
	struct err err = ERR_INIT;
	cpu_set_t before, now;

	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(topo_open(&topo, NULL, &err), 0);
	assert_int_equal(topo_place(topo, &place, &err), 0);
	assert_int_equal(topo_bind_thread(topo, place.device_cpu, &err), 0);
	assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
	assert_int_equal(CPU_COUNT(&now), 1);
	assert_true(CPU_ISSET((size_t)place.device_cpu, &now));
	assert_int_equal(sched_getcpu(), place.device_cpu);
	assert_int_equal(topo_unbind_thread(topo), 0);
	assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
	assert_true(CPU_EQUAL(&before, &now));
	assert_int_equal(topo_bind_thread(topo, 100000, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "cpu 100000"));
	assert_int_equal(topo_bind_thread(topo, -1, NULL), -EINVAL);
	topo_close(topo);
}

static void one_processor_is_shared(void **state)
{
	(void)state;
	struct topo *topo = NULL;
	struct topo_place place;
	cpu_set_t before, one;
	int cpu = sched_getcpu();

	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	int rc = topo_open(&topo, NULL, NULL);

	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(rc, 0);
	assert_int_equal(topo_place(topo, &place, NULL), 0);
	assert_true(place.shared);
	assert_int_equal(place.driver_cpu, cpu);
	assert_int_equal(place.device_cpu, cpu);
	for (int other = 0; other < CPU_SETSIZE; other++)
		if (other != cpu && CPU_ISSET((size_t)other, &before))
			assert_int_equal(topo_bind_thread(topo, other, NULL), -EINVAL);
	topo_close(topo);
}

static void memory_is_aligned_zero_and_ours(void **state)
{
	(void)state;
	struct topo *topo = NULL;
	struct topo_place place;
	struct err err = ERR_INIT, no_node = ERR_INIT, too_much = ERR_INIT;
	const size_t len = 3 * 4096 + 1;

	assert_int_equal(topo_open(&topo, NULL, &err), 0);
	assert_int_equal(topo_place(topo, &place, &err), 0);
	unsigned char *memory = topo_alloc(topo, len, place.node, &err);

	assert_non_null(memory);
	assert_int_equal((uintptr_t)memory % 4096, 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(memory[i], 0);
	memset(memory, 1, len);
	topo_free(topo, memory, len);
	topo_free(topo, NULL, len);
	assert_null(topo_alloc(topo, 0, place.node, &err));
	assert_int_equal(err.code, -EINVAL);
	assert_null(topo_alloc(topo, 4096, 4711, &no_node));
	assert_non_null(strstr(no_node.message, "node 4711"));
	assert_null(topo_alloc(topo, SIZE_MAX / 2, place.node, &too_much));
	assert_int_equal(too_much.kind, ERR_MISSING);
	assert_int_equal(too_much.code, -ENOMEM);
	topo_close(topo);
}

/* Everything this module can do; 0, or the first error. */
static int scenario(void)
{
	struct topo *topo = NULL;
	struct topo_place place = {0};
	struct err err = ERR_INIT;
	void *memory = NULL;
	int rc = topo_open(&topo, NULL, &err);

	if (!rc)
		rc = topo_place(topo, &place, &err);
	if (!rc)
		rc = topo_bind_thread(topo, place.driver_cpu, &err);
	if (!rc) {
		memory = topo_alloc(topo, 8192, place.node, &err);
		rc = memory ? topo_unbind_thread(topo) : err.code;
	}
	if (rc)
		assert_true(err.kind == ERR_MISSING && err.message[0]);
	if (memory)
		topo_free(topo, memory, 8192);
	if (topo)
		topo_unbind_thread(topo);
	topo_close(topo);
	return rc;
}

static void every_failure_leaves_nothing_behind(void **state)
{
	(void)state;
	unsigned nth = 0;

	do {
		fault_arm(++nth, false);
		int rc = scenario();

		assert_int_equal(rc != 0, fault_fired() != NULL);
	} while (fault_fired());
	fault_arm(0, false);
	assert_int_equal(nth, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_follow_the_rule),
		cmocka_unit_test(a_recorded_topology_binds_nothing),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(machines_are_described),
		cmocka_unit_test(threads_are_bound_and_let_go),
		cmocka_unit_test(one_processor_is_shared),
		cmocka_unit_test(memory_is_aligned_zero_and_ours),
		cmocka_unit_test(every_failure_leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("topo", tests, make_xml_path, remove_xml);
}
