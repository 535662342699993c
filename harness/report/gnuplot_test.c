// SPDX-License-Identifier: BSD-2-Clause
/* gnuplot_test.c: gnuplot by itself: what it says, when it does not end, what goes in and what comes out made fit. */
#include "harness/report/page_testing.h"

#include <errno.h>

#include "harness/report/gnuplot.h"

static void what_gnuplot_says_is_passed_on(void **state)
{
	(void)state;
	struct err err = ERR_INIT;

	write_file("bad.gp", "plot 'no-such-file.dat\n", 0644);
	assert_int_equal(gnuplot_run(folder, "bad.gp", GNUPLOT_LIMIT_MS, &err), -EIO);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_non_null(strstr(err.message, "bad.gp"));
	assert_non_null(strstr(err.message, "line 1"));
}

static void an_endless_gnuplot_is_ended(void **state)
{
	(void)state;
	struct err err = ERR_INIT;

	write_file("slow.gp", "while (1) { pause 0.01 }\n", 0644);
	assert_int_equal(gnuplot_run(folder, "slow.gp", 300, &err), -ETIME);
	assert_non_null(strstr(err.message, "slow.gp"));
}

static void quoting_and_cleaning(void **state)
{
	(void)state;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	gnuplot_quote(out, "it's \"a\"\n \\n `b`");
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "'it\xe2\x80\x99s \"a\"  \\n \xe2\x80\x98"
				  "b\xe2\x80\x98'");
	free(text);

	char *clean = gnuplot_clean_svg(
		"<svg><title>n</title><use xlink:href='#gpPt3' id='gpPt4'/>"
		"<g onmousemove=\"gnuplot_svg.showHypertext(evt,'tip &lt;')\" "
		"onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title><x "
		"font-family=\"a:Bold\"/></g>"
		"<g fill=\"none\" color=\"black\" stroke-linejoin=\"miter\">\n</g>\n</svg>",
		"n");

	assert_string_equal(clean,
		"<svg><use xlink:href='#n-gpPt3' id='n-gpPt4'/><g><title>tip &lt;</title>"
		"<x font-family=\"a\" font-weight=\"bold\"/></g></svg>");
	free(clean);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAGE_TEST(what_gnuplot_says_is_passed_on),
		PAGE_TEST(an_endless_gnuplot_is_ended),
		PAGE_TEST(quoting_and_cleaning),
	};

	return cmocka_run_group_tests_name("gnuplot", tests, NULL, NULL);
}
