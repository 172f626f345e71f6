package road

import (
	"math"

	"github.com/paulmach/orb"
)

// A welder gives vertices that are the same place one number. Whether two are is decided by their distance, not
// by rounding, so nothing depends on where the cells of a grid end. Of several places within the tolerance a
// vertex takes the nearest, then the first.
type welder struct {
	tolerance float64
	scale     scale // of the first vertex: a tolerance need not be exact
	cells     map[uint64]int32
	next      []int32 // the next place in the same cell, -1 at the end
	at        []orb.Point
}

// cellSize in tolerances. Most vertices lie so far from the border of their cell that one look is enough.
const cellSize = 8

func newWelder(tolerance float64, first orb.Point) *welder {
	s := scaleAt(min(max(first[1], -85), 85))
	return &welder{tolerance: tolerance, scale: s, cells: map[uint64]int32{}}
}

// place is the number of the place where p lies, a new one if need be.
func (w *welder) place(p orb.Point) int32 {
	if n := w.find(p); n >= 0 {
		return n
	}
	n := int32(len(w.at))
	x, y := w.cell(p)
	key := cellKey(math.Floor(x), math.Floor(y))
	w.at = append(w.at, p)
	first, ok := w.cells[key]
	if !ok {
		first = -1
	}
	w.next = append(w.next, first)
	w.cells[key] = n
	return n
}

// find is the number of the place where p lies, or -1.
func (w *welder) find(p orb.Point) int32 {
	x, y := w.cell(p)
	const margin = 1.0 / cellSize
	best, nearest := int32(-1), w.tolerance
	for cx := math.Floor(x - margin); cx <= x+margin; cx++ {
		for cy := math.Floor(y - margin); cy <= y+margin; cy++ {
			n, ok := w.cells[cellKey(cx, cy)]
			for ; ok && n >= 0; n = w.next[n] {
				d := math.Hypot(w.scale.between(w.at[n], p))
				if d < nearest || d == nearest && (best < 0 || n < best) {
					best, nearest = n, d
				}
			}
		}
	}
	return best
}

func (w *welder) cell(p orb.Point) (x, y float64) {
	size := w.tolerance * cellSize
	return p[0] * w.scale.lon / size, p[1] * w.scale.lat / size
}

// cellKey may be the same for cells that are half the earth apart: distances decide, not keys.
func cellKey(x, y float64) uint64 {
	return uint64(uint32(int64(x)))<<32 | uint64(uint32(int64(y)))
}
