package demo_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/peterstace/simplefeatures/geom"
	"github.com/peterstace/simplefeatures/rtree"

	"github.com/wardmap/wardmap/data/catalogue"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
)

// index finds the features whose boxes meet a box.
func index(fs []spatial.Feature) *rtree.RTree {
	items := make([]rtree.BulkItem, len(fs))
	for i, f := range fs {
		items[i] = rtree.BulkItem{Box: box(f), RecordID: i}
	}
	return rtree.BulkLoad(items)
}

func box(f spatial.Feature) rtree.Box {
	b := f.Geometry.Bound()
	return rtree.Box{MinX: b.Min[0], MinY: b.Min[1], MaxX: b.Max[0], MaxY: b.Max[1]}
}

func TestNoBuildingStandsOnAStreetInWaterOrInAnother(t *testing.T) {
	c := grow(seed)
	const sample = 11 // every eleventh building
	for _, other := range []string{"buildings", "roads", "railways", "water"} {
		tree := index(c[other])
		shapes := make([]geom.Geometry, len(c[other]))
		bad := 0
		for i := 0; i < len(c["buildings"]); i += sample {
			f := c["buildings"][i]
			mine := mustShape(t, f)
			_ = tree.RangeSearch(box(f), func(j int) error {
				o := c[other][j]
				if other == "buildings" && o.ID == f.ID || o.Properties["tunnel"] == true {
					return nil
				}
				if shapes[j].IsEmpty() {
					shapes[j] = mustShape(t, o)
				}
				if geom.Intersects(mine, shapes[j]) {
					if bad++; bad < 5 {
						t.Errorf("building %s at %s meets %s/%s", f.ID, spatial.At(f.Geometry.Bound().Center()), other, o.ID)
					}
				}
				return nil
			})
		}
		if bad > 0 {
			t.Errorf("%d buildings meet %s", bad, other)
		}
	}
}

func mustShape(t *testing.T, f spatial.Feature) geom.Geometry {
	t.Helper()
	g, err := shape(f)
	if err != nil {
		t.Fatalf("feature %s: %v", f.ID, err)
	}
	return g
}

func TestBeatsTileTheCityAndShareTheirBorders(t *testing.T) {
	beats := grow(seed)["beats"]
	type side [2]orb.Point
	seen := map[side]string{}
	var sum float64
	var shapes []geom.Geometry
	for _, f := range beats {
		sum += planar.Area(f.Geometry)
		g, err := shape(f)
		if err != nil {
			t.Fatalf("beat %s: %v", f.ID, err)
		}
		shapes = append(shapes, g)
		for _, p := range polygonsOf(f.Geometry) {
			for _, r := range p {
				for i := 1; i < len(r); i++ {
					s := side{r[i-1], r[i]}
					if other, twice := seen[s]; twice {
						t.Errorf("beats %s and %s lie on the same side of a border at %s", f.ID, other, spatial.At(r[i]))
					}
					seen[s] = f.ID
				}
			}
		}
	}
	whole, err := geom.UnionMany(shapes)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(whole.Area()-sum) > 1e-9*sum {
		t.Errorf("the beats cover %g together and %g as a union: they overlap", sum, whole.Area())
	}
	if whole.Type() != geom.TypePolygon || whole.MustAsPolygon().NumInteriorRings() != 0 {
		t.Errorf("the union of the beats is a %s, want one polygon without holes: there are gaps", whole.Type())
	}
	var inner, outer float64
	for s := range seen {
		if _, shared := seen[side{s[1], s[0]}]; shared {
			inner += planar.Distance(s[0], s[1])
		} else {
			outer += planar.Distance(s[0], s[1])
		}
	}
	if ring := whole.MustAsPolygon().ExteriorRing().Length(); math.Abs(ring-outer) > 1e-9*ring {
		t.Errorf("sides of beats without a neighbour are %g long, the city's border %g: some borders are not shared exactly", outer, ring)
	}
	if inner < outer {
		t.Errorf("only %g of %g is shared", inner, inner+outer)
	}
}

func polygonsOf(g orb.Geometry) orb.MultiPolygon {
	if p, ok := g.(orb.Polygon); ok {
		return orb.MultiPolygon{p}
	}
	return g.(orb.MultiPolygon)
}

func TestUnitsStandOnBlocksAndCamerasBesideStreets(t *testing.T) {
	c := grow(seed)
	roads := index(c["roads"])
	for _, layer := range []string{"schools", "hospitals", "protected_sites", "banks"} {
		for _, f := range c[layer] {
			mine, _ := shape(f)
			_ = roads.RangeSearch(box(f), func(j int) error {
				if r := c["roads"][j]; r.Properties["class"] != "service" {
					if yours, _ := shape(r); geom.Intersects(mine, yours) {
						t.Errorf("%s/%s lies across road %s", layer, f.ID, r.ID)
					}
				}
				return nil
			})
		}
	}
	for _, f := range c["cameras"] {
		p := f.Geometry.(orb.Point)
		near := math.Inf(1)
		const reach = 0.0006
		_ = roads.RangeSearch(rtree.Box{MinX: p[0] - reach, MinY: p[1] - reach, MaxX: p[0] + reach, MaxY: p[1] + reach}, func(j int) error {
			near = min(near, planar.DistanceFrom(c["roads"][j].Geometry, p))
			return nil
		})
		if near > 0.0004 {
			t.Errorf("camera %s stands %s from the next street", f.ID, fmt.Sprintf("%.0f m", near*1e5))
		}
	}
}

func TestDistrictsAndTownshipsCoverTheSameLand(t *testing.T) {
	c := grow(seed)
	area := func(layer string) (sum float64) {
		for _, f := range c[layer] {
			sum += planar.Area(f.Geometry)
		}
		return sum
	}
	whole := area("districts")
	for _, layer := range []string{"townships", "station_areas"} {
		if got := area(layer); math.Abs(got-whole) > 1e-9*whole {
			t.Errorf("%s cover %g, the districts %g", layer, got, whole)
		}
	}
}

// The survey that editors are warned by finds nothing, not even a sliver, by the rule of the definition itself.
func TestASurveyOfTheBeatsFindsNothing(t *testing.T) {
	defs, problems := layers.Load(catalogue.Files)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	store := new(storetest.Memory)
	if err := store.Sync(t.Context(), defs.Managed()); err != nil {
		t.Fatal(err)
	}
	city := grow(seed)
	surveyed := 0
	for _, l := range defs.Managed() {
		if l.Partition == nil {
			continue
		}
		surveyed++
		var edits []layers.Edit
		for _, layer := range []string{l.ID, l.Partition.Within} {
			for _, f := range city[layer] {
				edits = append(edits, layers.Edit{Op: layers.Put, Layer: layer, Feature: f})
			}
		}
		if _, err := store.Apply(t.Context(), edits); err != nil {
			t.Fatal(err)
		}
		var within layers.Reader
		if l.Partition.Within != "" {
			within = store
		}
		s, err := layers.ReadSurvey(t.Context(), l, store, within)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.At(time.Now())
		if err != nil || len(got.Findings)+got.Slivers > 0 || got.Parts != len(city[l.ID]) {
			t.Errorf("%s: %+v, %v", l.ID, got, err)
		}
	}
	if surveyed == 0 {
		t.Error("nothing is a partition, though beats must be")
	}
}
