package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/gpkg"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
)

// realData is the path of a real dataset; the benchmark or test is skipped where it is absent.
func realData(tb testing.TB, name string) string {
	tb.Helper()
	dir := os.Getenv("WARDMAP_REALDATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("real data %s is not here (WARDMAP_REALDATA names its folder)", name)
	}
	return path
}

// BenchmarkImport is the whole way of a file into the embedded store: read, fit, repair, check, write, sync.
func BenchmarkImport(b *testing.B) {
	for _, one := range []struct{ name, file string }{
		{"points-geojson", "10_poi/dc_crime-incidents-last-30-days.geojson.gz"},
		{"lines-geojsonl", "02_3d/nyc_roads.geojsonl.gz"},
		{"buildings-geojsonl", "02_3d/nyc_south_buildings_heights.geojsonl.gz"},
		{"districts-geojson", "05_geofence/dc_police-service-areas-psa.geojson.gz"},
		{"csv", ""},
	} {
		b.Run(one.name, func(b *testing.B) {
			path, args := benchFile(b, one.file), []string{"--create", "--quiet"}
			if one.file == "" {
				args = append(args, "--crs", "WGS84", "--key", "id")
			}
			n := int64(0)
			for b.Loop() {
				dir := b.TempDir()
				if err := run(b.Context(), append([]string{"import", path, "--layer", "bench", "--data", dir}, args...), io.Discard); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				n += counted(b, dir)
				b.StartTimer()
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "features/s")
		})
	}
}

func benchFile(b *testing.B, name string) string {
	if name != "" {
		return realData(b, name)
	}
	path := filepath.Join(b.TempDir(), "points.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	fmt.Fprintln(f, "id,lon,lat,kind,height")
	for i := range 50_000 {
		fmt.Fprintf(f, "p%d,%.7f,%.7f,kind %d,%d\n", i, 105.6+float64(i%500)*.0005, 34.5+float64(i/500)*.0005, i%7, i%40)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

func counted(b *testing.B, dir string) int64 {
	defs, store, err := open(b.Context(), config{Data: dir})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	if _, ok := defs.Layer("bench"); !ok {
		b.Fatal("the layer was not made")
	}
	stat, err := store.Stat(b.Context(), "bench")
	if err != nil {
		b.Fatal(err)
	}
	return stat.Count
}

// BenchmarkColdStart opens a store and reads everything until tiles can be served.
func BenchmarkColdStart(b *testing.B) {
	b.Run("nyc=116390", func(b *testing.B) {
		dir := b.TempDir()
		for layer, file := range map[string]string{"nyc_buildings": "02_3d/nyc_south_buildings_heights.geojsonl.gz", "nyc_roads": "02_3d/nyc_roads.geojsonl.gz"} {
			args := []string{"import", realData(b, file), "--layer", layer, "--create", "--quiet", "--data", dir}
			if err := run(b.Context(), args, io.Discard); err != nil {
				b.Fatal(err)
			}
		}
		startCold(b, dir)
	})
	b.Run("features=500000", func(b *testing.B) {
		dir := b.TempDir()
		fillStore(b, dir, 500_000)
		startCold(b, dir)
	})
}

func startCold(b *testing.B, dir string) {
	n := 0
	var held uint64
	for b.Loop() {
		b.StopTimer()
		before := heap()
		b.StartTimer()
		defs, store, err := open(b.Context(), config{Data: dir})
		if err != nil {
			b.Fatal(err)
		}
		w := bareWorld(store, 1<<20)
		if err := w.define(b.Context(), defs); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		held += heap() - before
		n += w.count()
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "features/s")
	b.ReportMetric(float64(held)/float64(n), "bytes/feature")
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// fillStore writes points and small buildings, half of each, into the built-in layers.
func fillStore(b *testing.B, dir string, n int) {
	defs, store, err := open(b.Context(), config{Data: dir})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	_ = defs
	rng := rand.New(rand.NewPCG(1, 2))
	const batch = 5000
	for done := 0; done < n; done += batch {
		edits := make([]layers.Edit, batch)
		for i := range edits {
			id := fmt.Sprint(done + i)
			p := orb.Point{105.5 + rng.Float64()*.5, 34.4 + rng.Float64()*.3}
			edits[i] = layers.Edit{Op: layers.Create, Layer: "bus_stops", Feature: spatial.Feature{ID: id, Geometry: p, Properties: map[string]any{"name": "站 " + id}}}
			if i%2 == 0 {
				const w, h = .0002, .00015
				ring := orb.Ring{p, {p[0] + w, p[1]}, {p[0] + w, p[1] + h}, {p[0], p[1] + h}, p}
				edits[i].Layer, edits[i].Feature.Geometry = "buildings", orb.Polygon{ring}
				edits[i].Feature.Properties = map[string]any{"height": 3 + float64(i%90)}
			}
		}
		if _, err := store.Apply(b.Context(), edits); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFreshTile asks for a tile of the demo-like store with and without the cache.
func BenchmarkFreshTile(b *testing.B) {
	dir := b.TempDir()
	fillStore(b, dir, 50_000)
	store, err := gpkg.Open(b.Context(), filepath.Join(dir, "wardmap.gpkg"))
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	for _, cache := range []int64{0, 64 << 20} {
		w := bareWorld(store, cache)
		defs, err := load("")
		if err != nil {
			b.Fatal(err)
		}
		if err := w.define(b.Context(), defs); err != nil {
			b.Fatal(err)
		}
		src, err := w.source([]string{"buildings", "bus_stops"})
		if err != nil {
			b.Fatal(err)
		}
		id := tiles.Project(orb.Point{105.75, 34.55}).At(14)
		for _, coding := range []tiles.Encoding{tiles.Identity, tiles.Gzip} {
			b.Run(fmt.Sprintf("cache=%v/as=%s", cache > 0, coding), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					t, err := src.Tile(b.Context(), tiles.Request{ID: id, Encoding: coding})
					if err != nil {
						b.Fatal(err)
					}
					b.SetBytes(int64(len(t.Data)))
				}
			})
		}
	}
}
