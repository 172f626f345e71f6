package partition_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"
	"github.com/peterstace/simplefeatures/geom"

	"github.com/wardmap/wardmap/spatial/partition"
	"github.com/wardmap/wardmap/spatial/shape"
)

// realParts reads a file of the shared real data as parts, repaired as an import does, or skips the test.
func realParts(t testing.TB, path string) (out []partition.Part) {
	t.Helper()
	folder := os.Getenv("WARDMAP_REALDATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "data")
	}
	file, err := os.Open(filepath.Join(folder, path))
	if err != nil {
		t.Skipf("no real data in %s: name its folder in WARDMAP_REALDATA", folder)
	}
	defer file.Close()
	unzip, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var c struct{ Features []json.RawMessage }
	if err := json.NewDecoder(unzip).Decode(&c); err != nil {
		t.Fatal(err)
	}
	for i, raw := range c.Features {
		f, err := geojson.UnmarshalFeature(raw)
		if err != nil {
			t.Fatal(err)
		}
		g, _, err := shape.Repair(f.Geometry)
		if err != nil {
			t.Fatalf("%s, feature %d: %v", path, i+1, err)
		}
		out = append(out, part(fmt.Sprintf("%03d", i+1), g))
	}
	return out
}

func TestRealPartitions(t *testing.T) {
	tests := []struct {
		file     string
		parts    int
		overlaps int // wider than a metre
		gaps     int
		slivers  int
		overlap  float64 // m² of all overlaps, slivers too
		gap      float64
	}{
		{file: "police-service-areas-psa", parts: 56},
		{file: "police-districts-mpd", parts: 7, slivers: 1},
		{file: "dpw-parking-beats", parts: 296},
		{file: "fire-alarm-districts", parts: 33, slivers: 123, overlap: 19.8, gap: 10.5},
		{file: "ward-2012", parts: 8},
		{file: "school-attendance-zones-elementary", parts: 74, gaps: 32, slivers: 112, gap: 22994.6},
		{file: "school-attendance-zones-middle-school", parts: 21, gaps: 21, slivers: 68, gap: 20100.2},
		{file: "school-attendance-zones-senior-high", parts: 9, overlaps: 3, gaps: 17, slivers: 33, overlap: 4526.6, gap: 9875.9},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			parts := realParts(t, "05_geofence/dc_"+test.file+".geojson.gz")
			got, err := partition.Check(parts, noon, partition.Rule{Sliver: 1})
			if err != nil {
				t.Fatal(err)
			}
			overlaps, _, gaps, _ := sums(got)
			if got.Parts != test.parts || overlaps != test.overlaps || gaps != test.gaps || got.Slivers != test.slivers {
				t.Errorf("%d parts, %d overlaps, %d gaps, %d slivers", got.Parts, overlaps, gaps, got.Slivers)
			}
			all, err := partition.Check(parts, noon, partition.Rule{})
			if err != nil {
				t.Fatal(err)
			}
			_, overlap, _, gap := sums(all)
			if math.Abs(overlap-test.overlap) > .06 || math.Abs(gap-test.gap) > .06 {
				t.Errorf("overlaps of %.2f m², gaps of %.2f m²", overlap, gap)
			}
		})
	}
}

func sums(r partition.Report) (overlaps int, overlap float64, gaps int, gap float64) {
	for _, f := range r.Findings {
		if f.Kind == partition.Gap {
			gaps, gap = gaps+1, gap+f.Size
		} else {
			overlaps, overlap = overlaps+1, overlap+f.Size
		}
	}
	return overlaps, overlap, gaps, gap
}

// What the zones of the senior high schools hold twice, an overlay engine of others finds as well.
func TestRealOverlapsAgreeWithTheOracle(t *testing.T) {
	parts := realParts(t, "05_geofence/dc_school-attendance-zones-senior-high.geojson.gz")
	got, err := partition.Check(parts, noon, partition.Rule{})
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := 0.0, 0.0
	for _, f := range got.Findings {
		if f.Kind == partition.Overlap {
			ours += planar.Area(f.Area)
		}
	}
	for i, one := range parts {
		for _, two := range parts[i+1:] {
			if !one.Area.Bound().Intersects(two.Area.Bound()) {
				continue
			}
			both, err := geom.Intersection(asOracle(t, one.Area), asOracle(t, two.Area))
			if err != nil {
				t.Fatal(err)
			}
			theirs += both.Area()
		}
	}
	if math.Abs(ours-theirs) > 1e-6*theirs {
		t.Errorf("overlaps of %g square degrees, the oracle says %g", ours, theirs)
	}
}

func asOracle(t *testing.T, g orb.Geometry) geom.Geometry {
	t.Helper()
	out, err := geom.UnmarshalWKB(wkb.MustMarshal(g))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func BenchmarkCheck(b *testing.B) {
	for _, file := range []string{"police-service-areas-psa", "dpw-parking-beats"} {
		b.Run(file, func(b *testing.B) {
			parts := realParts(b, "05_geofence/dc_"+file+".geojson.gz")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := partition.Check(parts, noon, partition.Rule{Sliver: 1}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
