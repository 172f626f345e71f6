package main

import (
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/postgis/pgtest"
	"github.com/wardmap/wardmap/scenes3d"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
)

// BenchmarkSceneFromPostGIS goes the whole way of the buildings of New York, from rows of the database to the bytes of all
// tiles: what a server does once at its start and a client then asks for.
func BenchmarkSceneFromPostGIS(b *testing.B) {
	c := config{Data: b.TempDir(), Store: pgtest.URL(b)}
	args := []string{"import", realData(b, "02_3d/nyc_south_buildings_heights.geojsonl.gz"), "--layer", "nyc", "--create", "--quiet", "--data", c.Data, "--store", c.Store}
	if err := run(b.Context(), args, io.Discard); err != nil {
		b.Fatal(err)
	}
	defs, store, err := open(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	}()
	l, _ := defs.Layer("nyc")
	bodies, size := 0, 0
	for b.Loop() {
		set := scenes3d.New(sceneSpec(l), time.Now())
		batch := make([]spatial.Feature, 0, 5000)
		if err := store.Scan(b.Context(), "nyc", func(f spatial.Feature) error {
			if batch = append(batch, f); len(batch) == cap(batch) {
				set.Put(time.Now(), batch...)
				batch = batch[:0]
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		set.Put(time.Now(), batch...)
		bodies, size = set.Account().Bodies, allTiles(b, set)
	}
	b.ReportMetric(float64(bodies)*float64(b.N)/b.Elapsed().Seconds(), "buildings/s")
	b.ReportMetric(float64(size)/float64(bodies), "bytes/building")
}

// allTiles builds all tiles of a set on all cores, and gives their size.
func allTiles(b *testing.B, set *scenes3d.Set) (size int) {
	var mu sync.Mutex
	var work sync.WaitGroup
	cells := set.Cells()
	next := make(chan tiles.ID, len(cells))
	for _, id := range cells {
		next <- id
	}
	close(next)
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			var data []byte
			for id := range next {
				var err error
				if data, err = set.Content(data[:0], id, scenes3d.Look{}); err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				size += len(data)
				mu.Unlock()
			}
		})
	}
	work.Wait()
	return size
}
