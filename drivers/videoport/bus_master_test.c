// SPDX-License-Identifier: BSD-2-Clause
/*
 * bus_master_test.c: what a driver needs to be a PCI bus master here: the device says it is
 * one, and the eight helper functions are there, by declaration and by name.
 */
#include "drivers/videoport/testing.h"

static void helpers_work(struct test_extension *hw, void *arg)
{
	VP_DEVICE_DESCRIPTION description = {
		.ScatterGather = TRUE, .Dma64BitAddresses = TRUE, .MaximumLength = 65536};
	PCI_COMMON_CONFIG config;
	PHYSICAL_ADDRESS logical;

	(void)arg;
	assert_int_equal(VideoPortGetBusData(hw, PCIConfiguration, 0, &config, 0, sizeof(config)),
		sizeof(config));
	assert_true(config.Command & PCI_ENABLE_BUS_MASTER);

	PVP_DMA_ADAPTER adapter = VideoPortGetDmaAdapter(hw, &description);

	assert_non_null(adapter);

	PVOID va = VideoPortAllocateCommonBuffer(hw, adapter, 4096, &logical, TRUE, NULL);

	assert_non_null(va);
	VideoPortReleaseCommonBuffer(hw, adapter, 4096, logical, va, TRUE);
	VideoPortPutDmaAdapter(hw, adapter);
}

static void r_001_the_dma_helpers_serve_a_pci_bus_master(void **state)
{
	static const char *const helpers[] = {"VideoPortGetDmaAdapter", "VideoPortPutDmaAdapter",
		"VideoPortAllocateCommonBuffer", "VideoPortReleaseCommonBuffer",
		"VideoPortLockBuffer", "VideoPortUnlockBuffer", "VideoPortStartDma",
		"VideoPortCompleteDma"};
	struct test_port port = test_port_open();

	(void)state;
	for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++)
		assert_non_null(export_find(helpers[i]));
	test_call(&port, helpers_work, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(r_001_the_dma_helpers_serve_a_pci_bus_master),
	};

	return cmocka_run_group_tests_name("bus master", tests, NULL, NULL);
}
