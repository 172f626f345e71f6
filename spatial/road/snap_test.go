package road_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/road"
)

func TestSnap(t *testing.T) {
	tests := []struct {
		name   string
		at     orb.Point
		within float64
		road   string // "" when none is found
		meters float64
		along  float64
		side   road.Side
	}{
		{"left of the line", at(30, 7), 50, "m1", 7, 30, road.Left},
		{"right of the line", at(30, -7), 50, "m1", 7, 30, road.Right},
		{"on it", at(30, 0), 50, "m1", 0, 30, road.On},
		{"too far", at(30, 51), 50, "", 0, 0, 0},
		{"no limit", at(50, 5000), 0, "up", 4900.255, 100, road.Left},
		{"at a crossing the road that was built first", at(100, 0), 50, "m1", 0, 100, road.On},
		{"beyond a dead end", at(303, 54), 50, "yard", 5, 50, road.Right},
		{"on the bridge, not the road below", at(150, -9), 50, "bridge", 0, 91, road.On},
		{"within a road that meets another one in its middle", at(180, 103), 50, "top", 3, 30, road.Left},
	}
	g := build(town(), road.Options{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, ok := g.Snap(test.at, test.within)
			id, _ := g.Segment(p)
			if ok != (test.road != "") || ok != p.OnRoad() || id != test.road {
				t.Fatalf("%v, on %q, want %q", ok, id, test.road)
			}
			if math.Abs(p.Meters-test.meters) > .01+1e-5*test.meters || math.Abs(p.Along-test.along) > .01 || p.Side != test.side {
				t.Errorf("%+v, want %v m off, %v m along, side %v", p, test.meters, test.along, test.side)
			}
		})
	}
}

func TestSnapLeavesClosedRoadsOut(t *testing.T) {
	g := build(town(), road.Options{})
	if err := g.Close("m1", road.Both); err != nil {
		t.Fatal(err)
	}
	p, _ := g.Snap(at(30, 7), 0)
	if id, _ := g.Segment(p); id != "west" {
		t.Errorf("on %s, want west", id)
	}
}

func TestCandidatesAreSortedAndDifferent(t *testing.T) {
	g := build(town(), road.Options{})
	want := []string{"bridge", "m2", "down", "m3", "up", "m1"}
	got := g.Candidates(at(152, 5), 60, 9)
	if len(got) != len(want) {
		t.Fatalf("%d candidates, want %v", len(got), want)
	}
	for i, p := range got {
		if id, _ := g.Segment(p); id != want[i] || i > 0 && p.Meters < got[i-1].Meters {
			t.Errorf("candidate %d is %s, %v m off", i, id, p.Meters)
		}
	}
}

func TestSnapIsWhatALinearScanFinds(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 7))
		all, _ := grid(r, 15)
		if seed%2 == 1 {
			all, _ = web(r, 200)
		}
		g := build(all, road.Options{})
		box := all[0].Line.Bound()
		for _, s := range all {
			box = box.Union(s.Line.Bound())
		}
		box = box.Pad(.003)
		for range 300 {
			p := orb.Point{box.Min[0] + r.Float64()*(box.Max[0]-box.Min[0]), box.Min[1] + r.Float64()*(box.Max[1]-box.Min[1])}
			most := 1 + r.IntN(6)
			want := scan(all, p)
			got := g.Candidates(p, 0, most)
			if len(got) != min(most, len(all)) {
				t.Fatalf("seed %d: %d candidates, want %d", seed, len(got), most)
			}
			for i, place := range got {
				id, _ := g.Segment(place)
				if math.Abs(place.Meters-want[i]) > 1e-6*want[i]+1e-6 || math.Abs(place.Meters-chord(p, place.Point)) > 1e-3*place.Meters+1e-3 {
					t.Fatalf("seed %d, %v: candidate %d on %s is %v m off, want %v m; its point %v m", seed, p, i, id, place.Meters, want[i], chord(p, place.Point))
				}
			}
		}
	}
}

// scan lists how far all segments are, in order, on a plane that touches the earth at p.
func scan(all []road.Segment, p orb.Point) []float64 {
	const d = 1e-4
	east := chord(p, orb.Point{p[0] + d, p[1]}) / d
	north := chord(orb.Point{p[0], p[1] - d/2}, orb.Point{p[0], p[1] + d/2}) / d
	var off []float64
	for _, s := range all {
		best := math.Inf(1)
		for i := 1; i < len(s.Line); i++ {
			ax, ay := (s.Line[i-1][0]-p[0])*east, (s.Line[i-1][1]-p[1])*north
			bx, by := (s.Line[i][0]-p[0])*east, (s.Line[i][1]-p[1])*north
			share := -(ax*(bx-ax) + ay*(by-ay)) / ((bx-ax)*(bx-ax) + (by-ay)*(by-ay))
			share = min(max(share, 0), 1)
			best = min(best, math.Hypot(ax+share*(bx-ax), ay+share*(by-ay)))
		}
		off = append(off, best)
	}
	slices.Sort(off)
	return off
}
