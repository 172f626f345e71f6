package spatial_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/peterstace/simplefeatures/geom"

	"github.com/wardmap/wardmap/spatial"
)

func box(w, s, e, n float64) orb.Bound {
	return orb.Bound{Min: orb.Point{w, s}, Max: orb.Point{e, n}}
}

func square(w, s, side float64) orb.Ring {
	return orb.Ring{{w, s}, {w + side, s}, {w + side, s + side}, {w, s + side}, {w, s}}
}

func TestIntersects(t *testing.T) {
	holed := orb.Polygon{square(0, 0, 10), square(3, 3, 4)}
	tests := []struct {
		name string
		b    orb.Bound
		g    orb.Geometry
		want bool
	}{
		{"a point inside", box(0, 0, 1, 1), orb.Point{.5, .5}, true},
		{"a point on the corner", box(0, 0, 1, 1), orb.Point{1, 1}, true},
		{"a point one bit outside", box(0, 0, 1, 1), orb.Point{math.Nextafter(1, 2), .5}, false},
		{"a bound without area on a point", box(1, 1, 1, 1), orb.Point{1, 1}, true},
		{"one of several points", box(0, 0, 1, 1), orb.MultiPoint{{5, 5}, {1, 0}}, true},
		{"a line straight through without a vertex inside", box(0, 0, 1, 1), orb.LineString{{-1, .5}, {2, .5}}, true},
		{"a line that cuts a corner", box(0, 0, 1, 1), orb.LineString{{-.5, .6}, {.6, 1.4}}, true},
		{"a line that touches a corner", box(0, 0, 1, 1), orb.LineString{{0, 2}, {2, 0}}, true},
		{"a line that passes a corner by one bit", box(0, 0, 1, 1), orb.LineString{{0, math.Nextafter(2, 3)}, {2, 0}}, false},
		{"a line whose box overlaps but which passes", box(0, 0, 1, 1), orb.LineString{{.5, 3}, {3, .5}}, false},
		{"a line along the edge", box(0, 0, 1, 1), orb.LineString{{-1, 1}, {2, 1}}, true},
		{"a line on a bound without area", box(1, 1, 1, 1), orb.LineString{{0, 0}, {3, 3}}, true},
		{"a polygon around the bound", box(1, 1, 2, 2), holed, true},
		{"a bound inside the hole", box(4, 4, 5, 5), holed, false},
		{"a bound that touches the hole's edge from inside", box(3, 4, 5, 5), holed, true},
		{"a bound around all of the polygon", box(-1, -1, 11, 11), holed, true},
		{"a bound beside a polygon", box(10.5, 0, 11, 1), holed, false},
		{"a bound that touches the polygon's edge", box(10, 0, 11, 1), holed, true},
		{"the second polygon", box(20, 20, 21, 21), orb.MultiPolygon{holed, {square(19, 19, 5)}}, true},
		{"a member of a collection in a collection", box(0, 0, 1, 1), orb.Collection{orb.Point{9, 9}, orb.Collection{orb.Point{1, 1}}}, true},
		{"an empty collection", box(0, 0, 1, 1), orb.Collection{}, false},
		{"no geometry", box(0, 0, 1, 1), nil, false},
		{"an empty bound", box(1, 1, 0, 0), orb.Point{.5, .5}, false},
		{"a bound as geometry", box(0, 0, 1, 1), box(1, 1, 2, 2), true},
		{"a ring as geometry", box(4, 4, 5, 5), square(0, 0, 10), true},
		{"coordinates far too small to multiply", box(0, 0, 1e-200, 1e-200), orb.LineString{{0, 3e-200}, {3e-200, 0}}, false},
	}
	for _, tt := range tests {
		if got := spatial.Intersects(tt.b, tt.g); got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}

// Half of the shapes lie on a coarse grid, so that touching, collinear and shared corners are frequent.
func TestIntersectsAgreesWithSimpleFeatures(t *testing.T) {
	const seed, n = 20261124, 20_000
	rng := rand.New(rand.NewPCG(seed, 1))
	yes, checked := 0, 0
	for i := range n {
		at := coordinates(rng, i%2 == 0)
		b := orb.MultiPoint{at(), at()}.Bound()
		g := shape(rng, at)
		want, ok := oracle(t, b, g)
		if !ok {
			continue
		}
		checked++
		if want {
			yes++
		}
		if got := spatial.Intersects(b, g); got != want {
			t.Fatalf("seed %d, round %d: Intersects(%v, %v) is %v, simplefeatures says %v", seed, i, b, g, got, want)
		}
	}
	if checked < n/2 || yes < checked/10 || yes > checked*9/10 {
		t.Errorf("the shapes prove little: %d checked, %d of them intersect", checked, yes)
	}
}

func coordinates(rng *rand.Rand, grid bool) func() orb.Point {
	if grid {
		return func() orb.Point { return orb.Point{float64(rng.IntN(9)), float64(rng.IntN(9))} }
	}
	return func() orb.Point { return orb.Point{rng.Float64() * 8, rng.Float64() * 8} }
}

func shape(rng *rand.Rand, at func() orb.Point) orb.Geometry {
	path := func(n int) orb.LineString {
		l := make(orb.LineString, n)
		for i := range l {
			l[i] = at()
		}
		return l
	}
	polygon := func() orb.Polygon {
		r := orb.Ring(path(3))
		return orb.Polygon{append(r, r[0])}
	}
	switch rng.IntN(7) {
	case 0:
		return at()
	case 1:
		return orb.MultiPoint{at(), at()}
	case 2:
		return path(2 + rng.IntN(2))
	case 3:
		return orb.MultiLineString{path(2), path(2)}
	case 4:
		return polygon()
	case 5:
		return holed(rng, at)
	}
	return orb.Collection{at(), path(2), polygon()}
}

// holed makes a square with a square hole.
func holed(rng *rand.Rand, at func() orb.Point) orb.Polygon {
	p, side := at(), 3+float64(rng.IntN(4))
	return orb.Polygon{square(p[0], p[1], side), square(p[0]+1, p[1]+1, side-2)}
}

func oracle(t *testing.T, b orb.Bound, g orb.Geometry) (intersects, ok bool) {
	t.Helper()
	var area orb.Geometry = b.ToPolygon()
	switch {
	case b.Min == b.Max:
		area = b.Min
	case b.Min[0] == b.Max[0] || b.Min[1] == b.Max[1]:
		area = orb.LineString{b.Min, b.Max}
	}
	x, err := geom.UnmarshalWKB(wkb.MustMarshal(area))
	if err != nil {
		t.Fatal(err)
	}
	y, err := geom.UnmarshalWKB(wkb.MustMarshal(g))
	if err != nil {
		return false, false // an invalid shape: flat triangle, line without length
	}
	return geom.Intersects(x, y), true
}

func BenchmarkIntersects(b *testing.B) {
	ring := make(orb.Ring, 0, 1001)
	for i := range 1000 {
		s, c := math.Sincos(float64(i) / 1000 * 2 * math.Pi)
		ring = append(ring, orb.Point{c, s})
	}
	p := orb.Polygon{append(ring, ring[0])}
	b.ReportAllocs()
	for b.Loop() {
		spatial.Intersects(box(-.1, -.1, .1, .1), p)
	}
}
