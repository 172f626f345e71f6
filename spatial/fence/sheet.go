package fence

import (
	"math"

	"github.com/paulmach/orb"
)

// A sheet is the part of a grid that a region is drawn on.
type sheet struct {
	grid          *grid
	low           cell // its first cell
	width, height uint32
	marks         []mark
}

type mark uint8

const (
	touched   mark = 1 + iota // the region may have a border here
	swallowed                 // the cell is inside of the region
)

// sheetOf draws an outline on the finest grid where its box has no more than mostCells. The sheet holds until the
// next one is drawn.
func (c *cover) sheetOf(o outline) sheet {
	var s sheet
	box := o.bound()
	for i := range c.grids {
		s.grid = &c.grids[i]
		high := s.grid.cell(box.Max)
		s.low = s.grid.cell(box.Min)
		s.width, s.height = high.x-s.low.x+1, high.y-s.low.y+1
		if uint64(s.width)*uint64(s.height) <= mostCells {
			break
		}
	}
	c.marks = append(c.marks[:0], make([]mark, s.width*s.height)...)
	s.marks = c.marks
	o.draw(&s)
	return s
}

// cells visits the marked cells.
func (s *sheet) cells(visit func(at cell, inside bool)) {
	for i, m := range s.marks {
		if m != 0 {
			visit(cell{s.low.x + uint32(i)%s.width, s.low.y + uint32(i)/s.width}, m == swallowed)
		}
	}
}

// box marks all cells of a box.
func (s *sheet) box(orb.Bound) {
	for i := range s.marks {
		s.marks[i] = touched
	}
}

// line marks the cells that a line touches, or comes near by so many degrees.
func (s *sheet) line(a, b orb.Point, lon, lat float64) {
	s.grid.trace(a, b, lon, lat, func(first, last uint32, y uint32) {
		if y < s.low.y || y >= s.low.y+s.height || last < s.low.x {
			return
		}
		row := s.marks[(y-s.low.y)*s.width:][:s.width]
		for x := max(first, s.low.x); x <= min(last, s.low.x+s.width-1); x++ {
			row[x-s.low.x] = touched
		}
	})
}

// fill marks the cells that no border touches and that contains says are inside.
func (s *sheet) fill(contains func(orb.Point) bool) {
	for i := range s.marks {
		x, y := float64(s.low.x+uint32(i)%s.width), float64(s.low.y+uint32(i)/s.width)
		middle := orb.Point{(x+.5)/s.grid.perDegree - 180, (y+.5)/s.grid.perDegree - 90}
		if s.marks[i] == 0 && contains(middle) {
			s.marks[i] = swallowed
		}
	}
}

func (a *area) draw(s *sheet) {
	for i := range a.edges {
		s.line(a.edges[i].a, a.edges[i].b, 0, 0)
	}
	s.fill(a.contains)
}

// hair is a part of a cell that is more than what rounding can move a place by.
const hair = 1e-6

// trace visits the cells that a line touches, or comes near by so many degrees, as a run of cells for each row.
// It rather visits one too many.
func (g *grid) trace(a, b orb.Point, lon, lat float64, visit func(first, last, y uint32)) {
	if a[1] > b[1] {
		a, b = b, a
	}
	ax, ay := (a[0]+180)*g.perDegree, (a[1]+90)*g.perDegree
	bx, by := (b[0]+180)*g.perDegree, (b[1]+90)*g.perDegree
	dx, dy := lon*g.perDegree+hair, lat*g.perDegree+hair
	for y := math.Floor(max(ay-dy, 0)); y <= by+dy; y++ {
		left, right := ax, bx
		if by > ay {
			slope := (bx - ax) / (by - ay)
			left = ax + slope*(min(max(y-dy, ay), by)-ay)
			right = ax + slope*(min(max(y+1+dy, ay), by)-ay)
		}
		first, last := min(left, right)-dx, max(left, right)+dx
		visit(uint32(max(first, 0)), uint32(max(last, 0)), uint32(y))
	}
}
