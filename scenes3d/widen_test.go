package scenes3d

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"github.com/wardmap/wardmap/scenes3d/verify"
	"github.com/wardmap/wardmap/spatial"
)

func TestCirclesAndCorridorsAreBodies(t *testing.T) {
	spec := city
	spec.Rise.Radius, spec.Rise.Moves, spec.Alpha = "radius", "around", 0.3
	at := orb.Point{105.7, 34.5}
	dx, dy := metres(34.5)
	to := func(east, north float64) orb.Point { return orb.Point{at[0] + east/dx, at[1] + north/dy} }
	bent := orb.LineString{at, to(100, 0), to(100, 100)}
	loop := orb.LineString{at, to(200, 0), to(200, 200), to(0, 200), at}
	tests := []struct {
		id     string
		g      orb.Geometry
		radius float64
		area   float64 // m², of the plan
	}{
		{"a circle", at, 50, math.Pi * 2500},
		{"a straight corridor", orb.LineString{at, to(100, 0)}, 10, 2000 + math.Pi*100},
		{"a bent corridor", bent, 10, 4000 - 100 + math.Pi*100 + math.Pi*100/4},
		{"a loop", loop, 10, 800*20 - 4*100 + math.Pi*100},
		{"a curtain", orb.LineString{at, to(100, 0)}, 0, 50},
		{"a route", winding(to), 60, 0},
		{"two lines", orb.MultiLineString{{at, to(100, 0)}, {to(0, 500), to(100, 500)}}, 10, 4000 + 2*math.Pi*100},
	}
	s := New(spec, noon)
	want := map[string]verify.Sum{}
	for _, test := range tests {
		p := map[string]any{"height": 20.0}
		if test.radius > 0 {
			p["radius"] = test.radius
		}
		s.Put(noon, building(test.id, test.g, p))
		b := s.held[test.id].body
		if b == nil {
			t.Fatalf("%s: %s", test.id, s.why[test.id])
		}
		if a := geo.Area(b.outline()); test.area > 0 && math.Abs(a-test.area) > 0.01*test.area {
			t.Errorf("%s covers %g m², want %g", test.id, a, test.area)
		}
		want[test.id] = verify.Sum{Area: geo.Area(b.outline()), Volume: 20 * geo.Area(b.outline())}
	}
	verified(t, s, verify.Options{Sums: want})
	for why, f := range map[string]spatial.Feature{
		"it moves with a unit":                   building("m", at, map[string]any{"radius": 10.0, "around": "car-7"}),
		"a point without a radius has no volume": building("p", at, nil),
		"its radius is -3 m":                     building("n", at, map[string]any{"radius": -3.0}),
	} {
		s := New(spec, noon)
		if s.Put(noon, f); s.Account().LeftOut[why] != 1 {
			t.Errorf("left out: %v, want %q", s.Account().LeftOut, why)
		}
	}
}

// winding is a line of 20 km with a bend each 50 m.
func winding(to func(east, north float64) orb.Point) (l orb.LineString) {
	for i := range 400 {
		x := 50 * float64(i)
		l = append(l, to(x, 400*math.Sin(x/900)+15*math.Sin(x/70)))
	}
	return l
}
