package road_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/road"
)

// at is a point some metres east and north of the corner of a small town.
func at(x, y float64) orb.Point {
	corner := orb.Point{105.72, 34.58}
	east := chord(corner, orb.Point{corner[0] + .001, corner[1]}) / .001
	north := chord(corner, orb.Point{corner[0], corner[1] + .001}) / .001
	return orb.Point{corner[0] + x/east, corner[1] + y/north}
}

// The town. Main Street is 10 m/s, Top Lane 5 m/s, Up one-way northwards; the bridge passes over Main Street.
//
//	      (100,100)──Top──(150,100)──Top──(200,100)
//	          ^               │               │
//	         Up             bridge          Down        (300,50)
//	          │               │               │             │ Yard
//	(0,0)─m1─(100,0)──────m2──┼───────────(200,0)───m3───(300,0)
//	  │ West                  │
//	(0,-100)─────South────(150,-100)
func town() []road.Segment {
	s := func(id string, forward, backward float64, line ...orb.Point) road.Segment {
		return road.Segment{ID: id, Name: "the " + id, Line: line, Forward: forward, Backward: backward}
	}
	return []road.Segment{
		s("m1", 10, 10, at(0, 0), at(100, 0)),
		s("m2", 10, 10, at(100, 0), at(200, 0)),
		s("m3", 10, 10, at(200, 0), at(300, 0)),
		s("up", 10, 0, at(100, 0), at(100, 100)),
		s("top", 5, 5, at(100, 100), at(150, 100), at(200, 100)),
		s("down", 10, 10, at(200, 100), at(200, 0)),
		s("yard", 10, 10, at(300, 0), at(300, 50)),
		s("bridge", 10, 10, at(150, -100), at(150, 100)),
		s("south", 10, 10, at(0, -100), at(150, -100)),
		s("west", 10, 10, at(0, 0), at(0, -100)),
	}
}

