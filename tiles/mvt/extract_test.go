package mvt_test

import (
	"bytes"
	"testing"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/tiles/mvt"
)

func twoLayers(tb testing.TB) []byte {
	tb.Helper()
	var both []byte
	for _, name := range []string{"roads", "water"} {
		f := geojson.NewFeature(orb.Point{10, 20})
		f.Properties["of"] = name
		data, err := orbmvt.Marshal(orbmvt.Layers{{Name: name, Version: 2, Extent: 4096, Features: []*geojson.Feature{f}}})
		if err != nil {
			tb.Fatal(err)
		}
		both = append(both, data...)
	}
	return both
}

func TestExtractTakesOneLayerUnderAnotherName(t *testing.T) {
	out, err := mvt.Extract([]byte(nil), twoLayers(t), "water", "rivers")
	if err != nil {
		t.Fatal(err)
	}
	ls, err := orbmvt.Unmarshal(out)
	if err != nil || len(ls) != 1 || ls[0].Name != "rivers" || ls[0].Features[0].Properties["of"] != "water" {
		t.Errorf("got %v, %v", ls, err)
	}
	if out, err := mvt.Extract([]byte("x"), twoLayers(t), "dogs", "dogs"); err != nil || string(out) != "x" {
		t.Errorf("a layer that is not there gave %q, %v", out, err)
	}
}

func TestExtractNamesWhereATileIsBroken(t *testing.T) {
	whole := twoLayers(t)
	for cut := 1; cut < len(whole)/2; cut++ {
		if _, err := mvt.Extract(nil, whole[:cut], "roads", "roads"); err == nil && cut < len(whole)/2 {
			t.Fatalf("a tile cut at byte %d passed", cut)
		}
	}
}

func FuzzExtract(f *testing.F) {
	f.Add(twoLayers(f))
	f.Fuzz(func(t *testing.T, tile []byte) {
		out, err := mvt.Extract([]byte("keep"), tile, "roads", "roads")
		if err == nil && !bytes.HasPrefix(out, []byte("keep")) {
			t.Error("what stood before is gone")
		}
	})
}
