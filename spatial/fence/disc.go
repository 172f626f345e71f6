package fence

import (
	"math"

	"github.com/paulmach/orb"
)

// A disc is a circle in metres: what is nearer to its centre than its radius, on the ellipsoid.
type disc struct {
	center orb.Point
	radius float64
	scale  scale   // at the centre
	slope  float64 // how much longer a degree of longitude is a degree further north
}

func newDisc(center orb.Point, radius float64) *disc {
	d := &disc{radius: radius}
	d.move(center)
	return d
}

func (d *disc) move(center orb.Point) {
	const h = 0.01
	d.center, d.scale = center, scaleAt(center[1])
	d.slope = (scaleAt(center[1]+h).lon - d.scale.lon) / h
}

// distance takes the length of a degree halfway: it is right to 1 part in 10,000 at 100 km.
func (d *disc) distance(p orb.Point) float64 {
	x, y := p[0]-d.center[0], p[1]-d.center[1]
	return math.Hypot(x*(d.scale.lon+d.slope*y/2), y*d.scale.lat)
}

func (d *disc) bound() orb.Bound          { return reach(d.center.Bound(), d.radius) }
func (d *disc) inradius() float64         { return d.radius }
func (d *disc) contains(p orb.Point) bool { return d.distance(p) < d.radius }
func (d *disc) border(p orb.Point, limit float64) float64 {
	return min(math.Abs(d.distance(p)-d.radius), limit)
}

func (d *disc) through(a, b orb.Point) (in, out float64, ok bool) {
	w := way{at: d.scale.from(d.center, a), to: d.scale.from(d.center, b)}
	return w.inCircle(vector{}, d.radius)
}

func (d *disc) draw(s *sheet) { s.box(d.bound()) }

// reach is a box with everything that is nearer than so many metres to a box.
func reach(b orb.Bound, meters float64) orb.Bound {
	lat := meters / leastDegree
	widest := max(math.Abs(b.Min[1]-lat), math.Abs(b.Max[1]+lat))
	lon := meters / scaleAt(min(widest, 89)).lon
	return orb.Bound{Min: orb.Point{b.Min[0] - lon, b.Min[1] - lat}, Max: orb.Point{b.Max[0] + lon, b.Max[1] + lat}}
}
