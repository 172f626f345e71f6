package live_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// town is a picture of a city of half a degree with units that drive about 60 m to and fro, a step a second.
type town struct {
	p       *live.Picture
	reports []live.Report // of all units, in an order by chance
	there   []orb.Point   // where each is next
	now     spatial.Instant
	at      int
}

func newTown(b testing.TB, units, fences int) *town {
	b.Helper()
	r := rand.New(rand.NewPCG(71, 0))
	place := func() orb.Point { return orb.Point{105.5 + r.Float64()/2, 34.4 + r.Float64()/2} }
	t := &town{p: live.NewPicture(live.Options{}), now: noon}
	skills := [][]string{nil, {"firearms"}, {"medic"}, {"dog", "firearms"}}
	for i := range units {
		t.p.PutUnit(live.Unit{
			ID: fmt.Sprintf("unit-%06d", i), Name: fmt.Sprintf("Patrol %d", i), Class: spatial.Class(1 + i%4), Kind: "car",
			Org: fmt.Sprintf("6205010%d", i%40), Skills: skills[i%4], State: live.State(2 + i%12),
		}, noon, nil)
	}
	for _, i := range r.Perm(units) {
		at := place()
		t.reports = append(t.reports, live.Report{Device: fmt.Sprintf("unit-%06d", i), Point: at, Altitude: unknown, Speed: 12, Course: 90, Accuracy: 5, Battery: unknown})
		t.there = append(t.there, orb.Point{at[0] + 40/91_752., at[1] + 40/110_900.})
	}
	for i := range fences {
		f := &fence.Fence{ID: fmt.Sprintf("city/%05d", i), Area: wardOf(r, place())}
		if _, err := t.p.PutFence(f, noon, nil); err != nil {
			b.Fatal(err)
		}
	}
	for range units / batch {
		t.step()
	}
	return t
}

// wardOf is a polygon of 20 corners, 100 to 400 m around a place.
func wardOf(r *rand.Rand, center orb.Point) orb.Polygon {
	var ring orb.Ring
	far := 100 + 300*r.Float64()
	for i := range 20 {
		sin, cos := math.Sincos(float64(i) * math.Pi / 10)
		own := far * (.7 + .6*r.Float64())
		ring = append(ring, orb.Point{center[0] + cos*own/91_752, center[1] + sin*own/110_900})
	}
	return orb.Polygon{append(ring, ring[0])}
}

const batch = 1000

var (
	verdicts []live.Verdict
	events   []live.Event
)

// step lets the next thousand units report, and time pass.
func (t *town) step() {
	now := t.reports[t.at : t.at+batch]
	t.now += spatial.Instant(max(1, 1000*batch/len(t.reports)))
	for i := range now {
		now[i].Fix = t.now
		now[i].Point, t.there[t.at+i] = t.there[t.at+i], now[i].Point
	}
	events = t.p.Advance(t.now, events[:0])
	verdicts, events = t.p.Report(t.now, now, verdicts[:0], events)
	t.at = (t.at + batch) % len(t.reports)
}

func BenchmarkReport(b *testing.B) {
	for _, fences := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("units=100000/fences=%d", fences), func(b *testing.B) {
			t := newTown(b, 100_000, fences)
			told := t.p.Seq()
			b.ReportAllocs()
			for b.Loop() {
				t.step()
			}
			reports := float64(b.N * batch)
			b.ReportMetric(reports/b.Elapsed().Seconds(), "reports/s")
			b.ReportMetric(float64(t.p.Seq()-told)/reports, "events/report")
			if c := t.p.Counts(); c.Verdict[live.Accepted] != c.Reports {
				b.Fatal(c.Verdict)
			}
		})
	}
}

func BenchmarkNearest(b *testing.B) {
	for _, units := range []int{1_000, 100_000} {
		t := newTown(b, units, 100)
		searches := []struct {
			name   string
			filter live.Filter
		}{
			{"all", live.Filter{}},
			{"twentieth", live.Filter{Skills: []string{"dog"}, States: live.StatesOf(live.Available, live.OnScene, live.EnRoute)}},
		}
		for _, s := range searches {
			b.Run(fmt.Sprintf("units=%d/%s", units, s.name), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if n := t.p.Nearest(live.Search{Point: t.there[i%units], K: 10, Filter: s.filter}); len(n) != 10 {
						b.Fatal(len(n))
					}
				}
			})
		}
	}
}

// BenchmarkChanges is a wall that asks four times a second while 20,000 units of 100,000 move.
func BenchmarkChanges(b *testing.B) {
	t := newTown(b, 100_000, 0)
	since := t.p.Changes(0, func(live.Moved) bool { return true })
	moves := 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for range 5 {
			t.step()
		}
		b.StartTimer()
		since = t.p.Changes(since, func(live.Moved) bool { moves++; return true })
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(moves), "ns/move")
}

// BenchmarkState is how long a picture stands still when it is saved.
func BenchmarkState(b *testing.B) {
	t := newTown(b, 100_000, 1000)
	size := 0
	for b.Loop() {
		size = len(stateOf(b, t.p))
	}
	b.ReportMetric(float64(size)/100_000, "bytes/unit")
}

// BenchmarkMemory is what a unit takes, with its registration, position, place in the grid and in the fences.
func BenchmarkMemory(b *testing.B) {
	const units = 100_000
	for b.Loop() {
		reports := make([]live.Report, 0, batch)
		before := heap()
		p := live.NewPicture(live.Options{})
		r := rand.New(rand.NewPCG(71, 0))
		for i := range units {
			id := fmt.Sprintf("unit-%06d", i)
			p.PutUnit(live.Unit{ID: id, Name: fmt.Sprintf("Patrol %d", i), Class: spatial.Class(1 + i%4), Kind: "car", Org: fmt.Sprintf("6205010%d", i%40), State: live.Available}, noon, nil)
			if reports = append(reports, live.Report{Device: id, Fix: noon, Point: orb.Point{105.5 + r.Float64()/2, 34.4 + r.Float64()/2}, Speed: 12}); len(reports) == batch {
				p.Report(noon, reports, nil, nil)
				reports = reports[:0]
			}
		}
		b.ReportMetric(float64(heap()-before)/units, "bytes/unit")
		runtime.KeepAlive(p)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
