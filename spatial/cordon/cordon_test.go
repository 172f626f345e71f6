package cordon_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/cordon"
	"github.com/wardmap/wardmap/spatial/road"
)

const second = time.Second

// metersEast is a place on the equator, where a degree is 111,319.49 m long.
func metersEast(m float64) orb.Point { return orb.Point{m / 111319.4908, 0} }

// A road of 20 km, 20 m/s, with a crossing every 100 m. The vehicle left its middle a minute ago, 1,200 m on both sides.
func longRoad() *road.Graph {
	var all []road.Segment
	for m := 0.0; m < 20_000; m += 100 {
		all = append(all, road.Segment{ID: "long", Name: "Long Road", Line: orb.LineString{metersEast(m), metersEast(m + 100)}, Forward: 20, Backward: 20})
	}
	return road.Build(slices.Values(all), road.Options{})
}

func TestCloseALongRoad(t *testing.T) {
	g := longRoad()
	tests := []struct {
		name   string
		pace   float64
		units  []float64 // metres from the west end; the vehicle started at 10,000
		rings  int
		limit  time.Duration
		closed []int // units, west and east
		late   []time.Duration
		open   []int // of each ring
	}{
		// The first ring ends at 60 + 30 + 60 s: 3,000 m on each side, where the vehicle can be in 90 s.
		{name: "two in time", units: []float64{6000, 14_000}, rings: 3, limit: 150 * second, closed: []int{0, 1}, open: []int{0}},
		{name: "in time by a margin of 30 s: 60 s are 1,200 m", units: []float64{7000 - 1190, 14_190}, rings: 1, limit: 150 * second, closed: []int{0, 1}, open: []int{0}},
		{name: "a second late", units: []float64{7000 - 1220, 14_000}, rings: 1, limit: 150 * second, closed: []int{-1, 1}, late: []time.Duration{second, 0}, open: []int{1}},
		{name: "in time on the next ring", units: []float64{7000 - 1220, 14_000}, rings: 3, limit: 210 * second, closed: []int{0, 1}, open: []int{1, 0}},
		{name: "one unit for two exits: the first ring is as good as any", units: []float64{13_500}, rings: 3, limit: 150 * second, closed: []int{-1, 0}, late: []time.Duration{-1, 0}, open: []int{1, 1, 1}},
		// The road ends at 500 s, and the ring of 510 s has no exits: that closes nothing.
		{name: "as far as the data goes", units: []float64{13_500}, rings: 8, limit: 150 * second, closed: []int{-1, 0}, late: []time.Duration{-1, 0}, open: []int{1, 1, 1, 1, 1, 1}},
		{name: "nobody", rings: 2, limit: 150 * second, closed: []int{-1, -1}, late: []time.Duration{-1, -1}, open: []int{2, 2}},
		{name: "who drives twice as fast is twice as far", pace: 2, units: []float64{5000, 15_000}, rings: 1, limit: 150 * second, closed: []int{0, 1}, open: []int{0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			units := make([]road.Place, len(test.units))
			for i, m := range test.units {
				units[i] = snap(t, g, metersEast(m))
			}
			q := cordon.Question{From: snap(t, g, metersEast(10_000)), Elapsed: time.Minute, Margin: 30 * second, Pace: test.pace, Step: time.Minute, Rings: test.rings}
			plan := cordon.Close(g, q, units)
			if plan.Limit != test.limit || len(plan.Exits) != 2 || !plan.Tight || len(plan.Rings) != len(test.open) {
				t.Fatalf("plan %+v", plan)
			}
			slices.SortFunc(plan.Exits, func(a, b cordon.Exit) int { return int(a.Place.Point[0]*1e6) - int(b.Place.Point[0]*1e6) })
			for i, x := range plan.Exits {
				if want := test.closed[i]; x.Closed != (want >= 0) || x.Closed && x.Unit != want {
					t.Errorf("exit %d: %+v, want it closed by %d", i, x, want)
				}
				if !x.Closed && test.late[i] > 0 && (x.Late-test.late[i]).Abs() > 50*time.Millisecond {
					t.Errorf("exit %d is late by %v, want %v", i, x.Late, test.late[i])
				}
				if !x.Closed && test.late[i] < 0 && x.Unit >= 0 {
					t.Errorf("exit %d: unit %d has another exit to close", i, x.Unit)
				}
				if want := test.limit - time.Minute; (x.In - want).Abs() > 50*time.Millisecond {
					t.Errorf("the vehicle is at exit %d in %v, want %v", i, x.In, want)
				}
			}
			for i, r := range plan.Rings {
				if r.Open != test.open[i] || r.Limit != 90*second+time.Duration(i+1)*time.Minute {
					t.Errorf("ring %d: %+v, want %d open", i, r, test.open[i])
				}
			}
		})
	}
}

func TestNothingToClose(t *testing.T) {
	g := longRoad()
	on := snap(t, g, metersEast(10_000))
	all := cordon.Close(g, cordon.Question{From: on, Elapsed: time.Hour, Step: time.Minute, Rings: 4}, nil)
	if len(all.Exits) != 0 || all.Chosen != 0 || !all.Tight || len(all.Rings) != 1 {
		t.Errorf("after an hour the whole road is reached: %+v", all)
	}
	for _, q := range []cordon.Question{{Elapsed: second, Step: second, Rings: 1}, {From: on, Step: second}, {From: on, Rings: 1}, {From: on, Elapsed: -1, Step: second, Rings: 1}} {
		if p := cordon.Close(g, q, nil); p.Chosen >= 0 || p.Tight {
			t.Errorf("%+v gives %+v", q, p)
		}
	}
}