func TestWaysThroughTown(t *testing.T) {
	turn := func(from string, via orb.Point, to string, only bool) road.Options {
		return road.Options{Restrictions: []road.Restriction{{From: from, Via: via, To: to, Only: only}}}
	}
	noLeft := turn("m1", at(100, 0), "up", false)
	noLeftNoBack := noLeft
	noLeftNoBack.UTurns = road.AtDeadEnds
	tests := []struct {
		name     string
		options  road.Options
		change   func(g *road.Graph) error
		from, to orb.Point
		kerb     bool // the target is reached on its side of the road
		more     []road.Segment
		seconds  float64
		roads    string
	}{
		{name: "straight on", from: at(10, 0), to: at(290, 0), seconds: 28, roads: "m1 m2 m3"},
		{name: "into a one-way street", from: at(50, 0), to: at(100, 50), seconds: 10, roads: "m1 up"},
		{name: "out of a one-way street only as it goes", from: at(100, 50), to: at(50, 0), seconds: 50, roads: "up top down m2 m1"},
		{name: "ahead on the same road", from: at(120, 0), to: at(180, 0), seconds: 6, roads: "m2"},
		{name: "behind on the same road", from: at(180, 0), to: at(120, 0), seconds: 6, roads: "m2"},
		{name: "ahead in a one-way street", from: at(100, 20), to: at(100, 80), seconds: 6, roads: "up"},
		{name: "behind in a one-way street: once around", from: at(100, 80), to: at(100, 20), seconds: 44, roads: "up top down m2 up"},
		{name: "off the bridge, which does not meet the road below", from: at(150, -10), to: at(140, 0), seconds: 37, roads: "bridge top down m2"},
		{name: "out of a dead end", from: at(300, 40), to: at(250, 0), seconds: 9, roads: "yard m3"},
		{name: "from crossing to crossing", from: at(100, 0), to: at(200, 100), seconds: 20, roads: "m2 down"},
		{name: "to where one is", from: at(100, 0), to: at(100, 0), seconds: 0, roads: "m1"},
		{name: "to the end of a one-way street, from the other side", from: at(150, 100), to: at(100, 100), seconds: 10, roads: "top"},
		{
			name: "around a closed road", from: at(50, 0), to: at(250, 0), seconds: 50, roads: "m1 up top down m3",
			change: func(g *road.Graph) error { return g.Close("m2", road.Both) },
		},
		{
			name: "closed in the other direction", from: at(50, 0), to: at(250, 0), seconds: 20, roads: "m1 m2 m3",
			change: func(g *road.Graph) error { return g.Close("m2", road.Backward) },
		},
		{
			name: "live speeds do not open a closed road", from: at(50, 0), to: at(250, 0), seconds: 50, roads: "m1 up top down m3",
			change: func(g *road.Graph) error {
				return firstError(g.Close("m2", road.Forward), g.SetSpeed("m2", 20, 20))
			},
		},
		{
			name: "reopened with the speed that came in meanwhile", from: at(50, 0), to: at(250, 0), seconds: 15, roads: "m1 m2 m3",
			change: func(g *road.Graph) error {
				return firstError(g.Close("m2", road.Both), g.SetSpeed("m2", 20, 20), g.Reopen("m2", road.Both))
			},
		},
		{
			name: "against a one-way street that was opened", from: at(100, 50), to: at(50, 0), seconds: 10, roads: "up m1",
			change: func(g *road.Graph) error { return g.SetSpeed("up", 10, 10) },
		},
		{name: "no left turn: one turns back at the next crossing", options: noLeft, from: at(50, 0), to: at(100, 50), seconds: 30, roads: "m1 m2 up"},
		{name: "no left turn, and turning back at dead ends only", options: noLeftNoBack, from: at(50, 0), to: at(100, 50), seconds: 60, roads: "m1 m2 m3 yard m3 m2 up"},
		{
			name: "turning back where only a one-way street comes in", options: noLeftNoBack, from: at(50, 0), to: at(100, 50),
			seconds: 60, roads: "m1 m2 m3 yard m3 m2 up",
			more: []road.Segment{{ID: "in", Line: orb.LineString{at(400, 50), at(300, 50)}, Forward: 10}},
		},
		{name: "the left turn from the other side is free", options: noLeft, from: at(150, 0), to: at(100, 50), seconds: 10, roads: "m2 up"},
		{name: "only to the left", options: turn("m1", at(100, 0), "up", true), from: at(50, 0), to: at(150, 0), seconds: 50, roads: "m1 up top down m2"},
		{name: "the side of the road does not matter", from: at(10, 0), to: at(50, 5), seconds: 4, roads: "m1"},
		{name: "to the kerb across the road", from: at(10, 0), to: at(50, 5), kerb: true, seconds: 14, roads: "m1"},
		{name: "to the kerb at hand", from: at(10, 0), to: at(50, -5), kerb: true, seconds: 4, roads: "m1"},
		{name: "to the kerb at hand, traffic keeping left", options: road.Options{LeftHand: true}, from: at(10, 0), to: at(50, 5), kerb: true, seconds: 4, roads: "m1"},
		{name: "to the left kerb of a one-way street", from: at(100, 20), to: at(95, 80), kerb: true, seconds: 6, roads: "up"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := build(append(town(), test.more...), test.options)
			from, to := snap(t, g, test.from), snap(t, g, test.to)
			if test.kerb {
				to = g.Kerb(to)
			}
			if test.change != nil {
				if err := test.change(g); err != nil {
					t.Fatal(err)
				}
			}
			path, ok := g.Route(from, to)
			var roads []string
			for _, s := range path.Steps {
				roads = append(roads, s.Segment)
			}
			if !ok || math.Abs(path.Duration.Seconds()-test.seconds) > .001 || strings.Join(roads, " ") != test.roads {
				t.Errorf("%v: %v by %v, want %v s by %s", ok, path.Duration, roads, test.seconds, test.roads)
			}
			if a := g.Nearest(to, []road.Place{from}, 1, 0)[0]; (a.Duration-path.Duration).Abs() > 1000 || math.Abs(a.Meters-path.Meters) > .001 {
				t.Errorf("nearest says %+v, route %v and %v m", a, path.Duration, path.Meters)
			}
		})
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func snap(t *testing.T, g *road.Graph, p orb.Point) road.Place {
	t.Helper()
	place, ok := g.Snap(p, 20)
	if !ok {
		t.Fatalf("no road near %v", p)
	}
	return place
}

func TestNoWay(t *testing.T) {
	tests := []struct {
		name     string
		change   func(g *road.Graph) error
		from, to orb.Point
	}{
		{"into a closed dead end", func(g *road.Graph) error { return g.Close("yard", road.Forward) }, at(250, 0), at(300, 40)},
		{"out of a road that has closed", func(g *road.Graph) error { return g.Close("m2", road.Both) }, at(150, 0), at(250, 0)},
		{"so slow that it is closed", func(g *road.Graph) error { return g.SetSpeed("yard", 1e-320, 0) }, at(250, 0), at(300, 40)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := build(town(), road.Options{})
			from, to := snap(t, g, test.from), snap(t, g, test.to)
			if err := test.change(g); err != nil {
				t.Fatal(err)
			}
			if path, ok := g.Route(from, to); ok {
				t.Errorf("there is a way: %+v", path)
			}
			if a := g.Nearest(to, []road.Place{from}, 1, 0)[0]; a.How != road.NoWay {
				t.Errorf("nearest says %+v", a)
			}
		})
	}
}

