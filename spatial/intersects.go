package spatial

import (
	"math"
	"math/big"

	"github.com/paulmach/orb"
)

// Intersects tells whether the bound and the geometry share at least one point. Both are closed sets: touching
// counts, and so does a bound that lies inside a polygon; one that lies inside a hole does not. The answer is
// exact for every finite coordinate, on the plane of lon and lat: whoever asks about a box across the
// antimeridian asks about its two halves. An empty bound meets nothing.
func Intersects(b orb.Bound, g orb.Geometry) bool {
	if !(b.Min[0] <= b.Max[0] && b.Min[1] <= b.Max[1]) {
		return false
	}
	return meets(b, g)
}

func meets(b orb.Bound, g orb.Geometry) bool {
	switch g := g.(type) {
	case orb.Point:
		return within(b, g)
	case orb.MultiPoint:
		return anyOf(g, func(p orb.Point) bool { return within(b, p) })
	case orb.LineString:
		return pathMeets(b, g)
	case orb.MultiLineString:
		return anyOf(g, func(l orb.LineString) bool { return pathMeets(b, l) })
	case orb.Ring:
		return polygonMeets(b, orb.Polygon{g})
	case orb.Polygon:
		return polygonMeets(b, g)
	case orb.MultiPolygon:
		return anyOf(g, func(p orb.Polygon) bool { return polygonMeets(b, p) })
	case orb.Collection:
		return anyOf(g, func(m orb.Geometry) bool { return meets(b, m) })
	case orb.Bound:
		return g.Min[0] <= b.Max[0] && g.Max[0] >= b.Min[0] && g.Min[1] <= b.Max[1] && g.Max[1] >= b.Min[1]
	}
	return false
}

func anyOf[T any](parts []T, is func(T) bool) bool {
	for _, p := range parts {
		if is(p) {
			return true
		}
	}
	return false
}

func within(b orb.Bound, p orb.Point) bool {
	return p[0] >= b.Min[0] && p[0] <= b.Max[0] && p[1] >= b.Min[1] && p[1] <= b.Max[1]
}

func pathMeets(b orb.Bound, path []orb.Point) bool {
	if len(path) == 1 {
		return within(b, path[0])
	}
	for i := 1; i < len(path); i++ {
		if segmentMeets(b, path[i-1], path[i]) {
			return true
		}
	}
	return false
}

// segmentMeets separates by three axes: x, y and the normal of the segment. When none separates, they touch.
func segmentMeets(b orb.Bound, p, q orb.Point) bool {
	if max(p[0], q[0]) < b.Min[0] || min(p[0], q[0]) > b.Max[0] || max(p[1], q[1]) < b.Min[1] || min(p[1], q[1]) > b.Max[1] {
		return false
	}
	if within(b, p) || within(b, q) {
		return true
	}
	left, right := false, false
	for _, c := range [4]orb.Point{b.Min, {b.Max[0], b.Min[1]}, b.Max, {b.Min[0], b.Max[1]}} {
		side := turn(p, q, c)
		left, right = left || side >= 0, right || side <= 0
	}
	return left && right
}

// polygonMeets: either a ring touches the bound, or the whole bound lies on one side of every ring.
func polygonMeets(b orb.Bound, p orb.Polygon) bool {
	for _, r := range p {
		if pathMeets(b, r) {
			return true
		}
	}
	if len(p) == 0 || !inRing(b.Min, p[0]) {
		return false
	}
	return !anyOf(p[1:], func(hole orb.Ring) bool { return inRing(b.Min, hole) })
}

// inRing counts the edges that a ray to the east crosses. The point must not lie on the ring.
func inRing(p orb.Point, r orb.Ring) bool {
	in := false
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		if (a[1] > p[1]) == (b[1] > p[1]) {
			continue
		}
		if a[1] > b[1] {
			a, b = b, a
		}
		if turn(a, b, p) > 0 {
			in = !in
		}
	}
	return in
}

// turn is the sign of the area of p, q, c: 1 when c lies left of the way from p to q, -1 right, 0 on its line.
// The fast answer is taken where rounding cannot have changed it (Shewchuk's bound), else fractions decide.
func turn(p, q, c orb.Point) int {
	one, two := (p[0]-c[0])*(q[1]-c[1]), (p[1]-c[1])*(q[0]-c[0])
	det := one - two
	if math.Abs(det) > 4e-16*(math.Abs(one)+math.Abs(two))+1e-300 {
		return sign(det)
	}
	return exactTurn(p, q, c)
}

func exactTurn(p, q, c orb.Point) int {
	sub := func(a, b float64) *big.Rat {
		x, y := new(big.Rat), new(big.Rat)
		if x.SetFloat64(a) == nil || y.SetFloat64(b) == nil {
			return x.SetInt64(0) // not finite: CheckGeometry keeps these out
		}
		return x.Sub(x, y)
	}
	one, two := sub(p[0], c[0]), sub(p[1], c[1])
	one.Mul(one, sub(q[1], c[1]))
	two.Mul(two, sub(q[0], c[0]))
	return one.Cmp(two)
}

func sign(v float64) int {
	if v > 0 {
		return 1
	}
	return -1
}
