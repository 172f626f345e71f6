package crs

import (
	"math"

	"github.com/paulmach/orb"
)

// A transverse is a transverse mercator projection by Krüger's series in the third flattening to the sixth
// order (Karney, Transverse Mercator with an accuracy of a few nanometers, J. Geodesy 85, 2011). Its error is
// below a micrometre within 1,000 km of the meridian, far more than any zone is wide.
type transverse struct {
	meridian      float64 // degrees
	scale         float64
	falseEasting  float64
	falseNorthing float64
	ellipsoid     *ellipsoid
}

// An ellipsoid carries the series that depend on nothing but its shape.
type ellipsoid struct {
	e           float64    // first eccentricity
	radius      float64    // rectifying radius, metres
	alpha, beta [6]float64 // of sin(2k ξ), forward and inverse
}

var (
	wgs84Ellipsoid    = newEllipsoid(6378137, 1/298.257223563)
	cgcs2000Ellipsoid = newEllipsoid(6378137, 1/298.257222101)
)

func newEllipsoid(a, f float64) *ellipsoid {
	n := f / (2 - f)
	return &ellipsoid{
		e:      math.Sqrt(f * (2 - f)),
		radius: a / (1 + n) * (1 + n*n/4 + n*n*n*n/64 + n*n*n*n*n*n/256),
		alpha: [6]float64{
			powers(n, 1./2, -2./3, 5./16, 41./180, -127./288, 7891./37800),
			powers(n, 0, 13./48, -3./5, 557./1440, 281./630, -1983433./1935360),
			powers(n, 0, 0, 61./240, -103./140, 15061./26880, 167603./181440),
			powers(n, 0, 0, 0, 49561./161280, -179./168, 6601661./7257600),
			powers(n, 0, 0, 0, 0, 34729./80640, -3418889./1995840),
			powers(n, 0, 0, 0, 0, 0, 212378941./319334400),
		},
		beta: [6]float64{
			powers(n, 1./2, -2./3, 37./96, -1./360, -81./512, 96199./604800),
			powers(n, 0, 1./48, 1./15, -437./1440, 46./105, -1118711./3870720),
			powers(n, 0, 0, 17./480, -37./840, -209./4480, 5569./90720),
			powers(n, 0, 0, 0, 4397./161280, -11./504, -830251./7257600),
			powers(n, 0, 0, 0, 0, 4583./161280, -108847./3991680),
			powers(n, 0, 0, 0, 0, 0, 20648693./638668800),
		},
	}
}

// powers is the polynomial c1 n + c2 n² + … without constant.
func powers(n float64, c ...float64) float64 {
	sum := 0.0
	for i := len(c) - 1; i >= 0; i-- {
		sum = (sum + c[i]) * n
	}
	return sum
}

func (t transverse) forward(p orb.Point) orb.Point {
	const rad = math.Pi / 180
	tau := t.ellipsoid.conformal(math.Tan(p[1] * rad))
	sin, cos := math.Sincos(angle(p[0]-t.meridian) * rad)
	xi, eta := math.Atan2(tau, cos), math.Asinh(sin/math.Hypot(tau, cos))
	dxi, deta := series(t.ellipsoid.alpha, xi, eta)
	r := t.ellipsoid.radius * t.scale
	return orb.Point{t.falseEasting + r*(eta+deta), t.falseNorthing + r*(xi+dxi)}
}

func (t transverse) inverse(p orb.Point) orb.Point {
	r := t.ellipsoid.radius * t.scale
	xi, eta := (p[1]-t.falseNorthing)/r, (p[0]-t.falseEasting)/r
	dxi, deta := series(t.ellipsoid.beta, xi, eta)
	xi, eta = xi-dxi, eta-deta
	sin, cos := math.Sincos(xi)
	tau := t.ellipsoid.geodetic(sin / math.Hypot(math.Sinh(eta), cos))
	lon := t.meridian + math.Atan2(math.Sinh(eta), cos)*180/math.Pi
	return orb.Point{angle(lon), math.Atan(tau) * 180 / math.Pi}
}

// series is the sum of c_k sin(2k(ξ+iη)), real and imaginary part.
func series(c [6]float64, xi, eta float64) (dxi, deta float64) {
	for k := 6; k >= 1; k-- {
		f := 2 * float64(k)
		sin, cos := math.Sincos(f * xi)
		dxi += c[k-1] * sin * math.Cosh(f*eta)
		deta += c[k-1] * cos * math.Sinh(f*eta)
	}
	return dxi, deta
}

// conformal turns the tangent of the latitude into that of the conformal latitude.
func (e *ellipsoid) conformal(tau float64) float64 {
	sigma := math.Sinh(e.e * math.Atanh(e.e*tau/math.Hypot(1, tau)))
	return tau*math.Hypot(1, sigma) - sigma*math.Hypot(1, tau)
}

// geodetic inverts conformal by Newton's method; three rounds reach the last bit.
func (e *ellipsoid) geodetic(want float64) float64 {
	tau := want / (1 - e.e*e.e)
	for range 6 {
		have := e.conformal(tau)
		step := (want - have) / math.Hypot(1, have) * (1 + (1-e.e*e.e)*tau*tau) / ((1 - e.e*e.e) * math.Hypot(1, tau))
		tau += step
		if !(math.Abs(step) > 1e-15*math.Hypot(1, tau)) {
			break
		}
	}
	return tau
}
