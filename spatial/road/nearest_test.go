package road_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/road"
)

// towns are seeded graphs of both kinds, with and without rules.
func towns(t *testing.T, visit func(t *testing.T, r *rand.Rand, all []road.Segment, rules []road.Restriction)) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			all, rules := grid(r, 12)
			if seed%2 == 1 {
				all, rules = web(r, 150)
			}
			if seed%3 == 0 {
				rules = nil
			}
			visit(t, r, all, rules)
		})
	}
}

func TestNearestIsWhatDijkstraFromEveryUnitFinds(t *testing.T) {
	towns(t, func(t *testing.T, r *rand.Rand, all []road.Segment, rules []road.Restriction) {
		g, o := build(all, road.Options{Restrictions: rules}), newOracle(all, rules)
		if got := g.Report(); got.Restrictions != len(rules) || got.States < got.Nodes {
			t.Fatalf("report %+v, want %d restrictions", got, len(rules))
		}
		units := spots(t, r, g, all, 50)
		starts, times := make([]spot, len(units)), make([][]float64, len(units))
		for i, u := range units {
			starts[i] = o.find(g, u)
			times[i] = o.from(starts[i])
		}
		for _, target := range spots(t, r, g, all, 12) {
			to, want := o.find(g, target), make([]float64, len(units))
			for i := range units {
				want[i] = o.between(starts[i], to, times[i])
			}
			for _, k := range []int{1, 10, 0} {
				checkNearest(t, g.Nearest(target, units, k, 0), want, k)
			}
		}
	})
}

// checkNearest compares an answer with the times that are right, +Inf for no way.
func checkNearest(t *testing.T, got []road.Arrival, want []float64, k int) {
	t.Helper()
	last, seen, arrived := 0.0, map[int]bool{}, 0
	for _, a := range got {
		if seen[a.Unit] {
			t.Fatalf("unit %d twice in %v", a.Unit, got)
		}
		seen[a.Unit] = true
		switch {
		case a.How == road.NoWay && math.IsInf(want[a.Unit], 1):
		case a.How != road.ByRoad || !same(a.Duration, want[a.Unit]):
			t.Fatalf("unit %d: %+v, want %v s", a.Unit, a, want[a.Unit])
		case a.Duration.Seconds() < last:
			t.Fatalf("unit %d comes after one that is later: %v", a.Unit, got)
		default:
			last = a.Duration.Seconds()
			arrived++
		}
	}
	if k == 0 && len(got) != len(want) || k > 0 && arrived > k || k > 0 && arrived < k && len(got) != len(want) {
		t.Fatalf("%d answers, %d of them arrive, for k=%d of %d units", len(got), arrived, k, len(want))
	}
	for i, w := range want {
		if !seen[i] && w < last*(1-1e-6)-1e-4 {
			t.Fatalf("unit %d would arrive after %v s, but is left out; the last one takes %v s", i, w, last)
		}
	}
}

func TestMatrixAndRouteAreWhatDijkstraFinds(t *testing.T) {
	towns(t, func(t *testing.T, r *rand.Rand, all []road.Segment, rules []road.Restriction) {
		g, o := build(all, road.Options{Restrictions: rules}), newOracle(all, rules)
		places := spots(t, r, g, all, 30)
		for _, shape := range [][2]int{{30, 10}, {10, 30}} {
			from, to := places[:shape[0]], places[30-shape[1]:]
			matrix := g.Matrix(from, to, 0)
			for i := range from {
				s := o.find(g, from[i])
				at := o.from(s)
				for j := range to {
					want := o.between(s, o.find(g, to[j]), at)
					cell := matrix[i][j]
					path, ok := g.Route(from[i], to[j])
					if ok == math.IsInf(want, 1) || ok != (cell.How == road.ByRoad) || cell.Unit != i {
						t.Fatalf("from %d to %d: route %v, matrix %+v, want %v s", i, j, ok, cell, want)
					}
					if ok {
						checkPath(t, o, path, from[i], to[j], want, cell)
					}
				}
			}
		}
	})
}

