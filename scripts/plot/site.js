/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of the site: sorted by their headers, searched. Without it every page shows all it has. No network, no storage. */
'use strict';

(function () {
	/* What a cell is sorted by: its value, else the number it begins with, else its text. */
	function cellKey(row, column) {
		const cell = row.cells[column];
		const given = cell ? cell.getAttribute('data-v') : '';
		const text = cell ? cell.textContent.trim() : '';

		if (given !== null)
			return given === '' ? null : Number(given);
		if (cell.classList.contains('n')) {
			const number = parseFloat(text.replace('\u2212', '-'));
			return isNaN(number) ? null : number;
		}
		return text === '' ? null : text;
	}

	/* What is missing comes last, whichever way. */
	function compare(a, b, sign) {
		if (a === null || b === null)
			return (a === null) - (b === null);
		if (typeof a === 'number' && typeof b === 'number')
			return sign * (a - b);
		return sign * String(a).localeCompare(String(b), 'en', {numeric: true});
	}

	function sort(table, column, sign) {
		const body = table.tBodies[0];
		const rows = Array.from(body.rows, (row) => [cellKey(row, column), row]);

		rows.sort((a, b) => compare(a[0], b[0], sign));
		body.append(...rows.map((row) => row[1]));
	}

	function headerPressed(table, header) {
		const sign = header.getAttribute('aria-sort') === 'ascending' ? -1 : 1;

		for (const other of table.tHead.rows[0].cells)
			other.removeAttribute('aria-sort');
		header.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
		sort(table, header.cellIndex, sign);
	}

	for (const table of document.querySelectorAll('table.sortable')) {
		for (const header of table.tHead.rows[0].cells) {
			if (header.hasAttribute('data-plain'))
				continue;
			const button = document.createElement('button');

			button.type = 'button';
			button.textContent = header.textContent;
			button.addEventListener('click', () => headerPressed(table, header));
			header.replaceChildren(button);
		}
	}

	/* ---- search: every word has to be in the row, or in the whole name of its case ---- */

	const field = document.getElementById('q');

	function search() {
		const table = document.getElementById(field.dataset.for);
		const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
		const rows = table.tBodies[0].rows;
		let found = 0;

		for (const row of rows) {
			if (row.searched === undefined) {
				const link = row.querySelector('[title]');
				row.searched = (row.textContent + ' ' + (link ? link.title : '')).toLowerCase();
			}
			const shown = words.every((word) => row.searched.includes(word));

			row.hidden = !shown;
			found += shown;
		}
		document.getElementById('found').textContent = words.length ? found + ' of ' + rows.length : '';
	}

	if (field) {
		field.form.hidden = false;
		field.form.addEventListener('submit', (event) => event.preventDefault());
		field.addEventListener('input', search);
		document.addEventListener('keydown', (event) => {
			const at = document.activeElement;

			if (event.key === '/' && !(at && /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName))) {
				event.preventDefault();
				field.focus();
			}
		});
		/* A browser may bring back what was typed before. */
		search();
	}
	window.siteSearch = field ? search : () => {};
	window.siteSort = (table) => {
		for (const header of table.tHead.rows[0].cells) {
			if (header.hasAttribute('aria-sort'))
				sort(table, header.cellIndex, header.getAttribute('aria-sort') === 'ascending' ? 1 : -1);
		}
	};

	/* The newest night is at the right end. */
	for (const scroll of document.querySelectorAll('.scroll.last'))
		scroll.scrollLeft = scroll.scrollWidth;
})();
