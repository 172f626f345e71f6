package index

import (
	"math"

	"github.com/paulmach/orb"
)

// The earth is cut into rows of latitude of equal height, and each row into columns all around the earth. 64 rows
// are a band: its rows have the same number of columns, so many that a cell is about as wide as it is high. That
// number is divisible by 8, so that squares of 8 by 8 cells fit, across the antimeridian too.
const (
	rows = 80_000 // 180 degrees by 0.00225
	band = 64
)

var columns = countColumns() // by band

func countColumns() (n [rows / band]int) {
	for i := range n {
		south := float64(i)*band*180/rows - 90
		north := south + band*180.0/rows
		nearest := max(0, max(south, -north)) // to the equator
		n[i] = max(8, int(2*rows*math.Cos(nearest*math.Pi/180))&^7)
	}
	return n
}

func rowOf(lat float64) int { return min(rows-1, int((lat+90)*(rows/180.0))) }

// columnOf may lie outside of [0, around) when lon lies outside of [-180, 180).
func columnOf(lon float64, around int) int {
	return int(math.Floor((lon + 180) * (float64(around) / 360)))
}

// keyOf is the square that a point lies in, and its cell there.
func keyOf(p orb.Point) (key uint32, cell uint8) {
	row := rowOf(p[1])
	around := columns[row/band]
	column := wrap(columnOf(p[0], around), around)
	return join(row>>3, column>>3), uint8(row&7)<<3 | uint8(column&7)
}

// join makes the key of a square from its row and column among the squares (14 and 15 bits).
func join(row, column int) uint32 { return uint32(row)<<15 | uint32(column) }

func split(key uint32) (row, column int) { return int(key >> 15), int(key & (1<<15 - 1)) }

// wrap brings a column that is at most once around the earth off into [0, around).
func wrap(column, around int) int {
	for column < 0 {
		column += around
	}
	for column >= around {
		column -= around
	}
	return column
}

// area is some rows, between two meridians; west may be below -180, or east above 180, to reach around the earth.
type area struct {
	first, last int // rows, last included
	west, east  float64
}

var (
	nowhere    = area{first: 1, last: 0}
	everywhere = area{0, rows - 1, -180, 180}
)

// squares is about how many squares the area touches.
func (a area) squares() int {
	if a.first > a.last {
		return 0
	}
	widest := 0
	for _, row := range [...]int{a.first >> 3, a.last >> 3, min(max(rows/16, a.first>>3), a.last>>3)} {
		widest = max(widest, a.strip(row).squares())
	}
	return widest * (a.last>>3 - a.first>>3 + 1)
}

// strip is what of an area lies in a row of squares.
type strip struct {
	lines      uint64 // the cells of its rows, in each square
	west, east int    // columns of cells, which may lie around the earth
	around     int    // columns there are
}

func (a area) strip(row int) strip {
	around := columns[row>>3]
	s := strip{west: columnOf(a.west, around), east: columnOf(a.east, around), around: around}
	if first, last := max(a.first-row<<3, 0), min(a.last-row<<3, 7); first <= last {
		s.lines = ^uint64(0) >> (8 * (7 - (last - first))) << (8 * first)
	}
	return s
}

// squares is how many squares it touches.
func (s strip) squares() int { return min(s.around>>3, s.east>>3-s.west>>3+1) }

// mask is which cells of a square lie in it.
func (s strip) mask(column int) uint64 {
	if s.lines == 0 || s.east-s.west+1 >= s.around {
		return s.lines
	}
	bits := span(s.west-column<<3, s.east-column<<3)
	if s.west < 0 {
		bits |= span(s.west+s.around-column<<3, s.east+s.around-column<<3)
	}
	if s.east >= s.around {
		bits |= span(s.west-s.around-column<<3, s.east-s.around-column<<3)
	}
	return bits * 0x0101010101010101 & s.lines
}

// span is the bits of from to to, as far as they are in 0 to 7.
func span(from, to int) uint64 {
	if from, to = max(from, 0), min(to, 7); from > to {
		return 0
	}
	return 0xff >> (7 - (to - from)) << from
}
