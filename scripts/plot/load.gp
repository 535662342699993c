# SPDX-License-Identifier: BSD-2-Clause
# Response and service time against the load offered, a panel a percentile. The three panels are one plot whose x axis is
# cut in three, so that every mark keeps an id of its own.
# The lines put before this file set: NAME, TITLE, CAPTION_1, CAPTION_2, N, STRATEGY[], LABEL_AT[], XMAX, XSTEP (offered a
# second), YMIN, YMAX (ns). Data: NAME.dat, one block a strategy.
# PNG (0, 1), set there too: whether one is drawn besides the SVG.
set encoding utf8
DATA = NAME . '.dat'
INK = '#333333'
FAINT = '#767676'
PANEL = 1.14 # from one panel to the next, in widths of a panel
array WHAT[3] = ['p50', 'p99', 'p99.9']

# A twin or planted one (packet#2, packet#slow5) has the colour of its strategy.
base(s) = strstrt(s, '#') ? s[1:strstrt(s, '#') - 1] : s
hue(s) = s eq 'packet' ? 0x0072B2 : s eq 'packet-cached' ? 0x56B4E9 : s eq 'common' ? 0xD55E00 : \
	s eq 'hybrid' ? 0x009E73 : 0xCC79A7
color(s) = hue(base(s))
mark(s) = s eq 'packet' ? 7 : s eq 'packet-cached' ? 9 : s eq 'common' ? 5 : s eq 'hybrid' ? 13 : 11
shape(s) = mark(base(s))
hollow(s) = shape(s) - 1
time_text(t) = t < 1e3 ? sprintf('%g ns', t) : t < 1e6 ? sprintf('%g µs', t / 1e3) : \
	t < 1e9 ? sprintf('%g ms', t / 1e6) : sprintf('%g s', t / 1e9)
rate_text(r) = r < 1e3 ? sprintf('%g', r) : r < 1e6 ? sprintf('%g k', r / 1e3) : sprintf('%g M', r / 1e6)
place(panel, rate) = (panel - 1) * PANEL + rate / XMAX

set term svg size 960,560 dynamic noenhanced font 'sans-serif,14' name NAME background rgb 'white'
set output NAME . '.svg'

unset key
set border 2 lc rgb INK lw 1
set tics nomirror out scale 0.6 tc rgb INK
set lmargin at screen 0.105
set rmargin at screen 0.855
set tmargin at screen 0.83
set bmargin at screen 0.20
set grid ytics lt 1 lc rgb '#e4e4e4' lw 0.7
set logscale y 10
set xrange [0:2 * PANEL + 1]
set yrange [YMIN:YMAX]
set mytics 10
set xtics ()
do for [p = 1:3] {
	do for [i = 0:int(XMAX / XSTEP)] { set xtics add (rate_text(i * XSTEP) place(p, i * XSTEP)) }
	set arrow p from place(p, 0), graph 0 to place(p, XMAX), graph 0 nohead lc rgb INK lw 1 front
	set label 40 + p WHAT[p] at place(p, XMAX / 2), graph 1.035 center tc rgb INK
	do for [i = 0:int(XMAX / XSTEP)] {
		set arrow 10 * p + i from place(p, i * XSTEP), graph 0 to place(p, i * XSTEP), graph 1 nohead back \
			lt 1 lc rgb '#e4e4e4' lw 0.7
	}
}
set ytics ()
do for [i = 0:12] { set ytics add (time_text(10.0**i) 10.0**i) }
if (YMAX / YMIN < 200) {
	do for [i = 0:12] {
		set ytics add (time_text(2 * 10.0**i) 2 * 10.0**i)
		set ytics add (time_text(5 * 10.0**i) 5 * 10.0**i)
	}
}
set xlabel 'operations offered a second' tc rgb INK offset 0,0.3

set label 1 TITLE at screen 0.012,0.955 left font sprintf('sans-serif:Bold,%d', strlen(TITLE) > 84 ? 12 : 17) tc rgb INK
set label 2 'solid: response time, from the intended start; dashed: service time; hollow: load not kept up with' \
	at screen 0.012,0.905 left tc rgb FAINT
set label 3 CAPTION_1 at screen 0.012,0.065 left font 'sans-serif,12' tc rgb FAINT
set label 4 CAPTION_2 at screen 0.012,0.027 left font 'sans-serif,12' tc rgb FAINT
do for [i = 1:N] {
	set label 50 + i STRATEGY[i] at graph 1.015, graph LABEL_AT[i] left \
		font sprintf('sans-serif,%d', strlen(STRATEGY[i]) > 13 ? 10 : 14) tc rgb color(STRATEGY[i])
}

plot for [p = 1:3] for [i = 1:N] DATA index i - 1 using (place(p, $1)):(column(6 + p)) with lines dt (6, 5) lw 1.3 \
		lc rgb color(STRATEGY[i]) notitle, \
	for [p = 1:3] for [i = 1:N] DATA index i - 1 using (place(p, $1)):(column(3 + p)) with lines lw 2.4 \
		lc rgb color(STRATEGY[i]) notitle, \
	for [p = 1:3] for [i = 1:N] DATA index i - 1 using (place(p, $1)):($3 > 0 ? column(3 + p) : NaN):10 \
		with labels hypertext point pt shape(STRATEGY[i]) ps 0.75 lc rgb color(STRATEGY[i]) notitle, \
	for [p = 1:3] for [i = 1:N] DATA index i - 1 using (place(p, $1)):($3 > 0 ? NaN : column(3 + p)):10 \
		with labels hypertext point pt hollow(STRATEGY[i]) ps 0.9 lw 1.5 lc rgb color(STRATEGY[i]) notitle
unset output

if (PNG) {
	set term pngcairo size 1920,1120 noenhanced font 'Sans,14' fontscale 1.6 linewidth 2 pointscale 2 background rgb 'white'
	set output NAME . '.png'
	replot
	unset output
}
