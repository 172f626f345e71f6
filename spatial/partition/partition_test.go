package partition_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/partition"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// metre is about a metre of latitude, in degrees.
const metre = 1 / 111_000.0

// rect is a rectangle by its corners in metres from a place in Qinzhou.
func rect(w, s, e, n float64) orb.Polygon {
	at := func(x, y float64) orb.Point { return orb.Point{105.72 + x*metre, 34.58 + y*metre} }
	return orb.Polygon{{at(w, s), at(e, s), at(e, n), at(w, n), at(w, s)}}
}

func part(id string, area orb.Geometry) partition.Part { return partition.Part{ID: id, Area: area} }

// said writes findings as "overlap A B 90,000 m²" with sizes to two digits.
func said(r partition.Report) string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, fmt.Sprintf("%s %s %.2g", f.Kind, strings.Join(f.Parts, "+"), f.Size))
	}
	if r.Slivers > 0 {
		out = append(out, fmt.Sprintf("%d slivers", r.Slivers))
	}
	return strings.Join(out, "; ")
}

func TestCheck(t *testing.T) {
	spring := partition.Part{ID: "A", Area: rect(0, 0, 100, 100), Effective: spatial.Validity{To: noon}}
	autumn := partition.Part{ID: "A2", Area: rect(0, 0, 110, 100), Effective: spatial.Validity{From: noon}}
	frame := append(rect(0, 0, 300, 300), rect(100, 100, 200, 200)[0])
	tests := []struct {
		name  string
		parts []partition.Part
		at    time.Time
		rule  partition.Rule
		want  string
	}{
		{name: "no parts"},
		{name: "neighbours that share a side", parts: []partition.Part{part("A", rect(0, 0, 100, 100)), part("B", rect(100, 0, 200, 100))}},
		// A degree of longitude is 91,777 m here and one of latitude 110,929 m: a square of 100 "metres" has 8,263 m².
		{name: "two squares that overlap in a corner", parts: []partition.Part{part("B", rect(50, 50, 150, 150)), part("A", rect(0, 0, 100, 100))}, want: "overlap A+B 2.1e+03"},
		{name: "the same square twice", parts: []partition.Part{part("A", rect(0, 0, 100, 100)), part("B", rect(0, 0, 100, 100))}, want: "overlap A+B 8.3e+03"},
		{name: "one within another", parts: []partition.Part{part("A", rect(0, 0, 100, 100)), part("B", rect(40, 40, 60, 60))}, want: "overlap A+B 3.3e+02"},
		{name: "three over each other are three pairs", parts: []partition.Part{part("A", rect(0, 0, 100, 100)), part("B", rect(0, 0, 100, 100)), part("C", rect(90, 0, 100, 100))},
			want: "overlap A+B 8.3e+03; overlap A+C 8.3e+02; overlap B+C 8.3e+02"},
		{name: "a hole that nobody fills", parts: []partition.Part{part("A", frame)}, want: "gap A 8.3e+03"},
		{name: "a hole that another fills", parts: []partition.Part{part("A", frame), part("B", rect(100, 100, 200, 200))}},
		{name: "a hole that another fills by half", parts: []partition.Part{part("A", frame), part("B", rect(100, 100, 150, 200))}, want: "gap A+B 4.1e+03"},
		{name: "a bay is no hole", parts: []partition.Part{part("A", rect(0, 0, 100, 300)), part("B", rect(100, 0, 200, 100))}},
		{name: "a bay of what shall be covered is a gap", parts: []partition.Part{part("A", rect(0, 0, 100, 300)), part("B", rect(100, 0, 200, 100))},
			rule: partition.Rule{Within: rect(0, 0, 200, 300)}, want: "gap A+B 1.7e+04"},
		{name: "what lies outside of what shall be covered is no gap", parts: []partition.Part{part("A", frame)}, rule: partition.Rule{Within: rect(0, 0, 100, 300)}},
		{name: "nothing covers it", rule: partition.Rule{Within: rect(0, 0, 100, 100)}, want: "gap  8.3e+03"},
		{name: "a border drawn twice, half a metre apart", parts: []partition.Part{part("A", rect(0, 0, 100.5, 100)), part("B", rect(100, 0, 200, 100))},
			rule: partition.Rule{Sliver: 1}, want: "1 slivers"},
		{name: "the same, wanted in full", parts: []partition.Part{part("A", rect(0, 0, 100.5, 100)), part("B", rect(100, 0, 200, 100))}, want: "overlap A+B 41"},
		{name: "three metres apart", parts: []partition.Part{part("A", rect(0, 0, 103, 100)), part("B", rect(100, 0, 200, 100))},
			rule: partition.Rule{Sliver: 1}, want: "overlap A+B 2.5e+02"},
		{name: "before the borders change", parts: []partition.Part{spring, autumn, part("B", rect(100, 0, 200, 100))}, at: noon.Add(-time.Nanosecond)},
		{name: "after the borders changed", parts: []partition.Part{spring, autumn, part("B", rect(100, 0, 200, 100))}, at: noon, want: "overlap A2+B 8.3e+02"},
		{name: "points hold nothing", parts: []partition.Part{part("A", rect(0, 0, 100, 100)), part("B", orb.Point{105.72, 34.58})}},
	}
	for _, test := range tests {
		if test.at.IsZero() {
			test.at = noon
		}
		got, err := partition.Check(test.parts, test.at, test.rule)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if said(got) != test.want {
			t.Errorf("%s: got %q, want %q", test.name, said(got), test.want)
		}
		for _, f := range got.Findings {
			if !planar.PolygonContains(f.Area, f.At) {
				t.Errorf("%s: the sign at %v stands beside the %s", test.name, f.At, f.Kind)
			}
		}
	}
}

