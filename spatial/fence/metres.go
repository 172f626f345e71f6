package fence

import (
	"math"

	"github.com/paulmach/orb"
)

// A scale is how many metres a degree of longitude and one of latitude are near a place on the WGS84 ellipsoid.
// Distances from that place in this flat picture are wrong by a share of tan(latitude) * distance / earth's diameter:
// at 60° by 1.4 mm in 100 m, and by 14 m in 10 km. Decisions are about tens of metres.
type scale struct{ lon, lat float64 }

const (
	equator     = 6378137.0        // metres
	flatness    = 6.69437999014e-3 // the first eccentricity, squared
	degree      = math.Pi / 180    // radians
	leastDegree = 110_574.0        // metres: no degree of latitude is shorter
)

func scaleAt(lat float64) scale {
	sin, cos := math.Sincos(lat * degree)
	w := 1 / math.Sqrt(1-flatness*sin*sin)
	return scale{lon: equator * w * cos * degree, lat: equator * (1 - flatness) * w * w * w * degree}
}

// metres is the distance between two places.
func metres(p, q orb.Point) float64 {
	s := scaleAt((p[1] + q[1]) / 2)
	dx, dy := (q[0]-p[0])*s.lon, (q[1]-p[1])*s.lat
	return math.Sqrt(dx*dx + dy*dy)
}

// square is the square of the distance in metres from p to an edge.
func (s scale) square(p orb.Point, e *edge) float64 {
	ax, ay := (e.a[0]-p[0])*s.lon, (e.a[1]-p[1])*s.lat
	dx, dy := (e.b[0]-e.a[0])*s.lon, (e.b[1]-e.a[1])*s.lat
	if length := dx*dx + dy*dy; length > 0 {
		t := min(max(-(ax*dx+ay*dy)/length, 0), 1)
		ax, ay = ax+t*dx, ay+t*dy
	}
	return ax*ax + ay*ay
}

// nearest is the distance in metres from p to the nearest of some edges, or limit when none is nearer.
func (s scale) nearest(p orb.Point, edges []edge, limit float64) float64 {
	least := limit * limit
	for i := range edges {
		least = min(least, s.square(p, &edges[i]))
	}
	return math.Sqrt(least)
}

// along is the place at part t of the way from a to b.
func along(a, b orb.Point, t float64) orb.Point {
	return orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}
}

// onEarth tells whether p is a place: not so what is infinite or no number.
func onEarth(p orb.Point) bool { return math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90 }
