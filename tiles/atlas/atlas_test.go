package atlas_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/atlas"
	"github.com/wardmap/wardmap/tiles/mvt"
)

var (
	noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	spec = atlas.Spec{Name: "units", MinZoom: 4, MaxZoom: 14, Fields: []atlas.Field{
		{Name: "kind", Kind: atlas.Text}, {Name: "speed", Kind: atlas.Number}, {Name: "crew", Kind: atlas.Integer}, {Name: "free", Kind: atlas.Boolean},
	}}
	tianshui = orb.Point{105.72, 34.58}
)

func unit(id string, version int64, at orb.Geometry, props map[string]any) spatial.Feature {
	return spatial.Feature{ID: id, Version: version, Geometry: at, Properties: props}
}

// decode cuts a tile and reads it.
func decode(t testing.TB, l *atlas.Layer, id tiles.ID) []mvt.Feature {
	t.Helper()
	data := l.Cut(nil, id)
	if err := mvt.Check(data); err != nil {
		t.Fatalf("tile %v: %v", id, err)
	}
	layers, err := mvt.Decode(data)
	if err != nil {
		t.Fatalf("tile %v: %v", id, err)
	}
	if len(layers) == 0 {
		return nil
	}
	return layers[0].Features
}

func TestAPointComesOutAsItWentIn(t *testing.T) {
	l := atlas.New(spec, noon)
	dirty := l.Put(noon, unit("12", 1, tianshui, map[string]any{"kind": "car", "speed": 40.0, "crew": int64(2), "free": true, "secret": "x"}))
	if len(dirty) != 1 || !dirty[0].Contains(tianshui) {
		t.Fatalf("dirty is %v", dirty)
	}
	id := tiles.Project(tianshui).At(10)
	got := decode(t, l, id)
	if len(got) != 1 || got[0].ID != 12 || fmt.Sprint(got[0].Properties) != "map[crew:2 free:true kind:car speed:40]" {
		t.Fatalf("got %+v", got)
	}
	if _, isFloat := got[0].Properties["speed"].(float64); !isFloat {
		t.Fatalf("speed is a %T", got[0].Properties["speed"])
	}
	w := tiles.Project(tianshui)
	want := [2]int32{int32(w.X>>10 - id.X<<12), int32(w.Y>>10 - id.Y<<12)}
	if got[0].Parts[0][0] != want {
		t.Fatalf("it lies at %v, want %v", got[0].Parts[0], want)
	}
	if len(l.Cut(nil, tiles.ID{Z: 3, X: 6, Y: 3})) != 0 {
		t.Fatal("it shows below the first zoom")
	}
}

func TestNewsInAnyOrderGiveTheLastState(t *testing.T) {
	old, young := unit("a-1", 1, tianshui, map[string]any{"kind": "car"}), unit("a-1", 3, tianshui, map[string]any{"kind": "van"})
	id := tiles.Project(tianshui).At(12)
	tests := []struct {
		name string
		do   func(l *atlas.Layer)
		want []string
	}{
		{"young wins", func(l *atlas.Layer) { l.Put(noon, old); l.Put(noon, young) }, []string{"van"}},
		{"late news are not believed", func(l *atlas.Layer) { l.Put(noon, young); l.Put(noon, old) }, []string{"van"}},
		{"removed", func(l *atlas.Layer) { l.Put(noon, old); l.Remove("a-1", 2) }, nil},
		{"removed before it came", func(l *atlas.Layer) { l.Remove("a-1", 2); l.Put(noon, old) }, nil},
		{"removed and made again", func(l *atlas.Layer) { l.Put(noon, old); l.Remove("a-1", 2); l.Put(noon, young) }, []string{"van"}},
		{"late removal", func(l *atlas.Layer) { l.Put(noon, young); l.Remove("a-1", 2) }, []string{"van"}},
		{"loaded beside", func(l *atlas.Layer) {
			l.Put(noon, young)
			l.Load(slices.Values([]spatial.Feature{old}))
		}, []string{"van"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := atlas.New(spec, noon)
			tt.do(l)
			var got []string
			for _, f := range decode(t, l, id) {
				got = append(got, f.Properties["kind"].(string))
				if f.Properties["id"] != "a-1" {
					t.Errorf("the text id is %v", f.Properties["id"])
				}
			}
			if !slices.Equal(got, tt.want) || l.Count() != len(tt.want) {
				t.Fatalf("got %v, want %v; count %d", got, tt.want, l.Count())
			}
		})
	}
}
