# SPDX-License-Identifier: BSD-2-Clause
# Latency by percentile, as HdrHistogram draws it: the x axis is 1 / (1 - share), so each nine gets the same room.
# The lines put before this file set: NAME, TITLE, CAPTION_1, CAPTION_2, SUBTITLE, N, STRATEGY[], LABEL_AT[], XMAX, YMIN,
# YMAX (ns). Data: NAME.dat, one block a strategy.
# PNG (0, 1), set there too: whether one is drawn besides the SVG.
set encoding utf8
DATA = NAME . '.dat'
INK = '#333333'
FAINT = '#767676'

# A twin or planted one (packet#2, packet#slow5) has the colour of its strategy, dashed.
base(s) = strstrt(s, '#') ? s[1:strstrt(s, '#') - 1] : s
line(s) = strstrt(s, '#') ? 2 : 1
hue(s) = s eq 'packet' ? 0x0072B2 : s eq 'packet-cached' ? 0x56B4E9 : s eq 'common' ? 0xD55E00 : \
	s eq 'hybrid' ? 0x009E73 : 0xCC79A7
color(s) = hue(base(s))
mark(s) = s eq 'packet' ? 7 : s eq 'packet-cached' ? 9 : s eq 'common' ? 5 : s eq 'hybrid' ? 13 : 11
shape(s) = mark(base(s))
time_text(t) = t < 1e3 ? sprintf('%g ns', t) : t < 1e6 ? sprintf('%g µs', t / 1e3) : \
	t < 1e9 ? sprintf('%g ms', t / 1e6) : sprintf('%g s', t / 1e9)

set term svg size 960,560 dynamic noenhanced font 'sans-serif,14' name NAME background rgb 'white'
set output NAME . '.svg'

unset key
set border 3 lc rgb INK lw 1
set tics nomirror out scale 0.6 tc rgb INK
set lmargin at screen 0.105
set rmargin at screen 0.855
set tmargin at screen 0.86
set bmargin at screen 0.20
set grid xtics ytics lt 1 lc rgb '#e4e4e4' lw 0.7
set logscale x 10
set logscale y 10
set xrange [1:XMAX]
set yrange [YMIN:YMAX]
set mytics 10
set mxtics 1
set xtics ('0 %%' 1, '50 %%' 2, '90 %%' 10, '99 %%' 100, '99.9 %%' 1e3, '99.99 %%' 1e4, '99.999 %%' 1e5)
set ytics ()
do for [i = 0:12] { set ytics add (time_text(10.0**i) 10.0**i) }
if (YMAX / YMIN < 200) {
	do for [i = 0:12] {
		set ytics add (time_text(2 * 10.0**i) 2 * 10.0**i)
		set ytics add (time_text(5 * 10.0**i) 5 * 10.0**i)
	}
}
set xlabel 'share of operations that were at least as fast' tc rgb INK offset 0,0.3

set label 1 TITLE at screen 0.012,0.955 left font sprintf('sans-serif:Bold,%d', strlen(TITLE) > 84 ? 12 : 17) tc rgb INK
set label 2 SUBTITLE at screen 0.012,0.905 left tc rgb FAINT
set label 3 CAPTION_1 at screen 0.012,0.065 left font 'sans-serif,12' tc rgb FAINT
set label 4 CAPTION_2 at screen 0.012,0.027 left font 'sans-serif,12' tc rgb FAINT
do for [i = 1:N] {
	set label 10 + i STRATEGY[i] at graph 1.015, graph LABEL_AT[i] left \
		font sprintf('sans-serif,%d', strlen(STRATEGY[i]) > 13 ? 10 : 14) tc rgb color(STRATEGY[i])
}

plot for [i = 1:N] DATA index i - 1 using 1:3 with lines lw 2.4 dt line(STRATEGY[i]) lc rgb color(STRATEGY[i]) notitle, \
	for [i = 1:N] DATA index i - 1 using 1:(strlen(strcol(4)) > 1 ? $3 : NaN):4 with labels hypertext \
		point pt shape(STRATEGY[i]) ps 0.75 lc rgb color(STRATEGY[i]) notitle
unset output

if (PNG) {
	set term pngcairo size 1920,1120 noenhanced font 'Sans,14' fontscale 1.6 linewidth 2 pointscale 2 background rgb 'white'
	set output NAME . '.png'
	replot
	unset output
}
