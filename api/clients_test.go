package api_test

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/atlas"
)

// gdal runs one of GDAL's programs; the test is skipped where it is not installed.
func gdal(t *testing.T, program string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip(program + " is not installed (Debian package gdal-bin)")
	}
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

var featureCount = regexp.MustCompile(`Feature Count: (\d+)`)

func counted(t *testing.T, out string) string {
	t.Helper()
	m := featureCount.FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no count in %s", out)
	}
	return m[1]
}

// TestGDALReadsFeatures as a client of OGC API Features: layers, fields, count, paging, box, filter.
func TestGDALReadsFeatures(t *testing.T) {
	r := newRig(t)
	fs := r.fill("cameras", 2500)
	r.fill("beats", 20)
	source := "OAPIF:" + r.url + "/"
	info := func(args ...string) string {
		return gdal(t, "ogrinfo", append([]string{"-ro", "-so", "-oo", "PAGE_SIZE=1000", source}, args...)...)
	}
	if out := info(); !regexp.MustCompile(`(?m)^\d+: cameras\b`).MatchString(out) || strings.Contains(out, "tracks") {
		t.Errorf("layers are %s", out)
	}
	out := info("cameras")
	if counted(t, out) != "2500" {
		t.Errorf("count is not 2500: %s", out)
	}
	if strings.Contains(out, "Extent: (0.000000, 0.000000)") || !strings.Contains(out, "Extent: (104.") {
		t.Errorf("the extent is wrong: %s", out)
	}
	for _, field := range []string{"number: Integer", "height: Real", "name: String", "active: Integer(Boolean)", "since: Date", "seen: DateTime"} {
		if !strings.Contains(out, field) {
			t.Errorf("there is no field %s in %s", field, out)
		}
	}
	target := filepath.Join(t.TempDir(), "copy.gpkg")
	gdal(t, "ogr2ogr", "-f", "GPKG", target, source, "cameras", "-oo", "PAGE_SIZE=300", "-lco", "FID=ogc_fid", "-nln", "x")
	if got := counted(t, gdal(t, "ogrinfo", "-ro", "-so", target, "x")); got != "2500" {
		t.Errorf("a copy page by page has %s features", got)
	}
	box := [4]float64{105.3, 34.2, 105.8, 34.9}
	in, filtered := 0, 0
	for _, f := range fs {
		b := f.Geometry.Bound() // points, or several points far apart
		if spatial.Intersects(orb.Bound{Min: orb.Point{box[0], box[1]}, Max: orb.Point{box[2], box[3]}}, f.Geometry) && !b.IsEmpty() {
			in++
		}
		if f.Properties["grade"] == "a" {
			filtered++
		}
	}
	if got := counted(t, info("cameras", "-spat", fmt.Sprint(box[0]), fmt.Sprint(box[1]), fmt.Sprint(box[2]), fmt.Sprint(box[3]))); got != fmt.Sprint(in) {
		t.Errorf("in the box are %s features, want %d", got, in)
	}
	if got := counted(t, info("cameras", "-where", "grade = 'a'")); got != fmt.Sprint(filtered) {
		t.Errorf("with the filter there are %s features, want %d", got, filtered)
	}
}

// cutter makes a layer of the atlas a tiles.Cutter.
type cutter struct{ *atlas.Layer }

func (c cutter) Cut(_ context.Context, dst []byte, id tiles.ID, _ string) ([]byte, error) {
	return c.Layer.Cut(dst, id, nil), nil
}
func (c cutter) Class(class string) string { return class }
func (c cutter) Epoch(tiles.ID) uint64     { return 1 }

// realTiles makes the rig serve tiles of features as the program does.
func realTiles(fs []spatial.Feature) func(*api.Config) {
	l := atlas.New(atlas.Spec{Name: "cameras", MaxZoom: 16, Fields: []atlas.Field{{Name: "name"}, {Name: "number", Kind: atlas.Integer}}}, time.Now())
	l.Load(slices.Values(fs))
	source := tiles.Compose(tiles.NewCache(64<<20), tiles.Part{Name: "cameras", Cutter: cutter{l}})
	return func(c *api.Config) {
		c.Tiles = func([]string) (tiles.Source, error) { return source, nil }
	}
}

func TestGDALReadsATile(t *testing.T) {
	fs := make([]spatial.Feature, 100)
	for i := range fs {
		fs[i] = camera(fmt.Sprint(i+1), [2]float64{105.7 + float64(i)*1e-4, 34.58})
		fs[i].Version = int64(i + 1)
	}
	r := newRig(t, realTiles(fs))
	at := tiles.Project([2]float64{105.7, 34.58}).At(10)
	out := gdal(t, "ogrinfo", "-ro", "-so", "-al", fmt.Sprintf("MVT:%s/tiles/cameras/%v.mvt", r.url, at))
	if counted(t, out) != "100" || !strings.Contains(out, "Layer name: cameras") || !strings.Contains(out, "number: Integer") {
		t.Errorf("the tile reads as %s", out)
	}
}
