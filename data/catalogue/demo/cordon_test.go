package demo_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/cordon"
	"github.com/wardmap/wardmap/spatial/road"
)

// siege is the roads of the city, 500 units on them, and where incidents are.
func siege(t testing.TB) (g *road.Graph, units []road.Place, incidents []road.Place) {
	t.Helper()
	city := grow(seed)
	g = road.Build(func(yield func(road.Segment) bool) {
		for _, f := range city["roads"] {
			for _, s := range road.Cars().Segments(f) {
				if !yield(s) {
					return
				}
			}
		}
	}, road.Options{})
	snap := func(f spatial.Feature) road.Place {
		at, _ := g.SnapMain(f.Geometry.Bound().Center(), 1000)
		return at
	}
	r := rand.New(rand.NewPCG(seed, 1))
	for range 500 {
		units = append(units, snap(city["checkpoints"][r.IntN(len(city["checkpoints"]))]))
	}
	for _, f := range city["incidents"] {
		incidents = append(incidents, snap(f))
	}
	return g, units, incidents
}

// TestEveryIncidentCanBeClosedOff: no way leads out past the exits, whatever the time that has passed.
func TestEveryIncidentCanBeClosedOff(t *testing.T) {
	g, units, incidents := siege(t)
	exits, closed := 0, 0
	for i, at := range incidents {
		for _, elapsed := range []time.Duration{0, 2 * time.Minute, 6 * time.Minute} {
			q := cordon.Question{From: at, Elapsed: elapsed, Margin: time.Minute, Step: 3 * time.Minute, Rings: 5}
			plan := cordon.Close(g, q, units)
			if !plan.Tight {
				t.Errorf("incident %d leaks after %v: %+v", i, elapsed, plan.Rings)
			}
			exits, closed = exits+len(plan.Exits), closed+len(plan.Exits)-plan.Rings[plan.Chosen].Open
		}
	}
	t.Logf("%d incidents: %d of %d exits closed in time", len(incidents), closed, exits)
	if exits == 0 || closed*10 < exits*8 {
		t.Errorf("%d of %d exits are closed in time by 500 units", closed, exits)
	}
}

// BenchmarkCordon closes the ways out six minutes after, with 500 units.
func BenchmarkCordon(b *testing.B) {
	g, units, incidents := siege(b)
	exits, open, rings := 0, 0, 0
	for i := 0; b.Loop(); i++ {
		q := cordon.Question{From: incidents[i%len(incidents)], Elapsed: 6 * time.Minute, Margin: time.Minute, Step: 3 * time.Minute, Rings: 5}
		plan := cordon.Close(g, q, units)
		exits, open, rings = exits+len(plan.Exits), open+plan.Rings[plan.Chosen].Open, rings+len(plan.Rings)
	}
	b.ReportMetric(float64(exits)/float64(b.N), "exits")
	b.ReportMetric(float64(open)/float64(b.N), "open")
	b.ReportMetric(float64(rings)/float64(b.N), "rings")
}
