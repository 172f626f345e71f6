package road_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/road"
)

// grid is a town of n by n crossings with blocks of about 100 m: some streets are missing, some one-way, some slow,
// and at some crossings there is a rule.
func grid(r *rand.Rand, n int) ([]road.Segment, []road.Restriction) {
	at := make([][]orb.Point, n)
	for i := range at {
		at[i] = make([]orb.Point, n)
		for j := range at[i] {
			at[i][j] = orb.Point{105.7 + (float64(i)+.3*r.Float64())*.001, 34.5 + (float64(j)+.3*r.Float64())*.001}
		}
	}
	var all []road.Segment
	add := func(a, b orb.Point) {
		if r.Float64() < .1 {
			return
		}
		s := road.Segment{ID: fmt.Sprint("s", len(all)), Line: orb.LineString{a, b}, Forward: 3 + 15*r.Float64()}
		if r.Float64() < .7 {
			s.Backward = s.Forward
		}
		if r.Float64() < .5 {
			middle := orb.Point{(a[0]+b[0])/2 + 1e-4*r.Float64(), (a[1]+b[1])/2 + 1e-4*r.Float64()}
			s.Line = orb.LineString{a, middle, b}
		}
		all = append(all, s)
	}
	for i := range n {
		for j := range n {
			if i+1 < n {
				add(at[i][j], at[i+1][j])
			}
			if j+1 < n {
				add(at[i][j], at[i][j+1])
			}
		}
	}
	return all, rules(r, all, len(all)/5)
}

// web is random places, each joined with some near ones by lines that cross without meeting.
func web(r *rand.Rand, n int) ([]road.Segment, []road.Restriction) {
	at := make([]orb.Point, n)
	for i := range at {
		at[i] = orb.Point{-73.9 + .02*r.Float64(), 40.7 + .02*r.Float64()}
	}
	var all []road.Segment
	for i, p := range at {
		near := slices.SortedFunc(slices.Values(at), func(a, b orb.Point) int {
			return int(math.Copysign(1, chord(p, a)-chord(p, b)))
		})
		for _, q := range near[1 : 2+r.IntN(3)] {
			s := road.Segment{ID: fmt.Sprint("w", i, "-", len(all)), Line: orb.LineString{p, q}, Forward: 10, Backward: 5 + 20*r.Float64()}
			if r.Float64() < .2 {
				s.Forward = 0
			}
			all = append(all, s)
		}
	}
	return all, rules(r, all, n/5)
}

// rules are restrictions between random segments that meet.
func rules(r *rand.Rand, all []road.Segment, n int) []road.Restriction {
	meet := map[orb.Point][]string{}
	for _, s := range all {
		for _, p := range []orb.Point{s.Line[0], s.Line[len(s.Line)-1]} {
			meet[p] = append(meet[p], s.ID)
		}
	}
	var rules []road.Restriction
	taken := map[[2]string]bool{} // one "only" for an approach: several would widen each other
	for range n {
		s := all[r.IntN(len(all))]
		via := s.Line[len(s.Line)-1]
		to := meet[via][r.IntN(len(meet[via]))]
		rule := road.Restriction{From: s.ID, Via: via, To: to, Only: r.Float64() < .3}
		key := [2]string{s.ID, fmt.Sprint(via)}
		if rule.Only && taken[key] {
			continue
		}
		taken[key] = taken[key] || rule.Only
		rules = append(rules, rule)
	}
	return rules
}

func build(segments []road.Segment, o road.Options) *road.Graph {
	return road.Build(slices.Values(segments), o)
}

// spots are n random places in the middle of a box, on the roads near there; every fourth is a node.
func spots(t testing.TB, r *rand.Rand, g *road.Graph, all []road.Segment, n int) []road.Place {
	t.Helper()
	places := make([]road.Place, n)
	for i := range places {
		s := all[r.IntN(len(all))]
		a, b := s.Line[0], s.Line[1]
		p := orb.Point{a[0] + r.Float64()*(b[0]-a[0]) + 2e-5*r.NormFloat64(), a[1] + r.Float64()*(b[1]-a[1]) + 2e-5*r.NormFloat64()}
		if i%4 == 0 {
			p = a
		}
		place, ok := g.Snap(p, 0)
		if !ok {
			t.Fatal("no road at all")
		}
		places[i] = place
	}
	return places
}
