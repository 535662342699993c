// SPDX-License-Identifier: BSD-2-Clause
/*
 * site_browser_test.c: the site in headless Chromium, from disk and without a network: what a reader does with it. One site and one
 * browser for all tests; SITE_SHOTS=folder leaves screenshots there, to be looked at.
 */
#include "harness/report/browser_testing.h"
#include "harness/report/page_testing.h"
#include "harness/report/site.h"
#include "harness/report/site_testing.h"

static struct browser browser;

/* ---- one site, one browser --------------------------------------------------------------------------- */

static int site_ready(void **state)
{
	struct site_shape shape = SITE_SHAPE;
	struct err err = ERR_INIT;
	struct store *store;
	char db[96], site[96];

	if (folder_make(state))
		return -1;
	shape.evil = true;
	shape.nights = 12;
	snprintf(db, sizeof(db), "%s/a.db", folder);
	snprintf(site, sizeof(site), "%s/site", folder);
	site_fill(db, &shape);
	site_must(store_open_readonly(&store, db, &err), &err);
	site_must(site_build(store, site, NULL, &err), &err);
	store_close(store);
	browser_open(&browser, folder);
	return 0;
}

static int site_done(void **state)
{
	browser_close(&browser);
	return folder_drop(state);
}

static void go(const char *page)
{
	char url[256];

	snprintf(url, sizeof(url), "file://%s/site/%s", folder, page);
	browser_go(&browser, url);
}

/* ---- what a script finds ----------------------------------------------------------------------------- */

static void assert_true_in_page(const char *script)
{
	json_t *value = browser_run(&browser, script);

	if (!json_is_true(value)) {
		char *text = json_dumps(value, JSON_ENCODE_ANY);

		fail_msg("%s: %s", script, text);
	}
	json_decref(value);
}

static long number_in_page(const char *script)
{
	json_t *value = browser_run(&browser, script);
	const long number = (long)json_number_value(value);

	json_decref(value);
	return number;
}

static char *text_in_page(const char *script)
{
	json_t *value = browser_run(&browser, script);
	char *text = strdup(json_is_string(value) ? json_string_value(value) : "");

	json_decref(value);
	return text;
}

static void shot(const char *name)
{
	const char *to = getenv("SITE_SHOTS");
	char path[256], command[320];
	json_t *value;

	if (!to)
		return;
	value = browser_devtools(&browser, "Page.captureScreenshot", json_object());
	snprintf(path, sizeof(path), "%s/site-%s.png", to, name);
	snprintf(command, sizeof(command), "base64 -d > '%s'", path);
	FILE *decode = popen(command, "w");

	assert_non_null(decode);
	fputs(json_string_value(json_object_get(value, "data")), decode);
	assert_int_equal(pclose(decode), 0);
	json_decref(value);
}

static void window(int width, int height, bool phone)
{
	json_decref(browser_devtools(&browser, "Emulation.setDeviceMetricsOverride",
		json_pack("{s:i, s:i, s:i, s:b}", "width", width, "height", height,
			"deviceScaleFactor", 1, "mobile", phone)));
}

static void scheme(const char *word)
{
	json_decref(browser_devtools(&browser, "Emulation.setEmulatedMedia",
		json_pack("{s:[{s:s, s:s}]}", "features", "name", "prefers-color-scheme", "value",
			word)));
}

/* ---- tests ------------------------------------------------------------------------------------------- */

/* The first page of a series that changed, and of a run. */
static void go_series(void)
{
	go("index.html");
	json_decref(browser_run(
		&browser, "location.href = document.querySelector('.entry td a').href"));
	assert_true_in_page("return document.readyState === 'complete' || new Promise((done) => "
			    "addEventListener('load', () => done(true)))");
	assert_true_in_page("return location.pathname.includes('/series/')");
}

static void go_run(void)
{
	go("nights.html");
	json_decref(browser_run(
		&browser, "location.href = document.querySelector('a[href^=\"runs/\"]').href"));
	assert_true_in_page(
		"return location.pathname.includes('/runs/') && !!document.querySelector('figure "
		"svg')");
}

static void links_lead_somewhere_from_disk(void **state)
{
	(void)state;
	window(1200, 1400, false);
	go("index.html");
	shot("light");
	go_series();
	assert_true_in_page("return !!document.querySelector('figure svg')");
	shot("series");
	json_decref(browser_run(&browser, "document.querySelector('.crumb a').click()"));
	assert_true_in_page("return new Promise((done) => setTimeout(() => "
			    "done(location.pathname.endsWith('/index.html')), 300))");
	go_run();
	shot("run");
	json_decref(browser_run(&browser,
		"location.href = document.querySelector('a[href*=\"compare.html\"]').href"));
	assert_true_in_page(
		"return new Promise((done) => setTimeout(() => done(new URLSearchParams("
		"location.hash.slice(1)).get('a') === document.getElementById('a').value), "
		"300))");
}

