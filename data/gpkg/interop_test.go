package gpkg

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
)

// gdal runs a tool of GDAL and wants neither error nor warning.
func gdal(t *testing.T, tool string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Skipf("%s is not installed (Debian package gdal-bin): what GDAL makes of our files is not tested", tool)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "ERROR") || strings.Contains(string(out), "Warning") {
		t.Fatalf("%s %q: %v\n%s", tool, args, err, out)
	}
	return string(out)
}

func wantLines(t *testing.T, out string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(out, line) {
			t.Errorf("GDAL does not say %q but\n%s", line, out)
		}
	}
}

// interop is a store with one layer per kind and random features, closed.
func interop(t *testing.T) (path string, ls []layers.Layer, all map[string][]spatial.Feature) {
	t.Helper()
	path, all = filepath.Join(t.TempDir(), "interop.gpkg"), map[string][]spatial.Feature{}
	s := open(t, path)
	defer s.Close()
	rng := rand.New(rand.NewPCG(9, 1))
	for _, kind := range []layers.Kind{layers.PointKind, layers.LineKind, layers.PolygonKind, layers.AnyKind} {
		l := storetest.Layer(string(kind)+"s", kind)
		ls = append(ls, l)
		all[l.ID] = storetest.RandomFeatures(rng, l, 200)
		all[l.ID][0].Properties["number"] = int64(7)
		if kind == layers.PointKind {
			for i := range all[l.ID] {
				all[l.ID][i].Geometry = all[l.ID][i].Geometry.Bound().Center()
			}
		}
	}
	if err := s.Sync(t.Context(), ls); err != nil {
		t.Fatal(err)
	}
	for _, l := range ls {
		if _, err := s.Apply(t.Context(), put(l.ID, all[l.ID]...)); err != nil {
			t.Fatal(err)
		}
	}
	return path, ls, all
}

// wantExtent allows for the 32-bit floats of the spatial index, which GDAL asks.
func wantExtent(t *testing.T, out string, fs []spatial.Feature) {
	t.Helper()
	want := fs[0].Geometry.Bound()
	for _, f := range fs {
		want = want.Union(f.Geometry.Bound())
	}
	var got orb.Bound
	_, line, _ := strings.Cut(out, "Extent: ")
	_, err := fmt.Sscanf(line, "(%f, %f) - (%f, %f)", &got.Min[0], &got.Min[1], &got.Max[0], &got.Max[1])
	if err != nil || !contains(got.Pad(2e-6), want) || !contains(want.Pad(2e-5), got) {
		t.Errorf("GDAL says extent %v, error %v, want %v", got, err, want)
	}
}

func TestGDALReadsTheFile(t *testing.T) {
	path, ls, all := interop(t)
	list := gdal(t, "ogrinfo", "-ro", path)
	wantLines(t, list, "using driver `GPKG' successful")
	for _, l := range ls {
		if !strings.Contains(list, ": "+l.ID) {
			t.Errorf("layer %s is not listed:\n%s", l.ID, list)
		}
		out := gdal(t, "ogrinfo", "-ro", "-so", path, l.ID)
		wantExtent(t, out, all[l.ID])
		wantLines(t, out, "Feature Count: 200", "ID[\"EPSG\",4326]", "FID Column = fid", "Geometry Column = geom",
			"id: String (0.0) UNIQUE NOT NULL DEFAULT ''", "effective_from: DateTime", "accuracy_m: Real", "name: String", "number: Integer64", "height: Real",
			"active: Integer(Boolean)", "since: Date", "seen: DateTime")
		gdal(t, "ogrinfo", "-ro", "-al", path, l.ID) // reads all values without a warning
	}
	wantLines(t, gdal(t, "ogrinfo", "-ro", "-so", path, "points"), "Geometry: Point")
	wantLines(t, gdal(t, "ogrinfo", "-ro", "-so", path, "polygons"), "Geometry: Unknown (any)") // some are multi
	f := all["points"][0]
	wantLines(t, gdal(t, "ogrinfo", "-ro", "-al", "-where", "id='"+f.ID+"'", path, "points"), "Feature Count: 1", "number (Integer64) = 7")
	p := f.Geometry.(orb.Point)
	spat := []string{fmt.Sprint(p[0] - 1e-6), fmt.Sprint(p[1] - 1e-6), fmt.Sprint(p[0] + 1e-6), fmt.Sprint(p[1] + 1e-6)}
	wantLines(t, gdal(t, "ogrinfo", append(append([]string{"-ro", "-so", "-spat"}, spat...), path, "points")...), "Feature Count: 1")
	wantLines(t, gdal(t, "ogrinfo", "-ro", "-sql", "SELECT HasSpatialIndex('points', 'geom') AS indexed", path), "= 1")
}

