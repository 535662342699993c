// SPDX-License-Identifier: BSD-2-Clause
/* watch_test.c: who watches a port sees each callback and each event, those of close too. */
#include <stdio.h>

#include "drivers/videoport/testing.h"

struct watched {
	char text[2048];
	unsigned events;
	struct videoport_event last;
};

static void note_callback(void *arg, const char *name, bool returned, int64_t result)
{
	struct watched *watched = arg;
	size_t used = strlen(watched->text);

	if (returned)
		snprintf(watched->text + used, sizeof(watched->text) - used, "=%lld\n",
			(long long)result);
	else
		snprintf(watched->text + used, sizeof(watched->text) - used, "%s", name);
}

static void note_event(void *arg, const struct videoport_event *event)
{
	struct watched *watched = arg;

	watched->events++;
	watched->last = *event;
}

static bool describe(void *arg, const void *address, char *text, size_t room)
{
	(void)arg;
	snprintf(text, room, "%s", address ? "the driver" : "nowhere");
	return true;
}

static int watched_open(
	struct test_port *port, struct watched *watched, struct videoport_watch *watch)
{
	struct err err = ERR_INIT;

	*watch = (struct videoport_watch){.arg = watched,
		.callback = note_callback,
		.event = note_event,
		.describe = describe};
	*port = (struct test_port){.frames = test_frames()};

	struct videoport_config config = test_config(port->frames);

	config.watch = watch;
	config.verify = true;

	int rc = videoport_open(&port->vp, &config, &err);

	if (rc == 0)
		port->ext = port->vp->extension;
	return rc;
}

static void a_watch_sees_every_callback_in_order(void **state)
{
	struct watched watched = {.text = ""};
	struct videoport_watch watch;
	struct test_port port;

	(void)state;
	assert_int_equal(watched_open(&port, &watched, &watch), 0);
	assert_string_equal(watched.text, "DriverEntry=0\nHwVidFindAdapter=0\nHwVidInitialize=1\n");
	watched.text[0] = '\0';
	assert_int_equal(videoport_power(port.vp, DEVICE_D3, NULL), 0);
	assert_int_equal(videoport_power(port.vp, DEVICE_D0, NULL), 0);
	test_port_close(&port);
	assert_string_equal(watched.text, "HwVidSetPowerState(VideoPowerOff)=0\n"
					  "HwVidSetPowerState(VideoPowerOn)=0\n"
					  "HwVidSetPowerState(VideoPowerOff)=0\n"
					  "HwVidSetPowerState(VideoPowerShutdown)=0\n");
}

static VP_STATUS refuse_find(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	(void)context, (void)argument, (void)info, (void)again;
	VideoPortLogError(hw, NULL, ERROR_DEV_NOT_EXIST, 7);
	return ERROR_DEV_NOT_EXIST;
}

static void a_watch_sees_where_an_open_ends(void **state)
{
	struct watched watched = {.text = ""};
	struct videoport_watch watch;
	struct test_port port;

	(void)state;
	test_hw.HwFindAdapter = refuse_find;
	assert_int_equal(watched_open(&port, &watched, &watch), -ENODEV);
	assert_string_equal(watched.text, "DriverEntry=0\nHwVidFindAdapter=55\n");
	assert_int_equal(watched.events, 1);
	assert_int_equal(watched.last.kind, VIDEOPORT_EVENT_LOG);
	assert_int_equal(watched.last.unique_id, 7);
	frames_destroy(port.frames);
}

static void a_watch_sees_more_events_than_the_log_keeps(void **state)
{
	struct watched watched = {.text = ""};
	struct videoport_watch watch;
	struct test_port port;

	(void)state;
	assert_int_equal(watched_open(&port, &watched, &watch), 0);
	for (unsigned i = 0; i < VIDEOPORT_EVENTS_MAX + 10; i++)
		VideoPortLogError(port.ext, NULL, ERROR_GEN_FAILURE, i);
	assert_int_equal(watched.events, VIDEOPORT_EVENTS_MAX + 10);
	assert_int_equal(watched.last.unique_id, VIDEOPORT_EVENTS_MAX + 9);
	test_port_close(&port);
}

static void refuse_to_power_off(PVOID hw, VP_STATUS status)
{
	atomic_store(&((struct test_extension *)hw)->power_status, status);
}

static void a_watch_sees_what_close_finds(void **state)
{
	struct watched watched = {.text = ""};
	struct videoport_watch watch;
	struct test_port port;

	(void)state;
	assert_int_equal(watched_open(&port, &watched, &watch), 0);
	refuse_to_power_off(port.ext, ERROR_BUSY);
	test_port_close(&port);
	/* That, and the audit's: the test driver keeps its registers mapped. */
	assert_int_equal(watched.events, 2);
	assert_int_equal(watched.last.kind, VIDEOPORT_EVENT_RULE);
	assert_int_equal(watched.last.rule, RULE_BASE_LEAK);
}

static void origins_are_described_by_the_watch(void **state)
{
	struct watched watched = {.text = ""};
	struct videoport_watch watch;
	struct test_port port;

	(void)state;
	assert_int_equal(watched_open(&port, &watched, &watch), 0);

	struct origin origin = ORIGIN_HERE(port.vp);

	rule_broken_at(port.vp, RULE_COMMON_LENGTH, 0, &origin, "a test");
	if (!strstr(watched.last.origin, "made at the driver"))
		fail_msg("origin: %s", watched.last.origin);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(a_watch_sees_every_callback_in_order),
		test_case(a_watch_sees_where_an_open_ends),
		test_case(a_watch_sees_more_events_than_the_log_keeps),
		test_case(a_watch_sees_what_close_finds),
		test_case(origins_are_described_by_the_watch),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
