package fence_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// A naive engine decides on polygons and circles as the real one should, with no index at all: at every fix it looks
// at every fence, with geometry of its own.
type naive struct {
	fences map[string]*fence.Fence
	units  map[fence.Handle]*wanderer
	told   []string
}

type wanderer struct {
	at    orb.Point
	time  spatial.Instant
	sigma float64
	lost  bool
	with  map[string]*tie
}

// A tie is what a wanderer has to do with a fence that it is inside of, or has entered.
type tie struct {
	entered bool
	runs    int
	since   spatial.Instant
	came    bool // by the way from from, over the border at crossed
	from    orb.Point
	crossed spatial.Instant
}

func (n *naive) tell(at spatial.Instant, kind fence.Kind, id string, u fence.Handle, why fence.Reason) {
	n.told = append(n.told, fmt.Sprintf("%d %v %s %d %v", at, kind, id, u, why))
}

func (n *naive) put(f *fence.Fence, now spatial.Instant) {
	old := n.fences[f.ID]
	n.fences[f.ID] = f
	why := fence.Created
	if old != nil {
		why = fence.Edited
	}
	for _, u := range slices.Sorted(maps.Keys(n.units)) { // first those who leave
		w := n.units[u]
		if tie := w.with[f.ID]; tie == nil || !tie.entered {
			delete(w.with, f.ID)
		} else if signed(f, w.at) <= -3*w.sigma {
			n.tell(now, fence.Exit, f.ID, u, why)
			delete(w.with, f.ID)
		}
	}
	for _, u := range slices.Sorted(maps.Keys(n.units)) {
		w := n.units[u]
		if w.with[f.ID] == nil && !w.lost && signed(f, w.at) >= margin(f, w.sigma) {
			n.tell(now, fence.Enter, f.ID, u, why)
			w.with[f.ID] = &tie{entered: true, since: now}
		}
	}
}

func (n *naive) remove(id string, now spatial.Instant) {
	for _, u := range slices.Sorted(maps.Keys(n.units)) {
		if tie := n.units[u].with[id]; tie != nil && tie.entered {
			n.tell(now, fence.Exit, id, u, fence.Removed)
		}
		delete(n.units[u].with, id)
	}
	delete(n.fences, id)
}

func (n *naive) forget(u fence.Handle, now spatial.Instant) {
	if w := n.units[u]; w != nil {
		for _, id := range slices.Sorted(maps.Keys(w.with)) {
			if w.with[id].entered {
				n.tell(now, fence.Exit, id, u, fence.HasExpired)
			}
		}
		delete(n.units, u)
	}
}

func (n *naive) lose(u fence.Handle, now spatial.Instant) {
	w := n.units[u]
	if w == nil || w.lost {
		return
	}
	w.lost = true
	for _, id := range slices.Sorted(maps.Keys(w.with)) {
		if w.with[id].entered {
			n.tell(now, fence.Lost, id, u, fence.WentStale)
		}
	}
}

func (n *naive) move(m fence.Move) {
	w := n.units[m.Unit]
	first := w == nil
	if first {
		w = &wanderer{at: m.To, with: map[string]*tie{}, sigma: float64(m.Accuracy)}
		n.units[m.Unit] = w
	}
	for _, id := range slices.Sorted(maps.Keys(n.fences)) {
		n.judge(id, w, &m, first)
	}
	*w = wanderer{at: m.To, time: m.Time, sigma: float64(m.Accuracy), with: w.with}
}