func TestHeadingLeavesAsItMoves(t *testing.T) {
	tests := []struct {
		name    string
		at      orb.Point
		course  float64
		seconds float64 // to the crossing in the west
	}{
		{"to the west", at(180, 0), 268, 8},
		{"to the east: on to the next crossing, and back", at(180, 0), 92, 12},
		{"across", at(180, 0), 5, 8},
		{"unknown", at(180, 0), math.NaN(), 8},
		{"against a one-way street", at(100, 10), 180, 9 + 20 + 10 + 10},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := build(town(), road.Options{})
			from := g.Heading(snap(t, g, test.at), test.course)
			if path, _ := g.Route(from, snap(t, g, at(100, 0))); math.Abs(path.Duration.Seconds()-test.seconds) > .001 {
				t.Errorf("takes %v by %+v, want %v s", path.Duration, path.Steps, test.seconds)
			}
		})
	}
}

func TestOnlyHoldsAtCrossingsToo(t *testing.T) {
	g := build(town(), road.Options{})
	crossing, east, west := snap(t, g, at(100, 0)), snap(t, g, at(150, 0)), snap(t, g, at(50, 0))
	tests := []struct {
		name     string
		from, to road.Place
		seconds  float64
	}{
		{"to the west first", crossing.Only(road.Backward), east, 25},
		{"to the east, turning back at the next crossing", east.Only(road.Forward), crossing, 15},
		{"all ways", crossing.Only(road.Both), east, 5},
		{"reached from the west", west, crossing.Only(road.Forward), 5},
		{"reached from the east: once through m1", west, crossing.Only(road.Backward), 5},
		{"into m1 and back", east, crossing.Only(road.Forward), 25},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if path, ok := g.Route(test.from, test.to); !ok || math.Abs(path.Duration.Seconds()-test.seconds) > .001 {
				t.Errorf("%v: %v, want %v s", ok, path.Duration, test.seconds)
			}
		})
	}
}

func TestReachInTown(t *testing.T) {
	g := build(town(), road.Options{})
	g.Close("m3", road.Both)
	exits := g.Exits(snap(t, g, at(50, 0)), 8e9)
	var got []string
	for _, x := range exits {
		got = append(got, x.Segment)
	}
	slices.Sort(got)
	if want := "m2 up west"; strings.Join(got, " ") != want {
		t.Fatalf("exits on %v, want %s", got, want)
	}
	for _, x := range exits {
		want := map[string]orb.Point{"m2": at(130, 0), "up": at(100, 30), "west": at(0, -30)}[x.Segment]
		course := map[string]float64{"m2": 90, "up": 0, "west": 180}[x.Segment]
		if chord(x.Place.Point, want) > .01 || math.Abs(math.Remainder(x.Course-course, 360)) > .1 || x.Name != "the "+x.Segment {
			t.Errorf("exit %+v, want it at %v, course %v", x, want, course)
		}
	}
	if len(g.Exits(snap(t, g, at(50, 0)), 600e9)) != 0 {
		t.Error("after ten minutes all that is open is reached: nothing leads out")
	}
}
