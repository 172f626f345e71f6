package feed

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
)

func box(w, s, e, n float64) orb.Bound {
	return orb.Bound{Min: orb.Point{w, s}, Max: orb.Point{e, n}}
}

// read gives the events that are there now, without their ids' boot, and whether the feed goes on.
func read(s *Subscription) (events []string, open bool) {
	for {
		text, more := s.Read(nil)
		for one := range strings.SplitSeq(string(text), "\n\n") {
			if one != "" {
				events = append(events, strings.ReplaceAll(strings.ReplaceAll(one, s.hub.boot, "boot"), "\n", " "))
			}
		}
		if more == nil {
			return events, false
		}
		select {
		case <-more:
		default:
			return events, true
		}
	}
}

// wait waits for news.
func wait(t *testing.T, s *Subscription, more <-chan struct{}) {
	t.Helper()
	select {
	case <-more:
	case <-time.After(5 * time.Second):
		t.Fatal("nothing came")
	}
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

const hello0 = `id: boot-0 event: hello data: {"boot":"boot","seq":0,"version":"v"}`

func TestChangesOfAMomentAreOneEvent(t *testing.T) {
	h := newHub("v", 10, 30*time.Millisecond)
	s := h.Subscribe("", nil)
	got, _ := read(s)
	same(t, got, hello0)
	_, more := s.Read(nil)
	h.Publish("beats", box(1, 1, 2, 2))
	h.Publish("beats", box(1, 1, 2, 2), box(1.5, 1.5, 2, 2))
	h.Observe([]layers.Change{
		{Layer: "cameras", Before: layers.Nowhere, After: box(3, 3, 3, 3)},
		{Layer: "roads", Before: layers.Nowhere, After: layers.Nowhere},
	})
	h.PublishLayers("b", "a", "b")
	wait(t, s, more)
	got, _ = read(s)
	same(t, got, `id: boot-1 event: layers data: {"seq":1,"layers":["a","b"]}`,
		`id: boot-2 event: change data: {"seq":2,"layers":{"beats":[[1,1,2,2]],"cameras":[[3,3,3,3]]}}`)
}

// publish makes n events.
func publish(h *Hub, n int) {
	for range n {
		h.mu.Lock()
		h.append("change", changeData{})
		h.mu.Unlock()
	}
}

func TestResume(t *testing.T) {
	h := newHub("v", 10, time.Hour)
	publish(h, 15) // 6 to 15 are in the ring
	gap := `id: boot-15 event: gap data: {"seq":15}`
	lost := `event: hello data: {"boot":"boot","seq":15,"version":"v"}`
	tests := []struct {
		name, last string
		want       []string
	}{
		{"a new reader", "", []string{`id: boot-15 event: hello data: {"boot":"boot","seq":15,"version":"v"}`}},
		{"nothing missed", h.boot + "-15", []string{`id: boot-15 event: hello data: {"boot":"boot","seq":15,"version":"v"}`}},
		{"one missed", h.boot + "-14", []string{`id: boot-14 event: hello data: {"boot":"boot","seq":14,"version":"v"}`, `id: boot-15 event: change data: {"seq":15,"layers":null}`}},
		{"one more than the ring", h.boot + "-4", []string{lost, gap}},
		{"from another start", "other-14", []string{lost, gap}},
		{"from the future", h.boot + "-16", []string{lost, gap}},
		{"nonsense", "nonsense", []string{lost, gap}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := h.Subscribe(tt.last, nil)
			got, _ := read(s)
			same(t, got, tt.want...)
		})
	}
	if got, _ := read(h.Subscribe(h.boot+"-5", nil)); len(got) != 11 {
		t.Errorf("all of the ring is %d events with the hello, want 11", len(got))
	}
}

func TestSlowReaderLosesTheOldestAndSeesIt(t *testing.T) {
	h := newHub("v", 10, time.Hour)
	s := h.Subscribe("", nil)
	read(s)
	publish(h, 10)
	if got, _ := read(s); len(got) != 10 {
		t.Errorf("read %d events of 10", len(got))
	}
	publish(h, 11)
	got, _ := read(s)
	same(t, got, `id: boot-21 event: gap data: {"seq":21}`)
	publish(h, 1)
	got, _ = read(s)
	same(t, got, `id: boot-22 event: change data: {"seq":22,"layers":null}`)
}

func TestLongBacklogComesInMouthfuls(t *testing.T) {
	h := newHub("v", Size, time.Hour)
	s := h.Subscribe("", nil)
	read(s)
	publish(h, Size)
	first, more := s.Read(nil)
	if len(first) > mouthful+1000 {
		t.Errorf("one Read gives %d bytes", len(first))
	}
	wait(t, s, more)
	rest, _ := read(s)
	if n := strings.Count(string(first), "event:") + len(rest); n != Size {
		t.Errorf("read %d events of %d", n, Size)
	}
}