func (n *naive) judge(id string, w *wanderer, m *fence.Move, first bool) {
	f, t := n.fences[id], w.with[id]
	sigma := float64(m.Accuracy)
	depth := signed(f, m.To)
	real := func(from orb.Point) bool { return flat(from, m.To) >= 5*max(sigma, w.sigma) }
	why := fence.Moved
	if w.lost {
		why = fence.CameBack
	}
	if t != nil && t.entered {
		switch {
		case depth > -3*sigma:
			t.runs = 0
			if w.lost {
				n.tell(m.Time, fence.Enter, id, m.Unit, why)
			}
			return
		case w.lost:
			t.runs = f.Confirm
		}
		if t.runs++; t.runs >= f.Confirm {
			n.tell(m.Time, fence.Exit, id, m.Unit, why)
			delete(w.with, id)
		}
		return
	}
	parts := meetings(f, w.at, m.To)
	when := func(part float64) spatial.Instant {
		return w.time + spatial.Instant(math.Round(part*float64(m.Time-w.time)))
	}
	if depth < 0 {
		switch {
		case t != nil && t.came && real(t.from):
			n.tell(t.crossed, fence.Cross, id, m.Unit, why)
		case t == nil && !first && len(parts) > 1 && real(w.at):
			n.tell(when(parts[0]), fence.Cross, id, m.Unit, why)
		}
		delete(w.with, id)
		return
	}
	if t == nil {
		t = &tie{from: w.at}
		if !first && signed(f, w.at) < 0 {
			t.came, t.crossed = true, when(parts[0])
		}
		w.with[id] = t
	}
	need := margin(f, sigma)
	if t.came && !w.lost && !real(t.from) {
		need = min(3*sigma, inradius(f)/2)
	}
	if w.lost {
		t.runs = 0
	}
	if depth < need {
		t.runs = 0
	} else if t.runs++; t.runs >= f.Confirm {
		n.tell(m.Time, fence.Enter, id, m.Unit, why)
		*t = tie{entered: true, since: m.Time}
	}
	if first && !t.entered && t.runs == 0 {
		delete(w.with, id)
	}
}

func margin(f *fence.Fence, sigma float64) float64 { return min(sigma, inradius(f)/2) }

// inradius of the diamonds and circles of this test.
func inradius(f *fence.Fence) float64 {
	if p, ok := f.Area.(orb.Polygon); ok {
		return signed(f, p.Bound().Center())
	}
	return f.Radius
}

// signed is how many metres a place is inside of a fence, or outside, then negative.
func signed(f *fence.Fence, p orb.Point) float64 {
	if center, ok := f.Area.(orb.Point); ok {
		return f.Radius - flat(center, p)
	}
	kx, ky := degrees(p[1])
	nearest := math.Inf(1)
	ring := f.Area.(orb.Polygon)[0]
	for i := 1; i < len(ring); i++ {
		a := orb.Point{(ring[i-1][0] - p[0]) * kx, (ring[i-1][1] - p[1]) * ky}
		b := orb.Point{(ring[i][0] - p[0]) * kx, (ring[i][1] - p[1]) * ky}
		nearest = min(nearest, planar.DistanceFromSegment(a, b, orb.Point{}))
	}
	if planar.PolygonContains(f.Area.(orb.Polygon), p) {
		return nearest
	}
	return -nearest
}

func degrees(lat float64) (kx, ky float64) {
	const e2 = 0.00669437999014
	s := math.Sin(lat * math.Pi / 180)
	n := 6378137 / math.Sqrt(1-e2*s*s)
	return n * math.Cos(lat*math.Pi/180) * math.Pi / 180, n * (1 - e2) / (1 - e2*s*s) * math.Pi / 180
}

func flat(p, q orb.Point) float64 {
	kx, ky := degrees((p[1] + q[1]) / 2)
	return math.Hypot((q[0]-p[0])*kx, (q[1]-p[1])*ky)
}

// meetings are the parts of a way at which it meets the border, in order.
func meetings(f *fence.Fence, a, b orb.Point) (parts []float64) {
	if center, ok := f.Area.(orb.Point); ok {
		kx, ky := degrees(center[1])
		ax, ay := (a[0]-center[0])*kx, (a[1]-center[1])*ky
		dx, dy := (b[0]-a[0])*kx, (b[1]-a[1])*ky
		aa, bb, cc := dx*dx+dy*dy, ax*dx+ay*dy, ax*ax+ay*ay-f.Radius*f.Radius
		for _, t := range [2]float64{(-bb - math.Sqrt(bb*bb-aa*cc)) / aa, (-bb + math.Sqrt(bb*bb-aa*cc)) / aa} {
			if t >= 0 && t <= 1 {
				parts = append(parts, t)
			}
		}
		return parts
	}
	ring := f.Area.(orb.Polygon)[0]
	for i := 1; i < len(ring); i++ {
		c, d := ring[i-1], ring[i]
		den := (b[0]-a[0])*(d[1]-c[1]) - (b[1]-a[1])*(d[0]-c[0])
		t := ((c[0]-a[0])*(d[1]-c[1]) - (c[1]-a[1])*(d[0]-c[0])) / den
		u := ((c[0]-a[0])*(b[1]-a[1]) - (c[1]-a[1])*(b[0]-a[0])) / den
		if t >= 0 && t <= 1 && u >= 0 && u <= 1 {
			parts = append(parts, t)
		}
	}
	slices.Sort(parts)
	return parts
}

