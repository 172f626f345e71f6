package partition

import (
	"math"

	"github.com/paulmach/orb"
)

// The ellipsoid of WGS84.
const (
	equatorial   = 6378137.0           // metres
	eccentricity = 0.08181919084262149 // first
	radian       = math.Pi / 180       // one degree
)

// SquareMeters is the area of a polygon on the ellipsoid of WGS84, its sides straight on the plane of lon and lat. How
// its rings are wound means nothing.
func SquareMeters(p orb.Polygon) float64 {
	sum := 0.0
	for i, r := range p {
		if one := math.Abs(ringMeters(r)); i == 0 {
			sum = one
		} else {
			sum -= one
		}
	}
	return max(sum, 0)
}

// ringMeters adds up the strips between each side and the parallel of the ring's first place.
func ringMeters(r orb.Ring) (sum float64) {
	if len(r) == 0 {
		return 0
	}
	base := toEquator(r[0][1])
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		// Simpson's rule along the side: the integrand is smooth, and sides of maps are short.
		mean := (toEquator(a[1]) + 4*toEquator((a[1]+b[1])/2) + toEquator(b[1])) / 6
		sum += (b[0] - a[0]) * radian * (mean - base)
	}
	return sum
}

// toEquator is the area in square metres between the equator and a latitude, for one radian of longitude.
func toEquator(lat float64) float64 {
	sin := math.Sin(lat * radian)
	polar := equatorial * equatorial * (1 - eccentricity*eccentricity) // the polar radius, squared
	return polar / 2 * (sin/(1-eccentricity*eccentricity*sin*sin) + math.Atanh(eccentricity*sin)/eccentricity)
}

// flat is a polygon in metres on the plane that touches the ellipsoid at its middle.
func flat(p orb.Polygon) (sides []side) {
	middle := p.Bound().Center()
	sin, cos := math.Sincos(middle[1] * radian)
	w := 1 / math.Sqrt(1-eccentricity*eccentricity*sin*sin)
	east, north := equatorial*w*cos*radian, equatorial*(1-eccentricity*eccentricity)*w*w*w*radian
	at := func(q orb.Point) orb.Point {
		return orb.Point{(q[0] - middle[0]) * east, (q[1] - middle[1]) * north}
	}
	for _, r := range p {
		for i := 1; i < len(r); i++ {
			sides = append(sides, side{at(r[i-1]), at(r[i])})
		}
	}
	return sides
}

// A side of a polygon, in metres.
type side struct{ a, b orb.Point }

func (s side) length() float64 { return math.Hypot(s.b[0]-s.a[0], s.b[1]-s.a[1]) }

// from is the distance from a place.
func (s side) from(p orb.Point) float64 {
	ax, ay := s.a[0]-p[0], s.a[1]-p[1]
	dx, dy := s.b[0]-s.a[0], s.b[1]-s.a[1]
	if square := dx*dx + dy*dy; square > 0 {
		t := min(max(-(ax*dx+ay*dy)/square, 0), 1)
		ax, ay = ax+t*dx, ay+t*dy
	}
	return math.Hypot(ax, ay)
}