func TestGDALWritesTheFile(t *testing.T) {
	path, ls, all := interop(t)
	s := open(t, path)
	defer s.Close()
	if err := s.Sync(t.Context(), ls); err != nil {
		t.Fatal(err)
	}
	head, _ := s.Head(t.Context())
	f := all["points"][0]
	gdal(t, "ogrinfo", path, "-sql", "UPDATE points SET name='by GDAL' WHERE id='"+f.ID+"'")
	gdal(t, "ogrinfo", path, "-sql", "DELETE FROM lines WHERE id IN ('00001', '00002')")
	more := filepath.Join(t.TempDir(), "more.geojson")
	if err := os.WriteFile(more, []byte(`{"type":"FeatureCollection","features":[
		{"type":"Feature","properties":{"name":"秦州","number":7,"seen":"2026-11-24T03:04:05Z","active":true},"geometry":{"type":"Point","coordinates":[105.5,34.5]}},
		{"type":"Feature","properties":{"name":"third"},"geometry":{"type":"Point","coordinates":[105.5,34.5]}},
		{"type":"Feature","properties":{"name":"named","id":"mine","version":1},"geometry":{"type":"Point","coordinates":[105.6,34.6]}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	gdal(t, "ogr2ogr", "-f", "GPKG", "-append", path, more, "-nln", "points")
	cs, _ := since(t, s, head)
	if len(cs) != 6 || cs[0].ID != f.ID || cs[0].Op != layers.Replace || cs[0].Feature.Properties["name"] != "by GDAL" ||
		cs[1].Op != layers.Delete || cs[2].Op != layers.Delete || cs[3].Op != layers.Create || cs[5].ID != "mine" {
		t.Fatalf("the feed says %q", tell(cs))
	}
	if g := cs[3].Feature; g == nil || len(g.ID) != 32 || g.Geometry != (orb.Point{105.5, 34.5}) || g.Properties["name"] != "秦州" ||
		g.Properties["seen"] != "2026-11-24T03:04:05Z" || g.Properties["active"] != true || g.Version != cs[3].Version {
		t.Errorf("the appended feature is %+v", g)
	}
	checkFileIsSound(t, path, "points", "lines", "polygons", "anys")
	if st, err := s.Stat(t.Context(), "points"); err != nil || st.Count != 203 {
		t.Errorf("stat %+v, error %v, want 203 points", st, err)
	}
}

// A copy that GDAL makes of a layer has the same features.
func TestGDALCopiesALayer(t *testing.T) {
	path, _, all := interop(t)
	copied := filepath.Join(t.TempDir(), "copy.gpkg")
	gdal(t, "ogr2ogr", "-f", "GPKG", copied, path, "anys")
	wantLines(t, gdal(t, "ogrinfo", "-ro", "-so", copied, "anys"), fmt.Sprintf("Feature Count: %d", len(all["anys"])))
	f := all["anys"][7]
	wantLines(t, gdal(t, "ogrinfo", "-ro", "-al", "-where", "id='"+f.ID+"'", copied, "anys"), "Feature Count: 1")
}
