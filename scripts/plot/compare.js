/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two runs side by side. Figures are in runs/ID.js, a call of site_run each: a page from disk may load a script, but not fetch.
 * Text of the record enters the page as text only.
 */
'use strict';

(function () {
	const runs = new Map(); /* id: figures, once they are there */
	const a = document.getElementById('a'), b = document.getElementById('b');
	const metric = document.getElementById('metric');
	const table = document.getElementById('differences');
	const said = document.getElementById('said');
	let wish = 0;

	window.site_run = (id, run) => runs.set(id, run);

	function load(id) {
		return new Promise((resolve, reject) => {
			if (runs.has(id))
				return resolve();
			const script = document.createElement('script');

			script.src = 'runs/' + id + '.js';
			script.onload = resolve;
			script.onerror = () => reject(new Error('runs/' + id + '.js is missing: build the site again'));
			document.head.append(script);
		});
	}

	/* ---- numbers ---- */

	function scaled(value, step, units) {
		let i = 0;

		for (; Math.abs(value) >= step && i + 1 < units.length; i++)
			value /= step;
		return (Number.isInteger(value) ? value : Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)) + units[i];
	}

	function shown(name, value) {
		if (value === null || value === undefined)
			return '-';
		if (name.endsWith('_ns') || name.includes('ns_per_op'))
			return scaled(value, 1000, [' ns', ' \u00b5s', ' ms', ' s']);
		if (name.endsWith('_bytes'))
			return scaled(value, 1024, [' B', ' KiB', ' MiB', ' GiB']);
		if (name === 'bytes_per_second')
			return scaled(value, 1000, [' B/s', ' kB/s', ' MB/s', ' GB/s']);
		return scaled(value, 1000, ['', ' k', ' M', ' G']) + (name.endsWith('_per_second') ? '/s' : '');
	}

	/* ---- rows ---- */

	function cell(row, text, value, name) {
		const td = row.insertCell();

		td.textContent = text;
		if (value !== undefined) {
			td.className = 'n';
			td.dataset.v = value === null || !isFinite(value) ? '' : value;
		}
		if (name)
			td.classList.add(name);
		return td;
	}

	function figure(row, name, of) {
		const td = cell(row, shown(name, of[0]), of[0]);
		const small = document.createElement('small');

		small.textContent = of[1] === null ? 'n = ' + of[3] : shown(name, of[1]) + ' to ' + shown(name, of[2]);
		td.append(small);
	}

	/* A name may break behind each of its parts. */
	function named(td, name) {
		for (const part of name.split(/(?<=\/)/))
			td.append(part, document.createElement('wbr'));
	}

	function signed(percent) {
		return (percent >= 0.05 ? '+' : '') + (Math.abs(percent) < 0.05 ? '0.0' : percent.toFixed(1)) + ' %';
	}

	/* Whether the intervals lie apart; null: one of them is not known. */
	function apart(x, y) {
		if (x[1] === null || y[1] === null)
			return null;
		return x[2] < y[1] || y[2] < x[1];
	}

	function difference(body, name, better, x, y, caseName) {
		const row = body.insertRow();
		const ratio = x[0] === 0 ? (y[0] === 0 ? 0 : NaN) : y[0] / x[0] - 1;
		const far = apart(x, y);
		const good = (ratio > 0) === (better > 0);

		named(cell(row, ''), caseName);
		figure(row, name, x);
		figure(row, name, y);
		cell(row, isFinite(ratio) ? signed(100 * ratio) : '-', ratio,
			far && better && ratio ? (good ? 'better' : 'worse') : '');
		cell(row, far === null ? 'too few' : far ? 'apart' : 'overlap');
		return far;
	}

	function fill() {
		const left = runs.get(a.value), right = runs.get(b.value), name = metric.value;
		const better = Number(metric.selectedOptions[0].dataset.better);
		const i = left.metrics.indexOf(name), j = right.metrics.indexOf(name);
		const body = document.createElement('tbody');
		let both = 0, far = 0, only = 0;

		for (const [caseName, figures] of Object.entries(left.cases)) {
			const other = Object.hasOwn(right.cases, caseName) ? right.cases[caseName] : null;

			if (!other || !figures[i] || !other[j]) {
				only++;
				continue;
			}
			far += difference(body, name, better, figures[i], other[j], caseName) === true;
			both++;
		}
		table.tBodies[0].replaceWith(body);
		window.siteSort(table);
		window.siteSearch();
		said.textContent = both + ' cases in both with ' + name + ', intervals apart in ' + far +
			(only ? '; ' + only + ' of A have no partner or no such figure' : '');
		document.getElementById('line').textContent =
			'dmabench compare ' + a.value + ' ' + b.value + ' --metric ' + name;
		history.replaceState(null, '', '#a=' + a.value + '&b=' + b.value + '&metric=' + name);
	}

	function choose() {
		const mine = ++wish;

		said.textContent = 'Loading ...';
		Promise.all([load(a.value), load(b.value)]).then(
			() => mine === wish && fill(),
			(error) => mine === wish && (said.textContent = error.message));
	}

	/* ---- what the address asks for; else the newest run against the one before ---- */

	const asked = new URLSearchParams(location.hash.slice(1));

	function pick(select, value, fallback) {
		select.selectedIndex = Math.min(fallback, select.options.length - 1);
		if (value && Array.from(select.options).some((option) => option.value === value))
			select.value = value;
	}

	pick(a, asked.get('a'), 1);
	pick(b, asked.get('b'), 0);
	pick(metric, asked.get('metric'), 0);
	for (const select of [a, b, metric])
		select.addEventListener('change', choose);
	document.getElementById('choose').addEventListener('submit', (event) => event.preventDefault());
	if (a.options.length && metric.options.length)
		choose();
	else
		said.textContent = 'There are no runs to compare.';
})();