// checkPath tells whether a path is as long as it should be, and hangs together.
func checkPath(t *testing.T, o *oracle, path road.Path, from, to road.Place, want float64, cell road.Arrival) {
	t.Helper()
	if !same(path.Duration, want) || !same(cell.Duration, want) {
		t.Fatalf("route takes %v, matrix says %v, want %v s", path.Duration, cell.Duration, want)
	}
	if cell.Meters < path.Meters-.01 && math.Abs(cell.Meters-path.Meters) > 1e-3*path.Meters {
		t.Logf("two ways take the same time: %v m and %v m", cell.Meters, path.Meters)
	}
	along, steps, took := 0.0, 0.0, time.Duration(0)
	for i := 1; i < len(path.Line); i++ {
		along += chord(path.Line[i-1], path.Line[i])
	}
	for _, s := range path.Steps {
		steps += s.Meters
		took += s.Duration
	}
	if math.Abs(along-path.Meters) > .01 || math.Abs(steps-path.Meters) > .001 || math.Abs((took-path.Duration).Seconds()) > 1e-6 {
		t.Fatalf("line %.3f m, steps %.3f m in %v, path %.3f m in %v", along, steps, took, path.Meters, path.Duration)
	}
	if chord(path.Line[0], from.Point) > .001 || chord(path.Line[len(path.Line)-1], to.Point) > .001 {
		t.Fatalf("line from %v to %v, want from %v to %v", path.Line[0], path.Line[len(path.Line)-1], from.Point, to.Point)
	}
}

func TestTurningBackAtDeadEndsOnlyIsWhatDijkstraFinds(t *testing.T) {
	towns(t, func(t *testing.T, r *rand.Rand, all []road.Segment, rules []road.Restriction) {
		g, o := build(all, road.Options{Restrictions: rules, UTurns: road.AtDeadEnds}), newOracle(all, rules)
		o.noTurningBack()
		places := spots(t, r, g, all, 20)
		for i, from := range places {
			s := o.find(g, from)
			at := o.from(s)
			want := make([]float64, len(places))
			for j, to := range places {
				want[j] = o.between(s, o.find(g, to), at)
			}
			for j, a := range g.Matrix(places[i:i+1], places, 0)[0] {
				if math.IsInf(want[j], 1) != (a.How == road.NoWay) || a.How == road.ByRoad && !same(a.Duration, want[j]) {
					t.Fatalf("from %d to %d: %+v, want %v s", i, j, a, want[j])
				}
			}
		}
	})
}

func TestUnitsThatDoNotArriveAreAnswered(t *testing.T) {
	all := []road.Segment{
		{ID: "main", Line: orb.LineString{{105, 34}, {105.01, 34}}, Forward: 10, Backward: 10},
		{ID: "island", Line: orb.LineString{{105, 35}, {105.01, 35}}, Forward: 10, Backward: 10},
	}
	g := build(all, road.Options{})
	on := func(p orb.Point) road.Place { place, _ := g.Snap(p, 50); return place }
	target := on(orb.Point{105.005, 34})
	units := []road.Place{on(orb.Point{105.005, 35}), on(orb.Point{105.009, 34}), on(orb.Point{106, 36}), on(orb.Point{105.006, 34})}
	tests := []struct {
		name   string
		target road.Place
		k      int
		limit  time.Duration
		want   string
	}{
		{"all", target, 0, 0, "3 by road, 1 by road, 0 no way, 2 off road"},
		{"the first", target, 1, 0, "3 by road, 2 off road"},
		{"more than can come", target, 3, 0, "3 by road, 1 by road, 0 no way, 2 off road"},
		{"within 10 seconds", target, 0, 10 * time.Second, "3 by road, 0 too far, 1 too far, 2 off road"},
		{"to no road", road.Place{}, 2, 0, "0 off road, 1 off road, 2 off road, 3 off road"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			for i, a := range g.Nearest(test.target, units, test.k, test.limit) {
				if i > 0 {
					got += ", "
				}
				got += fmt.Sprint(a.Unit, " ", a.How)
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestOfUnitsAtTheSameTimeTheFirstCountsFirst(t *testing.T) {
	g := build(town(), road.Options{})
	here := snap(t, g, at(120, 0))
	units := []road.Place{snap(t, g, at(250, 0)), here, here, here, here, here, snap(t, g, at(60, 0))}
	for k := 1; k <= 5; k++ {
		for i, a := range g.Nearest(snap(t, g, at(100, 0)), units, k, 0) {
			if a.Unit != i+1 {
				t.Errorf("of %d, number %d is unit %d, want %d", k, i, a.Unit, i+1)
			}
		}
	}
}
