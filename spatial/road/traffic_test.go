package road_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/road"
)

func TestSpeedsAreKnown(t *testing.T) {
	g := build(town(), road.Options{})
	if err := g.SetSpeed("nowhere", 1, 1); !errors.Is(err, road.ErrUnknown) {
		t.Errorf("set speed of no road: %v", err)
	}
	for _, v := range []float64{-1, math.NaN(), math.Inf(1)} {
		if err := g.SetSpeed("m1", v, 1); err == nil || errors.Is(err, road.ErrUnknown) {
			t.Errorf("speed %v: %v", v, err)
		}
	}
	err := firstError(g.SetSpeed("m1", 3, 4), g.Close("m1", road.Backward), g.Close("m1", road.Forward), g.Reopen("m1", road.Forward))
	if s, ok := g.Speeds("m1"); err != nil || !ok || s != (road.Speeds{Forward: 3, Backward: 4, Closed: road.Backward}) {
		t.Errorf("speeds %+v, %v, %v", s, ok, err)
	}
	if _, ok := g.Speeds("nowhere"); ok {
		t.Error("speeds of no road")
	}
}

// After any number of changes a graph answers like one that was built with the last speeds.
func TestChangedSpeedsAreThoseOfAFreshGraph(t *testing.T) {
	towns(t, func(t *testing.T, r *rand.Rand, all []road.Segment, rules []road.Restriction) {
		g := build(all, road.Options{Restrictions: rules})
		for range 3 * len(all) {
			s := &all[r.IntN(len(all))]
			s.Forward, s.Backward = 20*r.Float64(), max(0, 20*r.Float64()-5)
			if err := g.SetSpeed(s.ID, s.Forward, s.Backward); err != nil {
				t.Fatal(err)
			}
		}
		fresh := build(all, road.Options{Restrictions: rules})
		places := spots(t, r, fresh, all, 20)
		for _, n := range []int{5, len(places)} { // searched forwards, and backwards
			got, want := g.Matrix(places[:n], places, 0), fresh.Matrix(places[:n], places, 0)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("matrix %+v, want %+v", got, want)
			}
		}
	})
}

// A road in two parts changes at once: no query sees one part fast and the other slow.
func TestQueriesSeeOneStateOfAllSpeeds(t *testing.T) {
	parts := func(y float64) []road.Segment {
		return []road.Segment{
			{ID: "a", Line: orb.LineString{at(0, y), at(100, y)}, Forward: 10, Backward: 10},
			{ID: "b", Line: orb.LineString{at(100, y), at(200, y)}, Forward: 10, Backward: 10},
			{ID: "a", Line: orb.LineString{at(200, y), at(300, y)}, Forward: 10, Backward: 10},
		}
	}
	g := build(append(parts(0), parts(-300)...), road.Options{})
	from, to := snap(t, g, at(1, 0)), snap(t, g, at(299, 0))
	possible := func(d time.Duration) bool { // 99 + 99 m at 10 or 20 m/s, 100 m at 10 m/s
		return (d-29800*time.Millisecond).Abs() < time.Millisecond || (d-19900*time.Millisecond).Abs() < time.Millisecond
	}
	stop := make(chan struct{})
	var writer, readers sync.WaitGroup
	writer.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			speed := float64(10 + i%2*10)
			if err := firstError(g.SetSpeed("a", speed, speed), g.Close("b", road.Backward), g.Reopen("b", road.Both)); err != nil {
				t.Error(err)
			}
		}
	})
	for range 4 {
		readers.Go(func() {
			for range 300 {
				path, ok := g.Route(from, to)
				near := g.Nearest(to, []road.Place{from, {}}, 2, 0)
				cell := g.Matrix([]road.Place{from}, []road.Place{to, to}, 0)[0][1]
				if !ok || !possible(path.Duration) || !possible(near[0].Duration) || !possible(cell.Duration) {
					t.Errorf("route takes %v, nearest %v, matrix %v", path.Duration, near[0].Duration, cell.Duration)
				}
				g.Reach(from, 20*time.Second)
				g.Exits(from, 20*time.Second)
				g.Sealed(from, g.Posts(from, time.Second, 20*time.Second), 20*time.Second)
				g.Kerb(g.Candidates(at(150, 3), 50, 2)[0])
				g.Speeds("a")
			}
		})
	}
	readers.Wait()
	close(stop)
	writer.Wait()
}
