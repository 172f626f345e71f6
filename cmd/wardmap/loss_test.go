package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// A drive is a load of positions through many fences, cut into batches of which each belongs to one sender.
type drive struct {
	units, fences, batches, batch int
	outage                        time.Duration // how long the webhook fails
}

// driven is small where every test runs, and as large as it was asked for in a soak.
func driven() drive {
	switch {
	case os.Getenv("WARDMAP_SOAK") != "":
		return drive{units: 10_000, fences: 10_000, batches: 1000, batch: 1000, outage: 45 * time.Second}
	case underRace:
		return drive{units: 48, fences: 60, batches: 80, batch: 50, outage: time.Second}
	}
	return drive{units: 400, fences: 400, batches: 200, batch: 200, outage: 2 * time.Second}
}

const driveSeed = 20261126

// stepTime is how long a unit takes for its steps of 60 m. All of a unit's steps together take less than its class
// may be silent, so that nothing goes stale in between.
const stepTime = 1100 * time.Millisecond

// place is where fences and units are: half a degree around the city.
func place(rng *rand.Rand) orb.Point {
	return orb.Point{105.5 + .5*rng.Float64(), 34.35 + .5*rng.Float64()}
}

// zones are star-shaped polygons of 20 vertices.
func (d drive) zones() (out []*fence.Fence) {
	rng := rand.New(rand.NewPCG(driveSeed, 1))
	for i := range d.fences {
		center, ring := place(rng), orb.Ring{}
		mean := 100 + 300*rng.Float64()
		for v := range 20 {
			ring = append(ring, geo.PointAtBearingAndDistance(center, 360-float64(v)*18, mean*(.6+.8*rng.Float64())))
		}
		out = append(out, &fence.Fence{ID: fmt.Sprint("fences/z", i), Name: fmt.Sprint("z", i), Area: orb.Polygon{append(ring, ring[0])}, Events: fence.KindsOf(fence.Enter, fence.Exit, fence.Cross)})
	}
	return out
}

// batchesOf are all batches in order; batch i belongs to sender i modulo senders, and so do its units.
func (d drive) batchesOf(senders int, from time.Time) (out [][]live.Report) {
	rng := rand.New(rand.NewPCG(driveSeed, 2))
	at, course := make([]orb.Point, d.units), make([]float64, d.units)
	for i := range at {
		at[i], course[i] = place(rng), 360*rng.Float64()
	}
	steps := make([]int, d.units)
	for b := range d.batches {
		var rs []live.Report
		for k := range d.batch {
			u := (b/senders*d.batch+k)%(d.units/senders)*senders + b%senders
			course[u] += 20 * rng.NormFloat64()
			at[u] = geo.PointAtBearingAndDistance(at[u], course[u], 60)
			steps[u]++
			rs = append(rs, positioned(fmt.Sprint("u", u), from.Add(time.Duration(steps[u])*stepTime), at[u]))
		}
		out = append(out, rs)
	}
	return out
}

// expected is what each unit tells, from a picture of its own that nothing disturbs.
func (d drive) expected(t *testing.T, batches [][]live.Report, now spatial.Instant) map[string][]string {
	p := live.NewPicture(live.Options{})
	for i := range d.units {
		p.PutUnit(live.Unit{ID: fmt.Sprint("u", i), Class: spatial.Officer}, 1, nil)
	}
	for _, f := range d.zones() {
		if _, err := p.PutFence(f, 1, nil); err != nil {
			t.Fatal(err)
		}
	}
	out := map[string][]string{}
	for _, rs := range batches {
		_, events := p.Report(now, rs, nil, nil)
		for _, e := range events {
			if e.Fence != "" {
				out[e.Unit] = append(out[e.Unit], told(e.Kind.String(), e.Fence, e.Time.Time()))
			}
		}
	}
	return out
}

func told(kind, fence string, at time.Time) string {
	return fmt.Sprintf("%s %s %d", kind, fence, at.UnixMilli())
}

// A receiver is a webhook that fails for a time.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	until time.Time
	seen  map[uint64]bool
	again int
}

func receive(outage time.Duration) *receiver {
	r := &receiver{until: time.Now().Add(outage), seen: map[uint64]bool{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		var said struct{ Events []struct{ Seq uint64 } }
		if err != nil || time.Now().Before(r.until) || json.Unmarshal(body, &said) != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		for _, e := range said.Events {
			if r.seen[e.Seq] {
				r.again++
			}
			r.seen[e.Seq] = true
		}
	}))
	return r
}

