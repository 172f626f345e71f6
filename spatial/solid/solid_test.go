package solid

import (
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
)

// cube is a box of so many metres near Tianshui, its faces outward.
func cube(east, north, side, low, high float64) Solid {
	const lon, lat = 105.72, 34.58
	at := func(e, n, h float64) Point {
		return Point{lon + e/(math.Pi/180*6378137*math.Cos(lat*math.Pi/180)), lat + n/(math.Pi/180*6378137), h}
	}
	a, b, c, d := at(east, north, low), at(east+side, north, low), at(east+side, north+side, low), at(east, north+side, low)
	up := func(p Point) Point { p[2] = high; return p }
	return Solid{
		{{d, c, b, a}}, {{up(a), up(b), up(c), up(d)}},
		{{a, b, up(b), up(a)}}, {{b, c, up(c), up(b)}}, {{c, d, up(d), up(c)}}, {{d, a, up(a), up(d)}},
	}
}

func TestParseAndWriteAreInverse(t *testing.T) {
	text := cube(0, 0, 10, 0, 12.5).WKT()
	for _, given := range []string{
		text, "SRID=4326;" + text, strings.Replace(text, "POLYHEDRALSURFACE Z", "PolyhedralSurfaceZ", 1),
		strings.Replace(text, "POLYHEDRALSURFACE", "multipolygon", 1), strings.Replace(text, "POLYHEDRALSURFACE", "TIN", 1),
	} {
		s, err := Parse(given)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.WKT(); got != text {
			t.Errorf("written %s\nread %s", text, got)
		}
	}
}

func TestParseNamesThePlace(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "at character 1: a solid has heights"},
		{"POINT Z (1 2 3)", `"POINT" is no solid`},
		{"POLYHEDRALSURFACE (((1 2, 2 3, 3 3)))", "a solid has heights: write POLYHEDRALSURFACE Z"},
		{"TIN Z (((1 2 3, 2 3 3)))", "a ring needs three points or more, 2 are there"},
		{"TIN Z (((1 2 3, 2 3 3, 2 2)))", `a number should be here, not ")))"`},
		{"TIN Z (((1 2 3, 2 3 3, 2 2 1)", `')' is missing: the text ends`},
		{"TIN Z (((1 2 3, 2 3 3, 2 2 1))) x", `there is "x" after the end`},
		{"TIN Z (((181 2 3, 2 3 3, 2 2 1)))", "181 2 3 is no longitude"},
		{"TIN Z (((1 2 NaN, 2 3 3, 2 2 1)))", "a number should be here"},
		{"TIN Z EMPTY", `'(' should be here`},
	}
	for _, test := range tests {
		if _, err := Parse(test.text); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, not %q", test.text, err, test.want)
		}
	}
}

func TestFacesAreTurnedOutward(t *testing.T) {
	box := cube(0, 0, 10, 0, 12)
	flip := func(s Solid, which ...int) Solid {
		out := append(Solid{}, s...)
		for _, i := range which {
			out[i] = out[i].facing(false)
		}
		return out
	}
	tests := []struct {
		name         string
		of           Solid
		turned, open int
		volume       float64
	}{
		{"all right", box, 0, 0, 1200},
		{"inside out", flip(box, 0, 1, 2, 3, 4, 5), 6, 0, 1200},
		{"one face flipped", flip(box, 3), 1, 0, 1200},
		{"five of six flipped", flip(box, 0, 1, 2, 3, 4), 5, 0, 1200},
		{"without a floor, inside out", flip(box, 0, 1, 2, 3, 4, 5)[1:], 5, 4, 1200},
		{"two apart, one of them inside out", append(flip(box, 0, 1, 2, 3, 4, 5), cube(30, 0, 10, 0, 5)...), 6, 0, 1700},
		{"two that touch along a wall, one of them inside out", append(flip(box, 0, 1, 2, 3, 4, 5), cube(10, 0, 10, 0, 12)...), 7, 0, 2400}, // the wall between them may look either way,
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := test.of.WKT()
			s, found := test.of.Outward()
			if found.Turned != test.turned || found.Open != test.open || found.Ragged != 0 || math.Abs(s.Volume()-test.volume) > 1e-6*test.volume {
				t.Errorf("%+v, %g m³", found, s.Volume())
			}
			if test.of.WKT() != before {
				t.Error("what was given is another now")
			}
		})
	}
}

func TestTheFootprintIsWhatTheBodyCovers(t *testing.T) {
	tests := []struct {
		name  string
		of    Solid
		parts int
		area  float64
	}{
		{"a box", cube(0, 0, 10, 0, 12), 1, 100},
		{"a box without a roof", append(cube(0, 0, 10, 0, 12)[:1:1], cube(0, 0, 10, 0, 12)[2:]...), 1, 100},
		{"a tower on a broad base", append(cube(0, 0, 20, 0, 5), cube(5, 5, 10, 5, 50)...), 1, 400},
		{"a mushroom", append(cube(5, 5, 10, 0, 5), cube(0, 0, 20, 5, 50)...), 1, 400},
		{"two apart", append(cube(0, 0, 10, 0, 5), cube(30, 0, 10, 0, 5)...), 2, 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.of.Footprint()
			if err != nil {
				t.Fatal(err)
			}
			parts := 1
			if m, ok := got.(orb.MultiPolygon); ok {
				parts = len(m)
			}
			if area := geo.Area(got); parts != test.parts || math.Abs(area-test.area) > 0.01*test.area {
				t.Errorf("%d parts, %g m²: %v", parts, area, got)
			}
		})
	}
	if _, found := append(cube(0, 0, 10, 0, 12)[:1:1], cube(0, 0, 10, 0, 12)[2:]...).Outward(); found.Ragged != 4 {
		t.Errorf("a box without a roof: %+v", found)
	}
	if _, err := cube(0, 0, 10, 0, 12)[2:].Footprint(); err == nil {
		t.Error("walls alone have a footprint")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(cube(0, 0, 10, 0, 12).WKT())
	f.Add("TIN Z (((1 2 3, 2 3 3, 2 2 1)), ((0 0 0,1 0 0,0 1 0,0 0 0)))")
	f.Add("POLYGON Z ((0 0 0,1 0 0,0 1 0),(0.1 0.1 0,0.2 0.1 0,0.1 0.2 0))")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		out, _ := s.Outward()
		if v := out.Volume(); math.IsNaN(v) {
			t.Fatalf("volume %g", v)
		}
		if _, err := Parse(s.WKT()); err != nil {
			t.Fatalf("written, not read again: %v", err)
		}
		_, _ = out.Footprint()
	})
}
