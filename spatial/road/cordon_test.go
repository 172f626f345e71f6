package road_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/wardmap/wardmap/spatial/cordon"
	"github.com/wardmap/wardmap/spatial/road"
)

// sixMinutesAfter is what is asked on maps: a minute of margin, rings of 9, 12, … 21 minutes.
func sixMinutesAfter(from road.Place) cordon.Question {
	return cordon.Question{From: from, Elapsed: 6 * time.Minute, Margin: time.Minute, Step: 3 * time.Minute, Rings: 5}
}

func TestRealCordons(t *testing.T) {
	for _, c := range realCities {
		t.Run(c.short, func(t *testing.T) {
			all := realRoads(t, c.file)
			g := build(all, road.Options{Tolerance: .001})
			r := rand.New(rand.NewPCG(5, 5))
			units := spots(t, r, g, all, 500)
			for _, from := range spots(t, r, g, all, 4) {
				plan := cordon.Close(g, sixMinutesAfter(from), units)
				t.Logf("ring %d of %+v", plan.Chosen, plan.Rings)
				if !plan.Tight {
					t.Errorf("from %+v it leaks", from)
				}
				for _, x := range plan.Exits {
					if path, ok := g.Route(units[max(x.Unit, 0)], x.Place); x.Closed && (!ok || (path.Duration-x.Takes).Abs() > time.Millisecond || x.Takes >= x.In-time.Minute) {
						t.Errorf("exit %+v is closed too late: the way there takes %v", x, path.Duration)
					}
				}
			}
		})
	}
}

// BenchmarkCordon closes the ways out with 500 units.
func BenchmarkCordon(b *testing.B) {
	maps(b, func(b *testing.B, all []road.Segment) {
		g := build(all, road.Options{})
		r := rand.New(rand.NewPCG(6, 7))
		units, places := spots(b, r, g, all, 500), spots(b, r, g, all, 32)
		b.ReportAllocs()
		exits, open, rings := 0, 0, 0
		for i := 0; b.Loop(); i++ {
			plan := cordon.Close(g, sixMinutesAfter(places[i%len(places)]), units)
			exits, open, rings = exits+len(plan.Exits), open+plan.Rings[plan.Chosen].Open, rings+len(plan.Rings)
		}
		b.ReportMetric(float64(exits)/float64(b.N), "exits")
		b.ReportMetric(float64(open)/float64(b.N), "open")
		b.ReportMetric(float64(rings)/float64(b.N), "rings")
	})
}
