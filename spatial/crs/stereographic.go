package crs

import (
	"math"

	"github.com/paulmach/orb"
)

// The Dutch national grid RD New: the oblique stereographic projection (EPSG method 9809) on Bessel's ellipsoid, and the
// seven parameters of Amersfoort to WGS 84 (4), which are good to a quarter of a metre.
var rdNew = newStereographic(52+9.0/60+22.178/3600, 5+23.0/60+15.5/3600, 0.9999079, 155_000, 463_000)

// A spheroid is the shape of an ellipsoid.
type spheroid struct{ a, f float64 }

var bessel, earth = spheroid{6377397.155, 1 / 299.1528128}, spheroid{6378137, 1 / 298.257223563}

// toWGS84 of Amersfoort: metres, radians (position vector) and scale.
var amersfoort = helmert{
	shift: [3]float64{565.4171, 50.3319, 465.5524},
	turn:  [3]float64{-0.398957388243134 * arcsecond, 0.343987817378283 * arcsecond, -1.87740163998045 * arcsecond}, scale: 1 + 4.0725e-6,
}

const arcsecond = math.Pi / 180 / 3600

// A stereographic is an oblique stereographic projection by way of a conformal sphere.
type stereographic struct {
	lat0, lon0, falseEasting, falseNorthing float64 // radians, metres
	e, n, c, chi0, twoRk                    float64
}

func newStereographic(lat, lon, k, east, north float64) stereographic {
	s := stereographic{lat0: lat * math.Pi / 180, lon0: lon * math.Pi / 180, falseEasting: east, falseNorthing: north}
	e2 := bessel.f * (2 - bessel.f)
	s.e = math.Sqrt(e2)
	sin, cos := math.Sincos(s.lat0)
	w := 1 - e2*sin*sin
	radius := math.Sqrt(bessel.a * (1 - e2) / math.Pow(w, 1.5) * bessel.a / math.Sqrt(w))
	s.n = math.Sqrt(1 + e2*math.Pow(cos, 4)/(1-e2))
	w1 := s.conformal(sin)
	chi := (w1 - 1) / (w1 + 1)
	s.c = (s.n + sin) * (1 - chi) / ((s.n - sin) * (1 + chi))
	w2 := s.c * w1
	s.chi0 = math.Asin((w2 - 1) / (w2 + 1))
	s.twoRk = 2 * radius * k
	return s
}

func (s *stereographic) conformal(sin float64) float64 {
	return math.Pow((1+sin)/(1-sin)*math.Pow((1-s.e*sin)/(1+s.e*sin), s.e), s.n)
}

// forward and inverse are in radians on Bessel's ellipsoid.
func (s *stereographic) forward(lon, lat float64) orb.Point {
	w := s.c * s.conformal(math.Sin(lat))
	sin := (w - 1) / (w + 1)
	cos := math.Sqrt(1 - sin*sin)
	sin0, cos0 := math.Sincos(s.chi0)
	sinL, cosL := math.Sincos(s.n * (lon - s.lon0))
	b := 1 + sin*sin0 + cos*cos0*cosL
	return orb.Point{s.falseEasting + s.twoRk*cos*sinL/b, s.falseNorthing + s.twoRk*(sin*cos0-cos*sin0*cosL)/b}
}

func (s *stereographic) inverse(p orb.Point) (lon, lat float64) {
	x, y := p[0]-s.falseEasting, p[1]-s.falseNorthing
	g := s.twoRk * math.Tan(math.Pi/4-s.chi0/2)
	h := 2*s.twoRk*math.Tan(s.chi0) + g
	i := math.Atan(x / (h + y))
	j := math.Atan(x/(g-y)) - i
	sin := math.Sin(s.chi0 + 2*math.Atan((y-x*math.Tan(j/2))/s.twoRk))
	psi := 0.5 * math.Log((1+sin)/(s.c*(1-sin))) / s.n
	e2 := s.e * s.e
	lat = 2*math.Atan(math.Exp(psi)) - math.Pi/2
	for range 8 {
		sin, cos := math.Sincos(lat)
		off := math.Log(math.Tan(lat/2+math.Pi/4)*math.Pow((1-s.e*sin)/(1+s.e*sin), s.e/2)) - psi
		lat -= off * cos * (1 - e2*sin*sin) / (1 - e2)
	}
	return s.lon0 + (j+2*i)/s.n, lat
}

// A helmert is a seven-parameter transformation of geocentric places (EPSG method 1033).
type helmert struct {
	shift, turn [3]float64
	scale       float64
}

func (h *helmert) forward(p [3]float64) [3]float64 {
	x, y, z := h.turn[0], h.turn[1], h.turn[2]
	return [3]float64{
		h.shift[0] + h.scale*(p[0]-z*p[1]+y*p[2]),
		h.shift[1] + h.scale*(z*p[0]+p[1]-x*p[2]),
		h.shift[2] + h.scale*(-y*p[0]+x*p[1]+p[2]),
	}
}

func (h *helmert) inverse(p [3]float64) [3]float64 {
	x, y, z := h.turn[0], h.turn[1], h.turn[2]
	for k := range p {
		p[k] = (p[k] - h.shift[k]) / h.scale
	}
	return [3]float64{p[0] + z*p[1] - y*p[2], -z*p[0] + p[1] + x*p[2], y*p[0] - x*p[1] + p[2]}
}

// geocentric is a place on an ellipsoid in metres, and geodetic the way back (Bowring's formula): radians.
func (e spheroid) geocentric(lon, lat float64) [3]float64 {
	e2 := e.f * (2 - e.f)
	sin, cos := math.Sincos(lat)
	n := e.a / math.Sqrt(1-e2*sin*sin)
	return [3]float64{n * cos * math.Cos(lon), n * cos * math.Sin(lon), n * (1 - e2) * sin}
}

func (e spheroid) geodetic(p [3]float64) (lon, lat float64) {
	e2, b := e.f*(2-e.f), e.a*(1-e.f)
	away := math.Hypot(p[0], p[1])
	sin, cos := math.Sincos(math.Atan2(p[2]*e.a, away*b))
	return math.Atan2(p[1], p[0]), math.Atan2(p[2]+e2/(1-e2)*b*sin*sin*sin, away-e2*e.a*cos*cos*cos)
}

func fromRD(p orb.Point) orb.Point {
	lon, lat := rdNew.inverse(p)
	lon, lat = earth.geodetic(amersfoort.forward(bessel.geocentric(lon, lat)))
	return orb.Point{lon * 180 / math.Pi, lat * 180 / math.Pi}
}

func toRD(p orb.Point) orb.Point {
	lon, lat := bessel.geodetic(amersfoort.inverse(earth.geocentric(p[0]*math.Pi/180, p[1]*math.Pi/180)))
	return rdNew.forward(lon, lat)
}
