package road_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/spatial/road"
	"github.com/wardmap/wardmap/spatial/shape"
)

func TestReachIsWhatDijkstraReaches(t *testing.T) {
	towns(t, func(t *testing.T, r *rand.Rand, all []road.Segment, rules []road.Restriction) {
		g, o := build(all, road.Options{Restrictions: rules}), newOracle(all, rules)
		probes := spots(t, r, g, all, 60)
		for _, from := range spots(t, r, g, all, 6) {
			limit := time.Duration((10 + 100*r.Float64()) * float64(time.Second))
			_, stretches := g.Reach(from, limit)
			s := o.find(g, from)
			at := o.from(s)
			for i, p := range probes {
				want := o.between(s, o.find(g, p), at)
				got, ok := reachedAt(g, stretches, p)
				switch margin := 1e-3; {
				case ok && math.Abs(got-want) > margin:
					t.Fatalf("probe %d is reached after %v s, want %v s", i, got, want)
				case !ok && want < limit.Seconds()-margin || ok && want > limit.Seconds()+margin:
					t.Fatalf("probe %d within %v: %v, want it after %v s", i, limit, ok, want)
				}
			}
			total := 0.0
			for _, s := range stretches {
				total += lengthOf(s.Line)
			}
			if total > g.Report().Meters {
				t.Fatalf("stretches of %v m on roads of %v m", total, g.Report().Meters)
			}
		}
	})
}

// reachedAt finds a place on the stretches, and when it is reached.
func reachedAt(g *road.Graph, stretches []road.Stretch, p road.Place) (float64, bool) {
	best, found := math.Inf(1), false
	id, _ := g.Segment(p)
	for _, s := range stretches {
		whole, way := lengthOf(s.Line), 0.0
		for i := 1; i < len(s.Line); i++ {
			a, b := s.Line[i-1], s.Line[i]
			off := chord(a, p.Point) + chord(p.Point, b) - chord(a, b)
			if off < 1e-6 && (s.Segment == id || chord(a, p.Point) < .001 || chord(b, p.Point) < .001) {
				share := (way + chord(a, p.Point)) / whole
				best, found = min(best, s.Start.Seconds()+share*(s.End-s.Start).Seconds()), true
			}
			way += chord(a, b)
		}
	}
	return best, found
}

func lengthOf(line orb.LineString) float64 {
	sum := 0.0
	for i := 1; i < len(line); i++ {
		sum += chord(line[i-1], line[i])
	}
	return sum
}

func TestReachOfThoseWhoLeaveOneWayOnly(t *testing.T) {
	towns(t, func(t *testing.T, r *rand.Rand, all []road.Segment, rules []road.Restriction) {
		g := build(all, road.Options{Restrictions: rules})
		probes := spots(t, r, g, all, 30)
		for i, from := range spots(t, r, g, all, 8) {
			from = from.Only(road.Forward << (i % 2))
			_, stretches := g.Reach(from, time.Minute)
			for _, p := range append(probes, from.Only(road.Both)) {
				path, ok := g.Route(from, p)
				if !ok || (path.Duration-time.Minute).Abs() < time.Millisecond || path.Meters < .001 {
					continue
				}
				if got, ok := reachedAt(g, stretches, p); ok != (path.Duration < time.Minute) || ok && math.Abs(got-path.Duration.Seconds()) > 1e-3 {
					t.Fatalf("from %+v: %+v is reached after %v s (%v), want %v", from, p, got, ok, path.Duration)
				}
			}
		}
	})
}

// A road of 3 km, 10 m/s: after a minute one is 600 m away on both sides.
func TestOutlineOfAStraightRoad(t *testing.T) {
	g := build([]road.Segment{{ID: "a", Line: orb.LineString{at(0, 0), at(3000, 0)}, Forward: 10, Backward: 10}}, road.Options{})
	areas, _ := g.Reach(snap(t, g, at(1500, 0)), time.Minute)
	tests := []struct {
		name string
		at   orb.Point
		want bool
	}{
		{"where it starts", at(1500, 0), true},
		{"in the middle, beside the road", at(1700, 50), true},
		{"in the middle, off the road", at(1700, 70), false},
		{"ten seconds before the end", at(1500-500, 0), true},
		{"five seconds before the end, beside the road", at(1500+550, 35), false},
		{"just beyond the end", at(1500+605, 0), false},
	}
	for _, test := range tests {
		if got := planar.MultiPolygonContains(areas[0].Outline, test.at); got != test.want {
			t.Errorf("%s: inside %v, want %v", test.name, got, test.want)
		}
	}
	if len(areas[0].Outline) != 1 || len(areas[0].Border) != 2 {
		t.Errorf("%d polygons, %d ends, want 1 and 2", len(areas[0].Outline), len(areas[0].Border))
	}
}

func TestBordersAreAtTheLimit(t *testing.T) {
	towns(t, func(t *testing.T, r *rand.Rand, all []road.Segment, rules []road.Restriction) {
		g := build(all, road.Options{Restrictions: rules})
		for _, from := range spots(t, r, g, all, 6) {
			areas, _ := g.Reach(from, 20*time.Second, 45*time.Second, 80*time.Second)
			for _, a := range areas {
				for _, x := range a.Border {
					path, ok := g.Route(from, x.Place)
					if !ok || (path.Duration-a.Limit).Abs() > time.Millisecond {
						t.Fatalf("border of %v at %+v takes %v", a.Limit, x, path.Duration)
					}
				}
			}
		}
	})
}

