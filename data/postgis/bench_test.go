package postgis

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/postgis/pgtest"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
)

var sample = storetest.Layer("sample", layers.AnyKind)

func synced(t testing.TB, ls ...layers.Layer) *Store {
	t.Helper()
	s := open(t, pgtest.URL(t))
	t.Cleanup(func() { s.Close() })
	if err := s.Sync(context.Background(), ls); err != nil {
		t.Fatal(err)
	}
	return s
}

// puts makes a batch of features with seven properties, points and buildings by halves.
func puts(rng *rand.Rand, from, n int) []layers.Edit {
	edits := make([]layers.Edit, n)
	for i := range edits {
		f := storetest.RandomFeature(rng, sample)
		f.ID = fmt.Sprintf("f%08d", from+i)
		at := orb.Point{105.5 + rng.Float64()*.5, 34.4 + rng.Float64()*.4}
		if f.Geometry = at; i%2 == 0 {
			f.Geometry = orb.Polygon{{at, {at[0] + .0003, at[1]}, {at[0] + .0003, at[1] + .0002}, {at[0] + .0001, at[1] + .0002}, {at[0], at[1] + .0001}, at}}
		}
		edits[i] = layers.Edit{Op: layers.Put, Layer: "sample", Feature: f}
	}
	return edits
}

func apply(t testing.TB, s *Store, edits ...layers.Edit) []layers.Change {
	t.Helper()
	changes, err := s.Apply(context.Background(), edits)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func perSecond(b *testing.B, features int) {
	b.ReportMetric(float64(features)*float64(b.N)/b.Elapsed().Seconds(), "features/s")
}

func BenchmarkApply(b *testing.B) {
	for _, n := range []int{1, 100, 1000, 5000} {
		b.Run(fmt.Sprintf("new=%d", n), func(b *testing.B) {
			s, rng := synced(b, sample), rand.New(rand.NewPCG(1, 1))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				edits := puts(rng, i*n, n)
				b.StartTimer()
				apply(b, s, edits...)
			}
			perSecond(b, n)
		})
	}
	for _, kind := range []string{"changed", "unchanged"} {
		b.Run(kind+"=5000", func(b *testing.B) {
			s, rng := synced(b, sample), rand.New(rand.NewPCG(2, 1))
			edits := puts(rng, 0, 5000)
			apply(b, s, edits...)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if kind == "changed" {
					for j := range edits {
						edits[j].Feature.Owner = fmt.Sprint(i)
					}
				}
				apply(b, s, edits...)
			}
			perSecond(b, len(edits))
		})
	}
}

// filled is a store with n features.
func filled(b *testing.B, n int) *Store {
	s, rng := synced(b, sample), rand.New(rand.NewPCG(3, 1))
	for from := 0; from < n; from += 5000 {
		apply(b, s, puts(rng, from, min(5000, n-from))...)
	}
	return s
}

func BenchmarkScan(b *testing.B) {
	const n = 100_000
	s := filled(b, n)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Scan(context.Background(), "sample", func(spatial.Feature) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b, n)
}

func BenchmarkPage(b *testing.B) {
	s, rng := filled(b, 100_000), rand.New(rand.NewPCG(4, 1))
	for _, size := range []float64{.003, .03} {
		b.Run(fmt.Sprintf("box=%g", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				at := orb.Point{105.5 + rng.Float64()*.45, 34.4 + rng.Float64()*.35}
				q := layers.Query{Bounds: []orb.Bound{{Min: at, Max: orb.Point{at[0] + size, at[1] + size}}}}
				if _, err := s.Features(context.Background(), "sample", q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
