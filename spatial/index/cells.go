package index

import (
	"math"

	"github.com/paulmach/orb"
)

// The earth is cut into rows of latitude of equal height, and each row into columns all around the earth. 64 rows
// are a band: its rows have the same number of columns, so many that a cell is about as wide as it is high. That
// number is divisible by 8, so that blocks of 8 by 8 cells fit, across the antimeridian too.
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

func keyOf(group uint8, p orb.Point) (key uint64, cell uint8) {
	row := rowOf(p[1])
	around := columns[row/band]
	column := wrap(columnOf(p[0], around), around)
	return join(group, row>>3, column>>3), uint8(row&7)<<3 | uint8(column&7)
}

// join makes the key of a block from its group (4 bits) and its row and column of blocks (14 and 15 bits).
func join(group uint8, row, column int) uint64 {
	return uint64(group)<<29 | uint64(row)<<15 | uint64(column)
}

func split(key uint64) (group uint8, row, column int) {
	return uint8(key >> 29), int(key >> 15 & (1<<14 - 1)), int(key & (1<<15 - 1))
}

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

// columns of the cells of the area in a row of blocks.
func (a area) columns(row int) (west, east int) {
	around := columns[row>>3]
	return columnOf(a.west, around), columnOf(a.east, around)
}

// blocks is about how many blocks the area touches.
func (a area) blocks() int {
	if a.first > a.last {
		return 0
	}
	widest := 0
	for _, row := range [...]int{a.first >> 3, a.last >> 3, min(max(rows/16, a.first>>3), a.last>>3)} {
		west, east := a.columns(row)
		widest = max(widest, east>>3-west>>3+1)
	}
	return widest * (a.last>>3 - a.first>>3 + 1)
}

// mask is which cells of a block lie in the area.
func (a area) mask(row, column int) uint64 {
	first, last := max(a.first-row<<3, 0), min(a.last-row<<3, 7)
	if first > last {
		return 0
	}
	lines := ^uint64(0) >> (8 * (7 - (last - first))) << (8 * first)
	around := columns[row>>3]
	west, east := a.columns(row)
	if east-west+1 >= around {
		return lines
	}
	var bits uint64
	for shift := -around; shift <= around; shift += around {
		from, to := max(west+shift-column<<3, 0), min(east+shift-column<<3, 7)
		if from <= to {
			bits |= 0xff >> (7 - (to - from)) << from
		}
	}
	return bits * 0x0101010101010101 & lines
}
