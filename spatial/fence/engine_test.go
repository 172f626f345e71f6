package fence_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

func TestWhatAnEngineKnows(t *testing.T) {
	low := yard()
	low.ID, low.Low, low.High = "low", 0, 10
	night := &fence.Fence{ID: "night", Area: square(0, 0, 400, 400), Schedule: parse(t, "22:00-06:00")}
	gate := &fence.Fence{ID: "gate", Area: line(0, 0, 0, 100), Line: true}
	roam := &fence.Fence{ID: "roam", Around: "vip", Radius: 100}
	s := newScene(t, yard(), low, night, gate, roam)
	s.run("0 put yard", "0 put low", "0 put night", "0 put gate", "0 put roam", "0 vip 50,50 h=5", "5 car 60,50")
	ids := func(altitude float64, at time.Time) (out []string) {
		s.e.Containing(xy(50, 50), altitude, at, func(f *fence.Fence) bool { out = append(out, f.ID); return true })
		return out
	}
	morning, evening := begin.Time(), begin.Time().Add(15*time.Hour)
	for _, test := range []struct {
		name      string
		got, want any
	}{
		{"how many", s.e.Len(), 5},
		{"in order", slices.Collect(func(yield func(string) bool) {
			for f := range s.e.Fences() {
				if !yield(f.ID) {
					return
				}
			}
		}), []string{"gate", "low", "night", "roam", "yard"}},
		{"by ID", s.e.Fence("yard").ID, "yard"},
		{"not there", s.e.Fence("yards"), (*fence.Fence)(nil)},
		{"containing, low in the morning", ids(5, morning), []string{"low", "yard"}},
		{"containing, high in the evening", ids(50, evening), []string{"night", "yard"}},
		{"in the yard", s.e.Occupants("yard"), 2},
		{"in the low yard", s.e.Occupants("low"), 1},
		{"near the vip", s.e.Occupants("roam"), 1},
		{"where nobody can be", s.e.Occupants("gate"), 0},
		{"the night comes", s.e.Due(), spatial.InstantOf(begin.Time().Add(14 * time.Hour))},
	} {
		if fmt.Sprint(test.got) != fmt.Sprint(test.want) {
			t.Errorf("%s: got %v, want %v", test.name, test.got, test.want)
		}
	}
	var in []string
	for f, since := range s.e.Inside(s.handle("car")) {
		in = append(in, fmt.Sprint(f.ID, " since ", since.Sub(begin)))
	}
	if want := []string{"roam since 5s", "yard since 5s"}; !slices.Equal(in, want) {
		t.Errorf("the car is in %q, want %q", in, want)
	}
	n := 0
	s.e.Containing(xy(50, 50), 5, morning, func(*fence.Fence) bool { n++; return false })
	if n != 1 {
		t.Errorf("a visitor that has enough is called %d times", n)
	}
}

// Any number may read while nobody writes.
func TestReadersAtOnce(t *testing.T) {
	e := cityEngine(t, cityFences(300))
	places := drives(200, 2)
	for u, p := range places[0] {
		e.Move(fence.Move{Unit: fence.Handle(u), ID: fmt.Sprint(u), Time: begin, To: p}, nil)
	}
	var readers sync.WaitGroup
	found := make([]int, 4)
	for k := range found {
		readers.Go(func() {
			for u, p := range places[1] {
				e.Containing(p, 0, begin.Time(), func(f *fence.Fence) bool { found[k] += e.Occupants(f.ID); return true })
				for f := range e.Inside(fence.Handle(u)) {
					found[k] += len(f.ID)
				}
			}
			found[k] += e.Len() + len(e.AppendState(nil))
		})
	}
	readers.Wait()
	for k := range found {
		if found[k] != found[0] {
			t.Errorf("reader %d found %d, the first %d", k, found[k], found[0])
		}
	}
}

func TestMovesAllocateNothing(t *testing.T) {
	e := cityEngine(t, cityFences(2000))
	const movers, rounds = 2000, 8
	places := drives(movers, rounds)
	var out []fence.Event
	now := begin
	round := func(k int) {
		now += 5000
		for u, p := range places[k] {
			out = e.Move(fence.Move{Unit: fence.Handle(u), ID: "u", Time: now, To: p, Speed: 12}, out[:0])
		}
	}
	there := func() {
		for k := range rounds {
			round(k)
		}
		for k := rounds - 1; k >= 0; k-- {
			round(k)
		}
	}
	there()
	if n := testing.AllocsPerRun(2, there); n > 0 {
		t.Errorf("%d moves allocate %v times", 2*movers*rounds, n)
	}
}

func TestNamesAreReadAsTheyAreWritten(t *testing.T) {
	for k := fence.Enter; k <= fence.Emergency; k++ {
		if got, err := fence.ParseKind(k.String()); got != k || err != nil {
			t.Errorf("%v is read as %v, %v", k, got, err)
		}
	}
	for r := fence.Moved; r <= fence.TimePassed; r++ {
		if got, err := fence.ParseReason(r.String()); got != r || err != nil {
			t.Errorf("%v is read as %v, %v", r, got, err)
		}
	}
	for s := fence.EitherSide; s <= fence.RightToLeft; s++ {
		if got, err := fence.ParseSide(s.String()); got != s || err != nil {
			t.Errorf("%v is read as %v, %v", s, got, err)
		}
	}
	for _, bad := range []string{"", "entering", "kind 0"} {
		if _, err := fence.ParseKind(bad); err == nil {
			t.Errorf("%q is read as a kind", bad)
		}
	}
	if got := fence.Kind(99).String(); got != "kind 99" {
		t.Errorf("kind 99 is written %q", got)
	}
}
