package fence_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// A wild town is fences of all sorts that come and go, and units that wander, jump, fall silent and expire: all drawn
// from one source of chance, and always the same for the same numbers.
type town struct {
	r       chance
	now     spatial.Instant
	fences  map[string]*fence.Fence
	at      [8]orb.Point
	class   [8]spatial.Class
	heard   [8]bool
	windows []*fence.Schedule
}

// chance is a source of numbers in [0, n).
type chance func(n int) int

func seeded(seed uint64) chance {
	r := rand.New(rand.NewPCG(seed, 77))
	return r.IntN
}

func newTown(t testing.TB, r chance) *town {
	w := &town{r: r, now: begin, fences: map[string]*fence.Fence{}}
	for _, text := range []string{"08:00-08:03,08:05-08:06,08:10-09:00", "Thu 08:02-08:20; Fri", "22:00-08:04"} {
		w.windows = append(w.windows, parse(t, text))
	}
	for i := range w.at {
		w.at[i] = w.place()
	}
	return w
}

func (w *town) place() orb.Point {
	return xy(float64(w.r(800)-400), float64(w.r(800)-400))
}

func (w *town) fence(id string) *fence.Fence {
	f := &fence.Fence{ID: id, Confirm: w.r(4), Stay: time.Duration(w.r(3)*10) * time.Second}
	switch w.r(7) {
	case 0:
		f.Area, f.Line, f.Side = orb.LineString{w.place(), w.place(), w.place()}, true, fence.Side(w.r(3))
		return w.more(f)
	case 1:
		f.Area, f.Radius = orb.LineString{w.place(), w.place(), w.place()}, float64(20+w.r(60))
		if w.r(2) == 0 {
			f.Events = fence.KindsOf(fence.Enter, fence.Exit, fence.Lost, fence.OffRoute, fence.OnRoute, fence.Dwell, fence.Absent, fence.Staffed)
		}
	case 2:
		f.Around, f.Radius = fmt.Sprint("u", w.r(len(w.at))), float64(50+w.r(200))
	case 3:
		f.Area, f.Radius = w.place(), float64(5+w.r(200))
	default:
		p, q := w.place(), w.place()
		f.Area = orb.Polygon{{p, {q[0], p[1]}, w.place(), q, p}}
	}
	if w.r(3) == 0 {
		f.Dwell = time.Duration(1+w.r(60)) * time.Second
	}
	if w.r(3) == 0 {
		f.Absent, f.Needs = time.Duration(1+w.r(60))*time.Second, w.r(3)
	}
	if w.r(4) == 0 {
		f.Speed = float64(1 + w.r(15))
	}
	return w.more(f)
}

// more is what all sorts of fences can have.
func (w *town) more(f *fence.Fence) *fence.Fence {
	if w.r(3) == 0 {
		f.Schedule = w.windows[w.r(len(w.windows))]
	}
	if w.r(5) == 0 {
		f.Effective.To = w.now.Add(time.Duration(w.r(200)) * time.Second).Time()
	}
	if w.r(5) == 0 {
		f.Classes = spatial.ClassesOf(spatial.Bus)
	}
	if w.r(6) == 0 {
		f.Units = []string{"u1", "u2"}
	}
	if w.r(6) == 0 {
		f.Low, f.High = 0, 40
	}
	return f
}

// step does one thing to some engines, and returns what each of them says.
func (w *town) step(t testing.TB, engines ...*fence.Engine) [][]fence.Event {
	w.now += spatial.Instant(w.r(4000))
	act := w.act(t)
	out := make([][]fence.Event, len(engines))
	for i, e := range engines {
		out[i] = act(e, nil)
	}
	return out
}

