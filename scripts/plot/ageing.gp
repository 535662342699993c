# SPDX-License-Identifier: BSD-2-Clause
# What becomes of common-buffer memory along a trace, over the operations: bytes above, fragmentation in the middle, the cost of
# an allocation below; one point a window, medians over the repetitions.
# The lines put before this file set: NAME, TITLE, CAPTION_1, CAPTION_2, REFUSED (1: some window has refusals).
# Data: NAME.dat, one block, the columns are named in it.
# PNG (0, 1), set there too: whether one is drawn besides the SVG.
set encoding utf8
DATA = NAME . '.dat'
INK = '#333333'
FAINT = '#767676'

size_text(b) = b < 1024 ? sprintf('%g B', b) : b < 2**20 ? sprintf('%g KiB', b / 2.0**10) : \
	b < 2**30 ? sprintf('%g MiB', b / 2.0**20) : sprintf('%g GiB', b / 2.0**30)
time_text(t) = t < 1e3 ? sprintf('%g ns', t) : t < 1e6 ? sprintf('%g us', t / 1e3) : \
	t < 1e9 ? sprintf('%g ms', t / 1e6) : sprintf('%g s', t / 1e9)
count_text(n) = n < 1e3 ? sprintf('%g', n) : n < 1e6 ? sprintf('%g k', n / 1e3) : sprintf('%g M', n / 1e6)
# A power of two of bytes that gives four to eight steps up to @x, and a round number of operations likewise.
size_step(x) = 2.0**ceil(log(x / 8.0) / log(2))
count_step(x) = 10.0**floor(log10(x)) * (x / 10.0**floor(log10(x)) < 2 ? 0.2 : x / 10.0**floor(log10(x)) < 5 ? 0.5 : 1)

stats DATA using 1 nooutput
XMAX = STATS_max
stats DATA using 2 nooutput
YMAX = STATS_max > 0 ? STATS_max : 4096
stats DATA using 8 nooutput
LOW = STATS_records > 0 ? STATS_min : 1
stats DATA using 11 nooutput
HIGH = STATS_records > 0 ? STATS_max : 1000

do for [PASS = 1:1 + PNG] {
	if (PASS == 1) {
		set term svg size 960,820 dynamic noenhanced font 'sans-serif,14' name NAME background rgb 'white'
		set output NAME . '.svg'
	} else {
		set term pngcairo size 1920,1640 noenhanced font 'Sans,14' fontscale 1.6 linewidth 2 pointscale 2 \
			background rgb 'white'
		set output NAME . '.png'
	}
	set multiplot
	set border 3 lc rgb INK lw 1
	set tics nomirror out scale 0.6 tc rgb INK
	set lmargin at screen 0.095
	set rmargin at screen 0.80
	set grid xtics ytics lt 1 lc rgb '#e4e4e4' lw 0.7
	set xrange [0:XMAX]
	set xtics ()
	do for [i = 0:10] { set xtics add ('' i * count_step(XMAX)) }

	# ---- bytes
	set tmargin at screen 0.885
	set bmargin at screen 0.615
	set key at screen 0.99,0.885 right top vertical Right samplen 1.6 spacing 1.2 font 'sans-serif,12' tc rgb INK
	set label 1 TITLE at screen 0.012,0.968 left font sprintf('sans-serif:Bold,%d', strlen(TITLE) > 84 ? 11 : 16) tc rgb INK
	set label 2 'memory of common buffers along the trace; each point is the end of a window of equal allocations' \
		at screen 0.012,0.928 left tc rgb FAINT
	set label 3 CAPTION_1 at screen 0.012,0.045 left font 'sans-serif,12' tc rgb FAINT
	set label 4 CAPTION_2 at screen 0.012,0.018 left font 'sans-serif,12' tc rgb FAINT
	set yrange [0:1.06 * YMAX]
	set ytics ()
	do for [i = 0:16] { set ytics add (size_text(i * size_step(YMAX)) i * size_step(YMAX)) }
	plot DATA using 1:2 with lines lw 2 lc rgb '#D55E00' title 'extent', \
		DATA using 1:3 with lines lw 2 lc rgb '#0072B2' title 'held, pages', \
		DATA using 1:4 with lines lw 1.6 dt 2 lc rgb '#56B4E9' title 'live, asked for', \
		DATA using 1:5 with lines lw 1.6 lc rgb '#009E73' title 'largest hole'
	do for [i = 1:4] { unset label i }

	# ---- fragmentation
	set tmargin at screen 0.585
	set bmargin at screen 0.375
	set key at screen 0.99,0.585
	set yrange [0:100]
	set ytics ()
	set ytics 0,25,100 format '%g %%'
	if (REFUSED) {
		plot DATA using 1:(100 * $6) with lines lw 2 lc rgb '#D55E00' title 'external', \
			DATA using 1:(100 * $7) with lines lw 2 lc rgb '#0072B2' title 'internal', \
			DATA using 1:(100 * $12) with lines lw 2 lc rgb '#CC79A7' title 'refused'
	} else {
		plot DATA using 1:(100 * $6) with lines lw 2 lc rgb '#D55E00' title 'external', \
			DATA using 1:(100 * $7) with lines lw 2 lc rgb '#0072B2' title 'internal'
	}

	# ---- latency
	set tmargin at screen 0.345
	set bmargin at screen 0.135
	set key at screen 0.99,0.345
	set logscale y 10
	set yrange [0.8 * LOW:1.3 * HIGH]
	set ytics ()
	do for [i = 0:10] {
		set ytics add (time_text(10.0**i) 10.0**i)
		if (HIGH / LOW < 30) {
			set ytics add (time_text(2 * 10.0**i) 2 * 10.0**i)
			set ytics add (time_text(5 * 10.0**i) 5 * 10.0**i)
		}
	}
	do for [i = 0:10] { set xtics add (count_text(i * count_step(XMAX)) i * count_step(XMAX)) }
	set xlabel 'operations' tc rgb INK offset 0,0.3
	plot DATA using 1:11 with lines lw 1 lc rgb '#bbbbbb' title 'allocation max', \
		DATA using 1:10 with lines lw 1.6 lc rgb '#CC79A7' title 'p99.9', \
		DATA using 1:9 with lines lw 1.6 lc rgb '#D55E00' title 'p99', \
		DATA using 1:8 with lines lw 2 lc rgb '#0072B2' title 'p50'
	unset xlabel
	unset logscale y
	unset multiplot
	unset output
}
