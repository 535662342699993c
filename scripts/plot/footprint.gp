# SPDX-License-Identifier: BSD-2-Clause
# Common buffer needed (x) against throughput reached (y): a line a strategy through its sizes, up and left is better.
# The lines put before this file set: NAME, TITLE, CAPTION_1, CAPTION_2, N, STRATEGY[], LABEL_X[], LABEL_Y[], XMIN, XMAX, YMIN,
# YMAX, NONE_AT (place of the column of those without a common buffer, 0: there are none), NONE_END. Data: NAME.dat, one block
# a strategy.
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
set rmargin at screen 0.965
set tmargin at screen 0.86
set bmargin at screen 0.20
set grid xtics ytics lt 1 lc rgb '#e4e4e4' lw 0.7
set logscale x 2
set logscale y 10
set xrange [XMIN:XMAX]
set yrange [YMIN:YMAX]
set mytics 10
set xtics ()
do for [i = 0:50:2] {
	if (2.0**i > 1.5 * NONE_END) { set xtics add (size_text(2.0**i) 2.0**i) }
}
if (NONE_AT > 0) {
	set xtics add ('none' NONE_AT)
	set object 1 rect from XMIN, graph 0 to NONE_END, graph 1 fc rgb '#333333' fs transparent solid 0.05 noborder behind
}
set ytics ()
do for [i = 0:15] { set ytics add (rate_text(10.0**i) 10.0**i) }
if (YMAX / YMIN < 200) {
	do for [i = 0:15] {
		set ytics add (rate_text(2 * 10.0**i) 2 * 10.0**i)
		set ytics add (rate_text(5 * 10.0**i) 5 * 10.0**i)
	}
}
set xlabel 'common buffer, peak' tc rgb INK offset 0,0.3

set label 1 TITLE at screen 0.012,0.955 left font sprintf('sans-serif:Bold,%d', strlen(TITLE) > 84 ? 12 : 17) tc rgb INK
set label 2 'throughput against the common buffer it takes; each point is a transfer size, up and left is better' \
	at screen 0.012,0.905 left tc rgb FAINT
set label 3 CAPTION_1 at screen 0.012,0.065 left font 'sans-serif,12' tc rgb FAINT
set label 4 CAPTION_2 at screen 0.012,0.027 left font 'sans-serif,12' tc rgb FAINT
do for [i = 1:N] {
	set label 10 + i STRATEGY[i] at LABEL_X[i], LABEL_Y[i] center tc rgb color(STRATEGY[i])
}

plot for [i = 1:N] DATA index i - 1 using 2:3 with lines lw 1.6 dt line(STRATEGY[i]) lc rgb color(STRATEGY[i]) notitle, \
	for [i = 1:N] DATA index i - 1 using 2:3:7 with labels hypertext point pt shape(STRATEGY[i]) ps 0.75 \
		lc rgb color(STRATEGY[i]) notitle, \
	for [i = 1:N] DATA index i - 1 using 4:5:6 with labels left font 'sans-serif,11' tc rgb FAINT notitle
unset output

if (PNG) {
	set term pngcairo size 1920,1120 noenhanced font 'Sans,14' fontscale 1.6 linewidth 2 pointscale 2 background rgb 'white'
	set output NAME . '.png'
	replot
	unset output
}
