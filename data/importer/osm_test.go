package importer_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/spatial/shape"
)

const liechtenstein = "01_osm/liechtenstein-2019-11-18.osm.pbf"

// readTheme reads a theme of a real file: the records by id, and the ids of those rejected.
func readTheme(t testing.TB, path, theme string) (map[string]importer.Record, map[string]importer.Record, importer.Source) {
	t.Helper()
	src, err := importer.Open(path, importer.Options{Theme: theme})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	good, bad := map[string]importer.Record{}, map[string]importer.Record{}
	for {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			return good, bad, src
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Err != nil {
			bad[r.ID] = r
		} else {
			good[r.ID] = r
		}
	}
}

// derived reads what others (GDAL) made of the same file, by our ids.
func derived(t testing.TB, path string) map[string]orb.Geometry {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	unzip, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]orb.Geometry{}
	lines := bufio.NewScanner(unzip)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var f struct {
			Properties struct {
				OSM  string `json:"osm_id"`
				Way  string `json:"osm_way_id"`
				Type string `json:"type"`
			} `json:"properties"`
			Geometry geojson.Geometry `json:"geometry"`
		}
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		g := f.Geometry.Geometry()
		id := "r" + f.Properties.OSM
		switch {
		case f.Properties.Way != "":
			id = "w" + f.Properties.Way
		case g.GeoJSONType() == "Point":
			id = "n" + f.Properties.OSM
		case g.GeoJSONType() == "LineString":
			id = "w" + f.Properties.OSM
		}
		out[id] = g
	}
	return out
}

func TestLiechtensteinHoldsWhatOthersFoundInIt(t *testing.T) {
	tests := []struct {
		theme, file string
		count       int
		more        map[string]string // taken by us only, and why
		rejected    int
		reject      string // each reason has this in it, or the other after |
	}{
		{theme: "buildings", file: "buildings", count: 14007, rejected: 1, reject: "type is"},
		{theme: "roads", file: "roads", count: 6704, more: map[string]string{
			"w456121910": "a closed raceway with sport=karting: a road to us, an area to GDAL, which sees sport first",
		}},
		{theme: "pois", file: "poi_points", count: 851},
		{theme: "sites", file: "site_polygons", count: 172},
		{theme: "boundaries", file: "admin", count: 14, rejected: 25, reject: "ways are not in the extract: way "},
		{theme: "landuse", file: "landuse", count: 4657, more: map[string]string{
			"w671138492": "grassland that is also the outline of farmland: two uses to us, GDAL leaves out outlines",
			"w671138495": "likewise",
		}, rejected: 2, reject: `382 of its 386 ways are not in the extract|its type is ""`},
	}
	for _, test := range tests {
		t.Run(test.theme, func(t *testing.T) {
			good, bad, src := readTheme(t, realData(t, liechtenstein), test.theme)
			theirs := derived(t, realData(t, "01_osm/liechtenstein_"+test.file+".geojsonl.gz"))
			if len(good) != test.count || len(bad) != test.rejected {
				t.Errorf("%d records and %d rejects, want %d and %d", len(good), len(bad), test.count, test.rejected)
			}
			for id, g := range theirs {
				r, ok := good[id]
				if !ok {
					t.Errorf("%s is missing (rejected: %v)", id, bad[id].Err)
					continue
				}
				if what := differ(r.Geometry, g); what != "" {
					t.Errorf("%s: %s", id, what)
				}
			}
			for id, r := range good {
				if _, ok := theirs[id]; !ok && test.more[id] == "" {
					t.Errorf("%s is ours only: %v", id, r.Properties)
				}
			}
			for id, r := range bad {
				one, other, two := strings.Cut(test.reject, "|")
				if why := r.Err.Error(); !strings.Contains(why, one) && !(two && strings.Contains(why, other)) {
					t.Errorf("%s was rejected: %v", id, r.Err)
				}
			}
			if done, total := src.Progress(); done != total || total != 2344930 {
				t.Errorf("progress at the end is %d of %d bytes", done, total)
			}
		})
	}
}

// differ compares our geometry with GDAL's: points and lines must be equal, areas must be so once repaired.
func differ(ours, theirs orb.Geometry) string {
	if ours.GeoJSONType() == "Point" || ours.GeoJSONType() == "LineString" {
		if !orb.Equal(ours, theirs) {
			return fmt.Sprintf("%v is not %v", ours, theirs)
		}
		return ""
	}
	whole, _, err := shape.Repair(ours)
	if err != nil {
		return err.Error()
	}
	their, _, err := shape.Repair(theirs)
	if err != nil {
		return "theirs: " + err.Error()
	}
	if a, b := corners(whole), corners(their); !slices.Equal(a, b) {
		return fmt.Sprintf("%d corners are not the %d of theirs", len(a), len(b))
	}
	return ""
}

// corners are the different points of an area in order.
func corners(g orb.Geometry) (out []orb.Point) {
	polygons, _ := g.(orb.MultiPolygon)
	if p, ok := g.(orb.Polygon); ok {
		polygons = orb.MultiPolygon{p}
	}
	for _, p := range polygons {
		for _, r := range p {
			out = append(out, r...)
		}
	}
	slices.SortFunc(out, func(a, b orb.Point) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(out)
}
