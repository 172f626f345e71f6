package shape

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/paulmach/orb/planar"
	"github.com/peterstace/simplefeatures/geom"
)

func quad(x, y, side float64) orb.Polygon {
	return orb.Polygon{{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}}}
}

func TestUnion(t *testing.T) {
	tests := []struct {
		name         string
		of           []orb.Polygon
		parts, holes int
		area         float64
	}{
		{"nothing", nil, 0, 0, 0},
		{"two that overlap", []orb.Polygon{quad(0, 0, 2), quad(1, 1, 2)}, 1, 0, 7},
		{"two that share a side", []orb.Polygon{quad(0, 0, 1), quad(1, 0, 1)}, 1, 0, 2},
		{"one within the other", []orb.Polygon{quad(0, 0, 4), quad(1, 1, 1)}, 1, 0, 16},
		{"the same twice", []orb.Polygon{quad(0, 0, 1), quad(0, 0, 1)}, 1, 0, 1},
		{"two apart", []orb.Polygon{quad(0, 0, 1), quad(2, 0, 1)}, 2, 0, 2},
		{"two that touch in a corner", []orb.Polygon{quad(0, 0, 1), quad(1, 1, 1)}, 2, 0, 2},
		{"a frame and what fills half of its hole", []orb.Polygon{
			append(quad(0, 0, 4), orb.Ring{{1, 1}, {1, 3}, {3, 3}, {3, 1}, {1, 1}}), {{{1, 1}, {2, 1}, {2, 3}, {1, 3}, {1, 1}}}}, 1, 1, 14},
		{"four around a court", []orb.Polygon{
			{{{0, 0}, {3, 0}, {3, 1}, {0, 1}, {0, 0}}}, {{{0, 2}, {3, 2}, {3, 3}, {0, 3}, {0, 2}}},
			{{{0, 0}, {1, 0}, {1, 3}, {0, 3}, {0, 0}}}, {{{2, 0}, {3, 0}, {3, 3}, {2, 3}, {2, 0}}}}, 1, 1, 8},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Union(test.of...)
			if err != nil {
				t.Fatal(err)
			}
			holes := 0
			for _, p := range got {
				holes += len(p) - 1
			}
			if len(got) != test.parts || holes != test.holes || math.Abs(planar.Area(got)-test.area) > 1e-9 {
				t.Errorf("%d parts, %d holes, area %g: %v", len(got), holes, planar.Area(got), got)
			}
		})
	}
}

func TestUnionAgreesWithTheOracle(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for range 200 {
		var of []orb.Polygon
		want := geom.Geometry{}
		for range 2 + random.IntN(12) {
			s := quad(float64(random.IntN(80))/8, float64(random.IntN(80))/8, float64(1+random.IntN(24))/8)
			of = append(of, s)
			one := asOracle(t, s)
			if len(of) == 1 {
				want = one
				continue
			}
			var err error
			if want, err = geom.Union(want, one); err != nil {
				t.Fatal(err)
			}
		}
		got, err := Union(of...)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(planar.Area(got)-want.Area()) > 1e-9 {
			t.Fatalf("area %g, the oracle says %g: %v", planar.Area(got), want.Area(), of)
		}
	}
}

func asOracle(t *testing.T, p orb.Polygon) geom.Geometry {
	g, err := geom.UnmarshalWKT(wkt.MarshalString(p))
	if err != nil {
		t.Fatal(err)
	}
	return g
}
