package fence

import (
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/shape"
)

// enoughInside is how deep the middle of a polygon must lie for its inradius not to be searched: no margin is larger.
const enoughInside = 2 * mostSigma

// inradius is how far inside a polygon of an area one can get, in metres: as far as its middle is, when that is
// enough for every margin or as deep as a compact shape can be, or else to its pole of inaccessibility.
func inradius(a *area, p orb.Polygon) float64 {
	box := p.Bound()
	s := scaleAt(box.Center()[1])
	most := min((box.Max[0]-box.Min[0])*s.lon, (box.Max[1]-box.Min[1])*s.lat) / 2
	middle := depth(a, box.Center())
	if middle >= enoughInside || middle >= most/2 {
		return middle
	}
	pole, ok := shape.Pole(p)
	if !ok {
		return 0
	}
	return max(middle, depth(a, pole))
}

func depth(a *area, p orb.Point) float64 {
	if !a.contains(p) {
		return 0
	}
	return a.border(p, enoughInside)
}
