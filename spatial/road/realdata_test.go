package road_test

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

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

// exported is what the files say about a road.
type exported struct {
	Properties struct {
		ID       string `json:"osm_id"`
		Name     string `json:"name"`
		Highway  string `json:"highway"`
		Fclass   string `json:"fclass"` // Geofabrik's
		Oneway   string `json:"oneway"`
		MaxSpeed any    `json:"maxspeed"`
	} `json:"properties"`
	Geometry geojson.Geometry `json:"geometry"`
}

func (f *exported) segments() []road.Segment {
	p := map[string]any{"highway": f.Properties.Highway, "oneway": f.Properties.Oneway, "maxspeed": f.Properties.MaxSpeed, "name": f.Properties.Name}
	if f.Properties.Fclass != "" {
		p["fclass"] = f.Properties.Fclass
		if f.Properties.Oneway == "" {
			p["oneway"] = "F" // this export writes B for both ways, and nothing for one
		}
	}
	return road.Cars().Segments(spatial.Feature{ID: f.Properties.ID, Geometry: f.Geometry.Geometry(), Properties: p})
}

var alreadyRead = map[string][]road.Segment{}

// realRoads reads the roads of a city as a layer would hold them, or skips when they are not there.
func realRoads(t testing.TB, name string) []road.Segment {
	t.Helper()
	if all, ok := alreadyRead[name]; ok {
		return all
	}
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
		var f exported
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		all = append(all, f.segments()...)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	alreadyRead[name] = all
	return all
}

func TestRealRoads(t *testing.T) {
	known := map[string]struct{ largest, main, km float64 }{
		"liechtenstein": {.92, .92, 832}, "athens": {.99, .99, 1218}, "nyc": {.98, .96, 7670},
	}
	for _, c := range realCities {
		t.Run(c.short, func(t *testing.T) {
			all := realRoads(t, c.file)
			g := build(all, road.Options{Tolerance: .001}) // less than what the coordinates are rounded to
			r := g.Report()
			t.Logf("%d segments, %d nodes, %d edges, %.0f km; %d parts, the largest %.1f %%, connected both ways %.1f %%, %d dropped",
				r.Segments, r.Nodes, r.Edges, r.Meters/1000, r.Components, 100*r.Largest, 100*r.Main, len(r.Dropped))
			if want := known[c.short]; r.Segments != len(all) || r.Largest < want.largest || r.Main < want.main || math.Abs(r.Meters/1000-want.km) > 1 {
				t.Errorf("want %+v", want)
			}
			checkRealRoutes(t, all, g)
			checkRealOutlines(t, all, g)
		})
	}
}

// checkRealRoutes compares 200 random routes with those of Dijkstra's algorithm.
func checkRealRoutes(t *testing.T, all []road.Segment, g *road.Graph) {
	t.Helper()
	o := newOracle(all, nil)
	places := spots(t, rand.New(rand.NewPCG(3, 3)), g, all, 52)
	from, to := places[:4], places[2:]
	matrix, found := g.Matrix(from, to, 0), 0
	ends := make([]spot, len(to))
	for j := range to {
		ends[j] = o.find(g, to[j])
	}
	for i := range from {
		s := o.find(g, from[i])
		at := o.from(s)
		for j := range to {
			want := o.between(s, ends[j], at)
			path, ok := g.Route(from[i], to[j])
			if ok == math.IsInf(want, 1) || ok != (matrix[i][j].How == road.ByRoad) {
				t.Fatalf("from %+v to %+v: route %v, matrix %+v, want %v s", from[i], to[j], ok, matrix[i][j], want)
			}
			if ok {
				checkPath(t, o, path, from[i], to[j], want, matrix[i][j])
				found++
			}
		}
	}
	if found < len(from)*len(to)*6/10 {
		t.Errorf("%d of %d routes found", found, len(from)*len(to))
	}
}

func checkRealOutlines(t *testing.T, all []road.Segment, g *road.Graph) {
	t.Helper()
	for i, from := range spots(t, rand.New(rand.NewPCG(9, 1)), g, all, 1) {
		areas, stretches := g.Reach(from, 3*time.Minute, 5*time.Minute, 8*time.Minute)
		checkOutlines(t, i, areas, stretches)
		for _, a := range areas {
			for n, x := range a.Border {
				if n%50 != 0 {
					continue
				}
				if path, ok := g.Route(from, x.Place); !ok || (path.Duration-a.Limit).Abs() > time.Millisecond {
					t.Fatalf("border of %v at %+v takes %v", a.Limit, x, path.Duration)
				}
			}
		}
	}
}
