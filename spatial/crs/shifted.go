package crs

import (
	"math"

	"github.com/paulmach/orb"
)

// InChina tells whether the shift of GCJ-02 is applied at a WGS84 point: the box of the public formula, which
// also covers neighbouring countries. Outside of it the point stays as it is.
func InChina(p orb.Point) bool {
	return p[0] >= 72.004 && p[0] <= 137.8347 && p[1] >= 0.8293 && p[1] <= 55.8271
}

// shift is WGS84 to GCJ-02 by the public formula. Maps of real vendors differ from it by up to some metres.
func shift(p orb.Point) orb.Point {
	if !InChina(p) {
		return p
	}
	d := offset(p)
	return orb.Point{p[0] + d[0], p[1] + d[1]}
}

// unshift inverts shift by fixed-point iteration: shift(unshift(p)) is p within 1e-12 degrees (0.1 µm). A point
// whose original would lie outside of InChina stays as it is.
func unshift(p orb.Point) orb.Point {
	q := p
	for range 12 {
		d := offset(q)
		next := orb.Point{p[0] - d[0], p[1] - d[1]}
		moved := math.Max(math.Abs(next[0]-q[0]), math.Abs(next[1]-q[1]))
		q = next
		if moved < 1e-13 {
			break
		}
	}
	if !InChina(q) {
		return p
	}
	return q
}

// offset is the shift of GCJ-02 at a WGS84 point, in degrees.
func offset(p orb.Point) orb.Point {
	const (
		a  = 6378245.0 // Krasovsky 1940, as the formula has it
		ee = 0.00669342162296594323
	)
	x, y := p[0]-105, p[1]-35
	common := (20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)) * 2 / 3
	dy := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x)) + common +
		(20*math.Sin(y*math.Pi)+40*math.Sin(y/3*math.Pi))*2/3 +
		(160*math.Sin(y/12*math.Pi)+320*math.Sin(y*math.Pi/30))*2/3
	dx := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x)) + common +
		(20*math.Sin(x*math.Pi)+40*math.Sin(x/3*math.Pi))*2/3 +
		(150*math.Sin(x/12*math.Pi)+300*math.Sin(x/30*math.Pi))*2/3
	sin, cos := math.Sincos(p[1] * math.Pi / 180)
	m := 1 - ee*sin*sin
	return orb.Point{
		dx * 180 / (a / math.Sqrt(m) * cos * math.Pi),
		dy * 180 / (a * (1 - ee) / (m * math.Sqrt(m)) * math.Pi),
	}
}

const baiduPi = math.Pi * 3000 / 180

// toBaidu is GCJ-02 to BD-09 by the public formula, where the shift holds.
func toBaidu(p orb.Point) orb.Point {
	if !InChina(p) {
		return p
	}
	return baidu(p)
}

func baidu(p orb.Point) orb.Point {
	r := math.Hypot(p[0], p[1]) + 0.00002*math.Sin(p[1]*baiduPi)
	theta := math.Atan2(p[1], p[0]) + 0.000003*math.Cos(p[0]*baiduPi)
	sin, cos := math.Sincos(theta)
	return orb.Point{r*cos + 0.0065, r*sin + 0.006}
}

// fromBaidu inverts toBaidu by fixed-point iteration, within 1e-12 degrees. The inverse that is commonly
// published is off by up to 0.2 m.
func fromBaidu(p orb.Point) orb.Point {
	q := orb.Point{p[0] - 0.0065, p[1] - 0.006}
	for range 20 {
		at := baidu(q)
		dx, dy := p[0]-at[0], p[1]-at[1]
		q = orb.Point{q[0] + dx, q[1] + dy}
		if math.Max(math.Abs(dx), math.Abs(dy)) < 1e-13 {
			break
		}
	}
	if !InChina(q) {
		return p
	}
	return q
}
