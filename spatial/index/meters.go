package index

import (
	"math"

	"github.com/paulmach/orb"
)

// The ellipsoid of WGS84.
const (
	equatorial   = 6378137.0
	eccentricity = 0.00669437999014132             // first, squared
	leastRadius  = equatorial * (1 - eccentricity) // of curvature anywhere: along the meridian at the equator
)

// Meters is the distance between two places on the ellipsoid of WGS84. It is the haversine formula with the radii
// of curvature at the middle latitude: within 1:20,000 of the geodesic up to 100 km below 85 degrees of latitude,
// within 1 % anywhere on earth. It is symmetric, and 0 only for the same place.
func Meters(a, b orb.Point) float64 {
	north := sq(math.Sin((b[1] - a[1]) * (math.Pi / 360)))
	east := sq(math.Sin((b[0] - a[0]) * (math.Pi / 360)))
	sin := math.Sin((a[1] + b[1]) * (math.Pi / 360))
	y, x := north*(1-east), east*(1-sin*sin)
	angle := math.Sqrt(x + y) // the sine of its half, on a sphere
	if angle < 1e-9 {
		angle = 1e-9
	}
	w := 1 - eccentricity*sin*sin
	across := equatorial * equatorial / w // radii of curvature, squared
	along := across * sq((1-eccentricity)/w)
	return 2 * math.Sqrt(along*y+across*x) * math.Asin(min(1, angle)) / angle
}

func sq(v float64) float64 { return v * v }

// reach is an area that holds every place within some metres of p, as Meters counts.
func reach(p orb.Point, meters float64) area {
	const slack = 1e-9 // degrees, far more than floating point loses
	angle := meters/leastRadius*(180/math.Pi)*(1+1e-12) + slack
	if !(angle < 180) {
		return everywhere
	}
	south, north := p[1]-angle, p[1]+angle
	if south <= -90 || north >= 90 {
		return area{rowOf(max(south, -90)), rowOf(min(north, 90)), -180, 180}
	}
	width := math.Asin(min(1, math.Sin(angle*(math.Pi/180))/math.Cos(p[1]*(math.Pi/180))))*(180/math.Pi) + slack
	return area{rowOf(south), rowOf(north), p[0] - width, p[0] + width}
}

// A ruler gives a lower bound of Meters from one place, cheaply.
type ruler struct {
	from orb.Point
	good float64 // metres up to which it knows anything
	x, y float64 // metres in a degree, at least
}

// rulerFor is good up to some metres, where the earth is not too round for it.
func rulerFor(from orb.Point, meters float64) ruler {
	const degree = leastRadius * (1 - 1e-4) * math.Pi / 180
	angle := meters / degree
	far := math.Abs(from[1]) + angle
	if angle > 1 || far > 89 {
		return ruler{}
	}
	cos := math.Cos(far * (math.Pi / 180))
	widest := math.Asin(min(1, math.Sin(angle*(math.Pi/180))/cos)) / 2 // half of the longitude within reach
	if widest > 0 {
		cos *= math.Sin(widest) / widest
	}
	return ruler{from, meters, degree * cos, degree}
}

// beyond tells whether a place is certainly more than some metres away.
func (r ruler) beyond(p orb.Point, meters float64) bool {
	if meters > r.good {
		return false
	}
	east := math.Abs(p[0] - r.from[0])
	if east > 180 {
		east = 360 - east
	}
	return sq(east*r.x)+sq((p[1]-r.from[1])*r.y) > meters*meters
}
