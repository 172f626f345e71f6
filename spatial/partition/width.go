package partition

import (
	"math"

	"github.com/paulmach/orb"
)

// nearly is how much too wide a circle may be, as a share, to count as one that fits not: where a piece is as wide as
// the limit for all of its length, no search would end.
const nearly = 0.05

// wide tells whether a circle of that many metres across fits into a polygon. Circles that fit only just, with less than
// 5 % to spare, may count as not fitting.
func wide(p orb.Polygon, across float64) bool {
	if across <= 0 {
		return true
	}
	sides := flat(p)
	around, area := 0.0, SquareMeters(p)
	for _, s := range sides {
		around += s.length()
	}
	if len(p) == 1 && 2*area >= across*around { // a piece without holes holds a circle of radius area / border
		return true
	}
	if area < math.Pi/4*across*across {
		return false
	}
	w := search{sides: sides, radius: across / 2}
	box := orb.Bound{Min: sides[0].a, Max: sides[0].a}
	for _, s := range sides {
		box = box.Extend(s.a)
	}
	half := max(box.Max[0]-box.Min[0], box.Max[1]-box.Min[1]) / 2
	return w.fits(box.Center(), half, sides)
}

// A search halves squares until it finds one whose middle is far enough from every side.
type search struct {
	sides  []side
	radius float64 // metres
}

// fits tells whether a circle fits whose middle lies in a square; near are all sides that could matter.
func (w *search) fits(middle orb.Point, half float64, near []side) bool {
	corner := half * math.Sqrt2
	nearest := math.Inf(1)
	var still []side
	for _, s := range near {
		d := s.from(middle)
		nearest = min(nearest, d)
		if d < corner+w.radius {
			still = append(still, s)
		}
	}
	switch {
	case nearest >= w.radius && w.inside(middle):
		return true
	case nearest >= corner && nearest >= w.radius: // no side comes in here, and the middle is outside
		return false
	case nearest+corner < w.radius, corner < w.radius*nearly:
		return false
	}
	h := half / 2
	for _, d := range [4]orb.Point{{-h, -h}, {h, -h}, {-h, h}, {h, h}} {
		if w.fits(orb.Point{middle[0] + d[0], middle[1] + d[1]}, h, still) {
			return true
		}
	}
	return false
}

func (w *search) inside(p orb.Point) bool {
	in := false
	for _, s := range w.sides {
		if (s.a[1] > p[1]) != (s.b[1] > p[1]) && p[0] < (s.b[0]-s.a[0])*(p[1]-s.a[1])/(s.b[1]-s.a[1])+s.a[0] {
			in = !in
		}
	}
	return in
}
