package verify

import "math"

const degree = 180 / math.Pi

// WGS84.
const (
	semiMajor  = 6378137.0
	flattening = 1 / 298.257223563
	eccentric2 = flattening * (2 - flattening)
	semiMinor  = semiMajor * (1 - flattening)
)

// A point of the earth, in both ways of saying where it is. Angles are radians,
// h is metres above the ellipsoid.
type point struct {
	vec3
	lon, lat, h float64
}

// earthPoint finds the geodetic coordinates of a geocentric point.
func earthPoint(p vec3) point {
	r := math.Hypot(p[0], p[1])
	beta := math.Atan2(p[2], (1-flattening)*r)
	var lat float64
	for range 4 {
		s, c := math.Sincos(beta)
		lat = math.Atan2(p[2]+eccentric2/(1-eccentric2)*semiMinor*s*s*s, r-eccentric2*semiMajor*c*c*c)
		s, c = math.Sincos(lat)
		beta = math.Atan2((1-flattening)*s, c)
	}
	s, c := math.Sincos(lat)
	h := r*c + p[2]*s - semiMajor*math.Sqrt(1-eccentric2*s*s)
	return point{vec3: p, lon: math.Atan2(p[1], p[0]), lat: lat, h: h}
}

// geocentric is the other way.
func geocentric(lon, lat, h float64) point {
	s, c := math.Sincos(lat)
	n := semiMajor / math.Sqrt(1-eccentric2*s*s)
	sl, cl := math.Sincos(lon)
	p := vec3{(n + h) * c * cl, (n + h) * c * sl, (n*(1-eccentric2) + h) * s}
	return point{vec3: p, lon: lon, lat: lat, h: h}
}

// A flat is the neighbourhood of a point, unrolled: metres east, metres north
// and the height. A floor of one height is level in it and a wall is upright,
// however far the earth bends between.
type flat struct{ lon, lat, east, north, h float64 }

func newFlat(p point) flat {
	s, c := math.Sincos(p.lat)
	w := math.Sqrt(1 - eccentric2*s*s)
	return flat{
		lon: p.lon, lat: p.lat, h: p.h,
		east:  (semiMajor/w + p.h) * c,
		north: semiMajor*(1-eccentric2)/(w*w*w) + p.h,
	}
}

func (f flat) at(p point) vec3 {
	return vec3{wrap(p.lon-f.lon) * f.east, (p.lat - f.lat) * f.north, p.h - f.h}
}

// degrees is the way back, of east and north.
func (f flat) degrees(v vec3) (lon, lat float64) {
	return (f.lon + v[0]/f.east) * 180 / math.Pi, (f.lat + v[1]/f.north) * 180 / math.Pi
}

// wrap brings a difference of longitudes to [-π, π].
func wrap(d float64) float64 { return math.Remainder(d, 2*math.Pi) }
