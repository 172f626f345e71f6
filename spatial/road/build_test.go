package road_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/road"
)

func TestBuildReports(t *testing.T) {
	both := func(id string, line ...orb.Point) road.Segment {
		return road.Segment{ID: id, Line: line, Forward: 10, Backward: 10}
	}
	level := func(n int, s road.Segment) road.Segment { s.Level = n; return s }
	tests := []struct {
		name     string
		segments []road.Segment
		rules    []road.Restriction
		want     string // segments, nodes, edges, components, states; dropped
	}{
		{"nothing", nil, nil, "0 0 0 0 0"},
		{"the town", town(), nil, "10 10 11 1 10"},
		{"lines that cross", []road.Segment{both("a", at(0, 0), at(100, 0)), both("b", at(50, -50), at(50, 50))}, nil, "2 4 2 2 4"},
		{"lines that share a vertex in their middle", []road.Segment{
			both("a", at(0, 0), at(50, 0), at(100, 0)), both("b", at(50, -50), at(50, 0), at(50, 50)),
		}, nil, "2 5 4 1 5"},
		{"vertices within the tolerance", []road.Segment{both("a", at(0, 0), at(50, 0)), both("b", at(50.06, .05), at(100, 0))}, nil, "2 3 2 1 3"},
		{"vertices outside of it", []road.Segment{both("a", at(0, 0), at(50, 0)), both("b", at(50.09, .09), at(100, 0))}, nil, "2 4 2 2 4"},
		{"a ring", []road.Segment{both("a", at(0, 0), at(50, 0), at(50, 50), at(0, 0))}, nil, "1 1 1 1 1"},
		{"a line that passes its own beginning", []road.Segment{both("a", at(0, 0), at(50, 0), at(50, 50), at(0, 0), at(-50, 0))}, nil, "1 2 2 1 2"},
		{"a bridge with a vertex over a road with one", []road.Segment{
			both("a", at(0, 0), at(50, 0), at(100, 0)), level(1, both("b", at(50, -50), at(50, 0), at(50, 50))),
		}, nil, "2 4 2 2 4"},
		{"a road split below a bridge that is split too", []road.Segment{
			both("a", at(0, 0), at(50, 0)), both("b", at(50, 0), at(100, 0)),
			level(1, both("c", at(50, -50), at(50, 0))), level(1, both("d", at(50, 0), at(50, 50))),
		}, nil, "4 6 4 2 6"},
		{"a bridge that comes to the ground", []road.Segment{
			both("a", at(0, 0), at(50, 0)), level(1, both("b", at(50, 0), at(100, 0))), both("c", at(100, 0), at(150, 0)),
		}, nil, "3 4 3 1 4"},
		{"a bridge that forks where it comes to the ground", []road.Segment{
			both("a", at(0, 0), at(50, 0)), level(1, both("b", at(50, 0), at(100, 10))), level(1, both("c", at(50, 0), at(100, -10))),
		}, nil, "3 4 3 1 4"},
		{"what is no road", []road.Segment{
			both("point", at(0, 0)), both("short", at(0, 0), at(.01, 0)), both("nan", at(0, 0), orb.Point{math.NaN(), 0}),
			both("mars", at(0, 0), orb.Point{500000, 4000000}), {ID: "slow", Line: orb.LineString{at(0, 0), at(9, 0)}, Forward: -1},
			{ID: "fast", Line: orb.LineString{at(0, 0), at(9, 0)}, Forward: math.Inf(1)},
		}, nil, "0 0 0 0 0; point: the geometry has 1 points, it needs 2; short: the line is shorter than the tolerance; " +
			"nan: point 2 is not a finite coordinate; mars: point 2 lies at lon 500000.000000, lat 4000000.000000, outside of lon -180..180, lat -90..90: is it in another coordinate system?; " +
			"slow: the speed is no number of metres per second; fast: the speed is no number of metres per second"},
		{"a turn from a road adds one state", town(), []road.Restriction{{From: "m1", Via: at(100, 0), To: "up"}}, "10 10 11 1 11"},
		{"turns that are not there", town(), []road.Restriction{
			{From: "m1", Via: at(200, 0), To: "up"}, {From: "m0", Via: at(200, 0), To: "up"}, {From: "m1", Via: at(3, 4), To: "m9"},
			{From: "m1", Via: at(3, 4), To: "up"}, {From: "m1", Via: orb.Point{1e17, 0}, To: "up"}, {From: "m2", Via: at(150, 0), To: "bridge"},
		}, "10 10 11 1 10; turn from m1 to up: its segments do not meet there; turn from m0 to up: there is no segment m0; " +
			"turn from m1 to m9: there is no segment m9; turn from m1 to up: its segments do not meet there; turn from m1 to up: the point lies at lon 100000000000000000.000000, lat 0.000000, outside of lon -180..180, lat -90..90: is it in another coordinate system?; turn from m2 to bridge: its segments do not meet there"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := build(test.segments, road.Options{Restrictions: test.rules}).Report()
			got := fmt.Sprint(r.Segments, r.Nodes, r.Edges, r.Components, r.States)
			for _, d := range r.Dropped {
				got += "; " + d.ID + ": " + d.Reason
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestVerticesWithinTheToleranceMeetWhereverTheyAre(t *testing.T) {
	for i := range 200 {
		x, angle := float64(i)*7.13, float64(i)
		near, far := .095, .105
		for _, gap := range []float64{near, far} {
			a := road.Segment{ID: "a", Line: orb.LineString{at(x, 50), at(x, 0)}, Forward: 9}
			b := road.Segment{ID: "b", Line: orb.LineString{at(x+gap*math.Cos(angle), gap*math.Sin(angle)), at(x, -50)}, Forward: 9}
			if r := build([]road.Segment{a, b}, road.Options{}).Report(); (r.Components == 1) != (gap == near) {
				t.Fatalf("%v m apart at %v: %d parts", gap, x, r.Components)
			}
		}
	}
}

func TestConnectedShares(t *testing.T) {
	all := append(town(), road.Segment{ID: "far", Line: orb.LineString{at(0, 500), at(100, 500)}, Forward: 9, Backward: 9},
		road.Segment{ID: "trap", Line: orb.LineString{at(0, 0), at(-100, 0)}, Forward: 9})
	r := build(all, road.Options{}).Report()
	// Roads of town: 300 + 100 + 100 + 100 + 50 + 200 + 150 + 100 m; the trap belongs to them, but nobody comes out.
	if town := 1100.0; math.Abs(r.Meters-town-200) > .1 || math.Abs(r.Largest-(town+100)/(town+200)) > 1e-3 || math.Abs(r.Main-town/(town+200)) > 1e-3 {
		t.Errorf("report %+v", r)
	}
	g := build(all, road.Options{})
	for _, p := range []orb.Point{at(-50, 30), at(50, 480)} {
		near, _ := g.Snap(p, 0)
		main, _ := g.SnapMain(p, 0)
		if id, _ := g.Segment(main); main.Meters <= near.Meters || strings.HasPrefix(id, "far") || id == "trap" {
			t.Errorf("the nearest road is %v m off, the nearest of the main part %s %v m", near.Meters, id, main.Meters)
		}
	}
}

// The length of a degree at these latitudes stands in every table of the WGS84 ellipsoid.
func TestLengthsAreThoseOfTheEllipsoid(t *testing.T) {
	tests := []struct{ lat, lon, meters float64 }{
		{0, 1, 111319.5}, {15, 1, 107550.3}, {30, 1, 96486.3}, {45, 1, 78846.8}, {60, 1, 55800.0}, {75, 1, 28901.8},
		{0, 0, 110574.3}, {15, 0, 110648.7}, {30, 0, 110852.4}, {45, 0, 111131.8}, {60, 0, 111412.2}, {75, 0, 111617.9},
	}
	for _, test := range tests {
		const part = 1e-3
		line := orb.LineString{{20, test.lat - part/2}, {20, test.lat + part/2}}
		if test.lon != 0 {
			line = orb.LineString{{20, test.lat}, {20 + part, test.lat}}
		}
		r := build([]road.Segment{{ID: "a", Line: line, Forward: 1}}, road.Options{}).Report()
		if math.Abs(r.Meters/part-test.meters) > .5 {
			t.Errorf("a degree at latitude %v is %.1f m, want %v", test.lat, r.Meters/part, test.meters)
		}
	}
}
