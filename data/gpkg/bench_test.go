package gpkg

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
)

// city makes n features of a layer with three properties each, like most real ones.
func city(l layers.Layer, n int) []spatial.Feature {
	rng := rand.New(rand.NewPCG(1, 1))
	fs := make([]spatial.Feature, n)
	for i := range fs {
		fs[i] = storetest.RandomFeature(rng, l)
		fs[i].ID = fmt.Sprint(rng.Int64N(1<<40)<<20 + int64(i))
		fs[i].Effective = spatial.Validity{}
		for !single(fs[i].Geometry) {
			fs[i].Geometry = storetest.RandomGeometry(rng, l.Kind)
		}
		for _, name := range []string{"note", "since", "seen", "active"} {
			delete(fs[i].Properties, name)
		}
	}
	return fs
}

func single(g orb.Geometry) bool {
	switch g.(type) {
	case orb.Point, orb.LineString, orb.Polygon:
		return true
	}
	return false
}

func fill(b *testing.B, s *Store, l layers.Layer, fs []spatial.Feature) {
	b.Helper()
	if err := s.Sync(b.Context(), []layers.Layer{l}); err != nil {
		b.Fatal(err)
	}
	for i := 0; i < len(fs); i += 5000 {
		if _, err := s.Apply(b.Context(), edits(layers.Create, l.ID, fs[i:min(i+5000, len(fs))])); err != nil {
			b.Fatal(err)
		}
	}
}

func edits(op layers.Op, layer string, fs []spatial.Feature) []layers.Edit {
	es := make([]layers.Edit, len(fs))
	for i, f := range fs {
		es[i] = layers.Edit{Op: op, Layer: layer, Feature: f}
	}
	return es
}

func perSecond(b *testing.B, n int) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "features/s")
}

func BenchmarkApply(b *testing.B) {
	for _, kind := range []layers.Kind{layers.PointKind, layers.PolygonKind} {
		for _, size := range []int{1, 1000, 5000} {
			for _, op := range []layers.Op{layers.Create, layers.Put, layers.Replace} {
				b.Run(fmt.Sprintf("%s/%s/batch=%d", kind, op, size), func(b *testing.B) {
					s := open(b, filepath.Join(b.TempDir(), "b.gpkg"))
					defer s.Close()
					l := storetest.Layer("things", kind)
					all := city(l, 50_000)
					fill(b, s, l, all)
					b.ReportAllocs()
					for i := 0; b.Loop(); i++ {
						fs := all[(i*size)%(len(all)-size+1):][:size]
						es := edits(op, l.ID, fs)
						if op == layers.Create {
							for k := range es {
								es[k].Feature.ID = fmt.Sprintf("%d-%d", i, k)
							}
						}
						if _, err := s.Apply(b.Context(), es); err != nil {
							b.Fatal(err)
						}
					}
					perSecond(b, size)
				})
			}
		}
	}
}

func BenchmarkScan(b *testing.B) {
	for _, kind := range []layers.Kind{layers.PointKind, layers.PolygonKind} {
		b.Run(string(kind), func(b *testing.B) {
			const n = 100_000
			s := open(b, filepath.Join(b.TempDir(), "b.gpkg"))
			defer s.Close()
			l := storetest.Layer("things", kind)
			fill(b, s, l, city(l, n))
			b.ReportAllocs()
			for b.Loop() {
				seen := 0
				if err := s.Scan(b.Context(), l.ID, func(spatial.Feature) error { seen++; return nil }); err != nil || seen != n {
					b.Fatal(seen, err)
				}
			}
			perSecond(b, n)
		})
	}
}

func BenchmarkFeatures(b *testing.B) {
	const n = 200_000
	s := open(b, filepath.Join(b.TempDir(), "b.gpkg"))
	defer s.Close()
	l := storetest.Layer("things", layers.PolygonKind)
	fs := city(l, n)
	fill(b, s, l, fs)
	box := func(r float64) []orb.Bound { return []orb.Bound{storetest.Middle.Bound().Pad(r)} } // of a square of 1.8 degrees
	for _, q := range []struct {
		name string
		q    layers.Query
	}{
		{"all", layers.Query{}}, {"box of 1 percent", layers.Query{Bounds: box(.1)}}, {"box of 30 percent", layers.Query{Bounds: box(.5)}},
		{"box of all", layers.Query{Bounds: box(5)}}, {"where", layers.Query{Where: map[string]any{"number": int64(7)}}},
	} {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				q.q.After = fs[i%n].ID[:3]
				if _, err := s.Features(b.Context(), l.ID, q.q); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(q.name+", first time", func(b *testing.B) {
			for b.Loop() {
				clear(s.counts)
				if _, err := s.Features(b.Context(), l.ID, q.q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
