package importer_test

import (
	"fmt"
	"github.com/wardmap/wardmap/data/importer"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// realData is the path of a real file, or skips the test.
func realData(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	base := os.Getenv("WARDMAP_REALDATA")
	if base == "" {
		base = filepath.Join(dir, "..", "shared", "data")
	}
	path := filepath.Join(base, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no real data here (%v); name its folder by WARDMAP_REALDATA", err)
	}
	return path
}

// A reject that is expected of a real file, and why.
type expected struct{ place, reason string }

// rejects of real files, one by one.
var rejects = map[string][]expected{
	"08_natural_earth/ne_10m_rivers_lake_centerlines.geojsonl.gz": {{"line 1453", "it has no place: its geometry is null"}}, // the Loire
}

// repaired are the features of real files that are invalid by OGC's rules and have one sensible reading.
var repaired = map[string]int64{
	"01_osm/liechtenstein_landuse.geojsonl.gz":                        12, // holes that share a border
	"05_geofence/dc_public-school-grounds.geojson.gz":                 1,
	"05_geofence/dc_police-service-areas-psa.geojson.gz":              1,
	"05_geofence/dc_school-attendance-zones-elementary.geojson.gz":    4,
	"05_geofence/dc_school-attendance-zones-middle-school.geojson.gz": 2,
	"05_geofence/dc_school-attendance-zones-senior-high.geojson.gz":   1,
	"06_cn_admin/china_counties_osm.geojsonl.gz":                      1, // spikes
	"08_natural_earth/ne_10m_lakes.geojsonl.gz":                       2,
	"08_natural_earth/ne_50m_admin_1_states_provinces.geojsonl.gz":    1,
}

// features reads how many features each file has from the table that comes with the data.
func features(t testing.TB) map[string]int64 {
	t.Helper()
	content, err := os.ReadFile(realData(t, "STATS.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, line := range strings.Split(string(content), "\n") {
		cols := strings.Split(line, "\t")
		if len(cols) < 3 || !strings.Contains(cols[2], " features") {
			continue
		}
		var n int64
		if _, err := fmt.Sscanf(cols[2], "%d features", &n); err != nil {
			t.Fatal(err)
		}
		out[cols[0]] = n
	}
	return out
}

func TestRealFilesComeInWhole(t *testing.T) {
	names := slices.Sorted(maps.Keys(features(t)))
	if len(names) < 60 {
		t.Fatalf("only %d files", len(names))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			want := features(t)[name]
			if testing.Short() && want > 10_000 {
				t.Skip("large")
			}
			path := realData(t, name)
			if want > 5_000 { // the large ones take their time: once is enough, without properties
				r, err := run(t, accept{}, anything, path, importer.Options{})
				if err != nil || r.Read != want || r.Repaired != repaired[name] {
					t.Errorf("%s, %d repaired, %v, want %d", summary(r), r.Repaired, err, want)
				}
				compareRejects(t, r, rejects[name])
				return
			}
			p, err := importer.Infer(path, importer.Options{})
			if err != nil || p.Count != want-int64(len(rejects[name])) {
				t.Fatalf("%d features, want %d: %v", p.Count, want, err)
			}
			checkDefinition(t, p.Layer)
			o := importer.Options{Map: p.Map, Batch: 100_000}
			m := memory(t, p.Layer)
			r, err := run(t, m, p.Layer, path, o)
			delete(r.LeftOut, "religion") // of places of worship: no layer may hold it
			delete(r.LeftOut, "denomination")
			if err != nil || r.Read != want || len(r.LeftOut) > 0 {
				t.Fatalf("%s, %v, %v, want %d", summary(r), err, r.LeftOut, want)
			}
			compareRejects(t, r, rejects[name])
			if r.Repaired != repaired[name] {
				t.Errorf("%d features were repaired, want %d: %v", r.Repaired, repaired[name], r.Notes)
			}
			again, err := run(t, m, p.Layer, path, o)
			if err != nil || again.Created+again.Updated > 0 || again.Unchanged != r.Created {
				t.Errorf("again: %s, %v", summary(again), err)
			}
		})
	}
}

func compareRejects(t *testing.T, r importer.Result, want []expected) {
	t.Helper()
	for i, got := range r.Rejects {
		if i >= len(want) || got.Place != want[i].place || !strings.Contains(got.Reason, want[i].reason) {
			t.Errorf("{%q, %q},", got.Place, got.Reason)
		}
	}
	if len(r.Rejects) != len(want) {
		t.Errorf("%d rejects, want %d", len(r.Rejects), len(want))
	}
}
