// SPDX-License-Identifier: BSD-2-Clause
/* registry_test.c: the driver's values: read, set, replaced; and rule 914. */
#include "drivers/videoport/testing.h"

/* What the callback saw last. */
static struct {
	unsigned calls;
	ULONG len_bytes;
	WCHAR name[32];
	unsigned char data[64];
} seen;

static VP_STATUS see(PVOID hw, PVOID context, PWSTR name, PVOID data, ULONG len_bytes)
{
	(void)hw;
	seen.calls++;
	seen.len_bytes = len_bytes;
	for (unsigned i = 0; i < 31 && (seen.name[i] = name[i]); i++)
		;
	memcpy(seen.data, data, len_bytes < sizeof(seen.data) ? len_bytes : sizeof(seen.data));
	return *(VP_STATUS *)context;
}

static VP_STATUS result = NO_ERROR;

static VP_STATUS get(PVOID hw, PCWSTR name)
{
	return VideoPortGetRegistryParameters(hw, name, FALSE, see, &result);
}

static WCHAR colour[] = L"Colour.Table", upper[] = L"COLOUR.TABLE";

static void set_and_get(struct test_extension *hw, void *arg)
{
	unsigned char first[5] = {1, 2, 3, 4, 5}, second[2] = {8, 9};

	(void)arg;
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(get(hw, colour), ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortSetRegistryParameters(hw, colour, first, 5), NO_ERROR);
	assert_int_equal(get(hw, upper), NO_ERROR);
	assert_int_equal(seen.len_bytes, 5);
	assert_memory_equal(seen.data, first, 5);
	assert_memory_equal(seen.name, colour, sizeof(colour));
	assert_int_equal(VideoPortSetRegistryParameters(hw, upper, second, 2), NO_ERROR);
	assert_int_equal(get(hw, colour), NO_ERROR);
	assert_int_equal(seen.len_bytes, 2);
	assert_memory_equal(seen.data, second, 2);
	assert_int_equal(VideoPortFlushRegistry(hw), NO_ERROR);
	result = ERROR_MORE_DATA; /* what the callback says comes back */
	assert_int_equal(get(hw, colour), ERROR_MORE_DATA);
	result = NO_ERROR;
	assert_int_equal(seen.calls, 3);
	/* A value in a file: documented as a failure where there is no file. */
	assert_int_equal(VideoPortGetRegistryParameters(hw, colour, TRUE, see, &result),
		ERROR_INVALID_PARAMETER);
	assert_int_equal(seen.calls, 3);
}

static void rule_914_kept_values_are_set_and_read(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, set_and_get, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void set_over_parameter(struct test_extension *hw, void *arg)
{
	static WCHAR name[] = L"depth";
	ULONG value = 7;

	(void)arg;
	assert_int_equal(get(hw, name), NO_ERROR);
	assert_int_equal(seen.len_bytes, 4);
	assert_int_equal(seen.data[0], 32);
	assert_int_equal(VideoPortSetRegistryParameters(hw, name, &value, 4), NO_ERROR);
	assert_int_equal(get(hw, name), NO_ERROR);
	assert_int_equal(seen.data[0], 7);
}

static void a_set_value_hides_a_parameter(void **state)
{
	static const struct videoport_parameter parameters[] = {{"Depth", 32}};
	struct test_port port = {.frames = test_frames()};
	struct videoport_config config = test_config(port.frames);

	(void)state;
	config.parameters = parameters;
	config.parameter_count = 1;
	assert_int_equal(videoport_open(&port.vp, &config, NULL), 0);
	port.ext = port.vp->extension;
	test_call(&port, set_over_parameter, NULL);
	test_port_close(&port);
}

static void set_nothing(struct test_extension *hw, void *arg)
{
	(void)arg;
	assert_int_equal(
		VideoPortSetRegistryParameters(hw, colour, NULL, 4), ERROR_INVALID_PARAMETER);
}

static void get_by_nobody(struct test_extension *hw, void *arg)
{
	(void)arg;
	assert_int_equal(VideoPortGetRegistryParameters(hw, colour, FALSE, NULL, NULL),
		ERROR_INVALID_PARAMETER);
}

static void rule_914_broken_no_data_or_no_routine(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, set_nothing, NULL);
	test_expect_number(&port, 914);
	test_call(&port, get_by_nobody, NULL);
	test_expect_number(&port, 914);
	test_port_close(&port);
}

static void fill(struct test_extension *hw, void *arg)
{
	static unsigned char big[REGISTRY_VALUE_BYTES + 1];
	static WCHAR endless[REGISTRY_NAME_CHARS + 1];
	WCHAR name[] = L"value000";

	(void)arg;
	assert_int_equal(VideoPortSetRegistryParameters(hw, colour, big, sizeof(big)),
		ERROR_INVALID_PARAMETER);
	for (unsigned i = 0; i < REGISTRY_NAME_CHARS; i++)
		endless[i] = 'x';
	assert_int_equal(
		VideoPortSetRegistryParameters(hw, endless, big, 1), ERROR_INVALID_PARAMETER);
	for (unsigned i = 0; i < REGISTRY_VALUES; i++) {
		name[5] = (WCHAR)('0' + i / 100);
		name[6] = (WCHAR)('0' + i / 10 % 10);
		name[7] = (WCHAR)('0' + i % 10);
		assert_int_equal(
			VideoPortSetRegistryParameters(hw, name, big, i ? 1 : REGISTRY_VALUE_BYTES),
			NO_ERROR);
	}
	assert_int_equal(
		VideoPortSetRegistryParameters(hw, colour, big, 1), ERROR_NOT_ENOUGH_MEMORY);
	assert_int_equal(VideoPortSetRegistryParameters(hw, name, big, 2), NO_ERROR);
}

static void values_are_bounded(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, fill, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void set_without_memory(struct test_extension *hw, void *arg)
{
	ULONG value = 1;

	(void)arg;
	fault_arm(1, false);
	assert_int_equal(
		VideoPortSetRegistryParameters(hw, colour, &value, 4), ERROR_NOT_ENOUGH_MEMORY);
	assert_non_null(fault_fired());
	fault_arm(0, false);
	assert_int_equal(VideoPortSetRegistryParameters(hw, colour, &value, 4), NO_ERROR);
	fault_arm(1, false);
	assert_int_equal(get(hw, colour), ERROR_NOT_ENOUGH_MEMORY);
	fault_arm(0, false);
}

static void memory_may_be_short(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, set_without_memory, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(rule_914_kept_values_are_set_and_read),
		test_case(a_set_value_hides_a_parameter),
		test_case(rule_914_broken_no_data_or_no_routine),
		test_case(values_are_bounded),
		test_case(memory_may_be_short),
	};

	return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
