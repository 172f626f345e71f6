package tally_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/tally"
)

// star is a ring of n corners around a point, at random distances.
func star(r *rand.Rand, at orb.Point, n int, size float64) orb.Ring {
	var ring orb.Ring
	for i := range n {
		d, angle := size*(0.3+0.7*r.Float64()), 2*math.Pi*float64(i)/float64(n)
		ring = append(ring, orb.Point{at[0] + d*math.Cos(angle), at[1] + d*math.Sin(angle)})
	}
	return append(ring, ring[0])
}

// TestPlacesAreFoundAsByLookingAtAll holds the strips against spatial.Intersects, which is exact.
func TestPlacesAreFoundAsByLookingAtAll(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		var areas []orb.Geometry
		for range 1 + r.IntN(20) {
			at := orb.Point{105 + r.Float64(), 34 + r.Float64()}
			p := orb.Polygon{star(r, at, 3+r.IntN(300), 0.3)}
			if r.IntN(2) == 0 {
				p = append(p, star(r, at, 5, 0.05)) // a hole
			}
			if r.IntN(3) == 0 {
				areas = append(areas, orb.MultiPolygon{p, {star(r, orb.Point{107, 34.5}, 7, 0.3)}})
			} else {
				areas = append(areas, p)
			}
		}
		places := tally.NewPlaces(areas)
		for range 1000 {
			at := orb.Point{104.8 + 2.6*r.Float64(), 33.8 + 1.4*r.Float64()}
			want := int32(tally.Outside)
			for i := len(areas) - 1; i >= 0; i-- {
				if spatial.Intersects(orb.Bound{Min: at, Max: at}, areas[i]) {
					want = int32(i)
				}
			}
			if got := places.Find(at); got != want {
				t.Fatalf("seed %d: %v lies in %d, want %d", seed, at, got, want)
			}
		}
	}
}

func TestABorderBelongsToOneSide(t *testing.T) {
	square := func(x, y float64) orb.Geometry {
		return orb.Bound{Min: orb.Point{x, y}, Max: orb.Point{x + 1, y + 1}}.ToPolygon()
	}
	areas := []orb.Geometry{square(0, 0), square(1, 0), square(0, 1), square(1, 1), orb.Point{0.5, 0.5}, nil}
	places := tally.NewPlaces(areas)
	for _, test := range []struct {
		at   orb.Point
		want int32
	}{
		{orb.Point{0.5, 0.5}, 0}, {orb.Point{1, 0.5}, 1}, {orb.Point{0.5, 1}, 2}, {orb.Point{1, 1}, 3}, {orb.Point{0, 0}, 0},
		{orb.Point{2, 0.5}, tally.Outside}, {orb.Point{0.5, 2}, tally.Outside}, {orb.Point{-1, 0.5}, tally.Outside},
	} {
		if got := places.Find(test.at); got != test.want {
			t.Errorf("%v lies in %d, want %d", test.at, got, test.want)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	var areas []orb.Geometry
	for i := range 30 {
		areas = append(areas, orb.Polygon{star(r, orb.Point{105 + float64(i%6), 34 + float64(i/6)}, 5000, 0.7)})
	}
	places := tally.NewPlaces(areas)
	b.ReportAllocs()
	for b.Loop() {
		places.Find(orb.Point{105 + 6*r.Float64(), 34 + 5*r.Float64()})
	}
}
