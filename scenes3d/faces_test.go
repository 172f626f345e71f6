package scenes3d

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/scenes3d/verify"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/solid"
)

// prism is a footprint between two heights as faces, the walls in so many storeys.
func prism(p orb.Polygon, low, high float64, storeys int) solid.Solid {
	var out solid.Solid
	level := func(r orb.Ring, h float64) (ring []solid.Point) {
		for _, at := range r[:len(r)-1] {
			ring = append(ring, solid.Point{at[0], at[1], h})
		}
		return ring
	}
	var roof, floor solid.Face
	for _, r := range p {
		roof, floor = append(roof, level(r, high)), append(floor, level(r, low))
		for k := range storeys {
			from, to := low+(high-low)*float64(k)/float64(storeys), low+(high-low)*float64(k+1)/float64(storeys)
			for i := 0; i+1 < len(r); i++ {
				a, b := r[i], r[i+1]
				out = append(out, solid.Face{{{a[0], a[1], from}, {b[0], b[1], from}, {b[0], b[1], to}, {a[0], a[1], to}}})
			}
		}
	}
	return append(out, roof, floor) // the floor looks up: to be turned
}

// clothed gives buildings with flat roofs faces instead of a height.
func clothed(all []spatial.Feature) []spatial.Feature {
	out := make([]spatial.Feature, len(all))
	for i, f := range all {
		height := f.Properties["height"].(float64)
		f.Properties = map[string]any{"solid": prism(f.Geometry.(orb.Polygon), 0, height, 1+i%3).WKT(), "height": height}
		out[i] = f
	}
	return out
}

func TestFacesEncloseWhatTheFootprintDoes(t *testing.T) {
	frame := append(square(105.7, 34.5, 40, 30), square(105.7001, 34.5001, 10, 10)[0])
	frame[1].Reverse()
	for name, f := range map[string]orb.Polygon{"a box": square(105.7, 34.5, 20, 12), "a court": frame} {
		_, plain := build(t, building("a", f, map[string]any{"height": 21.0}))
		b, m := build(t, building("a", f, map[string]any{"solid": prism(f, 0, 21, 2).WKT()}))
		want, got := meshVolume(plain, 0), meshVolume(m, 0)
		if math.Abs(got-want) > 1e-5*want {
			t.Errorf("%s: %g m³, as a footprint %g", name, got, want)
		}
		if b.base != 0 || b.top != 21 {
			t.Errorf("%s: from %g to %g m", name, b.base, b.top)
		}
		checkFaces(t, name, m)
	}
}

func TestAStrictClientFindsNothingWrongInSolids(t *testing.T) {
	plain := town(600, 11)
	all := clothed(plain)
	s, footprints := New(city, noon), New(city, noon)
	s.Put(noon, all...)
	footprints.Put(noon, plain...)
	verified(t, s, verify.Options{Sums: sums(footprints, plain)})
}

func TestSolidsThatAreNoneAreLeftOutWithAReason(t *testing.T) {
	f := square(105.7, 34.5, 20, 12)
	tests := []struct{ text, why string }{
		{"a cube", "a solid has heights"},
		{"TIN Z (((105 34 0,105.5 34.0 0,105.2 34.0 0)))", "none of its faces has an area"},
	}
	for _, test := range tests {
		s := New(city, noon)
		s.Put(noon, building("a", f, map[string]any{"solid": test.text, "height": 3.0}))
		a := s.Account()
		if a.Bodies != 0 || len(a.LeftOut) != 1 || !strings.Contains(fmt.Sprint(a.LeftOut), test.why) {
			t.Errorf("%s: %d bodies, left out %v", test.text, a.Bodies, a.LeftOut)
		}
	}
}

func FuzzFaces(f *testing.F) {
	f.Add(prism(square(105.7, 34.5, 20, 12), 0, 9, 1).WKT(), uint64(1))
	f.Add("TIN Z (((105.7 34.5 0,105.7001 34.5 0,105.7 34.5001 9)))", uint64(2))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		if given, err := solid.Parse(text); err == nil { // shaken: faces that are not plane, points on each other
			random := rand.New(rand.NewPCG(seed, 3))
			for _, face := range given {
				for _, ring := range face {
					ring[random.IntN(len(ring))][random.IntN(3)] += random.NormFloat64() * 1e-4
				}
			}
			text = given.WKT()
		}
		s := New(city, noon)
		s.Put(noon, building("a", square(105.7, 34.5, 20, 12), map[string]any{"solid": text}))
		if top, any := s.tree.top(); any {
			if _, err := s.Tileset(nil); err != nil {
				t.Fatal(err)
			}
			for id := range s.tree.cells {
				if _, err := s.Content(nil, id, Look{}); err != nil {
					t.Fatal(top, err)
				}
			}
		}
	})
}
