package road_test

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/road"
)

type realCity struct{ short, file string }

var realCities = []realCity{
	{"liechtenstein", "01_osm/liechtenstein_roads.geojsonl.gz"},
	{"athens", "01_osm/athens_roads_lines.geojsonl.gz"},
	{"nyc", "02_3d/nyc_roads.geojsonl.gz"},
}

// realRoads reads the roads of a city as a layer would hold them, or skips when they are not there.
func realRoads(t testing.TB, name string) []road.Segment {
	t.Helper()
	path := filepath.Join(cmp.Or(os.Getenv("WARDMAP_REALDATA"), "../../../shared/data"), name)
	file, err := os.Open(path)
	if err != nil {
		t.Skipf("real data is not at hand: %v", err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []road.Segment
	lines := bufio.NewScanner(plain)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		f, err := geojson.UnmarshalFeature(lines.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if one := f.Properties["oneway"]; one == nil && f.Properties["fclass"] != nil {
			f.Properties["oneway"] = "F" // this export writes B for both ways, and nothing for one
		}
		id, _ := f.Properties["osm_id"].(string)
		all = append(all, road.Cars().Segments(spatial.Feature{ID: id, Geometry: f.Geometry, Properties: f.Properties})...)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRealRoads(t *testing.T) {
	for _, c := range realCities {
		t.Run(c.short, func(t *testing.T) {
			all := realRoads(t, c.file)
			g := build(all, road.Options{})
			r := g.Report()
			t.Logf("%d segments, %d nodes, %d edges, %.0f km; %d parts, the largest %.1f %%, connected both ways %.1f %%, %d dropped",
				r.Segments, r.Nodes, r.Edges, r.Meters/1000, r.Components, 100*r.Largest, 100*r.Main, len(r.Dropped))
		})
	}
}
