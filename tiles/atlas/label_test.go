package atlas_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/atlas"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// A wide district lies on many tiles of a zoom; its name stands on one of them, once.
func TestEachPolygonHasOneLabelOnEachZoom(t *testing.T) {
	l := atlas.New(atlas.Spec{Name: "d", MaxZoom: 16, Simplify: atlas.Shared, Labels: true, Fields: []atlas.Field{{Name: "name", Kind: atlas.Text}}}, time.Now())
	all := map[string]orb.Bound{}
	for i := range 9 {
		w, s := 105+.1*float64(i%3), 34+.1*float64(i/3)
		b := orb.Bound{Min: orb.Point{w, s}, Max: orb.Point{w + .1, s + .1}}
		id := fmt.Sprint("district ", i)
		all[id] = b
		l.Put(time.Now(), spatial.Feature{ID: id, Version: int64(i + 1), Geometry: b.ToPolygon(), Properties: map[string]any{"name": id}})
	}
	for z := uint8(8); z <= 15; z++ {
		labels, outlines := map[string]int{}, map[string]int{}
		for tile := range tiles.Cover(orb.Bound{Min: orb.Point{105, 34}, Max: orb.Point{105.3, 34.3}}, z).IDs() {
			data := l.Cut(nil, tile, nil)
			if err := mvt.Check(data); err != nil {
				t.Fatalf("%v: %v", tile, err)
			}
			ls, err := orbmvt.Unmarshal(data)
			if err != nil {
				t.Fatal(err)
			}
			for _, layer := range ls {
				layer.ProjectToWGS84(maptile.New(tile.X, tile.Y, maptile.Zoom(tile.Z)))
				for _, f := range layer.Features {
					name := f.Properties["name"].(string)
					if layer.Name == "d" {
						outlines[name]++
						continue
					}
					labels[name]++
					if p, ok := f.Geometry.(orb.Point); !ok || !all[name].Contains(p) || layer.Name != "d"+atlas.LabelSuffix {
						t.Errorf("%v: the label of %s stands at %v on layer %s", tile, name, f.Geometry, layer.Name)
					}
				}
			}
		}
		for name := range all {
			if labels[name] != 1 {
				t.Errorf("zoom %d: %s is labelled %d times on %d tiles", z, name, labels[name], outlines[name])
			}
		}
	}
}

func TestALabelMovesWithItsPolygon(t *testing.T) {
	l := atlas.New(atlas.Spec{Name: "d", MaxZoom: 16, Simplify: atlas.Shared, Labels: true}, time.Now())
	at := func(w float64) orb.Geometry {
		return orb.Bound{Min: orb.Point{w, 34}, Max: orb.Point{w + .01, 34.01}}.ToPolygon()
	}
	for version, w := range []float64{105, 106} {
		l.Put(time.Now(), spatial.Feature{ID: "1", Version: int64(version + 1), Geometry: at(w)})
		ls, err := orbmvt.Unmarshal(l.Cut(nil, tiles.Project(orb.Point{w + .005, 34.005}).At(12), nil))
		if err != nil || len(ls) != 2 || len(ls[1].Features) != 1 {
			t.Errorf("after version %d: %v, %v", version+1, ls, err)
		}
	}
}