// A server takes positions through many fences while its webhook fails, is killed in the middle, and goes on. No
// acknowledged position and no event is missing, nothing is there twice, and the counters balance.
func TestNoPositionAndNoEventIsLostByOutageAndKill(t *testing.T) {
	d := driven()
	const senders = 4
	args := []string{"--data", dataFolder(t)}
	s := start(t, args...)
	enlist(t, s.base, d.units)
	d.plant(t, s.base)
	hook := receive(d.outage)
	defer hook.Close()
	body, err := json.Marshal(map[string]any{"name": "desk", "url": hook.URL, "secret": "a secret of many letters"})
	if err != nil {
		t.Fatal(err)
	}
	if status, text, err := send("POST", s.base+"/subscribers", "application/json", body); err != nil || status >= 300 {
		t.Fatalf("subscribe: %d %s %v", status, text, err)
	}
	from := time.Now().Add(-stepTime * time.Duration(d.batches*d.batch/d.units+5)).Truncate(time.Millisecond)
	batches := d.batchesOf(senders, from)
	began := time.Now()
	s = d.deliver(t, s, args, batches, senders)
	took := time.Since(began)
	want := d.expected(t, batches, spatial.InstantOf(time.Now()))
	all := alerts(t, s.base, 0)
	got := map[string][]string{}
	fenced := 0
	for i, a := range all {
		if a.Seq != uint64(i+1) {
			t.Fatalf("event %d has number %d", i+1, a.Seq)
		}
		if a.Fence != "" && a.Kind != "lost" {
			fenced++
			got[a.Unit] = append(got[a.Unit], told(a.Kind, a.Fence, a.Time))
		}
	}
	for unit := range want {
		if !slices.Equal(got[unit], want[unit]) {
			t.Fatalf("%s told\n%v, want\n%v", unit, got[unit], want[unit])
		}
	}
	t.Logf("%d positions in %.1f s with a kill, %d events, %d of them of fences", d.batches*d.batch, took.Seconds(), len(all), fenced)
	d.checkDelivery(t, s.base, hook)
	for _, u := range []int{0, d.units / 2, d.units - 1} {
		d.checkTrack(t, s.base, fmt.Sprint("u", u), batches, from)
	}
}

func (d drive) plant(t *testing.T, base string) {
	var edits []map[string]any
	for i, f := range d.zones() {
		edits = append(edits, feature("fences", fmt.Sprint("z", i), map[string]any{"type": "Polygon", "coordinates": f.Area},
			map[string]any{"name": f.Name, "events": "enter,exit,cross"}))
	}
	edit(t, base, edits)
}

// deliver sends all batches, each sender its own in their order, and kills the server when half of them are in.
func (d drive) deliver(t *testing.T, s *running, args []string, batches [][]live.Report, senders int) *running {
	t.Helper()
	at := make([]int, senders)
	next := func(sender int) int { return at[sender]*senders + sender }
	work := func(s *running, until int) {
		var sending sync.WaitGroup
		for sender := range senders {
			sending.Go(func() {
				for next(sender) < until && report(s.base, batches[next(sender)]) == nil {
					at[sender]++
				}
			})
		}
		sending.Wait()
	}
	work(s, len(batches)/2)
	go func() { // in the middle of what comes next
		time.Sleep(30 * time.Millisecond)
		_ = s.Process.Kill()
	}()
	work(s, len(batches))
	_ = s.Wait()
	s = start(t, args...)
	work(s, len(batches))
	for sender := range senders {
		if next(sender) < len(batches) {
			t.Fatalf("sender %d came only to batch %d of %d", sender, next(sender), len(batches))
		}
	}
	return s
}

// A balance is what became of the events for a subscriber.
type balance struct {
	Name                                     string
	Produced, Delivered, Pending, Dead, Lost uint64
}

func balanceOf(t *testing.T, base, name string) balance {
	t.Helper()
	var said struct{ Subscribers []balance }
	if err := json.Unmarshal(get(t, base+"/subscribers"), &said); err != nil {
		t.Fatal(err)
	}
	for _, one := range said.Subscribers {
		if one.Produced != one.Delivered+one.Pending+one.Dead {
			t.Fatalf("the counters do not balance: %+v", one)
		}
		if one.Name == name {
			return one
		}
	}
	t.Fatalf("there is no subscriber %s: %+v", name, said)
	return balance{}
}

func (d drive) checkDelivery(t *testing.T, base string, hook *receiver) {
	t.Helper()
	one := balanceOf(t, base, "desk")
	for end := time.Now().Add(d.outage + time.Minute); one.Pending > 0; one = balanceOf(t, base, "desk") {
		if time.Now().After(end) {
			t.Fatalf("the webhook is still behind: %+v", one)
		}
		time.Sleep(50 * time.Millisecond)
	}
	newest := uint64(len(alerts(t, base, 0)))
	hook.mu.Lock()
	defer hook.mu.Unlock()
	t.Logf("the webhook got %d events, %d of them twice; %+v", len(hook.seen), hook.again, one)
	if one.Dead+one.Lost != 0 || one.Delivered != one.Produced {
		t.Errorf("events were lost: %+v", one)
	}
	for seq := newest - one.Produced + 1; seq <= newest; seq++ {
		if !hook.seen[seq] {
			t.Fatalf("event %d did not reach the webhook", seq)
		}
	}
}

// checkTrack holds the history of a unit against what was sent.
func (d drive) checkTrack(t *testing.T, base, unit string, batches [][]live.Report, from time.Time) {
	t.Helper()
	var want []time.Time
	for _, rs := range batches {
		for _, r := range rs {
			if r.Device == unit {
				want = append(want, r.Fix.Time())
			}
		}
	}
	url := fmt.Sprintf("%s/units/%s/track?from=%s&to=%s&reason=loss+test", base, unit, from.UTC().Format(time.RFC3339), time.Now().UTC().Format(time.RFC3339))
	var track struct {
		Fixes []struct {
			Time    time.Time
			Verdict string
		}
	}
	if err := json.Unmarshal(get(t, url), &track); err != nil {
		t.Fatal(err)
	}
	var got []time.Time
	for _, f := range track.Fixes {
		if f.Verdict == "accepted" {
			got = append(got, f.Time)
		}
	}
	if !slices.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("the track of %s has %d fixes, sent were %d", unit, len(got), len(want))
	}
}
