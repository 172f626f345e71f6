package storetest

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
)

// RandomGeometry makes a simple (valid) geometry of the kind within one degree of Middle, single or multi; of
// AnyKind collections too. Coordinates use all their bits.
func RandomGeometry(rng *rand.Rand, kind layers.Kind) orb.Geometry {
	at := func() orb.Point {
		return orb.Point{Middle[0] + rng.Float64()*1.8 - .9, Middle[1] + rng.Float64()*1.8 - .9}
	}
	several := rng.IntN(4) == 0
	switch {
	case kind == layers.PointKind && several:
		return orb.MultiPoint{at(), at(), at()}
	case kind == layers.PointKind:
		return at()
	case kind == layers.LineKind && several:
		return orb.MultiLineString{path(rng, at()), path(rng, at())}
	case kind == layers.LineKind:
		return path(rng, at())
	case kind == layers.PolygonKind && several:
		return orb.MultiPolygon{star(rng, orb.Point{Middle[0] - .5, at()[1]}), star(rng, orb.Point{Middle[0] + .5, at()[1]})}
	case kind == layers.PolygonKind:
		return star(rng, at())
	case several:
		return orb.Collection{at(), path(rng, at()), star(rng, at())}
	}
	return RandomGeometry(rng, pick(rng, layers.PointKind, layers.LineKind, layers.PolygonKind))
}

func path(rng *rand.Rand, p orb.Point) orb.LineString {
	l := orb.LineString{p}
	for range 1 + rng.IntN(12) {
		p = orb.Point{p[0] + rng.Float64()*.008, p[1] + rng.Float64()*.016 - .008}
		l = append(l, p)
	}
	return l
}

// star is a polygon around a middle, every other time with a hole.
func star(rng *rand.Rand, middle orb.Point) orb.Polygon {
	angles := make([]float64, 5+rng.IntN(20))
	for i := range angles {
		angles[i] = (float64(i) + rng.Float64()*.8) / float64(len(angles)) * 2 * math.Pi
	}
	outer, hole := orb.Ring{}, orb.Ring{}
	for _, a := range angles {
		s, c := math.Sincos(a)
		r := .02 + rng.Float64()*.07
		outer = append(outer, orb.Point{middle[0] + c*r, middle[1] + s*r})
		hole = append(hole, orb.Point{middle[0] + c*.004, middle[1] + s*.004})
	}
	p := orb.Polygon{append(outer, outer[0])}
	if rng.IntN(2) == 0 {
		hole = append(hole, hole[0])
		slices.Reverse(hole)
		p = append(p, hole)
	}
	return p
}

// randomBox is a box near Middle; some hold nothing, some nearly all.
func randomBox(rng *rand.Rand) orb.Bound {
	size := math.Pow(10, -3*rng.Float64()) * 1.5
	w, s := Middle[0]-1+rng.Float64()*2, Middle[1]-1+rng.Float64()*2
	return orb.Bound{Min: orb.Point{w, s}, Max: orb.Point{w + size, s + size}}
}

// sameBits compares type, structure and every bit of the coordinates.
func sameBits(a, b orb.Geometry) bool {
	x, okX := a.(orb.Collection)
	y, okY := b.(orb.Collection)
	if okX || okY {
		return okX && okY && slices.EqualFunc(x, y, sameBits)
	}
	return a.GeoJSONType() == b.GeoJSONType() && slices.EqualFunc(rings(a), rings(b), func(p, q []orb.Point) bool {
		return slices.EqualFunc(p, q, func(c, d orb.Point) bool {
			return math.Float64bits(c[0]) == math.Float64bits(d[0]) && math.Float64bits(c[1]) == math.Float64bits(d[1])
		})
	})
}

// rings lists the point sequences of a geometry; an empty one stands between the polygons of several.
func rings(g orb.Geometry) [][]orb.Point {
	var out [][]orb.Point
	switch g := g.(type) {
	case orb.Point:
		out = append(out, []orb.Point{g})
	case orb.MultiPoint:
		out = append(out, g)
	case orb.LineString:
		out = append(out, g)
	case orb.MultiLineString:
		for _, l := range g {
			out = append(out, l)
		}
	case orb.Polygon:
		for _, r := range g {
			out = append(out, r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			out = append(append(out, rings(p)...), nil)
		}
	}
	return out
}