// Whoever starts inside and passes no exit gets to no node that is farther than the limit; and, where there are no
// rules for turning, every exit leads to such a node.
func TestExitsCutEveryWayOut(t *testing.T) {
	towns(t, func(t *testing.T, r *rand.Rand, all []road.Segment, rules []road.Restriction) {
		g, o := build(all, road.Options{Restrictions: rules}), newOracle(all, rules)
		for _, from := range spots(t, r, g, all, 8) {
			elapsed := time.Duration((5 + 60*r.Float64()) * float64(time.Second))
			s := o.find(g, from)
			times := o.nodeTimes(s)
			exits := map[int]float64{} // where on an arc, in metres from its start
			for _, x := range g.Exits(from, elapsed) {
				arc := o.arcOf(g, x)
				if head := o.tail(arc ^ 1); rules == nil && times[head] < elapsed.Seconds() {
					t.Fatalf("exit %+v leads to a node that is reached after %v s of %v", x, times[head], elapsed)
				}
				if d := o.between(s, o.find(g, x.Place), o.from(s)); rules == nil && math.Abs(d-elapsed.Seconds()) > 1e-3 {
					t.Fatalf("exit %+v is reached after %v s, want %v", x, d, elapsed)
				}
				exits[arc] = o.done(arc, o.find(g, x.Place))
			}
			for _, n := range o.without(s, exits) {
				if times[n] > elapsed.Seconds()+1e-6 {
					t.Fatalf("a way passes %d exits to %v, which takes %v s of %v", len(exits), n, times[n], elapsed)
				}
			}
		}
	})
}

// arcOf is the arc on which an exit leads out, by its course.
func (o *oracle) arcOf(g *road.Graph, x road.Exit) int {
	s := o.find(g, x.Place)
	l := o.edges[s.edge].line
	along, i := 0.0, 1
	for ; i < len(l)-1 && along+chord(l[i-1], l[i]) <= s.along; i++ {
		along += chord(l[i-1], l[i])
	}
	east, north := (l[i][0]-l[i-1][0])*math.Cos(l[i][1]*math.Pi/180), l[i][1]-l[i-1][1]
	if off := math.Remainder(math.Atan2(east, north)*180/math.Pi-x.Course, 360); math.Abs(off) > 90 {
		return 2*s.edge + 1
	}
	return 2 * s.edge
}

func (o *oracle) done(arc int, s spot) float64 {
	if arc%2 == 0 {
		return s.along
	}
	return o.edges[s.edge].meters - s.along
}

// nodeTimes is when each node is reached first.
func (o *oracle) nodeTimes(s spot) map[orb.Point]float64 {
	times := map[orb.Point]float64{}
	for arc, seconds := range o.from(s) {
		n := o.tail(arc ^ 1)
		if t, ok := times[n]; !ok || seconds < t {
			times[n] = seconds
		}
	}
	if n, ok := o.node(s); ok {
		times[n] = 0
	}
	return times
}

// without are the nodes that one gets to without passing an exit.
func (o *oracle) without(s spot, exits map[int]float64) []orb.Point {
	seen := map[int]bool{}
	var queue []int
	try := func(arc int, from float64) {
		if x, ok := exits[arc]; ok && x >= from-1e-6 || seen[arc] || o.edges[arc/2].speed[arc%2] == 0 {
			return
		}
		seen[arc] = true
		queue = append(queue, arc)
	}
	if n, ok := o.node(s); ok {
		for _, arc := range o.out[n] {
			try(arc, 0)
		}
	} else {
		try(2*s.edge, s.along)
		try(2*s.edge+1, o.edges[s.edge].meters-s.along)
	}
	var nodes []orb.Point
	for ; len(queue) > 0; queue = queue[1:] {
		in := queue[0]
		nodes = append(nodes, o.tail(in^1))
		for _, out := range o.out[o.tail(in^1)] {
			if !o.banned[[2]int{in, out}] {
				try(out, 0)
			}
		}
	}
	return nodes
}

func TestOutlinesAreValidNestedAndHoldWhatIsReached(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	all, _ := grid(r, 40)
	g := build(all, road.Options{})
	limits := []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute}
	for i, from := range spots(t, r, g, all, 10) {
		areas, stretches := g.Reach(from, limits...)
		checkOutlines(t, i, areas, stretches)
	}
}

func checkOutlines(t *testing.T, i int, areas []road.Area, stretches []road.Stretch) {
	t.Helper()
	for n, a := range areas {
		if err := shape.Valid(a.Outline); err != nil || len(a.Outline) == 0 {
			t.Fatalf("place %d, outline of %v: %v, %d polygons", i, a.Limit, err, len(a.Outline))
		}
		for _, s := range every(300, stretches) {
			if s.End <= a.Limit-10*time.Second && !planar.MultiPolygonContains(a.Outline, s.Line[len(s.Line)-1]) {
				t.Fatalf("place %d: the outline of %v leaves out what is reached after %v", i, a.Limit, s.End)
			}
		}
		if n == 0 {
			continue
		}
		for _, p := range areas[n-1].Outline {
			for _, ring := range p {
				for _, at := range every(100, ring) {
					if !inside(a.Outline, at) {
						t.Fatalf("place %d: the outline of %v leaves that of %v at %v", i, areas[n-1].Limit, a.Limit, at)
					}
				}
			}
		}
	}
}

// every is at most n of the items, spread over all.
func every[S ~[]T, T any](n int, items S) S {
	step := len(items)/n + 1
	var some S
	for i := 0; i < len(items); i += step {
		some = append(some, items[i])
	}
	return some
}

// inside allows for the rounding of points on the outline itself.
func inside(m orb.MultiPolygon, p orb.Point) bool {
	const d = 1e-8
	for _, off := range []orb.Point{{0, 0}, {d, d}, {d, -d}, {-d, d}, {-d, -d}} {
		if planar.MultiPolygonContains(m, orb.Point{p[0] + off[0], p[1] + off[1]}) {
			return true
		}
	}
	return false
}
