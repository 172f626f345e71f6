package demo_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/peterstace/simplefeatures/geom"

	"github.com/wardmap/wardmap/data/catalogue"
	"github.com/wardmap/wardmap/data/catalogue/demo"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

const seed = 620500 // the one that serve --demo grows

var cities = map[uint64]map[string][]spatial.Feature{}

// grow collects a city by layer, once for all tests.
func grow(seed uint64) map[string][]spatial.Feature {
	if c, ok := cities[seed]; ok {
		return c
	}
	c := map[string][]spatial.Feature{}
	for layer, f := range demo.Features(seed) {
		c[layer] = append(c[layer], f)
	}
	cities[seed] = c
	return c
}

func TestTheCityHasWhatWasAskedFor(t *testing.T) {
	want := map[string][2]int{
		"landuse": {500, 3000}, "water": {15, 80}, "railways": {8, 60}, "buildings": {19500, 20500}, "roads": {3800, 5600}, "places": {60, 200},
		"districts": {2, 2}, "townships": {20, 24}, "station_areas": {25, 40}, "beats": {115, 125}, "checkpoints": {240, 400},
		"police_stations": {40, 80}, "schools": {80, 80}, "hospitals": {25, 25}, "banks": {120, 120}, "protected_sites": {35, 60},
		"entrances": {150, 500}, "key_points": {80, 200}, "site_zones": {20, 80}, "site_inspections": {35, 60}, "floors": {800, 4000}, "bus_routes": {38, 42}, "bus_stops": {180, 700}, "cameras": {2000, 2000}, "camera_views": {2000, 2000},
		"terminals": {80, 300}, "no_dog_zones": {100, 160}, "dog_registrations": {3000, 3000}, "incidents": {12, 48}, "run_cards": {8, 8},
		"roster": {500, 500}, "fences": {35, 60},
	}
	for _, s := range []uint64{seed, 1} {
		got := grow(s)
		for layer, span := range want {
			if n := len(got[layer]); n < span[0] || n > span[1] {
				t.Errorf("seed %d: layer %s has %d features, want %d to %d", s, layer, n, span[0], span[1])
			}
		}
		for layer := range got {
			if _, ok := want[layer]; !ok {
				t.Errorf("seed %d: layer %s is not expected", s, layer)
			}
		}
	}
}

// named are layers in which every feature has a name.
var named = []string{"beats", "schools", "hospitals", "banks", "cameras", "bus_stops", "bus_routes", "places", "districts", "townships", "police_stations"}

func TestEveryFeatureFitsItsDefinition(t *testing.T) {
	c, problems := layers.Load(catalogue.Files)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for layer, fs := range grow(seed) {
		l, ok := c.Layer(layer)
		if !ok {
			t.Fatalf("the catalogue has no layer %s", layer)
		}
		ids := map[string]bool{}
		for _, f := range fs {
			if _, ps := layers.CheckFeature(l, f); len(ps) > 0 {
				t.Fatalf("%s/%s: %v", layer, f.ID, ps)
			}
			if ids[f.ID] {
				t.Errorf("%s/%s stands there twice", layer, f.ID)
			}
			ids[f.ID] = true
			if name, _ := f.Properties[l.Label].(string); name == "" && slices.Contains(named, layer) {
				t.Errorf("%s/%s has no name", layer, f.ID)
			}
		}
	}
}

func TestEveryGeometryIsValid(t *testing.T) {
	for _, s := range []uint64{seed, 1, 2} {
		for layer, fs := range grow(s) {
			for i, f := range fs {
				if s != seed && layer == "buildings" && i%10 != 0 || f.Geometry.Dimensions() == 0 {
					continue // a sample of the others' buildings; points are checked with the definitions
				}
				if _, err := shape(f); err != nil {
					t.Errorf("seed %d: %s/%s: %v", s, layer, f.ID, err)
				}
			}
		}
	}
}

// shape is the feature's geometry for the oracle, which refuses what is not valid.
func shape(f spatial.Feature) (geom.Geometry, error) {
	b, err := wkb.Marshal(f.Geometry)
	if err != nil {
		return geom.Geometry{}, err
	}
	return geom.UnmarshalWKB(b)
}

func TestTheSameSeedGivesTheSameCity(t *testing.T) {
	again := map[string][]spatial.Feature{}
	for layer, f := range demo.Features(seed) {
		again[layer] = append(again[layer], f)
	}
	if a, b := hash(grow(seed)), hash(again); a != b {
		t.Errorf("two cities of seed %d differ: %s, %s", seed, a, b)
	}
	if a, b := hash(again), hash(grow(1)); a == b {
		t.Error("the cities of two seeds are the same")
	}
}

func hash(city map[string][]spatial.Feature) string {
	h := sha256.New()
	for _, layer := range slices.Sorted(maps.Keys(city)) {
		for _, f := range city[layer] {
			g, _ := wkb.Marshal(f.Geometry)
			fmt.Fprint(h, layer, f.ID, f.Owner, f.Source)
			h.Write(g)
			for _, name := range slices.Sorted(maps.Keys(f.Properties)) {
				fmt.Fprint(h, name, f.Properties[name])
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestAReaderMayStopEarly(t *testing.T) {
	n := 0
	for range demo.Features(seed) {
		if n++; n == 10 {
			break
		}
	}
}

func TestTheStreetsAreOneNetwork(t *testing.T) {
	for _, s := range []uint64{seed, 1, 2} {
		root := map[orb.Point]orb.Point{}
		var find func(p orb.Point) orb.Point
		find = func(p orb.Point) orb.Point {
			if q, ok := root[p]; ok && q != p {
				root[p] = find(q)
				return root[p]
			}
			root[p] = p
			return p
		}
		for _, f := range grow(s)["roads"] {
			l := f.Geometry.(orb.LineString)
			root[find(l[0])] = find(l[len(l)-1])
		}
		parts := map[orb.Point]int{}
		for p := range root {
			parts[find(p)]++
		}
		if len(parts) != 1 {
			t.Errorf("seed %d: the road network has %d parts, want 1: %v", s, len(parts), slices.Sorted(maps.Values(parts)))
		}
	}
}

func BenchmarkFeatures(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for range demo.Features(seed) {
			n++
		}
		b.ReportMetric(float64(n), "features")
	}
}