func (w *town) act(t testing.TB) func(e *fence.Engine, out []fence.Event) []fence.Event {
	now, u := w.now, w.r(len(w.at))
	h := fence.Handle(u)
	switch w.r(40) {
	case 0, 1, 2:
		f := w.fence(fmt.Sprint("f", w.r(12)))
		if f.Check() != nil {
			return func(_ *fence.Engine, out []fence.Event) []fence.Event { return out }
		}
		w.fences[f.ID] = f
		return func(e *fence.Engine, out []fence.Event) []fence.Event {
			out, err := e.Put(f, now, out)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
	case 3:
		id := fmt.Sprint("f", w.r(12))
		delete(w.fences, id)
		return func(e *fence.Engine, out []fence.Event) []fence.Event { return e.Remove(id, now, fence.Removed, out) }
	case 4:
		return func(e *fence.Engine, out []fence.Event) []fence.Event { return e.Lost(h, now, out) }
	case 5:
		if w.r(4) == 0 {
			w.heard[u] = false
			return func(e *fence.Engine, out []fence.Event) []fence.Event { return e.Forget(h, now, fence.HasExpired, out) }
		}
		fallthrough
	case 6, 7, 8, 9:
		return func(e *fence.Engine, out []fence.Event) []fence.Event { return e.Advance(now, out) }
	}
	m := w.move(u)
	return func(e *fence.Engine, out []fence.Event) []fence.Event { return e.Move(m, out) }
}

func (w *town) move(u int) fence.Move {
	reach := []int{3, 20, 60, 300}[w.r(4)]
	w.at[u] = orb.Point{w.at[u][0] + float64(w.r(2*reach+1)-reach)/perLon, w.at[u][1] + float64(w.r(2*reach+1)-reach)/perLat}
	if w.r(20) == 0 {
		w.at[u] = w.place()
	}
	if w.r(50) == 0 {
		w.class[u] = []spatial.Class{spatial.Vehicle, spatial.Bus}[w.r(2)]
	}
	m := fence.Move{
		Unit: fence.Handle(u), ID: fmt.Sprint("u", u), Class: w.class[u], Time: w.now, To: w.at[u],
		Accuracy: []float32{0, 3, 5, 20}[w.r(4)], Speed: float32(math.NaN()), Altitude: float32(w.r(60)), Gap: w.heard[u] && w.r(30) == 0,
	}
	w.heard[u] = true
	if w.r(3) == 0 {
		m.Speed = float32(w.r(20))
	}
	if w.r(10) == 0 {
		m.Altitude = float32(math.NaN())
	}
	return m
}

// books follows the events and holds them against each other.
type books struct {
	in     map[string]string // by fence and unit: the event that it is in by
	absent map[string]bool
}

func (b *books) enter(t testing.TB, what string, events []fence.Event) {
	t.Helper()
	for _, ev := range events {
		key := fmt.Sprint(ev.Fence.ID, "/", ev.Unit)
		was := b.in[key]
		bad := false
		switch ev.Kind {
		case fence.Enter, fence.Approach:
			bad = was != "" && ev.Reason != fence.CameBack || was == "off"
			b.in[key] = "in"
		case fence.Exit, fence.Part:
			bad = was != "in"
			delete(b.in, key)
		case fence.OffRoute:
			bad = was != "in"
			b.in[key] = "off"
		case fence.OnRoute:
			bad = was != "off"
			b.in[key] = "in"
			if ev.Reason != fence.Moved && ev.Reason != fence.CameBack {
				delete(b.in, key)
			}
		case fence.Cross:
			bad = was != ""
		case fence.Dwell, fence.Speed, fence.Lost:
			bad = was != "in"
		case fence.Absent:
			bad = b.absent[ev.Fence.ID]
			b.absent[ev.Fence.ID] = true
		case fence.Staffed:
			bad = !b.absent[ev.Fence.ID]
			delete(b.absent, ev.Fence.ID)
		}
		if bad || ev.For < 0 {
			t.Fatalf("%s: %v %v of unit %d for %v, when it was %q: %+v", what, ev.Kind, ev.Fence.ID, ev.Unit, ev.For, was, ev)
		}
	}
}

// What Enter and Exit say is what Inside says, at any moment; and a copy that was written and read goes on the same.
func TestWildTown(t *testing.T) {
	seeds := 40
	if testing.Short() {
		seeds = 10
	}
	for seed := range seeds {
		w := newTown(t, seeded(uint64(seed)))
		e, again := fence.NewEngine(nil), fence.NewEngine(nil)
		b := books{map[string]string{}, map[string]bool{}}
		for i := range 1500 {
			what := fmt.Sprintf("seed %d, step %d", seed, i)
			if i%250 == 100 {
				again = copyOf(t, what, e, w)
			}
			out := w.step(t, e, again)
			b.enter(t, what, out[0])
			if i > 100 && !sameEvents(out[0], out[1]) {
				t.Fatalf("%s: the copy says %v, not %v", what, out[1], out[0])
			}
			if i > 100 && !reflect.DeepEqual(e.AppendState(nil), again.AppendState(nil)) && i%50 == 0 {
				t.Fatalf("%s: the copy knows something else", what)
			}
			b.compare(t, what, e, w)
		}
	}
}

func copyOf(t *testing.T, what string, e *fence.Engine, w *town) *fence.Engine {
	t.Helper()
	c := fence.NewEngine(nil)
	for f := range e.Fences() {
		if _, err := c.Put(f, w.now, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.ReadState(e.AppendState(nil)); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if e.Due() == 0 && c.Due() != 0 || e.Due() > c.Due() && c.Due() != 0 {
		t.Fatalf("%s: the copy has something due at %v, before %v", what, c.Due(), e.Due())
	}
	return c
}

func sameEvents(a, b []fence.Event) bool {
	return slices.EqualFunc(a, b, func(x, y fence.Event) bool {
		same := x == y
		if x.Value != x.Value && y.Value != y.Value {
			x.Value, y.Value = 0, 0
			same = x == y
		}
		return same
	})
}

func (b *books) compare(t *testing.T, what string, e *fence.Engine, w *town) {
	t.Helper()
	occupants := map[string]int{}
	for u := range w.at {
		last := ""
		for f, since := range e.Inside(fence.Handle(u)) {
			occupants[f.ID]++
			if since > w.now || f.ID <= last {
				t.Fatalf("%s: unit %d is in %s since %v, after %s", what, u, f.ID, since, last)
			}
			last = f.ID
			if f.Events == 0 && b.in[fmt.Sprint(f.ID, "/", u)] != "in" {
				t.Fatalf("%s: unit %d is in %s, but no event said so", what, u, f.ID)
			}
		}
	}
	n := 0
	for _, state := range b.in {
		if state == "in" {
			n++
		}
	}
	for f := range e.Fences() {
		if got := e.Occupants(f.ID); got != occupants[f.ID] {
			t.Fatalf("%s: %d units in %s, want %d", what, got, f.ID, occupants[f.ID])
		}
		n -= occupants[f.ID]
	}
	if n != 0 {
		t.Fatalf("%s: the events say that %d more are inside", what, n)
	}
}
