package shape_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/spatial/shape"
)

func TestPole(t *testing.T) {
	tests := []struct {
		name string
		g    orb.Geometry
		want orb.Point
		near float64
	}{
		{"a square", orb.Polygon{{{0, 0}, {4, 0}, {4, 4}, {0, 4}, {0, 0}}}, orb.Point{2, 2}, .05},
		{"an L: in its corner, not in its middle", orb.Polygon{{{0, 0}, {10, 0}, {10, 2}, {2, 2}, {2, 10}, {0, 10}, {0, 0}}}, orb.Point{1.17, 1.17}, .2},
		{"a ring: not in the hole", orb.Polygon{{{0, 0}, {9, 0}, {9, 9}, {0, 9}, {0, 0}}, {{1, 1}, {1, 8}, {5, 8}, {5, 1}, {1, 1}}}, orb.Point{7, 4.5}, 2.6},
		{"the larger part", orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}}}, {{{10, 0}, {14, 0}, {14, 4}, {10, 4}, {10, 0}}}}, orb.Point{12, 2}, .05},
		{"at 60 degrees a degree of longitude is half as long", orb.Polygon{{{0, 59}, {4, 59}, {4, 61}, {0, 61}, {0, 59}}}, orb.Point{2, 60}, .05},
	}
	for _, test := range tests {
		got, ok := shape.Pole(test.g)
		if d := math.Hypot(got[0]-test.want[0], got[1]-test.want[1]); !ok || d > test.near {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	for _, g := range []orb.Geometry{orb.Point{1, 1}, orb.LineString{{0, 0}, {1, 1}}, orb.Polygon{}, orb.MultiPolygon{}} {
		if at, ok := shape.Pole(g); ok {
			t.Errorf("%v has the pole %v", g, at)
		}
	}
}

func TestThePoleLiesInside(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	for round := range 500 {
		var ring orb.Ring
		n := 3 + rng.IntN(30)
		for i := range n {
			angle, r := 2*math.Pi*float64(i)/float64(n), .05+rng.Float64()
			ring = append(ring, orb.Point{105 + r*math.Cos(angle), 34 + r*math.Sin(angle)})
		}
		ring = append(ring, ring[0])
		if at, ok := shape.Pole(orb.Polygon{ring}); !ok || !planar.RingContains(ring, at) {
			t.Fatalf("round %d: %v is outside of %v", round, at, ring)
		}
	}
}

func BenchmarkPole(b *testing.B) {
	var ring orb.Ring
	for i := range 200 {
		angle, r := 2*math.Pi*float64(i)/200, 1+.3*math.Sin(float64(i))
		ring = append(ring, orb.Point{r * math.Cos(angle), r * math.Sin(angle)})
	}
	ring = append(ring, ring[0])
	for b.Loop() {
		shape.Pole(orb.Polygon{ring})
	}
}