func TestCloseEndsReaders(t *testing.T) {
	h := newHub("v", 10, time.Millisecond)
	s := h.Subscribe("", nil)
	_, more := s.Read(nil)
	h.Close()
	h.Close()
	wait(t, s, more)
	if _, open := read(s); open {
		t.Error("the feed goes on")
	}
	h.Publish("beats", box(1, 1, 2, 2))
	if h.timer != nil {
		t.Error("a closed hub still gathers")
	}
}

// TestMerge: the list covers everything, is bounded, and one far box does not blow up the others.
func TestMerge(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for seed := range 20 {
		var all, merged []orb.Bound
		for range 500 {
			x, y := rng.Float64()*2+100, rng.Float64()*2+30
			b := box(x, y, x+rng.Float64()*.01, y+rng.Float64()*.01)
			all, merged = append(all, b), Merge(merged, b)
		}
		if len(merged) > MaxBoxes {
			t.Fatalf("round %d: %d boxes", seed, len(merged))
		}
		area := 0.0
		for _, m := range merged {
			area += (m.Max[0] - m.Min[0]) * (m.Max[1] - m.Min[1])
		}
		if area > 4 {
			t.Errorf("round %d: the boxes cover %.1f square degrees of 4", seed, area)
		}
		for _, b := range all {
			held := false
			for _, m := range merged {
				held = held || holds(m, b)
			}
			if !held {
				t.Fatalf("round %d: %v is not covered", seed, b)
			}
		}
	}
}

// TestConcurrentUse: with writers and readers at once every reader sees numbers that grow by one, or a gap.
func TestConcurrentUse(t *testing.T) {
	before := runtime.NumGoroutine()
	h := newHub("v", 8, time.Millisecond)
	var readers, writers sync.WaitGroup
	for r := range 20 {
		readers.Go(func() {
			s, last := h.Subscribe("", nil), uint64(0)
			for {
				text, more := s.Read(nil)
				for one := range strings.SplitSeq(string(text), "\n\n") {
					_, data, ok := strings.Cut(one, "data: ")
					if !ok {
						continue
					}
					var e struct{ Seq uint64 }
					if err := json.Unmarshal([]byte(data), &e); err != nil {
						t.Errorf("%s: %v", data, err)
					}
					jump := strings.Contains(one, "event: hello") || strings.Contains(one, "event: gap")
					if !jump && e.Seq != last+1 || e.Seq < last {
						t.Errorf("after %d comes %s", last, one)
					}
					last = e.Seq
				}
				if more == nil {
					return
				}
				<-more
				time.Sleep(time.Duration(r) * time.Millisecond / 2)
			}
		})
	}
	for w := range 4 {
		writers.Go(func() {
			for i := range 200 {
				h.Publish(fmt.Sprintf("layer%d", w), box(float64(i%90), 1, float64(i%90)+1, 2))
				if i%20 == 0 {
					time.Sleep(2 * time.Millisecond)
				}
			}
		})
	}
	writers.Wait()
	time.Sleep(10 * time.Millisecond)
	h.Close()
	readers.Wait()
	time.Sleep(10 * time.Millisecond)
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

func BenchmarkPublish(b *testing.B) {
	for _, boxes := range []int{1, 1000} {
		b.Run(fmt.Sprintf("places=%d", boxes), func(b *testing.B) {
			h := newHub("v", Size, time.Hour)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				x := float64(i%boxes) / 100
				h.Publish("cameras", box(x, x, x, x))
			}
		})
	}
}

// TestAReaderIsToldWhatHisScopeAdmits: layer a is seen, of b it is not said where, c is hidden.
func TestAReaderIsToldWhatHisScopeAdmits(t *testing.T) {
	h := newHub("v", 10, time.Hour)
	sub := h.Subscribe("", func(layer string) Sight { return map[string]Sight{"a": Exact, "b": Vague, "c": Hidden}[layer] })
	read(sub)
	at := orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{2, 2}}
	for _, change := range [][]string{{"a"}, {"b"}, {"c"}, {"a", "b", "c"}} {
		for _, layer := range change {
			h.Publish(layer, at)
		}
		h.flush()
	}
	h.PublishLayers("c")
	h.flush()
	h.PublishLayers("a", "c")
	h.flush()
	got, _ := read(sub)
	same(t, got,
		`id: boot-1 event: change data: {"seq":1,"layers":{"a":[[1,1,2,2]]}}`,
		`id: boot-2 event: change data: {"seq":2,"layers":{"b":[[-180,-90,180,90]]}}`,
		`id: boot-4 event: change data: {"seq":4,"layers":{"a":[[1,1,2,2]],"b":[[-180,-90,180,90]]}}`,
		`id: boot-6 event: layers data: {"seq":6,"layers":["a"]}`)
}
