package atlas_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/peterstace/simplefeatures/geom"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/atlas"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// realData is the folder of real files, or the test is skipped.
func realData(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("WARDMAP_REALDATA")
	if dir == "" {
		root, _ := os.Getwd()
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil || root == "/" {
				break
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "../shared/data")
	}
	if _, err := os.Stat(filepath.Join(dir, "MANIFEST.md")); err != nil {
		t.Skipf("no real data in %s: set WARDMAP_REALDATA to its folder", dir)
	}
	return dir
}

// read reads the features of a GeoJSON file, by lines or whole, gzipped or not. Features get the ids 1, 2, …
func read(t testing.TB, file string) []spatial.Feature {
	t.Helper()
	f, err := os.Open(filepath.Join(realData(t), file))
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	var features []*geojson.Feature
	if strings.Contains(file, ".geojsonl") {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			feature, err := geojson.UnmarshalFeature(lines.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			features = append(features, feature)
		}
	} else {
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		c, err := geojson.UnmarshalFeatureCollection(data)
		if err != nil {
			t.Fatal(err)
		}
		features = c.Features
	}
	var out []spatial.Feature
	for i, f := range features {
		if f.Geometry != nil {
			out = append(out, spatial.Feature{ID: fmt.Sprint(i + 1), Version: 1, Geometry: f.Geometry, Properties: f.Properties})
		}
	}
	return out
}

func load(name string, simplify atlas.Simplify, fs []spatial.Feature) *atlas.Layer {
	l := atlas.New(atlas.Spec{Name: name, MaxZoom: 16, Simplify: simplify, Fields: []atlas.Field{{Name: "name"}, {Name: "NAME"}, {Name: "height", Kind: atlas.Number}}}, noon)
	l.Load(slices.Values(fs))
	return l
}

