package main

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// tiles cuts tiles of all layers that were imported, as the server does.
func (r rig) tiles(t *testing.T, files []realFile) {
	defs := r.sync(t)
	began := time.Now()
	w := bareWorld(r.store, 1<<20)
	if err := w.define(t.Context(), defs); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d features of %d layers are in memory after %v", w.count(), len(defs.Layers()), time.Since(began).Round(time.Millisecond))
	for _, f := range files {
		t.Run("tiles/"+f.layer, func(t *testing.T) { checkTiles(t, w, f.layer) })
	}
}

// mostTiles is how many tiles may show a whole layer.
const mostTiles = 600

func checkTiles(t *testing.T, w *world, layer string) {
	l, _ := w.catalogue().Layer(layer)
	stat, err := w.store.Stat(t.Context(), layer)
	if err != nil {
		t.Fatal(err)
	}
	c := cutter{t: t, layer: layer}
	if c.src, err = w.source([]string{layer}); err != nil {
		t.Fatal(err)
	}
	for id := range tiles.Cover(stat.Bound, l.MinZoom).IDs() {
		if c.cut(id); c.tiles > mostTiles/4 {
			break
		}
	}
	for zoom := uint8(12); zoom <= 16; zoom++ {
		for id := range around(stat.Bound.Center(), zoom).IDs() {
			c.cut(id)
		}
	}
	zoom := min(l.MaxZoom, 16)
	for tiles.Cover(stat.Bound, zoom).Count() > mostTiles {
		zoom--
	}
	all := map[string]bool{}
	for id := range tiles.Cover(stat.Bound, zoom).IDs() {
		maps.Copy(all, c.cut(id))
	}
	want := idsOf(t, w.store, layer)
	tiny := missing(want, all)
	for _, id := range tiny[:min(len(tiny), 10)] {
		c.showsClose(w.store, id)
	}
	if extra := missing(all, want); len(extra) > 0 || len(tiny) > 3 {
		t.Errorf("tiles of zoom %d show %d features, the store has %d: %.10v are missing, %.10v too many", zoom, len(all), len(want), tiny, extra)
	}
	t.Logf("%d tiles, %d of %d features on zoom %d", c.tiles, len(all), len(want), zoom)
}

// around is the tile of a place and those beside it.
func around(p orb.Point, zoom uint8) tiles.Range {
	at := tiles.Project(p).At(zoom)
	return tiles.Range{Z: zoom, MinX: at.X - 1, MinY: at.Y - 1, MaxX: at.X + 1, MaxY: at.Y + 1}
}

// missing are those that are in one set and not in the other.
func missing(want, have map[string]bool) (ids []string) {
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if !have[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

// A cutter cuts tiles of one layer and checks each.
type cutter struct {
	t     *testing.T
	src   tiles.Source
	layer string
	tiles int
}

// cut gives the ids of the features on a tile.
func (c *cutter) cut(id tiles.ID) map[string]bool {
	c.t.Helper()
	c.tiles++
	tile, err := c.src.Tile(c.t.Context(), tiles.Request{ID: id})
	if err != nil {
		c.t.Fatal(err)
	}
	if len(tile.Data) == 0 {
		return nil
	}
	if err := mvt.Check(tile.Data); err != nil {
		c.t.Fatalf("tile %v: %v", id, err)
	}
	decoded, err := mvt.Decode(tile.Data)
	if err != nil {
		c.t.Fatalf("tile %v: %v", id, err)
	}
	ids := map[string]bool{}
	for _, l := range decoded {
		if l.Name != c.layer && l.Name != c.layer+layers.LabelSuffix {
			c.t.Fatalf("tile %v has a layer %q", id, l.Name)
		}
		for _, f := range l.Features {
			ids[textID(f)] = ids[textID(f)] || l.Name == c.layer
		}
	}
	maps.DeleteFunc(ids, func(_ string, shape bool) bool { return !shape })
	return ids
}

// nearest is the zoom of which a unit of a tile's grid is 4 cm.
const nearest = 20

// showsClose requires that a feature which a zoom does not show is only too small for it.
func (c *cutter) showsClose(from layers.Reader, id string) {
	c.t.Helper()
	f, err := from.Feature(c.t.Context(), c.layer, id)
	if err != nil {
		c.t.Fatal(err)
	}
	for tile := range tiles.Cover(f.Geometry.Bound(), nearest).IDs() {
		if c.cut(tile)[id] {
			c.t.Logf("%s is smaller than a unit of the grid: it shows on %v", id, tile)
			return
		}
	}
	c.t.Errorf("%s shows on no tile: %v", id, f.Geometry)
}

// textID is the id of a feature as clients find it.
func textID(f mvt.Feature) string {
	if id, ok := f.Properties["id"].(string); ok {
		return id
	}
	return fmt.Sprint(f.ID)
}
