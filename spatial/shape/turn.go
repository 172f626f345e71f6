package shape

import (
	"math"
	"math/big"

	"github.com/paulmach/orb"
)

// turn is the sign of the area of a, b, c: 1 when c lies left of the way from a to b, -1 right, 0 on its line.
// It is exact for all finite coordinates below limit. Three ways, from fast to slow: Shewchuk's error bound;
// products in two words where the differences are exact, as they are for places near each other; fractions.
func turn(a, b, c orb.Point) int {
	acx, bcx := a[0]-c[0], b[0]-c[0]
	acy, bcy := a[1]-c[1], b[1]-c[1]
	one, two := acx*bcy, acy*bcx
	det := one - two
	if math.Abs(det) > 4e-16*(math.Abs(one)+math.Abs(two))+1e-300 {
		return sign(det)
	}
	if !exact(a[0], c[0], acx) || !exact(b[0], c[0], bcx) || !exact(a[1], c[1], acy) || !exact(b[1], c[1], bcy) ||
		tiny(one, acx, bcy) || tiny(two, acy, bcx) {
		return slowTurn(a, b, c)
	}
	if one != two {
		return sign(det) // both are correctly rounded, so their order is that of the true products
	}
	return sign(math.FMA(acx, bcy, -one) - math.FMA(acy, bcx, -two))
}

func sign(v float64) int {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// exact tells whether d is a - b without rounding.
func exact(a, b, d float64) bool {
	back := a - d
	return (a-(d+back))+(back-b) == 0
}

// tiny tells whether the rounding error of a product may itself have been lost.
func tiny(product, x, y float64) bool { return math.Abs(product) < 1e-250 && x != 0 && y != 0 }

func slowTurn(a, b, c orb.Point) int {
	one, two := minus(a[0], c[0]), minus(a[1], c[1])
	one.Mul(one, minus(b[1], c[1]))
	two.Mul(two, minus(b[0], c[0]))
	return one.Cmp(two)
}

func minus(a, b float64) *big.Rat {
	x := new(big.Rat).SetFloat64(a) // not nil: coordinates are finite
	return x.Sub(x, new(big.Rat).SetFloat64(b))
}

// meeting is the place where the lines through a, b and c, d cross. Where they are nearly parallel it counts
// with two words. The segments are known to cross in one inner point.
func meeting(a, b, c, d orb.Point) orb.Point {
	rx, ry, sx, sy := b[0]-a[0], b[1]-a[1], d[0]-c[0], d[1]-c[1]
	one, two := rx*sy, ry*sx
	det := one - two
	t := ((c[0]-a[0])*sy - (c[1]-a[1])*sx) / det
	if math.Abs(det) <= 1e-4*(math.Abs(one)+math.Abs(two)) {
		t = parameter(a, b, c, d)
	}
	t = min(max(t, 0), 1) // NaN cannot be: det is not 0 for segments that cross
	at := orb.Point{a[0] + t*rx, a[1] + t*ry}
	for axis := range at {
		if c[axis] == d[axis] {
			at[axis] = c[axis]
		}
		if a[axis] == b[axis] {
			at[axis] = a[axis]
		}
	}
	return at
}

// parameter tells how far on the way from a to b the crossing lies.
func parameter(a, b, c, d orb.Point) float64 {
	rx, ry, sx, sy := difference(b[0], a[0]), difference(b[1], a[1]), difference(d[0], c[0]), difference(d[1], c[1])
	det := rx.times(sy).minus(ry.times(sx))
	along := difference(c[0], a[0]).times(sy).minus(difference(c[1], a[1]).times(sx))
	if det.high == 0 {
		return .5
	}
	return along.high / det.high
}

// double is a number in two words, high + low, good for some 31 digits.
type double struct{ high, low float64 }

// difference is a - b without rounding.
func difference(a, b float64) double { return sum(a, -b) }

func sum(a, b float64) double {
	s := a + b
	back := s - a
	return double{s, (a - (s - back)) + (b - back)}
}

func (a double) times(b double) double {
	p := a.high * b.high
	return sum(p, math.FMA(a.high, b.high, -p)+(a.high*b.low+a.low*b.high))
}

func (a double) minus(b double) double {
	s := difference(a.high, b.high)
	return sum(s.high, s.low+(a.low-b.low))
}

// before is the order of places by lon, then lat.
func before(a, b orb.Point) bool { return a[0] < b[0] || a[0] == b[0] && a[1] < b[1] }

// sameWay tells whether u and w lie on the same side of v. The three are on one line and v differs from both.
func sameWay(v, u, w orb.Point) bool { return before(v, u) == before(v, w) }

// between tells whether the way from p to q lies strictly inside the angle that opens counter-clockwise from
// p-u to p-v. The two legs do not point the same way.
func between(p, u, v, q orb.Point) bool {
	switch turn(p, u, v) {
	case 1:
		return turn(p, u, q) > 0 && turn(p, v, q) < 0
	case -1:
		return !(turn(p, v, q) >= 0 && turn(p, u, q) <= 0)
	}
	return turn(p, u, q) > 0
}