// sample is tiles of a zoom, each around a vertex of some feature, the tile beside it or its parent's corner.
func sample(rng *rand.Rand, fs []spatial.Feature, zoom uint8, most int) []tiles.ID {
	seen := map[tiles.ID]bool{}
	var out []tiles.ID
	for range 2 * most {
		id := tiles.Project(vertex(rng, fs[rng.IntN(len(fs))].Geometry)).At(zoom)
		side := uint32(1)<<zoom - 1
		if rng.IntN(4) == 0 {
			id.X, id.Y = min(id.X+1, side), max(id.Y, 1)-1
		}
		if !seen[id] && len(out) < most {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

func vertex(rng *rand.Rand, g orb.Geometry) orb.Point {
	switch g := g.(type) {
	case orb.Point:
		return g
	case orb.LineString:
		return g[rng.IntN(len(g))]
	case orb.MultiLineString:
		return vertex(rng, g[rng.IntN(len(g))])
	case orb.Polygon:
		return vertex(rng, orb.LineString(g[rng.IntN(len(g))]))
	case orb.MultiPolygon:
		return vertex(rng, g[rng.IntN(len(g))])
	}
	return g.Bound().Center()
}

var realLayers = []struct {
	file     string
	simplify atlas.Simplify
}{
	{"05_geofence/dc_police-service-areas-psa.geojson.gz", atlas.Shared},
	{"05_geofence/dc_dpw-parking-beats.geojson.gz", atlas.Shared},
	{"05_geofence/dc_fire-alarm-districts.geojson.gz", atlas.Shared},
	{"05_geofence/dc_school-attendance-zones-elementary.geojson.gz", atlas.Shared},
	{"05_geofence/dc_public-school-grounds.geojson.gz", atlas.Each},
	{"05_geofence/dc_hospital-areas.geojson.gz", atlas.None},
	{"01_osm/athens_buildings_polygons.geojsonl.gz", atlas.Shared},
	{"01_osm/athens_roads_lines.geojsonl.gz", atlas.Each},
	{"01_osm/athens_landuse_polygons.geojsonl.gz", atlas.Each},
	{"01_osm/liechtenstein_landuse.geojsonl.gz", atlas.Shared},
	{"01_osm/liechtenstein_admin.geojsonl.gz", atlas.Shared},
	{"01_osm/liechtenstein_roads.geojsonl.gz", atlas.Shared},
	{"06_cn_admin/china_counties_osm.geojsonl.gz", atlas.Shared},
	{"08_natural_earth/ne_10m_lakes.geojsonl.gz", atlas.Each},
	{"08_natural_earth/ne_10m_rivers_lake_centerlines.geojsonl.gz", atlas.Each},
	{"08_natural_earth/ne_50m_admin_0_countries.geojsonl.gz", atlas.Shared},
	{"10_poi/dc_metro-lines.geojson.gz", atlas.Each},
	{"10_poi/dc_crime-incidents-last-30-days.geojson.gz", atlas.None},
}

// TestRealTilesPassEveryCheck cuts tiles of all zooms. It runs our own Check on them, and the program that
// WARDMAP_VTZERO_CHECK names (vtzero-check of mapbox/vtzero), which says by its exit code how bad a tile is.
func TestRealTilesPassEveryCheck(t *testing.T) {
	most := 2
	if os.Getenv("WARDMAP_VTZERO_CHECK") != "" && !testing.Short() {
		most = 8
	}
	judge := vtzero(t)
	for _, layer := range realLayers {
		t.Run(filepath.Base(layer.file), func(t *testing.T) {
			fs := read(t, layer.file)
			l := load("real", layer.simplify, fs)
			rng := rand.New(rand.NewPCG(1, 1))
			n, filled := 0, 0
			for zoom := uint8(0); zoom <= 18; zoom++ {
				for _, id := range sample(rng, fs, zoom, most) {
					data := l.Cut(nil, id, nil)
					n++
					if len(data) == 0 {
						continue
					}
					filled++
					if err := mvt.Check(data); err != nil {
						t.Fatalf("tile %v: %v", id, err)
					}
					judge(t, id, data)
					if most > 2 || len(data) < 16<<10 { // it is slow
						valid(t, id, data)
					}
				}
			}
			t.Logf("%d tiles, %d not empty, %d features", n, filled, l.Count())
		})
	}
}

// valid holds the polygons of a tile against an independent geometry library: rings are simple and touch in
// single points at most, holes lie inside, polygons do not overlap.
func valid(t *testing.T, id tiles.ID, data []byte) {
	t.Helper()
	layers, err := mvt.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range layers[0].Features {
		if f.Type != mvt.Polygon {
			continue
		}
		if err := multiPolygon(f.Parts).Validate(); err != nil {
			t.Fatalf("tile %v, feature %d: %v", id, f.ID, err)
		}
	}
}

func multiPolygon(runs []mvt.Run) geom.MultiPolygon {
	var all []geom.Polygon
	var rings []geom.LineString
	for i, r := range runs {
		if i > 0 && r.Area2() > 0 {
			all, rings = append(all, geom.NewPolygon(rings)), nil
		}
		var xy []float64
		for _, p := range append(r[:len(r):len(r)], r[0]) {
			xy = append(xy, float64(p[0]), float64(p[1]))
		}
		rings = append(rings, geom.NewLineString(geom.NewSequence(xy, geom.DimXY)))
	}
	return geom.NewMultiPolygon(append(all, geom.NewPolygon(rings)))
}

// vtzero is a judge of tiles: it requires that the outside checker finds warnings at most.
func vtzero(t *testing.T) func(t *testing.T, id tiles.ID, data []byte) {
	program := os.Getenv("WARDMAP_VTZERO_CHECK")
	if program == "" {
		t.Log("WARDMAP_VTZERO_CHECK does not name a vtzero-check program: only our own checks run")
		return func(*testing.T, tiles.ID, []byte) {}
	}
	file := filepath.Join(t.TempDir(), "tile.mvt")
	return func(t *testing.T, id tiles.ID, data []byte) {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(program, file).CombinedOutput()
		if exit, ok := err.(*exec.ExitError); err != nil && (!ok || exit.ExitCode() >= 2) {
			t.Fatalf("tile %v: %v\n%s", id, err, bytes.TrimSpace(out))
		}
		if err != nil {
			t.Logf("tile %v: warning: %s", id, bytes.TrimSpace(out))
		}
	}
}
