package importer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/paulmach/osm"
	"github.com/paulmach/osm/osmxml"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/spatial/shape"
)

// osmWorld is the test data of osmcode, all in one file.
type osmWorld struct {
	nodes     map[osm.NodeID]orb.Point
	ways      map[int64][]osm.NodeID
	relations map[int64]osm.Members
}

func readOSMXML(t *testing.T, path string) osmWorld {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	w := osmWorld{map[osm.NodeID]orb.Point{}, map[int64][]osm.NodeID{}, map[int64]osm.Members{}}
	scan := osmxml.New(context.Background(), file)
	for scan.Scan() {
		switch o := scan.Object().(type) {
		case *osm.Node:
			w.nodes[o.ID] = o.Point()
		case *osm.Way:
			w.ways[int64(o.ID)] = o.Nodes.NodeIDs()
		case *osm.Relation:
			w.relations[int64(o.ID)] = o.Members
		}
	}
	if scan.Err() != nil {
		t.Fatal(scan.Err())
	}
	return w
}

func (w osmWorld) line(way int64) (line []orb.Point, known bool, err error) {
	refs, known := w.ways[way]
	for _, ref := range refs {
		p, ok := w.nodes[ref]
		if !ok {
			return nil, true, fmt.Errorf("node %d is missing", ref)
		}
		line = append(line, p)
	}
	return line, known, nil
}

// area makes what the importer makes of a way or a relation, and what the runner makes of that.
func (w osmWorld) area(kind string, id int64) (orb.Geometry, error) {
	if kind == "way" {
		line, _, err := w.line(id)
		if err != nil {
			return nil, err
		}
		if refs := w.ways[id]; len(refs) < 4 || refs[0] != refs[len(refs)-1] {
			return nil, fmt.Errorf("the way is not closed")
		}
		g, _, err := shape.Repair(orb.Polygon{orb.Ring(line)})
		return g, err
	}
	members := importer.AssembleMembers()
	for _, m := range w.relations[id] {
		if m.Type == osm.TypeWay {
			members = append(members, importer.OSMWay(m.Ref, m.Role))
		}
	}
	g, _, err := importer.AssembleRelation(members, w.line)
	if err != nil {
		return nil, err
	}
	g, _, err = shape.Repair(g)
	return g, err
}

func TestMultipolygonsOfOSMTestdata(t *testing.T) {
	world := readOSMXML(t, realData(t, "09_hostile/osm-testdata/all.osm"))
	data, err := os.ReadFile(realData(t, "09_hostile/osm-testdata/tests.json"))
	if err != nil {
		t.Fatal(err)
	}
	var tests []struct {
		ID          int    `json:"test_id"`
		Description string `json:"description"`
		Areas       map[string][]struct {
			ID   int64  `json:"from_id"`
			Kind string `json:"from_type"`
			WKT  string `json:"wkt"`
		} `json:"areas"`
	}
	if err := json.Unmarshal(data, &tests); err != nil {
		t.Fatal(err)
	}
	areas, refused := 0, 0
	for _, test := range tests {
		for i := range test.Areas["default"] {
			one := test.Areas["default"][i]
			got, err := world.area(one.Kind, one.ID)
			areas++
			if err != nil {
				refused++
			}
			var wants []string
			ok := false
			for _, variant := range test.Areas {
				for _, want := range variant {
					if want.ID != one.ID || want.Kind != one.Kind {
						continue
					}
					wants = append(wants, want.WKT)
					ok = ok || want.WKT == "INVALID" && err != nil || want.WKT != "INVALID" && err == nil && sameArea(t, got, want.WKT)
				}
			}
			if err == nil && shape.Valid(got) != nil {
				t.Errorf("test %d made an invalid area: %v", test.ID, shape.Valid(got))
			}
			why, known := otherwise[test.ID]
			if ok == known {
				text := ""
				if got != nil {
					text = wkt.MarshalString(got)
				}
				t.Errorf("test %d (%s), %s %d: got %s %v, want one of %s (%s)", test.ID, test.Description, one.Kind, one.ID, text, err, strings.Join(wants, " or "), why)
			}
		}
	}
	t.Logf("%d areas, %d of them refused", areas, refused)
	if areas < 90 {
		t.Errorf("only %d areas were tested", areas)
	}
}

// otherwise are tests in which we differ on purpose.
var otherwise = map[int]string{
	768: "the two ways run along each other over one side without common nodes there: even-odd of places has one reading, osmium goes by nodes",
	771: "two outer rings touch in a place that is a node of one of them only: valid by places, osmium goes by nodes",
	773: "likewise, two inner rings",
}

// sameArea tells whether two areas cover the same ground, wherever their corners are.
func sameArea(t *testing.T, g orb.Geometry, text string) bool {
	t.Helper()
	want, err := wkt.Unmarshal(text)
	if err != nil {
		t.Fatal(err)
	}
	whole, _, err := shape.Repair(want)
	if err != nil {
		t.Fatalf("the expected %s: %v", text, err)
	}
	// what only one of them covers is nothing
	lines := append(borders(g), borders(whole)...)
	left, err := shape.Assemble(lines)
	return err == nil && len(left) == 0
}

func borders(g orb.Geometry) (out []orb.LineString) {
	polygons, _ := g.(orb.MultiPolygon)
	if p, ok := g.(orb.Polygon); ok {
		polygons = orb.MultiPolygon{p}
	}
	for _, p := range polygons {
		for _, r := range p {
			out = append(out, orb.LineString(r))
		}
	}
	return out
}
