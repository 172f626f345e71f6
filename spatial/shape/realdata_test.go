package shape_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"
	"github.com/peterstace/simplefeatures/geom"

	"github.com/wardmap/wardmap/spatial/shape"
)

// realData finds a file of the shared real data, or skips the test.
func realData(t testing.TB, path string) string {
	t.Helper()
	folder := os.Getenv("WARDMAP_REALDATA")
	if folder == "" {
		root, err := filepath.Abs(".")
		if err != nil {
			t.Fatal(err)
		}
		for root != filepath.Dir(root) {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			root = filepath.Dir(root)
		}
		folder = filepath.Join(root, "..", "shared", "data")
	}
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no real data in %s: name its folder in WARDMAP_REALDATA", folder)
	}
	return filepath.Join(folder, path)
}

// features reads the geometries of a GeoJSON file, by line or as a collection, packed or not.
func features(t testing.TB, path string) []orb.Geometry {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".gz") {
		unzip, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(unzip); err != nil {
			t.Fatal(err)
		}
	}
	var out []orb.Geometry
	if strings.Contains(path, "geojsonl") {
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 1<<26)
		for lines.Scan() {
			f, err := geojson.UnmarshalFeature(lines.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, f.Geometry)
		}
		return out
	}
	var c struct{ Features []json.RawMessage }
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	for _, raw := range c.Features {
		f, err := geojson.UnmarshalFeature(raw)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f.Geometry)
	}
	return out
}

func TestRealPolygons(t *testing.T) {
	tests := []struct {
		pattern           string
		invalid, repaired int // of those invalid
	}{
		{pattern: "05_geofence/*.geojson.gz", invalid: 9, repaired: 9},
		{pattern: "01_osm/liechtenstein_*.geojsonl.gz", invalid: 12, repaired: 12},
		{pattern: "06_cn_admin/*osm.geojson*", invalid: 1, repaired: 1},
		{pattern: "08_natural_earth/ne_50m*.gz", invalid: 1, repaired: 1},
		{pattern: "01_osm_cn/*.geojsonl"},
		{pattern: "07_dogs_cameras/seattle_zip*.gz"},
	}
	for _, test := range tests {
		t.Run(test.pattern, func(t *testing.T) {
			files, err := filepath.Glob(realData(t, test.pattern))
			if err != nil || len(files) == 0 {
				t.Fatalf("no files: %v", err)
			}
			invalid, repaired := 0, 0
			for _, file := range files {
				for i, g := range features(t, file) {
					bad := shape.Valid(g)
					out, notes, err := shape.Repair(g)
					if (bad == nil) != (oracle(t, g) == nil) {
						t.Errorf("%s feature %d: we say %v, the oracle %v", filepath.Base(file), i+1, bad, oracle(t, g))
					}
					if bad == nil {
						continue
					}
					invalid++
					t.Logf("%s feature %d: %v; %v", filepath.Base(file), i+1, notes, err)
					if err != nil {
						continue
					}
					repaired++
					if before, after := area(g), area(out); math.Abs(before-after) > 1e-4*before {
						t.Logf("  area was %g, is %g", before, after)
					}
					checkRepaired(t, filepath.Base(file), g, out)
				}
			}
			if invalid != test.invalid || repaired != test.repaired {
				t.Errorf("%d were invalid and %d of these repaired, want %d and %d", invalid, repaired, test.invalid, test.repaired)
			}
		})
	}
}

func TestPolygonsThatBrokeAnOverlayEngine(t *testing.T) {
	files, err := filepath.Glob(realData(t, "09_hostile/planetiler_wkb/*.wkb"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		other, err := geom.UnmarshalWKB(data, geom.NoValidate{})
		if err != nil {
			t.Fatal(err)
		}
		g, err := wkb.Unmarshal(other.Force2D().AsBinary())
		if err != nil {
			t.Fatal(err)
		}
		out, notes, err := shape.Repair(g)
		t.Logf("%s: %d bytes, we say %v, the oracle %v: %d notes %.200v %v", filepath.Base(file), len(data), shape.Valid(g), oracle(t, g), len(notes), notes, err)
		if err == nil {
			checkRepaired(t, filepath.Base(file), g, out)
		}
	}
}

func BenchmarkRepairReal(b *testing.B) {
	for _, file := range []string{"01_osm/liechtenstein_buildings.geojsonl.gz", "05_geofence/dc_dpw-parking-beats.geojson.gz", "06_cn_admin/china_counties_osm.geojsonl.gz", "05_geofence/dc_police-service-areas-psa.geojson.gz"} {
		b.Run(filepath.Base(file), func(b *testing.B) {
			all := features(b, realData(b, file))
			vertices := 0
			for _, g := range all {
				vertices += count(g)
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, g := range all {
					_, _, _ = shape.Repair(g) // refusing is an answer too
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(vertices), "ns/vertex")
		})
	}
}

func count(g orb.Geometry) (n int) {
	switch g := g.(type) {
	case orb.Polygon:
		for _, r := range g {
			n += len(r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			n += count(p)
		}
	}
	return n
}
