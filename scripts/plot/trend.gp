# SPDX-License-Identifier: BSD-2-Clause
# One series over nights: its figure, how far a night's repetitions spread, the levels and where they changed. Loaded once a series
# by one gnuplot for many, so it begins with reset.
# The lines put before this file set: NAME, TITLE, LAST (of the nights, counted from 0), YMIN, YMAX, YTICS, YTIC_AT[], YTIC_TEXT[],
# XTICS, XTIC_AT[], XTIC_DATE[], XTIC_COMMIT[], CHANGES, CHANGE_AT[], CHANGE_TEXT[], CHANGE_COLOR[]. Data: NAME.dat: the nights that count, those
# that do not, levels, the outer band, the inner band; a band is broken by an empty line where nothing is known.
reset
set encoding utf8
DATA = NAME . '.dat'
INK = '#333333'
FAINT = '#767676'
BLUE = '#0072b2'

set term svg size 960,400 dynamic noenhanced font 'sans-serif,14' name NAME background rgb 'white'
set output NAME . '.svg'

unset key
set border 3 lc rgb INK lw 1
set tics nomirror out scale 0.6 tc rgb INK
set lmargin at screen 0.095
set rmargin at screen 0.945
set tmargin at screen (CHANGES > 1 ? 0.87 : CHANGES > 0 ? 0.91 : 0.97)
set bmargin at screen 0.17
set grid ytics lt 1 lc rgb '#e4e4e4' lw 0.7
set xrange [-0.5:LAST + 0.5]
set yrange [YMIN:YMAX]
set ytics ()
do for [i = 1:YTICS] { set ytics add (YTIC_TEXT[i] YTIC_AT[i]) }
set xtics ()
do for [i = 1:XTICS] {
	set xtics add (XTIC_DATE[i] XTIC_AT[i])
	set label 100 + i XTIC_COMMIT[i] at XTIC_AT[i], screen 0.035 center font 'monospace,11' tc rgb FAINT
}
do for [i = 1:CHANGES] {
	set arrow i from CHANGE_AT[i], graph 0 to CHANGE_AT[i], graph 1 nohead back lw 1.4 dt (5, 4) lc rgb CHANGE_COLOR[i]
	if (CHANGE_AT[i] > 0.7 * LAST) {
		set label i CHANGE_TEXT[i] at CHANGE_AT[i], graph 1.045 + 0.06 * ((i - 1) % 2) right font 'sans-serif,12' tc rgb CHANGE_COLOR[i]
	} else {
		set label i CHANGE_TEXT[i] at CHANGE_AT[i], graph 1.045 + 0.06 * ((i - 1) % 2) left font 'sans-serif,12' tc rgb CHANGE_COLOR[i]
	}
}

plot DATA index 3 using 1:2:3 with filledcurves fs transparent solid 0.14 noborder lc rgb BLUE notitle, \
	DATA index 4 using 1:2:3 with filledcurves fs transparent solid 0.20 noborder lc rgb BLUE notitle, \
	DATA index 2 using 1:2 with lines lw 1.2 lc rgb FAINT notitle, \
	DATA index 0 using 1:2 with lines lw 1.6 lc rgb BLUE notitle, \
	DATA index 1 using 1:2:3 with labels hypertext point pt 6 ps 0.6 lc rgb FAINT notitle, \
	DATA index 0 using 1:2:3 with labels hypertext point pt 7 ps 0.5 lc rgb BLUE notitle
unset output