static void texts_of_the_record_stay_texts(void **state)
{
	static const char *const pages[] = {
		"index.html", "changes.html", "nights.html", "compare.html"};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		go(pages[i]);
		assert_true_in_page(
			"return document.title !== 'broken' && !document.querySelector('img')");
	}
	go_series();
	assert_true_in_page("return document.title !== 'broken' && !document.querySelector('img')");
	go_run();
	assert_true_in_page("return document.title !== 'broken' && !document.querySelector('img')");
	go("compare.html");
	assert_true_in_page(
		"return new Promise((done) => setTimeout(() => done(document.querySelector("
		"'#differences tbody').textContent.includes('<img src=x') && "
		"!document.querySelector('img')), 300))");
}

static void the_list_is_searched(void **state)
{
	(void)state;
	go("index.html");
	assert_true_in_page("return !document.querySelector('form.search').hidden");
	browser_key(&browser, "/");
	assert_true_in_page("return document.activeElement.id === 'q'");
	for (const char *word = "common p99"; *word; word++)
		browser_key(&browser, (char[]){*word, '\0'});
	assert_int_equal(number_in_page("return Array.from(document.querySelectorAll('#list tbody "
					"tr')).filter((row) "
					"=> row.offsetParent !== null).length"),
		2);
	char *found = text_in_page("return document.getElementById('found').textContent");

	assert_string_equal(found, "2 of 40");
	free(found);
	assert_true_in_page(
		"return Array.from(document.querySelectorAll('#list tbody tr')).filter((row) "
		"=> !row.hidden).every((row) => /common/.test(row.textContent))");
	/* What the label leaves out is found by the whole name. */
	assert_int_equal(
		number_in_page(
			"const q = document.getElementById('q'); q.value = 'completion:poll'; "
			"q.dispatchEvent(new Event('input')); return "
			"document.querySelectorAll('#list tbody tr:not([hidden])').length"),
		40);
}

static void tables_are_sorted_by_their_headers_with_the_keyboard(void **state)
{
	static const char values[] =
		"const th = Array.from(document.querySelectorAll('#list th')).find((th) => "
		"th.textContent === 'newest'); const v = "
		"Array.from(document.querySelectorAll('#list tbody "
		"tr'), (row) => Number(row.cells[th.cellIndex].dataset.v)); return v.every((x, i) "
		"=> i === 0 "
		"|| (th.getAttribute('aria-sort') === 'ascending' ? v[i - 1] <= x : v[i - 1] >= "
		"x)) && "
		"th.getAttribute('aria-sort')";

	(void)state;
	go("index.html");
	assert_true_in_page(
		"const button = Array.from(document.querySelectorAll('#list th button')).find("
		"(b) => b.textContent === 'newest'); button.focus(); return "
		"document.activeElement === button");
	browser_key(&browser, BROWSER_ENTER);
	char *order = text_in_page(values);

	assert_string_equal(order, "ascending");
	free(order);
	browser_key(&browser, BROWSER_ENTER);
	order = text_in_page(values);
	assert_string_equal(order, "descending");
	free(order);
	assert_int_equal(
		number_in_page("return document.querySelectorAll('#list th[aria-sort]').length"),
		1);
}

static void the_keyboard_reaches_everything_and_is_seen(void **state)
{
	(void)state;
	go("index.html");
	browser_key(&browser, BROWSER_TAB);
	assert_true_in_page("return document.activeElement.className === 'skip' && "
			    "document.activeElement.getBoundingClientRect().left >= 0");
	browser_key(&browser, BROWSER_ENTER);
	assert_true_in_page("return location.hash === '#main'");
	browser_key(&browser, BROWSER_TAB);
	assert_true_in_page(
		"return document.getElementById('main').contains(document.activeElement) && "
		"parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2");
	/* Whatever can be clicked can be reached, and what scrolls can be scrolled. */
	assert_true_in_page(
		"return Array.from(document.querySelectorAll('a, button, input, .scroll'))"
		".every((one) => one.tabIndex >= 0)");
}

