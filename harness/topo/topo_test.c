// SPDX-License-Identifier: BSD-2-Clause
/*
 * topo_test.c: binding and memory on this machine, what a recorded one cannot do, how machines are described, and every
 * failure. Which places are chosen is in choose_test.c.
 */
#include "harness/topo/topo_testing.h"

#include "drivers/support/fault.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>

static void memory_tells_its_node(void **state)
{
	struct topo *topo = NULL;
	struct topo_place place;

	(void)state;
	assert_int_equal(topo_open(&topo, NULL, NULL), 0);
	assert_int_equal(topo_place(topo, NULL, &place, NULL), 0);
	void *memory = topo_alloc(topo, 64 * 4096, place.node, TOPO_PAGES_4K, NULL);

	assert_non_null(memory);
	const int node = topo_memory_node(topo, memory, 64 * 4096);

	/* -1 where a container forbids the question */
	assert_true(node == place.node || node == -1);
	topo_free(topo, memory, 64 * 4096, TOPO_PAGES_4K);
	topo_close(topo);
}

static void a_recorded_topology_binds_nothing(void **state)
{
	(void)state;
	struct topo *topo = open_recorded("core:2 pu:1", NULL);
	struct err err = ERR_INIT, memory_err = ERR_INIT;

	assert_int_equal(topo_bind_thread(topo, 0, &err), -ENOTSUP);
	assert_non_null(strstr(err.message, "recorded"));
	assert_int_equal(topo_unbind_thread(topo), -ENOTSUP);
	assert_null(topo_alloc(topo, 4096, 0, TOPO_PAGES_4K, &memory_err));
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
	assert_int_equal(topo_place(topo, NULL, &place, &err), 0);
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
	assert_int_equal(topo_place(topo, NULL, &place, NULL), 0);
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
	assert_int_equal(topo_place(topo, NULL, &place, &err), 0);
	unsigned char *memory = topo_alloc(topo, len, place.node, TOPO_PAGES_4K, &err);

	assert_non_null(memory);
	assert_int_equal((uintptr_t)memory % 4096, 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(memory[i], 0);
	memset(memory, 1, len);
	topo_free(topo, memory, len, TOPO_PAGES_4K);
	topo_free(topo, NULL, len, TOPO_PAGES_4K);
	assert_null(topo_alloc(topo, 0, place.node, TOPO_PAGES_4K, &err));
	assert_int_equal(err.code, -EINVAL);
	assert_null(topo_alloc(topo, 4096, 4711, TOPO_PAGES_4K, &no_node));
	assert_non_null(strstr(no_node.message, "node 4711"));
	assert_null(topo_alloc(topo, SIZE_MAX / 2, place.node, TOPO_PAGES_4K, &too_much));
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
		rc = topo_place(topo, NULL, &place, &err);
	if (!rc)
		rc = topo_bind_thread(topo, place.driver_cpu, &err);
	if (!rc) {
		memory = topo_alloc(topo, 8192, place.node, TOPO_PAGES_4K, &err);
		rc = memory ? topo_unbind_thread(topo) : err.code;
	}
	if (!rc && topo_memory_node(topo, memory, 8192) < 0)
		rc = fault_fired() ? -ENOMEM : 0; /* unknown is no error, but a fault shows so */
	if (rc && !err.kind)
		err_set(&err, ERR_MISSING, rc, "node unknown");
	if (rc)
		assert_true(err.kind == ERR_MISSING && err.message[0]);
	if (memory)
		topo_free(topo, memory, 8192, TOPO_PAGES_4K);
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
	assert_int_equal(nth, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_tells_its_node),
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