// TestCloseInTowns holds plans against the times of every unit to every exit and, on small ones, against all ways.
func TestCloseInTowns(t *testing.T) {
	tried := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		g, at := streets(r, 14)
		units := make([]road.Place, 1+r.IntN(30))
		for i := range units {
			units[i] = snap(t, g, at[r.IntN(len(at))])
		}
		units = append(units, road.Place{}) // on no road
		q := cordon.Question{From: snap(t, g, at[len(at)/2]), Elapsed: time.Duration(r.IntN(30)) * second, Margin: 5 * second, Pace: .5 + r.Float64(), Step: 20 * second, Rings: 4}
		plan := cordon.Close(g, q, units)
		if !plan.Tight || plan.Chosen < 0 {
			t.Fatalf("seed %d: plan %+v", seed, plan)
		}
		for i, ring := range plan.Rings {
			if best := plan.Rings[plan.Chosen]; ring.Open < best.Open || i < plan.Chosen && ring.Open == best.Open || i > 0 && plan.Rings[i-1].Open == 0 {
				t.Fatalf("seed %d: ring %d of %+v is better than %d", seed, i, plan.Rings, plan.Chosen)
			}
		}
		tried += checkPlan(t, seed, g, q, plan, units)
	}
	if tried < 10 {
		t.Errorf("only %d plans were small enough for trying all ways", tried)
	}
}

func checkPlan(t *testing.T, seed uint64, g *road.Graph, q cordon.Question, plan cordon.Plan, units []road.Place) (small int) {
	t.Helper()
	places := make([]road.Place, len(plan.Exits))
	for i, x := range plan.Exits {
		places[i] = x.Place
	}
	times := g.Matrix(units, places, 0)
	busy, closed, sum := map[int]bool{}, 0, time.Duration(0)
	for i, x := range plan.Exits {
		if !x.Closed {
			continue
		}
		if takes := times[x.Unit][i].Duration; x.Takes != takes || x.Takes >= x.In-q.Margin || busy[x.Unit] {
			t.Fatalf("seed %d: exit %d is closed by unit %d in %v of %v, it takes %v (busy: %v)", seed, i, x.Unit, x.Takes, x.In, takes, busy[x.Unit])
		}
		busy[x.Unit], closed, sum = true, closed+1, sum+x.Takes
	}
	for i, x := range plan.Exits {
		first := -1
		for u := range units {
			if a := times[u][i]; !busy[u] && a.How == road.ByRoad && (first < 0 || a.Duration < times[first][i].Duration) {
				first = u
			}
		}
		if !x.Closed && (x.Unit != first || first >= 0 && (x.Late != x.Takes-(x.In-q.Margin) || x.Late < 0)) {
			t.Fatalf("seed %d: exit %d is open, %+v, the first of the others is %d", seed, i, x, first)
		}
	}
	if len(plan.Exits) > 8 || len(units) > 12 {
		return 0
	}
	wantClosed, wantSum := allWays(times, plan.Exits, q.Margin, 0, map[int]bool{})
	if closed != wantClosed || (sum-wantSum).Abs() > 10*time.Microsecond {
		t.Fatalf("seed %d: %d closed in %v, want %d in %v", seed, closed, sum, wantClosed, wantSum)
	}
	return 1
}

func allWays(times [][]road.Arrival, exits []cordon.Exit, margin time.Duration, i int, busy map[int]bool) (closed int, sum time.Duration) {
	if i == len(exits) {
		return 0, 0
	}
	closed, sum = allWays(times, exits, margin, i+1, busy)
	for u := range times {
		a := times[u][i]
		if busy[u] || a.How != road.ByRoad || a.Duration >= exits[i].In-margin {
			continue
		}
		busy[u] = true
		n, s := allWays(times, exits, margin, i+1, busy)
		if n, s = n+1, s+a.Duration; n > closed || n == closed && s < sum {
			closed, sum = n, s
		}
		busy[u] = false
	}
	return closed, sum
}

// streets is a town of n by n crossings, 100 m apart, some streets missing and some one-way.
func streets(r *rand.Rand, n int) (*road.Graph, []orb.Point) {
	var at []orb.Point
	var all []road.Segment
	for j := range n {
		for i := range n {
			p := orb.Point{105.7 + float64(i)*.0011, 34.5 + float64(j)*.0009}
			for _, to := range []orb.Point{{p[0] + .0011, p[1]}, {p[0], p[1] + .0009}} {
				s := road.Segment{ID: fmt.Sprint(len(all)), Line: orb.LineString{p, to}, Forward: 5 + 10*r.Float64()}
				if r.IntN(5) > 0 {
					s.Backward = s.Forward
				}
				if r.IntN(6) > 0 {
					all = append(all, s)
				}
			}
			at = append(at, p)
		}
	}
	return road.Build(slices.Values(all), road.Options{}), at
}

func snap(t testing.TB, g *road.Graph, p orb.Point) road.Place {
	t.Helper()
	place, ok := g.SnapMain(p, 500)
	if !ok {
		t.Fatalf("no road near %v", p)
	}
	return place
}
