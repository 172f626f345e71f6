package scenes3d

import "math"

// The ellipsoid of WGS84 (NIMA TR8350.2, table 3.1).
const (
	semiMajor    = 6378137.0
	flattening   = 1 / 298.257223563
	eccentricity = flattening * (2 - flattening) // squared
)

// vec is a place or a direction in metres.
type vec [3]float64

func (a vec) sub(b vec) vec            { return vec{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }
func (a vec) add(b vec) vec            { return vec{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }
func (a vec) times(f float64) vec      { return vec{a[0] * f, a[1] * f, a[2] * f} }
func (a vec) dot(b vec) float64        { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
func (a vec) length() float64          { return math.Sqrt(a.dot(a)) }
func (a vec) mix(b vec, t float64) vec { return a.add(b.sub(a).times(t)) }

func (a vec) cross(b vec) vec {
	return vec{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// upright is the foot of a lon, lat in degrees on the ellipsoid, earth-centred and earth-fixed, and the direction up
// there: a height h lies at foot + h up (EPSG method 9602).
func upright(lon, lat float64) (foot, up vec) {
	sinLon, cosLon := math.Sincos(lon * (math.Pi / 180))
	sinLat, cosLat := math.Sincos(lat * (math.Pi / 180))
	return uprightOf(sinLon, cosLon, sinLat, cosLat)
}

func uprightOf(sinLon, cosLon, sinLat, cosLat float64) (foot, up vec) {
	n := semiMajor / math.Sqrt(1-eccentricity*sinLat*sinLat)
	up = vec{cosLat * cosLon, cosLat * sinLon, sinLat}
	return vec{n * up[0], n * up[1], n * (1 - eccentricity) * sinLat}, up
}

// A vicinity finds what upright does for places near one: the sines of a small difference are short sums.
type vicinity struct{ lon, lat, sinLon, cosLon, sinLat, cosLat float64 }

func vicinityOf(lon, lat float64) vicinity {
	v := vicinity{lon: lon, lat: lat}
	v.sinLon, v.cosLon = math.Sincos(lon * (math.Pi / 180))
	v.sinLat, v.cosLat = math.Sincos(lat * (math.Pi / 180))
	return v
}

// small is the difference in radians below which the sums of sincos are exact: the next term is less than 1e-17.
const small = 1e-3

func (v *vicinity) upright(lon, lat float64) (foot, up vec) {
	dLon, dLat := (lon-v.lon)*(math.Pi/180), (lat-v.lat)*(math.Pi/180)
	if !(math.Abs(dLon) < small && math.Abs(dLat) < small) {
		return upright(lon, lat)
	}
	sinLon, cosLon := turned(v.sinLon, v.cosLon, dLon)
	sinLat, cosLat := turned(v.sinLat, v.cosLat, dLat)
	return uprightOf(sinLon, cosLon, sinLat, cosLat)
}

// turned is the sine and cosine of an angle that is larger by d, by Taylor's series to the fifth power.
func turned(sin, cos, d float64) (float64, float64) {
	q := d * d
	s, c := d*(1-q/6*(1-q/20)), 1-q/2*(1-q/12)
	return sin*c + cos*s, cos*c - sin*s
}

// ECEF is a lon, lat in degrees and a height in metres above the ellipsoid as earth-centred, earth-fixed metres.
func ECEF(lon, lat, height float64) [3]float64 {
	foot, up := upright(lon, lat)
	return foot.add(up.times(height))
}

// A frame is a local system of metres: x east, y north, z up at its origin.
type frame struct{ origin, east, north, up vec }

func frameAt(lon, lat float64) frame {
	sinLon, cosLon := math.Sincos(lon * (math.Pi / 180))
	foot, up := upright(lon, lat)
	east := vec{-sinLon, cosLon, 0}
	return frame{foot, east, up.cross(east), up}
}

// turn brings a direction into the frame, and place a place.
func (f *frame) turn(d vec) vec  { return vec{d.dot(f.east), d.dot(f.north), d.dot(f.up)} }
func (f *frame) place(p vec) vec { return f.turn(p.sub(f.origin)) }

// matrix is the node matrix, column by column, that brings q*step + shift of the frame into the earth as glTF has it:
// y up, so that the quarter turn of 3D Tiles (y up to z up) ends in earth-centred, earth-fixed metres.
func (f *frame) matrix(step float64, shift vec) [16]float64 {
	at := f.origin.add(f.east.times(shift[0])).add(f.north.times(shift[1])).add(f.up.times(shift[2]))
	var m [16]float64
	for i, column := range []vec{f.east.times(step), f.north.times(step), f.up.times(step), at} {
		m[4*i], m[4*i+1], m[4*i+2] = column[0], column[2], -column[1]
	}
	m[15] = 1
	return m
}
