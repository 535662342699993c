# SPDX-License-Identifier: BSD-2-Clause
# Where the time of one operation goes: a bar a strategy in a cluster a size, cut into the parts of the cost ledger in the order
# of an operation's way, bottom to top; shares, with the whole time on top.
# The lines put before this file set: NAME, TITLE, CAPTION_1, CAPTION_2, N, PART[], COLOR[], BLOCK[] (block of the data), END
# (where the last bar ends). Data: NAME.dat: bars, sizes, then one block a part.
# PNG (0, 1), set there too: whether one is drawn besides the SVG.
set encoding utf8
DATA = NAME . '.dat'
INK = '#333333'
FAINT = '#767676'

set term svg size 960,560 dynamic noenhanced font 'sans-serif,14' name NAME background rgb 'white'
set output NAME . '.svg'

set key at screen 0.985,0.86 right top vertical reverse Left invert samplen 1.2 spacing 1.15 font 'sans-serif,12' tc rgb INK
set border 2 lc rgb INK lw 1
set tics nomirror out scale 0.6 tc rgb INK
set lmargin at screen 0.075
set rmargin at screen 0.845
set tmargin at screen (END < 16 ? 0.83 : 0.79)
set bmargin at screen 0.31
set grid ytics lt 1 lc rgb '#e4e4e4' lw 0.7
set xrange [-0.7:END - 0.3]
set yrange [0:100]
set ytics 0,20,100 format '%g %%'
unset xtics
set boxwidth 0.84
set style fill solid 1.0 noborder

set label 1 TITLE at screen 0.012,0.955 left font sprintf('sans-serif:Bold,%d', strlen(TITLE) > 84 ? 12 : 17) tc rgb INK
set label 2 'parts of one operation from its submit request (below) to its reaping; share of the time written on top' \
	at screen 0.012,0.905 left tc rgb FAINT
set label 3 CAPTION_1 at screen 0.012,0.065 left font 'sans-serif,12' tc rgb FAINT
set label 4 CAPTION_2 at screen 0.012,0.027 left font 'sans-serif,12' tc rgb FAINT

BARS = END < 16 ? 11 : 9
ALIGN = END < 16 ? "center" : "left"
plot for [i = 1:N] DATA index BLOCK[i] using 1:(0):($1 - 0.42):($1 + 0.42):2:3 with boxxyerror lc rgb COLOR[i] title PART[i], \
	DATA index 0 using 1:(100):3 with labels rotate by (END < 16 ? 0 : 45) offset 0,(END < 16 ? 0.7 : 0.5) \
		font sprintf('sans-serif,%d', BARS) @ALIGN tc rgb INK notitle, \
	DATA index 0 using 1:(0):2 with labels rotate by 45 right offset 0.4,-0.7 font sprintf('sans-serif,%d', BARS) \
		tc rgb FAINT notitle, \
	DATA index 1 using 1:(0):2 with labels center offset 0,-6.2 tc rgb INK notitle, \
	for [i = 1:N] DATA index BLOCK[i] using 1:(($2 + $3) / 2):5 with labels hypertext point pt 0 lc rgb COLOR[i] notitle
unset output

if (PNG) {
	set term pngcairo size 1920,1120 noenhanced font 'Sans,14' fontscale 1.6 linewidth 2 pointscale 2 background rgb 'white'
	set output NAME . '.png'
	replot
	unset output
}
