package shape_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/peterstace/simplefeatures/geom"

	"github.com/wardmap/wardmap/spatial/shape"
)

func parse(t testing.TB, text string) orb.Geometry {
	t.Helper()
	g, err := wkt.Unmarshal(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return g
}

// oracle is the opinion of simplefeatures on a geometry.
func oracle(t testing.TB, g orb.Geometry) error {
	t.Helper()
	data, err := wkb.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	other, err := geom.UnmarshalWKB(data, geom.NoValidate{})
	if err != nil {
		t.Fatal(err)
	}
	return other.Validate()
}

func clone(g orb.Geometry) orb.Geometry { return orb.Clone(g) }

// area is what the rings enclose: polygons add, holes take away.
func area(g orb.Geometry) float64 {
	switch g := g.(type) {
	case orb.Polygon:
		a := math.Abs(ringArea(g[0]))
		for _, h := range g[1:] {
			a -= math.Abs(ringArea(h))
		}
		return a
	case orb.MultiPolygon:
		a := 0.0
		for _, p := range g {
			a += area(p)
		}
		return a
	}
	return 0
}

func ringArea(r orb.Ring) float64 {
	a := 0.0
	for i := 1; i < len(r); i++ {
		a += (r[i-1][0]-r[0][0])*(r[i][1]-r[0][1]) - (r[i-1][1]-r[0][1])*(r[i][0]-r[0][0])
	}
	return a / 2
}

func checkRepaired(t *testing.T, name string, before, g orb.Geometry) {
	t.Helper()
	if err := oracle(t, g); err != nil {
		t.Errorf("%s: the oracle refuses the repaired %s: %v", name, wkt.MarshalString(g), err)
	}
	if err := shape.Valid(g); err != nil {
		t.Errorf("%s: repaired, but %v", name, err)
	}
	again, notes, err := shape.Repair(g)
	if err != nil || len(notes) > 0 || !orb.Equal(again, g) {
		t.Errorf("%s: repairing again changes it: %v %v", name, notes, err)
	}
	polygons, _ := g.(orb.MultiPolygon)
	if p, ok := g.(orb.Polygon); ok {
		polygons = orb.MultiPolygon{p}
	}
	for _, p := range polygons {
		for i, r := range p {
			if (ringArea(r) > 0) != (i == 0) {
				t.Errorf("%s: ring %d is wound wrongly", name, i)
			}
		}
	}
}

func TestRepair(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want string // the same geometry but for the start of its rings; "" when it must be refused
		note string // part of the only note, or of the error; "" when there must be no note
		area float64
	}{
		{name: "a square stays", in: "POLYGON((0 0,4 0,4 4,0 4,0 0))", area: 16},
		{name: "a hole stays", in: "POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,1 2,2 2,2 1,1 1))", area: 15},
		{name: "a hole that touches the shell in a place stays", in: "POLYGON((0 0,4 0,4 4,0 4,0 0),(0 1,1 2,1 1,0 1))", area: 15.5},
		{name: "wrong winding is turned silently", in: "POLYGON((0 0,0 4,4 4,4 0,0 0),(1 1,2 1,2 2,1 2,1 1))", area: 15},
		{name: "polygons that touch in a corner stay", in: "MULTIPOLYGON(((0 0,1 0,1 1,0 1,0 0)),((1 1,2 1,2 2,1 2,1 1)))", area: 2},
		{name: "a polygon in the hole of another stays", in: "MULTIPOLYGON(((0 0,9 0,9 9,0 9,0 0),(1 1,1 8,8 8,8 1,1 1)),((2 2,3 2,3 3,2 3,2 2)))", area: 33},
		{name: "repeated points alone make nothing invalid", in: "POLYGON((0 0,4 0,4 0,4 4,0 4,0 0))", area: 16},

		{name: "an open ring is closed", in: "POLYGON((0 0,4 0,4 4,0 4))", note: "ring 1 was closed from lon 0.000000, lat 4.000000 to lon 0.000000, lat 0.000000", area: 16},
		{name: "a spike is removed", in: "POLYGON((0 0,4 0,4 9,4 4,0 4,0 0))", note: "ring 1: a spike was removed at lon 4.000000, lat 9.000000", area: 16},
		{name: "a spike with corners is removed", in: "POLYGON((0 0,4 0,4 4,4 9,6 9,4 9,4 4,0 4,0 0))", note: "2 spikes were removed", area: 16},
		{name: "a spike at the seam is removed", in: "POLYGON((0 9,0 0,4 0,4 4,0 4,0 9))", note: "a spike was removed at lon 0.000000, lat 9.000000", area: 16},
		{name: "a bow tie becomes two triangles", in: "POLYGON((0 0,2 2,2 0,0 2,0 0))", note: "the outer ring crosses itself at lon 1.000000, lat 1.000000: cut where sides meet and put together anew as 2 polygons with 0 holes", area: 2},
		{name: "a figure eight in a corner is split", in: "POLYGON((0 0,1 1,0 2,2 2,1 1,2 0,0 0))", note: "touches itself at lon 1.000000, lat 1.000000", area: 2},
		{name: "a figure eight on a side is split", in: "POLYGON((0 0,4 0,4 2,2 0,0 2,0 0))", note: "touches itself at lon 2.000000, lat 0.000000", area: 4},
		{name: "an inverted hole becomes a hole", in: "POLYGON((0 0,4 0,4 4,2 4,1 2,3 2,2 4,0 4,0 0))", note: "1 polygon with 1 hole", area: 14},
		{name: "an inverted hole that runs the other way becomes a hole", in: "POLYGON((0 0,4 0,4 4,2 4,3 2,1 2,2 4,0 4,0 0))", note: "1 polygon with 1 hole", area: 14},
		{name: "a hole outside becomes a polygon", in: "POLYGON((0 0,1 0,1 1,0 1,0 0),(5 5,6 5,6 6,5 6,5 5))", note: "hole 1 lies outside of its outer ring", area: 2},
		{name: "a hole in a hole becomes an island", in: "POLYGON((0 0,9 0,9 9,0 9,0 0),(1 1,8 1,8 8,1 8,1 1),(2 2,3 2,3 3,2 3,2 2))", note: "hole 2 lies in hole 1", area: 33},
		{name: "a hole given twice is a hole", in: "POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 2,1 1),(2 1,1 1,1 2,2 2,2 1))", note: "ring 3 is ring 2 again", area: 15},
		{name: "a polygon given twice is one", in: "MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0)),((4 0,4 4,0 4,0 0,4 0)))", note: "polygon 1 again", area: 16},
		{name: "a hole along the shell cuts it", in: "POLYGON((0 0,4 0,4 4,0 4,0 0),(0 1,2 1,2 2,0 2,0 1))", note: "runs along", area: 14},
		{name: "a hole from side to side parts the polygon", in: "POLYGON((0 0,4 0,4 4,0 4,0 0),(0 1,4 1,4 2,0 2,0 1))", note: "2 polygons", area: 12},
		{name: "holes that cut the inside by touching part it", in: "POLYGON((0 0,4 0,4 4,0 4,0 0),(0 2,2 1,4 2,2 3,0 2))", note: "touch so that the inside falls in two", area: 12},
		{name: "holes side by side become one", in: "POLYGON((0 0,9 0,9 9,0 9,0 0),(1 1,3 1,3 3,1 3,1 1),(3 1,5 1,5 3,3 3,3 1))", note: "1 polygon with 1 hole", area: 73},
		{name: "polygons side by side become one", in: "MULTIPOLYGON(((0 0,1 0,1 1,0 1,0 0)),((1 0,2 0,2 1,1 1,1 0)))", note: "1 polygon with 0 holes", area: 2},
		{name: "a sliver of a curl is filled", in: "POLYGON((0.1 0.1,100 0.1,100 100,0 100,0 0,0.3 0,0.3 0.3,0.1 0.1))", want: "POLYGON((0 100,0 0,0.3 0,0.3 0.1,100 0.1,100 100,0 100))", note: "put together anew", area: 9990.03},
		{name: "a hole without inside is left out", in: "POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 2,1 1))", note: "ring 2 has no inside", area: 16},
		{name: "a polygon of nothing in a multipolygon is left out", in: "MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0)),((7 7,8 8,7 7)))", note: "polygon 2, ring 1 has no inside", area: 16},

		{name: "a pentagram could be filled or hollow", in: "POLYGON((0 10,6 -8,-10 3,10 3,-6 -8,0 10))", want: "refused", note: "not clear what is inside"},
		{name: "a hole half outside is refused", in: "POLYGON((0 0,4 0,4 4,0 4,0 0),(2 1,6 1,6 2,2 2,2 1))", want: "refused", note: "not clear"},
		{name: "holes that overlap are refused", in: "POLYGON((0 0,9 0,9 9,0 9,0 0),(1 1,4 1,4 4,1 4,1 1),(3 3,6 3,6 6,3 6,3 3))", want: "refused", note: "not clear"},
		{name: "polygons that overlap are refused", in: "MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0)),((2 2,6 2,6 6,2 6,2 2)))", want: "refused", note: "not clear"},
		{name: "a polygon in another is refused", in: "MULTIPOLYGON(((0 0,9 0,9 9,0 9,0 0)),((2 2,6 2,6 6,2 6,2 2)))", want: "refused", note: "not clear"},
		{name: "a hole as large as the shell is refused", in: "POLYGON((0 0,4 0,4 4,0 4,0 0),(0 0,4 0,4 4,0 4,0 0))", want: "refused", note: "runs along"},
		{name: "a line is no polygon", in: "POLYGON((0 0,4 0,2 0,0 0))", want: "refused", note: "goes back on itself at lon 4.000000"},
		{name: "two points are no polygon", in: "POLYGON((0 0,4 0,0 0))", want: "refused", note: "less than three"},
		{name: "an open line is no polygon", in: "POLYGON((0 0,4 0))", want: "refused", note: "not closed"},

		{name: "a point is a point", in: "POINT(1 2)"},
		{name: "a line may cross itself", in: "LINESTRING(0 0,2 2,2 0,0 2)"},
		{name: "a line without length is refused", in: "LINESTRING(1 2,1 2)", want: "refused", note: "no length at lon 1.000000"},
		{name: "a part without length is removed", in: "MULTILINESTRING((0 0,1 1),(3 3,3 3))", want: "MULTILINESTRING((0 0,1 1))", note: "line 2 was removed"},
		{name: "a collection is repaired inside", in: "GEOMETRYCOLLECTION(POINT(1 2),POLYGON((0 0,2 2,2 0,0 2,0 0)))", note: "crosses itself"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := parse(t, test.in)
			before := clone(in)
			got, notes, err := shape.Repair(in)
			if !orb.Equal(before, in) {
				t.Fatalf("the input was changed to %s", wkt.MarshalString(in))
			}
			if test.want == "refused" {
				if err == nil {
					t.Fatalf("got %s %v, want an error", wkt.MarshalString(got), notes)
				}
				if _, ok := err.(*shape.Invalid); !ok || !strings.Contains(err.Error(), test.note) {
					t.Fatalf("got error %v, want an *Invalid with %q", err, test.note)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if text := strings.Join(notes, "; "); test.note == "" && text != "" || !strings.Contains(text, test.note) {
				t.Errorf("notes are %q, want %q", text, test.note)
			}
			if a := area(got); test.area != 0 && math.Abs(a-test.area) > 1e-9*test.area {
				t.Errorf("area of %s is %v, want %v", wkt.MarshalString(got), a, test.area)
			}
			if test.want != "" && wkt.MarshalString(got) != test.want {
				t.Errorf("got %s, want %s", wkt.MarshalString(got), test.want)
			}
			checkRepaired(t, test.name, before, got)
			if shape.Valid(in) == nil && oracle(t, in) != nil {
				t.Errorf("the oracle finds the input invalid: %v", oracle(t, in))
			}
		})
	}
}

func TestRepairReturnsWhatIsValidItself(t *testing.T) {
	in := parse(t, "POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,1 2,2 2,2 1,1 1))").(orb.Polygon)
	out, notes, err := shape.Repair(in)
	if err != nil || notes != nil || reflect.ValueOf(out).Pointer() != reflect.ValueOf(in).Pointer() {
		t.Errorf("got another polygon, notes %v, error %v", notes, err)
	}
}

func TestPlacesThatAreNoPlacesAreRefused(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300} {
		for _, g := range []orb.Geometry{
			orb.Polygon{{{0, 0}, {1, 0}, {1, v}, {0, 0}}}, orb.Polygon{{{v, 0}, {1, 0}, {1, 1}, {v, 0}}},
			orb.LineString{{0, 0}, {v, 1}}, orb.MultiLineString{{{v, 0}, {v, 1}}},
			orb.MultiPolygon{}, orb.Polygon{}, orb.Polygon{{}}, orb.LineString{}, orb.MultiLineString{}, orb.MultiPolygon{{}},
		} {
			if out, _, err := shape.Repair(g); err == nil {
				t.Errorf("Repair(%v) = %v, want an error", g, out)
			} else if !json.Valid([]byte(`"` + err.Error() + `"`)) {
				t.Errorf("error %q", err)
			}
		}
	}
}
