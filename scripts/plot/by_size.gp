# SPDX-License-Identifier: BSD-2-Clause
# Throughput, or a share of it, against transfer size, log2-log10: a line and a band a strategy, the memcpy ceiling dashed,
# crossovers.
# The lines put before this file set: NAME, TITLE, SUBTITLE, CAPTION_1, CAPTION_2, N, STRATEGY[], LABEL_AT[], XMIN, XMAX,
# YMIN, YMAX, CEILING (1: the block after the strategies holds it), CROSSINGS and, unless that is 0, CROSS_AT[], CROSS_LOW[],
# CROSS_HIGH[], CROSS_TEXT[], CROSS_RANGE[]. Data: NAME.dat, one block a strategy.
# PNG (0, 1), set there too: whether one is drawn besides the SVG.
set encoding utf8
DATA = NAME . '.dat'
INK = '#333333'
FAINT = '#767676'

# Okabe and Ito's palette: told apart by people of every kind of colour vision. Shapes differ as well.
# A twin or planted one (packet#2, packet#slow5) has the colour of its strategy, dashed.
base(s) = strstrt(s, '#') ? s[1:strstrt(s, '#') - 1] : s
line(s) = strstrt(s, '#') ? 2 : 1
hue(s) = s eq 'packet' ? 0x0072B2 : s eq 'packet-cached' ? 0x56B4E9 : s eq 'common' ? 0xD55E00 : \
	s eq 'hybrid' ? 0x009E73 : s eq 'memcpy' ? 0x767676 : 0xCC79A7
color(s) = hue(base(s))
mark(s) = s eq 'packet' ? 7 : s eq 'packet-cached' ? 9 : s eq 'common' ? 5 : s eq 'hybrid' ? 13 : 11
shape(s) = mark(base(s))
size_text(b) = b < 1024 ? sprintf('%d B', b) : b < 2**20 ? sprintf('%d KiB', b / 2**10) : \
	b < 2**30 ? sprintf('%d MiB', b / 2**20) : sprintf('%d GiB', b / 2**30)
rate_text(r) = r < 1e3 ? sprintf('%g B/s', r) : r < 1e6 ? sprintf('%g kB/s', r / 1e3) : \
	r < 1e9 ? sprintf('%g MB/s', r / 1e6) : r < 1e12 ? sprintf('%g GB/s', r / 1e9) : sprintf('%g TB/s', r / 1e12)

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
set logscale x 2
set logscale y 10
set xrange [XMIN:XMAX]
set yrange [YMIN:YMAX]
set mytics 10
set xtics ()
do for [i = 0:50:2] { set xtics add (size_text(2.0**i) 2.0**i) }
set ytics ()
do for [i = 0:15] { set ytics add (rate_text(10.0**i) 10.0**i) }
if (YMAX / YMIN < 200) {
	do for [i = 0:15] {
		set ytics add (rate_text(2 * 10.0**i) 2 * 10.0**i)
		set ytics add (rate_text(5 * 10.0**i) 5 * 10.0**i)
	}
}
set xlabel 'transfer size' tc rgb INK offset 0,0.3

set label 1 TITLE at screen 0.012,0.955 left font sprintf('sans-serif:Bold,%d', strlen(TITLE) > 84 ? 12 : 17) tc rgb INK
set label 2 SUBTITLE at screen 0.012,0.905 left tc rgb FAINT
set label 3 CAPTION_1 at screen 0.012,0.065 left font 'sans-serif,12' tc rgb FAINT
set label 4 CAPTION_2 at screen 0.012,0.027 left font 'sans-serif,12' tc rgb FAINT

do for [i = 1:N] {
	set label 10 + i STRATEGY[i] at graph 1.015, graph LABEL_AT[i] left \
		font sprintf('sans-serif,%d', strlen(STRATEGY[i]) > 13 ? 10 : 14) tc rgb color(STRATEGY[i])
}
if (CEILING) {
	set label 10 + N + 1 'memcpy' at graph 1.015, graph LABEL_AT[N + 1] left tc rgb FAINT
}
do for [i = 1:CROSSINGS] {
	set object i rect from CROSS_LOW[i], graph 0 to CROSS_HIGH[i], graph 1 \
		fc rgb '#333333' fs transparent solid 0.08 noborder behind
	set arrow i from CROSS_AT[i], graph 0 to CROSS_AT[i], graph 1 nohead dt (6, 4) lc rgb INK lw 1.2 back
	# Beside the line, on the side with more room.
	if (log(CROSS_AT[i] / XMIN) < 0.55 * log(XMAX / XMIN)) {
		set label 30 + 2 * i CROSS_TEXT[i] at CROSS_AT[i], graph 0.155 - 0.11 * (i - 1) left offset 1.2,0 \
			tc rgb INK
		set label 31 + 2 * i CROSS_RANGE[i] at CROSS_AT[i], graph 0.105 - 0.11 * (i - 1) left offset 1.2,0 \
			font 'sans-serif,12' tc rgb FAINT
	} else {
		set label 30 + 2 * i CROSS_TEXT[i] at CROSS_AT[i], graph 0.155 - 0.11 * (i - 1) right offset -1.2,0 \
			tc rgb INK
		set label 31 + 2 * i CROSS_RANGE[i] at CROSS_AT[i], graph 0.105 - 0.11 * (i - 1) right offset -1.2,0 \
			font 'sans-serif,12' tc rgb FAINT
	}
}

plot for [i = 1:N] DATA index i - 1 using 1:3:4 with filledcurves fc rgb color(STRATEGY[i]) \
		fs transparent solid 0.14 noborder notitle, \
	for [i = 1:CEILING] DATA index N using 1:2 with lines dt (8, 5) lw 1.8 lc rgb FAINT notitle, \
	for [i = 1:CEILING] DATA index N using 1:2 with points pt 2 ps 0.5 lc rgb FAINT notitle, \
	for [i = 1:N] DATA index i - 1 using 1:2 with lines lw 2.4 dt line(STRATEGY[i]) lc rgb color(STRATEGY[i]) notitle, \
	for [i = 1:N] DATA index i - 1 using 1:2:7 with labels hypertext point pt shape(STRATEGY[i]) ps 0.75 \
		lc rgb color(STRATEGY[i]) notitle
unset output

if (PNG) {
	set term pngcairo size 1920,1120 noenhanced font 'Sans,14' fontscale 1.6 linewidth 2 pointscale 2 background rgb 'white'
	set output NAME . '.png'
	replot
	unset output
}