// What Check tells of a place is what every place tells of itself: how many parts hold it.
func TestCheckAgreesWithSampling(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 20261124))
		var parts []partition.Part
		for i := range 3 + random.IntN(8) {
			x, y := random.Float64()*200, random.Float64()*200
			if seed%2 == 0 { // on a grid, so that they share sides and corners
				x, y = 20*math.Round(x/20), 20*math.Round(y/20)
			}
			parts = append(parts, part(fmt.Sprintf("P%02d", i), rect(x, y, x+20+math.Round(random.Float64()*4)*20, y+40)))
		}
		rule := partition.Rule{Within: rect(-10, -10, 310, 250)}
		got, err := partition.Check(parts, noon, rule)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for range 500 {
			at := rect(random.Float64()*300, random.Float64()*240, 0, 0)[0][0]
			holders := 0
			for _, p := range parts {
				if planar.PolygonContains(p.Area.(orb.Polygon), at) {
					holders++
				}
			}
			overlaps, gaps := 0, 0
			for _, f := range got.Findings {
				switch in := planar.PolygonContains(f.Area, at); {
				case in && f.Kind == partition.Gap:
					gaps++
				case in:
					overlaps++
				}
			}
			if wantGaps := map[bool]int{true: 1}[holders == 0]; gaps != wantGaps || overlaps != holders*(holders-1)/2 {
				t.Fatalf("seed %d: %v is held by %d parts, but lies in %d gaps and %d overlaps", seed, at, holders, gaps, overlaps)
			}
		}
	}
}

func TestOf(t *testing.T) {
	parts := []partition.Part{
		part("C", rect(0, 100, 200, 200)), part("B", rect(100, 0, 200, 100)), part("A", rect(0, 0, 100, 100)),
		{ID: "0", Area: rect(0, 0, 200, 200), Effective: spatial.Validity{To: noon}},
		{ID: "D", Area: orb.MultiPolygon{rect(200, 0, 300, 100), rect(200, 200, 300, 300)}, Effective: spatial.Validity{From: noon}},
	}
	corner := func(x, y float64) orb.Point { return rect(x, y, x, y)[0][0] }
	tests := []struct {
		name string
		at   orb.Point
		when time.Time
		want string
	}{
		{"inside", corner(50, 50), noon, "A"},
		{"on a side that two share", corner(100, 50), noon, "A"},
		{"on the corner that three share", corner(100, 100), noon, "A"},
		{"on the side of two others", corner(150, 100), noon, "B"},
		{"on the outer border", corner(0, 200), noon, "C"},
		{"outside", corner(-1, 50), noon, ""},
		{"the second piece of a part", corner(250, 250), noon, "D"},
		{"before it began", corner(250, 250), noon.Add(-1), ""},
		{"what held before", corner(50, 50), noon.Add(-1), "0"},
	}
	for _, test := range tests {
		for range 2 {
			slices.Reverse(parts)
			got, ok := partition.Of(parts, test.at, test.when)
			if got.ID != test.want || ok != (test.want != "") {
				t.Errorf("%s: got %q", test.name, got.ID)
			}
		}
	}
}
