package shape

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

func TestOverlay(t *testing.T) {
	holed := append(quad(0, 0, 4), quad(1, 1, 2)[0])
	backwards := func(p orb.Polygon) orb.Polygon {
		for _, r := range p {
			r.Reverse()
		}
		return p
	}
	tests := []struct {
		name   string
		areas  []orb.Polygon
		want   map[string]float64 // holders -> area, none is of what is enclosed
		beside string             // of the first piece that nobody holds
	}{
		{name: "nothing at all"},
		{name: "two squares that overlap in one", areas: []orb.Polygon{quad(0, 0, 2), quad(1, 1, 2)}, want: map[string]float64{"[0]": 3, "[1]": 3, "[0 1]": 1}},
		{name: "the same wound the other way", areas: []orb.Polygon{backwards(quad(0, 0, 2)), quad(1, 1, 2)}, want: map[string]float64{"[0]": 3, "[1]": 3, "[0 1]": 1}},
		{name: "neighbours that share a side", areas: []orb.Polygon{quad(0, 0, 1), quad(1, 0, 1)}, want: map[string]float64{"[0]": 1, "[1]": 1}},
		{name: "a hole that nobody fills", areas: []orb.Polygon{holed}, want: map[string]float64{"[0]": 12, "[]": 4}, beside: "[0]"},
		{name: "a hole that another fills", areas: []orb.Polygon{holed, quad(1, 1, 2)}, want: map[string]float64{"[0]": 12, "[1]": 4}},
		{name: "a hole with an island", areas: []orb.Polygon{append(quad(0, 0, 8), quad(1, 1, 6)[0]), quad(3, 3, 1)}, want: map[string]float64{"[0]": 28, "[1]": 1, "[]": 35}, beside: "[0 1]"},
		{name: "one within another", areas: []orb.Polygon{quad(0, 0, 4), quad(1, 1, 1)}, want: map[string]float64{"[0]": 15, "[0 1]": 1}},
		{name: "three over each other", areas: []orb.Polygon{quad(0, 0, 3), quad(1, 0, 3), quad(2, 0, 3)}, want: map[string]float64{"[0]": 3, "[0 1]": 3, "[0 1 2]": 3, "[1 2]": 3, "[2]": 3}},
		{name: "two apart", areas: []orb.Polygon{quad(0, 0, 1), quad(5, 5, 1)}, want: map[string]float64{"[0]": 1, "[1]": 1}},
	}
	for _, test := range tests {
		areas := make([]orb.MultiPolygon, len(test.areas))
		for i, p := range test.areas {
			areas[i] = orb.MultiPolygon{p}
		}
		o, err := Lay(areas...)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if got := areasByHolder(o); len(got) != len(test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		} else {
			for who, area := range test.want {
				if math.Abs(got[who]-area) > 1e-12 {
					t.Errorf("%s: %s holds %g, want %g", test.name, who, got[who], area)
				}
			}
		}
		if free := o.Pieces(func(by []int32) bool { return len(by) == 0 }); len(free) > 0 {
			if got := fmt.Sprint(o.Beside(free[0])); got != test.beside {
				t.Errorf("%s: beside it is %s, want %s", test.name, got, test.beside)
			}
		}
	}
}

// areasByHolder is how much each set of areas holds; what encloses nothing is left out.
func areasByHolder(o *Overlay) map[string]float64 {
	out := map[string]float64{}
	for by := range o.Holders() {
		for _, p := range o.Pieces(func(other []int32) bool { return slices.Equal(by, other) }) {
			out[fmt.Sprint(by)] += planar.Area(p)
		}
	}
	return out
}

// Squares on a coarse grid share sides and corners; those at an angle cross at places that must be rounded.
func TestOverlayAgreesWithSampling(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 3))
		var areas []orb.MultiPolygon
		for range 2 + random.IntN(6) {
			s := quad(float64(random.IntN(12)), float64(random.IntN(12)), float64(1+random.IntN(6)))
			if seed%2 == 1 {
				s = orb.Polygon{{{random.Float64() * 12, random.Float64() * 12}, {12 + random.Float64(), random.Float64() * 5}, {random.Float64() * 12, 12 + random.Float64()}}}
				s[0] = append(s[0], s[0][0])
			}
			areas = append(areas, orb.MultiPolygon{s})
		}
		o, err := Lay(areas...)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		pieces := map[string][]orb.Polygon{}
		for by := range o.Holders() {
			pieces[fmt.Sprint(by)] = o.Pieces(func(other []int32) bool { return slices.Equal(by, other) })
		}
		for range 400 {
			at := orb.Point{random.Float64() * 20, random.Float64() * 20}
			var want []int32
			for i, a := range areas {
				if planar.MultiPolygonContains(a, at) {
					want = append(want, int32(i))
				}
			}
			for who, list := range pieces {
				in := planar.MultiPolygonContains(list, at)
				if in != (who == fmt.Sprint(want)) && (in || len(want) > 0) {
					t.Fatalf("seed %d: %v is held by %v, and in a piece of %s: %v", seed, at, want, who, in)
				}
			}
		}
	}
}