static void two_runs_are_compared(void **state)
{
	(void)state;
	go("compare.html");
	/* The first night against the last: what was planted is between them. */
	json_t *value = browser_run(&browser,
		"const a = document.getElementById('a'), b = document.getElementById('b'), m = "
		"document.getElementById('metric'); a.selectedIndex = a.options.length - 1; "
		"b.selectedIndex = "
		"0; m.value = 'lat_p50_ns'; m.dispatchEvent(new Event('change')); return new "
		"Promise((done) "
		"=> setTimeout(() => done({rows: document.querySelectorAll('#differences tbody "
		"tr').length, "
		"worse: document.querySelectorAll('#differences td.worse').length, better: "
		"document.querySelectorAll('#differences td.better').length, line: "
		"document.getElementById('line').textContent, said: "
		"document.getElementById('said').textContent}), 500))");

	assert_int_equal(json_integer_value(json_object_get(value, "rows")), 8);
	/* Cases 1, 4 and 7 of 0 to 7; and 2. */
	assert_true(json_integer_value(json_object_get(value, "worse")) >= 3);
	assert_true(json_integer_value(json_object_get(value, "better")) >= 1);
	assert_non_null(
		strstr(json_string_value(json_object_get(value, "said")), "8 cases in both"));
	assert_non_null(
		strstr(json_string_value(json_object_get(value, "line")), "dmabench compare 20"));
	json_decref(value);
	shot("compare");
	json_decref(browser_run(
		&browser, "document.querySelectorAll('#differences th button')[3].click()"));
	assert_true_in_page(
		"const v = Array.from(document.querySelectorAll('#differences tbody tr'), (row) "
		"=> Number(row.cells[3].dataset.v)); return v.every((x, i) => i === 0 || v[i - 1] "
		"<= x)");
}

/* innerWidth grows with what is too wide, so the window's own width is said. */
static void assert_no_overflow(const char *page)
{
	const long over = number_in_page("return document.documentElement.scrollWidth - 390");

	if (over > 0) {
		char *what = text_in_page(
			"return Array.from(document.querySelectorAll('body *')).filter((one) => "
			"one.getBoundingClientRect().right > 390 && !one.closest('.scroll'))"
			".map((one) => one.outerHTML.slice(0, 120)).slice(0, 3).join('\\n')");

		fail_msg("%s is %ld wider than a phone:\n%s", page, over, what);
	}
}

static void nothing_is_wider_than_a_phone(void **state)
{
	static const char *const pages[] = {
		"index.html", "changes.html", "nights.html", "compare.html"};

	(void)state;
	window(390, 844, true);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		go(pages[i]);
		assert_no_overflow(pages[i]);
		shot(i == 0 ? "phone" : i == 3 ? "phone-compare" : "phone-other");
	}
	go("index.html");
	json_decref(browser_run(&browser, "document.getElementById('series').scrollIntoView()"));
	shot("phone-list");
	go_series();
	assert_no_overflow("a series");
	shot("phone-series");
	/* The newest night is in sight. */
	assert_true_in_page(
		"const one = document.querySelector('.scroll.last'); return one.scrollWidth > "
		"one.clientWidth && one.scrollLeft + one.clientWidth >= one.scrollWidth - 2");
	go_run();
	assert_no_overflow("a run");
	window(1200, 1400, false);
}

static void the_dark_is_dark(void **state)
{
	static const char light[] =
		"const lum = (css) => { const v = css.match(/[\\d.]+/g).map(Number); return (v[0] "
		"+ v[1] + "
		"v[2]) / 3; }; const style = getComputedStyle(document.body); return "
		"lum(style.backgroundColor) - lum(style.color)";

	(void)state;
	scheme("light");
	go("index.html");
	assert_true(number_in_page(light) > 150);
	scheme("dark");
	assert_true(number_in_page(light) < -150);
	shot("dark");
	go_series();
	assert_true(number_in_page(light) < -150);
	/* No plot is a white sheet, and its words can be read. */
	assert_true_in_page("return Array.from(document.querySelectorAll('figure svg "
			    "rect[fill=\"#ffffff\"]')).every((one) => getComputedStyle(one).fill "
			    "=== 'rgba(0, 0, 0, 0)')");
	assert_true_in_page(
		"return Array.from(document.querySelectorAll('figure svg text, figure svg g[fill] "
		"text')).every((one) => { const v = getComputedStyle(one).fill.match(/[\\d.]+/g)"
		".map(Number); return v[0] + v[1] + v[2] > 270; })");
	shot("dark-series");
	scheme("light");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_lead_somewhere_from_disk),
		cmocka_unit_test(texts_of_the_record_stay_texts),
		cmocka_unit_test(the_list_is_searched),
		cmocka_unit_test(tables_are_sorted_by_their_headers_with_the_keyboard),
		cmocka_unit_test(the_keyboard_reaches_everything_and_is_seen),
		cmocka_unit_test(two_runs_are_compared),
		cmocka_unit_test(nothing_is_wider_than_a_phone),
		cmocka_unit_test(the_dark_is_dark),
	};

	return cmocka_run_group_tests_name("site_browser", tests, site_ready, site_done);
}