func simpleFence(r *rand.Rand) *fence.Fence {
	f := &fence.Fence{ID: fmt.Sprintf("f%02d", r.IntN(30)), Confirm: r.IntN(4)}
	x, y, size := 1600*r.Float64()-800, 1600*r.Float64()-800, 5*math.Pow(100, r.Float64())
	if r.IntN(2) == 0 {
		f.Area, f.Radius = xy(x, y), size
		return f
	}
	f.Area = orb.Polygon{{xy(x-size, y), xy(x, y-size), xy(x+size, y), xy(x, y+size), xy(x-size, y)}}
	return f
}

// Edits of fences between moves: the engine tells what one that looks at everything anew tells.
func TestEngineTellsWhatANaiveOneTells(t *testing.T) {
	seeds := 30
	if testing.Short() {
		seeds = 5
	}
	events := 0
	for seed := range seeds {
		r := rand.New(rand.NewPCG(uint64(seed), 5))
		e := fence.NewEngine(nil)
		n := naive{fences: map[string]*fence.Fence{}, units: map[fence.Handle]*wanderer{}}
		at := [10]orb.Point{}
		for i := range at {
			at[i] = xy(1600*r.Float64()-800, 1600*r.Float64()-800)
		}
		now := begin
		for step := range 3000 {
			now += spatial.Instant(1 + r.IntN(3000))
			u := r.IntN(len(at))
			h := fence.Handle(u)
			var out []fence.Event
			n.told = nil
			switch k := r.IntN(60); {
			case k < 3 || step < 20:
				f := simpleFence(r)
				var err error
				if out, err = e.Put(f, now, nil); err != nil {
					t.Fatal(err)
				}
				n.put(f, now)
			case k == 3:
				id := fmt.Sprintf("f%02d", r.IntN(30))
				out = e.Remove(id, now, fence.Removed, nil)
				n.remove(id, now)
			case k == 4:
				out = e.Lost(h, now, nil)
				n.lose(h, now)
			case k == 5 && r.IntN(3) == 0:
				out = e.Forget(h, now, fence.HasExpired, nil)
				n.forget(h, now)
			case k == 6:
				out = e.Advance(now, nil)
			default:
				reach := []float64{2, 10, 50, 400}[r.IntN(4)]
				at[u] = orb.Point{at[u][0] + reach*r.NormFloat64()/perLon, at[u][1] + reach*r.NormFloat64()/perLat}
				if math.Abs(at[u][0]-originLon)*perLon > 1500 || math.Abs(at[u][1]-originLat)*perLat > 1500 {
					at[u] = xy(0, 0)
				}
				m := fence.Move{
					Unit: h, ID: fmt.Sprint(u), Class: spatial.Vehicle, Time: now, To: at[u],
					Accuracy: []float32{2, 5, 5, 20}[r.IntN(4)], Altitude: float32(math.NaN()), Speed: float32(math.NaN()),
				}
				out = e.Move(m, nil)
				n.move(m)
			}
			var got []string
			for _, ev := range out {
				got = append(got, fmt.Sprintf("%d %v %s %d %v", ev.Time, ev.Kind, ev.Fence.ID, ev.Unit, ev.Reason))
			}
			if !slices.Equal(got, n.told) {
				t.Fatalf("seed %d, step %d at %v: got %q, want %q", seed, step, now.Time().Format(time.TimeOnly), got, n.told)
			}
			events += len(got)
		}
	}
	t.Logf("%d events, all the same", events)
}
